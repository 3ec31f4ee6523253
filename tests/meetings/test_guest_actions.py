from datetime import timedelta

import pytest

from meetings import actions
from meetings.errors import Invalid, NotAllowed, NotFound
from meetings.meeting_store import find_guest_link, list_guest_links
from tests.factories import NOW, TOMORROW, World, make_draft
from tests.meetings.booking import EVENING, actions_in_audit, book
from web.database import Database


async def test_guest_link_opens_until_it_is_revoked_or_expires(any_database: Database, any_world: World) -> None:
    slug = await book(any_database, any_world, make_draft(any_world))
    secretary, expires = any_world.actors["secretary"], TOMORROW + timedelta(hours=4)
    async with any_database.write() as session:
        link, token = await actions.create_guest_link(session, secretary, slug, " Chuyên gia ", expires, NOW)
    assert link.label == "Chuyên gia"
    assert token not in link.token_hash
    async with any_database.read() as session:
        assert (found := await find_guest_link(session, link.token_hash, NOW)) is not None
        assert found.id == link.id
        assert await find_guest_link(session, link.token_hash, expires) is None
        assert await find_guest_link(session, token, NOW) is None
        assert len(await list_guest_links(session, link.meeting_id)) == 1
    for _ in range(2):
        async with any_database.write() as session:
            await actions.revoke_guest_link(session, secretary, slug, link.id or 0, NOW)
    async with any_database.read() as session:
        assert await find_guest_link(session, link.token_hash, NOW) is None
    assert await actions_in_audit(any_database) == ["meeting.book", "guest_link.create", "guest_link.revoke"]


async def test_guest_links_are_checked(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world))
    other = await book(database, world, make_draft(world, starts_at=EVENING))
    async with database.write() as session:
        link, _ = await actions.create_guest_link(session, world.actors["chair"], slug, "Khách", TOMORROW, NOW)
    for who, label, expires, error in (
        ("delegate", "Khách", TOMORROW, NotAllowed),
        ("secretary", " ", TOMORROW, Invalid),
        ("secretary", "Khách", NOW, Invalid),
    ):
        with pytest.raises(error):
            async with database.write() as session:
                await actions.create_guest_link(session, world.actors[who], slug, label, expires, NOW)
    for who, meeting, refusal in (("delegate", slug, NotAllowed), ("secretary", other, NotFound)):
        with pytest.raises(refusal):
            async with database.write() as session:
                await actions.revoke_guest_link(session, world.actors[who], meeting, link.id or 0, NOW)
