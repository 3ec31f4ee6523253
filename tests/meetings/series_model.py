"""A series as a plain list of occurrences without any rule, and what edits make of it: slow, and obvious.

Each occurrence knows for which day of the rule it stands: ``daily``, a weekday, a day of the month, or a weekday with
its position in the month. A change of that day moves every occurrence that stands for it, by looking through the days
of its month or week.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from meetings.interval import Span

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
Slot = tuple[str, int, int]  # daily; weekly and the weekday; day and its number; place, weekday and which of them


@dataclass(frozen=True)
class Occurrence:
    planned: datetime
    slot: Slot
    span: Span | None  # None: it does not take place
    fixed: bool = False


@dataclass(frozen=True)
class Model:
    minutes: int
    slots: frozenset[Slot]
    occurrences: tuple[Occurrence, ...] = ()
    singles: tuple[Span, ...] = field(default=())

    def live(self) -> dict[datetime, Span]:
        return {each.planned: each.span for each in self.occurrences if each.span is not None}

    def to_come(self) -> list[Occurrence]:
        return [each for each in self.occurrences if each.span is not None and not each.fixed]

    def usual(self, planned: datetime) -> Span:
        return Span(planned, planned + timedelta(minutes=self.minutes))

    def map(self, change: Callable[[Occurrence], Occurrence]) -> "Model":
        return replace(self, occurrences=tuple(change(each) for each in self.occurrences))


def here(instant: datetime) -> datetime:
    return instant.astimezone(HERE)


def move_one(model: Model, at: datetime, span: Span) -> Model:
    return model.map(lambda each: replace(each, span=span) if each.planned == at else each)


def cancel(model: Model, wanted: Callable[[Occurrence], bool]) -> Model:
    return model.map(lambda each: replace(each, span=None) if not each.fixed and wanted(each) else each)


def begin(model: Model, now: datetime) -> Model:
    return model.map(
        lambda each: replace(each, fixed=True) if each.span is not None and each.span.start <= now else each
    )


def change(model: Model, first: datetime, at: datetime, span: Span, reset: bool) -> tuple[Model, Model] | None:
    """What stays, and what comes of ``first`` and the rest when ``at`` is to be within ``span``; ``None``: refused."""
    edited = next(each for each in model.occurrences if each.planned == at)
    assert edited.span is not None
    start = at if span.start == edited.span.start else span.start
    new_slot = slot_of(edited.slot, here(start).date())
    if new_slot != edited.slot and new_slot in model.slots:
        return None
    after = Model(int(span.length.total_seconds()) // 60, model.slots - {edited.slot} | {new_slot})
    rest = [each for each in model.occurrences if each.planned >= first]
    made, lost = [], []
    for each in rest:
        planned = new_start(each, edited, new_slot, start)
        if each.planned == at:
            assert planned == start
            made.append(Occurrence(start, new_slot, span))
            continue
        own = each.span is not None and (each.fixed or (each.span != model.usual(each.planned) and not reset))
        if planned is None:
            lost += [each.span] if own and each.span is not None else []
            continue
        span_then = None if each.span is None else each.span if own else after.usual(planned)
        slot = new_slot if each.slot == edited.slot else each.slot
        made.append(Occurrence(planned, slot, span_then, each.fixed))
    if len({each.planned for each in made}) < len(made):
        return None
    before = replace(model, occurrences=tuple(each for each in model.occurrences if each.planned < first))
    return before, replace(after, occurrences=tuple(sorted(made, key=lambda each: each.planned)), singles=tuple(lost))


def new_start(each: Occurrence, edited: Occurrence, new_slot: Slot, start: datetime) -> datetime | None:
    day, clock = here(each.planned).date(), here(start).time()
    moves = here(start).date() - here(edited.planned).date()
    if each.slot == edited.slot and new_slot[0] in ("daily", "weekly"):
        day += moves
    elif each.slot == edited.slot and moves:
        named = [other for other in days_of_month(day) if slot_of(new_slot, other) == new_slot]
        if not named:
            return None
        day = named[0]
    return datetime.combine(day, clock, HERE).astimezone(UTC)


def slot_of(kind: Slot, day: date) -> Slot:
    """Which slot of that kind a day stands for."""
    last = calendar.monthrange(day.year, day.month)[1]
    match kind:
        case ("daily", _, _):
            return kind
        case ("weekly", _, _):
            return ("weekly", day.weekday(), 0)
        case ("day", number, _):
            return ("day", day.day if number > 0 else day.day - last - 1, 0)
        case (name, _, position):
            same = [other for other in days_of_month(day) if other.weekday() == day.weekday()]
            return (name, day.weekday(), same.index(day) + 1 if position > 0 else same.index(day) - len(same))


def days_of_month(day: date) -> list[date]:
    return [day.replace(day=number + 1) for number in range(calendar.monthrange(day.year, day.month)[1])]
