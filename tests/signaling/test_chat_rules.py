"""What is written: chat, reactions, captions."""

import pytest

from signaling import effects as e
from signaling import protocol
from signaling.chat_rules import REACTIONS_MOST
from signaling.protocol import decode_request
from signaling.room import Room
from tests.room_play import (
    NOW,
    SECOND,
    admit,
    enter,
    hearers,
    kept,
    pick,
    refusal,
    sent,
)


def test_chat_is_saved_before_it_is_told_and_kept_for_those_who_come_later(room: Room) -> None:
    effects = room.handle("c2", protocol.Say(text="Chào các đồng chí", to="everybody"), NOW)

    assert [type(effect) for effect in effects] == [e.Save, e.Broadcast]
    assert kept(effects) == [e.ChatPosted("account:2", "Điểm cầu 2", "Chào các đồng chí", NOW)]
    room.handle("c1", protocol.Say(text="Chào xã", to="everybody"), NOW)
    [(_, joined)] = sent(enter(room, "c3", admit(3)), protocol.Joined)
    assert [(line.id, line.sender, line.text) for line in joined.chat] == [
        (1, "p2", "Chào các đồng chí"),
        (2, "p1", "Chào xã"),
    ]


def test_chat_that_is_too_long_is_refused_and_the_connection_goes_on(room: Room) -> None:
    [(_, refusal)] = sent(room.handle("c2", protocol.Say(text="a" * 2001, to="everybody"), NOW), protocol.Refusal)

    assert (refusal.code, refusal.about) == ("too_long", "chat")


def test_line_to_the_chairs_is_read_by_them_and_its_author_alone(room: Room) -> None:
    enter(room, "c3", admit(3, "secretary"))
    enter(room, "c4", admit(4))
    enter(room, "c5", admit(5, "technician"))
    room.handle("c1", protocol.Appoint(participant="p4", on=True), NOW)
    enter(room, "c6", admit(6))

    effects = room.handle("c2", protocol.Say(text="Xin phép vắng 5 phút", to="chairs"), NOW)

    assert hearers(effects, protocol.Said) == {"c1", "c2", "c3", "c4"}
    assert kept(effects) == [e.ChatPosted("account:2", "Điểm cầu 2", "Xin phép vắng 5 phút", NOW, "chairs")]
    read = {}
    for number, admission in ((1, admit(1, "chair")), (2, admit(2)), (5, admit(5, "technician")), (6, admit(6))):
        [(_, joined)] = sent(enter(room, f"again{number}", admission), protocol.Joined)
        read[number] = [line.to for line in joined.chat]
    assert read == {1: ["chairs"], 2: ["chairs"], 5: [], 6: []}


@pytest.mark.parametrize(
    ("policy", "everybody", "chairs"),
    [("everybody", None, None), ("chairs", "switched_off", None), ("nobody", "switched_off", "switched_off")],
)
def test_policy_says_to_whom_one_may_write(
    room: Room, policy: protocol.ChatPolicy, everybody: str | None, chairs: str | None
) -> None:
    enter(room, "c3", admit(3, "technician"))
    room.handle("c1", protocol.ChangePolicy(chat=policy), NOW)
    refused = {}
    for to in ("everybody", "chairs"):
        said = decode_request(f'{{"type": "chat", "text": "Tôi nghe", "to": "{to}"}}')
        assert not sent(room.handle("c1", said, NOW) + room.handle("c3", said, NOW), protocol.Refusal)
        found = sent(room.handle("c2", said, NOW), protocol.Refusal)
        refused[to] = found[0][1].code if found else None

    assert refused == {"everybody": everybody, "chairs": chairs}


def test_who_comes_later_reads_what_the_policy_lets_them(room: Room) -> None:
    room.handle("c1", protocol.Say(text="Trước", to="everybody"), NOW)
    room.handle("c1", protocol.ChangePolicy(history=False), NOW)
    [(_, late)] = sent(enter(room, "c3", admit(3), NOW + SECOND), protocol.Joined)
    assert late.chat == ()
    room.handle("c1", protocol.Say(text="Sau", to="everybody"), NOW + 2 * SECOND)

    lines = {}
    for number in (2, 3):
        [(_, joined)] = sent(enter(room, f"again{number}", admit(number), NOW + 3 * SECOND), protocol.Joined)
        lines[number] = [line.text for line in joined.chat]

    assert lines == {2: ["Trước", "Sau"], 3: ["Sau"]}


def test_nobody_can_clear_or_change_what_was_written() -> None:
    """There is no such request, and the only one that writes adds a line."""
    assert [kind for kind in protocol.REQUEST_TYPES if "chat" in kind or "clear" in kind] == ["chat"]


def test_reaction_is_shown_and_not_kept(room: Room) -> None:
    effects = room.handle("c2", protocol.React(kind="applause"), NOW)

    assert sent(effects, protocol.Reaction) == [
        (c, protocol.Reaction(participant="p2", kind="applause")) for c in ("c1", "c2")
    ]
    assert pick(effects, e.Save) == []


def test_reactions_are_throttled_by_person_and_by_room(room: Room) -> None:
    for number in range(REACTIONS_MOST):
        enter(room, f"d{number}", admit(10 + number))
    assert sent(room.handle("c2", protocol.React(kind="agree"), NOW), protocol.Reaction)
    assert refusal(room.handle("c2", protocol.React(kind="agree"), NOW + 0.9 * SECOND))[1].code == "too_fast"
    assert sent(room.handle("c2", protocol.React(kind="agree"), NOW + SECOND), protocol.Reaction)

    shown = [
        bool(sent(room.handle(f"d{number}", protocol.React(kind="agree"), NOW + SECOND), protocol.Reaction))
        for number in range(REACTIONS_MOST)
    ]

    assert shown == [True] * (REACTIONS_MOST - 1) + [False]


def test_reactions_can_be_switched_off(room: Room) -> None:
    room.handle("c1", protocol.ChangePolicy(reactions=False), NOW)

    assert refusal(room.handle("c2", protocol.React(kind="slower"), NOW))[1].code == "switched_off"


def test_caption_is_put_down_to_whoever_has_the_floor(room: Room) -> None:
    nobody = room.handle("c1", protocol.TypeCaption(text="Kính thưa"), NOW)
    room.handle("c1", protocol.GiveFloor(participant="p2", seconds=None), NOW)
    speaker = room.handle("c1", protocol.TypeCaption(text="Kính thưa"), NOW)

    assert [(m.participant, m.name) for _, m in sent(nobody + speaker, protocol.Caption)] == [
        (None, ""),
        (None, ""),
        ("p2", "Điểm cầu 2"),
        ("p2", "Điểm cầu 2"),
    ]
    assert refusal(room.handle("c2", protocol.TypeCaption(text="Giả"), NOW))[1].code == "not_allowed"
