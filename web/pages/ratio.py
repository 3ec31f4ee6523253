"""The number for leadership, the evidence behind each of its figures, and the same as a spreadsheet.

Period, pair of levels and calendar stand in the address: ``?pair=province:commune&calendar=reporting&period=2026H1``
(``year`` and ``part`` instead of ``period`` from the form of pickers).
"""

import csv
import io
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from urllib.parse import urlencode

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.actions import Evidence, Wanted
from meetings.errors import N_, Invalid, NotAllowed
from meetings.indicator.figures import Figure, to_goal
from meetings.indicator.report import RatioReport
from meetings.kinds import Mode, Outcome, Rule
from meetings.meeting_store import is_visible
from meetings.models import Level
from meetings.people_store import list_levels, load_actor
from meetings.periods import Period, PeriodKind, Profile, make_period, month_of_day, parse
from meetings.permissions import may_view_ratio
from web import layout
from web.i18n import _, format_date, format_number, today
from web.inputs import Fields, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import level_name, render

FIRST_YEAR = 2022
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
ROMAN = ("I", "II", "III", "IV")
LISTS = {
    "all": N_("Tất cả cuộc họp của cặp cấp này"),
    "eligible": N_("Các cuộc họp được tính vào mẫu số"),
    "hybrid": N_("Các cuộc họp kết hợp"),
    "department": N_("Các cuộc họp do sở, ban, ngành triệu tập"),
    Outcome.ONLINE.value: N_("Các cuộc họp được tính là trực tuyến"),
    Outcome.NOT_ONLINE.value: N_("Các cuộc họp không được tính là trực tuyến"),
    Outcome.OTHER_CHANNEL.value: N_("Các cuộc họp qua kênh khác"),
    Outcome.EXCLUDED.value: N_("Các cuộc họp được loại trừ"),
    Outcome.RELAYED.value: N_("Các cuộc họp tiếp sóng của bộ, ngành"),
    Outcome.UNCONFIRMED.value: N_("Các cuộc họp chưa xác nhận tham dự"),
    Outcome.UNATTENDED.value: N_("Các cuộc họp không có đơn vị cấp dưới dự"),
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
    code = fields.raw("period") or (f"{fields.raw('year')}{fields.raw('part')}" if fields.raw("year") else "")
    period = parse(code, profile) if code else make_period(PeriodKind.YEAR, month_of_day(day, profile).year, 1, profile)
    upper, _colon, lower = fields.raw("pair").partition(":")
    if not upper:
        levels = await list_levels(session, day)
        if len(levels) < 2:
            raise Invalid(N_("Hệ thống chưa có đủ hai cấp đơn vị để tính tỷ lệ."), field="pair")
        upper, lower = levels[0].code, levels[1].code
    return Choice(upper, lower, profile, period)


async def show_ratio(request: web.Request) -> web.Response:
    actor = actor_of(request)
    if not may_view_ratio(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)
        levels = await list_levels(session)
        report = await _report(session, request, choice)
    context = {
        "choice": choice,
        "report": report,
        "pairs": pairs_of(levels),
        "profiles": list(PROFILES.items()),
        "years": range(today(now_of(request)).year + 1, FIRST_YEAR - 1, -1),
        "parts": [*PARTS.items(), *((f"{month:02}", "") for month in range(1, 13))],
        "part": choice.period.code[4:].removeprefix("-"),
        "names": {level.code: level_name(level.name) for level in levels},
        "verdict": tell_verdict(report),
        "outlook": tell_outlook(report),
        "online_rule": tell_rule(report.rule, report.threshold),
        "exclusion_name": exclusion_name,
        "period_name": period_name,
    }
    return render(request, "ratio.html", context)


async def show_evidence(request: web.Request) -> web.Response:
    """``/ratio/meetings?…&which=…[&unit=…[&mode=…]]``: the meetings behind a number, each with why it counts."""
    actor, fields = actor_of(request), Fields(request.query)
    if not may_view_ratio(actor):
        raise NotAllowed
    which, unit_id = fields.raw("which") or "all", read_key(fields.raw("unit"))
    mode = Mode(fields.raw("mode")) if fields.raw("mode") in set(Mode) else None
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)
        listed = await actions.list_ratio_meetings(
            session,
            actor,
            choice.upper,
            choice.lower,
            choice.period,
            choice.profile,
            Wanted(which, unit_id, mode),
            now=now_of(request),
            rule=request.app[CONFIG].ratio_rule,
            threshold=request.app[CONFIG].threshold,
            page=read_key(fields.raw("page")) or 1,
        )
        found = listed.found
        levels = {level.code: level_name(level.name) for level in await list_levels(session)}
        confirmers = await _name_confirmers(session, found)
    visible = {each.bundle.id for each in found if is_visible(actor, each.bundle)}
    context = {
        "choice": choice,
        "found": found,
        "listed": listed,
        "address": partial(choice.address, "/ratio/meetings", which=which, unit=unit_id or "", mode=mode or ""),
        "which": which,
        "title": name_list(which),
        "unit_name": _name_unit(found, unit_id),
        "names": levels,
        "period_name": period_name,
        "visible": visible,
        "confirmers": confirmers,
        "reason_of": partial(tell_reason, rule=request.app[CONFIG].ratio_rule),
        "outcome_name": outcome_name,
    }
    return render(request, "ratio_meetings.html", context)


async def download_ratio(request: web.Request) -> web.Response:
    """``/ratio.csv?…``: the period and each month up to it; UTF-8 with BOM, so that spreadsheets read the letters."""
    actor = actor_of(request)
    if not may_view_ratio(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)
        report = await _report(session, request, choice)
    name = f"ty-le-hop-truc-tuyen-{choice.upper}-{choice.lower}-{choice.period.code.lower()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = "\N{BYTE ORDER MARK}" + write_csv(report)
    return web.Response(text=body, content_type="text/csv", charset="utf-8", headers=headers)


async def _report(session: AsyncSession, request: web.Request, choice: Choice) -> RatioReport:
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


def pairs_of(levels: list[Level]) -> list[tuple[str, str]]:
    """Every pair of a higher and a lower level: its code and its name."""
    return [
        (f"{upper.code}:{lower.code}", _("{upper} với {lower}", upper=upper.name, lower=lower.name))
        for upper in levels
        for lower in levels
        if upper.rank < lower.rank
    ]


def period_name(period: Period) -> str:
    match period.kind:
        case PeriodKind.MONTH:
            return _("tháng {month}/{year}", month=f"{period.number:02}", year=period.year)
        case PeriodKind.QUARTER:
            return _("quý {n} năm {year}", n=ROMAN[period.number - 1], year=period.year)
        case PeriodKind.HALF if period.number == 1:
            return _("6 tháng đầu năm {year}", year=period.year)
        case PeriodKind.HALF:
            return _("6 tháng cuối năm {year}", year=period.year)
        case PeriodKind.NINE_MONTHS:
            return _("9 tháng năm {year}", year=period.year)
        case PeriodKind.YEAR:
            return _("năm {year}", year=period.year)
        case PeriodKind.CUSTOM:
            return _("từ {first} đến {last}", first=format_date(period.start), last=format_date(period.end))


def exclusion_name(code: str) -> str:
    return layout.exclusion_name(code)


def name_list(which: str) -> str:
    """The heading of a list; ``Invalid`` when there is none of that name, also while it would be empty."""
    kind, _colon, code = which.partition(":")
    if kind not in LISTS:
        raise Invalid(N_("Không có danh sách này."), field="which")
    title = _(LISTS[kind])
    return f"{title}: {exclusion_name(code)}" if code else title


def spell_percent(share: Fraction) -> str:
    """The share in per cent as it is compared: ``82,3529…`` when it does not end within four decimals."""
    percent = share * 100
    for digits in range(5):
        if (percent * 10**digits).denominator == 1:
            return format_number(percent, digits)
    cut = Fraction(percent.numerator * 10**4 // percent.denominator, 10**4)
    return format_number(cut, 4) + "…"


def tell_verdict(report: RatioReport) -> dict[str, str]:
    """Met or not, in words: ``state`` is ``met``, ``missed`` or ``open``; ``text`` says how it was compared."""
    if report.ratio.share is None:
        return {"state": "open", "title": _("Chưa có cuộc họp nào để tính"), "text": ""}
    if report.target is None:
        return {"state": "open", "title": _("Chưa đặt chỉ tiêu cho kỳ này"), "text": ""}
    values = {"percent": spell_percent(report.ratio.share), "target": spell_percent(to_goal(report.target).value / 100)}
    if report.target.operator == ">":
        text = N_("{percent} % lớn hơn {target} %.") if report.met else N_("{percent} % không lớn hơn {target} %.")
    else:
        text = N_("{percent} % không nhỏ hơn {target} %.") if report.met else N_("{percent} % nhỏ hơn {target} %.")
    title = _("Đạt chỉ tiêu") if report.met else _("Chưa đạt chỉ tiêu")
    note = _("So sánh bằng số chưa làm tròn.")
    return {"state": "met" if report.met else "missed", "title": title, "text": f"{_(text, **values)} {note}"}


def tell_outlook(report: RatioReport) -> str:
    """What the booked meetings of the period can still change, in a sentence; empty when there are none."""
    coming = report.outlook
    if coming.meetings == 0:
        return ""
    booked = _(
        "Trong kỳ còn {n} cuộc đã đặt lịch, {online} cuộc dự kiến trực tuyến.",
        n=coming.meetings,
        online=coming.planned_online,
    )
    if report.target is None:
        return booked
    if coming.needed is None:
        needed = _("Dù tất cả đều trực tuyến, kỳ này vẫn chưa đạt chỉ tiêu.")
    elif coming.needed == 0:
        needed = _("Dù không cuộc nào trực tuyến, kỳ này vẫn đạt chỉ tiêu.")
    else:
        needed = _("Cần ít nhất {n} cuộc trực tuyến để đạt chỉ tiêu.", n=coming.needed)
    return f"{booked} {needed}"


OUTCOMES = {
    Outcome.ONLINE: N_("Tính, trực tuyến"),
    Outcome.NOT_ONLINE: N_("Tính, không trực tuyến"),
    Outcome.OTHER_CHANNEL: N_("Tính, qua kênh khác"),
    Outcome.EXCLUDED: N_("Không tính, loại trừ"),
    Outcome.RELAYED: N_("Không tính, tiếp sóng của bộ, ngành"),
    Outcome.UNCONFIRMED: N_("Chưa tính, chờ xác nhận"),
    Outcome.UNATTENDED: N_("Không tính, không có đơn vị cấp dưới dự"),
}


def outcome_name(outcome: Outcome) -> str:
    return _(OUTCOMES[outcome])


RULES = {
    Rule.ANY: N_("Trực tuyến: ít nhất một đơn vị cấp dưới có dự kết nối qua hệ thống được công nhận."),
    Rule.MAJORITY: N_(
        "Trực tuyến: quá nửa số đơn vị cấp dưới có dự kết nối qua hệ thống được công nhận; "
        "đúng một nửa số đơn vị không phải là quá nửa."
    ),
    Rule.ALL: N_("Trực tuyến: mọi đơn vị cấp dưới có dự đều kết nối qua hệ thống được công nhận."),
}
REASONS = {
    (Rule.ANY, True): N_("{online}/{all} đơn vị cấp dưới dự họp qua hệ thống, ít nhất một."),
    (Rule.ANY, False): N_("{online}/{all} đơn vị cấp dưới dự họp qua hệ thống, cần ít nhất một."),
    (Rule.MAJORITY, True): N_("{online}/{all} đơn vị cấp dưới dự họp qua hệ thống, quá nửa."),
    (Rule.MAJORITY, False): N_("{online}/{all} đơn vị cấp dưới dự họp qua hệ thống, không quá nửa."),
    (Rule.ALL, True): N_("{online}/{all} đơn vị cấp dưới dự họp qua hệ thống, đủ tất cả."),
    (Rule.ALL, False): N_("{online}/{all} đơn vị cấp dưới dự họp qua hệ thống, không đủ tất cả."),
}


def tell_rule(rule: Rule, threshold: Fraction) -> str:
    """When a meeting counts as online, by the settings in force."""
    connected = _(
        "Đơn vị được coi là kết nối khi có mặt trong phòng họp trực tuyến ít nhất {share} % thời gian họp.",
        share=spell_percent(threshold),
    )
    basis = _("Tính theo tham dự thực tế đã xác nhận, không theo hình thức dự kiến.")
    return f"{_(RULES[rule])} {connected} {basis}"


def tell_reason(evidence: Evidence, rule: Rule) -> str:
    """Why a meeting counts as it does, in one sentence."""
    fact = evidence.fact
    counts = {"online": fact.online, "all": fact.attended}
    match evidence.outcome:
        case Outcome.ONLINE | Outcome.NOT_ONLINE:
            return _(REASONS[rule, evidence.outcome is Outcome.ONLINE], **counts)
        case Outcome.OTHER_CHANNEL:
            return _("Họp qua hệ thống không được công nhận; {online}/{all} đơn vị cấp dưới dự trực tuyến.", **counts)
        case Outcome.EXCLUDED:
            return _("Loại trừ khi đặt lịch: {reason}.", reason=exclusion_name(fact.exclusion))
        case Outcome.RELAYED:
            return _("Tiếp sóng cuộc họp do {organ} triệu tập.", organ=fact.relayed_from)
        case Outcome.UNCONFIRMED:
            return _("Thư ký chưa xác nhận việc tham dự.")
        case Outcome.UNATTENDED:
            return _("{n} đơn vị cấp dưới được mời, không đơn vị nào dự.", n=len(fact.units))


def write_csv(report: RatioReport) -> str:
    """Semicolons between fields and comma decimals in Vietnamese, as its spreadsheets expect; shares unrounded."""
    figures = [report.figure, *report.months]
    codes = sorted({code for figure in figures for code in figure.ratio.excluded})
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(
        [
            _("Kỳ"),
            _("Từ ngày"),
            _("Đến ngày"),
            _("Trực tuyến (n)"),
            _("Được tính (N)"),
            _("Tỷ lệ (%)"),
            _("Chỉ tiêu"),
            _("Kết hợp"),
            _("Qua kênh khác"),
            _("Không có đơn vị cấp dưới dự"),
            _("Chưa xác nhận tham dự"),
            *(_("Loại trừ: {reason}", reason=exclusion_name(code)) for code in codes),
        ]
    )
    for figure in figures:
        rows.writerow([*_describe_row(figure), *(figure.ratio.excluded.get(code, 0) for code in codes)])
    return out.getvalue()


def _describe_row(figure: Figure) -> list[object]:
    period, ratio, target = figure.period, figure.ratio, figure.target
    share = "–" if ratio.share is None else format_number(ratio.share * 100, 6)
    goal = f"{target.operator} {spell_percent(to_goal(target).value / 100)}" if target else ""
    days = [format_date(period.start), format_date(period.end)]
    counts = [ratio.hybrid, ratio.other_channel, ratio.unattended, ratio.unconfirmed]
    return [period_name(period), *days, ratio.online, ratio.eligible, share, goal, *counts]


def _name_unit(found: list[Evidence], unit_id: int | None) -> str:
    names = {invited.unit.id: invited.unit.name for each in found for invited in each.bundle.invitations}
    return names.get(unit_id or 0, "")


async def _name_confirmers(session: AsyncSession, found: list[Evidence]) -> dict[int, str]:
    """The names of those who confirmed attendance, by account."""
    accounts = {each.bundle.meeting.attendance_confirmed_by for each in found} - {None}
    actors = {account: await load_actor(session, account) for account in accounts if account is not None}
    return {account: actor.name for account, actor in actors.items() if actor is not None}
