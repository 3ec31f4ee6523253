"""What may be written into an official invitation, and what must stand there before it is submitted."""

import re
from dataclasses import dataclass, replace

from meetings.documents.checks import LONGEST_LINE, check_line, check_lines, check_signer
from meetings.errors import N_, Invalid
from meetings.printing.invitation import InvitationContent

SYMBOL = re.compile(r"GM-[A-ZĐ][A-ZĐ0-9]*([.-][A-ZĐ0-9]+)*")
PASSWORD = re.compile(r"(mật khẩu|password|passcode|mã truy cập|mã phòng)\s*(là\b|[:=])\s*\S", re.IGNORECASE)
MOST_INVITEES, MOST_LINES = 500, 40
LONGEST_NOTE = 600
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
        check_line(getattr(draft, field), field)
    check_lines(draft.invitees, "invitees", MOST_INVITEES, LONGEST_LINE)
    check_lines(draft.places, "places", MOST_LINES, LONGEST_LINE)
    check_lines(draft.notes, "notes", MOST_LINES, LONGEST_NOTE)
    check_lines(draft.recipients, "recipients", MOST_INVITEES, LONGEST_LINE)
    if not draft.invitees:
        raise Invalid(NO_INVITEES, field="invitees")
    if not draft.places:
        raise Invalid(NO_PLACES, field="places")
    if any(PASSWORD.search(note) for note in (*draft.notes, *draft.places, draft.attend)):
        raise Invalid(
            N_("Giấy mời gửi đến nhiều nơi nên không ghi mật khẩu. Hãy bỏ mật khẩu khỏi nội dung này."), field="notes"
        )
    check_signer(draft.authority, draft.signer_position, draft.signer_name)


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
