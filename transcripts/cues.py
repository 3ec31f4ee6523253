"""What a sentence does in a meeting, told by the words that Vietnamese chairs use. Pure.

The rules know phrases, not grammar. They would rather miss a cue than invent one: a missed cue leaves the sentence in
the course of the meeting, where the secretary finds it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from transcripts.numbers import read_number

SENTENCE_END = re.compile(r"(?<=[.?!…])\s+")
ASSIGNS = re.compile(
    r"(?:^|[,:;]\s*|\b(?:và|thống nhất|kết luận|thì|tôi|xin)\s+)(giao(?: cho)?|đề nghị|yêu cầu)\s+"
    r"(?!các đồng chí\b|(?:thông|lưu|ban|dịch|hữu|tiếp|thương|lộ|nhận|nộp|đất|rừng|nhiệm vụ|chỉ tiêu)\b)"
)
CONCLUDES = re.compile(
    r"\b(?:xin|tôi|phép|phát biểu)\s+(?:được\s+)?kết luận\b|^kết luận\b|\bkết luận (?:cuộc họp|hội nghị|phiên họp)\b"
)
CALLS_VOTE = re.compile(r"\bbiểu quyết\b|\bđồng chí nào (?:nhất trí|đồng ý|không)\b")
VOTES_FOR = re.compile(r"\b(?:nhất trí|tán thành|đồng ý|thống nhất)\b")
VOTES_AGAINST = re.compile(r"\b(?:không (?:nhất trí|tán thành|đồng ý)|phản đối)\b")
ABSTAINS = re.compile(r"\bkhông có ý kiến\b|\bý kiến khác\b|\bphiếu trắng\b")
PEOPLE = re.compile(r"(?:đồng chí|đại biểu|ý kiến|phiếu|thành viên|người|đơn vị)\b")
INVITES = re.compile(r"\b(?:mời|đề nghị)\b.*\b(?:báo cáo|phát biểu|trình bày|tham luận|cho ý kiến)\b")
MOVES_ON = re.compile(r"\b(?:chuyển sang|tiếp theo|sau đây|bước sang|đến nội dung|nội dung thứ)\b")
NEXT = re.compile(r"\b(?:nội dung|phần|mục) (?:tiếp theo|sau|kế tiếp)\b")
ORDINAL = re.compile(r"\b(?:nội dung|phần|mục)(?: thứ)? (\d+|nhất|nhì|một|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười)\b")
ORDINALS = {
    "nhất": 1,
    "một": 1,
    "hai": 2,
    "nhì": 2,
    "ba": 3,
    "tư": 4,
    "bốn": 4,
    "năm": 5,
    "sáu": 6,
    "bảy": 7,
    "tám": 8,
    "chín": 9,
    "mười": 10,
}
PHATIC = re.compile(
    r"^(?:(?:tôi |chúng tôi )?xin (?:trân trọng |chân thành )?cảm ơn|trân trọng cảm ơn|cảm ơn"
    r"|(?:tôi xin )?kính (?:thưa|chào|chúc)|(?:tôi xin )?hết\b|vâng\b|dạ\b"
    r"|(?:cuộc họp|hội nghị|phiên họp) (?:xin )?(?:được )?(?:bắt đầu|kết thúc|bế mạc))"
)
ENDS_UNIT = re.compile(
    r"\s+(?:chủ trì|phối hợp|hoàn thành|báo cáo|hỗ trợ|tham mưu|khẩn trương|tiếp tục|rà soát|triển khai|thực hiện"
    r"|tổng hợp|xây dựng|ban hành|trình|chuẩn bị|tập trung|đẩy mạnh|tổ chức|kiểm tra|hướng dẫn|bố trí|nghiên cứu"
    r"|trước ngày|trong tháng|gửi|theo dõi|đôn đốc|giải quyết|xem xét|nhanh chóng|sớm|phải|cần|có|chỉ đạo|tăng cường"
    r"|giải trình|khắc phục|xử lý)\b"
)
FILLERS = frozenset(
    ["và", "của", "về", "các", "cho", "với", "việc", "báo", "cáo", "kết", "quả", "công", "tác", "trong", "thứ"]
)


class Stance(Enum):
    """What a sentence says when a vote is on."""

    NONE = auto()
    IN_FAVOUR = auto()
    AGAINST = auto()
    ABSTAIN = auto()


@dataclass(frozen=True)
class Assignment:
    """``unit`` as it is officially written when it is known, else as it was said."""

    unit: str
    verb: str


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text``, each trimmed, none empty. A text without full stops is one sentence."""
    return [part for part in SENTENCE_END.split(" ".join(text.split())) if part]


def fold(text: str) -> str:
    """Lower case, composed (NFC), without the full stop, so that phrases can be compared."""
    return unicodedata.normalize("NFC", text).lower().strip().rstrip(".?!…").strip()


def is_phatic(sentence: str) -> bool:
    """A form of politeness or of procedure that no minutes need."""
    return PHATIC.search(fold(sentence)) is not None


def opens_conclusion(sentence: str) -> bool:
    return CONCLUDES.search(fold(sentence)) is not None


def says_only_that_it_concludes(sentence: str) -> bool:
    """ "Tôi xin kết luận cuộc họp" says nothing yet; "Kết luận: giao …" does."""
    return opens_conclusion(sentence) and ASSIGNS.search(fold(sentence)) is None and len(fold(sentence).split()) <= 10


def calls_vote(sentence: str) -> bool:
    return CALLS_VOTE.search(fold(sentence)) is not None


def invites_speaker(sentence: str) -> bool:
    """The chair gives the floor or moves on: it may be a new agenda item."""
    folded = fold(sentence)
    return any(cue.search(folded) for cue in (INVITES, MOVES_ON, NEXT, ORDINAL))


def read_stance(sentence: str) -> Stance:
    folded = fold(sentence)
    if VOTES_AGAINST.search(folded):
        return Stance.AGAINST
    if ABSTAINS.search(folded):
        return Stance.ABSTAIN
    return Stance.IN_FAVOUR if VOTES_FOR.search(folded) else Stance.NONE


def read_count(sentence: str) -> int | None:
    """How many, when the sentence begins with a count of people: "có hai mươi bảy đồng chí nhất trí" is 27."""
    words = fold(sentence).removeprefix("có ").split()
    if not words:
        return None
    if figure := re.fullmatch(r"(\d+)(?:/\d+)?", words[0]):
        count, used = int(figure[1]), 1
    elif number := read_number(words):
        count, used = number.value, number.words
    else:
        return None
    return count if PEOPLE.match(" ".join(words[used:])) else None


def find_assignment(sentence: str, units: Iterable[tuple[str, str]]) -> Assignment | None:
    """Whom a sentence gives work. ``units`` pairs spoken with written names; the longest that follows the verb wins."""
    folded = fold(sentence)
    found = ASSIGNS.search(folded)
    if found is None:
        return None
    rest = folded[found.end() :]
    known = [(fold(said), written) for said, written in units if said and _starts_with(rest, fold(said))]
    if known:
        return Assignment(max(known, key=lambda pair: len(pair[0]))[1], found[1])
    end = ENDS_UNIT.search(rest)
    if end is None:
        return None
    said = rest[: end.start()].strip(" ,")
    if not said or len(said.split()) > 12:
        return None
    return Assignment(said[0].upper() + said[1:], found[1])


def _starts_with(text: str, words: str) -> bool:
    return text.startswith(words) and not text[len(words) : len(words) + 1].isalnum()


def choose_item(sentence: str, titles: Sequence[str], presenters: Sequence[str], present: int | None) -> int | None:
    """The index of the agenda item that a chair's sentence leads to; ``None`` when it names none.

    By ordinal ("nội dung thứ hai"), by "tiếp theo", else by the words it shares with a title or a presenter. Of equals
    the first after the present item wins.
    """
    folded = fold(sentence)
    if found := ORDINAL.search(folded):
        number = int(found[1]) if found[1].isdigit() else ORDINALS[found[1]]
        return number - 1 if number <= len(titles) else None
    if NEXT.search(folded):
        following = 0 if present is None else present + 1
        return following if following < len(titles) else None
    scores = [_share(folded, title, presenter) for title, presenter in zip(titles, presenters, strict=True)]
    best = max(scores, default=0.0)
    if best < 0.5:
        return None
    candidates = [index for index, score in enumerate(scores) if score == best]
    later = [index for index in candidates if present is None or index >= present]
    return (later or candidates)[0]


def _share(folded: str, title: str, presenter: str) -> float:
    """How much of a title (or of its presenter) a sentence holds, between 0 and 1. Filler words do not count."""
    said = set(folded.split())
    share = 0.0
    for text in (title, presenter):
        wanted = [word for word in fold(text).split() if word not in FILLERS]
        if len(wanted) >= 2:
            share = max(share, sum(word in said for word in wanted) / len(wanted))
    return share
