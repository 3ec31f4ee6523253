"""Workers are killed at random points of many jobs: each sentence and each draft is written once, nothing is lost."""

import asyncio
import random
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.hall import Hall, until
from tests.sound import RATE, SPEECH, read_samples, write_sound
from transcripts import store
from transcripts.models import JobKind, JobState, RecordingState

WORKERS = 2


@pytest.mark.parametrize(("recordings", "kills"), [(12, 3), pytest.param(199, 25, marks=[pytest.mark.alone])])
async def test_killed_workers_lose_and_double_nothing(
    any_hall: Hall, any_database_url: str, tmp_path: Path, recordings: int, kills: int
) -> None:
    chance = random.Random(recordings)
    speech = read_samples(SPEECH / "meeting-ductrong.ogg")[35 * RATE : 48 * RATE]
    source = write_sound(tmp_path / "one.mka", speech, "libopus", 48_000)
    for number in range(recordings):
        await any_hall.record(f"Điểm cầu {number}", source)
    command = (sys.executable, "-m", "tests.transcripts.mortal_worker", any_database_url, str(any_hall.folder))

    async def is_done() -> bool:
        return all(job.state in (JobState.DONE, JobState.FAILED) for job in await any_hall.jobs())

    living = [await asyncio.create_subprocess_exec(*command) for _number in range(WORKERS)]
    try:
        for _kill in range(kills):
            reached = await count_done(any_hall)
            await until(partial(has_moved, any_hall, reached))
            await asyncio.sleep(chance.uniform(0, 0.2))  # any point of the work
            victim = living.pop(chance.randrange(len(living)))
            victim.kill()
            await victim.wait()
            living.append(await asyncio.create_subprocess_exec(*command))
        async with asyncio.timeout(600):
            while not await is_done():
                await asyncio.sleep(0.2)
    finally:
        for process in living:
            process.kill()
            await process.wait()
    await check_all_written_once(any_hall, recordings)


async def count_done(hall: Hall) -> int:
    async with hall.database.read() as session:
        return sum(row.heard for row in await store.list_recordings(session, hall.id))


async def has_moved(hall: Hall, reached: int) -> bool:
    now = await count_done(hall)
    return now > reached or all(job.state is JobState.DONE for job in await hall.jobs())


async def check_all_written_once(hall: Hall, recordings: int) -> None:
    async with hall.database.read() as session:
        rows = await store.list_recordings(session, hall.id)
        talk = await store.load_conversation(session, hall.id)
        versions = await store.list_versions(session, hall.id)
    assert {row.state for row in rows} == {RecordingState.TRANSCRIBED}
    assert [job for job in await hall.jobs() if job.state is not JobState.DONE] == []
    assert sum(job.kind is JobKind.DRAFT for job in await hall.jobs()) == 1
    by_speaker: dict[str, list[tuple[float, str]]] = {}
    for said in talk:
        by_speaker.setdefault(said.speaker, []).append((said.starts_at.timestamp(), said.text))
    assert len(by_speaker) == recordings
    assert len({tuple(said) for said in by_speaker.values()}) == 1, "all hold the same sound: all have the same words"
    assert len(versions) == 1
