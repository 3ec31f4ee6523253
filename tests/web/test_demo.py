"""The demo is complete, the same each time, and goes without a trace but for the audit log."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, col, select

from meetings import actions
from meetings.actions import list_readiness
from meetings.audit import list_entries, verify_chain
from meetings.course_store import list_papers, list_voters
from meetings.errors import Conflict
from meetings.invitations.answers import tally_meetings
from meetings.invitations.delegate_store import list_people, list_requests
from meetings.kinds import OVER
from meetings.meeting_store import get_meeting, list_meetings, list_presences
from meetings.models import Account, Meeting, MeetingStatus, Person, Role, Site, Unit
from meetings.people_store import find_account, list_accounts, load_actor, load_tree
from meetings.permissions import Actor, may_join_meeting
from meetings.room_models import Incident, IncidentKind, LineState, Vote
from tests.conftest import sqlite_url
from tests.factories import NOW, add_account, add_meeting, add_person, add_site, key
from transcripts.actions import progress
from transcripts.minutes import Content, sha256
from transcripts.models import Minutes, MinutesState
from transcripts.store import load_conversation
from web.database import Database
from web.demo.load import load_demo
from web.demo.people import ACCOUNTS
from web.demo.recorded_meeting import SLUG
from web.demo.remove import delete_files, remove_demo
from web.room_store import DatabaseRoomStore

KEPT = {"alembic_version", "audit_entry", "channel", "level", "target"}  # what a migrated database holds, and the log


async def load(database: Database, data_dir: Path, now: datetime = NOW) -> None:
    async with database.write() as session:
        await load_demo(session, "hash", data_dir, now)


@pytest.fixture(scope="module")
def loaded_demo(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo as of ``NOW``, loaded once and copied by each test that only reads it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(migrated_sqlite, folder / "giaoban.sqlite3")

    async def fill() -> None:
        database = Database(sqlite_url(folder / "giaoban.sqlite3"))
        await load(database, folder)
        await database.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, fill()).result()
    return folder


@pytest.fixture
async def demo(loaded_demo: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with the demo; its files lie in ``tmp_path``."""
    shutil.copytree(loaded_demo, tmp_path, dirs_exist_ok=True)
    database = Database(sqlite_url(tmp_path / "giaoban.sqlite3"))
    yield database
    await database.close()


async def remove(database: Database, data_dir: Path) -> int:
    async with database.write() as session:
        removed, files = await remove_demo(session, data_dir, NOW)
    delete_files(files)
    return removed.kept_units


async def actor(database: Database, username: str) -> Actor:
    async with database.read() as session:
        account = await find_account(session, username)
        found = await load_actor(session, key(account))
    assert found is not None
    return found


async def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but those that a migrated database has."""
    async with database.engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        return {
            name: [tuple(row) for row in (await connection.execute(text(f'SELECT * FROM "{name}"'))).all()]  # noqa: S608 - table names
            for name in tables
            if name not in KEPT and not name.startswith("search_words")  # of what stands in search_entry
        }


async def test_demo_has_units_accounts_and_meetings_of_all_kinds(any_database: Database, tmp_path: Path) -> None:
    await load(any_database, tmp_path)
    async with any_database.read() as session:
        accounts = await list_accounts(session)
        tree = await load_tree(session, NOW.date())
        former = await load_tree(session, datetime(2022, 6, 1, tzinfo=UTC).date())
        marked = [
            (await session.exec(select(model.id).where(~col(model.is_demo)))).all()
            for model in (Account, Person, Unit, Site, Meeting)
        ]
        assert (await verify_chain(session)).holds
    assert {role for view in accounts for role in view.roles} == set(Role)
    assert len(accounts) == len(ACCOUNTS)
    assert (len(tree.at_level("commune")), len(former.at_level("district"))) == (124, 12)
    assert marked == [[]] * 5


async def test_ratio_of_2022_is_above_its_target_and_months_differ(demo: Database) -> None:
    leader = await actor(demo, "lanhdao")
    async with demo.read() as session:
        past = await actions.report_ratio(session, leader, "province", "district", "2022", now=NOW)
        recent = await actions.report_ratio(session, leader, "province", "commune", "2026", now=NOW)
    for report in (past, recent):
        assert report.target is not None
        assert (report.target.operator, report.met) == (">", True)
        shares = [month.ratio.percent for month in report.months if month.ratio.percent is not None]
        assert any(share <= 80 for share in shares)
        assert any(share > 80 for share in shares)
        assert report.ratio.hybrid > 0
        assert report.ratio.other_channel == 1
        assert sum(report.ratio.excluded.values()) == 1
        assert report.ratio.unattended == 1
    assert (past.ratio.unconfirmed, recent.ratio.unconfirmed) == (0, 1)
    assert recent.outlook.meetings > 0
    assert recent.savings.trips > 0
    assert recent.savings.unknown == (), "every commune has a distance"


@pytest.mark.parametrize("username", ["thuky", "chutri", "daumoi", "cau.ductrong", "kythuat"])
async def test_newcomer_finds_a_meeting_to_enter_at_once(demo: Database, username: str) -> None:
    person = await actor(demo, username)
    async with demo.read() as session:
        found = await list_meetings(session, person, NOW, NOW + timedelta(days=10), status=[MeetingStatus.SCHEDULED])
    assert len(found) >= 4
    assert found[0].meeting.starts_at <= NOW < found[0].meeting.ends_at
    assert may_join_meeting(person, found[0].meeting, found[0].invited_unit_ids)


async def test_coming_meetings_do_not_clash(demo: Database) -> None:
    async with demo.read() as session:
        coming = (await session.exec(select(Meeting).where(Meeting.status == MeetingStatus.SCHEDULED))).all()
    for one in coming:
        for other in coming:
            if one.id != other.id and one.starts_at < other.ends_at and other.starts_at < one.ends_at:
                assert one.hall_id != other.hall_id
                assert one.chair_id != other.chair_id


async def test_open_meeting_is_awaited_by_people(demo: Database) -> None:
    async with demo.read() as session:
        query = select(Meeting).where(Meeting.status == MeetingStatus.SCHEDULED).order_by(col(Meeting.starts_at))
        meeting = (await session.exec(query)).all()[0]
        people = await list_people(session, key(meeting))
        [asked] = await list_requests(session, key(meeting))
        tally = (await tally_meetings(session, [key(meeting)]))[key(meeting)]
    assert len(people) == 5
    assert sum(row.is_head for row in people) == 2
    assert asked.full_name in {row.full_name for row in people}
    assert (tally.accepted, tally.declined) == (1, 1)


async def test_open_meeting_is_made_ready(demo: Database, tmp_path: Path) -> None:
    async with demo.read() as session:
        query = select(Meeting).where(Meeting.status == MeetingStatus.SCHEDULED).order_by(col(Meeting.starts_at))
        meeting = (await session.exec(query)).all()[0]
        bundle = await get_meeting(session, meeting.slug)
        board = await list_readiness(session, bundle, NOW)
        papers = await list_papers(session, bundle.id)
        voters = await list_voters(session, bundle.id)
        facts = await DatabaseRoomStore(demo).load_facts(meeting.slug)
    assert facts is not None
    assert (facts.limit, len(facts.voters), len(facts.papers)) == (60, 3, 2)
    assert len(facts.seats) <= facts.limit
    assert {person.full_name for person in voters} >= {bundle.chair.full_name}
    states = [row.report.state for row in board[:3] if row.report]
    assert sorted(states) == [LineState.GOOD, LineState.GOOD, LineState.WEAK]
    assert all(row.duty and row.has_account for row in board[:3])
    for paper in papers:
        kept = (tmp_path / "papers" / paper.path).read_bytes()
        assert (hashlib.sha256(kept).hexdigest(), len(kept)) == (paper.sha256, paper.size)
        assert kept.startswith(b"%PDF-")


async def test_past_meeting_had_a_vote_and_a_site_on_the_telephone(demo: Database) -> None:
    async with demo.read() as session:
        [vote] = (await session.exec(select(Vote))).all()
        [incident] = (await session.exec(select(Incident))).all()
    assert (vote.in_favour or 0) + (vote.abstain or 0) == vote.cast
    assert (incident.meeting_id, incident.kind) == (vote.meeting_id, IncidentKind.TELEPHONE)


async def test_no_past_meeting_lies_in_the_future(demo: Database) -> None:
    async with demo.read() as session:
        ended = (await session.exec(select(Meeting).where(col(Meeting.status).in_(OVER)))).all()
    assert all(meeting.ended_at is not None and meeting.ended_at < NOW for meeting in ended)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 1, 1, 23, 30, tzinfo=UTC),
        datetime(2026, 12, 14, 17, tzinfo=UTC),
        datetime(2027, 3, 1, tzinfo=UTC),
    ],
)
async def test_demo_loads_on_any_day(database: Database, tmp_path: Path, now: datetime) -> None:
    await load(database, tmp_path, now)
    async with database.read() as session:
        coming = (await session.exec(select(Meeting).where(Meeting.status == MeetingStatus.SCHEDULED))).all()
        ended = (await session.exec(select(Meeting).where(col(Meeting.status).in_(OVER)))).all()
    assert coming
    assert all(meeting.ends_at > now for meeting in coming)
    assert len(ended) >= 90
    assert all(meeting.ended_at is not None and meeting.ended_at <= now for meeting in ended)


async def test_recorded_meeting_can_be_read_and_played(any_database: Database, tmp_path: Path) -> None:
    await load(any_database, tmp_path)
    async with any_database.read() as session:
        bundle = await get_meeting(session, SLUG)
        [minutes] = (await session.exec(select(Minutes).where(Minutes.meeting_id == bundle.id))).all()
        conversation = await load_conversation(session, bundle.id)
        state = await progress(session, bundle.id, NOW)
        present = await list_presences(session, bundle.id)
    content = Content.from_json(minutes.content)
    assert (minutes.state, minutes.content_sha256) == (MinutesState.APPROVED, sha256(content))
    assert content.title == bundle.meeting.title
    assert (content.chair.name, content.secretary.name) == (bundle.chair.full_name, bundle.secretary.full_name)
    assert [item.title for item in bundle.agenda] == [section.title for section in content.sections][1:-1]
    assert [(row.unit, row.head_count) for row in content.attendance] == [
        (each.unit.name, each.invitation.head_count) for each in bundle.invitations
    ]
    by_key = {utterance.segment: utterance.text for utterance in conversation}
    for section in content.sections:
        for statement in section.statements:
            assert statement.text == " ".join(by_key[number] for number in statement.segments)
    assert (state.recordings, state.transcribed, state.rendering) == (3, 3, True)
    assert len(present) == 3
    folder = tmp_path / "recordings" / SLUG
    assert {path.name for path in folder.iterdir()} == {
        "mix.webm",
        "meeting-province.ogg",
        "meeting-lamha.ogg",
        "meeting-ductrong.ogg",
    }


async def test_demo_is_the_same_each_time(demo: Database, tmp_path: Path) -> None:
    first = await dump(demo)
    await remove(demo, tmp_path)
    await load(demo, tmp_path)
    again = await dump(demo)
    assert {name: len(rows) for name, rows in first.items()} == {name: len(rows) for name, rows in again.items()}
    assert first["meeting"] == again["meeting"]
    assert first["presence"] == again["presence"]


async def test_demo_is_not_loaded_twice(demo: Database, tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        await load(demo, tmp_path)


async def test_removing_leaves_only_the_audit_log(any_database: Database, tmp_path: Path) -> None:
    before = await dump(any_database)
    await load(any_database, tmp_path)
    assert list((tmp_path / "documents/invitations").iterdir())
    assert await remove(any_database, tmp_path) == 0
    assert list((tmp_path / "documents/invitations").iterdir()) == []
    assert await dump(any_database) == before
    assert [list((tmp_path / folder).iterdir()) for folder in ("recordings", "papers")] == [[], []]
    async with any_database.read() as session:
        entries = await list_entries(session)
        assert (await verify_chain(session)).holds
    assert (entries[0].action, entries[-1].action) == ("demo.remove", "units.import")


async def test_real_rows_and_what_they_use_stay(any_database: Database, tmp_path: Path) -> None:
    await load(any_database, tmp_path)
    async with any_database.write() as session:
        unit = (await session.exec(select(Unit).where(Unit.official_order == 30))).one()
        demo_site = (await session.exec(select(Site).where(Site.unit_id == key(unit)))).one()
        own_site = await add_site(session, unit, "Phòng riêng")
        chair, secretary = (
            await add_person(session, unit, "Chủ Trì Thật"),
            await add_person(session, unit, "Thư Ký Thật"),
        )
        await add_account(session, chair, Role.CHAIR, username="that")
        booker = await find_account(session, "vanphong")
        meeting = await add_meeting(
            session, unit, chair, secretary, [(unit, demo_site)], hall_id=own_site.id, created_by=key(booker)
        )
    assert await remove(any_database, tmp_path) == 2  # the unit and the province above it
    async with any_database.read() as session:
        bundle = await get_meeting(session, meeting.slug)
        units = (await session.exec(select(Unit))).all()
        people = (await session.exec(select(Person))).all()
        sites = (await session.exec(select(Site))).all()
    assert (bundle.chair.full_name, bundle.meeting.created_by) == ("Chủ Trì Thật", None)
    assert [each.site.id for each in bundle.invitations if each.site] == [demo_site.id]
    assert {person.full_name for person in people} == {"Chủ Trì Thật", "Thư Ký Thật"}
    assert {site.name for site in sites} == {demo_site.name, "Phòng riêng"}
    assert [unit.is_demo for unit in units] + [site.is_demo for site in sites] == [False] * 4


async def test_meeting_booked_in_the_demo_goes_with_it(demo: Database, tmp_path: Path) -> None:
    secretary = await actor(demo, "thuky")
    async with demo.write() as session:
        found = (await session.exec(select(Meeting).where(Meeting.status == MeetingStatus.SCHEDULED))).first()
        assert found is not None
        draft = actions.MeetingDraft(
            title="Họp thử",
            kind=found.kind,
            convening_unit_id=found.convening_unit_id,
            chair_id=found.chair_id,
            secretary_id=found.secretary_id,
            starts_at=NOW + timedelta(days=20),
            ends_at=NOW + timedelta(days=20, hours=1),
            planned_form=found.planned_form,
            invitations=[actions.InvitationDraft(key(await first_commune(demo)))],
        )
        await actions.book_meeting(session, secretary, draft, NOW)
    await remove(demo, tmp_path)
    async with demo.read() as session:
        assert (await session.exec(select(Meeting))).all() == []


async def first_commune(database: Database) -> Unit:
    async with database.read() as session:
        return (await session.exec(select(Unit).where(Unit.official_order == 15))).one()


async def test_every_table_with_a_mark_is_cleared() -> None:
    marked = {name for name, table in SQLModel.metadata.tables.items() if "is_demo" in table.c}
    series = {"meeting_series", "meeting_template"}
    assert marked == series | {"account", "meeting", "minutes", "person", "recording", "site", "target", "unit"}
