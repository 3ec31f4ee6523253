"""A province of invented communes with a meeting that begins now, and a server on it: for benches of whole rooms."""

import asyncio
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.machine import BenchFailed, list_children, wait_until
from meetings.models import (
    Account,
    AccountRole,
    Form,
    Invitation,
    Level,
    Meeting,
    MeetingKind,
    Person,
    Role,
    Site,
    Unit,
    UnitKind,
    UnitLevel,
    UnitName,
)
from web.auth import COOKIE, Visitor, open_session
from web.commands.running import utc_now
from web.database import Database
from web.migrations import upgrade

ADDRESS = "127.0.0.1"
START_SECONDS = 60.0
KEPT_FOR_OTHERS = 2  # places of chair and secretary, who do not come


@dataclass(frozen=True)
class Province:
    """The cookies of each account: sites in their order, and one more of the first commune."""

    slug: str
    sites: Sequence[dict[str, str]]
    surplus: dict[str, str]


async def found(folder: Path, sites: int) -> Province:
    """Write it into a new database. The room has places for the sites, and for nobody besides."""
    database = Database(f"sqlite+aiosqlite:///{(folder / 'giaoban.sqlite3').resolve()}")
    await upgrade(database)
    now = utc_now()
    async with database.write() as session:
        writer = _Writer(session, now)
        province = await writer.add_unit("Tỉnh thử tải", "province")
        communes = [await writer.add_unit(f"Xã thử {number}", "commune") for number in range(1, sites + 1)]
        places = [await writer.add(Site(unit_id=one, name=f"Điểm cầu xã thử {one}")) for one in communes]
        people = [
            await writer.add(Person(full_name=name, position="Chuyên viên", unit_id=unit))
            for name, unit in (
                ("Chủ tọa", province),
                ("Thư ký", province),
                ("Thừa", communes[0]),
            )
        ]
        meeting = Meeting(
            slug=f"thu{secrets.token_hex(4)}",
            title="Thử tải",
            kind=MeetingKind.BRIEFING,
            convening_unit_id=province,
            chair_id=people[0],
            secretary_id=people[1],
            starts_at=now,
            ends_at=now + timedelta(hours=4),
            planned_form=Form.ONLINE,
            capacity=sites + KEPT_FOR_OTHERS,
            created_at=now,
        )
        slug, key = meeting.slug, await writer.add(meeting)
        for position, (unit, place) in enumerate(zip(communes, places, strict=True), start=1):
            await writer.add(Invitation(meeting_id=key, unit_id=unit, site_id=place, position=position))
        found = Province(
            slug,
            [await writer.open_account(Role.SITE, site_id=place) for place in places],
            await writer.open_account(Role.DELEGATE, person_id=people[2]),
        )
    await database.close()
    return found


class _Writer:
    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session, self._now = session, now
        self._accounts = 0

    async def add(self, row: Any) -> int:
        self._session.add(row)
        await self._session.flush()
        return int(row.id)

    async def add_unit(self, name: str, level: str) -> int:
        unit = await self.add(Unit(kind=UnitKind.PEOPLE_COMMITTEE, official_order=1000))
        self._session.add(UnitName(unit_id=unit, name=name))
        row = (await self._session.exec(select(Level).where(Level.code == level))).one()
        self._session.add(UnitLevel(unit_id=unit, level_id=row.id or 0))
        return unit

    async def open_account(
        self, role: Role, *, person_id: int | None = None, site_id: int | None = None
    ) -> dict[str, str]:
        """An account that is signed in; nobody knows a password for it."""
        self._accounts += 1
        account = Account(username=f"thu{self._accounts}", password_hash="", created_at=self._now)
        account.person_id, account.site_id = person_id, site_id
        key = await self.add(account)
        self._session.add(AccountRole(account_id=key, role=role))
        return {COOKIE: await open_session(self._session, key, Visitor("127.0.0.1", "bench"), self._now)}


class Server:
    """``giaoban serve`` on a province of its own."""

    def __init__(self, sites: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="giaoban-bench-")
        self._sites = sites
        self._process: asyncio.subprocess.Process | None = None
        self._port = find_port()

    @property
    def origin(self) -> str:
        return f"http://{ADDRESS}:{self._port}"

    async def start(self) -> Province:
        folder = Path(self._folder.name)
        province = await found(folder, self._sites)
        settings = {
            "DATA_DIR": folder,
            "DATABASE_URL": "",
            "HOST": ADDRESS,
            "PORT": self._port,
            "MEDIA_PORT": 0,
            "MEDIA_ADDRESS": "",
            "ORIGIN": "",
            "WORKERS": 0,
            "LOG_LEVEL": "warning",
        }
        # On top of what the environment has: settings of another server are not this one's.
        given = [f"GIAOBAN_{name}={value}" for name, value in settings.items()]
        self._process = await asyncio.create_subprocess_exec(
            "env", *given, sys.executable, "-m", "web", "serve", stdout=asyncio.subprocess.DEVNULL
        )
        await wait_until(self._is_up, START_SECONDS)
        return province

    def _is_up(self) -> bool:
        if self._process is not None and self._process.returncode is not None:
            raise BenchFailed(f"the server ended with status {self._process.returncode}")
        with socket.socket() as probe:
            return probe.connect_ex((ADDRESS, self._port)) == 0

    def list_processes(self) -> dict[str, int]:
        """The web process and the media process below it."""
        if self._process is None:
            raise BenchFailed("the server is not running")
        pid = self._process.pid
        below = list_children(pid)
        media = [one for one in below if b"signaling.media" in Path(f"/proc/{one}/cmdline").read_bytes()]
        return {"web": pid, "media": media[0]}

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), 10)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._folder.cleanup()


def find_port() -> int:
    """A number that is free for TCP and UDP, as is the next one for media over TCP."""
    while True:
        with socket.socket() as pages, socket.socket() as beside, socket.socket(type=socket.SOCK_DGRAM) as media:
            pages.bind((ADDRESS, 0))
            port = int(pages.getsockname()[1])
            try:
                beside.bind((ADDRESS, port + 1))
                media.bind((ADDRESS, port))
            except OSError:
                continue
            return port
