"""The calendar by rows: when halls, units or people are free, and from there to a booking.

``calendar.html`` with ``calendar_rows.html``
    ``lines``   the rows with a cell for each day; ``axis`` the hours that are drawn on one; ``names`` the holidays
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import calendar_permissions, permissions
from meetings.deadline_store import heed_holidays, list_holidays
from meetings.errors import NotAllowed
from meetings.folding import fold
from meetings.interval import Span
from meetings.org_tree import OrgTree
from meetings.people_store import get_people, list_sites, load_tree
from meetings.periods import span_of_days
from meetings.schedule_store import Taken, list_leaders, list_taken
from web.i18n import local
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.calendar_filters import Filters, Rows
from web.pages.calendar_frame import describe_frame
from web.pages.calendar_grid import QUARTER, Axis, More, Piece, choose_axis, find_gaps, place_day, touches

MOST_LANES = 4  # meetings on one line at one time
IN_CELL = 4  # named on a day of the week
ON_PAGE = 40  # rows
LONGEST_WISH = timedelta(hours=2)  # a free stretch is booked for so long, unless the person says otherwise


@dataclass(frozen=True)
class Subject:
    """Whose time a row shows. ``field`` is what a booking from this row fills in."""

    key: int
    name: str
    about: str
    field: str


@dataclass(frozen=True)
class Gap:
    """A free stretch of the drawn hours."""

    span: Span
    row: int
    length: int
    url: str


@dataclass(frozen=True)
class Cell:
    """One day of a row."""

    day: date
    is_off: bool
    taken: list[Taken]
    pieces: list[Piece[Taken]]
    more: list[More]
    gaps: list[Gap]


@dataclass(frozen=True)
class Line:
    subject: Subject
    cells: list[Cell]


async def show_rows(request: web.Request, filters: Filters) -> web.Response:
    actor = actor_of(request)
    if not calendar_permissions.may_view_occupancy(actor):
        raise NotAllowed
    span = span_of_days(filters.first, filters.last)
    async with request.app[DATABASE].read() as session:
        tree = await load_tree(session, filters.first)
        taken = await list_taken(session, actor, span)
        subjects = await list_subjects(session, filters, tree, taken)
        holidays = await list_holidays(session, filters.first, filters.last)
    working = heed_holidays(holidays)
    axis = choose_axis([each.span for each in taken if not each.booked.closes], filters.days)
    books = now_of(request) if permissions.may_book(actor) else None

    def cell_of(subject: Subject, day: date) -> Cell:
        own = [each for each in taken if touches(each.span, day) and takes(each, subject)]
        pieces, more = place_day([(each.span, each) for each in own], day, axis, MOST_LANES)
        gaps = [] if books is None else [
            make_gap(gap, day, axis, subject)
            for gap in find_gaps([*(each.span for each in own), Span(min(span.start, books), books)], day, axis)
        ]  # fmt: skip
        return Cell(day, not working.is_working(day), own, pieces, more, gaps)

    start = (filters.page - 1) * ON_PAGE
    shown = subjects[start : start + ON_PAGE]
    lines = [Line(subject, [cell_of(subject, day) for day in filters.days]) for subject in shown]
    context = {
        "axis": axis,
        "lines": lines,
        "total": len(subjects),
        "in_cell": IN_CELL,
        "start": start,
        "less": filters.address(page=filters.page - 1) if start else "",
        "more": filters.address(page=filters.page + 1) if start + ON_PAGE < len(subjects) else "",
        "names": {day: holiday.name for day, holiday in holidays.items()},
        "now_row": axis.place(now_of(request), local(now_of(request)).date()),
    }
    return render(request, "calendar.html", describe_frame(request, filters, tree) | context)


async def list_subjects(
    session: AsyncSession, filters: Filters, tree: OrgTree, taken: Sequence[Taken]
) -> list[Subject]:
    """The rows, in official order; a text or a unit in the filters leaves out others."""
    match filters.rows:
        case Rows.HALLS:
            sites = [site for site in await list_sites(session, filters.first) if site.unit_id in tree]
            used = {each.booked.hall_id for each in taken}
            sites.sort(key=lambda site: (site.id not in used, tree[site.unit_id].order, site.name))
            found = [
                (site.unit_id, Subject(site.id or 0, site.name, tree[site.unit_id].short_name, "hall"))
                for site in sites
            ]
        case Rows.UNITS:
            found = [(unit.id, Subject(unit.id, unit.name, "", "unit")) for unit in tree]
        case Rows.PEOPLE:
            leaders = {person.id or 0: person for person in await list_leaders(session)}
            named = {key for each in taken for key in each.booked.people}
            people = leaders | await get_people(session, named - set(leaders))
            found = [
                (person.unit_id, Subject(person.id or 0, person.full_name, person.position, "chair"))
                for person in people.values()
            ]
    wanted = fold(filters.text)
    return [
        subject
        for unit_id, subject in found
        if wanted in fold(f"{subject.name} {subject.about}") and filters.unit_id in (None, unit_id)
    ]


def takes(taken: Taken, subject: Subject) -> bool:
    """Whether it takes the time of the row's subject. A window of the whole system takes every hall's."""
    booked = taken.booked
    match subject.field:
        case "hall":
            return subject.key in booked.places or (booked.closes and not booked.site_ids)
        case "unit":
            return subject.key in taken.unit_ids
    return subject.key in booked.people


def make_gap(gap: Span, day: date, axis: Axis, subject: Subject) -> Gap:
    """Whole quarters of the free stretch, and the address that books the first of them."""
    start = axis.span(day).start
    row, end = -((start - gap.start) // QUARTER), (gap.end - start) // QUARTER
    begins = start + row * QUARTER
    wish = Span(begins, min(gap.end, begins + LONGEST_WISH))
    return Gap(gap, row, max(end - row, 1), make_url(subject, wish))


def make_url(subject: Subject, wish: Span) -> str:
    start, end = local(wish.start), local(wish.end)
    values = {"date": start.date().isoformat(), "from": f"{start:%H:%M}", "to": f"{end:%H:%M}"}
    return "/meetings/new?" + urlencode(values | {subject.field: str(subject.key)})
