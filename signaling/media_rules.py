"""The room's rules about media: what the engine reports, and the recording. The other rules are in ``room.py``.

Recording is a wish (``recording``) and a fact (``span_open``). An outage ends the fact, not the wish: when the media
process or the whole server is back, a new span begins, in new files. The recorder is the engine's; the room tells it to
begin and to stop, and files what it reports under the person who was heard.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect, Record
from signaling.errors import SENTENCES
from signaling.instants import read_instant
from signaling.protocol import Track
from signaling.roster import Roster
from signaling.state import Person


class MediaRules(Roster):
    """The part of a room that faces the media engine."""

    def handle_event(self, event: engine.Event, now: datetime) -> list[Effect]:
        handler = _EVENT_HANDLERS.get(type(event))
        return [] if handler is None else handler(self, event, now)

    def _relay_answer(self, event: engine.Answer, now: datetime) -> list[Effect]:
        return self.send_to(event.participant, protocol.AnswerPublish(sdp=event.sdp))

    def _relay_offer(self, event: engine.Offer, now: datetime) -> list[Effect]:
        tracks = tuple(
            protocol.OfferedTrack(mid=t.mid, participant=t.participant, track=t.track, source=t.source)
            for t in event.tracks
        )
        return self.send_to(
            event.participant, protocol.Offer(sdp=event.sdp, generation=event.generation, tracks=tracks)
        )

    def _relay_refusal(self, event: engine.Refused, now: datetime) -> list[Effect]:
        about = "publish" if event.connection == "publish" else "answer"
        return self.send_to(event.participant, protocol.Refusal(code="bad_sdp", text=SENTENCES["bad_sdp"], about=about))

    def _add_track(self, event: engine.TrackAdded, now: datetime) -> list[Effect]:
        person = self.state.people.get(event.participant)
        if person is None or not person.present or any(track.id == event.track for track in person.tracks):
            return []
        person.tracks = [*person.tracks, Track(id=event.track, source=event.source, kind=event.kind)]
        out: list[Effect] = []
        if person.silenced:  # a connection that was made anew does not know
            out.append(e.Tell(engine.Silence(self.name, person.id, True)))
        return [*out, self.announce(person), *self.subscribe_all(but=person)]

    def _drop_track(self, event: engine.TrackRemoved, now: datetime) -> list[Effect]:
        person = self.state.people.get(event.participant)
        if person is None or all(track.id != event.track for track in person.tracks):
            return []
        person.tracks = [track for track in person.tracks if track.id != event.track]
        return [self.announce(person), *self.subscribe_all(but=person)]

    def _relay_speaking(self, event: engine.Speaking, now: datetime) -> list[Effect]:
        here = {person.id for person in self.present()}
        speaking = tuple(person for person in event.participants if person in here)
        if speaking == self.state.speaking:
            return []
        self.state.speaking = speaking
        return [self.broadcast(protocol.Speaking(ids=speaking))]

    def _note_file(self, event: engine.FileOpened, now: datetime) -> list[Effect]:
        person = self.state.people.get(event.participant)
        who = person.admission if person else None
        self.state.open_files[event.path] = event.participant
        self.state.recording_files += 1
        record = e.FileOpened(
            identity=who.identity if who else event.participant,  # sound is never thrown away for want of a name
            speaker=who.name if who else event.participant,
            about=who.about if who else {},
            path=event.path,
            at=read_instant(event.at),
        )
        return [e.Save((record,))]

    def _close_file(self, event: engine.FileClosed, now: datetime) -> list[Effect]:
        self.state.open_files.pop(event.path, None)  # unknown when an outage lies between: the books know it
        return [e.Save((e.FileClosed(event.path, read_instant(event.at)),))]

    def _give_up_recording(self, event: engine.RecordingRefused, now: datetime) -> list[Effect]:
        if not self.state.recording:
            return []
        begun = self.state.recording_files > 0
        out = self.stop_recording("disk" if event.reason == "disk" else "error", None, now)
        operators = [person for person in self.present() if "record" in person.admission.may]
        return out + self.notify(operators, "disk_low" if begun else "recording_refused")

    def _lose_engine(self, event: engine.EngineLost, now: datetime) -> list[Effect]:
        state = self.state
        records: list[Record] = [e.FileClosed(path, now) for path in state.open_files]
        state.open_files, state.speaking, state.engine_lost = {}, (), True
        if state.span_open:
            records.append(e.RecordingOff("", "", now, "outage"))
            state.span_open = False
        out: list[Effect] = [e.Save(tuple(records)), *self.notify(self.present(), "media_restarted")]
        for person in self.present():
            person.media_lost = person.connection is None
            if person.tracks:
                person.tracks = []
                out.append(self.announce(person))
        return out

    def _greet_engine(self, event: engine.EngineReady, now: datetime) -> list[Effect]:
        self.state.engine_lost = False
        return self.continue_recording(now)

    # Recording

    def stop_recording(self, reason: e.StopReason, by: Person | None, now: datetime) -> list[Effect]:
        state, who = self.state, by.admission if by else None
        if not state.recording:
            return []
        off = e.RecordingOff(who.identity if who else "", who.name if who else "", now, reason)
        records = (off,) if state.span_open else ()
        state.recording, state.span_open, state.recording_since, state.recording_by = False, False, None, None
        return [e.Save(records), e.Tell(engine.StopRecording(self.name)), self.announce_room()]

    def continue_recording(self, now: datetime, identity: str = "") -> list[Effect]:
        """Begin a span, where recording is wanted, the engine is there and so is somebody to be heard.

        ``identity`` turned it on; it is empty where a recording goes on in new files.
        """
        state = self.state
        heard = any(person.connection for person in self.present())
        if not state.recording or state.span_open or state.engine_lost or not heard:
            return []
        state.span_open = True
        on = e.RecordingOn(identity, state.recording_by or "", now)
        return [e.Save((on,)), e.Tell(engine.Record(self.name, self.name))]

    def drop_media(self, person: Person) -> list[Effect]:
        had, person.tracks = bool(person.tracks), []
        out: list[Effect] = [e.Tell(engine.Leave(self.name, person.id))]
        return out + (self.subscribe_all(but=person) if had else [])

    def send_to(self, person_id: str, message: protocol.Message) -> list[Effect]:
        person = self.state.people.get(person_id)
        return [] if person is None or person.connection is None else [e.Send(person.connection, message)]


_EVENT_HANDLERS: dict[type, Callable[[MediaRules, Any, datetime], list[Effect]]] = {
    engine.Answer: MediaRules._relay_answer,
    engine.Offer: MediaRules._relay_offer,
    engine.Refused: MediaRules._relay_refusal,
    engine.TrackAdded: MediaRules._add_track,
    engine.TrackRemoved: MediaRules._drop_track,
    engine.Speaking: MediaRules._relay_speaking,
    engine.FileOpened: MediaRules._note_file,
    engine.FileClosed: MediaRules._close_file,
    engine.RecordingRefused: MediaRules._give_up_recording,
    engine.EngineLost: MediaRules._lose_engine,
    engine.EngineReady: MediaRules._greet_engine,
}
