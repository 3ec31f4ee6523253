"""What the page of an official document shows: where it stands, the paper, what may be done next, what became of it.

Of minutes, notices and letters; invitations have a page of their own (``invitation_view.py``).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import DocumentFile, OfficialDocument
from meetings.documents.access import Access
from meetings.documents.actions import SEAL_STEP, UPLOADED, needs_seal, step_of
from meetings.documents.standing import LEFT, OPEN, Standing
from meetings.documents.store import get_any, list_documents, list_files, next_number
from meetings.documents.wording import KINDS, name_document
from meetings.errors import N_
from meetings.kinds import DocumentKind, DocumentState, MeetingStatus
from meetings.meeting_store import MeetingBundle, is_visible
from meetings.people_store import load_tree
from meetings.permissions import Actor
from meetings.printing.notice import NoticeContent, NoticeSheet, build_notice_sheet
from meetings.record_permissions import may_draft_notice
from web.i18n import _
from web.pages.invitation_view import STEPS, Shown, describe_document

KIND_NAMES = {
    DocumentKind.INVITATION: N_("Giấy mời"),
    DocumentKind.MINUTES: N_("Biên bản"),
    DocumentKind.NOTICE: N_("Thông báo kết luận"),
    DocumentKind.CORRECTION: N_("Công văn đính chính"),
}
FILE_STEPS = {
    "submitted": N_("Bản trình ký"),
    "signed": N_("Ký số"),
    "uploaded": N_("Bản đã ký tải lên"),
    "numbered": N_("Ghi số, ngày"),
    "sealed": N_("Chữ ký số của cơ quan"),
    "issued": N_("Bản Word khi phát hành"),
}


def kind_name(kind: str) -> str:
    return _(KIND_NAMES[DocumentKind(kind)])


def page_of(document: OfficialDocument, slug: str) -> str:
    """Where a document is shown."""
    if document.kind == DocumentKind.INVITATION:
        return f"/meetings/{slug}/invitation"
    return f"/documents/{document.id}"


@dataclass(frozen=True)
class Related:
    """Another document that this one replaces or corrects, or that does so with this one."""

    word: str
    document: OfficialDocument
    name: str
    state: str


@dataclass(frozen=True)
class View:
    access: Access
    shown: Shown
    content: NoticeContent | None  # of a notice or a letter
    sheet: NoticeSheet | None
    files: list[DocumentFile]
    related: list[Related]
    suggested: int
    today: date
    is_sealed: bool
    is_uploaded: bool

    @property
    def document(self) -> OfficialDocument:
        return self.shown.document

    @property
    def bundle(self) -> MeetingBundle:
        return self.access.bundle

    @property
    def kind(self) -> str:
        return kind_name(self.document.kind)

    @property
    def name(self) -> str:
        return name_document(self.document)

    @property
    def is_minutes(self) -> bool:
        return self.document.kind == DocumentKind.MINUTES

    @property
    def sees_meeting(self) -> bool:
        """A clerk may know of the document alone."""
        return is_visible(self.access.actor, self.bundle)

    @property
    def may_draft(self) -> bool:
        return may_draft_notice(self.access.actor, self.bundle.meeting)

    @property
    def may_keep(self) -> bool:
        return self.access.may_keep(self.document.organ_unit_id)

    @property
    def prepares(self) -> bool:
        """Those who draft it, and the clerk."""
        return self.may_draft or self.may_keep

    @property
    def waits_for_seal(self) -> bool:
        numbered = self.document.state is DocumentState.NUMBERED
        return numbered and needs_seal(self.document) and not (self.is_sealed or self.is_uploaded)

    @property
    def may_withdraw(self) -> bool:
        if self.document.state is DocumentState.ISSUED or self.document.number is not None:
            return self.may_keep and self.document.state in (*OPEN, DocumentState.ISSUED)
        return self.prepares and self.document.state in OPEN

    @property
    def may_succeed(self) -> bool:
        """Replace or correct it."""
        return self.prepares and self.document.state is DocumentState.ISSUED

    @property
    def is_frozen(self) -> bool:
        return self.document.state in LEFT

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The ribbon: each step's name and whether it is "done", "now" or "next"."""
        order = [step for step in STEPS if not (self.is_minutes and step is Standing.DRAFTED)]
        standing = self.shown.standing
        at = len(order) - 1 if self.is_frozen else order.index(standing)
        states = ("done" if place <= at else "now" if place == at + 1 else "next" for place in range(len(order)))
        return [(_(STEPS[step]), state) for step, state in zip(order, states, strict=True)]

    @property
    def returned(self) -> dict[str, str]:
        found: dict[str, str] = self.document.content.get("returned") or {}
        return found


async def load_view(session: AsyncSession, access: Access, document: OfficialDocument, today: date) -> View:
    is_notice = document.kind in (DocumentKind.NOTICE, DocumentKind.CORRECTION)
    content = NoticeContent.from_json(document.content) if is_notice else None
    suggested = await next_number(session, document.organ_unit_id, document.symbol, today.year)
    files = await list_files(session, document.id or 0)
    step = step_of(document, files)
    return View(
        access=access,
        shown=describe_document(document),
        content=content,
        sheet=build_notice_sheet(content, number=document.number, issued_on=document.issued_on) if content else None,
        files=files,
        related=await _list_related(session, access, document),
        suggested=suggested,
        today=today,
        is_sealed=step == SEAL_STEP,
        is_uploaded=step == UPLOADED,
    )


async def _list_related(session: AsyncSession, access: Access, document: OfficialDocument) -> list[Related]:
    found: list[tuple[str, OfficialDocument]] = []
    for word, key in ((_("Thay thế"), document.replaces_id), (_("Đính chính"), document.corrects_id)):
        if key is not None:
            found.append((word, await get_any(session, key)))
    for row in await list_documents(session, document.meeting_id):
        if row.replaces_id == document.id:
            found.append((_("Được thay thế bởi"), row))
        elif row.corrects_id == document.id:
            found.append((_("Được đính chính bởi"), row))
    return [
        Related(word, row, name_document(row), describe_document(row).name)
        for word, row in found
        if access.may_see(row)
    ]


@dataclass(frozen=True)
class Line:
    """One document of a meeting as the meeting's page lists it."""

    kind: str
    shown: Shown
    url: str


async def describe_documents(session: AsyncSession, actor: Actor, bundle: MeetingBundle) -> dict[str, Any]:
    """For the meeting's page (``meeting_documents.html``): minutes, notices and letters that this person may see, the
    newest first, drafts that were given up left out; and whether a notice may be begun."""
    tree = await load_tree(session, bundle.day)
    access = Access(actor, bundle, tree, tree.acted_for(actor.unit_id))
    rows = await list_documents(session, bundle.id)
    begun = any(row.kind == DocumentKind.NOTICE and row.state is not DocumentState.WITHDRAWN for row in rows)
    recorded = bundle.meeting.status is MeetingStatus.RECORDED
    lines = [
        Line(kind_name(row.kind), describe_document(row), page_of(row, bundle.slug))
        for row in rows
        if row.kind != DocumentKind.INVITATION
        and access.may_see(row)
        and not (row.state is DocumentState.WITHDRAWN and row.issued_at is None)
    ]
    may_start = recorded and not begun and may_draft_notice(actor, bundle.meeting)
    return {"documents": lines, "may_start_notice": may_start}


def describe_list(document: OfficialDocument) -> dict[str, Any]:
    """What a list tells of a document of any kind."""
    content = document.content
    return {
        "kind": kind_name(document.kind),
        "type": KINDS[document.kind],
        "subject": content.get("subject", ""),
        "organ": content.get("organ", ""),
        "signer": content.get("signer_name", ""),
        "signer_position": content.get("signer_position", ""),
        "to": content.get("invitees") or [line for line in content.get("recipients", []) if not line.startswith("Lưu")],
    }
