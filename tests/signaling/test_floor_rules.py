"""Who speaks: hands, queue, floor, spotlight, and the chair's tools."""

from collections.abc import Callable
from typing import Any

import pytest

from signaling import effects as e
from signaling import engine, protocol
from signaling.errors import CloseCode
from signaling.room import GRACE, Room
from tests.room_play import (
    FACTS,
    NOW,
    SECOND,
    admit,
    enter,
    guest,
    hearers,
    kept,
    list_records,
    pick,
    refusal,
    sent,
    share,
    told,
)


def test_mute_silences_until_the_person_unmutes(room: Room) -> None:
    room.handle("c2", protocol.Muted(muted=False), NOW)

    effects = room.handle("c1", protocol.Mute(participant="p2"), NOW)

    assert kept(effects) == [e.MutedByOther("account:2", "Điểm cầu 2", "account:1", "Điểm cầu 1", NOW)]
    assert told(effects, engine.Silence) == [engine.Silence("hop", "p2", True)]
    assert sent(effects, protocol.MutedBy) == [("c2", protocol.MutedBy(name="Điểm cầu 1"))]
    again = room.handle_event(engine.TrackAdded("hop", "p2", "t9", "microphone", "audio"), NOW)
    assert told(again, engine.Silence) == [engine.Silence("hop", "p2", True)]
    assert told(room.handle("c2", protocol.Muted(muted=True), NOW), engine.Silence) == []
    freed = room.handle("c2", protocol.Muted(muted=False), NOW)
    assert told(freed, engine.Silence) == [engine.Silence("hop", "p2", False)]
    assert room.present()[1].muted is False


def test_hand_keeps_the_time_it_went_up(room: Room) -> None:
    room.handle("c2", protocol.Hand(up=True), NOW)

    assert room.handle("c2", protocol.Hand(up=True), NOW + SECOND) == []
    assert room.present()[1].hand == NOW
    lowered = room.handle("c2", protocol.Hand(up=False), NOW)
    assert [m.participant.hand for _, m in sent(lowered, protocol.ParticipantChanged)] == [None, None]


@pytest.mark.parametrize("target", ["p1", "p3"])
def test_remove_spares_oneself_and_the_chair(room: Room, target: str) -> None:
    enter(room, "c3", admit(3, "secretary"))

    [(_, refusal)] = sent(
        room.handle("c3", protocol.Remove(participant=target, may_return=False), NOW), protocol.Refusal
    )

    assert (refusal.code, refusal.about) == ("not_allowed", "remove")


def test_removed_person_cannot_come_back(room: Room) -> None:
    effects = room.handle("c1", protocol.Remove(participant="p2", may_return=False), NOW)

    assert kept(effects) == [
        e.Removed("account:2", "Điểm cầu 2", "account:1", "Điểm cầu 1", NOW),
        e.Left("account:2", NOW, "removed"),
    ]
    assert pick(effects, e.CloseWire) == [e.CloseWire("c2", CloseCode.FORBIDDEN, "removed")]
    for resume in (None, "secret of c2"):
        refused = enter(room, "c3", admit(2), resume=resume)
        assert [type(effect) for effect in refused] == [e.CloseWire]
    again = Room("hop", FACTS)
    again.load_state(room.to_json())
    assert [close.code for close in pick(enter(again, "c4", admit(2)), e.CloseWire)] == [CloseCode.FORBIDDEN]


def test_removed_guests_link_lets_nobody_new_in(room: Room) -> None:
    enter(room, "c3", guest("a"))
    enter(room, "c4", guest("b"))
    room.handle("c1", protocol.Remove(participant="p3", may_return=False), NOW)

    assert pick(enter(room, "c5", guest("fresh cookie")), e.CloseWire)
    assert pick(enter(room, "c6", guest("a")), e.CloseWire)
    assert sent(enter(room, "c7", guest("b")), protocol.Joined)  # who was in already stays in
    assert sent(enter(room, "c8", guest("c", link="link:2")), protocol.Joined)


@pytest.mark.parametrize(
    "act",
    [
        lambda target: protocol.Mute(participant=target),
        lambda target: protocol.AskUnmute(participant=target),
        lambda target: protocol.Remove(participant=target, may_return=True),
        lambda target: protocol.Appoint(participant=target, on=True),
        lambda target: protocol.LowerHand(participant=target),
        lambda target: protocol.GiveFloor(participant=target, seconds=None),
        lambda target: protocol.Spotlight(participant=target),
        lambda target: protocol.Present(participant=target),
    ],
)
@pytest.mark.parametrize("target", ["p9", "p3", "account:2"])
def test_acts_on_nobody_are_refused(room: Room, act: Callable[[str], protocol.Request], target: str) -> None:
    enter(room, "c3", admit(3))
    room.handle("c3", protocol.Leave(), NOW)

    assert refusal(room.handle("c1", act(target), NOW))[1].code == "no_such_participant"


def test_mute_all_spares_the_chairs_and_whoever_does_it(room: Room) -> None:
    enter(room, "c3", admit(3, "secretary"))
    enter(room, "c4", admit(4))
    enter(room, "c5", admit(5))
    room.handle("c1", protocol.Appoint(participant="p4", on=True), NOW)
    for connection in ("c1", "c2", "c3", "c4"):
        room.handle(connection, protocol.Muted(muted=False), NOW)

    effects = room.handle("c3", protocol.Mute(participant=None), NOW)

    assert kept(effects) == [e.MutedByOther("", "", "account:3", "Điểm cầu 3", NOW)]
    assert {command.participant for command in told(effects, engine.Silence)} == {"p2", "p5"}
    assert hearers(effects, protocol.MutedBy) == {"c2"}  # the other one was muted
    assert [p.id for p in room.present() if not p.muted] == ["p1", "p3", "p4"]


def test_nobody_can_be_unmuted_by_another(room: Room) -> None:
    """No request of the protocol does it, and to ask changes nothing."""
    before = room.to_json()

    effects = room.handle("c1", protocol.AskUnmute(participant="p2"), NOW)

    assert sent(effects, protocol.Asked) == [("c2", protocol.Asked(what="unmute", by="Điểm cầu 1"))]
    assert told(effects, engine.Silence) == []
    assert room.to_json() == before


def test_hands_stand_in_the_order_in_which_they_went_up(room: Room) -> None:
    enter(room, "c3", admit(3))
    for connection in ("c3", "c1", "c2"):
        room.handle(connection, protocol.Hand(up=True), NOW)
    assert room.view_room().queue == ("p3", "p1", "p2")

    room.handle("c1", protocol.OrderQueue(participants=("p2", "p9", "p2", "p3")), NOW)
    assert room.view_room().queue == ("p2", "p3", "p1")  # p1's hand had gone up meanwhile
    room.handle("c2", protocol.Leave(), NOW)
    assert room.view_room().queue == ("p3", "p1")
    lowered = room.handle("c1", protocol.LowerHand(participant=None), NOW)

    assert {m.room.queue for _, m in sent(lowered, protocol.RoomChanged)} == {()}
    assert all(person.hand is None for person in room.present())
    assert room.handle("c1", protocol.LowerHand(participant=None), NOW) == []


@pytest.mark.parametrize(("participant", "told"), [(None, ["c2", "c3"]), ("p2", ["c2"]), ("p1", [])])
def test_whoever_has_a_hand_lowered_by_another_is_told(room: Room, participant: str | None, told: list[str]) -> None:
    enter(room, "c3", admit(3))
    for connection in ("c1", "c2", "c3"):
        room.handle(connection, protocol.Hand(up=True), NOW)

    lowered = room.handle("c1", protocol.LowerHand(participant=participant), NOW)

    assert [(to, notice.code) for to, notice in sent(lowered, protocol.Notice)] == [(to, "hand_lowered") for to in told]


def test_floor_is_one_act(room: Room) -> None:
    """Mời phát biểu: floor, spotlight, hand lowered, asked to speak."""
    room.handle("c2", protocol.Hand(up=True), NOW)
    room.handle("c1", protocol.SpeakingTime(seconds=300), NOW)

    effects = room.handle("c1", protocol.GiveFloor(participant="p2", seconds=None), NOW + SECOND)

    assert isinstance(effects[0], e.Save)
    view = room.view_room()
    assert view.floor == protocol.Floor(participant="p2", since=NOW + SECOND, seconds=300)
    assert (view.spotlight, view.queue, room.present()[1].hand) == ("p2", (), None)
    assert sent(effects, protocol.Asked) == [("c2", protocol.Asked(what="floor", by="Điểm cầu 1"))]
    assert room.present()[1].muted  # nobody's microphone is switched on
    [(_, again)] = sent(enter(room, "c3", admit(3), NOW + 9 * SECOND), protocol.Joined)
    assert again.room.floor == view.floor


def test_time_given_with_the_floor_comes_before_the_usual_one(room: Room) -> None:
    room.handle("c1", protocol.SpeakingTime(seconds=300), NOW)

    room.handle("c1", protocol.GiveFloor(participant="p2", seconds=60), NOW)

    assert room.state.floor == protocol.Floor(participant="p2", since=NOW, seconds=60)


def test_floor_ends_with_its_spotlight_or_with_its_speaker(room: Room) -> None:
    enter(room, "c3", admit(3))
    room.handle("c1", protocol.GiveFloor(participant="p2", seconds=None), NOW)
    room.handle("c1", protocol.GiveFloor(participant=None, seconds=None), NOW)
    assert (room.state.floor, room.state.spotlight) == (None, None)

    room.handle("c1", protocol.GiveFloor(participant="p2", seconds=None), NOW)
    room.handle("c1", protocol.Spotlight(participant="p3"), NOW)
    left = room.handle("c2", protocol.Leave(), NOW)

    assert {(m.room.floor, m.room.spotlight) for _, m in sent(left, protocol.RoomChanged)} == {(None, "p3")}


def test_floor_stays_while_its_speaker_comes_back(room: Room) -> None:
    room.handle("c1", protocol.GiveFloor(participant="p2", seconds=None), NOW)
    room.disconnected("c2", NOW)
    enter(room, "c3", admit(2), NOW + GRACE - SECOND)

    assert room.state.floor is not None
    assert room.state.floor.participant == "p2"


@pytest.mark.parametrize("role", ["observer", "projection"])
def test_who_cannot_be_heard_gets_no_floor(room: Room, role: protocol.Role) -> None:
    enter(room, "c3", admit(3, role))

    for message in (
        protocol.GiveFloor(participant="p3", seconds=None),
        protocol.Spotlight(participant="p3"),
        protocol.AskUnmute(participant="p3"),
    ):
        assert refusal(room.handle("c1", message, NOW))[1].code == "not_allowed"
    assert refusal(room.handle("c3", protocol.Hand(up=True), NOW))[1].code == "not_allowed"


def test_present_puts_a_screen_first(room: Room) -> None:
    assert refusal(room.handle("c1", protocol.Present(participant="p2"), NOW))[1].code == "not_now"
    share(room, "p1")
    share(room, "p2")

    effects = room.handle("c1", protocol.Present(participant="p2"), NOW)

    assert room.view_room().shares == ("p2", "p1")
    assert told(effects, engine.Present) == [engine.Present("hop", "p2-screen")]
    assert room.handle("c1", protocol.Present(participant="p2"), NOW) == []


def test_co_chair_may_what_a_chair_may_but_end_and_appoint(room: Room) -> None:
    enter(room, "c3", guest("a"))  # who waits for nobody is in; another one does
    room.handle("c1", protocol.ChangePolicy(lobby="guests"), NOW)
    enter(room, "c4", guest("b", link="link:2"))
    effects = room.handle("c1", protocol.Appoint(participant="p2", on=True), NOW)

    assert kept(effects) == [e.Appointed("account:2", "Điểm cầu 2", True, "account:1", "Điểm cầu 1", NOW)]
    [(connection, told_may)] = sent(effects, protocol.MayChanged)
    assert connection == "c2"
    assert frozenset(told_may.may) == protocol.EVERYTHING - {"end", "appoint"}
    assert hearers(effects, protocol.LobbyChanged) == {"c2"}
    assert {m.participant.role for _, m in sent(effects, protocol.ParticipantChanged)} == {"co_chair"}
    for message in (protocol.End(), protocol.Appoint(participant="p3", on=True)):
        assert refusal(room.handle("c2", message, NOW))[1].code == "not_allowed"
    assert sent(room.handle("c2", protocol.Admit(participant=None), NOW), protocol.Joined)
    assert refusal(room.handle("c1", protocol.Appoint(participant="p3", on=True), NOW))[1].code == "not_allowed"


def test_co_chair_stays_one_after_the_connection_broke_and_after_a_restart(room: Room) -> None:
    room.handle("c1", protocol.Appoint(participant="p2", on=True), NOW)
    again = Room("hop", FACTS)
    again.load_state(room.to_json())
    again.recover(NOW, NOW)
    again.tick(NOW + GRACE)

    [(_, joined)] = sent(enter(again, "c9", admit(2), NOW + GRACE), protocol.Joined)

    assert set(joined.may) == protocol.CO_CHAIR
    dismissed = again.handle("c9", protocol.Appoint(participant=joined.you, on=False), NOW)
    assert refusal(dismissed)[1].code == "not_allowed"


def test_observer_who_is_a_co_chair_no_longer_is_heard_no_longer(room: Room) -> None:
    enter(room, "c3", admit(3, "observer"))
    room.handle("c1", protocol.Appoint(participant="p3", on=True), NOW)
    assert told(room.handle("c3", protocol.Publish(sdp="v=0", tracks=()), NOW), engine.Publish)
    share(room, "p3", "microphone")
    room.handle("c1", protocol.GiveFloor(participant="p3", seconds=None), NOW)

    effects = room.handle("c1", protocol.Appoint(participant="p3", on=False), NOW)

    assert told(effects, engine.Unpublish) == [engine.Unpublish("hop", "p3")]
    assert (room.state.floor, room.present()[2].tracks) == (None, [])
    assert sent(effects, protocol.MayChanged) == [("c3", protocol.MayChanged(may=()))]


OPERATORS_ACTS: list[tuple[protocol.Request, dict[str, Any]]] = [
    (protocol.Start(), {}),
    (protocol.Record(on=True), {"on": True}),
    (protocol.TakeUp(item=0), {"title": "Kinh tế - xã hội"}),
    (protocol.ChangePolicy(locked=True), {"locked": True}),
    (protocol.Mute(participant="p2"), {"name": "Điểm cầu 2", "identity": "account:2"}),
    (protocol.Mute(participant=None), {"name": "", "identity": ""}),
    (protocol.AskUnmute(participant="p2"), {"name": "Điểm cầu 2", "identity": "account:2"}),
    (protocol.LowerHand(participant=None), {"name": "", "identity": ""}),
    (protocol.GiveFloor(participant="p2", seconds=60), {"name": "Điểm cầu 2", "identity": "account:2", "seconds": 60}),
    (protocol.Spotlight(participant="p1"), {"name": "Điểm cầu 1", "identity": "account:1"}),
    (protocol.SpeakingTime(seconds=60), {"seconds": 60}),
    (protocol.Present(participant="p2"), {"name": "Điểm cầu 2", "identity": "account:2"}),
    (protocol.OpenVote(subject="Thông qua", kind="ballot", secret=False, quorum=None), {"subject": "Thông qua"}),
    (protocol.CloseVote(vote=1), {"subject": "Thông qua"}),
    (protocol.Appoint(participant="p2", on=True), {"name": "Điểm cầu 2", "identity": "account:2", "on": True}),
    (
        protocol.Remove(participant="p2", may_return=True),
        {"name": "Điểm cầu 2", "identity": "account:2", "may_return": True},
    ),
    (protocol.End(), {}),
]


@pytest.mark.parametrize("by", ["c1", "c3"])
def test_what_is_done_for_the_chair_is_written_down_as_such(room: Room, by: str) -> None:
    """And what the chair does is not."""
    enter(room, "c3", admit(3, "technician"))
    share(room, "p1")
    share(room, "p2")
    room.handle("c2", protocol.Hand(up=True), NOW)
    written = []
    for message, _detail in OPERATORS_ACTS:
        effects = room.handle(by, message, NOW)
        assert sent(effects, protocol.Refusal) == []
        written += [record for record in list_records(effects) if isinstance(record, e.OnBehalf)]

    acts = [e.OnBehalf(m.type, detail, "account:3", "Điểm cầu 3", NOW) for m, detail in OPERATORS_ACTS]
    assert written == ([] if by == "c1" else acts)


def test_act_that_is_refused_or_changes_nothing_is_not_written_down(room: Room) -> None:
    enter(room, "c3", admit(3, "secretary"))

    assert list_records(room.handle("c3", protocol.End(), NOW)) == []
    assert list_records(room.handle("c3", protocol.SpeakingTime(seconds=None), NOW)) == []
