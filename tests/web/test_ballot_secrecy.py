"""What a secret vote leaves in the database, and what becomes of it when the server dies: on real databases."""

import json
import logging
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from meetings.models import RoomState
from meetings.room_models import Vote
from signaling import effects as e
from signaling.protocol import CastVote, Choice, CloseVote, OpenVote, Request, Start, WithdrawVote
from signaling.room import Room
from tests.factories import NOW, World, add_meeting
from tests.room_play import FACTS, admit, enter, list_records
from web.database import Database
from web.room_store import DatabaseRoomStore

CHOICES: tuple[Choice, ...] = ("for", "against", "for", "abstain")
COUNTED = {"for": 2, "against": 1, "abstain": 1}


class Council:
    """A room in session whose every act is saved, as the driver does it. Four units vote in secret."""

    def __init__(self, store: DatabaseRoomStore) -> None:
        self.store, self.room = store, Room("hop", FACTS)
        enter(self.room, "c1", admit(1, "chair"))
        for number in range(2, 6):
            enter(self.room, f"c{number}", admit(number))
        self.room.handle("c1", Start(), NOW)

    async def do(self, connection: str, request: Request) -> None:
        records = list_records(self.room.handle(connection, request, NOW))
        await self.store.save("hop", records, self.room.to_json(), NOW)

    async def ask(self) -> None:
        await self.do("c1", OpenVote(subject="Nhân sự", kind="opinion", secret=True, quorum=None))

    async def vote(self, choices: Sequence[Choice] = CHOICES) -> None:
        await self.ask()
        for number, choice in enumerate(choices, start=2):
            await self.do(f"c{number}", CastVote(vote=self.room.state.votes[-1].id, choice=choice))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ballots"


async def book(database: Database, world: World) -> None:
    async with database.write() as session:
        await add_meeting(session, world.province, world.chair, world.secretary, world.communes, slug="hop")


@pytest.fixture
async def council(any_database: Database, any_world: World, folder: Path) -> Council:
    await book(any_database, any_world)
    return Council(DatabaseRoomStore(any_database, ballots=folder))


async def read_saved(database: Database) -> dict[str, Any]:
    async with database.read() as session:
        return (await session.exec(select(RoomState))).one().snapshot


async def load(database: Database, folder: Path) -> Room:
    """The room as the next server finds it."""
    loaded = await DatabaseRoomStore(database, ballots=folder).load("hop")
    assert loaded is not None
    assert loaded.snapshot is not None
    room = Room("hop", loaded.facts)
    room.load_state(loaded.snapshot)
    return room


async def test_files_of_the_database_tell_no_running_count(
    database: Database, world: World, sqlite_database_url: str, folder: Path
) -> None:
    await book(database, world)
    council = Council(DatabaseRoomStore(database, ballots=folder))
    await council.vote()
    await council.do("c1", CloseVote(vote=1))
    file = Path(sqlite_database_url.partition("///")[2])

    left = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))

    counts = [json.loads(found) for found in re.findall(rb'"counts": (\{[^}]*\})', left)]
    assert counts.count({}) >= len(CHOICES)  # the saves are there
    assert [each for each in counts if each not in ({}, COUNTED)] == []
    tokens = re.findall(rb'"sealed": "([^"]+)"', left)
    assert len(tokens) >= len(CHOICES)
    assert len({len(token) for token in tokens}) == 1  # nor does the length tell anything


async def test_crash_keeps_what_was_voted(council: Council, any_database: Database, folder: Path) -> None:
    await council.vote(CHOICES[:3])

    room = await load(any_database, folder)

    [vote] = room.state.votes
    assert (vote.state, vote.counts, len(vote.voters)) == ("open", {"for": 2, "against": 1, "abstain": 0}, 3)
    council.room = room
    for number in (1, 5):
        enter(room, f"c{number}", admit(number, "chair" if number == 1 else "site"))
    await council.do("c5", CastVote(vote=1, choice="abstain"))
    await council.do("c1", CloseVote(vote=1))
    async with any_database.read() as session:
        [row] = (await session.exec(select(Vote))).all()
    assert (row.in_favour, row.against, row.abstain) == (2, 1, 1)
    assert list(folder.iterdir()) == []


async def test_key_is_for_the_owner_alone_and_for_the_vote_alone(council: Council, folder: Path) -> None:
    await council.do("c1", OpenVote(subject="Công khai", kind="opinion", secret=False, quorum=None))
    await council.do("c1", CloseVote(vote=1))
    assert not folder.exists()
    await council.ask()
    first = (folder / "hop.key").read_bytes()

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "hop.key")]

    assert modes == [0o700, 0o600]
    await council.do("c1", WithdrawVote(vote=2))
    assert list(folder.iterdir()) == []
    await council.ask()
    assert (folder / "hop.key").read_bytes() != first


async def test_counts_of_a_withdrawn_vote_are_not_kept(council: Council, any_database: Database, folder: Path) -> None:
    await council.vote(CHOICES[:1])
    await council.do("c1", WithdrawVote(vote=1))

    saved = await read_saved(any_database)

    assert [(vote["counts"], "sealed" in vote) for vote in saved["votes"]] == [({}, False)]
    assert (await load(any_database, folder)).state.votes[0].state == "withdrawn"


async def test_key_stays_when_the_closing_is_not_saved(council: Council, any_database: Database, folder: Path) -> None:
    await council.vote()
    broken: list[e.Record] = [e.PhaseChanged("in_session", "account:none", "Chủ trì", NOW)]  # no such number
    council.room.handle("c1", CloseVote(vote=1), NOW)

    with pytest.raises(ValueError, match="none"):
        await council.store.save("hop", broken, council.room.to_json(), NOW)

    [vote] = (await load(any_database, folder)).state.votes
    assert (vote.state, vote.counts) == ("open", COUNTED)


@pytest.mark.parametrize("left", [None, b"", b"half a key", b"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="])
async def test_without_its_key_a_vote_is_withdrawn(
    council: Council, any_database: Database, folder: Path, left: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    await council.vote()
    (folder / "hop.key").unlink()
    if left is not None:
        (folder / "hop.key").write_bytes(left)

    with caplog.at_level(logging.ERROR):
        room = await load(any_database, folder)

    [vote] = room.state.votes
    assert (vote.state, len(vote.voters)) == ("withdrawn", 4)
    assert "the key of a secret vote is gone: the vote is withdrawn" in caplog.text
    async with any_database.read() as session:
        [row] = (await session.exec(select(Vote))).all()
    assert (row.state, row.cast, row.in_favour) == ("withdrawn", 4, None)
    caplog.clear()
    assert (await load(any_database, folder)).state.votes == [vote]  # once
    assert caplog.text == ""


async def test_what_a_dead_server_left_is_swept(council: Council, any_database: Database, folder: Path) -> None:
    await council.vote()
    for name in ("khac.key", "hop.part"):
        (folder / name).write_bytes(b"left")

    await DatabaseRoomStore(any_database, ballots=folder).recover(NOW)

    assert [path.name for path in folder.iterdir()] == ["hop.key"]
    assert (await load(any_database, folder)).state.votes[0].counts == COUNTED


async def test_vote_of_an_older_server_goes_on(council: Council, any_database: Database, folder: Path) -> None:
    """Its counts were saved as they are."""
    await council.vote()
    async with any_database.write() as session:
        state = (await session.exec(select(RoomState))).one()
        state.snapshot = council.room.to_json()
        session.add(state)

    assert (await load(any_database, folder)).state.votes[0].counts == COUNTED


async def test_key_that_cannot_be_deleted_fails_no_save(
    council: Council, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await council.vote()
    (folder / "hop.key").unlink()
    (folder / "hop.key").mkdir()  # a folder is no file, whoever deletes it

    council.room.handle("c1", CloseVote(vote=1), NOW)
    await council.store.save("hop", [], council.room.to_json(), NOW)

    assert "cannot be deleted, delete it by hand" in caplog.text
