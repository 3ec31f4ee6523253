"""Recordings from elsewhere: brought in pieces over lines that break, read by the worker, the same as any recording."""

import asyncio
import errno
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pytest
from sqlmodel import select

from meetings.models import AuditEntry, Meeting, MeetingStatus
from tests.browsing import Browser, Page, Site, open_site
from tests.factories import NOW, World, add_meeting, key
from tests.hall import until
from tests.sound import RATE, SPEECH, read_samples, write_sound
from transcripts import store
from transcripts.engines.settings import WhisperSettings
from transcripts.failures import list_failures
from transcripts.gate import Samples
from transcripts.models import JobKind, JobState, RecordingState
from transcripts.speech import Decoded, Prompt, Window
from transcripts.uploads import upload_path
from transcripts.work import Folders
from transcripts.worker import Worker, WorkerSettings
from web.database import Database
from web.pages import recording_uploads

DAY = f"{NOW:%d/%m/%Y}"


@pytest.fixture
async def site(database: Database, world: World, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, world, tmp_path, disk_floor_mb=0, upload_mb=2) as opened:
        yield opened


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """Held elsewhere, this morning."""
    async with site.database.write() as session:
        world = site.world
        return await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            list(zip(world.communes, world.sites, strict=True)),
            status=MeetingStatus.ENDED,
            starts_at=NOW,
            started_at=NOW,
            ended_at=NOW,
        )


class Sender:
    """The secretary's page, as far as the server sees it."""

    def __init__(self, browser: Browser, slug: str) -> None:
        self.browser, self.base = browser, f"/meetings/{slug}/recordings"
        self.token = ""

    async def announce(self, data: bytes, **told: str) -> Page:
        form = {"name": "ghi-am.mp3", "size": str(len(data)), "speaker": "Hội trường", "day": DAY, "time": "08:00"}
        page = await self.browser.send(f"{self.base}/uploads", form | told, Accept="application/json")
        if page.status == 201:
            self.token = json.loads(page.text)["token"]
        return page

    async def put(self, piece: bytes, offset: int, **headers: str) -> Page:
        kind = "application/offset+octet-stream"
        told = {"Content-Type": kind, "Upload-Offset": str(offset), "X-CSRF-Token": self.browser.csrf} | headers
        return await self.browser.request("PATCH", f"{self.base}/uploads/{self.token}", data=piece, headers=told)

    async def ask(self) -> int:
        page = await self.browser.request("HEAD", f"{self.base}/uploads/{self.token}")
        return int(page.headers["Upload-Offset"])


@pytest.fixture
async def sender(site: Site, meeting: Meeting) -> Sender:
    return Sender(await site.sign_in("secretary"), meeting.slug)


class Echo:
    """An engine that is quick and hears how long somebody spoke."""

    window: Final[Window] = "utterance"

    def decode(self, samples: Samples, prompt: Prompt) -> Decoded:
        return Decoded(f"Câu dài {len(samples) / RATE:.1f} giây.", -0.1, 0.0, 5)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


async def work(site: Site, meeting: Meeting) -> None:
    """A worker until nothing is left to do."""
    folders = Folders(site.config.recordings, site.config.documents)
    stop = asyncio.Event()
    settings = WorkerSettings(folders, WhisperSettings(""), renew_every=0.2, poll_every=0.02)
    worker = Worker(site.database, settings, site.clock, lambda _settings: Echo())
    task = asyncio.create_task(worker.run(stop))

    async def is_done() -> bool:
        async with site.database.read() as session:
            jobs = await store.list_jobs(session, key(meeting))
        return bool(jobs) and all(job.state in (JobState.DONE, JobState.FAILED) for job in jobs)

    await until(is_done)
    stop.set()
    await task


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Ten seconds of speech as a telephone keeps them: AAC in MP4."""
    path = tmp_path_factory.mktemp("sound") / "one.mp4"
    samples = read_samples(SPEECH / "meeting-ductrong.ogg")[35 * RATE : 47 * RATE]
    return write_sound(path, samples, "aac", 44_100).read_bytes()


async def test_file_brought_over_a_line_that_breaks_becomes_a_recording(
    site: Site, meeting: Meeting, sender: Sender, video: bytes
) -> None:
    place = site.world.sites[0]
    assert (await sender.announce(video, speaker=place.name)).status == 201
    half = len(video) // 2
    assert (await sender.put(video[:half], 0)).headers["Upload-Offset"] == str(half)
    first = sender.token
    await sender.announce(video, speaker=place.name)  # the browser was closed, and the file is chosen again
    assert sender.token == first
    assert await sender.ask() == half
    assert (await sender.put(video, 0)).status == 409  # not from the beginning
    assert (await sender.put(video[half:], half)).status == 204
    assert await sender.ask() == len(video)
    await work(site, meeting)
    async with site.database.read() as session:
        (recording,) = await store.list_recordings(session, key(meeting))
        talk = await store.load_conversation(session, key(meeting))
        minutes = await store.find_minutes(session, key(meeting))
        actions = [row.action for row in (await session.exec(select(AuditEntry))).all()]
    assert (recording.speaker, recording.site_id, recording.state) == (
        place.name,
        place.id,
        RecordingState.TRANSCRIBED,
    )
    assert recording.ended_at is not None
    assert (recording.ended_at - recording.started_at).total_seconds() == pytest.approx(12, abs=0.2)
    assert {each.speaker for each in talk} == {place.name}
    assert minutes is not None
    assert (site.config.recordings / meeting.slug / "mix.webm").is_file()
    assert not upload_path(site.config.recordings, sender.token).exists()
    assert {"recording.upload", "recording.import"} <= set(actions)
    page = await sender.browser.open(f"{sender.base}")
    assert "Đã gỡ băng" in page.words


async def test_imported_sound_is_where_it_was(site: Site, meeting: Meeting, sender: Sender, video: bytes) -> None:
    await sender.announce(video)
    await sender.put(video, 0)
    await work(site, meeting)
    async with site.database.read() as session:
        (recording,) = await store.list_recordings(session, key(meeting))
    heard = read_samples(site.config.recordings / recording.path)
    said = read_samples(SPEECH / "meeting-ductrong.ogg")[35 * RATE : 47 * RATE]
    lag = np.argmax(np.correlate(heard[: 8 * RATE], said[RATE : 4 * RATE], "valid")) - RATE
    assert abs(lag) <= 0.05 * RATE


async def test_what_is_no_recording_is_told_and_can_be_dropped(site: Site, meeting: Meeting, sender: Sender) -> None:
    data = b"%PDF-1.7 this is no sound" * 50
    await sender.announce(data, name="gia-mao.mp3")
    await sender.put(data, 0)
    await work(site, meeting)
    page = await sender.browser.open(sender.base)
    assert "gia-mao.mp3 : Tệp không phải là âm thanh đọc được" in page.words
    assert "Thử lại" in page.words
    today = await sender.browser.open("/")
    assert "gia-mao.mp3 : Tệp không phải" in today.words
    await sender.browser.send(f"{sender.base}/uploads/{sender.token}/withdraw")
    assert not upload_path(site.config.recordings, sender.token).exists()
    async with site.database.read() as session:
        assert await list_failures(session, [key(meeting)]) == []
        assert [job for job in await store.list_jobs(session, key(meeting)) if job.kind is JobKind.IMPORT] == []


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"size": str(3 * 2**20)}, "Tệp lớn hơn 2 MB"),
        ({"size": "0"}, "Tệp rỗng"),
        ({"speaker": " "}, "Hãy ghi tên người nói"),
        ({"time": "25:00"}, "Giờ chưa đúng"),
        ({"day": "01/01/2001"}, "cách giờ họp quá hai ngày"),
    ],
)
async def test_announcement_that_cannot_be_is_refused(sender: Sender, told: dict[str, str], fault: str) -> None:
    page = await sender.announce(b"x" * 10, **told)
    assert page.status == 422
    assert fault in " ".join(json.loads(page.text)["errors"].values())


async def test_file_that_was_whole_when_the_server_died_is_finished_by_asking(
    site: Site, meeting: Meeting, sender: Sender
) -> None:
    await sender.announce(b"x" * 90, name="ca-buoi.mp3")
    path = upload_path(site.config.recordings, sender.token)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * 90)
    answer = await sender.browser.session.head(f"{sender.base}/uploads/{sender.token}")
    assert answer.headers["Upload-Offset"] == "90"
    async with site.database.read() as session:
        assert [job.kind for job in await store.list_jobs(session, key(meeting))] == [JobKind.IMPORT]


async def test_more_than_was_announced_is_refused(site: Site, sender: Sender) -> None:
    await sender.announce(b"x" * 10)
    assert (await sender.put(b"x" * 11, 0)).status == 400
    assert await sender.ask() <= 10


async def test_piece_without_the_pages_token_is_refused(sender: Sender) -> None:
    await sender.announce(b"x" * 10)
    assert (await sender.put(b"x", 0, **{"X-CSRF-Token": "wrong"})).status == 403
    assert await sender.ask() == 0


async def test_full_disk_keeps_what_came(site: Site, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    await sender.announce(b"x" * 10)
    assert (await sender.put(b"x" * 4, 0)).status == 204

    def fail(_file: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("web.pages.recording_uploads.os.fsync", fail)
    page = await sender.put(b"x" * 3, 4)
    assert (page.status, "hết chỗ lưu" in json.loads(page.text)["error"]) == (507, True)
    monkeypatch.undo()
    assert await sender.ask() >= 4


@pytest.mark.parametrize("offset", ["9" * 4400, "٣", "-1", "1e3", ""])
async def test_offset_that_is_no_number_is_refused(sender: Sender, offset: str) -> None:
    await sender.announce(b"x" * 100)
    assert (await sender.put(b"x", 0, **{"Upload-Offset": offset})).status == 400


async def test_size_beyond_two_gibibytes_is_told_as_it_is(sender: Sender) -> None:
    """A film of a long day is larger than an INTEGER column holds."""
    page = await sender.announce(b"x", size=str(3 * 2**30))
    assert "lớn hơn 2 MB" in json.loads(page.text)["errors"]["file"]


async def test_file_beyond_two_gibibytes_may_come(
    database: Database, world: World, tmp_path: Path, meeting: Meeting
) -> None:
    async with open_site(database, world, tmp_path / "large", disk_floor_mb=0) as site:
        sender = Sender(await site.sign_in("secretary"), meeting.slug)
        await sender.browser.open(sender.base)
        assert (await sender.announce(b"x", size=str(3 * 2**30))).status == 201


async def test_file_is_free_again_when_nothing_more_comes(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_uploads, "SILENCE", 0.05)
    await sender.announce(b"x" * 100)
    never = asyncio.Event()

    async def dawdle() -> AsyncIterator[bytes]:
        yield b"x" * 10
        await never.wait()

    kind = "application/offset+octet-stream"
    told = {"Content-Type": kind, "Upload-Offset": "0", "X-CSRF-Token": sender.browser.csrf}
    page = await sender.browser.request("PATCH", f"{sender.base}/uploads/{sender.token}", data=dawdle(), headers=told)
    assert (page.status, page.headers["Upload-Offset"]) == (204, "10")
    assert (await sender.put(b"x" * 90, 10)).status == 204


async def test_room_for_running_meetings_is_left_while_a_file_comes(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up after the first piece."""
    data = b"x" * (2 * recording_uploads.CHUNK)
    await sender.announce(data)
    write, pieces = recording_uploads._write, []

    def fill(file: BinaryIO, piece: bytes, floor: int) -> None:
        pieces.append(len(piece))
        write(file, piece, floor if len(pieces) == 1 else 2**60)

    monkeypatch.setattr(recording_uploads, "_write", fill)
    assert (await sender.put(data, 0)).status == 507
    assert await sender.ask() == pieces[0]
