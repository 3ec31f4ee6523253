"""The last of the ten thousand random edits of series, through the use cases: the rows of the database, the value that
an edit should make of them, and what ical.js reads in our feed are the same."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import col, select

from meetings import actions
from meetings.booking_checks import draft_of
from meetings.calendar_models import MeetingSeries
from meetings.errors import Conflict, Invalid
from meetings.interval import Span
from meetings.invitations.ical import Event, write_feed
from meetings.invitations.letters import make_event
from meetings.invitations.series_events import make_events
from meetings.kinds import BOOKED
from meetings.meeting_store import MeetingBundle
from meetings.models import Meeting
from meetings.recurrence import parse_rule
from meetings.series_edits import (
    Scope,
    Series,
    begin_series,
    cancel_one,
    cancel_some,
    change_all,
    change_following,
    move_one,
)
from meetings.series_store import SeriesBundle, load_series
from tests.factories import NOW, World, key
from tests.meetings.test_series_actions import DAY, HOUR, MONDAY, draft_on
from tests.meetings.test_series_edits import Expanded, cancel_from, expand_feeds
from web.database import Database

EDITS, FEED_EVERY, LATEST = 80, 8, 4
RULES = ("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=8", "FREQ=DAILY;INTERVAL=2;COUNT=7", "FREQ=MONTHLY;BYDAY=-1MO;COUNT=6")


class Rows:
    """Series in a database, and random edits of them. What each should have made of its series is worked out apart."""

    def __init__(self, database: Database, world: World) -> None:
        self.database, self.world = database, world
        self.dice = random.Random(4)
        self.now = NOW
        self.actor = world.actors["secretary"]
        self.made = self.begun = 0

    async def load(self) -> list[SeriesBundle]:
        """The latest series: those from which others were divided long ago change no more."""
        async with self.database.read() as session:
            rows = (
                await session.exec(select(MeetingSeries).order_by(col(MeetingSeries.id).desc()).limit(LATEST))
            ).all()
            return [await load_series(session, key(row)) for row in rows]

    async def edit(self) -> None:
        """One more edit; where no series has anything to come, a new one."""
        if self.dice.random() < 0.04:
            self.now += self.dice.randint(1, 8) * DAY
        open_ones = [found for found in await self.load() if found.value(self.now).to_come]
        if not open_ones:
            return await self.begin()
        found = self.dice.choice(open_ones)
        value = found.value(self.now)
        at = self.dice.choice(value.to_come)
        row = found.find(at)
        assert row is not None
        try:
            expected = await self.change(found, value, at, row)
        except Conflict:  # with another occurrence of the same chair: nothing may have changed
            expected = value
        except Invalid:  # the new day is taken, or has gone by: nothing either
            expected = value
        self.made += 1
        async with self.database.read() as session:
            after = await load_series(session, found.id)
        assert after.value(self.now).occurrences == expected.occurrences
        return None

    async def begin(self) -> None:
        self.begun += 1
        start = MONDAY + 400 * self.begun * DAY
        self.now = start - 2 * DAY
        series = begin_series(parse_rule(self.dice.choice(RULES)), start, 60)
        async with self.database.write() as session:
            await actions.book_series(session, self.actor, draft_on(self.world, start), series, self.now)

    async def change(self, found: SeriesBundle, value: Series, at: datetime, row: MeetingBundle) -> Series:
        """Carry out one edit; the value that the series should have now."""
        start = value.span(at).start + self.dice.randint(-2, 3) * HOUR + self.dice.choice((0, 0, 1)) * DAY
        span = Span(start, start + self.dice.choice((1, 2)) * HOUR)
        slug, version = row.slug, row.meeting.version
        which = self.dice.randrange(10)
        async with self.database.write() as session:
            if which < 3:
                await actions.move_meeting(session, self.actor, slug, span, version, self.now)
                return move_one(value, at, span)
            if which < 5:
                await actions.cancel_meeting(session, self.actor, slug, "Bận", self.now)
                return cancel_one(value, at)
            if which == 5:
                scope = self.dice.choice((Scope.FOLLOWING, Scope.ALL))
                await actions.cancel_series(session, self.actor, slug, "Thôi", scope, self.now)
                return cancel_from(value, at) if scope is Scope.FOLLOWING else cancel_some(value, value.to_come)
            scope, reset = self.dice.choice((Scope.FOLLOWING, Scope.ALL)), self.dice.random() < 0.3
            draft = replace(draft_of(row), title=f"Họp {self.made}", starts_at=span.start, ends_at=span.end)
            await actions.edit_series(session, self.actor, slug, draft, version, scope, self.now, reset=reset)
            change = (change_following if scope is Scope.FOLLOWING else change_all)(value, at, span, reset=reset)
            return change.before or change.after

    async def feed(self) -> tuple[str, Expanded]:
        """Our feed of all, and by the rows alone what it should hold."""
        events: list[Event] = []
        meetings: list[Meeting] = []
        for found in await self.load():
            events += make_events(
                found.series, found.rows, lambda row: make_event(row, NOW, series_url="https://hop/s"), "https://hop/s"
            )
            meetings += [row.meeting for row in found.rows if row.meeting.status in BOOKED]
        return write_feed("Lịch", events), sorted(
            (row.starts_at.timestamp(), row.ends_at.timestamp(), row.title) for row in meetings
        )


def check_feeds(feeds: Sequence[tuple[str, Expanded]]) -> None:
    for (_text, expected), seen in zip(feeds, expand_feeds([text for text, _expected in feeds]), strict=True):
        assert sorted(seen) == expected


async def test_rows_feed_and_second_reader_agree_after_every_edit(database: Database, world: World) -> None:
    rows = Rows(database, world)
    feeds = []
    while rows.made < EDITS:
        await rows.edit()
        if rows.made % FEED_EVERY == 0:
            feeds.append(await rows.feed())
    check_feeds(feeds)
