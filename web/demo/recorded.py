"""The recorded meeting of the demo: its sound, its transcript and its minutes, from the folder ``recorded``.

``web/demo/make_record.py`` made them once through the real pipeline; it says what ``record.json`` holds. A track's
``site`` is the name of one of the meeting's sites (its hall or one of an invitation). The numbers in the minutes'
``segments`` are places in the list of segments and become the keys of rows when they are loaded. ``mix.webm`` is all
tracks in one, on the meeting's clock.
"""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.meeting_store import MeetingBundle, get_meeting_by_id
from meetings.models import Meeting, Site
from transcripts.minutes import Content, sha256
from transcripts.minutes_models import CommentState, MinutesComment, MinutesRevision, RevisionCause
from transcripts.models import (
    JobKind,
    Minutes,
    MinutesState,
    Recording,
    RecordingSpan,
    RecordingState,
    Segment,
)
from transcripts.store import enqueue

FOLDER = Path(__file__).with_name("recorded")
MIX = "mix.webm"


async def load_recorded(session: AsyncSession, meeting: Meeting, data_dir: Path, now: datetime) -> None:
    """Give ``meeting`` its recordings, transcript and approved minutes; copy the sound to ``<data_dir>/recordings``.

    The documents are rendered by the worker, as always.
    """
    record = json.loads((FOLDER / "record.json").read_text(encoding="utf-8"))
    folder = data_dir / "recordings" / meeting.slug
    folder.mkdir(parents=True, exist_ok=True)
    recordings = await add_recordings(session, meeting, record["tracks"], folder)
    keys = await add_segments(session, record, recordings)
    shutil.copyfile(FOLDER / MIX, folder / MIX)
    await add_minutes(session, meeting, record["minutes"], keys, now)


async def add_recordings(
    session: AsyncSession, meeting: Meeting, tracks: list[dict[str, Any]], folder: Path
) -> list[Recording]:
    """A row for each track, and its file where the recorder would have put it."""
    sites = await list_sites_by_name(session, meeting)
    began = meeting.started_at or meeting.starts_at
    recordings = []
    for track in tracks:
        site = sites[track["site"]]
        shutil.copyfile(FOLDER / track["file"], folder / track["file"])
        started_at = began + timedelta(seconds=track["started_at_offset_s"])
        recordings.append(
            Recording(
                meeting_id=meeting.id or 0,
                identity=f"demo:{site.id}",
                speaker=site.name,
                site_id=site.id,
                unit_id=site.unit_id,
                path=f"{meeting.slug}/{track['file']}",
                started_at=started_at,
                ended_at=started_at + timedelta(seconds=track["duration_s"]),
                state=RecordingState.TRANSCRIBED,
                is_demo=True,
            )
        )
    session.add_all(recordings)
    chair = (await get_meeting_by_id(session, meeting.id or 0)).chair.full_name
    session.add(
        RecordingSpan(
            meeting_id=meeting.id or 0,
            started_at=min(recording.started_at for recording in recordings),
            started_by=chair,
            ended_at=meeting.ended_at,
            ended_reason="ended",
        )
    )
    await session.flush()
    return recordings


async def list_sites_by_name(session: AsyncSession, meeting: Meeting) -> dict[str, Site]:
    bundle = await get_meeting_by_id(session, meeting.id or 0)
    sites = [bundle.hall, *(invited.site for invited in bundle.invitations)]
    return {site.name: site for site in sites if site is not None}


async def add_segments(session: AsyncSession, record: dict[str, Any], recordings: list[Recording]) -> list[int]:
    """The transcript's rows. Returns their keys in the order of the file."""
    rows = []
    for segment in record["segments"]:
        recording = recordings[segment["track"]]
        rows.append(
            Segment(
                meeting_id=recording.meeting_id,
                recording_id=recording.id or 0,
                starts_at=recording.started_at + timedelta(seconds=segment["start"]),
                ends_at=recording.started_at + timedelta(seconds=segment["end"]),
                text=segment["text"],
                suspect=segment["suspect"],
                confidence=segment["confidence"],
            )
        )
    session.add_all(rows)
    await session.flush()
    return [row.id or 0 for row in rows]


async def add_minutes(
    session: AsyncSession, meeting: Meeting, content: dict[str, Any], keys: list[int], now: datetime
) -> None:
    """The minutes, approved by the chair; the worker will make their documents."""
    bundle = await get_meeting_by_id(session, meeting.id or 0)
    ended_at = meeting.ended_at or meeting.ends_at
    checked = Content.from_json(renumber(content, keys))
    minutes = Minutes(
        meeting_id=meeting.id or 0,
        revision=3,
        state=MinutesState.APPROVED,
        content=checked.to_json(),
        content_sha256=sha256(checked),
        edited_at=ended_at + timedelta(hours=1),
        edited_by=bundle.secretary.full_name,
        submitted_at=ended_at + timedelta(hours=2),
        submitted_by=bundle.secretary.full_name,
        approved_at=ended_at + timedelta(hours=3),
        approved_by=bundle.chair.full_name,
        is_demo=True,
    )
    session.add(minutes)
    await session.flush()
    add_work(session, minutes, bundle, ended_at)
    await enqueue(session, JobKind.DOCUMENT, minutes.id or 0, meeting.id or 0, now)


def add_work(session: AsyncSession, minutes: Minutes, bundle: MeetingBundle, ended_at: datetime) -> None:
    """What the secretary saved on the way, and what a unit said of the draft."""
    for revision, (cause, hours, who) in enumerate(
        (
            (RevisionCause.DRAFT, 0, ""),
            (RevisionCause.SAVE, 1, bundle.secretary.full_name),
            (RevisionCause.APPROVE, 3, bundle.chair.full_name),
        ),
        1,
    ):
        at = ended_at + timedelta(hours=hours)
        content = {**minutes.content, "recipients": []} if cause is RevisionCause.DRAFT else minutes.content
        session.add(
            MinutesRevision(
                minutes_id=minutes.id or 0,
                revision=revision,
                cause=cause,
                content=content,
                began_at=at,
                saved_at=at,
                saved_by=who,
            )
        )
    session.add(
        MinutesComment(
            minutes_id=minutes.id or 0,
            unit_id=bundle.invitations[0].unit.id,
            author="Đầu mối đơn vị",
            text="Đề nghị gửi biên bản tới tất cả các điểm cầu.",
            written_at=ended_at + timedelta(minutes=30),
            state=CommentState.ACCEPTED,
            answer="Đã bổ sung nơi nhận.",
            settled_at=ended_at + timedelta(hours=1),
            settled_by=bundle.secretary.full_name,
        )
    )


def renumber(value: Any, keys: list[int]) -> Any:
    """The same JSON with the numbers in every ``segments`` replaced by the keys of the rows."""
    if isinstance(value, list):
        return [renumber(each, keys) for each in value]
    if isinstance(value, dict):
        return {
            name: [keys[number] for number in each] if name == "segments" else renumber(each, keys)
            for name, each in value.items()
        }
    return value
