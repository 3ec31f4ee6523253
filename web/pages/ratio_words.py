"""The words of the indicator: names of periods and lists, and sentences that say why something counts."""

from collections.abc import Mapping
from fractions import Fraction

from meetings.actions import Evidence
from meetings.errors import N_, Invalid
from meetings.indicator.figures import to_goal
from meetings.indicator.report import RatioReport
from meetings.kinds import Outcome, Rule
from meetings.models import Target
from meetings.periods import Period, PeriodKind
from web.i18n import _, format_date, format_number
from web.layout import exclusion_name, form_name, kind_name
from web.pages.ratio_choice import Choice

ROMAN = ("I", "II", "III", "IV")

LISTS = {
    "all": N_("Tất cả cuộc họp của cặp cấp này"),
    "eligible": N_("Các cuộc họp được tính vào mẫu số"),
    "hybrid": N_("Các cuộc họp kết hợp"),
    "department": N_("Các cuộc họp do sở, ban, ngành triệu tập"),
    "declared": N_("Các cuộc họp chỉ có hình thức theo khai báo"),
    "kind": N_("Các cuộc họp được tính, theo loại"),
    "convener": N_("Các cuộc họp được tính của một đơn vị triệu tập"),
    "forms": N_("Các cuộc họp được tính, theo hình thức dự kiến và thực tế"),
    Outcome.ONLINE.value: N_("Các cuộc họp được tính là trực tuyến"),
    Outcome.NOT_ONLINE.value: N_("Các cuộc họp không được tính là trực tuyến"),
    Outcome.OTHER_CHANNEL.value: N_("Các cuộc họp qua kênh khác"),
    Outcome.EXCLUDED.value: N_("Các cuộc họp được loại trừ"),
    Outcome.RELAYED.value: N_("Các cuộc họp tiếp sóng của bộ, ngành"),
    Outcome.UNCONFIRMED.value: N_("Các cuộc họp chưa xác nhận tham dự"),
    Outcome.UNATTENDED.value: N_("Các cuộc họp không có đơn vị cấp dưới dự"),
}


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


def tell_pair(choice: Choice, names: Mapping[str, str]) -> str:
    """``Cấp tỉnh với cấp xã``; ``names``: of the levels, by code."""
    return _("{upper} với {lower}", upper=names[choice.upper].capitalize(), lower=names[choice.lower])


def tell_subject(choice: Choice, names: Mapping[str, str]) -> str:
    """``Cấp tỉnh với cấp xã, năm 2026 (từ 15/12/2025 đến 14/12/2026)``; ``names``: of the levels, by code."""
    return _(
        "{upper} với {lower}, {period} (từ {first} đến {last})",
        upper=names[choice.upper].capitalize(),
        lower=names[choice.lower],
        period=period_name(choice.period),
        first=format_date(choice.period.start),
        last=format_date(choice.period.end),
    )


def name_list(which: str) -> str:
    """The heading of a list; ``Invalid`` when there is none of that name, also while it would be empty."""
    kind, _colon, code = which.partition(":")
    if kind not in LISTS:
        raise Invalid(N_("Không có danh sách này."), field="which")
    title = _(LISTS[kind])
    return f"{title}: {_name_code(kind, code)}" if code and kind != "convener" else title


def _name_code(kind: str, code: str) -> str:
    try:
        if kind == "kind":
            return kind_name(code)
        if kind == "forms":
            planned, _colon, held = code.partition(":")
            return _("dự kiến {planned}, họp {held}", planned=form_name(planned), held=form_name(held))
    except ValueError as error:
        raise Invalid(N_("Không có danh sách này."), field="which") from error
    return exclusion_name(code)


def spell_percent(share: Fraction) -> str:
    """The share in per cent as it is compared: ``82,3529…`` when it does not end within four decimals."""
    percent = share * 100
    for digits in range(5):
        if (percent * 10**digits).denominator == 1:
            return format_number(percent, digits)
    cut = Fraction(percent.numerator * 10**4 // percent.denominator, 10**4)
    return format_number(cut, 4) + "…"


def spell_target(target: Target | None) -> str:
    """``> 80 %``; empty without one."""
    return "" if target is None else f"{target.operator} {spell_percent(to_goal(target).value / 100)} %"


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
