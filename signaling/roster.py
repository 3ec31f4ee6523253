"""Who is in a room, how they are found, and how what they see is put into messages. The rules are in ``room.py``."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signaling import effects as e
from signaling import protocol
from signaling.ballots import find_voter, is_voter, view_vote
from signaling.effects import Effect
from signaling.errors import SENTENCES, ErrorCode, NoticeCode, UserError
from signaling.protocol import CO_CHAIR, Permission, Role
from signaling.state import Admission, Person, RoomFacts, RoomState, StoredChat, read_state, write_state

CHAT_HISTORY = 200
VOTES_SHOWN = 20

# What is done for each type of request: by the room, for whoever said it.
Handlers = Mapping[type, Callable[[Any, Person, Any, datetime], list[Effect]]]


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """Somebody in the lobby. It is not kept: after a restart whoever waited knocks again."""

    id: str
    admission: Admission
    connection: str
    secret: str  # becomes their ``resume``
    since: datetime


class Roster:
    """The state of one room with the questions that are asked of it."""

    def __init__(
        self, name: str, facts: RoomFacts, state: RoomState | None = None, chat: Iterable[StoredChat] = ()
    ) -> None:
        self.name = name
        self.facts = facts
        self.state = state or RoomState()
        self.chat = list(chat)[-CHAT_HISTORY:]
        self.waiting: dict[str, Waiter] = {}
        self.next_waiter = 1
        self._views: dict[str, tuple[object, protocol.Participant]] = {}

    def to_json(self) -> dict[str, Any]:
        """The snapshot: plain JSON values, without the chat and without those who wait."""
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
        here = [person for person in self.state.people.values() if person.present]  # as they came
        return sorted(here, key=lambda person: person.admission.order)

    def attendants(self) -> list[Person]:
        """Those present who are people, not the screens of halls."""
        return [person for person in self.present() if person.admission.role != "projection"]

    def find_connection(self, connection: str) -> Person | None:
        return next((p for p in self.state.people.values() if p.present and p.connection == connection), None)

    def find_identity(self, identity: str) -> Person | None:
        return next((p for p in self.state.people.values() if p.present and p.admission.identity == identity), None)

    def find_waiter(self, connection: str) -> Waiter | None:
        return next((waiter for waiter in self.waiting.values() if waiter.connection == connection), None)

    def get_present(self, person_id: str) -> Person:
        """Raises ``UserError`` when there is no such person in the room."""
        person = self.state.people.get(person_id)
        if person is None or not person.present:
            raise UserError("no_such_participant")
        return person

    def get_speaker(self, person_id: str) -> Person:
        """As ``get_present``, and somebody who can be heard and seen."""
        person = self.get_present(person_id)
        self.require_voice(person)
        return person

    def role_of(self, person: Person) -> Role:
        return "co_chair" if person.admission.identity in self.state.co_chairs else person.admission.role

    def may_of(self, person: Person) -> frozenset[Permission]:
        appointed = person.admission.identity in self.state.co_chairs
        return person.admission.may | CO_CHAIR if appointed else person.admission.may

    def is_chairing(self, person: Person) -> bool:
        """Whether they read what is written to the chairs."""
        return self.role_of(person) in ("chair", "co_chair", "secretary")

    def require(self, person: Person, permission: Permission) -> None:
        if permission not in self.may_of(person):
            raise UserError("not_allowed")

    def require_voice(self, person: Person) -> None:
        """Raises ``UserError`` for one who only listens and looks on."""
        if self.role_of(person) in ("observer", "projection"):
            raise UserError("not_allowed")

    # Messages

    def broadcast(self, message: protocol.Message, but: str | None = None) -> Effect:
        """To every connection except ``but``."""
        return self.broadcast_to((person for person in self.present() if person.connection != but), message)

    def broadcast_to(self, people: Iterable[Person], message: protocol.Message) -> Effect:
        """To those of them who are connected."""
        connections = (person.connection for person in people)
        return e.Broadcast(tuple(c for c in connections if c is not None), message)

    def announce(self, person: Person, but: str | None = None) -> Effect:
        return self.broadcast(protocol.ParticipantChanged(participant=self.view_person(person)), but)

    def announce_room(self) -> Effect:
        return self.broadcast(protocol.RoomChanged(room=self.view_room()))

    def announce_lobby(self) -> Effect:
        """Who waits, to those who may let them in."""
        told = (person for person in self.present() if "admit" in self.may_of(person))
        return self.broadcast_to(told, protocol.LobbyChanged(people=self.view_lobby()))

    def send_to(self, person: Person | None, message: protocol.Message) -> list[Effect]:
        return [] if person is None or person.connection is None else [e.Send(person.connection, message)]

    def notify(self, people: Iterable[Person], code: NoticeCode) -> list[Effect]:
        notice = protocol.Notice(code=code, text=SENTENCES[code])
        return [effect for person in people for effect in self.send_to(person, notice)]

    def refuse(self, connection: str, code: ErrorCode, about: str) -> Effect:
        return e.Send(connection, protocol.Refusal(code=code, text=SENTENCES[code], about=about))

    def welcome(self, person: Person, secret: str, now: datetime) -> protocol.Joined:
        """The relays are added by the driver, who knows them."""
        may = self.may_of(person)
        return protocol.Joined(
            you=person.id,
            resume=secret,
            now=now,
            room=self.view_room(),
            may=tuple(sorted(may)),
            participants=tuple(self.view_person(other) for other in self.present()),
            chat=self.view_chat(person),
            ice_servers=(),
            lobby=self.view_lobby() if "admit" in may else (),
            my_votes=self.view_my_votes(person),
        )

    def view_person(self, person: Person) -> protocol.Participant:
        """Made anew where something changed: in a large room each is looked at many times."""
        admission, declared = person.admission, self.state.declared.get(person.admission.identity)
        connected, role, tracks = person.connection is not None, self.role_of(person), tuple(person.tracks)
        said = (person.muted, person.hand, person.companion, person.weak, person.link)
        votes = is_voter(admission, self.facts)
        seen = (admission, declared, connected, role, tracks, said, votes)
        earlier = self._views.get(person.id)
        if earlier is not None and earlier[0] == seen:
            return earlier[1]
        view = protocol.Participant(
            id=person.id,
            name=admission.name,
            detail=admission.detail,
            role=role,
            connected=connected,
            muted=person.muted,
            hand=person.hand,
            order=admission.order,
            tracks=tracks,
            votes=votes,
            companion=person.companion,
            weak=person.weak,
            link=person.link,
            heads=declared.heads if declared else None,
            names=declared.names if declared else (),
        )
        self._views[person.id] = seen, view
        return view

    def forget_view(self, person_id: str) -> None:
        self._views.pop(person_id, None)

    def view_lobby(self) -> tuple[protocol.Waiting, ...]:
        return tuple(
            protocol.Waiting(id=w.id, name=w.admission.name, detail=w.admission.detail, since=w.since)
            for w in self.waiting.values()
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
            policy=protocol.Policy(
                lobby=state.lobby or self.facts.lobby,
                locked=state.locked,
                chat=state.chat,
                history=state.history,
                reactions=state.reactions,
            ),
            floor=state.floor,
            speaking_seconds=state.speaking_seconds,
            queue=tuple(state.queue),
            spotlight=state.spotlight,
            shares=tuple(state.shares),
            votes=self.view_votes(),
            capacity=self.facts.limit,
            papers=self.facts.papers,
        )

    def view_votes(self) -> tuple[protocol.Vote, ...]:
        """The latest ones. Who chose what is told of the one that closed last: names make messages long."""
        shown, here = self.state.votes[-VOTES_SHOWN:], self.present()
        last = next((vote.id for vote in reversed(shown) if vote.state == "closed"), None)
        return tuple(view_vote(vote, self.facts, here, with_choices=vote.id == last) for vote in shown)

    def view_my_votes(self, person: Person) -> tuple[protocol.MyVote, ...]:
        found = []
        for vote in self.state.votes[-VOTES_SHOWN:]:
            voter = find_voter(person, vote.kind, self.facts)
            if voter is not None and voter[0] in vote.voters:
                found.append(protocol.MyVote(vote=vote.id, choice=vote.choices.get(voter[0])))
        return tuple(found)

    def view_chat(self, person: Person) -> tuple[protocol.Chat, ...]:
        """What this person may read: of the time before they came only where the policy has it so."""
        identity, reads_all = person.admission.identity, self.is_chairing(person)
        since = None if self.state.history else self.state.came.get(identity)
        ids = {other.admission.identity: other.id for other in self.state.people.values()}
        return tuple(
            protocol.Chat(
                id=line.id, sender=ids.get(line.identity, "p0"), name=line.name, text=line.text, at=line.at, to=line.to
            )
            for line in self.chat
            if (line.to == "everybody" or reads_all or line.identity == identity)
            and (since is None or line.at >= since)
        )
