"""The tables of the record: recordings, jobs, segments, minutes and their documents. No behaviour."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from meetings.models import choice


class RecordingState(StrEnum):
    OPEN = "open"  # packets are still being written
    CLOSED = "closed"  # the file is whole, or as whole as a crash left it
    TRANSCRIBED = "transcribed"
    FAILED = "failed"


class JobKind(StrEnum):
    IMPORT = "import"  # subject = upload id: the sound of a file brought from elsewhere becomes a recording
    TRANSCRIBE = "transcribe"  # subject = recording id
    DRAFT = "draft"  # subject = meeting id: merge the speakers, draft the minutes, mix the sound
    DOCUMENT = "document"  # subject = minutes id: render PDF and DOCX
    REDRAFT = "redraft"  # subject = redraft id: have a language model write the items' summaries


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class MinutesState(StrEnum):
    DRAFT = "draft"
    COMMENTS = "comments"  # still a draft, which the invited units read and comment on
    SUBMITTED = "submitted"
    APPROVED = "approved"


class RecordingSpan(SQLModel, table=True):
    """From the chair's "record" to its end. An outage ends one span and starts the next: the gap between is shown."""

    __tablename__ = "recording_span"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    started_at: datetime
    started_by: str = Field(max_length=200)
    ended_at: datetime | None = None
    ended_reason: str = Field(default="", max_length=32)  # "ended" or a key of printed_form.GAP_REASONS


class Recording(SQLModel, table=True):
    """One Matroska file of one participant's microphone over one connection, never reopened."""

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    identity: str = Field(max_length=64)
    speaker: str = Field(max_length=200)  # the site's name, or the person's
    person_id: int | None = Field(default=None, foreign_key="person.id")
    site_id: int | None = Field(default=None, foreign_key="site.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    path: str = Field(unique=True, max_length=300)  # relative to <data>/recordings
    started_at: datetime  # wall clock of the file's time 0
    ended_at: datetime | None = None
    state: RecordingState = Field(default=RecordingState.OPEN, sa_type=choice(RecordingState), index=True)
    heard: int = 0  # samples at 16 kHz whose words are stored, also while the recording goes on
    heard_byte: int = Field(
        default=0, sa_type=BigInteger
    )  # where in the file to read on: a cluster that begins before them
    is_demo: bool = False


class Job(SQLModel, table=True):
    """A lease on a piece of work. ``fence`` grows with each claim; a result is taken only with the present one."""

    id: int | None = Field(default=None, primary_key=True)
    kind: JobKind = Field(sa_type=choice(JobKind))
    subject: int
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    state: JobState = Field(default=JobState.WAITING, sa_type=choice(JobState))
    run_after: datetime
    lease_until: datetime | None = None
    fence: int = 0
    attempts: int = 0
    done: int = 0  # windows, pages, …
    total: int = 0
    worked_ms: int = 0  # spent on what is done, of all attempts that stored something
    error: str = Field(default="", max_length=500)  # a ``Reason`` as it is written
    created_at: datetime
    finished_at: datetime | None = None
    __table_args__ = (UniqueConstraint("kind", "subject"), Index("ix_job_state_run_after", "state", "run_after"))


class Segment(SQLModel, table=True):
    """One stretch of speech. ``suspect`` names why it needs a second look; empty when it does not."""

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    recording_id: int = Field(foreign_key="recording.id", index=True)
    starts_at: datetime
    ends_at: datetime
    text: str
    suspect: str = Field(default="", max_length=64)
    confidence: float | None = None  # from 0 to 1, what the model gives its words


class Minutes(SQLModel, table=True):
    """One version of a meeting's minutes. ``content`` has the shape of ``transcripts.minutes.Content``.

    ``revision`` grows with each save: a save of an older revision is refused. Once approved, ``content`` never changes
    and ``content_sha256`` is its hash in canonical JSON (sorted keys, no spaces, UTF-8).
    """

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    version: int = 1
    revision: int = 1
    state: MinutesState = Field(default=MinutesState.DRAFT, sa_type=choice(MinutesState))
    content: dict[str, Any] = Field(sa_type=JSON)
    content_sha256: str = Field(default="", max_length=64)
    edited_at: datetime
    edited_by: str = Field(default="", max_length=150)
    comments_until: date | None = None  # the last day on which the units may comment
    submitted_at: datetime | None = None
    submitted_by: str = Field(default="", max_length=150)
    returned_reason: str = Field(default="", max_length=500)  # why the chair sent it back
    approved_at: datetime | None = None
    approved_by: str = Field(default="", max_length=150)
    reason: str = Field(default="", max_length=500)  # why a new version was opened
    is_demo: bool = False
    __table_args__ = (UniqueConstraint("meeting_id", "version"),)


class Document(SQLModel, table=True):
    """A rendered file of approved minutes, with the hash of its bytes."""

    id: int | None = Field(default=None, primary_key=True)
    minutes_id: int = Field(foreign_key="minutes.id", index=True)
    format: str = Field(max_length=8)  # "pdf" or "docx"
    path: str = Field(unique=True, max_length=300)  # relative to <data>/documents
    sha256: str = Field(max_length=64)
    created_at: datetime
    __table_args__ = (UniqueConstraint("minutes_id", "format"),)
