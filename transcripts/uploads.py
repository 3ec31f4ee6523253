"""Sound or video of a meeting that was held elsewhere: announced, brought in pieces, made into a recording.

What a file is, its bytes say: only the worker opens it. Its sound is kept as the recorder would have written it, so
that all that follows is the same; the picture is not kept, and the file itself is deleted, its hash in the log.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.kinds import MeetingStatus
from meetings.meeting_store import MeetingBundle, get_meeting_by_id, lock_meeting_by_id
from meetings.permissions import Actor
from meetings.record_permissions import may_manage_recordings
from transcripts import store
from transcripts.archive_models import MeetingFile
from transcripts.models import JobKind
from transcripts.upload_models import Upload

KEPT_DAYS = 7  # a file that stopped coming
MOST_OPEN = 20  # files of one meeting that are on their way
SPAN = timedelta(days=2)  # around the meeting, in which its recordings begin


@dataclass(frozen=True)
class Announced:
    """What is told of a file before it comes."""

    name: str
    size: int
    speaker: str
    site_id: int | None
    starts_at: datetime


def upload_path(folder: Path, token: str) -> Path:
    """Where the pieces of a file lie. ``folder`` is that of the recordings."""
    return folder / "uploads" / token


async def announce(session: AsyncSession, actor: Actor, meeting_id: int, told: Announced, now: datetime) -> Upload:
    """A place for a file; the same one again for a file that stopped coming."""
    await lock_meeting_by_id(session, meeting_id)  # as whoever decides that its recordings are destroyed does
    bundle = await _load(session, actor, meeting_id)
    _check(bundle, told)
    file = await session.get(MeetingFile, meeting_id, populate_existing=True)
    if file is not None and file.media_destroyed_at is not None:
        raise Conflict(N_("Bản ghi âm của cuộc họp đã được tiêu hủy theo quyết định nên không nhận thêm tệp."))
    waiting = [row for row in await list_uploads(session, meeting_id) if row.finished_at is None]
    for row in waiting:
        if (row.name, row.size, row.starts_at, row.speaker) == (told.name, told.size, told.starts_at, told.speaker):
            return row
    if len(waiting) >= MOST_OPEN:
        raise Conflict(N_("Đang có {n} tệp tải lên dở dang. Hãy tải tiếp hoặc bỏ bớt rồi thêm tệp mới."), n=MOST_OPEN)
    site = next((each for each in bundle.invitations if each.site and each.site.id == told.site_id), None)
    upload = Upload(
        token=secrets.token_urlsafe(32),
        meeting_id=meeting_id,
        name=told.name,
        size=told.size,
        speaker=told.speaker,
        site_id=site.site.id if site and site.site else None,
        unit_id=site.unit.id if site else None,
        starts_at=told.starts_at,
        created_at=now,
        created_by=actor.name[:150],
    )
    session.add(upload)
    await session.flush()
    detail = {"name": told.name, "size": told.size, "speaker": told.speaker}
    await write_entry(session, actor, "recording.upload", f"meeting:{meeting_id}", detail, now)
    return upload


def _check(bundle: MeetingBundle, told: Announced) -> None:
    meeting = bundle.meeting
    if meeting.status is MeetingStatus.CANCELLED:
        raise Conflict(N_("Cuộc họp đã hủy nên không nhận bản ghi âm."))
    if not told.speaker:
        raise Invalid(N_("Hãy ghi tên người nói hoặc điểm cầu của tệp."), field="speaker")
    begin = meeting.started_at or meeting.starts_at
    if abs(told.starts_at - begin) > SPAN:
        raise Invalid(N_("Giờ bắt đầu của tệp cách giờ họp quá hai ngày. Hãy kiểm tra lại ngày."), field="starts_at")


async def finish_upload(session: AsyncSession, upload: Upload, now: datetime) -> None:
    """All of it has come: have its sound taken out. A second call changes nothing, nor one for a file given up."""
    changed = await session.exec(
        update(Upload)
        .where(col(Upload.id) == upload.id, col(Upload.finished_at).is_(None))
        .values(finished_at=now)
        .returning(col(Upload.id))
    )
    if changed.first() is not None:
        await store.enqueue(session, JobKind.IMPORT, upload.id or 0, upload.meeting_id, now)


async def withdraw(session: AsyncSession, actor: Actor, meeting_id: int, token: str, now: datetime) -> Upload:
    """Give up a file that has not become a recording; its pieces are the caller's to delete."""
    await _load(session, actor, meeting_id)
    await lock_meeting_by_id(session, meeting_id)  # as the worker does that makes it a recording
    upload = await get_upload(session, meeting_id, token)
    if upload.recording_id is not None:
        raise Conflict(N_("Tệp này đã thành bản ghi của cuộc họp nên không bỏ được nữa."))
    await store.remove_job(session, JobKind.IMPORT, upload.id or 0)
    await session.delete(upload)
    await write_entry(session, actor, "recording.withdraw", f"meeting:{meeting_id}", {"name": upload.name}, now)
    return upload


async def drop_stale(session: AsyncSession, now: datetime) -> list[str]:
    """Forget the files that stopped coming long ago; their tokens, for the caller to delete the pieces.

    In a transaction of its own, for it holds files of any meeting without the meeting's lock.
    """
    old = col(Upload.created_at) < now - timedelta(days=KEPT_DAYS)
    dropped = await session.exec(
        delete(Upload).where(old, col(Upload.finished_at).is_(None)).returning(col(Upload.token))
    )
    return list(dropped.scalars())


async def list_uploads(session: AsyncSession, meeting_id: int) -> Sequence[Upload]:
    """Files that came or are coming, in the order in which they were announced."""
    statement = select(Upload).where(Upload.meeting_id == meeting_id).order_by(col(Upload.id))
    return (await session.exec(statement)).all()


async def get_upload(session: AsyncSession, meeting_id: int, token: str) -> Upload:
    statement = select(Upload).where(Upload.token == token, Upload.meeting_id == meeting_id)
    upload = (await session.exec(statement)).first()
    if upload is None:
        raise NotFound
    return upload


async def _load(session: AsyncSession, actor: Actor, meeting_id: int) -> MeetingBundle:
    bundle = await get_meeting_by_id(session, meeting_id)
    if not may_manage_recordings(actor, bundle.meeting):
        raise NotAllowed
    return bundle
