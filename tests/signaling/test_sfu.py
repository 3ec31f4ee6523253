"""The driver with clients and an engine made for tests, on the real store."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from meetings.models import ChatMessage, MeetingStatus, Presence, RoomState
from meetings.models import Meeting as MeetingRow
from signaling import effects as e
from signaling import engine, protocol
from signaling.errors import CloseCode, ProtocolError
from signaling.sfu import Admission, Sfu, SfuSettings
from tests.factories import NOW, add_meeting, build_world, key
from tests.room_fakes import FakeClock, FakeEngine, FakeWire
from transcripts.models import Recording, RecordingSpan, RecordingState
from web.database import Database
from web.room_store import DatabaseRoomStore

QUICK = SfuSettings(tick_every=0.01, alive_every=0.01, save_pauses=(0.0, 0.0), send_timeout=1.0)
MICROPHONE = protocol.Publish(sdp="v=0", tracks=(protocol.PublishedTrack(mid="0", source="microphone"),))


class GatedStore(DatabaseRoomStore):
    """The real store behind a gate; ``broken`` saves fail."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = asyncio.Event()
        self.broken = 0
        self.saved: list[list[e.Record]] = []

    async def save(self, room: str, records: Sequence[e.Record], snapshot: Mapping[str, Any], now: datetime) -> None:
        self.waiting.set()
        await self.gate.wait()
        if self.broken:
            self.broken -= 1
            raise OSError("the disk is gone")
        await super().save(room, records, snapshot, now)
        self.saved.append(list(records))


@dataclass
class House:
    """A database with two meetings that are open now, and a server in front of it."""

    database: Database
    clock: FakeClock
    store: GatedStore
    media: FakeEngine
    sfu: Sfu
    meeting: MeetingRow
    other: MeetingRow
    admissions: dict[str, Admission]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def enter(self, name: str, room: str = "hop", resume: str | None = None, wire: FakeWire | None = None) -> FakeWire:
        wire = wire or FakeWire()
        wire.say(protocol.Join(version=1, resume=resume, name=None))
        self.connect(name, room, wire)
        return wire

    def connect(self, name: str, room: str, wire: FakeWire) -> asyncio.Task[None]:
        task = asyncio.create_task(self.sfu.serve(room, self.admissions[name], wire, wire.incoming()))
        self.tasks.append(task)
        return task

    async def kill(self, back_after: timedelta) -> None:
        """The server is gone between two instructions, as after ``kill -9``; another one starts."""
        self.sfu._stopping.set()
        await asyncio.gather(*self.sfu._tasks)
        await asyncio.gather(*(live.stop() for live in self.sfu._rooms.values()))  # nothing more is handled or saved
        await asyncio.gather(*self.tasks)
        self.tasks.clear()
        self.clock.now += back_after
        self.media = FakeEngine(self.clock)
        self.store = GatedStore(self.database)
        self.sfu = Sfu(self.media, self.store, self.clock, QUICK)
        await self.sfu.start()

    async def rows(self, table: Any) -> list[Any]:
        async with self.database.read() as session:
            return list((await session.exec(select(table).order_by(table.id))).all())

    async def until(self, table: Any, condition: Any) -> list[Any]:
        """The rows as soon as they fulfil ``condition``."""
        async with asyncio.timeout(5):
            while not condition(rows := await self.rows(table)):
                await asyncio.sleep(0)
        return rows


@asynccontextmanager
async def open_house(database: Database, settings: SfuSettings = QUICK) -> AsyncIterator[House]:
    clock = FakeClock(NOW)
    async with database.write() as session:
        world = await build_world(session)
        times: dict[str, Any] = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=2)}
        invited = list(zip(world.communes, world.sites, strict=True))
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, invited, slug="hop", agenda=["Kinh tế"], **times
        )
        other = await add_meeting(session, world.province, world.chair, world.secretary, slug="khac", **times)
    admissions = {}
    for order, name in enumerate(("chair", "site1", "site2")):
        actor = world.actors[name]
        admissions[name] = Admission(
            identity=f"account:{actor.account_id}",
            name=actor.name,
            detail="",
            role="chair" if name == "chair" else "site",
            may=frozenset({"record", "start", "end", "mute", "remove"}) if name == "chair" else frozenset(),
            order=order,
            locale="en",
            about={"person_id": actor.person_id, "site_id": actor.site_id, "unit_id": actor.unit_id},
            can_come=NOW - timedelta(minutes=15),
        )
    store, media = GatedStore(database), FakeEngine(clock)
    sfu = Sfu(media, store, clock, settings, translate=lambda text, locale: f"{locale}: {text}")
    await sfu.start()
    house = House(database, clock, store, media, sfu, meeting, other, admissions)
    yield house
    house.store.gate.set()
    await house.sfu.close()
    await asyncio.gather(*house.tasks)


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    async with open_house(database) as opened:
        yield opened


async def test_two_people_meet_and_chat(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    joined = await site.hear(protocol.Joined)
    assert joined.room.title == house.meeting.title
    assert [entry.title for entry in joined.room.agenda] == ["Kinh tế"]

    site.say(protocol.Say(text="Xã Đức Trọng nghe rõ"))

    said = await chair.hear(protocol.Said)
    assert (said.sender, said.text) == (joined.you, "Xã Đức Trọng nghe rõ")
    [row] = await house.rows(ChatMessage)
    assert (row.identity, row.text, row.at) == (house.admissions["site1"].identity, "Xã Đức Trọng nghe rõ", NOW)


async def test_what_one_publishes_is_offered_to_the_other(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    you = (await site.hear(protocol.Joined)).you
    await chair.hear(protocol.Joined)
    site.say(MICROPHONE)

    assert (await site.hear(protocol.AnswerPublish)).sdp == "v=answer"
    offer = await chair.hear(protocol.Offer, lambda offer: bool(offer.tracks))
    assert [(track.participant, track.source) for track in offer.tracks] == [(you, "microphone")]


async def test_nobody_is_told_before_it_is_saved(house: House) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    await site.hear(protocol.Joined)
    house.store.gate.clear()
    house.store.waiting.clear()
    site.say(protocol.Say(text="Đã ghi"))
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
    site.say(protocol.Say(text="Không ai thấy"))
    assert await chair.closed() == 4500
    assert await site.closed() == 4500
    assert not any(isinstance(message, protocol.Said) for message in chair.heard)

    again = house.enter("site1", resume=resume)

    joined = await again.hear(protocol.Joined)
    assert joined.chat == ()
    open_ones = [row for row in await house.rows(Presence) if row.left_at is None]
    assert [row.identity for row in open_ones] == [house.admissions["site1"].identity]


async def test_slow_client_is_closed_and_the_room_goes_on(database: Database) -> None:
    settings = SfuSettings(outgoing_limit=5, send_timeout=0.05, tick_every=60, alive_every=60)
    async with open_house(database, settings) as house:
        chair, slow = house.enter("chair"), FakeWire()
        await chair.hear(protocol.Joined)
        house.enter("site1", wire=slow)
        await slow.hear(protocol.Joined)
        slow.reading.clear()
        for number in range(20):
            chair.say(protocol.Say(text=f"Dòng {number}"))

        await chair.hear(protocol.Said, lambda said: said.text == "Dòng 19")
        assert await slow.closed() == 4413
        await chair.hear(protocol.ParticipantChanged, lambda changed: not changed.participant.connected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", 4400),
        ('{"type": "sing"}', 4400),
        ('{"type": "hand", "up": true}', 4400),
        ('{"type": "join", "version": 7, "resume": null, "name": null}', 4400),
        ('{"type": "join", "version": 1, "resume": null, "name": "' + "x" * 70_000 + '"}', 4413),
    ],
)
async def test_first_message_must_be_a_good_join(house: House, text: str, code: int) -> None:
    wire = FakeWire()
    wire.say(text)
    house.connect("site1", "hop", wire)

    assert await wire.closed() == code
    assert await house.rows(Presence) == []


async def test_client_that_never_joins_is_closed(database: Database) -> None:
    async with open_house(database, SfuSettings(join_timeout=0.01)) as house:
        wire = FakeWire()
        house.connect("site1", "hop", wire)

        assert await wire.closed() == 4400


@pytest.mark.parametrize(
    ("message", "code"),
    [('{"type": "sing"}', 4400), ("x" * 65_537, 4413), ("ạ" * 30_000, 4413), (ProtocolError("binary"), 4400)],
)
async def test_broken_message_ends_only_its_own_connection(house: House, message: Any, code: int) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    await site.hear(protocol.Joined)
    if isinstance(message, Exception):
        site.break_off(message)
    else:
        site.say(message)

    assert await site.closed() == code
    await chair.hear(protocol.ParticipantChanged, lambda changed: not changed.participant.connected)
    assert chair.code is None


async def test_flood_is_cut_off(database: Database) -> None:
    async with open_house(database, SfuSettings(messages_per_second=0.001, message_burst=10)) as house:
        wire = house.enter("site1")
        await wire.hear(protocol.Joined)
        wire.say(*[protocol.Hand(up=True)] * 10)

        assert await wire.closed() == 4413


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
    for act in (protocol.Mute(participant=you), protocol.Remove(participant="p9"), protocol.Say(text="Nhầm phòng")):
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

    async def alive_at() -> datetime:
        async with house.database.read() as session:
            return (await session.exec(select(RoomState))).one().alive_at

    async with asyncio.timeout(5):
        while await alive_at() != later:
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
    site.say(MICROPHONE, protocol.Hand(up=True), protocol.Say(text="Trước khi mất điện"))
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
