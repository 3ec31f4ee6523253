"""Every query on letters: those that leave and those that came. The caller commits.

A letter is written in the transaction of the change that it tells of, so neither is without the other. Whoever sends
it claims it first for a while; one that was claimed and neither sent nor failed is free again when that is over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.deadlines import DeadlineKind
from meetings.invitation_models import Mail, MailState, ReceivedMail
from meetings.invitations.mail_rules import OF_SERVER, Trouble, next_try, write_error
from meetings.models import Meeting, MeetingStatus

LEASE = timedelta(minutes=15)
REMINDER = "remind"  # keys of letters about deadlines begin so
OF_TASK = f"{REMINDER}:task"  # and those about tasks, which live longer than the meeting that gave them
OF_FILE = f"{REMINDER}:file"  # those about the files of meetings, years later
TIDYING = "tidy:"  # those that only take an older entry of a meeting out of calendars
OF_COMMENTS = "comments"  # those that ask to comment on minutes, when the meeting is over


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDraft:
    """A letter to be queued; ``key`` names what it says to whom."""

    key: str
    recipient: str
    subject: str
    body: str
    recipient_name: str = ""
    meeting_id: int | None = None
    delegate_id: int | None = None
    calendar: str = ""
    method: str = ""
    files: list[dict[str, str]] = field(default_factory=list)


async def list_known_keys(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Which of ``keys`` were queued already."""
    return set((await session.exec(select(Mail.key).where(col(Mail.key).in_(keys)))).all()) if keys else set()


async def queue_mail(session: AsyncSession, drafts: Sequence[MailDraft], now: datetime) -> list[Mail]:
    """Put letters into the queue; those whose key is known stay as they are. The new ones."""
    known = await list_known_keys(session, {draft.key for draft in drafts})
    added: list[Mail] = []
    for draft in drafts:
        if draft.key in known:
            continue
        known.add(draft.key)
        added.append(
            Mail(
                key=draft.key,
                meeting_id=draft.meeting_id,
                delegate_id=draft.delegate_id,
                recipient=draft.recipient,
                recipient_name=draft.recipient_name[:150],
                subject=draft.subject[:300],
                body=draft.body,
                calendar=draft.calendar,
                method=draft.method,
                files=draft.files,
                next_at=now,
                created_at=now,
                queued_at=now,
            )
        )
    session.add_all(added)
    await session.flush()
    return added


async def has_due(session: AsyncSession, now: datetime) -> bool:
    """Whether there is a letter to claim; asking costs next to nothing."""
    return (await session.exec(select(Mail.id).where(*_list_conditions(now)).limit(1))).first() is not None


async def claim_mail(session: AsyncSession, now: datetime, lease: timedelta = LEASE) -> Mail | None:
    """The letter that has waited longest, now the caller's until the lease ends; ``None`` when none is due.

    Two that ask at the same time get different letters. What is told to somebody about a meeting leaves in the order in
    which it was told: an invitation that was put off must not come after its cancellation.
    """
    query = (
        select(Mail)
        .where(*_list_conditions(now))
        .order_by(col(Mail.next_at), col(Mail.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    mail = (await session.exec(query)).first()
    if mail is not None:
        mail.claimed_until = now + lease
        session.add(mail)
        await session.flush()
    return mail


def _list_conditions(now: datetime) -> list[ColumnElement[bool]]:
    """Of a letter that may be claimed."""
    return [col(Mail.state) == MailState.QUEUED, col(Mail.next_at) <= now, _is_free(now), _is_next()]


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(col(Mail.claimed_until).is_(None), col(Mail.claimed_until) <= now)


def _is_next() -> ColumnElement[bool]:
    earlier = aliased(Mail)
    return ~exists().where(
        col(earlier.meeting_id) == col(Mail.meeting_id),
        col(earlier.recipient) == col(Mail.recipient),
        col(earlier.state) == MailState.QUEUED,
        col(earlier.id) < col(Mail.id),
    )


async def is_stale(session: AsyncSession, mail: Mail, now: datetime) -> bool:
    """Whether what the letter tells of is over: an invitation to yesterday's meeting helps nobody."""
    lasting = (f"{REMINDER}:{DeadlineKind.CONCLUSIONS}:", f"{OF_TASK}:", f"{OF_FILE}:", f"{OF_COMMENTS}:")
    if mail.meeting_id is None or mail.key.startswith(lasting):
        return False
    meeting = await session.get(Meeting, mail.meeting_id)
    return meeting is not None and meeting.ends_at <= now and meeting.status is not MeetingStatus.IN_SESSION


async def note_sent(session: AsyncSession, mail_id: int, now: datetime) -> None:
    mail = await session.get_one(Mail, mail_id, with_for_update=True)
    mail.state, mail.sent_at, mail.claimed_until, mail.error = MailState.SENT, now, None, ""
    mail.attempts += 1
    session.add(mail)
    await session.flush()


async def note_failure(session: AsyncSession, mail_id: int, trouble: Trouble, detail: str, now: datetime) -> Mail:
    """The letter did not leave. It is tried again later, or given up."""
    mail = await session.get_one(Mail, mail_id, with_for_update=True)
    _fail(mail, trouble, detail, now)
    session.add(mail)
    await session.flush()
    return mail


async def note_server_failure(
    session: AsyncSession, claimed_id: int, trouble: Trouble, detail: str, now: datetime
) -> int:
    """The server took nothing: the letter that was claimed waits, and every other one that is due. How many."""
    due = and_(col(Mail.next_at) <= now, _is_free(now))
    query = select(Mail).where(Mail.state == MailState.QUEUED, or_(col(Mail.id) == claimed_id, due)).with_for_update()
    waiting = (await session.exec(query)).all()
    for mail in waiting:
        _fail(mail, trouble, detail, now)
        session.add(mail)
    await session.flush()
    return len(waiting)


def _fail(mail: Mail, trouble: Trouble, detail: str, now: datetime) -> None:
    mail.attempts += 1
    mail.claimed_until = None
    mail.error = write_error(trouble, detail)
    again = next_try(trouble, mail.attempts, mail.queued_at, now)
    mail.next_at = again or now
    if again is None:
        mail.state = MailState.FAILED


async def release_held(session: AsyncSession, now: datetime) -> None:
    """The server answers again: what only waited for it is due at once."""
    held = or_(*(col(Mail.error).startswith(f"{trouble.value}: ") for trouble in OF_SERVER))
    query = update(Mail).where(col(Mail.state) == MailState.QUEUED, col(Mail.next_at) > now, held)
    await session.exec(query.values(next_at=now))


async def list_mail(
    session: AsyncSession,
    *,
    state: MailState | None = None,
    meeting_id: int | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[Mail]:
    """The newest first; ``before_id`` pages on."""
    query = select(Mail).order_by(col(Mail.id).desc()).limit(limit)
    if state is not None:
        query = query.where(Mail.state == state)
    if meeting_id is not None:
        query = query.where(Mail.meeting_id == meeting_id)
    if before_id is not None:
        query = query.where(col(Mail.id) < before_id)
    return list((await session.exec(query)).all())


async def list_meeting_calendars(session: AsyncSession, meeting_ids: Collection[int]) -> list[Mail]:
    """Every letter that puts these meetings into calendars or calls them off there, the oldest first."""
    query = select(Mail).where(col(Mail.meeting_id).in_(meeting_ids), col(Mail.method) != "")
    query = query.where(col(Mail.key).not_like(f"{TIDYING}%"))
    return list((await session.exec(query.order_by(col(Mail.id)))).all())


async def count_mail(session: AsyncSession, meeting_id: int | None = None) -> dict[MailState, int]:
    """How many letters are in each state, of one meeting or of all."""
    query = select(Mail.state, func.count()).group_by(col(Mail.state))
    if meeting_id is not None:
        query = query.where(Mail.meeting_id == meeting_id)
    found = dict((await session.exec(query)).all())
    return {state: found.get(state, 0) for state in MailState}


async def is_received(session: AsyncSession, message_id: str) -> bool:
    """Whether this letter of the mailbox was dealt with."""
    query = select(ReceivedMail.id).where(ReceivedMail.message_id == message_id)
    return (await session.exec(query)).first() is not None


async def list_received(session: AsyncSession, limit: int = 50) -> list[ReceivedMail]:
    """The letters of the mailbox that were dealt with, the newest first."""
    query = select(ReceivedMail).order_by(col(ReceivedMail.id).desc()).limit(limit)
    return list((await session.exec(query)).all())
