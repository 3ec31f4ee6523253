"""Closed periods: closing one, what was kept of it, and what has changed since."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.actions import ClosedPeriod, close_period, list_closings, open_closing
from meetings.errors import N_, NotFound
from meetings.indicator.closings import Adjustment
from meetings.kinds import Form, MeetingKind, Mode, Outcome
from meetings.meeting_store import bundle_meetings, is_visible
from meetings.models import Meeting
from meetings.org_tree import UnitHistory
from meetings.people_store import list_levels, load_history
from meetings.periods import parse
from web.i18n import _
from web.inputs import read_form, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import exclusion_name, form_name, kind_name, mode_name, render
from web.pages.forms import attempt, redirect, status_of
from web.pages.ratio_choice import Choice, load_report, names_of, read_choice
from web.pages.ratio_words import outcome_name, period_name, tell_pair

NAMES = {
    "ended_on": N_("Ngày kết thúc"),
    "outcome": N_("Cách tính"),
    "convening_unit": N_("Đơn vị triệu tập"),
    "department": N_("Do sở, ban, ngành triệu tập"),
    "kind": N_("Loại cuộc họp"),
    "planned_form": N_("Hình thức dự kiến"),
    "held_form": N_("Hình thức thực tế"),
    "hybrid": N_("Họp kết hợp"),
    "declared": N_("Theo khai báo"),
    "excluded_reason": N_("Lý do loại trừ"),
    "relayed_from": N_("Cơ quan triệu tập"),
    "sittings": N_("Số phiên"),
    "units": N_("Việc tham dự"),
}


async def show_closings(request: web.Request) -> web.Response:
    return await _render_list(request, {})


async def submit_closing(request: web.Request) -> web.Response:
    """Close the period that the form names."""
    fields = await read_form(request)
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)

    async def change() -> int:
        async with request.app[DATABASE].write() as session:
            closing = await close_period(
                session,
                actor_of(request),
                choice.upper,
                choice.lower,
                choice.period,
                now=now_of(request),
                rule=request.app[CONFIG].ratio_rule,
                threshold=request.app[CONFIG].threshold,
            )
            return closing.id or 0

    outcome = await attempt(fields, change)
    if isinstance(outcome, int):
        return redirect(f"/ratio/closings/{outcome}", "closed")
    return await _render_list(request, fields.errors, choice, status_of(outcome))


async def _render_list(
    request: web.Request, errors: Mapping[str, str], choice: Choice | None = None, status: int = 200
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        choice = choice or await read_choice(session, request)
        report = await load_report(session, request, choice)
        closings = await list_closings(session, (choice.upper, choice.lower))
        names = names_of(await list_levels(session))
    context: dict[str, Any] = {
        "choice": choice,
        "report": report,
        "rows": [(closing, parse(closing.period, closing.calendar)) for closing in closings],
        "may_close": permissions.may_close_ratio(actor_of(request)),
        "is_closed": any(
            (each.period, each.calendar) == (choice.period.code, choice.profile.value) for each in closings
        ),
        "pair": tell_pair(choice, names),
        "period_name": period_name,
        "errors": errors,
    }
    return render(request, "ratio_closings.html", context, status)


async def show_closing(request: web.Request) -> web.Response:
    key, actor = read_key(request.match_info["id"]), actor_of(request)
    if key is None:
        raise NotFound
    async with request.app[DATABASE].read() as session:
        closed = await open_closing(session, actor, key)
        history = await load_history(session)
        titles = await _name_meetings(session, request, closed.adjustments)
        names = names_of(await list_levels(session))
    closing, period = closed.closing, closed.figure.period
    choice = Choice(closing.upper, closing.lower, period.profile, period)
    context = {
        "closing": closing,
        "closed": closed,
        "choice": choice,
        "pair": tell_pair(choice, names),
        "period_name": period_name,
        "changes": [(titles.get(each.meeting_id), tell_change(each, history)) for each in closed.adjustments],
        "verdict": _tell_kept(closed),
    }
    return render(request, "ratio_closing.html", context)


def _tell_kept(closed: ClosedPeriod) -> str:
    met = closed.figures.get("met")
    return "" if met is None else _("Đạt chỉ tiêu") if met else _("Chưa đạt chỉ tiêu")


async def _name_meetings(
    session: AsyncSession, request: web.Request, adjustments: Sequence[Adjustment]
) -> dict[int, tuple[str, str]]:
    """Title and slug of the meetings that this person may see."""
    keys = [each.meeting_id for each in adjustments]
    meetings = (await session.exec(select(Meeting).where(col(Meeting.id).in_(keys)))).all() if keys else []
    bundles = await bundle_meetings(session, meetings)
    return {each.id: (each.meeting.title, each.slug) for each in bundles if is_visible(actor_of(request), each)}


def tell_change(adjustment: Adjustment, history: UnitHistory) -> list[str]:
    """What of a meeting is otherwise than when the period was closed, in sentences."""
    before, now = adjustment.before, adjustment.now
    if before is None and now is not None:
        return [_("Chưa có khi chốt; nay: {outcome}.", outcome=_lower(outcome_name(Outcome(now["outcome"]))))]
    if now is None and before is not None:
        return [_("Không còn trong kỳ; khi chốt: {outcome}.", outcome=_lower(outcome_name(Outcome(before["outcome"]))))]
    told = []
    for name in adjustment.changed:
        old, new = (before or {}).get(name), (now or {}).get(name)
        if name == "units":
            told.extend(_tell_units(old or {}, new or {}, history))
        else:
            said = {
                "name": _(NAMES.get(name, name)),
                "old": _spell(name, old, history),
                "new": _spell(name, new, history),
            }
            told.append(_("{name}: khi chốt {old}; nay {new}.", **said))
    return told


def _tell_units(old: Mapping[str, Any], new: Mapping[str, Any], history: UnitHistory) -> list[str]:
    told = []
    for key in sorted({*old, *new}, key=int):
        if old.get(key) != new.get(key):
            name = next((dated.value[0] for dated in history.records[int(key)].names), key)
            said = {"name": name, "old": _spell_mode(old.get(key)), "new": _spell_mode(new.get(key))}
            told.append(_("{name}: khi chốt {old}; nay {new}.", **said))
    return told


def _spell_mode(mode: Any) -> str:
    return _lower(mode_name(Mode(mode))) if mode else _("không rõ")


def _spell(name: str, value: Any, history: UnitHistory) -> str:
    match name:
        case _ if value is None or value == "":
            return _("không có")
        case "outcome":
            return _lower(outcome_name(Outcome(value)))
        case "planned_form" | "held_form":
            return _lower(form_name(Form(value)))
        case "kind":
            return _lower(kind_name(MeetingKind(value)))
        case "excluded_reason":
            return _lower(exclusion_name(value))
        case "convening_unit":
            return next((dated.value[0] for dated in history.records[int(value)].names), str(value))
        case "department" | "hybrid" | "declared":
            return _("có") if value else _("không")
    return str(value)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
