"""Vietnamese letters as whoever compares them sees them. Pure."""

import unicodedata


def fold(text: str) -> str:
    """Without capitals, tone and vowel marks, ``đ`` as ``d``: "Đặng" is ``dang``."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).replace("đ", "d")


EDGES = ".,;:?!…\"'()[]♪-"  # what stands around words in a text, and is none of them


def list_bare_words(text: str) -> list[str]:
    """The words of ``text``, composed (NFC) and in lower case, without punctuation at their edges."""
    lowered = unicodedata.normalize("NFC", text).lower()
    return [word for word in (raw.strip(EDGES) for raw in lowered.split()) if word]
