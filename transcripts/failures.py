"""Work on recordings that was given up: who has to know, and trying it again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.meeting_store import get_meeting_by_id, lock_meeting_by_id
from meetings.permissions import Actor
from meetings.record_permissions import may_manage_recordings
from transcripts import store
from transcripts.errors import Reason, read_reason
from transcripts.models import Job, JobKind, JobState, Recording, RecordingState
from transcripts.upload_models import Upload


@dataclass(frozen=True)
class Failure:
    """One piece of work that will not be tried again by itself. ``about``: whose recording, or which file."""

    job_id: int
    meeting_id: int
    kind: JobKind
    about: str
    reason: Reason
    failed_at: datetime


async def list_failures(session: AsyncSession, meeting_ids: Collection[int]) -> list[Failure]:
    """The oldest first."""
    statement = (
        select(Job, Recording.speaker, Upload.name)
        .outerjoin(Recording, (col(Job.kind) == JobKind.TRANSCRIBE) & (col(Recording.id) == col(Job.subject)))
        .outerjoin(Upload, (col(Job.kind) == JobKind.IMPORT) & (col(Upload.id) == col(Job.subject)))
        .where(Job.state == JobState.FAILED, col(Job.meeting_id).in_(list(meeting_ids)))
        .order_by(col(Job.finished_at), col(Job.id))
    )
    return [
        Failure(
            job_id=job.id or 0,
            meeting_id=job.meeting_id,
            kind=job.kind,
            about=speaker or name or "",
            reason=read_reason(job.error),
            failed_at=job.finished_at or job.created_at,
        )
        for job, speaker, name in (await session.exec(statement)).all()
    ]


async def retry(session: AsyncSession, actor: Actor, meeting_id: int, job_id: int, now: datetime) -> None:
    """Have it tried again from where it came to. What is stored of it stays."""
    bundle = await get_meeting_by_id(session, meeting_id)
    if not may_manage_recordings(actor, bundle.meeting):
        raise NotAllowed
    await lock_meeting_by_id(session, meeting_id)
    job = await session.get(Job, job_id)
    if job is None or job.meeting_id != meeting_id:
        raise NotFound
    if job.state is not JobState.FAILED:
        raise Conflict(N_("Việc này đang được xử lý hoặc đã xong. Hãy tải lại trang để xem tình trạng mới."))
    await store.enqueue(session, job.kind, job.subject, meeting_id, now)
    if job.kind is JobKind.TRANSCRIBE:
        recording = await session.get_one(Recording, job.subject)
        if recording.state is RecordingState.FAILED:
            recording.state = RecordingState.CLOSED
            session.add(recording)
    detail = {"kind": job.kind.value, "subject": job.subject}
    await write_entry(session, actor, "recording.retry", f"meeting:{meeting_id}", detail, now)
