"""The room as a whole: coming and going, facts, what survives a restart. The rules by subject have their own tests."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from signaling import effects as e
from signaling import engine, protocol
from signaling.errors import CloseCode
from signaling.presence_rules import REMEMBERED, REMEMBERED_MOST
from signaling.room import EMPTY, GRACE, Room
from signaling.state import Admission, RoomFacts
from tests.room_play import (
    FACTS,
    NOW,
    OPENS_AT,
    SECOND,
    admit,
    enter,
    guest,
    join,
    kept,
    pick,
    sent,
    told,
)


def test_connected_saves_before_it_welcomes_and_tells_the_others() -> None:
    room = Room("hop", FACTS)
    enter(room, "c1", admit(1, "chair"))

    effects = enter(room, "c2", admit(2))

    assert kept(effects) == [e.Joined("account:2", "Điểm cầu 2", admit(2).about, NOW)]
    kinds = [type(effect) for effect in effects]
    assert kinds.index(e.Save) < kinds.index(e.Send) < kinds.index(e.Broadcast)
    [(connection, joined)] = sent(effects, protocol.Joined)
    assert (connection, joined.you, joined.may) == ("c2", "p2", ())
    assert [p.id for p in joined.participants] == ["p1", "p2"]
    assert joined.room.title == FACTS.title
    assert [c for c, _ in sent(effects, protocol.ParticipantChanged)] == ["c1"]


def test_connected_lists_people_in_official_order() -> None:
    room = Room("hop", FACTS)
    enter(room, "c1", admit(9))
    enter(room, "c2", admit(3))
    effects = enter(room, "c3", admit(5))

    [(_, joined)] = sent(effects, protocol.Joined)
    assert [p.order for p in joined.participants] == [3, 5, 9]


@pytest.mark.parametrize(
    ("admission", "facts", "now", "code"),
    [
        (admit(1), FACTS, OPENS_AT - SECOND, CloseCode.TOO_EARLY),
        (admit(1), replace(FACTS, cancelled=True), NOW, CloseCode.FORBIDDEN),
        (admit(1), replace(FACTS, ended=True), NOW, CloseCode.ENDED),
        (admit(1), replace(FACTS, limit=0), NOW, CloseCode.FULL),
        (guest("a", name=""), FACTS, NOW, CloseCode.PROTOCOL),
    ],
)
def test_connected_refuses(admission: Admission, facts: RoomFacts, now: datetime, code: CloseCode) -> None:
    room = Room("hop", facts)

    [close] = pick(enter(room, "c1", admission, now), e.CloseWire)

    assert close.code == code
    assert room.present() == []


def test_connected_refuses_another_version() -> None:
    message = protocol.Join(version=1, resume=None, name=None)

    assert Room("hop", FACTS).connected("c1", admit(1), message, "s", NOW) == [
        e.CloseWire("c1", CloseCode.PROTOCOL, "join.version: this server speaks version 2")
    ]


def test_connected_lets_operators_in_earlier() -> None:
    early = OPENS_AT - timedelta(minutes=30)
    room = Room("hop", FACTS)

    assert sent(enter(room, "c1", admit(1, "technician", can_come=early), early), protocol.Joined)


def test_connected_takes_a_guests_name_and_nobody_elses() -> None:
    room = Room("hop", FACTS)
    enter(room, "c1", guest("a", name=""), name="Trần Thị Bình")
    enter(room, "c2", admit(2), name="Chủ tịch tỉnh")

    assert [p.admission.name for p in room.present()] == ["Điểm cầu 2", "Trần Thị Bình"]


def test_connected_again_replaces_the_first_connection(room: Room) -> None:
    room.handle("c2", protocol.Hand(up=True), NOW)

    effects = enter(room, "c3", admit(2), NOW + SECOND)

    assert pick(effects, e.CloseWire) == [e.CloseWire("c2", CloseCode.REPLACED, "joined elsewhere")]
    assert kept(effects) == []  # one interval of attendance
    [(_, joined)] = sent(effects, protocol.Joined)
    assert joined.you == "p2"
    assert joined.participants[1].hand == NOW
    assert told(effects, engine.Leave) == [engine.Leave("hop", "p2")]
    assert room.handle("c2", protocol.Hand(up=False), NOW) == []
    assert room.disconnected("c2", NOW) == []


def test_connected_with_the_secret_keeps_the_media(room: Room) -> None:
    room.handle_event(engine.TrackAdded("hop", "p1", "t1", "microphone", "audio"), NOW)
    room.handle_event(engine.TrackAdded("hop", "p2", "t2", "microphone", "audio"), NOW)
    room.disconnected("c2", NOW)

    effects = enter(room, "c3", admit(2), resume="secret of c2")

    assert told(effects, engine.Leave) == []
    assert told(effects, engine.Receive) == [engine.Receive("hop", "p2", restart=True)]
    assert sent(effects, protocol.Notice) == []
    assert [t.id for t in room.present()[1].tracks] == ["t2"]


@pytest.mark.parametrize("resume", ["secret of c1", "guess", ""])
def test_connected_with_a_wrong_secret_begins_media_anew(room: Room, resume: str) -> None:
    room.handle_event(engine.TrackAdded("hop", "p2", "t2", "microphone", "audio"), NOW)
    room.disconnected("c2", NOW)

    effects = enter(room, "c3", admit(2), resume=resume)

    assert told(effects, engine.Leave) == [engine.Leave("hop", "p2")]
    assert [m.code for _, m in sent(effects, protocol.Notice)] == ["media_restarted"]
    assert room.present()[1].tracks == []


def test_secret_of_another_person_lets_nobody_in_as_them(room: Room) -> None:
    room.disconnected("c1", NOW)

    effects = enter(room, "c3", admit(3), resume="secret of c1")

    [(_, joined)] = sent(effects, protocol.Joined)
    assert (joined.you, joined.may) == ("p3", ())


def test_snapshot_holds_no_secret(room: Room) -> None:
    assert "secret of" not in str(room.to_json())


def test_disconnected_is_shown_and_ends_after_the_grace(room: Room) -> None:
    shown = room.disconnected("c2", NOW)
    [(_, changed)] = sent(shown, protocol.ParticipantChanged)
    assert (changed.participant.id, changed.participant.connected) == ("p2", False)
    assert room.tick(NOW + GRACE - SECOND) == []

    effects = room.tick(NOW + GRACE)

    assert kept(effects) == [e.Left("account:2", NOW, "lost")]  # at the moment it broke
    assert sent(effects, protocol.Left) == [("c1", protocol.Left(id="p2"))]
    assert told(effects, engine.Leave) == [engine.Leave("hop", "p2")]


def test_return_within_the_grace_is_one_attendance(room: Room) -> None:
    room.disconnected("c2", NOW)

    effects = enter(room, "c3", admit(2), NOW + GRACE - SECOND, resume="secret of c2")

    assert kept(effects) == []
    assert room.tick(NOW + 2 * GRACE) == []


def test_return_after_the_grace_is_a_new_person(room: Room) -> None:
    room.disconnected("c2", NOW)
    room.tick(NOW + GRACE)

    effects = enter(room, "c3", admit(2), NOW + GRACE, resume="secret of c2")

    assert [type(record) for record in kept(effects)] == [e.Joined]
    assert sent(effects, protocol.Joined)[0][1].you == "p3"


def test_leave_ends_attendance_at_once(room: Room) -> None:
    effects = room.handle("c2", protocol.Leave(), NOW + SECOND)

    assert kept(effects) == [e.Left("account:2", NOW + SECOND, "left")]
    assert pick(effects, e.CloseWire) == [e.CloseWire("c2", CloseCode.LEFT, "left")]
    assert sent(effects, protocol.Left) == [("c1", protocol.Left(id="p2"))]


@pytest.mark.parametrize(
    "message",
    [
        protocol.Record(on=True),
        protocol.Start(),
        protocol.End(),
        protocol.Mute(participant="p1"),
        protocol.Remove(participant="p1", may_return=False),
    ],
)
def test_operators_acts_are_refused_to_others(room: Room, message: protocol.Request) -> None:
    before = room.to_json()

    [(connection, refusal)] = sent(room.handle("c2", message, NOW), protocol.Refusal)

    assert (connection, refusal.code, refusal.about) == ("c2", "not_allowed", message.type)
    assert room.to_json() == before


def test_second_join_on_a_connection_ends_it(room: Room) -> None:
    effects = room.handle("c2", join(), NOW)

    assert [close.code for close in pick(effects, e.CloseWire)] == [CloseCode.PROTOCOL]


def test_those_who_left_are_forgotten_after_a_while(room: Room) -> None:
    room.handle("c2", protocol.Leave(), NOW)
    room.tick(NOW + REMEMBERED)

    assert set(room.state.people) == {"p1"}


def test_expelled_person_leaves_at_once(room: Room) -> None:
    effects = room.expel("account:2", CloseCode.NOT_SIGNED_IN, "signed out", NOW)

    assert kept(effects) == [e.Left("account:2", NOW, "expelled")]
    assert pick(effects, e.CloseWire) == [e.CloseWire("c2", CloseCode.NOT_SIGNED_IN, "signed out")]
    assert room.expel("account:2", CloseCode.NOT_SIGNED_IN, "signed out", NOW) == []


def test_changed_booking_is_told(room: Room) -> None:
    assert room.update_facts(FACTS, NOW) == []

    effects = room.update_facts(replace(FACTS, title="Giao ban quý IV"), NOW)

    assert {m.room.title for _, m in sent(effects, protocol.RoomChanged)} == {"Giao ban quý IV"}


def test_cancelled_meeting_sends_everybody_out(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)

    effects = room.update_facts(replace(FACTS, cancelled=True), NOW)

    assert [(c.connection, c.code) for c in pick(effects, e.CloseWire)] == [("c1", 4403), ("c2", 4403)]
    assert e.RecordingOff("", "", NOW, "cancelled") in kept(effects)
    assert told(effects, engine.CloseRoom)


def test_stop_asks_everybody_to_come_back(room: Room) -> None:
    effects = room.stop(NOW)

    assert [(c.connection, c.code) for c in pick(effects, e.CloseWire)] == [("c1", 1001), ("c2", 1001)]
    assert kept(effects) == []
    assert effects[0] == e.Save()


def test_recover_carries_on_from_the_snapshot(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    room.handle("c2", protocol.Hand(up=True), NOW)
    room.handle_event(engine.FileOpened("hop", "p2", "hop/p2-1.mka", "2026-11-24T01:00:00.000Z"), NOW)
    snapshot, chat, later = room.to_json(), room.chat, NOW + timedelta(seconds=20)
    again = Room("hop", FACTS, chat=chat)
    again.load_state(snapshot)

    assert kept(again.recover(NOW, later)) == []
    returned = enter(again, "c9", admit(2), later, resume="secret of c2")
    assert kept(returned) == [
        e.Joined("account:2", "Điểm cầu 2", admit(2).about, later),  # the outage is a gap
        e.RecordingOn("", "Điểm cầu 1", later),
    ]
    assert told(returned, engine.Record) == [engine.Record("hop", "hop")]
    [(_, joined)] = sent(returned, protocol.Joined)
    assert (joined.you, joined.participants[1].hand, joined.room.recording.since) == ("p2", NOW, NOW)
    assert [m.code for _, m in sent(returned, protocol.Notice)] == ["media_restarted"]
    assert kept(again.tick(later + GRACE)) == []  # the chair's attendance was closed at the outage


def test_recovered_meeting_to_which_nobody_returns_ended_at_the_outage(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    outage, morning = NOW + timedelta(minutes=90), NOW + timedelta(hours=20)
    room.recover(outage, morning)
    room.tick(morning + GRACE)

    effects = room.tick(morning + GRACE + EMPTY)

    assert kept(effects) == [e.PhaseChanged("ended", "", "", outage)]


FIRST_VERSION: dict[str, Any] = {
    "version": 1,
    "phase": "in_session",
    "started_at": "2026-11-24T01:00:00.000Z",
    "next_person": 3,
    "people": {
        person_id: {
            "id": person_id,
            "admission": {
                "identity": f"account:{number}",
                "name": f"Điểm cầu {number}",
                "detail": "UBND xã",
                "role": "site",
                "may": [],
                "order": number,
                "locale": "vi",
                "about": {"site_id": number},
                "can_come": "2026-11-24T00:45:00.000Z",
                "via": "",
            },
            "resume_hash": "",
            "connection": f"c{number}",
            "hand": f"2026-11-24T01:0{5 - number}:00.000Z",
        }
        for number, person_id in ((1, "p1"), (2, "p2"))
    },
    "removed": ["account:7"],
}


def test_load_state_carries_on_a_snapshot_of_the_first_version() -> None:
    room = Room("hop", FACTS)
    room.load_state(FIRST_VERSION)
    room.recover(NOW, NOW)

    assert room.view_room().queue == ("p2", "p1")
    [(_, joined)] = sent(enter(room, "d1", admit(1)), protocol.Joined)
    assert (joined.you, joined.room.phase, joined.room.policy.lobby) == ("p1", "in_session", "nobody")
    assert pick(enter(room, "d7", admit(7)), e.CloseWire)[0].code == CloseCode.FORBIDDEN
    room.handle("d1", protocol.Hand(up=False), NOW)
    again = Room("hop", FACTS)
    again.load_state(room.to_json())
    assert again.view_room().queue == ("p2",)


@pytest.mark.parametrize("snapshot", [{"version": 99}, {"people": 5}, {"phase": "lunch"}])
def test_load_state_refuses_what_it_cannot_read(snapshot: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Room("hop", FACTS).load_state(snapshot)


def test_those_who_left_are_not_remembered_without_end() -> None:
    room = Room("hop", FACTS)
    enter(room, "c1", admit(1, "chair"))
    enter(room, "g", guest("heard"))
    [heard] = [person.id for person in room.present() if person.admission.role == "guest"]
    room.handle_event(engine.FileOpened("hop", heard, "hop/p2-1.mka", "2026-11-24T01:00:00.000Z"), NOW)
    room.handle("g", protocol.Leave(), NOW)
    for number in range(REMEMBERED_MOST + 50):
        enter(room, f"g{number}", guest(str(number)))
        room.handle(f"g{number}", protocol.Leave(), NOW + number * SECOND / 100)

    room.tick(NOW + 5 * SECOND)

    assert len(room.state.people) == 1 + 1 + REMEMBERED_MOST
    assert heard in room.state.people  # the file closes later
