"""Every query on series and their occurrences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import MeetingSeries
from meetings.errors import NotFound
from meetings.interval import Span
from meetings.kinds import BOOKED, PLANNED, MeetingStatus
from meetings.meeting_store import MeetingBundle, bundle_meetings, is_visible
from meetings.models import Meeting
from meetings.permissions import Actor
from meetings.recurrence import parse_rule
from meetings.series_edits import Series

TO_COME = (*PLANNED, *BOOKED)


@dataclass(frozen=True, slots=True)
class SeriesBundle:
    """A series with every meeting that was made for it, the cancelled ones too, by original start."""

    series: MeetingSeries
    rows: list[MeetingBundle]

    @property
    def id(self) -> int:
        return self.series.id or 0

    def value(self, now: datetime) -> Series:
        return value_of(self.series, [row.meeting for row in self.rows], now)

    def find(self, at: datetime) -> MeetingBundle | None:
        """The occurrence with that original start, unless it was cancelled."""
        return next((row for row in self.rows if row.meeting.recurrence_at == at and takes_place(row.meeting)), None)


def takes_place(meeting: Meeting) -> bool:
    return meeting.status is not MeetingStatus.CANCELLED


def value_of(series: MeetingSeries, meetings: Sequence[Meeting], now: datetime) -> Series:
    """The series as a value: what the rule says, and what its meetings have become."""
    plain = Series(parse_rule(series.rule), series.starts_at, series.minutes)
    live = {row.recurrence_at: row for row in meetings if row.recurrence_at is not None and takes_place(row)}
    spans = {at: Span(row.starts_at, row.ends_at) for at, row in live.items()}
    return replace(
        plain,
        moved={at: span for at, span in spans.items() if span != plain.plan(at)},
        cancelled=frozenset(at for at in plain.starts if at not in live),
        fixed=frozenset(at for at, row in live.items() if row.status not in TO_COME or row.starts_at <= now),
    )


async def get_series(session: AsyncSession, slug: str) -> MeetingSeries:
    series = (await session.exec(select(MeetingSeries).where(MeetingSeries.slug == slug))).first()
    if series is None:
        raise NotFound
    return series


async def load_series(session: AsyncSession, series_id: int, *, lock: bool = False) -> SeriesBundle:
    """``lock``: nobody else changes any of it until the transaction ends; meetings are locked before their series."""
    query = select(Meeting).where(Meeting.series_id == series_id).order_by(col(Meeting.id))
    rows = (await session.exec(query.with_for_update() if lock else query)).all()
    series = await session.get(MeetingSeries, series_id, with_for_update=lock)
    if series is None:
        raise NotFound
    bundles = await bundle_meetings(session, rows)
    return SeriesBundle(series, sorted(bundles, key=lambda row: row.meeting.recurrence_at or row.meeting.starts_at))


async def load_visible_series(session: AsyncSession, actor: Actor, slug: str) -> SeriesBundle:
    """With those of its occurrences that the person may see; ``NotFound`` when there is none."""
    found = await load_series(session, (await get_series(session, slug)).id or 0)
    rows = [row for row in found.rows if is_visible(actor, row)]
    if not rows:
        raise NotFound
    return replace(found, rows=rows)


async def list_parts(session: AsyncSession, series: MeetingSeries) -> list[MeetingSeries]:
    """The series that it was divided from, and those that were divided from it."""
    query = select(MeetingSeries).where(
        (col(MeetingSeries.split_from_id) == series.id) | (col(MeetingSeries.id) == series.split_from_id)
    )
    return list((await session.exec(query.order_by(col(MeetingSeries.starts_at)))).all())


async def next_sequence(session: AsyncSession, meeting: Meeting) -> None:
    """Calendars are to see a change of the meeting: a new SEQUENCE, that of its whole series where it has one.

    Every part of a series goes to calendars under the series' SEQUENCE, so that none is taken for an older one.
    """
    if meeting.series_id is None:
        meeting.sequence += 1
    else:
        series = await session.get(MeetingSeries, meeting.series_id, with_for_update=True)
        if series is None:
            raise NotFound
        series.sequence = meeting.sequence = max(series.sequence, meeting.sequence) + 1
        session.add(series)
    session.add(meeting)
    await session.flush()
