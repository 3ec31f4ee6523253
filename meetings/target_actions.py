"""Setting the target of a pair of levels."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.meeting_store import list_targets
from meetings.models import Target
from meetings.people_store import check_pair
from meetings.permissions import Actor, may_manage_units


@dataclass(frozen=True)
class TargetDraft:
    """``operator`` is ``>`` or ``>=``, ``value`` per cent; days as in ``models``, the last one open when ``None``."""

    upper_level: str
    lower_level: str
    operator: str
    value: float
    valid_from: date
    valid_to: date | None = None
    basis: str = ""


async def set_target(session: AsyncSession, actor: Actor | None, draft: TargetDraft, now: datetime) -> Target:
    """Set the target of a pair from a day on. An open target before it ends on the day before; none may overlap."""
    if actor is not None and not may_manage_units(actor):
        raise NotAllowed
    await _check(session, draft)
    ended = await _end_earlier(session, draft)
    target = Target(
        upper_level=draft.upper_level,
        lower_level=draft.lower_level,
        operator=draft.operator,
        value=draft.value,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        basis=draft.basis.strip()[:200],
    )
    session.add(target)
    await session.flush()
    detail = {
        "levels": [draft.upper_level, draft.lower_level],
        "target": f"{draft.operator} {draft.value:g}",
        "from": draft.valid_from.isoformat(),
        "to": draft.valid_to.isoformat() if draft.valid_to else None,
        "ended": ended,
    }
    await write_entry(session, actor, "target.set", f"target:{target.id}", detail, now)
    return target


async def _check(session: AsyncSession, draft: TargetDraft) -> None:
    await check_pair(session, draft.upper_level, draft.lower_level)
    if draft.operator not in (">", ">="):
        raise Invalid(N_("Phép so sánh của chỉ tiêu là > hoặc >=."), field="operator")
    if not 0 <= draft.value <= 100:
        raise Invalid(N_("Chỉ tiêu là số phần trăm từ 0 đến 100."), field="value")
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise Invalid(N_("Ngày hết hiệu lực phải sau ngày có hiệu lực."), field="valid_to")


async def _end_earlier(session: AsyncSession, draft: TargetDraft) -> list[str]:
    """End the open target that began before; what is left must not overlap. The days on which the ended one began."""
    ended = []
    for target in await list_targets(session, draft.upper_level, draft.lower_level):
        if target.valid_to is None and target.valid_from < draft.valid_from:
            target.valid_to = draft.valid_from - timedelta(days=1)
            ended.append(target.valid_from.isoformat())
        last = target.valid_to or date.max
        if target.valid_from <= (draft.valid_to or date.max) and last >= draft.valid_from:
            raise Conflict(
                N_("Đã có chỉ tiêu cho cặp cấp này từ ngày {start}. Hãy chọn ngày khác."),
                field="valid_from",
                start=f"{target.valid_from:%d/%m/%Y}",
            )
    return ended
