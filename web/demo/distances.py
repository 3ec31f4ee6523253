"""How far the demo's communes are from the province's seat: one made-up figure for each of the three old provinces."""

import csv

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.indicator_models import UnitDistance
from web.demo.units import TABLE, Cast

FAR = {"Lâm Đồng": (70.0, 1.75), "Đắk Nông": (190.0, 4.5), "Bình Thuận": (170.0, 4.0)}  # kilometres and hours, one way
BASES = {old: f"Số liệu mô phỏng: quãng đường chung của các xã thuộc tỉnh {old} trước đây" for old in FAR}


async def add_distances(session: AsyncSession, cast: Cast) -> None:
    communes = {unit.id for unit in cast.communes}
    with TABLE.open(encoding="utf-8", newline="") as file:
        old = {row["name"]: row["former_province"] for row in csv.DictReader(file) if row["level"] == "commune"}
    for name, unit_id in cast.units.items():
        if unit_id in communes and old.get(name) in FAR:
            km, hours = FAR[old[name]]
            session.add(UnitDistance(unit_id=unit_id, km=km, hours=hours, basis=BASES[old[name]]))
    await session.flush()
