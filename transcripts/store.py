"""Every query on recordings, jobs, segments and minutes. Each takes a session; the caller owns the transaction.

The job table is a lease table. A claim gives a worker the job for a while and raises ``fence``; whatever it brings back
is taken only while ``fence`` is still the same, checked in the transaction that stores the result. So a worker that was
thought dead cannot store anything twice. SQLite serialises claims by its write lock, PostgreSQL by row locks that other
workers skip.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import N_
from meetings.meeting_store import lock_meeting_by_id
from meetings.models import Meeting
from transcripts.errors import Reason
from transcripts.jobs import LEASE, MAX_ATTEMPTS, Queue, judge_failure
from transcripts.models import (
    Document,
    Job,
    JobKind,
    JobState,
    Minutes,
    Recording,
    RecordingSpan,
    RecordingState,
    Segment,
)
from transcripts.timeline import Utterance, merge_speakers

PACE_OF = 20  # recordings by which the speed is known
UNFINISHED = (RecordingState.OPEN, RecordingState.CLOSED)
LOST = N_("Tiến trình xử lý dừng đột ngột {attempts} lần.")


@dataclass(frozen=True)
class Claim:
    """The right to do a job until its lease ends. ``fence`` proves it."""

    job_id: int
    kind: JobKind
    subject: int
    meeting_id: int
    fence: int
    attempts: int
    since: datetime


async def enqueue(session: AsyncSession, kind: JobKind, subject: int, meeting_id: int, now: datetime) -> None:
    """Have the work done (again). A worker that is at it loses its claim, as it may have read what is now old."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    fresh: dict[str, Any] = {
        "state": JobState.WAITING,
        "run_after": now,
        "lease_until": None,
        "attempts": 0,
        "done": 0,
        "total": 0,
        "worked_ms": 0,
        "error": "",
        "finished_at": None,
    }
    statement = dialect.insert(Job).values(
        kind=kind, subject=subject, meeting_id=meeting_id, created_at=now, fence=0, **fresh
    )
    await session.exec(
        statement.on_conflict_do_update(index_elements=["kind", "subject"], set_={**fresh, "fence": Job.fence + 1})
    )


async def hasten(session: AsyncSession, kind: JobKind, subject: int, meeting_id: int, now: datetime) -> None:
    """Have work that is under way or waits for later gone on with at once. Nobody who is at it loses it."""
    unfinished = col(Job.state).in_((JobState.WAITING, JobState.RUNNING))
    found = await session.exec(
        update(Job)
        .where(col(Job.kind) == kind, col(Job.subject) == subject, unfinished)
        .values(run_after=now, attempts=0)
        .returning(col(Job.id))
    )
    if found.first() is None:
        await enqueue(session, kind, subject, meeting_id, now)


async def remove_job(session: AsyncSession, kind: JobKind, subject: int) -> None:
    """Have nobody do the work any more; whoever is at it stores nothing."""
    await session.exec(delete(Job).where(col(Job.kind) == kind, col(Job.subject) == subject))


def _is_ready(kinds: Collection[JobKind], now: datetime) -> ColumnElement[bool]:
    waits = and_(col(Job.state) == JobState.WAITING, col(Job.run_after) <= now)
    is_silent = and_(col(Job.state) == JobState.RUNNING, col(Job.lease_until) < now)
    return and_(col(Job.kind).in_(list(kinds)), or_(waits, is_silent))


async def has_ready(session: AsyncSession, kinds: Collection[JobKind], now: datetime) -> bool:
    """Whether a claim is worth a writing transaction."""
    return (await session.exec(select(Job.id).where(_is_ready(kinds, now)).limit(1))).first() is not None


async def claim(
    session: AsyncSession, kinds: Collection[JobKind], now: datetime, lease: timedelta = LEASE
) -> Claim | None:
    """Take the oldest job of ``kinds`` that waits or whose worker fell silent; ``None`` when there is none."""
    await _give_up_lost(session, kinds, now)
    statement = (
        select(Job)
        .where(_is_ready(kinds, now), col(Job.attempts) < MAX_ATTEMPTS)
        .order_by(col(Job.run_after), col(Job.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    job = (await session.exec(statement)).first()
    if job is None:
        return None
    job.fence += 1
    job.state = JobState.RUNNING
    job.attempts += 1
    job.lease_until = now + lease
    job.error = ""
    await session.flush()
    assert job.id is not None  # noqa: S101 - it was read from the table
    return Claim(job.id, job.kind, job.subject, job.meeting_id, job.fence, job.attempts, now)


async def _give_up_lost(session: AsyncSession, kinds: Collection[JobKind], now: datetime) -> None:
    """One job that took its worker down each time, if there is any. Its meeting is locked before it, as everywhere."""
    is_lost = and_(_is_ready(kinds, now), col(Job.attempts) >= MAX_ATTEMPTS)
    found = (await session.exec(select(Job.id, Job.meeting_id).where(is_lost).order_by(col(Job.id)).limit(1))).first()
    if found is None:
        return
    job_id, meeting_id = found
    await lock_meeting_by_id(session, meeting_id)
    statement = select(Job).where(col(Job.id) == job_id, is_lost).with_for_update()
    job = (await session.exec(statement.execution_options(populate_existing=True))).first()
    if job is not None:  # nobody else gave it up meanwhile
        job.fence += 1
        await _give_up(session, job, Reason(LOST, {"attempts": str(job.attempts)}), now)
        await session.flush()


async def renew(session: AsyncSession, held: Claim, now: datetime, lease: timedelta, done: int, total: int) -> bool:
    """Keep the claim and note the progress. False when the job is no longer this worker's."""
    return await _change_held(session, held, {"lease_until": now + lease, "done": done, "total": total})


async def holds(session: AsyncSession, held: Claim) -> bool:
    """Whether the job is still this worker's; it stays so until the transaction ends, in which the result is stored."""
    return await _change_held(session, held, {"fence": held.fence})


async def finish(session: AsyncSession, held: Claim, now: datetime, total: int = 0) -> bool:
    """Mark the job done, in the transaction that stores its result. False: roll back, the job is not yours.

    ``total``: how much it was, where that is known better than the last report says.
    """
    change: dict[str, Any] = {"state": JobState.DONE, "lease_until": None, "finished_at": now, "error": ""}
    change |= {"done": total, "total": total} if total else {"done": Job.total}
    return await _change_held(session, held, change | _count_work(held, now))


async def rest(session: AsyncSession, held: Claim, now: datetime, run_after: datetime, done: int, total: int) -> bool:
    """Let the job go until there is more to do, in the transaction that stores what is done of it."""
    change = {
        "state": JobState.WAITING,
        "run_after": run_after,
        "lease_until": None,
        "attempts": 0,
        "done": done,
        "total": total,
    }
    return await _change_held(session, held, change | _count_work(held, now))


def _count_work(held: Claim, now: datetime) -> dict[str, Any]:
    spent = max(0, round((now - held.since).total_seconds() * 1000))
    return {"worked_ms": Job.worked_ms + spent}


async def hand_back(session: AsyncSession, held: Claim, now: datetime) -> bool:
    """Give an unfinished job to whoever comes next; the interrupted attempt does not count."""
    change = {"state": JobState.WAITING, "run_after": now, "lease_until": None, "attempts": held.attempts - 1}
    return await _change_held(session, held, change)


async def fail(session: AsyncSession, held: Claim, reason: Reason, now: datetime, *, permanent: bool) -> bool:
    """Have the job tried again later, or give it up with ``reason`` kept for the secretary."""
    await lock_meeting_by_id(session, held.meeting_id)  # before the job, as everybody who changes its recordings does
    if await _is_growing(session, held):  # what cannot be read yet may be whole in the end
        held, permanent = replace(held, attempts=min(held.attempts, MAX_ATTEMPTS - 1)), False
    verdict = judge_failure(held.attempts, now, permanent=permanent)
    if not verdict.give_up:
        change = {
            "state": JobState.WAITING,
            "run_after": verdict.run_after,
            "lease_until": None,
            "attempts": held.attempts,
            "error": reason.write(),
        }
        return await _change_held(session, held, change)
    if not await _change_held(session, held, {"lease_until": None}):
        return False
    job = await session.get_one(Job, held.job_id, populate_existing=True)
    await _give_up(session, job, reason, now)
    return True


async def _is_growing(session: AsyncSession, held: Claim) -> bool:
    if held.kind is not JobKind.TRANSCRIBE:
        return False
    recording = await session.get(Recording, held.subject)
    return recording is not None and recording.state is RecordingState.OPEN


async def note_why_waiting(session: AsyncSession, kind: JobKind, reason: Reason) -> None:
    """Say on the jobs of a kind why nobody takes them, such as a model that is not there."""
    kept = reason.write()
    await session.exec(
        update(Job)
        .where(col(Job.kind) == kind, col(Job.state) == JobState.WAITING, col(Job.error) != kept)
        .values(error=kept)
    )


async def _change_held(session: AsyncSession, held: Claim, change: dict[str, Any]) -> bool:
    changed = await session.exec(
        update(Job)
        .where(col(Job.id) == held.job_id, col(Job.fence) == held.fence, col(Job.state) == JobState.RUNNING)
        .values(**change)
        .returning(col(Job.id))
    )
    return changed.first() is not None


async def _give_up(session: AsyncSession, job: Job, reason: Reason, now: datetime) -> None:
    job.state = JobState.FAILED
    job.error = reason.write()
    job.lease_until = None
    job.finished_at = now
    if job.kind is not JobKind.TRANSCRIBE:
        return
    recording = await session.get_one(Recording, job.subject)
    if recording.state is not RecordingState.OPEN:  # one that still grows is taken up again when it is closed
        await settle_recording(session, recording, RecordingState.FAILED, now)


async def settle_recording(session: AsyncSession, recording: Recording, state: RecordingState, now: datetime) -> None:
    """Note how a recording ended. With the last one of an ended meeting, have the minutes drafted from them all."""
    recording.state = state
    session.add(recording)
    await session.flush()
    await draft_when_ready(session, recording.meeting_id, now, still_to_come=UNFINISHED)


async def draft_when_ready(
    session: AsyncSession, meeting_id: int, now: datetime, still_to_come: Sequence[RecordingState]
) -> None:
    """Enqueue the draft of a meeting that has ended, unless a recording is still in one of ``still_to_come``.

    The meeting is locked: of two workers that bring its last two recordings one sees that nothing is left.
    """
    await lock_meeting_by_id(session, meeting_id)
    meeting = await session.get_one(Meeting, meeting_id, populate_existing=True)
    if meeting.ended_at is None:
        return
    pending = select(func.count()).select_from(Recording)
    pending = pending.where(col(Recording.meeting_id) == meeting_id, col(Recording.state).in_(list(still_to_come)))
    if (await session.exec(pending)).one() == 0:
        await enqueue(session, JobKind.DRAFT, meeting_id, meeting_id, now)


async def measure_queue(session: AsyncSession, now: datetime) -> Queue:
    """All recordings that wait or are worked on. Recordings take turns, so none is done long before the others."""
    rows = (await session.exec(select(Job).where(Job.kind == JobKind.TRANSCRIBE, _is_unfinished(now)))).all()
    pace = select(func.sum(Job.done), func.sum(Job.worked_ms))
    recent = select(Job.id).where(Job.kind == JobKind.TRANSCRIBE, col(Job.worked_ms) > 0)
    recent = recent.order_by(col(Job.id).desc()).limit(PACE_OF)
    done, worked_ms = (await session.exec(pace.where(col(Job.id).in_(recent)))).one()
    return Queue(
        left=sum(max(0, job.total - job.done) for job in rows),
        done=done or 0,
        worked=(worked_ms or 0) / 1000,
        workers=sum(job.state is JobState.RUNNING for job in rows),
    )


def _is_unfinished(now: datetime) -> ColumnElement[bool]:
    """Not those that wait for more sound, or for another attempt."""
    waits = and_(col(Job.state) == JobState.WAITING, col(Job.run_after) <= now)
    return or_(waits, col(Job.state) == JobState.RUNNING)


async def list_jobs(session: AsyncSession, meeting_id: int) -> list[Job]:
    return list((await session.exec(select(Job).where(Job.meeting_id == meeting_id).order_by(col(Job.id)))).all())


async def find_recording(session: AsyncSession, path: str) -> Recording | None:
    return (await session.exec(select(Recording).where(Recording.path == path))).first()


async def list_recordings(session: AsyncSession, meeting_id: int) -> list[Recording]:
    """In the order in which they began."""
    statement = select(Recording).where(Recording.meeting_id == meeting_id)
    return list((await session.exec(statement.order_by(col(Recording.started_at), col(Recording.id)))).all())


async def list_open_recordings(session: AsyncSession) -> list[Recording]:
    return list((await session.exec(select(Recording).where(Recording.state == RecordingState.OPEN))).all())


async def list_spans(session: AsyncSession, meeting_id: int) -> list[RecordingSpan]:
    statement = select(RecordingSpan).where(RecordingSpan.meeting_id == meeting_id)
    return list((await session.exec(statement.order_by(col(RecordingSpan.started_at)))).all())


async def list_open_spans(session: AsyncSession) -> list[RecordingSpan]:
    return list((await session.exec(select(RecordingSpan).where(col(RecordingSpan.ended_at).is_(None)))).all())


async def load_conversation(session: AsyncSession, meeting_id: int) -> tuple[Utterance, ...]:
    """What was said in a meeting, of all speakers, in order."""
    statement = (
        select(Segment, Recording.speaker)
        .join(Recording, col(Recording.id) == col(Segment.recording_id))
        .where(Segment.meeting_id == meeting_id)
        .order_by(col(Segment.recording_id), col(Segment.id))
    )
    everything = [
        Utterance(
            speaker, segment.starts_at, segment.ends_at, segment.text, segment.suspect, segment.id, segment.confidence
        )
        for segment, speaker in (await session.exec(statement)).all()
    ]
    return merge_speakers([everything])


async def find_minutes(session: AsyncSession, meeting_id: int, *, for_update: bool = False) -> Minutes | None:
    """The latest version of a meeting's minutes."""
    statement = select(Minutes).where(Minutes.meeting_id == meeting_id).order_by(col(Minutes.version).desc()).limit(1)
    if for_update:
        statement = statement.with_for_update()
    return (await session.exec(statement)).first()


async def list_versions(session: AsyncSession, meeting_id: int) -> list[Minutes]:
    """All versions, the latest first."""
    statement = select(Minutes).where(Minutes.meeting_id == meeting_id).order_by(col(Minutes.version).desc())
    return list((await session.exec(statement)).all())


async def list_documents(session: AsyncSession, minutes_id: int) -> list[Document]:
    statement = select(Document).where(Document.minutes_id == minutes_id).order_by(col(Document.format))
    return list((await session.exec(statement)).all())


async def replace_documents(session: AsyncSession, minutes_id: int, documents: Sequence[Document]) -> None:
    await session.exec(delete(Document).where(col(Document.minutes_id) == minutes_id))
    await session.flush()
    session.add_all(documents)
