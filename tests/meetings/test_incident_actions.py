from datetime import timedelta
from typing import Any

import pytest

from meetings import actions
from meetings.actions import IncidentDraft
from meetings.audit import list_entries
from meetings.course_store import list_calls_of, list_incidents
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.incident_actions import MOST_FEEDBACK, MOST_FEEDBACK_OF_GUESTS
from meetings.kinds import IncidentKind
from meetings.meeting_store import get_meeting
from meetings.models import Meeting, MeetingStatus
from tests.factories import NOW, World, add_meeting, key
from web.database import Database

LATER = NOW + timedelta(minutes=20)


async def add_running(database: Database, world: World, **values: Any) -> Meeting:
    defaults: dict[str, Any] = {"starts_at": NOW, "started_at": NOW, "status": MeetingStatus.IN_SESSION}
    async with database.write() as session:
        invited = list(zip(world.communes[:2], world.sites[:2], strict=True))
        return await add_meeting(session, world.province, world.chair, world.secretary, invited, **(defaults | values))


def call(world: World, **values: Any) -> IncidentDraft:
    defaults: dict[str, Any] = {
        "kind": IncidentKind.TELEPHONE,
        "unit_id": key(world.communes[0]),
        "text": "Mất điện tại trụ sở",
        "starts_at": NOW + timedelta(minutes=5),
    }
    return IncidentDraft(**(defaults | values))


async def test_telephone_notes_attendance_with_its_reason(any_database: Database, any_world: World) -> None:
    meeting, technician = await add_running(any_database, any_world), any_world.actors["technician"]
    async with any_database.write() as session:
        incident = await actions.log_incident(session, technician, meeting.slug, call(any_world), LATER)
        await actions.close_incident(session, technician, meeting.slug, key(incident), LATER, LATER)
    async with any_database.read() as session:
        [row] = await list_incidents(session, key(meeting))
        calls = await list_calls_of(session, [key(meeting)])
        entries = await list_entries(session, subject=f"meeting:{meeting.id}")
    assert calls == {meeting.id: [row]}
    assert (row.site_id, row.noted_by_name, row.ends_at) == (any_world.sites[0].id, technician.name, LATER)
    assert [entry.action for entry in entries] == ["incident.close", "attendance.by_hand", "incident.log"]
    assert entries[1].detail["reason"] == "Mất điện tại trụ sở"


async def test_incident_of_the_whole_room_needs_no_unit(database: Database, world: World) -> None:
    meeting = await add_running(database, world)
    draft = call(world, kind=IncidentKind.LOST_CONNECTION, unit_id=None, text="")
    async with database.write() as session:
        incident = await actions.log_incident(session, world.actors["secretary"], meeting.slug, draft, LATER)
    assert (incident.unit_id, incident.site_id) == (None, None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"unit_id": None}, "unit"),
        ({"unit_id": 999_999}, "unit"),
        ({"kind": IncidentKind.FEEDBACK}, "kind"),
        ({"text": " "}, "text"),
        ({"text": "a" * 501}, "text"),
        ({"starts_at": LATER + timedelta(hours=1)}, "starts_at"),
        ({"starts_at": NOW - timedelta(days=3)}, "starts_at"),
        ({"ends_at": NOW}, "ends_at"),
        ({"ends_at": LATER + timedelta(hours=1)}, "ends_at"),
    ],
)
async def test_incident_that_cannot_be_is_refused(
    database: Database, world: World, values: dict[str, Any], field: str
) -> None:
    meeting = await add_running(database, world)
    async with database.write() as session:
        with pytest.raises(Invalid) as caught:
            await actions.log_incident(session, world.actors["technician"], meeting.slug, call(world, **values), LATER)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("name", "error"), [("delegate", NotAllowed), ("site1", NotAllowed), ("inspector", NotAllowed), ("site3", NotFound)]
)
async def test_only_operators_note_incidents(
    database: Database, world: World, name: str, error: type[Exception]
) -> None:
    meeting = await add_running(database, world)
    async with database.write() as session:
        with pytest.raises(error):
            await actions.log_incident(session, world.actors[name], meeting.slug, call(world), LATER)


async def test_confirmed_attendance_is_not_changed_by_an_incident(database: Database, world: World) -> None:
    meeting = await add_running(
        database, world, status=MeetingStatus.ENDED, ended_at=LATER, attendance_confirmed_at=LATER
    )
    async with database.write() as session:
        with pytest.raises(Conflict):
            await actions.log_incident(session, world.actors["secretary"], meeting.slug, call(world), LATER)


async def test_incident_of_another_meeting_is_not_closed(database: Database, world: World) -> None:
    one, other = await add_running(database, world), await add_running(database, world)
    secretary = world.actors["secretary"]
    async with database.write() as session:
        incident = await actions.log_incident(session, secretary, one.slug, call(world), LATER)
        with pytest.raises(NotFound):
            await actions.close_incident(session, secretary, other.slug, key(incident), LATER, LATER)


async def test_feedback_is_kept_under_the_name_of_who_wrote_it(database: Database, world: World) -> None:
    meeting = await add_running(database, world)
    async with database.write() as session:
        bundle = await get_meeting(session, meeting.slug)
        await actions.leave_feedback(session, bundle, world.actors["site1"], "Điểm cầu", " Nghe rõ. ", LATER)
        await actions.leave_feedback(session, bundle, None, "Khách", "Hình hay dừng.", LATER)
        with pytest.raises(Invalid):
            await actions.leave_feedback(session, bundle, None, "Khách", " ", LATER)
        rows = await list_incidents(session, key(meeting))
    assert [(row.noted_by_name, row.text, row.unit_id) for row in rows] == [
        ("Điểm cầu", "Nghe rõ.", world.communes[0].id),
        ("Khách", "Hình hay dừng.", None),
    ]


async def test_nobody_fills_the_log_with_feedback(database: Database, world: World) -> None:
    meeting, site1, site2 = await add_running(database, world), world.actors["site1"], world.actors["site2"]
    async with database.write() as session:
        bundle = await get_meeting(session, meeting.slug)
        for number in range(MOST_FEEDBACK):
            await actions.leave_feedback(session, bundle, site1, "Điểm cầu", f"Lần {number}", LATER)
        for number in range(MOST_FEEDBACK_OF_GUESTS):
            await actions.leave_feedback(session, bundle, None, f"Khách {number}", "Ý kiến", LATER)
        for actor in (site1, None):
            with pytest.raises(Invalid):
                await actions.leave_feedback(session, bundle, actor, "Khách khác", "Thêm", LATER)
        await actions.leave_feedback(session, bundle, site2, "Điểm cầu khác", "Nghe rõ.", LATER)
