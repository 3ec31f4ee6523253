from datetime import timedelta

import pytest
from sqlmodel import col, select

from meetings import actions
from meetings.actions import Readiness, ReportDraft, reporter_of
from meetings.audit import list_entries
from meetings.errors import Invalid, NotAllowed, NotFound
from meetings.kinds import LineState
from meetings.meeting_store import get_meeting
from meetings.models import Meeting
from meetings.readiness_actions import KEPT, KEPT_OF_LINK, Reporter
from meetings.room_models import ConnectionReport
from tests.factories import NOW, World, add_meeting, add_presence, key
from web.database import Database

GOOD = ReportDraft(state=LineState.GOOD, route="udp", result={"camera": "ok"})
BAD = ReportDraft(state=LineState.BAD)


async def add_booked(database: Database, world: World) -> Meeting:
    """The first commune at its site, the second in the hall, the third without a site."""
    async with database.write() as session:
        invited = [(world.communes[0], world.sites[0]), (world.communes[1], world.hall), (world.communes[2], None)]
        return await add_meeting(
            session, world.province, world.chair, world.secretary, invited, hall_id=key(world.hall)
        )


async def load_board(database: Database, meeting: Meeting) -> list[Readiness]:
    async with database.read() as session:
        return await actions.list_readiness(session, await get_meeting(session, meeting.slug), NOW)


async def test_board_lists_the_hall_and_every_invited_site(any_database: Database, any_world: World) -> None:
    world, meeting = any_world, await add_booked(any_database, any_world)
    async with any_database.write() as session:
        await actions.add_report(session, reporter_of(world.actors["site1"]), meeting.id, BAD, NOW - timedelta(hours=1))
        await actions.add_report(session, reporter_of(world.actors["site1"]), meeting.id, GOOD, NOW)
        await actions.add_report(session, reporter_of(world.actors["delegate"]), meeting.id, BAD, NOW)
        await actions.add_report(session, reporter_of(world.actors["hall"]), None, GOOD, NOW - timedelta(days=1))
        await add_presence(session, meeting, NOW, None, unit=world.communes[0], site=world.sites[0])
        await add_presence(session, meeting, NOW, NOW, unit=world.communes[2], site=world.sites[2])
        await actions.set_duty(
            session, world.actors["site1"], meeting.slug, key(world.sites[0]), "Lê Trực", "0263 3822 000", NOW
        )
    hall, first, third = await load_board(any_database, meeting)

    assert (hall.is_hall, hall.unit.id, hall.report and hall.report.state) == (True, world.province.id, LineState.GOOD)
    assert (first.unit.id, first.has_account, len(first.present)) == (world.communes[0].id, True, 1)
    assert first.report is not None
    assert (first.report.state, first.report.route, first.report.result) == (LineState.GOOD, "udp", {"camera": "ok"})
    assert first.duty is not None
    assert (first.duty.name, first.duty.phone) == ("Lê Trực", "0263 3822 000")
    assert (third.unit.id, third.site, third.report, third.present) == (world.communes[2].id, None, None, [])


async def test_test_by_somebody_of_the_unit_speaks_for_a_site_without_one(database: Database, world: World) -> None:
    meeting = await add_booked(database, world)
    async with database.write() as session:
        await actions.add_report(session, reporter_of(world.actors["delegate"]), meeting.id, BAD, NOW)
    board = await load_board(database, meeting)
    assert board[1].report is not None
    assert board[1].report.state is LineState.BAD


async def test_old_test_made_for_no_meeting_is_not_shown(database: Database, world: World) -> None:
    meeting = await add_booked(database, world)
    async with database.write() as session:
        await actions.add_report(session, reporter_of(world.actors["site1"]), None, GOOD, NOW - timedelta(days=8))
    assert (await load_board(database, meeting))[1].report is None


async def test_many_tests_of_one_unit_hide_no_other(any_database: Database, any_world: World) -> None:
    meeting = await add_booked(any_database, any_world)
    async with any_database.write() as session:
        await actions.add_report(session, reporter_of(any_world.actors["site1"]), meeting.id, GOOD, NOW)
        for _ in range(201):
            session.add(
                ConnectionReport(meeting_id=meeting.id, unit_id=any_world.communes[2].id, at=NOW, state=LineState.BAD)
            )
    board = await load_board(any_database, meeting)
    assert [place.report and place.report.state for place in board] == [None, LineState.GOOD, LineState.BAD]


async def test_latest_tests_of_everybody_are_kept(any_database: Database, any_world: World) -> None:
    meeting = await add_booked(any_database, any_world)
    guest = Reporter(name="Khách", guest="guest:1:x")
    async with any_database.write() as session:
        await actions.add_report(session, reporter_of(any_world.actors["site1"]), meeting.id, GOOD, NOW)
        for _ in range(KEPT + 3):
            await actions.add_report(session, guest, meeting.id, BAD, NOW)
        guests = (await session.exec(select(ConnectionReport.guest).order_by(col(ConnectionReport.id)))).all()
    assert guests == [""] + ["guest:1:x"] * KEPT


async def test_guests_of_one_link_leave_no_more_than_so_many_reports(any_database: Database, any_world: World) -> None:
    """A fresh cookie makes a guest somebody else; the link stays the same."""
    async with any_database.write() as session:
        await actions.add_report(session, Reporter(name="Khách", guest="guest:11:x"), None, GOOD, NOW)
        for number in range(KEPT_OF_LINK + 3):
            await actions.add_report(session, Reporter(name="Khách", guest=f"guest:1:2001:{number}"), None, BAD, NOW)
        reports = (await session.exec(select(ConnectionReport.guest))).all()
    assert len(reports) == KEPT_OF_LINK + 1
    assert "guest:11:x" in reports


@pytest.mark.parametrize(
    ("reporter", "draft"),
    [
        (Reporter(name="Không ai"), GOOD),
        (Reporter(name="Khách", guest="guest:1:x"), ReportDraft(state=LineState.GOOD, result={"log": "a" * 17_000})),
        (Reporter(name="Khách", guest="guest:1:x"), ReportDraft(state=LineState.GOOD, route="a" * 17)),
    ],
)
async def test_report_that_cannot_be_kept_is_refused(
    database: Database, reporter: Reporter, draft: ReportDraft
) -> None:
    async with database.write() as session:
        with pytest.raises(Invalid):
            await actions.add_report(session, reporter, None, draft, NOW)


@pytest.mark.parametrize(("name", "may"), [("technician", True), ("contact", True), ("site1", True), ("site2", False)])
async def test_who_names_the_person_on_duty(database: Database, world: World, name: str, may: bool) -> None:
    meeting = await add_booked(database, world)
    async with database.write() as session:
        arguments = (session, world.actors[name], meeting.slug, key(world.sites[0]), "Lê Trực", "0912345678", NOW)
        if may:
            await actions.set_duty(*arguments)
            assert [entry.action for entry in await list_entries(session)] == ["duty.set"]
            return
        with pytest.raises(NotAllowed):
            await actions.set_duty(*arguments)


@pytest.mark.parametrize(
    ("site", "name", "phone", "error"),
    [(2, "Lê Trực", "", NotFound), (0, "a" * 101, "", Invalid), (0, "Lê Trực", "gọi tôi", Invalid)],
)
async def test_duty_that_cannot_be_is_refused(
    database: Database, world: World, site: int, name: str, phone: str, error: type[Exception]
) -> None:
    meeting = await add_booked(database, world)
    async with database.write() as session:
        with pytest.raises(error):
            await actions.set_duty(
                session, world.actors["secretary"], meeting.slug, key(world.sites[site]), name, phone, NOW
            )
