"""The first page: what each role needs today."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, calendar_permissions, permissions
from meetings.actions import RatioReport
from meetings.deadline_store import load_working_days
from meetings.deadlines import DeadlineKind, DeadlineState, conclusions_due
from meetings.documents.store import RegisterEntry, list_open
from meetings.indicator.ratio import Ratio
from meetings.invitations.answers import tally_meetings
from meetings.invitations.delegate_store import count_questions
from meetings.invitations.tally import Tally
from meetings.kinds import LIVE, OVER, MeetingStatus, Role
from meetings.meeting_store import MeetingBundle, list_meetings
from meetings.people_store import list_accounts, list_levels, load_tree
from meetings.periods import Period, PeriodKind, Profile, make_period, parse
from meetings.permissions import Actor
from meetings.record_permissions import may_manage_recordings
from transcripts.failures import Failure, list_failures
from transcripts.models import MinutesState
from transcripts.register import Entry, list_register
from web.config import Config
from web.i18n import today, utc
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.deadlines import Line, list_lines
from web.pages.health import Health, check_health, name_health
from web.pages.my_work import Mine, load_mine
from web.pages.readiness import Row, count_lights, make_row
from web.pages.recordings import tell_reason

WORK_BACK = timedelta(days=60)  # how far back unfinished work is looked for
WAITS_AHEAD = timedelta(days=120)  # how far ahead bookings that wait for approval are looked for
DEADLINES = 6  # of the page; the others are a click away
RUNS = (Role.OFFICE, Role.SECRETARY)
WORKS = (*RUNS, Role.CHAIR, Role.UNIT_CONTACT, Role.DELEGATE)


@dataclass
class Today:
    """What the page shows; a part that a role does not have is empty."""

    meetings: list[MeetingBundle]
    coming: list[MeetingBundle]
    joinable: set[int]
    tallies: dict[int, Tally] = field(default_factory=dict)
    unconfirmed: list[MeetingBundle] = field(default_factory=list)
    in_work: list[Entry] = field(default_factory=list)
    late: set[int] = field(default_factory=set)
    deadlines: list[Line] = field(default_factory=list)
    more_deadlines: int = 0
    to_number: list[RegisterEntry] | None = None  # of a clerk
    failures: list[tuple[MeetingBundle, list[Failure]]] = field(default_factory=list)
    mine: Mine | None = None  # of whoever has work to do; of those who only look it is empty
    to_fix: list[MeetingBundle] = field(default_factory=list)
    to_approve: list[Entry] = field(default_factory=list)
    to_answer: list[tuple[MeetingBundle, int]] = field(default_factory=list)  # and how much waits for the chair's word
    report: RatioReport | None = None
    below: Ratio | None = None  # how the contact's unit attended, when that is below the target
    boards: list[tuple[MeetingBundle, list[Row]]] = field(default_factory=list)
    health: list[Health] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    accounts: int = 0


async def show_today(request: web.Request) -> web.Response:
    actor, now = actor_of(request), now_of(request)
    health = await check_health(request) if permissions.may_manage_accounts(actor) else []
    async with request.app[DATABASE].read() as session:
        view = await load_today(session, actor, now, request.app[CONFIG])
        view.health = health
    context: dict[str, Any] = {
        "view": view,
        "day": today(now),
        "actor_runs": actor.has(*RUNS),
        "is_technician": actor.has(Role.TECHNICIAN),
        "is_administrator": permissions.may_manage_accounts(actor),
        "may_book": permissions.may_book(actor),
        "name_health": name_health,
        "tell_reason": tell_reason,
        "count_lights": count_lights,
    }
    return render(request, "today.html", context)


async def load_today(session: AsyncSession, actor: Actor, now: datetime, config: Config) -> Today:
    start = utc(today(now))
    week = await list_meetings(session, actor, start, start + timedelta(days=7))
    of_today = [each for each in week if each.meeting.starts_at < start + timedelta(days=1)]
    alive = [each for each in week if each.meeting.status is not MeetingStatus.CANCELLED]
    view = Today(
        meetings=of_today,
        coming=[each for each in alive if each not in of_today],
        joinable={each.id for each in of_today if _may_join(actor, each)},
    )
    if actor.has(*WORKS):
        view.mine = await load_mine(session, actor, now)
    view.tallies = await tally_meetings(session, [each.id for each in view.coming[:10]])
    if actor.has(*RUNS, Role.CHAIR):
        await _add_work(session, view, actor, now)
        await _add_clocks(session, view, actor, now)
        await _add_failures(session, view, actor, now)
        await _add_questions(session, view, actor, now)
    if actor.has(Role.CLERK):
        own = (await load_tree(session, today(now))).acted_for(actor.unit_id)
        view.to_number = [each for each in await list_open(session, own) if each.document.signed_at is not None]
    if actor.has(Role.UNIT_CONTACT) and actor.unit_id is not None and (year := await _find_year(session, now)):
        view.below = await actions.find_shortfall(session, actor.unit_id, year[:2], year[2])
    if permissions.may_view_ratio(actor):
        view.report = await load_report(session, actor, now, config)
    if actor.has(Role.TECHNICIAN):
        open_ones = [each for each in of_today if each.meeting.status in LIVE]
        view.boards = [
            (each, [make_row(place, now) for place in await actions.list_readiness(session, each, now)])
            for each in open_ones
        ]
    if permissions.may_manage_accounts(actor):
        accounts = await list_accounts(session)
        view.accounts = len(accounts)
        view.locked = [
            each.account.username for each in accounts if each.account.locked_until and each.account.locked_until > now
        ]
    return view


def _may_join(actor: Actor, bundle: MeetingBundle) -> bool:
    return permissions.may_join_meeting(actor, bundle.meeting, bundle.invited_unit_ids)


async def _add_work(session: AsyncSession, view: Today, actor: Actor, now: datetime) -> None:
    """Meetings without confirmed attendance, minutes that are not approved, minutes that wait for this chair."""
    since = now - WORK_BACK
    ended = await list_meetings(session, actor, since, now, status=OVER)
    view.unconfirmed = [
        each
        for each in ended
        if each.meeting.attendance_confirmed_at is None and permissions.may_confirm_attendance(actor, each.meeting)
    ]
    entries = await list_register(session, actor, start=since, end=now)
    unfinished = [each for each in entries if each.state is not MinutesState.APPROVED]
    view.in_work = [each for each in unfinished if permissions.may_edit_minutes(actor, each.bundle.meeting)]
    view.to_approve = [
        each
        for each in unfinished
        if each.state is MinutesState.SUBMITTED and permissions.may_approve_minutes(actor, each.bundle.meeting)
    ]
    working = await load_working_days(session)
    over = [*(each.bundle for each in view.in_work), *view.unconfirmed]
    view.late = {each.id for each in over if now >= conclusions_due(each.meeting.ended_at or now, working)}


async def _add_failures(session: AsyncSession, view: Today, actor: Actor, now: datetime) -> None:
    """What could not be made of recordings, for those who can have it tried again."""
    held = await list_meetings(session, actor, now - WORK_BACK, now + timedelta(days=1))
    own = {each.id: each for each in held if may_manage_recordings(actor, each.meeting)}
    failed: dict[int, list[Failure]] = {}
    for failure in await list_failures(session, own):
        failed.setdefault(failure.meeting_id, []).append(failure)
    view.failures = [(own[meeting_id], rows) for meeting_id, rows in failed.items()]


async def _add_clocks(session: AsyncSession, view: Today, actor: Actor, now: datetime) -> None:
    """What is late or runs out soon before a meeting, and bookings that wait for this person's approval."""
    if calendar_permissions.may_view_deadlines(actor):
        lines = [
            line
            for line in await list_lines(session, actor, now, mine=not actor.has(Role.OFFICE, Role.SECRETARY))
            if line.deadline.state is not DeadlineState.WAITING and line.deadline.kind is not DeadlineKind.CONCLUSIONS
        ]
        view.deadlines, view.more_deadlines = lines[:DEADLINES], max(len(lines) - DEADLINES, 0)
    waiting = await list_meetings(session, actor, now, now + WAITS_AHEAD, status=[MeetingStatus.SUBMITTED])
    view.to_fix = [each for each in waiting if permissions.may_approve_booking(actor, each.meeting)]


async def _add_questions(session: AsyncSession, view: Today, actor: Actor, now: datetime) -> None:
    """What units asked the chair about meetings to come: to be excused, to send somebody else, to sit elsewhere."""
    coming = await list_meetings(session, actor, now, now + WAITS_AHEAD, status=LIVE)
    own = [each for each in coming if permissions.may_decide_places(actor, each.meeting)]
    counts = await count_questions(session, [each.id for each in own])
    view.to_answer = [(each, counts[each.id]) for each in own if each.id in counts]


async def load_report(session: AsyncSession, actor: Actor, now: datetime, config: Config) -> RatioReport | None:
    """This reporting year's figure."""
    year = await _find_year(session, now)
    if year is None:
        return None
    rule, threshold = config.ratio_rule, config.threshold
    return await actions.report_ratio(session, actor, *year, now=now, rule=rule, threshold=threshold)


async def _find_year(session: AsyncSession, now: datetime) -> tuple[str, str, Period] | None:
    """The highest level, the one below it that has units today, and this reporting year."""
    day = today(now)
    tree = await load_tree(session, day)
    levels = [level.code for level in await list_levels(session, day) if tree.at_level(level.code)]
    if len(levels) < 2:
        return None
    year = make_period(PeriodKind.YEAR, day.year, 1, Profile.REPORTING)
    return levels[0], levels[1], year if year.contains(day) else parse(str(day.year + 1))
