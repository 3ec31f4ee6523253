"""The room's rules of the meeting itself: it begins, takes up one item after the other, is recorded, and ends.

It is waiting, in session, or ended. It begins with ``start`` or with the recording, and ends with ``end`` or, when its
time has passed and nobody is there, by itself.
"""

from datetime import datetime

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect, Record
from signaling.errors import CloseCode, UserError
from signaling.roster import Handlers
from signaling.state import Person
from signaling.vote_rules import VoteRules


class SessionRules(VoteRules):
    """The course of the meeting."""

    def start(self, person: Person, message: protocol.Start, now: datetime) -> list[Effect]:
        self.require(person, "start")
        return [e.Save(records), self.announce_room()] if (records := self._begin(person, now)) else []

    def take_up(self, person: Person, message: protocol.TakeUp, now: datetime) -> list[Effect]:
        """Every turn is recorded: the minutes are divided by them."""
        self.require(person, "start")
        state, who, item = self.state, person.admission, message.item
        if state.phase != "in_session" or (item is not None and item >= len(self.facts.agenda)):
            raise UserError("not_now")
        if item == state.item:
            return []
        title = "" if item is None else self.facts.agenda[item].title
        state.item, state.item_title, state.item_since = item, title, None if item is None else now
        turned = e.AgendaTurned(title, item, who.identity, who.name, now)
        return [e.Save((turned,)), self.announce_room()]

    def record(self, person: Person, message: protocol.Record, now: datetime) -> list[Effect]:
        self.require(person, "record")
        state, who = self.state, person.admission
        if message.on == state.recording:
            return []
        if not message.on:
            return self.stop_recording("stopped", person, now)
        records = self._begin(person, now)
        state.recording, state.recording_files = True, 0
        state.recording_since, state.recording_by = now, who.name
        return [e.Save(records), *self.continue_recording(now, who.identity), self.announce_room()]

    def end_by(self, person: Person, message: protocol.End, now: datetime) -> list[Effect]:
        self.require(person, "end")
        if self.state.phase != "in_session":
            raise UserError("not_now")
        return self.end(person, now, now)

    def _begin(self, person: Person, now: datetime) -> tuple[Record, ...]:
        if self.state.phase == "in_session":
            return ()
        self.state.phase, self.state.started_at = "in_session", now
        return (e.PhaseChanged("in_session", person.admission.identity, person.admission.name, now),)

    def end(self, person: Person | None, at: datetime, now: datetime) -> list[Effect]:
        """The meeting ended at ``at``; ``person`` is None when it ended by itself."""
        out = self.stop_recording("ended", person, now)
        withdrawn = self.withdraw_all(person, now)
        self.state.phase = "ended"
        who = person.admission if person else None
        ended = e.PhaseChanged("ended", who.identity if who else "", who.name if who else "", at)
        out += [e.Save((*withdrawn, ended)), self.announce_room()]
        return out + self.close_doors("ended", CloseCode.ENDED, "ended", now)

    def close_doors(self, reason: e.LeftReason, code: CloseCode, word: str, now: datetime) -> list[Effect]:
        """Everybody goes, and the engine forgets the room."""
        out = self.dismiss_waiting(code, word) + self.depart(self.present(), reason, code, word, now)
        self.forget_direction()
        return [*out, e.Tell(engine.CloseRoom(self.name))]


HANDLERS: Handlers = {
    protocol.Start: SessionRules.start,
    protocol.TakeUp: SessionRules.take_up,
    protocol.Record: SessionRules.record,
    protocol.End: SessionRules.end_by,
}
