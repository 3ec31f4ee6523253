"""The demo's meetings: 2022 with the districts, the last twelve months with the communes, this week and the next."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import Maintenance
from meetings.interval import Span
from meetings.models import AgendaItem, Form, Invitation, Meeting, MeetingStatus, Mode, Presence, Target, Unit
from meetings.org_tree import Validity
from meetings.periods import PeriodKind, Profile, local_day, make_period, month_of_day, months_back
from web.demo.calendar import at_hour, next_working_day, slot_of, spread_days
from web.demo.people import CHAIRS, SECRETARY
from web.demo.topics import BRIEFING, MONTHS_OF_2022, RECENT_MONTHS, TOPICS, Topic
from web.demo.units import Cast

DISTRICTS, COMMUNES = "huyện, thành phố", "xã, phường, đặc khu"
IN_PERSON_REASON = "Nội dung cần xem xét hồ sơ gốc và bản đồ tại phòng họp"
EXCLUSION_REASON = "Họp tại hiện trường, kết hợp kiểm tra thực địa"
COMMUNES_BEGIN = date(2025, 7, 1)
FORMS = {"P": Form.IN_PERSON, "X": Form.IN_PERSON, "H": Form.HYBRID, "h": Form.HYBRID}


@dataclass(frozen=True, slots=True)
class Plan:
    """One meeting to make. ``number`` counts them, so that each differs a little; ``letter`` is that of its month."""

    number: int
    letter: str
    topic: Topic
    span: Span
    month: int
    year: int
    lower: str
    units: Sequence[Unit]
    channel: str
    hall: str = "main"

    @property
    def slug(self) -> str:
        return hashlib.sha256(f"giaoban demo {self.span.start.isoformat()} {self.number}".encode()).hexdigest()[:20]

    @property
    def form(self) -> Form:
        return FORMS.get(self.letter, Form.ONLINE)

    def invited(self) -> list[Unit]:
        """Everybody to a briefing, else some, others each time; only who exists on the day."""
        day = local_day(self.span.start)
        there = [unit for unit in self.units if Validity(unit.valid_from, unit.valid_to).covers(day)]
        step = 2 if len(there) < 20 else 9
        return [unit for place, unit in enumerate(there) if self.topic.everyone or (place + self.number) % step == 0]

    def mode_of(self, place: int) -> Mode:
        """How the ``place``-th invited unit attended."""
        if self.letter == "N" or (place * 7 + self.number * 5) % 13 == 1:
            return Mode.ABSENT
        in_hall = {"P": True, "X": True, "H": place % 4 == 0, "h": place % 4 != 0}.get(self.letter, False)
        return Mode.IN_HALL if in_hall else Mode.ONLINE


async def add_past(session: AsyncSession, cast: Cast, now: datetime) -> None:
    """Meetings that were held: those of 2022, and those of the twelve reporting months up to ``now``."""
    for plan in [*plan_2022(cast), *plan_recent(cast, now)]:
        await add_held(session, cast, plan)


def plan_2022(cast: Cast) -> list[Plan]:
    plans: list[Plan] = []
    for month, letters in enumerate(MONTHS_OF_2022, start=1):
        period = make_period(PeriodKind.MONTH, 2022, month, Profile.REPORTING)
        days = spread_days(period, len(letters), date(2023, 1, 1))
        plans.extend(
            make_plan(len(plans) + place, letter, day, month, 2022, DISTRICTS, cast.districts, "province_bridge")
            for place, (letter, day) in enumerate(zip(letters, days, strict=True))
        )
    return plans


def plan_recent(cast: Cast, now: datetime) -> list[Plan]:
    """The last pattern is for the present month, of which only some days have passed."""
    today = local_day(now)
    plans: list[Plan] = []
    months = months_back(month_of_day(today, Profile.REPORTING), len(RECENT_MONTHS))
    for period, letters in zip(months, RECENT_MONTHS, strict=True):
        days = [day for day in spread_days(period, len(letters), today) if day >= COMMUNES_BEGIN]
        plans.extend(
            make_plan(
                100 + len(plans) + place, letter, day, period.number, period.year, COMMUNES, cast.communes, "giaoban"
            )
            for place, (letter, day) in enumerate(zip(letters, days, strict=False))
        )
    return plans


def make_plan(
    number: int, letter: str, day: date, month: int, year: int, lower: str, units: Sequence[Unit], channel: str
) -> Plan:
    """The first meeting of a month, and every one in person that is not excluded, is as its letter; topics go round."""
    first = number % 5 == 0 and letter in "OH"
    topic = BRIEFING if first else TOPICS[number % len(TOPICS)]
    hall = "large" if letter == "P" else ("main", "second")[number % 2]
    span = slot_of(day, number)
    return Plan(number, letter, topic, span, month, year, lower, units, "other" if letter == "Z" else channel, hall)


async def add_held(session: AsyncSession, cast: Cast, plan: Plan) -> None:
    start = plan.span.start + timedelta(minutes=plan.number % 4)
    held = Span(start, plan.span.end + timedelta(minutes=plan.number % 7 - 3))
    confirmed = plan.letter != "U"
    meeting = make_meeting(cast, plan)
    meeting.status = MeetingStatus.ENDED
    meeting.started_at, meeting.ended_at = held.start, held.end
    meeting.channel = plan.channel
    if plan.letter == "X":
        meeting.exclusion, meeting.exclusion_reason = "field_visit", EXCLUSION_REASON
    if confirmed:
        meeting.attendance_confirmed_at = held.end + timedelta(minutes=40)
        meeting.attendance_confirmed_by = cast.accounts[SECRETARY]
    meeting_id = await save_meeting(session, meeting, plan)
    for place, unit in enumerate(plan.invited()):
        mode = plan.mode_of(place)
        unit_id = unit.id or 0
        session.add(
            Invitation(
                meeting_id=meeting_id,
                unit_id=unit_id,
                site_id=meeting.hall_id if mode is Mode.IN_HALL else cast.site_of[unit_id],
                position=place + 1,
                confirmed_mode=mode if confirmed else None,
                head_count=count_heads(mode, place) if confirmed else None,
                note="Vắng có lý do" if confirmed and mode is Mode.ABSENT else "",
            )
        )
        if mode is Mode.ONLINE and plan.channel == "giaoban":
            session.add_all(make_presences(cast, meeting_id, unit_id, held, place + plan.number))
    await session.flush()


def count_heads(mode: Mode, place: int) -> int:
    return 0 if mode is Mode.ABSENT else 3 + place * 5 % 9


def make_meeting(cast: Cast, plan: Plan) -> Meeting:
    return Meeting(
        slug=plan.slug,
        title=plan.topic.title.format(month=plan.month, year=plan.year, lower=plan.lower),
        kind=plan.topic.kind,
        convening_unit_id=cast.province,
        chair_id=cast.people[CHAIRS[plan.number % 2]],
        secretary_id=cast.people[SECRETARY],
        hall_id=cast.halls[plan.hall],
        starts_at=plan.span.start,
        ends_at=plan.span.end,
        planned_form=plan.form,
        form_reason=IN_PERSON_REASON if plan.form is Form.IN_PERSON else "",
        created_by=cast.accounts[SECRETARY],
        created_at=plan.span.start - timedelta(days=5),
        is_demo=True,
    )


async def save_meeting(session: AsyncSession, meeting: Meeting, plan: Plan) -> int:
    session.add(meeting)
    await session.flush()
    meeting_id = meeting.id or 0
    for position, (title, presenter) in enumerate(plan.topic.agenda, start=1):
        session.add(
            AgendaItem(
                meeting_id=meeting_id,
                position=position,
                title=title,
                presenter=presenter.format(lower=plan.lower),
                minutes=20 + 5 * (position % 3),
            )
        )
    return meeting_id


def make_presences(cast: Cast, meeting_id: int, unit_id: int, held: Span, number: int) -> list[Presence]:
    """One connection from a little before to a little after; now and then a line breaks and comes back."""
    site_id = cast.site_of[unit_id]
    joined, left = held.start - timedelta(minutes=number % 9), held.end + timedelta(seconds=20 + number % 40)
    spans = [(joined, left, "left")]
    if number % 11 == 0:
        broke = held.start + held.length / 3
        spans = [(joined, broke, "lost"), (broke + timedelta(minutes=4), left, "left")]
    return [
        Presence(
            meeting_id=meeting_id,
            identity=f"demo:{site_id}",
            name=cast.site_names[site_id],
            site_id=site_id,
            unit_id=unit_id,
            joined_at=begin,
            left_at=end,
            left_reason=reason,
        )
        for begin, end, reason in spans
    ]


async def add_coming(session: AsyncSession, cast: Cast, now: datetime) -> Meeting:
    """One meeting whose room is open at once, which is returned, and some of this week and the next."""
    made: list[Meeting] = []
    today = local_day(now)
    start = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    spans = [Span(start, start + timedelta(hours=3))]
    spans += [slot_of(next_working_day(today, days), place) for place, days in enumerate((1, 2, 3, 5, 6))]
    letters = "OOHPOO"
    topics = (TOPICS[0], TOPICS[1], TOPICS[4], TOPICS[2], TOPICS[6], BRIEFING)
    for place, (span, letter, topic) in enumerate(zip(spans, letters, topics, strict=True)):
        month = month_of_day(local_day(span.start), Profile.REPORTING)
        hall = ("main", "second", "main", "large", "second", "main")[place]
        plan = Plan(
            200 + place, letter, topic, span, month.number, month.year, COMMUNES, cast.communes, "giaoban", hall
        )
        meeting = make_meeting(cast, plan)
        meeting.created_at = min(meeting.created_at, now)
        meeting_id = await save_meeting(session, meeting, plan)
        invited = {unit.id or 0: unit for unit in [*with_accounts(cast), *plan.invited()]}
        for position, unit_id in enumerate(invited, start=1):
            in_hall = plan.form is Form.IN_PERSON
            site_id = meeting.hall_id if in_hall else cast.site_of[unit_id]
            session.add(Invitation(meeting_id=meeting_id, unit_id=unit_id, site_id=site_id, position=position))
        made.append(meeting)
    await session.flush()
    return made[0]


def make_window(cast: Cast, now: datetime) -> Maintenance:
    """The technician closes the large hall for an afternoon of next week."""
    start = at_hour(next_working_day(local_day(now), 4), 14, 0)
    return Maintenance(
        site_id=cast.halls["large"],
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        reason="Thay hệ thống âm thanh hội trường",
        created_by=cast.accounts["kythuat"],
        created_at=now,
    )


def with_accounts(cast: Cast) -> list[Unit]:
    """The communes whose accounts are printed are invited to every coming meeting, so that there is one to join."""
    wanted = {cast.units["Xã Đức Trọng"], cast.units["Xã Đinh Văn Lâm Hà"]}
    return [unit for unit in cast.communes if unit.id in wanted]


def make_targets() -> list[Target]:
    return [
        Target(
            upper_level="province",
            lower_level="commune",
            operator=">",
            value=80,
            valid_from=COMMUNES_BEGIN,
            basis="Số liệu mô phỏng: giữ mức của năm 2022 cho các xã, phường, đặc khu",
            is_demo=True,
        ),
    ]
