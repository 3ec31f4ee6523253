"""Reads a meeting into the index: what is new is added, what is gone is dropped, what is the same stays untouched."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, update
from sqlmodel import col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.locks import SEARCH, take_lock
from meetings.meeting_store import MeetingBundle
from meetings.room_models import Paper
from transcripts.archive_models import MeetingFile
from transcripts.minutes import Content
from transcripts.models import Minutes, MinutesState, Recording, Segment
from transcripts.search.passages import Passage, cut_minutes, cut_pages, cut_speech, cut_text
from transcripts.search.store import MOST_ENTRIES, add_entries, drop_entries, first_key, list_entries
from transcripts.search_models import EntryKind, SearchDue, SearchEntry
from transcripts.store import list_versions
from transcripts.timeline import Utterance

log = logging.getLogger(__name__)

TAKEN = timedelta(minutes=2)  # a worker that died leaves its meeting to the others after this


@dataclass(frozen=True, slots=True)
class Due:
    """A meeting that must be read, and the last change that was known when it was taken."""

    meeting_id: int
    last: int


async def has_due(session: AsyncSession, now: datetime) -> bool:
    return (await session.exec(select(SearchDue.id).where(_is_free(now)).limit(1))).first() is not None


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(col(SearchDue.taken_until).is_(None), col(SearchDue.taken_until) < now)


async def take_due(session: AsyncSession, now: datetime) -> Due | None:
    """The meeting that changed last of those to be read, kept from other workers for a while."""
    await take_lock(session, SEARCH)
    row = (
        await session.exec(select(SearchDue).where(_is_free(now)).order_by(col(SearchDue.id).desc()).limit(1))
    ).first()
    if row is None or row.id is None:
        return None
    taken = update(SearchDue).where(col(SearchDue.meeting_id) == row.meeting_id, col(SearchDue.id) <= row.id)
    await session.exec(taken.values(taken_until=now + TAKEN))
    return Due(row.meeting_id, row.id)


async def settle_due(session: AsyncSession, due: Due) -> None:
    """The meeting was read; what changed meanwhile is noted behind ``last`` and stays."""
    await session.exec(
        delete(SearchDue).where(col(SearchDue.meeting_id) == due.meeting_id, col(SearchDue.id) <= due.last)
    )


async def gather_passages(
    session: AsyncSession, bundle: MeetingBundle, papers: Mapping[int, Sequence[str]]
) -> list[Passage]:
    """Everything to be found of a meeting. ``papers``: the pages of each by its key. The transcript comes last, for it
    grows while the meeting goes on."""
    found = [*_cut_meeting(bundle)]
    for minutes in await _list_minutes(session, bundle.id):
        approved = minutes.state is MinutesState.APPROVED
        content = Content.from_json(minutes.content)
        found += cut_minutes(content, minutes.id or 0, minutes.version, is_open=approved)
    for paper_id, pages in papers.items():
        found += cut_pages(paper_id, pages)
    for recording_id, utterances in await _list_tracks(session, bundle.id):
        found += cut_speech(recording_id, utterances)
    return found


def _cut_meeting(bundle: MeetingBundle) -> Iterator[Passage]:
    lines = [bundle.meeting.title, *(item.title for item in bundle.agenda)]
    return (Passage(EntryKind.MEETING, text) for text in cut_text(lines))


async def _list_minutes(session: AsyncSession, meeting_id: int) -> list[Minutes]:
    """The latest version that was approved, and what is being written after it."""
    versions = await list_versions(session, meeting_id)
    approved = [minutes for minutes in versions if minutes.state is MinutesState.APPROVED][:1]
    return [minutes for minutes in versions[:1] if minutes not in approved] + approved


async def _list_tracks(session: AsyncSession, meeting_id: int) -> list[tuple[int, list[Utterance]]]:
    """What each recording's speaker said, in the order of the recordings."""
    statement = (
        select(Segment, Recording.speaker)
        .join(Recording, col(Recording.id) == col(Segment.recording_id))
        .where(Segment.meeting_id == meeting_id)
        .order_by(col(Segment.recording_id), col(Segment.starts_at), col(Segment.id))
    )
    rows = (await session.exec(statement)).all()
    return [
        (key, [Utterance(speaker, row.starts_at, row.ends_at, row.text, segment=row.id) for row, speaker in track])
        for key, track in groupby(rows, key=lambda pair: pair[0].recording_id)
    ]


async def list_papers(session: AsyncSession, meeting_id: int) -> list[Paper]:
    """Those that stand: neither withdrawn, nor replaced by a newer version, nor destroyed with the meeting's file."""
    file = await session.get(MeetingFile, meeting_id)
    if file is not None and file.destroyed_at is not None:
        return []
    newer = select(Paper.replaces_id).where(Paper.meeting_id == meeting_id, col(Paper.replaces_id).is_not(None))
    statement = select(Paper).where(
        Paper.meeting_id == meeting_id, col(Paper.withdrawn_at).is_(None), col(Paper.id).not_in(newer)
    )
    return list((await session.exec(statement.order_by(col(Paper.id)))).all())


async def replace_entries(session: AsyncSession, bundle: MeetingBundle, passages: Sequence[Passage]) -> int:
    """Make the index hold just these of the meeting; returns how many entries had to be written."""
    if len(passages) > MOST_ENTRIES:
        log.warning("meeting %s has %s passages, %s are searched", bundle.slug, len(passages), MOST_ENTRIES)
    first = first_key(bundle.meeting.starts_at, bundle.id)
    wanted = {first + place: passage for place, passage in enumerate(passages[:MOST_ENTRIES])}
    present = {entry.id: entry for entry in await list_entries(session, bundle.id)}
    gone = [entry for key, entry in present.items() if key not in wanted or _differs(entry, wanted[key])]
    await drop_entries(session, gone)
    kept = present.keys() - {entry.id for entry in gone}
    for entry in gone:
        session.expunge(entry)
    fresh = [
        SearchEntry(id=key, meeting_id=bundle.id, **{name: getattr(passage, name) for name in FIELDS})
        for key, passage in wanted.items()
        if key not in kept
    ]
    await add_entries(session, fresh)
    return len(fresh)


FIELDS = tuple(Passage.__dataclass_fields__)


def _differs(entry: SearchEntry, passage: Passage) -> bool:
    return any(getattr(entry, name) != getattr(passage, name) for name in FIELDS)
