"""Who is in a room, how they are found, and how what they see is put into messages. The rules are in ``room.py``."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect
from signaling.errors import SENTENCES, NoticeCode, UserError
from signaling.state import Person, RoomFacts, RoomState, StoredChat, read_state, write_state

CHAT_HISTORY = 200


class Roster:
    """The state of one room with the questions that are asked of it."""

    def __init__(
        self, name: str, facts: RoomFacts, state: RoomState | None = None, chat: Iterable[StoredChat] = ()
    ) -> None:
        self.name = name
        self.facts = facts
        self.state = state or RoomState()
        self.chat = list(chat)[-CHAT_HISTORY:]

    def to_json(self) -> dict[str, Any]:
        """The snapshot: plain JSON values, without the chat."""
        return write_state(self.state)

    def load_state(self, snapshot: Mapping[str, Any]) -> None:
        """Take over a snapshot. Raises ``ValueError`` for one that this version cannot read."""
        self.state = read_state(snapshot)
        self.follow_agenda()  # the booking may have been changed while nobody was here

    def follow_agenda(self) -> bool:
        """Keep to the item under discussion when the agenda is another one. Whether that changed anything.

        The item is known by its title; where that is gone, nothing is under discussion.
        """
        state, titles = self.state, [entry.title for entry in self.facts.agenda]
        if state.item is None or (state.item < len(titles) and titles[state.item] == state.item_title):
            return False
        if state.item_title in titles:
            state.item = titles.index(state.item_title)
        else:
            state.item, state.item_title, state.item_since = None, "", None
        return True

    # Questions

    def present(self) -> list[Person]:
        """Those in the room, in official order."""
        here = (person for person in self.state.people.values() if person.present)
        return sorted(here, key=lambda person: (person.admission.order, int(person.id[1:])))

    def find_connection(self, connection: str) -> Person | None:
        return next((person for person in self.present() if person.connection == connection), None)

    def find_identity(self, identity: str) -> Person | None:
        return next((person for person in self.present() if person.admission.identity == identity), None)

    def get_present(self, person_id: str) -> Person:
        """Raises ``UserError`` when there is no such person in the room."""
        person = self.state.people.get(person_id)
        if person is None or not person.present:
            raise UserError("no_such_participant")
        return person

    # Messages

    def broadcast(self, message: protocol.Message, but: str | None = None) -> Effect:
        """To every connection except ``but``."""
        connections = (person.connection for person in self.present())
        return e.Broadcast(tuple(c for c in connections if c is not None and c != but), message)

    def announce(self, person: Person, but: str | None = None) -> Effect:
        return self.broadcast(protocol.ParticipantChanged(participant=view_person(person)), but)

    def announce_room(self) -> Effect:
        return self.broadcast(protocol.RoomChanged(room=self.view_room()))

    def notify(self, people: Iterable[Person], code: NoticeCode) -> list[Effect]:
        notice = protocol.Notice(code=code, text=SENTENCES[code])
        return [e.Send(person.connection, notice) for person in people if person.connection is not None]

    def welcome(self, person: Person, secret: str, now: datetime) -> protocol.Joined:
        return protocol.Joined(
            you=person.id,
            resume=secret,
            now=now,
            room=self.view_room(),
            may=tuple(sorted(person.admission.may)),
            participants=tuple(view_person(other) for other in self.present()),
            chat=self.view_chat(),
        )

    def view_room(self) -> protocol.RoomView:
        state = self.state
        return protocol.RoomView(
            title=self.facts.title,
            phase=state.phase,
            started_at=state.started_at,
            ends_at=self.facts.ends_at,
            recording=protocol.Recording(on=state.recording, since=state.recording_since, by=state.recording_by),
            agenda=self.facts.agenda,
            item=state.item,
            item_since=state.item_since,
        )

    def view_chat(self) -> tuple[protocol.Chat, ...]:
        ids = {person.admission.identity: person.id for person in self.state.people.values()}
        return tuple(
            protocol.Chat(id=line.id, sender=ids.get(line.identity, "p0"), name=line.name, text=line.text, at=line.at)
            for line in self.chat
        )

    # Subscriptions: everybody receives what everybody else sends.

    def subscribe(self, person: Person, restart: bool = False, anew: bool = False) -> list[Effect]:
        """What the person is to receive now, if there is anybody to tell."""
        if person.connection is None:
            return []
        tracks = tuple(track.id for other in self.present() if other is not person for track in other.tracks)
        return [e.Tell(engine.Subscribe(self.name, person.id, tracks, restart, anew))]

    def subscribe_all(self, but: Person | None = None) -> list[Effect]:
        return [effect for person in self.present() if person is not but for effect in self.subscribe(person)]


def view_person(person: Person) -> protocol.Participant:
    admission = person.admission
    return protocol.Participant(
        id=person.id,
        name=admission.name,
        detail=admission.detail,
        role=admission.role,
        connected=person.connection is not None,
        muted=person.muted,
        hand=person.hand,
        order=admission.order,
        tracks=tuple(person.tracks),
    )
