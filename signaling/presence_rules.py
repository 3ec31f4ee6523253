"""The room's rules of coming in and going out, once it is settled who may.

A person is *present* from coming in to leaving, *attending* while an interval of attendance is open in the books. The
big screen of a hall (role ``projection``) is present and never attends.
"""

from datetime import datetime, timedelta

from signaling import effects as e
from signaling import engine, protocol
from signaling.effects import Effect, Record
from signaling.errors import CloseCode
from signaling.media_rules import MediaRules
from signaling.state import Admission, Person, hash_secret

REMEMBERED = timedelta(minutes=10)  # how long one who left is known, for the files that close after them
REMEMBERED_MOST = 200  # of those who left: each of them is written with every save
KNOWN_MOST = 2000  # identities that need not knock again


class PresenceRules(MediaRules):
    """Who is here."""

    def enter(
        self, connection: str, admission: Admission, resume: str | None, secret: str, now: datetime
    ) -> list[Effect]:
        """Somebody comes in or returns. ``resume`` is what they had, ``secret`` what they get."""
        out: list[Effect] = []
        person, kept = self.find_identity(admission.identity), False
        if person is None:
            person = self._add_person(admission)
        else:
            if person.connection is not None:
                out.append(e.CloseWire(person.connection, CloseCode.REPLACED, "joined elsewhere"))
                person.connection = None  # what follows is not for it any more
            kept = not person.media_lost and resume is not None and hash_secret(resume) == person.resume_hash
            if not kept:
                out += self.drop_media(person)
        records = self._open_attendance(person, admission, now)
        person.admission, person.resume_hash, person.connection = admission, hash_secret(secret), connection
        person.lost_at, person.media_lost, person.link = None, False, None
        self._remember(admission.identity, now)
        out += [e.Save(records), e.Send(connection, self.welcome(person, secret, now))]
        if resume is not None and not kept:
            out += self.notify([person], "media_restarted")
        out.append(self.announce(person, but=connection))
        if not self.state.engine_lost:  # else everybody is told to the new one
            out.append(e.Tell(engine.Receive(self.name, person.id, restart=kept, anew=not kept)))
        return out + self.announce_votes() + self.continue_recording(now)

    def _add_person(self, admission: Admission) -> Person:
        person = Person(id=f"p{self.state.next_person}", admission=admission, resume_hash="", attending=False)
        self.state.next_person += 1
        self.state.people[person.id] = person
        return person

    def _open_attendance(self, person: Person, admission: Admission, now: datetime) -> tuple[Record, ...]:
        if person.attending or admission.role == "projection":
            return ()
        person.attending = True
        return (e.Joined(admission.identity, admission.name, admission.about, now),)

    def _remember(self, identity: str, now: datetime) -> None:
        """They were let in: they need not knock again."""
        came = self.state.came
        came.setdefault(identity, now)
        self.state.must_knock.discard(identity)
        while len(came) > KNOWN_MOST:
            del came[next(iter(came))]

    def drop_media(self, person: Person) -> list[Effect]:
        person.tracks = []
        return [e.Tell(engine.Leave(self.name, person.id)), *self.follow_shares()]

    def depart(
        self,
        people: list[Person],
        reason: e.LeftReason,
        code: CloseCode | None,
        word: str,
        now: datetime,
        *also: Record,
    ) -> list[Effect]:
        """These people are gone: books, floor, media, connection, and the others are told."""
        if not people:
            return []
        records: list[Record] = list(also)
        closing: list[Effect] = []
        for person in people:
            if person.attending:
                at = person.lost_at if person.lost_at and reason == "lost" else now
                records.append(e.Left(person.admission.identity, at, reason))
            if person.connection is not None and code is not None:
                closing.append(e.CloseWire(person.connection, code, word))
            if person.connection is not None and person.admission.role != "projection":
                self.state.last_seen = now
            person.present = person.attending = False
            person.connection, person.hand, person.left_at, person.tracks = None, None, now, []
            closing.append(e.Tell(engine.Leave(self.name, person.id)))
        told = [self.broadcast(protocol.Left(id=person.id)) for person in people]
        freed = [self.announce_room()] if self._give_back(people) else self.announce_votes()
        return [e.Save(tuple(records)), *closing, *told, *freed, *self.follow_shares()]

    def _give_back(self, people: list[Person]) -> bool:
        """What those who are gone had of the room: place in the queue, floor, spotlight. Whether they had any."""
        state, gone = self.state, {person.id for person in people}
        before = (state.queue, state.floor, state.spotlight)
        state.queue = [person_id for person_id in state.queue if person_id not in gone]
        state.floor = None if state.floor and state.floor.participant in gone else state.floor
        state.spotlight = None if state.spotlight in gone else state.spotlight
        return before != (state.queue, state.floor, state.spotlight)

    def announce_votes(self) -> list[Effect]:
        """While a vote is open, who comes and goes changes how many may vote."""
        running = any(vote.state == "open" for vote in self.state.votes)
        return [self.announce_room()] if running else []

    def dismiss_waiting(self, code: CloseCode, word: str) -> list[Effect]:
        """Nobody will be let in any more."""
        closing: list[Effect] = [e.CloseWire(waiter.connection, code, word) for waiter in self.waiting.values()]
        self.waiting.clear()
        return closing

    def forget_people(self, now: datetime) -> None:
        """Those who left long ago; and the first of those who left when they are many, as when a link goes round."""
        filed = set(self.state.open_files.values())
        left = [(p.left_at, p.id) for p in self.state.people.values() if p.left_at and p.id not in filed]
        left.sort()
        for place, (at, person_id) in enumerate(left, start=1):
            if now - at >= REMEMBERED or place <= len(left) - REMEMBERED_MOST:
                del self.state.people[person_id]
                self.forget_view(person_id)
