from datetime import date, timedelta

import pytest

from meetings import people_store
from meetings.errors import NotFound
from meetings.models import Role, SignIn
from tests.factories import NOW, World, add_account, add_person, add_site, key
from web.database import Database


async def test_tree_is_that_of_the_day(any_database: Database, any_world: World) -> None:
    async with any_database.read() as session:
        before = await people_store.load_tree(session, date(2025, 6, 30))
        after = await people_store.load_tree(session, date(2025, 7, 1))
    assert [unit.name for unit in before.at_level("district")] == ["Huyện Lâm Hà"]
    assert before.at_level("commune") == []
    assert [unit.name for unit in after] == [
        "Tỉnh Lâm Đồng",
        "Văn phòng UBND tỉnh",
        "Sở Tài chính",
        "Xã Đức Trọng",
        "Xã Đinh Văn Lâm Hà",
        "Phường Xuân Hương - Đà Lạt",
    ]
    assert [unit.id for unit in after.path(key(any_world.communes[0]))] == [
        key(any_world.province),
        key(any_world.communes[0]),
    ]


async def test_levels_of_a_day(any_database: Database) -> None:
    async with any_database.read() as session:
        everything = await people_store.list_levels(session)
        today = await people_store.list_levels(session, date(2025, 7, 1))
        before = await people_store.list_levels(session, date(2025, 6, 30))
    assert [level.code for level in everything] == ["province", "district", "commune"]
    assert [level.code for level in today] == ["province", "commune"]
    assert before == everything


async def test_sites_are_those_of_the_day_and_unit(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        await add_site(session, any_world.province, "Phòng cũ", valid_to=date(2026, 1, 1))
        await add_site(session, any_world.province, "Phòng mới", valid_from=date(2026, 1, 2))
    async with any_database.read() as session:
        old = await people_store.list_sites(session, date(2026, 1, 1), any_world.province.id)
        new = await people_store.list_sites(session, date(2026, 1, 2), any_world.province.id)
        everywhere = await people_store.list_sites(session, date(2026, 1, 2))
    assert [site.name for site in old] == ["Phòng cũ", "Phòng họp số 1, UBND tỉnh"]
    assert [site.name for site in new] == ["Phòng họp số 1, UBND tỉnh", "Phòng mới"]
    assert len(everywhere) == 5


async def test_people_are_listed_by_unit_and_role(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        gone = await add_person(session, any_world.province, "Người cũ")
        await add_account(session, gone, Role.CHAIR, disabled_at=NOW)
    async with any_database.read() as session:
        province = await people_store.list_people(session, unit_id=any_world.province.id)
        chairs = await people_store.list_people(session, role=Role.CHAIR)
        chosen = await people_store.list_people(session, unit_id=any_world.office.id, role=Role.CHAIR)
    assert {person.full_name for person in province} == {"Người cũ", "Trần Văn Hiệp", "Võ Lãnh Đạo"}
    assert [person.full_name for person in chairs] == ["Trần Văn Hiệp"]
    assert chosen == []


async def test_lookup_of_nothing_asks_nothing(database: Database) -> None:
    async with database.read() as session:
        assert await people_store.get_people(session, []) == {}
        assert await people_store.get_sites(session, []) == {}
        assert await people_store.find_account(session, "nobody") is None
        assert await people_store.load_actor(session, 9999) is None
        with pytest.raises(NotFound):
            await people_store.get_account(session, 9999)


async def test_accounts_show_whose_they_are(any_database: Database, any_world: World) -> None:
    async with any_database.read() as session:
        views = {view.account.username: view for view in await people_store.list_accounts(session)}
    assert list(views) == sorted(views)
    assert (views["chair"].name, views["chair"].roles) == ("Trần Văn Hiệp", frozenset({Role.CHAIR}))
    assert (views["site1"].name, views["site1"].unit_id) == ("Điểm cầu xã Đức Trọng", any_world.communes[0].id)


async def test_successions_of_a_unit(database: Database, world: World) -> None:
    async with database.read() as session:
        assert await people_store.list_successions(session, world.district.id) == []


async def test_sign_ins_expire_and_end(any_database: Database, any_world: World) -> None:
    chair, clerk = key(any_world.accounts["chair"]), key(any_world.accounts["clerk"])
    async with any_database.write() as session:
        session.add_all(
            SignIn(
                token_hash=token,
                account_id=account,
                csrf_token="c",
                created_at=NOW,
                seen_at=NOW,
                expires_at=NOW + timedelta(hours=hours),
            )
            for token, account, hours in (("t1", chair, 1), ("t2", chair, 2), ("t3", chair, 3), ("t4", clerk, 3))
        )
    async with any_database.read() as session:
        assert await people_store.find_sign_in(session, "t1", NOW) is not None
        assert await people_store.find_sign_in(session, "t1", NOW + timedelta(hours=1)) is None
        assert await people_store.find_sign_in(session, "t9", NOW) is None
    async with any_database.write() as session:
        await people_store.remove_expired_sign_ins(session, NOW + timedelta(hours=1))
        await people_store.end_sign_in(session, "t2")
    async with any_database.write() as session:
        assert await people_store.find_sign_in(session, "t1", NOW) is None
        assert await people_store.find_sign_in(session, "t2", NOW) is None
        assert await people_store.find_sign_in(session, "t3", NOW) is not None
        await people_store.end_all_sign_ins(session, chair)
    async with any_database.read() as session:
        assert await people_store.find_sign_in(session, "t3", NOW) is None
        assert await people_store.find_sign_in(session, "t4", NOW) is not None
