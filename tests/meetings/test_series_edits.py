"""Ten thousand random edits of series: what the rules make, what a plain list makes, and what another reader of our
feed makes of it are the same; some of them through the use cases, with the rows of the database as one more."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from meetings.calendar_models import MeetingSeries
from meetings.errors import Invalid
from meetings.interval import Span
from meetings.invitations.ical import Event, write_feed
from meetings.invitations.series_events import make_events
from meetings.kinds import MeetingStatus
from meetings.recurrence import Frequency, Rule, Weekday, parse_rule, position_of
from meetings.series_edits import (
    Series,
    begin_series,
    cancel_one,
    cancel_some,
    change_all,
    change_following,
    move_one,
)
from tests.meetings import series_model
from tests.meetings.series_model import Model, Occurrence, Slot, here, slot_of
from tests.node import read_calendars

MONDAY = datetime.fromisoformat("2026-11-30T08:00+07:00").astimezone(UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WORLDS, EDITS, FEED_EVERY = 248, 40, 8  # 9,920 edits by values; the rest, through the use cases: test_series_rows.py

Pair = tuple[Series, Model]
Expanded = list[tuple[float, float, str]]


def expand_feeds(feeds: Sequence[str]) -> list[Expanded]:
    """Every occurrence of each feed as ical.js sees it, by one process of node."""
    return [[(each[0], each[1], each[2]) for each in read["occurrences"]] for read in read_calendars(feeds)]


def write_series(series: Series, title: str) -> list[Event]:
    """Through the function that makes feeds of rows, with rows that hold only what it reads."""
    row = MeetingSeries(
        slug="s", uid=f"{title}@giaoban", rule=str(series.rule), starts_at=series.start, minutes=series.minutes,
        created_at=MONDAY,
    )  # fmt: skip
    rows: Any = [
        SimpleNamespace(meeting=SimpleNamespace(recurrence_at=at, status=MeetingStatus.SCHEDULED), planned=span)
        for at, span in series.occurrences.items()
    ]
    return make_events(row, rows, lambda each: Event(uid="", stamp=MONDAY, span=each.planned, title=title), "")


def cancel_from(series: Series, at: datetime) -> Series:
    """``at`` and what comes after it, but what has begun."""
    return cancel_some(series, [each for each in series.to_come if each >= at])


def seconds(spans: Iterable[Span], title: str) -> Expanded:
    return sorted((span.start.timestamp(), span.end.timestamp(), title) for span in spans)


class Edits:
    """Random edits of a few series that grow out of one another, each made twice: by values and on the plain list."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.seed = seed
        self.now = MONDAY - DAY
        self.pairs: list[Pair] = [self.begin()]
        self.singles: list[Span] = []
        self.made = 0

    def begin(self) -> Pair:
        dice = self.dice
        start = MONDAY + dice.randrange(40) * DAY + dice.randrange(10) * HOUR
        day, count, minutes = here(start).date(), dice.randint(2, 14), dice.choice((30, 60, 90, 120))
        slots: list[Slot] = [("daily", 0, 0)]
        match dice.randrange(5):
            case 0:
                rule = Rule(Frequency.DAILY, dice.randint(1, 3), count=count)
            case 1 | 2:
                chosen = {day.weekday(), *dice.sample(range(7), dice.randrange(3))}
                rule = Rule(Frequency.WEEKLY, dice.randint(1, 3), tuple(map(Weekday, sorted(chosen))), count=count)
                slots = [("weekly", each, 0) for each in chosen]
            case 3:
                chosen = dice.choice(({-1}, {day.day, *dice.sample(range(1, 29), dice.randrange(3))}))
                rule = Rule(Frequency.MONTHLY, dice.randint(1, 2), (), tuple(sorted(chosen)), count=count)
                slots = [("day", each, 0) for each in chosen]
            case _:
                place = (day.weekday(), position_of(day, from_end=dice.random() < 0.5))
                rule = Rule(Frequency.MONTHLY, 1, (Weekday(*place),), count=count)
                slots = [("place", *place)]
        series = begin_series(rule, start, minutes)
        if dice.random() < 0.5:
            series = replace(series, rule=replace(rule, count=None, until=series.starts[-1] + 3 * HOUR))
        plain = Model(minutes, frozenset(slots))
        made = tuple(Occurrence(at, self.stands_for(at, slots), plain.usual(at)) for at in series.starts)
        return series, replace(plain, occurrences=made)

    @staticmethod
    def stands_for(at: datetime, slots: Sequence[Slot]) -> Slot:
        return next(each for each in slots if slot_of(each, here(at).date()) == each)

    def edit(self) -> None:
        """One more edit; where nothing is left to be edited, a new series."""
        open_ones = [index for index, (_series, model) in enumerate(self.pairs) if model.to_come()]
        if not open_ones:
            self.pairs.append(self.begin())
            open_ones = [len(self.pairs) - 1]
        index = self.dice.choice(open_ones)
        series, model = self.pairs[index]
        at = self.dice.choice(model.to_come()).planned
        match self.dice.randrange(12):
            case 0 | 1 | 2:
                self.pairs[index] = self.move(series, model, at)
            case 3 | 4:
                cancelled = series_model.cancel(model, lambda each: each.planned == at)
                self.pairs[index] = cancel_one(series, at), cancelled
            case 5:
                cancelled = series_model.cancel(model, lambda each: each.planned >= at)
                self.pairs[index] = cancel_from(series, at), cancelled
            case 6 if self.dice.random() < 0.3:
                self.pairs[index] = cancel_some(series, series.to_come), series_model.cancel(model, lambda each: True)
            case 7:
                self.let_time_pass()
            case _:
                self.change(index, at)
        self.made += 1
        self.compare()

    def move(self, series: Series, model: Model, at: datetime) -> Pair:
        start = at + self.dice.randint(-3, 9) * DAY + self.dice.randint(-4, 6) * HOUR
        span = Span(start, start + self.dice.choice((30, 60, 120)) * timedelta(minutes=1))
        return move_one(series, at, span), series_model.move_one(model, at, span)

    def let_time_pass(self) -> None:
        self.now += self.dice.randint(1, 20) * DAY
        self.pairs = [(self.fix(series), series_model.begin(model, self.now)) for series, model in self.pairs]

    def fix(self, series: Series) -> Series:
        begun = {at for at, span in series.occurrences.items() if span.start <= self.now}
        return replace(series, fixed=series.fixed | begun)

    def change(self, index: int, at: datetime) -> None:
        """This and following, or all, at another time: on another day of the same week or month too."""
        series, model = self.pairs[index]
        start = at + self.dice.randint(-3, 3) * HOUR
        if self.dice.random() < 0.5:
            start += self.dice.randint(-5, 5) * DAY
        if not self.stays_near(series, at, start):
            return self.edit()
        if self.dice.random() < 0.3:
            start = series.span(at).start  # only its length changes
        span = Span(start, start + self.dice.choice((45, 60, 150)) * timedelta(minutes=1))
        whole, reset = self.dice.random() < 0.4, self.dice.random() < 0.3
        first = model.to_come()[0].planned if whole else at
        expected = series_model.change(model, first, at, span, reset)
        try:
            made = (change_all if whole else change_following)(series, at, span, reset=reset)
        except Invalid:
            assert expected is None, self.seed
            return None
        assert expected is not None, self.seed
        before, after = expected
        assert not made.added
        assert {series.span(each) for each in made.detached} == set(after.singles)
        self.singles += after.singles
        self.pairs[index] = made.after, replace(after, singles=())
        if made.before is not None:
            self.pairs.insert(index, (made.before, before))
        return None

    @staticmethod
    def stays_near(series: Series, at: datetime, start: datetime) -> bool:
        old, new = here(at).date(), here(start).date()
        if series.rule.frequency is Frequency.WEEKLY:
            return old.isocalendar()[:2] == new.isocalendar()[:2]
        return series.rule.frequency is Frequency.DAILY or (old.year, old.month) == (new.year, new.month)

    def compare(self) -> None:
        for series, model in self.pairs:
            assert series.occurrences == model.live(), (self.seed, self.made)
            assert parse_rule(str(series.rule)) == series.rule

    def feed(self) -> tuple[str, Expanded]:
        """The feed of everything, and the occurrences that it should hold."""
        events: list[Event] = []
        expected: Expanded = []
        for number, (series, model) in enumerate(self.pairs):
            events += write_series(series, f"series{number}")
            expected += seconds(model.live().values(), f"series{number}")
        for number, span in enumerate(self.singles):
            events.append(Event(uid=f"single{number}@giaoban", stamp=MONDAY, span=span, title="single"))
        return write_feed("Lịch", events), sorted(expected + seconds(self.singles, "single"))


def test_series_edits() -> None:
    """Rules, a plain list, and ical.js on our feed agree after every edit."""
    feeds: list[tuple[str, Expanded]] = []
    for seed in range(WORLDS):
        edits = Edits(seed)
        for number in range(EDITS):
            edits.edit()
            if number % FEED_EVERY == FEED_EVERY - 1:
                feeds.append(edits.feed())
    for (_text, expected), seen in zip(feeds, expand_feeds([text for text, _expected in feeds]), strict=True):
        assert sorted(seen) == expected
