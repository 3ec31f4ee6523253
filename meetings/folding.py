"""Vietnamese letters as whoever compares them sees them. Pure."""

import unicodedata


def fold(text: str) -> str:
    """Without capitals, tone and vowel marks, ``đ`` as ``d``: "Đặng" is ``dang``."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).replace("đ", "d")
