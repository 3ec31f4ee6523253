"""The use cases of the record: recordings come and go, minutes are drafted, edited, submitted, approved, reopened.

Each takes the session of a writing transaction; permissions are ``meetings.permissions``, every change of minutes is in
the audit log. Whoever saves names the ``revision`` he saw: an older one is refused, so that nobody overwrites another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.attendance import THRESHOLD
from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import get_meeting_by_id, lock_meeting_by_id
from meetings.models import Meeting
from meetings.permissions import Actor
from meetings.workflow_actions import note_record
from transcripts import store
from transcripts.drafting import draft_minutes
from transcripts.errors import Reason, read_reason
from transcripts.facts import describe_attendance, gather_facts, name_form
from transcripts.minutes import Content, sha256
from transcripts.models import (
    JobKind,
    JobState,
    Minutes,
    MinutesState,
    Recording,
    RecordingSpan,
    RecordingState,
)


@dataclass(frozen=True)
class Progress:
    """How far the record of a meeting is. ``done`` and ``total`` are seconds of sound gone through and known."""

    recordings: int
    transcribed: int
    failed: int
    done: int
    total: int
    drafting: bool
    rendering: bool
    reasons: tuple[str, ...]  # why something failed or waits, for the secretary

    @property
    def is_settled(self) -> bool:
        """Nothing more will come by itself."""
        return self.transcribed + self.failed == self.recordings and not self.drafting and not self.rendering


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
    """A file was begun. ``path`` is relative to the recordings' folder, ``started_at`` the wall clock of its time 0."""
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
    return recording


async def close_recording(session: AsyncSession, path: str, ended_at: datetime, now: datetime) -> None:
    """A file was finished: have it transcribed. A second call, or one for an unknown file, changes nothing."""
    recording = await store.find_recording(session, path)
    if recording is None or recording.id is None or recording.state is not RecordingState.OPEN:
        return
    recording.ended_at = max(ended_at, recording.started_at)
    await store.enqueue(session, JobKind.TRANSCRIBE, recording.id, recording.meeting_id, now)
    recording.state = RecordingState.CLOSED
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
    await session.flush()
    return present


async def save_minutes(
    session: AsyncSession, actor: Actor, meeting_id: int, revision: int, content: Content, now: datetime
) -> Minutes:
    """Store what the secretary wrote. ``NotAllowed``; ``Conflict`` when ``revision`` is not the present one."""
    may = permissions.may_edit_minutes
    minutes = await _load_for_change(session, actor, may, meeting_id, revision, MinutesState.DRAFT)
    before = minutes.content
    minutes.content = content.to_json()
    _touch(minutes, actor, now)
    changed = sorted(name for name, value in minutes.content.items() if before.get(name) != value)
    await _note(session, actor, "minutes.save", minutes, {"blocks": changed}, now)
    return minutes


async def submit_minutes(session: AsyncSession, actor: Actor, meeting_id: int, revision: int, now: datetime) -> Minutes:
    """Send the minutes to the chair."""
    may = permissions.may_edit_minutes
    minutes = await _load_for_change(session, actor, may, meeting_id, revision, MinutesState.DRAFT)
    minutes.state = MinutesState.SUBMITTED
    minutes.submitted_at, minutes.submitted_by, minutes.returned_reason = now, actor.name[:150], ""
    _touch(minutes, actor, now)
    await _note(session, actor, "minutes.submit", minutes, {}, now)
    return minutes


async def approve_minutes(
    session: AsyncSession, actor: Actor, meeting_id: int, revision: int, now: datetime
) -> Minutes:
    """The chair approves: the content is frozen and hashed, its documents are made, and the meeting is recorded."""
    await lock_meeting_by_id(session, meeting_id)  # before its minutes, as whoever confirms attendance does
    may = permissions.may_approve_minutes
    minutes = await _load_for_change(session, actor, may, meeting_id, revision, MinutesState.SUBMITTED)
    await note_record(session, actor, meeting_id, now)
    content = Content.from_json(minutes.content)
    minutes.content, minutes.content_sha256 = content.to_json(), sha256(content)
    minutes.state = MinutesState.APPROVED
    minutes.approved_at, minutes.approved_by = now, actor.name[:150]
    minutes.revision += 1
    await _note(session, actor, "minutes.approve", minutes, {"sha256": minutes.content_sha256}, now)
    if minutes.id is not None:
        await store.enqueue(session, JobKind.DOCUMENT, minutes.id, meeting_id, now)
    return minutes


async def return_minutes(
    session: AsyncSession, actor: Actor, meeting_id: int, revision: int, reason: str, now: datetime
) -> Minutes:
    """The chair sends the minutes back to the secretary, and says why."""
    may = permissions.may_approve_minutes
    minutes = await _load_for_change(session, actor, may, meeting_id, revision, MinutesState.SUBMITTED)
    minutes.state, minutes.returned_reason = MinutesState.DRAFT, _need_reason(reason)
    minutes.revision += 1
    await _note(session, actor, "minutes.return", minutes, {"reason": minutes.returned_reason}, now)
    return minutes


async def open_new_version(session: AsyncSession, actor: Actor, meeting_id: int, reason: str, now: datetime) -> Minutes:
    """Begin the next version from the approved one, which stays as it is."""
    bundle = await get_meeting_by_id(session, meeting_id)
    latest = await store.find_minutes(session, meeting_id, for_update=True)
    if latest is None:
        raise NotFound()
    _permit(permissions.may_edit_minutes(actor, bundle.meeting))
    if latest.state is not MinutesState.APPROVED:
        raise Conflict(N_("Chỉ lập phiên bản mới từ biên bản đã được phê duyệt."))
    minutes = Minutes(
        meeting_id=meeting_id,
        version=latest.version + 1,
        content=latest.content,
        edited_at=now,
        edited_by=actor.name[:150],
        reason=_need_reason(reason),
    )
    session.add(minutes)
    await session.flush()
    await _note(session, actor, "minutes.new_version", minutes, {"reason": minutes.reason}, now)
    return minutes


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
        minutes.content, minutes.revision, minutes.edited_at = fresh.to_json(), minutes.revision + 1, now
        await _note(session, None, "minutes.refresh_attendance", minutes, {}, now)


async def progress(session: AsyncSession, meeting_id: int, tell: Callable[[Reason], str] = str) -> Progress:
    """How far recordings, draft and documents of a meeting are. ``tell`` says reasons in the reader's language."""
    recordings = await store.list_recordings(session, meeting_id)
    jobs = await store.list_jobs(session, meeting_id)
    unfinished = {JobState.WAITING, JobState.RUNNING}
    speech = [job for job in jobs if job.kind is JobKind.TRANSCRIBE]
    names = {recording.id: recording.speaker for recording in recordings}
    return Progress(
        recordings=len(recordings),
        transcribed=_count(recordings, RecordingState.TRANSCRIBED),
        failed=_count(recordings, RecordingState.FAILED),
        done=sum(job.done for job in speech),
        total=sum(job.total for job in speech),
        drafting=any(job.kind is JobKind.DRAFT and job.state in unfinished for job in jobs),
        rendering=any(job.kind is JobKind.DOCUMENT and job.state in unfinished for job in jobs),
        reasons=tuple(
            dict.fromkeys(
                f"{names.get(job.subject, '')}: {tell(read_reason(job.error))}"
                if job.state is JobState.FAILED
                else tell(read_reason(job.error))
                for job in jobs
                if job.error
            )
        ),
    )


async def _load_for_change(
    session: AsyncSession,
    actor: Actor,
    may: Callable[[Actor, Meeting], bool],
    meeting_id: int,
    revision: int,
    state: MinutesState,
) -> Minutes:
    bundle = await get_meeting_by_id(session, meeting_id)
    _permit(may(actor, bundle.meeting))
    minutes = await store.find_minutes(session, meeting_id, for_update=True)
    if minutes is None:
        raise NotFound()
    if minutes.state is not state:
        raise Conflict(STATE_CHANGED[minutes.state])
    if minutes.revision != revision:
        raise Conflict(N_("Biên bản đã được sửa sau lần bạn mở. Hãy tải lại trang; phần bạn vừa nhập chưa được lưu."))
    return minutes


STATE_CHANGED = {
    MinutesState.DRAFT: N_("Biên bản đang ở trạng thái dự thảo."),
    MinutesState.SUBMITTED: N_("Biên bản đã trình chủ tọa, không sửa được nữa."),
    MinutesState.APPROVED: N_("Biên bản đã được phê duyệt, không sửa được nữa. Hãy lập phiên bản mới."),
}


def _permit(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed()


def _need_reason(reason: str) -> str:
    text = reason.strip()
    if not text or len(text) > 500:
        raise Invalid(N_("Hãy ghi lý do, không quá 500 ký tự."), field="reason")
    return text


def _touch(minutes: Minutes, actor: Actor, now: datetime) -> None:
    minutes.revision += 1
    minutes.edited_at, minutes.edited_by = now, actor.name[:150]


def _count(recordings: Sequence[Recording], state: RecordingState) -> int:
    return sum(recording.state is state for recording in recordings)


async def _note(
    session: AsyncSession, actor: Actor | None, action: str, minutes: Minutes, detail: dict[str, object], now: datetime
) -> None:
    known = {"version": minutes.version, "revision": minutes.revision, **detail}
    await write_entry(session, actor, action, f"meeting:{minutes.meeting_id}", known, now)
