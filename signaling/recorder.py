"""Microphones into files: Opus packets as they came, in Matroska, with a sidecar of what the packets do not say.

One file per participant and connection, never reopened. A cluster is written at least once a second, so that a process
that is killed loses no more than that. ``<name>.jsonl`` beside ``<name>.mka`` holds one object a line:

- ``start``: ``at`` wall clock of time 0, ``ssrc``, ``rtp`` timestamp of time 0, ``clock`` in Hz
- ``sr``: ``at`` arrival, ``ntp`` (64 bits) and ``rtp`` of the sender's report
- ``level``: ``ms`` where a second begins, ``dbov`` its 50 levels of 20 ms each, 127 where nothing came; no
  such line where the browser told no levels
- ``gap``: ``from_ms`` to ``to_ms`` without packets, from a second on
- ``end``: ``at``, ``ms`` the length of the file
"""

import asyncio
import errno
import heapq
import io
import json
import logging
import os
import re
import shutil
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

import av
import av.error

from signaling.encoding import Heard
from signaling.engine import Event, FileClosed, FileOpened
from signaling.instants import write_instant
from signaling.rtp import OPUS_CLOCK, SILENCE_DBOV, MalformedPacket, count_opus_samples
from signaling.track import Track

logger = logging.getLogger(__name__)

CLUSTER_MS = 1000
GAP = OPUS_CLOCK  # a silence of DTX is shorter
DRIFT = 10 * OPUS_CLOCK  # between a track's clock and ours, before it counts as absurd
SLOT = OPUS_CLOCK // 50
REORDER_PACKETS = 60  # lost packets are asked for again: they come after a round trip or two
REORDER_SECONDS = 1.0
FULL = (errno.ENOSPC, errno.EDQUOT)


class Recording:
    """All microphones of a room from one start to its stop. ``folder`` is relative to ``root``."""

    def __init__(
        self, root: Path, room: str, folder: str, report: Callable[[Event], None], fail: Callable[[str], None]
    ) -> None:
        path = PurePosixPath(folder)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in folder:
            raise ValueError("the folder lies outside of the recordings")
        self.root, self.room, self.folder = root, room, path
        self.report = report
        self._fail = fail
        self._files: dict[str, AudioFile] = {}  # by track
        self._closing: set[asyncio.Task[None]] = set()
        (root / path).mkdir(parents=True, exist_ok=True)

    def add_track(self, track: Track) -> None:
        """Record this microphone from its next packet on."""
        if track.kind == "audio" and track.id not in self._files:
            self._files[track.id] = one = AudioFile(self, track)
            track.sinks.append(one)

    def forget(self, one: "AudioFile") -> None:
        self._files = {name: other for name, other in self._files.items() if other is not one}

    def finish(self, path: Path, event: FileClosed) -> None:
        """See to it that a file is on the disk, beside the event loop, and report it."""
        task = asyncio.create_task(self._sync(path, event))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _sync(self, path: Path, event: FileClosed) -> None:
        try:
            await asyncio.to_thread(_sync_files, path)
        except OSError as error:
            logger.warning("%s may not be safe on the disk: %s", path, error, extra={"room": self.room})
        self.report(event)

    def stop_by(self, error: Exception) -> None:
        """Writing failed: the room must know that nothing is recorded any more."""
        logger.error("recording failed: %s", error, extra={"room": self.room})
        self._fail("disk" if getattr(error, "errno", None) in FULL else "error")

    def has_space(self, floor: int) -> bool:
        """Say whether at least ``floor`` bytes are free where the files lie."""
        return shutil.disk_usage(self.root / self.folder).free >= floor

    def stop(self) -> None:
        """Close every file."""
        for one in list(self._files.values()):
            one.close()

    async def wait_closed(self) -> None:
        """Return when all closed files are on the disk and reported."""
        while self._closing:
            await asyncio.wait(self._closing)


def _sync_files(path: Path) -> None:
    for one in (path, path.with_suffix(".jsonl")):
        descriptor = os.open(one, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class AudioFile:
    """One microphone's file. It begins with the first packet."""

    def __init__(self, recording: Recording, track: Track) -> None:
        self._recording = recording
        self._track = track
        self._container: Any = None
        self._stream: Any = None
        self._sidecar: TextIO | None = None
        self._path = Path()
        self._waiting: list[Heard] = []  # of one source, so in the order of their numbers
        self._expected: int | None = None
        self._ssrc = 0
        self._offset = 0  # from the track's timestamps to positions in the file
        self._begun_at = 0.0
        self._end = 0  # position behind the last packet, in samples
        self._last = -1
        self._second = -1
        self._levels: list[int] = []

    def take_packet(self, packet: Heard) -> None:
        try:
            if self._container is None:
                self._open(packet)
            elif packet.ssrc != self._ssrc:
                self._change_source(packet)
            heapq.heappush(self._waiting, packet)
            while self._waiting and self._is_ready(packet.now):
                self._write(heapq.heappop(self._waiting))
        except (av.error.FFmpegError, OSError) as error:
            self.close()
            self._recording.stop_by(error)

    def take_report(self, ssrc: int, ntp: int, timestamp: int) -> None:
        if self._sidecar is not None and ssrc == self._ssrc:
            self._note({"t": "sr", "at": write_instant(datetime.now(UTC)), "ntp": ntp, "rtp": timestamp})

    def _is_ready(self, now: float) -> bool:
        first = self._waiting[0]
        in_turn = self._expected is None or first.sequence <= self._expected
        return in_turn or len(self._waiting) > REORDER_PACKETS or now - first.now > REORDER_SECONDS

    def _open(self, packet: Heard) -> None:
        folder = self._recording.root / self._recording.folder
        name = re.sub(r"[^A-Za-z0-9_-]", "_", self._track.participant)[:80] or "_"
        number = 1
        while self._sidecar is None:
            try:
                # Open until ``close``: a file of its own for each connection, whoever wrote one before.
                self._sidecar = (folder / f"{name}-{number}.jsonl").open("x", buffering=1, encoding="utf-8")
            except FileExistsError:
                number += 1
        self._path = folder / f"{name}-{number}.mka"
        options = {"cluster_time_limit": str(CLUSTER_MS), "flush_packets": "1"}
        self._container = av.open(str(self._path), "w", format="matroska", options=options)
        with av.open(io.BytesIO(_write_template()), format="matroska") as template:
            self._stream = self._container.add_stream_from_template(template.streams[0], opaque=True)
        self._stream.time_base = Fraction(1, OPUS_CLOCK)
        self._ssrc, self._offset, self._begun_at = packet.ssrc, -packet.timestamp, packet.now
        at = write_instant(datetime.now(UTC))
        self._note(
            {"t": "start", "at": at, "ssrc": packet.ssrc, "rtp": packet.timestamp & 0xFFFFFFFF, "clock": OPUS_CLOCK}
        )
        self._recording.report(FileOpened(self._recording.room, self._track.participant, self._relative(), at))

    def _relative(self) -> str:
        return self._path.relative_to(self._recording.root).as_posix()

    def _change_source(self, packet: Heard) -> None:
        """The browser began a new stream in the same connection: its clock says nothing of the old one."""
        while self._waiting:
            self._write(heapq.heappop(self._waiting))
        self._ssrc, self._expected = packet.ssrc, None
        self._anchor(packet.timestamp, packet.now)

    def _anchor(self, timestamp: int, now: float) -> None:
        elapsed = round((now - self._begun_at) * OPUS_CLOCK)
        self._offset = max(self._end, elapsed) - timestamp

    def _write(self, packet: Heard) -> None:
        self._expected = packet.sequence + 1
        try:
            samples = count_opus_samples(packet.payload)
        except MalformedPacket:
            return
        elapsed = (packet.now - self._begun_at) * OPUS_CLOCK
        if abs(packet.timestamp + self._offset - elapsed) > DRIFT:
            self._anchor(packet.timestamp, packet.now)
        position = packet.timestamp + self._offset
        if not samples or position <= self._last or position < 0:
            return
        if position - self._end >= GAP:
            self._note({"t": "gap", "from_ms": self._end * 1000 // OPUS_CLOCK, "to_ms": position * 1000 // OPUS_CLOCK})
        if packet.level is not None:
            self._note_level(position, samples, packet.level)
        one = av.Packet(packet.payload)
        one.stream, one.time_base = self._stream, Fraction(1, OPUS_CLOCK)
        one.pts = one.dts = position
        one.duration = samples
        self._container.mux_one(one)
        self._last, self._end = position, max(self._end, position + samples)

    def _note_level(self, position: int, samples: int, level: int) -> None:
        for slot in range(position // SLOT, max(position // SLOT + 1, (position + samples) // SLOT)):
            second, place = divmod(slot, 50)
            if second != self._second:
                self._flush_levels()
                self._second, self._levels = second, [SILENCE_DBOV] * 50
            self._levels[place] = level

    def _flush_levels(self) -> None:
        if self._levels:
            self._note({"t": "level", "ms": self._second * 1000, "dbov": self._levels})

    def _note(self, line: dict[str, Any]) -> None:
        if self._sidecar is not None:
            self._sidecar.write(json.dumps(line, separators=(",", ":")) + "\n")

    def close(self) -> None:
        """Finish the file; nothing is left behind when no packet ever came."""
        if self in self._track.sinks:
            self._track.sinks.remove(self)
        self._recording.forget(self)
        if self._sidecar is None:
            return
        at = write_instant(datetime.now(UTC))
        begun = self._container is not None
        for part in (self._finish_sound, partial(self._finish_sidecar, at)):  # a full disk may refuse either
            try:
                part()
            except (av.error.FFmpegError, OSError) as error:
                logger.warning("%s was not finished: %s", self._path, error, extra={"room": self._recording.room})
        self._sidecar = self._container = None
        if begun:
            closed = FileClosed(self._recording.room, self._track.participant, self._relative(), at)
            self._recording.finish(self._path, closed)

    def _finish_sound(self) -> None:
        if self._container is not None:
            try:
                while self._waiting:
                    self._write(heapq.heappop(self._waiting))
            finally:
                self._container.close()

    def _finish_sidecar(self, at: str) -> None:
        if self._sidecar is not None:
            with self._sidecar:
                self._flush_levels()
                self._note({"t": "end", "at": at, "ms": self._end * 1000 // OPUS_CLOCK})


def _write_element(identifier: str, body: bytes) -> bytes:
    return bytes.fromhex(identifier) + (len(body) | 1 << 28).to_bytes(4, "big") + body


def _write_template() -> bytes:
    """Return a Matroska file with one Opus track and no packet (RFC 9559, RFC 7845 section 5.1).

    A stream made from it carries the OpusHead that decoders need, which PyAV has no other way to set. Two channels as
    in every ``opus/48000/2``; no samples to skip, for time 0 is the first packet.
    """
    head = b"OpusHead" + struct.pack("<BBHIHB", 1, 2, 0, OPUS_CLOCK, 0, 0)
    sound = _write_element("b5", struct.pack(">d", float(OPUS_CLOCK))) + _write_element("9f", b"\x02")
    track = b"".join(
        (
            _write_element("d7", b"\x01"),  # number
            _write_element("73c5", b"\x01"),  # identifier
            _write_element("83", b"\x02"),  # audio
            _write_element("86", b"A_OPUS"),
            _write_element("63a2", head),
            _write_element("e1", sound),
        )
    )
    scale = _write_element("2ad7b1", (1_000_000).to_bytes(3, "big"))
    cluster = _write_element("1f43b675", _write_element("e7", b"\0"))  # FFmpeg asks for one
    segment = _write_element("1549a966", scale) + _write_element("1654ae6b", _write_element("ae", track)) + cluster
    return _write_element("1a45dfa3", _write_element("4282", b"matroska")) + _write_element("18538067", segment)
