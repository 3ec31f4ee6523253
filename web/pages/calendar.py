"""The calendar of meetings: by day, week, month, as a list, and by rows of halls, units or people.

``calendar.html``
    ``filters``     what is shown; ``units``, ``kinds``, ``forms``, ``statuses`` the choices of the filters
    ``views``       a view, its name and its address; ``days`` what the grid holds, ``groups`` what the list does
    ``axis``        the hours that are drawn (day, week); ``now_row`` where the present instant lies
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.calendar_models import Holiday, Maintenance
from meetings.deadline_store import heed_holidays, list_holidays
from meetings.interval import Span
from meetings.invitations.answers import tally_meetings
from meetings.kinds import MeetingStatus
from meetings.meeting_store import MeetingBundle, list_meetings
from meetings.people_store import load_tree
from meetings.periods import span_of_days
from meetings.permissions import Actor
from meetings.schedule_store import list_windows
from web.i18n import local, today
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.calendar_filters import Filters, View, read_filters
from web.pages.calendar_frame import describe_frame
from web.pages.calendar_grid import Axis, More, Piece, choose_axis, place_day, sort_by_day
from web.pages.calendar_rows import show_rows
from web.pages.deadlines import list_row_chips

LANES = {View.WEEK: 3, View.DAY: 8}  # side by side on one day
IN_CELL = 3  # meetings named on a day of the month


@dataclass(frozen=True)
class Card:
    """A meeting on the grid. ``asks``: an invitation was sent, so moving it has to be meant."""

    bundle: MeetingBundle
    may_move: bool
    asks: bool


@dataclass(frozen=True)
class Day:
    """A day as it is shown; ``name`` is the holiday's."""

    day: date
    is_off: bool
    name: str
    cards: list[Card]
    pieces: list[Piece[Card]]
    more: list[More]
    closed: list[Piece[Maintenance]]


async def show_meetings(request: web.Request) -> web.Response:
    actor, filters = actor_of(request), read_filters(request)
    if filters.view is View.ROWS:
        return await show_rows(request, filters)
    shown, now = filters.shown, now_of(request)
    span = span_of_days(shown[0], shown[-1])
    async with request.app[DATABASE].read() as session:
        found = await find_meetings(session, actor, filters, span)
        holidays = await list_holidays(session, shown[0], shown[-1])
        windows = await list_windows(session, span)
        tree = await load_tree(session, filters.first)
        listed = [bundle.id for bundle in found] if filters.view is View.LIST else []
        tallies = await tally_meetings(session, listed)
        chips = await list_row_chips(session, actor, found if listed else [], now)
    by_day = sort_by_day(((bundle.planned, bundle) for bundle in found), shown)
    kept = {bundle.id for each in by_day.values() for bundle in each}
    bundles = [bundle for bundle in found if bundle.id in kept]
    cards = [describe_card(actor, bundle) for bundle in bundles]
    axis = choose_axis([card.bundle.planned for card in cards] + [span_of(each) for each in windows], shown)
    context = {
        "axis": axis,
        "days": lay_out(cards, windows, holidays, filters, axis),
        "groups": group_by_day(bundles, filters.first) if filters.view is View.LIST else [],
        "names": {day: holiday.name for day, holiday in holidays.items()},
        "total": len({bundle.id for day in filters.days for bundle in by_day[day]}),
        "in_cell": IN_CELL,
        "now_row": axis.place(now, today(now)),
        "tallies": tallies,
        "chips": chips,
        "movable": {card.bundle.id for card in cards if card.may_move},
    }
    return render(request, "calendar.html", describe_frame(request, filters, tree) | context)


async def find_meetings(session: AsyncSession, actor: Actor, filters: Filters, span: Span) -> list[MeetingBundle]:
    return await list_meetings(
        session,
        actor,
        span.start,
        span.end,
        status=[filters.status] if filters.status else (),
        form=filters.form,
        kind=filters.kind,
        unit_id=filters.unit_id,
        text=filters.text,
    )


def describe_card(actor: Actor, bundle: MeetingBundle) -> Card:
    meeting = bundle.meeting
    movable = permissions.may_edit_meeting(actor, meeting) and meeting.status is not MeetingStatus.POSTPONED
    return Card(bundle, movable, meeting.status is MeetingStatus.INVITED)


def span_of(window: Maintenance) -> Span:
    return Span(window.starts_at, window.ends_at)


def lay_out(
    cards: Sequence[Card],
    windows: Sequence[Maintenance],
    holidays: dict[date, Holiday],
    filters: Filters,
    axis: Axis,
) -> list[Day]:
    """The days on the page with what is on each, in order."""
    working = heed_holidays(holidays)
    most = LANES.get(filters.view, 0)
    days = []
    for day, own in sort_by_day(((card.bundle.planned, card) for card in cards), filters.shown).items():
        placed = [(card.bundle.planned, card) for card in own] if most else []  # a month and a list have no lanes
        pieces, more = place_day(placed, day, axis, most)
        closed, _rest = place_day([(span_of(each), each) for each in windows], day, axis, 1)
        name = holidays[day].name if day in holidays else ""
        days.append(Day(day, not working.is_working(day), name, own, pieces, more, closed))
    return days


def group_by_day(bundles: list[MeetingBundle], first: date) -> list[tuple[date, list[MeetingBundle]]]:
    """By the day they begin, or ``first`` for those that began before it."""

    def day_of(bundle: MeetingBundle) -> date:
        return max(local(bundle.meeting.starts_at).date(), first)

    return [(day, list(group)) for day, group in groupby(bundles, key=day_of)]
