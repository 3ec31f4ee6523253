"""What is booked only knowingly, how many a room holds, and who votes in it."""

from dataclasses import replace

import pytest

from meetings import actions
from meetings.course_store import list_voters
from meetings.errors import Invalid, NotAllowed
from meetings.meeting_store import get_meeting
from meetings.scheduling import HOSTED, OVERBOOKED, InvitationDraft, Terms
from tests.factories import NOW, World, add_site, key, make_draft
from tests.meetings.booking import EVENING, actions_in_audit, book, load, told
from web.database import Database


async def test_more_invited_than_the_room_holds_are_booked_only_knowingly(
    any_database: Database, any_world: World
) -> None:
    small = make_draft(any_world, capacity=5)  # three units, chair, secretary and the hall need six
    with pytest.raises(Invalid) as refused:
        await book(any_database, any_world, small)
    assert refused.value.field == OVERBOOKED
    assert "cần 6 chỗ" in told(refused.value)
    slug = await book(any_database, any_world, replace(small, knowingly=[OVERBOOKED]))
    assert (await load(any_database, slug)).meeting.capacity == 5
    async with any_database.write() as session:
        with pytest.raises(Invalid):
            await actions.edit_meeting(session, any_world.actors["secretary"], slug, small, 1, NOW)
        fitting = replace(small, capacity=6)
        await actions.edit_meeting(session, any_world.actors["secretary"], slug, fitting, 1, NOW)


async def test_without_a_capacity_that_of_the_settings_holds(database: Database, world: World) -> None:
    draft = make_draft(world, capacity=201)
    async with database.write() as session:
        with pytest.raises(Invalid) as refused:
            await actions.book_meeting(session, world.actors["secretary"], make_draft(world), NOW, Terms(limit=5))
        assert refused.value.field == OVERBOOKED
        with pytest.raises(Invalid) as refused:
            await actions.book_meeting(session, world.actors["secretary"], draft, NOW)
    assert refused.value.field == "capacity"


async def test_unit_sits_at_another_units_site_only_knowingly(database: Database, world: World) -> None:
    first, second, _third = world.communes
    invitations = [InvitationDraft(key(first), key(world.sites[1])), InvitationDraft(key(second), key(world.sites[1]))]
    draft = make_draft(world, invitations=invitations)
    with pytest.raises(Invalid) as refused:
        await book(database, world, draft)
    assert refused.value.field == HOSTED
    assert "Xã Đức Trọng – Điểm cầu xã Đinh Văn Lâm Hà" in told(refused.value)
    slug = await book(database, world, replace(draft, knowingly=[HOSTED]))
    assert (await load(database, slug)).invited_site_ids == {world.sites[1].id}


async def test_department_is_at_home_with_its_committee_and_everybody_in_the_hall(
    database: Database, world: World
) -> None:
    async with database.write() as session:
        second_hall = await add_site(session, world.province, "Phòng họp số 2, UBND tỉnh")
    invitations = [
        InvitationDraft(key(world.department), key(second_hall)),
        InvitationDraft(key(world.communes[0]), key(world.hall)),
    ]
    await book(database, world, make_draft(world, invitations=invitations))
    elsewhere = [InvitationDraft(key(world.communes[0]), key(second_hall))]
    with pytest.raises(Invalid):
        await book(database, world, make_draft(world, invitations=elsewhere, starts_at=EVENING))


async def test_change_of_a_booking_keeps_what_sites_declared_and_drops_voters_no_longer_invited(
    any_database: Database, any_world: World
) -> None:
    world = any_world
    slug = await book(any_database, world, make_draft(world))
    voters = [world.contact.id or 0, world.chair.id or 0]
    async with any_database.write() as session:
        bundle = await get_meeting(session, slug)
        row = bundle.invitations[1].invitation
        row.head_count, row.names = 7, ["Lý Văn Sơn"]
        session.add(row)
        await actions.name_voters(session, world.actors["secretary"], slug, voters, NOW)
    later = make_draft(world, invitations=[InvitationDraft(key(world.communes[1]), key(world.sites[1]))])
    async with any_database.write() as session:
        await actions.edit_meeting(session, world.actors["secretary"], slug, later, 1, NOW)
        [row] = [each.invitation for each in (await get_meeting(session, slug)).invitations]
        kept = await list_voters(session, bundle.id)
    assert (row.head_count, row.names) == (7, ["Lý Văn Sơn"])
    assert [person.id for person in kept] == [world.chair.id]  # the contact is of the first commune


async def test_voters_are_named_among_the_invited(database: Database, world: World) -> None:
    slug = await book(database, world, make_draft(world))
    secretary, delegate = world.actors["secretary"], world.actors["delegate"].person_id or 0
    async with database.write() as session:
        bundle = await get_meeting(session, slug)
        names = {person.full_name for person in await actions.list_candidates(session, bundle)}
        assert {"Trần Văn Hiệp", "Lý Đại Biểu", "K’Brếp Đầu Mối", "Nguyễn Thị Thư"} <= names
        assert "Đỗ Kiểm Tra" not in names
        await actions.name_voters(session, secretary, slug, [delegate], NOW)
        await actions.name_voters(session, secretary, slug, [delegate], NOW)  # changes nothing
        outsider = world.actors["inspector"].person_id or 0
        with pytest.raises(Invalid):
            await actions.name_voters(session, secretary, slug, [outsider], NOW)
        for who in ("delegate", "chair", "technician"):
            with pytest.raises(NotAllowed):
                await actions.name_voters(session, world.actors[who], slug, [], NOW)
        assert [person.full_name for person in await list_voters(session, bundle.id)] == ["Lý Đại Biểu"]
    assert await actions_in_audit(database) == ["meeting.book", "meeting.name_voters"]
