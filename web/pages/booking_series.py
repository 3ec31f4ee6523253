"""Booking many occurrences from the booking form: the rule, its days, what each collides with, how far a change goes.

``booking_series.html`` is the part of the form, ``series_preview.html`` the list of days below it, which a script
fetches anew from ``/series/preview`` whenever something changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.errors import NotAllowed
from meetings.interval import Span
from meetings.meeting_store import MeetingBundle
from meetings.scheduling import MeetingDraft
from meetings.series_checks import Collision, find_collisions, leave_out_days_off, plan_occurrences
from meetings.series_edits import Scope, Series
from meetings.series_store import SeriesBundle, load_series
from web.inputs import Fields, read_form, read_span
from web.keys import CONFIG, DATABASE, actor_of
from web.layout import render
from web.pages.booking_form import Booking, make_outline, read_booking
from web.pages.forms import explain
from web.pages.repeat_form import Reach, heed_wishes, make_series, write_stamp
from web.pages.series_words import describe_rule

PREVIEW = "series_preview"  # the button that shows the days
MOST_PLAIN, MOST_SPECIAL = 40, 20  # days in the preview


@dataclass(frozen=True)
class Day:
    """One day of the preview. ``left_out``: ``off`` for a day off, ``skip`` where it was chosen."""

    stamp: str
    span: Span
    left_out: str
    is_moved: bool
    told: tuple[str, ...]
    is_blocked: bool


@dataclass(frozen=True)
class Preview:
    rule: str
    days: list[Day]

    @property
    def shown(self) -> list[tuple[int, Day]]:
        """With their numbers: the first of all, and of those that collide the first as well. A page holds no more."""
        numbered = list(enumerate(self.days, start=1))
        plain = [each for each in numbered if not each[1].is_blocked and not each[1].is_moved][:MOST_PLAIN]
        special = [each for each in numbered if each[1].is_blocked or each[1].is_moved][:MOST_SPECIAL]
        return sorted([*plain, *special], key=lambda each: each[0])

    @property
    def hidden(self) -> list[Day]:
        """Those that are not shown: what was chosen of one must not be lost."""
        shown = {day.stamp for _number, day in self.shown}
        return [day for day in self.days if day.stamp not in shown]

    @property
    def held(self) -> int:
        return sum(1 for day in self.days if not day.left_out)

    @property
    def blocked(self) -> int:
        return sum(1 for day in self.days if day.is_blocked)


async def preview_series(request: web.Request, fields: Fields, booking: Booking) -> Preview | None:
    """The days of the series that the form describes; ``None`` while it describes none."""
    form = booking.repeat
    if not form.is_on:
        return None
    span = read_span(Fields(booking.values), "starts_on", "starts_at", "ends_on", "ends_at")
    series = make_series(fields, form, span) if span is not None else None
    if series is None or span is None:
        return None
    async with request.app[DATABASE].read() as session:
        working = await leave_out_days_off(session, series) if form.workdays else series
        wished = heed_wishes(fields, form, working)
        planned = plan_occurrences(make_outline(booking, span), wished)
        bridge = request.app[CONFIG].bridge_capacity
        found = await find_collisions(session, actor_of(request), planned, bridge) if planned else []
    return Preview(describe_rule(series.rule), _list_days(series, working, wished, found))


def _list_days(series: Series, working: Series, wished: Series, found: Sequence[Collision]) -> list[Day]:
    collisions = {each.at: each for each in found}
    days = []
    for at in series.starts:
        left_out = "off" if at in working.cancelled else "skip" if at in wished.cancelled else ""
        hit = collisions.get(at)
        days.append(
            Day(
                stamp=write_stamp(at),
                span=wished.span(at),
                left_out=left_out,
                is_moved=at in wished.moved,
                told=tuple(explain(remark) for remark in hit.remarks) if hit else (),
                is_blocked=hit is not None and hit.is_blocking,
            )
        )
    return days


async def show_preview(request: web.Request) -> web.Response:
    """The list of days alone, for the script of the form."""
    fields = await read_form(request)
    if not permissions.may_book(actor_of(request)):
        raise NotAllowed
    booking = read_booking(fields)
    preview = await preview_series(request, fields, booking)
    return render(request, "series_preview.html", {"booking": booking, "preview": preview, "errors": fields.errors})


async def read_series(
    request: web.Request, fields: Fields, booking: Booking, draft: MeetingDraft | None
) -> Series | None:
    """The series to be booked, without days off and with every wish heeded; ``None`` where none is to be, or a fault
    stands in ``fields.errors``."""
    form = booking.repeat
    if not form.is_on or draft is None:
        return None
    series = make_series(fields, form, Span(draft.starts_at, draft.ends_at))
    if series is not None and form.workdays:
        async with request.app[DATABASE].read() as session:
            series = await leave_out_days_off(session, series)
    return None if series is None else heed_wishes(fields, form, series)


async def describe_reach(session: AsyncSession, bundle: MeetingBundle, scope: str, now: datetime) -> Reach | None:
    """Which occurrence of which series a meeting is, and whom a change of it reaches; ``None`` for a single one."""
    meeting = bundle.meeting
    if meeting.series_id is None or meeting.recurrence_at is None:
        return None
    found = await load_series(session, meeting.series_id)
    return reach_of(found, meeting.recurrence_at, read_scope(scope), now)


def reach_of(found: SeriesBundle, at: datetime, scope: Scope, now: datetime) -> Reach:
    value = found.value(now)
    starts = [row.meeting.recurrence_at for row in found.rows]
    return Reach(
        scope=scope,
        series=found.series,
        rule=describe_rule(value.rule),
        number=starts.index(at) + 1,
        total=len(starts),
        following=sum(1 for each in value.to_come if each >= at),
        all=len(value.to_come),
        can_spread=at in value.to_come,
    )


def read_scope(text: str) -> Scope:
    return Scope(text) if text in list(Scope) else Scope.THIS
