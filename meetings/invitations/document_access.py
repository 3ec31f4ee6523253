"""Who may prepare an official invitation, and what its form needs beside the booking."""

from collections.abc import Callable
from datetime import UTC, datetime, time

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.course_store import list_duties
from meetings.deadline_store import load_working_days
from meetings.deadlines import TRIAL
from meetings.document_models import OfficialDocument
from meetings.documents.access import Access, load_to_change, require_keeping
from meetings.errors import N_, Conflict, NotAllowed
from meetings.invitations.drafting import Surroundings
from meetings.kinds import DocumentKind
from meetings.org_tree import UnitView
from meetings.periods import ZONE, local_day
from meetings.permissions import Actor
from meetings.printing.organs import abbreviate

OFFICE_CLOSES = time(17)
NOT_BOOKED = N_("Chỉ soạn giấy mời khi cuộc họp đã được đặt lịch và chưa bắt đầu.")


def may_draft(access: Access) -> bool:
    return permissions.may_draft_invitation(access.actor, access.bundle.meeting)


def require_drafting(access: Access, _document: OfficialDocument | None = None) -> None:
    """Of those who run the meeting, while it is fixed and has not begun."""
    if may_draft(access):
        return
    if permissions.runs_meeting(access.actor, access.bundle.meeting):
        raise Conflict(NOT_BOOKED)
    raise NotAllowed


def require_either(access: Access, document: OfficialDocument) -> None:
    if not may_draft(access):
        require_keeping(access, document)


async def load_invitation(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    document_id: int,
    version: int,
    require: Callable[[Access, OfficialDocument], None],
) -> tuple[Access, OfficialDocument]:
    """To change it: of the documents of a meeting only an invitation is found."""
    return await load_to_change(session, actor, slug, document_id, version, require, (DocumentKind.INVITATION,))


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
