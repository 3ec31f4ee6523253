"""Queries on what the work on minutes leaves behind: their revisions, and the comments of the sites."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import defer
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from transcripts.minutes_models import CommentState, MinutesComment, MinutesRevision, RevisionCause
from transcripts.models import Minutes

TYPING = timedelta(minutes=1)  # saves of one person who types on, of which the last is kept


async def keep_first(session: AsyncSession, minutes: Minutes) -> None:
    """Keep the content that stands there now, if no revision of it is kept yet."""
    if minutes.id is not None and await _last_revision(session, minutes.id) is None:
        session.add(_revision(minutes, minutes.id, RevisionCause.DRAFT, minutes.edited_by, minutes.edited_at))
        await session.flush()


async def keep_revision(
    session: AsyncSession, minutes: Minutes, cause: RevisionCause, saved_by: str, now: datetime
) -> None:
    """Keep the content as it is after a change; typing on replaces the row of the same minute."""
    await session.flush()
    if minutes.id is None:
        raise ValueError("minutes without a row have no revisions")
    last = await _last_revision(session, minutes.id)
    typed = cause is RevisionCause.SAVE
    if typed and last and (last.cause, last.saved_by) == (cause, saved_by[:150]) and now - last.began_at < TYPING:
        last.revision, last.content, last.saved_at = minutes.revision, minutes.content, now
    else:
        session.add(_revision(minutes, minutes.id, cause, saved_by, now))
    await session.flush()


def _revision(minutes: Minutes, minutes_id: int, cause: RevisionCause, saved_by: str, at: datetime) -> MinutesRevision:
    return MinutesRevision(
        minutes_id=minutes_id,
        revision=minutes.revision,
        cause=cause,
        content=minutes.content,
        began_at=at,
        saved_at=at,
        saved_by=saved_by[:150],
    )


async def _last_revision(session: AsyncSession, minutes_id: int) -> MinutesRevision | None:
    query = select(MinutesRevision).where(MinutesRevision.minutes_id == minutes_id)
    return (await session.exec(query.order_by(col(MinutesRevision.revision).desc()).limit(1))).first()


async def list_revisions(session: AsyncSession, minutes_ids: Collection[int]) -> list[MinutesRevision]:
    """Without their contents; the latest first."""
    query = select(MinutesRevision).where(col(MinutesRevision.minutes_id).in_(minutes_ids))
    query = query.order_by(col(MinutesRevision.minutes_id).desc(), col(MinutesRevision.revision).desc())
    query = query.options(defer(MinutesRevision.content))  # type: ignore[arg-type]  # typed as its value, is the column
    return list((await session.exec(query)).all())


async def find_revision(
    session: AsyncSession, minutes_ids: Collection[int], revision_id: int
) -> MinutesRevision | None:
    """One with its content, if it is of these minutes."""
    query = select(MinutesRevision).where(MinutesRevision.id == revision_id)
    return (await session.exec(query.where(col(MinutesRevision.minutes_id).in_(minutes_ids)))).first()


async def list_comments(session: AsyncSession, minutes_ids: Collection[int]) -> list[MinutesComment]:
    """In the order in which they were written."""
    query = select(MinutesComment).where(col(MinutesComment.minutes_id).in_(minutes_ids))
    return list((await session.exec(query.order_by(col(MinutesComment.id)))).all())


async def count_comments(
    session: AsyncSession, minutes_id: int, state: CommentState | None = None, *, unit_id: int | None = None
) -> int:
    """All, or those of a state, or those of a unit."""
    query = select(func.count()).select_from(MinutesComment).where(MinutesComment.minutes_id == minutes_id)
    if state is not None:
        query = query.where(MinutesComment.state == state)
    if unit_id is not None:
        query = query.where(MinutesComment.unit_id == unit_id)
    return (await session.exec(query)).one()


async def find_comment(session: AsyncSession, minutes_id: int, comment_id: int) -> MinutesComment | None:
    """If it is one on these minutes; nobody else settles it meanwhile."""
    query = select(MinutesComment).where(MinutesComment.id == comment_id, MinutesComment.minutes_id == minutes_id)
    return (await session.exec(query.with_for_update())).first()
