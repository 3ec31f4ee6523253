"""Files of notices and letters: printed to be signed, and the lines that the clerk's number and day become on them."""

from datetime import date, datetime

from meetings.document_models import OfficialDocument
from meetings.kinds import DocumentKind
from meetings.printing.documents import render_notice
from meetings.printing.notice import NoticeContent, build_notice_sheet
from meetings.printing.wording import write_date_line, write_reference
from meetings.signing.preparing import prepare_for_signing


def render_to_sign(content: NoticeContent, made_at: datetime) -> bytes:
    """PDF/A-2b with fields for number, day and signature."""
    head = build_notice_sheet(content).head
    pdf = render_notice(content, "pdf", made_at=made_at, signing=True)
    return prepare_for_signing(pdf, {"number": head.reference, "date": head.date_line})


def write_fields(document: OfficialDocument, number: int, issued_on: date) -> dict[str, str]:
    """What the fields of its PDF say once it has ``number`` and day. Minutes bear no day beside their number."""
    fields = {"number": write_reference(str(number), document.symbol)}
    if document.kind != DocumentKind.MINUTES:
        content = NoticeContent.from_json(document.content)
        fields["date"] = write_date_line(content.town, issued_on, content.year)
    return fields
