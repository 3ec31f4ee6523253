"""The record as it makes itself: recordings come and go, minutes are drafted, confirmed attendance is taken into them.

Nobody is asked for a permission here, for nobody acts but the program; what people do is in ``minutes_actions``. Each
takes the session of a writing transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD
from meetings.audit import write_entry
from meetings.meeting_store import get_meeting_by_id, lock_meeting_by_id
from transcripts import minutes_store, store
from transcripts.drafting import draft_minutes
from transcripts.errors import Reason, read_reason
from transcripts.facts import describe_attendance, gather_facts, name_form
from transcripts.jobs import estimate_end
from transcripts.minutes import Content
from transcripts.minutes_models import RevisionCause
from transcripts.models import (
    JobKind,
    JobState,
    Minutes,
    MinutesState,
    Recording,
    RecordingSpan,
    RecordingState,
)

FIRST_LOOK = timedelta(seconds=60)  # into a recording that begins


@dataclass(frozen=True)
class Progress:
    """How far the record of a meeting is. ``done`` and ``total`` are seconds of sound gone through and known."""

    recordings: int
    transcribed: int
    failed: int
    done: int
    total: int
    importing: int  # files brought from elsewhere that are no recordings yet
    drafting: bool
    rendering: bool
    reasons: tuple[str, ...]  # why something waits that should not, for the secretary; failures: ``failures.py``
    ends_at: datetime | None = None  # when the recordings will be transcribed, as far as can be said

    @property
    def is_settled(self) -> bool:
        """Nothing more will come by itself."""
        at_rest = not self.importing and not self.drafting and not self.rendering
        return at_rest and self.transcribed + self.failed == self.recordings


async def start_span(session: AsyncSession, meeting_id: int, started_by: str, now: datetime) -> None:
    """The recording was turned on. Nothing changes when it is on already."""
    if not any(span.ended_at is None for span in await store.list_spans(session, meeting_id)):
        session.add(RecordingSpan(meeting_id=meeting_id, started_at=now, started_by=started_by[:200]))


async def stop_span(session: AsyncSession, meeting_id: int, reason: str, now: datetime) -> None:
    """The recording ended because of ``reason``, ``ended`` or a key of ``printed_form.GAP_REASONS``."""
    for span in await store.list_spans(session, meeting_id):
        if span.ended_at is None:
            span.ended_at, span.ended_reason = max(now, span.started_at), reason


async def open_recording(
    session: AsyncSession,
    meeting_id: int,
    *,
    identity: str,
    speaker: str,
    person_id: int | None,
    site_id: int | None,
    unit_id: int | None,
    path: str,
    started_at: datetime,
) -> Recording:
    """A file was begun, and is heard while it grows.

    ``path`` is relative to the recordings' folder, ``started_at`` the wall clock of its time 0.
    """
    known = await store.find_recording(session, path)
    if known is not None:
        return known
    recording = Recording(
        meeting_id=meeting_id,
        identity=identity,
        speaker=speaker[:200],
        person_id=person_id,
        site_id=site_id,
        unit_id=unit_id,
        path=path,
        started_at=started_at,
    )
    session.add(recording)
    await session.flush()
    await store.enqueue(session, JobKind.TRANSCRIBE, recording.id or 0, meeting_id, started_at + FIRST_LOOK)
    return recording


async def close_recording(session: AsyncSession, path: str, ended_at: datetime, now: datetime) -> None:
    """A file was finished: have the rest transcribed. A second call, or one for an unknown file, changes nothing.

    Meeting, job, recording: everybody locks them in this order.
    """
    known = await store.find_recording(session, path)
    if known is None or known.id is None or known.state is not RecordingState.OPEN:
        return
    await lock_meeting_by_id(session, known.meeting_id)
    await store.hasten(session, JobKind.TRANSCRIBE, known.id, known.meeting_id, now)
    recording = await session.get_one(Recording, known.id, populate_existing=True)
    recording.ended_at = max(ended_at, recording.started_at)
    recording.state = RecordingState.CLOSED
    session.add(recording)
    await session.flush()
    await store.draft_when_ready(session, recording.meeting_id, now, still_to_come=(RecordingState.OPEN,))


async def meeting_ended(session: AsyncSession, meeting_id: int, now: datetime) -> None:
    """Close the recording's span and draft minutes at once, from agenda and attendance; speech follows later."""
    await stop_span(session, meeting_id, "ended", now)
    await store.enqueue(session, JobKind.DRAFT, meeting_id, meeting_id, now)


async def recover(session: AsyncSession, now: datetime) -> None:
    """After a start of the server: what an outage left open is closed, what was recorded until then is transcribed.

    A file's real length is found when it is decoded; ``ended_at`` is only the latest moment that it can have ended.
    """
    for span in await store.list_open_spans(session):
        span.ended_at, span.ended_reason = max(now, span.started_at), "outage"
    for recording in await store.list_open_recordings(session):
        await close_recording(session, recording.path, now, now)


async def write_draft(
    session: AsyncSession, meeting_id: int, now: datetime, threshold: Fraction = THRESHOLD
) -> Minutes:
    """Draft the minutes from all that is known now, unless a person has worked on them. Returns what there is then."""
    bundle = await get_meeting_by_id(session, meeting_id)
    present = await store.find_minutes(session, meeting_id, for_update=True)
    if present is not None and (present.edited_by or present.state is not MinutesState.DRAFT or present.version > 1):
        return present
    conversation = await store.load_conversation(session, meeting_id)
    content = draft_minutes(await gather_facts(session, bundle, now, threshold), conversation)
    if present is None:
        present = Minutes(meeting_id=meeting_id, content=content.to_json(), edited_at=now)
        session.add(present)
    elif present.content != content.to_json():
        present.content, present.revision, present.edited_at = content.to_json(), present.revision + 1, now
    else:
        return present
    await minutes_store.keep_revision(session, present, RevisionCause.DRAFT, "", now)
    return present


async def refresh_attendance(
    session: AsyncSession, meeting_id: int, now: datetime, threshold: Fraction = THRESHOLD
) -> None:
    """Take the confirmed attendance and the form computed from it into minutes that are not yet approved."""
    minutes = await store.find_minutes(session, meeting_id, for_update=True)
    if minutes is None or minutes.state is MinutesState.APPROVED:
        return
    bundle = await get_meeting_by_id(session, meeting_id)
    attendance = await describe_attendance(session, bundle, now, threshold)
    content = Content.from_json(minutes.content)
    fresh = replace(content, attendance=attendance, form=name_form(bundle, attendance))
    if fresh != content:
        await minutes_store.keep_first(session, minutes)
        minutes.content, minutes.revision, minutes.edited_at = fresh.to_json(), minutes.revision + 1, now
        await minutes_store.keep_revision(session, minutes, RevisionCause.ATTENDANCE, "", now)
        known = {"version": minutes.version, "revision": minutes.revision}
        await write_entry(session, None, "minutes.refresh_attendance", f"meeting:{meeting_id}", known, now)


async def progress(
    session: AsyncSession, meeting_id: int, now: datetime, tell: Callable[[Reason], str] = str
) -> Progress:
    """How far recordings, draft and documents of a meeting are. ``tell`` says reasons in the reader's language."""
    recordings = await store.list_recordings(session, meeting_id)
    jobs = await store.list_jobs(session, meeting_id)
    unfinished = {JobState.WAITING, JobState.RUNNING}
    speech = [job for job in jobs if job.kind is JobKind.TRANSCRIBE]
    is_heard = any(job.state in unfinished and job.run_after <= now for job in speech)
    return Progress(
        recordings=len(recordings),
        transcribed=_count(recordings, RecordingState.TRANSCRIBED),
        failed=_count(recordings, RecordingState.FAILED),
        done=sum(job.done for job in speech),
        total=sum(job.total for job in speech),
        importing=sum(job.kind is JobKind.IMPORT and job.state in unfinished for job in jobs),
        drafting=any(job.kind is JobKind.DRAFT and job.state in unfinished for job in jobs),
        rendering=any(job.kind is JobKind.DOCUMENT and job.state in unfinished for job in jobs),
        reasons=tuple(
            dict.fromkeys(
                tell(read_reason(job.error)) for job in jobs if job.error and job.state is not JobState.FAILED
            )
        ),
        ends_at=estimate_end(await store.measure_queue(session, now), now) if is_heard else None,
    )


def _count(recordings: Sequence[Recording], state: RecordingState) -> int:
    return sum(recording.state is state for recording in recordings)
