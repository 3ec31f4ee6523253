"""Anything may happen in any order: what holds of a room whatever its clients, its engine and the time do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from signaling import effects as e
from signaling import engine, protocol
from signaling.errors import CloseCode
from signaling.room import Room
from signaling.state import Admission
from tests.room_play import FACTS, NOW, admit, guest, join, kept, list_records, pick, screen, sent

LIMIT = 5
FULL = replace(FACTS, limit=LIMIT, lobby="guests", seats=frozenset({"unit:3", "unit:4"}), voters=frozenset({1, 2, 3}))
PEOPLE = [
    admit(1, "chair", about={"person_id": 1}),
    admit(2, "secretary", about={"person_id": 2}),
    admit(3, seat="unit:3", about={"person_id": 3, "site_id": 3, "unit_id": 3}),
    admit(4, "observer", seat="unit:4"),
    admit(5, "delegate", invited=False),
    admit(6, "delegate", browser="b1"),
    guest("a"),
    guest("b", link="link:2", browser="b1"),
    screen(3),
]
people = st.sampled_from(PEOPLE)
recent = st.integers(0, 6)  # the connection that was opened so many joins ago
targets = st.sampled_from(["p1", "p2", "p3", "p4", "p5", "p9"])
waiters = st.sampled_from(["w1", "w2", "w3"])
maybe = st.none() | targets
tracks = st.sampled_from(["t1", "t2", "t3"])
instant = st.just("2026-11-24T01:00:00.000Z")


own_acts = st.one_of(
    st.builds(protocol.Hand, up=st.booleans()),
    st.builds(protocol.Muted, muted=st.booleans()),
    st.builds(protocol.Say, text=st.sampled_from(["có", "a" * 2001]), to=st.sampled_from(["everybody", "chairs"])),
    st.builds(protocol.React, kind=st.just("agree")),
    st.builds(protocol.CastVote, vote=st.integers(1, 2), choice=st.sampled_from(["for", "against", "abstain"])),
    st.builds(protocol.Declare, heads=st.none() | st.integers(0, 9), names=st.just(())),
    st.builds(protocol.Companion, on=st.booleans()),
    st.builds(protocol.ReportLink, quality=st.sampled_from(["good", "bad"]), weak=st.booleans()),
    st.builds(protocol.Restart, connection=st.sampled_from(["publish", "receive"])),
    st.sampled_from(
        [
            protocol.Leave(),
            join(),
            protocol.Publish(sdp="v=0", tracks=()),
            protocol.AnswerOffer(sdp="v=0", generation=1),
            protocol.Candidate(connection="publish", candidate="", mid=None),
            protocol.View(tracks=(protocol.ViewedTrack(track="t1", height=180),), audio=True, limit=None),
        ]
    ),
)
operators_acts = st.one_of(
    st.builds(protocol.Record, on=st.booleans()),
    st.just(protocol.Start()),
    st.builds(protocol.TakeUp, item=st.none() | st.integers(0, 1)),
    st.builds(protocol.Admit, participant=st.none() | waiters),
    st.builds(protocol.Refuse, participant=waiters),
    st.builds(
        protocol.ChangePolicy,
        lobby=st.none() | st.sampled_from(["nobody", "guests", "uninvited", "everybody"]),
        locked=st.none() | st.booleans(),
        chat=st.none() | st.sampled_from(["everybody", "chairs", "nobody"]),
        history=st.none() | st.booleans(),
        reactions=st.none() | st.booleans(),
    ),
    st.builds(protocol.Mute, participant=maybe),
    st.builds(protocol.AskUnmute, participant=targets),
    st.builds(protocol.Remove, participant=targets, may_return=st.booleans()),
    st.builds(protocol.Appoint, participant=targets, on=st.booleans()),
    st.builds(protocol.LowerHand, participant=maybe),
    st.builds(protocol.OrderQueue, participants=st.lists(targets, max_size=3).map(tuple)),
    st.builds(protocol.GiveFloor, participant=maybe, seconds=st.none() | st.just(60)),
    st.builds(protocol.Spotlight, participant=maybe),
    st.builds(protocol.SpeakingTime, seconds=st.none() | st.just(60)),
    st.builds(protocol.Present, participant=targets),
    st.builds(
        protocol.OpenVote,
        subject=st.just("Thông qua"),
        kind=st.sampled_from(["ballot", "opinion"]),
        secret=st.booleans(),
        quorum=st.none() | st.integers(0, 3),
    ),
    st.builds(protocol.CloseVote, vote=st.integers(1, 2)),
    st.builds(protocol.WithdrawVote, vote=st.integers(1, 2)),
    st.builds(protocol.TypeCaption, text=st.just("Kính thưa")),
)
events = st.one_of(
    st.builds(engine.TrackAdded, st.just("hop"), targets, tracks, st.just("microphone"), st.just("audio")),
    st.builds(engine.TrackAdded, st.just("hop"), targets, tracks, st.just("screen"), st.just("video")),
    st.builds(engine.TrackRemoved, st.just("hop"), targets, tracks),
    st.builds(engine.Speaking, st.just("hop"), st.lists(targets, max_size=3).map(tuple)),
    st.builds(engine.FileOpened, st.just("hop"), targets, tracks, instant),
    st.builds(engine.FileClosed, st.just("hop"), targets, tracks, instant),
    st.builds(engine.MediaState, st.just("hop"), targets, st.just("publish"), st.booleans()),
    st.builds(engine.RecordingRefused, st.just("hop"), st.sampled_from(["disk", "error"])),
    st.builds(engine.Slots, st.just("hop"), targets, st.just(())),
    st.sampled_from([engine.EngineLost(), engine.EngineReady()]),
)


class Books:
    """What a store would know from the records alone."""

    def __init__(self) -> None:
        self.attending: set[str] = set()
        self.recording = False

    def keep(self, records: Sequence[e.Record]) -> None:
        for record in records:
            if isinstance(record, e.Joined):
                assert record.identity not in self.attending  # intervals of attendance never overlap
                self.attending.add(record.identity)
            elif isinstance(record, e.Left):
                self.attending.remove(record.identity)
            elif isinstance(record, e.RecordingOn | e.RecordingOff):
                assert self.recording is isinstance(record, e.RecordingOff)
                self.recording = isinstance(record, e.RecordingOn)
            elif isinstance(record, e.OnBehalf):
                assert record.identity != "account:1"
            elif isinstance(record, e.VoteClosed):
                assert not (record.secret and record.choices)


class RoomMachine(RuleBasedStateMachine):
    """A room, what a driver knows of its connections, an engine that remembers, and a twin made from each snapshot."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room("hop", FULL)
        self.now, self.opened, self.books = NOW, 0, Books()
        self.inside: dict[str, str] = {}  # connection -> identity
        self.lobby: dict[str, str] = {}
        self.featured: tuple[str, ...] = ()
        self.presented: str | None = None
        self.silent: set[str] = set()
        for number, admission in enumerate((PEOPLE[0], PEOPLE[1])):
            self.play("connected", f"c-{number}", admission, join(), f"secret of c-{number}")

    def play(self, method: str, *arguments: Any) -> list[e.Effect]:
        """One thing happens, to the room and to its twin."""
        before, twin = self.room.to_json(), Room("hop", FULL, chat=self.room.chat)
        twin.load_state(before)
        twin.waiting, twin.next_waiter = dict(self.room.waiting), self.room.next_waiter
        effects: list[e.Effect] = getattr(self.room, method)(*arguments, self.now)
        assert getattr(twin, method)(*arguments, self.now) == effects
        assert (twin.state, twin.chat, twin.waiting) == (self.room.state, self.room.chat, self.room.waiting)
        if sent(effects, protocol.Refusal) and len(effects) == 1 and method == "handle":
            assert {**self.room.to_json(), "reacted": []} == {
                **before,
                "reacted": [],
            }  # what is refused changes nothing
        self._hear(effects)
        self._obey(effects)
        self.books.keep(list_records(effects))
        return effects

    def _hear(self, effects: list[e.Effect]) -> None:
        for effect in effects:
            match effect:
                case e.Send(connection, protocol.Wait()):
                    continue  # only who just came
                case e.Send(connection, protocol.Joined() as joined):
                    who = next(p for p in self.room.state.people.values() if p.id == joined.you)
                    self.lobby.pop(connection, None)
                    self.inside[connection] = who.admission.identity
                case e.Send(connection, protocol.Refusal()):
                    assert connection in self.inside or connection in self.lobby
                case e.Send(connection):
                    assert connection in self.inside
                case e.Broadcast(connections, message):
                    assert set(connections) <= set(self.inside)
                    assert not isinstance(message, protocol.Joined | protocol.Wait | protocol.MyVote)
                case e.CloseWire(connection):
                    self.inside.pop(connection, None)
                    self.lobby.pop(connection, None)

    def _obey(self, effects: list[e.Effect]) -> None:
        for tell in pick(effects, e.Tell):
            match tell.command:
                case engine.Feature(_, participants):
                    self.featured = participants
                case engine.Present(_, track):
                    self.presented = track
                case engine.Silence(_, participant, on):
                    (self.silent.add if on else self.silent.discard)(participant)
                case engine.Leave(_, participant) | engine.Unpublish(_, participant):
                    self.silent.discard(participant)
                case engine.CloseRoom():
                    self._forget()

    def _forget(self) -> None:
        self.featured, self.presented = (), None
        self.silent.clear()

    @rule(admission=people, resume=st.none() | recent)
    def come(self, admission: Admission, resume: int | None) -> None:
        self.opened += 1
        connection = f"c{self.opened}"
        known = self.room.find_identity(admission.identity)
        secret = None if resume is None else f"secret of c{self.opened - resume}"
        effects = self.play("connected", connection, admission, join(secret), f"secret of {connection}")
        if sent(effects, protocol.Wait):
            self.lobby[connection] = admission.identity
            assert known is None
        elif sent(effects, protocol.Joined):
            admitted = known is not None or bool(admission.may) or admission.role == "projection"
            assert admitted or len(self.room.attendants()) <= LIMIT
        else:
            assert [close.connection for close in pick(effects, e.CloseWire)] == [connection]

    @rule(ago=recent)
    def break_off(self, ago: int) -> None:
        connection = f"c{self.opened - ago}"
        self.inside.pop(connection, None)
        self.lobby.pop(connection, None)
        self.play("disconnected", connection)

    @rule(ago=recent, message=own_acts)
    def say(self, ago: int, message: protocol.Request) -> None:
        self.play("handle", f"c{self.opened - ago}", message)

    @rule(number=st.integers(0, 1), message=operators_acts | own_acts)
    def operate(self, number: int, message: protocol.Request) -> None:
        """The chair or the secretary, on whatever connection they have."""
        operator = self.room.find_identity(PEOPLE[number].identity)
        if operator is not None and operator.connection is not None:
            self.play("handle", operator.connection, message)

    @rule(ago=recent, message=operators_acts)
    def presume(self, ago: int, message: protocol.Request) -> None:
        """Anybody says what only operators may."""
        self.play("handle", f"c{self.opened - ago}", message)

    @rule(event=events)
    def hear(self, event: engine.Event) -> None:
        if isinstance(event, engine.EngineLost):
            self._forget()
        self.play("handle_event", event)

    @rule(seconds=st.sampled_from([1, 30, 61, 601, 7200]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.play("tick")

    @rule(admission=people)
    def expel(self, admission: Admission) -> None:
        self.play("expel", admission.identity, CloseCode.NOT_SIGNED_IN, "signed out")

    @rule()
    def recover(self) -> None:
        """The server was gone; a new one reads the snapshot."""
        again = Room("hop", FULL, chat=self.room.chat)
        again.load_state(self.room.to_json())
        self.room = again
        self.books.attending.clear()
        self.books.recording = False
        self.inside.clear()
        self.lobby.clear()
        self._forget()
        assert kept(self.play("recover", self.now)) == []

    @invariant()
    def each_identity_has_one_connection(self) -> None:
        assert self.inside == {p.connection: p.admission.identity for p in self.room.present() if p.connection}
        assert self.lobby == {w.connection: w.admission.identity for w in self.room.waiting.values()}
        everybody = [*self.inside.values(), *self.lobby.values()]
        assert len(set(everybody)) == len(everybody)

    @invariant()
    def books_agree(self) -> None:
        assert self.books.attending == {p.admission.identity for p in self.room.present() if p.attending}
        assert self.books.recording is self.room.state.span_open

    @invariant()
    def only_those_who_are_here_have_something_of_the_room(self) -> None:
        state, here = self.room.state, {person.id: person for person in self.room.present()}
        assert sorted(state.queue) == sorted(p.id for p in here.values() if p.hand is not None)
        assert set(state.shares) == {p.id for p in here.values() if any(t.source == "screen" for t in p.tracks)}
        speaking = {state.floor.participant} if state.floor else set()
        assert (speaking | {state.spotlight}) - {None} <= set(here)
        assert not any(self.room.role_of(here[p]) in ("observer", "projection") for p in speaking)

    @invariant()
    def engine_knows_who_stays_and_who_is_silent(self) -> None:
        state = self.room.state
        if state.engine_lost:
            return
        assert (self.featured, self.presented) == (state.featured, state.presented)
        for person in self.room.present():
            if any(track.source == "microphone" for track in person.tracks):
                assert (person.id in self.silent) == (person.silenced or person.companion)

    @invariant()
    def nothing_links_a_name_to_a_secret_choice(self) -> None:
        for vote in self.room.to_json()["votes"]:
            if vote["secret"]:
                assert vote["choices"] == {}
        assert not any(vote.secret and vote.choices for vote in self.room.view_room().votes)


RoomMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestRoomMachine = RoomMachine.TestCase
