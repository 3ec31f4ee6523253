"""Attendance of a meeting that has ended: what was measured, and the secretary's word on it, of units and of people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.actions import ConfirmedUnit
from meetings.attendance import UnitAttendance, held_form
from meetings.attendance_roll import PersonAttendance, list_roll
from meetings.audit import list_entries
from meetings.errors import Conflict, NotAllowed, NotFound
from meetings.invitations.delegate_store import is_expected
from meetings.invitations.tally import count_answers
from meetings.kinds import Mode
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import AuditEntry
from transcripts.actions import refresh_attendance
from transcripts.store import find_minutes
from web.i18n import _
from web.inputs import Fields, read_form, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import MODE_NAMES, render
from web.pages.forms import attempt, redirect, status_of
from web.pages.ratio_effects import list_effects
from web.pages.ratio_words import spell_percent
from web.pages.roll import Summary, fill_in, keep_typed, list_choices, read_opened, read_people, summarize


async def show_attendance(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        seen = await _load(request, session)
    values = {each.unit_id: (each.mode.value, seen.count_heads(each), each.note) for each in seen.measured}
    return _render(request, seen, values, seen.bundle.meeting.version, {})


async def show_people(request: web.Request) -> web.Response:
    """The people of one unit, for its row to unfold."""
    async with request.app[DATABASE].read() as session:
        seen = await _load(request, session)
    invited = seen.bundle.find_invited(read_key(request.query.get("unit")))
    if invited is None:
        raise NotFound
    people = seen.people.get(invited.unit.id, [])
    context = {"unit": invited.unit, "people": people, "choices": list_choices(), "typed": fill_in(people)}
    return render(request, "attendance_people.html", context)


async def submit_attendance(request: web.Request) -> web.Response:
    actor, fields = actor_of(request), await read_form(request)
    async with request.app[DATABASE].read() as session:
        seen = await _load(request, session)
    bundle = seen.bundle
    version = read_key(fields.raw("version")) or 0
    entries = [read_unit(fields, each.unit.id, each.unit.name) for each in bundle.invitations]
    people = read_people(fields, seen.roll)

    async def change() -> None:
        confirmed = [entry for entry in entries if entry is not None]
        async with request.app[DATABASE].write() as session:
            await find_minutes(session, bundle.id, for_update=True)  # before the audit log, as who edits them does
            threshold, now = request.app[CONFIG].threshold, now_of(request)
            await actions.confirm_attendance(session, actor, bundle.slug, confirmed, version, now, people, threshold)
            await refresh_attendance(session, bundle.id, now, threshold)

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
    opened = Opened(read_opened(fields), keep_typed(fields, seen.roll), fields)
    return _render(request, seen, values, version, fields.errors, status_of(outcome), opened)


@dataclass(frozen=True)
class Seen:
    """The meeting, its attendance, and what that makes of it in the ratio (empty until it is confirmed).

    ``trace``: when it was confirmed and corrected, the latest first.
    """

    bundle: MeetingBundle
    measured: list[UnitAttendance]
    roll: list[PersonAttendance]
    effects: list[tuple[str, str]]
    trace: list[AuditEntry]

    @cached_property
    def people(self) -> dict[int, list[PersonAttendance]]:
        """By unit."""
        found: dict[int, list[PersonAttendance]] = {}
        for each in self.roll:
            found.setdefault(each.delegate.unit_id, []).append(each)
        return found

    def count_heads(self, unit: UnitAttendance) -> str:
        """What was declared or confirmed, else the people of the list who were there."""
        if unit.head_count is not None:
            return str(unit.head_count)
        here = summarize(self.people.get(unit.unit_id, [])).here
        return str(here) if here and unit.mode is not Mode.ABSENT else ""


@dataclass(frozen=True)
class Opened:
    """Of a refused form: the units that were unfolded, what was typed of their people, and the other fields."""

    units: set[int] = field(default_factory=set)
    typed: Mapping[str, str] = field(default_factory=dict)
    fields: Fields | None = None


async def _load(request: web.Request, session: AsyncSession) -> Seen:
    """The meeting and its attendance, for those who may confirm it."""
    bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
    if not permissions.may_confirm_attendance(actor_of(request), bundle.meeting):
        raise NotAllowed
    config = request.app[CONFIG]
    measured = await actions.measure_attendance(session, bundle, now_of(request), config.threshold)
    roll = await list_roll(session, bundle, now_of(request), config.threshold)
    confirmed = bundle.meeting.attendance_confirmed_at is not None
    effects = await list_effects(session, bundle, config.ratio_rule) if confirmed else []
    trace = await list_entries(session, action="attendance.confirm", subject=f"meeting:{bundle.id}", limit=20)
    return Seen(bundle, measured, roll, effects, trace)


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


def _render(
    request: web.Request,
    seen: Seen,
    values: dict[int, Any],
    version: int,
    errors: dict[str, str],
    status: int = 200,
    opened: Opened | None = None,
) -> web.Response:
    bundle, by_unit, people = seen.bundle, {each.unit_id: each for each in seen.measured}, seen.people
    opened = opened or Opened()
    summaries: dict[int, Summary] = {unit_id: summarize(rows) for unit_id, rows in people.items()}
    others = [each for each in seen.roll if each.delegate.unit_id not in by_unit]
    confirmed = bundle.meeting.attendance_confirmed_at
    unconfirmed = sum(not each.confirmed for each in seen.roll)
    context = {
        "bundle": bundle,
        "meeting": bundle.meeting,
        "version": version,
        "rows": [(each, by_unit[each.unit.id], values[each.unit.id]) for each in bundle.invitations],
        "modes": [(mode.value, _(name)) for mode, name in MODE_NAMES.items()],
        "errors": errors,
        "confirmed": confirmed,
        "held": held_form(each.mode for each in seen.measured),
        "effects": seen.effects,
        "share": spell_percent(request.app[CONFIG].threshold),
        "summaries": summaries,
        "tally": count_answers(each.delegate.answer for each in seen.roll if is_expected(each.delegate)),
        "total": len(seen.roll),
        "unconfirmed": unconfirmed,
        "as_proposed": opened.fields.flag("as_proposed") if opened.fields else bool(unconfirmed and not confirmed),
        "all_present": {unit_id for unit_id in people if opened.fields and opened.fields.flag(f"all-{unit_id}")},
        "opened": {unit_id: people[unit_id] for unit_id in opened.units if unit_id in people},
        "choices": list_choices(),
        "typed": fill_in(seen.roll) | dict(opened.typed),
        "others": others,
        "trace": seen.trace,
    }
    return render(request, "attendance.html", context, status)
