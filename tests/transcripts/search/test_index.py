"""What is written is found: by triggers noted, read into the index, and shown to those alone who may see it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import select

from meetings.errors import Invalid
from meetings.kinds import Role
from meetings.models import AgendaItem, Meeting
from meetings.permissions import Actor
from meetings.room_models import Paper
from tests.factories import NOW, World, add_meeting, build_world, key
from transcripts.archive_models import MeetingFile
from transcripts.models import Minutes, MinutesState, Recording, Segment
from transcripts.search.actions import Found, search
from transcripts.search.indexer import Indexer
from transcripts.search.passages import Sentence
from transcripts.search.query import read_query
from transcripts.search.store import Range
from transcripts.search_models import EntryKind, SearchDue, SearchEntry
from web.database import Database

OFFICE = Actor(None, "Văn phòng", frozenset({Role.OFFICE}))
PAGES = ("Tờ trình về nguồn nước", "Phụ lục: hồ Đan Kia")


async def read_paper(paper: Paper) -> Sequence[str]:
    if paper.media_type == "application/pdf":
        return PAGES
    raise Invalid("unreadable")


def indexer(database: Database) -> Indexer:
    return Indexer(database, lambda: NOW, read_paper)


async def index_all(database: Database) -> None:
    reader = indexer(database)
    while await reader.index_next():
        pass


async def write_record(database: Database) -> tuple[World, Meeting]:
    """A meeting with an agenda, a paper, a minute of speech and minutes that are being written."""
    async with database.write() as session:
        world = await build_world(session)
        meeting = await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            world.communes,
            title="Họp giao ban về thủy lợi",
            started_at=NOW,
            ended_at=NOW + timedelta(hours=1),
        )
        session.add(AgendaItem(meeting_id=key(meeting), position=1, title="Cấp nước mùa khô"))
        recording = Recording(
            meeting_id=key(meeting), identity="site:1", speaker="Điểm cầu Lâm Hà", path="a.mka", started_at=NOW
        )
        session.add(recording)
        session.add(make_paper(meeting, "application/pdf"))
        await session.flush()
        for second, text in (
            (5, "Kính thưa đồng chí chủ tọa."),
            (9, "Huyện đã nạo vét kênh mương."),
            (200, "Xin hết."),
        ):
            session.add(
                Segment(
                    meeting_id=key(meeting),
                    recording_id=recording.id or 0,
                    starts_at=NOW + timedelta(seconds=second),
                    ends_at=NOW + timedelta(seconds=second + 3),
                    text=text,
                )
            )
    return world, meeting


def make_paper(meeting: Meeting, media_type: str, path: str = "p") -> Paper:
    return Paper(
        meeting_id=key(meeting),
        title="Tờ trình",
        file_name="to-trinh",
        media_type=media_type,
        size=1,
        sha256="0" * 64,
        path=path,
        uploaded_at=NOW,
    )


async def look(database: Database, line: str, actor: Actor = OFFICE, **within: object) -> Found:
    async with database.read() as session:
        return await search(session, actor, read_query(line), Range(**within))  # type: ignore[arg-type]


async def kinds(database: Database, line: str, actor: Actor = OFFICE) -> list[EntryKind]:
    return [hit.entry.kind for hit in (await look(database, line, actor)).hits]


async def test_everything_that_is_written_is_found(any_database: Database) -> None:
    _, meeting = await write_record(any_database)
    await index_all(any_database)
    assert await kinds(any_database, "thuỷ lợi") == [EntryKind.MEETING]
    assert await kinds(any_database, "mua kho") == [EntryKind.MEETING]
    assert await kinds(any_database, '"đan kia"') == [EntryKind.PAPER]
    assert await kinds(any_database, '"chủ tọa huyện đã"') == [EntryKind.TRANSCRIPT]
    assert await kinds(any_database, "nuoc") == [EntryKind.PAPER, EntryKind.MEETING]
    (hit,) = (await look(any_database, "kênh")).hits
    assert hit.sentence == Sentence(NOW + timedelta(seconds=9), 2)
    assert hit.entry.place == "Điểm cầu Lâm Hà"
    assert hit.bundle.slug == meeting.slug
    assert [piece.text for piece in hit.snippet if piece.found] == ["kênh"]


async def test_marks_that_nothing_has_are_left_out(any_database: Database) -> None:
    await write_record(any_database)
    await index_all(any_database)
    exact, loose = await look(any_database, "mương"), await look(any_database, "mường")
    assert (len(exact.hits), exact.any_marks) == (1, False)
    assert (len(loose.hits), loose.any_marks) == (1, True)
    assert (await look(any_database, '"kenh mường"')).any_marks


async def test_only_what_changed_is_written_again(any_database: Database) -> None:
    _, meeting = await write_record(any_database)
    await index_all(any_database)
    async with any_database.read() as session:
        before = {row.id: row.text for row in (await session.exec(select(SearchEntry))).all()}
    async with any_database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.title = "Họp giao ban về hạn hán"
    await index_all(any_database)
    async with any_database.read() as session:
        after = {row.id: row.text for row in (await session.exec(select(SearchEntry))).all()}
        assert (await session.exec(select(SearchDue))).all() == []
    assert before.keys() == after.keys()
    assert sum(before[key] != after[key] for key in before) == 1
    assert await kinds(any_database, "thủy lợi") == []
    assert await kinds(any_database, "hạn hán") == [EntryKind.MEETING]


async def test_meeting_that_moved_or_vanished_leaves_nothing_behind(any_database: Database) -> None:
    _, meeting = await write_record(any_database)
    await index_all(any_database)
    async with any_database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.starts_at += timedelta(days=400)
        row.ends_at += timedelta(days=400)
    await index_all(any_database)
    assert len((await look(any_database, "thủy lợi")).hits) == 1
    assert (await look(any_database, "thủy lợi", end=NOW + timedelta(days=300))).hits == []
    async with any_database.read() as session:
        entries = (await session.exec(select(SearchEntry))).all()
    assert len({entry.text for entry in entries}) == len(entries)


async def test_papers_of_a_destroyed_file_are_found_no_more(any_database: Database) -> None:
    _, meeting = await write_record(any_database)
    reader = indexer(any_database)
    while await reader.index_next():
        pass
    async with any_database.write() as session:
        session.add(MeetingFile(meeting_id=key(meeting), destroyed_at=NOW))
        session.add(SearchDue(meeting_id=key(meeting)))
    assert await reader.index_next()  # it remembers what the paper said
    assert await kinds(any_database, "đan kia") == []


async def test_paper_without_text_costs_nothing_else(any_database: Database) -> None:
    _, meeting = await write_record(any_database)
    async with any_database.write() as session:
        session.add(make_paper(meeting, "image/png", "q"))
    await index_all(any_database)
    assert await kinds(any_database, "đan kia") == [EntryKind.PAPER]


async def test_two_workers_read_a_meeting_once_and_lose_no_change(any_database: Database) -> None:
    _, meeting = await write_record(any_database)
    one, other = indexer(any_database), indexer(any_database)
    await asyncio.gather(one.index_next(), other.index_next())
    async with any_database.write() as session:
        session.add(AgendaItem(meeting_id=key(meeting), position=2, title="Phòng cháy rừng"))
    await asyncio.gather(one.index_next(), other.index_next())
    await index_all(any_database)
    assert await kinds(any_database, "cháy rừng") == [EntryKind.MEETING]


@pytest.mark.parametrize("state", [MinutesState.DRAFT, MinutesState.APPROVED])
async def test_each_sees_what_the_pages_would_show(database: Database, state: MinutesState) -> None:
    world, meeting = await write_record(database)
    async with database.write() as session:
        session.add(Minutes(meeting_id=key(meeting), content=make_content(), state=state, edited_at=NOW))
    await index_all(database)
    invited = Actor(None, "Xã", frozenset({Role.UNIT_CONTACT}), unit_id=world.communes[0].id)
    stranger = Actor(None, "Sở khác", frozenset({Role.UNIT_CONTACT}), unit_id=world.department.id)
    technician = Actor(None, "Kỹ thuật", frozenset({Role.TECHNICIAN}))
    line = "nước"
    approved = [EntryKind.MINUTES] if state is MinutesState.APPROVED else []
    assert sorted(await kinds(database, line)) == ["meeting", "minutes", "paper"]
    assert sorted(await kinds(database, line, invited)) == sorted(["meeting", "paper", *approved])
    assert await kinds(database, line, stranger) == []
    assert sorted(await kinds(database, line, technician)) == ["meeting", "paper"]
    assert await kinds(database, "mương", invited) == []
    assert await kinds(database, "câu thừa") == []


def make_content() -> dict[str, object]:
    officer = {"name": "Nguyễn Văn An", "position": ""}
    said: dict[str, object] = {"speaker": "Lâm Hà", "text": "Câu thừa."}
    said |= {"starts_at": None, "segments": [], "suspect": ""}
    struck = said | {"struck": True}
    section = {
        "title": "Cấp nước mùa khô",
        "presenter": "",
        "summary": "Đủ nước tưới đến tháng ba.",
        "statements": [struck],
    }
    return {
        "title": "Họp",
        "kind": "briefing",
        "form": "online",
        "organ": "UBND tỉnh Lâm Đồng",
        "parent_organ": "",
        "notation": "BB-UBND",
        "number": "",
        "started_at": "2026-11-24T01:00:00Z",
        "ended_at": "2026-11-24T02:00:00Z",
        "places": [],
        "chair": officer,
        "secretary": officer,
        "attendance": [],
        "sections": [section],
        "votes": [],
        "conclusions": [],
        "gaps": [],
        "recipients": [],
    }
