"""Booking a series and changing it through its use cases, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from meetings import actions
from meetings.audit import list_entries, verify_chain
from meetings.booking_checks import draft_of
from meetings.calendar_models import Holiday, MeetingSeries
from meetings.draft_values import carry_over
from meetings.errors import Conflict, Invalid, NotAllowed
from meetings.interval import Span
from meetings.invitation_models import Mail
from meetings.kinds import Answer, Form, MeetingStatus
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import Invitation, Meeting
from meetings.periods import local_day
from meetings.recurrence import parse_rule, to_wall
from meetings.scheduling import AgendaDraft, InvitationDraft, MeetingDraft, Terms
from meetings.series_checks import find_collisions, leave_out_days_off, plan_occurrences
from meetings.series_edits import Scope, Series, begin_series, cancel_some, move_one
from meetings.series_store import SeriesBundle, load_series
from tests.factories import NOW, World, add_meeting, key, make_draft
from tests.meetings.booking import told
from web.database import Database

MONDAY = datetime.fromisoformat("2026-11-30T08:00+07:00")
WEEK, DAY, HOUR = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1)


def weekly(count: int = 4) -> Series:
    return begin_series(parse_rule(f"FREQ=WEEKLY;COUNT={count}"), MONDAY, 120)


def draft_on(world: World, start: datetime = MONDAY, **values: Any) -> MeetingDraft:
    return make_draft(world, starts_at=start, ends_at=start + 2 * HOUR, **values)


async def book(database: Database, world: World, series: Series | None = None, **values: Any) -> int:
    async with database.write() as session:
        row = await actions.book_series(
            session, world.actors["secretary"], draft_on(world, **values), series or weekly(), NOW
        )
        return key(row)


async def load(database: Database, series_id: int) -> SeriesBundle:
    async with database.read() as session:
        return await load_series(session, series_id)


async def edit(
    database: Database, world: World, slug: str, scope: Scope, now: datetime = NOW, **values: Any
) -> Meeting:
    """Change what ``values`` name of the occurrence as it stands."""
    options = {name: values.pop(name) for name in ("rule", "reset", "terms") if name in values}
    async with database.write() as session:
        bundle = await load_visible(session, world.actors["secretary"], slug)
        draft = replace(draft_of(bundle), **values)
        version = bundle.meeting.version
        return await actions.edit_series(
            session, world.actors["secretary"], slug, draft, version, scope, now, **options
        )


def days(found: SeriesBundle) -> list[str]:
    """``30/11 08:00``; a cancelled one with a minus before it."""
    return [
        ("-" if row.meeting.status is MeetingStatus.CANCELLED else "") + f"{to_wall(row.meeting.starts_at):%d/%m %H:%M}"
        for row in found.rows
    ]


async def test_a_series_is_booked_as_meetings_of_their_own(any_database: Database, any_world: World) -> None:
    found = await load(any_database, await book(any_database, any_world))
    assert days(found) == ["30/11 08:00", "07/12 08:00", "14/12 08:00", "21/12 08:00"]
    assert len({row.slug for row in found.rows}) == 4
    assert {row.meeting.calendar_uid for row in found.rows} == {found.series.uid}
    assert [row.meeting.recurrence_at for row in found.rows] == [MONDAY + n * WEEK for n in range(4)]
    assert all(row.invitations and row.agenda for row in found.rows)
    assert found.series.rule == "FREQ=WEEKLY;BYDAY=MO;COUNT=4"
    async with any_database.read() as session:
        assert (await verify_chain(session)).holds
        entry = (await list_entries(session))[0]
    assert (entry.action, entry.subject) == ("series.book", f"series:{found.id}")
    assert entry.detail["meetings"] == [row.id for row in found.rows]


async def test_what_is_left_out_and_what_is_moved(database: Database, world: World) -> None:
    series = cancel_some(weekly(), [MONDAY + WEEK])
    series = move_one(series, MONDAY + 2 * WEEK, Span(MONDAY + 15 * DAY, MONDAY + 15 * DAY + HOUR))
    found = await load(database, await book(database, world, series))
    assert days(found) == ["30/11 08:00", "15/12 08:00", "21/12 08:00"]
    assert found.value(NOW) == series


async def test_days_off_are_left_out(database: Database, world: World) -> None:
    async with database.write() as session:
        session.add(Holiday(day=local_day(MONDAY + WEEK), name="Nghỉ bù"))
        session.add(Holiday(day=local_day(MONDAY + timedelta(days=5)), works=True, name="Làm bù"))
    daily = begin_series(parse_rule("FREQ=DAILY;COUNT=9"), MONDAY, 60)
    async with database.read() as session:
        left = await leave_out_days_off(session, daily)
    assert [f"{to_wall(at):%d/%m}" for at in left.occurrences] == ["30/11", *(f"0{n}/12" for n in (1, 2, 3, 4, 5, 8))]


async def test_all_or_none_and_every_collision_is_told(any_database: Database, any_world: World) -> None:
    world = any_world
    async with any_database.write() as session:
        for week in (1, 3):
            start = MONDAY + week * WEEK + HOUR
            await add_meeting(
                session, world.province, world.chair, world.secretary, world.communes[:1],
                starts_at=start, title=f"Họp tuần {week}", hall_id=world.hall.id,
            )  # fmt: skip
    with pytest.raises(Conflict) as refusal:
        await book(any_database, world)
    assert refusal.value.field == "rule"
    assert told(refusal.value).startswith("2 buổi trùng lịch")
    async with any_database.read() as session:
        assert (await session.exec(select(MeetingSeries))).all() == []
        planned = plan_occurrences(draft_on(world), weekly())
        found = await find_collisions(session, world.actors["secretary"], planned, 0)
    assert [each.at for each in found] == [MONDAY + WEEK, MONDAY + 3 * WEEK]
    assert all(each.is_blocking for each in found)
    sentences = [remark.message.format(**remark.values) for remark in found[0].remarks]
    assert any("Họp tuần 1" in each and "Trần Văn Hiệp" in each for each in sentences)
    assert len(sentences) >= 2
    left = cancel_some(weekly(), [MONDAY + WEEK])
    moved = move_one(left, MONDAY + 3 * WEEK, Span(MONDAY + 3 * WEEK + 6 * HOUR, MONDAY + 3 * WEEK + 7 * HOUR))
    assert days(await load(any_database, await book(any_database, world, moved))) == [
        "30/11 08:00", "14/12 08:00", "21/12 14:00",
    ]  # fmt: skip


async def test_occurrences_collide_with_one_another(database: Database, world: World) -> None:
    long = begin_series(parse_rule("FREQ=DAILY;COUNT=3"), MONDAY, 25 * 60)
    with pytest.raises(Conflict, match="trùng lịch"):
        await book(database, world, long)


async def test_whoever_may_not_book_one_may_not_book_many(database: Database, world: World) -> None:
    async with database.write() as session:
        for name in ("delegate", "inspector", "chair", "technician"):
            with pytest.raises(NotAllowed):
                await actions.book_series(session, world.actors[name], draft_on(world), weekly(), NOW)


async def test_each_occurrence_is_checked_on_its_day(database: Database, world: World) -> None:
    """A unit that will be abolished meanwhile cannot be invited to the last one."""
    async with database.write() as session:
        unit = await session.merge(world.communes[0])
        unit.valid_to = local_day(MONDAY + 2 * WEEK)
        session.add(unit)
    with pytest.raises(Invalid) as refusal:
        await book(database, world)
    assert refusal.value.field == "invitations"


async def test_a_series_without_an_occurrence_is_refused(database: Database, world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        await book(database, world, cancel_some(weekly(2), [MONDAY, MONDAY + WEEK]))
    assert refusal.value.field == "rule"


async def test_this_and_following_divides_the_series(any_database: Database, any_world: World) -> None:
    world = any_world
    series_id = await book(any_database, world)
    before = await load(any_database, series_id)
    async with any_database.write() as session:
        row = (await session.exec(select(Invitation).where(Invitation.meeting_id == before.rows[3].id))).first()
        assert row is not None
        row.answer = Answer.ACCEPTED
        session.add(row)
    start = MONDAY + 2 * WEEK + timedelta(days=1, hours=1)
    await edit(
        any_database,
        world,
        before.rows[2].slug,
        Scope.FOLLOWING,
        title="Họp thứ Ba",
        starts_at=start,
        ends_at=start + HOUR,
    )
    old = await load(any_database, series_id)
    assert days(old) == ["30/11 08:00", "07/12 08:00"]
    assert old.series.rule == "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261207T010000Z"
    assert (old.series.uid, old.series.sequence) == (before.series.uid, 1)
    async with any_database.read() as session:
        rows = (await session.exec(select(MeetingSeries).order_by(col(MeetingSeries.id)))).all()
    assert [each.split_from_id for each in rows] == [None, series_id]
    new = await load(any_database, key(rows[1]))
    assert days(new) == ["15/12 09:00", "22/12 09:00"]
    assert new.series.rule == "FREQ=WEEKLY;BYDAY=TU;COUNT=2"
    assert {row.meeting.calendar_uid for row in new.rows} == {new.series.uid} != {old.series.uid}
    assert [row.slug for row in new.rows] == [row.slug for row in before.rows[2:]]
    assert [row.meeting.title for row in new.rows] == ["Họp thứ Ba"] * 2
    assert [each.invitation.answer for each in new.rows[1].invitations][:1] == [Answer.ACCEPTED]
    assert all(row.meeting.sequence == new.series.sequence > 0 for row in new.rows)


async def test_all_never_touches_the_past(any_database: Database, any_world: World) -> None:
    world = any_world
    series_id = await book(any_database, world)
    before = await load(any_database, series_id)
    later = MONDAY + WEEK + HOUR / 2  # the second one is going on
    await edit(any_database, world, before.rows[3].slug, Scope.ALL, later, title="Tên mới")
    old = await load(any_database, series_id)
    assert [row.meeting.title for row in old.rows] == [before.rows[0].meeting.title] * 2
    assert [row.meeting.version for row in old.rows] == [1, 1]
    async with any_database.read() as session:
        titles = (await session.exec(select(Meeting.title).order_by(col(Meeting.starts_at)))).all()
    assert list(titles)[2:] == ["Tên mới", "Tên mới"]
    with pytest.raises(Invalid):
        await edit(any_database, world, before.rows[0].slug, Scope.ALL, later, title="Muộn")


async def test_what_was_changed_alone_stays(database: Database, world: World) -> None:
    series_id = await book(database, world)
    rows = (await load(database, series_id)).rows
    secretary = world.actors["secretary"]
    moved = Span(MONDAY + WEEK + timedelta(days=2), MONDAY + WEEK + timedelta(days=2, hours=1))
    async with database.write() as session:
        await actions.move_meeting(session, secretary, rows[1].slug, moved, 1, NOW)
        await actions.change_form(session, secretary, rows[2].slug, Form.IN_PERSON, world.hall.id, "Mất điện", 1, NOW)
        await actions.cancel_meeting(session, secretary, rows[3].slug, "Nghỉ lễ", NOW)
    start = MONDAY + HOUR
    await edit(database, world, rows[0].slug, Scope.ALL, title="Tên mới", starts_at=start, ends_at=start + HOUR)
    found = await load(database, series_id)
    assert days(found) == ["30/11 09:00", "09/12 08:00", "14/12 09:00", "-21/12 08:00"]
    assert [row.meeting.title for row in found.rows[:3]] == ["Tên mới"] * 3
    assert found.rows[2].meeting.planned_form is Form.IN_PERSON
    assert [row.meeting.recurrence_at for row in found.rows] == [start + n * WEEK for n in range(4)]
    assert found.series.rule == "FREQ=WEEKLY;BYDAY=MO;COUNT=4"
    await edit(
        database, world, rows[0].slug, Scope.ALL, reset=True, starts_at=MONDAY, ends_at=MONDAY + HOUR,
        change_reason="Có điện lại",
    )  # fmt: skip
    found = await load(database, series_id)
    assert days(found) == ["30/11 08:00", "07/12 08:00", "14/12 08:00", "-21/12 08:00"]
    assert found.rows[2].meeting.planned_form is found.rows[0].meeting.planned_form


async def test_a_unit_invited_to_all_keeps_the_guests_of_one(database: Database, world: World) -> None:
    first, second, third = (InvitationDraft(key(unit), None) for unit in world.communes)
    series_id = await book(database, world, invitations=(first,))
    rows = (await load(database, series_id)).rows
    async with database.write() as session:
        bundle = await load_visible(session, world.actors["secretary"], rows[1].slug)
        draft = replace(draft_of(bundle), invitations=(first, third))
        await actions.edit_meeting(session, world.actors["secretary"], rows[1].slug, draft, 1, NOW)
    await edit(database, world, rows[0].slug, Scope.ALL, invitations=(first, second))
    units = [{each.unit.id for each in row.invitations} for row in (await load(database, series_id)).rows]
    assert (
        units
        == [{first.unit_id, second.unit_id}, {first.unit_id, second.unit_id, third.unit_id}]
        + [{first.unit_id, second.unit_id}] * 2
    )


async def test_another_rule_drops_adds_and_keeps(database: Database, world: World) -> None:
    series_id = await book(database, world)
    rows = (await load(database, series_id)).rows
    alone = Span(MONDAY + WEEK + HOUR, MONDAY + WEEK + 2 * HOUR)
    async with database.write() as session:
        await actions.move_meeting(session, world.actors["secretary"], rows[1].slug, alone, 1, NOW)
    await edit(database, world, rows[0].slug, Scope.ALL, rule=parse_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=4"))
    found = await load(database, series_id)
    assert days(found) == ["30/11 08:00", "03/12 08:00", "14/12 08:00", "17/12 08:00", "-21/12 08:00"]
    async with database.read() as session:
        free = await load_visible(session, world.actors["secretary"], rows[1].slug)
    assert (free.meeting.series_id, free.meeting.calendar_uid, free.planned) == (None, "", alone)


async def test_cancelling_what_follows_and_all(any_database: Database, any_world: World) -> None:
    world, secretary = any_world, any_world.actors["secretary"]
    series_id = await book(any_database, world, weekly(5))
    rows = (await load(any_database, series_id)).rows
    async with any_database.write() as session:
        with pytest.raises(Invalid):
            await actions.cancel_series(session, secretary, rows[3].slug, " ", Scope.FOLLOWING, NOW)
        with pytest.raises(NotAllowed):
            await actions.cancel_series(session, world.actors["leader"], rows[3].slug, "x", Scope.ALL, NOW)
    async with any_database.write() as session:
        await actions.cancel_series(session, secretary, rows[3].slug, "Hết việc", Scope.FOLLOWING, NOW)
    found = await load(any_database, series_id)
    assert days(found) == ["30/11 08:00", "07/12 08:00", "14/12 08:00", "-21/12 08:00", "-28/12 08:00"]
    assert found.rows[4].meeting.status_reason == "Hết việc"
    assert found.series.rule == "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261214T010000Z"
    async with any_database.write() as session:
        await actions.cancel_series(session, secretary, rows[2].slug, "Giải thể", Scope.ALL, MONDAY + HOUR)
    found = await load(any_database, series_id)
    assert days(found)[:3] == ["30/11 08:00", "-07/12 08:00", "-14/12 08:00"]
    assert found.series.sequence == 2
    async with any_database.read() as session:
        assert (await verify_chain(session)).holds


async def test_an_edit_of_what_somebody_changed_meanwhile_is_refused(database: Database, world: World) -> None:
    rows = (await load(database, await book(database, world))).rows
    async with database.write() as session:
        draft = draft_of(rows[0])
        with pytest.raises(Conflict) as refusal:
            await actions.edit_series(session, world.actors["secretary"], rows[0].slug, draft, 7, Scope.ALL, NOW)
        assert refusal.value.field == "version"
        with pytest.raises(NotAllowed):
            await actions.edit_series(session, world.actors["leader"], rows[0].slug, draft, 1, Scope.ALL, NOW)


async def test_an_edit_that_collides_changes_nothing(database: Database, world: World) -> None:
    series_id = await book(database, world)
    found = await load(database, series_id)
    async with database.write() as session:
        await add_meeting(
            session, world.province, world.chair, world.secretary, (), starts_at=MONDAY + 2 * WEEK + 4 * HOUR
        )
    start = MONDAY + 4 * HOUR
    with pytest.raises(Conflict, match="trùng lịch"):
        await edit(database, world, found.rows[0].slug, Scope.ALL, starts_at=start, ends_at=start + HOUR)
    assert await load(database, series_id) == found


async def invite(database: Database, rows: list[MeetingBundle], number: int) -> None:
    """A letter that put the occurrences into somebody's calendar."""
    async with database.write() as session:
        for row in rows:
            mail = Mail(
                key=f"invite:{row.id}:{number}", meeting_id=row.id, recipient="xa@lamdong.gov.vn", method="REQUEST",
                subject="Họp", body="", next_at=NOW, created_at=NOW, queued_at=NOW,
            )  # fmt: skip
            session.add(mail)


async def list_letters(database: Database) -> list[str]:
    async with database.read() as session:
        return [mail.key.partition(":")[0] for mail in (await session.exec(select(Mail).order_by(col(Mail.id)))).all()]


async def test_letters_about_a_series_tell_who_left_and_wait_for_approval(database: Database, world: World) -> None:
    secretary, series_id = world.actors["secretary"], await book(database, world, weekly(2))
    rows = (await load(database, series_id)).rows
    await invite(database, rows, 1)
    await edit(database, world, rows[0].slug, Scope.ALL, invitations=draft_on(world).invitations[1:])
    assert await list_letters(database) == ["invite"] * 2 + ["remove"] * 2
    await invite(database, rows, 2)
    later = {"starts_at": MONDAY + HOUR, "ends_at": MONDAY + 3 * HOUR}
    await edit(database, world, rows[0].slug, Scope.ALL, terms=Terms(approval=True), **later)
    assert len(await list_letters(database)) == 6, "nothing of it is fixed yet"
    async with database.write() as session:
        await actions.cancel_series(session, secretary, rows[0].slug, "Hết việc", Scope.ALL, NOW)
    assert (await list_letters(database))[6:] == ["cancel"] * 2


async def test_a_series_waits_for_approval_where_bookings_do(database: Database, world: World) -> None:
    async with database.write() as session:
        row = await actions.book_series(
            session, world.actors["secretary"], draft_on(world), weekly(), NOW, Terms(approval=True)
        )
    found = await load(database, key(row))
    assert {each.meeting.status for each in found.rows} == {MeetingStatus.SUBMITTED}


async def test_an_occurrence_costs_one_statement(database: Database, world: World) -> None:
    """Nobody else writes meanwhile: a long series is booked, changed and called off in bulk."""
    counts = []
    for place, occurrences in ((0, 4), (1, 120)):
        seen: list[str] = []

        def count_statement(*given: Any, seen: list[str] = seen) -> None:
            seen.append(given[2])

        event.listen(database.engine.sync_engine, "before_cursor_execute", count_statement)
        start = MONDAY + place * 3 * HOUR
        agenda = (AgendaDraft("Tình hình tuần", "Ông An", 10),)
        series = begin_series(parse_rule(f"FREQ=DAILY;COUNT={occurrences}"), start, 120)
        async with database.write() as session:
            draft = draft_on(world, start, agenda=agenda)
            row = await actions.book_series(session, world.actors["secretary"], draft, series, NOW)
        first = (await load(database, key(row))).rows[0].slug
        await edit(database, world, first, Scope.ALL, title="Giao ban ngày")
        async with database.write() as session:
            await actions.cancel_series(session, world.actors["secretary"], first, "Nghỉ", Scope.ALL, NOW)
        event.remove(database.engine.sync_engine, "before_cursor_execute", count_statement)
        counts.append(len(seen))
        found = await load(database, key(row))
        assert [sum(not item.carried for item in each.agenda) for each in found.rows] == [1] * occurrences
    assert counts[1] - counts[0] <= 120 + 10, "one each, which makes the meeting, and no more"


async def test_a_choice_carried_over_stays_a_choice(world: World) -> None:
    draft = draft_on(world)
    carried = carry_over(draft, replace(draft, title="Tên mới"), draft)
    assert (carried.title, type(carried.planned_form)) == ("Tên mới", type(draft.planned_form))
