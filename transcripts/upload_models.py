"""The table of sound and video files of a meeting that was held elsewhere. No behaviour."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Upload(SQLModel, table=True):
    """One file that comes, or came, in pieces. How much of it is there, the file itself says.

    ``recording_id`` is set once its sound has become a recording; the file that was brought is gone then.
    """

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True, max_length=43)  # names the file, in addresses too
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    name: str = Field(max_length=150)  # as the person's system calls it
    size: int = Field(sa_type=BigInteger)
    speaker: str = Field(max_length=200)
    site_id: int | None = Field(default=None, foreign_key="site.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    starts_at: datetime  # wall clock of the sound's beginning
    created_at: datetime
    created_by: str = Field(max_length=150)
    finished_at: datetime | None = None  # all of it has come
    sha256: str = Field(default="", max_length=64)
    recording_id: int | None = Field(default=None, foreign_key="recording.id")
