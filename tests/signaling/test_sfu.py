"""The driver with clients and an engine made for tests, on the real store."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from meetings.models import ChatMessage, MeetingStatus, Presence, RoomState
from meetings.models import Meeting as MeetingRow
from meetings.room_models import VotingMember
from signaling import effects as e
from signaling import engine, protocol
from signaling.errors import CloseCode
from signaling.sfu import Sfu, SfuSettings
from tests.factories import NOW, key
from tests.room_house import MICROPHONE, QUICK, House, open_house
from transcripts.models import Recording, RecordingSpan, RecordingState
from web.database import Database


async def test_two_people_meet_and_chat(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    joined = await site.hear(protocol.Joined)
    assert joined.room.title == house.meeting.title
    assert [entry.title for entry in joined.room.agenda] == ["Kinh tế"]

    site.say(protocol.Say(text="Xã Đức Trọng nghe rõ", to="everybody"))

    said = await chair.hear(protocol.Said)
    assert (said.sender, said.text) == (joined.you, "Xã Đức Trọng nghe rõ")
    [row] = await house.rows(ChatMessage)
    assert (row.identity, row.text, row.at) == (house.admissions["site1"].identity, "Xã Đức Trọng nghe rõ", NOW)


async def test_what_one_publishes_comes_into_the_others_slots_without_a_new_offer(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    you = (await site.hear(protocol.Joined)).you
    await chair.hear(protocol.Joined)
    site.say(MICROPHONE)

    assert (await site.hear(protocol.AnswerPublish)).sdp == "v=answer"
    filled = await chair.hear(protocol.SlotsFilled, lambda message: bool(message.slots))
    assert [(slot.participant, slot.source) for slot in filled.slots] == [(you, "microphone")]
    assert len([message for message in chair.heard if isinstance(message, protocol.Offer)]) == 1


async def test_nobody_is_told_before_it_is_saved(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    await site.hear(protocol.Joined)
    house.store.gate.clear()
    house.store.waiting.clear()
    site.say(protocol.Say(text="Đã ghi", to="everybody"))
    await house.store.waiting.wait()
    assert not any(isinstance(message, protocol.Said) for message in chair.heard + site.heard)

    house.store.gate.set()

    await chair.hear(protocol.Said)
    assert len(await house.rows(ChatMessage)) == 1


async def test_those_who_come_together_are_saved_together(database: Database) -> None:
    async with open_house(database, SfuSettings(tick_every=60)) as house:
        first = house.enter("chair")
        await first.hear(protocol.Joined)
        house.store.gate.clear()
        house.store.waiting.clear()
        first.say(protocol.Hand(up=True))  # its save holds up the room
        await house.store.waiting.wait()
        house.store.saved.clear()
        second, third = house.enter("site1"), house.enter("site2")
        async with asyncio.timeout(5):
            while house.sfu._rooms["hop"]._inbox.qsize() < 2:
                await asyncio.sleep(0)

        house.store.gate.set()

        await second.hear(protocol.Joined)
        await third.hear(protocol.Joined)
        assert [len([r for r in records if isinstance(r, e.Joined)]) for records in house.store.saved] == [0, 2]


async def test_save_that_fails_is_tried_again(house: House) -> None:
    house.store.broken = 2

    assert await house.enter("chair").hear(protocol.Joined)


async def test_room_that_cannot_be_saved_is_given_up_and_opens_again_from_what_was_saved(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    resume = (await site.hear(protocol.Joined)).resume
    await chair.hear(protocol.Joined)
    house.store.broken = 3
    site.say(protocol.Say(text="Không ai thấy", to="everybody"))
    assert await chair.closed() == 4500
    assert await site.closed() == 4500
    assert not any(isinstance(message, protocol.Said) for message in chair.heard)

    again = house.enter("site1", resume=resume)

    joined = await again.hear(protocol.Joined)
    assert joined.chat == ()
    open_ones = [row for row in await house.rows(Presence) if row.left_at is None]
    assert [row.identity for row in open_ones] == [house.admissions["site1"].identity]


async def test_room_that_cannot_be_served_is_given_up_and_keeps_nobody_waiting(database: Database) -> None:
    broken = True

    def find_relays(_identity: str, _now: datetime) -> tuple[protocol.IceServer, ...]:
        if broken:
            raise OSError("no relay can be named")
        return ()

    async with open_house(database, replace(QUICK, ice_servers=find_relays)) as house:
        assert await house.enter("chair").closed() == 4500
        broken = False
        assert await house.enter("chair").hear(protocol.Joined)


async def test_idle_rooms_are_forgotten_while_others_are_dropped(database: Database) -> None:
    async with open_house(database, replace(QUICK, tick_every=60)) as house:
        idle = await house.sfu._open("hop")
        await house.sfu._open("khac")
        house.store.gate.clear()
        house.store.waiting.clear()
        idle.post(lambda _room, _now: [e.Save()])
        await house.store.waiting.wait()
        forgetting = asyncio.create_task(house.sfu._forget_idle())
        async with asyncio.timeout(5):
            while "hop" in house.sfu._rooms:
                await asyncio.sleep(0)
        async with house.database.write() as session:
            other = await session.get_one(MeetingRow, key(house.other))
            other.slug = "gone"
            session.add(other)
        await house.sfu.refresh("khac")
        house.store.gate.set()
        await forgetting
        assert house.sfu._rooms == {}


async def test_refusal_is_worded_in_the_clients_language(house: House) -> None:
    site = house.enter("site1")
    await site.hear(protocol.Joined)
    site.say(protocol.Record(on=True))

    refusal = await site.hear(protocol.Refusal)
    assert (refusal.code, refusal.about) == ("not_allowed", "record")
    assert refusal.text.startswith("en: Bạn không có quyền")


async def test_message_reaches_no_other_room(house: House) -> None:
    chair, elsewhere = house.enter("chair"), house.enter("site1", room="khac")
    await elsewhere.hear(protocol.Joined)
    await chair.hear(protocol.Joined)
    site = house.enter("site2")
    you = (await site.hear(protocol.Joined)).you
    stranger = house.enter("chair", room="khac")
    await stranger.hear(protocol.Joined)
    for act in (
        protocol.Mute(participant=you),
        protocol.Remove(participant="p9", may_return=False),
        protocol.Say(text="Nhầm phòng", to="everybody"),
    ):
        stranger.say(act)
    await elsewhere.hear(protocol.Said)

    assert not any(isinstance(message, protocol.Said | protocol.MutedBy) for message in site.heard + chair.heard)
    assert site.code is None


async def test_room_that_does_not_exist_is_refused(house: House) -> None:
    assert await house.enter("chair", room="nowhere").closed() == 4403


async def test_second_device_takes_the_place_of_the_first(house: House) -> None:
    first = house.enter("site1")
    await first.hear(protocol.Joined)

    second = house.enter("site1")

    assert await first.closed() == 4409
    assert (await second.hear(protocol.Joined)).you == "p1"
    assert len(await house.rows(Presence)) == 1


async def test_broken_connection_comes_back_as_one_attendance(house: House) -> None:
    site = house.enter("site1")
    joined = await site.hear(protocol.Joined)
    site.say(protocol.Hand(up=True))
    await site.hear(protocol.ParticipantChanged, lambda changed: changed.participant.hand is not None)
    site.break_off()
    house.clock.move(seconds=30)

    again = await house.enter("site1", resume=joined.resume).hear(protocol.Joined)

    assert again.you == joined.you
    assert again.participants[0].hand == NOW
    [presence] = await house.rows(Presence)
    assert (presence.joined_at, presence.left_at) == (NOW, None)


async def test_connection_that_stays_away_has_left_when_it_broke(house: House) -> None:
    site = house.enter("site1")
    await site.hear(protocol.Joined)
    house.clock.move(seconds=100)
    site.break_off()
    await asyncio.gather(*house.tasks)
    house.clock.move(seconds=61)

    [presence] = await house.until(Presence, lambda rows: rows[0].left_at is not None)

    assert (presence.left_at, presence.left_reason) == (NOW + timedelta(seconds=100), "lost")
    async with asyncio.timeout(5):
        while "hop" in house.sfu._rooms:  # an idle room is forgotten
            await asyncio.sleep(0)


async def test_recording_is_written_down_from_start_to_end(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    await site.hear(protocol.Joined)
    site.say(MICROPHONE)
    await site.hear(protocol.AnswerPublish)
    chair.say(protocol.Record(on=True))
    await site.hear(protocol.RoomChanged, lambda changed: changed.room.recording.on)
    await house.until(Recording, bool)
    house.clock.move(minutes=10)
    chair.say(protocol.End())
    assert await chair.closed() == 4410

    [recording] = await house.until(Recording, lambda rows: rows[0].state is not RecordingState.OPEN)
    [span] = await house.rows(RecordingSpan)
    [meeting, _] = await house.rows(MeetingRow)

    end = NOW + timedelta(minutes=10)
    assert (recording.speaker, recording.site_id) == (
        "Điểm cầu xã Đức Trọng",
        house.admissions["site1"].about["site_id"],
    )
    assert (recording.started_at, recording.ended_at) == (NOW, end)
    assert (span.started_at, span.ended_at, span.ended_reason) == (NOW, end, "ended")
    assert (meeting.status, meeting.started_at, meeting.ended_at) == (MeetingStatus.ENDED, NOW, end)
    assert {row.left_reason for row in await house.rows(Presence)} == {"ended"}


async def test_recording_refused_by_the_disk_is_told_to_the_chair(house: House) -> None:
    house.media.refuse_recording = True
    chair = house.enter("chair")
    await chair.hear(protocol.Joined)
    chair.say(protocol.Record(on=True))

    notice = await chair.hear(protocol.Notice)

    assert notice.code == "recording_refused"
    await chair.hear(protocol.RoomChanged, lambda changed: not changed.room.recording.on)
    [span] = await house.rows(RecordingSpan)
    assert span.ended_reason == "disk"


async def test_media_process_that_died_is_told_and_recording_goes_on(house: House) -> None:
    chair = house.enter("chair")
    await chair.hear(protocol.Joined)
    chair.say(MICROPHONE, protocol.Record(on=True))
    await house.until(Recording, bool)

    house.media.die()

    assert (await chair.hear(protocol.Notice)).code == "media_restarted"
    assert not house.sfu.has_media
    house.media.rise()
    chair.say(MICROPHONE)
    first, second = await house.until(Recording, lambda rows: len(rows) == 2)
    assert house.sfu.has_media
    assert (first.state, second.state) == (RecordingState.CLOSED, RecordingState.OPEN)
    spans = await house.rows(RecordingSpan)
    assert [span.ended_reason for span in spans] == ["outage", ""]


async def test_expel_and_refresh_reach_those_inside(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    await site.hear(protocol.Joined)
    await house.sfu.expel("hop", house.admissions["site1"].identity, CloseCode.NOT_SIGNED_IN, "signed out")
    assert await site.closed() == 4401

    async with house.database.write() as session:
        meeting = await session.get(MeetingRow, key(house.meeting))
        assert meeting is not None
        meeting.status = MeetingStatus.CANCELLED
        session.add(meeting)
    await house.sfu.refresh("hop")

    assert await chair.closed() == 4403


async def test_deleted_meeting_sends_everybody_out(house: House, caplog: pytest.LogCaptureFixture) -> None:
    chair = house.enter("chair")
    await chair.hear(protocol.Joined)
    async with house.database.write() as session:
        meeting = await session.get_one(MeetingRow, key(house.meeting))
        meeting.slug = "gone"  # as good as deleted for who knows the old name
        session.add(meeting)
    await house.sfu.refresh("hop")

    assert await chair.closed() == 4403
    assert await house.enter("chair").closed() == 4403
    assert house.media.told[-1] == engine.CloseRoom("hop")
    assert "ERROR" not in {record.levelname for record in caplog.records}


async def test_sign_of_life_is_written(house: House) -> None:
    await house.enter("chair").hear(protocol.Joined)
    later = house.clock.move(seconds=20)

    async with asyncio.timeout(5):
        while [state.alive_at for state in await room_states(house)] != [later]:
            await asyncio.sleep(0)


async def test_close_sends_everybody_away_to_come_back(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    resume = (await site.hear(protocol.Joined)).resume
    house.clock.move(minutes=5)
    await house.sfu.close()
    assert (await chair.closed(), await site.closed()) == (1001, 1001)
    await asyncio.gather(*house.tasks)
    house.sfu = Sfu(house.media, house.store, house.clock, QUICK)
    await house.sfu.start()

    again = await house.enter("site1", resume=resume).hear(protocol.Joined)

    assert [person.connected for person in again.participants] == [False, True]
    left = [(row.left_at, row.left_reason) for row in await house.rows(Presence)]
    assert left == [(house.clock.now, "outage"), (house.clock.now, "outage"), (None, "")]


async def test_killed_server_loses_nothing_that_it_acknowledged(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    joined = await site.hear(protocol.Joined)
    site.say(MICROPHONE, protocol.Hand(up=True), protocol.Say(text="Trước khi mất điện", to="everybody"))
    await chair.hear(protocol.Said)
    chair.say(protocol.Record(on=True), protocol.Mute(participant=joined.you))
    await site.hear(protocol.MutedBy)
    await site.hear(protocol.RoomChanged, lambda changed: changed.room.recording.on)
    await house.until(Recording, bool)
    last_alive = house.clock.move(minutes=10)
    async with asyncio.timeout(5):
        while not any(row.alive_at == last_alive for row in await room_states(house)):
            await asyncio.sleep(0)

    await house.kill(back_after=timedelta(minutes=2))
    restarted = house.clock.now
    again = house.enter("site1", resume=joined.resume)
    back = await again.hear(protocol.Joined)

    me = next(person for person in back.participants if person.id == back.you)
    assert (back.you, me.hand, me.muted) == (joined.you, NOW, True)
    assert [line.text for line in back.chat] == ["Trước khi mất điện"]
    assert (back.room.phase, back.room.started_at) == ("in_session", NOW)
    assert (back.room.recording.on, back.room.recording.since) == (True, NOW)
    assert (await again.hear(protocol.Notice)).code == "media_restarted"
    identity = house.admissions["site1"].identity
    mine = [(row.joined_at, row.left_at) for row in await house.rows(Presence) if row.identity == identity]
    assert mine == [(NOW, last_alive), (restarted, None)]  # the outage is a gap, nothing counts twice
    spans = [(row.started_at, row.ended_at, row.ended_reason) for row in await house.rows(RecordingSpan)]
    assert spans == [(NOW, last_alive, "outage"), (restarted, None, "")]
    [recording] = await house.rows(Recording)
    assert recording.state is RecordingState.CLOSED
    again.say(MICROPHONE)
    await house.until(Recording, lambda rows: len(rows) == 2)
    assert engine.Silence("hop", joined.you, True) in house.media.told


async def room_states(house: House) -> list[RoomState]:
    async with house.database.read() as session:
        return list((await session.exec(select(RoomState))).all())


async def test_ballot_that_was_acknowledged_survives_the_end_of_the_server(house: House) -> None:
    person = house.meeting.secretary_id
    house.admissions["site1"] = replace(house.admissions["site1"], about={"person_id": person})
    async with house.database.write() as session:
        session.add(VotingMember(meeting_id=house.meeting.id or 0, person_id=person))
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    await site.hear(protocol.Joined)
    chair.say(
        protocol.Start(),
        protocol.OpenVote(subject="Thông qua nghị quyết", kind="ballot", secret=True, quorum=None),
    )
    await site.hear(protocol.RoomChanged, lambda changed: bool(changed.room.votes))
    site.say(protocol.CastVote(vote=1, choice="against"))
    await site.hear(protocol.VoteCounted)

    await house.kill(back_after=timedelta(seconds=5))
    chair, site = house.enter("chair"), house.enter("site1")
    back = await site.hear(protocol.Joined)
    assert back.my_votes == (protocol.MyVote(vote=1, choice=None),)
    site.say(protocol.CastVote(vote=1, choice="for"))
    assert (await site.hear(protocol.Refusal)).code == "already_voted"
    await chair.hear(protocol.Joined)
    chair.say(protocol.CloseVote(vote=1))

    changed = await site.hear(protocol.RoomChanged, lambda changed: changed.room.votes[-1].state == "closed")
    assert changed.room.votes[0].tally == protocol.Tally(in_favour=0, against=1, abstain=0)
    assert changed.room.votes[0].choices == ()
