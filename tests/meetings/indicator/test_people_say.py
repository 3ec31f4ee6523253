"""What people enter beside the figures: explanations, the number of secret meetings, distances."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from sqlmodel import select

from meetings import actions
from meetings.document_models import OfficialDocument
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.indicator.distances import load_distances, read_estimates
from meetings.indicator.facts import refresh_fact
from meetings.indicator.travel import Distance, Savings, sum_savings
from meetings.kinds import DocumentState, Mode
from meetings.models import AuditEntry, SecretMeetingCount, Target
from meetings.people_store import load_history
from meetings.periods import parse
from tests.factories import NOW, World, add_ended_meeting, key
from web.database import Database

ON, HALL = Mode.ONLINE, Mode.IN_HALL
ENDED = datetime(2026, 11, 20, 3, tzinfo=UTC)
PAIR, PERIOD = ("province", "commune"), parse("2026-12")
SINCE = date(2025, 7, 1)


async def hold(database: Database, world: World, *modes: Mode) -> int:
    async with database.write() as session:
        if (await session.exec(select(Target).where(Target.lower_level == "commune"))).first() is None:
            session.add(Target(upper_level=PAIR[0], lower_level=PAIR[1], operator=">", value=80, valid_from=SINCE))
        meeting = await add_ended_meeting(
            session, world.province, world.chair, world.secretary, world.communes, modes, ENDED
        )
        await refresh_fact(session, key(meeting))
        return key(meeting)


async def explain(database: Database, world: World, who: str, unit: int, words: str, version: int = 0) -> None:
    async with database.write() as session:
        await actions.explain_unit(session, world.actors[who], unit, PAIR, PERIOD, words, version, NOW)


async def test_unit_below_the_target_explains_itself(any_database: Database, any_world: World) -> None:
    world = any_world
    await hold(any_database, world, HALL, ON, ON)
    unit = key(world.communes[0])
    await explain(any_database, world, "contact", unit, "Đường truyền của xã bị đứt.")
    await explain(any_database, world, "office", unit, "Đường truyền của xã bị đứt ba ngày.", version=1)
    async with any_database.read() as session:
        report = await actions.report_ratio(session, world.actors["leader"], *PAIR, PERIOD, now=NOW)
        entries = (await session.exec(select(AuditEntry).where(AuditEntry.action == "ratio.explain"))).all()
    assert [(row.unit.id == unit, row.below) for row in report.units] == [(True, True), (False, False), (False, False)]
    assert report.units[0].explanation is not None
    assert (report.units[0].explanation.text, report.units[0].explanation.version) == (
        "Đường truyền của xã bị đứt ba ngày.",
        2,
    )
    assert [entry.detail["text"] for entry in entries] == [
        [None, "Đường truyền của xã bị đứt."],
        ["Đường truyền của xã bị đứt.", "Đường truyền của xã bị đứt ba ngày."],
    ]


@pytest.mark.parametrize(
    ("who", "index", "words", "version", "error"),
    [
        ("contact", 1, "Lý do", 0, NotAllowed),  # another unit's
        ("leader", 0, "Lý do", 0, NotAllowed),
        ("contact", 0, "  ", 0, Invalid),
        ("contact", 0, "x" * 2001, 0, Invalid),
        ("contact", 0, "Lý do", 1, Conflict),
        ("office", 1, "Lý do", 0, Conflict),  # above the target
    ],
)
async def test_explanation_is_refused(
    database: Database, world: World, who: str, index: int, words: str, version: int, error: type[Exception]
) -> None:
    await hold(database, world, HALL, ON, ON)
    with pytest.raises(error):
        await explain(database, world, who, key(world.communes[index]), words, version)


async def test_office_enters_the_number_of_secret_meetings(any_database: Database, any_world: World) -> None:
    office, half = any_world.actors["office"], date(2026, 11, 15)
    async with any_database.write() as session:
        await actions.set_secret_count(session, office, half, 4, 0, NOW)
        await actions.set_secret_count(session, office, half, 3, 4, NOW)
        await actions.set_secret_count(session, office, half, 3, 3, NOW)
    async with any_database.read() as session:
        counts = await actions.list_secret_counts(session, date(2026, 11, 1), date(2026, 12, 14))
        report = await actions.report_ratio(session, any_world.actors["leader"], *PAIR, PERIOD, now=NOW)
        entries = (await session.exec(select(AuditEntry).where(AuditEntry.action == "ratio.count_secrets"))).all()
    assert [(each.half.day, each.count) for each in counts] == [(1, 0), (15, 3), (1, 0)]
    assert (report.secrets, report.ratio.excluded) == (3, {})
    assert [entry.detail["count"] for entry in entries] == [[0, 4], [4, 3]]


@pytest.mark.parametrize(
    ("who", "half", "count", "shown", "error"),
    [
        ("leader", date(2026, 11, 15), 1, 2, NotAllowed),
        ("office", date(2026, 11, 14), 1, 0, Invalid),
        ("office", date(2026, 11, 15), -1, 2, Invalid),
        ("office", date(2026, 11, 15), 1001, 2, Invalid),
        ("office", date(2026, 11, 15), 1, 0, Conflict),
    ],
)
async def test_number_of_secret_meetings_is_refused(
    database: Database, world: World, who: str, half: date, count: int, shown: int, error: type[Exception]
) -> None:
    async with database.write() as session:
        session.add(SecretMeetingCount(month=date(2026, 11, 15), count=2))
    with pytest.raises(error):
        async with database.write() as session:
            await actions.set_secret_count(session, world.actors[who], half, count, shown, NOW)


def test_travel_saved_is_there_and_back_for_each_meeting_attended_online() -> None:
    near, far = Distance(12, 0.5), Distance(100, 2.5, estimated=True)
    assert sum_savings({1: 3, 2: 1, 3: 0, 4: 2}, {1: near, 2: far, 3: far}) == Savings(
        trips=4, km=3 * 24 + 200, hours=3 * 1.0 + 5.0, unknown=(4,), estimated=True
    )
    assert sum_savings({}, {}) == Savings()


def test_estimates_say_so_and_name_every_district() -> None:
    estimates = read_estimates()
    assert list(estimates) == [str(code) for code in range(672, 684)]
    assert all(each.basis.startswith("Ước tính") and each.estimated for each in estimates.values())


async def test_entered_distance_stands_before_the_estimate(database: Database, world: World) -> None:
    unit, office = key(world.district), world.actors["office"]
    async with database.write() as session:
        before = (await load_distances(session, await load_history(session)))[unit]
        await actions.set_distance(session, office, unit, 48.5, 1.2, "Biên bản đo ngày 01/11/2026", NOW)
        await actions.set_distance(session, office, key(world.communes[0]), 30, 0.75, "Xã đo", NOW)
    await hold(database, world, ON, ON, HALL)
    async with database.read() as session:
        after = (await load_distances(session, await load_history(session)))[unit]
        report = await actions.report_ratio(session, world.actors["leader"], *PAIR, PERIOD, now=NOW)
    assert (before.km, before.estimated) == (50, True)
    assert (after.km, after.hours, after.estimated) == (48.5, 1.2, False)
    assert report.savings == Savings(1, 60, 1.5, (key(world.communes[1]),))


@pytest.mark.parametrize(
    ("who", "km", "hours", "basis", "error"),
    [
        ("leader", 1, 1, "Căn cứ", NotAllowed),
        ("office", -1, 1, "Căn cứ", Invalid),
        ("office", float("nan"), 1, "Căn cứ", Invalid),
        ("office", 1, 73, "Căn cứ", Invalid),
        ("office", 1, 1, " ", Invalid),
    ],
)
async def test_distance_is_refused(
    database: Database, world: World, who: str, km: float, hours: float, basis: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        async with database.write() as session:
            await actions.set_distance(session, world.actors[who], key(world.district), km, hours, basis, NOW)
    with pytest.raises(NotFound):
        async with database.write() as session:
            await actions.set_distance(session, world.actors["office"], 10**6, 1, 1, "Căn cứ", NOW)


async def test_invitations_in_time_are_counted(database: Database, world: World) -> None:
    early = await hold(database, world, ON, ON, ON)  # on Friday 20 November
    late = await hold(database, world, ON, ON, ON)
    await hold(database, world, ON, ON, ON)  # without a document
    async with database.write() as session:
        for meeting, day in ((early, 16), (late, 18)):
            issued = datetime(2026, 11, day, 3, tzinfo=UTC)
            session.add(
                OfficialDocument(
                    meeting_id=meeting,
                    organ_unit_id=key(world.province),
                    state=DocumentState.ISSUED,
                    issued_at=issued,
                    drafted_at=issued,
                    drafted_by="",
                    issued_by="",
                )
            )
    async with database.read() as session:
        report = await actions.report_ratio(session, world.actors["leader"], *PAIR, PERIOD, now=NOW)
    assert (report.punctuality.in_time, report.punctuality.invitations) == (1, 2)
    assert report.punctuality.share == Fraction(1, 2)
