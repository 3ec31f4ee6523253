"""The list of tasks with its filters in the address, and the same as a file.

``tasks.html``
    ``lines``    [Line], the most urgent first
    ``filters``  what the address says; ``tabs``: (code, name, how many) of the states to choose from
    ``units``    names of the lead units to choose from; ``roles``: whose tasks
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.deadline_store import load_working_days
from meetings.errors import N_, NotAllowed
from meetings.folding import fold
from meetings.permissions import Actor
from meetings.record_permissions import follows_task, may_list_tasks
from meetings.task_states import OPEN, Lateness, TaskState
from meetings.tasks.rules import find_lateness
from meetings.tasks.store import TaskView, find_last_texts, list_visible
from meetings.working_days import WorkingDays
from web.i18n import _, format_date, today
from web.inputs import clean
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.ratio_exports import answer_file
from web.pages.task_words import Badge, make_due_badge, make_state_badge, name_state, tell_due
from web.press import print_apart
from web.table_writing import Cell, Sheet, write_csv, write_workbook

SHOWN = 200  # lines of one page; the file has them all
TABS = {
    "open": N_("Đang mở"),
    "late": N_("Quá hạn"),
    "near": N_("Sắp đến hạn"),
    "reported": N_("Chờ xác nhận"),
    "done": N_("Đã hoàn thành"),
    "cancelled": N_("Đã hủy"),
    "all": N_("Tất cả"),
}
ROLES = {
    "lead": N_("Đơn vị tôi chủ trì"),
    "support": N_("Đơn vị tôi phối hợp"),
    "follow": N_("Tôi chủ trì họp hoặc là thư ký"),
}


@dataclass(frozen=True)
class Filters:
    """What the list shows, as the address says it. Anything unknown in the address counts as not said."""

    state: str
    whose: str
    unit: str
    meeting: str
    text: str

    def address(self, page: str = "/tasks", **changes: str) -> str:
        state = "" if self.state == "open" else self.state
        values = {"state": state, "whose": self.whose, "unit": self.unit, "meeting": self.meeting, "q": self.text}
        query = urlencode({key: value for key, value in (values | changes).items() if value})
        return f"{page}?{query}" if query else page


@dataclass(frozen=True)
class Line:
    view: TaskView
    state: Badge
    due: Badge | None
    due_text: str


def read_filters(request: web.Request) -> Filters:
    def read(name: str) -> str:
        return clean(request.query.get(name, ""))[:200]

    state, whose = read("state"), read("whose")
    return Filters(
        state=state if state in TABS else "open",
        whose=whose if whose in ROLES else "",
        unit=read("unit"),
        meeting=read("meeting"),
        text=read("q"),
    )


async def show_tasks(request: web.Request) -> web.Response:
    filters = read_filters(request)
    async with request.app[DATABASE].read() as session:
        views, working = await _load(session, request)
    day = today(now_of(request))
    chosen = _choose(views, filters, actor_of(request))
    found = [view for view in chosen if _is_in(filters.state, view, working, day)]
    context = {
        "lines": [make_line(view, working, day) for view in found[:SHOWN]],
        "more": max(len(found) - SHOWN, 0),
        "filters": filters,
        "tabs": [
            (code, _(name), sum(_is_in(code, view, working, day) for view in chosen)) for code, name in TABS.items()
        ],
        "units": sorted({view.task.lead_name for view in views} | ({filters.unit} if filters.unit else set())),
        "roles": [(code, _(name)) for code, name in ROLES.items()],
        "meeting_title": next((view.meeting.title for view in views if view.meeting.slug == filters.meeting), ""),
        "any": bool(views),
    }
    return render(request, "tasks.html", context)


async def download_tasks(request: web.Request) -> web.Response:
    """``/tasks.csv`` or ``.xlsx`` with the address of the page: what it shows, whole."""
    filters, ending = read_filters(request), request.match_info["format"]
    async with request.app[DATABASE].read() as session:
        views, working = await _load(session, request)
        day = today(now_of(request))
        chosen = _choose(views, filters, actor_of(request))
        found = [view for view in chosen if _is_in(filters.state, view, working, day)]
        texts = await find_last_texts(session, [view.id for view in found])
    sheet = _make_sheet([make_line(view, working, day) for view in found], texts, day)
    if ending == "csv":
        body = write_csv(sheet).encode()
    else:
        body = await print_apart(request.app, write_workbook, [sheet])
    return answer_file(body, f"nhiem-vu-{day.isoformat()}.{ending}")


def make_line(view: TaskView, working: WorkingDays, day: date) -> Line:
    return Line(view, make_state_badge(view.task), make_due_badge(view.task, working, day), tell_due(view.task))


async def _load(session: AsyncSession, request: web.Request) -> tuple[list[TaskView], WorkingDays]:
    actor = actor_of(request)
    if not may_list_tasks(actor):
        raise NotAllowed
    return await list_visible(session, actor), await load_working_days(session)


def _choose(views: Sequence[TaskView], filters: Filters, actor: Actor) -> list[TaskView]:
    wanted = fold(filters.text)
    whose: dict[str, Callable[[TaskView], bool]] = {
        "lead": lambda view: actor.unit_id is not None and view.task.lead_unit_id == actor.unit_id,
        "support": lambda view: any(row.unit_id == actor.unit_id is not None for row in view.supporting),
        "follow": lambda view: follows_task(actor, view.meeting),
    }
    return [
        view
        for view in views
        if (not filters.whose or whose[filters.whose](view))
        and filters.unit in ("", view.task.lead_name)
        and filters.meeting in ("", view.meeting.slug)
        and (
            wanted in fold(view.task.text) or wanted in fold(view.meeting.title) or wanted in fold(view.task.lead_name)
        )
    ]


def _is_in(code: str, view: TaskView, working: WorkingDays, day: date) -> bool:
    task = view.task
    lateness = find_lateness(task.state, task.due, working, day)
    match code:
        case "open":
            return task.state in OPEN
        case "late":
            return lateness is Lateness.LATE
        case "near":
            return lateness in (Lateness.NEAR, Lateness.DUE)
        case "reported":
            return task.state is TaskState.REPORTED or task.asked_due is not None
        case "done":
            return task.state is TaskState.ACCEPTED
        case "cancelled":
            return task.state is TaskState.CANCELLED
    return True


def _make_sheet(lines: Sequence[Line], texts: dict[int, str], day: date) -> Sheet:
    columns = (
        (_("STT"), 5),
        (_("Nhiệm vụ"), 60),
        (_("Đơn vị chủ trì"), 28),
        (_("Đơn vị phối hợp"), 32),
        (_("Sản phẩm"), 24),
        (_("Hạn hoàn thành"), 14),
        (_("Hạn ban đầu"), 14),
        (_("Trạng thái"), 20),
        (_("Thời hạn"), 22),
        (_("Cập nhật gần nhất"), 50),
        (_("Cuộc họp"), 40),
        (_("Ngày họp"), 12),
    )
    rows: list[list[Cell]] = []
    for number, line in enumerate(lines, 1):
        task, view = line.view.task, line.view
        changed = task.original_due is not None and task.original_due != task.due
        rows.append(
            [
                number,
                task.text,
                task.lead_name,
                "; ".join(row.name for row in view.supporting),
                task.product,
                line.due_text,
                format_date(task.original_due) if changed and task.original_due else "",
                name_state(task.state),
                line.due.text if line.due else "",
                texts.get(view.id, ""),
                view.meeting.title,
                format_date(view.meeting.starts_at),
            ]
        )
    return Sheet(_("Nhiệm vụ"), columns, rows, [_("Nhiệm vụ giao tại các cuộc họp, ngày {day}", day=format_date(day))])
