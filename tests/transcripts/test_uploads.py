"""Files on their way to becoming recordings, where two change one at once."""

import asyncio

import pytest
from sqlmodel import select

from meetings.errors import Conflict
from meetings.meeting_store import lock_meeting_by_id
from meetings.models import Role
from meetings.permissions import Actor
from tests.factories import NOW, add_meeting, build_world, key
from transcripts.models import Recording
from transcripts.upload_models import Upload
from transcripts.uploads import Announced, announce, withdraw
from web.database import Database

OFFICE = Actor(None, "Văn phòng", frozenset({Role.OFFICE}))


async def test_file_that_becomes_a_recording_meanwhile_is_not_withdrawn(any_database: Database) -> None:
    async with any_database.write() as session:
        world = await build_world(session)
        meeting = await add_meeting(session, world.province, world.chair, world.secretary, world.communes)
        meeting_id = key(meeting)
        upload = await announce(session, OFFICE, meeting_id, Announced("a.mp3", 9, "Lâm Hà", None, NOW), NOW)
        token = upload.token

    async def drop() -> None:
        async with any_database.write() as session:
            await withdraw(session, OFFICE, meeting_id, token, NOW)

    async with any_database.write() as session:
        await lock_meeting_by_id(session, meeting_id)
        dropping = asyncio.create_task(drop())
        finished, _ = await asyncio.wait([dropping], timeout=0.3)  # unless it waits, it is over by then
        assert not finished
        recording = Recording(meeting_id=meeting_id, identity="upload:1", speaker="Lâm Hà", path="a", started_at=NOW)
        session.add(recording)
        await session.flush()
        (await session.exec(select(Upload))).one().recording_id = recording.id
    with pytest.raises(Conflict, match="đã thành bản ghi"):
        await dropping
    async with any_database.read() as session:
        assert (await session.exec(select(Upload.recording_id))).one() is not None
