"""The tables of the domain: columns and constraints, no behaviour, no ``Relationship()``.

Every instant is stored in UTC and comes back aware; a naive one is refused when it is flushed. Spans of validity are
dates in the province's calendar: ``valid_from`` is the first day, ``valid_to`` the last day, ``None`` means open.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, MetaData, UniqueConstraint
from sqlalchemy import Enum as SaEnum
from sqlmodel import Field, SQLModel

from meetings.kinds import Answer as Answer
from meetings.kinds import Classification as Classification
from meetings.kinds import Form as Form
from meetings.kinds import MeetingKind as MeetingKind
from meetings.kinds import MeetingStatus as MeetingStatus
from meetings.kinds import Mode as Mode
from meetings.kinds import Role as Role
from meetings.kinds import SuccessionKind as SuccessionKind
from meetings.kinds import UnitKind as UnitKind

# Named constraints, so that a migration can drop one on every database.
SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def choice(of: type[StrEnum]) -> Any:
    """A text column that holds the values of ``of`` and gives them back as its members."""
    return SaEnum(of, native_enum=False, length=32, values_callable=lambda e: [member.value for member in e])


class Level(SQLModel, table=True):
    """A tier of government; rank 1 is the highest."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=32)
    name: str = Field(max_length=100)
    rank: int
    valid_from: date | None = None
    valid_to: date | None = None


class Unit(SQLModel, table=True):
    """An organisation. Its names, levels, parents and codes are rows with their own validity."""

    id: int | None = Field(default=None, primary_key=True)
    kind: UnitKind = Field(sa_type=choice(UnitKind))
    official_order: int = 1000
    email: str = Field(default="", max_length=254)  # the official mailbox, to which its invitations go
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = Field(default="", max_length=500)
    is_demo: bool = False


class UnitName(SQLModel, table=True):
    __tablename__ = "unit_name"
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    name: str = Field(max_length=200)
    short_name: str = Field(default="", max_length=60)
    valid_from: date | None = None
    valid_to: date | None = None


class UnitLevel(SQLModel, table=True):
    __tablename__ = "unit_level"
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    level_id: int = Field(foreign_key="level.id", index=True)
    valid_from: date | None = None
    valid_to: date | None = None


class UnitParent(SQLModel, table=True):
    __tablename__ = "unit_parent"
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    parent_id: int = Field(foreign_key="unit.id", index=True)
    valid_from: date | None = None
    valid_to: date | None = None


class UnitCode(SQLModel, table=True):
    """A code in a scheme: ``gso``, ``qcvn102`` or ``qd20``."""

    __tablename__ = "unit_code"
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    scheme: str = Field(max_length=16)
    code: str = Field(max_length=35)
    valid_from: date | None = None
    valid_to: date | None = None
    __table_args__ = (Index("ix_unit_code_scheme_code", "scheme", "code"),)


class UnitSuccession(SQLModel, table=True):
    """``old`` became (part of) ``new`` on ``on``; ``new_unit_id`` is empty when a unit was abolished."""

    __tablename__ = "unit_succession"
    id: int | None = Field(default=None, primary_key=True)
    old_unit_id: int = Field(foreign_key="unit.id", index=True)
    new_unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    kind: SuccessionKind = Field(sa_type=choice(SuccessionKind))
    on: date
    basis: str = Field(default="", max_length=200)


class Site(SQLModel, table=True):
    """A point of presence (điểm cầu): a room with a camera and a microphone, also used as a hall."""

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    name: str = Field(max_length=200)
    address: str = Field(default="", max_length=300)
    seats: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    is_demo: bool = False


class Person(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    full_name: str = Field(max_length=100)
    position: str = Field(default="", max_length=150)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    email: str = Field(default="", max_length=254)
    is_demo: bool = False


class Account(SQLModel, table=True):
    """One sign-in: of a person, or of a site (then ``site_id`` is set and ``person_id`` is not)."""

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True, max_length=64)
    password_hash: str = Field(max_length=200)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    locale: str = Field(default="vi", max_length=8)
    must_change_password: bool = False
    failed_sign_ins: int = 0
    locked_until: datetime | None = None
    disabled_at: datetime | None = None
    created_at: datetime
    is_demo: bool = False
    __table_args__ = (CheckConstraint("(person_id IS NULL) <> (site_id IS NULL)", name="person_or_site"),)


class AccountRole(SQLModel, table=True):
    __tablename__ = "account_role"
    account_id: int = Field(foreign_key="account.id", primary_key=True)
    role: Role = Field(sa_type=choice(Role), primary_key=True)


class SignIn(SQLModel, table=True):
    """A server-side session. The cookie holds the token; only its SHA-256 is stored."""

    __tablename__ = "sign_in"
    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True)
    csrf_token: str = Field(max_length=64)
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=300)


class AuditEntry(SQLModel, table=True):
    """Append-only and hash-chained: triggers refuse UPDATE and DELETE; ``hash`` covers the row and the one before."""

    __tablename__ = "audit_entry"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True)
    account_id: int | None = None  # no foreign key: the entry outlives the account
    actor: str = Field(max_length=150)
    action: str = Field(max_length=64, index=True)
    subject: str = Field(default="", max_length=64, index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    address: str = Field(default="", max_length=64)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class Meeting(SQLModel, table=True):
    """A meeting, from the booking on. ``slug`` is its unguessable name in URLs, ``code`` the one of an import.

    ``recurrence_at`` is the start that the rule of its series gave it, whatever it was moved to. ``calendar_uid`` is
    its UID in calendars where that is not made of the slug, ``sequence`` its SEQUENCE (RFC 5545). ``relayed_from``
    names the organ that convened it where that is none of the province's. ``declared_form`` is how it was held by word
    alone, where nobody wrote down who attended.
    """

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=32)
    code: str | None = Field(default=None, index=True, unique=True, max_length=64)
    title: str = Field(max_length=300)
    kind: MeetingKind = Field(sa_type=choice(MeetingKind))
    convening_unit_id: int = Field(foreign_key="unit.id", index=True)
    chair_id: int = Field(foreign_key="person.id", index=True)
    secretary_id: int = Field(foreign_key="person.id", index=True)
    hall_id: int | None = Field(default=None, foreign_key="site.id", index=True)  # the main site
    starts_at: datetime = Field(index=True)
    ends_at: datetime
    planned_form: Form = Field(sa_type=choice(Form))
    form_reason: str = Field(default="", max_length=500)  # required when in person
    urgent: bool = False
    classification: Classification = Field(default=Classification.INTERNAL, sa_type=choice(Classification))
    status: MeetingStatus = Field(default=MeetingStatus.SCHEDULED, sa_type=choice(MeetingStatus), index=True)
    status_reason: str = Field(default="", max_length=500)  # why it was returned, postponed or called off
    started_at: datetime | None = None
    ended_at: datetime | None = Field(default=None, index=True)
    recorded_at: datetime | None = None  # when its minutes were first approved
    channel: str = Field(default="giaoban", max_length=32)  # code of a Channel; empty: held without any
    exclusion: str = Field(default="", max_length=32)  # code of an exclusion, fixed with the booking
    exclusion_reason: str = Field(default="", max_length=500)
    attendance_confirmed_at: datetime | None = None
    attendance_confirmed_by: int | None = Field(default=None, foreign_key="account.id")
    series_id: int | None = Field(default=None, foreign_key="meeting_series.id", index=True)
    recurrence_at: datetime | None = None
    calendar_uid: str = Field(default="", max_length=255, index=True)
    sequence: int = 0
    preparing_unit_id: int | None = Field(default=None, foreign_key="unit.id")
    relayed_from: str = Field(default="", max_length=200)
    declared_form: Form | None = Field(default=None, sa_type=choice(Form))
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    approved_by: int | None = Field(default=None, foreign_key="account.id")
    checkin_key: str = Field(default="", max_length=64)  # makes the codes on the hall's screen; empty: none shown
    capacity: int | None = None  # how many connections the room holds; None: as the settings say
    version: int = 1  # grows with each edit; an edit of an older one is refused
    created_by: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime
    is_demo: bool = False
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)


class Invitation(SQLModel, table=True):
    """An invited unit, the site it will use, and what the secretary confirmed afterwards."""

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    position: int = 0  # official order
    confirmed_mode: Mode | None = Field(default=None, sa_type=choice(Mode))
    head_count: int | None = None  # declared by the site, then confirmed by the secretary
    names: list[str] = Field(default_factory=list, sa_type=JSON)  # of those present, as the site declared them
    note: str = Field(default="", max_length=300)
    answer: Answer = Field(default=Answer.NEEDS_ACTION, sa_type=choice(Answer))
    answer_note: str = Field(default="", max_length=300)
    answered_at: datetime | None = None
    answered_by: str = Field(default="", max_length=150)
    answer_sequence: int = 0  # of the meeting as it stood when it was answered
    added_at: datetime | None = None  # when the meeting had begun already: a late addition
    added_by: str = Field(default="", max_length=150)
    __table_args__ = (UniqueConstraint("meeting_id", "unit_id"),)


class AgendaItem(SQLModel, table=True):
    """One item. ``carried``: it came by itself, for tasks of earlier meetings are open; no booking changes it."""

    __tablename__ = "agenda_item"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    position: int
    title: str = Field(max_length=300)
    presenter: str = Field(default="", max_length=150)
    minutes: int | None = None
    carried: bool = False


class BusySpan(SQLModel, table=True):
    """An anonymous "Bận": it keeps a hall or a person from being booked twice and says nothing else."""

    __tablename__ = "busy_span"
    id: int | None = Field(default=None, primary_key=True)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    starts_at: datetime
    ends_at: datetime
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("site_id IS NOT NULL OR person_id IS NOT NULL", name="site_or_person"),
    )


class SecretMeetingCount(SQLModel, table=True):
    """How many times the answer to the secrecy question was yes in half a month: all that is kept of such a meeting.

    Halves begin on the 1st and on the 15th, so that periods from the 15th to the 14th and calendar ones both add up.
    """

    __tablename__ = "secret_meeting_count"
    month: date = Field(primary_key=True)  # the half's first day
    count: int = 0


class GuestLink(SQLModel, table=True):
    """An invitation by link. The URL carries the token; only its SHA-256 is stored."""

    __tablename__ = "guest_link"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    token_hash: str = Field(unique=True, max_length=64)
    label: str = Field(max_length=150)  # whom it was made for
    created_by: int = Field(foreign_key="account.id")
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class Presence(SQLModel, table=True):
    """One interval in which an identity was in the room. An open one has no ``left_at``."""

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    identity: str = Field(max_length=64, index=True)  # "account:12" or "guest:3:…"
    name: str = Field(max_length=200)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    site_id: int | None = Field(default=None, foreign_key="site.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    joined_at: datetime
    left_at: datetime | None = None
    left_reason: str = Field(default="", max_length=32)


class ChatMessage(SQLModel, table=True):
    __tablename__ = "chat_message"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    at: datetime
    identity: str = Field(max_length=64)
    name: str = Field(max_length=200)
    text: str = Field(max_length=2000)
    audience: str = Field(default="everybody", max_length=16)  # or "chairs"


class RoomState(SQLModel, table=True):
    """The room's snapshot, and when its server was last known to be alive."""

    __tablename__ = "room_state"
    meeting_id: int = Field(foreign_key="meeting.id", primary_key=True)
    snapshot: dict[str, Any] = Field(sa_type=JSON)
    alive_at: datetime


class Channel(SQLModel, table=True):
    """A recognised system: holding a meeting over it counts as online in its time."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=32)
    name: str = Field(max_length=150)
    recognised: bool = True
    valid_from: date | None = None
    valid_to: date | None = None


class Target(SQLModel, table=True):
    """A target with its operator: ``> 80`` is not ``>= 80``. Bound to the reporting period, not to a date."""

    id: int | None = Field(default=None, primary_key=True)
    upper_level: str = Field(max_length=32)
    lower_level: str = Field(max_length=32)
    operator: str = Field(max_length=2)
    value: float  # per cent
    valid_from: date
    valid_to: date | None = None
    basis: str = Field(default="", max_length=200)
    is_demo: bool = False
    __table_args__ = (CheckConstraint("operator IN ('>', '>=')", name="operator"),)
