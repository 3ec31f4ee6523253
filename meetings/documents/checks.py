"""What may stand in an official document whatever its kind: lines, lists, who signs and how."""

import re
from collections.abc import Sequence

from meetings.errors import N_, Invalid

AUTHORITY = re.compile(r"(TM|KT|TL|TUQ|Q)\. ?\S.*")
TITLED = re.compile(r"(GS|PGS|TSKH|TS|ThS|Ths|CN|KS|BS|LS|NGND|NGƯT)\.")  # of learning: not before a signer's name
LONGEST_LINE, LONGEST_REASON = 300, 500


def need_reason(reason: str, missing: str) -> str:
    """As much of a reason as is kept, in one line; ``Invalid`` with ``missing`` where none is given."""
    text = " ".join(reason.split())
    if not text:
        raise Invalid(missing, field="reason")
    return text[:LONGEST_REASON]


def check_line(text: str, field: str) -> None:
    if not text:
        raise Invalid(N_("Hãy ghi nội dung này, vì văn bản không được thiếu."), field=field)
    if len(text) > LONGEST_LINE:
        raise Invalid(
            N_("Nội dung dài nhất là {n} ký tự; hiện có {given}."), field=field, n=LONGEST_LINE, given=len(text)
        )


def check_lines(lines: Sequence[str], field: str, most: int, longest: int) -> None:
    if len(lines) > most:
        raise Invalid(N_("Nhiều nhất {n} dòng; hiện có {given}."), field=field, n=most, given=len(lines))
    for number, line in enumerate(lines, 1):
        if len(line) > longest:
            raise Invalid(N_("Dòng {number} dài quá {n} ký tự."), field=field, number=number, n=longest)


def check_signer(authority: Sequence[str], position: str, name: str) -> None:
    if len(authority) > 3 or not all(AUTHORITY.fullmatch(line.upper()) for line in authority):
        raise Invalid(
            N_("Quyền hạn ký viết dạng TM., KT., TL., TUQ. hoặc Q., ví dụ: TL. CHỦ TỊCH; nhiều nhất 3 dòng."),
            field="authority",
        )
    for field, text in (("signer_position", position), ("signer_name", name)):
        if len(text) > 100:
            raise Invalid(N_("Nội dung dài nhất là {n} ký tự."), field=field, n=100)
    if TITLED.match(name):
        raise Invalid(
            N_("Trước họ tên người ký không ghi học hàm, học vị (Nghị định 30/2020/NĐ-CP)."), field="signer_name"
        )
