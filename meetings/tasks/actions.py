"""Use cases of tasks: minutes give them, lead units report on them, the convening side judges. The caller commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, NotAllowed
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import lock_meeting_by_id
from meetings.models import Meeting
from meetings.people_store import load_tree
from meetings.periods import local_day
from meetings.permissions import Actor
from meetings.record_permissions import may_judge_task, may_note_report, may_report_task
from meetings.task_models import Task, TaskEvent, TaskUnit
from meetings.task_states import CLOSED, TaskState, TaskStep
from meetings.tasks.agenda import carry_tasks
from meetings.tasks.names import find_unit, name_units
from meetings.tasks.rules import (
    LEADS_TO,
    OF_JUDGE,
    OF_LEAD,
    Concluded,
    Known,
    check_day,
    check_step,
    clean_text,
    is_possible,
    list_given,
    match_tasks,
)
from meetings.tasks.store import TaskView, find_heirs, list_of_meeting, load_visible_task


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody wants to do to a task. ``seen``: its state as the page showed it."""

    step: TaskStep
    text: str
    day: date | None
    seen: str


async def create_tasks(
    session: AsyncSession,
    actor: Actor | None,
    meeting_id: int,
    conclusions: Sequence[Concluded],
    now: datetime,
    version: int = 1,
) -> list[Task]:
    """Make the tasks of a meeting those of its approved ``conclusions``; called again it changes what differs.

    A task that newer minutes name otherwise keeps its state, reports and history; one that they leave out is
    cancelled, and comes back with the minutes that name it again.
    """
    await take_lock(session, BOOKING)  # the agendas of other meetings change with it
    await lock_meeting_by_id(session, meeting_id)
    meeting = await session.get_one(Meeting, meeting_id)
    names = name_units(await load_tree(session, local_day(meeting.started_at or meeting.starts_at)))
    given = list_given(conclusions)
    present = {row.id or 0: row for row in await list_of_meeting(session, meeting_id)}
    known = [Known(row.id or 0, row.text, row.lead_name) for row in present.values()]
    keys = match_tasks(known, [each for _place, each in given])
    kept: list[Task] = []
    for (place, each), task_id in zip(given, keys, strict=True):
        if task_id is None:
            kept.append(await _give(session, actor, meeting_id, place, each, names, version, now))
        else:
            kept.append(await _renew(session, actor, present[task_id], place, each, names, version, now))
    for task_id, task in present.items():
        if task_id not in keys and task.state not in CLOSED:
            task.dropped = True
            _close(task, TaskState.CANCELLED, now)
            _note(session, actor, task, TaskStep.DROP, "", now)
    detail = {"tasks": len(kept), "version": version}
    await write_entry(session, actor, "task.create", f"meeting:{meeting_id}", detail, now)
    await carry_tasks(session, meeting.series_id, now)
    return kept


async def _give(
    session: AsyncSession,
    actor: Actor | None,
    meeting_id: int,
    place: int,
    each: Concluded,
    names: Mapping[str, int],
    version: int,
    now: datetime,
) -> Task:
    task = Task(meeting_id=meeting_id, position=place, text="", lead_name="", created_at=now, changed_at=now)
    task.due = task.original_due = each.due
    _fill(task, place, each, names, version)
    session.add(task)
    await session.flush()
    await _set_helpers(session, task, each.supporting, names)
    _note(session, actor, task, TaskStep.GIVE, "", now, day=each.due)
    return task


async def _renew(
    session: AsyncSession,
    actor: Actor | None,
    task: Task,
    place: int,
    each: Concluded,
    names: Mapping[str, int],
    version: int,
    now: datetime,
) -> Task:
    """The task as newer minutes have it. A deadline that was extended stays unless the minutes set another one."""
    before, due = _describe(task), task.due
    _fill(task, place, each, names, version)
    if each.due != task.original_due:
        task.due = task.original_due = each.due
        task.asked_due = None
    changed_help = await _set_helpers(session, task, each.supporting, names)
    came_back = task.dropped
    if came_back:
        task.dropped, task.closed_at, task.state = False, None, TaskState.ASSIGNED
    if came_back or changed_help or _describe(task) != before:
        task.changed_at = now
        _note(session, actor, task, TaskStep.CHANGE, "", now, day=task.due, day_before=due)
    session.add(task)
    return task


def _fill(task: Task, place: int, each: Concluded, names: Mapping[str, int], version: int) -> None:
    """All that minutes say of it but its deadline, which may have been extended since."""
    task.position, task.minutes_version = place, version
    task.text, task.lead_name, task.product = each.text.strip(), each.unit.strip()[:200], each.product.strip()[:500]
    task.lead_unit_id = find_unit(each.unit, names)
    task.segment_id = each.segments[0] if each.segments else None


def _describe(task: Task) -> tuple[object, ...]:
    return task.text, task.lead_name, task.product, task.due


async def _set_helpers(session: AsyncSession, task: Task, names: Sequence[str], units: Mapping[str, int]) -> bool:
    """Whether the supporting units are others than before."""
    from_minutes = [name.strip() for name in names if name.strip()]
    query = select(TaskUnit.name).where(TaskUnit.task_id == task.id).order_by(col(TaskUnit.position))
    if list((await session.exec(query)).all()) == from_minutes:
        return False
    await session.exec(delete(TaskUnit).where(col(TaskUnit.task_id) == task.id))
    session.add_all(
        TaskUnit(task_id=task.id or 0, position=place, unit_id=find_unit(name, units), name=name)
        for place, name in enumerate(from_minutes, 1)
    )
    await session.flush()
    return True


async def move_task(session: AsyncSession, actor: Actor, task_id: int, move: Move, now: datetime) -> TaskView:
    """Report, ask, accept, return, extend, cancel, open again. ``Conflict`` when the page showed an older state."""
    await take_lock(session, BOOKING)  # before the task's own, as where minutes give tasks
    view = await load_visible_task(session, actor, task_id, lock=True)
    task, today = view.task, local_day(now)
    if move.step not in await _list_permitted(session, actor, view, today):
        raise NotAllowed
    if move.seen != task.state.value:
        raise Conflict(
            N_("Nhiệm vụ đã được cập nhật sau khi bạn mở trang. Nội dung bạn nhập còn ở dưới; hãy xem lại rồi gửi."),
            field="step",
        )
    check_step(task.state, move.step, asked=task.asked_due is not None)
    text = clean_text(move.step, move.text)
    day = check_day(move.step, move.day, task.due, today)
    before = task.due
    _apply(task, move.step, day, now)
    _note(
        session, actor, task, move.step, text, now, day=day, day_before=before if move.step is TaskStep.EXTEND else None
    )
    session.add(task)
    await session.flush()
    detail = {"text": text[:500], "day": day, "state": task.state}
    await write_entry(session, actor, f"task.{move.step}", f"task:{task_id}", detail, now)
    await carry_tasks(session, view.meeting.series_id, now)
    return view


async def list_steps(session: AsyncSession, actor: Actor, view: TaskView, now: datetime) -> list[TaskStep]:
    """What a person may do to a task as it stands."""
    able = await _list_permitted(session, actor, view, local_day(now))
    return [step for step in able if is_possible(view.task.state, step, asked=view.task.asked_due is not None)]


async def _list_permitted(session: AsyncSession, actor: Actor, view: TaskView, today: date) -> list[TaskStep]:
    heirs = await find_heirs(session, view.task.lead_unit_id, today)
    able: list[TaskStep] = []
    if may_report_task(actor, heirs) or may_note_report(actor, view.meeting):
        able += OF_LEAD
    if may_judge_task(actor, view.meeting):
        able += OF_JUDGE
    return able


def _apply(task: Task, step: TaskStep, day: date | None, now: datetime) -> None:
    task.changed_at = now
    if step is TaskStep.ASK:
        task.asked_due = day
    elif step is TaskStep.EXTEND:
        task.due, task.asked_due = day, None
    elif step is TaskStep.KEEP:
        task.asked_due = None
    elif step is TaskStep.REPORT:
        task.reported_on = day
    state = LEADS_TO.get(step, task.state)
    if state in CLOSED:
        _close(task, state, now)
    else:
        task.state = state
    if step is TaskStep.REOPEN:
        task.closed_at, task.dropped = None, False


def _close(task: Task, state: TaskState, now: datetime) -> None:
    task.state, task.closed_at, task.changed_at, task.asked_due = state, now, now, None


def _note(
    session: AsyncSession,
    actor: Actor | None,
    task: Task,
    step: TaskStep,
    text: str,
    now: datetime,
    *,
    day: date | None = None,
    day_before: date | None = None,
) -> None:
    session.add(
        TaskEvent(
            task_id=task.id or 0,
            at=now,
            account_id=actor.account_id if actor else None,
            name=actor.name[:150] if actor else "",
            step=step,
            state=task.state,
            text=text,
            day=day,
            day_before=day_before,
        )
    )
