"""The three kinds of work of a worker. Each reads what it needs, works without the database, and stores its result.

``prepare`` and ``keep`` get a session and are short; ``run`` may take an hour and holds no transaction. ``report`` is
told how much is done and raises ``Interrupted`` when the work must end early.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.meeting_store import get_meeting_by_id
from meetings.private_files import write_private
from transcripts import store
from transcripts.actions import write_draft
from transcripts.audio import RATE, Track, measure_seconds, mix_tracks
from transcripts.batches import LEAST, take_batch
from transcripts.documents import render_docx
from transcripts.errors import UnreadableAudio
from transcripts.growing import Place, Recorded
from transcripts.hints import gather_hints
from transcripts.importing import import_sound
from transcripts.minutes import Content
from transcripts.models import Document, JobKind, Minutes, Recording, RecordingState, Segment
from transcripts.official import open_minutes, render_to_sign
from transcripts.speech import Hints, Spoken, Transcriber, transcribe_blocks
from transcripts.store import Claim
from transcripts.upload_models import Upload
from transcripts.uploads import upload_path

BLOCK = 10 * RATE  # of which progress is told

log = logging.getLogger(__name__)

Report = Callable[[int, int], None]  # done, total


class Interrupted(Exception):
    """The work was ended on purpose: the worker stops, or the job is no longer its own."""


@dataclass(frozen=True)
class Folders:
    """Where recordings are read and documents written."""

    recordings: Path
    documents: Path


@dataclass(frozen=True)
class Kept:
    """What became of a job whose result is stored. ``again``: when there is more to do of it; never, where it is done.

    ``done`` and ``total`` are the progress that people see; 0 where it has been reported.
    """

    again: datetime | None = None
    done: int = 0
    total: int = 0


class Work(Protocol):
    """One job, prepared. ``run`` is called in a thread and returns nothing: what it found stays in the work.

    ``keep`` stores it; meeting and job are locked for it, and the fence has been checked.
    """

    def run(self, report: Report) -> None: ...

    async def keep(self, session: AsyncSession, now: datetime) -> Kept: ...


class TranscribeWork:
    """The next batch of one recording becomes segments on the meeting's clock, also while the recording goes on."""

    def __init__(self, recording: Recording, path: Path, transcriber: Transcriber, hints: Hints) -> None:
        self.recording = recording
        self.path = path
        self.transcriber = transcriber
        self.hints = hints
        self.is_growing = recording.state is RecordingState.OPEN
        self.place = self.reached = Place(recording.heard, recording.heard_byte)
        self.total = 0.0  # seconds of the recording as far as is known
        self.is_whole = False  # nothing of it is left
        self.spoken: list[Spoken] = []

    @classmethod
    async def prepare(
        cls, session: AsyncSession, held: Claim, folders: Folders, transcriber: Transcriber
    ) -> "TranscribeWork":
        recording = await session.get_one(Recording, held.subject)
        hints = await gather_hints(session, recording)
        return cls(recording, folders.recordings / recording.path, transcriber, hints)

    def run(self, report: Report) -> None:
        begin = self.place.sample / RATE
        recorded = Recorded(self.path, self.place, is_growing=self.is_growing)
        waiting = recorded.seconds or 0.0
        self.total = max(begin + waiting, 0.0 if self.is_growing else self._guess_seconds())
        if self.is_growing and waiting < LEAST:
            return
        samples, self.is_whole = take_batch(recorded.read(), is_growing=self.is_growing)

        def tell(seconds: float) -> None:
            report(round(begin + seconds), max(round(self.total), round(begin + seconds)))

        blocks = (samples[at : at + BLOCK] for at in range(0, len(samples), BLOCK))
        self.spoken = list(transcribe_blocks(self.transcriber, blocks, self.hints.shift(begin), tell))
        self.reached = recorded.place_at(self.place.sample + len(samples))

    def _guess_seconds(self) -> float:
        ended_at = self.recording.ended_at
        return measure_seconds(self.path) or (
            (ended_at - self.recording.started_at).total_seconds() if ended_at else 0.0
        )

    async def keep(self, session: AsyncSession, now: datetime) -> Kept:
        recording = await session.get_one(Recording, self.recording.id, populate_existing=True)
        begin = recording.started_at + timedelta(seconds=self.place.sample / RATE)
        session.add_all(
            Segment(
                meeting_id=recording.meeting_id,
                recording_id=recording.id or 0,
                starts_at=begin + timedelta(seconds=piece.start),
                ends_at=begin + timedelta(seconds=piece.end),
                text=piece.text,
                suspect=piece.suspect,
                confidence=piece.confidence,
            )
            for piece in self.spoken
        )
        recording.heard, recording.heard_byte = self.reached.sample, self.reached.byte
        session.add(recording)
        heard = self.reached.sample / RATE
        if not self.is_whole:
            return Kept(self._look_again(recording, now, heard), round(heard), max(round(self.total), round(heard)))
        end = recording.started_at + timedelta(seconds=heard)  # after a crash only the file knows how long it is
        recording.ended_at = min(recording.ended_at, end) if recording.ended_at else end
        await store.settle_recording(session, recording, RecordingState.TRANSCRIBED, now)
        return Kept(None, round(heard), round(heard))

    def _look_again(self, recording: Recording, now: datetime, heard: float) -> datetime:
        """At once, behind the others that wait; of a recording that goes on when there is enough of it."""
        if recording.state is not RecordingState.OPEN:
            return now
        return now + timedelta(seconds=max(LEAST / 6, LEAST - (self.total - heard)))


class ImportWork:
    """The sound of a file brought from elsewhere becomes a recording like any other. The file is deleted after it."""

    def __init__(self, upload: Upload, slug: str, folder: Path) -> None:
        self.upload = upload
        self.source = upload_path(folder, upload.token)
        self.path = f"{slug}/upload-{upload.id}.mka"
        self.target = folder / self.path
        self.seconds = 0.0
        self.sha256 = ""

    @classmethod
    async def prepare(cls, session: AsyncSession, held: Claim, folders: Folders) -> "ImportWork":
        upload = await session.get_one(Upload, held.subject)
        bundle = await get_meeting_by_id(session, held.meeting_id)
        return cls(upload, bundle.slug, folders.recordings)

    def run(self, report: Report) -> None:
        stated = measure_seconds(self.source) or 0.0
        with self.source.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        told = 0

        def tell(seconds: float) -> None:
            nonlocal told
            if seconds >= told:
                told = int(seconds) + 10
                report(round(seconds), max(round(stated), round(seconds)))

        self.seconds = import_sound(self.source, self.target, tell)

    async def keep(self, session: AsyncSession, now: datetime) -> Kept:
        upload = await session.get_one(Upload, self.upload.id, populate_existing=True)
        if upload.recording_id is None:
            recording = Recording(
                meeting_id=upload.meeting_id,
                identity=f"upload:{upload.id}",
                speaker=upload.speaker,
                site_id=upload.site_id,
                unit_id=upload.unit_id,
                path=self.path,
                started_at=upload.starts_at,
                ended_at=upload.starts_at + timedelta(seconds=self.seconds),
                state=RecordingState.CLOSED,
            )
            session.add(recording)
            await session.flush()
            upload.recording_id, upload.sha256 = recording.id, self.sha256
            session.add(upload)
            await store.enqueue(session, JobKind.TRANSCRIBE, recording.id or 0, upload.meeting_id, now)
            await store.draft_when_ready(session, upload.meeting_id, now, still_to_come=(RecordingState.OPEN,))
            detail = {"name": upload.name, "sha256": self.sha256, "seconds": round(self.seconds)}
            await write_entry(session, None, "recording.import", f"meeting:{upload.meeting_id}", detail, now)
        return Kept(None, round(self.seconds), round(self.seconds))

    def clean_up(self) -> None:
        self.source.unlink(missing_ok=True)


class DraftWork:
    """The minutes are drafted at once, then all tracks are mixed into one file to play."""

    def __init__(self, tracks: list[Track], target: Path) -> None:
        self.tracks = tracks
        self.target = target

    @classmethod
    async def prepare(
        cls, session: AsyncSession, held: Claim, folders: Folders, now: datetime, threshold: Fraction
    ) -> "DraftWork":
        """The session is a writing one: minutes must not wait for the sound. Drafting again changes nothing."""
        await write_draft(session, held.subject, now, threshold)
        bundle = await get_meeting_by_id(session, held.subject)
        recordings = await store.list_recordings(session, held.subject)
        tracks = []
        if recordings and all(row.state is not RecordingState.OPEN for row in recordings):
            zero = recordings[0].started_at
            tracks = [
                Track(folders.recordings / row.path, (row.started_at - zero).total_seconds()) for row in recordings
            ]
        return cls(tracks, folders.recordings / bundle.slug / "mix.webm")

    def run(self, report: Report) -> None:
        tracks = [track for track in self.tracks if track.path.is_file()]
        made_of = json.dumps([[track.path.name, track.offset, track.path.stat().st_size] for track in tracks])
        note = self.target.with_suffix(".json")  # what the present mix is made of
        if not tracks or (self.target.is_file() and note.is_file() and note.read_text() == made_of):
            return
        longest = max(track.offset + (measure_seconds(track.path) or 0.0) for track in tracks)
        try:
            mix_tracks(tracks, self.target, lambda done: report(round(done), max(round(longest), round(done))))
        except UnreadableAudio as error:
            log.warning("no sound to play: %s", error)
            return
        note.write_text(made_of)

    async def keep(self, session: AsyncSession, now: datetime) -> Kept:
        """Everything is stored already."""
        return Kept()


class DocumentWork:
    """Approved minutes as PDF and DOCX."""

    def __init__(self, minutes_id: int, content: Content, version: int, sha256: str, slug: str, folder: Path) -> None:
        self.minutes_id = minutes_id
        self.content = content
        self.version = version
        self.sha256 = sha256
        self.slug = slug
        self.folder = folder
        self.made: list[tuple[str, str, str]] = []  # format, path, hash

    @classmethod
    async def prepare(cls, session: AsyncSession, held: Claim, folders: Folders) -> "DocumentWork":
        minutes = await session.get_one(Minutes, held.subject)
        bundle = await get_meeting_by_id(session, minutes.meeting_id)
        content = Content.from_json(minutes.content)
        return cls(held.subject, content, minutes.version, minutes.content_sha256, bundle.slug, folders.documents)

    def run(self, report: Report) -> None:
        self.made = []
        renderers = {"pdf": render_to_sign, "docx": render_docx}
        for done, (ending, render) in enumerate(renderers.items()):
            report(done, len(renderers))
            data = render(self.content, sha256=self.sha256, version=self.version)
            digest = hashlib.sha256(data).hexdigest()
            path = f"{self.slug}/v{self.version}-{digest[:12]}.{ending}"  # never another file under a name in the books
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            write_private(file, data)
            self.made.append((ending, path, digest))
        report(len(renderers), len(renderers))

    async def keep(self, session: AsyncSession, now: datetime) -> Kept:
        documents = [
            Document(minutes_id=self.minutes_id, format=ending, path=path, sha256=digest, created_at=now)
            for ending, path, digest in self.made
        ]
        await store.replace_documents(session, self.minutes_id, documents)
        files = {ending: (path, digest) for ending, path, digest in self.made}
        await open_minutes(session, await session.get_one(Minutes, self.minutes_id), files, now)
        return Kept()
