"""Meetings of the demo that stand elsewhere on their way: a draft, and a postponed one whose form was changed."""

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import FormChange
from meetings.kinds import Form, MeetingStatus
from meetings.models import Invitation, Meeting
from meetings.periods import Profile, local_day, month_of_day
from web.demo.calendar import next_working_day, slot_of
from web.demo.meetings import COMMUNES, Plan, make_meeting, save_meeting, with_accounts
from web.demo.people import SECRETARY
from web.demo.topics import TOPICS
from web.demo.units import Cast

NUMBER = 300  # from which these are numbered


async def add_way(session: AsyncSession, cast: Cast, now: datetime) -> None:
    await _add(session, cast, now, NUMBER, 8, MeetingStatus.DRAFT)
    meeting = await _add(session, cast, now, NUMBER + 1, 9, MeetingStatus.POSTPONED)
    meeting.status_reason = "Chủ trì đi công tác đột xuất theo triệu tập của Thủ tướng Chính phủ"
    meeting.approved_at = meeting.created_at
    session.add(meeting)
    session.add(
        FormChange(
            meeting_id=meeting.id or 0,
            at=meeting.created_at + timedelta(hours=4),
            account_id=cast.accounts[SECRETARY],
            name="Thư ký",
            old=Form.HYBRID,
            new=Form.ONLINE,
            reason="Đường về trung tâm tỉnh của các xã phía Nam bị sạt lở",
        )
    )
    await session.flush()


async def _add(
    session: AsyncSession, cast: Cast, now: datetime, number: int, days: int, status: MeetingStatus
) -> Meeting:
    span = slot_of(next_working_day(local_day(now), days), number)
    month = month_of_day(local_day(span.start), Profile.REPORTING)
    topic = TOPICS[number % len(TOPICS)]
    plan = Plan(number, "O", topic, span, month.number, month.year, COMMUNES, cast.communes, "giaoban", "second")
    meeting = make_meeting(cast, plan)
    meeting.status, meeting.created_at = status, min(meeting.created_at, now)
    meeting_id = await save_meeting(session, meeting, plan)
    for position, unit in enumerate(with_accounts(cast), start=1):
        unit_id = unit.id or 0
        site_id = cast.site_of[unit_id]
        session.add(Invitation(meeting_id=meeting_id, unit_id=unit_id, site_id=site_id, position=position))
    return meeting
