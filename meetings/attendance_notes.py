"""What the attendance says beside a unit's name: where its line was lost, that it was on the telephone, and why.

The words go into minutes, which are in Vietnamese whatever language a page has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from meetings.interval import Span
from meetings.kinds import IncidentKind
from meetings.periods import ZONE

LONGEST = 300  # letters of a note
WORDS = {
    IncidentKind.LOST_CONNECTION: "mất kết nối",
    IncidentKind.TELEPHONE: "dự bằng điện thoại",
    IncidentKind.NO_SOUND: "mất tiếng",
    IncidentKind.NO_PICTURE: "mất hình",
    IncidentKind.POWER: "mất điện",
    IncidentKind.OTHER: "sự cố",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """An incident. ``ends_at`` is ``None`` when it lasted to the meeting's end."""

    kind: IncidentKind
    starts_at: datetime
    ends_at: datetime | None
    text: str = ""


def describe_unit(lost: Sequence[Span], troubles: Iterable[Trouble], meeting: Span) -> str:
    """``Mất kết nối từ 08:10 đến 08:15; dự bằng điện thoại từ 08:15 đến hết cuộc họp (mất điện tại trụ sở)``.

    A break that was both measured and noted is told once, as it was noted.
    """
    noted = [each for each in troubles if each.kind in WORDS and _touches(each, meeting)]
    calls = [each for each in noted if each.kind is IncidentKind.LOST_CONNECTION]
    measured = [
        Trouble(IncidentKind.LOST_CONNECTION, span.start, None if span.end == meeting.end else span.end)
        for span in lost
        if not any(_overlap(call, span, meeting) for call in calls)
    ]
    told = [describe(each, meeting) for each in sorted([*noted, *measured], key=lambda each: each.starts_at)]
    return _join(told)


def describe(trouble: Trouble, meeting: Span) -> str:
    """One incident in words, without a capital letter."""
    until = "hết cuộc họp" if trouble.ends_at is None or trouble.ends_at >= meeting.end else spell(trouble.ends_at)
    reason = f" ({trouble.text.strip().rstrip('.')})" if trouble.text.strip() else ""
    return f"{WORDS[trouble.kind]} từ {spell(max(trouble.starts_at, meeting.start))} đến {until}{reason}"


def spell(at: datetime) -> str:
    """The province's wall time, ``08:05``."""
    return f"{at.astimezone(ZONE):%H:%M}"


def _touches(trouble: Trouble, meeting: Span) -> bool:
    return trouble.starts_at < meeting.end and (trouble.ends_at is None or trouble.ends_at > meeting.start)


def _overlap(trouble: Trouble, span: Span, meeting: Span) -> bool:
    return trouble.starts_at < span.end and (trouble.ends_at or meeting.end) > span.start


def _join(told: Sequence[str]) -> str:
    """As many as a note holds, the first with a capital letter."""
    note = ""
    for number, each in enumerate(told):
        text = f"{note}; {each}" if note else each[:1].upper() + each[1:]
        left = len(told) - number - 1
        room = LONGEST - (len("; và 99 sự cố khác") if left else 0)
        if len(text) > room:
            return f"{note}; và {left + 1} sự cố khác" if note else text[: LONGEST - 1] + "…"
        note = text
    return note
