"""The room's WebSocket through the real application: who gets in, what ends it, and what outlives the server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError
from sqlmodel import select

from meetings.models import Account, ChatMessage, Invitation, Meeting, MeetingStatus, Presence
from signaling import protocol
from tests.browsing import Clock
from tests.factories import NOW, World, add_meeting, key
from tests.web.rooms import SOCKET, Rooms, be_guest, make_link, open_rooms
from web.database import Database
from web.pages.socket import check_doors


@pytest.fixture
async def rooms(database: Database, world: World, tmp_path: Path) -> AsyncIterator[Rooms]:
    """The rooms, with a meeting ``hop`` that begins now, to which the first two communes are invited."""
    async with database.write() as session:
        invited = list(zip(world.communes[:2], world.sites[:2], strict=True))
        await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            invited,
            slug="hop",
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=2),
        )
    async with open_rooms(database, world, tmp_path, Clock()) as opened:
        yield opened


# At the door


async def test_invited_site_meets_the_chair(rooms: Rooms) -> None:
    chair, _ = await rooms.enter(await rooms.sign_in("chair"))
    _, joined = await rooms.enter(await rooms.sign_in("site1"))

    assert [(person.name, person.role, person.detail) for person in joined.participants] == [
        ("Trần Văn Hiệp", "chair", "Tỉnh Lâm Đồng"),
        ("Điểm cầu xã Đức Trọng", "site", "Xã Đức Trọng"),
    ]
    assert (await chair.hear(protocol.ParticipantChanged)).participant.id == joined.you


@pytest.mark.parametrize(
    ("who", "role", "operates"),
    [
        ("chair", "chair", True),
        ("secretary", "secretary", True),
        ("office", "secretary", True),
        ("technician", "technician", True),
        ("hall", "site", False),
        ("site1", "site", False),
        ("delegate", "delegate", False),
        ("leader", "delegate", False),
    ],
)
async def test_role_comes_from_meeting_and_account(rooms: Rooms, who: str, role: str, operates: bool) -> None:
    _, joined = await rooms.enter(await rooms.sign_in(who))

    assert joined.participants[0].role == role
    assert bool(joined.may) is operates


@pytest.mark.parametrize("origin", ["https://xau.example", "null", "http://127.0.0.1", "", "http://[", None])
async def test_foreign_origin_is_refused(rooms: Rooms, origin: str | None) -> None:
    browser = await rooms.sign_in("site1")
    headers = {"Cookie": f"giaoban={browser.cookie()}"} | ({} if origin is None else {"Origin": origin})
    async with aiohttp.ClientSession() as session:
        with pytest.raises(WSServerHandshakeError) as refused:
            await session.ws_connect(rooms.server.make_url(SOCKET), headers=headers, origin=origin)

    assert refused.value.status == 403


@pytest.mark.parametrize(("who", "status"), [("site3", 404), ("inspector", 403), ("administrator", 403)])
async def test_person_who_is_not_invited_is_refused(rooms: Rooms, who: str, status: int) -> None:
    browser = await rooms.sign_in(who)
    with pytest.raises(WSServerHandshakeError) as refused:
        await rooms.connect(browser)

    assert refused.value.status == status


async def test_visitor_is_refused(rooms: Rooms) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await rooms.connect(rooms.visit())

    assert refused.value.status == 401


async def test_ordinary_request_gets_no_socket(rooms: Rooms) -> None:
    browser = await rooms.sign_in("site1")

    assert (await browser.open(SOCKET, Origin=rooms.origin)).status == 400


@pytest.mark.parametrize(
    ("who", "minutes_before", "code"),
    [
        ("leader", 16, 4425),
        ("leader", 15, None),
        ("site1", 61, 4425),
        ("site1", 60, None),
        ("chair", 61, 4425),
        ("chair", 60, None),
    ],
)
async def test_room_opens_before_the_start(rooms: Rooms, who: str, minutes_before: int, code: int | None) -> None:
    browser = await rooms.sign_in(who)
    rooms.clock.now = NOW - timedelta(minutes=minutes_before)
    client = await rooms.connect(browser)
    await client.say(protocol.Join(version=protocol.VERSION, resume=None, name=None))

    if code is None:
        await client.hear(protocol.Joined)
    else:
        assert await client.closed() == code


@pytest.mark.parametrize(("status", "code"), [(MeetingStatus.CANCELLED, 4403), (MeetingStatus.ENDED, 4410)])
async def test_meeting_that_is_over_says_so(rooms: Rooms, status: MeetingStatus, code: int) -> None:
    async with rooms.database.write() as session:
        meeting = (await session.exec(select(Meeting))).one()
        meeting.status = status
        session.add(meeting)
    client = await rooms.connect(await rooms.sign_in("site1"))
    await client.say(protocol.Join(version=protocol.VERSION, resume=None, name=None))

    assert await client.closed() == code


# What is said


@pytest.mark.parametrize("text", ["", "{}", '{"type": "sing"}', '{"type": "hand"}', '{"type": "hand", "up": 1}'])
async def test_message_that_is_not_in_the_protocol_ends_the_socket(rooms: Rooms, text: str) -> None:
    client, _ = await rooms.enter(await rooms.sign_in("site1"))
    await client.socket.send_str(text)

    assert await client.closed() == 4400


async def test_binary_message_ends_the_socket(rooms: Rooms) -> None:
    client, _ = await rooms.enter(await rooms.sign_in("site1"))
    await client.socket.send_bytes(b"{}")

    assert await client.closed() == 4400


@pytest.mark.parametrize("size", [65_537, 1_000_000])
async def test_oversize_message_ends_the_socket(rooms: Rooms, size: int) -> None:
    client, _ = await rooms.enter(await rooms.sign_in("site1"))
    await client.socket.send_str("x" * size)

    assert await client.closed() == 4413


async def test_acts_of_others_rooms_people_are_impossible(rooms: Rooms) -> None:
    async with rooms.database.write() as session:
        world = rooms.world
        await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            slug="khac",
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=1),
        )
    site, _ = await rooms.enter(await rooms.sign_in("site1"))
    other, me = await rooms.enter(await rooms.sign_in("chair"), "/meetings/khac/ws")
    assert me.you == "p1"  # as the site is called in its own room
    await other.say(protocol.Remove(participant="p2", may_return=False))
    await other.say(protocol.End())
    await other.say(protocol.Say(text="Phòng khác", to="everybody"))
    await other.hear(protocol.Said)

    await site.say(protocol.Say(text="Vẫn ở đây", to="everybody"))
    assert (await site.hear(protocol.Said)).text == "Vẫn ở đây"


async def test_refusal_is_in_the_persons_language(rooms: Rooms) -> None:
    client, _ = await rooms.enter(await rooms.sign_in("site1"))
    await client.say(protocol.Record(on=True))

    assert (await client.hear(protocol.Refusal)).text == "Bạn không có quyền thực hiện việc này trong cuộc họp."


async def test_text_goes_to_others_as_it_was_typed(rooms: Rooms) -> None:
    client, _ = await rooms.enter(await rooms.sign_in("site1"))
    await client.say(protocol.Say(text="<script>alert('x')</script> & \"ổn\"", to="everybody"))

    assert (await client.hear(protocol.Said)).text == "<script>alert('x')</script> & \"ổn\""


# Coming back


async def test_resume_brings_back_the_same_participant(rooms: Rooms) -> None:
    browser = await rooms.sign_in("site1")
    client, joined = await rooms.enter(browser)
    await client.say(protocol.Hand(up=True))
    await client.hear(protocol.ParticipantChanged)
    await client.socket.close()

    _, again = await rooms.enter(browser, resume=joined.resume)

    assert again.you == joined.you
    assert again.resume != joined.resume
    assert again.participants[0].hand == NOW
    assert len(await rooms.rows(Presence)) == 1


async def test_second_device_replaces_the_first(rooms: Rooms) -> None:
    first, joined = await rooms.enter(await rooms.sign_in("site1"))
    _, again = await rooms.enter(await rooms.sign_in("site1"))

    assert await first.closed() == 4409
    assert again.you == joined.you


async def test_removed_person_cannot_come_back(rooms: Rooms) -> None:
    chair, _ = await rooms.enter(await rooms.sign_in("chair"))
    browser = await rooms.sign_in("site1")
    site, joined = await rooms.enter(browser)
    await chair.say(protocol.Remove(participant=joined.you, may_return=False))
    assert await site.closed() == 4403

    for resume in (joined.resume, None):
        again = await rooms.connect(browser)
        await again.say(protocol.Join(version=protocol.VERSION, resume=resume, name=None))
        assert await again.closed() == 4403


async def test_server_that_was_killed_is_carried_on_by_the_next(rooms: Rooms, world: World, tmp_path: Path) -> None:
    browser = await rooms.sign_in("site1")
    client, joined = await rooms.enter(browser)
    await client.say(protocol.Say(text="Trước sự cố", to="everybody"))
    await client.hear(protocol.Said)
    token = browser.cookie()
    rooms.sfu._stopping.set()  # the rooms stand still from here on: nothing is told, nothing saved
    await asyncio.gather(*rooms.sfu._tasks)
    await asyncio.gather(*(live.stop() for live in rooms.sfu._rooms.values()))
    restarted = Clock(NOW + timedelta(minutes=3))

    async with open_rooms(rooms.database, world, tmp_path, restarted) as again:
        back = again.visit()
        back.set_cookie("giaoban", token)
        _, returned = await again.enter(back, resume=joined.resume)

    assert returned.you == joined.you
    assert [line.text for line in returned.chat] == ["Trước sự cố"]
    spans = [(row.joined_at, row.left_at) for row in await rooms.rows(Presence)]
    assert spans[0] == (NOW, NOW)  # the clock stood still while the first server lived
    assert [start for start, _ in spans] == [NOW, restarted.now]
    assert len(await rooms.rows(ChatMessage)) == 1


# Sent out while the socket is open


async def test_signing_out_closes_the_room(rooms: Rooms) -> None:
    browser = await rooms.sign_in("site1")
    client, _ = await rooms.enter(browser)
    await browser.send("/logout")

    assert await client.closed() == 4401


async def test_session_that_ran_out_closes_the_room(rooms: Rooms) -> None:
    client, _ = await rooms.enter(await rooms.sign_in("site1"))
    rooms.clock.move(hours=25)
    await check_doors(rooms.app)

    assert await client.closed() == 4401


async def test_disabled_account_is_sent_out(rooms: Rooms) -> None:
    client, _ = await rooms.enter(await rooms.sign_in("site1"))
    async with rooms.database.write() as session:
        account = await session.get_one(Account, key(rooms.world.accounts["site1"]))
        account.disabled_at = NOW
        session.add(account)
    await check_doors(rooms.app)

    assert await client.closed() == 4403


async def test_unit_that_is_not_invited_any_more_is_sent_out(rooms: Rooms) -> None:
    client, _ = await rooms.enter(await rooms.sign_in("site1"))
    async with rooms.database.write() as session:
        query = select(Invitation).where(Invitation.unit_id == key(rooms.world.communes[0]))
        await session.delete((await session.exec(query)).one())
    await check_doors(rooms.app)

    assert await client.closed() == 4403


async def test_cancelled_meeting_sends_everybody_out(rooms: Rooms) -> None:
    site, _ = await rooms.enter(await rooms.sign_in("site1"))
    secretary = await rooms.sign_in("secretary")
    await secretary.open("/meetings/hop/cancel")
    assert (await secretary.send("/meetings/hop/cancel", {"reason": "Bão số 13"})).status == 303

    assert await site.closed() == 4403


# Guests


async def test_guest_comes_in_by_link_and_returns_as_the_same(rooms: Rooms) -> None:
    token = await make_link(rooms)
    chair, _ = await rooms.enter(await rooms.sign_in("chair"))
    browser = await be_guest(rooms, token)
    client, joined = await rooms.let_in(chair, browser, f"/g/{token}/ws")
    [me] = [person for person in joined.participants if person.id == joined.you]
    assert (me.name, me.role, me.detail, joined.may) == ("Nguyễn Văn An", "guest", "Khách mời", ())
    await client.socket.close()

    _, again = await rooms.enter(browser, f"/g/{token}/ws")

    assert again.you == joined.you
    [_chair, presence] = await rooms.rows(Presence)
    assert (presence.identity.split(":")[0], presence.unit_id) == ("guest", None)


async def test_guest_without_a_name_is_refused(rooms: Rooms) -> None:
    token = await make_link(rooms)
    with pytest.raises(WSServerHandshakeError) as refused:
        await rooms.connect(rooms.visit(), f"/g/{token}/ws")

    assert refused.value.status == 403


async def test_guests_cookie_is_good_for_its_own_link_alone(rooms: Rooms) -> None:
    token, other = await make_link(rooms), await make_link(rooms, "Bà Bình")
    browser = await be_guest(rooms, token)
    [cookie] = [cookie for cookie in browser.session.cookie_jar if cookie.key == "giaoban_guest"]
    assert (cookie["path"], cookie["httponly"]) == (f"/g/{token}", True)
    stranger = rooms.visit()
    for forged in (cookie.value, cookie.value[:-1] + "0", "x", ".", "é.é"):
        with pytest.raises(WSServerHandshakeError) as refused:
            await rooms.connect(stranger, f"/g/{other}/ws", Cookie=f"giaoban_guest={forged}")
        assert refused.value.status == 403


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_link_that_is_no_longer_good_ends_the_visit(rooms: Rooms, how: str) -> None:
    token = await make_link(rooms)
    chair, _ = await rooms.enter(await rooms.sign_in("chair"))
    browser = await be_guest(rooms, token)
    client, _ = await rooms.let_in(chair, browser, f"/g/{token}/ws")
    if how == "revoked":
        secretary = await rooms.sign_in("secretary")
        await secretary.open("/meetings/hop/guests")
        assert (await secretary.send("/meetings/hop/guests/1/revoke")).status == 303
    else:
        rooms.clock.move(hours=5)
        await check_doors(rooms.app)

    assert await client.closed() == 4403
    with pytest.raises(WSServerHandshakeError) as refused:
        await rooms.connect(browser, f"/g/{token}/ws")
    assert refused.value.status == 404


async def test_removed_guest_cannot_come_back_under_another_name(rooms: Rooms) -> None:
    token = await make_link(rooms)
    chair, _ = await rooms.enter(await rooms.sign_in("chair"))
    guest, joined = await rooms.let_in(chair, await be_guest(rooms, token), f"/g/{token}/ws")
    await chair.say(protocol.Remove(participant=joined.you, may_return=False))
    assert await guest.closed() == 4403

    again = await rooms.connect(await be_guest(rooms, token, "Người Khác"), f"/g/{token}/ws")
    await again.say(protocol.Join(version=protocol.VERSION, resume=None, name="Người Khác"))

    assert await again.closed() == 4403


async def test_removed_guest_does_not_come_back_by_another_link_in_the_same_browser(rooms: Rooms) -> None:
    token, other = await make_link(rooms), await make_link(rooms, "Bà Bình")
    chair, _ = await rooms.enter(await rooms.sign_in("chair"))
    browser = await be_guest(rooms, token)
    guest, joined = await rooms.let_in(chair, browser, f"/g/{token}/ws")
    await chair.say(protocol.Remove(participant=joined.you, may_return=False))
    assert await guest.closed() == 4403
    await browser.open(f"/g/{other}")
    await browser.send(f"/g/{other}", {"name": "Người Khác"})

    again = await rooms.connect(browser, f"/g/{other}/ws")
    await again.say(protocol.Join(version=protocol.VERSION, resume=None, name=None))

    assert await again.closed() == 4403


async def test_guest_who_waits_hears_nothing_and_attends_nothing(rooms: Rooms) -> None:
    """By no way past the lobby: not with the secret of another, not by saying more."""
    token = await make_link(rooms)
    chair, joined = await rooms.enter(await rooms.sign_in("chair"))
    guest = await rooms.connect(await be_guest(rooms, token), f"/g/{token}/ws")
    await guest.say(protocol.Join(version=protocol.VERSION, resume=joined.resume, name=None))
    await guest.hear(protocol.Wait)
    await chair.say(protocol.Say(text="Nội bộ", to="everybody"))
    await guest.say(protocol.Admit(participant=None))
    await chair.hear(protocol.Said)

    refused = protocol.decode_message(await guest.socket.receive_str())

    assert isinstance(refused, protocol.Refusal)
    assert refused.code == "not_now"
    assert len(await rooms.rows(Presence)) == 1


async def test_link_of_nobody_is_not_found(rooms: Rooms) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await rooms.connect(rooms.visit(), "/g/doan-mo/ws")

    assert refused.value.status == 403  # a guess is told no more than a guest without a name
