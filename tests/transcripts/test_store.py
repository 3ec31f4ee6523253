"""The lease table and the other queries, on both kinds of database."""

import asyncio
from datetime import datetime, timedelta

import pytest

from meetings.meeting_store import lock_meeting_by_id
from meetings.models import Meeting
from tests.factories import NOW, add_meeting, build_world, key
from transcripts import store
from transcripts.errors import Reason, read_reason
from transcripts.jobs import LEASE, MAX_ATTEMPTS
from transcripts.models import Job, JobKind, JobState, Recording, RecordingState, Segment
from transcripts.store import Claim
from web.database import Database

ALL = (JobKind.TRANSCRIBE, JobKind.DRAFT, JobKind.DOCUMENT)
LATER = NOW + timedelta(hours=1)


async def add_one_meeting(database: Database, *, ended_at: datetime | None = None) -> Meeting:
    async with database.write() as session:
        world = await build_world(session)
        return await add_meeting(
            session, world.province, world.chair, world.secretary, world.communes, started_at=NOW, ended_at=ended_at
        )


async def enqueue(database: Database, meeting: Meeting, kind: JobKind = JobKind.DRAFT, subject: int = 1) -> None:
    async with database.write() as session:
        await store.enqueue(session, kind, subject, key(meeting), NOW)


async def claim(database: Database, now: datetime = NOW, *kinds: JobKind) -> Claim | None:
    async with database.write() as session:
        return await store.claim(session, kinds or ALL, now)


async def claim_one(database: Database, now: datetime = NOW) -> Claim:
    held = await claim(database, now)
    assert held is not None
    return held


async def load_job(database: Database) -> Job:
    async with database.read() as session:
        job = await session.get(Job, 1)
        assert job is not None
        return job


async def add_recording(
    database: Database, meeting: Meeting, name: str = "a", state: RecordingState = RecordingState.CLOSED
) -> int:
    async with database.write() as session:
        recording = Recording(
            meeting_id=key(meeting),
            identity="account:1",
            speaker=f"Điểm cầu {name}",
            path=f"{meeting.slug}/{name}.mka",
            started_at=NOW,
            state=state,
        )
        session.add(recording)
        await session.flush()
        return key(recording)


async def test_claim_takes_the_oldest_once(any_database: Database) -> None:
    meeting = await add_one_meeting(any_database)
    await enqueue(any_database, meeting, JobKind.DRAFT)
    await enqueue(any_database, meeting, JobKind.DOCUMENT)
    first, second, third = [await claim(any_database) for _ in range(3)]
    assert first is not None
    assert second is not None
    assert (first.kind, second.kind, third) == (JobKind.DRAFT, JobKind.DOCUMENT, None)
    assert (first.fence, first.attempts, first.meeting_id) == (1, 1, key(meeting))


async def test_claim_takes_only_its_kinds(any_database: Database) -> None:
    await enqueue(any_database, await add_one_meeting(any_database), JobKind.TRANSCRIBE)
    assert await claim(any_database, NOW, JobKind.DRAFT, JobKind.DOCUMENT) is None
    async with any_database.read() as session:
        assert not await store.has_ready(session, (JobKind.DRAFT,), NOW)
        assert await store.has_ready(session, (JobKind.TRANSCRIBE,), NOW)


async def test_many_claims_at_once_never_share_a_job(any_database: Database) -> None:
    meeting = await add_one_meeting(any_database)
    for subject in range(12):
        await enqueue(any_database, meeting, JobKind.DRAFT, subject)
    held = await asyncio.gather(*(claim(any_database) for _ in range(16)))
    subjects = [each.subject for each in held if each is not None]
    assert sorted(subjects) == list(range(12))


async def test_job_of_a_silent_worker_goes_to_the_next(any_database: Database) -> None:
    await enqueue(any_database, await add_one_meeting(any_database))
    lost = await claim_one(any_database)
    assert await claim(any_database, NOW + LEASE) is None
    successor = await claim_one(any_database, NOW + LEASE + timedelta(seconds=1))
    assert (successor.fence, successor.attempts) == (lost.fence + 1, 2)


async def test_renewed_lease_is_not_taken(any_database: Database) -> None:
    await enqueue(any_database, await add_one_meeting(any_database))
    held = await claim_one(any_database)
    async with any_database.write() as session:
        assert await store.renew(session, held, NOW + LEASE, LEASE, 3, 10)
    assert await claim(any_database, NOW + LEASE + timedelta(seconds=1)) is None
    job = await load_job(any_database)
    assert (job.done, job.total) == (3, 10)


async def test_stale_worker_can_store_nothing(any_database: Database) -> None:
    await enqueue(any_database, await add_one_meeting(any_database))
    stale = await claim_one(any_database)
    holder = await claim_one(any_database, LATER)
    async with any_database.write() as session:
        assert not await store.renew(session, stale, LATER, LEASE, 1, 1)
        assert not await store.finish(session, stale, LATER)
        assert not await store.hand_back(session, stale, LATER)
        assert not await store.fail(session, stale, Reason("đã muộn"), LATER, permanent=True)
    assert (await load_job(any_database)).state is JobState.RUNNING
    async with any_database.write() as session:
        assert await store.finish(session, holder, LATER)
    async with any_database.write() as session:
        assert not await store.finish(session, holder, LATER)  # not twice either
    job = await load_job(any_database)
    assert (job.state, job.finished_at, job.error) == (JobState.DONE, LATER, "")


async def test_enqueue_again_takes_the_job_from_its_worker(any_database: Database) -> None:
    meeting = await add_one_meeting(any_database)
    await enqueue(any_database, meeting)
    stale = await claim_one(any_database)
    await enqueue(any_database, meeting)
    async with any_database.write() as session:
        assert not await store.finish(session, stale, NOW)
    assert (await claim_one(any_database)).attempts == 1


async def test_handed_back_attempt_does_not_count(any_database: Database) -> None:
    await enqueue(any_database, await add_one_meeting(any_database))
    for _ in range(MAX_ATTEMPTS + 2):
        held = await claim_one(any_database)
        async with any_database.write() as session:
            assert await store.hand_back(session, held, NOW)
    assert (await claim_one(any_database)).attempts == 1


async def test_failure_waits_and_is_given_up_with_its_reason(any_database: Database) -> None:
    await enqueue(any_database, await add_one_meeting(any_database))
    now = NOW
    for attempt in range(1, MAX_ATTEMPTS + 1):
        held = await claim_one(any_database, now)
        assert held.attempts == attempt
        async with any_database.write() as session:
            assert await store.fail(session, held, Reason(f"lần {attempt}"), now, permanent=False)
        assert await claim(any_database, now) is None
        now += timedelta(minutes=15)
    job = await load_job(any_database)
    assert (job.state, job.error) == (JobState.FAILED, Reason(f"lần {MAX_ATTEMPTS}").write())


async def test_job_that_takes_its_worker_down_is_given_up(any_database: Database) -> None:
    await enqueue(any_database, await add_one_meeting(any_database))
    now = NOW
    for _ in range(MAX_ATTEMPTS):
        await claim_one(any_database, now)
        now += timedelta(minutes=1)
    assert await claim(any_database, now) is None
    job = await load_job(any_database)
    assert job.state is JobState.FAILED
    assert read_reason(job.error) == Reason(store.LOST, {"attempts": str(MAX_ATTEMPTS)})


async def test_job_of_dead_workers_is_given_up_after_its_meeting_is_free(any_database: Database) -> None:
    meeting = await add_one_meeting(any_database, ended_at=LATER)
    await enqueue(any_database, meeting, JobKind.TRANSCRIBE, await add_recording(any_database, meeting))
    now = NOW
    for _ in range(MAX_ATTEMPTS):
        held = await claim_one(any_database, now)
        now += LEASE + timedelta(seconds=1)
    async with any_database.write() as session:  # as a worker that is slow rather than dead stores its result
        await lock_meeting_by_id(session, key(meeting))
        claiming = asyncio.create_task(claim(any_database, now, JobKind.TRANSCRIBE))
        finished, _ = await asyncio.wait([claiming], timeout=0.3)  # unless it waits, it is over by then
        assert not finished
        assert await store.finish(session, held, now)
    assert await claiming is None
    async with any_database.read() as session:
        [job] = await store.list_jobs(session, key(meeting))
    assert job.state is JobState.DONE


async def test_given_up_recording_is_marked_and_the_rest_is_drafted(any_database: Database) -> None:
    meeting = await add_one_meeting(any_database, ended_at=LATER)
    broken = await add_recording(any_database, meeting, "hỏng")
    await add_recording(any_database, meeting, "tốt", state=RecordingState.TRANSCRIBED)
    await enqueue(any_database, meeting, JobKind.TRANSCRIBE, broken)
    held = await claim_one(any_database)
    async with any_database.write() as session:
        await store.fail(session, held, Reason("Tệp rỗng"), NOW, permanent=True)
    async with any_database.read() as session:
        states = {row.speaker: row.state for row in await store.list_recordings(session, key(meeting))}
    assert states == {"Điểm cầu hỏng": RecordingState.FAILED, "Điểm cầu tốt": RecordingState.TRANSCRIBED}
    draft = await claim_one(any_database)
    assert (draft.kind, draft.subject) == (JobKind.DRAFT, key(meeting))


@pytest.mark.parametrize("other", [RecordingState.OPEN, RecordingState.CLOSED])
async def test_draft_waits_for_the_last_recording(any_database: Database, other: RecordingState) -> None:
    meeting = await add_one_meeting(any_database, ended_at=LATER)
    one = await add_recording(any_database, meeting, "a")
    await add_recording(any_database, meeting, "b", state=other)
    async with any_database.write() as session:
        recording = await session.get_one(Recording, one)
        await store.settle_recording(session, recording, RecordingState.TRANSCRIBED, NOW)
    assert await claim(any_database) is None


async def test_nothing_is_drafted_while_the_meeting_runs(any_database: Database) -> None:
    meeting = await add_one_meeting(any_database)
    one = await add_recording(any_database, meeting)
    async with any_database.write() as session:
        recording = await session.get_one(Recording, one)
        await store.settle_recording(session, recording, RecordingState.TRANSCRIBED, NOW)
    assert await claim(any_database) is None


async def test_reason_for_waiting_stands_on_the_waiting_jobs_only(any_database: Database) -> None:
    meeting = await add_one_meeting(any_database)
    await enqueue(any_database, meeting, JobKind.TRANSCRIBE)
    await enqueue(any_database, meeting, JobKind.DRAFT)
    async with any_database.write() as session:
        await store.note_why_waiting(session, JobKind.TRANSCRIBE, Reason("Chưa có mô hình."))
    async with any_database.read() as session:
        reasons = {job.kind: job.error for job in await store.list_jobs(session, key(meeting))}
    assert reasons == {JobKind.TRANSCRIBE: Reason("Chưa có mô hình.").write(), JobKind.DRAFT: ""}
    await claim_one(any_database)
    assert (await load_job(any_database)).error == ""


async def test_segments_are_read_in_order(any_database: Database) -> None:
    meeting = await add_one_meeting(any_database)
    one, two = await add_recording(any_database, meeting, "a"), await add_recording(any_database, meeting, "b")

    def segment(recording: int, second: int, text: str) -> Segment:
        start = NOW + timedelta(seconds=second)
        return Segment(
            meeting_id=key(meeting),
            recording_id=recording,
            starts_at=start,
            ends_at=start + timedelta(seconds=1),
            text=text,
        )

    async with any_database.write() as session:
        session.add_all([segment(two, 2, "hai"), segment(one, 3, "ba"), segment(one, 1, "một")])
    async with any_database.read() as session:
        talk = await store.load_conversation(session, key(meeting))
    assert [(each.speaker, each.text) for each in talk] == [
        ("Điểm cầu a", "một"),
        ("Điểm cầu b", "hai"),
        ("Điểm cầu a", "ba"),
    ]
    assert all(each.segment for each in talk)
    assert talk[0].starts_at == NOW + timedelta(seconds=1)
