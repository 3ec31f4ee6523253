"""Joining, being seen, coming back: 40 joins in 10 s, mute and hand seen by all, 400 sockets dropped at once."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from yarl import URL

from bench.machine import describe_machine, wait_until
from bench.room import enter, make_clients
from signaling import protocol
from signaling.synthetic_stats import Distribution
from web.rehearsal.client import RoomClient
from web.rehearsal.course import MediaWatch, drop_all, wait_for_all
from web.rehearsal.door import Visitor

JOINERS, JOIN_WINDOW_SECONDS = 40, 10.0
DROPPED = 400
CHANGES = 20
CONNECT_SECONDS, SEEN_SECONDS = 60.0, 10.0
AT_ONCE = 25  # that come at the same time before the drop
MOST_JOIN_MS, MOST_SEEN_MS, MOST_BACK_MS = 1000.0, 300.0, 15_000.0


class Watchers:
    """When each client saw a participant as it is now wanted to be seen."""

    def __init__(self) -> None:
        self.times = Distribution()
        self._wanted: tuple[str, str, bool] | None = None
        self._began = 0.0
        self._seen: set[RoomClient] = set()

    def expect(self, participant: str, what: str, value: bool) -> None:
        self._wanted, self._seen, self._began = (participant, what, value), set(), time.monotonic()

    def hear(self, client: RoomClient, message: protocol.Message) -> None:
        changed: Sequence[protocol.Participant] = ()
        if isinstance(message, protocol.ParticipantChanged):
            changed = (message.participant,)
        elif isinstance(message, protocol.ParticipantsChanged):
            changed = message.participants
        for one in changed:
            if self._wanted in ((one.id, "muted", one.muted), (one.id, "hand", one.hand is not None)):
                if client not in self._seen:
                    self.times.note((time.monotonic() - self._began) * 1000)
                self._seen.add(client)

    def count(self) -> int:
        return len(self._seen)


async def run() -> dict[str, Any]:
    joins = await measure_joins()
    back = await measure_return()
    shown = (
        (joins["media_ms"]["p95"] or MOST_JOIN_MS) < MOST_JOIN_MS
        and joins["seen_ms"]["p95"] < MOST_SEEN_MS
        and back["back"] == DROPPED
        and back["back_ms"]["worst"] < MOST_BACK_MS
    )
    return {"shown": shown, "joins": joins, "return": back, "machine": describe_machine()}


async def measure_joins() -> dict[str, Any]:
    """Sites come at random moments of ten seconds, with sound and four with a picture; then hands go up and down."""
    async with AsyncExitStack() as stack:
        server, province, http, pump = await enter(stack, JOINERS)
        clients = make_clients(province, http, URL(server.origin), pump, watched=JOINERS)
        watchers, media = Watchers(), MediaWatch()
        pump.add_step(media.look)
        for client in clients:
            client.listener = watchers
            stack.push_async_callback(client.leave)
        began = time.monotonic()
        moments = sorted(secrets.SystemRandom().random() * JOIN_WINDOW_SECONDS for _ in clients)
        for client, moment in zip(clients, moments, strict=True):
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            if client.media is not None:
                media.add(client.media)
            client.start()
            await client.speak(client in clients[:3])
        await wait_until(lambda: all(one.joined.is_set() for one in clients), CONNECT_SECONDS)
        await wait_until(lambda: media.times.count == len(clients), CONNECT_SECONDS)
        joins = Distribution()
        for client in clients:
            joins.note(client.joins[0] * 1000)
        await change(clients, watchers)
        return {
            "sites": len(clients),
            "joined_ms": joins.to_json(),
            "media_ms": media.times.to_json(),
            "seen_ms": watchers.times.to_json(),
        }


async def change(clients: Sequence[RoomClient], watchers: Watchers) -> None:
    """Hands up and down, microphones on and off, each seen by everybody before the next."""
    for turn in range(CHANGES):
        client = clients[turn % len(clients)]
        for up in (True, False):
            watchers.expect(client.you, "hand", up)
            await client.say(protocol.Hand(up=up))
            await wait_until(lambda: watchers.count() == len(clients), SEEN_SECONDS)
        for speaks in (client.muted, not client.muted):
            watchers.expect(client.you, "muted", not speaks)
            await client.speak(speaks)
            await wait_until(lambda: watchers.count() == len(clients), SEEN_SECONDS)


async def measure_return() -> dict[str, Any]:
    """Sockets without media: what is measured is the room, its database and the pages' process."""
    async with AsyncExitStack() as stack:
        server, province, http, _pump = await enter(stack, DROPPED)
        path, origin = f"/meetings/{province.slug}/ws", URL(server.origin)
        clients = [RoomClient(Visitor(http, origin, dict(one)), path, None) for one in province.sites]
        for first in range(0, len(clients), AT_ONCE):
            group = clients[first : first + AT_ONCE]
            for client in group:
                stack.push_async_callback(client.leave)
                client.start()
            await wait_for_all(group, CONNECT_SECONDS)
        names = {client.you for client in clients}
        times = await drop_all(clients)
        return {
            "sockets": len(clients),
            "back": times.count,
            "back_ms": times.to_json(),
            "under_the_same_name": {client.you for client in clients} == names,
        }
