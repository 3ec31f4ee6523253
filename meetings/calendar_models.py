"""The tables of the calendar: series, templates, changes of form, sittings, maintenance, holidays, requests.

As in ``meetings.models``: instants in UTC, days of the province, columns and constraints alone.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field, SQLModel

from meetings.kinds import Consent as Consent
from meetings.models import Form, MeetingKind, choice


class MeetingSeries(SQLModel, table=True):
    """What repeats. Its occurrences are meetings of their own, each with its answers, attendance and minutes.

    ``starts_at`` is the first occurrence's start and ``minutes`` the length of each; ``rule`` is a RRULE of RFC 5545
    in the province's time. ``draft`` is the booking that occurrences were made from.
    """

    __tablename__ = "meeting_series"
    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=32)
    uid: str = Field(unique=True, max_length=255)
    rule: str = Field(max_length=500)
    starts_at: datetime
    minutes: int
    draft: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    sequence: int = 0
    version: int = 1
    split_from_id: int | None = Field(default=None, foreign_key="meeting_series.id", index=True)
    created_by: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime
    is_demo: bool = False


class MeetingTemplate(SQLModel, table=True):
    """A booking to start from. ``unit_id``: whose it is; ``None``: everybody's."""

    __tablename__ = "meeting_template"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=150)
    kind: MeetingKind = Field(sa_type=choice(MeetingKind), index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    draft: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created_by: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime
    is_demo: bool = False


class FormChange(SQLModel, table=True):
    """Who changed the form in which a meeting was to be held, and why."""

    __tablename__ = "form_change"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    at: datetime
    account_id: int | None = Field(default=None, foreign_key="account.id")
    name: str = Field(max_length=150)
    old: Form = Field(sa_type=choice(Form))
    new: Form = Field(sa_type=choice(Form))
    reason: str = Field(max_length=500)


class Sitting(SQLModel, table=True):
    """One stretch in which a meeting really sat: a day of several, or what came before it was broken off.

    A meeting that sat once has none. ``modes`` maps an invited unit's key (as text) to how it attended this stretch,
    once confirmed.
    """

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    started_at: datetime
    ended_at: datetime
    modes: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    __table_args__ = (CheckConstraint("ended_at > started_at", name="ends_after_start"),)


class Maintenance(SQLModel, table=True):
    """A window in which a site, or with no site the whole system, is not to be booked."""

    id: int | None = Field(default=None, primary_key=True)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    starts_at: datetime = Field(index=True)
    ends_at: datetime
    reason: str = Field(max_length=300)
    created_by: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ends_after_start"),)


class Holiday(SQLModel, table=True):
    """A day that differs from its weekday: off on a weekday, or worked on a weekend in exchange."""

    day: date = Field(primary_key=True)
    works: bool = False
    name: str = Field(max_length=150)
    basis: str = Field(default="", max_length=200)


class AbsenceRequest(SQLModel, table=True):
    """An invited unit asks the chair to be excused, or to send somebody in its head's place."""

    __tablename__ = "absence_request"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    delegate_id: int | None = Field(default=None, foreign_key="delegate.id", index=True)
    full_name: str = Field(max_length=100)  # who cannot come
    position: str = Field(default="", max_length=150)
    reason: str = Field(max_length=500)
    substitute_name: str = Field(default="", max_length=100)
    substitute_position: str = Field(default="", max_length=150)
    state: Consent = Field(default=Consent.PENDING, sa_type=choice(Consent))
    asked_by: int | None = Field(default=None, foreign_key="account.id")
    asked_at: datetime
    decided_by: str = Field(default="", max_length=150)
    decided_at: datetime | None = None
    decision_note: str = Field(default="", max_length=500)
