"""The use cases of the record, on both kinds of database."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from meetings.audit import list_entries
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import get_meeting_by_id
from meetings.models import Invitation, Meeting, MeetingStatus, Mode
from tests.factories import NOW, World, add_meeting, add_presence, build_world, key
from transcripts import actions, minutes_actions, store
from transcripts.errors import Reason
from transcripts.failures import list_failures, retry
from transcripts.minutes import Content, sha256
from transcripts.models import Job, JobKind, JobState, Minutes, MinutesState, Recording, RecordingState, Segment
from web.database import Database

END = NOW + timedelta(hours=2)
AFTER = END + timedelta(minutes=10)


class Held:
    """A meeting that has ended, with a recording of the hall, and the world around it."""

    def __init__(self, database: Database, world: World, meeting: Meeting) -> None:
        self.database = database
        self.world = world
        self.meeting = meeting
        self.id = key(meeting)
        self.secretary = world.actors["secretary"]
        self.chair = world.actors["chair"]

    async def draft(self) -> Minutes:
        async with self.database.write() as session:
            return await actions.write_draft(session, self.id, AFTER)

    async def minutes(self) -> Minutes:
        async with self.database.read() as session:
            found = await store.find_minutes(session, self.id)
            assert found is not None
            return found

    async def save(self, title: str, revision: int | None = None) -> Minutes:
        minutes = await self.minutes()
        content = replace(Content.from_json(minutes.content), title=title)
        async with self.database.write() as session:
            wanted = minutes.revision if revision is None else revision
            return await minutes_actions.save_minutes(session, self.secretary, self.id, wanted, content, AFTER)

    async def submit(self) -> Minutes:
        minutes = await self.minutes()
        async with self.database.write() as session:
            return await minutes_actions.submit_minutes(session, self.secretary, self.id, minutes.revision, AFTER)

    async def approve(self) -> Minutes:
        minutes = await self.minutes()
        async with self.database.write() as session:
            return await minutes_actions.approve_minutes(session, self.chair, self.id, minutes.revision, AFTER)

    async def open(self, name: str = "account-1-1") -> None:
        async with self.database.write() as session:
            await actions.open_recording(
                session,
                self.id,
                identity="account:1",
                speaker=self.world.hall.name,
                person_id=None,
                site_id=key(self.world.hall),
                unit_id=key(self.world.province),
                path=f"{self.meeting.slug}/{name}.mka",
                started_at=NOW,
            )

    async def jobs(self) -> dict[JobKind, JobState]:
        async with self.database.read() as session:
            return {job.kind: job.state for job in await store.list_jobs(session, self.id)}


@pytest.fixture
async def held(any_database: Database) -> Held:
    async with any_database.write() as session:
        world = await build_world(session)
        meeting = await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            list(zip(world.communes, world.sites, strict=True)),
            agenda=["Chuyển đổi số", "Giải ngân đầu tư công"],
            hall_id=key(world.hall),
            status=MeetingStatus.ENDED,
            starts_at=NOW,
            started_at=NOW,
            ended_at=END,
        )
        await add_presence(session, meeting, NOW, END, unit=world.communes[0], site=world.sites[0])
    return Held(any_database, world, meeting)


async def test_recording_opens_once_and_closing_it_has_it_transcribed(held: Held) -> None:
    await held.open()
    await held.open()  # the engine may tell it again after a restart
    async with held.database.write() as session:
        (recording,) = await store.list_recordings(session, held.id)
        assert recording.state is RecordingState.OPEN
        await actions.close_recording(session, recording.path, END, AFTER)
    async with held.database.read() as session:
        (recording,) = await store.list_recordings(session, held.id)
    assert (recording.state, recording.ended_at) == (RecordingState.CLOSED, END)
    assert await held.jobs() == {JobKind.TRANSCRIBE: JobState.WAITING, JobKind.DRAFT: JobState.WAITING}


async def test_closing_again_or_a_stranger_changes_nothing(held: Held) -> None:
    await held.open()
    path = f"{held.meeting.slug}/account-1-1.mka"
    for now in (AFTER, AFTER + timedelta(hours=1)):
        async with held.database.write() as session:
            await actions.close_recording(session, path, now, now)
            await actions.close_recording(session, "nobody/knows.mka", now, now)
    async with held.database.read() as session:
        (recording,) = await store.list_recordings(session, held.id)
    assert recording.ended_at == AFTER


async def test_closing_in_a_running_meeting_drafts_nothing_yet(held: Held) -> None:
    async with held.database.write() as session:
        (await session.get_one(Meeting, held.id)).ended_at = None
    await held.open()
    async with held.database.write() as session:
        await actions.close_recording(session, f"{held.meeting.slug}/account-1-1.mka", END, AFTER)
    assert await held.jobs() == {JobKind.TRANSCRIBE: JobState.WAITING}


async def test_end_of_the_meeting_closes_the_span_and_drafts(held: Held) -> None:
    async with held.database.write() as session:
        await actions.start_span(session, held.id, "Chủ tọa", NOW)
    async with held.database.write() as session:
        await actions.start_span(session, held.id, "Thư ký", NOW)  # it is on already
        await actions.meeting_ended(session, held.id, END)
    async with held.database.read() as session:
        (span,) = await store.list_spans(session, held.id)
    assert (span.started_by, span.ended_at, span.ended_reason) == ("Chủ tọa", END, "ended")
    assert await held.jobs() == {JobKind.DRAFT: JobState.WAITING}


async def test_recovery_closes_what_an_outage_left_open(held: Held) -> None:
    await held.open()
    async with held.database.write() as session:
        await actions.start_span(session, held.id, "Chủ tọa", NOW)
    async with held.database.write() as session:
        await actions.recover(session, AFTER)
        await actions.start_span(session, held.id, "Chủ tọa", AFTER + timedelta(minutes=1))
    async with held.database.write() as session:
        await actions.stop_span(session, held.id, "stopped", AFTER + timedelta(minutes=2))
    await held.draft()
    content = Content.from_json((await held.minutes()).content)
    assert [(gap.start, gap.end, gap.reason) for gap in content.gaps] == [
        (AFTER, AFTER + timedelta(minutes=1), "outage")
    ]
    async with held.database.read() as session:
        (recording,) = await store.list_recordings(session, held.id)
    assert recording.state is RecordingState.CLOSED
    assert JobKind.TRANSCRIBE in await held.jobs()


async def test_draft_without_a_recording_holds_agenda_and_attendance(held: Held) -> None:
    minutes = await held.draft()
    content = Content.from_json(minutes.content)
    assert (minutes.version, minutes.revision, minutes.state) == (1, 1, MinutesState.DRAFT)
    assert content.organ == "Ủy ban nhân dân tỉnh Lâm Đồng"
    assert (content.parent_organ, content.notation, content.form) == ("", "BB-UBND", "online")
    assert content.chair.name == "Trần Văn Hiệp"
    assert [section.title for section in content.sections] == ["Chuyển đổi số", "Giải ngân đầu tư công"]
    assert [(row.unit, row.mode) for row in content.attendance] == [
        ("Xã Đức Trọng", "online"),
        ("Xã Đinh Văn Lâm Hà", "absent"),
        ("Phường Xuân Hương - Đà Lạt", "absent"),
    ]
    assert content.places == ("Điểm cầu chính: Phòng họp số 1, UBND tỉnh", "Điểm cầu xã Đức Trọng")
    assert content.attendance[0].first_in == NOW


async def add_speech(held: Held, text: str) -> None:
    async with held.database.write() as session:
        recording = Recording(
            meeting_id=held.id,
            identity="account:1",
            speaker=held.world.hall.name,
            site_id=key(held.world.hall),
            path=f"{held.meeting.slug}/hall.mka",
            started_at=NOW,
            state=RecordingState.TRANSCRIBED,
        )
        session.add(recording)
        await session.flush()
        start = NOW + timedelta(seconds=5)
        session.add(
            Segment(
                meeting_id=held.id,
                recording_id=key(recording),
                starts_at=start,
                ends_at=start + timedelta(seconds=3),
                text=text,
            )
        )


async def test_draft_is_written_anew_while_nobody_touched_it(held: Held) -> None:
    await held.draft()
    await held.draft()
    assert (await held.minutes()).revision == 1  # nothing new was known
    await add_speech(held, "Giao Sở Tài chính báo cáo trước ngày ba mươi tháng mười một.")
    await held.draft()
    minutes = await held.minutes()
    content = Content.from_json(minutes.content)
    assert (minutes.version, minutes.revision, minutes.edited_by) == (1, 2, "")
    (conclusion,) = content.conclusions  # the hall's microphone speaks for the chair
    assert (conclusion.unit, str(conclusion.due)) == ("Sở Tài chính", "2026-11-30")
    assert content.sections[0].statements[0].speaker == held.world.hall.name


async def test_draft_never_overwrites_a_person(held: Held) -> None:
    await held.draft()
    await held.save("Họp giao ban (đã sửa)")
    await add_speech(held, "Xin cảm ơn các đồng chí.")
    await held.draft()
    minutes = await held.minutes()
    assert (minutes.content["title"], minutes.revision) == ("Họp giao ban (đã sửa)", 2)


async def test_save_of_an_older_revision_is_refused(held: Held) -> None:
    await held.draft()
    await held.save("một")
    with pytest.raises(Conflict):
        await held.save("hai", revision=1)
    assert (await held.minutes()).content["title"] == "một"


async def test_minutes_go_from_draft_to_frozen(held: Held) -> None:
    await held.draft()
    await held.save("Họp giao ban")
    assert (await held.submit()).submitted_by == held.secretary.name
    with pytest.raises(Conflict):
        await held.save("sửa sau khi trình")
    approved = await held.approve()
    assert approved.state is MinutesState.APPROVED
    assert approved.approved_by == held.chair.name
    assert approved.content_sha256 == sha256(Content.from_json(approved.content))
    assert (await held.jobs())[JobKind.DOCUMENT] is JobState.WAITING
    with pytest.raises(Conflict):
        await held.save("sửa sau khi duyệt")
    with pytest.raises(Conflict):
        await held.approve()
    async with held.database.read() as session:
        told = [entry.action for entry in await list_entries(session, subject=f"meeting:{held.id}")]
        meeting = (await get_meeting_by_id(session, held.id)).meeting
    assert told == ["task.create", "minutes.approve", "meeting.record", "minutes.submit", "minutes.save"]
    assert (meeting.status, meeting.recorded_at) == (MeetingStatus.RECORDED, approved.approved_at)


async def test_chair_returns_minutes_with_a_reason(held: Held) -> None:
    await held.draft()
    await held.submit()
    minutes = await held.minutes()
    with pytest.raises(Invalid):
        async with held.database.write() as session:
            await minutes_actions.return_minutes(session, held.chair, held.id, minutes.revision, "  ", AFTER)
    async with held.database.write() as session:
        await minutes_actions.return_minutes(session, held.chair, held.id, minutes.revision, "Thiếu kết luận.", AFTER)
    minutes = await held.minutes()
    assert (minutes.state, minutes.returned_reason) == (MinutesState.DRAFT, "Thiếu kết luận.")
    await held.save("Họp giao ban")
    assert (await held.submit()).returned_reason == ""


async def test_new_version_leaves_the_approved_one_as_it_is(held: Held) -> None:
    await held.draft()
    with pytest.raises(Conflict):
        async with held.database.write() as session:
            await minutes_actions.open_new_version(session, held.secretary, held.id, "Đính chính", AFTER)
    await held.submit()
    first = await held.approve()
    async with held.database.write() as session:
        await minutes_actions.open_new_version(session, held.secretary, held.id, "Đính chính số liệu.", AFTER)
    await held.save("Họp giao ban (đính chính)")
    async with held.database.read() as session:
        second, kept = await store.list_versions(session, held.id)
    assert (second.version, second.state, second.reason) == (2, MinutesState.DRAFT, "Đính chính số liệu.")
    assert (kept.version, kept.content, kept.content_sha256) == (1, first.content, first.content_sha256)
    await held.draft()
    assert (await held.minutes()).content["title"] == "Họp giao ban (đính chính)"


@pytest.mark.parametrize("name", ["delegate", "inspector", "technician", "administrator", "chair"])
async def test_only_those_who_keep_the_minutes_may_change_them(held: Held, name: str) -> None:
    await held.draft()
    minutes = await held.minutes()
    content = Content.from_json(minutes.content)
    actor = held.world.actors[name]
    async with held.database.write() as session:
        with pytest.raises(NotAllowed):
            await minutes_actions.save_minutes(session, actor, held.id, minutes.revision, content, AFTER)


@pytest.mark.parametrize("name", ["secretary", "office", "leader", "inspector"])
async def test_nobody_approves_in_the_chairs_place(held: Held, name: str) -> None:
    await held.draft()
    await held.submit()
    minutes = await held.minutes()
    with pytest.raises(NotAllowed):
        async with held.database.write() as session:
            await minutes_actions.approve_minutes(session, held.world.actors[name], held.id, minutes.revision, AFTER)


async def test_minutes_that_are_not_there_cannot_be_changed(held: Held) -> None:
    with pytest.raises(NotFound):
        async with held.database.write() as session:
            await minutes_actions.submit_minutes(session, held.secretary, held.id, 1, AFTER)


async def confirm_in_hall(held: Held) -> None:
    async with held.database.write() as session:
        for invited in await list_invitations(held):
            row = await session.get_one(Invitation, invited)
            row.confirmed_mode, row.head_count = Mode.IN_HALL, 4
        await actions.refresh_attendance(session, held.id, AFTER)


async def list_invitations(held: Held) -> list[int]:
    async with held.database.read() as session:
        bundle = await get_meeting_by_id(session, held.id)
        return [key(each.invitation) for each in bundle.invitations]


async def test_confirmed_attendance_reaches_edited_minutes(held: Held) -> None:
    await held.draft()
    await held.save("Họp giao ban (đã sửa)")
    await confirm_in_hall(held)
    minutes = await held.minutes()
    content = Content.from_json(minutes.content)
    assert (content.title, content.form, minutes.revision) == ("Họp giao ban (đã sửa)", "in_person", 3)
    assert [(row.mode, row.head_count) for row in content.attendance] == [("in_hall", 4)] * 3


async def test_share_from_which_a_unit_is_connected_is_a_value(held: Held) -> None:
    async with held.database.write() as session:
        start, end = NOW, NOW + timedelta(minutes=30)  # a quarter of the meeting
        await add_presence(session, held.meeting, start, end, unit=held.world.communes[1])
        drafted = await actions.write_draft(session, held.id, AFTER, Fraction(1, 4))
        assert [row.mode for row in Content.from_json(drafted.content).attendance][:2] == ["online", "online"]
        await actions.refresh_attendance(session, held.id, AFTER, Fraction(1, 2))
        fresh = await store.find_minutes(session, held.id)
        assert fresh is not None
        assert [row.mode for row in Content.from_json(fresh.content).attendance][:2] == ["online", "absent"]


async def test_confirmed_attendance_never_reaches_approved_minutes(held: Held) -> None:
    await held.draft()
    await held.submit()
    approved = await held.approve()
    await confirm_in_hall(held)
    assert (await held.minutes()).content == approved.content


async def test_progress_counts_recordings_and_tells_reasons(held: Held) -> None:
    await held.open()
    async with held.database.write() as session:
        await actions.close_recording(session, f"{held.meeting.slug}/account-1-1.mka", END, AFTER)
    async with held.database.write() as session:
        claimed = await store.claim(session, [JobKind.TRANSCRIBE], AFTER)
        assert claimed is not None
        await store.renew(session, claimed, AFTER, timedelta(seconds=30), 12, 60)
    async with held.database.read() as session:
        now = await actions.progress(session, held.id, AFTER)
    assert (now.recordings, now.transcribed, now.done, now.total, now.drafting) == (1, 0, 12, 60, True)
    assert not now.is_settled
    async with held.database.write() as session:
        await store.fail(session, claimed, Reason("Tệp rỗng."), AFTER, permanent=True)
        for job in await store.list_jobs(session, held.id):
            if job.kind is JobKind.DRAFT:
                (await session.get_one(Job, job.id)).state = JobState.DONE
    async with held.database.read() as session:
        now = await actions.progress(session, held.id, AFTER)
        (failure,) = await list_failures(session, [held.id])
    assert (now.failed, now.reasons, now.is_settled) == (1, (), True)
    assert (failure.about, str(failure.reason)) == (held.world.hall.name, "Tệp rỗng.")


async def test_failed_recording_is_tried_again_by_those_who_make_the_minutes(held: Held) -> None:
    await held.open()
    path = f"{held.meeting.slug}/account-1-1.mka"
    async with held.database.write() as session:
        await actions.close_recording(session, path, END, AFTER)
        claimed = await store.claim(session, [JobKind.TRANSCRIBE], AFTER)
        assert claimed is not None
    async with held.database.write() as session:
        await store.fail(session, claimed, Reason("Tệp rỗng."), AFTER, permanent=True)
    for name in ("chair", "contact"):
        with pytest.raises(NotAllowed):
            async with held.database.write() as session:
                await retry(session, held.world.actors[name], held.id, claimed.job_id, AFTER)
    async with held.database.write() as session:
        await retry(session, held.world.actors["secretary"], held.id, claimed.job_id, AFTER)
        assert await list_failures(session, [held.id]) == []
        recording = await store.find_recording(session, path)
        assert recording is not None
        assert recording.state is RecordingState.CLOSED
    with pytest.raises(Conflict):
        async with held.database.write() as session:
            await retry(session, held.world.actors["secretary"], held.id, claimed.job_id, AFTER)
