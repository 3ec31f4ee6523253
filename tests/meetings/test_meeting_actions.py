import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from meetings import actions
from meetings.audit import list_entries
from meetings.clash_store import find_taken, wanted_of
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.interval import Span
from meetings.meeting_store import get_meeting
from meetings.models import (
    BusySpan,
    Form,
    Meeting,
    MeetingStatus,
    Role,
    SecretMeetingCount,
    Unit,
    UnitKind,
)
from meetings.scheduling import InvitationDraft, MeetingDraft
from tests.factories import (
    NOW,
    TOMORROW,
    World,
    add_account,
    add_meeting,
    add_person,
    add_site,
    add_unit,
    key,
    make_draft,
)
from tests.meetings.booking import EVENING, actions_in_audit, book, load, told
from web.database import Database


async def test_booked_meeting_is_kept_with_all_its_parts(any_database: Database, any_world: World) -> None:
    world = any_world
    slug = await book(any_database, world, make_draft(world, title="  Họp giao ban  ", urgent=True))
    bundle = await load(any_database, slug)
    assert bundle.meeting.title == "Họp giao ban"
    assert (bundle.meeting.status, bundle.meeting.version) == (MeetingStatus.SCHEDULED, 1)
    assert bundle.meeting.urgent
    assert not bundle.meeting.is_demo
    assert bundle.meeting.starts_at == TOMORROW
    assert bundle.meeting.created_by == world.accounts["secretary"].id
    assert (bundle.convening.name, bundle.chair.full_name, bundle.secretary.full_name) == (
        "Tỉnh Lâm Đồng",
        "Trần Văn Hiệp",
        "Nguyễn Thị Thư",
    )
    assert bundle.hall is not None
    assert [(each.unit.name, each.site.name if each.site else "") for each in bundle.invitations] == [
        ("Xã Đức Trọng", "Điểm cầu xã Đức Trọng"),
        ("Xã Đinh Văn Lâm Hà", "Điểm cầu xã Đinh Văn Lâm Hà"),
        ("Phường Xuân Hương - Đà Lạt", "Điểm cầu phường Xuân Hương - Đà Lạt"),
    ]
    assert [item.title for item in bundle.agenda] == ["Tình hình kinh tế - xã hội", "Giải ngân đầu tư công"]
    assert re.fullmatch(r"[0-9a-f]{32}", slug)
    assert await actions_in_audit(any_database) == ["meeting.book"]


@pytest.mark.parametrize(
    "who", ["chair", "contact", "delegate", "leader", "clerk", "administrator", "inspector", "site1"]
)
async def test_only_secretaries_and_the_office_book(database: Database, world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        await book(database, world, make_draft(world), who)


async def test_office_books_for_any_unit(database: Database, world: World) -> None:
    await book(database, world, make_draft(world, convening_unit_id=key(world.department)), "office")


async def test_secretary_books_for_own_unit_and_the_committee_it_serves(database: Database, world: World) -> None:
    await book(database, world, make_draft(world, convening_unit_id=key(world.office)))
    await book(database, world, make_draft(world, starts_at=EVENING))
    with pytest.raises(Invalid) as refused:
        await book(database, world, make_draft(world, convening_unit_id=key(world.department)))
    assert refused.value.field == "convening_unit_id"


async def test_secretary_of_a_department_books_for_it_alone(database: Database, world: World) -> None:
    async with database.write() as session:
        person = await add_person(session, world.department)
        account = await add_account(session, person, Role.SECRETARY)
        actor = replace(
            world.actors["secretary"], account_id=account.id, person_id=person.id, unit_id=key(world.department)
        )
    async with database.write() as session:
        await actions.book_meeting(session, actor, make_draft(world, convening_unit_id=key(world.department)), NOW)
    with pytest.raises(Invalid, match="đặt lịch thay"):
        async with database.write() as session:
            await actions.book_meeting(session, actor, make_draft(world, starts_at=EVENING), NOW)


async def test_secretary_without_a_unit_books_for_nobody(database: Database, world: World) -> None:
    actor = replace(world.actors["secretary"], unit_id=None)
    with pytest.raises(Invalid, match="đặt lịch thay"):
        async with database.write() as session:
            await actions.book_meeting(session, actor, make_draft(world), NOW)


def wrong_drafts(world: World, other: Unit) -> list[tuple[MeetingDraft, str]]:
    def draft(**values: Any) -> MeetingDraft:
        return make_draft(world, **values)

    return [
        (draft(ends_at=TOMORROW), "ends_at"),
        (draft(starts_at=NOW - timedelta(days=1)), "starts_at"),
        (draft(chair_id=9999), "chair_id"),
        (draft(secretary_id=9999), "secretary_id"),
        (draft(hall_id=9999), "hall_id"),
        (draft(channel="fax"), "channel"),
        (draft(invitations=[InvitationDraft(key(world.communes[0]), 9999)]), "invitations"),
        (draft(invitations=[InvitationDraft(key(world.district))]), "invitations"),
        (draft(convening_unit_id=key(world.district)), "convening_unit_id"),
        (draft(planned_form=Form.IN_PERSON), "form_reason"),
        (draft(invitations=[]), "invitations"),
        (draft(hall_id=key(other)), "hall_id"),
    ]


async def test_wrong_booking_is_refused_at_its_field_and_leaves_nothing(
    any_database: Database, any_world: World
) -> None:
    async with any_database.write() as session:
        closed = await add_site(session, any_world.province, "Phòng cũ", valid_to=date(2025, 1, 1))
    for draft, field in wrong_drafts(any_world, closed):  # type: ignore[arg-type]  # only its key is used
        with pytest.raises(Invalid) as refused:
            await book(any_database, any_world, draft)
        assert refused.value.field == field, told(refused.value)
    async with any_database.read() as session:
        assert (await session.exec(select(Meeting))).all() == []
    assert await actions_in_audit(any_database) == []


async def test_unit_is_invited_only_while_it_exists(database: Database, world: World) -> None:
    async with database.write() as session:
        later = await add_unit(session, "Xã Mới", parent=world.province, valid_from=date(2026, 12, 1))
    invitations = [InvitationDraft(key(later))]
    with pytest.raises(Invalid) as refused:
        await book(database, world, make_draft(world, invitations=invitations))
    assert (refused.value.field, refused.value.values) == ("invitations", {"units": [key(later)]})
    await book(
        database, world, make_draft(world, invitations=invitations, starts_at=datetime(2026, 12, 1, 1, tzinfo=UTC))
    )


async def test_hall_cannot_be_booked_twice(any_database: Database, any_world: World) -> None:
    world = any_world
    await book(any_database, world, make_draft(world, title="Họp giao ban tháng"))
    other = make_draft(world, chair_id=world.actors["leader"].person_id, starts_at=TOMORROW + timedelta(hours=1))
    with pytest.raises(Conflict) as refused:
        await book(any_database, world, other)
    assert refused.value.field == "hall_id"
    assert told(refused.value) == (
        "Phòng họp số 1, UBND tỉnh đã có cuộc họp “Họp giao ban tháng” lúc 08:00–10:00 25/11/2026."
    )


async def test_chair_cannot_chair_twice(any_database: Database, any_world: World) -> None:
    world = any_world
    await book(any_database, world, make_draft(world, title="Họp giao ban tháng"))
    with pytest.raises(Conflict) as refused:
        await book(any_database, world, make_draft(world, hall_id=None))
    assert refused.value.field == "chair_id"
    assert told(refused.value) == ("Trần Văn Hiệp đã chủ trì cuộc họp “Họp giao ban tháng” lúc 08:00–10:00 25/11/2026.")


async def test_title_is_not_told_to_who_may_not_see_the_meeting(database: Database, world: World) -> None:
    async with database.write() as session:
        person = await add_person(session, world.department)
        convening = await add_unit(session, "Sở Nội vụ", "province", kind=UnitKind.DEPARTMENT, parent=world.province)
        await add_meeting(session, convening, world.chair, person, title="Họp kín", hall_id=key(world.hall))
        actor = replace(world.actors["secretary"], unit_id=key(world.department))
    draft = make_draft(world, convening_unit_id=key(world.department))
    for hall, said in (
        (key(world.hall), "Phòng họp số 1, UBND tỉnh đã bận lúc 08:00–10:00 25/11/2026."),
        (None, "Trần Văn Hiệp đã bận lúc 08:00–10:00 25/11/2026."),
    ):
        with pytest.raises(Conflict) as refused:
            async with database.write() as session:
                await actions.book_meeting(session, actor, replace(draft, hall_id=hall), NOW)
        assert told(refused.value) == said


async def test_cancelled_or_ended_meeting_keeps_nothing_busy(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world))
    async with database.write() as session:
        await actions.cancel_meeting(session, world.actors["secretary"], slug, "Chủ trì đi công tác", NOW)
    await book(database, world, make_draft(world))


async def test_two_bookings_at_once_cannot_both_have_the_hall(any_database: Database, any_world: World) -> None:
    world = any_world
    chairs = [world.actors[name].person_id for name in ("chair", "leader", "technician", "clerk")]
    drafts = [make_draft(world, chair_id=chair) for chair in chairs]
    results: Sequence[object] = await asyncio.gather(
        *(book(any_database, world, draft) for draft in drafts), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "Conflict", "str"]


async def test_branch_site_in_two_meetings_is_a_warning(database: Database, world: World) -> None:
    await book(database, world, make_draft(world))
    draft = make_draft(world, chair_id=world.actors["leader"].person_id, hall_id=None)
    async with database.read() as session:
        clashes = await find_taken(session, wanted_of(draft))
    assert {clash.kind.value for clash in clashes} == {"site", "unit", "person"}
    await book(database, world, draft)


async def test_edit_changes_the_booking_and_its_version(any_database: Database, any_world: World) -> None:
    world = any_world
    slug = await book(any_database, world, make_draft(world))
    draft = make_draft(
        world,
        title="Họp đột xuất",
        starts_at=EVENING,
        invitations=[InvitationDraft(key(world.communes[2]))],
        agenda=[],
    )
    async with any_database.write() as session:
        await actions.edit_meeting(session, world.actors["secretary"], slug, draft, 1, NOW)
    bundle = await load(any_database, slug)
    assert (bundle.meeting.title, bundle.meeting.starts_at, bundle.meeting.version) == ("Họp đột xuất", EVENING, 2)
    assert [each.unit.id for each in bundle.invitations] == [key(world.communes[2])]
    assert bundle.agenda == []
    async with any_database.read() as session:
        [entry] = await list_entries(session, action="meeting.edit")
    assert entry.detail["title"] == ["Họp giao ban tháng 11 năm 2026", "Họp đột xuất"]
    assert [item[0] for item in entry.detail["agenda"][0]] == ["Tình hình kinh tế - xã hội", "Giải ngân đầu tư công"]
    assert entry.detail["agenda"][1] == []
    assert [unit for unit, _site in entry.detail["units"][0]] == [key(unit) for unit in world.communes]
    assert entry.detail["units"][1] == [[key(world.communes[2]), None]]


async def test_edit_that_changes_only_a_site_or_a_presenter_leaves_a_trace(database: Database, world: World) -> None:
    draft = make_draft(world)
    slug = await book(database, world, draft)
    first, *others = draft.invitations
    point = draft.agenda[0]
    changed = replace(
        draft, invitations=[replace(first, site_id=None), *others], agenda=[replace(point, presenter="Sở Xây dựng")]
    )
    await edit(database, world, slug, changed, 1)
    async with database.read() as session:
        [entry] = await list_entries(session, action="meeting.edit")
    assert [first.unit_id, None] in entry.detail["units"][1]
    assert [first.unit_id, first.site_id] in entry.detail["units"][0]
    assert entry.detail["agenda"][1] == [[point.title, "Sở Xây dựng", point.minutes]]


async def test_edit_of_an_older_version_is_refused(any_database: Database, any_world: World) -> None:
    slug = await book(any_database, any_world, make_draft(any_world))
    for version, title in ((1, "Lần một"), (1, "Lần hai")):
        if title == "Lần hai":
            with pytest.raises(Conflict) as refused:
                await edit(any_database, any_world, slug, make_draft(any_world, title=title), version)
            assert refused.value.field == "version"
        else:
            await edit(any_database, any_world, slug, make_draft(any_world, title=title), version)
    assert (await load(any_database, slug)).meeting.title == "Lần một"


async def edit(
    database: Database, world: World, slug: str, draft: MeetingDraft, version: int, who: str = "secretary"
) -> None:
    async with database.write() as session:
        await actions.edit_meeting(session, world.actors[who], slug, draft, version, NOW)


async def test_edit_checks_for_double_booking_too(any_database: Database, any_world: World) -> None:
    world = any_world
    await book(any_database, world, make_draft(world))
    slug = await book(any_database, world, make_draft(world, starts_at=EVENING))
    with pytest.raises(Conflict) as refused:
        await edit(any_database, world, slug, make_draft(world), 1)
    assert refused.value.field == "hall_id"
    await edit(any_database, world, slug, make_draft(world, starts_at=EVENING + timedelta(minutes=30)), 1)


async def test_who_may_not_see_a_meeting_does_not_find_it(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world, invitations=[InvitationDraft(key(world.communes[1]))]))
    with pytest.raises(NotFound):
        await edit(database, world, slug, make_draft(world), 1, "contact")
    with pytest.raises(NotFound):
        async with database.write() as session:
            await actions.cancel_meeting(session, world.actors["contact"], slug, "lý do", NOW)
    with pytest.raises(NotFound):
        await edit(database, world, "khong-co", make_draft(world), 1)


@pytest.mark.parametrize("who", ["chair", "site1", "leader", "inspector"])
async def test_who_may_only_see_a_meeting_does_not_change_it(database: Database, world: World, who: str) -> None:
    slug = await book(database, world, make_draft(world))
    with pytest.raises(NotAllowed):
        await edit(database, world, slug, make_draft(world), 1, who)
    with pytest.raises(NotAllowed):
        async with database.write() as session:
            await actions.cancel_meeting(session, world.actors[who], slug, "lý do", NOW)
    span = Span(NOW - timedelta(hours=2), NOW)
    with pytest.raises(NotAllowed):
        async with database.write() as session:
            await actions.record_held(session, world.actors[who], slug, span, "", NOW)


async def test_cancelling_needs_a_reason(any_database: Database, any_world: World) -> None:
    slug = await book(any_database, any_world, make_draft(any_world))
    with pytest.raises(Invalid) as refused:
        async with any_database.write() as session:
            await actions.cancel_meeting(session, any_world.actors["secretary"], slug, "  ", NOW)
    assert refused.value.field == "reason"
    async with any_database.write() as session:
        await actions.cancel_meeting(session, any_world.actors["secretary"], slug, " Chủ trì ốm ", NOW)
    meeting = (await load(any_database, slug)).meeting
    assert (meeting.status, meeting.status_reason, meeting.version) == (MeetingStatus.CANCELLED, "Chủ trì ốm", 2)
    assert await actions_in_audit(any_database) == ["meeting.book", "meeting.cancel"]


async def note_secret(database: Database, world: World, span: Span, hall: int | None, who: str = "secretary") -> None:
    async with database.write() as session:
        await actions.note_secret_meeting(session, world.actors[who], hall, key(world.chair), span, NOW)


async def test_secret_meeting_leaves_a_count_and_an_anonymous_span(any_database: Database, any_world: World) -> None:
    world, span = any_world, Span(TOMORROW, TOMORROW + timedelta(hours=1))
    await note_secret(any_database, world, span, key(world.hall))
    await note_secret(any_database, world, Span(EVENING, EVENING + timedelta(hours=1)), None)
    async with any_database.read() as session:
        counts = (await session.exec(select(SecretMeetingCount))).all()
        spans = (await session.exec(select(BusySpan))).all()
        meetings = (await session.exec(select(Meeting))).all()
        [first, second] = await list_entries(session)
    assert [(row.month, row.count) for row in counts] == [(date(2026, 11, 15), 2)]
    assert [(row.site_id, row.person_id) for row in spans] == [
        (world.hall.id, world.chair.id),
        (None, world.chair.id),
    ]
    assert meetings == []
    assert [(entry.action, entry.subject, entry.detail) for entry in (first, second)] == [
        ("meeting.not_created", "", {})
    ] * 2


async def test_hall_and_chair_of_a_secret_meeting_are_just_busy(any_database: Database, any_world: World) -> None:
    world = any_world
    await note_secret(any_database, world, Span(TOMORROW, TOMORROW + timedelta(hours=1)), key(world.hall))
    for hall, said in (
        (key(world.hall), "Phòng họp số 1, UBND tỉnh đã bận lúc 08:00–09:00 25/11/2026."),
        (None, "Trần Văn Hiệp đã bận lúc 08:00–09:00 25/11/2026."),
    ):
        with pytest.raises(Conflict) as refused:
            await book(any_database, world, make_draft(world, hall_id=hall))
        assert told(refused.value) == said


async def test_secret_meeting_cannot_take_what_is_booked(database: Database, world: World) -> None:
    await book(database, world, make_draft(world))
    with pytest.raises(Conflict):
        await note_secret(database, world, Span(TOMORROW, TOMORROW + timedelta(hours=1)), key(world.hall))


async def test_secret_meeting_is_checked_like_a_booking(database: Database, world: World) -> None:
    hour = timedelta(hours=1)
    for span, hall, who, error in (
        (Span(TOMORROW, TOMORROW), None, "secretary", Invalid),
        (Span(NOW - 3 * hour, NOW - hour), None, "secretary", Invalid),
        (Span(TOMORROW, TOMORROW + hour), 9999, "secretary", Invalid),
        (Span(TOMORROW, TOMORROW + hour), None, "contact", NotAllowed),
    ):
        with pytest.raises(error):
            await note_secret(database, world, span, hall, who)
    with pytest.raises(Invalid) as refused:
        async with database.write() as session:
            await actions.note_secret_meeting(
                session, world.actors["secretary"], None, 9999, Span(TOMORROW, TOMORROW + hour), NOW
            )
    assert refused.value.field == "chair_id"


async def test_room_starts_and_ends_a_meeting_once(any_database: Database, any_world: World) -> None:
    slug = await book(any_database, any_world, make_draft(any_world))
    meeting_id, chair = (await load(any_database, slug)).id, any_world.actors["chair"]
    for minute in (0, 5):
        async with any_database.write() as session:
            await actions.start_meeting(session, meeting_id, chair, TOMORROW + timedelta(minutes=minute))
    started = (await load(any_database, slug)).meeting
    assert (started.status, started.started_at) == (MeetingStatus.IN_SESSION, TOMORROW)
    for minute in (90, 95):
        async with any_database.write() as session:
            await actions.end_meeting(session, meeting_id, None, TOMORROW + timedelta(minutes=minute))
    bundle = await load(any_database, slug)
    assert bundle.held == Span(TOMORROW, TOMORROW + timedelta(minutes=90))
    assert await actions_in_audit(any_database) == ["meeting.book", "meeting.start", "meeting.end"]
    with pytest.raises(NotAllowed):
        await edit(any_database, any_world, slug, make_draft(any_world), bundle.meeting.version)


async def test_meeting_that_the_room_is_starting_cannot_be_cancelled(any_database: Database, any_world: World) -> None:
    slug = await book(any_database, any_world, make_draft(any_world))
    meeting_id = (await load(any_database, slug)).id

    async def cancel() -> None:
        async with any_database.write() as session:
            await actions.cancel_meeting(session, any_world.actors["secretary"], slug, "Chủ trì ốm", TOMORROW)

    async with any_database.write() as session:
        await actions.start_meeting(session, meeting_id, any_world.actors["chair"], TOMORROW)
        cancelling = asyncio.create_task(cancel())
        await until_it_waits(any_database)
    with pytest.raises(NotAllowed):
        await cancelling
    assert (await load(any_database, slug)).meeting.status is MeetingStatus.IN_SESSION


async def until_it_waits(database: Database) -> None:
    """Until another transaction waits for a lock, where the server can tell."""
    if database.dialect != "postgresql":
        return
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(10):
        while True:
            async with database.read() as session:
                connection = await session.connection()
                if (await connection.execute(waiting)).scalar_one():
                    return
            await asyncio.sleep(0.01)


async def test_meeting_that_never_started_does_not_end(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world))
    async with database.write() as session:
        await actions.end_meeting(session, (await get_meeting(session, slug)).id, None, TOMORROW)
    assert (await load(database, slug)).meeting.status is MeetingStatus.SCHEDULED
    with pytest.raises(NotFound):
        async with database.write() as session:
            await actions.start_meeting(session, 9999, None, NOW)


async def test_meeting_held_elsewhere_is_recorded_with_its_times(any_database: Database, any_world: World) -> None:
    slug = await book(any_database, any_world, make_draft(any_world))
    held, secretary = Span(TOMORROW, TOMORROW + timedelta(minutes=75)), any_world.actors["secretary"]
    for wrong, channel in (
        (Span(TOMORROW, TOMORROW), ""),
        (Span(TOMORROW, TOMORROW + timedelta(hours=3)), ""),
        (held, "pigeon"),
        (held, "giaoban"),
    ):
        with pytest.raises(Invalid):
            async with any_database.write() as session:
                await actions.record_held(session, secretary, slug, wrong, channel, TOMORROW + timedelta(hours=2))
    async with any_database.write() as session:
        await actions.record_held(session, secretary, slug, held, "other", TOMORROW + timedelta(hours=2))
    bundle = await load(any_database, slug)
    assert (bundle.held, bundle.meeting.status, bundle.meeting.channel) == (held, MeetingStatus.ENDED, "other")


async def test_meeting_of_demo_people_or_a_demo_account_is_demo(database: Database, world: World) -> None:
    async with database.write() as session:
        session.add_all([world.chair, world.accounts["office"]])
        world.chair.is_demo = True
        world.accounts["office"].is_demo = True
    by_person = await book(database, world, make_draft(world))
    leader = world.actors["leader"].person_id
    by_account = await book(database, world, make_draft(world, starts_at=EVENING, chair_id=leader), "office")
    real = await book(database, world, make_draft(world, starts_at=EVENING + timedelta(days=1), chair_id=leader))
    flags = [(await load(database, slug)).meeting.is_demo for slug in (by_person, by_account, real)]
    assert flags == [True, True, False]
