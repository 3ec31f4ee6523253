"""What the address of a page of the indicator asks for: a pair of levels, a calendar and a period.

``?pair=province:commune&calendar=reporting&period=2026H1``; from the form of pickers ``year`` and ``part``, or
``first`` and ``last`` for other days, instead of ``period``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.errors import N_, Invalid
from meetings.indicator.report import RatioReport
from meetings.models import Level
from meetings.people_store import list_levels, pair_levels
from meetings.periods import Period, PeriodKind, Profile, make_period, month_of_day, parse
from web.i18n import _, today
from web.inputs import Fields, read_day
from web.keys import CONFIG, actor_of, now_of
from web.layout import level_name

FIRST_YEAR = 2022
CUSTOM = "days"  # in the picker of parts: the days typed beside it

PROFILES = {
    Profile.REPORTING: N_("Kỳ báo cáo (từ ngày 15 đến ngày 14)"),
    Profile.CIVIL: N_("Tháng dương lịch"),
}

PARTS = {
    "": N_("Cả năm"),
    "H1": N_("6 tháng đầu năm"),
    "H2": N_("6 tháng cuối năm"),
    "M9": N_("9 tháng"),
    "Q1": N_("Quý I"),
    "Q2": N_("Quý II"),
    "Q3": N_("Quý III"),
    "Q4": N_("Quý IV"),
}


@dataclass(frozen=True)
class Choice:
    """What the address asks for."""

    upper: str
    lower: str
    profile: Profile
    period: Period

    def address(self, path: str = "/ratio", **more: object) -> str:
        values: dict[str, object] = {
            "pair": f"{self.upper}:{self.lower}",
            "calendar": self.profile.value,
            "period": self.period.code,
        }
        return f"{path}?{urlencode({name: value for name, value in (values | more).items() if value != ''})}"


async def read_choice(session: AsyncSession, request: web.Request) -> Choice:
    """The choice in the address; where it says nothing, the levels of today and the present year."""
    fields, day = Fields(request.query), today(now_of(request))
    profile = Profile.CIVIL if fields.raw("calendar") == Profile.CIVIL else Profile.REPORTING
    code = fields.raw("period") or _read_pickers(fields)
    period = parse(code, profile) if code else make_period(PeriodKind.YEAR, month_of_day(day, profile).year, 1, profile)
    upper, _colon, lower = fields.raw("pair").partition(":")
    if not upper:
        levels = await list_levels(session, day)
        if len(levels) < 2:
            raise Invalid(N_("Hệ thống chưa có đủ hai cấp đơn vị để tính tỷ lệ."), field="pair")
        upper, lower = levels[0].code, levels[1].code
    return Choice(upper, lower, profile, period)


def _read_pickers(fields: Fields) -> str:
    """The code of what was picked: other days, a part of a year, or nothing."""
    first, last = read_day(fields.raw("first")), read_day(fields.raw("last"))
    if fields.raw("part") == CUSTOM and first and last:
        return f"{first}..{last}"
    part = fields.raw("part")
    return f"{fields.raw('year')}{'-' if part.isdigit() else ''}{part}" if fields.raw("year") else ""


async def load_report(session: AsyncSession, request: web.Request, choice: Choice) -> RatioReport:
    """The report on what is chosen, by the settings in force. ``NotAllowed`` for who may not see the indicator."""
    return await actions.report_ratio(
        session,
        actor_of(request),
        choice.upper,
        choice.lower,
        choice.period,
        choice.profile,
        now=now_of(request),
        rule=request.app[CONFIG].ratio_rule,
        threshold=request.app[CONFIG].threshold,
    )


def names_of(levels: Iterable[Level]) -> dict[str, str]:
    """The names of levels by their codes."""
    return {level.code: level_name(level.name) for level in levels}


def pairs_of(levels: list[Level]) -> list[tuple[str, str]]:
    """Every pair of a higher and a lower level: its code and its name."""
    return [
        (
            f"{upper.code}:{lower.code}",
            _("{upper} với {lower}", upper=level_name(upper.name), lower=level_name(lower.name)),
        )
        for upper, lower in pair_levels(levels)
    ]
