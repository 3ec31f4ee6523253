"""The tables of searching: what is searched, and which meetings must be read again. No behaviour.

The words themselves are in an index beside: on SQLite the FTS5 table ``search_words``, on PostgreSQL the column
``search_entry.words`` (migration 0011).
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from meetings.models import choice


class EntryKind(StrEnum):
    MEETING = "meeting"  # title, agenda, conveners
    PAPER = "paper"
    MINUTES = "minutes"
    TRANSCRIPT = "transcript"


class SearchEntry(SQLModel, table=True):
    """One passage. ``id`` grows with the meeting's time, so that the newest come first without sorting.

    ``ref``: the paper, the minutes or the recording. ``place``: a page of a paper, a heading of minutes, the speaker.
    ``starts_at`` and ``marks``: of each sentence of a transcript its first letter, the seconds after ``starts_at`` at
    which it begins, and its segment, written ``0:0.000:118 57:4.120:119``.
    """

    __tablename__ = "search_entry"
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    meeting_id: int = Field(foreign_key="meeting.id", index=True, ondelete="CASCADE")
    kind: EntryKind = Field(sa_type=choice(EntryKind))
    ref: int = 0
    version: int = 0  # of minutes
    is_open: bool = True  # to everybody who may see the meeting's record; else to those who make it
    place: str = Field(default="", max_length=300)
    text: str
    starts_at: datetime | None = None
    marks: str = ""


class SearchDue(SQLModel, table=True):
    """Something of this meeting changed; written by triggers of the database, so that no use case has to think of it.

    Rows are only added, so writers never wait for each other here. A worker that reads the meeting takes its rows until
    ``taken_until`` and deletes them afterwards.
    """

    __tablename__ = "search_due"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(index=True)
    taken_until: datetime | None = None
