"""What the round asks of the archive every minute, and what a list of many files is made of."""

from datetime import timedelta

from tests.factories import NOW, World
from tests.records import add_minutes
from transcripts.archive.reviewing import review
from transcripts.archive.store import MIX, list_rules, list_unhashed, load_standing, note_hash
from transcripts.models import Job, JobKind, JobState
from web.database import Database


async def test_only_what_is_new_or_made_anew_is_hashed(any_database: Database, any_world: World) -> None:
    database = any_database
    async with database.write() as session:
        minutes = await add_minutes(session, any_world, slug="held")
        meeting_id = minutes.meeting_id
        fresh = await list_unhashed(session)
        assert [path for _, path, known in fresh if known is None][-1] == f"held/{MIX}"
        assert len(fresh) > 1
        for _, path, _ in fresh:
            await note_hash(session, meeting_id, path, ("0" * 64, 5, 7), NOW)
    async with database.write() as session:
        assert await list_unhashed(session) == []
        session.add(
            Job(
                kind=JobKind.DRAFT,
                subject=meeting_id,
                meeting_id=meeting_id,
                state=JobState.DONE,
                run_after=NOW,
                created_at=NOW,
                finished_at=NOW + timedelta(minutes=1),
            )
        )
        await session.flush()
        assert await list_unhashed(session) == [(meeting_id, f"held/{MIX}", (5, 7))]


async def test_files_reviewed_together_stand_as_each_alone(database: Database, world: World) -> None:
    async with database.write() as session:
        for number in range(3):
            await add_minutes(session, world, slug=f"held{number}")
        found = await review(session, 90)
        assert len(found) == 3
        for each in found:
            assert each.standing == await load_standing(session, each.bundle, await list_rules(session))
