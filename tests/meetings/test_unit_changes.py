from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.audit import list_entries
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.models import Site, SuccessionKind, UnitKind
from meetings.org_tree import OrgTree, find_successors
from meetings.people_store import list_successions, load_tree, to_succession
from meetings.permissions import Actor
from tests.factories import NOW, World, add_site, add_unit, key
from web.database import Database

DAY = date(2026, 12, 1)

Work = Callable[[AsyncSession, Actor], Awaitable[Any]]


async def do(database: Database, world: World, work: Work, who: str = "office") -> Any:
    async with database.write() as session:
        return await work(session, world.actors[who])


async def tree(database: Database, day: date) -> OrgTree:
    async with database.read() as session:
        return await load_tree(session, day)


def draft(world: World, **values: Any) -> actions.UnitDraft:
    defaults = {
        "name": " Xã Mới ",
        "kind": UnitKind.PEOPLE_COMMITTEE,
        "level": "commune",
        "parent_id": world.province.id,
    }
    return actions.UnitDraft(**(defaults | values))


async def test_unit_is_added_with_its_parts(any_database: Database, any_world: World) -> None:
    given = draft(any_world, short_name="Mới", valid_from=DAY, gso="24999")
    unit = await do(any_database, any_world, lambda s, a: actions.add_unit(s, a, given, NOW))
    seen = (await tree(any_database, DAY))[key(unit)]
    assert (seen.name, seen.short_name, seen.level, seen.parent_id, seen.codes) == (
        "Xã Mới",
        "Mới",
        "commune",
        any_world.province.id,
        {"gso": "24999"},
    )
    assert key(unit) not in await tree(any_database, date(2026, 11, 30))


async def test_unit_may_stand_outside_levels_and_tree(database: Database, world: World) -> None:
    given = draft(world, name="Công ty", kind=UnitKind.SERVICE, level="", parent_id=None)
    unit = await do(database, world, lambda s, a: actions.add_unit(s, a, given, NOW))
    assert unit.id in [root.id for root in (await tree(database, DAY)).roots]


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"name": " "}, Invalid, "name"),
        ({"level": "village"}, Invalid, "level"),
        ({"parent_id": 9999}, Invalid, "parent_id"),
        ({"gso": "676"}, Conflict, "gso"),
    ],
)
async def test_wrong_unit_is_refused(
    database: Database, world: World, change: dict[str, Any], error: type[Invalid | Conflict], field: str
) -> None:
    with pytest.raises(error) as refused:
        await do(database, world, lambda s, a: actions.add_unit(s, a, draft(world, **change), NOW))
    assert refused.value.field == field


async def test_new_name_holds_from_its_day(any_database: Database, any_world: World) -> None:
    unit = key(any_world.communes[0])
    await do(any_database, any_world, lambda s, a: actions.rename_unit(s, a, unit, " Phường Đức Trọng ", "", DAY, NOW))
    assert (await tree(any_database, DAY))[unit].name == "Phường Đức Trọng"
    assert (await tree(any_database, date(2026, 11, 30)))[unit].name == "Xã Đức Trọng"
    for day, name, error in (
        (DAY, "Khác", Conflict),
        (date(2026, 1, 1), "Khác", Conflict),
        (date(2027, 1, 1), " ", Invalid),
    ):
        with pytest.raises(error):
            await do(
                any_database,
                any_world,
                lambda s, a, day=day, name=name: actions.rename_unit(s, a, unit, name, "", day, NOW),  # type: ignore[misc]  # bound defaults
            )
    with pytest.raises(NotFound):
        await do(any_database, any_world, lambda s, a: actions.rename_unit(s, a, 9999, "Khác", "", DAY, NOW))
    later = date(2027, 5, 1)
    await do(any_database, any_world, lambda s, a: actions.rename_unit(s, a, unit, "Phường Ba", "", later, NOW))
    assert (await tree(any_database, date(2026, 11, 30)))[unit].name == "Xã Đức Trọng"
    assert (await tree(any_database, date(2027, 4, 30)))[unit].name == "Phường Đức Trọng"


def succeed(old: int, new: int | None, kind: SuccessionKind, on: date = DAY) -> Work:
    return lambda session, actor: actions.succeed_unit(session, actor, old, new, kind, on, " NQ 1 ", NOW)


async def test_units_merge_split_and_end(any_database: Database, any_world: World) -> None:
    first, second, third = (key(unit) for unit in any_world.communes)
    await do(any_database, any_world, succeed(first, second, SuccessionKind.MERGE))
    await do(any_database, any_world, succeed(second, third, SuccessionKind.SPLIT, date(2027, 1, 1)))
    await do(any_database, any_world, succeed(second, key(any_world.office), SuccessionKind.SPLIT, date(2027, 1, 1)))
    await do(any_database, any_world, succeed(third, None, SuccessionKind.ABOLISH, date(2028, 1, 1)))
    async with any_database.read() as session:
        rows = await list_successions(session)
    steps = [to_succession(row) for row in rows]
    assert rows[0].basis == "NQ 1"
    assert find_successors(first, steps, date(2026, 11, 30)) == [first]
    assert find_successors(first, steps, DAY) == [second]
    assert find_successors(first, steps, date(2027, 6, 1)) == [third, key(any_world.office)]
    assert find_successors(first, steps, date(2028, 1, 1)) == [key(any_world.office)]
    assert first not in await tree(any_database, DAY)
    assert first in await tree(any_database, date(2026, 11, 30))


async def test_wrong_succession_is_refused_and_leaves_nothing(any_database: Database, any_world: World) -> None:
    first, second, _third = (key(unit) for unit in any_world.communes)
    await do(any_database, any_world, succeed(first, second, SuccessionKind.MERGE))
    for work, error, field in (
        (succeed(second, first, SuccessionKind.MERGE, date(2027, 1, 1)), Invalid, "succession"),
        (succeed(second, None, SuccessionKind.MERGE), Invalid, "new_unit_id"),
        (succeed(second, first, SuccessionKind.ABOLISH), Invalid, "new_unit_id"),
        (succeed(second, first, SuccessionKind.RENAME), Invalid, "kind"),
        (succeed(second, 9999, SuccessionKind.MERGE), Invalid, "new_unit_id"),
        (succeed(second, None, SuccessionKind.ABOLISH, date(2025, 7, 1)), Invalid, "on"),
        (succeed(first, None, SuccessionKind.ABOLISH, date(2027, 1, 1)), Invalid, "on"),
        (succeed(9999, None, SuccessionKind.ABOLISH), NotFound, ""),
    ):
        with pytest.raises(error) as refused:
            await do(any_database, any_world, work)
        assert refused.value.field == field
    async with any_database.read() as session:
        assert len(await list_successions(session)) == 1


def move(unit: int, parent: int | None, on: date = DAY) -> Work:
    return lambda session, actor: actions.move_unit(session, actor, unit, parent, on, NOW)


async def test_unit_moves_under_another_from_its_day(any_database: Database, any_world: World) -> None:
    world, office, commune = any_world, key(any_world.office), key(any_world.communes[0])
    await do(any_database, world, move(office, commune))
    assert (await tree(any_database, DAY))[office].parent_id == commune
    assert (await tree(any_database, date(2026, 11, 30)))[office].parent_id == world.province.id
    await do(any_database, world, move(office, None, date(2027, 1, 1)))
    assert (await tree(any_database, date(2027, 1, 1)))[office].parent_id is None
    with pytest.raises(Conflict):
        await do(any_database, world, move(office, None, date(2026, 1, 1)))
    for unit, parent, error in ((9999, None, NotFound), (office, 9999, Invalid)):
        with pytest.raises(error):
            await do(any_database, world, move(unit, parent, date(2028, 1, 1)))


async def test_circle_of_units_is_refused_on_whatever_day_it_would_be(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        one, other = [key(await add_unit(session, name, "commune")) for name in ("Một", "Hai")]
    await do(any_database, any_world, move(other, one, date(2028, 1, 1)))
    with pytest.raises(Invalid) as refused:
        await do(any_database, any_world, move(one, other))
    assert refused.value.field == "parent"
    assert (await tree(any_database, DAY))[one].parent_id is None


async def test_site_is_corrected_and_ended(any_database: Database, any_world: World) -> None:
    site_id = key(any_world.sites[0])
    for _ in range(2):
        await do(
            any_database,
            any_world,
            lambda s, a: actions.edit_site(s, a, site_id, " Phòng A ", NOW, address=" Tầng 2 ", seats=9, valid_to=DAY),
        )
    async with any_database.read() as session:
        site = await session.get_one(Site, site_id)
        [entry] = await list_entries(session, action="site.edit")
    assert (site.name, site.address, site.seats, site.valid_to) == ("Phòng A", "Tầng 2", 9, DAY)
    assert entry.detail["name"] == ["Điểm cầu xã Đức Trọng", "Phòng A"]
    for unit, name, seats, error in (
        (site_id, " ", None, Invalid),
        (site_id, "A", 0, Invalid),
        (9999, "A", 1, NotFound),
    ):
        with pytest.raises(error):
            await do(
                any_database,
                any_world,
                lambda s, a, unit=unit, name=name, seats=seats: actions.edit_site(s, a, unit, name, NOW, seats=seats),  # type: ignore[misc]  # bound defaults
            )


async def test_changes_are_for_office_and_administrator(database: Database, world: World) -> None:
    async with database.write() as session:
        site = key(await add_site(session, world.province))
    commune = key(world.communes[0])
    works: list[Work] = [
        lambda s, a: actions.add_unit(s, a, draft(world), NOW),
        lambda s, a: actions.rename_unit(s, a, commune, "Khác", "", DAY, NOW),
        succeed(commune, None, SuccessionKind.ABOLISH),
        move(commune, None),
        lambda s, a: actions.edit_site(s, a, site, "Khác", NOW),
    ]
    for work in works:
        for who in ("secretary", "inspector", "leader"):
            with pytest.raises(NotAllowed):
                await do(database, world, work, who)
