"""Closing a period: its figures and the evidence of each meeting are kept as they were, hashed, for good.

What changes afterwards is told as an adjustment: computed, never written. The hash of a meeting is SHA-256 over the
canonical JSON (sorted keys, no spaces, UTF-8) of its evidence; that of the closing over the canonical JSON of the
figures and, line by line, the hashes of its meetings in the order of their keys.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD
from meetings.audit import write_entry
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.indicator.evidence import list_window_facts
from meetings.indicator.fact_store import table_of
from meetings.indicator.figures import Figure, Pair, load_figure, to_goal
from meetings.indicator.pairs import Fact
from meetings.indicator.ratio import Ratio
from meetings.indicator.report import RatioReport, report_ratio
from meetings.indicator_models import RatioClosing, RatioClosingMeeting
from meetings.kinds import Rule
from meetings.locks import AUDIT, take_lock
from meetings.periods import Period, Profile, local_day, parse
from meetings.permissions import Actor, may_close_ratio, may_view_ratio

MEETINGS = table_of(RatioClosingMeeting)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is now known of a meeting otherwise than when its period was closed.

    ``before`` and ``now`` are evidence as in the closing; ``None``: it was not of the period then, or is not now.
    """

    meeting_id: int
    before: Mapping[str, Any] | None
    now: Mapping[str, Any] | None

    @property
    def changed(self) -> list[str]:
        """The names of what differs, when it is of the period both then and now."""
        if self.before is None or self.now is None:
            return []
        return sorted(name for name in self.now if self.now[name] != self.before.get(name))


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A closing, its figures as kept, whether its hashes hold, and what has changed since. ``figure`` is today's."""

    closing: RatioClosing
    figures: Mapping[str, Any]
    intact: bool
    figure: Figure
    adjustments: list[Adjustment]


async def close_period(
    session: AsyncSession,
    actor: Actor,
    upper: str,
    lower: str,
    period: Period | str,
    profile: Profile | str = Profile.REPORTING,
    *,
    now: datetime,
    rule: Rule = Rule.MAJORITY,
    threshold: Fraction = THRESHOLD,
) -> RatioClosing:
    """Keep a period as it is. ``Conflict`` while it runs, while attendance is unconfirmed, while of a meeting that was
    booked for it nobody told what became, and when it is closed."""
    if not may_close_ratio(actor):
        raise NotAllowed
    await take_lock(session, AUDIT)  # facts change under it, so what is counted is what is kept
    report = await report_ratio(session, actor, upper, lower, period, profile, now=now, rule=rule, threshold=threshold)
    await _check_closable(session, report, now)
    facts = await list_window_facts(session, (upper, lower), report.period)
    evidence = {fact.meeting_id: write_canonical(describe_fact(fact, rule)) for fact in facts}
    figures = write_canonical(describe_report(report))
    hashes = {key: hash_text(text) for key, text in sorted(evidence.items())}
    closing = RatioClosing(
        upper=upper,
        lower=lower,
        calendar=report.period.profile.value,
        period=report.period.code,
        first=report.period.start,
        last=report.period.end,
        rule=rule.value,
        figures=figures,
        hash=hash_closing(figures, hashes.values()),
        closed_at=now,
        account_id=actor.account_id,
        closed_by=actor.name[:150],
    )
    session.add(closing)
    await session.flush()
    rows = [
        {"closing_id": closing.id, "meeting_id": key, "evidence": evidence[key], "hash": hashes[key]} for key in hashes
    ]
    if rows:
        await (await session.connection()).execute(insert(MEETINGS), rows)
    detail = {"pair": f"{upper}:{lower}", "period": closing.period, "calendar": closing.calendar, "hash": closing.hash}
    await write_entry(session, actor, "ratio.close", f"closing:{closing.id}", detail, now)
    return closing


async def _check_closable(session: AsyncSession, report: RatioReport, now: datetime) -> None:
    period = report.period
    if period.end >= local_day(now):
        message = N_("Kỳ báo cáo kết thúc ngày {day}; chỉ chốt được số liệu từ ngày hôm sau.")
        raise Conflict(message, field="period", day=f"{period.end:%d/%m/%Y}")
    if report.ratio.unconfirmed:
        message = N_("Còn {n} cuộc họp chưa xác nhận tham dự. Hãy xác nhận đủ rồi chốt số liệu.")
        raise Conflict(message, field="period", n=report.ratio.unconfirmed)
    if report.outlook.meetings:
        message = N_(
            "Còn {n} cuộc họp đặt trong kỳ chưa ghi kết quả. Hãy ghi là đã họp, tạm hoãn hoặc hủy rồi chốt số liệu."
        )
        raise Conflict(message, field="period", n=report.outlook.meetings)
    if await find_closing(session, (report.upper, report.lower), period) is not None:
        raise Conflict(N_("Kỳ báo cáo này đã được chốt số liệu."), field="period")


async def find_closing(session: AsyncSession, pair: Pair, period: Period) -> RatioClosing | None:
    """The closing of exactly this period, if there is one."""
    query = select(RatioClosing).where(
        RatioClosing.upper == pair[0],
        RatioClosing.lower == pair[1],
        RatioClosing.calendar == period.profile.value,
        RatioClosing.period == period.code,
    )
    return (await session.exec(query)).first()


async def list_closings(session: AsyncSession, pair: Pair) -> list[RatioClosing]:
    """The closed periods of a pair, the latest first."""
    query = select(RatioClosing).where(RatioClosing.upper == pair[0], RatioClosing.lower == pair[1])
    return list((await session.exec(query.order_by(col(RatioClosing.last).desc(), col(RatioClosing.id).desc()))).all())


async def open_closing(session: AsyncSession, actor: Actor, closing_id: int) -> ClosedPeriod:
    """A closed period with what has changed since, for those who may see the indicator."""
    if not may_view_ratio(actor):
        raise NotAllowed
    closing = await session.get(RatioClosing, closing_id)
    if closing is None:
        raise NotFound
    pair, period, rule = (closing.upper, closing.lower), parse(closing.period, closing.calendar), Rule(closing.rule)
    query = select(RatioClosingMeeting).where(RatioClosingMeeting.closing_id == closing_id)
    kept = (await session.exec(query.order_by(col(RatioClosingMeeting.meeting_id)))).all()
    present = {fact.meeting_id: describe_fact(fact, rule) for fact in await list_window_facts(session, pair, period)}
    return ClosedPeriod(
        closing=closing,
        figures=json.loads(closing.figures),
        intact=is_intact(closing, kept),
        figure=await load_figure(session, pair, period, rule),
        adjustments=list_adjustments({row.meeting_id: json.loads(row.evidence) for row in kept}, present),
    )


def list_adjustments(before: Mapping[int, Mapping[str, Any]], now: Mapping[int, Mapping[str, Any]]) -> list[Adjustment]:
    """The meetings that differ, by key."""
    keys = sorted({*before, *now})
    return [Adjustment(key, before.get(key), now.get(key)) for key in keys if before.get(key) != now.get(key)]


def is_intact(closing: RatioClosing, kept: Iterable[RatioClosingMeeting]) -> bool:
    """Whether nothing was changed behind the triggers. ``kept`` in the order of the meetings' keys."""
    rows = list(kept)
    whole = all(hash_text(row.evidence) == row.hash for row in rows)
    return whole and hash_closing(closing.figures, (row.hash for row in rows)) == closing.hash


def describe_fact(fact: Fact, rule: Rule) -> dict[str, Any]:
    """Why a meeting counts as it does, as JSON values; units by their keys."""
    return {
        "meeting": fact.meeting_id,
        "ended_on": fact.ended_on.isoformat(),
        "outcome": fact.outcomes[rule].value,
        "convening_unit": fact.convening_unit_id,
        "department": fact.department,
        "kind": fact.kind.value,
        "planned_form": fact.planned_form.value,
        "held_form": None if fact.held_form is None else fact.held_form.value,
        "hybrid": fact.hybrid,
        "declared": fact.declared,
        "excluded_reason": fact.exclusion,
        "relayed_from": fact.relayed_from,
        "sittings": fact.sittings,
        "units": {str(key): None if mode is None else mode.value for key, mode in sorted(fact.units.items())},
    }


def describe_report(report: RatioReport) -> dict[str, Any]:
    """The figures that are kept of a period, as JSON values. Shares are kept as their two counts, unrounded."""
    goal = None if report.target is None else to_goal(report.target)
    return {
        "pair": f"{report.upper}:{report.lower}",
        "calendar": report.period.profile.value,
        "period": report.period.code,
        "window": [report.period.start.isoformat(), report.period.end.isoformat()],
        "rule": report.rule.value,
        "connected_share": str(report.threshold),
        "target": None if goal is None else {"operator": goal.operator, "value": str(goal.value), "basis": goal.basis},
        "met": report.met,
        **describe_ratio(report.ratio),
        "departments": describe_ratio(report.departments),
        "secrets": report.secrets,
        "units": {
            str(row.unit.id): {
                "name": row.unit.name,
                "invited": row.invited,
                "online": row.online,
                "in_hall": row.in_hall,
                "absent": row.absent,
            }
            for row in report.units
        },
        "explanations": {str(row.unit.id): row.explanation.text for row in report.units if row.explanation},
    }


def describe_ratio(ratio: Ratio) -> dict[str, Any]:
    names = (
        *("online", "eligible", "hybrid", "other_channel", "unattended", "unconfirmed", "relayed", "declared"),
        *("invited", "attended", "sites"),
    )
    return {**{name: getattr(ratio, name) for name in names}, "excluded": dict(ratio.excluded)}


def write_canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def hash_closing(figures: str, hashes: Iterable[str]) -> str:
    return hash_text("\n".join([figures, *hashes]))
