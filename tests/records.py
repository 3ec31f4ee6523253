"""A meeting that was held, recorded and transcribed, and the site with people signed in to work on its record.

The fixture voices are its sound and their true sentences its transcript.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.models import AgendaItem, Meeting, Mode, SignIn
from tests.browsing import make_app
from tests.factories import NOW, World, add_ended_meeting, add_presence, build_world, key
from transcripts import store
from transcripts.actions import write_draft
from transcripts.audio import Track, mix_tracks
from transcripts.minutes import Content
from transcripts.minutes_actions import approve_minutes, submit_minutes
from transcripts.models import Minutes, Recording, RecordingSpan, RecordingState, Segment
from transcripts.work import DocumentWork
from web.auth import COOKIE, Visitor, open_session
from web.config import Config
from web.database import Database

SPEECH = Path(__file__).parent / "speech"
AGENDA = (
    ("Kết quả giải ngân vốn đầu tư công", "Điểm cầu Lâm Hà"),
    ("Tiến độ các dự án trọng điểm", "Điểm cầu Đức Trọng"),
)


async def add_recorded_meeting(
    session: AsyncSession, world: World, recorded: RecordingState = RecordingState.TRANSCRIBED, **values: Any
) -> Meeting:
    """Yesterday's meeting of the world's province and communes with its three recordings and all their segments.

    The chair spoke at the hall, the first two communes at their sites; the third was absent. No minutes yet.
    """
    ended = values.pop("ended_at", NOW - timedelta(hours=20))
    meeting = await add_ended_meeting(
        session,
        world.province,
        world.chair,
        world.secretary,
        list(zip(world.communes, world.sites, strict=True)),
        [Mode.ONLINE, Mode.ONLINE, Mode.ABSENT],
        ended,
        hall_id=world.hall.id,
        title="Họp giao ban trực tuyến tháng 11 năm 2026",
        **values,
    )
    start = meeting.started_at or ended
    for position, (title, presenter) in enumerate(AGENDA, 1):
        session.add(AgendaItem(meeting_id=key(meeting), position=position, title=title, presenter=presenter))
    for unit, site in zip(world.communes[:2], world.sites[:2], strict=True):
        await add_presence(session, meeting, start, ended, unit=unit, site=site)
    session.add(RecordingSpan(meeting_id=key(meeting), started_at=start, started_by="Trần Văn Hiệp", ended_at=ended))
    await _add_speech(session, world, meeting, start, recorded)
    return meeting


async def _add_speech(
    session: AsyncSession, world: World, meeting: Meeting, start: datetime, recorded: RecordingState
) -> None:
    truth = json.loads((SPEECH / "truth.json").read_text())
    for name, site in zip(truth["tracks"], (world.hall, *world.sites), strict=False):
        recording = Recording(
            meeting_id=key(meeting),
            identity=f"site:{key(site)}",
            speaker=site.name,
            site_id=key(site),
            unit_id=site.unit_id,
            path=f"{meeting.slug}/{name}",
            started_at=start,
            ended_at=start + timedelta(seconds=truth["duration"]),
            state=recorded,
        )
        session.add(recording)
        await session.flush()
        if recorded is not RecordingState.TRANSCRIBED:
            continue
        for number, turn in enumerate(turn for turn in truth["turns"] if turn["track"] == name):
            session.add(
                Segment(
                    meeting_id=key(meeting),
                    recording_id=key(recording),
                    starts_at=start + timedelta(seconds=turn["start"]),
                    ends_at=start + timedelta(seconds=turn["end"]),
                    text=turn["text"],
                    suspect="low_confidence" if number == 1 and site is not world.hall else "",
                )
            )
    await session.flush()


async def add_minutes(session: AsyncSession, world: World, **values: Any) -> Minutes:
    """The draft that the rules make of ``add_recorded_meeting``."""
    meeting = await add_recorded_meeting(session, world, **values)
    return await write_draft(session, key(meeting), NOW - timedelta(hours=19))


def write_mix(folder: Path, slug: str) -> Path:
    """The mixed sound of the three voices where the player looks for it."""
    target = folder / "recordings" / slug / "mix.webm"
    mix_tracks([Track(file, 0.0) for file in sorted(SPEECH.glob("meeting-*.ogg"))], target)
    return target


@dataclass
class House:
    """The site over a database with a world in it. ``go`` asks as one of the world's accounts, or as a visitor ("")."""

    database: Database
    config: Config
    world: World
    client: TestClient[Any, Any]
    tokens: dict[str, tuple[str, str]]  # by username: the cookie and the CSRF token

    async def go(self, who: str, path: str, **options: Any) -> ClientResponse:
        """GET, without following redirects."""
        return await self.client.get(path, headers=self._headers(who, options), allow_redirects=False, **options)

    async def post(self, who: str, path: str, form: dict[str, str] | None = None, **options: Any) -> ClientResponse:
        """Send a form with its CSRF token, or ``json=`` with the token as header."""
        headers = self._headers(who, options)
        if "json" in options or "data" in options:
            headers |= {"X-CSRF-Token": self.tokens[who][1], "Accept": "application/json"}
        else:
            options["data"] = {"csrf_token": self.tokens[who][1] if who else "", **(form or {})}
        return await self.client.post(path, headers=headers, allow_redirects=False, **options)

    def _headers(self, who: str, options: dict[str, Any]) -> dict[str, str]:
        cookie = {"Cookie": f"{COOKIE}={self.tokens[who][0]}"} if who else {}
        given: dict[str, str] = options.pop("headers", {})
        return cookie | given

    async def latest(self, meeting_id: int) -> Minutes:
        async with self.database.read() as session:
            minutes = await store.find_minutes(session, meeting_id)
        assert minutes is not None
        return minutes


async def open_house(database: Database, folder: Path, **settings: Any) -> House:
    """A server on a free port with a fixed clock; the caller closes ``client``."""
    config = Config(data_dir=folder, **settings)
    async with database.write() as session:
        world = await build_world(session)
        tokens = {}
        for name, account in world.accounts.items():
            token = await open_session(session, key(account), Visitor("127.0.0.1", "test"), NOW)
            await session.flush()
            row = (await session.exec(select(SignIn).where(SignIn.account_id == key(account)))).one()
            tokens[name] = (token, row.csrf_token)
    client = TestClient(TestServer(make_app(config, database, None, clock=lambda: NOW)))
    await client.start_server()
    return House(database, config, world, client, tokens)


async def slug_of(house: House, minutes: Minutes) -> str:
    async with house.database.read() as session:
        return (await session.get_one(Meeting, minutes.meeting_id)).slug


async def page_of(house: House, minutes: Minutes) -> str:
    return f"/meetings/{await slug_of(house, minutes)}/minutes"


async def approve_unprinted(house: House, minutes: Minutes) -> Minutes:
    """Submitted by the secretary, approved by the chair; no worker has printed them."""
    actors = house.world.actors
    async with house.database.write() as session:
        sent = await submit_minutes(session, actors["secretary"], minutes.meeting_id, minutes.revision, NOW)
        return await approve_minutes(session, actors["chair"], minutes.meeting_id, sent.revision, NOW)


async def approve(house: House, minutes: Minutes) -> Minutes:
    """The same, and its documents made by the worker's own work."""
    approved = await approve_unprinted(house, minutes)
    await print_minutes(house, approved)
    return approved


async def print_minutes(house: House, approved: Minutes) -> None:
    """What a worker does with the job that the approval left."""
    slug, content = await slug_of(house, approved), Content.from_json(approved.content)
    documents = house.config.documents
    work = DocumentWork(key(approved), content, approved.version, approved.content_sha256, slug, documents)
    work.run(lambda _done, _total: None)
    async with house.database.write() as session:
        await work.keep(session, NOW)
