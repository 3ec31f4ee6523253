"""The worker with real processes, sound and model: killed, stopped, robbed of its job, or left alone.

What depends on how a database locks runs on both kinds, the rest on SQLite.
"""

import asyncio
import json
import signal
import threading
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import jiwer
import numpy as np
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.conftest import sqlite_url
from tests.factories import key
from tests.hall import LONG, PATIENCE, START, Hall, all_done, kill_at_work, now, until
from tests.sound import SPEECH, TRACKS, TRUTH, fold, read_samples, reference, write_sound
from transcripts import actions, minutes_actions, store
from transcripts.audio import measure_seconds
from transcripts.engines.loading import WhisperSettings
from transcripts.errors import ModelUnavailable, Reason, read_reason
from transcripts.failures import list_failures
from transcripts.gate import Samples
from transcripts.minutes import Content
from transcripts.models import JobKind, JobState, Recording, RecordingState, Segment
from transcripts.speech import Decoded, Prompt, Transcriber, Window
from transcripts.work import Folders
from transcripts.worker import LANES, Worker, WorkerSettings
from web.database import Database
from web.migrations import upgrade


@pytest.fixture(scope="session")
def long_recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same track four times over: five minutes."""
    samples = read_samples(SPEECH / LONG)
    return write_sound(tmp_path_factory.mktemp("long") / "long.ogg", np.tile(samples, 4), "libopus", 48_000)


async def test_three_recordings_become_minutes_sound_and_documents(any_hall: Hall) -> None:
    for track, speaker in TRACKS.items():
        await any_hall.record(speaker, SPEECH / track, key(any_hall.world.hall) if "province" in track else None)
    async with any_hall.working():
        await until(lambda: all_done(any_hall))
        await check_transcript(any_hall)
        await check_minutes(any_hall)
        length = measure_seconds(any_hall.folder / "recordings" / any_hall.slug / "mix.webm")
        assert length == pytest.approx(75.6, abs=0.2)
        await approve(any_hall)
        await until(lambda: all_done(any_hall))
    await check_documents(any_hall)


async def check_transcript(hall: Hall) -> None:
    texts = await hall.texts()
    order = [turn["participant"] for turn in TRUTH["turns"]]
    assert [speaker for speaker, _text in texts] == order
    said = [fold(" ".join(text for speaker, text in texts if speaker == TRACKS[track])) for track in TRACKS]
    assert jiwer.wer([reference(track) for track in TRACKS], said) <= 0.03
    async with hall.database.read() as session:
        states = {row.state for row in await store.list_recordings(session, hall.id)}
        now_ = await actions.progress(session, hall.id, now())
    assert states == {RecordingState.TRANSCRIBED}
    assert (now_.is_settled, now_.transcribed, now_.reasons) == (True, 3, ())
    assert now_.done == now_.total == pytest.approx(3 * 76, abs=3)


async def check_minutes(hall: Hall) -> None:
    content = Content.from_json((await hall.minutes()).content)
    statements = [statement for section in content.sections for statement in section.statements]
    spoken = dict.fromkeys(TRACKS.values(), "")
    for statement in statements:
        spoken[statement.speaker] += " " + statement.text
    assert jiwer.wer([reference(track) for track in TRACKS], [fold(spoken[name]) for name in TRACKS.values()]) <= 0.03
    assert content.conclusions[0].unit == "Sở thông tin và truyền thông"
    assert content.votes[0].in_favour == 27
    assert statements[0].starts_at == pytest.approx(START + timedelta(seconds=1.5), abs=timedelta(seconds=0.3))


async def approve(hall: Hall) -> None:
    minutes = await hall.minutes()
    async with hall.database.write() as session:
        actor = hall.world.actors["secretary"]
        await minutes_actions.submit_minutes(session, actor, hall.id, minutes.revision, now())
        chair = hall.world.actors["chair"]
        await minutes_actions.approve_minutes(session, chair, hall.id, minutes.revision + 1, now())


async def check_documents(hall: Hall) -> None:
    minutes = await hall.minutes()
    async with hall.database.read() as session:
        documents = await store.list_documents(session, key(minutes))
    assert [document.format for document in documents] == ["docx", "pdf"]
    for document in documents:
        data = (hall.folder / "documents" / document.path).read_bytes()
        assert data.startswith(b"%PDF" if document.format == "pdf" else b"PK")


async def test_killed_workers_job_is_done_once_by_its_successor(any_hall: Hall, long_recording: Path) -> None:
    await any_hall.record("Điểm cầu", long_recording)
    await kill_at_work(any_hall)
    assert (await any_hall.job(JobKind.TRANSCRIBE)).state is JobState.RUNNING  # nobody knows yet
    assert await any_hall.texts() == []
    await any_hall.expire_leases()
    async with any_hall.process():
        await until(lambda: all_done(any_hall))
    job = await any_hall.job(JobKind.TRANSCRIBE)
    assert (job.state, job.attempts, job.fence) == (JobState.DONE, 2, 2)
    sentences = sum(turn["track"] == LONG for turn in TRUTH["turns"])
    assert len(await any_hall.texts()) == 4 * sentences


@pytest.mark.alone
async def test_stopped_worker_hands_its_job_back_in_time(hall: Hall, long_recording: Path) -> None:
    await hall.record("Điểm cầu", long_recording)

    async def is_at_it() -> bool:
        return (await hall.job(JobKind.TRANSCRIBE)).state is JobState.RUNNING

    async with hall.process() as process:
        await until(is_at_it)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(3):
            assert await process.wait() == 0
    job = await hall.job(JobKind.TRANSCRIBE)
    assert (job.state, job.attempts, job.lease_until) == (JobState.WAITING, 0, None)


class Slow:
    """An engine that answers when it is told to, and counts."""

    window: Window = "utterance"

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked = threading.Event()
        self.answers = 0

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        self.asked.set()
        assert self.may_answer.wait(PATIENCE)
        self.answers += 1
        return Decoded(f"Câu {self.answers}.", -0.1, 0.0, 5)


async def test_worker_that_lost_its_job_stores_nothing(any_hall: Hall) -> None:
    recording = await any_hall.record("Điểm cầu", SPEECH / LONG)
    slow = Slow()
    async with any_hall.working(lambda _settings: slow):
        await asyncio.to_thread(slow.asked.wait, PATIENCE)
        async with any_hall.database.write() as session:
            await store.enqueue(session, JobKind.TRANSCRIBE, recording, any_hall.id, now())
        slow.may_answer.set()
        await until(lambda: all_done(any_hall))
    texts = await any_hall.texts()
    assert len(texts) == 5  # one transcript, not two
    assert (await any_hall.job(JobKind.TRANSCRIBE)).fence == 3


async def test_worker_stuck_in_its_model_still_stops(hall: Hall) -> None:
    await hall.record("Điểm cầu", SPEECH / LONG)
    slow = Slow()
    async with hall.working(lambda _settings: slow) as worker:
        await asyncio.to_thread(slow.asked.wait, PATIENCE)
        before = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - before < 3
    assert worker.left_behind
    assert (await hall.job(JobKind.TRANSCRIBE)).state is JobState.WAITING
    slow.may_answer.set()


async def test_long_work_keeps_its_lease_and_shows_progress(hall: Hall) -> None:
    await hall.record("Điểm cầu", SPEECH / LONG)
    slow = Slow()

    async def shows_progress() -> bool:
        job = await hall.job(JobKind.TRANSCRIBE)
        return job.total == 76 and job.lease_until is not None and job.lease_until > first

    async with hall.working(lambda _settings: slow):
        await asyncio.to_thread(slow.asked.wait, PATIENCE)
        held = await hall.job(JobKind.TRANSCRIBE)
        assert held.lease_until is not None
        first = held.lease_until
        await until(shows_progress)
        slow.may_answer.set()
        await until(lambda: all_done(hall))


def refuse(_settings: WhisperSettings) -> Transcriber:
    raise ModelUnavailable("Chưa có mô hình.")


async def test_without_a_model_minutes_come_and_recordings_wait_with_the_reason(hall: Hall) -> None:
    await hall.record("Điểm cầu", SPEECH / LONG)

    async def is_told() -> bool:
        jobs = {job.kind: job for job in await hall.jobs()}
        return jobs[JobKind.DRAFT].state is JobState.DONE and read_reason(jobs[JobKind.TRANSCRIBE].error) == Reason(
            "Chưa có mô hình."
        )

    async with hall.working(refuse):
        await until(is_told)
    job = await hall.job(JobKind.TRANSCRIBE)
    assert (job.state, job.attempts) == (JobState.WAITING, 0)
    content = Content.from_json((await hall.minutes()).content)
    assert [section.title for section in content.sections] == ["Kết quả chuyển đổi số", "Giải ngân đầu tư công"]
    assert (hall.folder / "recordings" / hall.slug / "mix.webm").is_file()


async def test_missing_model_is_logged_once_and_not_with_every_retry(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    await hall.record("Điểm cầu", SPEECH / LONG)
    tries = 0

    def count(settings: WhisperSettings) -> Transcriber:
        nonlocal tries
        tries += 1
        return refuse(settings)

    async def tried(times: int) -> bool:
        return tries >= times

    async with hall.working(count) as worker:
        await until(lambda: tried(1))
        worker.load_after = None
        await until(lambda: tried(2))
    told = [record for record in caplog.records if "wait for a model" in record.getMessage()]
    assert [record.levelname for record in told] == ["WARNING"]


async def test_database_that_cannot_be_used_is_one_line_until_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(sqlite_url(tmp_path / "empty.sqlite3"))
    folders = Folders(tmp_path, tmp_path)
    reads = 0

    class Counting:
        write = database.write

        def read(self) -> AbstractAsyncContextManager[AsyncSession]:
            nonlocal reads
            reads += 1
            return database.read()

    async def asked(times: int) -> bool:
        return reads >= times

    caplog.set_level("INFO", "transcripts.worker")
    stop = asyncio.Event()
    worker = Worker(Counting(), WorkerSettings(folders, WhisperSettings(""), poll_every=0.01), now)
    task = asyncio.create_task(worker.run(stop))
    await until(lambda: asked(10))
    await upgrade(database)
    enough = reads + 4
    await until(lambda: asked(enough))
    stop.set()
    await task
    await database.close()
    told = [record for record in caplog.records if record.name == "transcripts.worker"]
    lines = [record.getMessage() for record in told]
    trouble = "the database did not answer and is asked again: OperationalError: no such table: job"
    assert sorted(lines) == ["the database answers again"] * len(LANES) + [trouble] * len(LANES)
    assert not any(record.exc_info for record in told)


async def test_unreadable_recording_is_given_up_and_the_rest_is_kept(hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "broken.mka").write_bytes(b"not a sound")
    await hall.record("Hỏng", tmp_path / "broken.mka")
    await hall.record("Mất", tmp_path / "nowhere.mka")
    await hall.record("Tốt", SPEECH / LONG)
    async with hall.working():
        await until(lambda: all_done(hall))
    assert {speaker for speaker, _text in await hall.texts()} == {"Tốt"}
    async with hall.database.read() as session:
        states = {row.speaker: row.state for row in await store.list_recordings(session, hall.id)}
        failures = await list_failures(session, [hall.id])
    assert states == {
        "Hỏng": RecordingState.FAILED,
        "Mất": RecordingState.FAILED,
        "Tốt": RecordingState.TRANSCRIBED,
    }
    assert sorted(each.about for each in failures) == ["Hỏng", "Mất"]
    assert (hall.folder / "recordings" / hall.slug / "mix.webm").is_file()


class Failing:
    """An engine with a fault of its own."""

    window: Window = "utterance"

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        raise ValueError("no such token")


async def test_unexpected_error_is_kept_and_tried_again_later(hall: Hall) -> None:
    await hall.record("Điểm cầu", SPEECH / LONG)

    async def has_failed() -> bool:
        return bool((await hall.job(JobKind.TRANSCRIBE)).error)

    async with hall.working(lambda _settings: Failing()):
        await until(has_failed)
    job = await hall.job(JobKind.TRANSCRIBE)
    assert (job.state, job.attempts) == (JobState.WAITING, 1)
    assert str(read_reason(job.error)) == "Chương trình gặp lỗi: ValueError: no such token."
    assert job.run_after > now()


async def test_end_of_a_recording_is_that_of_its_sound(hall: Hall) -> None:
    """After an outage nobody knows when the file ended: it is found when it is decoded."""
    recording = await hall.record("Điểm cầu", SPEECH / LONG)
    async with hall.working():
        await until(lambda: all_done(hall))
    async with hall.database.read() as session:
        row = await session.get_one(Recording, recording)
    assert row.ended_at == pytest.approx(START + timedelta(seconds=75.6), abs=timedelta(seconds=0.1))


async def test_mix_is_made_anew_only_when_its_tracks_changed(hall: Hall) -> None:
    await hall.record("Một", SPEECH / LONG)
    async with hall.working():
        await until(lambda: all_done(hall))
        mix = hall.folder / "recordings" / hall.slug / "mix.webm"
        first = mix.stat().st_mtime_ns
        async with hall.database.write() as session:
            await store.enqueue(session, JobKind.DRAFT, hall.id, hall.id, now())
        await until(lambda: all_done(hall))
        assert mix.stat().st_mtime_ns == first
        await hall.record("Hai", SPEECH / "meeting-lamha.ogg")
        await until(lambda: all_done(hall))
    assert mix.stat().st_mtime_ns != first
    assert len(json.loads(mix.with_suffix(".json").read_text())) == 2


async def test_segments_stand_on_the_meetings_clock(hall: Hall) -> None:
    await hall.record("Điểm cầu", SPEECH / LONG)
    async with hall.working():
        await until(lambda: all_done(hall))
    async with hall.database.read() as session:
        talk = await store.load_conversation(session, hall.id)
        segment = await session.get_one(Segment, talk[0].segment)
    first = next(turn for turn in TRUTH["turns"] if turn["track"] == LONG)
    expected = START + timedelta(seconds=first["start"])
    assert segment.starts_at == pytest.approx(expected, abs=timedelta(seconds=0.25))
