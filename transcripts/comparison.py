"""What two contents of minutes say differently, line by line and word by word. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest

from transcripts.minutes import Content
from transcripts.printed_form import build_sheet

STRUCK = "[gạch bỏ] "
MOST_WORK = 1_000_000  # pairs of words; two longer texts are shown whole, one after the other
NEARBY = 1  # unchanged lines shown around a change


@dataclass(frozen=True)
class Line:
    """``mark`` is "same", "added", "removed", "changed" or "skipped"; ``pieces`` are texts that are each "same",
    "added" or "removed"."""

    mark: str
    pieces: tuple[tuple[str, str], ...]


def write_lines(content: Content) -> list[str]:
    """What is printed, and what is struck with a mark."""
    shown = replace(
        content,
        sections=tuple(
            replace(
                section,
                statements=tuple(
                    replace(each, speaker=f"{STRUCK}{each.speaker}", struck=False) if each.struck else each
                    for each in section.statements
                ),
            )
            for section in content.sections
        ),
    )
    sheet = build_sheet(shown)
    annexed = [" · ".join(row) for row in sheet.annex.rows] if sheet.annex else []
    return [sheet.name, *(block.text for block in sheet.body), *sheet.recipients, *annexed]


def compare(old: Content, new: Content) -> tuple[Line, ...]:
    """The lines of both; long stretches in which nothing changed are one line that says "skipped" with their number."""
    before, after = write_lines(old), write_lines(new)
    lines: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [Line("same", (("same", text),)) for text in before[i:j]]
            continue
        for one, other in zip_longest(before[i:j], after[k:m]):
            lines.append(_compare_lines(one, other))
    return tuple(_shorten(lines))


def _compare_lines(old: str | None, new: str | None) -> Line:
    if old is None:
        return Line("added", (("added", new or ""),))
    if new is None:
        return Line("removed", (("removed", old),))
    return Line("changed", tuple(compare_words(old, new)))


def compare_words(old: str, new: str) -> list[tuple[str, str]]:
    """Words with the blanks after them, so that the pieces put together are both texts again."""
    before, after = re.findall(r"\S+\s*|\s+", old), re.findall(r"\S+\s*|\s+", new)
    if len(before) * len(after) > MOST_WORK and old != new:
        return [piece for piece in (("removed", old), ("added", new)) if piece[1]]
    pieces = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(before[i:j])))
            continue
        both = ("removed", "".join(before[i:j])), ("added", "".join(after[k:m]))
        pieces += [(mark, text) for mark, text in both if text]
    return pieces


def _shorten(lines: Sequence[Line]) -> list[Line]:
    changed = [index for index, line in enumerate(lines) if line.mark != "same"]
    near = {place for index in changed for place in range(index - NEARBY, index + NEARBY + 1)}
    shown: list[Line] = []
    skipped = 0
    for index, line in enumerate(lines):
        if index in near or line.mark != "same":
            if skipped:
                shown.append(Line("skipped", (("same", str(skipped)),)))
            shown.append(line)
            skipped = 0
        else:
            skipped += 1
    if skipped:
        shown.append(Line("skipped", (("same", str(skipped)),)))
    return shown
