"""The room as a state machine. Every rule of a room stands here, those about media in ``media_rules.py``.

The room is fed and asked, it calls nobody: whatever happens is handed to a method together with ``now``, and the method
returns what is to be done about it, a list of effects. No clock, no network, no event loop; so a meeting of two hours
can be played in a test within a second, and played again.

**Who is who.** An *identity* is what the outer ring vouches for: an account, or a guest of a link. A *person* is an
identity's stay in the room, with an id that others see ("p7"). A *connection* is one WebSocket, named by the driver. A
person has at most one connection: a second one of the same identity takes the place of the first, which is closed with
4409. What arrives late from a connection that is no longer a person's is nobody's and is dropped.

**Coming and going.** A person is *present* from joining to leaving. When the connection breaks they stay present for
``GRACE`` and are shown as not connected; whoever returns within it is the same person, with the same role, hand and
place and one interval of attendance. Whoever does not, has left at the moment the connection broke. Removed people are
kept out by identity, and a guest's link lets nobody new in once a guest of it was removed. A room holds ``limit``
people; guests are let in while all of them together are fewer, members while members are.

    absent --join--> connected --broken--> waiting for return --GRACE--> absent
                         ^------------ join -----------|
    connected --leave, remove, expel, end--> absent

**The secret** (``resume``) does not let anybody in; the session does. It tells whether the browser page is the same one
and may keep its media connections. Only its hash is kept.

**The meeting** is waiting, in session, or ended. It begins with ``start`` or with the recording. It ends with ``end``,
or by itself when its time has passed and nobody was there for ``EMPTY``; then it ended when the last connection broke.

**Saving.** What others are told of is saved first, so that no restart takes it back: a ``Save`` stands before the
messages that acknowledge. Media (tracks, who speaks, who is connected) are of the moment and not saved for their own
sake.

**After a crash** the driver loads the snapshot and calls ``recover``: everybody is waiting for return, the books have
closed their attendance at the outage, and it is opened again for each who returns.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect, Record
from signaling.errors import SENTENCES, CloseCode, Kicked, ProtocolError, RoomError, UserError, find_close
from signaling.media_rules import MediaRules
from signaling.protocol import Permission
from signaling.roster import CHAT_HISTORY
from signaling.state import Admission, Person, RoomFacts, StoredChat, hash_secret

GRACE = timedelta(seconds=60)
EMPTY = timedelta(minutes=10)
REMEMBERED = timedelta(minutes=10)  # how long one who left is known, for the files that close after them
REMEMBERED_MOST = 200  # of those who left: each of them is written with every save


class Room(MediaRules):
    """One meeting's room. Methods never raise for anything a client or the engine may say."""

    def is_idle(self) -> bool:
        """Nobody is here and nothing is to come by itself: the room may be forgotten until somebody comes."""
        state = self.state
        return not (self.present() or state.open_files or state.recording or state.phase == "in_session")

    # Coming and going

    def connected(
        self, connection: str, admission: Admission, join: protocol.Join, secret: str, now: datetime
    ) -> list[Effect]:
        """A new connection's first message. ``secret`` is fresh and becomes the person's ``resume``."""
        try:
            admission = self._admit(admission, join, now)
        except RoomError as error:
            return [e.CloseWire(connection, *find_close(error))]
        out: list[Effect] = []
        person = self.find_identity(admission.identity)
        kept = False
        if person is None:
            person = Person(id=f"p{self.state.next_person}", admission=admission, resume_hash="", attending=False)
            self.state.next_person += 1
            self.state.people[person.id] = person
        else:
            if person.connection is not None:
                out.append(e.CloseWire(person.connection, CloseCode.REPLACED, "joined elsewhere"))
            kept = not person.media_lost and join.resume is not None and hash_secret(join.resume) == person.resume_hash
            if not kept:
                out += self.drop_media(person)
        records = [] if person.attending else [e.Joined(admission.identity, admission.name, admission.about, now)]
        person.admission, person.resume_hash, person.connection = admission, hash_secret(secret), connection
        person.attending, person.lost_at, person.media_lost = True, None, False
        out += [e.Save(tuple(records)), e.Send(connection, self.welcome(person, secret, now))]
        if join.resume is not None and not kept:
            out += self.notify([person], "media_restarted")
        out += [self.announce(person, but=connection), *self.subscribe(person, restart=kept, anew=not kept)]
        return out + self.continue_recording(now)

    def disconnected(self, connection: str, now: datetime) -> list[Effect]:
        """The connection broke or was closed by its client without ``leave``."""
        person = self.find_connection(connection)
        if person is None:
            return []
        person.connection, person.lost_at, self.state.last_seen = None, now, now
        return [self.announce(person)]

    def expel(self, identity: str, code: CloseCode, reason: str, now: datetime) -> list[Effect]:
        """The outer ring does not vouch for this identity any more."""
        person = self.find_identity(identity)
        return [] if person is None else self._depart([person], "expelled", code, reason, now)

    def update_facts(self, facts: RoomFacts, now: datetime) -> list[Effect]:
        """The booking was changed, or it is over for a reason outside the room: cancelled, or held elsewhere."""
        if facts == self.facts:
            return []
        self.facts = facts
        if not (facts.cancelled or facts.ended):
            moved: list[Effect] = [e.Save()] if self.follow_agenda() else []
            return [*moved, self.announce_room()]
        code, word = (CloseCode.FORBIDDEN, "cancelled") if facts.cancelled else (CloseCode.ENDED, "ended")
        out = self.stop_recording("cancelled" if facts.cancelled else "ended", None, now)
        out += self._depart(self.present(), "expelled" if facts.cancelled else "ended", code, word, now)
        return [*out, e.Tell(engine.CloseRoom(self.name))]

    def tick(self, now: datetime) -> list[Effect]:
        """What time alone brings about. To be called every second or so."""
        state = self.state
        late = [p for p in self.present() if p.connection is None and p.lost_at and now - p.lost_at >= GRACE]
        out = self._depart(late, "lost", None, "", now)
        self._forget(now)
        state.empty_since = None if self.present() else (state.empty_since or now)
        if any(person.connection for person in self.present()):
            state.last_seen = now
        if state.empty_since is None or now - state.empty_since < EMPTY:
            return out
        if state.phase == "in_session" and now >= self.facts.ends_at:
            return out + self._end(None, state.last_seen or state.empty_since, now)
        return out + (self.stop_recording("empty", None, now) if state.recording else [])

    def _forget(self, now: datetime) -> None:
        """Those who left long ago; and the first of those who left when they are many, as when a link goes round."""
        filed = set(self.state.open_files.values())
        left = [(p.left_at, p.id) for p in self.state.people.values() if p.left_at and p.id not in filed]
        left.sort()
        for place, (at, person_id) in enumerate(left, start=1):
            if now - at >= REMEMBERED or place <= len(left) - REMEMBERED_MOST:
                del self.state.people[person_id]

    def stop(self, now: datetime) -> list[Effect]:
        """The server stops: everybody is sent away to come back."""
        out: list[Effect] = [e.Save()]
        for person in self.present():
            if person.connection is not None:
                out.append(e.CloseWire(person.connection, CloseCode.STOPPING, "the server stops"))
                person.connection, person.lost_at = None, now
        return out

    def recover(self, last_alive: datetime, now: datetime) -> list[Effect]:
        """After a crash or a stop: the books closed all that was open at the last sign of life.

        A recording that was on goes on with the first who returns.
        """
        state = self.state
        state.open_files, state.speaking, state.span_open, state.engine_lost = {}, (), False, False
        if any(person.connection for person in self.present()):
            state.last_seen = last_alive
        for person in self.present():
            person.connection, person.lost_at, person.attending = None, now, False
            person.media_lost, person.tracks = True, []
        return [e.Save()]

    # What clients say

    def handle(self, connection: str, message: protocol.Request, now: datetime) -> list[Effect]:
        """A message of a connection that has joined."""
        person = self.find_connection(connection)
        if person is None:
            return []
        try:
            return _HANDLERS[type(message)](self, person, message, now)
        except UserError as error:
            text = SENTENCES[error.code]
            return [e.Send(connection, protocol.Refusal(code=error.code, text=text, about=message.type))]
        except RoomError as error:
            return [e.CloseWire(connection, *find_close(error)), *self.disconnected(connection, now)]

    def _join_twice(self, person: Person, message: protocol.Join, now: datetime) -> list[Effect]:
        raise ProtocolError("join: joined already")

    def _publish(self, person: Person, message: protocol.Publish, now: datetime) -> list[Effect]:
        if person.admission.role == "observer":
            raise UserError("not_allowed")
        if len({track.source for track in message.tracks}) < len(message.tracks):
            raise UserError("too_many")
        tracks = tuple(engine.SentTrack(track.mid, track.source) for track in message.tracks)
        return [e.Tell(engine.Publish(self.name, person.id, message.sdp, tracks))]

    def _accept_answer(self, person: Person, message: protocol.AnswerOffer, now: datetime) -> list[Effect]:
        return [e.Tell(engine.AcceptAnswer(self.name, person.id, message.generation, message.sdp))]

    def _restart(self, person: Person, message: protocol.Restart, now: datetime) -> list[Effect]:
        if message.connection == "receive":
            return self.subscribe(person, restart=True)
        had, person.tracks = bool(person.tracks), []
        out: list[Effect] = [e.Tell(engine.Unpublish(self.name, person.id))]
        return out + ([self.announce(person), *self.subscribe_all(but=person)] if had else [])

    def _note_candidate(self, person: Person, message: protocol.Candidate, now: datetime) -> list[Effect]:
        return []  # the engine is ICE-lite (RFC 8445, 2.5) and learns addresses from the checks themselves

    def _set_muted(self, person: Person, message: protocol.Muted, now: datetime) -> list[Effect]:
        freed = person.silenced and not message.muted
        if person.muted == message.muted and not freed:
            return []
        person.muted, person.silenced = message.muted, person.silenced and not freed
        out: list[Effect] = [e.Save(), self.announce(person)]
        return [*out, e.Tell(engine.Silence(self.name, person.id, False))] if freed else out

    def _set_hand(self, person: Person, message: protocol.Hand, now: datetime) -> list[Effect]:
        if (person.hand is not None) == message.up:
            return []
        person.hand = now if message.up else None
        return [e.Save(), self.announce(person)]

    def _say(self, person: Person, message: protocol.Say, now: datetime) -> list[Effect]:
        if len(message.text) > protocol.CHAT_LIMIT:
            raise UserError("too_long")
        who = person.admission
        number = self.chat[-1].id + 1 if self.chat else 1
        line = StoredChat(id=number, identity=who.identity, name=who.name, text=message.text, at=now)
        self.chat = [*self.chat, line][-CHAT_HISTORY:]
        said = protocol.Said(id=number, sender=person.id, name=line.name, text=line.text, at=now)
        return [e.Save((e.ChatPosted(who.identity, who.name, line.text, now),)), self.broadcast(said)]

    def _start(self, person: Person, message: protocol.Start, now: datetime) -> list[Effect]:
        _require(person, "start")
        return [e.Save(records), self.announce_room()] if (records := self._begin(person, now)) else []

    def _take_up(self, person: Person, message: protocol.TakeUp, now: datetime) -> list[Effect]:
        _require(person, "start")
        state, who, item = self.state, person.admission, message.item
        if state.phase != "in_session" or (item is not None and item >= len(self.facts.agenda)):
            raise UserError("not_now")
        if item == state.item:
            return []
        title = "" if item is None else self.facts.agenda[item].title
        state.item, state.item_title, state.item_since = item, title, None if item is None else now
        on_behalf = () if who.role == "chair" else (e.TakenUp(title, who.identity, who.name, now),)
        return [e.Save(on_behalf), self.announce_room()]

    def _record(self, person: Person, message: protocol.Record, now: datetime) -> list[Effect]:
        _require(person, "record")
        state, who = self.state, person.admission
        if message.on == state.recording:
            return []
        if not message.on:
            return self.stop_recording("stopped", person, now)
        records = self._begin(person, now)
        state.recording, state.recording_files = True, 0
        state.recording_since, state.recording_by = now, who.name
        return [e.Save(records), *self.continue_recording(now, who.identity), self.announce_room()]

    def _end_meeting(self, person: Person, message: protocol.End, now: datetime) -> list[Effect]:
        _require(person, "end")
        if self.state.phase != "in_session":
            raise UserError("not_now")
        return self._end(person, now, now)

    def _mute(self, person: Person, message: protocol.Mute, now: datetime) -> list[Effect]:
        _require(person, "mute")
        target, by = self.get_present(message.participant), person.admission
        target.muted = target.silenced = True
        who = target.admission
        out: list[Effect] = [
            e.Save((e.MutedByOther(who.identity, who.name, by.identity, by.name, now),)),
            e.Tell(engine.Silence(self.name, target.id, True)),
            self.announce(target),
        ]
        return [*out, e.Send(target.connection, protocol.MutedBy(name=by.name))] if target.connection else out

    def _remove(self, person: Person, message: protocol.Remove, now: datetime) -> list[Effect]:
        _require(person, "remove")
        target, by = self.get_present(message.participant), person.admission
        who = target.admission
        if target is person or who.role == "chair":
            raise UserError("not_allowed")
        self.state.removed.add(who.identity)
        if who.via:
            self.state.closed_links.add(who.via)
        record = e.Removed(who.identity, who.name, by.identity, by.name, now)
        return self._depart([target], "removed", CloseCode.FORBIDDEN, "removed", now, record)

    def _leave(self, person: Person, message: protocol.Leave, now: datetime) -> list[Effect]:
        return self._depart([person], "left", CloseCode.LEFT, "left", now)

    # Rules used above

    def _admit(self, admission: Admission, join: protocol.Join, now: datetime) -> Admission:
        """Whether somebody may come in now, and under which name."""
        if join.version != protocol.VERSION:
            raise ProtocolError(f"join.version: this server speaks version {protocol.VERSION}")
        if admission.role == "guest":
            admission = replace(admission, name=join.name or admission.name)
            if not admission.name:
                raise ProtocolError("join.name: a guest needs a name")
        known = self.find_identity(admission.identity)
        if self.facts.cancelled:
            raise Kicked(CloseCode.FORBIDDEN, "cancelled")
        if self.state.phase == "ended" or self.facts.ended:
            raise Kicked(CloseCode.ENDED, "ended")
        if admission.identity in self.state.removed or (known is None and admission.via in self.state.closed_links):
            raise Kicked(CloseCode.FORBIDDEN, "removed")
        if now < admission.can_come:
            raise Kicked(CloseCode.TOO_EARLY, "too early")
        if known is None and self._is_full(admission):
            raise Kicked(CloseCode.TOO_MUCH, "full")
        return admission

    def _is_full(self, admission: Admission) -> bool:
        """Guests get the places that are left. They keep out no member: one link can be many guests."""
        counted = [p for p in self.present() if admission.role == "guest" or p.admission.role != "guest"]
        return len(counted) >= self.facts.limit

    def _depart(
        self,
        people: list[Person],
        reason: e.LeftReason,
        code: CloseCode | None,
        word: str,
        now: datetime,
        *also: Record,
    ) -> list[Effect]:
        """These people are gone: books, media, connection, and the others are told."""
        records: list[Record] = list(also)
        closing: list[Effect] = []
        for person in people:
            if person.attending:
                at = person.lost_at if person.lost_at and reason == "lost" else now
                records.append(e.Left(person.admission.identity, at, reason))
            if person.connection is not None and code is not None:
                closing.append(e.CloseWire(person.connection, code, word))
            if person.connection is not None:
                self.state.last_seen = now
            person.present = person.attending = False
            person.connection, person.hand, person.left_at, person.tracks = None, None, now, []
            closing.append(e.Tell(engine.Leave(self.name, person.id)))
        if not people:
            return []
        told = [self.broadcast(protocol.Left(id=person.id)) for person in people]
        return [e.Save(tuple(records)), *closing, *told, *self.subscribe_all()]

    def _begin(self, person: Person, now: datetime) -> tuple[Record, ...]:
        if self.state.phase == "in_session":
            return ()
        self.state.phase, self.state.started_at = "in_session", now
        return (e.PhaseChanged("in_session", person.admission.identity, person.admission.name, now),)

    def _end(self, person: Person | None, at: datetime, now: datetime) -> list[Effect]:
        out = self.stop_recording("ended", person, now) if self.state.recording else []
        self.state.phase = "ended"
        who = person.admission if person else None
        ended = e.PhaseChanged("ended", who.identity if who else "", who.name if who else "", at)
        out += [e.Save((ended,)), self.announce_room()]
        out += self._depart(self.present(), "ended", CloseCode.ENDED, "ended", now)
        return [*out, e.Tell(engine.CloseRoom(self.name))]


def _require(person: Person, permission: Permission) -> None:
    if permission not in person.admission.may:
        raise UserError("not_allowed")


_HANDLERS: dict[type, Callable[[Room, Person, Any, datetime], list[Effect]]] = {
    protocol.Join: Room._join_twice,
    protocol.Publish: Room._publish,
    protocol.AnswerOffer: Room._accept_answer,
    protocol.Restart: Room._restart,
    protocol.Candidate: Room._note_candidate,
    protocol.Muted: Room._set_muted,
    protocol.Hand: Room._set_hand,
    protocol.Say: Room._say,
    protocol.Record: Room._record,
    protocol.Start: Room._start,
    protocol.TakeUp: Room._take_up,
    protocol.End: Room._end_meeting,
    protocol.Mute: Room._mute,
    protocol.Remove: Room._remove,
    protocol.Leave: Room._leave,
}
