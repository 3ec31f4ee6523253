"""What becomes of a task: it is given, reported on, judged, given more time, and changed by newer minutes."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from meetings.errors import Conflict, Invalid, MeetingError, NotAllowed, NotFound
from meetings.models import Meeting
from meetings.task_models import Task
from meetings.task_states import TaskState, TaskStep
from meetings.tasks.actions import Move, create_tasks, list_steps, move_task
from meetings.tasks.store import TaskView, list_events, list_visible, load_visible_task
from tests.factories import NOW, World, add_ended_meeting, key
from web.database import Database

DUE = date(2026, 12, 15)
ENDED = NOW - timedelta(hours=20)


@dataclass(frozen=True)
class Given:
    text: str
    unit: str
    due: date | None = DUE
    segments: tuple[int, ...] = ()
    supporting: tuple[str, ...] = ()
    product: str = ""


CLEAN = Given(
    "Giao UBND xã Đức Trọng rà soát hộ nghèo", "UBND xã Đức Trọng", segments=(7, 8), supporting=("Sở Tài chính",)
)
REPORT = Given("Yêu cầu các xã, phường báo cáo số liệu giải ngân", "Các xã, phường", None)


async def add_meeting(database: Database, world: World) -> int:
    async with database.write() as session:
        invited = list(zip(world.communes, world.sites, strict=True))
        meeting = await add_ended_meeting(
            session, world.province, world.chair, world.secretary, invited, [None] * 3, ENDED, created_by=None
        )
        return key(meeting)


async def give(database: Database, world: World, *given: Given, meeting_id: int = 0, version: int = 1) -> list[int]:
    """The keys of the tasks that the minutes of a meeting give now."""
    meeting_id = meeting_id or await add_meeting(database, world)
    async with database.write() as session:
        tasks = await create_tasks(session, world.actors["chair"], meeting_id, given, NOW, version)
        return [task.id or 0 for task in tasks]


async def move(
    database: Database, world: World, who: str, task_id: int, step: TaskStep, text: str = "Đã rà soát.", **values: date
) -> Task:
    async with database.write() as session:
        view = await load_visible_task(session, world.actors[who], task_id)
        seen = view.task.state.value
        moved = await move_task(session, world.actors[who], task_id, Move(step, text, values.get("day"), seen), NOW)
        return moved.task


async def load(database: Database, world: World, task_id: int, who: str = "chair") -> TaskView:
    async with database.read() as session:
        return await load_visible_task(session, world.actors[who], task_id)


async def test_conclusions_that_name_a_unit_become_tasks(database: Database, world: World) -> None:
    told = Given("Tiến độ phải nhanh hơn.", "")
    first, second = await give(database, world, told, CLEAN, REPORT)
    view, of_many = await load(database, world, first), await load(database, world, second)
    assert (view.task.position, view.task.lead_unit_id, view.task.due) == (2, world.communes[0].id, DUE)
    assert [(row.name, row.unit_id) for row in view.supporting] == [("Sở Tài chính", world.department.id)]
    assert (view.task.segment_id, view.task.state) == (7, TaskState.ASSIGNED)
    assert (of_many.task.lead_name, of_many.task.lead_unit_id, of_many.task.due) == ("Các xã, phường", None, None)


async def test_giving_twice_changes_nothing(any_database: Database, any_world: World) -> None:
    database, world = any_database, any_world
    meeting_id = await add_meeting(database, world)
    first = await give(database, world, CLEAN, REPORT, meeting_id=meeting_id)
    assert await give(database, world, CLEAN, REPORT, meeting_id=meeting_id) == first
    async with database.read() as session:
        assert [event.step for event in await list_events(session, first[0])] == [TaskStep.GIVE]


async def test_task_goes_from_report_to_acceptance(database: Database, world: World) -> None:
    (task_id,) = await give(database, world, CLEAN)
    assert (await move(database, world, "contact", task_id, TaskStep.PROGRESS)).state is TaskState.IN_PROGRESS
    reported = await move(database, world, "contact", task_id, TaskStep.REPORT, day=date(2026, 11, 23))
    assert (reported.state, reported.reported_on) == (TaskState.REPORTED, date(2026, 11, 23))
    assert (await move(database, world, "chair", task_id, TaskStep.RETURN, "Thiếu 2 thôn.")).state is TaskState.RETURNED
    await move(database, world, "contact", task_id, TaskStep.REPORT)
    accepted = await move(database, world, "secretary", task_id, TaskStep.ACCEPT, "")
    assert (accepted.state, accepted.closed_at) == (TaskState.ACCEPTED, NOW)
    async with database.read() as session:
        events = await list_events(session, task_id)
    assert [event.step.value for event in events] == ["give", "progress", "report", "return", "report", "accept"]
    assert [event.name for event in events][1:4] == ["K’Brếp Đầu Mối", "K’Brếp Đầu Mối", "Trần Văn Hiệp"]


async def test_more_time_is_asked_for_and_given_with_a_reason(database: Database, world: World) -> None:
    (task_id,) = await give(database, world, CLEAN)
    later = DUE + timedelta(days=10)
    assert (await move(database, world, "contact", task_id, TaskStep.ASK, "Mưa lũ.", day=later)).asked_due == later
    kept = await move(database, world, "chair", task_id, TaskStep.KEEP, "Đã gia hạn nhiều lần.")
    assert (kept.asked_due, kept.due) == (None, DUE)
    extended = await move(database, world, "chair", task_id, TaskStep.EXTEND, "Mưa lũ kéo dài.", day=later)
    assert (extended.due, extended.original_due, extended.state) == (later, DUE, TaskState.ASSIGNED)
    async with database.read() as session:
        last = (await list_events(session, task_id))[-1]
    assert (last.day_before, last.day, last.text) == (DUE, later, "Mưa lũ kéo dài.")


async def test_cancelled_task_is_opened_again(database: Database, world: World) -> None:
    (task_id,) = await give(database, world, CLEAN)
    await move(database, world, "secretary", task_id, TaskStep.CANCEL, "Đã giao theo văn bản khác.")
    reopened = await move(database, world, "secretary", task_id, TaskStep.REOPEN, "Văn bản kia đã thu hồi.")
    assert (reopened.state, reopened.closed_at) == (TaskState.IN_PROGRESS, None)


REFUSED: list[tuple[str, TaskStep, str, date | None, type[MeetingError], str]] = [
    ("contact", TaskStep.REPORT, "  ", None, Invalid, "text"),
    ("contact", TaskStep.REPORT, "Xong.", date(2026, 11, 25), Invalid, "day"),
    ("contact", TaskStep.ASK, "Mưa.", None, Invalid, "day"),
    ("contact", TaskStep.ASK, "Mưa.", date(2026, 11, 24), Invalid, "day"),
    ("contact", TaskStep.ASK, "Mưa.", DUE, Invalid, "day"),
    ("contact", TaskStep.PROGRESS, "x" * 4001, None, Invalid, "text"),
    ("chair", TaskStep.CANCEL, "", None, Invalid, "text"),
    ("chair", TaskStep.ACCEPT, "", None, Conflict, "step"),
    ("chair", TaskStep.KEEP, "Không.", None, Conflict, "step"),
    ("chair", TaskStep.REOPEN, "Mở.", None, Conflict, "step"),
    ("chair", TaskStep.GIVE, "Giao.", None, NotAllowed, ""),
    ("contact", TaskStep.ACCEPT, "", None, NotAllowed, ""),
    ("contact", TaskStep.EXTEND, "Thêm.", date(2026, 12, 30), NotAllowed, ""),
    ("delegate", TaskStep.REPORT, "Xong.", None, NotAllowed, ""),
    ("leader", TaskStep.ACCEPT, "", None, NotAllowed, ""),
    ("inspector", TaskStep.CANCEL, "Thôi.", None, NotAllowed, ""),
    ("technician", TaskStep.REPORT, "Xong.", None, NotFound, ""),
]


@pytest.mark.parametrize(("who", "step", "text", "day", "error", "field"), REFUSED)
async def test_step_that_may_not_be_is_refused(
    database: Database,
    world: World,
    who: str,
    step: TaskStep,
    text: str,
    day: date | None,
    error: type[MeetingError],
    field: str,
) -> None:
    (task_id,) = await give(database, world, CLEAN)
    with pytest.raises(error) as refusal:
        async with database.write() as session:
            await move_task(session, world.actors[who], task_id, Move(step, text, day, "assigned"), NOW)
    if isinstance(refusal.value, Invalid | Conflict):
        assert refusal.value.field == field


async def test_step_on_an_older_page_is_refused(database: Database, world: World) -> None:
    (task_id,) = await give(database, world, CLEAN)
    await move(database, world, "contact", task_id, TaskStep.REPORT)
    late = Move(TaskStep.CANCEL, "Thôi.", None, "assigned")
    with pytest.raises(Conflict):
        async with database.write() as session:
            await move_task(session, world.actors["chair"], task_id, late, NOW)


async def test_steps_offered_are_those_that_are_taken(database: Database, world: World) -> None:
    (task_id,) = await give(database, world, CLEAN)
    offered = {}
    for who in ("contact", "chair", "delegate", "inspector"):
        async with database.read() as session:
            view = await load_visible_task(session, world.actors[who], task_id)
            offered[who] = [step.value for step in await list_steps(session, world.actors[who], view, NOW)]
    assert offered == {
        "contact": ["progress", "report", "ask"],
        "chair": ["extend", "cancel"],
        "delegate": [],
        "inspector": [],
    }


async def test_newer_minutes_change_a_task_and_keep_its_reports(database: Database, world: World) -> None:
    meeting_id = await add_meeting(database, world)
    (task_id, dropped) = await give(database, world, CLEAN, REPORT, meeting_id=meeting_id)
    await move(database, world, "contact", task_id, TaskStep.REPORT)
    other = replace(CLEAN, text="Giao UBND xã Đức Trọng rà soát hộ nghèo, hộ cận nghèo", due=date(2026, 12, 20))
    assert await give(database, world, other, meeting_id=meeting_id, version=2) == [task_id]
    view = await load(database, world, task_id)
    assert (view.task.text, view.task.due, view.task.state) == (other.text, other.due, TaskState.REPORTED)
    gone = (await load(database, world, dropped)).task
    assert (gone.state, gone.dropped) == (TaskState.CANCELLED, True)
    async with database.read() as session:
        steps = [event.step.value for event in await list_events(session, task_id)]
    assert steps == ["give", "report", "change"]
    assert await give(database, world, other, REPORT, meeting_id=meeting_id, version=3) == [task_id, dropped]
    assert (await load(database, world, dropped)).task.state is TaskState.ASSIGNED


async def test_extension_outlives_minutes_that_name_the_same_deadline(database: Database, world: World) -> None:
    meeting_id = await add_meeting(database, world)
    (task_id,) = await give(database, world, CLEAN, meeting_id=meeting_id)
    later = DUE + timedelta(days=10)
    await move(database, world, "chair", task_id, TaskStep.EXTEND, "Mưa.", day=later)
    await give(database, world, replace(CLEAN, product="báo cáo"), meeting_id=meeting_id, version=2)
    task = (await load(database, world, task_id)).task
    assert (task.due, task.product) == (later, "báo cáo")


SEEN = {
    "chair": 2, "secretary": 2, "office": 2, "leader": 2, "inspector": 2, "clerk": 2, "contact": 2, "delegate": 2,
    "site2": 2, "technician": 0, "administrator": 0,
}  # fmt: skip


@pytest.mark.parametrize("who", SEEN)
async def test_tasks_are_seen_by_who_may_read_the_minutes(database: Database, world: World, who: str) -> None:
    await give(database, world, CLEAN, REPORT)
    async with database.read() as session:
        assert len(await list_visible(session, world.actors[who])) == SEEN[who]


async def test_unit_that_helps_sees_its_task_uninvited(database: Database, world: World) -> None:
    async with database.write() as session:
        meeting = await add_ended_meeting(session, world.province, world.chair, world.secretary, [], [], ENDED)
        meeting_id = key(await session.get_one(Meeting, key(meeting)))
    given = replace(CLEAN, unit="Sở Tài chính", supporting=("Xã Đức Trọng",))
    await give(database, world, given, REPORT, meeting_id=meeting_id)
    async with database.read() as session:
        seen = await list_visible(session, world.actors["delegate"])
    assert [view.task.lead_name for view in seen] == ["Sở Tài chính"]
