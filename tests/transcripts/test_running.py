"""A meeting's recordings are heard while they are made: by real workers, from a file that really grows."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from meetings.models import Meeting
from tests.factories import key
from tests.hall import LONG, START, Hall, all_done, kill_at_work, now, until
from tests.sound import RATE, SPEECH, TRUTH, read_samples
from tests.studio import Studio
from transcripts import actions, store
from transcripts.minutes import Content
from transcripts.models import Job, JobKind, Recording, RecordingState

SENTENCES = sum(turn["track"] == LONG for turn in TRUTH["turns"])


class Session:
    """A meeting that goes on: one site speaks, again and again."""

    def __init__(self, hall: Hall, recording: int, studio: Studio) -> None:
        self.hall, self.recording, self.studio = hall, recording, studio
        self.track = read_samples(SPEECH / LONG)

    async def speak(self) -> None:
        """The whole track once more; a worker that waits for it is told that its time has come."""
        await asyncio.to_thread(self.studio.say, self.track)
        async with self.hall.database.write() as session:
            job = await self.hall.job(JobKind.TRANSCRIBE)
            row = await session.get_one(Job, job.id)
            row.run_after = min(row.run_after, now())

    async def end(self) -> None:
        await self.studio.stop()
        async with self.hall.database.write() as session:
            meeting = await session.get_one(Meeting, self.hall.id)
            meeting.ended_at = START + timedelta(minutes=4)
            await actions.meeting_ended(session, self.hall.id, now())
            path = f"{self.hall.slug}/p1-1.mka"
            await actions.close_recording(session, path, START + timedelta(minutes=10), now())

    async def row(self) -> Recording:
        async with self.hall.database.read() as session:
            return await session.get_one(Recording, self.recording)


async def begin(hall: Hall) -> Session:
    studio = Studio(hall.folder / "recordings", hall.slug)
    async with hall.database.write() as session:
        meeting = await session.get_one(Meeting, hall.id)
        meeting.ended_at = None
        recording = await actions.open_recording(
            session,
            hall.id,
            identity="account:1",
            speaker="Điểm cầu",
            person_id=None,
            site_id=None,
            unit_id=None,
            path=f"{hall.slug}/p1-1.mka",
            started_at=START,
        )
    return Session(hall, key(recording), studio)


def has_heard(running: Session, seconds: float) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return (await running.row()).heard >= seconds * RATE

    return ask


async def test_words_are_there_before_the_meeting_ends(any_hall: Hall) -> None:
    running = await begin(any_hall)
    async with any_hall.working():
        await running.speak()
        await until(has_heard(running, 50))
        assert len(await any_hall.texts()) >= SENTENCES - 1
        await running.speak()
        await until(has_heard(running, 125))
        row = await running.row()
        assert (row.state, row.ended_at) == (RecordingState.OPEN, None)
        assert row.heard_byte > running.studio.path.stat().st_size // 2  # nothing is read twice
        before = await any_hall.texts()
        await running.end()
        await until(lambda: all_done(any_hall))
    after = await any_hall.texts()
    assert after[: len(before)] == before
    assert len(after) == 2 * SENTENCES
    row = await running.row()
    assert row.state is RecordingState.TRANSCRIBED
    assert row.ended_at == pytest.approx(START + timedelta(seconds=2 * 75.6), abs=timedelta(seconds=0.2))
    statements = [each for section in (await content_of(any_hall)).sections for each in section.statements]
    assert statements


async def content_of(hall: Hall) -> Content:
    return Content.from_json((await hall.minutes()).content)


async def test_text_of_pieces_is_the_text_of_the_whole(hall: Hall, tmp_path: Path) -> None:
    """The same sound as one closed recording gives the same sentences at the same times."""
    running = await begin(hall)
    async with hall.working():
        for count in (1, 2):
            await running.speak()
            await until(has_heard(running, 75.6 * count - 21))
        await running.end()
        await until(lambda: all_done(hall))
        pieces = await hall.texts()
        await hall.record("Một lần", running.studio.path)
        await until(lambda: all_done(hall))
    whole = [text for speaker, text in await hall.texts() if speaker == "Một lần"]
    assert [text for _speaker, text in pieces] == whole


async def test_killed_worker_costs_one_batch(any_hall: Hall) -> None:
    """What was stored stays, what was not is heard again, and nothing stands there twice."""
    running = await begin(any_hall)
    async with any_hall.working():
        await running.speak()
        await until(has_heard(running, 50))
    stored = await any_hall.texts()
    await running.speak()
    await kill_at_work(any_hall)
    assert await any_hall.texts() == stored
    await any_hall.expire_leases()
    await running.end()
    async with any_hall.working():
        await until(lambda: all_done(any_hall))
    assert (await any_hall.texts())[: len(stored)] == stored
    assert len(await any_hall.texts()) == 2 * SENTENCES


async def test_file_that_cannot_be_read_yet_is_no_failure(hall: Hall) -> None:
    """A recording that goes on is never given up: in the end its file is whole."""
    running = await begin(hall)  # nobody has spoken: there is no file

    async def has_waited() -> bool:
        return bool((await hall.job(JobKind.TRANSCRIBE)).error)

    async with hall.database.write() as session:
        (job,) = [row for row in await store.list_jobs(session, hall.id) if row.kind is JobKind.TRANSCRIBE]
        job.run_after, job.attempts = now(), 3
        session.add(job)
    async with hall.working():
        await until(has_waited)
        assert (await running.row()).state is RecordingState.OPEN
        await asyncio.to_thread(running.studio.say, np.concatenate([running.track, running.track]))
        await running.end()
        await until(lambda: all_done(hall))
    assert len(await hall.texts()) == 2 * SENTENCES
