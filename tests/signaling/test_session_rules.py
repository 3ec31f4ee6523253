"""The course of a meeting: it begins, takes up its items, and ends."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from signaling import effects as e
from signaling import engine, protocol
from signaling.errors import CloseCode
from signaling.room import EMPTY, Room
from tests.room_play import (
    FACTS,
    NOW,
    SECOND,
    admit,
    enter,
    kept,
    pick,
    sent,
    told,
)


def test_start_opens_the_meeting_once(room: Room) -> None:
    effects = room.handle("c1", protocol.Start(), NOW)

    assert kept(effects) == [e.PhaseChanged("in_session", "account:1", "Điểm cầu 1", NOW)]
    assert {m.room.phase for _, m in sent(effects, protocol.RoomChanged)} == {"in_session"}
    assert room.handle("c1", protocol.Start(), NOW + SECOND) == []


def test_end_closes_everything(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    later = NOW + timedelta(hours=1)

    effects = room.handle("c1", protocol.End(), later)

    assert kept(effects) == [
        e.RecordingOff("account:1", "Điểm cầu 1", later, "ended"),
        e.PhaseChanged("ended", "account:1", "Điểm cầu 1", later),
        e.Left("account:1", later, "ended"),
        e.Left("account:2", later, "ended"),
    ]
    assert [(c.connection, c.code) for c in pick(effects, e.CloseWire)] == [("c1", 4410), ("c2", 4410)]
    assert told(effects, engine.StopRecording)
    assert told(effects, engine.CloseRoom)
    assert [c.code for c in pick(enter(room, "c3", admit(2), later), e.CloseWire)] == [CloseCode.ENDED]


def test_end_before_the_start_is_not_now(room: Room) -> None:
    [(_, refusal)] = sent(room.handle("c1", protocol.End(), NOW), protocol.Refusal)

    assert refusal.code == "not_now"


def test_meeting_ends_by_itself_when_over_and_empty(room: Room) -> None:
    room.handle("c1", protocol.Start(), NOW)
    gone = FACTS.ends_at - timedelta(minutes=1)
    room.handle("c1", protocol.Leave(), gone)
    room.handle("c2", protocol.Leave(), gone)
    assert room.tick(gone) == []
    assert room.tick(gone + EMPTY - SECOND) == []

    effects = room.tick(gone + EMPTY)

    assert kept(effects) == [e.PhaseChanged("ended", "", "", gone)]


def test_meeting_that_was_never_opened_does_not_end(room: Room) -> None:
    room.handle("c1", protocol.Leave(), NOW)
    room.handle("c2", protocol.Leave(), NOW)
    room.tick(NOW)

    assert room.tick(FACTS.ends_at + EMPTY) == []
    assert room.is_idle()


ITEMS = tuple(protocol.AgendaEntry(title=title, presenter="", minutes=10) for title in ("Một", "Hai", "Ba"))
AGENDA = replace(FACTS, agenda=ITEMS)


@pytest.fixture
def session() -> Room:
    """In session with three items: the chair is p1 on c1, a secretary p2 on c2, a site p3 on c3."""
    room = Room("hop", AGENDA)
    roles: tuple[protocol.Role, ...] = ("chair", "secretary", "site")
    for number, role in enumerate(roles, start=1):
        enter(room, f"c{number}", admit(number, role))
    room.handle("c1", protocol.Start(), NOW)
    return room


def take_up(room: Room, item: int | None, by: str = "c1", now: datetime = NOW) -> list[e.Effect]:
    return room.handle(by, protocol.TakeUp(item=item), now)


def test_item_taken_up_is_saved_before_everybody_is_told(session: Room) -> None:
    effects = take_up(session, 1, now=NOW + SECOND)

    assert effects[0] == e.Save((e.AgendaTurned("Hai", 1, "account:1", "Điểm cầu 1", NOW + SECOND),))
    changed = sent(effects, protocol.RoomChanged)
    assert {connection for connection, _ in changed} == {"c1", "c2", "c3"}
    assert {(m.room.item, m.room.item_since) for _, m in changed} == {(1, NOW + SECOND)}
    [(_, joined)] = sent(enter(session, "c4", admit(4), NOW + 90 * SECOND), protocol.Joined)
    assert (joined.room.item, joined.room.item_since) == (1, NOW + SECOND)


def test_item_taken_up_again_keeps_its_clock(session: Room) -> None:
    take_up(session, 1)

    assert take_up(session, 1, now=NOW + SECOND) == []
    assert session.view_room().item_since == NOW


def test_item_may_be_none_again(session: Room) -> None:
    take_up(session, 1)
    effects = take_up(session, None, now=NOW + SECOND)

    assert {(m.room.item, m.room.item_since) for _, m in sent(effects, protocol.RoomChanged)} == {(None, None)}


def test_every_turn_of_the_agenda_is_recorded(session: Room) -> None:
    assert kept(take_up(session, 2, by="c2")) == [e.AgendaTurned("Ba", 2, "account:2", "Điểm cầu 2", NOW)]
    assert kept(take_up(session, None, by="c2")) == [e.AgendaTurned("", None, "account:2", "Điểm cầu 2", NOW)]
    assert kept(take_up(session, 0)) == [e.AgendaTurned("Một", 0, "account:1", "Điểm cầu 1", NOW)]


@pytest.mark.parametrize(("by", "item", "code"), [("c3", 0, "not_allowed"), ("c1", 3, "not_now")])
def test_item_is_refused(session: Room, by: str, item: int, code: str) -> None:
    [(connection, refusal)] = sent(take_up(session, item, by), protocol.Refusal)

    assert (connection, refusal.code, refusal.about) == (by, code, "agenda")
    assert session.view_room().item is None


def test_item_waits_for_the_meeting(room: Room) -> None:
    [(_, refusal)] = sent(take_up(room, 0), protocol.Refusal)

    assert refusal.code == "not_now"


def test_item_follows_its_title_when_the_agenda_changes(session: Room) -> None:
    take_up(session, 1)

    effects = session.update_facts(replace(AGENDA, agenda=(ITEMS[2], ITEMS[0], ITEMS[1])), NOW + SECOND)

    assert effects[0] == e.Save()
    assert {(m.room.item, m.room.item_since) for _, m in sent(effects, protocol.RoomChanged)} == {(2, NOW)}
    effects = session.update_facts(replace(AGENDA, agenda=ITEMS[:1]), NOW + SECOND)
    assert {(m.room.item, m.room.item_since) for _, m in sent(effects, protocol.RoomChanged)} == {(None, None)}


def test_item_outlives_a_restart_and_a_change_meanwhile(session: Room) -> None:
    take_up(session, 1)
    again = Room("hop", replace(AGENDA, agenda=ITEMS[1:]))
    again.load_state(session.to_json())

    assert (again.view_room().item, again.view_room().item_since) == (0, NOW)
