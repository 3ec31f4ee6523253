"""What people do with minutes: write, open for comments, submit, approve, return, restore, begin a new version, have
printed to be signed.

Whoever saves names the ``revision`` he saw: an older one is refused with what stands there now, so that nobody
overwrites another. Each change leaves a revision that can be read, compared and restored.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions, record_permissions
from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.invitations.mail_store import queue_mail
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import get_meeting_by_id, lock_meeting_by_id
from meetings.models import Meeting
from meetings.periods import ZONE
from meetings.permissions import Actor
from meetings.tasks.actions import create_tasks
from meetings.workflow_actions import note_record
from transcripts import store
from transcripts.comment_letters import draft_letters
from transcripts.minutes import Content, sha256
from transcripts.minutes_models import RevisionCause
from transcripts.minutes_store import find_revision, keep_first, keep_revision
from transcripts.models import JobKind, Minutes, MinutesState
from transcripts.official import find_document

WRITABLE = frozenset({MinutesState.DRAFT, MinutesState.COMMENTS})
AT_CHAIR = frozenset({MinutesState.SUBMITTED})
LONGEST_COMMENTING = 60  # days


class Overtaken(Conflict):
    """Somebody else saved since; ``minutes`` is what stands there now."""

    def __init__(self, minutes: Minutes) -> None:
        self.minutes = minutes
        super().__init__(N_("Biên bản đã được sửa sau lần bạn mở. Hãy tải lại trang; phần bạn vừa nhập chưa được lưu."))


async def save_minutes(
    session: AsyncSession, actor: Actor, meeting_id: int, revision: int, content: Content, now: datetime
) -> Minutes:
    """Store what the secretary wrote. ``NotAllowed``; ``Conflict`` when ``revision`` is not the present one."""
    may = permissions.may_edit_minutes
    minutes = await load_for_change(session, actor, may, meeting_id, revision, WRITABLE)
    before = minutes.content
    minutes.content = content.to_json()
    await touch(session, minutes, actor, RevisionCause.SAVE, now)
    changed = sorted(name for name, value in minutes.content.items() if before.get(name) != value)
    await _note(session, actor, "minutes.save", minutes, {"blocks": changed}, now)
    return minutes


async def open_comments(
    session: AsyncSession, actor: Actor, meeting_id: int, revision: int, until: date | None, now: datetime
) -> Minutes:
    """Let the invited units read the draft and comment on it to the end of the day ``until``; again: another day."""
    may = permissions.may_edit_minutes
    minutes = await load_for_change(session, actor, may, meeting_id, revision, WRITABLE)
    today = now.astimezone(ZONE).date()
    if until is None or not 0 <= (until - today).days <= LONGEST_COMMENTING:
        raise Invalid(
            N_("Hãy chọn ngày từ hôm nay đến {days} ngày tới."), field="comments_until", days=LONGEST_COMMENTING
        )
    minutes.state, minutes.comments_until = MinutesState.COMMENTS, until
    await queue_mail(session, await draft_letters(session, await get_meeting_by_id(session, meeting_id), minutes), now)
    await _note(session, actor, "minutes.open_comments", minutes, {"until": until.isoformat()}, now)
    return minutes


async def close_comments(session: AsyncSession, actor: Actor, meeting_id: int, revision: int, now: datetime) -> Minutes:
    """End the commenting: the draft is again for those who make it alone. What was said of it stays."""
    may = permissions.may_edit_minutes
    minutes = await load_for_change(session, actor, may, meeting_id, revision, {MinutesState.COMMENTS})
    minutes.state, minutes.comments_until = MinutesState.DRAFT, None
    await _note(session, actor, "minutes.close_comments", minutes, {}, now)
    return minutes


async def restore_revision(
    session: AsyncSession, actor: Actor, meeting_id: int, revision: int, kept_id: int, now: datetime
) -> Minutes:
    """Write what an earlier revision, of this version or one before, said. Attendance stays: it is confirmed."""
    may = permissions.may_edit_minutes
    minutes = await load_for_change(session, actor, may, meeting_id, revision, WRITABLE)
    versions = await store.list_versions(session, meeting_id)
    kept = await find_revision(session, [row.id for row in versions if row.id is not None], kept_id)
    if kept is None:
        raise NotFound()
    present = Content.from_json(minutes.content)
    old = Content.from_json(kept.content)
    minutes.content = replace(old, attendance=present.attendance, form=present.form).to_json()
    await touch(session, minutes, actor, RevisionCause.RESTORE, now)
    await _note(session, actor, "minutes.restore", minutes, {"from": kept.revision}, now)
    return minutes


async def submit_minutes(session: AsyncSession, actor: Actor, meeting_id: int, revision: int, now: datetime) -> Minutes:
    """Send the minutes to the chair."""
    may = permissions.may_edit_minutes
    minutes = await load_for_change(session, actor, may, meeting_id, revision, WRITABLE)
    minutes.state, minutes.comments_until = MinutesState.SUBMITTED, None
    minutes.submitted_at, minutes.submitted_by, minutes.returned_reason = now, actor.name[:150], ""
    await touch(session, minutes, actor, RevisionCause.SUBMIT, now)
    await _note(session, actor, "minutes.submit", minutes, {}, now)
    return minutes


async def approve_minutes(
    session: AsyncSession, actor: Actor, meeting_id: int, revision: int, now: datetime
) -> Minutes:
    """The chair approves: the content is frozen and hashed, its documents are made, and the meeting is recorded.

    Its conclusions become tasks, or change those that the version before gave.
    """
    await take_lock(session, BOOKING)  # before the meeting's: the agendas of others change with the tasks
    await lock_meeting_by_id(session, meeting_id)  # before its minutes, as whoever confirms attendance does
    may = permissions.may_approve_minutes
    minutes = await load_for_change(session, actor, may, meeting_id, revision, AT_CHAIR)
    await note_record(session, actor, meeting_id, now)
    content = Content.from_json(minutes.content)
    minutes.content, minutes.content_sha256 = content.to_json(), sha256(content)
    minutes.state = MinutesState.APPROVED
    minutes.approved_at, minutes.approved_by = now, actor.name[:150]
    minutes.revision += 1
    await keep_revision(session, minutes, RevisionCause.APPROVE, actor.name, now)
    await _note(session, actor, "minutes.approve", minutes, {"sha256": minutes.content_sha256}, now)
    if minutes.id is not None:
        await store.enqueue(session, JobKind.DOCUMENT, minutes.id, meeting_id, now)
    await create_tasks(session, actor, meeting_id, content.conclusions, now, minutes.version)
    return minutes


async def order_document(session: AsyncSession, actor: Actor, meeting_id: int, now: datetime) -> Minutes:
    """Have approved minutes printed to be signed that are not in the register: versions of the program that kept none
    approved them."""
    bundle = await get_meeting_by_id(session, meeting_id)
    _permit(record_permissions.may_draft_notice(actor, bundle.meeting))
    await lock_meeting_by_id(session, meeting_id)
    minutes = await store.find_minutes(session, meeting_id, for_update=True)
    if minutes is None or minutes.id is None:
        raise NotFound()
    if minutes.state is not MinutesState.APPROVED:
        raise Conflict(N_("Chỉ lập văn bản để ký từ biên bản đã được phê duyệt."))
    if minutes.content_sha256 != sha256(Content.from_json(minutes.content)):
        raise Conflict(N_("Nội dung biên bản không còn khớp mã băm lúc phê duyệt nên không lập được văn bản để ký."))
    if await find_document(session, minutes) is not None:
        raise Conflict(N_("Biên bản này đã có văn bản trong sổ văn bản."))
    await store.enqueue(session, JobKind.DOCUMENT, minutes.id, meeting_id, now)
    await _note(session, actor, "minutes.order_document", minutes, {}, now)
    return minutes


async def return_minutes(
    session: AsyncSession, actor: Actor, meeting_id: int, revision: int, reason: str, now: datetime
) -> Minutes:
    """The chair sends the minutes back to the secretary, and says why."""
    may = permissions.may_approve_minutes
    minutes = await load_for_change(session, actor, may, meeting_id, revision, AT_CHAIR)
    minutes.state, minutes.returned_reason = MinutesState.DRAFT, _need_reason(reason)
    minutes.revision += 1
    await keep_revision(session, minutes, RevisionCause.RETURN, actor.name, now)
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
    await keep_revision(session, minutes, RevisionCause.NEW_VERSION, actor.name, now)
    await _note(session, actor, "minutes.new_version", minutes, {"reason": minutes.reason}, now)
    return minutes


async def load_for_change(
    session: AsyncSession,
    actor: Actor,
    may: Callable[[Actor, Meeting], bool],
    meeting_id: int,
    revision: int,
    states: Collection[MinutesState],
) -> Minutes:
    bundle = await get_meeting_by_id(session, meeting_id)
    _permit(may(actor, bundle.meeting))
    minutes = await store.find_minutes(session, meeting_id, for_update=True)
    if minutes is None:
        raise NotFound()
    if minutes.state not in states:
        raise Conflict(STATE_CHANGED[minutes.state])
    if minutes.revision != revision:
        raise Overtaken(minutes)
    await keep_first(session, minutes)
    return minutes


STATE_CHANGED = {
    MinutesState.DRAFT: N_("Biên bản đang ở trạng thái dự thảo."),
    MinutesState.COMMENTS: N_("Dự thảo biên bản đang được lấy ý kiến."),
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


async def touch(session: AsyncSession, minutes: Minutes, actor: Actor, cause: RevisionCause, now: datetime) -> None:
    minutes.revision += 1
    minutes.edited_at, minutes.edited_by = now, actor.name[:150]
    await keep_revision(session, minutes, cause, actor.name, now)


async def _note(
    session: AsyncSession, actor: Actor, action: str, minutes: Minutes, detail: dict[str, object], now: datetime
) -> None:
    known = {"version": minutes.version, "revision": minutes.revision, **detail}
    await write_entry(session, actor, action, f"meeting:{minutes.meeting_id}", known, now)
