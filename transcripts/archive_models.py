"""The tables of the archive: how long files are kept, what is held, what was told, what was destroyed. No behaviour."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from meetings.models import choice


class Scope(StrEnum):
    """What is destroyed: the whole file, or the recordings alone, whose words are in signed minutes."""

    FILE = "file"
    RECORDINGS = "recordings"


class DestructionState(StrEnum):
    PROPOSED = "proposed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"  # decided; files are being deleted
    DONE = "done"


class RetentionRule(SQLModel, table=True):
    """How long a kind of file is kept. ``years``: ``None`` is for ever. Valid from the first day to the last.

    ``meeting_kinds`` are those to whose files it is proposed, of meetings that the province convenes (``scope``
    "province"), others do ("other") or whoever does (empty). ``basis`` is the text that says so.
    """

    __tablename__ = "retention_rule"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    years: int | None = None
    basis: str = Field(max_length=300)
    meeting_kinds: list[str] = Field(default_factory=list, sa_type=JSON)
    scope: str = Field(default="", max_length=16)
    valid_from: date | None = None
    valid_to: date | None = None
    version: int = 1


class MeetingFile(SQLModel, table=True):
    """What was decided on a meeting's file. A meeting without a row is kept as the rules propose."""

    __tablename__ = "meeting_file"
    meeting_id: int = Field(foreign_key="meeting.id", primary_key=True)
    rule_id: int | None = Field(default=None, foreign_key="retention_rule.id", index=True)
    rule_by: str = Field(default="", max_length=150)
    transferred_on: date | None = None
    transferred_to: str = Field(default="", max_length=200)
    transferred_by: str = Field(default="", max_length=150)
    noticed_at: datetime | None = None  # that its term ends
    noticed_end: date | None = None  # the end that was told of
    transfer_noticed_at: datetime | None = None
    destroyed_at: datetime | None = None
    media_destroyed_at: datetime | None = None


class LegalHold(SQLModel, table=True):
    """While it is not lifted, nothing of the file is destroyed."""

    __tablename__ = "legal_hold"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    reason: str = Field(max_length=500)
    placed_by: str = Field(max_length=150)
    placed_at: datetime
    lifted_by: str = Field(default="", max_length=150)
    lifted_at: datetime | None = None
    lift_reason: str = Field(default="", max_length=500)


class Destruction(SQLModel, table=True):
    """A proposal to destroy, its decision, and its record (biên bản tiêu hủy): what was there, with every hash.

    ``entries`` are the items of the chain as they stood (``chain.tell_item``), ``files`` what was to be deleted, by
    folder and name. Accounts have no foreign key: the record outlives them.
    """

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    scope: Scope = Field(sa_type=choice(Scope))
    state: DestructionState = Field(default=DestructionState.PROPOSED, sa_type=choice(DestructionState), index=True)
    reason: str = Field(max_length=500)
    proposed_account_id: int
    proposed_by: str = Field(max_length=150)
    proposed_at: datetime
    decided_account_id: int | None = None
    decided_by: str = Field(default="", max_length=150)
    decided_at: datetime | None = None
    decision: str = Field(default="", max_length=500)
    term: str = Field(default="", max_length=500)  # the rule with its basis, and the day on which it ended
    entries: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    files: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    head: str = Field(default="", max_length=64)
    done_at: datetime | None = None
    deleted: int = 0


class FileHash(SQLModel, table=True):
    """The hash of a large file, taken soon after it was whole. ``changed_ns`` tells whether it was written since."""

    __tablename__ = "file_hash"
    path: str = Field(primary_key=True, max_length=300)  # relative to <data>/recordings
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    size: int = Field(sa_type=BigInteger)
    changed_ns: int = Field(sa_type=BigInteger)
    sha256: str = Field(max_length=64)
    hashed_at: datetime
