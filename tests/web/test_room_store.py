"""What a room records, as rows: on every kind of database."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.audit import verify_chain
from meetings.meeting_store import lock_meeting
from meetings.models import AuditEntry, ChatMessage, Meeting, MeetingStatus, Presence, RoomState
from signaling import effects as e
from signaling.room import Room
from signaling.sfu import RoomFacts
from tests.factories import NOW, World, add_meeting, build_world, key
from transcripts.models import Job, JobKind, Recording, RecordingSpan, RecordingState
from web.database import Database
from web.room_store import DatabaseRoomStore

LATER = NOW + timedelta(minutes=10)
EMPTY: dict[str, Any] = {}


@pytest.fixture
async def store(any_database: Database, any_world: World) -> DatabaseRoomStore:
    """The store of a database with one meeting, ``hop``."""
    world = any_world
    async with any_database.write() as session:
        await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            list(zip(world.communes, world.sites, strict=True)),
            slug="hop",
            title="Giao ban tháng 11",
            agenda=["Kinh tế", "Giải ngân"],
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=2),
        )
    return DatabaseRoomStore(any_database)


def about(world: World) -> e.About:
    return {"person_id": None, "site_id": key(world.sites[0]), "unit_id": key(world.communes[0])}


async def rows(database: Database, table: Any) -> list[Any]:
    async with database.read() as session:
        return list((await session.exec(select(table).order_by(table.__table__.primary_key.columns[0]))).all())


async def test_load_knows_the_booking(store: DatabaseRoomStore) -> None:
    loaded = await store.load("hop")

    assert loaded is not None
    assert (loaded.snapshot, loaded.chat) == (None, [])
    assert loaded.facts == RoomFacts(
        title="Giao ban tháng 11",
        opens_at=NOW - timedelta(minutes=15),
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        agenda=loaded.facts.agenda,
    )
    assert [entry.title for entry in loaded.facts.agenda] == ["Kinh tế", "Giải ngân"]
    assert await store.load("nowhere") is None
    assert await store.load_facts("nowhere") is None


async def test_save_keeps_attendance(store: DatabaseRoomStore, any_database: Database, any_world: World) -> None:
    ids = about(any_world)
    await store.save("hop", [e.Joined("account:7", "Điểm cầu xã", ids, NOW)], EMPTY, NOW)
    await store.save("hop", [e.Left("account:7", LATER, "left")], EMPTY, LATER)
    await store.save("hop", [e.Left("account:7", LATER, "left")], EMPTY, LATER)

    [presence] = await rows(any_database, Presence)
    assert (presence.name, presence.site_id, presence.unit_id) == ("Điểm cầu xã", ids["site_id"], ids["unit_id"])
    assert (presence.joined_at, presence.left_at, presence.left_reason) == (NOW, LATER, "left")


async def test_save_keeps_the_meetings_course(store: DatabaseRoomStore, any_database: Database) -> None:
    await store.save("hop", [e.PhaseChanged("in_session", "account:1", "Chủ trì", NOW)], EMPTY, NOW)
    await store.save(
        "hop",
        [
            e.RecordingOn("account:1", "Chủ trì", NOW),
            e.RecordingOff("account:1", "Chủ trì", LATER, "ended"),
            e.PhaseChanged("ended", "account:1", "Chủ trì", LATER),
        ],
        EMPTY,
        LATER,
    )

    [meeting] = await rows(any_database, Meeting)
    [span] = await rows(any_database, RecordingSpan)
    [job] = await rows(any_database, Job)
    assert (meeting.status, meeting.started_at, meeting.ended_at) == (MeetingStatus.ENDED, NOW, LATER)
    assert (span.started_at, span.started_by, span.ended_at, span.ended_reason) == (NOW, "Chủ trì", LATER, "ended")
    assert (job.kind, job.subject) == (JobKind.DRAFT, meeting.id)


async def test_save_writes_acts_into_the_log(store: DatabaseRoomStore, any_database: Database) -> None:
    acts: list[e.Record] = [
        e.PhaseChanged("in_session", "account:1", "Chủ trì", NOW),
        e.RecordingOn("account:1", "Chủ trì", NOW),
        e.MutedByOther("account:7", "Xã", "account:1", "Chủ trì", NOW),
        e.Removed("guest:1:x", "Khách", "account:1", "Chủ trì", NOW),
        e.TakenUp("Giải ngân", "account:2", "Thư ký", NOW),
        e.RecordingOff("", "", NOW, "disk"),
        e.PhaseChanged("ended", "", "", NOW),
    ]
    await store.save("hop", acts, EMPTY, NOW)

    entries = await rows(any_database, AuditEntry)
    assert [(entry.action, entry.account_id) for entry in entries] == [
        ("meeting.start", 1),
        ("room.record_on", 1),
        ("room.mute", 1),
        ("room.remove", 1),
        ("room.agenda", 2),
        ("room.record_off", None),
        ("meeting.end", None),
    ]
    assert entries[3].detail == {"identity": "guest:1:x", "name": "Khách"}
    assert entries[4].detail == {"title": "Giải ngân"}
    async with any_database.read() as session:
        assert (await verify_chain(session)).holds


async def test_save_files_recordings(store: DatabaseRoomStore, any_database: Database, any_world: World) -> None:
    opened = e.FileOpened("account:7", "Điểm cầu xã", about(any_world), "hop/p1-1.mka", NOW)
    await store.save("hop", [opened], EMPTY, NOW)
    await store.save("hop", [e.FileClosed("hop/p1-1.mka", LATER), e.FileClosed("unknown.mka", LATER)], EMPTY, LATER)

    [recording] = await rows(any_database, Recording)
    assert (recording.speaker, recording.path, recording.started_at) == ("Điểm cầu xã", "hop/p1-1.mka", NOW)
    assert (recording.state, recording.ended_at) == (RecordingState.CLOSED, LATER)
    assert [(job.kind, job.subject) for job in await rows(any_database, Job)] == [(JobKind.TRANSCRIBE, recording.id)]


async def test_load_numbers_the_chat_from_its_beginning(store: DatabaseRoomStore, any_database: Database) -> None:
    async with any_database.write() as session:
        [meeting] = (await session.exec(select(Meeting))).all()
        session.add_all(
            ChatMessage(meeting_id=key(meeting), at=NOW, identity="account:7", name="Xã", text=f"Dòng {number}")
            for number in range(1, 231)
        )

    loaded = await store.load("hop")

    assert loaded is not None
    assert [(line.id, line.text) for line in (loaded.chat[0], loaded.chat[-1])] == [(31, "Dòng 31"), (230, "Dòng 230")]


async def test_save_is_all_or_nothing(store: DatabaseRoomStore, any_database: Database) -> None:
    broken = e.Joined("account:8", "Xã", {"person_id": None, "site_id": 999_999, "unit_id": None}, NOW)

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await store.save("hop", [e.ChatPosted("account:7", "Xã", "Mất", NOW), broken], EMPTY, NOW)

    assert await rows(any_database, ChatMessage) == []
    assert await rows(any_database, RoomState) == []


async def test_alive_marks_only_the_rooms_named(
    store: DatabaseRoomStore, any_database: Database, any_world: World
) -> None:
    async with any_database.write() as session:
        await add_other(session, any_world)
    for slug in ("hop", "khac"):
        await store.save(slug, [], EMPTY, NOW)
    await store.alive(["hop", "nowhere"], LATER)

    assert sorted(row.alive_at for row in await rows(any_database, RoomState)) == [NOW, LATER]


async def add_other(session: AsyncSession, world: World) -> None:
    await add_meeting(session, world.province, world.chair, world.secretary, slug="khac", starts_at=NOW)


@pytest.mark.parametrize("how", ["recover", "load"])
async def test_outage_closes_the_books_at_the_last_sign_of_life(
    store: DatabaseRoomStore, any_database: Database, any_world: World, how: str
) -> None:
    records: list[e.Record] = [
        e.PhaseChanged("in_session", "account:1", "Chủ trì", NOW),
        e.Joined("account:7", "Xã", about(any_world), NOW),
        e.RecordingOn("account:1", "Chủ trì", NOW),
    ]
    await store.save("hop", records, EMPTY, NOW)
    await store.alive(["hop"], LATER)
    found = await store.recover(LATER + timedelta(hours=1)) if how == "recover" else [await store.load("hop") and "hop"]

    assert found == ["hop"]
    [presence] = await rows(any_database, Presence)
    [span] = await rows(any_database, RecordingSpan)
    assert (presence.left_at, presence.left_reason) == (LATER, "outage")
    assert (span.ended_at, span.ended_reason) == (LATER, "outage")


async def test_recover_names_only_rooms_that_were_live(store: DatabaseRoomStore) -> None:
    facts = await store.load_facts("hop")
    assert facts is not None
    await store.save("hop", [], Room("hop", facts).to_json(), NOW)  # opened once, nobody in it, never begun

    assert await store.recover(LATER) == []


async def test_recover_closes_the_books_of_a_cancelled_meeting_and_leaves_it_alone(
    store: DatabaseRoomStore, any_database: Database
) -> None:
    await store.save("hop", [e.Joined("account:7", "Xã", {}, NOW)], EMPTY, NOW)
    async with any_database.write() as session:
        [meeting] = (await session.exec(select(Meeting))).all()
        meeting.status = MeetingStatus.CANCELLED
        session.add(meeting)

    assert await store.recover(LATER) == []
    [presence] = await rows(any_database, Presence)
    assert presence.left_reason == "outage"


@pytest.mark.postgresql
async def test_save_and_cancellation_at_the_same_time_wait_for_each_other(postgresql_database_url: str) -> None:
    """Both lock the meeting before the audit log; in opposite orders the server would end one of them."""
    database = Database(postgresql_database_url)
    async with database.write() as session:
        world = await build_world(session)
        await add_meeting(session, world.province, world.chair, world.secretary, world.communes, slug="hop")
    records: list[e.Record] = [
        e.RecordingOn("account:1", "Chủ trì", NOW),
        e.PhaseChanged("in_session", "account:1", "Chủ trì", NOW),
    ]
    async with database.write() as session:
        await lock_meeting(session, "hop")
        saving = asyncio.create_task(DatabaseRoomStore(database).save("hop", records, EMPTY, NOW))
        async with asyncio.timeout(20):
            while not await waits_for_a_lock(database):
                await asyncio.sleep(0.01)
        await actions.cancel_meeting(session, world.actors["secretary"], "hop", "Chủ trì ốm", NOW)
    await saving
    [meeting] = await rows(database, Meeting)
    await database.close()
    assert meeting.status is MeetingStatus.CANCELLED


async def waits_for_a_lock(database: Database) -> bool:
    async with database.read() as session:
        connection = await session.connection()
        return bool((await connection.execute(text("SELECT 1 FROM pg_locks WHERE NOT granted"))).first())
