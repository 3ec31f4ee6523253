"""The way of a meeting through its use cases, and what each step leaves behind."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from meetings import actions
from meetings.audit import list_entries
from meetings.calendar_models import FormChange, Sitting
from meetings.deadline_store import list_clocks, list_due_reminders
from meetings.deadlines import DeadlineKind, DeadlineState
from meetings.document_models import DocumentState, OfficialDocument
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.interval import Span
from meetings.invitation_models import Mail
from meetings.invitations.notices import queue_invitation
from meetings.kinds import Form, MeetingStatus, Mode
from meetings.meeting_store import get_meeting, load_visible
from meetings.models import Meeting
from meetings.permissions import may_join_meeting
from meetings.scheduling import Terms
from tests.factories import NOW, TOMORROW, World, add_presence, key, make_draft
from tests.meetings.booking import book, load
from web.database import Database

LATER = TOMORROW + timedelta(days=7)
WEEK_AFTER = Span(LATER, LATER + timedelta(hours=2))
APPROVED = Terms(approval=True)


async def take(database: Database, step: Any, who: Any, slug: str, *args: Any, **kw: Any) -> Meeting:
    """Take a step as the page does: with the version that is there. ``now``: when."""
    now, version = kw.pop("now", NOW), (await load(database, slug)).meeting.version
    async with database.write() as session:
        meeting: Meeting = await step(session, who, slug, *args, version, now, **kw)
        return meeting


async def keep(database: Database, world: World, **values: Any) -> str:
    async with database.write() as session:
        return (await actions.save_draft(session, world.actors["secretary"], make_draft(world, **values), NOW)).slug


async def hold(database: Database, slug: str, start: datetime, end: datetime) -> None:
    meeting_id = (await load(database, slug)).id
    async with database.write() as session:
        await actions.start_meeting(session, meeting_id, None, start)
        await actions.end_meeting(session, meeting_id, None, end)


async def issue(database: Database, world: World, slug: str, at: datetime) -> None:
    """An official invitation that left."""
    bundle = await load(database, slug)
    async with database.write() as session:
        values: dict[str, Any] = {"state": DocumentState.ISSUED, "issued_at": at, "drafted_at": at}
        session.add(OfficialDocument(meeting_id=bundle.id, organ_unit_id=key(world.province), **values))
        meeting = await session.get(Meeting, bundle.id)
        assert meeting is not None
        meeting.status = MeetingStatus.INVITED
        session.add(meeting)


async def test_draft_may_be_unfinished_and_takes_nothing(any_database: Database, any_world: World) -> None:
    world, secretary = any_world, any_world.actors["secretary"]
    slug = await keep(any_database, world, invitations=(), hall_id=None, planned_form=Form.HYBRID)
    await book(any_database, world, make_draft(world))  # the same chair at the same time
    assert (await load(any_database, slug)).meeting.approved_at is None
    with pytest.raises(Invalid):
        await take(any_database, actions.submit_booking, secretary, slug)
    async with any_database.write() as session:
        finished = make_draft(world, starts_at=LATER)
        await actions.edit_meeting(session, secretary, slug, finished, 1, NOW)
    meeting = await take(any_database, actions.submit_booking, secretary, slug)
    assert (meeting.status, meeting.approved_at, meeting.sequence) == (MeetingStatus.SCHEDULED, NOW, 0)


async def test_submitting_points_out_what_nobody_has_seen_yet(database: Database, world: World) -> None:
    slug = await keep(database, world, capacity=2)
    secretary = world.actors["secretary"]
    with pytest.raises(Invalid) as refused:
        await take(database, actions.submit_booking, secretary, slug)
    assert refused.value.field == "over_capacity"
    await take(database, actions.submit_booking, secretary, slug, knowingly={"over_capacity"})


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        *((who, True) for who in ("secretary", "office", "chair", "leader", "inspector")),
        *((who, False) for who in ("contact", "delegate", "site1", "technician", "administrator")),
    ],
)
async def test_who_sees_what_is_not_fixed(database: Database, world: World, who: str, sees: bool) -> None:
    slug, actor = await keep(database, world), world.actors[who]
    async with database.read() as session:
        if sees:
            meeting = (await load_visible(session, actor, slug)).meeting
            assert not may_join_meeting(actor, meeting, [key(unit) for unit in world.communes])
        else:
            with pytest.raises(NotFound):
                await load_visible(session, actor, slug)


async def test_where_approval_is_asked_for_a_booking_waits(any_database: Database, any_world: World) -> None:
    world, actors = any_world, any_world.actors
    async with any_database.write() as session:
        slug = (await actions.book_meeting(session, actors["secretary"], make_draft(world), NOW, APPROVED)).slug
    assert (await load(any_database, slug)).meeting.status is MeetingStatus.SUBMITTED
    await book(any_database, world, make_draft(world, chair_id=key(world.contact), hall_id=None))  # it takes nothing
    for who in ("secretary", "contact", "leader", "inspector", "technician"):
        with pytest.raises((NotAllowed, NotFound)):
            await take(any_database, actions.approve_booking, actors[who], slug)
    returned = await take(any_database, actions.return_booking, actors["chair"], slug, "Đổi sang buổi chiều")
    assert (returned.status, returned.status_reason) == (MeetingStatus.DRAFT, "Đổi sang buổi chiều")
    await take(any_database, actions.submit_booking, actors["secretary"], slug, terms=APPROVED)
    approved = await take(any_database, actions.approve_booking, actors["chair"], slug, now=NOW + timedelta(hours=1))
    assert (approved.status, approved.approved_by) == (MeetingStatus.SCHEDULED, actors["chair"].account_id)
    assert approved.status_reason == ""


async def test_office_and_chair_need_nobodys_approval(database: Database, world: World) -> None:
    async with database.write() as session:
        booked = await actions.book_meeting(session, world.actors["office"], make_draft(world), NOW, APPROVED)
    assert booked.status is MeetingStatus.SCHEDULED


async def test_changed_time_is_approved_again_and_after_an_invitation_refused(database: Database, world: World) -> None:
    slug, secretary = await book(database, world, make_draft(world)), world.actors["secretary"]
    async with database.write() as session:
        same = await actions.edit_meeting(session, secretary, slug, make_draft(world, title="x"), 1, NOW, APPROVED)
    assert same.status is MeetingStatus.SCHEDULED, "a name is not what is approved"
    moved = await take(database, _move, secretary, slug, WEEK_AFTER, terms=APPROVED)
    assert moved.status is MeetingStatus.SUBMITTED
    await take(database, actions.approve_booking, world.actors["office"], slug)
    await issue(database, world, slug, NOW)
    with pytest.raises(Invalid, match="tạm hoãn"):
        await take(database, _move, secretary, slug, Span(TOMORROW, TOMORROW + timedelta(hours=2)), terms=APPROVED)
    by_office = await take(
        database, _move, world.actors["office"], slug, Span(TOMORROW, TOMORROW + timedelta(hours=2)), terms=APPROVED
    )
    assert by_office.status is MeetingStatus.INVITED


async def _move(session: Any, actor: Any, slug: str, span: Span, version: int, now: datetime, **kw: Any) -> Meeting:
    return await actions.move_meeting(session, actor, slug, span, version, now, **kw)


async def test_approval_refuses_what_was_taken_meanwhile(database: Database, world: World) -> None:
    async with database.write() as session:
        slug = (await actions.book_meeting(session, world.actors["secretary"], make_draft(world), NOW, APPROVED)).slug
    await book(database, world, make_draft(world, title="Họp khác"), "office")
    with pytest.raises(Conflict) as refused:
        await take(database, actions.approve_booking, world.actors["office"], slug)
    assert {remark.field for remark in refused.value.remarks} == {"hall_id", "chair_id"}, "every clash is told"


async def test_postponed_meeting_keeps_its_date_and_takes_nothing(any_database: Database, any_world: World) -> None:
    world, secretary = any_world, any_world.actors["secretary"]
    slug = await book(any_database, world, make_draft(world))
    with pytest.raises(Invalid):
        await take(any_database, actions.postpone_meeting, secretary, slug, "  ")
    meeting = await take(any_database, actions.postpone_meeting, secretary, slug, "Chủ trì đi công tác đột xuất")
    assert (meeting.status, meeting.starts_at, meeting.sequence) == (MeetingStatus.POSTPONED, TOMORROW, 1)
    assert meeting.status_reason == "Chủ trì đi công tác đột xuất"
    await book(any_database, world, make_draft(world, title="Họp khác"))
    async with any_database.write() as session:
        again = await actions.edit_meeting(
            session, secretary, slug, make_draft(world, starts_at=LATER), meeting.version, NOW + timedelta(hours=2)
        )
    assert (again.status, again.status_reason, again.sequence) == (MeetingStatus.SCHEDULED, "", 2)
    assert again.approved_at == NOW + timedelta(hours=2)


async def test_invitation_before_a_postponement_does_not_count(database: Database, world: World) -> None:
    slug, secretary = await book(database, world, make_draft(world, starts_at=LATER)), world.actors["secretary"]
    await issue(database, world, slug, NOW)
    assert await clock(database, slug, DeadlineKind.INVITATION) is DeadlineState.DONE
    postponed = await take(database, actions.postpone_meeting, secretary, slug, "Bão số 12")
    async with database.write() as session:
        later = make_draft(world, starts_at=LATER + timedelta(days=7))
        await actions.edit_meeting(session, secretary, slug, later, postponed.version, NOW + timedelta(hours=2))
    assert await clock(database, slug, DeadlineKind.INVITATION) is DeadlineState.WAITING


async def clock(database: Database, slug: str, kind: DeadlineKind) -> DeadlineState:
    meeting = (await load(database, slug)).meeting
    async with database.read() as session:
        found = (await list_clocks(session, [meeting], NOW))[meeting.id or 0]
    return next(each.state for each in found if each.kind is kind)


async def test_change_of_form_says_who_and_why(any_database: Database, any_world: World) -> None:
    world, hall = any_world, key(any_world.hall)
    slug = await book(any_database, world, make_draft(world))
    for form, reason, field in (
        (Form.ONLINE, "vì", "planned_form"),
        (Form.IN_PERSON, "", "form_reason"),
        (Form.HYBRID, "", "change_reason"),
    ):
        with pytest.raises(Invalid) as refused:
            await take(any_database, actions.change_form, world.actors["chair"], slug, form, hall, reason)
        assert refused.value.field == field
    why = "Xem mô hình tại chỗ"
    await take(any_database, actions.change_form, world.actors["chair"], slug, Form.IN_PERSON, hall, why)
    meeting = await take(
        any_database, actions.change_form, world.actors["secretary"], slug, Form.ONLINE, hall, "Mưa lũ"
    )
    assert (meeting.planned_form, meeting.form_reason, meeting.sequence) == (Form.ONLINE, "", 2)
    async with any_database.read() as session:
        rows = (await session.exec(select(FormChange))).all()
    assert [(row.old, row.new, row.name, row.reason) for row in rows] == [
        (Form.ONLINE, Form.IN_PERSON, "Trần Văn Hiệp", why),
        (Form.IN_PERSON, Form.ONLINE, "Nguyễn Thị Thư", "Mưa lũ"),
    ]


async def test_edit_of_a_fixed_booking_says_why_the_form_changes(database: Database, world: World) -> None:
    slug, secretary = await book(database, world, make_draft(world)), world.actors["secretary"]
    draft = make_draft(world, planned_form=Form.HYBRID)
    async with database.write() as session:
        with pytest.raises(Invalid):
            await actions.edit_meeting(session, secretary, slug, draft, 1, NOW)
    async with database.write() as session:
        why = replace(draft, change_reason="Ba xã ở gần về dự tại chỗ")
        await actions.edit_meeting(session, secretary, slug, why, 1, NOW)
        assert [row.reason for row in (await session.exec(select(FormChange))).all()] == [why.change_reason]


async def test_exclusion_is_fixed_with_the_booking(any_database: Database, any_world: World) -> None:
    world, actors = any_world, any_world.actors
    slug = await book(any_database, world, make_draft(world))
    excluded = make_draft(world, exclusion="field_visit", exclusion_reason="Kế hoạch 12")
    async with any_database.write() as session:
        with pytest.raises(Invalid) as refused:
            await actions.edit_meeting(session, actors["office"], slug, excluded, 1, NOW)
        assert refused.value.field == "exclusion"
    change = ("field_visit", "Kế hoạch 12", "Bộ Nội vụ")
    for who in ("secretary", "chair", "inspector", "administrator"):
        with pytest.raises(NotAllowed):
            await take(any_database, actions.change_exclusion, actors[who], slug, *change, "nhầm")
    with pytest.raises(Invalid):
        await take(any_database, actions.change_exclusion, actors["office"], slug, *change, " ")
    meeting = await take(any_database, actions.change_exclusion, actors["office"], slug, *change, "Ghi thiếu khi đặt")
    assert (meeting.exclusion, meeting.exclusion_reason, meeting.relayed_from) == change
    async with any_database.read() as session:
        entry = (await list_entries(session, action="meeting.change_exclusion"))[0]
    assert entry.detail["exclusion"] == ["", "field_visit"]
    assert entry.detail["reason"] == "Ghi thiếu khi đặt"


async def test_meeting_that_was_broken_off_goes_on_as_the_same(any_database: Database, any_world: World) -> None:
    world, secretary = any_world, any_world.actors["secretary"]
    slug = await book(any_database, world, make_draft(world))
    await issue(any_database, world, slug, NOW)
    await hold(any_database, slug, TOMORROW, TOMORROW + timedelta(minutes=40))
    after = TOMORROW + timedelta(hours=1)
    entries = [actions.ConfirmedUnit(key(unit), Mode.ONLINE) for unit in world.communes]
    async with any_database.write() as session:
        version = (await load(any_database, slug)).meeting.version
        await actions.confirm_attendance(session, secretary, slug, entries, version, after)
    meeting = await take(any_database, actions.resume_meeting, secretary, slug, WEEK_AFTER, now=after)
    assert (meeting.status, meeting.starts_at, meeting.started_at) == (MeetingStatus.INVITED, LATER, None)
    assert meeting.attendance_confirmed_at is None
    bundle = await load(any_database, slug)
    assert [each.invitation.confirmed_mode for each in bundle.invitations] == [None, None, None]
    async with any_database.read() as session:
        sittings = (await session.exec(select(Sitting))).all()
    assert [(row.started_at, row.ended_at) for row in sittings] == [(TOMORROW, TOMORROW + timedelta(minutes=40))]
    assert sittings[0].modes == {str(key(unit)): "online" for unit in world.communes}
    await hold(any_database, slug, LATER, LATER + timedelta(hours=1))
    assert (await load(any_database, slug)).meeting.ended_at == LATER + timedelta(hours=1)


async def test_meeting_without_a_conclusion_counts_as_cancelled(any_database: Database, any_world: World) -> None:
    slug = await book(any_database, any_world, make_draft(any_world))
    secretary = any_world.actors["secretary"]
    with pytest.raises(NotAllowed):
        await take(any_database, actions.abandon_meeting, secretary, slug, "Mất điện")
    await hold(any_database, slug, TOMORROW, TOMORROW + timedelta(minutes=5))
    meeting = await take(
        any_database, actions.abandon_meeting, secretary, slug, "Mất điện", now=TOMORROW + timedelta(hours=1)
    )
    assert (meeting.status, meeting.status_reason) == (MeetingStatus.CANCELLED, "Mất điện")


async def test_record_is_noted_once_and_only_after_the_end(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world))
    meeting_id = (await load(database, slug)).id
    async with database.write() as session:
        await actions.note_record(session, world.actors["chair"], meeting_id, NOW)
    assert (await load(database, slug)).meeting.status is MeetingStatus.SCHEDULED
    await hold(database, slug, TOMORROW, TOMORROW + timedelta(hours=1))
    for at in (LATER, LATER + timedelta(days=1)):
        async with database.write() as session:
            await actions.note_record(session, world.actors["chair"], meeting_id, at)
    meeting = (await load(database, slug)).meeting
    assert (meeting.status, meeting.recorded_at) == (MeetingStatus.RECORDED, LATER)


async def test_those_who_were_invited_are_told_of_each_change(any_database: Database, any_world: World) -> None:
    world, secretary = any_world, any_world.actors["secretary"]
    slug = await book(any_database, world, make_draft(world))
    await issue(any_database, world, slug, NOW)
    first, *others = [f"vp{number}@lamdong.gov.vn" for number in range(3)]
    async with any_database.write() as session:
        for unit, address in zip(world.communes, (first, *others), strict=True):
            unit.email = address
            session.add(unit)
        bundle = await get_meeting(session, slug)
        document = (await session.exec(select(OfficialDocument))).one()
        await queue_invitation(session, bundle, document, NOW)

    async def told(before: int) -> set[tuple[str, str]]:
        async with any_database.read() as session:
            mails = (await session.exec(select(Mail).order_by(col(Mail.id)))).all()[before:]
        return {(mail.recipient, mail.method) for mail in mails}

    fewer = replace(make_draft(world), invitations=make_draft(world).invitations[1:])
    async with any_database.write() as session:
        await actions.edit_meeting(session, secretary, slug, fewer, bundle.meeting.version, NOW)
    assert await told(3) == {(first, "CANCEL")}, "the others see no change"
    await take(any_database, _move, secretary, slug, WEEK_AFTER)
    assert await told(4) == {(address, "REQUEST") for address in others}
    await take(any_database, actions.postpone_meeting, secretary, slug, "Bão số 13")
    assert await told(6) == {(address, "CANCEL") for address in others}
    assert (await load(any_database, slug)).meeting.sequence == 3


async def test_nobody_is_told_of_a_change_before_it_is_approved(any_database: Database, any_world: World) -> None:
    world, actors = any_world, any_world.actors
    slug = await book(any_database, world, make_draft(world, urgent=True))
    async with any_database.write() as session:
        unit = world.communes[0]
        unit.email = "vp@lamdong.gov.vn"
        bundle = await get_meeting(session, slug)
        letter = OfficialDocument(
            meeting_id=bundle.id, organ_unit_id=key(world.province), preliminary=True, state=DocumentState.ISSUED,
            issued_at=NOW, drafted_at=NOW,
        )  # fmt: skip
        session.add_all([unit, letter])
        await session.flush()
        await queue_invitation(session, bundle, letter, NOW)

    async def told() -> list[str]:
        async with any_database.read() as session:
            return [mail.key.partition(":")[0] for mail in (await session.exec(select(Mail).order_by(col(Mail.id))))]

    moved = await take(any_database, _move, actors["secretary"], slug, WEEK_AFTER, terms=APPROVED)
    assert (moved.status, moved.sequence, await told()) == (MeetingStatus.SUBMITTED, 0, ["invite"])
    approved = await take(any_database, actions.approve_booking, actors["office"], slug)
    assert (approved.sequence, await told()) == (1, ["invite", "update"])


async def test_trial_before_a_meeting_was_broken_off_is_none_of_the_next(database: Database, world: World) -> None:
    slug, secretary = await book(database, world, make_draft(world)), world.actors["secretary"]
    async with database.write() as session:
        meeting = (await get_meeting(session, slug)).meeting
        await add_presence(session, meeting, TOMORROW - timedelta(minutes=50), TOMORROW, unit=world.communes[0])
    assert await clock(database, slug, DeadlineKind.TRIAL) is DeadlineState.DONE
    await hold(database, slug, TOMORROW, TOMORROW + timedelta(minutes=40))
    await take(database, actions.resume_meeting, secretary, slug, WEEK_AFTER, now=TOMORROW + timedelta(hours=1))
    assert await clock(database, slug, DeadlineKind.TRIAL) is DeadlineState.WAITING


async def test_step_of_an_old_page_is_refused(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world))
    async with database.write() as session:
        with pytest.raises(Conflict) as refused:
            await actions.postpone_meeting(session, world.actors["secretary"], slug, "vì", 7, NOW)
    assert refused.value.field == "version"


async def test_step_that_does_not_follow_is_refused(database: Database, world: World) -> None:
    slug, secretary = await book(database, world, make_draft(world)), world.actors["secretary"]
    async with database.write() as session:
        await actions.cancel_meeting(session, secretary, slug, "Trùng", NOW)
    for step, args in (
        (actions.postpone_meeting, ("vì",)),
        (actions.submit_booking, ()),
        (actions.abandon_meeting, ("vì",)),
        (actions.resume_meeting, (WEEK_AFTER,)),
    ):
        with pytest.raises(NotAllowed):
            await take(database, step, secretary, slug, *args)


async def test_reminders_name_the_clock_and_whom_it_concerns(database: Database, world: World) -> None:
    """The meeting is tomorrow: the invitation is late, and an hour before it the line is to be tried."""
    await book(database, world, make_draft(world))
    async with database.read() as session:
        now = await list_due_reminders(session, NOW)
        soon = await list_due_reminders(session, TOMORROW - timedelta(minutes=70))
    assert [(each.deadline.kind, each.deadline.state) for each in now] == [
        (DeadlineKind.INVITATION, DeadlineState.LATE),
        (DeadlineKind.PAPERS, DeadlineState.LATE),
    ]
    assert [[person.full_name for person in each.people] for each in soon] == [
        ["Nguyễn Thị Thư"],
        ["Nguyễn Thị Thư"],
        ["Nguyễn Thị Thư", "Hoàng Kỹ Thuật"],
    ]
    assert len({each.key for each in soon}) == 3
    assert [each.key for each in now] == [each.key for each in soon[:2]], "the same thing is said once"
