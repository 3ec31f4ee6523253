from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

import web.demo
from meetings.audit import list_entries
from meetings.errors import Invalid, NotAllowed
from meetings.models import SuccessionKind, Unit, UnitCode, UnitName, UnitParent, UnitSuccession
from meetings.org_tree import find_successors
from meetings.people_store import list_successions, load_tree, to_succession
from meetings.unit_actions import ImportReport, add_site, import_units
from meetings.unit_table import COLUMNS, parse_units
from tests.factories import NOW, World, add_unit, key
from web.database import Database

TABLE = Path(web.demo.__file__).with_name("lamdong-units.csv").read_text(encoding="utf-8")
PROVINCE = "68,Tỉnh Lâm Đồng,tinh,province,LD,,,,"
DI_LINH = ",Xã Di Linh,xa,commune,LD,Lâm Đồng,2025-07-01,,NQ 1671"


async def bring_in(database: Database, text: str) -> ImportReport:
    async with database.write() as session:
        return await import_units(session, None, parse_units(text), NOW)


def table(*rows: str) -> str:
    return "\n".join([",".join(COLUMNS), *rows])


async def count(session: AsyncSession) -> int:
    return len((await session.exec(select(Unit))).all())


async def test_table_of_the_province_makes_its_units(any_database: Database) -> None:
    assert await bring_in(any_database, TABLE) == ImportReport(137, 0, 0)
    async with any_database.read() as session:
        trees = {day: await load_tree(session, day) for day in (date(2022, 6, 1), date(2024, 12, 1), date(2026, 1, 1))}
        successions = [to_succession(row) for row in await list_successions(session)]
        kinds = {row.kind for row in await list_successions(session)}
        [entry] = await list_entries(session)
    assert [len(tree.at_level("district")) for tree in trees.values()] == [12, 10, 0]
    assert [len(tree.at_level("commune")) for tree in trees.values()] == [0, 0, 124]
    [province] = trees[date(2026, 1, 1)].roots
    assert (province.name, province.level, province.codes["gso"]) == ("Tỉnh Lâm Đồng", "province", "68")
    assert len(trees[date(2026, 1, 1)].children(province.id)) == 124
    by_gso = {unit.codes["gso"]: unit for unit in trees[date(2022, 6, 1)] if "gso" in unit.codes}
    assert by_gso["683"].name == "Huyện Cát Tiên"
    assert find_successors(by_gso["683"].id, successions, date(2024, 12, 1)) == [by_gso["681"].id]
    assert find_successors(by_gso["683"].id, successions, date(2024, 11, 30)) == [by_gso["683"].id]
    assert find_successors(by_gso["672"].id, successions, date(2025, 7, 1)) == []
    assert kinds == {SuccessionKind.MERGE, SuccessionKind.ABOLISH}
    assert (entry.action, entry.detail) == ("units.import", {"added": 137, "updated": 0, "unchanged": 0})


async def test_importing_again_changes_nothing(any_database: Database) -> None:
    await bring_in(any_database, TABLE)
    assert await bring_in(any_database, TABLE) == ImportReport(0, 0, 137)
    async with any_database.read() as session:
        assert await count(session) == 137
        assert len(await list_successions(session)) == 12
        assert len(await list_entries(session)) == 1


async def test_changed_rows_are_updated_in_place(any_database: Database) -> None:
    rows = [
        PROVINCE,
        "676,Huyện Lâm Hà,huyen,district,LD,,,,",
        DI_LINH,
        "681,Huyện Đạ Huoai,huyen,district,LD,,,,",
    ]
    await bring_in(any_database, table(*rows))
    changed = [
        PROVINCE,
        "676,Huyện Lâm Hà mới,huyen,district,LD,,,2025-06-30,successor GSO 681",
        ",Xã Di Linh,xa,commune,LD,Lâm Đồng,2025-07-01,,NQ 202",
        rows[3],
    ]
    assert await bring_in(any_database, table(*changed)) == ImportReport(0, 2, 2)
    later = [changed[0], changed[1].replace("2025-06-30", "2025-07-31"), *changed[2:]]
    assert await bring_in(any_database, table(*later)) == ImportReport(0, 1, 3)
    async with any_database.read() as session:
        assert await count(session) == 4
        assert len((await session.exec(select(UnitName))).all()) == 4
        tree = await load_tree(session, date(2025, 7, 31))
        [step] = await list_successions(session)
    assert [unit.name for unit in tree.at_level("district")] == ["Huyện Lâm Hà mới", "Huyện Đạ Huoai"]
    assert (step.on, step.kind) == (date(2025, 8, 1), SuccessionKind.MERGE)


async def test_level_and_parent_follow_the_table(database: Database) -> None:
    await bring_in(database, table(PROVINCE, "500,Đặc khu Phú Quý,dac_khu,district,LD,,,,"))
    other = "60,Tỉnh Bình Thuận,tinh,province,BT,,,,"
    moved = "500,Đặc khu Phú Quý,dac_khu,commune,BT,,,,"
    assert await bring_in(database, table(other, moved)) == ImportReport(1, 1, 0)
    async with database.read() as session:
        tree = await load_tree(session, NOW.date())
        assert len((await session.exec(select(UnitParent))).all()) == 1
    [unit] = tree.at_level("commune")
    assert [above.name for above in tree.ancestors(unit.id)] == ["Tỉnh Bình Thuận"]


async def test_province_may_be_known_from_before(database: Database) -> None:
    await bring_in(database, table(PROVINCE))
    assert await bring_in(database, table(DI_LINH)) == ImportReport(1, 0, 0)


async def test_province_entered_by_hand_takes_its_code_from_the_table(database: Database) -> None:
    async with database.write() as session:
        unit = await add_unit(session, "Tỉnh Lâm Đồng", "province", gso="68")
        session.add(UnitCode(unit_id=key(unit), scheme="qd20", code="H36"))
    assert await bring_in(database, table(PROVINCE, DI_LINH)) == ImportReport(1, 1, 0)
    async with database.read() as session:
        codes = (await session.exec(select(UnitCode))).all()
    assert {(code.scheme, code.code) for code in codes} == {("gso", "68"), ("province", "LD"), ("qd20", "H36")}


async def test_unit_entered_by_hand_without_level_and_parent_takes_them_from_the_table(any_database: Database) -> None:
    await bring_in(any_database, table(PROVINCE))
    async with any_database.write() as session:
        await add_unit(session, "Huyện Lâm Hà", None, gso="676")
    rows = table(PROVINCE, "676,Huyện Lâm Hà,huyen,district,LD,,,,")
    assert await bring_in(any_database, rows) == ImportReport(0, 1, 1)
    assert await bring_in(any_database, rows) == ImportReport(0, 0, 2)
    async with any_database.read() as session:
        tree = await load_tree(session, NOW.date())
    [unit] = tree.at_level("district")
    assert [above.name for above in tree.ancestors(unit.id)] == ["Tỉnh Lâm Đồng"]


async def test_unit_without_code_is_known_by_name_level_and_first_day(database: Database) -> None:
    await bring_in(database, table(PROVINCE, DI_LINH))
    later = DI_LINH.replace("2025-07-01", "2026-01-01")
    assert await bring_in(database, table(PROVINCE, later)) == ImportReport(1, 0, 1)


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        ([DI_LINH], 2, "chưa có tỉnh với mã “LD”"),
        ([PROVINCE, DI_LINH, ",Xã Khác,xa,commune,XX,,,,"], 4, "mã “XX”"),
        ([PROVINCE, "682,Huyện Đạ Tẻh,huyen,district,LD,,,2024-11-30,successor GSO 999"], 3, "mã GSO 999"),
        ([PROVINCE, "682,Huyện Đạ Tẻh,huyen,district,LD,,,2024-11-30,successor GSO 682"], 3, "kế thừa chính nó"),
    ],
)
async def test_wrong_table_leaves_nothing(any_database: Database, rows: list[str], line: int, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        await bring_in(any_database, table(*rows))
    assert refused.value.values["line"] == line
    assert says in refused.value.message.format(**refused.value.values)
    async with any_database.read() as session:
        assert await count(session) == 0
        assert (await session.exec(select(UnitSuccession))).all() == []


async def test_progress_tells_every_row(database: Database) -> None:
    told: list[int] = []
    async with database.write() as session:
        await import_units(session, None, parse_units(table(PROVINCE, DI_LINH)), NOW, progress=told.append)
    assert told == [1, 2]


async def test_units_are_managed_by_office_and_administrator(database: Database, world: World) -> None:
    for who in ("secretary", "inspector", "contact"):
        with pytest.raises(NotAllowed):
            async with database.write() as session:
                await import_units(session, world.actors[who], parse_units(table(PROVINCE)), NOW)
        with pytest.raises(NotAllowed):
            async with database.write() as session:
                await add_site(session, world.actors[who], key(world.province), "Phòng", NOW)
    async with database.write() as session:
        site = await add_site(session, world.actors["office"], key(world.province), " Phòng số 3 ", NOW, seats=20)
    assert (site.name, site.seats) == ("Phòng số 3", 20)


@pytest.mark.parametrize(
    ("unit", "name", "seats", "field"),
    [(9999, "Phòng", None, "unit"), (1, " ", None, "name"), (1, "Phòng", 0, "seats")],
)
async def test_wrong_site_is_refused(
    database: Database, world: World, unit: int, name: str, seats: int | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        async with database.write() as session:
            await add_site(session, None, unit, name, NOW, seats=seats)
    assert refused.value.field == field
