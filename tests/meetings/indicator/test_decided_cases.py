"""Every decided case of the indicator by its name: rows go in, and what counts comes out (docs/decisions/0010)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.calendar_models import Sitting
from meetings.indicator.facts import refresh_fact
from meetings.indicator.report import RatioReport
from meetings.kinds import EXCLUSIONS, Form, MeetingStatus, Mode, Rule, SuccessionKind, UnitKind
from meetings.models import Channel, Meeting, Site, Unit
from tests.factories import NOW, World, add_ended_meeting, add_presence, add_site, add_unit, key
from web.database import Database

ENDED = datetime(2026, 11, 20, 3, tzinfo=UTC)
START = ENDED - timedelta(hours=2)
ON, HALL, OFF = Mode.ONLINE, Mode.IN_HALL, Mode.ABSENT


async def hold(
    session: AsyncSession,
    world: World,
    modes: Sequence[Mode | None],
    invited: Sequence[Unit | tuple[Unit, Site | None]] = (),
    **values: Any,
) -> Meeting:
    """A meeting of the committee with as many communes as there are modes, unless it says otherwise."""
    convening = values.pop("convening", world.province)
    ended_at = values.pop("ended_at", ENDED)
    units = invited or world.communes[: len(modes)]
    people = (world.chair, world.secretary)
    meeting = await add_ended_meeting(session, convening, *people, units, modes, ended_at, **values)
    await refresh_fact(session, key(meeting))
    return meeting


async def measured(session: AsyncSession, meeting: Meeting) -> None:
    """The secretary confirmed the meeting and left units to what was measured."""
    meeting.attendance_confirmed_at = ENDED
    session.add(meeting)
    await refresh_fact(session, key(meeting))


async def report(database: Database, world: World, period: str = "2026-12", **values: Any) -> RatioReport:
    async with database.read() as session:
        return await actions.report_ratio(
            session, world.actors["leader"], "province", "commune", period, now=NOW, **values
        )


async def counted(database: Database, world: World, period: str = "2026-12", **values: Any) -> tuple[int, int]:
    ratio = (await report(database, world, period, **values)).ratio
    return ratio.online, ratio.eligible


async def test_several_rooms_of_a_unit_are_one_unit(database: Database, world: World) -> None:
    async with database.write() as session:
        first, second = [
            await add_unit(session, name, None, kind=UnitKind.DISTRICT_OFFICE, parent=world.communes[0])
            for name in ("Phòng Kinh tế", "Phòng Văn hóa")
        ]
        await hold(session, world, [ON, ON, ON, HALL, HALL], [world.communes[0], first, second, *world.communes[1:]])
    found = await report(database, world)
    assert (found.ratio.online, found.ratio.eligible) == (0, 1)  # one of three, not three of five
    assert {row.unit.id: row.online for row in found.units} == {
        key(unit): online for unit, online in zip(world.communes, (1, 0, 0), strict=True)
    }


async def test_several_units_in_one_site_are_each_online(database: Database, world: World) -> None:
    async with database.write() as session:
        site = world.sites[0]
        meeting = await hold(session, world, [None, None, None], [(unit, site) for unit in world.communes])
        await add_presence(session, meeting, START, ENDED, site=site)
        await measured(session, meeting)
    assert [row.online for row in (await report(database, world)).units] == [1, 1, 1]


async def test_lower_unit_in_the_hall_is_in_person_even_with_a_laptop(database: Database, world: World) -> None:
    async with database.write() as session:
        places = [(unit, world.hall) for unit in world.communes]
        meeting = await hold(session, world, [None, None, None], places, hall_id=key(world.hall))
        await add_presence(session, meeting, START, ENDED, unit=world.communes[0])
        await measured(session, meeting)
    found = await report(database, world)
    assert (found.ratio.online, found.ratio.eligible) == (0, 1)
    assert [row.in_hall for row in found.units] == [1, 1, 1]


async def test_split_delegation_is_where_its_head_sits(database: Database, world: World) -> None:
    async with database.write() as session:
        office = await add_unit(session, "Phòng Kinh tế", None, kind=UnitKind.DISTRICT_OFFICE, parent=world.communes[0])
        await hold(session, world, [HALL, ON], [world.communes[0], office])  # the head came, the office stayed
        await hold(session, world, [ON, HALL], [world.communes[0], office])
    found = await report(database, world)
    assert (found.ratio.online, found.ratio.eligible) == (1, 2)
    assert [(row.online, row.in_hall) for row in found.units] == [(1, 1)]


@pytest.mark.parametrize(("minutes", "online"), [(60, 1), (59, 0)])
async def test_connected_for_at_least_half_of_the_meeting(
    database: Database, world: World, minutes: int, online: int
) -> None:
    async with database.write() as session:
        meeting = await hold(session, world, [None])
        half = timedelta(minutes=minutes / 2)
        await add_presence(session, meeting, START, START + half, unit=world.communes[0])
        await add_presence(session, meeting, ENDED - half, ENDED, unit=world.communes[0])
        await measured(session, meeting)
    assert [(row.online, row.absent) for row in (await report(database, world)).units or []] == (
        [(1, 0)] if online else []
    )
    assert (await report(database, world)).ratio.unattended == 1 - online


async def test_six_of_twelve_are_no_majority(database: Database, world: World) -> None:
    async with database.write() as session:
        units = [await add_unit(session, f"Xã số {n}", parent=world.province) for n in range(12)]
        await hold(session, world, [ON] * 6 + [HALL] * 6, units)
        await hold(session, world, [ON] * 7 + [HALL] * 5, units)
        await hold(session, world, [ON] * 6 + [HALL] * 5 + [OFF], units)
    assert await counted(database, world) == (2, 3)
    assert await counted(database, world, rule=Rule.ANY) == (3, 3)
    assert await counted(database, world, rule=Rule.ALL) == (0, 3)


async def test_meeting_that_no_lower_unit_attended_is_not_eligible_and_listed(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await hold(session, world, [OFF, OFF, ON], [*world.communes[:2], world.department])
    found = await report(database, world)
    assert (found.ratio.eligible, found.ratio.unattended, found.ratio.share) == (0, 1, None)
    async with database.read() as session:
        listed = await actions.list_ratio_meetings(
            session, world.actors["leader"], "province", "commune", "2026-12", wanted="unattended", now=NOW
        )
    assert [each.bundle.id for each in listed.found] == [meeting.id]


async def test_convened_on_behalf_of_the_committee_is_the_committees(database: Database, world: World) -> None:
    async with database.write() as session:
        await hold(session, world, [ON], preparing_unit_id=key(world.department))
    found = await report(database, world)
    assert (found.ratio.eligible, found.departments.eligible) == (1, 0)


async def test_department_in_its_own_name_counts_and_is_shown_apart(database: Database, world: World) -> None:
    async with database.write() as session:
        await hold(session, world, [ON], convening=world.department)
        await hold(session, world, [HALL])
    found = await report(database, world)
    assert (found.ratio.online, found.ratio.eligible) == (1, 2)
    assert (found.departments.online, found.departments.eligible) == (1, 1)


async def test_meeting_relayed_from_a_ministry_is_out_with_its_reason(database: Database, world: World) -> None:
    async with database.write() as session:
        relayed = await hold(session, world, [ON, ON], relayed_from="Bộ Y tế")
        await hold(session, world, [ON])  # the province's own continuation is another meeting
    found = await report(database, world)
    assert (found.ratio.eligible, found.ratio.relayed) == (1, 1)
    async with database.read() as session:
        listed = await actions.list_ratio_meetings(
            session, world.actors["leader"], "province", "commune", "2026-12", wanted="relayed", now=NOW
        )
    assert [(each.bundle.id, each.fact.relayed_from) for each in listed.found] == [(relayed.id, "Bộ Y tế")]


@pytest.mark.parametrize("kind", [UnitKind.PARTY_OR_UNION, UnitKind.COUNCIL])
async def test_party_and_council_conveners_are_out(database: Database, world: World, kind: UnitKind) -> None:
    async with database.write() as session:
        convening = await add_unit(session, "Tỉnh ủy", "province", kind=kind)
        await hold(session, world, [ON, ON], convening=convening)
    found = await report(database, world)
    assert (found.ratio.eligible, found.ratio.excluded) == (0, {})


async def test_broken_off_and_resumed_is_one_at_its_final_date(any_database: Database, any_world: World) -> None:
    world = any_world
    async with any_database.write() as session:
        meeting = await hold(session, world, [ON, ON, HALL], ended_at=datetime(2026, 12, 16, 3, tzinfo=UTC))
        await sit(session, world, meeting, datetime(2026, 12, 14, 1, tzinfo=UTC), [ON, ON, ON])
    assert await counted(any_database, world, "2026-12") == (0, 0)
    assert await counted(any_database, world, "2027-01") == (1, 1)


async def sit(session: AsyncSession, world: World, meeting: Meeting, start: datetime, modes: Sequence[Mode]) -> None:
    said = {str(key(unit)): mode.value for unit, mode in zip(world.communes, modes, strict=False)}
    end = start + timedelta(hours=2)
    session.add(Sitting(meeting_id=key(meeting), started_at=start, ended_at=end, modes=said))
    await session.flush()
    await refresh_fact(session, key(meeting))


async def test_abandoned_without_a_conclusion_is_cancelled(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await hold(session, world, [ON, ON, ON])
    assert await counted(database, world) == (1, 1)
    async with database.write() as session:
        await actions.abandon_meeting(
            session, world.actors["office"], meeting.slug, "Không có kết luận", meeting.version, NOW
        )
    assert await counted(database, world) == (0, 0)


@pytest.mark.parametrize(
    ("before", "last", "online"),
    [
        ([[ON, ON, ON]], [ON, ON, HALL], 1),
        ([[ON, ON, ON]], [HALL, HALL, HALL], 0),  # one of two is not most of them
        ([[HALL, HALL, HALL], [ON, ON, ON]], [ON, ON, ON], 1),
        ([[ON, ON, ON], [HALL, HALL, ON]], [HALL, HALL, HALL], 0),
    ],
)
async def test_two_days_are_one_meeting_and_online_if_most_of_its_sittings_are(
    database: Database, world: World, before: list[list[Mode]], last: list[Mode], online: int
) -> None:
    async with database.write() as session:
        meeting = await hold(session, world, last)
        for number, modes in enumerate(before, start=1):
            await sit(session, world, meeting, START - timedelta(days=number), modes)
    found = await report(database, world)
    assert (found.ratio.online, found.ratio.eligible) == (online, 1)
    assert [row.invited for row in found.units] == [1, 1, 1]


async def test_last_day_that_is_a_sitting_too_is_not_counted_twice(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await hold(session, world, [ON, ON, ON])
        await sit(session, world, meeting, START - timedelta(days=1), [HALL, HALL, HALL])
        await sit(session, world, meeting, START, [ON, ON, ON])
    assert await counted(database, world) == (0, 1)


@pytest.mark.parametrize("code", EXCLUSIONS)
@pytest.mark.parametrize("modes", [[ON, ON], [HALL, HALL], [OFF, OFF], [None, None]])
async def test_exclusions_apply_whatever_the_form_and_whoever_attended(
    database: Database, world: World, code: str, modes: list[Mode | None]
) -> None:
    async with database.write() as session:
        await hold(session, world, modes, exclusion=code)
        await hold(session, world, [ON], [world.department], exclusion=code)  # no lower unit: not of the pair
    ratio = (await report(database, world)).ratio
    assert (ratio.eligible, ratio.excluded) == (0, {code: 1})


@pytest.mark.parametrize("modes", [[ON, ON], [HALL, HALL], [ON, HALL]])
async def test_other_platforms_are_eligible_and_never_online(
    database: Database, world: World, modes: list[Mode]
) -> None:
    async with database.write() as session:
        await hold(session, world, modes, channel="zoom")
        await hold(session, world, [HALL, HALL], channel="")  # in one place, over nothing: no other channel
    for rule in Rule:
        ratio = (await report(database, world, rule=rule)).ratio
        assert (ratio.online, ratio.eligible, ratio.other_channel) == (0, 2, 1)
    assert ratio.hybrid == (len(set(modes)) == 2)


async def test_the_provinces_bridge_is_recognised_for_its_time(database: Database, world: World) -> None:
    async with database.write() as session:
        session.add(Channel(code="bridge", name="Hệ thống cũ", valid_to=date(2026, 11, 19)))
        await hold(session, world, [ON], channel="bridge", ended_at=ENDED - timedelta(days=1))
        await hold(session, world, [ON], channel="bridge")
    ratio = (await report(database, world)).ratio
    assert (ratio.online, ratio.eligible, ratio.other_channel) == (1, 2, 1)


async def test_planned_online_and_held_in_the_hall_is_not_online(database: Database, world: World) -> None:
    async with database.write() as session:
        await hold(session, world, [HALL, HALL, HALL], planned_form=Form.ONLINE)
    found = await report(database, world)
    assert (found.ratio.online, found.ratio.eligible) == (0, 1)
    assert found.forms == {(Form.ONLINE, Form.IN_PERSON): 1}


async def test_hybrid_is_counted_by_the_rule_and_shown_apart(database: Database, world: World) -> None:
    async with database.write() as session:
        await hold(session, world, [ON, ON, HALL])
        await hold(session, world, [ON, HALL, HALL])
    ratio = (await report(database, world)).ratio
    assert (ratio.online, ratio.eligible, ratio.hybrid) == (1, 2, 2)


@pytest.mark.parametrize(
    ("form", "by_rule", "hybrid"),
    [(Form.ONLINE, (1, 1, 1), 0), (Form.IN_PERSON, (0, 0, 0), 0), (Form.HYBRID, (1, 0, 0), 1)],
)
async def test_declared_form_stands_where_nobody_wrote_who_attended(
    database: Database, world: World, form: Form, by_rule: tuple[int, ...], hybrid: int
) -> None:
    async with database.write() as session:
        await hold(session, world, [None, None, None], declared_form=form)
    for rule, online in zip(Rule, by_rule, strict=True):
        ratio = (await report(database, world, rule=rule)).ratio
        assert (ratio.online, ratio.eligible, ratio.declared, ratio.hybrid) == (online, 1, 1, hybrid)
    assert (ratio.unconfirmed, ratio.invited) == (0, 0)


async def test_written_attendance_stands_before_a_declared_form(database: Database, world: World) -> None:
    async with database.write() as session:
        await hold(session, world, [HALL, HALL, HALL], declared_form=Form.ONLINE)
    ratio = (await report(database, world)).ratio
    assert (ratio.online, ratio.eligible, ratio.declared) == (0, 1, 0)


async def test_unconfirmed_meeting_counts_only_once_it_is_confirmed(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await hold(session, world, [None, None])
        await add_presence(session, meeting, START, ENDED, unit=world.communes[0])
    ratio = (await report(database, world)).ratio
    assert (ratio.eligible, ratio.unconfirmed) == (0, 1)


async def test_late_december_belongs_to_the_next_year(database: Database, world: World) -> None:
    async with database.write() as session:
        for day in (14, 15):  # 23:59 on the 14th and 00:00 on the 15th in the province
            last = datetime(2026, 12, 14, 16, 59, tzinfo=UTC) + timedelta(minutes=day - 14)
            await hold(session, world, [ON], ended_at=last)
    assert await counted(database, world, "2026") == (1, 1)
    assert await counted(database, world, "2027") == (1, 1)
    assert await counted(database, world, "2026", profile="civil") == (2, 2)


async def test_cancelled_and_postponed_are_in_neither_number(database: Database, world: World) -> None:
    async with database.write() as session:
        for status in (MeetingStatus.CANCELLED, MeetingStatus.POSTPONED, MeetingStatus.DRAFT):
            await hold(session, world, [ON], status=status)
    assert await counted(database, world) == (0, 0)


async def test_several_lower_levels_count_once_in_each_pair(database: Database, world: World) -> None:
    async with database.write() as session:
        district = await add_unit(session, "Huyện còn lại", "district", parent=world.province)
        await hold(session, world, [ON, HALL], [world.communes[0], district])
    assert await counted(database, world) == (1, 1)
    async with database.read() as session:
        other = await actions.report_ratio(session, world.actors["leader"], "province", "district", "2026-12", now=NOW)
    assert (other.ratio.online, other.ratio.eligible) == (0, 1)


async def test_abolished_unit_keeps_its_figures_and_names_who_carries_it_on(database: Database, world: World) -> None:
    async with database.write() as session:
        old, new = [await add_unit(session, name, parent=world.province) for name in ("Xã cũ", "Xã mới")]
        await add_site(session, old)
        await hold(session, world, [ON], [old])
        await actions.succeed_unit(
            session, world.actors["office"], key(old), key(new), SuccessionKind.MERGE, date(2026, 11, 21), "NQ", NOW
        )
    found = await report(database, world)
    assert (found.ratio.online, found.ratio.eligible) == (1, 1)
    assert [(row.unit.name, [unit.name for unit in row.now]) for row in found.units] == [("Xã cũ", ["Xã mới"])]
