"""The weekly work calendar of a leader, or of the leaders of a unit, as it is printed and sent round.

``weekly.html``
    ``days``     the days of the week with their halves and entries, from ``first`` to ``last``
    ``person``, ``unit``   whose week it is: without a person that of the unit's leaders; ``offered`` the choices
    ``before``, ``after``   the addresses of the weeks beside it; of more than ``named_units`` the rest is counted
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from aiohttp import web

from meetings import calendar_permissions
from meetings.deadline_store import list_holidays
from meetings.errors import N_, NotAllowed, NotFound
from meetings.models import Person
from meetings.org_tree import OrgTree
from meetings.people_store import load_tree
from meetings.periods import span_of_days
from meetings.permissions import Actor
from meetings.schedule_store import Taken, list_leaders, list_taken
from web.i18n import local, today
from web.inputs import read_day, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.calendar_grid import touches

NOON, EVENING = time(12), time(18)
HALVES = (N_("Sáng"), N_("Chiều"), N_("Tối"))
CHAIRS, SENT, INVITED = N_("chủ trì"), N_("dự"), N_("đơn vị được mời")
NAMED_UNITS = 4  # more are counted


@dataclass(frozen=True)
class Entry:
    """A line of the schedule; ``parts`` says for each of the leaders what they do there."""

    taken: Taken
    parts: list[tuple[Person, str]]
    continues: bool  # it began on an earlier day


@dataclass(frozen=True)
class Half:
    name: str
    entries: list[Entry]


@dataclass(frozen=True)
class Day:
    day: date
    name: str  # of a holiday
    halves: list[Half]

    @property
    def lines(self) -> int:
        return sum(max(1, len(half.entries)) for half in self.halves)


async def show_weekly(request: web.Request) -> web.Response:
    actor, day = actor_of(request), read_day(request.query.get("week")) or today(now_of(request))
    first = day - timedelta(days=day.weekday())
    last = first + timedelta(days=6)
    async with request.app[DATABASE].read() as session:
        tree = await load_tree(session, first)
        leaders = [person for person in await list_leaders(session) if person.unit_id in tree]
        offered = [each for each in leaders if calendar_permissions.may_view_schedule(actor, each.id, each.unit_id)]
        person, unit_id = choose_subject(request, actor, leaders, offered, tree)
        shown = [person] if person else [each for each in leaders if each.unit_id == unit_id]
        taken = await list_taken(session, actor, span_of_days(first, last))
        holidays = await list_holidays(session, first, last)
    week = [first + timedelta(days=number) for number in range(7)]
    context = {
        "days": [
            make_day(each, holidays[each].name if each in holidays else "", make_entries(taken, shown, each))
            for each in week
        ],
        "person": person,
        "unit": tree.get(unit_id) if unit_id else None,
        "offered": group_leaders(offered, tree),
        "first": first,
        "last": last,
        "before": address(person, unit_id, first - timedelta(days=7)),
        "after": address(person, unit_id, first + timedelta(days=7)),
        "named_units": NAMED_UNITS,
    }
    return render(request, "weekly.html", context)


def choose_subject(
    request: web.Request, actor: Actor, leaders: Sequence[Person], offered: Sequence[Person], tree: OrgTree
) -> tuple[Person | None, int | None]:
    """Whose week: as the address says; else the reader's own, else that of the first leaders the reader may see."""
    kind, _sign, key = request.query.get("who", "").partition("-")
    asked_person = read_key(request.query.get("person") or (key if kind == "person" else ""))
    asked_unit = read_key(request.query.get("unit") or (key if kind == "unit" else ""))
    if asked_person is not None:
        person = next((each for each in leaders if each.id == asked_person), None)
        if person is None:
            raise NotFound
        if person not in offered:
            raise NotAllowed
        return person, person.unit_id
    if asked_unit is not None:
        if asked_unit not in tree:
            raise NotFound
        if not calendar_permissions.may_view_schedule(actor, None, asked_unit):
            raise NotAllowed
        return None, asked_unit
    own = next((each for each in leaders if each.id == actor.person_id), None)
    if own is not None:
        return own, own.unit_id
    units = sorted({each.unit_id for each in offered}, key=lambda unit_id: tree[unit_id].order)
    return None, units[0] if units else actor.unit_id


def make_entries(taken: Sequence[Taken], leaders: Sequence[Person], day: date) -> list[Entry]:
    """What takes the leaders' time on that day, by its start."""
    entries = []
    for each in taken:
        parts = [(person, part) for person in leaders if (part := part_of(each, person))]
        if parts and touches(each.span, day):
            entries.append(Entry(each, parts, local(each.span.start).date() < day))
    return entries


def part_of(taken: Taken, person: Person) -> str:
    """What a person does there: chairs it, is sent, or is of an invited unit that has named nobody yet."""
    if taken.booked.chair_id == person.id:
        return CHAIRS
    if any(person.id in people for people in taken.sent.values()):
        return SENT
    waiting = person.unit_id in taken.booked.unit_ids and person.unit_id not in taken.sent
    return INVITED if waiting else ""


def make_day(day: date, name: str, entries: Sequence[Entry]) -> Day:
    """Morning and afternoon always, the evening where there is something."""
    halves: list[list[Entry]] = [[], [], []]
    for entry in entries:
        begins = local(entry.taken.span.start).time()
        halves[0 if entry.continues or begins < NOON else 1 if begins < EVENING else 2].append(entry)
    named = zip(HALVES, halves, strict=True)
    return Day(day, name, [Half(half, found) for half, found in named if found or half != HALVES[2]])


def group_leaders(leaders: Sequence[Person], tree: OrgTree) -> list[tuple[int, str, list[Person]]]:
    """By unit, in official order: its key, its name and its leaders."""
    units = sorted({each.unit_id for each in leaders}, key=lambda unit_id: tree[unit_id].order)
    return [(unit, tree[unit].organ, [each for each in leaders if each.unit_id == unit]) for unit in units]


def address(person: Person | None, unit_id: int | None, week: date) -> str:
    whose = f"person={person.id}" if person else f"unit={unit_id}" if unit_id else ""
    return f"/meetings/weekly?{whose}&week={week.isoformat()}"
