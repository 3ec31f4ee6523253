"""The door: lobby, lock, places, removal, and who is let in by whom."""

from dataclasses import replace
from typing import Any

import pytest

from signaling import effects as e
from signaling import engine, protocol
from signaling.errors import CloseCode
from signaling.lobby_rules import REFUSED_PAUSE, WAITING_BY_LINK, WAITING_MOST
from signaling.room import Room
from signaling.state import Admission
from tests.room_play import (
    FACTS,
    NOW,
    SECOND,
    admit,
    closing,
    enter,
    guest,
    hearers,
    join,
    kept,
    list_records,
    open_room,
    pick,
    refusal,
    sent,
    share,
    told,
)

GUARDED = replace(FACTS, lobby="guests")


@pytest.fixture
def lobby() -> Room:
    """As ``room``, where guests wait; the guest w1 waits on g1."""
    room = open_room()
    room.update_facts(GUARDED, NOW)
    enter(room, "g1", guest("a"))
    return room


def test_guest_waits_and_those_who_may_admit_are_told() -> None:
    room = open_room()
    room.update_facts(GUARDED, NOW)
    enter(room, "c3", admit(3, "secretary"))

    effects = enter(room, "g1", guest("a", name="Trần Hải"))

    waiting = protocol.Wait(now=NOW, title=FACTS.title, starts_at=FACTS.starts_at, since=NOW)
    assert [m for c, m in sent(effects, object) if c == "g1"] == [waiting]
    people = (protocol.Waiting(id="w1", name="Trần Hải", detail="UBND xã 900", since=NOW),)
    assert sent(effects, protocol.LobbyChanged) == [(c, protocol.LobbyChanged(people=people)) for c in ("c1", "c3")]
    assert (list_records(effects), pick(effects, e.Tell)) == ([], [])
    [(_, joined)] = sent(enter(room, "c4", admit(4, "technician")), protocol.Joined)
    assert joined.lobby == people
    [(_, joined)] = sent(enter(room, "c5", admit(5)), protocol.Joined)
    assert joined.lobby == ()


def test_waiting_one_hears_nothing_and_can_only_leave(lobby: Room) -> None:
    heard = [
        *lobby.handle("c1", protocol.Say(text="Chào", to="everybody"), NOW),
        *lobby.handle("c2", protocol.Hand(up=True), NOW),
        *lobby.handle("c1", protocol.Record(on=True), NOW),
        *share(lobby, "p2", "camera"),
        *enter(lobby, "c3", admit(3)),
    ]
    assert "g1" not in hearers(heard, object)
    before = lobby.to_json()
    for message in (
        protocol.Say(text="Tôi vào được chưa", to="everybody"),
        protocol.Publish(sdp="v=0", tracks=()),
        protocol.Admit(participant=None),
        protocol.Hand(up=True),
        join(),
    ):
        effects = lobby.handle("g1", message, NOW)
        assert refusal(effects)[1].code == "not_now"
        assert len(effects) == 1
    assert lobby.to_json() == before

    left = lobby.handle("g1", protocol.Leave(), NOW)

    assert closing(left) == [("g1", 1000, "left")]
    assert sent(left, protocol.LobbyChanged) == [("c1", protocol.LobbyChanged(people=()))]


def test_admitted_one_comes_in_and_their_attendance_begins_then(lobby: Room) -> None:
    later = NOW + 30 * SECOND

    effects = lobby.handle("c1", protocol.Admit(participant="w1"), later)

    assert kept(effects) == [
        e.LetIn("guest:1:a", "Khách", "account:1", "Điểm cầu 1", later),
        e.Joined("guest:1:a", "Khách", {}, later),
    ]
    [(connection, joined)] = sent(effects, protocol.Joined)
    assert (connection, joined.you) == ("g1", "p3")
    assert told(effects, engine.Receive) == [engine.Receive("hop", "p3", anew=True)]
    assert hearers(effects, protocol.LobbyChanged) == {"c1"}
    lobby.handle("g1", protocol.Leave(), later)
    assert sent(enter(lobby, "g2", guest("a"), later), protocol.Joined)  # no second time


def test_all_who_wait_are_let_in_at_once(lobby: Room) -> None:
    enter(lobby, "g2", guest("b", link="link:2"))

    effects = lobby.handle("c1", protocol.Admit(participant=None), NOW)

    assert hearers(effects, protocol.Joined) == {"g1", "g2"}
    assert lobby.waiting == {}
    let_in = [record.identity for record in kept(effects) if isinstance(record, e.LetIn)]
    assert let_in == ["guest:1:a", "guest:2:b"]


def test_refused_one_is_told_and_may_knock_again_after_a_while(lobby: Room) -> None:
    effects = lobby.handle("c1", protocol.Refuse(participant="w1"), NOW)

    assert closing(effects) == [("g1", 4406, "refused")]
    assert kept(effects) == [e.TurnedAway("guest:1:a", "Khách", "account:1", "Điểm cầu 1", NOW)]
    assert closing(enter(lobby, "g2", guest("a"), NOW + SECOND)) == [("g2", 4406, "refused")]
    lobby.tick(NOW + REFUSED_PAUSE)
    assert lobby.state.refused == {}
    assert sent(enter(lobby, "g3", guest("a"), NOW + REFUSED_PAUSE), protocol.Wait)


@pytest.mark.parametrize("kind", [protocol.Admit, protocol.Refuse])
@pytest.mark.parametrize("target", ["w9", "p2", "account:2"])
def test_who_does_not_wait_cannot_be_answered(lobby: Room, kind: Any, target: str) -> None:
    assert refusal(lobby.handle("c1", kind(participant=target), NOW))[1].code == "not_waiting"


def test_waiting_ends_with_the_connection_the_pass_and_the_meeting(lobby: Room) -> None:
    assert lobby.disconnected("g1", NOW) == [e.Broadcast(("c1",), protocol.LobbyChanged(people=()))]
    enter(lobby, "g2", guest("a"))
    expelled = lobby.expel("guest:1:a", CloseCode.FORBIDDEN, "link revoked", NOW)
    assert closing(expelled) == [("g2", 4403, "link revoked")]
    enter(lobby, "g3", guest("a"))
    assert ("g3", 1001, "the server stops") in closing(lobby.stop(NOW))
    lobby.recover(NOW, NOW)
    enter(lobby, "c3", admit(1, "chair"))
    lobby.handle("c3", protocol.Start(), NOW)
    enter(lobby, "g4", guest("a"))
    assert ("g4", 4410, "ended") in closing(lobby.handle("c3", protocol.End(), NOW))


def test_second_connection_of_one_who_waits_takes_the_place_of_the_first(lobby: Room) -> None:
    effects = enter(lobby, "g2", guest("a"), NOW + 5 * SECOND)

    assert closing(effects) == [("g1", 4409, "joined elsewhere")]
    assert [(w.id, w.connection, w.since) for w in lobby.waiting.values()] == [("w1", "g2", NOW)]
    assert lobby.disconnected("g1", NOW) == []


@pytest.mark.parametrize(
    ("policy", "waits"),
    [
        ("nobody", set()),
        ("guests", {"guest"}),
        ("uninvited", {"guest", "uninvited"}),
        ("everybody", {"guest", "uninvited", "site"}),
    ],
)
def test_policy_says_who_waits(policy: protocol.LobbyPolicy, waits: set[str]) -> None:
    room = open_room()
    room.handle("c1", protocol.ChangePolicy(lobby=policy), NOW)
    comers = {
        "guest": guest("a"),
        "uninvited": admit(3, "delegate", invited=False),
        "site": admit(4),
        "technician": admit(5, "technician", invited=False),
    }

    assert {who for who, admission in comers.items() if sent(enter(room, who, admission), protocol.Wait)} == waits


def test_policy_change_is_recorded_and_lets_in_who_need_not_wait_any_longer(lobby: Room) -> None:
    enter(lobby, "g2", guest("b", link="link:2"))

    effects = lobby.handle("c1", protocol.ChangePolicy(lobby="nobody", reactions=True), NOW)

    assert kept(effects)[0] == e.PolicyChanged({"lobby": "nobody"}, "account:1", "Điểm cầu 1", NOW)
    assert hearers(effects, protocol.Joined) == {"g1", "g2"}
    assert lobby.handle("c1", protocol.ChangePolicy(lobby="nobody"), NOW) == []


def test_locked_room_lets_in_operators_and_who_was_here(lobby: Room) -> None:
    lobby.handle("c2", protocol.Leave(), NOW)
    lobby.handle("c1", protocol.ChangePolicy(locked=True), NOW)

    assert closing(enter(lobby, "c3", admit(3))) == [("c3", 4423, "locked")]
    assert closing(enter(lobby, "g2", guest("b"))) == [("g2", 4423, "locked")]
    assert sent(enter(lobby, "c4", admit(4, "technician")), protocol.Joined)
    assert sent(enter(lobby, "c5", admit(2)), protocol.Joined)
    assert sent(lobby.handle("c1", protocol.Admit(participant="w1"), NOW), protocol.Joined)  # by hand, still


# Limits


def test_one_link_fills_no_lobby_and_keeps_out_nobody_of_another() -> None:
    room = open_room()
    room.update_facts(GUARDED, NOW)
    waiting = [bool(sent(enter(room, f"g{n}", guest(str(n))), protocol.Wait)) for n in range(WAITING_BY_LINK + 1)]
    assert waiting == [True] * WAITING_BY_LINK + [False]
    assert closing(enter(room, "again", guest("0"))) == [("g0", 4409, "joined elsewhere")]

    assert sent(enter(room, "other", guest("x", link="link:2")), protocol.Wait)
    for number in range(WAITING_MOST):
        enter(room, f"h{number}", guest("x", link=f"link:{10 + number}"))

    assert len(room.waiting) == WAITING_MOST
    assert [code for _, code, _ in closing(enter(room, "last", guest("x", link="link:999")))] == [4413]
    assert sent(enter(room, "member", admit(7)), protocol.Joined)


# Places


def seated(number: int) -> Admission:
    return admit(number, seat=f"unit:{number}")


def test_places_of_invited_units_are_kept_for_them() -> None:
    room = Room("hop", replace(FACTS, limit=4, seats=frozenset({"unit:1", "unit:2", "unit:3"})))
    uninvited = admit(8, "delegate", invited=False)
    assert sent(enter(room, "u1", uninvited), protocol.Joined)  # one place is nobody's
    assert closing(enter(room, "u2", admit(9, "delegate", invited=False))) == [("u2", 4414, "full")]
    assert closing(enter(room, "g", guest("a"))) == [("g", 4414, "full")]
    for number in (1, 2, 3):
        assert sent(enter(room, f"c{number}", seated(number)), protocol.Joined)

    assert closing(enter(room, "c4", admit(4, seat="unit:1"))) == [("c4", 4414, "full")]
    assert sent(enter(room, "op", admit(5, "technician")), protocol.Joined)  # operators always
    room.disconnected("u1", NOW)
    assert sent(enter(room, "u1 again", uninvited), protocol.Joined)  # who is here stays stable


def test_second_of_a_unit_takes_no_place_that_is_kept_for_another() -> None:
    room = Room("hop", replace(FACTS, limit=2, seats=frozenset({"unit:1", "unit:2"})))
    enter(room, "c1", seated(1))

    assert closing(enter(room, "c2", admit(7, seat="unit:1"))) == [("c2", 4414, "full")]
    assert sent(enter(room, "c3", seated(2)), protocol.Joined)


def test_room_that_is_full_admits_nobody_who_waits(lobby: Room) -> None:
    enter(lobby, "g2", guest("b", link="link:2"))
    lobby.update_facts(replace(GUARDED, limit=3), NOW)

    effects = lobby.handle("c1", protocol.Admit(participant=None), NOW)

    assert hearers(effects, protocol.Joined) == {"g1"}
    assert refusal(effects)[1].code == "full"
    assert refusal(lobby.handle("c1", protocol.Admit(participant="w2"), NOW))[1].code == "full"
    assert list(lobby.waiting) == ["w2"]
    assert closing(enter(lobby, "g3", guest("c", link="link:3"))) == [("g3", 4414, "full")]


# Removal


def test_removed_with_return_knocks_whatever_the_policy(room: Room) -> None:
    effects = room.handle("c1", protocol.Remove(participant="p2", may_return=True), NOW)

    assert kept(effects)[0] == e.Removed("account:2", "Điểm cầu 2", "account:1", "Điểm cầu 1", NOW, True)
    assert closing(effects) == [("c2", 4406, "removed")]
    assert sent(enter(room, "c3", admit(2)), protocol.Wait)
    room.handle("c1", protocol.ChangePolicy(lobby="guests"), NOW)
    assert list(room.waiting) == ["w1"]  # a change of policy does not let them in
    assert sent(room.handle("c1", protocol.Admit(participant="w1"), NOW), protocol.Joined)
    room.handle("c3", protocol.Leave(), NOW)
    assert sent(enter(room, "c4", admit(2)), protocol.Joined)


def test_after_a_guest_was_asked_out_newcomers_of_the_link_knock(room: Room) -> None:
    enter(room, "g1", guest("a"))
    enter(room, "g2", guest("b"))
    room.handle("c1", protocol.Remove(participant="p3", may_return=True), NOW)

    assert sent(enter(room, "g3", guest("new cookie")), protocol.Wait)
    room.handle("c1", protocol.ChangePolicy(lobby="guests"), NOW)
    room.handle("c1", protocol.ChangePolicy(lobby="nobody"), NOW)
    assert list(room.waiting) == ["w1"]
    room.handle("g2", protocol.Leave(), NOW)
    assert sent(enter(room, "g4", guest("b")), protocol.Joined)  # who was in before
    assert sent(enter(room, "g5", guest("c", link="link:2")), protocol.Joined)
    assert sent(room.handle("c1", protocol.Admit(participant="w1"), NOW), protocol.Joined)
    assert sent(enter(room, "g6", guest("another")), protocol.Wait)


def test_removed_one_does_not_come_back_as_a_guest_in_the_same_browser(room: Room) -> None:
    enter(room, "c3", admit(3, browser="b1"))
    enter(room, "g1", guest("a", browser="b2"))
    for person in ("p3", "p4"):
        room.handle("c1", protocol.Remove(participant=person, may_return=False), NOW)

    for browser in ("b1", "b2"):
        refused = enter(room, "g2", guest("new", link="link:2", browser=browser))
        assert closing(refused) == [("g2", 4403, "removed")]
    assert sent(enter(room, "g3", guest("new", link="link:2", browser="b3")), protocol.Joined)
    assert sent(enter(room, "g4", guest("older", link="link:3")), protocol.Joined)  # a browser that is not known
    assert sent(enter(room, "c5", admit(5, browser="b1")), protocol.Joined)  # a colleague at the same machine


def test_every_way_in_leads_through_the_lobby(lobby: Room) -> None:
    """No secret, no name and no second connection lets a guest past it."""
    lobby.handle("c1", protocol.ChangePolicy(lobby="everybody"), NOW)
    secrets = [None, "secret of c1", "secret of g1", "guess"]

    for number, resume in enumerate(secrets):
        for admission in (guest("a"), guest("b", link="link:2"), admit(7)):
            assert not sent(enter(lobby, f"x{number}", admission, resume=resume), protocol.Joined)
    assert [p.id for p in lobby.present()] == ["p1", "p2"]
