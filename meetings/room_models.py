"""The tables of what a meeting's room leaves behind, and of what is made ready for it. No behaviour.

As in ``meetings.models``: instants in UTC, columns and constraints alone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from meetings.kinds import IncidentKind as IncidentKind
from meetings.kinds import LineState as LineState
from meetings.models import choice


class VotingMember(SQLModel, table=True):
    """A person who votes in this meeting. Whoever comes in their place does not."""

    __tablename__ = "voting_member"
    meeting_id: int = Field(foreign_key="meeting.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)


class Vote(SQLModel, table=True):
    """A vote of the room that was closed or withdrawn. ``number`` is its name within the meeting.

    ``voters`` are those who voted, by name. ``choices`` (``[{"name", "choice"}]``) stays empty for a secret one: of
    that the books hold the tally alone.
    """

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    number: int
    subject: str = Field(max_length=500)
    kind: str = Field(max_length=16)  # "ballot" or "opinion"
    secret: bool = False
    state: str = Field(max_length=16)  # "closed" or "withdrawn"
    agenda_title: str = Field(default="", max_length=300)  # the item under discussion when it was opened
    opened_at: datetime
    closed_at: datetime
    closed_by: str = Field(default="", max_length=200)
    entitled: int = 0
    present: int = 0
    cast: int = 0
    quorum: int = 0
    valid: bool | None = None
    in_favour: int | None = None  # None where it was withdrawn
    against: int | None = None
    abstain: int | None = None
    voters: list[str] = Field(default_factory=list, sa_type=JSON)
    choices: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    __table_args__ = (
        UniqueConstraint("meeting_id", "number"),
        CheckConstraint("kind IN ('ballot', 'opinion')", name="kind"),
        CheckConstraint("state IN ('closed', 'withdrawn')", name="state"),
    )


class AgendaTurn(SQLModel, table=True):
    """From ``at`` on this item of the agenda was under discussion; no ``position``: none was."""

    __tablename__ = "agenda_turn"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    at: datetime
    position: int | None = None  # as in ``agenda_item``: from 1 on
    title: str = Field(default="", max_length=300)
    identity: str = Field(default="", max_length=64)
    name: str = Field(default="", max_length=200)  # who turned to it


class Paper(SQLModel, table=True):
    """A document of the meeting, such as a report or slides, that can be opened in the room.

    A new version takes the place of the one that it names in ``replaces_id``; the old file stays.
    """

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    title: str = Field(max_length=200)
    file_name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int
    sha256: str = Field(max_length=64)
    path: str = Field(unique=True, max_length=300)  # relative to <data>/papers
    uploaded_at: datetime
    uploaded_by: int | None = Field(default=None, foreign_key="account.id")
    uploaded_by_name: str = Field(default="", max_length=150)
    for_guests: bool = False  # guests who came by a link may open it too
    withdrawn_at: datetime | None = None
    version: int = 1
    replaces_id: int | None = Field(default=None, foreign_key="paper.id", index=True)


class Incident(SQLModel, table=True):
    """Something that went wrong at a unit or site (or in the whole room: neither), noted by hand."""

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    site_id: int | None = Field(default=None, foreign_key="site.id")
    kind: IncidentKind = Field(sa_type=choice(IncidentKind))
    text: str = Field(default="", max_length=500)
    starts_at: datetime
    ends_at: datetime | None = None  # it lasts
    noted_at: datetime
    noted_by: int | None = Field(default=None, foreign_key="account.id")
    noted_by_name: str = Field(default="", max_length=150)
    __table_args__ = (CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="ends_after_start"),)


class ConnectionReport(SQLModel, table=True):
    """The result of one connection test. ``result`` is what the page measured, step by step.

    The latest one of a site for a meeting is what the rehearsal board shows of it.
    """

    __tablename__ = "connection_report"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int | None = Field(default=None, foreign_key="meeting.id", index=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    guest: str = Field(default="", max_length=64)  # "guest:3:…" where there is no account
    name: str = Field(default="", max_length=200)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    at: datetime
    state: LineState = Field(sa_type=choice(LineState))
    route: str = Field(default="", max_length=16)  # "udp", "tcp", "relay"; empty when no media came through
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Duty(SQLModel, table=True):
    """Who looks after a site's equipment during a meeting, and under which number."""

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    site_id: int = Field(foreign_key="site.id", index=True)
    name: str = Field(default="", max_length=100)
    phone: str = Field(default="", max_length=32)
    noted_at: datetime
    noted_by_name: str = Field(default="", max_length=150)
    __table_args__ = (UniqueConstraint("meeting_id", "site_id"),)
