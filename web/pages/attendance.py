"""Attendance of a meeting that has ended: what was measured, and the secretary's word on it."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.actions import ConfirmedUnit
from meetings.attendance import UnitAttendance, held_form
from meetings.errors import Conflict, NotAllowed
from meetings.indicator.pairs import Fact
from meetings.indicator.report import list_recognised, see_meeting
from meetings.kinds import Mode, Outcome, Rule
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.people_store import load_tree
from transcripts.actions import refresh_attendance
from transcripts.store import find_minutes
from web.i18n import _
from web.inputs import Fields, read_form, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import MODE_NAMES, render
from web.pages.forms import attempt, redirect, status_of
from web.pages.ratio import spell_percent


async def show_attendance(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        seen = await _load(request, session)
    values = {each.unit_id: (each.mode.value, _count(each), each.note) for each in seen.measured}
    return _render(request, seen, values, seen.bundle.meeting.version, {})


async def submit_attendance(request: web.Request) -> web.Response:
    actor, fields = actor_of(request), await read_form(request)
    async with request.app[DATABASE].read() as session:
        seen = await _load(request, session)
    bundle = seen.bundle
    version = read_key(fields.raw("version")) or 0
    entries = [read_unit(fields, each.unit.id, each.unit.name) for each in bundle.invitations]

    async def change() -> None:
        confirmed = [entry for entry in entries if entry is not None]
        async with request.app[DATABASE].write() as session:
            await find_minutes(session, bundle.id, for_update=True)  # before the audit log, as who edits them does
            await actions.confirm_attendance(session, actor, bundle.slug, confirmed, version, now_of(request))
            await refresh_attendance(session, bundle.id, now_of(request), request.app[CONFIG].threshold)

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect(f"/meetings/{bundle.slug}/attendance", "attendance")
    if isinstance(outcome, Conflict) and outcome.field == "version":
        # Saving again replaces the other person's word knowingly: the page shows it above what was typed.
        async with request.app[DATABASE].read() as session:
            seen = await _load(request, session)
        version = seen.bundle.meeting.version
        fields.errors.pop("version", None)
        fields.refuse("", _("Người khác vừa lưu việc tham dự của cuộc họp này. Hãy xem lại rồi lưu lần nữa."))
    values = {
        each.unit.id: tuple(fields.raw(f"{name}-{each.unit.id}") for name in ("mode", "heads", "note"))
        for each in bundle.invitations
    }
    return _render(request, seen, values, version, fields.errors, status_of(outcome))


@dataclass(frozen=True)
class Seen:
    """The meeting, its attendance, and what that makes of it in the ratio (empty until it is confirmed)."""

    bundle: MeetingBundle
    measured: list[UnitAttendance]
    effects: list[tuple[str, str]]


async def _load(request: web.Request, session: AsyncSession) -> Seen:
    """The meeting and its attendance, for those who may confirm it."""
    bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
    if not permissions.may_confirm_attendance(actor_of(request), bundle.meeting):
        raise NotAllowed
    config = request.app[CONFIG]
    measured = await actions.measure_attendance(session, bundle, now_of(request), config.threshold)
    confirmed = bundle.meeting.attendance_confirmed_at is not None
    return Seen(bundle, measured, await list_effects(session, bundle, measured, config.ratio_rule) if confirmed else [])


def read_unit(fields: Fields, unit_id: int, name: str) -> ConfirmedUnit | None:
    """One unit's row. ``None`` when it is at fault, which ``fields.errors`` then says."""
    mode = fields.choice(f"mode-{unit_id}", Mode, _("Hãy chọn hình thức tham dự của {unit}.", unit=name))
    typed = fields.raw(f"heads-{unit_id}")
    heads = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 4 else None
    if typed and heads is None:
        fields.refuse(f"heads-{unit_id}", _("Số người dự của {unit} phải là số từ 0 đến 9999.", unit=name))
    if heads == 0 and mode is not None and mode is not Mode.ABSENT:
        fields.refuse(f"heads-{unit_id}", _("{unit} có dự nhưng số người là 0.", unit=name))
    note = fields.text(f"note-{unit_id}", 300)
    if mode is None:
        return None
    return ConfirmedUnit(unit_id, mode, None if mode is Mode.ABSENT else heads, note)


def _count(unit: UnitAttendance) -> str:
    return "" if unit.head_count is None else str(unit.head_count)


def _render(
    request: web.Request, seen: Seen, values: dict[int, Any], version: int, errors: dict[str, str], status: int = 200
) -> web.Response:
    bundle, by_unit = seen.bundle, {each.unit_id: each for each in seen.measured}
    context = {
        "bundle": bundle,
        "meeting": bundle.meeting,
        "version": version,
        "rows": [(each, by_unit[each.unit.id], values[each.unit.id]) for each in bundle.invitations],
        "modes": [(mode.value, _(name)) for mode, name in MODE_NAMES.items()],
        "errors": errors,
        "confirmed": bundle.meeting.attendance_confirmed_at,
        "held": held_form(each.mode for each in seen.measured),
        "effects": seen.effects,
        "share": spell_percent(request.app[CONFIG].threshold),
    }
    return render(request, "attendance.html", context, status)


async def list_effects(
    session: AsyncSession, bundle: MeetingBundle, measured: list[UnitAttendance], rule: Rule
) -> list[tuple[str, str]]:
    """For each lower level that was invited: its name, and what the attendance makes of the meeting in the ratio."""
    tree = await load_tree(session, bundle.day)
    modes = {each.unit_id: each.mode for each in measured}
    names = {unit.level: unit.level_name for unit in tree}
    facts = see_meeting(bundle, tree, modes, await list_recognised(session))
    return [(names[fact.lower], describe_effect(fact, rule)) for fact in facts]


def describe_effect(fact: Fact, rule: Rule) -> str:
    online, attended = fact.online, fact.attended
    match fact.outcomes[rule]:
        case Outcome.RELAYED:
            return _("Không tính vào chỉ tiêu: tiếp sóng cuộc họp của {organ}.", organ=fact.relayed_from)
        case Outcome.EXCLUDED:
            return _("Không tính vào chỉ tiêu: cuộc họp thuộc trường hợp loại trừ.")
        case Outcome.UNATTENDED:
            return _("Không tính vào chỉ tiêu: không có đơn vị cấp dưới nào dự.")
        case Outcome.OTHER_CHANNEL:
            return _("Tính là không qua hệ thống: cuộc họp tổ chức trên hệ thống khác.")
        case Outcome.ONLINE:
            text = _(
                "Tính là họp trực tuyến: {online}/{n} đơn vị dự qua hệ thống.", online=online, n=attended
            )
        case _:
            text = _(
                "Tính là không trực tuyến: {online}/{n} đơn vị dự qua hệ thống.", online=online, n=attended
            )
    return text
