"""Why a lower unit stayed below the target in a period: its own words, or those the office was told."""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.indicator.figures import Pair, pick_target, ratio_of_unit, sum_units, to_goal
from meetings.indicator.ratio import Ratio, meets
from meetings.indicator_models import RatioExplanation
from meetings.locks import AUDIT, take_lock
from meetings.meeting_store import list_targets
from meetings.periods import Period
from meetings.permissions import Actor, may_explain_ratio

LONGEST = 2000


async def list_explanations(session: AsyncSession, pair: Pair, period: Period) -> dict[int, RatioExplanation]:
    """What was written for a period, by unit."""
    query = select(RatioExplanation).where(
        RatioExplanation.upper == pair[0],
        RatioExplanation.lower == pair[1],
        RatioExplanation.calendar == period.profile.value,
        RatioExplanation.period == period.code,
    )
    return {row.unit_id: row for row in (await session.exec(query)).all()}


async def explain_unit(
    session: AsyncSession,
    actor: Actor,
    unit_id: int,
    pair: Pair,
    period: Period,
    text: str,
    version: int,
    now: datetime,
) -> RatioExplanation:
    """Write or correct the explanation of a unit. ``version`` is that of the one that was shown, 0 when there was none.

    ``Conflict`` when somebody else wrote meanwhile, or when the unit is not below the target.
    """
    if not may_explain_ratio(actor, unit_id):
        raise NotAllowed
    words = text.strip()
    if not words:
        raise Invalid(N_("Cần nêu lý do chưa đạt chỉ tiêu."), field="text")
    if len(words) > LONGEST:
        raise Invalid(N_("Giải trình dài tối đa {n} ký tự."), field="text", n=LONGEST)
    await take_lock(session, AUDIT)  # of two who write at once the second sees what the first wrote
    await _check_below(session, unit_id, pair, period)
    row = (await list_explanations(session, pair, period)).get(unit_id)
    if (row.version if row else 0) != version:
        raise Conflict(field="version")
    old = row.text if row else None
    if row is None:
        row = RatioExplanation(
            unit_id=unit_id,
            upper=pair[0],
            lower=pair[1],
            calendar=period.profile.value,
            period=period.code,
            text="",
            version=0,
            written_by="",
            written_at=now,
        )
    row.text, row.version, row.written_at = words, version + 1, now
    row.written_by, row.account_id = actor.name[:150], actor.account_id
    session.add(row)
    detail = {"pair": ":".join(pair), "period": period.code, "calendar": period.profile.value, "text": [old, words]}
    await write_entry(session, actor, "ratio.explain", f"unit:{unit_id}", detail, now)
    return row


async def find_shortfall(session: AsyncSession, unit_id: int, pair: Pair, period: Period) -> Ratio | None:
    """How a unit attended when it is below the target of a period: online of all in a known way; else ``None``."""
    target = pick_target(await list_targets(session, *pair), period)
    counts = (await sum_units(session, pair, period)).get(unit_id)
    if target is None or counts is None:
        return None
    ratio = ratio_of_unit(counts)
    return ratio if meets(ratio, to_goal(target)) is False else None


async def _check_below(session: AsyncSession, unit_id: int, pair: Pair, period: Period) -> None:
    if await find_shortfall(session, unit_id, pair, period) is None:
        raise Conflict(N_("Đơn vị không ở dưới chỉ tiêu trong kỳ này nên không cần giải trình."), field="text")
