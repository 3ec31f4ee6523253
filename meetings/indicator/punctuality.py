"""How many invitations to the eligible meetings of a period left in time (QĐ 45/2018/QĐ-TTg: three working days)."""

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.deadline_store import load_working_days
from meetings.deadlines import sending_due
from meetings.document_models import OfficialDocument
from meetings.indicator.fact_store import FACT, MEETING, table_of
from meetings.indicator.figures import Pair
from meetings.indicator.ratio import ELIGIBLE
from meetings.kinds import DocumentKind, DocumentState
from meetings.periods import Period

DOCUMENT = table_of(OfficialDocument)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """``in_time`` of ``invitations`` that were issued here; urgent meetings are exempt and in neither."""

    in_time: int
    invitations: int

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.in_time, self.invitations) if self.invitations else None


async def count_punctual(session: AsyncSession, pair: Pair, period: Period) -> Punctuality:
    """By the first official invitation of each meeting; a letter before it does not count."""
    query = (
        select(MEETING.c.starts_at, func.min(DOCUMENT.c.issued_at).label("issued_at"))
        .join(DOCUMENT, DOCUMENT.c.meeting_id == MEETING.c.id)
        .join(FACT, FACT.c.meeting_id == MEETING.c.id)
        .where(
            DOCUMENT.c.kind == DocumentKind.INVITATION.value,
            DOCUMENT.c.state == DocumentState.ISSUED,
            DOCUMENT.c.preliminary.is_(False),
            DOCUMENT.c.issued_at.is_not(None),
            MEETING.c.urgent.is_(False),
            FACT.c.upper == pair[0],
            FACT.c.lower == pair[1],
            FACT.c.ended_on.between(period.start, period.end),
            FACT.c.outcome_majority.in_(sorted(ELIGIBLE)),
        )
        .group_by(MEETING.c.id, MEETING.c.starts_at)
    )
    rows = (await (await session.connection()).execute(query)).all()
    if not rows:
        return Punctuality(0, 0)
    working = await load_working_days(session)
    in_time = sum(row.issued_at < sending_due(row.starts_at, working) for row in rows)
    return Punctuality(in_time, len(rows))
