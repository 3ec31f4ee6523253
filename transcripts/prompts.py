"""Names put before Whisper so that it spells them right, and the check that it did not just read them out. Pure."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from meetings.folding import list_bare_words

MOST_TOKENS = 80
SHORTEST_LEAK = 5  # words


def build_prompt(names: Sequence[str], count_tokens: Callable[[str], int]) -> str:
    """As many of the names, in their order, as the prompt has room for: "Lâm Hà, Đức Trọng."

    Whisper takes its prompt for what was said before, so it is a list with commas and ends like a sentence.
    """
    chosen: list[str] = []
    for name in names:
        longer = [*chosen, " ".join(name.split())]
        if name.strip() and name not in chosen and count_tokens(_write(longer)) <= MOST_TOKENS:
            chosen = longer
    return _write(chosen)


def _write(names: Sequence[str]) -> str:
    return ", ".join(names) + "." if names else ""


def is_leaking(text: str, prompt: str) -> bool:
    """Whether ``text`` reads out the list: words of two neighbouring names or more, in a row, as they stand there.

    A speaker may name two units in the very order of the list; decoding once more without the prompt tells.
    """
    names = [list_bare_words(name) for name in prompt.rstrip(".").split(",") if name.strip()]
    words = list_bare_words(text)
    if len(names) < 2:
        return bool(names) and words == names[0]
    said = " ".join(words)
    for first, second in pairwise(names):
        run = [*first, *second]
        if len(run) >= SHORTEST_LEAK and f" {' '.join(run)} " in f" {said} ":
            return True
    known = {word for name in names for word in name}
    return bool(words) and all(word in known for word in words) and len(words) >= min(SHORTEST_LEAK, len(known))
