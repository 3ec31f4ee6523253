"""The room's rules of the door: who may come in, who waits until they are let in, and what is allowed inside.

Every way into a room leads through ``knock``. Whoever has a permission, or was let into this meeting before, comes in
unless they were asked out. All others are subject to lock and lobby. Places are counted for everybody but operators: a
seat that is kept for an invited unit is taken by the first who comes for it, and nobody else gets it.

Limits are counted by link and by room, and the pause after a refusal by identity: nobody's noise keeps out another.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from signaling import effects as e
from signaling import protocol
from signaling.effects import Effect
from signaling.errors import CloseCode, Kicked, ProtocolError, UserError
from signaling.presence_rules import PresenceRules
from signaling.roster import Handlers, Waiter
from signaling.state import Admission, Person

WAITING_MOST = 100
WAITING_BY_LINK = 10
REFUSED_PAUSE = timedelta(seconds=30)  # until whoever was not let in may knock again


class LobbyRules(PresenceRules):
    """The door."""

    def knock(
        self, connection: str, admission: Admission, join: protocol.Join, secret: str, now: datetime
    ) -> list[Effect]:
        """Somebody wants to come in. Raises ``Kicked`` and ``ProtocolError``."""
        admission = self._check(admission, join, now)
        if self.find_identity(admission.identity) is None:
            if self._must_wait(admission, now):
                return self._wait(connection, admission, secret, now)
            self._require_place(admission)
        return self.enter(connection, admission, join.resume, secret, now)

    def _check(self, admission: Admission, join: protocol.Join, now: datetime) -> Admission:
        """Whether somebody may come at all, and under which name."""
        if join.version != protocol.VERSION:
            raise ProtocolError(f"join.version: this server speaks version {protocol.VERSION}")
        if admission.role == "guest":
            admission = replace(admission, name=join.name or admission.name)
            if not admission.name:
                raise ProtocolError("join.name: a guest needs a name")
        if self.facts.cancelled:
            raise Kicked(CloseCode.FORBIDDEN, "cancelled")
        if self.state.phase == "ended" or self.facts.ended:
            raise Kicked(CloseCode.ENDED, "ended")
        if self._is_removed(admission):
            raise Kicked(CloseCode.FORBIDDEN, "removed")
        if now < admission.can_come:
            raise Kicked(CloseCode.TOO_EARLY, "too early")
        return admission

    def _is_removed(self, admission: Admission) -> bool:
        """By identity; a guest also by the link, and by the browser in which somebody else was removed."""
        state = self.state
        if not state.removed.isdisjoint((admission.identity, admission.owner)):
            return True
        if admission.role != "guest" or self.find_identity(admission.identity) is not None:
            return False
        return admission.via in state.closed_links or admission.browser in state.closed_browsers

    def _must_wait(self, admission: Admission, now: datetime) -> bool:
        """Raises ``Kicked`` where it is no use to wait."""
        state, identity = self.state, admission.identity
        asked_out = self._is_asked_out(admission)
        if admission.may or (identity in state.came and not asked_out):
            return False
        if state.locked:
            raise Kicked(CloseCode.LOCKED, "locked")
        if identity in state.refused and now - state.refused[identity] < REFUSED_PAUSE:
            raise Kicked(CloseCode.REFUSED, "refused")
        if not asked_out and not self._is_kept_waiting(admission):
            return False
        self._require_place(admission)
        by_link = [w for w in self.waiting.values() if admission.via and w.admission.via == admission.via]
        again = any(waiter.admission.identity == identity for waiter in self.waiting.values())
        if not again and (len(self.waiting) >= WAITING_MOST or len(by_link) >= WAITING_BY_LINK):
            raise Kicked(CloseCode.TOO_MUCH, "too many waiting")
        return True

    def _is_asked_out(self, admission: Admission) -> bool:
        """Who was, and whoever is new by the link of a guest who was: it may be the same guest under another name."""
        state = self.state
        if not state.must_knock.isdisjoint((admission.identity, admission.owner)):
            return True
        return admission.via in state.knocking_links and admission.identity not in state.came

    def _is_kept_waiting(self, admission: Admission) -> bool:
        lobby = self.state.lobby or self.facts.lobby
        if lobby == "uninvited":
            return admission.role == "guest" or not admission.invited
        return lobby == "everybody" or (lobby == "guests" and admission.role == "guest")

    def _require_place(self, admission: Admission) -> None:
        if self._is_full(admission):
            raise Kicked(CloseCode.FULL, "full")

    def _is_full(self, admission: Admission) -> bool:
        """Whether there is no place for this one more."""
        if admission.may or admission.role == "projection":
            return False
        here = self.attendants()
        free = self.facts.seats - {person.admission.seat for person in here}
        kept = 0 if admission.seat in free else len(free)
        return len(here) + kept >= self.facts.limit

    def _wait(self, connection: str, admission: Admission, secret: str, now: datetime) -> list[Effect]:
        out: list[Effect] = []
        earlier = next((w for w in self.waiting.values() if w.admission.identity == admission.identity), None)
        if earlier is not None:
            out.append(e.CloseWire(earlier.connection, CloseCode.REPLACED, "joined elsewhere"))
            waiter = replace(earlier, admission=admission, connection=connection, secret=secret)
        else:
            waiter = Waiter(
                id=f"w{self.next_waiter}", admission=admission, connection=connection, secret=secret, since=now
            )
            self.next_waiter += 1
        self.waiting[waiter.id] = waiter
        told = protocol.Wait(now=now, title=self.facts.title, starts_at=self.facts.starts_at, since=waiter.since)
        return [*out, e.Send(connection, told), self.announce_lobby()]

    def stop_waiting(self, waiter: Waiter) -> list[Effect]:
        del self.waiting[waiter.id]
        return [self.announce_lobby()]

    def forget_refusals(self, now: datetime) -> None:
        self.state.refused = {who: at for who, at in self.state.refused.items() if now - at < REFUSED_PAUSE}

    # Operators' acts

    def admit(self, person: Person, message: protocol.Admit, now: datetime) -> list[Effect]:
        self.require(person, "admit")
        chosen = [self._get_waiter(message.participant)] if message.participant else list(self.waiting.values())
        out, refused = self._let_in(chosen, now)
        if refused and not out:
            raise UserError("full")
        by, who = person.admission, [waiter.admission for waiter in chosen if waiter.id not in self.waiting]
        if who:
            out.insert(0, e.Save(tuple(e.LetIn(w.identity, w.name, by.identity, by.name, now) for w in who)))
        if refused and person.connection is not None:
            out.append(self.refuse(person.connection, "full", message.type))
        return out

    def turn_away(self, person: Person, message: protocol.Refuse, now: datetime) -> list[Effect]:
        self.require(person, "admit")
        waiter = self._get_waiter(message.participant)
        who, by = waiter.admission, person.admission
        self.state.refused[who.identity] = now
        record = e.TurnedAway(who.identity, who.name, by.identity, by.name, now)
        closed = e.CloseWire(waiter.connection, CloseCode.REFUSED, "refused")
        return [e.Save((record,)), closed, *self.stop_waiting(waiter)]

    def change_policy(self, person: Person, message: protocol.ChangePolicy, now: datetime) -> list[Effect]:
        self.require(person, "admit")
        state, who = self.state, person.admission
        changes = {name: value for name, value in list_asked(message).items() if value != getattr(state, name)}
        if not changes:
            return []
        for name, value in changes.items():
            setattr(state, name, value)
        free = [w for w in self.waiting.values() if not self._is_kept_waiting(w.admission)]
        free = [w for w in free if not (self._is_asked_out(w.admission) or state.locked)]
        record = e.PolicyChanged(changes, who.identity, who.name, now)
        return [e.Save((record,)), self.announce_room(), *self._let_in(free, now)[0]]

    def _let_in(self, waiters: list[Waiter], now: datetime) -> tuple[list[Effect], bool]:
        """Let them in as long as there are places. Whether there were too few."""
        out: list[Effect] = []
        refused = False
        for waiter in waiters:
            if self._is_full(waiter.admission):
                refused = True
                continue
            del self.waiting[waiter.id]
            out += self.enter(waiter.connection, waiter.admission, None, waiter.secret, now)
        return ([*out, self.announce_lobby()] if out else []), refused

    def _get_waiter(self, waiter_id: str) -> Waiter:
        if waiter_id not in self.waiting:
            raise UserError("not_waiting")
        return self.waiting[waiter_id]


def list_asked(message: protocol.ChangePolicy) -> dict[str, str | bool]:
    """What is to be changed, by its name in the policy."""
    asked = {name: getattr(message, name) for name in ("lobby", "locked", "chat", "history", "reactions")}
    return {name: value for name, value in asked.items() if value is not None}


HANDLERS: Handlers = {
    protocol.Admit: LobbyRules.admit,
    protocol.Refuse: LobbyRules.turn_away,
    protocol.ChangePolicy: LobbyRules.change_policy,
}
