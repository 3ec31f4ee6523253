import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import account_actions as actions
from meetings.account_actions import AccountDraft
from meetings.audit import list_entries
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.models import Account, Person, Role, SignIn
from meetings.people_store import find_account, get_account, load_actor
from meetings.permissions import Actor
from tests.factories import NOW, World, key
from web.database import Database


def draft(world: World, **values: Any) -> AccountDraft:
    defaults: dict[str, Any] = {
        "username": "tran.van",
        "roles": [Role.CHAIR, Role.LEADER],
        "full_name": " Trần Văn Bình ",
        "unit_id": world.province.id,
        "position": "Phó Chủ tịch",
    }
    return AccountDraft(**(defaults | values))


async def add(database: Database, given: AccountDraft, actor: Actor | None = None) -> Account:
    async with database.write() as session:
        return await actions.add_account(session, actor, given, "hash", NOW)


async def add_sign_in(database: Database, account_id: int, token: str) -> None:
    async with database.write() as session:
        session.add(
            SignIn(
                token_hash=token,
                account_id=account_id,
                csrf_token="c",
                created_at=NOW,
                seen_at=NOW,
                expires_at=NOW + timedelta(hours=1),
            )
        )


async def test_two_accounts_at_once_cannot_both_have_the_name(any_database: Database, any_world: World) -> None:
    results = await asyncio.gather(*(add(any_database, draft(any_world)) for _ in range(3)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Account", "Conflict", "Conflict"]


async def test_account_is_made_with_its_person(any_database: Database, any_world: World) -> None:
    account = await add(any_database, draft(any_world, must_change_password=True), any_world.actors["administrator"])
    async with any_database.read() as session:
        view = await get_account(session, key(account))
        actor = await load_actor(session, key(account))
        [entry] = await list_entries(session)
    assert view.person is not None
    assert (view.name, view.person.position, view.unit_id) == ("Trần Văn Bình", "Phó Chủ tịch", any_world.province.id)
    assert view.roles == {Role.CHAIR, Role.LEADER}
    assert view.account.must_change_password
    assert actor == Actor(
        key(account), "Trần Văn Bình", frozenset({Role.CHAIR, Role.LEADER}), view.person.id, None, any_world.province.id
    )
    assert (entry.action, entry.subject) == ("account.add", f"account:{account.id}")
    assert "hash" not in str(entry.detail)


async def test_site_account_belongs_to_its_sites_unit(any_database: Database, any_world: World) -> None:
    site = any_world.sites[1]
    account = await add(any_database, draft(any_world, unit_id=None, site_id=site.id, roles=[Role.SITE]))
    async with any_database.read() as session:
        actor = await load_actor(session, key(account))
        people = (await session.exec(select(Person).where(Person.full_name == "Trần Văn Bình"))).all()
    assert actor is not None
    assert (actor.name, actor.site_id, actor.person_id) == (site.name, site.id, None)
    assert actor.unit_id == any_world.communes[1].id
    assert people == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "Trần"}, "username"),
        ({"username": "a"}, "username"),
        ({"username": "-ab"}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"roles": []}, "roles"),
        ({"unit_id": None}, "unit"),
        ({"site_id": 1}, "unit"),
        ({"unit_id": 9999}, "unit"),
        ({"roles": [Role.SITE]}, "roles"),
        ({"unit_id": None, "site_id": 1}, "roles"),
        ({"unit_id": None, "site_id": 9999, "roles": [Role.SITE]}, "site"),
        ({"full_name": " "}, "name"),
        ({"locale": "fr"}, "locale"),
    ],
)
async def test_wrong_account_is_refused_at_its_field(
    database: Database, world: World, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await add(database, draft(world, **change))
    assert refused.value.field == field


async def test_username_is_taken_whatever_its_case(any_database: Database, any_world: World) -> None:
    await add(any_database, draft(any_world))
    async with any_database.read() as session:
        assert await find_account(session, " Tran.Van ") is not None
    with pytest.raises(Conflict) as refused:
        await add(any_database, draft(any_world))
    assert refused.value.field == "username"


Change = Callable[[AsyncSession, Actor, int], Awaitable[object]]
CHANGES: list[Change] = [
    lambda session, actor, account: actions.change_roles(session, actor, account, [Role.CLERK], NOW),
    lambda session, actor, account: actions.disable_account(session, actor, account, NOW),
    lambda session, actor, account: actions.enable_account(session, actor, account, NOW),
]


@pytest.mark.parametrize("change", CHANGES)
async def test_only_the_administrator_manages_accounts(database: Database, world: World, change: Change) -> None:
    for who in ("office", "inspector", "chair"):
        with pytest.raises(NotAllowed):
            async with database.write() as session:
                await change(session, world.actors[who], key(world.accounts["chair"]))
        with pytest.raises(NotAllowed):
            await add(database, draft(world), world.actors[who])
        with pytest.raises(NotAllowed):
            async with database.write() as session:
                await actions.reset_password(session, world.actors[who], "chair", "new", NOW)
    with pytest.raises(NotFound):
        async with database.write() as session:
            await change(session, world.actors["administrator"], 9999)


async def test_reset_gives_a_new_password_unlocks_and_signs_out(any_database: Database, any_world: World) -> None:
    account_id = key(any_world.accounts["chair"])
    await add_sign_in(any_database, account_id, "t1")
    async with any_database.write() as session:
        account = await session.get_one(Account, account_id)
        account.failed_sign_ins, account.locked_until = 3, NOW + timedelta(minutes=5)
    async with any_database.write() as session:
        await actions.reset_password(session, None, "CHAIR", "new hash", NOW)
    async with any_database.read() as session:
        account = await session.get_one(Account, account_id)
        assert (await session.exec(select(SignIn))).all() == []
        [entry] = await list_entries(session)
    assert (account.password_hash, account.must_change_password) == ("new hash", True)
    assert (account.failed_sign_ins, account.locked_until) == (0, None)
    assert (entry.action, entry.detail) == ("account.reset_password", {})
    with pytest.raises(NotFound):
        async with any_database.write() as session:
            await actions.reset_password(session, None, "nobody", "new", NOW)


async def test_changed_password_ends_every_other_session(any_database: Database, any_world: World) -> None:
    account_id = key(any_world.accounts["chair"])
    for token in ("t1", "t2"):
        await add_sign_in(any_database, account_id, token)
    await add_sign_in(any_database, key(any_world.accounts["clerk"]), "t3")
    async with any_database.write() as session:
        await actions.change_password(session, any_world.actors["chair"], "own", NOW, keep="t1")
    async with any_database.read() as session:
        account = await session.get_one(Account, account_id)
        tokens = {row.token_hash for row in (await session.exec(select(SignIn))).all()}
    assert (account.password_hash, account.must_change_password) == ("own", False)
    assert tokens == {"t1", "t3"}
    guest = replace(any_world.actors["chair"], account_id=None)
    with pytest.raises(NotAllowed):
        async with any_database.write() as session:
            await actions.change_password(session, guest, "own", NOW)


async def test_locale_is_one_that_exists(database: Database, world: World) -> None:
    for locale in ("en", "en"):
        async with database.write() as session:
            await actions.change_locale(session, world.actors["chair"], locale, NOW)
    with pytest.raises(Invalid):
        async with database.write() as session:
            await actions.change_locale(session, world.actors["chair"], "fr", NOW)
    async with database.read() as session:
        assert (await session.get_one(Account, world.accounts["chair"].id)).locale == "en"
        assert [entry.action for entry in await list_entries(session)] == ["account.change_locale"]


async def test_roles_are_replaced(any_database: Database, any_world: World) -> None:
    administrator, chair = any_world.actors["administrator"], key(any_world.accounts["chair"])
    async with any_database.write() as session:
        await actions.change_roles(session, administrator, chair, [Role.LEADER, Role.CLERK], NOW)
    async with any_database.read() as session:
        assert (await get_account(session, chair)).roles == {Role.LEADER, Role.CLERK}
    for account_id, roles in (
        (chair, []),
        (chair, [Role.SITE]),
        (key(any_world.accounts["site1"]), [Role.LEADER]),
        (key(any_world.accounts["administrator"]), [Role.OFFICE]),
    ):
        with pytest.raises(Invalid):
            async with any_database.write() as session:
                await actions.change_roles(session, administrator, account_id, roles, NOW)


async def test_disabled_account_is_nobody_until_enabled(any_database: Database, any_world: World) -> None:
    administrator, chair = any_world.actors["administrator"], key(any_world.accounts["chair"])
    await add_sign_in(any_database, chair, "t1")
    for _ in range(2):
        async with any_database.write() as session:
            await actions.disable_account(session, administrator, chair, NOW)
    async with any_database.read() as session:
        assert await load_actor(session, chair) is None
        assert (await session.exec(select(SignIn))).all() == []
        assert [entry.action for entry in await list_entries(session)] == ["account.disable"]
    async with any_database.write() as session:
        await actions.enable_account(session, administrator, chair, NOW)
    async with any_database.read() as session:
        assert await load_actor(session, chair) is not None
    with pytest.raises(Invalid):
        async with any_database.write() as session:
            await actions.disable_account(session, administrator, key(any_world.accounts["administrator"]), NOW)
