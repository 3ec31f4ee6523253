"""The room as a state machine: what happens to it, what clients say, and what time alone brings about.

The room is fed and asked, it calls nobody: whatever happens is handed to a method together with ``now``, and the method
returns what is to be done about it, a list of effects. No clock, no network, no event loop; so a meeting of two hours
can be played in a test within a second, and played again. The rules stand by subject: the door in ``lobby_rules.py``,
coming and going in ``presence_rules.py``, the course of the meeting in ``session_rules.py``, speaking and the chair's
tools in ``floor_rules.py``, votes in ``vote_rules.py``, what is written in ``chat_rules.py``, sites in
``site_rules.py``, media and recording in ``media_rules.py``. Here they are joined.

**Who is who.** An *identity* is what the outer ring vouches for: an account, or a guest of a link. A *person* is an
identity's stay in the room, with an id that others see ("p7"). A *connection* is one WebSocket, named by the driver. A
person has at most one connection: a second one of the same identity takes the place of the first, which is closed with
4409. What arrives late from a connection that is no longer a person's is nobody's and is dropped.

**Coming and going.** Whoever has to wait is in the lobby: a connection that hears nothing and says nothing. A person is
*present* from coming in to leaving. When the connection breaks they stay present for ``GRACE`` and are shown as not
connected; whoever returns within it is the same person, with the same role, hand and place and one interval of
attendance. Whoever does not, has left at the moment the connection broke.

    absent --join--> (lobby) --admit--> connected --broken--> waiting for return --GRACE--> absent
                                            ^------------ join -----------|
    connected --leave, remove, expel, end--> absent

**The secret** (``resume``) does not let anybody in; the session does. It tells whether the browser page is the same one
and may keep its media connections. Only its hash is kept.

**On the chair's behalf.** Chairs hold no mouse. Whatever somebody else does with a permission is recorded as done for
the chair, here, for all such acts alike.

**Saving.** What others are told of is saved first, so that no restart takes it back: a ``Save`` stands before the
messages that acknowledge. Media (tracks, who speaks, who is connected) are of the moment and not saved for their own
sake.

**After a crash** the driver loads the snapshot and calls ``recover``: everybody is waiting for return, the books have
closed their attendance at the outage, and it is opened again for each who returns. Who waited in the lobby knocks anew.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from signaling import (
    chat_rules,
    engine,
    floor_rules,
    lobby_rules,
    media_rules,
    protocol,
    session_rules,
    site_rules,
    vote_rules,
)
from signaling import effects as e
from signaling.ballots import is_voter
from signaling.effects import Effect
from signaling.errors import CloseCode, ProtocolError, RoomError, UserError, find_close
from signaling.roster import Handlers
from signaling.state import Admission, Person, RoomFacts

GRACE = timedelta(seconds=60)
EMPTY = timedelta(minutes=10)

SCREEN_MAY: frozenset[type] = frozenset(
    {protocol.View, protocol.AnswerOffer, protocol.Restart, protocol.Candidate, protocol.ReportLink, protocol.Leave}
)  # what the big screen of a hall may say


class Room(
    session_rules.SessionRules,
    lobby_rules.LobbyRules,
    floor_rules.FloorRules,
    chat_rules.ChatRules,
    site_rules.SiteRules,
):
    """One meeting's room. Methods never raise for anything a client or the engine may say."""

    def is_idle(self) -> bool:
        """Nobody is here and nothing is to come by itself: the room may be forgotten until somebody comes."""
        state = self.state
        busy = state.open_files or state.recording or state.phase == "in_session"
        return not (self.present() or self.waiting or busy)

    # Coming and going

    def connected(
        self, connection: str, admission: Admission, join: protocol.Join, secret: str, now: datetime
    ) -> list[Effect]:
        """A new connection's first message. ``secret`` is fresh and becomes the person's ``resume``."""
        try:
            out = self.knock(connection, admission, join, secret, now)
        except RoomError as error:
            return [e.CloseWire(connection, *find_close(error))]
        return out + self.direct_engine()

    def disconnected(self, connection: str, now: datetime) -> list[Effect]:
        """The connection broke or was closed by its client without ``leave``."""
        if (waiter := self.find_waiter(connection)) is not None:
            return self.stop_waiting(waiter)
        person = self.find_connection(connection)
        if person is None:
            return []
        person.connection, person.lost_at = None, now
        if person.admission.role != "projection":
            self.state.last_seen = now
        return [self.announce(person)]

    def expel(self, identity: str, code: CloseCode, reason: str, now: datetime) -> list[Effect]:
        """The outer ring does not vouch for this identity any more."""
        for waiter in list(self.waiting.values()):
            if waiter.admission.identity == identity:
                return [e.CloseWire(waiter.connection, code, reason), *self.stop_waiting(waiter)]
        person = self.find_identity(identity)
        return [] if person is None else self.depart([person], "expelled", code, reason, now) + self.direct_engine()

    def update_facts(self, facts: RoomFacts, now: datetime) -> list[Effect]:
        """The booking was changed, or it is over for a reason outside the room: cancelled, or held elsewhere."""
        if facts == self.facts:
            return []
        before, self.facts = self.facts, facts
        if not (facts.cancelled or facts.ended):
            moved: list[Effect] = [e.Save()] if self.follow_agenda() else []
            turned = [p for p in self.present() if is_voter(p.admission, before) != is_voter(p.admission, facts)]
            return [*moved, *(self.announce(person) for person in turned), self.announce_room()]
        if facts.cancelled:
            out = self.stop_recording("cancelled", None, now)
            return out + self.close_doors("expelled", CloseCode.FORBIDDEN, "cancelled", now)
        return self.stop_recording("ended", None, now) + self.close_doors("ended", CloseCode.ENDED, "ended", now)

    def tick(self, now: datetime) -> list[Effect]:
        """What time alone brings about. To be called every second or so."""
        state = self.state
        late = [p for p in self.present() if p.connection is None and p.lost_at and now - p.lost_at >= GRACE]
        out = self.depart(late, "lost", None, "", now)
        out += self.direct_engine() if late else []
        self.forget_people(now)
        self.forget_refusals(now)
        here = self.attendants()
        state.empty_since = None if here else (state.empty_since or now)
        if any(person.connection for person in here):
            state.last_seen = now
        if state.empty_since is None or now - state.empty_since < EMPTY:
            return out
        if state.phase == "in_session" and now >= self.facts.ends_at:
            return out + self.end(None, state.last_seen or state.empty_since, now)
        return out + self.stop_recording("empty", None, now)

    def stop(self, now: datetime) -> list[Effect]:
        """The server stops: everybody is sent away to come back."""
        out: list[Effect] = [e.Save(), *self.dismiss_waiting(CloseCode.STOPPING, "the server stops")]
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
        state.shares = []
        self.forget_direction()
        if any(person.connection for person in self.attendants()):
            state.last_seen = last_alive
        for person in self.present():
            person.connection, person.lost_at, person.attending = None, now, False
            person.media_lost, person.tracks = True, []
        return [e.Save()]

    # What clients and the engine say

    def handle_event(self, event: engine.Event, now: datetime) -> list[Effect]:
        return self.handle_media(event, now) + self.direct_engine()

    def handle(self, connection: str, message: protocol.Request, now: datetime) -> list[Effect]:
        """A message of a connection that has joined, or waits to."""
        person = self.find_connection(connection)
        if person is None:
            return self._hear_waiter(connection, message)
        try:
            return self._act(person, message, now) + self.direct_engine()
        except UserError as error:
            return [self.refuse(connection, error.code, message.type)]
        except RoomError as error:
            return [e.CloseWire(connection, *find_close(error)), *self.disconnected(connection, now)]

    def _act(self, person: Person, message: protocol.Request, now: datetime) -> list[Effect]:
        if person.admission.role == "projection" and type(message) not in SCREEN_MAY:
            raise UserError("not_allowed")
        describe = _ACTS.get(type(message))
        detail = {} if describe is None else describe(self, message)  # before: who is removed has no name afterwards
        effects = _HANDLERS[type(message)](self, person, message, now)
        who = person.admission
        if describe is None or who.role == "chair" or not any(isinstance(effect, e.Save) for effect in effects):
            return effects
        return [e.Save((e.OnBehalf(message.type, detail, who.identity, who.name, now),)), *effects]

    def _hear_waiter(self, connection: str, message: protocol.Request) -> list[Effect]:
        """Who waits may go away, and nothing else. A connection that is nobody's is not answered."""
        waiter = self.find_waiter(connection)
        if waiter is None:
            return []
        if isinstance(message, protocol.Leave):
            return [e.CloseWire(connection, CloseCode.LEFT, "left"), *self.stop_waiting(waiter)]
        return [self.refuse(connection, "not_now", message.type)]

    def _join_twice(self, person: Person, message: protocol.Join, now: datetime) -> list[Effect]:
        raise ProtocolError("join: joined already")

    def _leave(self, person: Person, message: protocol.Leave, now: datetime) -> list[Effect]:
        return self.depart([person], "left", CloseCode.LEFT, "left", now)

    # What is written down of an act on the chair's behalf

    def _name_target(self, message: Any) -> dict[str, Any]:
        """Whom it was done to; "" stands for everybody, or nobody."""
        target = message.participant or ""
        person, waiter = self.state.people.get(target), self.waiting.get(target)
        found = person.admission if person else waiter.admission if waiter else None
        return {"name": found.name if found else "", "identity": found.identity if found else ""}

    def _name_item(self, message: protocol.TakeUp) -> dict[str, Any]:
        known = message.item is not None and message.item < len(self.facts.agenda)
        return {"title": self.facts.agenda[message.item or 0].title if known else ""}


_HANDLERS: Handlers = {
    protocol.Join: Room._join_twice,
    protocol.Leave: Room._leave,
    **media_rules.HANDLERS,
    **session_rules.HANDLERS,
    **vote_rules.HANDLERS,
    **lobby_rules.HANDLERS,
    **floor_rules.HANDLERS,
    **chat_rules.HANDLERS,
    **site_rules.HANDLERS,
}

_ACTS: Mapping[type, Callable[[Room, Any], dict[str, Any]]] = {
    protocol.Start: lambda room, message: {},
    protocol.End: lambda room, message: {},
    protocol.Record: lambda room, message: {"on": message.on},
    protocol.TakeUp: Room._name_item,
    protocol.Admit: Room._name_target,
    protocol.Refuse: Room._name_target,
    protocol.ChangePolicy: lambda room, message: lobby_rules.list_asked(message),
    protocol.Mute: Room._name_target,
    protocol.AskUnmute: Room._name_target,
    protocol.Remove: lambda room, message: {**room._name_target(message), "may_return": message.may_return},
    protocol.Appoint: lambda room, message: {**room._name_target(message), "on": message.on},
    protocol.LowerHand: Room._name_target,
    protocol.OrderQueue: lambda room, message: {},
    protocol.GiveFloor: lambda room, message: {**room._name_target(message), "seconds": message.seconds},
    protocol.Spotlight: Room._name_target,
    protocol.SpeakingTime: lambda room, message: {"seconds": message.seconds},
    protocol.Present: Room._name_target,
    protocol.OpenVote: lambda room, message: {"subject": message.subject},
    protocol.CloseVote: lambda room, message: {"subject": room.get_subject(message.vote)},
    protocol.WithdrawVote: lambda room, message: {"subject": room.get_subject(message.vote)},
}
