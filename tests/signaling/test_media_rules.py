"""What a room asks of the media engine and makes of what it reports; the recording."""

from datetime import timedelta

import pytest

from signaling import effects as e
from signaling import engine, protocol
from signaling.presence_rules import REMEMBERED
from signaling.room import EMPTY, Room
from tests.room_play import (
    NOW,
    SECOND,
    admit,
    enter,
    kept,
    refusal,
    sent,
    share,
    told,
)


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


def test_recording_turned_on_while_the_engine_is_away_begins_with_it(room: Room) -> None:
    room.handle_event(engine.EngineLost(), NOW)

    effects = room.handle("c1", protocol.Record(on=True), NOW)

    assert {m.room.recording.on for _, m in sent(effects, protocol.RoomChanged)} == {True}
    assert told(effects, engine.Record) == []
    assert kept(room.handle_event(engine.EngineReady(), NOW + SECOND)) == [
        e.RecordingOn("", "Điểm cầu 1", NOW + SECOND)
    ]


def test_recording_of_an_empty_room_stops(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    room.handle("c1", protocol.Leave(), NOW)
    room.handle("c2", protocol.Leave(), NOW)
    room.tick(NOW)
    assert not room.is_idle()

    assert kept(room.tick(NOW + EMPTY)) == [e.RecordingOff("", "", NOW + EMPTY, "empty")]
    assert not room.state.recording


def test_tracks_are_told_to_everybody_and_cause_no_offer(room: Room) -> None:
    effects = share(room, "p2", "camera")

    [(_, changed), *_] = sent(effects, protocol.ParticipantChanged)
    assert changed.participant.tracks == (protocol.Track(id="p2-camera", source="camera", kind="video"),)
    assert told(effects, engine.Receive) == []
    assert share(room, "p2", "camera") == []
    gone = room.handle_event(engine.TrackRemoved("hop", "p2", "p2-camera"), NOW)
    assert [m.participant.tracks for _, m in sent(gone, protocol.ParticipantChanged)] == [(), ()]


def test_everybody_receives_the_room_once(room: Room) -> None:
    effects = enter(room, "c3", admit(3))

    assert told(effects, engine.Receive) == [engine.Receive("hop", "p3", restart=False, anew=True)]


def test_engines_words_go_to_the_one_they_are_for(room: Room) -> None:
    offer = engine.Offer("hop", "p2", "v=0", 3, (engine.Slot("0", "audio"),))
    slots = engine.Slots("hop", "p2", (engine.Filled("0", "p1", "t1", "microphone"),))
    filled = (protocol.FilledSlot(mid="0", participant="p1", track="t1", source="microphone"),)
    offered = protocol.Offer(sdp="v=0", generation=3, slots=(protocol.Slot(mid="0", kind="audio"),))

    assert room.handle_event(engine.Answer("hop", "p2", "v=1"), NOW) == [
        e.Send("c2", protocol.AnswerPublish(sdp="v=1"))
    ]
    assert room.handle_event(offer, NOW) == [e.Send("c2", offered)]
    assert room.handle_event(slots, NOW) == [e.Send("c2", protocol.SlotsFilled(slots=filled))]
    connection, refused = refusal(room.handle_event(engine.Refused("hop", "p2", "publish", "no ufrag"), NOW))
    assert (connection, refused.code, refused.about) == ("c2", "bad_sdp", "publish")
    assert room.handle_event(engine.Answer("hop", "p9", "v=1"), NOW) == []


def test_answer_and_restart_reach_the_engine(room: Room) -> None:
    share(room, "p2", "screen")

    answer = room.handle("c2", protocol.AnswerOffer(sdp="v=0", generation=4), NOW)
    receive = room.handle("c2", protocol.Restart(connection="receive"), NOW)
    publish = room.handle("c2", protocol.Restart(connection="publish"), NOW)

    assert told(answer, engine.AcceptAnswer) == [engine.AcceptAnswer("hop", "p2", 4, "v=0")]
    assert told(receive, engine.Receive) == [engine.Receive("hop", "p2", restart=True)]
    assert told(publish, engine.Unpublish) == [engine.Unpublish("hop", "p2")]
    assert told(publish, engine.Present) == [engine.Present("hop", None)]


def test_view_asks_for_tracks_of_others_who_are_here_each_once(room: Room) -> None:
    enter(room, "c3", admit(3))
    for person in ("p1", "p2", "p3"):
        share(room, person, "camera")
    room.handle("c3", protocol.Leave(), NOW)
    shown = [("p2-camera", 9), ("p1-camera", 360), ("p1-camera", 720), ("p3-camera", 360), ("guess", 360)]
    tracks = tuple(protocol.ViewedTrack(track=track, height=height) for track, height in shown)

    effects = room.handle("c2", protocol.View(tracks=tracks, audio=True, limit=500_000), NOW)

    assert effects == [e.Tell(engine.View("hop", "p2", (engine.Want("p1-camera", 360),), True, 500_000))]


def test_companion_is_sent_no_sound_whatever_it_asks(room: Room) -> None:
    room.handle("c2", protocol.Companion(on=True), NOW)

    [view] = told(room.handle("c2", protocol.View(tracks=(), audio=True, limit=None), NOW), engine.View)

    assert view.audio is False


def test_chair_floor_and_spotlight_stay_whenever_they_change(room: Room) -> None:
    enter(room, "c3", admit(3))
    assert room.state.featured == ("p1",)

    floor = room.handle("c1", protocol.GiveFloor(participant="p2", seconds=None), NOW)
    spotlight = room.handle("c1", protocol.Spotlight(participant="p3"), NOW)
    gone = room.handle("c2", protocol.Leave(), NOW)

    assert told(floor, engine.Feature) == [engine.Feature("hop", ("p2", "p1"))]
    assert told(spotlight, engine.Feature) == [engine.Feature("hop", ("p2", "p3", "p1"))]
    assert told(gone, engine.Feature) == [engine.Feature("hop", ("p3", "p1"))]


def test_screens_wait_in_the_order_in_which_they_began(room: Room) -> None:
    first = share(room, "p2")
    second = share(room, "p1")
    assert told(first, engine.Present) == [engine.Present("hop", "p2-screen")]
    assert told(second, engine.Present) == []
    assert room.view_room().shares == ("p2", "p1")

    ended = room.handle_event(engine.TrackRemoved("hop", "p2", "p2-screen"), NOW)

    assert told(ended, engine.Present) == [engine.Present("hop", "p1-screen")]
    assert {m.room.shares for _, m in sent(ended, protocol.RoomChanged)} == {("p1",)}


def test_new_engine_is_told_everything_again(room: Room) -> None:
    room.handle("c1", protocol.GiveFloor(participant="p2", seconds=None), NOW)
    share(room, "p2")
    room.handle_event(engine.EngineLost(), NOW)
    assert room.view_room().shares == ()
    assert told(enter(room, "c3", admit(3)), engine.Receive) == []

    ready = room.handle_event(engine.EngineReady(), NOW)

    assert told(ready, engine.Receive) == [engine.Receive("hop", person, anew=True) for person in ("p1", "p2", "p3")]
    assert told(ready, engine.Feature) == [engine.Feature("hop", ("p2", "p1"))]
    assert told(share(room, "p2"), engine.Present) == [engine.Present("hop", "p2-screen")]
    assert room.handle_event(engine.EngineReady(), NOW) == []


def test_recording_stopped_while_the_engine_is_away_stays_off(room: Room) -> None:
    room.handle("c1", protocol.Record(on=True), NOW)
    room.handle_event(engine.EngineLost(), NOW)

    assert kept(room.handle("c1", protocol.Record(on=False), NOW)) == []
    assert told(room.handle_event(engine.EngineReady(), NOW), engine.Record) == []
