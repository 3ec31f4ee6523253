"""At the hall's door, and what the secretary makes of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.attendance import UnitAttendance
from meetings.attendance_roll import list_roll, name_people
from meetings.audit import list_entries
from meetings.checkin_actions import AT_DOOR, MOST_A_MINUTE, MOST_AT_DOOR, MOST_OF_UNIT, OPENS_BEFORE
from meetings.errors import Conflict, Invalid, MeetingError, NotAllowed, NotFound
from meetings.invitation_models import Attended, Delegate
from meetings.invitations.delegates import DelegateDraft, decide_place
from meetings.meeting_store import MeetingBundle, get_meeting
from meetings.models import Meeting, MeetingStatus
from tests.factories import NOW, World, key
from tests.meetings.invitations.gathering import add_gathering, register
from web.database import Database


@pytest.fixture
async def meeting(database: Database, world: World) -> Meeting:
    """Begins in half an hour, in the hall and at sites."""
    async with database.write() as session:
        return await add_gathering(session, world, starts_at=NOW + timedelta(minutes=30))


async def come(database: Database, world: World, name: str = "Nguyễn Văn An") -> int:
    [one] = await register(database, world, DelegateDraft(full_name=name, site_id=world.hall.id))
    return one


async def load(database: Database, delegate_id: int) -> Delegate:
    async with database.read() as session:
        return await session.get_one(Delegate, delegate_id)


@pytest.mark.parametrize(
    ("values", "minutes", "state"),
    [
        ({}, -121, "early"),
        ({}, -120, "open"),
        ({}, 300, "open"),
        ({"status": MeetingStatus.IN_SESSION}, 300, "open"),
        ({"status": MeetingStatus.ENDED}, 60, "closed"),
        ({"status": MeetingStatus.CANCELLED}, 0, "closed"),
        ({"status": MeetingStatus.DRAFT}, 0, "closed"),
        ({"hall_id": None}, 0, "closed"),
    ],
)
def test_door_is_open_from_two_hours_before_to_the_end(values: dict[str, Any], minutes: int, state: str) -> None:
    facts: dict[str, Any] = {"status": MeetingStatus.INVITED, "hall_id": 1, "starts_at": NOW}
    row = Meeting(**(facts | values))
    assert actions.door_state(row, NOW + timedelta(minutes=minutes)) == state
    assert timedelta(hours=2) == OPENS_BEFORE


async def test_codes_are_opened_and_renewed(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        await add_gathering(session, any_world)
    keys = []
    for who in ("hall", "secretary"):
        async with any_database.write() as session:
            keys.append((await actions.renew_codes(session, any_world.actors[who], "hop", NOW)).checkin_key)
    assert len(set(keys)) == 2
    async with any_database.read() as session:
        assert [entry.action for entry in await list_entries(session)] == ["checkin.renew", "checkin.open"]


@pytest.mark.parametrize("who", ["contact", "delegate", "site1", "leader", "inspector"])
async def test_others_run_no_door(database: Database, world: World, meeting: Meeting, who: str) -> None:
    one = await come(database, world)
    async with database.write() as session:
        with pytest.raises(NotAllowed):
            await actions.renew_codes(session, world.actors[who], "hop", NOW)
        with pytest.raises(NotAllowed):
            await actions.tick_person(session, world.actors[who], "hop", one, True, NOW)


async def test_person_checks_in_once(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        meeting = await add_gathering(session, any_world, starts_at=NOW + timedelta(minutes=30))
    one = await come(any_database, any_world)
    for minutes in (0, 5):
        async with any_database.write() as session:
            await actions.check_in(session, key(meeting), one, NOW + timedelta(minutes=minutes))
    row = await load(any_database, one)
    assert (row.arrived_at, row.marked_how, row.marked_by, row.attended) == (NOW, "qr", "Nguyễn Văn An", None)
    async with any_database.read() as session:
        [entry] = await list_entries(session, action="checkin.mark")
    assert (entry.account_id, entry.detail) == (None, {"delegate": one, "how": "qr"})


async def test_only_whoever_is_expected_in_the_hall_checks_in(
    database: Database, world: World, meeting: Meeting
) -> None:
    [at_site] = await register(database, world, "Ka Thị Hoa")
    async with database.write() as session:
        other = await add_gathering(session, world, slug="khac", starts_at=NOW)
        for meeting_id, person in ((key(meeting), at_site), (key(other), at_site), (key(meeting), 4711)):
            with pytest.raises(NotFound):
                await actions.check_in(session, meeting_id, person, NOW)


async def test_nobody_checks_in_before_the_door_opens(database: Database, world: World, meeting: Meeting) -> None:
    one, early = await come(database, world), NOW - timedelta(hours=2)
    async with database.write() as session:
        with pytest.raises(Conflict):
            await actions.check_in(session, key(meeting), one, early)
        with pytest.raises(Conflict):
            await actions.add_at_door(session, key(meeting), key(world.communes[0]), "Ka Thị Hoa", "", early)


async def test_whoever_is_not_on_the_list_waits_for_the_secretary(
    database: Database, world: World, meeting: Meeting
) -> None:
    first = key(world.communes[0])
    async with database.write() as session:
        one = await actions.add_at_door(session, key(meeting), first, "Ka Thị Hoa", "Trưởng phòng", NOW)
        two = await actions.add_at_door(session, key(meeting), key(world.province), "Lê Văn Cường", "", NOW)
    assert (one.to_confirm, one.site_id, one.arrived_at, one.added_by) == (True, world.hall.id, NOW, AT_DOOR)
    async with database.write() as session:
        for who in ("hall", "technician", "contact", "chair"):
            with pytest.raises(NotAllowed):
                await actions.confirm_at_door(session, world.actors[who], "hop", key(one), True, NOW)
        await actions.confirm_at_door(session, world.actors["secretary"], "hop", key(one), True, NOW)
        await actions.confirm_at_door(session, world.actors["secretary"], "hop", key(two), False, NOW)
        with pytest.raises(Conflict):
            await actions.confirm_at_door(session, world.actors["secretary"], "hop", key(one), True, NOW)
    row = await load(database, key(one))
    assert (row.to_confirm, row.added_by) == (False, f"{AT_DOOR}, Nguyễn Thị Thư xác nhận")
    async with database.read() as session:
        assert await session.get(Delegate, key(two)) is None


@pytest.mark.parametrize(
    ("name", "position", "error"),
    [("A", "", Invalid), ("An Bình", "x" * 151, Invalid), ("nguyễn văn an", "", Conflict)],
)
async def test_wrong_addition_is_refused(
    database: Database, world: World, meeting: Meeting, name: str, position: str, error: type[MeetingError]
) -> None:
    await come(database, world)
    async with database.write() as session:
        with pytest.raises(error):
            await actions.add_at_door(session, key(meeting), key(world.communes[0]), name, position, NOW)
        with pytest.raises(Invalid):
            await actions.add_at_door(session, key(meeting), key(world.department), "Ka Thị Hoa", "", NOW)


async def test_door_takes_no_endless_list(database: Database, world: World, meeting: Meeting) -> None:
    async with database.write() as session:
        session.add_all(
            Delegate(
                meeting_id=key(meeting), unit_id=key(world.communes[0]), full_name=f"Ai đó {number}",
                to_confirm=True, added_at=NOW - timedelta(hours=1),
            )
            for number in range(MOST_AT_DOOR)
        )  # fmt: skip
    async with database.write() as session:
        with pytest.raises(Conflict):
            await actions.add_at_door(session, key(meeting), key(world.communes[0]), "Ka Thị Hoa", "", NOW)


async def test_nobody_floods_the_door_and_the_secretary_clears_it(
    database: Database, world: World, meeting: Meeting
) -> None:
    communes, at = [key(unit) for unit in world.communes[:2]], NOW

    async def add(number: int, unit_id: int) -> int:
        async with database.write() as session:
            row = await actions.add_at_door(session, key(meeting), unit_id, f"Tên bịa {number}", "", at)
            return key(row)

    ids = [await add(number, communes[0]) for number in range(MOST_A_MINUTE)]
    with pytest.raises(Conflict, match="sau một phút"):
        await add(MOST_A_MINUTE, communes[1])
    at = NOW + timedelta(minutes=1)
    for number in range(MOST_A_MINUTE, MOST_OF_UNIT):
        ids.append(await add(number, communes[0]))
    with pytest.raises(Conflict, match="đã đầy"):
        await add(MOST_OF_UNIT, communes[0])
    late = await add(99, communes[1])
    async with database.write() as session:
        await actions.confirm_at_door(session, world.actors["secretary"], "hop", ids[0], True, at)
        with pytest.raises(NotAllowed):
            await actions.clear_door(session, world.actors["hall"], "hop", ids[-1], at)
        cleared = await actions.clear_door(session, world.actors["secretary"], "hop", ids[-1], at)
    assert cleared == MOST_OF_UNIT - 1
    async with database.read() as session:
        kept = [each for each in [*ids, late] if await session.get(Delegate, each) is not None]
        [entry] = await list_entries(session, action="checkin.clear")
    assert kept == [ids[0], late], "who was confirmed stays, and who came after the page was shown"
    assert len(entry.detail["people"]) == cleared
    await add(100, communes[0])


async def test_list_is_ticked_and_a_tick_taken_back(database: Database, world: World, meeting: Meeting) -> None:
    one = await come(database, world)
    for who, here in (("hall", True), ("hall", True), ("technician", False)):
        async with database.write() as session:
            await actions.tick_person(session, world.actors[who], "hop", one, here, NOW)
        row = await load(database, one)
        assert (row.arrived_at, row.marked_how) == ((NOW, "list") if here else (None, ""))
    async with database.read() as session:
        entries = await list_entries(session, action="checkin.mark")
    assert [entry.detail["here"] for entry in entries] == [False, True]


async def test_roll_proposes_and_the_secretary_confirms(any_database: Database, any_world: World) -> None:
    world = any_world
    async with any_database.write() as session:
        meeting = await add_gathering(session, world, starts_at=NOW)
    here = await come(any_database, world)
    unknown = await come(any_database, world, "Lý Thị Hoa")
    [at_site] = await register(any_database, world, "Ka Thị Hoa")
    async with any_database.write() as session:
        await actions.check_in(session, key(meeting), here, NOW + timedelta(minutes=20))
        for step in (actions.start_meeting, actions.end_meeting):
            late = timedelta(hours=2) if step is actions.end_meeting else timedelta()
            await step(session, key(meeting), None, NOW + late)
    later = NOW + timedelta(hours=3)
    async with any_database.read() as session:
        roll = await list_roll(session, await get_meeting(session, "hop"), later)
    assert {each.delegate.id: each.attended for each in roll} == {
        here: Attended.LATE, unknown: None, at_site: Attended.UNEXCUSED,
    }  # fmt: skip
    assert not any(each.confirmed for each in roll), "nothing is assumed confirmed"
    async with any_database.write() as session:
        bundle = await get_meeting(session, "hop")
        units = [actions.ConfirmedUnit(each.unit_id, each.mode) for each in await measure(session, bundle)]
        people = actions.ConfirmedPeople({unknown: Attended.EXCUSED}, {unknown: "Ốm"}, as_proposed=True)
        await actions.confirm_attendance(
            session, world.actors["secretary"], "hop", units, bundle.meeting.version, later, people
        )
    rows = [await load(any_database, each) for each in (here, unknown, at_site)]
    assert [(row.attended, row.absence_reason, row.marked_by) for row in rows] == [
        (Attended.LATE, "", "Nguyễn Thị Thư"),
        (Attended.EXCUSED, "Ốm", "Nguyễn Thị Thư"),
        (Attended.UNEXCUSED, "", "Nguyễn Thị Thư"),
    ]
    async with any_database.read() as session:
        [entry] = await list_entries(session, action="attendance.confirm")
    assert entry.detail["people"][str(unknown)] == [[None, ""], ["excused", "Ốm"]]


async def measure(session: AsyncSession, bundle: MeetingBundle) -> list[UnitAttendance]:
    return await actions.measure_attendance(session, bundle, NOW + timedelta(hours=3))


async def test_unit_sits_where_its_head_does(database: Database, world: World) -> None:
    async with database.write() as session:
        await add_gathering(session, world, status=MeetingStatus.IN_SESSION, started_at=NOW)
    head = DelegateDraft(full_name="Lý Đại Biểu", is_head=True, site_id=world.hall.id)
    one, _other = await register(database, world, head, "Ka Thị Hoa")
    async with database.write() as session:
        bundle = await get_meeting(session, "hop")
        assert [row.mode for row in await measure(session, bundle)] == ["absent"] * 3, "not agreed yet"
        await decide_place(session, world.actors["chair"], "hop", one, True, NOW)
        assert [row.mode for row in await measure(session, bundle)] == ["in_hall", "absent", "absent"]


async def test_minutes_name_who_was_there(database: Database, world: World) -> None:
    async with database.write() as session:
        await add_gathering(session, world, status=MeetingStatus.IN_SESSION, started_at=NOW, starts_at=NOW)
    substitute = DelegateDraft(full_name="Nguyễn Văn An", substitute_for="Lý Thị Hoa", site_id=world.hall.id)
    one, two = await register(database, world, substitute, DelegateDraft(full_name="Ai đó", site_id=world.hall.id))
    async with database.write() as session:
        await actions.tick_person(session, world.actors["hall"], "hop", one, True, NOW)
        added = await actions.add_at_door(session, 1, key(world.communes[1]), "Lê Văn Cường", "", NOW)
        assert added.id not in (one, two)
        roll = await list_roll(session, await get_meeting(session, "hop"), NOW)
    assert name_people(roll) == {world.communes[0].id: ("Nguyễn Văn An (đi thay Lý Thị Hoa)",)}
