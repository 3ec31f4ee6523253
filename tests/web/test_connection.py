"""The connection test: its page, its socket, what is kept of it and who may see that."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestServer
from sqlmodel import select

from meetings import actions
from meetings.models import Account, Meeting
from meetings.room_models import ConnectionReport, LineState
from signaling import engine
from signaling.errors import CloseCode
from signaling.protocol import IceServer
from signaling.sfu import Sfu, SfuSettings
from tests.browsing import Browser, Clock, Page, Site, make_app
from tests.factories import NOW, World, add_meeting
from tests.room_fakes import PATIENCE, FakeEngine
from web.config import Config
from web.database import Database
from web.room_store import DatabaseRoomStore

STEPS = [{"id": "camera", "state": "warned", "finding": "hình tối <b>đen</b>"}]
FIGURES = {"route": "udp", "up": 812_000.4, "down": 4.2e6, "lossUp": 0.004, "lossDown": 0.0, "roundTrip": 23.4}
REPORT = {"state": "weak", "platform": "Chrome 130, Windows", "steps": STEPS, "figures": FIGURES}


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    return await book(site.database, site.world)


async def book(database: Database, world: World) -> Meeting:
    """A meeting ``hop`` in an hour, to which the first two communes are invited."""
    async with database.write() as session:
        return await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            list(zip(world.communes[:2], world.sites[:2], strict=True)),
            slug="hop",
            starts_at=NOW + timedelta(hours=1),
        )


async def make_link(database: Database, world: World) -> str:
    async with database.write() as session:
        secretary = world.actors["secretary"]
        _, token = await actions.create_guest_link(session, secretary, "hop", "Ông An", NOW + timedelta(hours=9), NOW)
    return token


async def send(browser: Browser, path: str, report: Any = REPORT, **headers: str) -> Page:
    body = report if isinstance(report, str) else json.dumps(report)
    given = {"X-CSRF-Token": browser.csrf, "Content-Type": "application/json", "Accept": "application/json"} | headers
    return await browser.request("POST", path, data=body, headers=given)


async def read_reports(site: Site) -> list[ConnectionReport]:
    async with site.database.read() as session:
        return list((await session.exec(select(ConnectionReport))).all())


async def test_test_for_a_meeting_goes_to_its_board(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("site1")
    page = await browser.open("/connection?meeting=hop")
    assert 'data-report="/meetings/hop/rehearsal/report"' in page.text
    assert 'data-auto="yes"' in page.text
    assert 'data-auto="no"' in (await browser.open("/connection")).text

    sent = await send(browser, "/meetings/hop/rehearsal/report")

    assert sent.status == 200
    [kept] = await read_reports(site)
    assert (kept.meeting_id, kept.site_id, kept.state, kept.route) == (
        meeting.id,
        site.world.sites[0].id,
        LineState.WEAK,
        "udp",
    )
    assert kept.result["figures"]["up"] == 812_000.4


async def test_report_is_read_by_who_made_it_and_who_helps(site: Site, meeting: Meeting) -> None:
    owner = await site.sign_in("site1")
    await send(owner, "/connection/report")
    [kept] = await read_reports(site)

    for who, status in (
        ("site1", 200),
        ("technician", 200),
        ("administrator", 200),
        ("site2", 404),
        ("secretary", 404),
    ):
        page = await (await site.sign_in(who)).open(f"/connection/reports/{kept.id}")
        assert page.status == status, who
    page = await owner.open(f"/connection/reports/{kept.id}")
    assert "Điểm cầu xã Đức Trọng" in page.words
    assert "gửi 0,8, nhận 4,2 Mbit/s" in page.words
    assert "mất 0,4 %, khứ hồi 23 ms" in page.words
    assert "Camera hình tối <b>đen</b> Cần lưu ý" in page.words
    assert "<b>đen" not in page.text


async def test_report_of_a_meeting_is_also_read_by_those_who_run_it(site: Site, meeting: Meeting) -> None:
    await send(await site.sign_in("site1"), "/meetings/hop/rehearsal/report")
    [kept] = await read_reports(site)

    for who, status in (("secretary", 200), ("leader", 200), ("site2", 404), ("delegate", 404)):
        assert (await (await site.sign_in(who)).open(f"/connection/reports/{kept.id}")).status == status, who


async def test_list_of_reports_shows_the_latest_first(site: Site, meeting: Meeting) -> None:
    for who in ("site1", "site2"):
        await send(await site.sign_in(who), "/connection/report")
        site.clock.move(minutes=1)
    technician = await site.sign_in("technician")

    words = (await technician.open("/connection/reports")).words

    assert words.index("xã Đinh Văn Lâm Hà") < words.index("xã Đức Trọng")
    assert (await (await site.sign_in("secretary")).open("/connection/reports")).status == 403


async def test_guest_tests_by_the_link_with_and_without_a_name(site: Site, meeting: Meeting) -> None:
    base = f"/g/{await make_link(site.database, site.world)}"
    guest = site.visit()
    page = await guest.open(f"{base}/connection")
    guest.csrf = page.text.partition('data-csrf="')[2].partition('"')[0]
    assert f'data-socket="{base}/connection/ws"' in page.text
    assert (await send(guest, f"{base}/connection/report")).status == 200

    await guest.open(base)
    await guest.send(base, {"name": "Nguyễn Văn An"})
    assert (await send(guest, f"{base}/connection/report")).status == 200

    first, second = await read_reports(site)
    assert (first.name, second.name) == ("Khách mời", "Nguyễn Văn An")
    assert first.guest.startswith("guest:1:")
    assert first.account_id is None
    assert first.guest != second.guest
    assert (await site.visit().open("/g/wrong/connection")).status == 404


@pytest.mark.parametrize(
    "report",
    [
        "",
        "[]",
        "null",
        "{}",
        REPORT | {"state": "perfect"},
        REPORT | {"platform": "x" * 101},
        REPORT | {"platform": None},
        REPORT | {"steps": [{"id": "x", "state": "passed", "finding": ""}]},
        REPORT | {"steps": [{"id": "udp", "state": "passed", "finding": "x" * 201}]},
        REPORT | {"steps": [{"id": "udp", "state": "passed", "finding": ""}] * 13},
        REPORT | {"figures": FIGURES | {"up": -1}},
        REPORT | {"figures": FIGURES | {"up": "1"}},
        REPORT | {"figures": FIGURES | {"lossUp": 2}},
        REPORT | {"figures": FIGURES | {"route": "pigeon"}},
        '{"figures": {"up": NaN}}',
        "[" * 100_000,
    ],
)
async def test_report_of_another_shape_is_refused(site: Site, report: Any) -> None:
    browser = await site.sign_in("site1")

    assert (await send(browser, "/connection/report", report)).status == 422
    assert await read_reports(site) == []


async def test_report_needs_the_page_token_and_json(site: Site) -> None:
    browser = await site.sign_in("site1")

    assert (await send(browser, "/connection/report", **{"X-CSRF-Token": "x"})).status == 403
    assert (await send(browser, "/connection/report", **{"Content-Type": "text/plain"})).status == 422
    assert (await send(browser, "/connection/report", REPORT | {"more": "x" * 70_000})).status == 422


# The socket


class Door:
    """The site with an engine that only answers."""

    def __init__(self, site: Site, sfu: Sfu, media: FakeEngine) -> None:
        self.site, self.sfu, self.media = site, sfu, media

    async def connect(self, browser: Browser, path: str = "/connection/ws") -> "Line":
        origin = str(self.site.server.make_url("/")).rstrip("/")
        url = self.site.server.make_url(path)
        return Line(await browser.session.ws_connect(url, headers={"Origin": origin}))


class Line:
    def __init__(self, socket: "aiohttp.ClientWebSocketResponse[Any]") -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send_json(message)

    async def hear(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.receive_str())
                if message["type"] == kind:
                    return message

    async def closed(self) -> int | None:
        async with asyncio.timeout(PATIENCE):
            while (await self.socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING):
                pass
        return self.socket.close_code


@asynccontextmanager
async def open_door(database: Database, world: World, folder: Path) -> AsyncIterator[Door]:
    clock = Clock()
    media = FakeEngine(clock)
    relay = IceServer(urls=("turns:hop.example.vn:443",), username="1", credential="c")
    settings = SfuSettings(ice_servers=lambda _identity, _now: (relay,))
    sfu = Sfu(media, DatabaseRoomStore(database), clock, settings)
    await sfu.start()
    config = Config(data_dir=folder)
    server = TestServer(make_app(config, database, sfu, clock))
    await server.start_server()
    site = Site(server, database, world, config, clock)
    try:
        yield Door(site, sfu, media)
    finally:
        for browser in site.browsers:
            await browser.session.close()
        await sfu.close()
        await server.close()


@pytest.fixture
async def door(database: Database, world: World, tmp_path: Path) -> AsyncIterator[Door]:
    await book(database, world)
    async with open_door(database, world, tmp_path) as opened:
        yield opened


async def test_what_is_sent_comes_back_to_the_same_browser(door: Door) -> None:
    line = await door.connect(await door.site.sign_in("site1"))
    ready = await line.hear("ready")
    await line.say(type="publish", sdp="v=0", tracks=[{"mid": "0", "source": "microphone"}])
    await line.hear("answer")
    await line.say(type="receive")
    offer = await line.hear("offer")
    await line.say(type="answer", sdp="v=0", generation=offer["generation"])
    await line.say(type="ping", number=7)
    pong = await line.hear("pong")

    assert ready["ice_servers"][0]["urls"] == ["turns:hop.example.vn:443"]
    assert pong["number"] == 7
    accepted = [command for command in door.media.told if isinstance(command, engine.AcceptAnswer)]
    assert [command.generation for command in accepted] == [offer["generation"]]
    room = accepted[0].room
    await line.socket.close()
    async with asyncio.timeout(PATIENCE):
        while engine.CloseRoom(room) not in door.media.told:
            await asyncio.sleep(0)
    assert len(door.sfu.echo) == 0


async def test_loads_go_both_ways_and_have_an_end(door: Door) -> None:
    line = await door.connect(await door.site.sign_in("site1"))
    await line.hear("ready")
    await line.say(type="load", octets=40_000)
    got = 0
    while got < 40_000:
        got += len(await line.socket.receive_bytes())
    assert got == 40_000

    await line.socket.send_bytes(b"x" * 16_384)
    assert (await line.hear("taken"))["octets"] == 16_384

    for _ in range(4):
        await line.say(type="load", octets=4 * 2**20)
    assert await line.closed() == CloseCode.TOO_MUCH


@pytest.mark.parametrize("text", ["hello", "{}", '{"type":"join","version":2}', '{"type":"publish"}'])
async def test_what_is_no_test_ends_it(door: Door, text: str) -> None:
    line = await door.connect(await door.site.sign_in("site1"))
    await line.socket.send_str(text)

    assert await line.closed() == CloseCode.PROTOCOL
    assert len(door.sfu.echo) == 0


async def test_too_many_messages_end_it(door: Door) -> None:
    line = await door.connect(await door.site.sign_in("site1"))
    for number in range(200):
        await line.say(type="ping", number=number)

    assert await line.closed() == CloseCode.TOO_MUCH


async def test_second_test_of_an_account_ends_the_first(door: Door) -> None:
    browser = await door.site.sign_in("site1")
    first = await door.connect(browser)
    await first.hear("ready")
    second = await door.connect(browser)
    await second.hear("ready")

    assert await first.closed() == CloseCode.REPLACED
    assert len(door.sfu.echo) == 1


async def test_loss_of_the_engine_ends_the_test(door: Door) -> None:
    line = await door.connect(await door.site.sign_in("site1"))
    await line.hear("ready")
    door.media.events.put_nowait(engine.EngineLost())

    assert await line.closed() == CloseCode.FAULT


async def test_socket_is_for_people_of_this_site(door: Door) -> None:
    visitor, member = door.site.visit(), await door.site.sign_in("site1")
    url = door.site.server.make_url("/connection/ws")
    origin = str(door.site.server.make_url("/")).rstrip("/")
    for browser, headers, status in (
        (visitor, {"Origin": origin}, 401),
        (member, {"Origin": "https://evil.example"}, 403),
        (member, {}, 403),
    ):
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.session.ws_connect(url, headers=headers)
        assert refused.value.status == status
    token = await make_link(door.site.database, door.site.world)
    line = await door.connect(visitor, f"/g/{token}/connection/ws")
    assert (await line.hear("ready"))["type"] == "ready"
    with pytest.raises(WSServerHandshakeError) as refused:
        await door.connect(visitor, "/g/wrong/connection/ws")
    assert refused.value.status == 404


async def test_meeting_page_leads_to_the_board_exactly_those_whom_it_lets_in(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        places = [(world.communes[0], world.sites[1]), (world.communes[2], world.sites[2])]
        await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            places,  # the first commune sits at the site of the second
            slug="hop",
            starts_at=NOW + timedelta(hours=1),
            hall_id=world.hall.id,
        )
    led = set()
    for name in world.actors:
        browser = await site.sign_in(name)
        page = await browser.open("/meetings/hop")
        leads = page.status == 200 and 'href="/meetings/hop/rehearsal"' in page.text
        assert leads == ((await browser.open("/meetings/hop/rehearsal")).status == 200), name
        led |= {name} if leads else set()
    assert {"technician", "secretary", "hall"} <= led < set(world.actors)


async def test_board_says_of_a_site_that_it_has_no_account(site: Site) -> None:
    await book(site.database, site.world)
    async with site.database.write() as session:
        account = (await session.exec(select(Account).where(Account.site_id == site.world.sites[0].id))).one()
        account.disabled_at = NOW
        session.add(account)
    page = await (await site.sign_in("technician")).open("/meetings/hop/rehearsal")
    assert page.text.count("Điểm cầu chưa có tài khoản, chưa kiểm tra kết nối") == 1
