"""Every way into a room leads through the same door: who may come, as what, from when, to which place."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from meetings import actions
from meetings.errors import NotAllowed, NotFound
from meetings.models import Account, Meeting, MeetingStatus, Role, Site
from meetings.people_store import load_actor
from meetings.room_models import VotingMember
from signaling.ballots import is_voter
from signaling.sfu import Admission
from tests.factories import NOW, World, add_account, add_meeting, add_site, add_unit, key
from web.database import Database
from web.pages.admissions import EVERYTHING, Guest, admit_guest, admit_member, admit_projection
from web.pages.bookings import Bookings
from web.room_store import DatabaseRoomStore

HOUR = timedelta(minutes=60)
QUARTER = timedelta(minutes=15)


async def add_booked(database: Database, world: World, **values: Any) -> Meeting:
    """Two communes, each at its site; the province's hall is the main one."""
    defaults: dict[str, Any] = {"slug": "hop", "hall_id": key(world.hall)}
    async with database.write() as session:
        invited = list(zip(world.communes[:2], world.sites[:2], strict=True))
        return await add_meeting(session, world.province, world.chair, world.secretary, invited, **(defaults | values))


async def admit(database: Database, world: World, name: str) -> Admission:
    async with database.read() as session:
        return (await admit_member(session, world.actors[name], "hop", NOW)).admission


@pytest.mark.parametrize(
    ("name", "role", "early", "operates", "invited", "seat"),
    [
        ("chair", "chair", HOUR, True, True, "person"),
        ("secretary", "secretary", HOUR, True, True, "person"),
        ("office", "secretary", HOUR, True, False, ""),
        ("technician", "technician", HOUR, True, False, ""),
        ("leader", "delegate", QUARTER, False, True, ""),
        ("site1", "site", HOUR, False, True, "unit"),
        ("hall", "site", HOUR, False, True, "site"),
        ("delegate", "delegate", QUARTER, False, True, "unit"),
    ],
)
async def test_role_time_and_place_of_everybody(
    database: Database, world: World, name: str, role: str, early: timedelta, operates: bool, invited: bool, seat: str
) -> None:
    meeting = await add_booked(database, world)
    admission = await admit(database, world, name)
    facts = await DatabaseRoomStore(database).load_facts("hop")

    assert (admission.role, admission.can_come) == (role, meeting.starts_at - early)
    assert admission.may == (EVERYTHING if operates else frozenset())
    assert (admission.invited, admission.seat.partition(":")[0]) == (invited, seat)
    assert facts is not None
    assert not admission.seat or admission.seat in facts.seats


async def test_leader_of_another_organ_only_watches(database: Database, world: World) -> None:
    async with database.write() as session:
        await add_meeting(session, world.office, world.chair, world.secretary, world.communes, slug="hop")
    admission = await admit(database, world, "leader")
    assert (admission.role, admission.may, admission.seat) == ("observer", frozenset(), "")
    assert admission.about["unit_id"] is None  # nobody's attendance
    assert not admission.invited


async def test_technician_is_no_units_attendance(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, [world.office], slug="hop", hall_id=key(world.hall)
        )
    assert meeting.slug == "hop"
    admission = await admit(database, world, "technician")
    assert (admission.about["unit_id"], admission.seat) == (None, "")


async def test_only_the_named_members_vote_and_nobody_in_their_place(database: Database, world: World) -> None:
    meeting = await add_booked(database, world)
    async with database.write() as session:
        session.add(VotingMember(meeting_id=key(meeting), person_id=world.actors["delegate"].person_id or 0))
    facts = await DatabaseRoomStore(database).load_facts("hop")
    assert facts is not None
    names = ("delegate", "contact", "site1", "chair")
    votes = {name: is_voter(await admit(database, world, name), facts) for name in names}
    assert votes == {"delegate": True, "contact": False, "site1": False, "chair": False}


async def add_host(database: Database, world: World, guests: int) -> Site:
    """A site of a unit that is not invited, with ``guests`` invited units put there."""
    async with database.write() as session:
        host = await add_unit(session, "Trung tâm Hội nghị", "province", parent=world.province)
        site = await add_site(session, host, "Hội trường Trung tâm")
        await add_account(session, site, Role.SITE, username="trungtam")
        invited = [(unit, site) for unit in world.communes[:guests]]
        await add_meeting(session, world.province, world.chair, world.secretary, invited, slug="hop")
    return site


@pytest.mark.parametrize("guests", [1, 2])
async def test_account_of_a_site_that_hosts_another_unit_comes_for_that_unit(
    database: Database, world: World, guests: int
) -> None:
    site = await add_host(database, world, guests)
    async with database.read() as session:
        account = (await session.exec(select(Account).where(Account.site_id == site.id))).one()
        actor = await load_actor(session, key(account))
        assert actor is not None
        admission = (await admit_member(session, actor, "hop", NOW)).admission
    only = world.communes[0]
    assert (admission.role, admission.invited) == ("site", True)
    assert admission.about == {
        "person_id": None,
        "site_id": site.id,
        "unit_id": only.id if guests == 1 else None,
    }
    assert admission.seat == (f"unit:{only.id}" if guests == 1 else "")


@pytest.mark.parametrize("name", ["site3", "inspector", "administrator"])
async def test_big_screen_comes_through_the_same_door(database: Database, world: World, name: str) -> None:
    await add_booked(database, world)
    async with database.read() as session:
        with pytest.raises((NotFound, NotAllowed)):
            await admit_member(session, world.actors[name], "hop", NOW)
        with pytest.raises((NotFound, NotAllowed)):
            await admit_projection(session, world.actors[name], "hop", NOW)


@pytest.mark.parametrize("name", ["technician", "site1", "chair"])
async def test_big_screen_has_no_rights_no_place_and_no_attendance(database: Database, world: World, name: str) -> None:
    meeting = await add_booked(database, world)
    async with database.read() as session:
        screen = (await admit_projection(session, world.actors[name], "hop", NOW)).admission
    account_id = world.actors[name].account_id
    assert screen.identity == f"projection:account:{account_id}"
    assert (screen.role, screen.may, screen.about, screen.seat) == ("projection", frozenset(), {}, "")
    assert screen.can_come == meeting.starts_at - HOUR


async def test_ended_meeting_lets_nobody_in_but_tells_them(database: Database, world: World) -> None:
    await add_booked(database, world, status=MeetingStatus.ENDED)
    async with database.read() as session:
        entrance = await admit_projection(session, world.actors["site1"], "hop", NOW)
    assert entrance.state == "ended"


async def test_guest_waits_at_the_time_of_everybody_else(database: Database, world: World) -> None:
    meeting = await add_booked(database, world)
    async with database.write() as session:
        _link, token = await actions.create_guest_link(
            session, world.actors["secretary"], "hop", "Chuyên gia", meeting.ends_at, NOW
        )
        _link, entrance = await admit_guest(session, token, Guest("a" * 22, "Khách"), "vi", NOW, browser="b" * 32)
    guest = entrance.admission
    assert (guest.role, guest.invited, guest.seat, guest.about) == ("guest", False, "", {})
    assert (guest.can_come, guest.browser) == (meeting.starts_at - QUARTER, "b" * 32)
    facts = await DatabaseRoomStore(database).load_facts("hop")
    assert facts is not None
    assert facts.lobby == "guests"


async def test_guests_who_come_at_once_do_not_hold_up_the_database(any_database: Database, any_world: World) -> None:
    """As many connections as there are, each held by a guest who waits for a booking that nobody could read then."""
    meeting = await add_booked(any_database, any_world)
    async with any_database.write() as session:
        _link, token = await actions.create_guest_link(
            session, any_world.actors["secretary"], "hop", "Chuyên gia", meeting.ends_at, NOW
        )
    bookings = Bookings(any_database)

    async def come(number: int) -> str:
        async with any_database.read() as session:
            guest = Guest(f"{number:022}", "Khách")
            link, entrance = await admit_guest(session, token, guest, "vi", NOW, bookings=bookings)
            return f"{link.id} {entrance.state}"

    async with asyncio.timeout(10):
        assert set(await asyncio.gather(*map(come, range(60)))) == {"1 early"}
