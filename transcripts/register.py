"""The register of minutes: which meetings have minutes, and how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.folding import fold
from meetings.meeting_store import MeetingBundle, bundle_meetings
from meetings.models import Meeting
from meetings.permissions import Actor, may_view_minutes
from meetings.record_permissions import may_read_for_comments
from transcripts.models import Minutes, MinutesState

CHUNK = 100


@dataclass(frozen=True)
class Entry:
    """The latest version of a meeting's minutes that the person may see, if only to comment on it."""

    bundle: MeetingBundle
    version: int
    state: MinutesState
    edited_at: datetime
    approved_at: datetime | None
    comments_until: date | None


async def list_register(
    session: AsyncSession,
    actor: Actor,
    *,
    state: MinutesState | None = None,
    text: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 100,
) -> list[Entry]:
    """At most ``limit`` entries of meetings that began in ``[start, end)``, the latest meeting first.

    ``text`` is looked for in the title without regard to case and marks. Somebody who may see only approved minutes is
    shown the latest approved version.
    """
    query = select(Meeting).where(col(Meeting.id).in_(select(Minutes.meeting_id)))
    if start is not None:
        query = query.where(col(Meeting.starts_at) >= start)
    if end is not None:
        query = query.where(col(Meeting.starts_at) < end)
    meetings = (await session.exec(query.order_by(col(Meeting.starts_at).desc(), col(Meeting.id).desc()))).all()
    wanted = [meeting for meeting in meetings if fold(text) in fold(meeting.title)]
    entries: list[Entry] = []
    for first in range(0, len(wanted), CHUNK):
        found = await _read_entries(session, actor, wanted[first : first + CHUNK])
        entries.extend(entry for entry in found if state is None or entry.state is state)
        if len(entries) >= limit:
            break
    return entries[:limit]


async def _read_entries(session: AsyncSession, actor: Actor, meetings: Sequence[Meeting]) -> list[Entry]:
    bundles = {bundle.id: bundle for bundle in await bundle_meetings(session, meetings)}
    query = select(Minutes).where(col(Minutes.meeting_id).in_(bundles)).order_by(col(Minutes.version).desc())
    shown: dict[int, Entry] = {}
    for row in (await session.exec(query.options(defer(Minutes.content)))).all():  # type: ignore[arg-type]  # a column
        bundle = bundles[row.meeting_id]
        approved = row.state is MinutesState.APPROVED
        may = may_view_minutes(actor, bundle.meeting, bundle.invited_unit_ids, approved=approved)
        out = row.state is MinutesState.COMMENTS and may_read_for_comments(actor, bundle.invited_unit_ids)
        if row.meeting_id not in shown and (may or out):
            shown[row.meeting_id] = Entry(
                bundle, row.version, row.state, row.edited_at, row.approved_at, row.comments_until
            )
    return [shown[meeting_id] for meeting_id in bundles if meeting_id in shown]
