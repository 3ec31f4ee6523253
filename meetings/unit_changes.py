"""Use cases of units one by one: add, rename from a day on, follow by another; change and end a site."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.indicator.facts import rebuild_facts
from meetings.invitations.addresses import read_address
from meetings.models import (
    Level,
    Site,
    SuccessionKind,
    Unit,
    UnitCode,
    UnitKind,
    UnitLevel,
    UnitName,
    UnitParent,
    UnitSuccession,
)
from meetings.org_tree import find_successors
from meetings.people_store import list_successions, load_history, to_succession
from meetings.permissions import Actor, may_manage_units


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDraft:
    """A new unit. ``level`` is a level's code, empty for a unit outside the levels; ``gso`` its statistical code."""

    name: str
    kind: UnitKind
    short_name: str = ""
    level: str = ""
    parent_id: int | None = None
    valid_from: date | None = None
    official_order: int = 1000
    gso: str = ""


async def add_unit(session: AsyncSession, actor: Actor, draft: UnitDraft, now: datetime) -> Unit:
    """A unit with its first name, level, parent and code."""
    _permit(actor)
    if not draft.name.strip():
        raise Invalid(N_("Cần nhập tên đơn vị."), field="name")
    level = (await session.exec(select(Level).where(Level.code == draft.level))).first() if draft.level else None
    if draft.level and level is None:
        raise Invalid(N_("Cấp này không có trong danh mục."), field="level")
    if draft.parent_id is not None:
        await _get_unit(session, draft.parent_id, "parent_id")
    if draft.gso and (await session.exec(_has_code("gso", draft.gso))).first() is not None:
        raise Conflict(N_("Mã {code} đã thuộc về đơn vị khác."), field="gso", code=draft.gso)
    unit = Unit(kind=draft.kind, official_order=draft.official_order, valid_from=draft.valid_from)
    session.add(unit)
    await session.flush()
    unit_id = unit.id or 0
    session.add(UnitName(unit_id=unit_id, name=draft.name.strip(), short_name=draft.short_name.strip()))
    if level is not None:
        session.add(UnitLevel(unit_id=unit_id, level_id=level.id or 0))
    if draft.parent_id is not None:
        session.add(UnitParent(unit_id=unit_id, parent_id=draft.parent_id))
    if draft.gso:
        session.add(UnitCode(unit_id=unit_id, scheme="gso", code=draft.gso))
    await session.flush()
    await write_entry(session, actor, "unit.add", f"unit:{unit_id}", {"name": draft.name.strip()}, now)
    return unit


async def rename_unit(
    session: AsyncSession, actor: Actor, unit_id: int, name: str, short_name: str, on: date, now: datetime
) -> None:
    """Another name from ``on`` on; what happened before keeps the old one."""
    _permit(actor)
    await _get_unit(session, unit_id)
    if not name.strip():
        raise Invalid(N_("Cần nhập tên đơn vị."), field="name")
    names = (await session.exec(select(UnitName).where(UnitName.unit_id == unit_id))).all()
    later = [row for row in names if row.valid_from is not None and row.valid_from >= on]
    if later:
        raise Conflict(N_("Đã có tên khác bắt đầu từ ngày đó hoặc sau đó."), field="on")
    old = ""
    for row in names:
        if row.valid_to is None or row.valid_to >= on:
            row.valid_to, old = on - timedelta(days=1), row.name
            session.add(row)
    session.add(UnitName(unit_id=unit_id, name=name.strip(), short_name=short_name.strip(), valid_from=on))
    await session.flush()
    detail = {"name": [old, name.strip()], "on": on.isoformat()}
    await write_entry(session, actor, "unit.rename", f"unit:{unit_id}", detail, now)


async def set_unit_mailbox(session: AsyncSession, actor: Actor, unit_id: int, email: str, now: datetime) -> None:
    """Where the unit's invitations go from now on; without one they go to its contacts."""
    _permit(actor)
    unit = await _get_unit(session, unit_id)
    address = read_address(email) if email.strip() else ""
    if address is None:
        raise Invalid(N_("Địa chỉ thư chưa đúng. Ví dụ đúng: vanthu@ductrong.lamdong.gov.vn."), field="email")
    if address == unit.email:
        return
    old, unit.email = unit.email, address
    session.add(unit)
    await session.flush()
    await write_entry(session, actor, "unit.set_mailbox", f"unit:{unit_id}", {"email": [old, address]}, now)


async def succeed_unit(
    session: AsyncSession,
    actor: Actor,
    unit_id: int,
    new_unit_id: int | None,
    kind: SuccessionKind,
    on: date,
    basis: str,
    now: datetime,
) -> None:
    """``unit_id`` ends on the day before ``on``; ``new_unit_id`` carries it on, nobody does when it was abolished."""
    _permit(actor)
    unit = await _get_unit(session, unit_id)
    if kind is SuccessionKind.RENAME:
        raise Invalid(N_("Đổi tên được ghi bằng mục tên mới, không phải kế thừa."), field="kind")
    if (kind is SuccessionKind.ABOLISH) != (new_unit_id is None):
        raise Invalid(N_("Sáp nhập và chia tách cần có đơn vị kế thừa; giải thể thì không."), field="new_unit_id")
    if new_unit_id is not None:
        await _get_unit(session, new_unit_id, "new_unit_id")
    if unit.valid_from is not None and on <= unit.valid_from:
        raise Invalid(N_("Ngày kế thừa phải sau ngày đơn vị bắt đầu hoạt động."), field="on")
    if unit.valid_to is not None and unit.valid_to != on - timedelta(days=1):
        raise Invalid(N_("Đơn vị đã kết thúc vào một ngày khác."), field="on")
    session.add(UnitSuccession(old_unit_id=unit_id, new_unit_id=new_unit_id, kind=kind, on=on, basis=basis.strip()))
    unit.valid_to = on - timedelta(days=1)
    session.add(unit)
    await session.flush()
    steps = [to_succession(row) for row in await list_successions(session)]
    find_successors(unit_id, steps, date.max)  # refuses a chain that comes back to itself
    detail: dict[str, Any] = {"kind": kind, "new": new_unit_id, "on": on.isoformat(), "basis": basis.strip()}
    await write_entry(session, actor, "unit.succeed", f"unit:{unit_id}", detail, now)
    await rebuild_facts(session, on)


async def move_unit(
    session: AsyncSession, actor: Actor, unit_id: int, parent_id: int | None, on: date, now: datetime
) -> None:
    """Another unit above it from ``on`` on. A circle is ``Invalid``."""
    _permit(actor)
    await _get_unit(session, unit_id)
    if parent_id is not None:
        await _get_unit(session, parent_id, "parent_id")
    rows = (await session.exec(select(UnitParent).where(UnitParent.unit_id == unit_id))).all()
    if any(row.valid_from is not None and row.valid_from >= on for row in rows):
        raise Conflict(N_("Đã có đơn vị cấp trên khác bắt đầu từ ngày đó hoặc sau đó."), field="on")
    for row in rows:
        if row.valid_to is None or row.valid_to >= on:
            row.valid_to = on - timedelta(days=1)
            session.add(row)
    if parent_id is not None:
        session.add(UnitParent(unit_id=unit_id, parent_id=parent_id, valid_from=on))
    await session.flush()
    (await load_history(session)).check()
    await write_entry(session, actor, "unit.move", f"unit:{unit_id}", {"parent": parent_id, "on": on.isoformat()}, now)
    await rebuild_facts(session, on)


async def edit_site(
    session: AsyncSession,
    actor: Actor,
    site_id: int,
    name: str,
    now: datetime,
    *,
    address: str = "",
    seats: int | None = None,
    valid_to: date | None = None,
) -> Site:
    """Correct a site, or end it: it can then no longer be chosen, and past meetings keep it."""
    _permit(actor)
    site = await session.get(Site, site_id)
    if site is None:
        raise NotFound
    if not name.strip():
        raise Invalid(N_("Cần nhập tên điểm cầu."), field="name")
    if seats is not None and seats <= 0:
        raise Invalid(N_("Số chỗ phải lớn hơn 0."), field="seats")
    new: dict[str, Any] = {"name": name.strip(), "address": address.strip(), "seats": seats, "valid_to": valid_to}
    changes = {field: [getattr(site, field), value] for field, value in new.items() if getattr(site, field) != value}
    for field, value in new.items():
        setattr(site, field, value)
    session.add(site)
    if changes:
        await write_entry(session, actor, "site.edit", f"site:{site_id}", changes, now)
    return site


def _permit(actor: Actor) -> None:
    if not may_manage_units(actor):
        raise NotAllowed


async def _get_unit(session: AsyncSession, unit_id: int, field: str = "") -> Unit:
    unit = await session.get(Unit, unit_id)
    if unit is not None:
        return unit
    if field:
        raise Invalid(N_("Đơn vị không có trong danh mục."), field=field)
    raise NotFound


def _has_code(scheme: str, code: str) -> Any:
    return select(UnitCode).where(col(UnitCode.scheme) == scheme, col(UnitCode.code) == code)
