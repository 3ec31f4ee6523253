"""What a sentence does in a meeting, told by the words that Vietnamese chairs use. Pure.

The rules know phrases, not grammar. They would rather miss a cue than invent one: a missed cue leaves the sentence in
the course of the meeting, where the secretary finds it.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import Enum, auto

from transcripts.numbers import read_number

SENTENCE_END = re.compile(r"(?<=[.?!…])\s+")
# Where a text without full stops begins its next point: "… thứ hai giao …", "… hai là yêu cầu …".
NEXT_POINT = re.compile(
    r"\s+(?=(?:thứ (?:nhất|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười)|(?:một|hai|ba|bốn|năm|sáu|bảy) là),?\s+"
    r"(?:là\s+)?(?:tôi |thống nhất |đề nghị )?(?:giao|yêu cầu|đề nghị|phân công|về|đối với|thống nhất)\b)",
    re.IGNORECASE,
)
BEFORE = (
    r"(?:^|[,:;.–-]\s*|\b(?:và|thống nhất|kết luận|thì|tôi|xin|nhất trí|đồng ý|quyết định|tiếp tục|đồng thời|cũng"
    r"|trước mắt|chúng ta|ubnd tỉnh|chủ tọa|chủ trì|là|thứ (?:nhất|hai|ba|tư|bốn|năm|sáu|bảy|tám)|này|sau)\s+)"
)
GIVES = re.compile(
    BEFORE + r"(?:(?:đề nghị|yêu cầu)\s+(?=giao|phân công))?"
    r"(giao(?: nhiệm vụ)?(?: cho)?|phân công(?: cho)?|đề nghị|yêu cầu)\s+(?!các đồng chí\b"
    r"|(?:thông|lưu|ban|dịch|hữu|tiếp|thương|lộ|nhận|nộp|đất|rừng|nhiệm vụ|chỉ tiêu)\b)"
)
CONCLUDES = re.compile(
    r"\b(?:xin|tôi|phép|phát biểu)\s+(?:được\s+)?kết luận\b|^kết luận\b|\bkết luận (?:cuộc họp|hội nghị|phiên họp)\b"
)
OF_ITEM = re.compile(
    r"\b(?:nội dung|phần|mục|vấn đề|báo cáo|tờ trình|dự án) (?:này|thứ|trên|vừa)\b|\bkết luận nội dung\b"
)
ADDS = re.compile(
    r"^(?:và )?(?:(?:thời )?hạn\b|hoàn thành\b|xong\b|chậm nhất|muộn nhất|trước ngày|sản phẩm\b"
    r"|(?:việc|nội dung|nhiệm vụ|công việc) này\b.*\b(?:hoàn thành|xong|trước|chậm nhất|trong)\b"
    r"|báo cáo (?:kết quả |về |ubnd|ủy ban|chủ tịch|tôi)|kết quả báo cáo\b|phối hợp với\b)"
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
FILLERS = frozenset(
    ["và", "của", "về", "các", "cho", "với", "việc", "báo", "cáo", "kết", "quả", "công", "tác", "trong", "thứ"]
)


class Stance(Enum):
    """What a sentence says when a vote is on."""

    NONE = auto()
    IN_FAVOUR = auto()
    AGAINST = auto()
    ABSTAIN = auto()


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text``, each trimmed, none empty. Without full stops a numbered point begins a new one."""
    return [
        part for sentence in SENTENCE_END.split(" ".join(text.split())) for part in NEXT_POINT.split(sentence) if part
    ]


def fold(text: str) -> str:
    """Lower case, composed (NFC), without the full stop, so that phrases can be compared."""
    return unicodedata.normalize("NFC", text).lower().strip().rstrip(".?!…").strip()


def is_phatic(sentence: str) -> bool:
    """A form of politeness or of procedure that no minutes need."""
    return PHATIC.search(fold(sentence)) is not None


def opens_conclusion(sentence: str) -> bool:
    return CONCLUDES.search(fold(sentence)) is not None


def concludes_item(sentence: str) -> bool:
    """The chair concludes what is on at the moment, and not the meeting."""
    return opens_conclusion(sentence) and OF_ITEM.search(fold(sentence)) is not None


def adds_to_task(sentence: str) -> bool:
    """It says more of what was just given: until when, what is wanted, who helps."""
    return ADDS.search(fold(sentence)) is not None


def says_only_that_it_concludes(sentence: str) -> bool:
    """ "Tôi xin kết luận cuộc họp" says nothing yet; "Kết luận: giao …" does."""
    return opens_conclusion(sentence) and GIVES.search(fold(sentence)) is None and len(fold(sentence).split()) <= 10


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
