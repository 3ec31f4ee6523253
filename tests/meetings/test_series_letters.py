"""What calendars of those invited are told when a series is divided: no occurrence stands in them twice."""

from icalendar import Calendar
from sqlmodel import col, select

from meetings import actions
from meetings.interval import Span
from meetings.invitation_models import Mail
from meetings.models import Unit
from meetings.series_edits import Scope
from tests.factories import NOW, World, key
from tests.meetings.test_series_actions import HOUR, MONDAY, WEEK, book, edit, invite, load, weekly
from web.database import Database


async def list_events(database: Database) -> list[tuple[str, str, str, str]]:
    """Of each letter: its method, and of its event the UID, the start that the rule gave it, and when it begins."""
    async with database.read() as session:
        found = (await session.exec(select(Mail).where(col(Mail.calendar) != "").order_by(col(Mail.id)))).all()
    return [
        (mail.method, str(entry["UID"]), f"{entry.decoded('RECURRENCE-ID'):%d/%m %H:%M}", f"{entry.start:%d/%m %H:%M}")
        for mail in found
        for entry in Calendar.from_ical(mail.calendar).events
    ]


async def test_a_divided_series_leaves_no_old_entries_in_calendars(database: Database, world: World) -> None:
    series_id = await book(database, world, weekly(3))
    before = await load(database, series_id)
    moved = Span(MONDAY + 2 * WEEK + 4 * HOUR, MONDAY + 2 * WEEK + 5 * HOUR)
    async with database.write() as session:
        await actions.move_meeting(session, world.actors["secretary"], before.rows[2].slug, moved, 1, NOW)
    async with database.write() as session:
        mailbox = await session.get_one(Unit, key(world.communes[0]))
        mailbox.email = "xa@lamdong.gov.vn"
        session.add(mailbox)
    await invite(database, before.rows, 1)
    later = {"starts_at": MONDAY + WEEK + HOUR, "ends_at": MONDAY + WEEK + 2 * HOUR}
    await edit(database, world, before.rows[1].slug, Scope.FOLLOWING, **later)
    old, new = before.series.uid, (await load(database, series_id + 1)).series.uid
    first = [
        ("CANCEL", old, "07/12 08:00", "07/12 08:00"),
        ("CANCEL", old, "14/12 08:00", "14/12 12:00"),
        ("REQUEST", new, "07/12 09:00", "07/12 09:00"),
        ("REQUEST", new, "14/12 09:00", "14/12 12:00"),  # where it was, but under another name
    ]
    assert await list_events(database) == first
    await edit(database, world, before.rows[1].slug, Scope.ALL, title="Tên mới", **later)
    assert [method for method, *_rest in (await list_events(database))[4:]] == ["REQUEST", "REQUEST"]
