"""The tables of the indicator: what is kept of each meeting, tallies of that, closed periods, explanations, distances.

Facts and tallies are worked out from meetings and can be made again at any time; everything else was written by people.
"""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from meetings.kinds import Form, MeetingKind, Mode, Outcome
from meetings.models import choice


class RatioFact(SQLModel, table=True):
    """A meeting that has ended, in one pair of levels: where it stands under each rule, and why.

    ``invited``, ``attended`` and ``online`` count units of the lower level. ``sites``: from how many points it was
    attended; ``sittings``: in how many stretches it sat.
    """

    __tablename__ = "ratio_fact"
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    upper: str = Field(max_length=32)  # codes of levels
    lower: str = Field(max_length=32)
    ended_on: date  # in the province
    convening_unit_id: int = Field(foreign_key="unit.id", index=True)
    kind: MeetingKind = Field(sa_type=choice(MeetingKind))
    planned_form: Form = Field(sa_type=choice(Form))
    held_form: Form | None = Field(default=None, sa_type=choice(Form))
    outcome_any: Outcome = Field(sa_type=choice(Outcome))
    outcome_majority: Outcome = Field(sa_type=choice(Outcome))
    outcome_all: Outcome = Field(sa_type=choice(Outcome))
    department: bool = False
    hybrid: bool = False
    declared: bool = False
    exclusion: str = Field(default="", max_length=32)
    relayed_from: str = Field(default="", max_length=200)
    invited: int
    attended: int
    online: int
    sites: int
    sittings: int
    __table_args__ = (
        UniqueConstraint("meeting_id", "lower"),
        Index("ix_ratio_fact_upper_lower_ended_on", "upper", "lower", "ended_on"),
        Index("ix_ratio_fact_outcome_ended_on", "upper", "lower", "outcome_majority", "ended_on"),
    )


class RatioFactUnit(SQLModel, table=True):
    """How one lower unit attended that meeting; unknown where only its form was declared or nothing is confirmed."""

    __tablename__ = "ratio_fact_unit"
    fact_id: int = Field(foreign_key="ratio_fact.id", primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    ended_on: date  # as of its fact
    mode: Mode | None = Field(default=None, sa_type=choice(Mode))
    __table_args__ = (Index("ix_ratio_fact_unit_unit_id_ended_on", "unit_id", "ended_on"),)


class RatioTally(SQLModel, table=True):
    """Sums over facts that share a day or half a month (``grain``) and a ``key`` of a ``dimension``.

    Every reporting period and every civil one is made of halves; custom ones take single days at their ends.
    """

    __tablename__ = "ratio_tally"
    upper: str = Field(primary_key=True, max_length=32)
    lower: str = Field(primary_key=True, max_length=32)
    dimension: str = Field(primary_key=True, max_length=16)
    grain: str = Field(primary_key=True, max_length=4)
    start: date = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=64)
    meetings: int
    eligible: int
    online_any: int
    online_majority: int
    online_all: int
    hybrid: int
    other_channel: int
    unattended: int
    unconfirmed: int
    relayed: int
    excluded: int
    declared: int
    invited: int
    attended: int
    sites: int


class RatioUnitTally(SQLModel, table=True):
    """The same per lower unit: how it attended the eligible meetings to which it was invited."""

    __tablename__ = "ratio_unit_tally"
    upper: str = Field(primary_key=True, max_length=32)
    lower: str = Field(primary_key=True, max_length=32)
    grain: str = Field(primary_key=True, max_length=4)
    start: date = Field(primary_key=True)
    unit_id: int = Field(primary_key=True, foreign_key="unit.id")
    invited: int
    online: int
    in_hall: int
    absent: int


class RatioClosing(SQLModel, table=True):
    """The figures of a period as they were when it was closed. Triggers refuse to change or delete it.

    ``figures`` is canonical JSON; ``hash`` is SHA-256 over it and the hashes of its meetings, in their order.
    """

    __tablename__ = "ratio_closing"
    id: int | None = Field(default=None, primary_key=True)
    upper: str = Field(max_length=32)
    lower: str = Field(max_length=32)
    calendar: str = Field(max_length=16)
    period: str = Field(max_length=24)
    first: date
    last: date
    rule: str = Field(max_length=16)
    figures: str
    hash: str = Field(max_length=64)
    closed_at: datetime
    account_id: int | None = None  # no foreign key: the closing outlives the account
    closed_by: str = Field(max_length=150)
    __table_args__ = (UniqueConstraint("upper", "lower", "calendar", "period"),)


class RatioClosingMeeting(SQLModel, table=True):
    """A meeting of a closed period and why it counted: canonical JSON and its SHA-256. Kept like the closing."""

    __tablename__ = "ratio_closing_meeting"
    closing_id: int = Field(foreign_key="ratio_closing.id", primary_key=True)
    meeting_id: int = Field(primary_key=True)  # no foreign key: the closing outlives the meeting
    evidence: str
    hash: str = Field(max_length=64)


class RatioExplanation(SQLModel, table=True):
    """Why a lower unit stayed below the target in a period; earlier wordings stand in the audit log."""

    __tablename__ = "ratio_explanation"
    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    upper: str = Field(max_length=32)
    lower: str = Field(max_length=32)
    calendar: str = Field(max_length=16)
    period: str = Field(max_length=24)
    text: str = Field(max_length=2000)
    version: int = 1
    written_by: str = Field(max_length=150)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    written_at: datetime
    __table_args__ = (UniqueConstraint("unit_id", "upper", "lower", "calendar", "period"),)


class UnitDistance(SQLModel, table=True):
    """How far a unit is from the province's seat, one way; where it has no row, the estimates of the project stand."""

    __tablename__ = "unit_distance"
    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    km: float
    hours: float
    basis: str = Field(default="", max_length=200)
