"""Answers that come by mail: whose they are, whether they count, and the note that the letter was dealt with.

A mail's sender is easily forged. What is asked for here is that one address is three things: who sent the letter, who
answers in its calendar part, and whom we invited to the meeting with this UID, which nobody knows but those invited.
Whether the sender's address is genuine is for the mail server to say: a letter that it marked as failing DMARC counts
for nothing. So an answer by mail is as good as the province's mail server; it decides on nobody's attendance, it shows
that it came by mail, and a unit's contact or a secretary can put it right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import N_
from meetings.invitation_models import Delegate, ReceivedMail
from meetings.invitations.addresses import same_address
from meetings.invitations.answers import is_open, record_answer
from meetings.invitations.delegate_store import list_invitees
from meetings.invitations.ical import slug_of
from meetings.invitations.ical_reading import CalendarReply
from meetings.invitations.mail_store import is_received
from meetings.invitations.recipients import find_mailboxes
from meetings.models import Invitation, Meeting
from meetings.periods import local_day

LONGEST_DETAIL = 500


class Outcome(StrEnum):
    """What became of a letter of the mailbox."""

    ANSWERED = "answered"
    OLDER = "older"
    OUTDATED = "outdated"
    CLOSED = "closed"
    NOT_INVITED = "not_invited"
    UNKNOWN = "unknown"
    WRONG_SENDER = "wrong_sender"
    FORGED = "forged"
    UNPROVEN = "unproven"
    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"


WORDS = {
    Outcome.ANSWERED: N_("Đã ghi câu trả lời."),
    Outcome.OLDER: N_("Đã có câu trả lời mới hơn nên không ghi."),
    Outcome.OUTDATED: N_("Trả lời cho lịch họp trước khi thay đổi nên không ghi."),
    Outcome.CLOSED: N_("Cuộc họp không còn nhận trả lời."),
    Outcome.NOT_INVITED: N_("Địa chỉ này không có trong thành phần mời của cuộc họp."),
    Outcome.UNKNOWN: N_("Không tìm thấy cuộc họp."),
    Outcome.WRONG_SENDER: N_("Người gửi thư không phải là người được mời trong lịch."),
    Outcome.FORGED: N_("Máy chủ thư xác định địa chỉ gửi là giả mạo."),
    Outcome.UNPROVEN: N_("Máy chủ thư không xác nhận được địa chỉ gửi. Đề nghị trả lời bằng liên kết trong thư mời."),
    Outcome.NO_ANSWER: N_("Thư không có câu trả lời qua lịch. Hãy mở hộp thư để đọc."),
    Outcome.UNREADABLE: N_("Không đọc được thư. Hãy mở hộp thư để xem."),
    Outcome.TOO_LARGE: N_("Thư quá lớn nên không xử lý. Hãy mở hộp thư để xem."),
}
FINEST = list(Outcome)  # of several answers in one letter the first of these is told


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """A letter as it was read. ``trouble``: why there is nothing to take from it."""

    key: str
    sender: str
    replies: Sequence[CalendarReply] = field(default_factory=tuple)
    trouble: Outcome | None = None
    detail: str = ""


async def take_letter(session: AsyncSession, letter: ReceivedLetter, now: datetime) -> Outcome | None:
    """Deal with one letter, once; ``None`` when that was done before."""
    if await is_received(session, letter.key):
        return None
    outcome, detail = letter.trouble or Outcome.NO_ANSWER, letter.detail
    if letter.trouble is None and letter.replies:
        results = [await _take_reply(session, letter, reply, now) for reply in letter.replies]
        outcome, detail = min(results, key=lambda result: FINEST.index(result[0]))
    session.add(
        ReceivedMail(
            message_id=letter.key,
            sender=letter.sender[:254],
            received_at=now,
            outcome=outcome.value,
            detail=detail[:LONGEST_DETAIL],
        )
    )
    await session.flush()
    return outcome


async def _take_reply(
    session: AsyncSession, letter: ReceivedLetter, reply: CalendarReply, now: datetime
) -> tuple[Outcome, str]:
    if not same_address(letter.sender, reply.address):
        return Outcome.WRONG_SENDER, reply.address
    meetings = await _find_meetings(session, reply)
    if not meetings:
        return Outcome.UNKNOWN, reply.uid
    results = [await _answer(session, meeting, reply, now) for meeting in meetings]
    best = min(results, key=FINEST.index)
    return best, meetings[results.index(best)].title


async def _find_meetings(session: AsyncSession, reply: CalendarReply) -> list[Meeting]:
    """The meeting of a UID; of a series the occurrence that is meant, or all of them."""
    own = (col(Meeting.calendar_uid) == "") & (col(Meeting.slug) == slug_of(reply.uid))
    query = select(Meeting).where((col(Meeting.calendar_uid) == reply.uid) | own)
    meetings = (await session.exec(query.order_by(col(Meeting.starts_at)))).all() if reply.uid else []
    return [meeting for meeting in meetings if _is_meant(meeting, reply)]


def _is_meant(meeting: Meeting, reply: CalendarReply) -> bool:
    if reply.recurrence is None or meeting.recurrence_at is None:
        return True
    if isinstance(reply.recurrence, datetime):
        return reply.recurrence == meeting.recurrence_at
    return reply.recurrence == local_day(meeting.recurrence_at)


async def _answer(session: AsyncSession, meeting: Meeting, reply: CalendarReply, now: datetime) -> Outcome:
    target = await _find_target(session, meeting, reply.address)
    if target is None:
        return Outcome.NOT_INVITED
    if not is_open(meeting, now):
        return Outcome.CLOSED
    if reply.sequence is not None and reply.sequence < meeting.sequence:
        return Outcome.OUTDATED
    sequence = meeting.sequence if reply.sequence is None else reply.sequence
    at = min(reply.stamp or now, now).astimezone(UTC)  # a clock that is fast must not outdo what comes later
    taken = await record_answer(session, target, reply.answer, reply.note, "mail", sequence, at)
    return Outcome.ANSWERED if taken else Outcome.OLDER


async def _find_target(session: AsyncSession, meeting: Meeting, address: str) -> Delegate | Invitation | None:
    """The person with this address; where several share it, or none has it, the unit whose mailbox it is."""
    meeting_id = meeting.id or 0
    people = [row for row in await list_invitees(session, meeting_id) if same_address(row.email, address)]
    if len(people) == 1:
        return people[0]
    rows = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting_id))).all()
    mailboxes = await find_mailboxes(session, [row.unit_id for row in rows])
    units = [row for row in rows if any(same_address(each, address) for each in mailboxes.get(row.unit_id, []))]
    return units[0] if len(units) == 1 else None
