"""What a series is in calendars: one event with a rule, and what differs from it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import mode

from meetings.calendar_models import MeetingSeries
from meetings.interval import Span
from meetings.invitations.ical import Event
from meetings.kinds import LIVE, OVER
from meetings.meeting_store import MeetingBundle
from meetings.recurrence import list_starts, parse_rule


def make_events(
    series: MeetingSeries, bundles: Sequence[MeetingBundle], describe: Callable[[MeetingBundle], Event], url: str
) -> list[Event]:
    """A series as iCalendar: one event with the rule, and one more for each occurrence that differs from it.

    ``bundles``: those of its meetings that the reader may see; all other days of the rule are left out by EXDATE.
    ``describe``: a single meeting as an event. ``url``: the page of the series, where nothing else differs.
    """
    seen = {row.meeting.recurrence_at: row for row in bundles if row.meeting.status in (*LIVE, *OVER)}
    starts = list_starts(parse_rule(series.rule), series.starts_at)
    events = {at: describe(seen[at]) for at in starts if at in seen}
    if not events:
        return []
    length = timedelta(minutes=series.minutes)
    likenesses = {at: _likeness(event) for at, event in events.items()}
    usual = mode(likenesses.values())
    master = replace(
        usual,
        uid=series.uid,
        sequence=series.sequence,
        span=Span(series.starts_at, series.starts_at + length),
        url=url,
        rule=series.rule,
        exdates=tuple(at for at in starts if at not in events),
    )
    overrides = [
        replace(event, uid=series.uid, sequence=series.sequence, recurrence_at=at)
        for at, event in events.items()
        if event.span != Span(at, at + length) or likenesses[at] != usual
    ]
    return [master, *overrides]


def _likeness(event: Event) -> Event:
    """The event without what every occurrence has for itself."""
    return replace(event, uid="", sequence=0, span=Span(event.stamp, event.stamp), url="", recurrence_at=None)
