"""Reminders of deadlines: to whom they concern, once when they are near and once when they have passed."""

from datetime import timedelta

from meetings.invitation_models import Mail
from meetings.invitations.mail_store import queue_mail
from meetings.invitations.reminders import find_due_reminders
from meetings.models import MeetingStatus, Person, Unit
from tests.factories import NOW, World, add_meeting, key
from web.database import Database


async def remind(database: Database, hours: float) -> list[tuple[str, str]]:
    async with database.write() as session:
        now = NOW + timedelta(hours=hours)
        letters = await queue_mail(session, await find_due_reminders(session, now), now)
        return sorted((mail.subject.partition(":")[0], mail.recipient) for mail in letters)


async def test_everybody_concerned_is_told_once(database: Database, world: World) -> None:
    start = timedelta(days=8, hours=1)
    async with database.write() as session:
        await add_meeting(
            session, world.province, world.chair, world.secretary, [world.communes[0]], starts_at=NOW + start
        )
        for person, email in ((world.secretary, "thuky@lamdong.vn"), (world.chair, "chutri@lamdong.vn")):
            row = await session.get_one(Person, key(person))
            row.email = email
            session.add(row)
        unit = await session.get_one(Unit, key(world.communes[0]))
        unit.email = "vanthu@ductrong.vn"
        session.add(unit)
    assert await remind(database, 0) == []
    near = await remind(database, 36)
    assert near == [("Nhắc gửi giấy mời", "thuky@lamdong.vn"), ("Nhắc gửi tài liệu họp", "thuky@lamdong.vn")]
    assert await remind(database, 37) == []
    late = await remind(database, 24 * 5)
    assert [heading for heading, _to in late] == ["Nhắc gửi giấy mời (quá hạn)", "Nhắc gửi tài liệu họp (quá hạn)"]
    before = start.total_seconds() / 3600
    assert await remind(database, before - 1.4) == [
        ("Nhắc phiên thử", "thuky@lamdong.vn"),
        ("Nhắc phiên thử", "vanthu@ductrong.vn"),
    ]
    async with database.read() as session:
        letter = await session.get_one(Mail, 1)
    assert "Sắp đến hạn gửi giấy mời" in letter.body or "Sắp đến hạn gửi tài liệu" in letter.body
    assert (letter.calendar, letter.method) == ("", "")


async def test_nobody_is_told_of_what_was_over_before(database: Database, world: World) -> None:
    """Meetings of an older version, and history that a file brought: only what becomes late now is told."""
    async with database.write() as session:
        row = await session.get_one(Person, key(world.secretary))
        row.email = "thuky@lamdong.vn"
        session.add(row)
        for days, created in ((8, 9), (40, 41), (8, 0)):  # ended long ago; and brought in today
            start = NOW - timedelta(days=days)
            await add_meeting(
                session, world.province, world.chair, world.secretary, starts_at=start, status=MeetingStatus.ENDED,
                started_at=start, ended_at=start + timedelta(hours=2), created_at=NOW - timedelta(days=created),
                title=f"Họp {days} {created}",
            )  # fmt: skip
    told = await remind(database, 0)
    assert told == [("Nhắc ban hành thông báo kết luận (quá hạn)", "thuky@lamdong.vn")]
    async with database.read() as session:
        assert "Họp 8 9" in (await session.get_one(Mail, 1)).body
    assert await remind(database, 24 * 6) == []
