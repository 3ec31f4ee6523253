"""Vietnamese words as searching compares them. Pure.

A word has two shapes: its letters without marks (``đ`` becomes ``d``), and its letters with marks, each mark put on the
letter as if typed alone, so that "hòa" and "hoà" are one word. Text is composed (NFC) or not, it does not matter.
"""

import re
import unicodedata
from dataclasses import dataclass

from meetings.folding import fold

WORD = re.compile(r"[^\W_]+")
TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}  # huyền, hỏi, ngã, sắc, nặng
LONGEST_WORD = 60  # letters; whatever is longer is no word of any language


@dataclass(frozen=True, slots=True)
class Token:
    """A word at its place in the text. ``marked`` is empty where the word has no marks."""

    start: int
    end: int
    folded: str
    marked: str


def list_tokens(text: str) -> list[Token]:
    """The words of ``text`` with the places of their letters in it, which must be composed (NFC)."""
    tokens = []
    for found in WORD.finditer(text):
        word = found[0][:LONGEST_WORD].casefold()
        folded, marked = fold(word), mark_word(word)
        if folded:
            tokens.append(Token(found.start(), found.end(), folded, "" if marked == folded else marked))
    return tokens


def compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def mark_word(word: str) -> str:
    """The word with its tone as a figure behind it, for it does not matter over which vowel it was typed: ``hoa1``."""
    parts = unicodedata.normalize("NFD", word.casefold())
    tones = "".join(TONES.get(letter, "") for letter in parts)
    rest = "".join(letter for letter in parts if letter not in TONES)
    return unicodedata.normalize("NFC", rest) + tones
