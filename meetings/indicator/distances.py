"""How far units are from the province's seat: what was entered, else the project's estimates, found by the GSO code."""

import csv
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
from meetings.permissions import Actor, may_manage_units

LONGEST_KM, LONGEST_HOURS = 2000, 72
GSO = "gso"


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


async def set_distance(
    session: AsyncSession, actor: Actor, unit_id: int, km: float, hours: float, basis: str, now: datetime
) -> None:
    """Enter how far a unit is, one way, and where that is from."""
    if not may_manage_units(actor):
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
