"""The room's rules about media: what clients and the engine say of it, and the recording.

Recording is a wish (``recording``) and a fact (``span_open``). An outage ends the fact, not the wish: when the media
process or the whole server is back, a new span begins, in new files. The recorder is the engine's; the room tells it to
begin and to stop, and files what it reports under the person who was heard.

Everybody receives the room, once; what of it is for the engine to choose, by what each viewer shows. The room says who
must stay (``Feature``: floor, spotlight, chair) and whose screen is shown (``Present``), whenever that changes and to
each new engine.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect, Record
from signaling.errors import UserError
from signaling.instants import read_instant
from signaling.protocol import Track
from signaling.roster import Handlers, Roster
from signaling.state import Person


class MediaRules(Roster):
    """The part of a room that faces the media engine."""

    # What clients say

    def publish(self, person: Person, message: protocol.Publish, now: datetime) -> list[Effect]:
        self.require_voice(person)
        if len({track.source for track in message.tracks}) < len(message.tracks):
            raise UserError("too_many")
        tracks = tuple(engine.SentTrack(track.mid, track.source) for track in message.tracks)
        return [e.Tell(engine.Publish(self.name, person.id, message.sdp, tracks))]

    def accept_answer(self, person: Person, message: protocol.AnswerOffer, now: datetime) -> list[Effect]:
        return [e.Tell(engine.AcceptAnswer(self.name, person.id, message.generation, message.sdp))]

    def restart(self, person: Person, message: protocol.Restart, now: datetime) -> list[Effect]:
        if message.connection == "receive":
            return [e.Tell(engine.Receive(self.name, person.id, restart=True))]
        had, person.tracks = bool(person.tracks), []
        out: list[Effect] = [e.Tell(engine.Unpublish(self.name, person.id))]
        return [*out, self.announce(person), *self.follow_shares()] if had else out

    def note_candidate(self, person: Person, message: protocol.Candidate, now: datetime) -> list[Effect]:
        return []  # the engine is ICE-lite (RFC 8445, 2.5) and learns addresses from the checks themselves

    def set_view(self, person: Person, message: protocol.View, now: datetime) -> list[Effect]:
        """Tracks that are not here, or are the viewer's own, are passed over: they may just have ended."""
        here = {track.id for other in self.present() if other is not person for track in other.tracks}
        wants: dict[str, engine.Want] = {}
        for viewed in message.tracks:
            if viewed.track in here:
                wants.setdefault(viewed.track, engine.Want(viewed.track, viewed.height))
        audio = message.audio and not person.companion
        return [e.Tell(engine.View(self.name, person.id, tuple(wants.values()), audio, message.limit))]

    # What the engine says

    def handle_media(self, event: engine.Event, now: datetime) -> list[Effect]:
        handler = _EVENT_HANDLERS.get(type(event))
        return [] if handler is None else handler(self, event, now)

    def _relay_answer(self, event: engine.Answer, now: datetime) -> list[Effect]:
        return self._pass_on(event.participant, protocol.AnswerPublish(sdp=event.sdp))

    def _relay_offer(self, event: engine.Offer, now: datetime) -> list[Effect]:
        slots = tuple(protocol.Slot(mid=slot.mid, kind=slot.kind) for slot in event.slots)
        offer = protocol.Offer(sdp=event.sdp, generation=event.generation, slots=slots)
        return self._pass_on(event.participant, offer)

    def _relay_slots(self, event: engine.Slots, now: datetime) -> list[Effect]:
        slots = tuple(
            protocol.FilledSlot(mid=f.mid, participant=f.participant, track=f.track, source=f.source)
            for f in event.filled
        )
        return self._pass_on(event.participant, protocol.SlotsFilled(slots=slots))

    def _relay_refusal(self, event: engine.Refused, now: datetime) -> list[Effect]:
        person = self.state.people.get(event.participant)
        if person is None or person.connection is None:
            return []
        return [self.refuse(person.connection, "bad_sdp", "publish" if event.connection == "publish" else "answer")]

    def _pass_on(self, person_id: str, message: protocol.Message) -> list[Effect]:
        return self.send_to(self.state.people.get(person_id), message)

    def _add_track(self, event: engine.TrackAdded, now: datetime) -> list[Effect]:
        person = self.state.people.get(event.participant)
        if person is None or not person.present or any(track.id == event.track for track in person.tracks):
            return []
        person.tracks = [*person.tracks, Track(id=event.track, source=event.source, kind=event.kind)]
        out: list[Effect] = []
        if person.silenced or person.companion:  # a connection that was made anew does not know
            out.append(e.Tell(engine.Silence(self.name, person.id, True)))
        return [*out, self.announce(person), *self.follow_shares()]

    def _drop_track(self, event: engine.TrackRemoved, now: datetime) -> list[Effect]:
        person = self.state.people.get(event.participant)
        if person is None or all(track.id != event.track for track in person.tracks):
            return []
        person.tracks = [track for track in person.tracks if track.id != event.track]
        return [self.announce(person), *self.follow_shares()]

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
        operators = [person for person in self.present() if "record" in self.may_of(person)]
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
        self.forget_direction()
        return out + self.follow_shares()

    def _greet_engine(self, event: engine.EngineReady, now: datetime) -> list[Effect]:
        """A new engine knows nothing: of nobody who receives, and not who stays."""
        if not self.state.engine_lost:
            return []
        self.state.engine_lost = False
        self.forget_direction()
        here = [person for person in self.present() if person.connection is not None]
        receiving: list[Effect] = [e.Tell(engine.Receive(self.name, person.id, anew=True)) for person in here]
        return receiving + self.continue_recording(now)

    # Who stays, and whose screen

    def follow_shares(self) -> list[Effect]:
        """Keep the order in which screens began."""
        sharing = [p.id for p in self.present() if any(track.source == "screen" for track in p.tracks)]
        kept = [person_id for person_id in self.state.shares if person_id in sharing]
        shares = kept + [person_id for person_id in sharing if person_id not in kept]
        if shares == self.state.shares:
            return []
        self.state.shares = shares
        return [self.announce_room()]

    def direct_engine(self) -> list[Effect]:
        """Tell the engine who must stay and whose screen is shown, where that is not what it was told last."""
        state, out = self.state, list[Effect]()
        if state.engine_lost:
            return []
        floor = state.floor.participant if state.floor else None
        chairs = [person.id for person in self.present() if person.admission.role == "chair"]
        featured = tuple(dict.fromkeys(one for one in (floor, state.spotlight, *chairs) if one is not None))
        if featured != state.featured:
            state.featured = featured
            out.append(e.Tell(engine.Feature(self.name, featured)))
        first = state.people[state.shares[0]] if state.shares else None
        screens = [track.id for track in first.tracks if track.source == "screen"] if first else []
        presented = screens[0] if screens else None
        if presented != state.presented:
            state.presented = presented
            out.append(e.Tell(engine.Present(self.name, presented)))
        return out

    def forget_direction(self) -> None:
        """The engine knows nothing of this room (any more)."""
        self.state.featured, self.state.presented = (), None

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
        heard = any(person.connection for person in self.attendants())
        if not state.recording or state.span_open or state.engine_lost or not heard:
            return []
        state.span_open = True
        on = e.RecordingOn(identity, state.recording_by or "", now)
        return [e.Save((on,)), e.Tell(engine.Record(self.name, self.name))]


HANDLERS: Handlers = {
    protocol.Publish: MediaRules.publish,
    protocol.AnswerOffer: MediaRules.accept_answer,
    protocol.Restart: MediaRules.restart,
    protocol.Candidate: MediaRules.note_candidate,
    protocol.View: MediaRules.set_view,
}

_EVENT_HANDLERS: dict[type, Callable[[MediaRules, Any, datetime], list[Effect]]] = {
    engine.Answer: MediaRules._relay_answer,
    engine.Offer: MediaRules._relay_offer,
    engine.Slots: MediaRules._relay_slots,
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
