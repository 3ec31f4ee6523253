"""Use cases of units and sites: import a table of units, add a site."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Invalid, NotAllowed
from meetings.indicator.facts import rebuild_facts
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
from meetings.people_store import list_levels, load_history
from meetings.permissions import Actor, may_manage_units
from meetings.unit_table import PROVINCE, UnitLine

GSO = "gso"
PROVINCE_SCHEME = "province"  # the code by which the rows of a table name their province


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many rows brought a new unit, changed a known one, or changed nothing."""

    added: int
    updated: int
    unchanged: int


@dataclass(slots=True)
class _Known:
    """What the database holds of units, by the keys of a table."""

    by_key: dict[tuple[str, ...], Unit]
    by_gso: dict[str, Unit]
    provinces: dict[str, Unit]
    names: dict[int, list[UnitName]]
    levels: dict[int, UnitLevel]
    parents: dict[int, UnitParent]


async def import_units(
    session: AsyncSession,
    actor: Actor | None,
    lines: Sequence[UnitLine],
    now: datetime,
    *,
    is_demo: bool = False,
    progress: Callable[[int], object] = lambda done: None,
) -> ImportReport:
    """Bring the units of a table in; a second time changes nothing. All in the caller's transaction, so all or nothing.

    The province is the parent of every other unit. ``progress`` is told how many rows are done.
    """
    if actor is not None and not may_manage_units(actor):
        raise NotAllowed
    levels = {level.code: level for level in await list_levels(session)}
    known = await _load_known(session, levels)
    counts = {"added": 0, "updated": 0, "unchanged": 0}
    ordered = sorted(lines, key=lambda line: line.level != PROVINCE)
    for done, line in enumerate(ordered, start=1):
        counts[await _import_line(session, known, levels[line.level], line, is_demo)] += 1
        progress(done)
    for line in lines:
        await _import_succession(session, known, line)
    (await load_history(session)).check()
    if counts["added"] or counts["updated"]:
        await write_entry(session, actor, "units.import", "", counts, now)
    if counts["updated"]:  # a new unit was in no meeting yet
        await rebuild_facts(session)
    return ImportReport(**counts)


async def _load_known(session: AsyncSession, levels: dict[str, Level]) -> _Known:
    units = {unit.id: unit for unit in (await session.exec(select(Unit))).all()}
    names: dict[int, list[UnitName]] = {}
    for name in (await session.exec(select(UnitName).order_by(col(UnitName.id)))).all():
        names.setdefault(name.unit_id, []).append(name)
    ranks = {row.unit_id: row for row in (await session.exec(select(UnitLevel))).all()}
    parents = {row.unit_id: row for row in (await session.exec(select(UnitParent))).all()}
    codes = {level.id: code for code, level in levels.items()}
    known = _Known({}, {}, {}, names, ranks, parents)
    for row in (await session.exec(select(UnitCode))).all():
        if row.scheme == GSO:
            known.by_key[(GSO, row.code)] = known.by_gso[row.code] = units[row.unit_id]
        elif row.scheme == PROVINCE_SCHEME:
            known.provinces[row.code] = units[row.unit_id]
    for unit_id, level in ranks.items():
        unit = units[unit_id]
        first = unit.valid_from.isoformat() if unit.valid_from else ""
        for name in names.get(unit_id, ()):
            known.by_key.setdefault(("name", name.name, codes[level.level_id], first), unit)
    return known


async def _import_line(session: AsyncSession, known: _Known, level: Level, line: UnitLine, is_demo: bool) -> str:
    parent = None if line.level == PROVINCE else known.provinces.get(line.province)
    if parent is None and line.level != PROVINCE:
        message = N_("Dòng {line}: chưa có tỉnh với mã “{province}”.")
        raise Invalid(message, field="line", line=line.line, province=line.province)
    unit = known.by_key.get(line.key)
    if unit is None:
        await _add_unit(session, known, level, line, parent, is_demo)
        return "added"
    return await _update_unit(session, known, unit, level, line, parent)


async def _add_unit(
    session: AsyncSession, known: _Known, level: Level, line: UnitLine, parent: Unit | None, is_demo: bool
) -> None:
    unit = Unit(
        kind=UnitKind.PEOPLE_COMMITTEE,
        official_order=line.line,
        valid_from=line.valid_from,
        valid_to=line.valid_to,
        note=_note(line),
        is_demo=is_demo,
    )
    session.add(unit)
    await session.flush()
    unit_id = unit.id or 0
    name = UnitName(unit_id=unit_id, name=line.name)
    rank = UnitLevel(unit_id=unit_id, level_id=level.id or 0)
    session.add_all([name, rank])
    known.names[unit_id], known.levels[unit_id] = [name], rank
    if parent is not None:
        known.parents[unit_id] = UnitParent(unit_id=unit_id, parent_id=parent.id or 0)
        session.add(known.parents[unit_id])
    if line.gso:
        session.add(UnitCode(unit_id=unit_id, scheme=GSO, code=line.gso))
        known.by_gso[line.gso] = unit
    if line.level == PROVINCE:
        session.add(UnitCode(unit_id=unit_id, scheme=PROVINCE_SCHEME, code=line.province))
        known.provinces[line.province] = unit
    known.by_key[line.key] = unit
    await session.flush()


async def _update_unit(
    session: AsyncSession, known: _Known, unit: Unit, level: Level, line: UnitLine, parent: Unit | None
) -> str:
    unit_id = unit.id or 0
    changed = False
    for field, value in (("valid_from", line.valid_from), ("valid_to", line.valid_to), ("note", _note(line))):
        if getattr(unit, field) != value:
            setattr(unit, field, value)
            changed = True
    names = known.names[unit_id]
    if line.name not in {name.name for name in names}:
        names[-1].name = line.name  # a correction: a renaming has a date and is entered as one
        changed = True
    # A unit that was entered by hand may have neither level nor parent yet.
    rank = known.levels.setdefault(unit_id, UnitLevel(unit_id=unit_id, level_id=0))
    if rank.level_id != level.id:
        rank.level_id = level.id or 0
        changed = True
    if parent is not None:
        above = known.parents.setdefault(unit_id, UnitParent(unit_id=unit_id, parent_id=0))
        if above.parent_id != parent.id:
            above.parent_id = parent.id or 0
            session.add(above)
            changed = True
    if line.level == PROVINCE and line.province not in known.provinces:
        session.add(UnitCode(unit_id=unit_id, scheme=PROVINCE_SCHEME, code=line.province))
        known.provinces[line.province] = unit
        changed = True
    if not changed:
        return "unchanged"
    session.add_all([unit, *names, rank])
    await session.flush()
    return "updated"


def _note(line: UnitLine) -> str:
    former = line.former_province
    return "; ".join(part for part in (f"trước đây thuộc {former}" if former else "", line.basis) if part)


async def _import_succession(session: AsyncSession, known: _Known, line: UnitLine) -> None:
    """A merge for ``successor GSO …``, an end for ``ended …``, on the day after the last one; once."""
    if line.succeeded_on is None or not (line.successor or line.is_abolished):
        return
    new = known.by_gso.get(line.successor) if line.successor else None
    if line.successor and new is None:
        message = N_("Dòng {line}: không có đơn vị kế thừa với mã GSO {code}.")
        raise Invalid(message, field="line", line=line.line, code=line.successor)
    old_id, new_id = known.by_key[line.key].id or 0, new.id if new else None
    if old_id == new_id:
        raise Invalid(N_("Dòng {line}: đơn vị không thể kế thừa chính nó."), field="line", line=line.line)
    kind = SuccessionKind.MERGE if new else SuccessionKind.ABOLISH
    await _keep_succession(session, old_id, new_id, kind, line.succeeded_on, line.basis)


async def _keep_succession(
    session: AsyncSession, old_id: int, new_id: int | None, kind: SuccessionKind, on: date, basis: str
) -> None:
    query = select(UnitSuccession).where(UnitSuccession.old_unit_id == old_id, UnitSuccession.new_unit_id == new_id)
    row = (await session.exec(query)).first()
    if row is None:
        row = UnitSuccession(old_unit_id=old_id, new_unit_id=new_id, kind=kind, on=on, basis=basis)
    row.kind, row.on, row.basis = kind, on, basis
    session.add(row)
    await session.flush()


async def add_site(
    session: AsyncSession,
    actor: Actor | None,
    unit_id: int,
    name: str,
    now: datetime,
    *,
    address: str = "",
    seats: int | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    is_demo: bool = False,
) -> Site:
    """A point of presence of a unit: a room with a camera and a microphone."""
    if actor is not None and not may_manage_units(actor):
        raise NotAllowed
    if await session.get(Unit, unit_id) is None:
        raise Invalid(N_("Đơn vị không có trong danh mục."), field="unit")
    if not name.strip():
        raise Invalid(N_("Cần nhập tên điểm cầu."), field="name")
    if seats is not None and seats <= 0:
        raise Invalid(N_("Số chỗ phải lớn hơn 0."), field="seats")
    site = Site(
        unit_id=unit_id,
        name=name.strip()[:200],
        address=address.strip()[:300],
        seats=seats,
        valid_from=valid_from,
        valid_to=valid_to,
        is_demo=is_demo,
    )
    session.add(site)
    await session.flush()
    await write_entry(session, actor, "site.add", f"site:{site.id}", {"name": site.name, "unit": unit_id}, now)
    return site
