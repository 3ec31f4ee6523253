"""What somebody looks for, read from the line that was typed, and where it stands in a text. Pure.

Words may stand anywhere; what is in quotation marks must stand together. A word typed without marks finds it with any,
a word typed with marks only with these.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meetings.errors import N_, Invalid
from transcripts.search.folding import Token, compose, list_tokens

LONGEST_LINE = 200
MOST_WORDS = 12
QUOTED = re.compile(r'["“”«»]([^"“”«»]*)["“”«»]')
AROUND = 70  # letters of a snippet before the first word found, and behind the last
SHORTEST = 240  # letters of a snippet, where the text has as many

NOTHING = N_("Hãy nhập ít nhất một từ cần tìm.")
TOO_LONG = N_("Câu tìm kiếm dài quá {most} ký tự. Hãy rút ngắn.")
TOO_MANY = N_("Câu tìm kiếm có quá {most} từ. Hãy chỉ giữ những từ chính.")


@dataclass(frozen=True, slots=True)
class Word:
    """``marked`` is empty where the word was typed without marks."""

    folded: str
    marked: str

    def fits(self, token: Token) -> bool:
        return self.folded == token.folded and (not self.marked or self.marked == token.marked)


@dataclass(frozen=True, slots=True)
class Query:
    """``terms``: each a word, or several that must follow each other; a text must hold all of them."""

    terms: tuple[tuple[Word, ...], ...]

    @property
    def has_marks(self) -> bool:
        return any(word.marked for term in self.terms for word in term)

    def without_marks(self) -> "Query":
        return Query(tuple(tuple(Word(word.folded, "") for word in term) for term in self.terms))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a snippet; ``found``: it is what was looked for."""

    text: str
    found: bool


def read_query(line: str) -> Query:
    """``Invalid`` with what to do when there is nothing to look for, or too much."""
    line = compose(line)
    if len(line) > LONGEST_LINE:
        raise Invalid(TOO_LONG, field="q", most=LONGEST_LINE)
    terms = [term for part in _split(line) for term in part if term]
    if not terms:
        raise Invalid(NOTHING, field="q")
    if sum(map(len, terms)) > MOST_WORDS:
        raise Invalid(TOO_MANY, field="q", most=MOST_WORDS)
    return Query(tuple(dict.fromkeys(terms)))


def _split(line: str) -> Iterator[list[tuple[Word, ...]]]:
    """Of each part between quotation marks one term, of the rest each word."""
    end = 0
    for quoted in QUOTED.finditer(line):
        yield [(word,) for word in _words(line[end : quoted.start()])]
        yield [tuple(_words(quoted[1]))]
        end = quoted.end()
    yield [(word,) for word in _words(line[end:])]


def _words(text: str) -> list[Word]:
    return [Word(token.folded, token.marked) for token in list_tokens(text)]


def find_places(query: Query, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where the terms stand, as first and last letter of each; nothing unless all of them are there."""
    places: list[tuple[int, int]] = []
    for term in query.terms:
        found = [
            (tokens[at].start, tokens[at + len(term) - 1].end)
            for at in range(len(tokens) - len(term) + 1)
            if all(word.fits(tokens[at + place]) for place, word in enumerate(term))
        ]
        if not found:
            return []
        places += found
    return sorted(set(places))


def cut_snippet(text: str, places: Sequence[tuple[int, int]]) -> list[Piece]:
    """The stretch of ``text`` around the first place, what was found marked, cut between words."""
    first = places[0][0] if places else 0
    start = _between_words(text, max(0, first - AROUND))
    end = max(start + SHORTEST, (places[0][1] if places else 0) + AROUND)
    end = len(text) if end >= len(text) else text.rfind(" ", start + 1, end + 1)
    end = len(text) if end <= start else end
    pieces, at = [Piece("…", False)] if start else [], start
    for begin, stop in places:
        if begin < at or stop > end:
            continue
        pieces += [Piece(text[at:begin], False), Piece(text[begin:stop], True)]
        at = stop
    pieces.append(Piece(text[at:end], False))
    if end < len(text):
        pieces.append(Piece("…", False))
    return [piece for piece in pieces if piece.text]


def _between_words(text: str, at: int) -> int:
    return 0 if at == 0 else text.find(" ", at) + 1
