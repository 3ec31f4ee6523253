"""``giaoban rehearse`` as a technician runs it, in its short form, against a real server."""

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from meetings.models import Account, Form, GuestLink, Meeting, MeetingKind, Unit
from tests.e2e.driving import ROOT, Server
from web.database import Database
from web.demo.people import PASSWORD

pytestmark = pytest.mark.alone

SITES = 4


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


async def rehearse(*options: str, password: str = PASSWORD) -> Outcome:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "web", "rehearse", *options, cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(f"{password}\n".encode())
    return Outcome(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
async def database(server: Server) -> Database:
    await server.start("--demo")
    return Database(f"sqlite+aiosqlite:///{server.data / 'giaoban.sqlite3'}")


async def add_meeting(database: Database, slug: str, capacity: int | None = None) -> None:
    """Of the secretary ``thuky``, beginning now."""
    now = datetime.now(UTC)
    async with database.write() as session:
        people = [
            (await session.exec(select(Account).where(Account.username == name))).one().person_id
            for name in ("lanhdao", "thuky")
        ]
        unit = (await session.exec(select(Unit).order_by(col(Unit.official_order)))).first()
        session.add(
            Meeting(
                slug=slug,
                title="Thử trước phiên họp",
                kind=MeetingKind.BRIEFING,
                convening_unit_id=(unit.id if unit else 0) or 0,
                chair_id=people[0] or 0,
                secretary_id=people[1] or 0,
                starts_at=now,
                ends_at=now + timedelta(hours=1),
                planned_form=Form.ONLINE,
                capacity=capacity,
                created_at=now,
            )
        )


async def test_secretary_lets_synthetic_sites_in_and_learns_what_they_saw(server: Server, database: Database) -> None:
    await add_meeting(database, "thu")
    options = ("--sites", str(SITES), "--seconds", "6", "--loss", "2", "--drop", "--json")
    outcome = await rehearse(f"{server.url}/meetings/thu", "--user", "thuky", "--password-stdin", *options)
    assert outcome.code == 0, outcome.err
    found = outcome.result
    assert found["joined"] == SITES
    assert found["join_ms"]["count"] == found["media_ms"]["count"] == found["reconnect_ms"]["count"] == SITES
    assert found["packets"]["received"] > 500
    assert found["packets"]["repeated"] > 0
    assert found["pictures"] > 50
    assert found["delay_ms"]["p50"] < 200
    async with database.read() as session:
        links = (await session.exec(select(GuestLink))).all()
    assert [link.revoked_at is not None for link in links if link.label.startswith("Phiên thử")] == [True]
    await database.close()


async def test_room_without_places_is_reported_and_ends_with_1(server: Server, database: Database) -> None:
    await add_meeting(database, "nho", capacity=5)  # the secretary is there, and the chair has a place
    options = ("--sites", str(SITES), "--seconds", "1", "--no-video", "--pace", "50")
    outcome = await rehearse(f"{server.url}/meetings/nho", "--user", "thuky", "--password-stdin", *options)
    assert outcome.code == 1
    assert re.search(rf"sites in the room +3 of {SITES}", outcome.out), outcome.out
    # Who knocks before the last place is taken waits for one in the lobby; who knocks later is turned away.
    assert re.search("1: (room full|waiting)", outcome.out), outcome.out
    await database.close()


async def test_what_lets_nobody_in_is_said_in_one_line(server: Server, database: Database) -> None:
    for address, user, password, reason in (
        (f"{server.url}/meetings/khong-co", "thuky", PASSWORD, "404"),
        (f"{server.url}/meetings/khong-co", "thuky", "sai mật khẩu", "cannot sign in"),
        (f"{server.url}/about", "thuky", PASSWORD, "the address must be"),
        ("http://127.0.0.1:9/meetings/x", "thuky", PASSWORD, "does not answer"),
    ):
        outcome = await rehearse(address, "--user", user, "--password-stdin", password=password)
        assert outcome.code == 4
        assert outcome.out == ""
        assert reason in outcome.err
        assert outcome.err.startswith("giaoban rehearse: ")
        assert outcome.err.count("\n") == 1
    outcome = await rehearse("hop.example.vn", "--user", "thuky", "--password-stdin")
    assert outcome.code == 2
    await database.close()
