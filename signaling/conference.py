"""All rooms of a media process: carries out commands on connections and tracks, reports events."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from signaling.audience import Audience
from signaling.engine import (
    AcceptAnswer,
    Answer,
    CloseRoom,
    Command,
    Connection,
    Event,
    Feature,
    Filled,
    Leave,
    MediaState,
    Present,
    Publish,
    Receive,
    Record,
    RecordingRefused,
    Refused,
    Silence,
    Slots,
    Speaking,
    StopRecording,
    TrackAdded,
    TrackRemoved,
    Unpublish,
    View,
)
from signaling.fanout import Fanout
from signaling.peer import Site
from signaling.publisher import Publisher
from signaling.recorder import Recording
from signaling.sdp import SdpError, parse_description
from signaling.track import Track
from signaling.viewer import Viewer
from signaling.voices import Speakers

logger = logging.getLogger(__name__)


class Room:
    """Connections and tracks of one room."""

    def __init__(self, name: str, cameras: int, report: Callable[[Event], None]) -> None:
        def tell_slots(viewer: Viewer, filled: tuple[Filled, ...]) -> None:
            report(Slots(name, viewer.participant, filled))

        self.name = name
        self.publishers: dict[str, Publisher] = {}
        self.audience = Audience(cameras, tell_slots)
        self.silenced: set[str] = set()
        self.speakers = Speakers()
        self.audible: tuple[str, ...] = ()
        self.recording: Recording | None = None

    def is_empty(self) -> bool:
        audience = self.audience
        kept = self.publishers or audience.viewers or audience.featured or audience.presented
        return not (kept or self.recording or self.silenced)


class Conference:
    """``report`` takes the events in their order; ``tell`` never raises for what a browser wrote.

    ``cameras``: how many a participant is sent at most.
    """

    def __init__(
        self, site: Site, recordings: Path, disk_floor: int, report: Callable[[Event], None], cameras: int = 9
    ) -> None:
        self._site = site
        self._recordings = recordings
        self.disk_floor = disk_floor
        self._report = report
        self._cameras = cameras
        self._fanout = Fanout(site.port)
        self._rooms: dict[str, Room] = {}
        self._generations: dict[tuple[str, str], int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, command: Command) -> None:
        """Carry out a command."""
        self._site.port.read_clock()
        room = self._rooms.get(command.room) or Room(command.room, self._cameras, self._report)
        self._rooms[room.name] = room
        self._carry_out(room, command)
        if room.is_empty():
            self._rooms.pop(room.name, None)

    def _carry_out(self, room: Room, command: Command) -> None:
        now = self._site.port.now
        match command:
            case Publish():
                self._publish(room, command)
            case Unpublish():
                self._unpublish(room, command.participant)
            case Receive():
                self._receive(room, command)
            case View():
                room.audience.set_view(command, now)
            case Feature():
                room.audience.feature(command.participants, now)
            case Present():
                room.audience.present(command.track)
            case AcceptAnswer():
                self._accept_answer(room, command)
            case Leave():
                self._leave(room, command.participant)
            case Silence():
                self._silence(room, command.participant, command.on)
            case Record():
                self._record(room, command.folder)
            case StopRecording():
                self._stop_recording(room)
            case CloseRoom():
                self._close_room(room)

    def _publish(self, room: Room, command: Publish) -> None:
        name = command.participant
        publisher = room.publishers.get(name)
        try:
            offer = parse_description(command.sdp)
            if publisher and not (publisher.peer.belongs_to(offer.transport) and publisher.session == offer.session):
                self._unpublish(room, name)
                publisher = None
            fresh = publisher or self._open_publisher(room, name)
            try:
                answer, added, ended = fresh.negotiate(offer, command.tracks)
            except SdpError:
                if publisher is None:
                    self._spawn(fresh.peer.close())
                raise
        except SdpError as error:
            self._refuse(room, name, "publish", error)
            return
        room.publishers[name] = fresh
        self._report(Answer(room.name, name, answer))
        for track in ended:
            self._end_track(room, track)
        for track in added:
            self._add_track(room, track)

    def _open_publisher(self, room: Room, name: str) -> Publisher:
        def report_state() -> None:
            self._report(MediaState(room.name, name, "publish", publisher.peer.connected))

        def hear(track: Track, level: int, now: float) -> None:
            room.speakers.hear(name, level, now)
            room.audience.hear(track, level, now)

        publisher = Publisher(self._site, self._fanout, name, report_state, hear)
        return publisher

    def _add_track(self, room: Room, track: Track) -> None:
        if track.source == "microphone":
            track.silence(track.participant in room.silenced)
            if room.recording:
                room.recording.add_track(track)
        room.audience.add_track(track, self._site.port.now)
        self._report(TrackAdded(room.name, track.participant, track.id, track.source, track.kind))

    def _end_track(self, room: Room, track: Track) -> None:
        if track.id in room.audience.tracks:
            room.audience.remove_track(track, self._site.port.now)
            track.close()
            if track.source == "microphone":
                room.speakers.forget(track.participant)
            self._report(TrackRemoved(room.name, track.participant, track.id))

    def _unpublish(self, room: Room, name: str) -> None:
        publisher = room.publishers.pop(name, None)
        if publisher:
            for track in publisher.tracks.values():
                self._end_track(room, track)
            self._spawn(publisher.peer.close())

    def _receive(self, room: Room, command: Receive) -> None:
        name = command.participant
        if command.anew:
            self._close_viewer(room, name)
        viewer = room.audience.viewers.get(name)
        if viewer is not None and not command.restart:
            return
        restart = viewer is not None
        if viewer is None:
            viewer = self._open_viewer(room, name)
            room.audience.add_viewer(viewer)
        self._report(viewer.offer(restart=restart))
        room.audience.arrange(viewer, self._site.port.now)
        room.audience.tell(viewer, anew=restart)

    def _open_viewer(self, room: Room, name: str) -> Viewer:
        def report_state() -> None:
            room.audience.arrange(viewer, self._site.port.now)
            self._report(MediaState(room.name, name, "receive", viewer.peer.connected))

        generation = self._generations.get((room.name, name), 0)
        viewer = Viewer(self._site, self._fanout, room.name, name, generation, self._cameras, report_state)
        return viewer

    def _close_viewer(self, room: Room, name: str) -> None:
        viewer = room.audience.viewers.pop(name, None)
        if viewer:
            self._generations[room.name, name] = viewer.generation
            self._spawn(viewer.close())

    def _accept_answer(self, room: Room, command: AcceptAnswer) -> None:
        viewer = room.audience.viewers.get(command.participant)
        if viewer is None:
            return
        try:
            viewer.accept(command.generation, command.sdp)
        except SdpError as error:
            self._refuse(room, command.participant, "receive", error)
            return
        room.audience.arrange(viewer, self._site.port.now)

    def _refuse(self, room: Room, name: str, connection: Connection, error: SdpError) -> None:
        # Not for the log of every day: a client may send such ones as fast as it may send at all.
        logger.debug("%s of %s refused: %s", connection, name, error, extra={"room": room.name})
        self._report(Refused(room.name, name, connection, str(error)))

    def _leave(self, room: Room, name: str) -> None:
        self._unpublish(room, name)
        self._close_viewer(room, name)
        room.audience.forget_view(name)
        room.silenced.discard(name)
        self._generations.pop((room.name, name), None)

    def _silence(self, room: Room, name: str, on: bool) -> None:
        (room.silenced.add if on else room.silenced.discard)(name)
        if on:
            room.speakers.forget(name)
        for track in room.audience.tracks.values():
            if track.participant == name and track.source == "microphone":
                track.silence(on)
                if on:
                    room.audience.forget_voice(track, self._site.port.now)

    def _record(self, room: Room, folder: str) -> None:
        if room.recording:
            return

        def fail(reason: str) -> None:
            self._stop_recording(room)
            self._report(RecordingRefused(room.name, reason))

        try:
            recording = Recording(self._recordings, room.name, folder, self._report, fail)
            if not recording.has_space(self.disk_floor):
                self._report(RecordingRefused(room.name, "disk"))
                return
        except (OSError, ValueError) as error:
            logger.warning("recording refused: %s", error, extra={"room": room.name})
            self._report(RecordingRefused(room.name, "error"))
            return
        room.recording = recording
        for track in room.audience.tracks.values():
            recording.add_track(track)

    def _stop_recording(self, room: Room) -> None:
        recording, room.recording = room.recording, None
        if recording:
            recording.stop()
            self._spawn(recording.wait_closed())

    def _close_room(self, room: Room) -> None:
        self._stop_recording(room)
        for name in list(room.publishers):
            self._unpublish(room, name)
        for name in list(room.audience.viewers):
            self._close_viewer(room, name)
            room.audience.forget_view(name)
        room.audience.feature((), self._site.port.now)
        room.audience.present(None)
        room.silenced.clear()
        self._generations = {key: value for key, value in self._generations.items() if key[0] != room.name}

    def tick(self) -> None:
        """To be called some twenty times a second."""
        self._site.port.read_clock()
        now = self._site.port.now
        for room in self._rooms.values():
            for publisher in room.publishers.values():
                publisher.tick(now)
            room.audience.tick(now)
        self._site.port.flush()

    def tell_speakers(self) -> None:
        """To be called four times a second."""
        now = self._site.port.now
        for room in self._rooms.values():
            audible = room.speakers.list_audible(now)
            room.audience.note_speakers(audible)
            if audible != room.audible:
                room.audible = audible
                self._report(Speaking(room.name, audible))

    def check(self) -> None:
        """To be called every second: reports, consent, free disk."""
        now = self._site.port.now
        for room in list(self._rooms.values()):
            loss = room.audience.measure_loss()
            for publisher in list(room.publishers.values()):
                publisher.report(now, loss)
            for viewer in list(room.audience.viewers.values()):
                viewer.report(now)
            self._check_disk(room)

    def _check_disk(self, room: Room) -> None:
        if room.recording is None:
            return
        try:
            enough = room.recording.has_space(self.disk_floor)
        except OSError as error:
            room.recording.stop_by(error)
            return
        if not enough:
            self._stop_recording(room)
            self._report(RecordingRefused(room.name, "disk"))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Finish all files, close all connections."""
        for room in list(self._rooms.values()):
            self._close_room(room)
        self._rooms.clear()
        while self._tasks:
            await asyncio.wait(self._tasks)
