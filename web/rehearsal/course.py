"""The course of a rehearsal: sites come in one after the other, speak in turns, lose their sockets, leave."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from yarl import URL

from signaling import protocol
from signaling.dtls import Certificate
from signaling.synthetic import Pump, SyntheticSite
from signaling.synthetic_frames import Layer, SoundFrame, make_pictures, make_sound, read_pictures, read_sound
from signaling.synthetic_stats import Distribution
from web.rehearsal.client import RoomClient
from web.rehearsal.door import NoEntry, Visitor, make_link, name_guest, sign_in
from web.rehearsal.report import Report, collect

NAME = "Điểm cầu thử"
SITES_PER_LINK = 10
TURN_SECONDS = 5.0
SPEAKERS = 3
JOIN_SECONDS, BACK_SECONDS = 30.0, 45.0


@dataclass(frozen=True)
class Plan:
    """``cameras``: how many of the sites show a picture. ``pace``: sites that come in a second.

    ``link``: of a guest, for a user who may not make links.
    """

    url: URL
    sites: int
    seconds: float
    cameras: int
    loss: float = 0.0
    drop: bool = False
    pace: float = 4.0
    user: str = ""
    password: str = ""
    recording: Path | None = None
    link: str = ""
    insecure: bool = False


class Doorman:
    """Lets in from the lobby those who belong to the rehearsal, and nobody else."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, client: RoomClient, message: protocol.Message) -> None:
        people = message.people if isinstance(message, protocol.LobbyChanged) else ()
        people = message.lobby if isinstance(message, protocol.Joined) else people
        for person in people:
            if person.name in self._names:
                task = asyncio.create_task(client.say(protocol.Admit(participant=person.id)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)


class MediaWatch:
    """When each site received its first packet, from the moment it called."""

    def __init__(self) -> None:
        self.times = Distribution()
        self._waiting: list[tuple[SyntheticSite, float]] = []

    def add(self, site: SyntheticSite) -> None:
        self._waiting.append((site, time.monotonic()))

    def look(self, now: float) -> float:
        came = [(site, began) for site, began in self._waiting if site.receiver.totals.packets]
        for pair in came:
            self._waiting.remove(pair)
            self.times.note((now - pair[1]) * 1000)
        return now + 0.02


def split_address(url: URL) -> tuple[str, str]:
    """The meeting's name and the guest link's path: one of the two is "". Raises ``NoEntry``."""
    parts = [part for part in url.path.split("/") if part]
    if len(parts) >= 2 and parts[0] == "meetings":
        return parts[1], ""
    if len(parts) >= 2 and parts[0] == "g":
        return "", f"/g/{parts[1]}"
    raise NoEntry("the address must be that of a meeting (…/meetings/…) or of a guest link (…/g/…)")


def load_media(recording: Path | None, cameras: int) -> tuple[tuple[SoundFrame, ...], tuple[Layer, ...]]:
    """What the sites say and, with ``cameras``, show. Raises ``RecordingUnreadable``."""
    sound = make_sound() if recording is None else read_sound(recording)
    if not cameras:
        return sound, ()
    return sound, make_pictures() if recording is None else read_pictures(recording)


def find_source_address(host: str) -> str:
    """The address of this machine from which the server is reached."""
    family, _, _, _, place = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(place)
        return str(probe.getsockname()[0])


async def rehearse(plan: Plan, tell: Callable[[str], None]) -> Report:
    """Do all of it. ``tell`` is given lines on how it goes. Raises ``NoEntry``."""
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0, ssl=not plan.insecure)
        jar = aiohttp.DummyCookieJar()
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, cookie_jar=jar))
        origin = plan.url.origin()
        names = [f"{NAME} {number}" for number in range(1, plan.sites + 1)]
        links = await open_way(plan, stack, http, origin, frozenset(names), tell)
        # In a thread: pictures take long to encode on a busy machine, and the doorman is in the room already.
        sound, layers = await asyncio.to_thread(load_media, plan.recording, plan.cameras)
        pump = Pump()
        pump.start()
        stack.push_async_callback(pump.close)
        host = await asyncio.to_thread(find_source_address, origin.host or "localhost")
        certificate = Certificate()
        clients: list[RoomClient] = []
        for number, name in enumerate(names):
            link = links[number % len(links)]
            visitor = Visitor(http, origin)
            await name_guest(visitor, link, name)
            shown = layers if number < plan.cameras else ()
            site = SyntheticSite(pump, certificate, sound=sound, layers=shown, host=host, loss=plan.loss)
            clients.append(RoomClient(visitor, f"{link}/ws", site))
        for client in clients:
            stack.push_async_callback(client.leave)
        return await play(plan.seconds, clients, pump, pace=plan.pace, drop=plan.drop, tell=tell)


async def open_way(
    plan: Plan,
    stack: AsyncExitStack,
    http: aiohttp.ClientSession,
    origin: URL,
    names: frozenset[str],
    tell: Callable[[str], None],
) -> list[str]:
    """Return the links by which the sites come; with a user, that one lets them in from the lobby."""
    slug, link = split_address(plan.url)
    link = link or (split_address(URL(plan.link))[1] if plan.link else "")
    if not plan.user:
        if not link:
            raise NoEntry("a meeting's address needs --user; without one give the address of a guest link")
        tell("Somebody in the room must admit the sites from the lobby.")
        return [link]
    visitor = Visitor(http, origin)
    await sign_in(visitor, plan.user, plan.password)
    links = [link] if link else []
    if not link:
        for _ in range(-(-plan.sites // SITES_PER_LINK)):
            path, revoke = await make_link(visitor, slug)
            stack.push_async_callback(visitor.send, revoke, {})
            links.append(path)
    if slug:
        doorman = RoomClient(visitor, f"/meetings/{slug}/ws", None, listener=Doorman(names))
        stack.push_async_callback(doorman.leave)
        doorman.start()
        try:
            await asyncio.wait_for(doorman.joined.wait(), JOIN_SECONDS)
        except TimeoutError:
            raise NoEntry(f"{plan.user} does not come into the room: {doorman.reason}") from None
        if "admit" not in doorman.may:
            raise NoEntry(f"{plan.user} may not admit anybody from the lobby")
    return links


async def play(
    seconds: float,
    clients: Sequence[RoomClient],
    pump: Pump,
    *,
    pace: float,
    drop: bool,
    tell: Callable[[str], None],
    speakers: int = SPEAKERS,
) -> Report:
    """Have the clients come, speak in turns for ``seconds``, and report. They stay in the room."""
    watch = MediaWatch()
    pump.add_step(watch.look)
    for number, client in enumerate(clients):
        if number:
            await asyncio.sleep(1 / pace)
        if client.media is not None:
            watch.add(client.media)
        client.start()
        await client.speak(number < speakers)
    await wait_for_all(clients, JOIN_SECONDS)
    tell(f"{sum(client.joined.is_set() for client in clients)} of {len(clients)} sites are in the room.")
    pump.late = 0.0
    turns = asyncio.create_task(take_turns(clients, speakers))
    dropped, reconnects = 0, Distribution()
    try:
        await asyncio.sleep(seconds / 2)
        if drop:
            dropped = sum(client.joined.is_set() for client in clients)
            reconnects = await drop_all(clients)
            tell(f"{reconnects.count} of {dropped} sites came back.")
        await asyncio.sleep(seconds / 2)
    finally:
        turns.cancel()
    await asyncio.wait([turns])
    if not turns.cancelled():
        turns.result()  # had it failed, nobody would have spoken from then on
    return collect(clients, seconds, watch.times, reconnects, pump.late, dropped=dropped)


async def wait_for_all(clients: Sequence[RoomClient], seconds: float) -> None:
    """Return when all are in the room or sent away, or after some time: the report says who is not in."""
    waits = [asyncio.create_task(client.settled.wait()) for client in clients]
    await asyncio.wait(waits, timeout=seconds)
    for wait in waits:
        wait.cancel()


async def take_turns(clients: Sequence[RoomClient], speakers: int) -> None:
    """A few speak at a time, each for some seconds; the others are silent."""
    first = 0
    while len(clients) > speakers:
        await asyncio.sleep(TURN_SECONDS)
        await clients[first % len(clients)].speak(False)
        await clients[(first + speakers) % len(clients)].speak(True)
        first += 1


async def drop_all(clients: Sequence[RoomClient]) -> Distribution:
    """Cut every WebSocket at once; return how long each was away."""
    began, times = time.monotonic(), Distribution()

    async def follow(client: RoomClient) -> None:
        await client.joined.wait()
        times.note((time.monotonic() - began) * 1000)

    present = [client for client in clients if client.joined.is_set()]
    for client in present:
        client.drop()
    following = [asyncio.create_task(follow(client)) for client in present]
    if following:
        await asyncio.wait(following, timeout=BACK_SECONDS)
    for task in following:
        task.cancel()
    return times
