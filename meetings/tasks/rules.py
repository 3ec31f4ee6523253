"""Decisions on tasks: what a step needs and where it leads, how late a task is, which task a conclusion is. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Protocol

from meetings.errors import N_, Conflict, Invalid
from meetings.task_states import CLOSED, OPEN, UNDONE, Lateness, TaskState, TaskStep
from meetings.tasks.names import fold
from meetings.working_days import ONE, WorkingDays

NEAR_DAYS = 3  # working days before the deadline from which it is near
AGAIN_DAYS = 5  # working days between two letters about a late one
LONGEST_TEXT = 4000
ALIKE, SAME_UNIT_ALIKE = 0.85, 0.5  # how much of its words a task may lose in new minutes and still be the same

LEADS_TO = {
    TaskStep.PROGRESS: TaskState.IN_PROGRESS,
    TaskStep.REPORT: TaskState.REPORTED,
    TaskStep.ACCEPT: TaskState.ACCEPTED,
    TaskStep.RETURN: TaskState.RETURNED,
    TaskStep.CANCEL: TaskState.CANCELLED,
    TaskStep.REOPEN: TaskState.IN_PROGRESS,
}
POSSIBLE: Mapping[TaskStep, Sequence[TaskState]] = {
    TaskStep.PROGRESS: UNDONE,
    TaskStep.REPORT: UNDONE,
    TaskStep.ASK: UNDONE,
    TaskStep.ACCEPT: (TaskState.REPORTED,),
    TaskStep.RETURN: (TaskState.REPORTED,),
    TaskStep.EXTEND: OPEN,
    TaskStep.KEEP: OPEN,
    TaskStep.CANCEL: OPEN,
    TaskStep.REOPEN: CLOSED,
}
OF_LEAD = (TaskStep.PROGRESS, TaskStep.REPORT, TaskStep.ASK)
OF_JUDGE = (TaskStep.ACCEPT, TaskStep.RETURN, TaskStep.EXTEND, TaskStep.KEEP, TaskStep.CANCEL, TaskStep.REOPEN)
NEEDED = {
    TaskStep.PROGRESS: N_("Hãy ghi tình hình thực hiện."),
    TaskStep.REPORT: N_("Hãy ghi kết quả thực hiện."),
    TaskStep.ASK: N_("Hãy ghi lý do đề nghị gia hạn."),
    TaskStep.RETURN: N_("Hãy ghi lý do trả lại."),
    TaskStep.EXTEND: N_("Hãy ghi lý do gia hạn."),
    TaskStep.KEEP: N_("Hãy ghi lý do không gia hạn."),
    TaskStep.CANCEL: N_("Hãy ghi lý do hủy nhiệm vụ."),
    TaskStep.REOPEN: N_("Hãy ghi lý do mở lại nhiệm vụ."),
}


class Concluded(Protocol):
    """A conclusion as minutes have it."""

    @property
    def text(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def due(self) -> date | None: ...
    @property
    def segments(self) -> tuple[int, ...]: ...
    @property
    def supporting(self) -> tuple[str, ...]: ...
    @property
    def product(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Known:
    """A task that earlier minutes gave, as far as it is needed to know it again."""

    id: int
    text: str
    unit: str


def check_step(state: TaskState, step: TaskStep, *, asked: bool) -> None:
    """``Conflict`` where the step does not lead on from ``state``. ``asked``: more time was asked for."""
    if not is_possible(state, step, asked=asked):
        raise Conflict(N_("Nhiệm vụ đã chuyển sang trạng thái khác. Hãy xem lại rồi thực hiện."), field="step")


def is_possible(state: TaskState, step: TaskStep, *, asked: bool) -> bool:
    return state in POSSIBLE.get(step, ()) and (step is not TaskStep.KEEP or asked)


def clean_text(step: TaskStep, text: str) -> str:
    told = text.strip()
    if not told and step in NEEDED:
        raise Invalid(NEEDED[step], field="text")
    if len(told) > LONGEST_TEXT:
        raise Invalid(N_("Nội dung dài quá {most} ký tự. Hãy viết gọn lại."), field="text", most=LONGEST_TEXT)
    return told


def check_day(step: TaskStep, day: date | None, due: date | None, today: date) -> date | None:
    """The day that goes with a step: when it was done, or until when there is more time."""
    if step is TaskStep.REPORT:
        if day is not None and day > today:
            raise Invalid(N_("Ngày hoàn thành không thể sau hôm nay."), field="day")
        return day or today
    if step not in (TaskStep.ASK, TaskStep.EXTEND):
        return None
    if day is None:
        raise Invalid(N_("Hãy chọn hạn mới."), field="day")
    if day <= today:
        raise Invalid(N_("Hạn mới phải sau hôm nay."), field="day")
    if due is not None and day <= due:
        raise Invalid(N_("Hạn mới phải sau hạn hiện tại."), field="day")
    return day


def find_lateness(state: TaskState, due: date | None, working: WorkingDays, today: date) -> Lateness:
    """Of a task that the lead unit still has to do; one that is reported waits for others and is not late."""
    if state not in UNDONE or due is None:
        return Lateness.NONE
    last = working.last_until(due)
    if today > due:
        return Lateness.LATE
    if today >= last:
        return Lateness.DUE
    return Lateness.NEAR if working.add(today, NEAR_DAYS) >= last else Lateness.ON_TIME


def count_late(due: date, working: WorkingDays, today: date) -> int:
    """How many working days a task is over its deadline."""
    return working.count(due + ONE, today)


def find_stage(state: TaskState, due: date | None, working: WorkingDays, today: date) -> str:
    """Which letter is to be sent now: ``near``, ``due``, ``late-1``, ``late-2``… ; empty for none.

    Letters leave on working days alone: a task that ran out on a Friday is told of on Monday.
    """
    lateness = find_lateness(state, due, working, today)
    if due is None or not working.is_working(today):
        return ""
    if lateness is Lateness.LATE:
        return f"late-{1 + (count_late(due, working, today) - 1) // AGAIN_DAYS}"
    return lateness.value if lateness in (Lateness.NEAR, Lateness.DUE) else ""


def list_given(conclusions: Iterable[Concluded]) -> list[tuple[int, Concluded]]:
    """The conclusions that give a unit work, with their places among all of them, from 1."""
    return [(place, each) for place, each in enumerate(conclusions, 1) if each.unit.strip() and each.text.strip()]


def match_tasks(known: Sequence[Known], given: Sequence[Concluded]) -> list[int | None]:
    """For each conclusion the key of the task that it is, or ``None`` for a new one; the likest pairs first.

    The same words are the same task whoever has to do it now; other words are, where they are nearly the same or the
    unit stayed.
    """
    pairs = [
        (score, place, task.id)
        for place, each in enumerate(given)
        for task in known
        if (score := _liken(task, each)) is not None
    ]
    found: list[int | None] = [None] * len(given)
    taken: set[int] = set()
    for _score, place, task_id in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if found[place] is None and task_id not in taken:
            found[place] = task_id
            taken.add(task_id)
    return found


def _liken(task: Known, each: Concluded) -> float | None:
    same_unit = fold(task.unit) == fold(each.unit)
    old, new = fold(task.text).split(), fold(each.text).split()
    alike = 1.0 if old == new else SequenceMatcher(None, old, new, autojunk=False).ratio()
    if alike < (SAME_UNIT_ALIKE if same_unit else ALIKE):
        return None
    return alike + (0.5 if same_unit else 0)
