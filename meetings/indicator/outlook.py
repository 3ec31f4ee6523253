"""What the booked meetings of a period can still change."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.indicator.fact_store import INVITATION, MEETING
from meetings.indicator.figures import Pair, to_goal
from meetings.indicator.pairs import CONVENERS, find_counted
from meetings.indicator.ratio import Ratio, needed_online
from meetings.kinds import LIVE, Form
from meetings.models import Target
from meetings.org_tree import UnitHistory
from meetings.periods import Period, local_day


@dataclass(frozen=True, slots=True)
class Outlook:
    """Meetings of the pair that are booked and still to end in the period, and how many are planned as online.

    ``needed``: how many of them must be online to reach the target; ``None`` without one or when it is out of reach.
    """

    meetings: int
    planned_online: int
    needed: int | None


async def find_outlook(
    session: AsyncSession, history: UnitHistory, pair: Pair, period: Period, ratio: Ratio, target: Target | None
) -> Outlook:
    """By the units of each meeting's planned day. Meetings that will not count are left out."""
    query = select(MEETING.c.id, MEETING.c.convening_unit_id, MEETING.c.planned_form, MEETING.c.ends_at).where(
        MEETING.c.status.in_(LIVE),
        MEETING.c.ends_at >= period.span.start,
        MEETING.c.ends_at < period.span.end,
        MEETING.c.exclusion == "",
        MEETING.c.relayed_from == "",
    )
    connection = await session.connection()
    meetings = (await connection.execute(query)).all()
    of_them = select(INVITATION.c.meeting_id, INVITATION.c.unit_id).where(
        INVITATION.c.meeting_id.in_(query.with_only_columns(MEETING.c.id))
    )
    invited: dict[int, set[int]] = defaultdict(set)
    for row in (await connection.execute(of_them)).all() if meetings else ():
        invited[row.meeting_id].add(row.unit_id)
    coming = [
        row for row in meetings if _will_count(history, pair, row.convening_unit_id, invited[row.id], row.ends_at)
    ]
    return Outlook(
        meetings=len(coming),
        planned_online=sum(row.planned_form is Form.ONLINE for row in coming),
        needed=None if target is None else needed_online(ratio, to_goal(target), len(coming)),
    )


def _will_count(history: UnitHistory, pair: Pair, convening: int, invited: set[int], ends_at: datetime) -> bool:
    tree = history.at(local_day(ends_at))
    convener = tree.get(convening)
    if convener is None or convener.level != pair[0] or convener.kind not in CONVENERS:
        return False
    counted = (find_counted(unit_id, tree) for unit_id in invited)
    return any(unit is not None and unit.level == pair[1] for unit in counted)
