"""One task: what it asks, where it was said, what was reported, and what this person may do.

``task.html``
    ``line``, ``view``, ``meeting``, ``history``: [(TaskEvent, name)]
    ``forms``   [(code, button, label of the text, label of the day)], the lead unit's first; ``open_form``: to be shown
    ``values``, ``errors``; ``hears``: may follow the link to the second at which it was said
"""

from collections.abc import Mapping

from aiohttp import web

from meetings.deadline_store import load_working_days
from meetings.errors import NotFound
from meetings.meeting_store import get_meeting_by_id
from meetings.people_store import load_tree
from meetings.permissions import may_hear_recording, may_view_minutes
from meetings.task_states import TaskStep
from meetings.tasks.actions import Move, list_steps, move_task
from meetings.tasks.rules import OF_LEAD
from meetings.tasks.store import list_events, load_visible_task
from web.i18n import _, today
from web.inputs import read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of
from web.pages.task_words import EVENTS, STEPS, name_state
from web.pages.tasks import make_line

FIELDS = ("step", "text", "day", "seen")


async def show_task(request: web.Request) -> web.Response:
    return await _render(request, dict.fromkeys(FIELDS, ""), {})


async def submit_task(request: web.Request) -> web.Response:
    actor, fields, task_id = actor_of(request), await read_form(request), _read_id(request)
    step = fields.raw("step")
    if step not in set(STEPS):
        raise NotFound
    day = fields.day("day") if STEPS[TaskStep(step)][2] else None
    move = Move(TaskStep(step), fields.raw("text"), day, fields.raw("seen"))

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await move_task(session, actor, task_id, move, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        values = {name: fields.raw(name) for name in FIELDS}
        return await _render(request, values, fields.errors, status_of(outcome))
    return redirect(f"/tasks/{task_id}", f"task_{step}")


async def _render(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    actor, now = actor_of(request), now_of(request)
    async with request.app[DATABASE].read() as session:
        view = await load_visible_task(session, actor, _read_id(request))
        steps = await list_steps(session, actor, view, now)
        history = await list_events(session, view.id)
        bundle = await get_meeting_by_id(session, view.task.meeting_id)
        working = await load_working_days(session)
        units = {unit.id for unit in await load_tree(session, today(now))}
    if values["step"] and values["step"] not in steps:  # what was typed is shown even where its step is past
        steps = [*steps, TaskStep(values["step"])]
    context = {
        "view": view,
        "task": view.task,
        "line": make_line(view, working, today(now)),
        "bundle": bundle,
        "history": [(event, _(EVENTS[event.step])) for event in reversed(history)],
        "steps": [(step.value, *(_(word) for word in STEPS[step]), step in OF_LEAD) for step in steps],
        "state_name": name_state,
        "values": values,
        "errors": errors,
        "known_units": units,
        "hears": may_hear_recording(actor, view.meeting) and view.task.segment_id is not None,
        "reads": may_view_minutes(actor, view.meeting, bundle.invited_unit_ids),
    }
    return render(request, "task.html", context, status)


def _read_id(request: web.Request) -> int:
    key = read_key(request.match_info["id"])
    if key is None:
        raise NotFound
    return key
