"""Use cases of voting: who votes in a meeting, by name. Whoever comes in their place does not."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.course_store import list_eligible, list_voters
from meetings.errors import N_, Invalid, NotAllowed
from meetings.meeting_store import MeetingBundle, load_visible, lock_meeting
from meetings.models import Person
from meetings.permissions import Actor, may_name_voters
from meetings.room_models import VotingMember


async def list_candidates(session: AsyncSession, bundle: MeetingBundle) -> list[Person]:
    """The people of the invited units and of the convening one, the chair and the secretary."""
    units = bundle.invited_unit_ids | {bundle.meeting.convening_unit_id}
    return await list_eligible(session, units, {bundle.meeting.chair_id, bundle.meeting.secretary_id})


async def name_voters(
    session: AsyncSession, actor: Actor, slug: str, person_ids: Collection[int], now: datetime
) -> None:
    """These people vote, and nobody else does. Until the meeting has ended."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    if not may_name_voters(actor, bundle.meeting):
        raise NotAllowed
    chosen = set(person_ids)
    if not chosen <= {person.id for person in await list_candidates(session, bundle)}:
        raise Invalid(N_("Chỉ người của đơn vị được mời hoặc đơn vị chủ trì mới được biểu quyết."), field="voters")
    before = {person.id or 0 for person in await list_voters(session, bundle.id)}
    if chosen == before:
        return
    await session.exec(delete(VotingMember).where(col(VotingMember.meeting_id) == bundle.id))
    session.add_all(VotingMember(meeting_id=bundle.id, person_id=person_id) for person_id in sorted(chosen))
    detail = {"voters": [sorted(before), sorted(chosen)]}
    await write_entry(session, actor, "meeting.name_voters", f"meeting:{bundle.id}", detail, now)
