"""Forwarding compared with Janus: CPU for each packet, highest rate without loss, delay added there.

Both run in turn, each pinned to one core with this generator on the other, with the same publishers, viewers, packets,
encryption and feedback. See README.md for what the loopback interface hides.
"""

import asyncio
import gc
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bench.embedded import Embedded
from bench.janus import Janus, find_janus
from bench.load import PACKETS_PER_FRAME, SOUND_PER_SECOND, Publisher, Viewer
from bench.machine import (
    BenchFailed,
    count_drops,
    describe_machine,
    find_own_address,
    pin,
    prefer,
    read_cpu,
    read_memory_mb,
    unprefer,
    wait_until,
)
from signaling.dtls import Certificate
from signaling.synthetic import Pump
from signaling.synthetic_stats import Distribution

PUBLISHERS, VIEWERS = 4, 40
BASE_FRAMES = 31.0  # a second and publisher: with sound 360 packets a second, 57,600 to all viewers
TICK_SECONDS = 0.001
STARTED_SECONDS = 30.0
PROBE_EVERY = 13  # viewers: the first and the last to be served, and some between
WARM_SECONDS = 1.5
LOSSLESS = 1e-4
STEADY_MS = 100.0  # half of the packets take longer: a queue grows, and will lose
WITHHELD = 0.01  # a stream that the SFU leaves out; less is what is under way when a window begins or ends
GROWTH, FINEST = 1.25, 0.05
MOST_VIEWERS = 320
SFU_CORE, LOAD_CORE = 0, 1


class Sfu(Protocol):
    """What is measured."""

    name: str

    @property
    def pid(self) -> int: ...

    async def start(self) -> None: ...

    async def publish(self, publisher: Publisher) -> None: ...

    async def view(self, viewer: Viewer) -> None: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True)
class Window:
    """What some seconds at one rate showed. ``rate``: packets to all viewers in a second, as sent by the SFU."""

    offered: float
    rate: float
    loss: float
    cpu_us: float
    core: float
    p50: float
    p99: float
    drops: int
    load_core: float
    late_p99: float

    @property
    def is_lossless(self) -> bool:
        return self.loss < LOSSLESS and self.p50 < STEADY_MS

    def to_json(self) -> dict[str, float]:
        return {name: round(value, 5 if name == "loss" else 3) for name, value in vars(self).items()}


class Rig:
    """One SFU with its publishers and viewers. ``pinned``: it has one core, the generator the other."""

    def __init__(self, sfu: Sfu, address: str, *, viewers: int = VIEWERS, pinned: bool = True) -> None:
        self.sfu, self._address = sfu, address
        self._first, self._pinned = viewers, pinned
        self.pump = Pump(TICK_SECONDS)
        self._certificate = Certificate()
        step = 1 / BASE_FRAMES / PUBLISHERS
        self.publishers = [
            Publisher(self.pump, self._certificate, address, number * step) for number in range(PUBLISHERS)
        ]
        self.viewers: list[Viewer] = []

    async def start(self) -> None:
        if self._pinned:
            os.sched_setaffinity(0, {SFU_CORE})  # what is started inherits it
        await self.sfu.start()
        if self._pinned:
            pin(self.sfu.pid, SFU_CORE)
            pin(os.getpid(), LOAD_CORE)
            prefer(self.sfu.pid)
            prefer(os.getpid())
        self.pump.start()
        for publisher in self.publishers:
            await self.sfu.publish(publisher)
        await self.add_viewers(self._first)

    async def add_viewers(self, count: int) -> None:
        """Return when each of them receives everything."""
        for publisher in self.publishers:
            publisher.frames_per_second = BASE_FRAMES / 4  # while handshakes go on
        for number in range(len(self.viewers), len(self.viewers) + count):
            viewer = Viewer(self.pump, self._certificate, self._address, probes=number % PROBE_EVERY == 0)
            self.viewers.append(viewer)
            await self.sfu.view(viewer)
        streams = 2 * PUBLISHERS
        await wait_until(lambda: all(len(viewer.active) == streams for viewer in self.viewers), STARTED_SECONDS)

    async def measure(self, factor: float, seconds: float) -> Window:
        """Send ``factor`` times the packets of the base rate."""
        total = (BASE_FRAMES * PACKETS_PER_FRAME + SOUND_PER_SECOND) * factor
        frames = (total - SOUND_PER_SECOND) / PACKETS_PER_FRAME
        for publisher in self.publishers:
            publisher.frames_per_second = frames
        await asyncio.sleep(WARM_SECONDS)
        ports = {viewer.peer.describe().port for viewer in self.viewers}
        dropped, own, began = count_drops(ports), read_cpu(os.getpid()), asyncio.get_running_loop().time()
        sfu = read_cpu(self.sfu.pid)
        for viewer in self.viewers:
            viewer.begin_window()
        for publisher in self.publishers:
            publisher.begin_window()
        await asyncio.sleep(seconds)
        used, passed = read_cpu(self.sfu.pid).since(sfu).total, asyncio.get_running_loop().time() - began
        received = sum(one.received for viewer in self.viewers for one in viewer.streams.values())
        sent = sum(publisher.count_window() for publisher in self.publishers) * len(self.viewers)
        delays = Distribution()
        for viewer in self.viewers:
            delays.add(viewer.delays)
        lateness = max(publisher.lateness.percentile(0.99) or 0.0 for publisher in self.publishers)
        drops = count_drops(ports) - dropped  # of the generator's own making
        loss = max(0.0, self.count_lost() - drops) / max(1, sent)
        withheld = 1 - (received + drops) / max(1, sent)
        loss = max(loss, withheld) if withheld > WITHHELD else loss
        return Window(
            offered=sent / passed,
            rate=received / passed,
            loss=loss,
            cpu_us=used / max(1, received) * 1e6,
            core=used / passed,
            p50=delays.percentile(0.5) or 0.0,
            p99=delays.percentile(0.99) or 0.0,
            drops=drops,
            load_core=read_cpu(os.getpid()).since(own).total / passed,
            late_p99=lateness,
        )

    def count_lost(self) -> int:
        return sum(max(0, one.expected - one.received) for viewer in self.viewers for one in viewer.streams.values())

    async def stop(self) -> None:
        for peer in [one.peer for one in self.publishers] + [one.peer for one in self.viewers]:
            self.pump.remove_peer(peer)
            await peer.close()
        await self.pump.close()
        await self.sfu.stop()
        if self._pinned:
            unprefer(os.getpid())
            os.sched_setaffinity(0, {SFU_CORE, LOAD_CORE})


async def run_once(sfu: Sfu, address: str, seconds: float) -> dict[str, Any]:
    """One SFU: the base rate, then more and more viewers until it loses, then finer by the packets of each."""
    rig = Rig(sfu, address)
    gc.disable()
    try:
        await rig.start()
        base = await rig.measure(1.0, seconds)
        best, steps = await search(rig, base, seconds / 2)
        return {
            "base": base.to_json(),
            "profile": rig.viewers[0].peer.profile,
            "memory_mb": read_memory_mb(sfu.pid),
            "lossless_rate": min(best.rate, best.offered) if best else 0.0,  # without what had waited before
            "lossless": best.to_json() if best else None,
            "steps": [step.to_json() for step in steps],
        }
    finally:
        gc.enable()
        await rig.stop()


async def search(rig: Rig, base: Window, seconds: float) -> tuple[Window | None, list[Window]]:
    """Return the window of the highest rate without loss, and all that were tried."""
    steps = [base]
    while steps[-1].is_lossless and len(rig.viewers) < MOST_VIEWERS:
        await rig.add_viewers(round(len(rig.viewers) * (GROWTH - 1)))
        steps.append(await rig.measure(1.0, seconds))
    good, bad = (1 / GROWTH if len(steps) > 1 else 0.5), 1.0
    found = steps[-1].is_lossless  # nothing loses, however many there are
    while not found and bad - good > FINEST:
        factor = (good + bad) / 2
        steps.append(await rig.measure(factor, seconds))
        good, bad = (factor, bad) if steps[-1].is_lossless else (good, factor)
    lossless = [step for step in steps if step.is_lossless]
    return max(lossless, key=lambda step: step.offered, default=None), steps


async def run(*, rounds: int, seconds: float) -> dict[str, Any]:
    """Take turns. Raises ``PeerAbsent`` without Janus."""
    find_janus()
    if len(os.sched_getaffinity(0)) < 2:
        raise BenchFailed("two cores are needed, one for the SFU and one for the generator")
    address = find_own_address()
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "janus": []}
    for _ in range(rounds):
        for sfu in (Embedded(address), Janus(address)):
            found[sfu.name].append(await run_once(sfu, address, seconds))
    ours, janus = summarize(found["ours"]), summarize(found["janus"])
    return {
        "cpu_ratio": round(ours["cpu_us"] / janus["cpu_us"], 3),
        "lossless_ratio": round(ours["lossless_rate"] / max(1.0, janus["lossless_rate"]), 3),
        "p99_ratio": round(ours["p99_ms"] / janus["p99_ms"], 3),
        "ours": ours,
        "janus": janus,
        "setting": {"publishers": PUBLISHERS, "viewers": VIEWERS, "rounds": rounds, "seconds": seconds},
        "machine": describe_machine(),
    }


def summarize(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The median of all rounds, and the rounds."""

    def middle(name: str) -> float:
        return round(statistics.median(float(one["base"][name]) for one in rounds), 5)

    return {
        "cpu_us": middle("cpu_us"),
        "rate": middle("rate"),
        "loss": middle("loss"),
        "p50_ms": middle("p50"),
        "p99_ms": middle("p99"),
        "lossless_rate": round(statistics.median(one["lossless_rate"] for one in rounds)),
        "lossless_p99_ms": statistics.median(one["lossless"]["p99"] if one["lossless"] else 0.0 for one in rounds),
        "profile": rounds[0]["profile"],
        "memory_mb": max(one["memory_mb"] for one in rounds),
        "rounds": list(rounds),
    }
