"""A meeting with its organs and who asks: what every use case of an official invitation loads first, notes at last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.audit import write_entry
from meetings.course_store import list_duties
from meetings.deadline_store import load_working_days
from meetings.deadlines import TRIAL
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.invitation_models import OfficialDocument
from meetings.invitations.document_store import get_document
from meetings.invitations.drafting import Surroundings
from meetings.kinds import UnitKind
from meetings.meeting_store import MeetingBundle, get_meeting, is_visible, lock_meeting
from meetings.org_tree import OrgTree, UnitView
from meetings.people_store import load_tree
from meetings.periods import ZONE, local_day
from meetings.permissions import Actor
from meetings.printing.organs import abbreviate

OFFICE_CLOSES = time(17)
NOT_BOOKED = N_("Chỉ soạn giấy mời khi cuộc họp đã được đặt lịch và chưa bắt đầu.")


@dataclass(frozen=True, slots=True)
class Access:
    """``unit_ids``: in whose name the person acts on the meeting's day."""

    actor: Actor
    bundle: MeetingBundle
    tree: OrgTree
    unit_ids: frozenset[int]

    @property
    def may_draft(self) -> bool:
        return permissions.may_draft_invitation(self.actor, self.bundle.meeting)

    def may_keep(self, organ_id: int) -> bool:
        return permissions.may_keep_documents(self.actor, self.unit_ids, organ_id)

    def may_view_drafts(self, organ_id: int) -> bool:
        return permissions.may_view_drafts(self.actor, self.bundle.meeting, self.unit_ids, organ_id)

    def may_see(self, document: OfficialDocument) -> bool:
        """Drafts: those who prepare them. What has left: everybody who sees the meeting."""
        if self.may_view_drafts(document.organ_unit_id):
            return True
        return document.issued_at is not None and is_visible(self.actor, self.bundle)

    @property
    def organs(self) -> list[UnitView]:
        """Who may issue: the convening unit, the office that serves it, and the unit that prepares the meeting."""
        convening = self.bundle.convening
        offices = [
            unit
            for unit in (self.tree.children(convening.id) if convening.id in self.tree else [])
            if unit.kind is UnitKind.OFFICE
        ]
        preparing = self.tree.get(self.bundle.meeting.preparing_unit_id)
        found = [convening, *offices, *([preparing] if preparing else [])]
        return list({unit.id: unit for unit in found}.values())


def require_drafting(access: Access, _document: OfficialDocument | None = None) -> None:
    """Of those who run the meeting, while it is fixed and has not begun."""
    if access.may_draft:
        return
    if permissions.runs_meeting(access.actor, access.bundle.meeting):
        raise Conflict(NOT_BOOKED)
    raise NotAllowed


def require_keeping(access: Access, document: OfficialDocument) -> None:
    """Of the organ's clerk and the office."""
    if not access.may_keep(document.organ_unit_id):
        raise NotAllowed


def require_either(access: Access, document: OfficialDocument) -> None:
    if not access.may_draft:
        require_keeping(access, document)


async def load_access(session: AsyncSession, actor: Actor, slug: str) -> Access:
    """``NotFound`` also for who may know neither of the meeting nor, as a clerk, of its organ's documents."""
    bundle = await get_meeting(session, slug)
    tree = await load_tree(session, bundle.day)
    access = Access(actor, bundle, tree, tree.acted_for(actor.unit_id))
    if not is_visible(actor, bundle) and not any(access.may_view_drafts(organ.id) for organ in access.organs):
        raise NotFound
    return access


async def load_to_change(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    document_id: int,
    version: int,
    require: Callable[[Access, OfficialDocument], None],
) -> tuple[Access, OfficialDocument]:
    """Nobody else changes the meeting or its document meanwhile. ``Conflict`` when ``version`` is an older one.

    ``require`` raises for who may not do it: they learn nothing of the version.
    """
    await lock_meeting(session, slug)
    access = await load_access(session, actor, slug)
    document = await get_document(session, access.bundle.id, document_id)
    if not access.may_view_drafts(document.organ_unit_id):
        raise NotFound
    require(access, document)
    if document.version != version:
        raise Conflict(field="version")
    return access, document


async def note_step(
    session: AsyncSession, actor: Actor, action: str, document: OfficialDocument, detail: dict[str, Any], now: datetime
) -> None:
    """What was done with the document, in the audit log of its meeting."""
    subject, known = f"meeting:{document.meeting_id}", {"document": document.id, "version": document.version}
    await write_entry(session, actor, action, subject, known | detail, now)


async def look_around(
    session: AsyncSession, access: Access, organ: UnitView, origin: str, now: datetime
) -> Surroundings:
    """What the form needs beside the booking: until when to register, and whom to call."""
    meeting = access.bundle.meeting
    working = await load_working_days(session)
    day = working.subtract(local_day(meeting.starts_at), 1)
    register_by = datetime.combine(day, OFFICE_CLOSES, ZONE).astimezone(UTC)
    if register_by <= now:
        register_by = meeting.starts_at - TRIAL
    duty = (await list_duties(session, access.bundle.id)).get(meeting.hall_id or 0)
    technician = f"đồng chí {duty.name}, điện thoại {duty.phone}" if duty and duty.name and duty.phone else ""
    secretary_unit = access.tree.get(access.bundle.secretary.unit_id)
    return Surroundings(
        organ=organ,
        tree=access.tree,
        origin=origin,
        register_by=register_by,
        technician=technician,
        drafting_unit=abbreviate(secretary_unit) if secretary_unit else "",
    )
