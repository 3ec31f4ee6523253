"""The room's rules of a site: how many sit there and who, several machines in one hall, and how good its link is."""

from datetime import datetime

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect
from signaling.errors import UserError
from signaling.presence_rules import PresenceRules
from signaling.roster import Handlers
from signaling.state import Declared, Person


class SiteRules(PresenceRules):
    """What a site says of itself."""

    def declare(self, person: Person, message: protocol.Declare, now: datetime) -> list[Effect]:
        """Kept by identity: it is said once for the meeting, not for each time somebody comes back."""
        if self.role_of(person) in ("guest", "observer"):
            raise UserError("not_allowed")
        who, declared = person.admission, self.state.declared
        said = Declared(heads=message.heads, names=message.names)
        nothing = Declared(heads=None, names=())
        if said == declared.get(who.identity, nothing):
            return []
        declared[who.identity] = said
        if said == nothing:
            del declared[who.identity]
        record = e.HeadsDeclared(who.identity, who.name, who.about, said.heads, said.names, now)
        return [e.Save((record,)), self.announce(person)]

    def set_companion(self, person: Person, message: protocol.Companion, now: datetime) -> list[Effect]:
        """Two machines that hear and speak in one hall howl: one of them is silent, whatever its browser sends."""
        if person.companion == message.on:
            return []
        person.companion = message.on
        person.muted = person.muted or message.on
        silent = person.companion or person.silenced
        return [e.Save(), self.announce(person), e.Tell(engine.Silence(self.name, person.id, silent))]

    def note_link(self, person: Person, message: protocol.ReportLink, now: datetime) -> list[Effect]:
        if (person.link, person.weak) == (message.quality, message.weak):
            return []
        person.link, person.weak = message.quality, message.weak
        return [self.announce(person)]


HANDLERS: Handlers = {
    protocol.Declare: SiteRules.declare,
    protocol.Companion: SiteRules.set_companion,
    protocol.ReportLink: SiteRules.note_link,
}
