"""Tasks of the demo: what the newest meeting that is over gave to do, at every stage a task can be in."""

from datetime import date, datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.kinds import OVER
from meetings.meeting_store import MeetingBundle, get_meeting_by_id
from meetings.models import Meeting
from meetings.people_store import load_actor
from meetings.periods import local_day
from meetings.task_states import TaskStep
from meetings.tasks.actions import Move, create_tasks, move_task
from transcripts.minutes import Conclusion
from web.demo.meetings import with_accounts
from web.demo.people import SECRETARY
from web.demo.units import Cast

WORK = (  # what is given, in how many days it is due when the meeting was a week ago, and the product
    ("rà soát, cập nhật số liệu giải ngân vốn đầu tư công đến từng dự án", 5, "Báo cáo số liệu giải ngân"),
    ("giải quyết dứt điểm hồ sơ đất đai quá hạn", -2, ""),
    ("chuẩn bị phương án phòng, chống hạn hán mùa khô", 25, "Phương án phòng, chống hạn hán"),
    ("kiểm tra đường truyền, thiết bị tại điểm cầu", 2, ""),
)


async def add_tasks(session: AsyncSession, cast: Cast, now: datetime) -> None:
    """To units that were invited; what they told and what the chair said is noted by the secretary."""
    query = select(Meeting).where(col(Meeting.is_demo), col(Meeting.status).in_(OVER), col(Meeting.ended_at) < now)
    query = query.where(Meeting.secretary_id == cast.people[SECRETARY]).order_by(col(Meeting.ended_at).desc())
    meeting = (await session.exec(query)).first()
    if meeting is None:
        return
    bundle = await get_meeting_by_id(session, meeting.id or 0)
    actor = await load_actor(session, cast.accounts[SECRETARY])
    if actor is None or len(bundle.invitations) < 2:
        return
    given = list_given(bundle, {unit.id for unit in with_accounts(cast)}, local_day(now))
    tasks = await create_tasks(session, actor, bundle.id, given, now - timedelta(days=1))
    moves = (
        (0, Move(TaskStep.PROGRESS, "Đã có số liệu của 8/12 dự án.", None, "assigned")),
        (2, Move(TaskStep.REPORT, "Đã hoàn thành phương án, gửi kèm tờ trình.", None, "assigned")),
        (3, Move(TaskStep.REPORT, "Đường truyền và thiết bị hoạt động tốt.", None, "assigned")),
        (3, Move(TaskStep.ACCEPT, "", None, "reported")),
    )
    for place, move in moves:
        await move_task(session, actor, tasks[place].id or 0, move, now)


def list_given(bundle: MeetingBundle, first: set[int | None], today: date) -> list[Conclusion]:
    """One for each piece of work, to the units that have accounts and then the others; the next unit helps."""
    invited = sorted(bundle.invitations, key=lambda each: each.unit.id not in first)
    units = [each.unit.organ for each in invited]
    return [
        Conclusion(
            f"Giao {units[place % len(units)]} {text}.",
            units[place % len(units)],
            today + timedelta(days=days),
            (),
            (units[(place + 1) % len(units)],) if place % 2 == 0 else (),
            product,
        )
        for place, (text, days, product) in enumerate(WORK)
    ]
