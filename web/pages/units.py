"""Units and sites as they are on a day, and what administrators change of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.errors import N_, NotAllowed, NotFound
from meetings.folding import fold
from meetings.kinds import SuccessionKind, UnitKind
from meetings.models import Site, Unit, UnitSuccession
from meetings.org_tree import UnitHistory, UnitView, Validity
from meetings.people_store import get_sites, list_levels, list_sites, list_successions, load_history
from web.i18n import _, today
from web.inputs import Fields, clean, read_day, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import SUCCESSION_NAMES, UNIT_KIND_NAMES, level_name, render
from web.pages.forms import attempt, redirect, status_of

CODE_NAMES = {"gso": N_("đơn vị hành chính (GSO)"), "province": N_("chữ của tỉnh")}


@dataclass(frozen=True)
class Group:
    """The units of one level, or those without one."""

    code: str
    name: str
    units: list[UnitView]


def _day(request: web.Request) -> date:
    return read_day(request.query.get("date")) or today(now_of(request))


def _require_view(request: web.Request) -> None:
    if not permissions.may_view_units(actor_of(request)):
        raise NotAllowed


def _require_manage(request: web.Request) -> None:
    if not permissions.may_manage_units(actor_of(request)):
        raise NotAllowed


async def show_units(request: web.Request) -> web.Response:
    """``/units?date=…&level=…&q=…``"""
    _require_view(request)
    day, text, level = _day(request), clean(request.query.get("q", ""))[:100], request.query.get("level", "")
    async with request.app[DATABASE].read() as session:
        tree = (await load_history(session)).at(day)
        levels = [(row.code, row.name) for row in await list_levels(session, day)]
    found = [unit for unit in tree if fold(text) in fold(f"{unit.name} {' '.join(unit.codes.values())}")]
    groups = [
        Group(code, name, [unit for unit in found if unit.level == code])
        for code, name in [*levels, ("", _("Đơn vị khác"))]
        if not level or code == level
    ]
    context = {
        "day": day,
        "text": text,
        "level": level,
        "levels": levels,
        "groups": [group for group in groups if group.units],
        "tree": tree,
        "may_manage": permissions.may_manage_units(actor_of(request)),
    }
    return render(request, "units.html", context)


async def show_unit(request: web.Request) -> web.Response:
    _require_view(request)
    return await _render_unit(request, Fields({}))


async def _render_unit(request: web.Request, fields: Fields, status: int = 200, form: str = "") -> web.Response:
    unit_id = read_key(request.match_info["id"]) or 0
    async with request.app[DATABASE].read() as session:
        context = await _describe_unit(session, unit_id, _day(request))
    context |= {
        "may_manage": permissions.may_manage_units(actor_of(request)),
        "errors": fields.errors,
        "form": form,
        "values": {
            name: fields.raw(name)
            for name in (
                "name",
                "short_name",
                "on",
                "kind",
                "new_unit_id",
                "parent_id",
                "moved_on",
                "succeeded_on",
                "basis",
                "email",
            )
        },
        "succession_kinds": [
            (kind.value, _(name)) for kind, name in SUCCESSION_NAMES.items() if kind is not SuccessionKind.RENAME
        ],
    }
    return render(request, "unit.html", context, status)


async def _describe_unit(session: AsyncSession, unit_id: int, day: date) -> dict[str, Any]:
    unit, history = await session.get(Unit, unit_id), await load_history(session)
    if unit is None:
        raise NotFound
    record = history.records[unit_id]
    tree, view = history.at(day), history.name(unit_id, day)
    return {
        "unit": unit,
        "code_name": code_name,
        "view": view,
        "record": record,
        "day": day,
        "exists": Validity(unit.valid_from, unit.valid_to).covers(day),
        "path": tree.path(unit_id)[:-1] if unit_id in tree else [],
        "children": tree.children(unit_id) if unit_id in tree else [],
        "name_of": lambda key, on: history.name(key, on).name,
        "steps": [_describe_step(step, history) for step in await list_successions(session, unit_id)],
        "sites": await list_sites(session, day, unit_id),
        "others": [(other.id, other.name) for other in tree if other.id != unit_id],
    }


def code_name(scheme: str) -> str:
    """Whose code it is: ``gso`` is the general statistics office's, ``province`` the province's letters."""
    return _(CODE_NAMES[scheme]) if scheme in CODE_NAMES else scheme.upper()


def _describe_step(step: UnitSuccession, history: UnitHistory) -> dict[str, Any]:
    return {
        "kind": _(SUCCESSION_NAMES[step.kind]),
        "on": step.on,
        "old": history.name(step.old_unit_id, step.on),
        "new": history.name(step.new_unit_id, step.on) if step.new_unit_id else None,
        "basis": step.basis,
    }


async def submit_rename(request: web.Request) -> web.Response:
    _require_manage(request)
    actor, fields, unit_id = actor_of(request), await read_form(request), read_key(request.match_info["id"]) or 0
    name = fields.text("name", 200, _("Hãy nhập tên mới."))
    short_name = fields.text("short_name", 60)
    on = fields.day("on", _("Hãy chọn ngày bắt đầu dùng tên mới."))

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            if on is not None:
                await actions.rename_unit(session, actor, unit_id, name, short_name, on, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return await _render_unit(request, fields, status_of(outcome), "rename")
    return redirect(f"/units/{unit_id}", "unit")


async def submit_mailbox(request: web.Request) -> web.Response:
    _require_manage(request)
    actor, fields, unit_id = actor_of(request), await read_form(request), read_key(request.match_info["id"]) or 0
    email = fields.text("email", 254)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await actions.set_unit_mailbox(session, actor, unit_id, email, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return await _render_unit(request, fields, status_of(outcome), "mailbox")
    return redirect(f"/units/{unit_id}", "unit")


async def submit_move(request: web.Request) -> web.Response:
    _require_manage(request)
    actor, fields, unit_id = actor_of(request), await read_form(request), read_key(request.match_info["id"]) or 0
    parent_id, on = fields.key("parent_id"), fields.day("moved_on", _("Hãy chọn ngày có hiệu lực."))

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            if on is not None:
                await actions.move_unit(session, actor, unit_id, parent_id, on, now_of(request))

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect(f"/units/{unit_id}", "unit")
    for theirs, ours in (("on", "moved_on"), ("parent", "parent_id")):
        if theirs in fields.errors:
            fields.refuse(ours, fields.errors.pop(theirs))
    return await _render_unit(request, fields, status_of(outcome), "move")


async def submit_succession(request: web.Request) -> web.Response:
    _require_manage(request)
    actor, fields, unit_id = actor_of(request), await read_form(request), read_key(request.match_info["id"]) or 0
    kind = fields.choice("kind", SuccessionKind, _("Hãy chọn hình thức sắp xếp."))
    on = fields.day("succeeded_on", _("Hãy chọn ngày có hiệu lực."))
    basis = fields.text("basis", 200, _("Hãy nhập căn cứ, ví dụ số nghị quyết."))
    new_unit_id = fields.key("new_unit_id")

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            if kind is not None and on is not None:
                await actions.succeed_unit(session, actor, unit_id, new_unit_id, kind, on, basis, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        if "on" in fields.errors:  # the domain's name for it
            fields.refuse("succeeded_on", fields.errors.pop("on"))
        return await _render_unit(request, fields, status_of(outcome), "succession")
    return redirect(f"/units/{unit_id}", "unit")


UNIT_FIELDS = ("name", "short_name", "kind", "level", "parent_id", "valid_from", "official_order", "gso")


async def show_new_unit(request: web.Request) -> web.Response:
    _require_manage(request)
    return await _render_new_unit(request, Fields({"kind": UnitKind.PEOPLE_COMMITTEE.value}))


async def _render_new_unit(request: web.Request, fields: Fields, status: int = 200) -> web.Response:
    day = today(now_of(request))
    async with request.app[DATABASE].read() as session:
        tree = (await load_history(session)).at(day)
        levels = [(row.code, level_name(row.name)) for row in await list_levels(session, day)]
    context = {
        "values": {name: fields.raw(name) for name in UNIT_FIELDS},
        "errors": fields.errors,
        "kinds": [(kind.value, _(name)) for kind, name in UNIT_KIND_NAMES.items()],
        "levels": levels,
        "parents": [(unit.id, unit.name) for unit in tree],
    }
    return render(request, "unit_new.html", context, status)


async def submit_new_unit(request: web.Request) -> web.Response:
    _require_manage(request)
    actor, fields = actor_of(request), await read_form(request)
    name = fields.text("name", 200, _("Hãy nhập tên đơn vị."))
    short_name, gso = fields.text("short_name", 60), fields.text("gso", 35)
    kind = fields.choice("kind", UnitKind, _("Hãy chọn loại đơn vị."))
    first, order = fields.day("valid_from"), read_key(fields.raw("official_order"))

    async def change() -> Unit:
        draft = actions.UnitDraft(
            name=name,
            short_name=short_name,
            kind=kind or UnitKind.PEOPLE_COMMITTEE,
            level=fields.raw("level"),
            parent_id=fields.key("parent_id"),
            valid_from=first,
            official_order=order or 1000,
            gso=gso,
        )
        async with request.app[DATABASE].write() as session:
            return await actions.add_unit(session, actor, draft, now_of(request))

    outcome = await attempt(fields, change)
    if isinstance(outcome, Unit):
        return redirect(f"/units/{outcome.id}", "unit")
    return await _render_new_unit(request, fields, status_of(outcome))


async def show_sites(request: web.Request) -> web.Response:
    """``/sites?date=…&q=…``"""
    _require_view(request)
    day, text = _day(request), clean(request.query.get("q", ""))[:100]
    async with request.app[DATABASE].read() as session:
        history = await load_history(session)
        sites = await list_sites(session, day)
    rows = [(site, history.name(site.unit_id, day)) for site in sites]
    found = [(site, unit) for site, unit in rows if fold(text) in fold(f"{site.name} {unit.name} {site.address}")]
    context = {
        "day": day,
        "text": text,
        "rows": sorted(found, key=lambda row: (row[1].order, row[0].name)),
        "may_manage": permissions.may_manage_units(actor_of(request)),
    }
    return render(request, "sites.html", context)


SITE_FIELDS = ("name", "address", "seats", "valid_to", "unit_id")


async def show_site(request: web.Request) -> web.Response:
    """The form of one site, or of a new one of the unit named in ``?unit=``."""
    _require_manage(request)
    site = await _load_site(request)
    values = {name: "" if site is None else str(getattr(site, name) or "") for name in SITE_FIELDS}
    values["unit_id"] = values["unit_id"] or request.query.get("unit", "")
    return await _render_site(request, site, Fields(values))


async def _load_site(request: web.Request) -> Site | None:
    """``None`` for a new one."""
    if request.match_info["id"] == "new":
        return None
    key = read_key(request.match_info["id"]) or 0
    async with request.app[DATABASE].read() as session:
        sites = await get_sites(session, [key])
    if key not in sites:
        raise NotFound
    return sites[key]


async def _render_site(request: web.Request, site: Site | None, fields: Fields, status: int = 200) -> web.Response:
    async with request.app[DATABASE].read() as session:
        tree = (await load_history(session)).at(today(now_of(request)))
    context = {
        "site": site,
        "values": {name: fields.raw(name) for name in SITE_FIELDS},
        "errors": fields.errors,
        "units": [(unit.id, unit.name) for unit in tree],
    }
    return render(request, "site.html", context, status)


async def submit_site(request: web.Request) -> web.Response:
    _require_manage(request)
    actor, fields, site = actor_of(request), await read_form(request), await _load_site(request)
    name = fields.text("name", 200, _("Hãy nhập tên điểm cầu."))
    address, seats = fields.text("address", 300), read_key(fields.raw("seats"))
    if fields.raw("seats") and seats is None:
        fields.refuse("seats", _("Số chỗ phải là số lớn hơn 0."))
    last = fields.day("valid_to")
    unit_id = site.unit_id if site else fields.key("unit_id", _("Hãy chọn đơn vị."))

    async def change() -> Site:
        async with request.app[DATABASE].write() as session:
            more: dict[str, Any] = {"address": address, "seats": seats, "valid_to": last}
            if site is not None and site.id is not None:
                return await actions.edit_site(session, actor, site.id, name, now_of(request), **more)
            return await actions.add_site(session, actor, unit_id or 0, name, now_of(request), **more)

    outcome = await attempt(fields, change)
    if isinstance(outcome, Site):
        return redirect(f"/units/{outcome.unit_id}", "site")
    return await _render_site(request, site, fields, status_of(outcome))
