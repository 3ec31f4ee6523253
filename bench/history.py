"""Five invented years of a province's meetings, the same each time, and a plain count of what they come to."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import Sitting
from meetings.indicator.fact_store import table_of
from meetings.kinds import EXCLUSIONS, Form, MeetingKind, MeetingStatus, Mode, UnitKind
from meetings.models import (
    Invitation,
    Level,
    Meeting,
    Person,
    Presence,
    SecretMeetingCount,
    Site,
    Target,
    Unit,
    UnitLevel,
    UnitName,
)
from web.database import Database

FIRST, NOW = date(2022, 1, 1), datetime(2026, 12, 10, 1, tzinfo=UTC)
DAYS = 5 * 365
PROVINCE, LOWER, CONVENERS = 1, 200, 20  # keys: the province, its departments up to 20, then the lower units
AT_ONCE = 2000  # meetings written in one statement
ONLINE, HALL, ABSENT = Mode.ONLINE, Mode.IN_HALL, Mode.ABSENT


@dataclass
class Invented:
    """A meeting as it was, in as few words as make its rows. ``before``: how it sat until it was broken off."""

    key: int
    day: date
    convener: int
    kind: MeetingKind
    planned: Form
    modes: dict[int, Mode]
    channel: str = "giaoban"
    exclusion: str = ""
    relayed_from: str = ""
    declared: Form | None = None
    confirmed: bool = True
    before: dict[int, Mode] = field(default_factory=dict)
    measured: bool = False  # nobody said of the first unit how it attended; the room knows

    @property
    def ended_at(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 4, tzinfo=UTC)

    @property
    def is_over(self) -> bool:
        return self.ended_at <= NOW


def make_dice(seed: int) -> random.Random:
    """What falls the same each time."""
    return random.Random(seed)  # noqa: S311 - invented data, not a secret


def invent(count: int) -> Iterator[Invented]:
    """``count`` meetings, evenly over the five years, by their days."""
    dice = make_dice(2022)
    for key in range(1, count + 1):
        day = FIRST + timedelta(days=(key - 1) * DAYS // count)
        habit = dice.random()
        units = dice.sample(range(CONVENERS + 1, CONVENERS + LOWER + 1), dice.randint(5, 15))
        modes = {unit: _throw(dice, habit) for unit in sorted(units)}
        made = Invented(key, day, PROVINCE if dice.random() < 0.6 else dice.randint(2, CONVENERS), *_plan(dice), modes)
        _vary(dice, made)
        yield made


def _throw(dice: random.Random, habit: float) -> Mode:
    lot = dice.random()
    if lot < 0.05:
        return ABSENT
    if habit < 0.15:  # everybody came
        return HALL
    return ONLINE if habit < 0.6 or lot > 0.45 else HALL


def _plan(dice: random.Random) -> tuple[MeetingKind, Form]:
    return dice.choice(list(MeetingKind)), dice.choice([Form.ONLINE, Form.ONLINE, Form.HYBRID, Form.IN_PERSON])


def _vary(dice: random.Random, made: Invented) -> None:
    """One in five is something special."""
    match dice.randint(1, 100):
        case lot if lot <= 3:
            made.exclusion = dice.choice(list(EXCLUSIONS))
        case lot if lot <= 6:
            made.channel = "other"
        case lot if lot <= 8:
            made.relayed_from = "Bộ Nội vụ"
        case 9:
            made.modes = dict.fromkeys(made.modes, ABSENT)
        case lot if lot <= 12:
            made.declared = dice.choice(list(Form))
        case lot if lot <= 14:
            made.before = {unit: _throw(dice, dice.random()) for unit in made.modes}
        case lot if lot <= 16:
            made.measured = True
            made.modes[next(iter(made.modes))] = ONLINE
        case lot if lot <= 18:
            made.confirmed = made.day < date(2026, 10, 1)


def judge(made: Invented) -> str:
    """What it counts for by a majority, straight from how it was made."""
    if made.relayed_from:
        return "relayed"
    if made.exclusion:
        return f"excluded:{made.exclusion}"
    if made.declared is None:
        if not made.confirmed:
            return "unconfirmed"
        if {*made.modes.values(), *made.before.values()} <= {ABSENT}:
            return "unattended"
    if made.channel == "other":
        return "other_channel"
    if made.declared is not None:
        return "online" if made.declared is Form.ONLINE else "not_online"
    sittings = [made.modes] + ([made.before] if made.before else [])
    online = sum(list(one.values()).count(ONLINE) > list(one.values()).count(HALL) for one in sittings)
    return "online" if 2 * online > len(sittings) else "not_online"


async def found(database: Database) -> None:
    """Units, sites and two people, without which there are no meetings."""
    async with database.write() as session:
        levels = {row.code: row.id or 0 for row in (await session.exec(select(Level))).all()}
        for key in range(1, CONVENERS + LOWER + 1):
            lower = key > CONVENERS
            kind = UnitKind.PEOPLE_COMMITTEE if lower or key == PROVINCE else UnitKind.DEPARTMENT
            session.add(Unit(id=key, kind=kind, official_order=key))
            await session.flush()
            session.add(UnitName(unit_id=key, name=f"Đơn vị thử {key}"))
            session.add(UnitLevel(unit_id=key, level_id=levels["commune" if lower else "province"]))
            session.add(Site(id=key, unit_id=key, name=f"Điểm cầu thử {key}"))
        session.add_all(Person(id=key, full_name=f"Người thử {key}", unit_id=PROVINCE) for key in (1, 2))
        pair = {"upper_level": "province", "lower_level": "commune", "operator": ">", "value": 80.0}
        session.add(Target.model_validate({**pair, "valid_from": FIRST}))
        session.add(SecretMeetingCount(month=date(2026, 1, 1), count=3))


async def write_meetings(database: Database, invented: Iterable[Invented]) -> None:
    """Their rows: bookings, invitations with what the secretary confirmed, sittings, presences."""
    source = iter(invented)
    while part := list(islice(source, AT_ONCE)):
        async with database.write() as session:
            if database.dialect == "postgresql":  # the rows are known to fit; checking each is not what is measured
                await (await session.connection()).execute(text("SET LOCAL session_replication_role = replica"))
            await _insert(session, Meeting, [_meeting_row(made) for made in part])
            await _insert(session, Invitation, [row for made in part for row in _invitation_rows(made)])
            await _insert(session, Sitting, [_sitting_row(made) for made in part if made.before and made.is_over])
            await _insert(
                session,
                Presence,
                [row for made in part if made.measured and made.is_over for row in _presence_rows(made)],
            )


async def _insert(session: AsyncSession, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await (await session.connection()).execute(insert(table_of(model)), rows)


def _meeting_row(made: Invented) -> dict[str, Any]:
    start, over = made.ended_at - timedelta(hours=2), made.is_over
    return {
        **MEETING,
        "id": made.key,
        "slug": f"thu{made.key}",
        "title": f"Họp thử {made.key}",
        "kind": made.kind,
        "convening_unit_id": made.convener,
        "starts_at": start,
        "ends_at": made.ended_at,
        "started_at": start if over else None,
        "ended_at": made.ended_at if over else None,
        "status": MeetingStatus.ENDED if over else MeetingStatus.SCHEDULED,
        "planned_form": made.planned,
        "channel": made.channel,
        "exclusion": made.exclusion,
        "relayed_from": made.relayed_from,
        "declared_form": made.declared,
        "attendance_confirmed_at": made.ended_at if over and made.confirmed and made.declared is None else None,
        "created_at": start,
    }


MEETING = Meeting(
    slug="", title="", kind=MeetingKind.OTHER, convening_unit_id=1, chair_id=1, secretary_id=2,
    starts_at=NOW, ends_at=NOW, planned_form=Form.ONLINE, created_at=NOW,
).model_dump(exclude={"id"})  # fmt: skip
INVITATION = Invitation(meeting_id=0, unit_id=0).model_dump(exclude={"id"})
PRESENCE = Presence(meeting_id=0, identity="", name="Điểm cầu thử", joined_at=NOW).model_dump(exclude={"id"})


def _invitation_rows(made: Invented) -> Iterator[dict[str, Any]]:
    said = made.is_over and made.declared is None and made.confirmed
    for position, (unit, mode) in enumerate(made.modes.items()):
        known = said and not (made.measured and position == 0)
        confirmed = mode if known else None
        ids = {"meeting_id": made.key, "unit_id": unit, "site_id": unit, "position": position}
        yield {**INVITATION, **ids, "confirmed_mode": confirmed}


def _sitting_row(made: Invented) -> dict[str, Any]:
    start = made.ended_at - timedelta(days=7)
    modes = {str(unit): mode.value for unit, mode in made.before.items()}
    return {"meeting_id": made.key, "started_at": start, "ended_at": start + timedelta(hours=2), "modes": modes}


def _presence_rows(made: Invented) -> Iterator[dict[str, Any]]:
    """The first unit was in the room for three quarters of the meeting, in two parts; so it attended online."""
    unit = next(iter(made.modes))
    start = made.ended_at - timedelta(hours=2)
    for first, last in ((0, 50), (40, 90)):
        times = {"joined_at": start + timedelta(minutes=first), "left_at": start + timedelta(minutes=last)}
        yield {**PRESENCE, **times, "meeting_id": made.key, "identity": f"thu:{unit}", "unit_id": unit, "site_id": unit}
