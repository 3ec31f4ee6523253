from datetime import timedelta
from typing import Any

import pytest

from meetings import actions
from meetings.actions import PaperDraft
from meetings.audit import list_entries
from meetings.course_store import list_papers
from meetings.deadline_store import load_facts
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import get_meeting
from meetings.models import Meeting, MeetingStatus
from meetings.paper_actions import MOST_PAPERS
from tests.factories import NOW, World, add_meeting, key
from web.database import Database


def make_paper(number: int = 1, **values: Any) -> PaperDraft:
    defaults: dict[str, Any] = {
        "title": f"Báo cáo số {number}",
        "file_name": f"bao-cao-{number}.pdf",
        "media_type": "application/pdf",
        "size": 1000,
        "sha256": f"{number:064d}",
        "path": f"hop/{number}",
    }
    return PaperDraft(**(defaults | values))


async def add_booked(database: Database, world: World, **values: Any) -> Meeting:
    async with database.write() as session:
        invited = list(zip(world.communes[:2], world.sites[:2], strict=True))
        return await add_meeting(session, world.province, world.chair, world.secretary, invited, **values)


async def test_paper_is_put_before_the_meeting_and_withdrawn(any_database: Database, any_world: World) -> None:
    meeting, actors = await add_booked(any_database, any_world), any_world.actors
    async with any_database.write() as session:
        first = await actions.add_paper(session, actors["secretary"], meeting.slug, make_paper(1), NOW)
        await actions.add_paper(session, actors["secretary"], meeting.slug, make_paper(2, title=" "), NOW)
        bundle = await get_meeting(session, meeting.slug)
        opened = await actions.open_paper(session, actors["delegate"], bundle, key(first))
    assert (opened.meeting_id, opened.title, opened.uploaded_by_name) == (meeting.id, "Báo cáo số 1", "Nguyễn Thị Thư")

    async with any_database.write() as session:
        await actions.withdraw_paper(session, actors["secretary"], meeting.slug, key(first), NOW)
        with pytest.raises(NotFound):
            await actions.open_paper(session, actors["delegate"], bundle, key(first))
        with pytest.raises(NotFound):
            await actions.withdraw_paper(session, actors["secretary"], meeting.slug, key(first), NOW)
        assert [paper.title for paper in await list_papers(session, key(meeting))] == ["bao-cao-2.pdf"]
        assert len(await list_papers(session, key(meeting), withdrawn=True)) == 2
        entries = await list_entries(session, action="paper.")
    assert [entry.action for entry in entries] == ["paper.withdraw", "paper.add", "paper.add"]
    assert entries[0].detail["sha256"] == make_paper(1).sha256


@pytest.mark.parametrize("name", ["chair", "delegate", "site1", "technician", "inspector", "leader"])
async def test_only_those_who_run_the_meeting_put_papers_before_it(database: Database, world: World, name: str) -> None:
    meeting = await add_booked(database, world)
    async with database.write() as session:
        with pytest.raises(NotAllowed):
            await actions.add_paper(session, world.actors[name], meeting.slug, make_paper(), NOW)


@pytest.mark.parametrize(
    ("name", "reads"),
    [("site1", True), ("technician", True), ("inspector", True), ("leader", True), ("site3", False), ("clerk", True)],
)
async def test_who_reads_a_paper(database: Database, world: World, name: str, reads: bool) -> None:
    meeting = await add_booked(database, world)
    async with database.write() as session:
        paper = await actions.add_paper(session, world.actors["secretary"], meeting.slug, make_paper(), NOW)
        bundle = await get_meeting(session, meeting.slug)
        if reads:
            await actions.open_paper(session, world.actors[name], bundle, key(paper))
            return
        with pytest.raises(NotFound):
            await actions.open_paper(session, world.actors[name], bundle, key(paper))


async def test_papers_of_an_ended_meeting_stay_as_they_are(database: Database, world: World) -> None:
    meeting = await add_booked(database, world, status=MeetingStatus.ENDED)
    async with database.write() as session:
        with pytest.raises(NotAllowed):
            await actions.add_paper(session, world.actors["secretary"], meeting.slug, make_paper(), NOW)


async def test_same_file_twice_and_too_many_are_refused(database: Database, world: World) -> None:
    meeting, secretary = await add_booked(database, world), world.actors["secretary"]
    async with database.write() as session:
        for number in range(MOST_PAPERS - 1):
            await actions.add_paper(session, secretary, meeting.slug, make_paper(number), NOW)
        with pytest.raises(Conflict):
            await actions.add_paper(session, secretary, meeting.slug, make_paper(0, path="hop/again"), NOW)
        with pytest.raises(Invalid):
            await actions.add_paper(session, secretary, meeting.slug, make_paper(998, title="a" * 201), NOW)
        await actions.add_paper(session, secretary, meeting.slug, make_paper(999), NOW)
        with pytest.raises(Invalid):
            await actions.add_paper(session, secretary, meeting.slug, make_paper(1000), NOW)


async def test_paper_of_another_meeting_is_not_withdrawn_by_this_address(database: Database, world: World) -> None:
    one, other = await add_booked(database, world), await add_booked(database, world)
    async with database.write() as session:
        paper = await actions.add_paper(session, world.actors["secretary"], one.slug, make_paper(), NOW)
        with pytest.raises(NotFound):
            await actions.withdraw_paper(session, world.actors["secretary"], other.slug, key(paper), NOW)


async def test_new_version_takes_the_place_of_the_old_one_which_stays(any_database: Database, any_world: World) -> None:
    meeting, actors = await add_booked(any_database, any_world), any_world.actors
    secretary, slug = actors["secretary"], meeting.slug
    later = NOW + timedelta(hours=1)
    async with any_database.write() as session:
        first = await actions.add_paper(session, secretary, slug, make_paper(1, for_guests=True), NOW)
        other = await actions.add_paper(session, secretary, slug, make_paper(2), NOW)
        second = await actions.add_paper(
            session, secretary, slug, make_paper(3, title="", replaces_id=key(first)), later
        )
        bundle = await get_meeting(session, slug)
        listed = [paper.id for paper in await list_papers(session, bundle.id)]
        asked = await actions.open_paper(session, actors["delegate"], bundle, key(first), as_it_was=True)
        kept = await actions.open_paper(session, secretary, bundle, key(first), as_it_was=True)
        clock = (await load_facts(session, [bundle.meeting]))[bundle.id].papers_at
    assert (second.version, second.title, second.for_guests) == (2, first.title, True)
    assert listed == [second.id, other.id], "a new version stands where the old one stood"
    assert asked.id == second.id, "an old address leads to the newest"
    assert kept.id == first.id
    assert clock == NOW, "a new version starts no clock anew"
    async with any_database.write() as session:
        with pytest.raises(Conflict, match="bản mới"):
            await actions.add_paper(session, secretary, slug, make_paper(4, replaces_id=key(first)), later)
        gone = await actions.withdraw_paper(session, secretary, slug, key(first), later)
        assert [paper.id for paper in gone] == [second.id, first.id], "in every version"
        assert [paper.id for paper in await list_papers(session, bundle.id)] == [other.id]
