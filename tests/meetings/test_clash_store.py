"""What is taken at a time, and what is told of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meetings import actions
from meetings.availability import ClashKind
from meetings.calendar_models import Maintenance
from meetings.clash_store import find_taken, list_booked, tell_clashes, wanted_of
from meetings.errors import Conflict, Remark
from meetings.interval import Span
from meetings.invitation_models import Answer, Delegate
from meetings.models import BusySpan, Form, MeetingStatus, UnitKind
from tests.factories import NOW, TOMORROW, World, add_meeting, add_person, add_unit, key, make_draft
from tests.meetings.booking import EVENING, book, load
from web.database import Database

HOUR = timedelta(hours=1)


async def test_what_is_booked_within_a_time(any_database: Database, any_world: World) -> None:
    world, hour = any_world, timedelta(hours=1)
    async with any_database.write() as session:
        await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            [(world.communes[0], world.sites[0]), world.communes[1]],
            title="Họp",
            hall_id=key(world.hall),
        )
        for status in (MeetingStatus.CANCELLED, MeetingStatus.ENDED):
            await add_meeting(session, world.province, world.chair, world.secretary, status=status)
        session.add(BusySpan(site_id=key(world.hall), starts_at=TOMORROW, ends_at=TOMORROW + hour))
    async with any_database.read() as session:
        meeting, busy = await list_booked(session, Span(TOMORROW, TOMORROW + hour))
        assert await list_booked(session, Span(TOMORROW - hour, TOMORROW)) == []
    assert (meeting.title, meeting.hall_id, meeting.chair_id) == ("Họp", key(world.hall), key(world.chair))
    assert meeting.site_ids == {key(world.sites[0])}
    assert meeting.unit_ids == {key(world.communes[0]), key(world.communes[1])}
    assert (busy.meeting_id, busy.title, busy.hall_id, busy.chair_id) == (None, "", key(world.hall), None)


async def add_window(database: Database, site_id: int | None = None, reason: str = "Thay máy chủ") -> None:
    async with database.write() as session:
        session.add(
            Maintenance(site_id=site_id, starts_at=TOMORROW, ends_at=TOMORROW + HOUR, reason=reason, created_at=NOW)
        )


def sentences(remarks: list[Remark] | tuple[Remark, ...]) -> list[tuple[str, str]]:
    return [(remark.field, remark.message.format(**remark.values)) for remark in remarks]


async def test_everything_that_refuses_a_booking_is_told_at_once(any_database: Database, any_world: World) -> None:
    world = any_world
    await book(any_database, world, make_draft(world, title="Họp giao ban tháng"))
    await add_window(any_database)
    await add_window(any_database, key(world.sites[0]), "Thay micro")
    with pytest.raises(Conflict) as refused:
        async with any_database.write() as session:
            await actions.book_meeting(session, world.actors["secretary"], make_draft(world), NOW)
    when = "08:00–10:00 25/11/2026"
    assert sentences(refused.value.remarks) == [
        ("hall_id", f"Phòng họp số 1, UBND tỉnh đã có cuộc họp “Họp giao ban tháng” lúc {when}."),
        ("chair_id", f"Trần Văn Hiệp đã chủ trì cuộc họp “Họp giao ban tháng” lúc {when}."),
        ("starts_at", "Hệ thống ngừng để bảo trì lúc 08:00–09:00 25/11/2026: Thay máy chủ."),
        ("invitations", "Điểm cầu xã Đức Trọng ngừng để bảo trì lúc 08:00–09:00 25/11/2026: Thay micro."),
    ]


async def test_windows_of_maintenance_are_checked_on_edit_too(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world, starts_at=EVENING))
    await add_window(database, key(world.hall))
    draft, span = make_draft(world), Span(TOMORROW, TOMORROW + HOUR)
    with pytest.raises(Conflict) as edit:
        async with database.write() as session:
            await actions.edit_meeting(session, world.actors["secretary"], slug, draft, 1, NOW)
    with pytest.raises(Conflict) as move:
        async with database.write() as session:
            await actions.move_meeting(session, world.actors["secretary"], slug, span, 1, NOW)
    for refused in (edit, move):
        assert [remark.field for remark in refused.value.remarks] == ["hall_id"]


async def test_meeting_in_person_needs_no_bridge(database: Database, world: World) -> None:
    await add_window(database)
    await book(database, world, make_draft(world, planned_form=Form.IN_PERSON, form_reason="Ký kết", invitations=[
        actions.InvitationDraft(key(unit), key(world.hall)) for unit in world.communes
    ]))  # fmt: skip


async def test_sites_units_and_people_are_told_by_the_other_meeting(database: Database, world: World) -> None:
    await book(database, world, make_draft(world, title="Họp giao ban tháng"))
    draft = make_draft(world, chair_id=world.actors["leader"].person_id, hall_id=None)
    async with database.read() as session:
        clashes = await find_taken(session, wanted_of(draft))
        told = await tell_clashes(session, world.actors["secretary"], wanted_of(draft), clashes)
    there = "cuộc họp “Họp giao ban tháng” lúc 08:00–10:00 25/11/2026."
    sites = "Điểm cầu xã Đức Trọng, Điểm cầu xã Đinh Văn Lâm Hà, Điểm cầu phường Xuân Hương - Đà Lạt"
    assert sentences(told) == [
        ("invitations", f"{sites} đã dùng cho {there}"),
        ("invitations", f"Xã Đức Trọng, Xã Đinh Văn Lâm Hà, Phường Xuân Hương - Đà Lạt đã được mời vào {there}"),
        ("secretary_id", f"Nguyễn Thị Thư đã có tên trong {there}"),
    ]


async def test_whom_a_unit_sends_is_taken_unless_they_declined(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world))
    meeting = (await load(database, slug)).meeting
    async with database.write() as session:
        for name, answer in (("delegate", Answer.NEEDS_ACTION), ("contact", Answer.DECLINED)):
            person_id = world.actors[name].person_id
            session.add(
                Delegate(
                    meeting_id=key(meeting), unit_id=key(world.communes[0]), person_id=person_id, full_name=name,
                    answer=answer, added_at=NOW,
                )
            )  # fmt: skip
    async with database.read() as session:
        [booked] = await list_booked(session, Span(TOMORROW, TOMORROW + HOUR))
    assert booked.person_ids == {key(world.secretary), world.actors["delegate"].person_id}


async def test_bridge_holds_only_so_many_connections(database: Database, world: World) -> None:
    """Each of the two needs six: three units, the hall, the chair and the secretary."""
    await book(database, world, make_draft(world))
    draft = make_draft(world, chair_id=world.actors["leader"].person_id, hall_id=None)
    async with database.read() as session:
        for bridge, full in ((10, True), (11, False), (0, False)):
            clashes = await find_taken(session, wanted_of(draft), bridge)
            assert any(clash.kind is ClashKind.CAPACITY for clash in clashes) is full
            told = await tell_clashes(session, world.actors["secretary"], wanted_of(draft), clashes)
            said = "Lúc 08:00–10:00 25/11/2026, các cuộc họp khác đã giữ 6 kết nối của hệ thống, không còn đủ cho"
            assert any(sentence.startswith(said) for _field, sentence in sentences(told)) is full


async def test_no_title_is_told_of_a_meeting_that_one_may_not_know_of(database: Database, world: World) -> None:
    async with database.write() as session:
        person = await add_person(session, world.department)
        convening = await add_unit(session, "Sở Nội vụ", "province", kind=UnitKind.DEPARTMENT, parent=world.province)
        invited = [(world.communes[0], world.sites[0])]
        await add_meeting(session, convening, person, world.secretary, invited, title="Họp kín", slug="kin")
    outsider = replace(world.actors["secretary"], unit_id=key(world.department), person_id=None)
    draft = make_draft(world, hall_id=None)
    async with database.read() as session:
        clashes = await find_taken(session, wanted_of(draft))
        told = sentences(await tell_clashes(session, outsider, wanted_of(draft), clashes))
    assert len(told) == 3
    assert "Họp kín" not in str(told)
