"""From what the room keeps to the draft of the minutes: turns, votes, heads, names, incidents, on real tables."""

from datetime import timedelta

from sqlmodel import col, select

from meetings import actions
from meetings.actions import ConfirmedUnit, IncidentDraft
from meetings.kinds import IncidentKind
from meetings.models import Invitation, Meeting, Mode, Presence
from signaling import effects as e
from tests.factories import NOW, World, key
from tests.records import AGENDA, add_recorded_meeting
from transcripts.actions import refresh_attendance, write_draft
from transcripts.minutes import Content
from transcripts.models import Segment
from web.database import Database
from web.room_store import DatabaseRoomStore


async def add_held(database: Database, world: World) -> tuple[Meeting, list[Segment]]:
    """The recorded meeting, whose attendance nobody has confirmed yet."""
    async with database.write() as session:
        meeting = await add_recorded_meeting(session, world)
        for row in (await session.exec(select(Invitation))).all():
            row.confirmed_mode = None
        meeting.attendance_confirmed_at = None
        query = select(Segment).order_by(col(Segment.starts_at), col(Segment.id))
        return meeting, list((await session.exec(query)).all())


async def draft(database: Database, meeting: Meeting) -> Content:
    async with database.write() as session:
        return Content.from_json((await write_draft(session, key(meeting), NOW)).content)


async def test_minutes_follow_the_room(any_database: Database, any_world: World) -> None:
    world = any_world
    meeting, segments = await add_held(any_database, world)
    start = meeting.started_at or NOW
    site = {"person_id": None, "site_id": key(world.sites[0]), "unit_id": key(world.communes[0])}
    records: list[e.Record] = [
        e.AgendaTurned(AGENDA[1][0], 1, "account:1", "Trần Văn Hiệp", segments[0].starts_at),
        e.AgendaTurned(AGENDA[0][0], 0, "account:1", "Trần Văn Hiệp", segments[4].starts_at),
        e.HeadsDeclared("account:7", "Điểm cầu xã", site, 3, ("Lý Văn Sơn", "Ka Thị Hoa", "K’Brếp"), start),
        e.VoteClosed(
            number=1,
            subject="Thông qua kế hoạch quý IV",
            kind="ballot",
            secret=False,
            withdrawn=False,
            opened_at=start + timedelta(hours=1),
            at=start + timedelta(hours=1, minutes=2),
            entitled=3,
            present=3,
            cast=3,
            quorum=2,
            valid=True,
            in_favour=2,
            against=1,
            abstain=0,
            voters=("Trần Văn Hiệp", "Lý Đại Biểu", "Võ Lãnh Đạo"),
            choices=(("Trần Văn Hiệp", "for"), ("Lý Đại Biểu", "against"), ("Võ Lãnh Đạo", "for")),
            identity="account:1",
            name="Trần Văn Hiệp",
        ),
    ]
    await DatabaseRoomStore(any_database).save(meeting.slug, records, {}, NOW)

    content = await draft(any_database, meeting)

    by_title = {section.title: section for section in content.sections}
    said = {
        title: {number for each in section.statements for number in each.segments}
        for title, section in by_title.items()
    }
    assert {segment.id for segment in segments[:4]} <= said[AGENDA[1][0]]
    assert segments[4].id in said[AGENDA[0][0]]
    room_vote = content.votes[-1]
    assert room_vote.subject == "Thông qua kế hoạch quý IV (biểu quyết công khai, 3/3 thành viên có mặt, 3 phiếu)"
    assert (room_vote.in_favour, room_vote.against, room_vote.text) == (2, 1, "Không tán thành: Lý Đại Biểu")
    first = content.attendance[0]
    assert (first.head_count, first.names) == (3, ("Lý Văn Sơn", "Ka Thị Hoa", "K’Brếp"))


async def test_withdrawn_vote_is_not_in_the_minutes(database: Database, world: World) -> None:
    meeting, _segments = await add_held(database, world)
    before = await draft(database, meeting)
    start = meeting.started_at or NOW
    withdrawn = e.VoteClosed(
        number=1,
        subject="Thông qua",
        kind="opinion",
        secret=True,
        withdrawn=True,
        opened_at=start,
        at=start,
        entitled=0,
        present=0,
        cast=0,
        quorum=0,
        valid=False,
        in_favour=0,
        against=0,
        abstain=0,
        voters=(),
        choices=(),
        identity="",
        name="",
    )
    await DatabaseRoomStore(database).save(meeting.slug, [withdrawn], {}, NOW)
    assert (await draft(database, meeting)).votes == before.votes


async def test_incidents_stand_beside_the_unit_and_apart_when_they_hit_everybody(
    any_database: Database, any_world: World
) -> None:
    world = any_world
    meeting, _segments = await add_held(any_database, world)
    start = meeting.started_at or NOW
    call = IncidentDraft(
        kind=IncidentKind.TELEPHONE,
        unit_id=key(world.communes[2]),
        text="Đứt cáp",
        starts_at=start + timedelta(minutes=10),
    )
    shared = IncidentDraft(
        kind=IncidentKind.POWER,
        unit_id=None,
        text="",
        starts_at=start + timedelta(minutes=20),
        ends_at=start + timedelta(minutes=25),
    )
    async with any_database.write() as session:
        query = select(Presence).where(Presence.meeting_id == meeting.id).order_by(col(Presence.id))
        first = (await session.exec(query)).all()[0]
        first.left_at, first.left_reason = start + timedelta(minutes=90), "lost"
        for each in (call, shared):
            await actions.log_incident(session, world.actors["secretary"], meeting.slug, each, NOW)

    content = await draft(any_database, meeting)

    assert content.attendance[0].note.startswith("Mất kết nối từ ")
    assert content.attendance[0].note.endswith(" đến hết cuộc họp")
    assert content.attendance[2].mode == "online"  # on the telephone for most of it
    assert content.attendance[2].note.startswith("Dự bằng điện thoại từ ")
    assert content.attendance[2].note.endswith(" đến hết cuộc họp (Đứt cáp)")
    [gap] = content.gaps
    assert (gap.start, gap.end, gap.reason) == (shared.starts_at, shared.ends_at, "sự cố chung: mất điện")


async def test_what_the_secretary_confirms_takes_the_place_of_what_was_measured(
    database: Database, world: World
) -> None:
    meeting, _segments = await add_held(database, world)
    await draft(database, meeting)
    entries = [ConfirmedUnit(key(unit), Mode.ONLINE, 5, "Đúng giờ") for unit in world.communes]
    async with database.write() as session:
        version = (await session.get_one(Meeting, key(meeting))).version
        await actions.confirm_attendance(session, world.actors["secretary"], meeting.slug, entries, version, NOW)
        await refresh_attendance(session, key(meeting), NOW)
        minutes = await write_draft(session, key(meeting), NOW)
    rows = Content.from_json(minutes.content).attendance
    assert {(row.head_count, row.note) for row in rows} == {(5, "Đúng giờ")}
