"""The room's rules of speaking: hands and their queue, the floor with its clock, the spotlight, and the chair's tools.

Nobody's microphone is ever switched on by another: one can be muted, and asked. *Mời phát biểu* is one act: the floor
and the spotlight are theirs, their hand goes down, and they are asked to speak. The clock is for people to look at;
when the time has passed nothing happens by itself.
"""

from datetime import datetime

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect
from signaling.errors import CloseCode, UserError
from signaling.presence_rules import PresenceRules
from signaling.protocol import Role
from signaling.roster import Handlers
from signaling.state import Person

CHAIRS: frozenset[Role] = frozenset({"chair", "co_chair"})
MAY_CO_CHAIR: frozenset[Role] = frozenset({"delegate", "site", "observer"})


class FloorRules(PresenceRules):
    """Who speaks."""

    # About oneself

    def set_muted(self, person: Person, message: protocol.Muted, now: datetime) -> list[Effect]:
        if person.companion and not message.muted:
            raise UserError("companion")
        freed = person.silenced and not message.muted
        if person.muted == message.muted and not freed:
            return []
        person.muted, person.silenced = message.muted, person.silenced and not freed
        out: list[Effect] = [e.Save(), self.announce(person)]
        return [*out, e.Tell(engine.Silence(self.name, person.id, False))] if freed else out

    def set_hand(self, person: Person, message: protocol.Hand, now: datetime) -> list[Effect]:
        if self.role_of(person) == "observer":
            raise UserError("not_allowed")
        if (person.hand is not None) == message.up:
            return []
        if not message.up:
            return self._lower([person])
        person.hand = now
        self.state.queue = [*self.state.queue, person.id]
        return [e.Save(), self.announce(person), self.announce_room()]

    # Operators' acts

    def mute(self, person: Person, message: protocol.Mute, now: datetime) -> list[Effect]:
        self.require(person, "mute")
        by = person.admission
        if message.participant is None:
            muted = [p for p in self.present() if p is not person and self.role_of(p) not in CHAIRS]
            record = e.MutedByOther("", "", by.identity, by.name, now)
        else:
            muted = [self.get_present(message.participant)]
            record = e.MutedByOther(muted[0].admission.identity, muted[0].admission.name, by.identity, by.name, now)
        out: list[Effect] = [e.Save((record,))]
        for target in muted:
            changed = not target.muted
            target.muted = target.silenced = True
            out.append(e.Tell(engine.Silence(self.name, target.id, True)))
            if changed or message.participant is not None:
                out += [self.announce(target), *self.send_to(target, protocol.MutedBy(name=by.name))]
        return out

    def ask_unmute(self, person: Person, message: protocol.AskUnmute, now: datetime) -> list[Effect]:
        self.require(person, "mute")
        target = self.get_speaker(message.participant)
        return [e.Save(), *self.send_to(target, protocol.Asked(what="unmute", by=person.admission.name))]

    def remove(self, person: Person, message: protocol.Remove, now: datetime) -> list[Effect]:
        self.require(person, "remove")
        target, by, state = self.get_present(message.participant), person.admission, self.state
        who = target.admission
        if target is person or who.role == "chair":
            raise UserError("not_allowed")
        if message.may_return:
            state.must_knock.add(who.identity)
            state.knocking_links |= {who.via} - {""}
        else:
            state.removed.add(who.identity)
            state.closed_links |= {who.via} - {""}
            state.closed_browsers |= {who.browser} - {""}
        state.co_chairs.discard(who.identity)
        record = e.Removed(who.identity, who.name, by.identity, by.name, now, message.may_return)
        code = CloseCode.REFUSED if message.may_return else CloseCode.FORBIDDEN
        screens = [p for p in self.present() if p is not target and p.admission.owner == who.identity]
        return self.depart([target, *screens], "removed", code, "removed", now, record)

    def appoint(self, person: Person, message: protocol.Appoint, now: datetime) -> list[Effect]:
        self.require(person, "appoint")
        target, by = self.get_present(message.participant), person.admission
        who, appointed = target.admission, self.state.co_chairs
        if message.on and who.role not in MAY_CO_CHAIR:
            raise UserError("not_allowed")
        if (who.identity in appointed) == message.on:
            return []
        (appointed.add if message.on else appointed.discard)(who.identity)
        out: list[Effect] = [e.Save((e.Appointed(who.identity, who.name, message.on, by.identity, by.name, now),))]
        if self.role_of(target) == "observer":
            out += [*self._lower([target]), *self.drop_voice(target)]
        may = self.may_of(target)
        out += [self.announce(target), *self.send_to(target, protocol.MayChanged(may=tuple(sorted(may))))]
        if "admit" in may:
            out += self.send_to(target, protocol.LobbyChanged(people=self.view_lobby()))
        return out

    def drop_voice(self, person: Person) -> list[Effect]:
        """Somebody who may not be heard any more."""
        state = self.state
        if state.floor and state.floor.participant == person.id:
            state.floor = None
        if state.spotlight == person.id:
            state.spotlight = None
        person.tracks, person.muted = [], True
        unpublished: list[Effect] = [e.Tell(engine.Unpublish(self.name, person.id))]
        return [*unpublished, *self.follow_shares(), self.announce_room()]

    def lower_hand(self, person: Person, message: protocol.LowerHand, now: datetime) -> list[Effect]:
        self.require(person, "floor")
        people = self.present() if message.participant is None else [self.get_present(message.participant)]
        told = [target for target in people if target.hand is not None and target is not person]
        return [*self._lower(people), *self.notify(told, "hand_lowered")]

    def _lower(self, people: list[Person]) -> list[Effect]:
        """Save, and tell of those whose hand was up."""
        raised = [person for person in people if person.hand is not None]
        if not raised:
            return []
        for person in raised:
            person.hand = None
        lowered = {person.id for person in raised}
        self.state.queue = [person_id for person_id in self.state.queue if person_id not in lowered]
        return [e.Save(), *(self.announce(person) for person in raised), self.announce_room()]

    def order_queue(self, person: Person, message: protocol.OrderQueue, now: datetime) -> list[Effect]:
        """Hands that went up meanwhile follow; hands that went down meanwhile are passed over."""
        self.require(person, "floor")
        queue = self.state.queue
        named = [person_id for person_id in dict.fromkeys(message.participants) if person_id in queue]
        order = named + [person_id for person_id in queue if person_id not in named]
        if order == queue:
            return []
        self.state.queue = order
        return [e.Save(), self.announce_room()]

    def give_floor(self, person: Person, message: protocol.GiveFloor, now: datetime) -> list[Effect]:
        self.require(person, "floor")
        state = self.state
        if message.participant is None:
            if state.floor is None:
                return []
            if state.spotlight == state.floor.participant:
                state.spotlight = None
            state.floor = None
            return [e.Save(), self.announce_room()]
        target = self.get_speaker(message.participant)
        seconds = state.speaking_seconds if message.seconds is None else message.seconds
        state.floor = protocol.Floor(participant=target.id, since=now, seconds=seconds)
        state.spotlight = target.id
        lowered = self._lower([target])
        asked = self.send_to(target, protocol.Asked(what="floor", by=person.admission.name))
        return [*(lowered or [e.Save(), self.announce_room()]), *asked]

    def set_spotlight(self, person: Person, message: protocol.Spotlight, now: datetime) -> list[Effect]:
        self.require(person, "floor")
        target = None if message.participant is None else self.get_speaker(message.participant).id
        if target == self.state.spotlight:
            return []
        self.state.spotlight = target
        return [e.Save(), self.announce_room()]

    def set_speaking_time(self, person: Person, message: protocol.SpeakingTime, now: datetime) -> list[Effect]:
        self.require(person, "floor")
        if message.seconds == self.state.speaking_seconds:
            return []
        self.state.speaking_seconds = message.seconds
        return [e.Save(), self.announce_room()]

    def present_screen(self, person: Person, message: protocol.Present, now: datetime) -> list[Effect]:
        self.require(person, "floor")
        first, shares = self.get_present(message.participant).id, self.state.shares
        if first not in shares:
            raise UserError("not_now")
        if first == shares[0]:
            return []
        self.state.shares = [first, *(other for other in shares if other != first)]
        return [e.Save(), self.announce_room()]


HANDLERS: Handlers = {
    protocol.Muted: FloorRules.set_muted,
    protocol.Hand: FloorRules.set_hand,
    protocol.Mute: FloorRules.mute,
    protocol.AskUnmute: FloorRules.ask_unmute,
    protocol.Remove: FloorRules.remove,
    protocol.Appoint: FloorRules.appoint,
    protocol.LowerHand: FloorRules.lower_hand,
    protocol.OrderQueue: FloorRules.order_queue,
    protocol.GiveFloor: FloorRules.give_floor,
    protocol.Spotlight: FloorRules.set_spotlight,
    protocol.SpeakingTime: FloorRules.set_speaking_time,
    protocol.Present: FloorRules.present_screen,
}
