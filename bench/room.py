"""A room of 40 sites, then of 150: gaps in sound, pictures, what both sides use; one above the cap is refused.

The sites go the whole way: WebSocket, lobby rules, media. Three speak at a time, four show a picture of at most 500
kbit/s, everybody hears the three and sees the four.
"""

import asyncio
import gc
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
from yarl import URL

from bench.machine import describe_machine, prefer, read_cpu, read_memory_mb, unprefer, wait_until
from bench.province import Province, Server
from signaling.dtls import Certificate
from signaling.synthetic import Pump, SyntheticSite
from signaling.synthetic_frames import LAYERS, make_pictures, make_sound
from web.rehearsal.client import RoomClient
from web.rehearsal.course import play
from web.rehearsal.door import Visitor
from web.rehearsal.report import Report

CAMERAS, SPEAKERS = 4, 3
SIZES = (40, 150)
PACE = 6.0  # sites that come in a second
WATCHED = 10  # every so many sites decrypt what they receive
GAP_MS = 100
REFUSED = 4414
JOIN_SECONDS, REFUSAL_SECONDS = 90.0, 15.0


async def run(*, seconds: float, sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    rooms = {str(size): await run_room(size, seconds) for size in sizes}
    first = rooms[str(sizes[0])]
    shown = first["sound_gaps_above_100_ms"] == 0 and all(
        room["one_above_the_cap"] == "refused" and room["joined"] == room["sites"] for room in rooms.values()
    )
    return {"shown": shown, "rooms": rooms, "seconds": seconds, "machine": describe_machine()}


async def run_room(size: int, seconds: float, *, pressing: bool = True) -> dict[str, Any]:
    """One room on a server of its own. ``pressing``: it comes before what else runs on the machine."""
    async with AsyncExitStack() as stack:
        server, province, http, pump = await enter(stack, size, pressing=pressing)
        stack.callback(gc.unfreeze)
        return await _fill(server, province, http, pump, size, seconds)


async def enter(
    stack: AsyncExitStack, sites: int, *, pressing: bool = True
) -> tuple[Server, Province, aiohttp.ClientSession, Pump]:
    """A server, and what its clients need."""
    server = Server(sites)
    stack.push_async_callback(server.stop)
    province = await server.start()
    stack.callback(unprefer, os.getpid())
    for process in (os.getpid(), *server.list_processes().values()) if pressing else ():
        prefer(process)
    connector = aiohttp.TCPConnector(limit=0)
    http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    await stack.enter_async_context(http)
    pump = Pump()
    pump.start()
    stack.push_async_callback(pump.close)
    return server, province, http, pump


async def _fill(
    server: Server, province: Province, http: aiohttp.ClientSession, pump: Pump, size: int, seconds: float
) -> dict[str, Any]:
    clients = make_clients(province, http, URL(server.origin), pump)
    gc.collect()
    gc.freeze()  # frames and libraries stay; a collection that walks them would be a gap of our making
    measure = asyncio.create_task(_measure(server, clients, seconds))
    report = await play(seconds, clients, pump, pace=PACE, drop=False, tell=lambda _line: None, speakers=SPEAKERS)
    used = await measure
    surplus = await try_one_more(province, http, URL(server.origin))
    for client in clients:
        await client.leave()
    return describe(report, used, size) | {"one_above_the_cap": surplus}


def make_clients(
    province: Province, http: aiohttp.ClientSession, origin: URL, pump: Pump, *, watched: int = WATCHED
) -> list[RoomClient]:
    certificate, sound, layers = Certificate(), make_sound(), make_pictures(LAYERS[:2])
    path = f"/meetings/{province.slug}/ws"
    clients = []
    for number, cookies in enumerate(province.sites):
        site = SyntheticSite(
            pump,
            certificate,
            sound=sound,
            layers=layers if number < CAMERAS else (),
            opens=number % watched == 0,
        )
        visitor = Visitor(http, origin, dict(cookies))
        clients.append(RoomClient(visitor, path, site, pictures=CAMERAS, height=LAYERS[1].height))
    return clients


async def _measure(server: Server, clients: Sequence[RoomClient], seconds: float) -> dict[str, Any]:
    """CPU of both sides over the time in which everybody is in the room."""
    await wait_until(lambda: all(client.joined.is_set() for client in clients), JOIN_SECONDS)
    processes = {**server.list_processes(), "generator": os.getpid()}
    before = {name: read_cpu(pid) for name, pid in processes.items()}
    packets = sum(client.media.receiver.totals.packets for client in clients if client.media)
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(seconds * 0.9)
    passed = asyncio.get_running_loop().time() - began
    used = {name: read_cpu(pid).since(before[name]) for name, pid in processes.items()}
    received = sum(client.media.receiver.totals.packets for client in clients if client.media) - packets
    memory = {name: read_memory_mb(pid) for name, pid in processes.items()}
    return {
        "cores": {name: round(time.total / passed, 3) for name, time in used.items()},
        "memory_mb": memory,
        "packets_per_second": round(received / passed),
    }


async def try_one_more(province: Province, http: aiohttp.ClientSession, origin: URL) -> str:
    """Somebody invited for whom no place is left."""
    client = RoomClient(Visitor(http, origin, dict(province.surplus)), f"/meetings/{province.slug}/ws", None)
    client.start()
    await wait_until(lambda: client.closed is not None or client.joined.is_set(), REFUSAL_SECONDS)
    refused = client.closed == REFUSED
    await client.leave()
    return "refused" if refused else f"not refused ({client.closed or 'let in'})"


def describe(report: Report, used: dict[str, Any], size: int) -> dict[str, Any]:
    found = report.to_json()
    gaps = report.totals.gaps
    return {
        "sites": size,
        **{name: found[name] for name in ("joined", "refused", "join_ms", "media_ms", "loss", "delay_ms", "freezes")},
        "sound_gap_ms": {**found["sound_gap_ms"], "p999": gaps.percentile(0.999)},
        "sound_gaps_above_100_ms": gaps.count_above(GAP_MS),
        "generator_late_ms": found["generator_late_ms"],
        **used,
    }
