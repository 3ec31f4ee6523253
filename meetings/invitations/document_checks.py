"""What may be written into an official invitation, and what must stand there before it is submitted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from meetings.errors import N_, Invalid
from meetings.printing.invitation import InvitationContent

SYMBOL = re.compile(r"GM-[A-ZĐ][A-ZĐ0-9]*([.-][A-ZĐ0-9]+)*")
AUTHORITY = re.compile(r"(TM|KT|TL|TUQ|Q)\. ?\S.*")
TITLED = re.compile(r"(GS|PGS|TSKH|TS|ThS|Ths|CN|KS|BS|LS|NGND|NGƯT)\.")  # of learning: not before a signer's name
PASSWORD = re.compile(r"(mật khẩu|password|passcode|mã truy cập|mã phòng)\s*(là\b|[:=])\s*\S", re.IGNORECASE)
MOST_INVITEES, MOST_LINES = 500, 40
LONGEST_LINE, LONGEST_NOTE = 300, 600
NO_INVITEES = N_("Hãy ghi cơ quan, đơn vị, cá nhân được mời, mỗi dòng một tên.")
NO_PLACES = N_("Hãy ghi địa điểm họp.")


@dataclass(frozen=True, kw_only=True)
class InvitationDraft:
    """What a person may write; the rest of the form is the booking's."""

    symbol: str
    subject: str
    invitees: tuple[str, ...]
    attend: str
    chair: str
    places: tuple[str, ...]
    notes: tuple[str, ...]
    recipients: tuple[str, ...]
    authority: tuple[str, ...]
    signer_position: str
    signer_name: str


def apply_draft(content: InvitationContent, draft: InvitationDraft) -> InvitationContent:
    """``content`` with what was written. ``Invalid`` names the field."""
    check_draft(draft)
    return replace(
        content,
        symbol=draft.symbol,
        subject=draft.subject,
        invitees=draft.invitees,
        attend=draft.attend,
        chair=draft.chair,
        places=draft.places,
        notes=draft.notes,
        recipients=draft.recipients,
        authority=tuple(line.upper() for line in draft.authority),
        signer_position=draft.signer_position,
        signer_name=draft.signer_name,
    )


def check_draft(draft: InvitationDraft) -> None:
    if not SYMBOL.fullmatch(draft.symbol) or len(draft.symbol) > 30:
        raise Invalid(N_("Ký hiệu viết dạng GM-UBND: chữ in hoa, không có khoảng trắng."), field="symbol")
    for field in ("subject", "attend", "chair"):
        _check_line(getattr(draft, field), field)
    _check_lines(draft.invitees, "invitees", MOST_INVITEES, LONGEST_LINE)
    _check_lines(draft.places, "places", MOST_LINES, LONGEST_LINE)
    _check_lines(draft.notes, "notes", MOST_LINES, LONGEST_NOTE)
    _check_lines(draft.recipients, "recipients", MOST_INVITEES, LONGEST_LINE)
    if not draft.invitees:
        raise Invalid(NO_INVITEES, field="invitees")
    if not draft.places:
        raise Invalid(NO_PLACES, field="places")
    if any(PASSWORD.search(note) for note in (*draft.notes, *draft.places, draft.attend)):
        raise Invalid(
            N_("Giấy mời gửi đến nhiều nơi nên không ghi mật khẩu. Hãy bỏ mật khẩu khỏi nội dung này."), field="notes"
        )
    _check_signer(draft)


def _check_line(text: str, field: str) -> None:
    if not text:
        raise Invalid(N_("Hãy ghi nội dung này, vì giấy mời không được thiếu."), field=field)
    if len(text) > LONGEST_LINE:
        raise Invalid(
            N_("Nội dung dài nhất là {n} ký tự; hiện có {given}."), field=field, n=LONGEST_LINE, given=len(text)
        )


def _check_lines(lines: Sequence[str], field: str, most: int, longest: int) -> None:
    if len(lines) > most:
        raise Invalid(N_("Nhiều nhất {n} dòng; hiện có {given}."), field=field, n=most, given=len(lines))
    for number, line in enumerate(lines, 1):
        if len(line) > longest:
            raise Invalid(N_("Dòng {number} dài quá {n} ký tự."), field=field, number=number, n=longest)


def _check_signer(draft: InvitationDraft) -> None:
    if len(draft.authority) > 3 or not all(AUTHORITY.fullmatch(line.upper()) for line in draft.authority):
        raise Invalid(
            N_("Quyền hạn ký viết dạng TM., KT., TL., TUQ. hoặc Q., ví dụ: TL. CHỦ TỊCH; nhiều nhất 3 dòng."),
            field="authority",
        )
    for field, longest in (("signer_position", 100), ("signer_name", 100)):
        if len(getattr(draft, field)) > longest:
            raise Invalid(N_("Nội dung dài nhất là {n} ký tự."), field=field, n=longest)
    if TITLED.match(draft.signer_name):
        raise Invalid(
            N_("Trước họ tên người ký không ghi học hàm, học vị (Nghị định 30/2020/NĐ-CP)."), field="signer_name"
        )


def require_complete(content: InvitationContent) -> None:
    """``Invalid`` for what is missing before somebody can sign it."""
    if not content.invitees:
        raise Invalid(NO_INVITEES, field="invitees")
    if not content.places:
        raise Invalid(NO_PLACES, field="places")
    if not content.signer_position:
        raise Invalid(N_("Hãy ghi chức vụ người ký trước khi trình."), field="signer_position")
    if not content.signer_name:
        raise Invalid(N_("Hãy ghi họ tên người ký trước khi trình."), field="signer_name")
