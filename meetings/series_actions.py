"""Use cases of a series: book it, change or call off one occurrence and all that follow, or all of them.

A change of one occurrence alone is that of a meeting: see ``booking_actions`` and ``meeting_actions``.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.booking_actions import apply_draft, is_seen
from meetings.booking_checks import create_meetings, draft_of, need_reason, set_status
from meetings.calendar_models import MeetingSeries
from meetings.draft_values import carry_over, read_draft, write_draft
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.interval import Span
from meetings.invitations.ical import uid_of
from meetings.invitations.mail_store import list_meeting_calendars
from meetings.invitations.moved_events import EventName, list_renamed, name_event, queue_tidying
from meetings.invitations.notices import queue_cancellation, queue_departures, queue_update
from meetings.kinds import PLANNED, MeetingStatus
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import MeetingBundle, bundle_meetings, load_to_change
from meetings.models import Meeting
from meetings.org_tree import OrgTree
from meetings.permissions import Actor, may_book, may_cancel_meeting, may_edit_meeting, may_fix_booking
from meetings.recurrence import Rule
from meetings.scheduling import USUAL, MeetingDraft, Terms
from meetings.series_checks import Planned, check_occurrences, plan_occurrences, refuse_collisions, within
from meetings.series_edits import Change, Scope, Series, cancel_some, change_all, change_following
from meetings.series_store import TO_COME, SeriesBundle, load_series, takes_place
from meetings.tasks.agenda import carry_tasks

RESCHEDULED = "Chuỗi họp đổi lịch, không còn buổi này."  # why an occurrence was called off that the new rule lacks


async def book_series(
    session: AsyncSession,
    actor: Actor,
    draft: MeetingDraft,
    series: Series,
    now: datetime,
    terms: Terms = USUAL,
) -> MeetingSeries:
    """Book every occurrence of ``series``, or none. ``Conflict`` with field ``rule``: some collide.

    ``series`` says which days are left out and which occurrences take place at another time.
    """
    if not may_book(actor):
        raise NotAllowed
    planned = plan_occurrences(draft, series)
    if not planned:
        raise Invalid(
            N_("Mọi buổi của chuỗi họp đều bị bỏ qua. Hãy đổi ngày hoặc giữ lại ít nhất một buổi."), field="rule"
        )
    await take_lock(session, BOOKING)
    trees = await check_occurrences(session, actor, planned, now, terms.limit)
    await refuse_collisions(session, actor, planned, terms.bridge)
    fixes = not terms.approval or may_fix_booking(actor, draft.chair_id)
    row = _new_row(actor, series, draft, now)
    session.add(row)
    await session.flush()
    meetings = await _create(session, actor, row, planned, trees, fixes, now)
    row.is_demo = meetings[0].is_demo
    detail = {
        "title": draft.title,
        "rule": row.rule,
        "left_out": sorted(series.cancelled),
        "meetings": [meeting.id for meeting in meetings],
    }
    await write_entry(session, actor, "series.book", f"series:{row.id}", detail, now)
    return row


async def edit_series(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    draft: MeetingDraft,
    version: int,
    scope: Scope,
    now: datetime,
    *,
    rule: Rule | None = None,
    reset: bool = False,
    terms: Terms = USUAL,
) -> Meeting:
    """Change the occurrence ``slug`` and those that follow, or all that have not begun.

    What was changed of an occurrence alone stays, unless ``reset``. ``rule``: another one, from the first of those that
    change. ``Conflict``: ``version`` is outdated, or occurrences collide (field ``rule``).
    """
    await take_lock(session, BOOKING)
    shown = await load_to_change(session, actor, slug)
    if not may_edit_meeting(actor, shown.meeting):
        raise NotAllowed
    if shown.meeting.version != version:
        raise Conflict(field="version")
    found, at = await _load(session, shown.meeting)
    edit = change_following if scope is Scope.FOLLOWING else change_all
    span = Span(draft.starts_at, draft.ends_at)
    change = edit(found.value(now), at, span, rule=rule, reset=reset)
    work = _plan_change(found, change, shown, draft, reset)
    _check_may_change(actor, [each.before for each in work.edited])
    trees = await check_occurrences(session, actor, work.planned, now, terms.limit)
    await refuse_collisions(session, actor, work.planned, terms.bridge, [row.id for row in work.dropped])
    fixes, rule_before = not terms.approval or may_fix_booking(actor, shown.meeting.chair_id), found.series.rule
    target = _divide(session, actor, found, change, work.target, now)
    await session.flush()
    names = {row.id: name_event(row) for row in found.rows}
    _rename(found, change, target)
    told, left = await _apply(session, actor, work, trees, now, fixes)
    _call_off(session, actor, work.dropped, RESCHEDULED, now)
    await _create(session, actor, target, work.added, trees, fixes, now)
    renamed = [row for row in list_renamed(names, found.rows) if takes_place(row.meeting)]
    _count_up(session, found.series, target, [*told, *left, *work.dropped, *renamed, shown])
    detail = {"scope": scope, "rule": [rule_before, target.rule], "starts_at": [at, span.start]} | work.describe()
    told += await _tidy_calendars(session, renamed, names, told, now)
    await _tell(session, told, work.dropped, RESCHEDULED, now, left)
    await write_entry(session, actor, "series.edit", f"series:{found.id}", detail, now)
    return shown.meeting


async def cancel_series(
    session: AsyncSession, actor: Actor, slug: str, reason: str, scope: Scope, now: datetime
) -> Meeting:
    """Call off the occurrence ``slug`` and those that follow, or all that have not begun."""
    await take_lock(session, BOOKING)
    shown = await load_to_change(session, actor, slug)
    if not may_cancel_meeting(actor, shown.meeting):
        raise NotAllowed
    told = need_reason(reason, N_("Cần nêu lý do hủy cuộc họp."))
    found, at = await _load(session, shown.meeting)
    first = at if scope is Scope.FOLLOWING else found.series.starts_at
    rows = [row for row in found.rows if row.id == shown.id or _may_still_go(row.meeting, first, now)]
    _check_may_change(actor, rows)
    value = cancel_some(found.value(now), [row.meeting.recurrence_at for row in rows if row.meeting.recurrence_at])
    detail = {"scope": scope, "reason": told, "meetings": [row.id for row in rows]}
    detail["rule"] = [found.series.rule, str(value.rule)]
    found.series.rule = str(value.rule)
    _call_off(session, actor, rows, told, now)
    _count_up(session, found.series, found.series, rows)
    await session.flush()
    await carry_tasks(session, found.series.id, now)
    await _tell(session, [], rows, told, now)
    await write_entry(session, actor, "series.cancel", f"series:{found.id}", detail, now)
    return shown.meeting


@dataclass(frozen=True, slots=True)
class _Work:
    """What a change does to meetings. ``target``: the booking that occurrences are made from now on."""

    target: MeetingDraft
    edited: list[Planned]
    added: list[Planned]
    dropped: list[MeetingBundle]

    @property
    def planned(self) -> list[Planned]:
        return [*self.edited, *self.added]

    def describe(self) -> dict[str, object]:
        """For the audit log."""
        return {
            "meetings": [each.before.id for each in self.edited if each.before is not None],
            "dropped": [row.id for row in self.dropped],
            "added": [each.at for each in self.added],
        }


def _plan_change(found: SeriesBundle, change: Change, shown: MeetingBundle, draft: MeetingDraft, reset: bool) -> _Work:
    """Which meetings become what: what was changed in ``draft`` since it was shown is carried over to the others."""
    base = read_draft(found.series.draft, shown.planned)
    target = carry_over(draft_of(shown), draft, base, force=True)
    rows = {row.meeting.recurrence_at: row for row in found.rows if takes_place(row.meeting)}
    edited = []
    for old, new in change.kept.items():
        row = rows.get(old)
        if row is None or (new in change.after.fixed and row.id != shown.id):
            continue
        own = draft_of(row)
        wanted = draft if row.id == shown.id else target if reset else carry_over(base, target, own)
        planned = Planned(new, within(wanted, change.after.span(new)), row)
        if row.id == shown.id or replace(planned.draft, knowingly=own.knowingly, change_reason="") != own:
            edited.append(planned)
    added = [Planned(at, within(target, change.after.plan(at))) for at in change.added]
    return _Work(target, edited, added, [rows[at] for at in sorted(change.dropped) if at in rows])


def _divide(
    session: AsyncSession, actor: Actor, found: SeriesBundle, change: Change, target: MeetingDraft, now: datetime
) -> MeetingSeries:
    """The row of what comes after: the same one, or a new one with its own UID while the old one ends before."""
    series, after = found.series, change.after
    if change.before is None:
        series.rule, series.starts_at, series.minutes = str(after.rule), after.start, after.minutes
        series.draft = write_draft(target)
        return series
    series.rule = str(change.before.rule)
    row = _new_row(actor, after, target, now)
    row.split_from_id, row.is_demo, row.sequence = series.id, series.is_demo, series.sequence
    session.add(row)
    return row


def _rename(found: SeriesBundle, change: Change, target: MeetingSeries) -> None:
    """Meetings under the original starts that the new rule gives them; those without a place leave the series."""
    for meeting in (row.meeting for row in found.rows):
        new = change.kept.get(meeting.recurrence_at) if meeting.recurrence_at is not None else None
        if new is not None:
            _put_into(meeting, target, new)
        elif meeting.recurrence_at in change.detached and takes_place(meeting):
            meeting.series_id, meeting.recurrence_at, meeting.calendar_uid = None, None, ""


def _put_into(meeting: Meeting, series: MeetingSeries, at: datetime) -> None:
    meeting.series_id, meeting.recurrence_at, meeting.calendar_uid = series.id, at, series.uid


async def _apply(
    session: AsyncSession, actor: Actor, work: _Work, trees: Mapping[datetime, OrgTree], now: datetime, fixes: bool
) -> tuple[list[MeetingBundle], list[MeetingBundle]]:
    """Carry out the edits. Those of which calendars see anything, and those that only some are not invited to now."""
    seen, left = [], []
    for each in work.edited:
        if each.before is None:
            continue
        meeting, status = each.before.meeting, each.before.meeting.status
        changes = await apply_draft(session, actor, each.before, each.draft, trees[each.at], now, fixes=fixes)
        if is_seen(status, meeting.status, changes):
            seen.append(each.before)
        elif "units" in changes and status not in PLANNED and meeting.status not in PLANNED:
            left.append(each.before)
    return seen, left


async def _create(
    session: AsyncSession,
    actor: Actor,
    series: MeetingSeries,
    planned: Sequence[Planned],
    trees: Mapping[datetime, OrgTree],
    fixes: bool,
    now: datetime,
) -> list[Meeting]:
    status = MeetingStatus.SCHEDULED if fixes else MeetingStatus.SUBMITTED
    wanted = [(each.draft, trees[each.at]) for each in planned]
    made = await create_meetings(session, actor, wanted, status, now)
    for each, meeting in zip(planned, made, strict=True):
        _put_into(meeting, series, each.at)
        session.add(meeting)
    await session.flush()
    await carry_tasks(session, series.id, now)
    return made


def _call_off(session: AsyncSession, actor: Actor, rows: Sequence[MeetingBundle], reason: str, now: datetime) -> None:
    for row in rows:
        set_status(row.meeting, MeetingStatus.CANCELLED, actor, now, reason)
        row.meeting.version += 1
        session.add(row.meeting)


def _count_up(
    session: AsyncSession, series: MeetingSeries, target: MeetingSeries, rows: Sequence[MeetingBundle]
) -> None:
    """One SEQUENCE for the whole series, above all that was told before."""
    number = max(series.sequence, target.sequence, *(row.meeting.sequence for row in rows)) + 1
    for each in (series, target):
        each.sequence = number
        each.version += 1
        session.add(each)
    for row in rows:
        row.meeting.sequence = number
        session.add(row.meeting)


async def _tidy_calendars(
    session: AsyncSession,
    renamed: Sequence[MeetingBundle],
    names: Mapping[int, EventName],
    told: Sequence[MeetingBundle],
    now: datetime,
) -> list[MeetingBundle]:
    """Takes what got another name out of calendars under the old one. Those of ``renamed`` not in ``told`` yet."""
    invited = {letter.meeting_id for letter in await list_meeting_calendars(session, [row.id for row in renamed])}
    known = {row.id for row in told}
    more = []
    for bundle in await bundle_meetings(session, [row.meeting for row in renamed if row.id in invited]):
        if bundle.meeting.status in PLANNED:
            continue
        if bundle.id not in known:
            bundle.meeting.version += 1
            more.append(bundle)
        await queue_tidying(session, bundle, names[bundle.id], now)
    return more


async def _tell(
    session: AsyncSession,
    changed: Sequence[MeetingBundle],
    cancelled: Sequence[MeetingBundle],
    reason: str,
    now: datetime,
    left: Sequence[MeetingBundle] = (),
) -> None:
    """Letters to those who were invited. ``left``: of these only to whom is not any more."""
    letters = await list_meeting_calendars(session, [row.id for row in (*changed, *cancelled, *left)])
    told = {letter.meeting_id for letter in letters}  # of the others nobody has heard yet
    for bundle in await bundle_meetings(session, [row.meeting for row in changed if row.id in told]):
        await queue_update(session, bundle, now)
    for bundle in await bundle_meetings(session, [row.meeting for row in left if row.id in told]):
        await queue_departures(session, bundle, now)
    for bundle in (row for row in cancelled if row.id in told):
        await queue_cancellation(session, bundle, reason, now)


async def _load(session: AsyncSession, meeting: Meeting) -> tuple[SeriesBundle, datetime]:
    """The whole series of a meeting, locked, and the meeting's original start."""
    if meeting.series_id is None or meeting.recurrence_at is None:
        raise NotFound
    return await load_series(session, meeting.series_id, lock=True), meeting.recurrence_at


def _may_still_go(meeting: Meeting, first: datetime, now: datetime) -> bool:
    """Whether it is called off with its series: planned or postponed, and not begun."""
    if meeting.recurrence_at is None or meeting.recurrence_at < first:
        return False
    open_still = meeting.status in TO_COME and meeting.starts_at > now
    return open_still or meeting.status is MeetingStatus.POSTPONED


def _check_may_change(actor: Actor, rows: Sequence[MeetingBundle | None]) -> None:
    if not all(may_edit_meeting(actor, row.meeting) for row in rows if row is not None):
        raise NotAllowed


def _new_row(actor: Actor, series: Series, draft: MeetingDraft, now: datetime) -> MeetingSeries:
    slug = secrets.token_hex(16)
    return MeetingSeries(
        slug=slug,
        uid=uid_of(slug),
        rule=str(series.rule),
        starts_at=series.start,
        minutes=series.minutes,
        draft=write_draft(draft),
        created_by=actor.account_id,
        created_at=now,
    )
