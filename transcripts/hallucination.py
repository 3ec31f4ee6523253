"""Finds what Whisper invents: text over silence, loops, phrases from video sites. Pure.

Nothing is dropped: what looks invented is marked with a reason and kept for a person to judge. Only text without a
single letter or digit is no text. The stock phrases are whole formulas of video makers, so that a delegate who thanks
his audience or asks to register a canal ("đăng ký kênh mương") is believed.
"""

import re
import zlib
from dataclasses import dataclass

from meetings.errors import N_
from meetings.folding import list_bare_words

NO_SPEECH = "no_speech"
LOW_CONFIDENCE = "low_confidence"
REPETITION = "repetition"
STOCK_PHRASE = "stock_phrase"
TOO_FAST = "too_fast"
CROWD = "crowd"

INVENTED = frozenset(
    {NO_SPEECH, REPETITION, STOCK_PHRASE, TOO_FAST, CROWD}
)  # kept in the transcript, not drafted into minutes

REASONS = {
    NO_SPEECH: N_("có thể không có tiếng nói"),
    LOW_CONFIDENCE: N_("nghe chưa rõ"),
    REPETITION: N_("lặp lại bất thường"),
    STOCK_PHRASE: N_("câu mẫu không thuộc cuộc họp"),
    TOO_FAST: N_("dài hơn thời gian nói"),
    CROWD: N_("có thể là tiếng ồn hoặc nhiều người cùng nói"),
}

NO_SPEECH_PROBABILITY = 0.6
LOW_LOG_PROBABILITY = -1.0
HIGHEST_COMPRESSION = 2.4
MOST_WORDS_PER_SECOND = 9.0  # a syllable is a word in Vietnamese; the fastest speakers stay below 8

STOCK_PHRASES = [
    re.compile(pattern)
    for pattern in (
        r"\bsubscribe\b",
        r"\bghiền mì gõ\b",
        r"\bđăng ký (?:kênh|theo dõi kênh)(?: của (?:mình|chúng mình|chúng tôi|bọn mình)| để|$)",
        r"\b(?:nhấn|bấm|ấn) (?:vào )?(?:nút )?(?:chuông|like|đăng ký)\b",
        r"\bnhững video (?:hấp dẫn|tiếp theo|mới nhất|sau)\b",
        r"\bhẹn gặp lại (?:các bạn )?(?:trong|ở) (?:những |các )?video\b",
        r"\bcác bạn đã (?:theo dõi|xem|đón xem)(?: (?:video|clip|kênh)\b.*| và hẹn gặp lại.*|)$",
        r"\b(?:phụ đề|vietsub)(?: được)? (?:thực hiện )?bởi\b",
        r"\bamara\.org\b",
        r"^(?:âm nhạc|nhạc nền|tiếng nhạc|vỗ tay|tiếng vỗ tay|im lặng)$",
    )
]


@dataclass(frozen=True)
class Evidence:
    """What the model says of its own text, and the sound. Log probability is per token.

    ``no_speech_probability``: that nobody spoke. ``crowd``: the sound is that of many at once.
    """

    log_probability: float
    no_speech_probability: float
    seconds: float
    crowd: bool = False


def is_blank(text: str) -> bool:
    """No letter and no digit: no text at all."""
    return not any(character.isalnum() for character in text)


def judge_text(text: str, evidence: Evidence) -> str:
    """Why ``text`` needs a second look: a key of ``REASONS``, or an empty string when it can be believed."""
    words = list_bare_words(text)
    if any(phrase.search(" ".join(words)) for phrase in STOCK_PHRASES):
        return STOCK_PHRASE
    if is_looping(words) or measure_compression(text) > HIGHEST_COMPRESSION:
        return REPETITION
    unsure = evidence.log_probability < LOW_LOG_PROBABILITY
    if unsure and evidence.no_speech_probability > NO_SPEECH_PROBABILITY:
        return NO_SPEECH
    if evidence.crowd:
        return CROWD
    if len(words) > MOST_WORDS_PER_SECOND * evidence.seconds + 1:
        return TOO_FAST
    return LOW_CONFIDENCE if unsure else ""


def is_looping(words: list[str]) -> bool:
    """A word five times in a row, or a phrase of two to eight words four times."""
    for length in range(1, 9):
        needed = 5 if length == 1 else 4
        run = length
        for index in range(length, len(words)):
            run = run + 1 if words[index] == words[index - length] else length
            if run >= needed * length:
                return True
    return False


def measure_compression(text: str) -> float:
    """How many times smaller ``text`` becomes: loops compress well. 0 for text too short to tell."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if len(raw) > 60 else 0.0
