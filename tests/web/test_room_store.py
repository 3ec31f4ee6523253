"""What a room records, as rows: on every kind of database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.actions import PaperDraft
from meetings.audit import verify_chain
from meetings.meeting_store import lock_meeting
from meetings.models import AuditEntry, ChatMessage, Invitation, Meeting, MeetingStatus, Presence, RoomState
from meetings.room_models import AgendaTurn, Vote, VotingMember
from signaling import effects as e
from signaling.protocol import Paper
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
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        agenda=loaded.facts.agenda,
        limit=200,
        seats=loaded.facts.seats,
    )
    assert [entry.title for entry in loaded.facts.agenda] == ["Kinh tế", "Giải ngân"]
    assert await store.load("nowhere") is None
    assert await store.load_facts("nowhere") is None


async def test_load_knows_places_voters_and_papers(
    store: DatabaseRoomStore, any_database: Database, any_world: World
) -> None:
    world = any_world
    async with any_database.write() as session:
        [meeting] = (await session.exec(select(Meeting))).all()
        meeting.capacity, meeting.hall_id = 45, key(world.hall)
        session.add_all(
            VotingMember(meeting_id=key(meeting), person_id=key(person)) for person in (world.chair, world.contact)
        )
        draft = PaperDraft(
            title="Báo cáo", file_name="a.pdf", media_type="application/pdf", size=9, sha256="0" * 64, path="hop/a"
        )
        paper = await actions.add_paper(session, world.actors["secretary"], "hop", draft, NOW)
        gone = replace(draft, sha256="1" * 64, path="hop/b")
        gone_id = key(await actions.add_paper(session, world.actors["secretary"], "hop", gone, NOW))
        await actions.withdraw_paper(session, world.actors["secretary"], "hop", gone_id, NOW)

    facts = await store.load_facts("hop")

    assert facts is not None
    assert (facts.limit, facts.voters) == (45, frozenset({key(world.chair), key(world.contact)}))
    assert facts.papers == (Paper(id=key(paper), title="Báo cáo", type="application/pdf", size=9),)
    assert facts.seats == {
        *(f"unit:{unit.id}" for unit in world.communes),
        f"person:{world.chair.id}",
        f"person:{world.secretary.id}",
        f"site:{world.hall.id}",
    }
    small = await DatabaseRoomStore(any_database, capacity=60).load_facts("hop")
    assert small is not None
    assert small.limit == 45  # what was booked, whatever the settings say


async def test_capacity_is_that_of_the_settings_unless_booked(store: DatabaseRoomStore, any_database: Database) -> None:
    facts = await DatabaseRoomStore(any_database, capacity=60).load_facts("hop")
    assert facts is not None
    assert facts.limit == 60


def vote(number: int, **values: Any) -> e.VoteClosed:
    defaults: dict[str, Any] = {
        "number": number,
        "subject": "Thông qua kế hoạch",
        "kind": "ballot",
        "secret": False,
        "withdrawn": False,
        "opened_at": NOW + timedelta(minutes=5),
        "at": LATER,
        "entitled": 3,
        "present": 2,
        "cast": 2,
        "quorum": 2,
        "valid": True,
        "in_favour": 1,
        "against": 1,
        "abstain": 0,
        "voters": ("Trần Văn Hiệp", "Lý Đại Biểu"),
        "choices": (("Trần Văn Hiệp", "for"), ("Lý Đại Biểu", "against")),
        "identity": "account:1",
        "name": "Chủ trì",
    }
    return e.VoteClosed(**(defaults | values))


async def test_save_keeps_turns_and_votes(store: DatabaseRoomStore, any_database: Database) -> None:
    records: list[e.Record] = [
        e.AgendaTurned("Kinh tế", 0, "account:1", "Chủ trì", NOW),
        e.AgendaTurned("", None, "account:1", "Chủ trì", LATER),
        vote(1),
        vote(2, secret=True, choices=()),
        vote(3, withdrawn=True, valid=False, choices=()),
    ]
    await store.save("hop", records, EMPTY, NOW)

    turns, votes = await rows(any_database, AgendaTurn), await rows(any_database, Vote)
    assert [(turn.position, turn.title, turn.at) for turn in turns] == [(1, "Kinh tế", NOW), (None, "", LATER)]
    opened, secret, withdrawn = votes
    assert (opened.state, opened.valid, opened.agenda_title, opened.quorum) == ("closed", True, "Kinh tế", 2)
    assert opened.choices == [
        {"name": "Trần Văn Hiệp", "choice": "for"},
        {"name": "Lý Đại Biểu", "choice": "against"},
    ]
    assert (secret.in_favour, secret.against, secret.choices) == (1, 1, [])
    assert secret.voters == ["Lý Đại Biểu", "Trần Văn Hiệp"]
    assert (withdrawn.state, withdrawn.valid, withdrawn.in_favour) == ("withdrawn", None, None)
    entries = await rows(any_database, AuditEntry)
    assert [entry.action for entry in entries] == ["room.vote_closed"] * 2 + ["room.vote_withdrawn"]


async def test_room_that_counts_its_votes_anew_writes_over_none(
    store: DatabaseRoomStore, any_database: Database
) -> None:
    await store.save("hop", [vote(1), vote(2)], EMPTY, NOW)
    await store.save("hop", [vote(1, subject="Sau sự cố"), vote(2, subject="Lần sau nữa")], EMPTY, NOW)
    kept = [(row.number, row.subject) for row in await rows(any_database, Vote)]
    assert kept[2:] == [(3, "Sau sự cố"), (4, "Lần sau nữa")]


async def test_secret_choices_are_not_kept_even_when_the_room_should_tell_them(
    store: DatabaseRoomStore, any_database: Database
) -> None:
    await store.save("hop", [vote(1, secret=True)], EMPTY, NOW)
    [row] = await rows(any_database, Vote)
    [entry] = await rows(any_database, AuditEntry)
    assert row.choices == []
    assert "Hiệp" not in str(entry.detail)


async def test_save_keeps_what_sites_declare(
    store: DatabaseRoomStore, any_database: Database, any_world: World
) -> None:
    ids = about(any_world)
    hall = {"person_id": None, "site_id": key(any_world.hall), "unit_id": key(any_world.province)}
    declared: list[e.Record] = [
        e.HeadsDeclared("account:7", "Xã", ids, 14, ("Lý Văn Sơn", "Ka Thị Hoa"), NOW),
        e.HeadsDeclared("account:8", "Hội trường", hall, 60, (), NOW),
    ]
    await store.save("hop", declared, EMPTY, NOW)
    first, *others = await rows(any_database, Invitation)
    assert (first.head_count, first.names) == (14, ["Lý Văn Sơn", "Ka Thị Hoa"])
    assert [row.head_count for row in others] == [None, None]

    async with any_database.write() as session:
        [meeting] = (await session.exec(select(Meeting))).all()
        meeting.attendance_confirmed_at = NOW
    await store.save("hop", [e.HeadsDeclared("account:7", "Xã", ids, 99, (), NOW)], EMPTY, NOW)
    first, *_others = await rows(any_database, Invitation)
    assert first.head_count == 14


async def test_heads_of_a_site_that_hosts_another_unit_are_those_of_that_unit(
    store: DatabaseRoomStore, any_database: Database, any_world: World
) -> None:
    host = {"person_id": None, "site_id": key(any_world.sites[2]), "unit_id": key(any_world.department)}
    await store.save("hop", [e.HeadsDeclared("account:7", "Sở", host, 5, (), NOW)], EMPTY, NOW)
    assert [row.head_count for row in await rows(any_database, Invitation)] == [None, None, 5]


async def test_lines_to_the_chairs_come_back_as_such(store: DatabaseRoomStore) -> None:
    lines: list[e.Record] = [
        e.ChatPosted("account:7", "Xã", "Chào", NOW),
        e.ChatPosted("account:7", "Xã", "Xin phát biểu", NOW, "chairs"),
    ]
    await store.save("hop", lines, EMPTY, NOW)
    loaded = await store.load("hop")
    assert loaded is not None
    assert [(line.text, line.to) for line in loaded.chat] == [("Chào", "everybody"), ("Xin phát biểu", "chairs")]


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
        e.LetIn("guest:1:y", "Khách mời", "account:1", "Chủ trì", NOW),
        e.TurnedAway("guest:1:x", "Khách", "account:1", "Chủ trì", NOW),
        e.VoteOpened(1, "Thông qua", "ballot", True, "account:1", "Chủ trì", NOW),
        e.MutedByOther("account:7", "Xã", "account:1", "Chủ trì", NOW),
        e.Removed("guest:1:x", "Khách", "account:1", "Chủ trì", NOW),
        e.Removed("account:9", "Xã", "account:1", "Chủ trì", NOW, may_return=True),
        e.Appointed("account:7", "Xã", True, "account:1", "Chủ trì", NOW),
        e.PolicyChanged({"locked": True}, "account:2", "Thư ký", NOW),
        e.OnBehalf("policy", {"locked": True}, "account:2", "Thư ký", NOW),
        e.RecordingOff("", "", NOW, "disk"),
        e.PhaseChanged("ended", "", "", NOW),
    ]
    await store.save("hop", acts, EMPTY, NOW)

    entries = await rows(any_database, AuditEntry)
    assert [(entry.action, entry.account_id) for entry in entries] == [
        ("meeting.start", 1),
        ("room.record_on", 1),
        ("room.admit", 1),
        ("room.refuse", 1),
        ("room.vote_opened", 1),
        ("room.mute", 1),
        ("room.remove", 1),
        ("room.remove", 1),
        ("room.appoint", 1),
        ("room.policy", 2),
        ("behalf.policy", 2),
        ("room.record_off", None),
        ("meeting.end", None),
    ]
    assert entries[3].detail == {"identity": "guest:1:7fc24af7", "name": "Khách"}
    assert entries[4].detail == {"number": 1, "subject": "Thông qua", "kind": "ballot", "secret": True}
    assert entries[6].detail == {"identity": "guest:1:7fc24af7", "name": "Khách", "may_return": False}
    assert entries[8].detail == {"identity": "account:7", "name": "Xã", "on": True}
    assert entries[10].detail == {"locked": True}
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
