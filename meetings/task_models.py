"""The tables of tasks: what approved conclusions give a unit to do, who helps it, and everything that became of it."""

from datetime import date, datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from meetings.models import choice
from meetings.task_states import TaskState, TaskStep


class Task(SQLModel, table=True):
    """One conclusion that names a unit. Names are those that the minutes use; a unit that is none of the province's, or
    of several ("các xã, phường"), has no key.

    ``original_due`` is the deadline of the minutes, ``due`` what it was extended to. ``asked_due``: until when the lead
    unit asks for more time, while nobody has answered. ``minutes_version``: which minutes it stands in as it is.
    ``dropped``: a replacement of the minutes left it out.
    """

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    position: int  # among the conclusions
    text: str = Field(sa_type=Text)
    lead_unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    lead_name: str = Field(max_length=200)
    product: str = Field(default="", max_length=500)
    due: date | None = Field(default=None, index=True)
    original_due: date | None = None
    asked_due: date | None = None
    segment_id: int | None = None  # the first row of the transcript that it was taken from; no foreign key: it may go
    state: TaskState = Field(default=TaskState.ASSIGNED, sa_type=choice(TaskState), index=True)
    dropped: bool = False
    minutes_version: int = 1
    reported_on: date | None = None
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None = None


class TaskUnit(SQLModel, table=True):
    """A unit that supports the lead unit of a task."""

    __tablename__ = "task_unit"
    task_id: int = Field(foreign_key="task.id", primary_key=True)
    position: int = Field(primary_key=True)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    name: str = Field(max_length=500)


class TaskEvent(SQLModel, table=True):
    """One line of a task's history; reports are lines of it. ``day``: of the report, or the deadline that it sets."""

    __tablename__ = "task_event"
    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id", index=True)
    at: datetime
    account_id: int | None = Field(default=None, foreign_key="account.id")
    name: str = Field(max_length=150)
    step: TaskStep = Field(sa_type=choice(TaskStep))
    state: TaskState = Field(sa_type=choice(TaskState))  # after it
    text: str = Field(default="", sa_type=Text)
    day: date | None = None
    day_before: date | None = None
