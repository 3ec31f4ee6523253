"""The rules of the room, played without a clock."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling import effects as e
from signaling import engine, protocol
from signaling.errors import CloseCode
from signaling.room import EMPTY, GRACE, REMEMBERED, REMEMBERED_MOST, Room
from signaling.state import Admission, RoomFacts

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FACTS = RoomFacts(
    title="Giao ban tháng 11",
    opens_at=NOW - timedelta(minutes=15),
    starts_at=NOW,
    ends_at=NOW + timedelta(hours=2),
    agenda=(protocol.AgendaEntry(title="Kinh tế - xã hội", presenter="Sở Tài chính", minutes=20),),
)
EVERYTHING: frozenset[protocol.Permission] = frozenset({"record", "start", "end", "mute", "remove"})
Kind = TypeVar("Kind")


def admit(number: int, role: protocol.Role = "site", **changes: Any) -> Admission:
    operator = role in ("chair", "secretary", "technician")
    admission = Admission(
        identity=f"account:{number}",
        name=f"Điểm cầu {number}",
        detail="UBND xã",
        role=role,
        may=EVERYTHING if operator else frozenset(),
        order=number,
        locale="vi",
        about={"person_id": None, "site_id": number, "unit_id": number},
        can_come=FACTS.opens_at,
    )
    return replace(admission, **changes)


def guest(nonce: str, name: str = "Khách", link: str = "link:1") -> Admission:
    return admit(900, "guest", identity=f"guest:1:{nonce}", name=name, via=link)


def join(resume: str | None = None, name: str | None = None) -> protocol.Join:
    return protocol.Join(version=1, resume=resume, name=name)


def pick(effects: Iterable[e.Effect], kind: type[Kind]) -> list[Kind]:
    return [effect for effect in effects if isinstance(effect, kind)]


def told(effects: Iterable[e.Effect], kind: type[Kind]) -> list[Kind]:
    return [effect.command for effect in pick(effects, e.Tell) if isinstance(effect.command, kind)]


def sent(effects: Iterable[e.Effect], kind: type[Kind]) -> list[tuple[str, Kind]]:
    """Which connection hears what."""
    out: list[tuple[str, Kind]] = []
    for effect in effects:
        if isinstance(effect, e.Send) and isinstance(effect.message, kind):
            out.append((effect.connection, effect.message))
        if isinstance(effect, e.Broadcast) and isinstance(effect.message, kind):
            out += [(connection, effect.message) for connection in effect.connections]
    return out


def kept(effects: Iterable[e.Effect]) -> list[e.Record]:
    return [record for save in pick(effects, e.Save) for record in save.records]


def enter(room: Room, connection: str, admission: Admission, now: datetime = NOW, **how: Any) -> list[e.Effect]:
    return room.connected(connection, admission, join(**how), f"secret of {connection}", now)


@pytest.fixture
def room() -> Room:
    """The chair is p1 on connection c1, a site is p2 on c2."""
    room = Room("hop", FACTS)
    enter(room, "c1", admit(1, "chair"))
    enter(room, "c2", admit(2))
    return room


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
        (admit(1), FACTS, FACTS.opens_at - SECOND, CloseCode.TOO_EARLY),
        (admit(1), replace(FACTS, cancelled=True), NOW, CloseCode.FORBIDDEN),
        (admit(1), replace(FACTS, ended=True), NOW, CloseCode.ENDED),
        (admit(1), replace(FACTS, limit=0), NOW, CloseCode.TOO_MUCH),
        (guest("a", name=""), FACTS, NOW, CloseCode.PROTOCOL),
    ],
)
def test_connected_refuses(admission: Admission, facts: RoomFacts, now: datetime, code: CloseCode) -> None:
    room = Room("hop", facts)

    [close] = pick(enter(room, "c1", admission, now), e.CloseWire)

    assert close.code == code
    assert room.present() == []


def test_connected_refuses_another_version() -> None:
    message = protocol.Join(version=2, resume=None, name=None)

    assert Room("hop", FACTS).connected("c1", admit(1), message, "s", NOW) == [
        e.CloseWire("c1", CloseCode.PROTOCOL, "join.version: this server speaks version 1")
    ]


def test_connected_lets_operators_in_earlier() -> None:
    early = FACTS.opens_at - timedelta(minutes=30)
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
    assert told(effects, engine.Subscribe) == [engine.Subscribe("hop", "p2", ("t1",), restart=True)]
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


def test_removed_person_cannot_come_back(room: Room) -> None:
    effects = room.handle("c1", protocol.Remove(participant="p2"), NOW)

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
    room.handle("c1", protocol.Remove(participant="p3"), NOW)

    assert pick(enter(room, "c5", guest("fresh cookie")), e.CloseWire)
    assert pick(enter(room, "c6", guest("a")), e.CloseWire)
    assert sent(enter(room, "c7", guest("b")), protocol.Joined)  # who was in already stays in
    assert sent(enter(room, "c8", guest("c", link="link:2")), protocol.Joined)


@pytest.mark.parametrize("target", ["p1", "p3"])
def test_remove_spares_oneself_and_the_chair(room: Room, target: str) -> None:
    enter(room, "c3", admit(3, "secretary"))

    [(_, refusal)] = sent(room.handle("c3", protocol.Remove(participant=target), NOW), protocol.Refusal)

    assert (refusal.code, refusal.about) == ("not_allowed", "remove")


@pytest.mark.parametrize(
    "message",
    [
        protocol.Record(on=True),
        protocol.Start(),
        protocol.End(),
        protocol.Mute(participant="p1"),
        protocol.Remove(participant="p1"),
    ],
)
def test_operators_acts_are_refused_to_others(room: Room, message: protocol.Request) -> None:
    before = room.to_json()

    [(connection, refusal)] = sent(room.handle("c2", message, NOW), protocol.Refusal)

    assert (connection, refusal.code, refusal.about) == ("c2", "not_allowed", message.type)
    assert room.to_json() == before


@pytest.mark.parametrize("kind", [protocol.Mute, protocol.Remove])
@pytest.mark.parametrize("target", ["p9", "p3", "account:2"])
def test_acts_on_nobody_are_refused(room: Room, kind: Any, target: str) -> None:
    enter(room, "c3", admit(3))
    room.handle("c3", protocol.Leave(), NOW)

    [(_, refusal)] = sent(room.handle("c1", kind(participant=target), NOW), protocol.Refusal)

    assert refusal.code == "no_such_participant"


def test_second_join_on_a_connection_ends_it(room: Room) -> None:
    effects = room.handle("c2", join(), NOW)

    assert [close.code for close in pick(effects, e.CloseWire)] == [CloseCode.PROTOCOL]


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


def test_chat_is_saved_before_it_is_told_and_kept_for_those_who_come_later(room: Room) -> None:
    effects = room.handle("c2", protocol.Say(text="Chào các đồng chí"), NOW)

    assert [type(effect) for effect in effects] == [e.Save, e.Broadcast]
    assert kept(effects) == [e.ChatPosted("account:2", "Điểm cầu 2", "Chào các đồng chí", NOW)]
    room.handle("c1", protocol.Say(text="Chào xã"), NOW)
    [(_, joined)] = sent(enter(room, "c3", admit(3)), protocol.Joined)
    assert [(line.id, line.sender, line.text) for line in joined.chat] == [
        (1, "p2", "Chào các đồng chí"),
        (2, "p1", "Chào xã"),
    ]


def test_chat_that_is_too_long_is_refused_and_the_connection_goes_on(room: Room) -> None:
    [(_, refusal)] = sent(room.handle("c2", protocol.Say(text="a" * 2001), NOW), protocol.Refusal)

    assert (refusal.code, refusal.about) == ("too_long", "chat")


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


def test_record_opens_the_meeting_and_is_told_to_everybody(room: Room) -> None:
    effects = room.handle("c1", protocol.Record(on=True), NOW)

    assert kept(effects) == [
        e.PhaseChanged("in_session", "account:1", "Điểm cầu 1", NOW),
        e.RecordingOn("account:1", "Điểm cầu 1", NOW),
    ]
    assert told(effects, engine.Record) == [engine.Record("hop", "hop")]
    on = protocol.Recording(on=True, since=NOW, by="Điểm cầu 1")
    assert [(c, m.room.recording) for c, m in sent(effects, protocol.RoomChanged)] == [("c1", on), ("c2", on)]
    [(_, joined)] = sent(enter(room, "c3", admit(3)), protocol.Joined)
    assert joined.room.recording == on


def test_record_off_ends_the_span(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)

    effects = room.handle("c1", protocol.Record(on=False), NOW + SECOND)

    assert kept(effects) == [e.RecordingOff("account:1", "Điểm cầu 1", NOW + SECOND, "stopped")]
    assert told(effects, engine.StopRecording)
    assert room.handle("c1", protocol.Record(on=False), NOW) == []


@pytest.mark.parametrize(("files", "code"), [(0, "recording_refused"), (1, "disk_low")])
def test_recording_that_the_disk_refuses_is_taken_back_and_operators_are_told(
    room: Room, files: int, code: str
) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    for _ in range(files):
        room.handle_event(engine.FileOpened("hop", "p2", "hop/p2-1.mka", "2026-11-24T01:00:00.000Z"), NOW)

    effects = room.handle_event(engine.RecordingRefused("hop", "disk"), NOW + SECOND)

    assert kept(effects) == [e.RecordingOff("", "", NOW + SECOND, "disk")]
    assert [(c, m.code) for c, m in sent(effects, protocol.Notice)] == [("c1", code)]
    assert {m.room.recording.on for _, m in sent(effects, protocol.RoomChanged)} == {False}


def test_files_are_filed_under_who_was_heard_even_after_they_left(room: Room) -> None:
    opened = room.handle_event(engine.FileOpened("hop", "p2", "hop/p2-1.mka", "2026-11-24T01:00:01.500Z"), NOW)
    at = NOW + timedelta(seconds=1.5)
    assert kept(opened) == [e.FileOpened("account:2", "Điểm cầu 2", admit(2).about, "hop/p2-1.mka", at)]
    room.handle("c2", protocol.Leave(), NOW)
    room.tick(NOW + 2 * REMEMBERED)

    late = room.handle_event(engine.FileOpened("hop", "p2", "hop/p2-2.mka", "2026-11-24T01:00:01.500Z"), NOW)
    closed = room.handle_event(engine.FileClosed("hop", "p2", "hop/p2-1.mka", "2026-11-24T01:30:00.000Z"), NOW)

    assert [record.identity for record in kept(late) if isinstance(record, e.FileOpened)] == ["account:2"]
    assert kept(closed) == [e.FileClosed("hop/p2-1.mka", NOW + timedelta(minutes=30))]
    assert set(room.state.open_files) == {"hop/p2-2.mka"}


def test_those_who_left_are_forgotten_after_a_while(room: Room) -> None:
    room.handle("c2", protocol.Leave(), NOW)
    room.tick(NOW + REMEMBERED)

    assert set(room.state.people) == {"p1"}


def test_tracks_go_to_everybody_else(room: Room) -> None:
    enter(room, "c3", admit(3))
    room.handle_event(engine.TrackAdded("hop", "p2", "t2", "camera", "video"), NOW)

    effects = room.handle_event(engine.TrackAdded("hop", "p3", "t3", "camera", "video"), NOW)

    assert told(effects, engine.Subscribe) == [
        engine.Subscribe("hop", "p1", ("t2", "t3")),
        engine.Subscribe("hop", "p2", ("t3",)),
    ]
    [(_, changed), *_] = sent(effects, protocol.ParticipantChanged)
    assert changed.participant.tracks == (protocol.Track(id="t3", source="camera", kind="video"),)
    gone = room.handle_event(engine.TrackRemoved("hop", "p2", "t2"), NOW)
    assert told(gone, engine.Subscribe) == [
        engine.Subscribe("hop", "p1", ("t3",)),
        engine.Subscribe("hop", "p3", ()),
    ]


def test_publish_is_handed_to_the_engine(room: Room) -> None:
    message = protocol.Publish(sdp="v=0", tracks=(protocol.PublishedTrack(mid="0", source="microphone"),))

    assert told(room.handle("c2", message, NOW), engine.Publish) == [
        engine.Publish("hop", "p2", "v=0", (engine.SentTrack("0", "microphone"),))
    ]


def test_publish_takes_one_track_of_a_kind(room: Room) -> None:
    twice = (
        protocol.PublishedTrack(mid="0", source="microphone"),
        protocol.PublishedTrack(mid="1", source="microphone"),
    )

    [(_, refusal)] = sent(room.handle("c2", protocol.Publish(sdp="v=0", tracks=twice), NOW), protocol.Refusal)

    assert refusal.code == "too_many"


def test_observer_listens_only(room: Room) -> None:
    enter(room, "c3", admit(3, "observer"))

    [(_, refusal)] = sent(room.handle("c3", protocol.Publish(sdp="v=0", tracks=()), NOW), protocol.Refusal)

    assert refusal.code == "not_allowed"


def test_engines_words_go_to_the_one_they_are_for(room: Room) -> None:
    offer = engine.Offer("hop", "p2", "v=0", 3, (engine.ReceivedTrack("0", "p1", "t1", "camera"),))
    offered = (protocol.OfferedTrack(mid="0", participant="p1", track="t1", source="camera"),)

    assert room.handle_event(engine.Answer("hop", "p2", "v=1"), NOW) == [
        e.Send("c2", protocol.AnswerPublish(sdp="v=1"))
    ]
    assert room.handle_event(offer, NOW) == [e.Send("c2", protocol.Offer(sdp="v=0", generation=3, tracks=offered))]
    [(connection, refusal)] = sent(
        room.handle_event(engine.Refused("hop", "p2", "publish", "no ufrag"), NOW), protocol.Refusal
    )
    assert (connection, refusal.code, refusal.about) == ("c2", "bad_sdp", "publish")
    assert room.handle_event(engine.Answer("hop", "p9", "v=1"), NOW) == []


def test_answer_and_restart_reach_the_engine(room: Room) -> None:
    room.handle_event(engine.TrackAdded("hop", "p1", "t1", "camera", "video"), NOW)
    room.handle_event(engine.TrackAdded("hop", "p2", "t2", "camera", "video"), NOW)

    answer = room.handle("c2", protocol.AnswerOffer(sdp="v=0", generation=4), NOW)
    receive = room.handle("c2", protocol.Restart(connection="receive"), NOW)
    publish = room.handle("c2", protocol.Restart(connection="publish"), NOW)

    assert told(answer, engine.AcceptAnswer) == [engine.AcceptAnswer("hop", "p2", 4, "v=0")]
    assert told(receive, engine.Subscribe) == [engine.Subscribe("hop", "p2", ("t1",), restart=True)]
    assert told(publish, engine.Unpublish) == [engine.Unpublish("hop", "p2")]
    assert told(publish, engine.Subscribe) == [engine.Subscribe("hop", "p1", ())]


def test_speaking_is_relayed_when_it_changes(room: Room) -> None:
    effects = room.handle_event(engine.Speaking("hop", ("p2", "p9")), NOW)

    assert sent(effects, protocol.Speaking) == [(c, protocol.Speaking(ids=("p2",))) for c in ("c1", "c2")]
    assert room.handle_event(engine.Speaking("hop", ("p2",)), NOW) == []


def test_lost_engine_is_told_and_recording_goes_on_as_new_files(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    room.handle_event(engine.TrackAdded("hop", "p2", "t2", "microphone", "audio"), NOW)
    room.handle_event(engine.FileOpened("hop", "p2", "hop/p2-1.mka", "2026-11-24T01:00:00.000Z"), NOW)

    lost = room.handle_event(engine.EngineLost(), NOW + SECOND)

    assert kept(lost) == [
        e.FileClosed("hop/p2-1.mka", NOW + SECOND),
        e.RecordingOff("", "", NOW + SECOND, "outage"),
    ]
    assert [(c, m.code) for c, m in sent(lost, protocol.Notice)] == [
        ("c1", "media_restarted"),
        ("c2", "media_restarted"),
    ]
    assert all(person.tracks == [] for person in room.present())
    ready = room.handle_event(engine.EngineReady(), NOW + 2 * SECOND)
    assert kept(ready) == [e.RecordingOn("", "Điểm cầu 1", NOW + 2 * SECOND)]
    assert told(ready, engine.Record) == [engine.Record("hop", "hop")]
    assert room.state.recording
    assert room.handle_event(engine.EngineReady(), NOW + 2 * SECOND) == []


def test_lost_engine_is_told_to_those_who_return_later(room: Room) -> None:
    room.disconnected("c2", NOW)
    room.handle_event(engine.EngineLost(), NOW)

    effects = enter(room, "c3", admit(2), resume="secret of c2")

    assert [m.code for _, m in sent(effects, protocol.Notice)] == ["media_restarted"]


def test_recording_stopped_while_the_engine_is_away_stays_off(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    room.handle_event(engine.EngineLost(), NOW)

    assert kept(room.handle("c1", protocol.Record(on=False), NOW)) == []
    assert room.handle_event(engine.EngineReady(), NOW) == []


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


def test_recording_of_an_empty_room_stops(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    room.handle("c1", protocol.Leave(), NOW)
    room.handle("c2", protocol.Leave(), NOW)
    room.tick(NOW)
    assert not room.is_idle()

    assert kept(room.tick(NOW + EMPTY)) == [e.RecordingOff("", "", NOW + EMPTY, "empty")]
    assert not room.state.recording


def test_expelled_person_leaves_at_once(room: Room) -> None:
    effects = room.expel("account:2", CloseCode.NOT_SIGNED_IN, "signed out", NOW)

    assert kept(effects) == [e.Left("account:2", NOW, "expelled")]
    assert pick(effects, e.CloseWire) == [e.CloseWire("c2", CloseCode.NOT_SIGNED_IN, "signed out")]
    assert room.expel("account:2", CloseCode.NOT_SIGNED_IN, "signed out", NOW) == []


def test_changed_booking_is_told(room: Room) -> None:
    assert room.update_facts(FACTS, NOW) == []

    effects = room.update_facts(replace(FACTS, title="Giao ban quý IV"), NOW)

    assert {m.room.title for _, m in sent(effects, protocol.RoomChanged)} == {"Giao ban quý IV"}


# The item under discussion

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

    assert effects[0] == e.Save()  # the chair's own act stands in no log
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


def test_item_chosen_for_the_chair_is_written_down(session: Room) -> None:
    assert kept(take_up(session, 2, by="c2")) == [e.TakenUp("Ba", "account:2", "Điểm cầu 2", NOW)]
    assert kept(take_up(session, None, by="c2")) == [e.TakenUp("", "account:2", "Điểm cầu 2", NOW)]
    assert kept(take_up(session, 0)) == []


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


def test_load_state_takes_a_snapshot_from_before_there_were_items(session: Room) -> None:
    snapshot = session.to_json()
    for field in ("item", "item_title", "item_since"):
        del snapshot[field]
    again = Room("hop", AGENDA)
    again.load_state(snapshot)

    assert (again.state.phase, again.view_room().item, again.view_room().item_since) == ("in_session", None, None)


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


def test_recording_turned_on_while_the_engine_is_away_begins_with_it(room: Room) -> None:
    room.handle_event(engine.EngineLost(), NOW)

    effects = room.handle("c1", protocol.Record(on=True), NOW)

    assert {m.room.recording.on for _, m in sent(effects, protocol.RoomChanged)} == {True}
    assert told(effects, engine.Record) == []
    assert kept(room.handle_event(engine.EngineReady(), NOW + SECOND)) == [
        e.RecordingOn("", "Điểm cầu 1", NOW + SECOND)
    ]


@pytest.mark.parametrize("snapshot", [{"version": 99}, {"people": 5}, {"phase": "lunch"}])
def test_load_state_refuses_what_it_cannot_read(snapshot: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Room("hop", FACTS).load_state(snapshot)


# Anything may happen in any order.

people = [admit(1, "chair"), admit(2, "secretary"), admit(3), admit(4, "observer"), guest("a"), guest("b")]
operators_acts = st.sampled_from(
    [
        protocol.Start(),
        protocol.Record(on=True),
        protocol.Record(on=False),
        protocol.TakeUp(item=0),
        protocol.TakeUp(item=None),
        protocol.End(),
    ]
)
targets = st.sampled_from(["p1", "p2", "p3", "p4", "p9"])
wire_messages = st.one_of(
    st.builds(protocol.Hand, type=st.just("hand"), up=st.booleans()),
    st.builds(protocol.Muted, type=st.just("muted"), muted=st.booleans()),
    st.builds(protocol.Say, type=st.just("chat"), text=st.sampled_from(["có", "không", "a" * 2001])),
    st.builds(protocol.Record, type=st.just("record"), on=st.booleans()),
    st.builds(protocol.TakeUp, type=st.just("agenda"), item=st.none() | st.integers(0, 2)),
    st.builds(protocol.Mute, type=st.just("mute"), participant=targets),
    st.builds(protocol.Remove, type=st.just("remove"), participant=targets),
    st.sampled_from(
        [
            protocol.Leave(),
            join(),
            protocol.Restart(connection="publish"),
            protocol.Restart(connection="receive"),
            protocol.Publish(sdp="v=0", tracks=()),
            protocol.AnswerOffer(sdp="v=0", generation=1),
            protocol.Candidate(connection="publish", candidate="", mid=None),
        ]
    ),
)
tracks = st.sampled_from(["t1", "t2", "t3"])
events = st.one_of(
    st.builds(engine.TrackAdded, st.just("hop"), targets, tracks, st.just("microphone"), st.just("audio")),
    st.builds(engine.TrackRemoved, st.just("hop"), targets, tracks),
    st.builds(engine.Speaking, st.just("hop"), st.lists(targets, max_size=3).map(tuple)),
    st.builds(engine.FileOpened, st.just("hop"), targets, tracks, st.just("2026-11-24T01:00:00.000Z")),
    st.builds(engine.FileClosed, st.just("hop"), targets, tracks, st.just("2026-11-24T01:00:00.000Z")),
    st.builds(engine.MediaState, st.just("hop"), targets, st.just("publish"), st.booleans()),
    st.builds(engine.RecordingRefused, st.just("hop"), st.sampled_from(["disk", "error"])),
    st.sampled_from([engine.EngineLost(), engine.EngineReady()]),
)
recent = st.integers(0, 4)  # the connection that was opened so many joins ago
steps = st.one_of(
    st.tuples(st.just("join"), st.sampled_from(people), st.none() | recent),
    st.tuples(st.just("break"), recent),
    st.tuples(st.just("say"), recent, wire_messages),
    st.tuples(st.just("say"), recent, operators_acts),
    st.tuples(st.just("hear"), events),
    st.tuples(st.just("wait"), st.sampled_from([1, 30, 61, 601, 601, 7200])),
    st.tuples(st.just("expel"), st.sampled_from(people)),
    st.tuples(st.just("recover")),
)


def play(room: Room, step: tuple[Any, ...], now: datetime, opened: int) -> list[e.Effect]:
    match step:
        case ("join", admission, resume):
            secret = None if resume is None else f"secret of c{opened - resume}"
            return enter(room, f"c{opened}", admission, now, resume=secret)
        case ("break", ago):
            return room.disconnected(f"c{opened - ago}", now)
        case ("say", ago, message):
            return room.handle(f"c{opened - ago}", message, now)
        case ("hear", event):
            return room.handle_event(event, now)
        case ("expel", admission):
            return room.expel(admission.identity, CloseCode.NOT_SIGNED_IN, "signed out", now)
        case ("recover",):
            return room.recover(now, now)
    return room.tick(now)


class Books:
    """What a store would know from the records alone."""

    def __init__(self) -> None:
        self.attending: set[str] = set()
        self.recording = False

    def keep(self, records: Sequence[e.Record]) -> None:
        for record in records:
            if isinstance(record, e.Joined):
                assert record.identity not in self.attending
                self.attending.add(record.identity)
            elif isinstance(record, e.Left):
                self.attending.remove(record.identity)
            elif isinstance(record, e.RecordingOn | e.RecordingOff):
                assert self.recording is isinstance(record, e.RecordingOff)
                self.recording = isinstance(record, e.RecordingOn)

    def recover(self) -> None:
        self.attending.clear()
        self.recording = False


@settings(max_examples=300)
@given(st.lists(steps, min_size=20, max_size=60))
def test_room_holds_its_rules_whatever_happens(script: list[tuple[Any, ...]]) -> None:
    now, opened, books = NOW, 0, Books()
    room, live = Room("hop", FACTS), dict[str, str]()  # connection -> identity, as a driver sees it
    for step in script:
        now += timedelta(seconds=step[1]) if step[0] == "wait" else timedelta(0)
        opened += step[0] == "join"
        twin = Room("hop", FACTS, chat=room.chat)
        twin.load_state(room.to_json())
        if step[0] == "recover":
            books.recover()
            live.clear()
        effects = play(room, step, now, opened)

        assert play(twin, step, now, opened) == effects
        assert (twin.state, twin.chat) == (room.state, room.chat)

        heard = {connection for connection, _ in sent(effects, object)}
        if step[0] == "join" and sent(effects, protocol.Joined):
            live[f"c{opened}"] = step[1].identity
        assert heard <= set(live)
        if step[0] == "break":
            live.pop(f"c{opened - step[1]}", None)
        for close in pick(effects, e.CloseWire):
            live.pop(close.connection, None)
        assert len(set(live.values())) == len(live)
        assert live == {p.connection: p.admission.identity for p in room.present() if p.connection}
        books.keep(kept(effects))
        assert books.attending == {p.admission.identity for p in room.present() if p.attending}
        assert books.recording is room.state.span_open


def test_guests_keep_out_no_member() -> None:
    """Whoever has one link can be any number of guests."""
    room = Room("hop", replace(FACTS, limit=3))
    for number in range(3):
        enter(room, f"g{number}", guest(str(number)))
    [refused] = pick(enter(room, "g3", guest("3")), e.CloseWire)
    assert (refused.code, refused.reason) == (CloseCode.TOO_MUCH, "full")

    for number in range(3):
        assert sent(enter(room, f"c{number}", admit(number)), protocol.Joined)
    [refused] = pick(enter(room, "c3", admit(3)), e.CloseWire)
    assert (refused.code, refused.reason) == (CloseCode.TOO_MUCH, "full")


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
