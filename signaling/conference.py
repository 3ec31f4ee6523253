"""All rooms of a media process: carries out commands on connections and tracks, reports events."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from signaling.engine import (
    AcceptAnswer,
    Answer,
    CloseRoom,
    Command,
    Connection,
    Event,
    Leave,
    MediaState,
    Publish,
    Record,
    RecordingRefused,
    Refused,
    Silence,
    Speaking,
    StopRecording,
    Subscribe,
    TrackAdded,
    TrackRemoved,
    Unpublish,
)
from signaling.forwarder import Track
from signaling.peer import Site
from signaling.publisher import Publisher
from signaling.quality import Speakers
from signaling.recorder import Recording
from signaling.sdp import SdpError, parse_description
from signaling.viewer import Viewer

logger = logging.getLogger(__name__)


class Room:
    """Connections and tracks of one room."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.publishers: dict[str, Publisher] = {}
        self.viewers: dict[str, Viewer] = {}
        self.tracks: dict[str, Track] = {}
        self.silenced: set[str] = set()
        self.speakers = Speakers()
        self.audible: tuple[str, ...] = ()
        self.recording: Recording | None = None

    def is_empty(self) -> bool:
        return not (self.publishers or self.viewers or self.recording or self.silenced)


class Conference:
    """``report`` takes the events in their order; ``tell`` never raises for what a browser wrote."""

    def __init__(self, site: Site, recordings: Path, disk_floor: int, report: Callable[[Event], None]) -> None:
        self._site = site
        self._recordings = recordings
        self.disk_floor = disk_floor
        self._report = report
        self._rooms: dict[str, Room] = {}
        self._generations: dict[tuple[str, str], int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, command: Command) -> None:
        """Carry out a command."""
        self._site.port.read_clock()
        room = self._rooms.setdefault(command.room, Room(command.room))
        match command:
            case Publish():
                self._publish(room, command)
            case Unpublish():
                self._unpublish(room, command.participant)
            case Subscribe():
                self._subscribe(room, command)
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
        if room.is_empty():
            self._rooms.pop(room.name, None)

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

        publisher = Publisher(self._site, name, report_state, room.speakers.hear)
        return publisher

    def _add_track(self, room: Room, track: Track) -> None:
        room.tracks[track.id] = track
        if track.source == "microphone":
            track.silence(track.participant in room.silenced)
            if room.recording:
                room.recording.add_track(track)
        self._report(TrackAdded(room.name, track.participant, track.id, track.source, track.kind))

    def _end_track(self, room: Room, track: Track) -> None:
        if room.tracks.pop(track.id, None) is not None:
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

    def _subscribe(self, room: Room, command: Subscribe) -> None:
        name = command.participant
        if command.anew:
            self._close_viewer(room, name)
        tracks = [room.tracks[one] for one in dict.fromkeys(command.tracks) if one in room.tracks]
        viewer = room.viewers.get(name)
        if viewer is None:
            if not tracks:
                return
            viewer = room.viewers[name] = self._open_viewer(room, name)
        offer = viewer.subscribe(tracks, self._site.port.now, restart=command.restart and not command.anew)
        if offer:
            self._report(offer)

    def _open_viewer(self, room: Room, name: str) -> Viewer:
        def report_state() -> None:
            self._report(MediaState(room.name, name, "receive", viewer.peer.connected))

        viewer = Viewer(self._site, room.name, name, self._generations.get((room.name, name), 0), report_state)
        return viewer

    def _close_viewer(self, room: Room, name: str) -> None:
        viewer = room.viewers.pop(name, None)
        if viewer:
            self._generations[room.name, name] = viewer.generation
            self._spawn(viewer.close())

    def _accept_answer(self, room: Room, command: AcceptAnswer) -> None:
        viewer = room.viewers.get(command.participant)
        if viewer is None:
            return
        try:
            viewer.accept(command.generation, command.sdp)
        except SdpError as error:
            self._refuse(room, command.participant, "receive", error)
            return
        offer = viewer.offer(self._site.port.now)
        if offer:
            self._report(offer)

    def _refuse(self, room: Room, name: str, connection: Connection, error: SdpError) -> None:
        logger.info("%s of %s refused: %s", connection, name, error, extra={"room": room.name})
        self._report(Refused(room.name, name, connection, str(error)))

    def _leave(self, room: Room, name: str) -> None:
        self._unpublish(room, name)
        self._close_viewer(room, name)
        room.silenced.discard(name)
        self._generations.pop((room.name, name), None)

    def _silence(self, room: Room, name: str, on: bool) -> None:
        (room.silenced.add if on else room.silenced.discard)(name)
        if on:
            room.speakers.forget(name)
        for track in room.tracks.values():
            if track.participant == name and track.source == "microphone":
                track.silence(on)

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
        for track in room.tracks.values():
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
        for name in list(room.viewers):
            self._close_viewer(room, name)
        room.silenced.clear()
        self._generations = {key: value for key, value in self._generations.items() if key[0] != room.name}

    def tick(self) -> None:
        """To be called some twenty times a second."""
        self._site.port.read_clock()
        now = self._site.port.now
        for room in self._rooms.values():
            for publisher in room.publishers.values():
                publisher.tick(now)
        self._site.port.flush()

    def tell_speakers(self) -> None:
        """To be called four times a second."""
        now = self._site.port.now
        for room in self._rooms.values():
            audible = room.speakers.list_audible(now)
            if audible != room.audible:
                room.audible = audible
                self._report(Speaking(room.name, audible))

    def check(self) -> None:
        """To be called every second: reports, consent, offers that wait, free disk."""
        now = self._site.port.now
        for room in list(self._rooms.values()):
            for publisher in list(room.publishers.values()):
                publisher.report(now)
            for viewer in list(room.viewers.values()):
                viewer.peer.check_consent()
                offer = viewer.offer(now)
                if offer:
                    self._report(offer)
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
