"""Comments of invited units on a draft: written until a date, then taken into the text or answered; all are kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions, record_permissions
from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import get_meeting_by_id
from meetings.periods import ZONE
from meetings.permissions import Actor
from transcripts import store
from transcripts.minutes import Content
from transcripts.minutes_actions import WRITABLE, load_for_change, touch
from transcripts.minutes_models import CommentState, MinutesComment, RevisionCause
from transcripts.minutes_store import count_comments, find_comment
from transcripts.models import Minutes, MinutesState
from transcripts.places import WHOLE, find_place, read_place, write_place

LONGEST = 4000
LONGEST_PROPOSAL = 20_000
MOST_COMMENTS = 200  # of one unit on one draft


@dataclass(frozen=True)
class Remark:
    """What somebody says of a place, where he read ``quote``: ``text``, ``proposal`` (what should stand there instead),
    or both."""

    place: str
    quote: str
    text: str
    proposal: str = ""


async def write_comment(
    session: AsyncSession, actor: Actor, meeting_id: int, remark: Remark, now: datetime
) -> MinutesComment:
    """Note what the unit says. Of the whole minutes where no place is given."""
    bundle = await get_meeting_by_id(session, meeting_id)
    minutes = await store.find_minutes(session, meeting_id, for_update=True)
    if (
        minutes is None
        or minutes.id is None
        or not record_permissions.may_read_for_comments(actor, bundle.invited_unit_ids)
    ):
        raise NotAllowed()
    today = now.astimezone(ZONE).date()
    until = minutes.comments_until if minutes.state is MinutesState.COMMENTS else None
    if until is None or today > until:
        raise Conflict(N_("Đã hết thời gian góp ý dự thảo này. Hãy liên hệ thư ký cuộc họp."))
    if not record_permissions.may_comment_minutes(actor, bundle.invited_unit_ids, until, today):
        raise NotAllowed()
    if await count_comments(session, minutes.id, unit_id=actor.unit_id) >= MOST_COMMENTS:
        raise Conflict(
            N_(
                "Mỗi đơn vị gửi được {n} góp ý cho một dự thảo và đơn vị bạn đã gửi đủ. "
                "Hãy gửi các ý còn lại cho thư ký cuộc họp bằng văn bản."
            ),
            field="text",
            n=MOST_COMMENTS,
        )
    place, quote = _locate(minutes, remark)
    comment = MinutesComment(
        minutes_id=minutes.id,
        unit_id=actor.unit_id,
        author=actor.name[:150],
        place=place,
        quote=quote,
        text=_read_text(remark.text, LONGEST, "text"),
        proposal=_read_text(remark.proposal, LONGEST_PROPOSAL, "proposal"),
        written_at=now,
    )
    if not comment.text and (not comment.proposal or comment.proposal == comment.quote):
        raise Invalid(N_("Hãy ghi ý kiến, hoặc sửa đoạn văn thành nội dung đề nghị."), field="text")
    session.add(comment)
    await session.flush()
    await _note(session, actor, "minutes.comment", minutes, comment, now)
    return comment


async def accept_comment(
    session: AsyncSession,
    actor: Actor,
    meeting_id: int,
    comment_id: int,
    revision: int,
    written: str,
    answer: str,
    now: datetime,
) -> MinutesComment:
    """Take a comment in: ``written`` stands at its place from now on; empty: the text stays as the secretary has it."""
    may = permissions.may_edit_minutes
    minutes = await load_for_change(session, actor, may, meeting_id, revision, WRITABLE)
    comment = await _find_open(session, minutes, comment_id)
    text = _read_text(written, LONGEST_PROPOSAL, "written")
    if text and comment.place != WHOLE and text != comment.quote:
        content = Content.from_json(minutes.content)
        place = find_place(content, comment.place, comment.quote)
        if place is None:
            raise Conflict(
                N_("Đoạn được góp ý đã sửa khác đi. Hãy sửa thẳng trong biên bản, rồi tiếp thu với ô sửa để trống."),
                field="written",
            )
        minutes.content = write_place(content, place, text).to_json()
        await touch(session, minutes, actor, RevisionCause.COMMENT, now)
    _settle(comment, CommentState.ACCEPTED, _read_text(answer, 2000, "answer"), actor, now)
    await _note(session, actor, "minutes.accept_comment", minutes, comment, now)
    return comment


async def answer_comment(
    session: AsyncSession, actor: Actor, meeting_id: int, comment_id: int, answer: str, now: datetime
) -> MinutesComment:
    """Say why a comment is not taken in. Possible as long as the minutes are not approved."""
    bundle = await get_meeting_by_id(session, meeting_id)
    if not permissions.may_edit_minutes(actor, bundle.meeting):
        raise NotAllowed()
    minutes = await store.find_minutes(session, meeting_id, for_update=True)
    if minutes is None:
        raise NotFound()
    comment = await _find_open(session, minutes, comment_id)
    text = _read_text(answer, 2000, "answer")
    if not text:
        raise Invalid(N_("Hãy ghi lý do không tiếp thu."), field="answer")
    _settle(comment, CommentState.ANSWERED, text, actor, now)
    await _note(session, actor, "minutes.answer_comment", minutes, comment, now)
    return comment


def _locate(minutes: Minutes, remark: Remark) -> tuple[str, str]:
    """The place of the remark now, and the text there, which must be the one that was read."""
    if remark.place == WHOLE:
        return WHOLE, ""
    content = Content.from_json(minutes.content)
    place = find_place(content, remark.place, remark.quote)
    if place is None:
        raise Conflict(
            N_("Thư ký vừa sửa đoạn này. Hãy đọc lại rồi gửi lại góp ý; nội dung bạn đã nhập vẫn còn dưới đây."),
            field="text",
        )
    return place, read_place(content, place) or ""


def _read_text(text: str, longest: int, field: str) -> str:
    if len(text) > longest:
        raise Invalid(N_("Nội dung dài nhất là {n} ký tự; hiện có {given}."), field=field, n=longest, given=len(text))
    return text.strip()


async def _find_open(session: AsyncSession, minutes: Minutes, comment_id: int) -> MinutesComment:
    comment = await find_comment(session, minutes.id or 0, comment_id)
    if comment is None:
        raise NotFound()
    if comment.state is not CommentState.OPEN:
        raise Conflict(N_("Góp ý này đã được xử lý. Hãy tải lại trang."))
    return comment


def _settle(comment: MinutesComment, state: CommentState, answer: str, actor: Actor, now: datetime) -> None:
    comment.state, comment.answer = state, answer
    comment.settled_at, comment.settled_by = now, actor.name[:150]


async def _note(
    session: AsyncSession, actor: Actor, action: str, minutes: Minutes, comment: MinutesComment, now: datetime
) -> None:
    detail = {"version": minutes.version, "comment": comment.id, "place": comment.place}
    await write_entry(session, actor, action, f"meeting:{minutes.meeting_id}", detail, now)
