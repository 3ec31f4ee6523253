"""The room's rules of what is written: chat, reactions, typed captions.

A line to the chairs is read by chair, co-chairs and secretary, and by whoever wrote it. The policy says to whom those
may write who neither read such lines nor have the door: to everybody, to the chairs alone, or to nobody.
"""

from datetime import datetime, timedelta

from signaling import effects as e
from signaling import protocol
from signaling.effects import Effect
from signaling.errors import UserError
from signaling.presence_rules import PresenceRules
from signaling.roster import CHAT_HISTORY, Handlers
from signaling.state import Person, StoredChat

REACTION_PAUSE = timedelta(seconds=1)  # of one person
REACTIONS_MOST = 10  # in the room within that time: each is told to everybody


class ChatRules(PresenceRules):
    """What is written."""

    def say(self, person: Person, message: protocol.Say, now: datetime) -> list[Effect]:
        if len(message.text) > protocol.CHAT_LIMIT:
            raise UserError("too_long")
        who, policy = person.admission, self.state.chat
        free = self.is_chairing(person) or "admit" in self.may_of(person) or policy == "everybody"
        if not free and (policy == "nobody" or message.to == "everybody"):
            raise UserError("switched_off")
        number = self.chat[-1].id + 1 if self.chat else 1
        line = StoredChat(id=number, identity=who.identity, name=who.name, text=message.text, at=now, to=message.to)
        self.chat = [*self.chat, line][-CHAT_HISTORY:]
        said = protocol.Said(id=number, sender=person.id, name=line.name, text=line.text, at=now, to=line.to)
        saved = e.Save((e.ChatPosted(who.identity, who.name, line.text, now, line.to),))
        return [saved, self.broadcast(said) if line.to == "everybody" else self._tell_chairs(said, person)]

    def _tell_chairs(self, said: protocol.Said, author: Person) -> Effect:
        readers = (other for other in self.present() if other is author or self.is_chairing(other))
        return self.broadcast_to(readers, said)

    def react(self, person: Person, message: protocol.React, now: datetime) -> list[Effect]:
        state = self.state
        if not state.reactions:
            raise UserError("switched_off")
        state.reacted = [at for at in state.reacted if now - at < REACTION_PAUSE]
        own = person.reacted_at is not None and now - person.reacted_at < REACTION_PAUSE
        if own or len(state.reacted) >= REACTIONS_MOST:
            raise UserError("too_fast")
        person.reacted_at = now
        state.reacted.append(now)
        return [self.broadcast(protocol.Reaction(participant=person.id, kind=message.kind))]

    def type_caption(self, person: Person, message: protocol.TypeCaption, now: datetime) -> list[Effect]:
        """Put down to whoever has the floor: an operator types what is said there."""
        self.require(person, "caption")
        speaker = self.state.people[self.state.floor.participant] if self.state.floor else None
        caption = protocol.Caption(
            participant=speaker.id if speaker else None,
            name=speaker.admission.name if speaker else "",
            text=message.text,
            at=now,
        )
        return [self.broadcast(caption)]


HANDLERS: Handlers = {
    protocol.Say: ChatRules.say,
    protocol.React: ChatRules.react,
    protocol.TypeCaption: ChatRules.type_caption,
}
