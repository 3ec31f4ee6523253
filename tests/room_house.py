"""A server with two meetings that are open now, clients and an engine made for tests, on the real store."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import select

from meetings.models import Meeting as MeetingRow
from signaling import effects as e
from signaling import protocol
from signaling.sfu import Admission, Sfu, SfuSettings
from tests.factories import NOW, add_meeting, build_world
from tests.room_fakes import FakeClock, FakeEngine, FakeWire
from web.database import Database
from web.room_store import DatabaseRoomStore

QUICK = SfuSettings(tick_every=0.01, alive_every=0.01, save_pauses=(0.0, 0.0), send_timeout=1.0)
MICROPHONE = protocol.Publish(sdp="v=0", tracks=(protocol.PublishedTrack(mid="0", source="microphone"),))


class GatedStore(DatabaseRoomStore):
    """The real store behind a gate; ``broken`` saves fail."""

    def __init__(self, database: Database, ballots: Path) -> None:
        super().__init__(database, ballots=ballots)
        self.ballots = ballots
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()
        self.broken = 0
        self.saved: list[list[e.Record]] = []

    async def save(self, room: str, records: Sequence[e.Record], snapshot: Mapping[str, Any], now: datetime) -> None:
        self.waiting.set()
        await self.gate.wait()
        if self.broken:
            self.broken -= 1
            raise OSError("the disk is gone")
        await super().save(room, records, snapshot, now)
        self.saved.append(list(records))


@dataclass
class House:
    """A database with two meetings that are open now, and a server in front of it."""

    database: Database
    clock: FakeClock
    store: GatedStore
    media: FakeEngine
    sfu: Sfu
    meeting: MeetingRow
    other: MeetingRow
    admissions: dict[str, Admission]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def enter(self, name: str, room: str = "hop", resume: str | None = None, wire: FakeWire | None = None) -> FakeWire:
        wire = wire or FakeWire()
        wire.say(protocol.Join(version=protocol.VERSION, resume=resume, name=None))
        self.connect(name, room, wire)
        return wire

    def connect(self, name: str, room: str, wire: FakeWire) -> asyncio.Task[None]:
        task = asyncio.create_task(self.sfu.serve(room, self.admissions[name], wire, wire.incoming()))
        self.tasks.append(task)
        return task

    async def kill(self, back_after: timedelta) -> None:
        """The server is gone between two instructions, as after ``kill -9``; another one starts."""
        self.sfu._stopping.set()
        await asyncio.gather(*self.sfu._tasks)
        await asyncio.gather(*(live.stop() for live in self.sfu._rooms.values()))  # nothing more is handled or saved
        await asyncio.gather(*self.tasks)
        self.tasks.clear()
        self.clock.now += back_after
        self.media = FakeEngine(self.clock)
        self.store = GatedStore(self.database, self.store.ballots)
        self.sfu = Sfu(self.media, self.store, self.clock, QUICK)
        await self.sfu.start()

    async def rows(self, table: Any) -> list[Any]:
        async with self.database.read() as session:
            return list((await session.exec(select(table).order_by(table.id))).all())

    async def until(self, table: Any, condition: Any) -> list[Any]:
        """The rows as soon as they fulfil ``condition``."""
        async with asyncio.timeout(5):
            while not condition(rows := await self.rows(table)):
                await asyncio.sleep(0)
        return rows


@asynccontextmanager
async def open_house(database: Database, settings: SfuSettings = QUICK) -> AsyncIterator[House]:
    clock = FakeClock(NOW)
    async with database.write() as session:
        world = await build_world(session)
        times: dict[str, Any] = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=2)}
        invited = list(zip(world.communes, world.sites, strict=True))
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, invited, slug="hop", agenda=["Kinh tế"], **times
        )
        other = await add_meeting(session, world.province, world.chair, world.secretary, slug="khac", **times)
    admissions = {}
    for order, name in enumerate(("chair", "site1", "site2")):
        actor = world.actors[name]
        admissions[name] = Admission(
            identity=f"account:{actor.account_id}",
            name=actor.name,
            detail="",
            role="chair" if name == "chair" else "site",
            may=protocol.EVERYTHING if name == "chair" else frozenset(),
            order=order,
            locale="en",
            about={"person_id": actor.person_id, "site_id": actor.site_id, "unit_id": actor.unit_id},
            can_come=NOW - timedelta(minutes=15),
        )
    with TemporaryDirectory() as ballots:
        store, media = GatedStore(database, Path(ballots)), FakeEngine(clock)
        sfu = Sfu(media, store, clock, settings, translate=lambda text, locale: f"{locale}: {text}")
        await sfu.start()
        house = House(database, clock, store, media, sfu, meeting, other, admissions)
        yield house
        house.store.gate.set()
        await house.sfu.close()
        await asyncio.gather(*house.tasks)
