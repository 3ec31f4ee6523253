"""What a site says of itself."""

from dataclasses import replace

import pytest

from signaling import effects as e
from signaling import engine, protocol
from signaling.room import EMPTY, Room
from signaling.state import Admission
from tests.room_play import (
    FACTS,
    NOW,
    SECOND,
    admit,
    closing,
    enter,
    guest,
    kept,
    pick,
    refusal,
    screen,
    sent,
    share,
    told,
)


def test_declared_heads_are_filed_under_the_site_and_shown(room: Room) -> None:
    effects = room.handle("c2", protocol.Declare(heads=2, names=("Trần Hải", "Lê Bình")), NOW)

    assert kept(effects) == [
        e.HeadsDeclared("account:2", "Điểm cầu 2", admit(2).about, 2, ("Trần Hải", "Lê Bình"), NOW)
    ]
    shown = {(m.participant.heads, m.participant.names) for _, m in sent(effects, protocol.ParticipantChanged)}
    assert shown == {(2, ("Trần Hải", "Lê Bình"))}
    assert room.handle("c2", protocol.Declare(heads=2, names=("Trần Hải", "Lê Bình")), NOW + SECOND) == []


def test_what_was_declared_holds_for_the_whole_meeting(room: Room) -> None:
    room.handle("c2", protocol.Declare(heads=14, names=()), NOW)
    room.handle("c2", protocol.Leave(), NOW)
    again = Room("hop", FACTS)
    again.load_state(room.to_json())

    [(_, joined)] = sent(enter(again, "c9", admit(2)), protocol.Joined)
    assert [p.heads for p in joined.participants if p.id == joined.you] == [14]
    taken_back = again.handle("c9", protocol.Declare(heads=None, names=()), NOW)
    assert kept(taken_back) == [e.HeadsDeclared("account:2", "Điểm cầu 2", admit(2).about, None, (), NOW)]
    assert again.state.declared == {}


@pytest.mark.parametrize("admission", [guest("a"), admit(3, "observer"), screen(3)])
def test_only_a_site_or_delegate_declares(room: Room, admission: Admission) -> None:
    enter(room, "c3", admission)

    assert refusal(room.handle("c3", protocol.Declare(heads=3, names=()), NOW))[1].code == "not_allowed"


def test_companion_is_silent_whatever_it_sends(room: Room) -> None:
    room.handle("c2", protocol.Muted(muted=False), NOW)

    on = room.handle("c2", protocol.Companion(on=True), NOW)

    assert told(on, engine.Silence) == [engine.Silence("hop", "p2", True)]
    assert {(m.participant.companion, m.participant.muted) for _, m in sent(on, protocol.ParticipantChanged)} == {
        (True, True)
    }
    assert refusal(room.handle("c2", protocol.Muted(muted=False), NOW))[1].code == "companion"
    assert told(share(room, "p2", "microphone"), engine.Silence) == [engine.Silence("hop", "p2", True)]
    off = room.handle("c2", protocol.Companion(on=False), NOW)
    assert told(off, engine.Silence) == [engine.Silence("hop", "p2", False)]
    assert room.present()[1].muted


def test_companion_who_was_muted_stays_so(room: Room) -> None:
    room.handle("c1", protocol.Mute(participant="p2"), NOW)
    room.handle("c2", protocol.Companion(on=True), NOW)

    off = room.handle("c2", protocol.Companion(on=False), NOW)

    assert told(off, engine.Silence) == [engine.Silence("hop", "p2", True)]


def test_link_is_told_when_it_changes_and_not_saved(room: Room) -> None:
    effects = room.handle("c2", protocol.ReportLink(quality="weak", weak=True), NOW)

    assert {(m.participant.link, m.participant.weak) for _, m in sent(effects, protocol.ParticipantChanged)} == {
        ("weak", True)
    }
    assert pick(effects, e.Save) == []
    assert room.handle("c2", protocol.ReportLink(quality="weak", weak=True), NOW) == []


def test_screen_of_a_hall_is_no_attendance_no_place_and_says_nothing(room: Room) -> None:
    full = room.update_facts(replace(FACTS, limit=2), NOW)
    assert sent(full, protocol.RoomChanged)

    effects = enter(room, "c3", screen(2))

    assert kept(effects) == []
    assert sent(effects, protocol.Joined)
    assert told(effects, engine.Receive)
    for message in (
        protocol.Publish(sdp="v=0", tracks=()),
        protocol.Hand(up=True),
        protocol.Say(text="Chào", to="everybody"),
        protocol.React(kind="agree"),
        protocol.Muted(muted=False),
        protocol.Companion(on=True),
        protocol.CastVote(vote=1, choice="for"),
        protocol.Start(),
    ):
        assert refusal(room.handle("c3", message, NOW))[1].code == "not_allowed"
    assert told(room.handle("c3", protocol.View(tracks=(), audio=True, limit=None), NOW), engine.View)
    assert kept(room.handle("c3", protocol.Leave(), NOW)) == []


def test_screens_left_on_keep_no_meeting_going(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    enter(room, "c3", screen(2))
    over = FACTS.ends_at + SECOND
    for connection in ("c1", "c2"):
        room.handle(connection, protocol.Leave(), over)
    room.tick(over)

    effects = room.tick(over + EMPTY)

    assert [r.at for r in kept(effects) if isinstance(r, e.PhaseChanged)] == [over]
    assert closing(effects) == [("c3", 4410, "ended")]


def test_screen_goes_with_whoever_opened_it_and_does_not_come_back(room: Room) -> None:
    enter(room, "c3", admit(2, "projection", identity="projection:account:2"))

    gone = room.handle("c1", protocol.Remove(participant="p2", may_return=False), NOW)

    assert closing(gone) == [("c2", 4403, "removed"), ("c3", 4403, "removed")]
    assert closing(enter(room, "c4", admit(2, "projection", identity="projection:account:2"))) == [
        ("c4", 4403, "removed")
    ]


def test_screen_that_is_removed_takes_nobody_with_it(room: Room) -> None:
    enter(room, "c3", admit(2, "projection", identity="projection:account:2"))

    gone = room.handle("c1", protocol.Remove(participant="p3", may_return=True), NOW)

    assert closing(gone) == [("c3", 4406, "removed")]
    assert sent(enter(room, "c4", admit(2, "projection", identity="projection:account:2")), protocol.Wait)
    assert sent(enter(room, "c5", admit(2)), protocol.Joined)
