"""Letters about tasks: when they leave, to whom, and once each."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.invitations.mail_store import is_stale, queue_mail
from meetings.models import Person, Unit
from meetings.task_states import Lateness, TaskState
from meetings.tasks.reminders import find_task_reminders
from meetings.tasks.rules import find_lateness, find_stage
from meetings.working_days import WorkingDays
from tests.factories import NOW, World
from tests.meetings.test_tasks import CLEAN, give
from web.database import Database

DUE = date(2026, 12, 15)  # a Tuesday
STAGES = [
    (date(2026, 12, 9), ""),
    (date(2026, 12, 10), "near"),  # three working days before
    (date(2026, 12, 12), ""),  # a Saturday
    (date(2026, 12, 14), "near"),
    (date(2026, 12, 15), "due"),
    (date(2026, 12, 16), "late-1"),
    (date(2026, 12, 22), "late-1"),
    (date(2026, 12, 23), "late-2"),
]


@pytest.mark.parametrize(("today", "stage"), STAGES)
def test_letter_leaves_on_working_days_before_and_after(today: date, stage: str) -> None:
    assert find_stage(TaskState.ASSIGNED, DUE, WorkingDays(), today) == stage
    assert find_stage(TaskState.REPORTED, DUE, WorkingDays(), today) == ""
    assert find_stage(TaskState.ASSIGNED, None, WorkingDays(), today) == ""


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(-60, 60))
def test_task_is_late_exactly_after_its_day(due: date, days: int) -> None:
    today = due + timedelta(days=days)
    lateness = find_lateness(TaskState.IN_PROGRESS, due, WorkingDays(), today)
    assert (lateness is Lateness.LATE) == (days > 0)


async def letters(database: Database, now: datetime) -> list[tuple[str, str]]:
    async with database.write() as session:
        mails = await queue_mail(session, await find_task_reminders(session, now), now)
        return [(mail.recipient, mail.subject) for mail in mails]


async def test_lead_is_told_before_and_the_secretary_too_when_it_is_late(database: Database, world: World) -> None:
    async with database.write() as session:
        (await session.get_one(Unit, world.communes[0].id)).email = "ductrong@example.vn"
        (await session.get_one(Unit, world.department.id)).email = "stc@example.vn"
        (await session.get_one(Person, world.secretary.id)).email = "thuky@example.vn"
    await give(database, world, CLEAN)
    near = datetime.combine(date(2026, 12, 10), NOW.timetz())
    assert await letters(database, NOW) == []
    told = await letters(database, near)
    assert sorted(address for address, _subject in told) == ["ductrong@example.vn", "stc@example.vn"]
    assert told[0][1].startswith("Nhắc nhiệm vụ sắp đến hạn: Giao UBND xã Đức Trọng rà soát hộ nghèo")
    assert await letters(database, near) == []
    late = near + timedelta(days=6)
    assert sorted(address for address, _subject in await letters(database, late)) == [
        "ductrong@example.vn",
        "thuky@example.vn",
    ]


async def test_letter_about_a_task_outlives_its_meeting(database: Database, world: World) -> None:
    async with database.write() as session:
        (await session.get_one(Unit, world.communes[0].id)).email = "ductrong@example.vn"
    await give(database, world, CLEAN)
    now = datetime.combine(date(2026, 12, 16), NOW.timetz())
    async with database.write() as session:
        (mail,) = await queue_mail(session, await find_task_reminders(session, now), now)
        assert not await is_stale(session, mail, now)
        assert "đã quá hạn 1 ngày làm việc. Hạn hoàn thành: ngày 15/12/2026." in mail.body
        assert "/tasks/1" in mail.body
