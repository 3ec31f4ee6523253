"""How far units are from the province's seat: what was entered, else the project's estimates, found by the GSO code."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.indicator.travel import Distance
from meetings.indicator_models import UnitDistance
from meetings.models import Unit
from meetings.org_tree import UnitHistory
from meetings.people_store import load_history
from meetings.periods import local_day
from meetings.permissions import Actor, may_manage_units
from meetings.table_names import UnitIndex, read_header

LONGEST_KM, LONGEST_HOURS = 2000, 72
GSO = "gso"
NAMES = {"unit": "Đơn vị", "km": "Km", "hours": "Số giờ", "basis": "Căn cứ"}


@cache
def read_estimates() -> dict[str, Distance]:
    """The estimates by GSO code."""
    text = (files("meetings.indicator") / "distances.csv").read_text(encoding="utf-8")
    return {
        row["gso_code"]: Distance(float(row["km"]), float(row["hours"]), row["basis"], estimated=True)
        for row in csv.DictReader(text.splitlines())
    }


async def load_distances(session: AsyncSession, history: UnitHistory) -> dict[int, Distance]:
    """The distance of every unit that has one."""
    found = {}
    for record in history.records.values():
        codes = (dated.value[1] for dated in record.codes if dated.value[0] == GSO)
        estimates = [read_estimates()[code] for code in codes if code in read_estimates()]
        if estimates:
            found[record.id] = estimates[-1]
    for row in (await session.exec(select(UnitDistance))).all():
        found[row.unit_id] = Distance(row.km, row.hours, row.basis)
    return found


@dataclass(frozen=True, slots=True)
class DistanceLine:
    """One row of a table: a unit by its code or name, and how far it is, one way. ``number`` counts from 1."""

    number: int
    unit: str
    km: float
    hours: float
    basis: str


def read_distances(table: Iterable[Sequence[str]]) -> list[DistanceLine]:
    """The rows of a table with the columns unit, km, hours, basis; ``Invalid`` names the first line that is wrong."""
    rows = iter(table)
    header = read_header(rows, NAMES, NAMES)
    lines = []
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        if not any(cells.values()):
            continue
        try:
            km, hours = (float(cells.get(name, "").replace(",", ".")) for name in ("km", "hours"))
        except ValueError as error:
            message = N_("Dòng {line}: cột km và hours cần là số, ví dụ 48,5.")
            raise Invalid(message, field="file", line=number) from error
        lines.append(DistanceLine(number, cells.get("unit", ""), km, hours, cells.get("basis", "")))
    return lines


async def set_distances(
    session: AsyncSession, actor: Actor | None, lines: Sequence[DistanceLine], now: datetime
) -> int:
    """Enter every distance of a table, or none: units as they are called today. How many were entered."""
    index = UnitIndex(await load_history(session))
    for line in lines:
        found = index.find(line.unit, local_day(now))
        if len(found) != 1:
            message = N_("Dòng {line}: không có đúng một đơn vị “{unit}”. Hãy dùng mã hoặc tên đầy đủ hiện nay.")
            raise Invalid(message, field="file", line=line.number, unit=line.unit[:100])
        try:
            await set_distance(session, actor, next(iter(found)), line.km, line.hours, line.basis, now)
        except Invalid as fault:
            message = N_("Dòng {line}: cần số km một chiều từ 0 đến {km}, số giờ từ 0 đến {hours}, và căn cứ.")
            most = {"km": LONGEST_KM, "hours": LONGEST_HOURS}
            raise Invalid(message, field="file", line=line.number, **most) from fault
    return len(lines)


async def set_distance(
    session: AsyncSession, actor: Actor | None, unit_id: int, km: float, hours: float, basis: str, now: datetime
) -> None:
    """Enter how far a unit is, one way, and where that is from. ``actor`` is ``None`` for the command."""
    if actor is not None and not may_manage_units(actor):
        raise NotAllowed
    if await session.get(Unit, unit_id) is None:
        raise NotFound
    if not 0 <= km <= LONGEST_KM:
        raise Invalid(N_("Quãng đường là số km một chiều, từ 0 đến 2000."), field="km")
    if not 0 <= hours <= LONGEST_HOURS:
        raise Invalid(N_("Thời gian đi là số giờ một chiều, từ 0 đến 72."), field="hours")
    if not basis.strip():
        raise Invalid(N_("Cần nêu căn cứ của quãng đường."), field="basis")
    row = await session.get(UnitDistance, unit_id)
    old = None if row is None else [row.km, row.hours, row.basis]
    row = row or UnitDistance(unit_id=unit_id, km=km, hours=hours)
    row.km, row.hours, row.basis = km, hours, basis.strip()[:200]
    session.add(row)
    detail = {"distance": [old, [row.km, row.hours, row.basis]]}
    await write_entry(session, actor, "unit.set_distance", f"unit:{unit_id}", detail, now)
