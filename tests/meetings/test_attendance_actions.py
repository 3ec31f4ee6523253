from datetime import timedelta
from fractions import Fraction

import pytest

from meetings import actions
from meetings.actions import ConfirmedUnit, IncidentDraft
from meetings.audit import list_entries
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.kinds import IncidentKind
from meetings.meeting_store import get_meeting
from meetings.models import Meeting, MeetingStatus, Mode, UnitKind
from tests.factories import NOW, World, add_ended_meeting, add_meeting, add_presence, add_unit, key
from web.database import Database

START = NOW - timedelta(hours=2)


async def add_held(database: Database, world: World) -> Meeting:
    """Held from 06:00 to 08:00; one commune at its site with a broken line, one in the hall, one too short."""
    async with database.write() as session:
        invited = [
            (world.communes[0], world.sites[0]),
            (world.communes[1], world.hall),
            (world.communes[2], world.sites[2]),
        ]
        meeting = await add_ended_meeting(
            session, world.province, world.chair, world.secretary, invited, [None] * 3, NOW, hall_id=key(world.hall)
        )
        unit, site = world.communes[0], world.sites[0]
        await add_presence(
            session, meeting, START - timedelta(minutes=10), START + timedelta(minutes=50), unit=unit, site=site
        )
        await add_presence(session, meeting, START + timedelta(minutes=40), None, unit=unit, site=site)
        await add_presence(session, meeting, START, NOW, unit=world.province, site=world.hall)
        await add_presence(session, meeting, START, START + timedelta(minutes=59), unit=world.communes[2])
    return meeting


async def test_attendance_is_measured_from_presences(any_database: Database, any_world: World) -> None:
    meeting = await add_held(any_database, any_world)
    async with any_database.read() as session:
        bundle = await get_meeting(session, meeting.slug)
        rows = await actions.measure_attendance(session, bundle, NOW + timedelta(hours=1))
        lenient = await actions.measure_attendance(session, bundle, NOW, Fraction(1, 4))
    assert [row.unit_id for row in rows] == [key(unit) for unit in any_world.communes]
    assert [row.mode for row in rows] == [Mode.ONLINE, Mode.IN_HALL, Mode.ABSENT]
    assert rows[0].connected == timedelta(hours=2)
    assert (rows[0].first_in, rows[0].last_out, rows[0].confirmed) == (START, NOW, False)
    assert lenient[2].mode is Mode.ONLINE


async def test_running_meeting_is_measured_up_to_now(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            [world.communes[0]],
            status=MeetingStatus.IN_SESSION,
            started_at=NOW,
            starts_at=NOW,
        )
        await add_presence(session, meeting, NOW, None, unit=world.communes[0])
        bundle = await get_meeting(session, meeting.slug)
        [row] = await actions.measure_attendance(session, bundle, NOW + timedelta(minutes=10))
        [before] = await actions.measure_attendance(session, bundle, NOW - timedelta(minutes=10))
    assert (row.connected, row.share) == (timedelta(minutes=10), 1.0)
    assert before.connected == timedelta()


async def test_meeting_that_has_not_started_is_measured_against_its_plan(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await add_meeting(session, world.province, world.chair, world.secretary, [world.communes[0]])
        bundle = await get_meeting(session, meeting.slug)
        [row] = await actions.measure_attendance(session, bundle, NOW)
    assert (row.mode, row.connected) == (Mode.ABSENT, timedelta())


async def test_office_of_a_unit_attends_for_it_unless_invited_itself(database: Database, world: World) -> None:
    async with database.write() as session:
        office, other = [
            await add_unit(session, name, kind=UnitKind.DISTRICT_OFFICE, parent=world.communes[0], level=None)
            for name in ("Phòng Kinh tế", "Phòng Văn hóa")
        ]
        await add_unit(session, "Trạm Y tế", kind=UnitKind.SERVICE, parent=world.communes[0], level=None)
        meeting = await add_ended_meeting(
            session, world.province, world.chair, world.secretary, [world.communes[0], other], [None, None], NOW
        )
        await add_presence(session, meeting, START, NOW, unit=office)
        await add_presence(session, meeting, START, START + timedelta(minutes=1), unit=other)
        rows = await actions.measure_attendance(session, await get_meeting(session, meeting.slug), NOW)
    assert [row.mode for row in rows] == [Mode.ONLINE, Mode.ABSENT]


def entries(world: World, *modes: Mode) -> list[ConfirmedUnit]:
    return [
        ConfirmedUnit(key(unit), mode, head_count=5, note=" ghi chú ")
        for unit, mode in zip(world.communes, modes, strict=False)
    ]


async def confirm(
    database: Database, world: World, slug: str, given: list[ConfirmedUnit], who: str, version: int | None = None
) -> None:
    async with database.write() as session:
        version = (await get_meeting(session, slug)).meeting.version if version is None else version
        await actions.confirm_attendance(session, world.actors[who], slug, given, version, NOW + timedelta(hours=1))


async def test_confirmation_on_an_older_version_is_refused(any_database: Database, any_world: World) -> None:
    world, meeting = any_world, await add_held(any_database, any_world)
    await confirm(any_database, world, meeting.slug, entries(world, *[Mode.ONLINE] * 3), "secretary")
    stale = meeting.version
    with pytest.raises(Conflict) as refused:
        await confirm(any_database, world, meeting.slug, entries(world, *[Mode.ABSENT] * 3), "secretary", stale)
    assert refused.value.field == "version"
    async with any_database.read() as session:
        bundle = await get_meeting(session, meeting.slug)
    assert [each.invitation.confirmed_mode for each in bundle.invitations] == [Mode.ONLINE] * 3


async def test_confirmation_wins_over_the_measure_and_can_be_corrected(
    any_database: Database, any_world: World
) -> None:
    world, meeting = any_world, await add_held(any_database, any_world)
    given = entries(world, Mode.ABSENT, Mode.ONLINE, Mode.ONLINE)
    await confirm(any_database, world, meeting.slug, given, "secretary")
    async with any_database.read() as session:
        bundle = await get_meeting(session, meeting.slug)
        rows = await actions.measure_attendance(session, bundle, NOW)
    assert [(row.mode, row.confirmed, row.head_count, row.note) for row in rows] == [
        (Mode.ABSENT, True, 0, "ghi chú"),
        (Mode.ONLINE, True, 5, "ghi chú"),
        (Mode.ONLINE, True, 5, "ghi chú"),
    ]
    assert bundle.meeting.attendance_confirmed_at == NOW + timedelta(hours=1)
    assert bundle.meeting.attendance_confirmed_by == world.accounts["secretary"].id
    corrected = entries(world, Mode.IN_HALL, Mode.ONLINE, Mode.ONLINE)
    await confirm(any_database, world, meeting.slug, corrected, "office")
    async with any_database.read() as session:
        [last, first] = await list_entries(session, action="attendance.")
    assert last.detail == {f"unit:{key(world.communes[0])}": [["absent", 0, "ghi chú"], ["in_hall", 5, "ghi chú"]]}
    assert len(first.detail) == 3


async def test_confirmation_must_name_every_invited_unit_once(database: Database, world: World) -> None:
    meeting = await add_held(database, world)
    whole = entries(world, Mode.ONLINE, Mode.ONLINE, Mode.ONLINE)
    stranger = ConfirmedUnit(key(world.department), Mode.ONLINE)
    for given in ([], whole[:2], [*whole, whole[0]], [*whole, stranger], [*whole[:2], stranger]):
        with pytest.raises(Invalid) as refused:
            await confirm(database, world, meeting.slug, given, "secretary")
        assert refused.value.field == "units"
    for count in (-1, 10_001):
        wrong = [*whole[:2], ConfirmedUnit(key(world.communes[2]), Mode.ONLINE, count)]
        with pytest.raises(Invalid) as refused:
            await confirm(database, world, meeting.slug, wrong, "secretary")
        assert refused.value.field == "head_count"


async def test_confirmation_is_for_its_secretaries_after_the_end(database: Database, world: World) -> None:
    meeting = await add_held(database, world)
    whole = entries(world, Mode.ONLINE, Mode.ONLINE, Mode.ONLINE)
    for who in ("chair", "contact", "inspector", "leader"):
        with pytest.raises(NotAllowed):
            await confirm(database, world, meeting.slug, whole, who)
    async with database.write() as session:
        strange = await add_meeting(session, world.department, world.chair, world.secretary, [world.communes[2]])
        future = await add_meeting(session, world.province, world.chair, world.secretary, [world.communes[0]])
    with pytest.raises(NotFound):
        await confirm(database, world, strange.slug, [], "contact")
    with pytest.raises(NotAllowed):
        await confirm(database, world, future.slug, whole[:1], "secretary")


async def test_telephone_is_attendance_with_its_reason_until_the_secretary_says_otherwise(
    any_database: Database, any_world: World
) -> None:
    world = any_world
    async with any_database.write() as session:
        meeting = await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            [(world.communes[0], world.sites[0]), (world.communes[1], world.sites[1])],
            status=MeetingStatus.IN_SESSION,
            starts_at=START,
            started_at=START,
        )
        broken = await add_presence(session, meeting, START, START + timedelta(minutes=30), unit=world.communes[0])
        broken.left_reason = "lost"
        call = IncidentDraft(
            kind=IncidentKind.TELEPHONE,
            unit_id=key(world.communes[0]),
            text="Đứt cáp quang",
            starts_at=START + timedelta(minutes=35),
        )
        await actions.log_incident(session, world.actors["technician"], meeting.slug, call, NOW)
        meeting.status, meeting.ended_at = MeetingStatus.ENDED, NOW
        bundle = await get_meeting(session, meeting.slug)
        first, second = await actions.measure_attendance(session, bundle, NOW)
    assert (first.mode, first.connected) == (Mode.ONLINE, timedelta(minutes=115))
    assert (second.mode, second.note) == (Mode.ABSENT, "")
    assert first.note == (
        "Mất kết nối từ 06:30 đến hết cuộc họp; dự bằng điện thoại từ 06:35 đến hết cuộc họp (Đứt cáp quang)"
    )
    entries = [ConfirmedUnit(key(unit), Mode.ONLINE, note="") for unit in world.communes[:2]]
    async with any_database.write() as session:
        await actions.confirm_attendance(session, world.actors["secretary"], meeting.slug, entries, 1, NOW)
        first, _second = await actions.measure_attendance(session, await get_meeting(session, meeting.slug), NOW)
    assert first.note == ""
