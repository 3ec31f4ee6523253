"""The policy as a table: who may do what to one meeting of the province, booked by another account."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from meetings import calendar_permissions, permissions
from meetings.models import Form, Meeting, MeetingKind, MeetingStatus, Role
from meetings.permissions import Actor
from tests.factories import make_actor

PROVINCE, COMMUNE, STRANGER_UNIT, HALL = 1, 20, 30, 5
CHAIR, SECRETARY = 101, 102
NOW = datetime(2026, 11, 24, tzinfo=UTC)
INVITED = frozenset({COMMUNE})

ACTORS = {
    "chair": make_actor(Role.CHAIR, person_id=CHAIR, unit_id=PROVINCE),
    "secretary": make_actor(Role.SECRETARY, person_id=SECRETARY, unit_id=2),
    "colleague": make_actor(Role.SECRETARY, person_id=103, unit_id=PROVINCE),
    "booker": make_actor(Role.SECRETARY, person_id=104, unit_id=2, account_id=77),
    "other secretary": make_actor(Role.SECRETARY, person_id=105, unit_id=STRANGER_UNIT),
    "office": make_actor(Role.OFFICE, person_id=106, unit_id=2),
    "administrator": make_actor(Role.ADMINISTRATOR, person_id=107, unit_id=2),
    "clerk": make_actor(Role.CLERK, person_id=108, unit_id=2),
    "leader": make_actor(Role.LEADER, person_id=109, unit_id=2),
    "technician": make_actor(Role.TECHNICIAN, person_id=110, unit_id=2),
    "inspector": make_actor(Role.INSPECTOR, person_id=111, unit_id=2),
    "inspecting secretary": make_actor(Role.INSPECTOR, Role.SECRETARY, person_id=SECRETARY, unit_id=PROVINCE),
    "inspecting chair": make_actor(Role.INSPECTOR, Role.CHAIR, person_id=CHAIR, unit_id=PROVINCE),
    "contact": make_actor(Role.UNIT_CONTACT, person_id=112, unit_id=COMMUNE),
    "delegate": make_actor(Role.DELEGATE, person_id=113, unit_id=COMMUNE),
    "site": make_actor(Role.SITE, site_id=9, unit_id=COMMUNE),
    "hall": make_actor(Role.SITE, site_id=HALL, unit_id=2),
    "stranger": make_actor(Role.DELEGATE, person_id=114, unit_id=STRANGER_UNIT),
    "strange site": make_actor(Role.SITE, site_id=10, unit_id=STRANGER_UNIT),
    "guest": make_actor(account_id=None),
}
TAKES_PART = {"contact", "delegate", "site", "hall", "chair", "colleague"}
RUNS = {"secretary", "colleague", "booker", "office"}
OVERSEES = {"office", "leader", "inspector", "inspecting secretary", "inspecting chair"}


def make_meeting(status: MeetingStatus = MeetingStatus.SCHEDULED) -> Meeting:
    return Meeting(
        id=1,
        slug="hop",
        title="Họp",
        kind=MeetingKind.BRIEFING,
        convening_unit_id=PROVINCE,
        chair_id=CHAIR,
        secretary_id=SECRETARY,
        hall_id=HALL,
        starts_at=NOW,
        ends_at=NOW,
        planned_form=Form.ONLINE,
        status=status,
        created_by=77,
        created_at=NOW,
    )


def who(may: Callable[[Actor], bool]) -> set[str]:
    return {name for name, actor in ACTORS.items() if may(actor)}


def test_overseers_those_involved_and_technicians_see_a_meeting() -> None:
    meeting = make_meeting()
    assert who(lambda actor: permissions.may_view_meeting(actor, meeting, INVITED)) == (
        TAKES_PART | RUNS | OVERSEES | {"technician", "administrator"}
    )


def test_booking_is_for_the_office_and_secretaries() -> None:
    assert who(permissions.may_book) == {"secretary", "colleague", "booker", "other secretary", "office"}


def test_office_convenes_for_all_and_a_secretary_for_own_units() -> None:
    assert permissions.may_convene(ACTORS["office"], frozenset(), PROVINCE)
    assert permissions.may_convene(ACTORS["secretary"], frozenset({2, PROVINCE}), PROVINCE)
    assert not permissions.may_convene(ACTORS["secretary"], frozenset({2}), PROVINCE)
    assert not permissions.may_convene(ACTORS["delegate"], frozenset({COMMUNE}), COMMUNE)


@pytest.mark.parametrize("may", [permissions.may_edit_meeting, permissions.may_cancel_meeting])
def test_booking_is_changed_by_its_secretaries_before_it_starts(may: Callable[[Actor, Meeting], bool]) -> None:
    assert who(lambda actor: may(actor, make_meeting())) == RUNS
    for status in (MeetingStatus.IN_SESSION, MeetingStatus.ENDED, MeetingStatus.CANCELLED):
        assert who(lambda actor, status=status: may(actor, make_meeting(status))) == set()  # type: ignore[misc]  # default


@pytest.mark.parametrize("status", [MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION])
def test_those_involved_technicians_and_leaders_join(status: MeetingStatus) -> None:
    meeting = make_meeting(status)
    assert who(lambda actor: permissions.may_join_meeting(actor, meeting, INVITED)) == (
        TAKES_PART | RUNS | {"technician", "leader"}
    )


@pytest.mark.parametrize("status", [MeetingStatus.ENDED, MeetingStatus.CANCELLED])
def test_nobody_joins_a_meeting_that_is_over(status: MeetingStatus) -> None:
    meeting = make_meeting(status)
    assert who(lambda actor: permissions.may_join_meeting(actor, meeting, INVITED)) == set()


def test_chair_secretaries_and_technician_operate_the_room() -> None:
    meeting = make_meeting()
    assert who(lambda actor: permissions.may_operate_room(actor, meeting)) == RUNS | {"chair", "technician"}


def test_chair_and_secretaries_invite_guests_while_it_is_open() -> None:
    assert who(lambda actor: permissions.may_invite_guests(actor, make_meeting())) == RUNS | {"chair"}
    ended = make_meeting(MeetingStatus.ENDED)
    assert who(lambda actor: permissions.may_invite_guests(actor, ended)) == set()


def test_secretaries_confirm_attendance_once_it_has_ended() -> None:
    ended = make_meeting(MeetingStatus.ENDED)
    assert who(lambda actor: permissions.may_confirm_attendance(actor, ended)) == RUNS
    assert who(lambda actor: permissions.may_confirm_attendance(actor, make_meeting())) == set()


def test_draft_minutes_are_for_those_who_make_them_and_overseers() -> None:
    meeting = make_meeting(MeetingStatus.ENDED)
    drafts = who(lambda actor: permissions.may_view_minutes(actor, meeting, INVITED, approved=False))
    assert drafts == RUNS | OVERSEES | {"chair"}


def test_approved_minutes_are_for_everybody_invited_and_the_clerk() -> None:
    meeting = make_meeting(MeetingStatus.ENDED)
    expected = RUNS | OVERSEES | TAKES_PART | {"clerk"}
    assert who(lambda actor: permissions.may_view_minutes(actor, meeting, INVITED)) == expected
    assert who(lambda actor: permissions.may_download_documents(actor, meeting, INVITED)) == expected


@pytest.mark.parametrize("status", [MeetingStatus.DRAFT, MeetingStatus.SUBMITTED])
def test_before_it_is_fixed_nobody_invited_reaches_a_meeting_by_its_record(status: MeetingStatus) -> None:
    meeting = make_meeting(status)
    prepares = RUNS | OVERSEES | {"chair"}
    assert who(lambda actor: permissions.may_view_minutes(actor, meeting, INVITED)) == prepares
    assert "clerk" not in who(lambda actor: permissions.may_view_drafts(actor, meeting, {PROVINCE}, PROVINCE))
    fixed = make_meeting()
    assert "clerk" in who(lambda actor: permissions.may_view_drafts(actor, fixed, {PROVINCE}, PROVINCE))


def test_only_secretaries_edit_minutes_and_only_the_chair_approves() -> None:
    meeting = make_meeting(MeetingStatus.ENDED)
    assert who(lambda actor: permissions.may_edit_minutes(actor, meeting)) == RUNS
    assert who(lambda actor: permissions.may_approve_minutes(actor, meeting)) == {"chair"}


def test_recording_is_for_those_who_make_the_minutes_and_overseers() -> None:
    meeting = make_meeting(MeetingStatus.ENDED)
    assert who(lambda actor: permissions.may_hear_recording(actor, meeting)) == RUNS | OVERSEES | {"chair"}


def test_ratio_is_for_leadership_the_office_and_secretaries() -> None:
    assert who(permissions.may_view_ratio) == OVERSEES | RUNS | {"chair", "other secretary"}


def test_units_are_seen_by_every_account_and_managed_by_office_and_administrator() -> None:
    assert who(permissions.may_view_units) == set(ACTORS) - {"guest"}
    assert who(permissions.may_manage_units) == {"office", "administrator"}


def test_accounts_and_audit_are_the_administrators_and_the_inspector_reads() -> None:
    inspecting = {"inspector", "inspecting secretary", "inspecting chair"}
    assert who(permissions.may_manage_accounts) == {"administrator"}
    assert who(permissions.may_view_accounts) == inspecting | {"administrator"}
    assert who(permissions.may_view_audit) == inspecting | {"administrator"}


def test_inspector_changes_nothing_whatever_else_the_account_is() -> None:
    ended = make_meeting(MeetingStatus.ENDED)
    for actor in (make_actor(*Role, person_id=CHAIR), make_actor(*Role, person_id=SECRETARY, unit_id=PROVINCE)):
        for meeting in (make_meeting(), ended):
            changes = [
                permissions.may_book(actor),
                permissions.may_edit_meeting(actor, meeting),
                permissions.may_cancel_meeting(actor, meeting),
                permissions.may_join_meeting(actor, meeting, INVITED),
                permissions.may_operate_room(actor, meeting),
                permissions.may_invite_guests(actor, meeting),
                permissions.may_confirm_attendance(actor, meeting),
                permissions.may_edit_minutes(actor, meeting),
                permissions.may_approve_minutes(actor, meeting),
                permissions.may_manage_units(actor),
                permissions.may_manage_accounts(actor),
            ]
            assert not any(changes)


STEPS: list[tuple[Callable[[Actor, Meeting], bool], set[str], set[MeetingStatus]]] = [
    (permissions.may_submit_booking, RUNS, {MeetingStatus.DRAFT}),
    (permissions.may_approve_booking, {"office", "chair"}, {MeetingStatus.SUBMITTED}),
    (permissions.may_postpone_meeting, RUNS, {MeetingStatus.SCHEDULED, MeetingStatus.INVITED}),
    (permissions.may_change_form, RUNS | {"chair"}, {MeetingStatus.SCHEDULED, MeetingStatus.INVITED}),
    (permissions.may_close_otherwise, RUNS, {MeetingStatus.ENDED}),
    (
        permissions.may_record_held,
        RUNS,
        {MeetingStatus.SCHEDULED, MeetingStatus.INVITED, MeetingStatus.POSTPONED},
    ),
    (
        permissions.may_change_exclusion,
        {"office"},
        set(MeetingStatus) - {MeetingStatus.DRAFT, MeetingStatus.SUBMITTED, MeetingStatus.CANCELLED},
    ),
    (
        permissions.may_view_old_papers,
        RUNS | {"inspector", "inspecting secretary", "inspecting chair"},
        set(MeetingStatus),
    ),
]


@pytest.mark.parametrize(("may", "people", "statuses"), STEPS, ids=[may.__name__ for may, _people, _statuses in STEPS])
@pytest.mark.parametrize("status", list(MeetingStatus))
def test_each_step_is_for_its_people_in_its_states(
    may: Callable[[Actor, Meeting], bool], people: set[str], statuses: set[MeetingStatus], status: MeetingStatus
) -> None:
    meeting = make_meeting(status)
    assert who(lambda actor: may(actor, meeting)) == (people if status in statuses else set())


def test_days_off_and_deadlines_are_for_those_who_work_with_them() -> None:
    assert who(calendar_permissions.may_manage_holidays) == {"office", "administrator"}
    inspect = {"inspector", "inspecting secretary", "inspecting chair"}
    assert who(calendar_permissions.may_view_holidays) == {"office", "administrator"} | inspect
    assert who(calendar_permissions.may_view_deadlines) == RUNS | {"other secretary"} | inspect


def test_free_and_busy_is_for_those_who_book_and_maintenance_for_those_who_keep_the_bridge() -> None:
    inspect = {"inspector", "inspecting secretary", "inspecting chair"}
    keeps = {"office", "administrator", "technician"}
    assert who(calendar_permissions.may_manage_maintenance) == keeps
    assert who(calendar_permissions.may_view_maintenance) == keeps | inspect
    books = RUNS | {"other secretary", "chair", "leader", "administrator", "technician"} | inspect
    assert who(calendar_permissions.may_view_occupancy) >= books - {"other secretary"}
    seen = who(lambda actor: calendar_permissions.may_view_schedule(actor, CHAIR, 999))
    assert "clerk" in seen
    assert not seen & {"technician", "administrator", "delegate", "contact"}
