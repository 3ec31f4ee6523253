"""Whom a sentence gives work, who is to help, and what is to be handed in. Pure.

A chair gives work by a verb ("giao …", "yêu cầu …", "đề nghị …", "phân công …") or by naming the unit that leads ("Sở
Tài chính chủ trì, phối hợp với …"). A unit is one that is known, or words that begin as names of units do; anything
else after the verb is no assignment. As in ``cues``, the rules would rather miss one than invent one.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transcripts.cues import GIVES, fold

Names = Sequence[tuple[str, str]]  # as it is said, folded, and as it is written; the longest first

LONGEST_NAME = 12  # words of a unit that is not known
GIVES_AGAIN = re.compile(r"(?:\s*[,;]\s*(?:và\s+|đồng thời\s+)?|\s+và\s+)(?=giao\s)", re.IGNORECASE)
LEADS = re.compile(r"^(?:thứ \S+,?\s+|(?:về|đối với) [^,:;]{1,80}[,:;]\s*)?(?=.{2,120}?\schủ trì\b)")
HEAD = re.compile(
    r"(?:các |những |toàn bộ |tất cả (?:các )?|từng |mỗi |hai |ba |đồng chí )?"
    r"(?:sở|ban(?! hành| đầu| bố)|ngành|ubnd|uỷ ban|ủy ban|hđnd|hội đồng|tỉnh|huyện|thành phố|tp|thị xã|thị trấn|xã"
    r"|phường|đặc khu|thôn|công an|bộ|quân sự|biên phòng|văn phòng|thanh tra|chi cục|cục|tổng cục|trung tâm|kho bạc"
    r"|ngân hàng|mặt trận|đoàn(?! kết)|hội(?! nghị| trường| thảo| họp| nhập)|liên đoàn|liên minh|đơn vị|cơ quan|phòng"
    r"|trường|bệnh viện|công ty|tổng công ty|tập đoàn|doanh nghiệp|bảo hiểm|thuế|hải quan|tòa án|toà án|viện|bưu điện"
    r"|điện lực|viễn thông|báo|đài|chủ đầu tư|tổ|địa phương|phó chủ tịch|chánh văn phòng|giám đốc|thủ trưởng|lãnh đạo"
    r"|trưởng|phó|điểm cầu)\b"
)
ACTS = (
    r"chủ trì|phối hợp|hoàn thành|báo cáo|hỗ trợ|tham mưu|khẩn trương|tiếp tục|rà soát|triển khai|thực hiện"
    r"|tổng hợp|xây dựng|ban hành|trình|chuẩn bị|tập trung|đẩy mạnh|tổ chức|kiểm tra|hướng dẫn|bố trí|nghiên cứu"
    r"|trước ngày|trong tháng|gửi|theo dõi|đôn đốc|giải quyết|xem xét|nhanh chóng|sớm|phải|cần|có|chỉ đạo"
    r"|tăng cường|giải trình|khắc phục|xử lý|căn cứ|trên cơ sở|chịu trách nhiệm|làm việc|cung cấp|cập nhật|công bố"
    r"|đánh giá|đề xuất|điều chỉnh|lập|lấy ý kiến|ký|làm rõ|tháo gỡ|thẩm định|thông báo|tuyên truyền|vận động"
    r"|quán triệt|phê duyệt|quan tâm|chủ động|thường xuyên|kịp thời|huy động|để|nhằm|trong quý|trong tuần"
    r"|chậm nhất|ngay|đăng ký|mở|bàn giao|giải ngân|nộp|tiếp thu|nghiêm túc|giám sát|quản lý|cam kết|bảo đảm"
    r"|đảm bảo|phấn đấu"
)
ACT = re.compile(rf"(?:^|\s+|,\s*)(?:{ACTS})\b")
STATES = re.compile(
    r"^\s*(?:đã|vừa|mới|đang|được|bị|là|có(?! (?:báo cáo|văn bản|kế hoạch|phương án|trách nhiệm))|chưa|không"
    r"|báo cáo (?:là|rằng))\b"
)
HELPS = re.compile(
    r"\bphối hợp(?: chặt chẽ| tốt| đồng bộ| thường xuyên)?(?: với| cùng với| cùng)\s+"
    r"|\bvới sự phối hợp của\s+|\bcùng với\s+"
)
HELPERS_LAST = re.compile(
    r"(?:[;,]|\bvà)\s+(?P<who>[^;]{3,200}?)\s+(?:là (?:cơ quan|đơn vị) )?"
    r"phối hợp\b(?!\s+(?:chặt|tốt|với|cùng|đồng bộ))"
)
APART = re.compile(r"\s*(?:[,;]|\bvà\b|\bcùng(?: với)?\b)\s*")
LINKED = re.compile(r"^(?:có )?liên quan\b")
PERSON = r"đồng chí .{0,80}\b(?:giám đốc|chủ tịch|trưởng|chánh|thủ trưởng|lãnh đạo)\b.{0,12}\b"
SAYS_PRODUCT = re.compile(r"\bsản phẩm(?: đầu ra)?(?: là| gồm|:)\s*([^.;]{3,200})")
MAKES = re.compile(
    r"\b(?:xây dựng|soạn thảo|dự thảo|lập|hoàn thiện|trình|nộp|gửi|ban hành|có|tham mưu)\s+"
    r"((?:dự thảo |tờ trình |báo cáo bằng văn bản|văn bản |công văn |kế hoạch|đề án|phương án|quyết định|nghị quyết"
    r"|quy chế|quy trình|hướng dẫn|danh mục|danh sách|báo cáo(?! (?:là|rằng))|tờ trình|văn bản|công văn|hồ sơ|biểu"
    r"|chương trình)[^,.;]{0,120})"
)
ENDS_PRODUCT = re.compile(
    r"\s+(?:trước|chậm nhất|muộn nhất|trong (?:tháng|quý|tuần|năm|ngày|vòng|\d)|hoàn thành|để|gửi|trình"
    r"|báo cáo (?:ubnd|ủy ban|chủ tịch)|về (?:ubnd|ủy ban|văn phòng|sở)|cho (?:ubnd|ủy ban|văn phòng|sở)|đến hết"
    r"|thời hạn|hạn)\b"
)


@dataclass(frozen=True)
class Assignment:
    """``unit`` as it is officially written when it is known, else as it was said; so are those that help it."""

    unit: str
    verb: str
    supporting: tuple[str, ...] = ()
    product: str = ""


def find_assignment(sentence: str, units: Iterable[tuple[str, str]]) -> Assignment | None:
    """Whom a sentence gives work. ``units`` pairs spoken with written names; the longest that fits wins."""
    if sentence.rstrip().endswith("?"):
        return None
    openings = list(_list_openings(fold(sentence)))
    names = order_names(units) if openings else []  # of a whole province: not for every sentence
    for verb, rest in openings:
        read = _read_units(rest, names, alone=verb != "")
        if read is None:
            continue
        found, tail = read
        helpers = [_as_said(name, sentence) for name in [*found[1:], *_find_helpers(tail, names)]]
        unit = _as_said(found[0], sentence)
        supporting = tuple(dict.fromkeys(name for name in helpers if name != unit))
        return Assignment(unit, verb or "chủ trì", supporting, _as_said(find_product(tail), sentence))
    return None


def split_assignments(sentence: str, units: Sequence[tuple[str, str]]) -> list[str]:
    """A sentence that gives work to one unit and then to another that is known, as its parts; else the sentence.

    Only "giao" begins a part: who is given work may be told to ask others for something ("…, đề nghị UBND tỉnh …").
    """
    known = {written for _said, written in units}
    parts: list[str] = []
    start = 0
    for again in GIVES_AGAIN.finditer(sentence):
        before, after = sentence[start : again.start()], sentence[again.end() :]
        following = find_assignment(after, units)
        if following is not None and following.unit in known and find_assignment(before, units) is not None:
            parts.append(before)
            start = again.end()
    first, *others = [*parts, sentence[start:]]
    return [first, *(part[:1].upper() + part[1:] for part in others)]


def find_product(text: str) -> str:
    """What is to be handed in, where it is said: "sản phẩm là …", or the paper that is to be written."""
    folded = fold(text)
    if said := SAYS_PRODUCT.search(folded):
        return _trim_product(said[1])
    made = MAKES.search(folded)
    return _trim_product(made[1]) if made else ""


def order_names(units: Iterable[tuple[str, str]]) -> Names:
    known = {fold(said): written for said, written in units if said}
    return sorted(known.items(), key=lambda pair: -len(pair[0]))


def _as_said(words: str, sentence: str) -> str:
    """With the capitals of the sentence, where they come from it."""
    raw = unicodedata.normalize("NFC", " ".join(sentence.split()))
    at = raw.lower().find(words.lower())
    if at < 0 or len(raw.lower()) != len(raw):
        return words
    found = raw[at : at + len(words)]
    return words if words[1:].lower() != words[1:] else found[:1].upper() + found[1:]


def _trim_product(text: str) -> str:
    end = ENDS_PRODUCT.search(text)
    words = (text[: end.start()] if end else text).strip(" ,")
    return words[:1].upper() + words[1:]


def _list_openings(text: str) -> Iterable[tuple[str, str]]:
    """Each verb that gives work with what follows it; then the sentence that begins with who leads, with no verb."""
    at = 0
    while found := GIVES.search(text, at):
        yield found[1], text[found.end() :]
        at = found.end() - 1 if found.end() - 1 > at else found.end()
    if leads := LEADS.search(text):
        yield "", text[leads.end() :]


def _read_units(rest: str, names: Names, *, alone: bool) -> tuple[list[str], str] | None:
    """The units at the beginning of ``rest`` and what follows them. ``alone``: they need no verb after them."""
    found: list[str] = []
    while True:
        name, used = _read_unit(rest, names)
        if not name:
            break
        found.append(name)
        rest = rest[used:]
        apart = APART.match(rest)
        if apart is None or not _begins_unit(rest[apart.end() :], names):
            break
        rest = rest[apart.end() :]
    if not found or STATES.match(rest):
        return None
    if not alone and not re.match(r"\s*chủ trì\b", rest):
        return None
    return found, rest


def _read_unit(text: str, names: Names) -> tuple[str, int]:
    """A known name, or words that begin like one up to what it is to do; and how many letters they are."""
    for said, written in names:
        if text.startswith(said) and not text[len(said) : len(said) + 1].isalnum():
            return written, len(said)
    headed = next((pair for pair in names if re.match(PERSON + re.escape(pair[0]) + r"\b", text)), None)
    end = ACT.search(text, 0 if headed is None else text.find(headed[0]))
    if headed is not None:  # "đồng chí Nguyễn Văn An, Giám đốc Sở Tài chính" means the unit that this person heads
        return headed[1], end.start() if end else len(text)
    if HEAD.match(text) is None or end is None:
        return "", 0
    stop = min(end.start(), _next_name(text[: end.start()], names))
    words = text[:stop].strip(" ,;")
    if not words or len(words.split()) > LONGEST_NAME:
        return "", 0
    return words[0].upper() + words[1:], stop


def _next_name(text: str, names: Names) -> int:
    """Where, after a separator, a name begins that is a unit of its own: "Sở Văn hóa, Thể thao và Du lịch" is one."""
    if text.startswith(("các ", "những ", "toàn bộ", "tất cả", "đồng chí")):
        return len(text)
    for apart in APART.finditer(text):
        if _begins_unit(text[apart.end() :], names):
            return apart.start()
    return len(text)


def _begins_unit(text: str, names: Names) -> bool:
    return HEAD.match(text) is not None or any(
        text.startswith(said) and not text[len(said) : len(said) + 1].isalnum() for said, _written in names
    )


def _find_helpers(text: str, names: Names) -> list[str]:
    found: list[str] = []
    at = 0
    while (helps := HELPS.search(text, at)) is not None:
        found += _read_list(text[helps.end() :], names)
        at = helps.end()
    if not found and (last := HELPERS_LAST.search(text)) is not None:
        found = _read_list(f"{last['who']} phối hợp", names)
    return found


def _read_list(text: str, names: Names) -> list[str]:
    found: list[str] = []
    while True:
        name, used = _read_unit(text, names)
        if not name:
            return found
        text = text[used:]
        if linked := LINKED.match(text.strip()):
            name, text = f"{name} {linked[0]}", text.strip()[linked.end() :]
        found.append(name)
        apart = APART.match(text)
        if apart is None or not _begins_unit(text[apart.end() :], names):
            return found
        text = text[apart.end() :]
