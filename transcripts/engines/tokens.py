"""What both engines share about a model's answer: its limits, and how its time marks cut the text. Pure."""

from collections.abc import Callable, Sequence

from transcripts.speech import Piece

CONTEXT = 448  # tokens that a Whisper decoder holds: what prompts it and what it answers
ALIGNED_FROM = 64_000  # samples; in a shorter window it does not matter where in it a word lies
MARK = 0.02  # seconds from one time mark to the next


def split_pieces(
    tokens: Sequence[int], first_mark: int, end_of_text: int, decode: Callable[[list[int]], str], seconds: float
) -> tuple[Piece, ...]:
    """The stretches between the marks of ``tokens``, in seconds of the window of that length.

    None where the model set no closing mark at all: it does not know times.
    """
    pieces: list[Piece] = []
    begin, words = 0.0, list[int]()
    for token in tokens:
        if token < end_of_text:
            words.append(token)
        elif token >= first_mark:
            at = min((token - first_mark) * MARK, seconds)
            if words:
                pieces.append(Piece(begin, max(begin, at), decode(words)))
                words = []
            begin = at
    if words and pieces:  # the last one was begun and never closed
        pieces.append(Piece(begin, seconds, decode(words)))
    return tuple(pieces)
