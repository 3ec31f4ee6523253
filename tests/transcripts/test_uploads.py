"""Files on their way to becoming recordings, where two change one at once."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from meetings.errors import Conflict
from meetings.meeting_store import lock_meeting_by_id
from meetings.models import Role
from meetings.permissions import Actor
from tests.factories import NOW, add_meeting, build_world, key
from transcripts.models import Job, Recording
from transcripts.upload_models import Upload
from transcripts.uploads import KEPT_DAYS, Announced, announce, drop_stale, finish_upload, get_upload, withdraw
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


async def test_file_that_is_whole_is_not_dropped_and_one_that_was_dropped_is_not_read(any_database: Database) -> None:
    async with any_database.write() as session:
        world = await build_world(session)
        meeting = await add_meeting(session, world.province, world.chair, world.secretary, world.communes)
        tokens = [
            (await announce(session, OFFICE, key(meeting), Announced(name, 9, "Lâm Hà", None, NOW), NOW)).token
            for name in ("a.mp3", "b.mp3")
        ]
        whole, late = [await get_upload(session, key(meeting), token) for token in tokens]
        await finish_upload(session, whole, NOW)
    async with any_database.write() as session:
        assert await drop_stale(session, NOW + timedelta(days=KEPT_DAYS)) == []
        assert await drop_stale(session, NOW + timedelta(days=KEPT_DAYS, seconds=1)) == [late.token]
    async with any_database.write() as session:
        for upload in (whole, late):
            await finish_upload(session, upload, NOW)
    async with any_database.read() as session:
        assert (await session.exec(select(Job.subject))).all() == [whole.id]
