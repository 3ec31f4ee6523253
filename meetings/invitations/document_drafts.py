"""Use cases of an official invitation before it is signed: filled in from the booking, edited, submitted, returned."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.documents.access import Access, load_access, note_step
from meetings.documents.checks import need_reason
from meetings.documents.standing import HANDED_IN
from meetings.documents.store import find_latest_submitted
from meetings.errors import N_, Conflict, Invalid
from meetings.invitations.document_access import (
    NOT_BOOKED,
    load_invitation,
    look_around,
    require_drafting,
    require_either,
)
from meetings.invitations.document_checks import InvitationDraft, apply_draft, require_complete
from meetings.invitations.document_store import find_current
from meetings.invitations.drafting import describe_basis, fill_in, follow_signer, list_outdated
from meetings.kinds import BOOKED, DocumentKind, DocumentState
from meetings.meeting_store import lock_meeting
from meetings.org_tree import UnitView
from meetings.permissions import Actor
from meetings.printing.invitation import InvitationContent
from meetings.printing.organs import abbreviate, name_parent_organ, name_town

OUTDATED = N_("Lịch họp đã thay đổi sau khi soạn giấy mời. Hãy soạn lại từ lịch họp rồi tiếp tục.")
STANDS = N_("Giấy mời của cuộc họp này đã phát hành. Muốn thay đổi, hãy thu hồi rồi soạn giấy mời mới.")


async def fill_in_invitation(
    session: AsyncSession, access: Access, organ: UnitView, origin: str, now: datetime
) -> InvitationContent:
    """The form as the booking fills it today, signed by who signed the organ's last one."""
    content = fill_in(access.bundle, await look_around(session, access, organ, origin, now))
    last = await find_latest_submitted(session, DocumentKind.INVITATION, organ.id)
    return follow_signer(content, InvitationContent.from_json(last.content)) if last else content


async def draft_invitation(
    session: AsyncSession, actor: Actor, slug: str, origin: str, now: datetime
) -> OfficialDocument:
    """Fill the form in from the booking. Of one that is on its way, what was written by hand stays where it still fits.

    A number that the clerk gave stays with the document; what was signed is not signed any more.
    """
    await lock_meeting(session, slug)
    access = await load_access(session, actor, slug)
    require_drafting(access)
    bundle, document = access.bundle, await find_current(session, access.bundle.id)
    if document is not None and document.state is DocumentState.ISSUED:
        raise Conflict(STANDS)
    organ_id = document.organ_unit_id if document else bundle.convening.id
    organ = next((unit for unit in access.organs if unit.id == organ_id), bundle.convening)
    content = await fill_in_invitation(session, access, organ, origin, now)
    if document is not None:
        content = _keep_written(content, document, list_outdated(document.content, bundle))
    else:
        document = OfficialDocument(meeting_id=bundle.id, organ_unit_id=organ.id, drafted_at=now, version=0)
    document.symbol = content.symbol
    document.content = content.to_json() | {"basis": describe_basis(bundle)}
    document.meeting_version = bundle.meeting.version
    document.drafted_by, document.drafted_at = actor.name[:150], now
    _take_back(document)
    session.add(document)
    await session.flush()
    await note_step(session, actor, "invitation.draft", document, {"basis": document.content["basis"]}, now)
    return document


async def content_before(session: AsyncSession, access: Access, origin: str, now: datetime) -> InvitationContent:
    """What the letter before the official document says: the draft where there is one that still fits."""
    document = await find_current(session, access.bundle.id)
    if document is not None and not list_outdated(document.content, access.bundle):
        return InvitationContent.from_json(document.content)
    return await fill_in_invitation(session, access, access.bundle.convening, origin, now)


def _keep_written(content: InvitationContent, document: OfficialDocument, outdated: list[str]) -> InvitationContent:
    before = InvitationContent.from_json(document.content)
    content = replace(follow_signer(content, before), symbol=before.symbol)
    if "title" not in outdated:
        content = replace(content, subject=before.subject, attend=before.attend)
    if "invitees" not in outdated:
        content = replace(content, invitees=before.invitees)
    if "chair" not in outdated:
        content = replace(content, chair=before.chair)
    if "places" not in outdated:
        content = replace(content, places=before.places)
    return content


async def edit_invitation(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    document_id: int,
    version: int,
    organ_id: int,
    draft: InvitationDraft,
    now: datetime,
) -> OfficialDocument:
    """Change what people may write, and who issues it, while it is a draft."""
    access, document = await load_invitation(session, actor, slug, document_id, version, require_drafting)
    _require_state(document, DocumentState.DRAFTED)
    before = InvitationContent.from_json(document.content)
    if organ_id != document.organ_unit_id:
        draft = _change_organ(access, document, organ_id, before, draft)
        organ = access.tree[organ_id]
        before = replace(
            before,
            organ=organ.full_organ,
            parent_organ=name_parent_organ(organ, access.tree),
            town=name_town(organ, access.tree),
        )
    if document.number is not None and draft.symbol != document.symbol:
        raise Invalid(N_("Giấy mời đã được cấp số nên không đổi ký hiệu được."), field="symbol")
    content = apply_draft(before, draft)
    changed = [name for name, value in content.to_json().items() if value != document.content.get(name)]
    document.symbol, document.signer_name = content.symbol, content.signer_name
    document.content = document.content | content.to_json()
    document.version += 1
    session.add(document)
    await note_step(session, actor, "invitation.edit", document, {"fields": changed}, now)
    return document


def _change_organ(
    access: Access, document: OfficialDocument, organ_id: int, before: InvitationContent, draft: InvitationDraft
) -> InvitationDraft:
    """A symbol that nobody changed follows the organ."""
    organ = next((unit for unit in access.organs if unit.id == organ_id), None)
    if organ is None:
        raise Invalid(N_("Hãy chọn cơ quan ban hành trong danh sách."), field="organ_id")
    if document.number is not None:
        raise Invalid(N_("Giấy mời đã được cấp số nên không đổi cơ quan ban hành được."), field="organ_id")
    document.organ_unit_id = organ_id
    return replace(draft, symbol=f"GM-{abbreviate(organ)}") if draft.symbol == before.symbol else draft


async def submit_invitation(
    session: AsyncSession, actor: Actor, slug: str, document_id: int, version: int, now: datetime
) -> OfficialDocument:
    """It goes to whoever signs it, outside of this system ("trình ký")."""
    access, document = await load_invitation(session, actor, slug, document_id, version, require_drafting)
    _require_state(document, DocumentState.DRAFTED)
    require_current(access, document)
    require_complete(InvitationContent.from_json(document.content))
    document.content = {name: value for name, value in document.content.items() if name != "returned"}
    document.signer_name = document.content["signer_name"]
    document.state, document.submitted_at = DocumentState.SUBMITTED, now
    document.version += 1
    session.add(document)
    await note_step(session, actor, "invitation.submit", document, {}, now)
    return document


async def return_invitation(
    session: AsyncSession, actor: Actor, slug: str, document_id: int, version: int, reason: str, now: datetime
) -> OfficialDocument:
    """Back to a draft, with what is to be changed. By those who prepare it and by the clerk."""
    _access, document = await load_invitation(session, actor, slug, document_id, version, require_either)
    _require_state(document, *HANDED_IN)
    reason = need_reason(reason, N_("Hãy ghi nội dung cần sửa."))
    document.content = document.content | {"returned": {"reason": reason, "by": actor.name, "at": now.isoformat()}}
    detail: dict[str, Any] = {"reason": reason, "signed_sha256": document.signed_sha256}
    _take_back(document)
    session.add(document)
    await note_step(session, actor, "invitation.return", document, detail, now)
    return document


def require_current(access: Access, document: OfficialDocument) -> None:
    """The booking is still what the document was drafted from, and there is still something to invite to."""
    if access.bundle.meeting.status not in BOOKED:
        raise Conflict(NOT_BOOKED)
    if list_outdated(document.content, access.bundle):
        raise Conflict(OUTDATED)


def _take_back(document: OfficialDocument) -> None:
    """A draft again: nothing of it is submitted or signed."""
    document.state = DocumentState.DRAFTED
    document.submitted_at = document.signed_at = None
    document.signed_file = document.signed_sha256 = document.docx_file = ""
    document.signatures = {}
    document.version += 1


def _require_state(document: OfficialDocument, *states: DocumentState) -> None:
    if document.state not in states:
        raise Conflict
