"""How one person attended, as far as it can be told: proposed to the secretary, who alone confirms it.

Whoever checked in at the hall or was in the room under an own account was there. Of somebody at a site all that is
known is when the site was connected. Nothing can tell of somebody in the hall who did not check in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from meetings.attendance import THRESHOLD, share_of
from meetings.interval import Span, clip, total, union
from meetings.kinds import Answer, Attended

GRACE = timedelta(minutes=15)  # later than this after the start is late; earlier than this before the end, left early


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What is known of one person. ``own`` are the intervals of the own account, ``site`` those of the person's site.

    ``excuse``: why the person is absent with the chair's leave. ``arrived_at``: when the person checked in.
    """

    in_hall: bool = False
    own: Sequence[Span] = ()
    site: Sequence[Span] = ()
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    answer: Answer = Answer.NEEDS_ACTION
    note: str = ""
    excuse: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """``attended`` is ``None`` where nothing can be told."""

    attended: Attended | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    reason: str = ""


def propose_person(facts: PersonFacts, meeting: Span, threshold: Fraction = THRESHOLD) -> Proposal:
    """What the person's own traces say; without any, what was answered; at last, whether the site was connected."""
    if facts.arrived_at is not None:
        return _judge(facts.arrived_at, facts.left_at, meeting)
    own = union(clip(facts.own, meeting))
    if own:
        return _judge(own[0].start, own[-1].end, meeting)
    if facts.excuse:
        return Proposal(Attended.EXCUSED, reason=facts.excuse)
    if facts.answer is Answer.DECLINED:
        return Proposal(Attended.EXCUSED if facts.note else Attended.UNEXCUSED, reason=facts.note)
    if facts.in_hall:
        return Proposal()
    site = union(clip(facts.site, meeting))
    if site and share_of(total(site), meeting) >= threshold:
        return _judge(site[0].start, site[-1].end, meeting)
    return Proposal(Attended.UNEXCUSED)


def _judge(arrived_at: datetime, left_at: datetime | None, meeting: Span) -> Proposal:
    attended = Attended.PRESENT
    if arrived_at > meeting.start + GRACE:
        attended = Attended.LATE
    elif left_at is not None and left_at < meeting.end - GRACE:
        attended = Attended.LEFT_EARLY
    return Proposal(attended, arrived_at, left_at)
