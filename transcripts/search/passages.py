"""What is searched of a meeting, cut into passages that a reader can take in at a glance. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from transcripts.minutes import Content
from transcripts.search.folding import compose
from transcripts.search_models import EntryKind
from transcripts.timeline import Utterance

LONGEST = 1000  # letters of a passage
LONGEST_SPEECH = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Passage:
    """See ``SearchEntry``, whose fields these are."""

    kind: EntryKind
    text: str
    place: str = ""
    ref: int = 0
    version: int = 0
    is_open: bool = True
    starts_at: datetime | None = None
    marks: str = ""


def cut_speech(recording_id: int, utterances: Sequence[Utterance]) -> Iterator[Passage]:
    """One speaker's track, in passages of at most a minute that end at a pause."""
    open_part: list[Utterance] = []
    for utterance in utterances:
        if not utterance.text.strip():
            continue
        if open_part and not _belongs(open_part, utterance):
            yield _join(recording_id, open_part)
            open_part = []
        open_part.append(utterance)
    if open_part:
        yield _join(recording_id, open_part)


def _belongs(part: Sequence[Utterance], following: Utterance) -> bool:
    letters = sum(len(utterance.text) + 1 for utterance in part) + len(following.text)
    return (
        following.ends_at - part[0].starts_at <= LONGEST_SPEECH
        and following.starts_at - part[-1].ends_at <= LONGEST_PAUSE
        and letters <= LONGEST
    )


def _join(recording_id: int, part: Sequence[Utterance]) -> Passage:
    begin, text, marks = part[0].starts_at, "", []
    for utterance in part:
        text += " " if text else ""
        marks.append(f"{len(text)}:{(utterance.starts_at - begin).total_seconds():.3f}:{utterance.segment or 0}")
        text += compose(" ".join(utterance.text.split()))
    return Passage(
        EntryKind.TRANSCRIPT,
        text,
        place=part[0].speaker,
        ref=recording_id,
        is_open=False,
        starts_at=begin,
        marks=" ".join(marks),
    )


@dataclass(frozen=True, slots=True)
class Sentence:
    """When it began to be spoken, and its row in the transcript."""

    at: datetime
    segment: int


def find_sentence(starts_at: datetime | None, marks: str, at: int) -> Sentence | None:
    """The sentence in which the letter ``at`` of a passage stands; ``None`` for what was not spoken."""
    if starts_at is None:
        return None
    before = [mark.split(":") for mark in marks.split() if int(mark.partition(":")[0]) <= at]
    _, seconds, segment = before[-1]
    return Sentence(starts_at + timedelta(seconds=float(seconds)), int(segment))


def cut_minutes(content: Content, minutes_id: int, version: int, *, is_open: bool) -> Iterator[Passage]:
    """What was said to each item, the votes and the conclusions, each under its heading."""
    parts: list[tuple[str, list[str]]] = [
        (
            section.title,
            [section.summary, *(f"{said.speaker}: {said.text}" for said in section.statements if not said.struck)],
        )
        for section in content.sections
    ]
    parts.append(("", [f"{vote.subject}. {vote.text}" for vote in content.votes]))
    parts.append(("", [conclusion.text for conclusion in content.conclusions]))
    for place, texts in parts:
        for text in cut_text(texts):
            yield Passage(EntryKind.MINUTES, text, place[:300], minutes_id, version, is_open)


def cut_pages(paper_id: int, pages: Sequence[str]) -> Iterator[Passage]:
    """A paper's text; ``place`` is the number of the page, where it has more than one."""
    for number, page in enumerate(pages, start=1):
        for text in cut_text(page.splitlines()):
            yield Passage(EntryKind.PAPER, text, str(number) if len(pages) > 1 else "", paper_id)


def cut_text(parts: Iterable[str]) -> Iterator[str]:
    """Lines joined and long ones cut between words, so that none is longer than ``LONGEST``."""
    text = ""
    for part in parts:
        words = compose(" ".join(part.split()))
        while words:
            room = LONGEST - len(text) - 1
            if len(words) <= room:
                text, words = f"{text} {words}".strip(), ""
            elif text:
                yield text
                text = ""
            else:
                end = words.rfind(" ", 0, LONGEST) + 1 or LONGEST
                yield words[:end].strip()
                words = words[end:].strip()
    if text:
        yield text
