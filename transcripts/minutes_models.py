"""The tables of the work on minutes: what each save replaced, and what the sites say of a draft. No behaviour."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from meetings.models import choice


class RevisionCause(StrEnum):
    DRAFT = "draft"  # the program drafted it, or it was there before revisions were kept
    SAVE = "save"
    ATTENDANCE = "attendance"  # confirmed attendance was taken in
    COMMENT = "comment"  # a comment was accepted into the text
    REDRAFT = "redraft"  # summaries that the language model wrote were taken over
    RESTORE = "restore"
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    NEW_VERSION = "new_version"


class CommentState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    ANSWERED = "answered"  # not taken into the text, and why


class MinutesRevision(SQLModel, table=True):
    """The content of minutes as one save left it.

    Of saves that one person makes by typing on, the last of each minute stays: ``began_at`` is when the first of them
    came. Everything else that touches minutes has a row of its own.
    """

    __tablename__ = "minutes_revision"
    id: int | None = Field(default=None, primary_key=True)
    minutes_id: int = Field(foreign_key="minutes.id", index=True)
    revision: int
    cause: RevisionCause = Field(sa_type=choice(RevisionCause))
    content: dict[str, Any] = Field(sa_type=JSON)
    began_at: datetime
    saved_at: datetime
    saved_by: str = Field(default="", max_length=150)
    __table_args__ = (UniqueConstraint("minutes_id", "revision"),)


class MinutesComment(SQLModel, table=True):
    """What an invited unit says of a draft.

    ``place`` is a path into the content such as ``sections.2.statements.0.text``; empty: of the whole. ``quote`` is the
    text that stood there, ``proposal`` what should stand there instead, if the unit says so.
    """

    __tablename__ = "minutes_comment"
    id: int | None = Field(default=None, primary_key=True)
    minutes_id: int = Field(foreign_key="minutes.id", index=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    author: str = Field(max_length=150)
    place: str = Field(default="", max_length=100)
    quote: str = ""
    text: str = ""
    proposal: str = ""
    written_at: datetime
    state: CommentState = Field(default=CommentState.OPEN, sa_type=choice(CommentState))
    answer: str = Field(default="", max_length=2000)
    settled_at: datetime | None = None
    settled_by: str = Field(default="", max_length=150)
