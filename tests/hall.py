"""A meeting that has ended, with recordings for a worker, and real workers to hear them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from meetings.models import MeetingStatus
from tests.factories import World, add_meeting, add_presence, build_world, key
from tests.sound import MODEL
from transcripts import actions, store
from transcripts.engines.loading import WhisperSettings, load_engine
from transcripts.models import Job, JobKind, JobState, Minutes
from transcripts.speech import Transcriber
from transcripts.work import Folders
from transcripts.worker import Worker, WorkerSettings
from web.database import Database

PATIENCE = 60.0
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
LONG = "meeting-ductrong.ogg"


def now() -> datetime:
    return datetime.now(UTC)


class Hall:
    """A meeting that has ended, its folder, and what the database says of it."""

    def __init__(self, database: Database, url: str, folder: Path, world: World, meeting_id: int, slug: str) -> None:
        self.database = database
        self.url = url
        self.folder = folder
        self.world = world
        self.id = meeting_id
        self.slug = slug

    async def record(self, speaker: str, source: Path, site_id: int | None = None) -> int:
        """A closed recording of ``source``, its job waiting."""
        path = f"{self.slug}/{speaker}{source.suffix}"
        target = self.folder / "recordings" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.exists():
            target.write_bytes(source.read_bytes())
        async with self.database.write() as session:
            recording = await actions.open_recording(
                session,
                self.id,
                identity="account:1",
                speaker=speaker,
                person_id=None,
                site_id=site_id,
                unit_id=None,
                path=path,
                started_at=START,
            )
            await actions.close_recording(session, path, START + timedelta(hours=2), now())
            return key(recording)

    async def jobs(self) -> list[Job]:
        async with self.database.read() as session:
            return await store.list_jobs(session, self.id)

    async def job(self, kind: JobKind) -> Job:
        (job,) = [each for each in await self.jobs() if each.kind is kind]
        return job

    async def texts(self) -> list[tuple[str, str]]:
        async with self.database.read() as session:
            return [(each.speaker, each.text) for each in await store.load_conversation(session, self.id)]

    async def minutes(self) -> Minutes:
        async with self.database.read() as session:
            found = await store.find_minutes(session, self.id)
            assert found is not None
            return found

    async def expire_leases(self) -> None:
        """As if the half minute had passed after which a silent worker loses its job."""
        async with self.database.write() as session:
            for job in await store.list_jobs(session, self.id):
                row = await session.get_one(Job, job.id)
                row.lease_until = None if row.lease_until is None else now() - timedelta(seconds=1)

    def settings(self) -> WorkerSettings:
        folders = Folders(self.folder / "recordings", self.folder / "documents")
        whisper = WhisperSettings(str(MODEL), threads=1)
        return WorkerSettings(folders, whisper, renew_every=0.2, poll_every=0.05)

    @asynccontextmanager
    async def working(self, load: Callable[[WhisperSettings], Transcriber] = load_engine) -> AsyncIterator[Worker]:
        """A worker of this process, stopped at the end."""
        stop = asyncio.Event()
        worker = Worker(self.database, self.settings(), now, load)
        task = asyncio.create_task(worker.run(stop))
        try:
            yield worker
        finally:
            stop.set()
            await task

    @asynccontextmanager
    async def process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A real ``giaoban worker``; killed at the end if it still runs."""
        settings = {
            "GIAOBAN_DATABASE_URL": self.url,
            "GIAOBAN_DATA_DIR": str(self.folder),
            "GIAOBAN_WHISPER_MODEL": str(MODEL),
            "GIAOBAN_WHISPER_THREADS": "1",
        }
        command = (sys.executable, "-m", "web", "worker")
        process = await asyncio.create_subprocess_exec(*command, env=os.environ | settings)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask the database until it says so: a worker has no way to call back."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.05)


async def kill_at_work(hall: Hall) -> None:
    """A real worker that is killed as soon as it hears a recording."""

    async def is_at_it() -> bool:
        return (await hall.job(JobKind.TRANSCRIBE)).state is JobState.RUNNING

    async with hall.process() as process:
        await until(is_at_it)
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def all_done(hall: Hall) -> bool:
    return all(job.state in (JobState.DONE, JobState.FAILED) for job in await hall.jobs())


async def build_hall(database: Database, url: str, folder: Path) -> Hall:
    async with database.write() as session:
        world = await build_world(session)
        meeting = await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            list(zip(world.communes, world.sites, strict=True)),
            agenda=["Kết quả chuyển đổi số", "Giải ngân đầu tư công"],
            hall_id=key(world.hall),
            status=MeetingStatus.ENDED,
            starts_at=START,
            started_at=START,
            ended_at=START + timedelta(minutes=2),
        )
        await add_presence(session, meeting, START, START + timedelta(minutes=2), unit=world.communes[0])
        hall = Hall(database, url, folder, world, key(meeting), meeting.slug)
        await actions.meeting_ended(session, hall.id, now())
    return hall
