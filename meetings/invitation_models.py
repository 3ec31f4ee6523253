"""The tables of invitations: the people who come, the mail that leaves, feeds.

As in ``meetings.models``: instants in UTC, columns and constraints alone.
"""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from meetings.kinds import Answer as Answer
from meetings.kinds import Attended as Attended
from meetings.kinds import Consent as Consent
from meetings.kinds import MailState as MailState
from meetings.models import choice


class Delegate(SQLModel, table=True):
    """A person whom an invited unit sends, with the answer given and how the person attended.

    ``site_id``: where the person sits; without one it is wherever the unit's invitation says. ``is_head``: the unit's
    head, whose place is the meeting's to give: another one, or a ``substitute_for`` the head, needs the chair's
    consent. ``late_addition``: put on the list after the meeting had begun, by whom and when stands in ``added_by`` and
    ``added_at``. ``to_confirm``: who put itself on the list at the hall's door and is not confirmed by a secretary yet.
    """

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    full_name: str = Field(max_length=100)
    position: str = Field(default="", max_length=150)
    email: str = Field(default="", max_length=254)
    is_head: bool = False
    substitute_for: str = Field(default="", max_length=100)
    consent: Consent = Field(default=Consent.NOT_NEEDED, sa_type=choice(Consent))
    consent_by: str = Field(default="", max_length=200)
    consent_at: datetime | None = None
    answer: Answer = Field(default=Answer.NEEDS_ACTION, sa_type=choice(Answer))
    answer_note: str = Field(default="", max_length=300)
    answered_at: datetime | None = None
    answered_by: str = Field(default="", max_length=16)  # "page", "link" or "mail"
    answer_sequence: int = 0  # of the invitation that was answered
    attended: Attended | None = Field(default=None, sa_type=choice(Attended))
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    absence_reason: str = Field(default="", max_length=300)
    marked_by: str = Field(default="", max_length=150)
    marked_how: str = Field(default="", max_length=16)  # "room", "qr" or "list"
    marked_at: datetime | None = None
    late_addition: bool = False
    to_confirm: bool = False
    added_by: str = Field(default="", max_length=150)
    added_at: datetime


class AnswerLink(SQLModel, table=True):
    """A link by which a person answers, one in each letter. The URL carries the token; only its SHA-256 is stored.

    It stays when the person leaves the list, so that whoever follows it is told.
    """

    __tablename__ = "answer_link"
    token_hash: str = Field(primary_key=True, max_length=64)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    delegate_id: int | None = Field(default=None, foreign_key="delegate.id", index=True)
    created_at: datetime
    revoked_at: datetime | None = None


class Mail(SQLModel, table=True):
    """A letter that is to leave. It is written with the change that it tells of and sent afterwards, again and again.

    ``key`` names what it says to whom: the same one is queued once. ``calendar`` is an iTIP part (RFC 5546) with
    ``method``; ``files`` name attachments in the documents' folder (``[{"name", "file"}]``). ``queued_at``: when it
    came into the queue, at first or again by hand. ``error``: what went wrong last, as ``trouble: server's words``.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=200)
    meeting_id: int | None = Field(default=None, foreign_key="meeting.id", index=True)
    delegate_id: int | None = Field(default=None, foreign_key="delegate.id", index=True)
    recipient: str = Field(max_length=254)
    recipient_name: str = Field(default="", max_length=150)
    subject: str = Field(max_length=300)
    body: str
    calendar: str = ""
    method: str = Field(default="", max_length=16)
    files: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    state: MailState = Field(default=MailState.QUEUED, sa_type=choice(MailState))
    attempts: int = 0
    next_at: datetime
    claimed_until: datetime | None = None
    error: str = Field(default="", max_length=500)
    created_at: datetime
    queued_at: datetime
    sent_at: datetime | None = None
    __table_args__ = (Index("ix_mail_state_next_at", "state", "next_at"),)


class ReceivedMail(SQLModel, table=True):
    """A letter of the mailbox of answers that was dealt with, so that it is dealt with once."""

    __tablename__ = "received_mail"
    id: int | None = Field(default=None, primary_key=True)
    message_id: str = Field(unique=True, max_length=255)
    sender: str = Field(default="", max_length=254)
    received_at: datetime
    outcome: str = Field(max_length=32)
    detail: str = Field(default="", max_length=500)


class CalendarFeed(SQLModel, table=True):
    """A secret address of somebody's or some unit's calendar. The URL carries the token; only its SHA-256 is stored."""

    __tablename__ = "calendar_feed"
    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    label: str = Field(default="", max_length=150)
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
