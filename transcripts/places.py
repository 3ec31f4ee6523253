"""The places in minutes on which somebody may comment: a path into the content and the text that stands there. Pure."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from transcripts.minutes import Content

WHOLE = ""  # the path of the whole minutes


@dataclass(frozen=True)
class Place:
    """``path`` is one such as ``sections.2.statements.0.text``; ``speaker`` whose words stand there, if anybody's."""

    path: str
    text: str
    is_heading: bool = False
    speaker: str = ""


def list_places(content: Content) -> tuple[Place, ...]:
    """Everything with text in it that is printed, in its order."""
    return tuple(place for place in _walk(content) if place.text.strip())


def _walk(content: Content) -> Iterator[Place]:
    for index, text in enumerate(content.places):
        yield Place(f"places.{index}", text)
    for number, section in enumerate(content.sections):
        path = f"sections.{number}"
        yield Place(f"{path}.title", section.title, is_heading=True)
        yield Place(f"{path}.presenter", section.presenter)
        yield Place(f"{path}.summary", section.summary)
        for index, statement in enumerate(section.statements):
            if not statement.struck:
                yield Place(f"{path}.statements.{index}.text", statement.text, speaker=statement.speaker)
    for index, vote in enumerate(content.votes):
        yield Place(f"votes.{index}.subject", vote.subject)
        yield Place(f"votes.{index}.text", vote.text)
    for index, conclusion in enumerate(content.conclusions):
        yield Place(f"conclusions.{index}.text", conclusion.text)


def find_place(content: Content, path: str, quote: str) -> str | None:
    """The path at which ``quote`` stands now: ``path`` itself, or the only other place with the same text."""
    wanted = _normalise(quote)
    found = [place.path for place in list_places(content) if _normalise(place.text) == wanted]
    if path in found:
        return path
    return found[0] if len(found) == 1 else None


def _normalise(text: str) -> str:
    """As a form gives it back: composed letters, one blank between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def read_place(content: Content, path: str) -> str | None:
    return next((place.text for place in list_places(content) if place.path == path), None)


def write_place(content: Content, path: str, text: str) -> Content:
    """The content with ``text`` at ``path``, which must be one of its places."""
    written: Any = content.to_json()
    *steps, last = path.split(".")
    within = written
    for step in steps:
        within = within[int(step)] if isinstance(within, list) else within[step]
    if isinstance(within, list):
        within[int(last)] = text
    else:
        within[last] = text
    return Content.from_json(written)
