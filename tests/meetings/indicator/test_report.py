from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.errors import Invalid, NotAllowed
from meetings.indicator.evidence import Wanted, load_page
from meetings.indicator.facts import refresh_fact
from meetings.indicator.figures import pick_target, to_goal
from meetings.indicator.report import RatioReport
from meetings.interval import Span
from meetings.kinds import Outcome, Rule
from meetings.models import (
    Channel,
    Form,
    Meeting,
    MeetingKind,
    MeetingStatus,
    Mode,
    SecretMeetingCount,
    Target,
    Unit,
    UnitKind,
)
from meetings.people_store import load_history
from meetings.periods import parse
from tests.factories import NOW, World, add_ended_meeting, add_meeting, add_presence, add_site, add_unit, key
from web.database import Database

ENDED = datetime(2026, 11, 20, 3, tzinfo=UTC)  # in the reporting month 202612, in the calendar month 202611
ON, HALL, OFF = Mode.ONLINE, Mode.IN_HALL, Mode.ABSENT


async def hold(session: AsyncSession, world: World, *modes: Mode | None, **values: Any) -> Meeting:
    convening: Unit = values.pop("convening", world.province)
    invited = values.pop("invited", world.communes[: len(modes)])
    ended_at = values.pop("ended_at", ENDED)
    people = (world.chair, world.secretary)
    meeting = await add_ended_meeting(session, convening, *people, invited, modes, ended_at, **values)
    await refresh_fact(session, key(meeting))
    return meeting


async def report(
    database: Database, world: World, period: str = "202612", lower: str = "commune", **values: Any
) -> RatioReport:
    async with database.read() as session:
        return await actions.report_ratio(session, world.actors["leader"], "province", lower, period, now=NOW, **values)


async def add_various(database: Database, world: World) -> dict[str, int]:
    """One meeting of each outcome; the keys say what each is."""
    async with database.write() as session:
        made = {
            "online": await hold(session, world, ON, ON, HALL),
            "half": await hold(session, world, ON, HALL, OFF),
            "in person": await hold(session, world, HALL, HALL, planned_form=Form.IN_PERSON),
            "zoom": await hold(session, world, ON, ON, channel="other"),
            "nobody": await hold(session, world, OFF, OFF),
            "open": await hold(session, world, None, None),
            "excluded": await hold(session, world, HALL, exclusion="disaster"),
            "department": await hold(session, world, ON, convening=world.department),
        }
        return {name: key(meeting) for name, meeting in made.items()}


async def test_report_counts_every_meeting_in_its_place(any_database: Database, any_world: World) -> None:
    await add_various(any_database, any_world)
    async with any_database.write() as session:
        session.add(SecretMeetingCount(month=date(2026, 12, 1), count=2))
        session.add(SecretMeetingCount(month=date(2026, 11, 1), count=9))
    found = await report(any_database, any_world)
    ratio = found.ratio
    assert (ratio.online, ratio.eligible) == (2, 5)
    assert ratio.excluded == {"disaster": 1}
    assert (ratio.unattended, ratio.unconfirmed, ratio.other_channel) == (1, 1, 1)
    assert ratio.hybrid == 2
    assert (found.departments.online, found.departments.eligible, found.secrets) == (1, 1, 2)
    assert (ratio.invited, ratio.attended, ratio.average_sites) == (11, 10, Fraction(11, 5))
    assert found.forms == {
        (Form.ONLINE, Form.HYBRID): 2,
        (Form.IN_PERSON, Form.IN_PERSON): 1,
        (Form.ONLINE, Form.ONLINE): 2,
    }
    assert [(row.unit.id, row.department, row.ratio.online, row.ratio.eligible) for row in found.conveners] == [
        (key(any_world.province), False, 1, 4),
        (key(any_world.department), True, 1, 1),
    ]
    assert [(kind, kept.eligible, kept.relayed) for kind, kept in found.kinds] == [(MeetingKind.BRIEFING, 5, 0)]
    assert (found.cumulative.ratio.eligible, found.last_year and found.last_year.ratio.eligible) == (5, 0)


@pytest.mark.parametrize(
    ("profile", "period", "count"),
    [
        ("reporting", "202612", 1),
        ("reporting", "202701", 3),
        ("reporting", "20264", 1),
        ("reporting", "2026", 1),
        ("reporting", "2027", 3),
        ("civil", "202611", 0),
        ("civil", "202612", 3),
        ("civil", "202701", 1),
        ("civil", "2026", 3),
        ("civil", "2027", 1),
    ],
)
async def test_state_secrets_count_in_the_period_of_their_day_in_both_profiles(
    any_database: Database, any_world: World, profile: str, period: str, count: int
) -> None:
    days = [(2026, 12, 14), (2026, 12, 15), (2026, 12, 31), (2027, 1, 14)]
    async with any_database.write() as session:
        for year, month, day in days:
            start = datetime(year, month, day, 1, tzinfo=UTC)
            span, chair = Span(start, start + timedelta(hours=1)), key(any_world.chair)
            await actions.note_secret_meeting(session, any_world.actors["secretary"], None, chair, span, NOW)
    found = await report(any_database, any_world, period, profile=profile)
    assert (found.secrets, found.ratio.excluded) == (count, {})


@pytest.mark.parametrize(
    ("which", "names"),
    [
        ("all", {"online", "half", "in person", "zoom", "nobody", "open", "excluded", "department"}),
        ("eligible", {"online", "half", "in person", "zoom", "department"}),
        ("online", {"online", "department"}),
        ("not_online", {"half", "in person"}),
        ("other_channel", {"zoom"}),
        ("unattended", {"nobody"}),
        ("unconfirmed", {"open"}),
        ("excluded", {"excluded"}),
        ("excluded:disaster", {"excluded"}),
        ("excluded:field_visit", set()),
        ("hybrid", {"online", "half"}),
        ("department", {"department"}),
        ("declared", set()),
        ("kind:briefing", {"online", "half", "in person", "zoom", "department"}),
        ("kind:training", set()),
        ("forms:online:hybrid", {"online", "half"}),
        ("forms:in_person:online", set()),
    ],
)
async def test_every_number_has_its_list(database: Database, world: World, which: str, names: set[str]) -> None:
    made = await add_various(database, world)
    async with database.read() as session:
        found = await actions.list_ratio_meetings(
            session, world.actors["leader"], "province", "commune", "202612", wanted=which, now=NOW
        )
    assert {each.bundle.id for each in found.found} == {made[name] for name in names}
    assert (found.total, found.page, found.pages) == (len(names), 1, 1)


@pytest.mark.parametrize(("page", "number", "count"), [(1, 1, 2), (2, 2, 2), (3, 3, 1), (9, 3, 1), (0, 1, 2)])
async def test_long_list_comes_page_by_page(
    database: Database, world: World, page: int, number: int, count: int
) -> None:
    async with database.write() as session:
        made = [await hold(session, world, ON, ended_at=ENDED - timedelta(days=days)) for days in range(5, 0, -1)]
    async with database.read() as session:
        history, period = await load_history(session), parse("2026-12")
        found = await load_page(
            session, history, ("province", "commune"), period, Wanted(), Rule.ANY, NOW, page=page, size=2
        )
    assert (found.page, found.pages, found.total) == (number, 3, 5)
    assert [each.bundle.id for each in found.found] == [key(row) for row in made[2 * number - 2 :][:count]]


async def test_evidence_tells_form_and_outcome(database: Database, world: World) -> None:
    made = await add_various(database, world)
    async with database.read() as session:
        found = await actions.list_ratio_meetings(
            session, world.actors["leader"], "province", "commune", "202612", now=NOW
        )
    forms = {each.bundle.id: each.fact.held_form for each in found.found}
    assert (forms[made["online"]], forms[made["zoom"]], forms[made["in person"]], forms[made["nobody"]]) == (
        Form.HYBRID,
        Form.ONLINE,
        Form.IN_PERSON,
        None,
    )
    assert {each.outcome for each in found.found} == set(Outcome) - {Outcome.RELAYED}


@pytest.mark.parametrize(
    ("upper", "lower", "period", "which", "field"),
    [
        ("province", "commune", "202612", "everything", "which"),
        ("province", "commune", "202612", "kind:feast", "which"),
        ("province", "commune", "202612", "convener:x", "which"),
        ("province", "commune", "202612", "forms:online", "which"),
        ("commune", "province", "202612", "all", "pair"),
        ("province", "village", "202612", "all", "pair"),
        ("village", "commune", "202612", "all", "pair"),
        ("province", "commune", "202613", "all", "period"),
    ],
)
async def test_unknown_list_pair_or_period_is_refused(
    database: Database, world: World, upper: str, lower: str, period: str, which: str, field: str
) -> None:
    async with database.write() as session:
        await hold(session, world, ON)
    async with database.read() as session:
        with pytest.raises(Invalid) as refused:
            await actions.list_ratio_meetings(
                session, world.actors["leader"], upper, lower, period, wanted=which, now=NOW
            )
    assert refused.value.field == field


@pytest.mark.parametrize("who", ["contact", "delegate", "clerk", "technician", "site1", "administrator"])
async def test_report_is_for_those_who_may_see_the_ratio(database: Database, world: World, who: str) -> None:
    async with database.read() as session:
        with pytest.raises(NotAllowed):
            await actions.report_ratio(session, world.actors[who], "province", "commune", "2026", now=NOW)
        with pytest.raises(NotAllowed):
            await actions.list_ratio_meetings(session, world.actors[who], "province", "commune", "2026", now=NOW)


async def test_meeting_counts_in_the_period_of_its_real_end(any_database: Database, any_world: World) -> None:
    last_instant = datetime(2026, 11, 14, 16, 59, 59, tzinfo=UTC)  # 23:59:59 on the 14th in the province
    async with any_database.write() as session:
        await hold(session, any_world, ON, ended_at=last_instant)
        await hold(session, any_world, ON, ended_at=last_instant + timedelta(seconds=1))
        await hold(session, any_world, ON, starts_at=datetime(2026, 10, 1, tzinfo=UTC), ends_at=ENDED)
    november, december = await report(any_database, any_world, "202611"), await report(any_database, any_world)
    assert (november.ratio.eligible, december.ratio.eligible) == (1, 2)
    calendar = await report(any_database, any_world, "202611", profile="civil")
    assert calendar.ratio.eligible == 3


async def test_levels_are_those_of_the_day_of_the_end(any_database: Database, any_world: World) -> None:
    world, june = any_world, datetime(2025, 6, 30, 3, tzinfo=UTC)
    async with any_database.write() as session:
        await hold(session, world, ON, invited=[world.district], ended_at=june)
        await hold(session, world, ON, invited=[world.district], ended_at=june + timedelta(days=1))
        await hold(session, world, ON, invited=[world.communes[0]], ended_at=june)
    assert (await report(any_database, world, "2025", "district")).ratio.eligible == 1
    assert (await report(any_database, world, "2025", "commune")).ratio.eligible == 0


async def test_meeting_with_two_levels_counts_once_in_each_pair(database: Database, world: World) -> None:
    day = datetime(2025, 6, 20, 3, tzinfo=UTC)
    async with database.write() as session:
        town = await add_unit(session, "Thị trấn Đinh Văn", parent=world.district, valid_to=date(2025, 6, 30))
        await hold(session, world, ON, HALL, invited=[world.district, town], ended_at=day)
    for lower, online in (("district", 1), ("commune", 0)):
        ratio = (await report(database, world, "2025", lower)).ratio
        assert (ratio.eligible, ratio.online) == (1, online)


@pytest.mark.parametrize("kind", [UnitKind.PARTY_OR_UNION, UnitKind.COUNCIL, UnitKind.VERTICAL])
async def test_party_council_and_vertical_conveners_are_out(database: Database, world: World, kind: UnitKind) -> None:
    async with database.write() as session:
        convening = await add_unit(session, "Tỉnh ủy", "province", kind=kind)
        await hold(session, world, ON, convening=convening)
    assert (await report(database, world)).ratio.eligible == 0


async def test_meeting_between_other_levels_is_not_of_the_pair(database: Database, world: World) -> None:
    async with database.write() as session:
        await hold(session, world, ON, invited=[world.department])
        await hold(session, world, ON, convening=world.communes[0], invited=[world.communes[1]])
        await hold(session, world, None, status=MeetingStatus.CANCELLED)
        await add_meeting(session, world.province, world.chair, world.secretary, world.communes)
        gone = await add_unit(session, "Xã Tan", valid_to=date(2026, 1, 1))
        await hold(session, world, ON, convening=gone)
        await hold(session, world, ON, invited=[gone])
    found = await report(database, world)
    assert (found.ratio.eligible, found.ratio.unconfirmed) == (0, 0)


async def test_offices_count_for_their_unit(database: Database, world: World) -> None:
    async with database.write() as session:
        office, other = [
            await add_unit(session, name, None, kind=UnitKind.DISTRICT_OFFICE, parent=world.communes[0])
            for name in ("Phòng Kinh tế", "Phòng Văn hóa")
        ]
        orphan = await add_unit(session, "Phòng", None, kind=UnitKind.DISTRICT_OFFICE)
        await hold(session, world, ON, ON, HALL, invited=[office, other, world.communes[1]])
        await hold(session, world, ON, invited=[orphan])
    found = await report(database, world)
    assert (found.ratio.eligible, found.ratio.online) == (1, 0)
    assert [(row.unit.id, row.invited, row.online, row.in_hall) for row in found.units] == [
        (key(world.communes[1]), 1, 0, 1),
        (key(world.communes[0]), 1, 1, 0),
    ]


async def test_channel_is_recognised_only_in_its_time(database: Database, world: World) -> None:
    async with database.write() as session:
        session.add(Channel(code="old", name="Cầu cũ", valid_to=date(2026, 11, 19)))
        await hold(session, world, ON, channel="old", ended_at=ENDED - timedelta(days=1))
        await hold(session, world, ON, channel="old")
        await hold(session, world, ON, channel="unknown")
    ratio = (await report(database, world)).ratio
    assert (ratio.online, ratio.other_channel, ratio.eligible) == (1, 2, 3)


async def test_unconfirmed_meeting_changes_the_ratio_once_it_is_confirmed(
    any_database: Database, any_world: World
) -> None:
    world = any_world
    async with any_database.write() as session:
        meeting = await hold(session, world, None)
        await add_presence(session, meeting, ENDED - timedelta(hours=2), ENDED, unit=world.communes[0])
    before = (await report(any_database, world)).ratio
    assert (before.eligible, before.unconfirmed, before.share) == (0, 1, None)
    entry = actions.ConfirmedUnit(key(world.communes[0]), Mode.ONLINE, 4)
    async with any_database.write() as session:
        await actions.confirm_attendance(
            session, world.actors["secretary"], meeting.slug, [entry], meeting.version, NOW
        )
    after = (await report(any_database, world)).ratio
    assert (after.online, after.eligible, after.unconfirmed) == (1, 1, 0)


async def test_rule_is_a_setting(database: Database, world: World) -> None:
    async with database.write() as session:
        await hold(session, world, ON, HALL, HALL)
        await hold(session, world, ON, ON, HALL)
    shares = [(await report(database, world, rule=rule)).ratio.online for rule in (Rule.ANY, Rule.MAJORITY, Rule.ALL)]
    assert shares == [2, 1, 0]


async def test_report_has_trend_rows_target_and_what_is_needed(any_database: Database, any_world: World) -> None:
    world = any_world
    async with any_database.write() as session:
        session.add(
            Target(upper_level="province", lower_level="commune", operator=">", value=80, valid_from=date(2025, 7, 1))
        )
        for modes in ((ON, ON, HALL), (ON, HALL, HALL), (ON, OFF, HALL)):
            await hold(session, world, *modes)
        await hold(session, world, ON, ended_at=ENDED - timedelta(days=60))
        for days, form in ((2, Form.ONLINE), (3, Form.IN_PERSON), (40, Form.ONLINE)):
            await add_meeting(
                session,
                world.province,
                world.chair,
                world.secretary,
                [world.communes[0]],
                starts_at=NOW + timedelta(days=days),
                planned_form=form,
            )
        await add_meeting(session, world.department, world.chair, world.secretary, [world.office])
        await add_meeting(
            session, world.province, world.chair, world.secretary, [world.communes[0]], exclusion="disaster"
        )
    found = await report(any_database, world)
    assert (found.upper, found.lower, found.period.code, found.rule) == (
        "province",
        "commune",
        "2026-12",
        Rule.MAJORITY,
    )
    assert [(each.period.code, each.ratio.eligible) for each in found.months if each.ratio.eligible] == [
        ("2026-10", 1),
        ("2026-12", 3),
    ]
    assert len(found.months) == 12
    assert [each.target for each in found.months] == [found.target] * 12
    assert found.target is not None
    assert found.target.value == 80
    assert found.met is False
    assert [(row.unit.id, row.online, row.in_hall, row.absent) for row in found.units] == [
        (key(world.communes[2]), 0, 3, 0),
        (key(world.communes[1]), 1, 1, 1),
        (key(world.communes[0]), 3, 0, 0),
    ]
    assert found.units[1].share == 1 / 2
    assert (found.outlook.meetings, found.outlook.planned_online, found.outlook.needed) == (2, 1, None)
    year = await report(any_database, world, "2026")
    assert [each.period.code for each in year.months] == [f"2026-{number:02d}" for number in range(1, 13)]


async def test_report_without_target_says_nothing_of_it(database: Database, world: World) -> None:
    found = await report(database, world)
    assert (found.target, found.met, found.outlook.needed) == (None, None, None)
    assert [each.target for each in found.months] == [None] * 12


async def test_needed_meetings_are_told(database: Database, world: World) -> None:
    async with database.write() as session:
        session.add(
            Target(upper_level="province", lower_level="commune", operator=">=", value=50, valid_from=date(2025, 7, 1))
        )
        await hold(session, world, HALL)
        for days in (2, 3, 4):
            starts = NOW + timedelta(days=days)
            site = await add_site(session, world.province)
            await add_meeting(
                session, world.province, world.chair, world.secretary, world.communes, starts_at=starts, hall_id=site.id
            )
    assert (await report(database, world)).outlook.needed == 2


def test_target_keeps_its_decimals() -> None:
    target = Target(upper_level="a", lower_level="b", operator=">", value=80.1, valid_from=date(2022, 1, 1))
    assert to_goal(target).value * 10 == 801
    assert pick_target([target], parse("2022")) is target
    assert pick_target([target], parse("2021")) is None
