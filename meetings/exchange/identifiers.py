"""The identifiers by which gateways know units: QCVN 102:2016/BTTTT, or QĐ 20/2020/QĐ-TTg."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.exchange.package import is_organ_id
from meetings.models import Unit, UnitCode
from meetings.permissions import Actor, may_manage_units

WRONG_FORM = N_("Mã định danh có dạng 000.00.00.H36 (QCVN 102) hoặc H36.01 (Quyết định 20/2020/QĐ-TTg).")
TAKEN = N_("Mã định danh này đã ghi cho một đơn vị khác.")


async def set_organ_id(
    session: AsyncSession, actor: Actor, unit_id: int, scheme: str, organ_id: str, now: datetime
) -> None:
    """Give a unit its identifier, another one, or, where it is empty, none."""
    if not may_manage_units(actor):
        raise NotAllowed
    if organ_id and not is_organ_id(organ_id):
        raise Invalid(WRONG_FORM, field="organ_id")
    if await session.get(Unit, unit_id, with_for_update=True) is None:
        raise NotFound
    query = select(UnitCode).where(UnitCode.scheme == scheme, col(UnitCode.valid_to).is_(None))
    same = (await session.exec(query.where(UnitCode.code == organ_id, UnitCode.unit_id != unit_id))).first()
    if organ_id and same is not None:
        raise Invalid(TAKEN, field="organ_id")
    before = [row.code for row in await _drop(session, unit_id, scheme)]
    if organ_id:
        session.add(UnitCode(unit_id=unit_id, scheme=scheme, code=organ_id))
    await session.flush()
    detail = {"scheme": scheme, "code": organ_id, "before": before}
    await write_entry(session, actor, "exchange.identify", f"unit:{unit_id}", detail, now)


async def _drop(session: AsyncSession, unit_id: int, scheme: str) -> list[UnitCode]:
    query = select(UnitCode).where(
        UnitCode.unit_id == unit_id, UnitCode.scheme == scheme, col(UnitCode.valid_to).is_(None)
    )
    rows = list((await session.exec(query)).all())
    for row in rows:
        await session.delete(row)
    await session.flush()
    return rows
