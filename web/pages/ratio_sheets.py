"""The indicator as tables of plain cells: what the files for spreadsheets and for printing have in common."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from meetings.indicator.figures import Figure
from meetings.indicator.ratio import Ratio
from meetings.indicator.report import RatioReport, UnitRow
from meetings.printing.ratio import RatioPaper, Table
from web.i18n import _, format_date, format_number, format_percent
from web.layout import exclusion_name, form_name, kind_name
from web.pages.ratio_words import period_name, spell_target, tell_outlook, tell_rule, tell_verdict
from web.table_writing import Cell, Sheet


def list_sheets(report: RatioReport, subject: str) -> list[Sheet]:
    """Every table of the report; shares in per cent, not rounded."""
    notes = (_("Tỷ lệ họp trực tuyến"), subject, tell_rule(report.rule, report.threshold))
    alike = report.cumulative.period == report.figure.period
    cumulative = [] if alike else [report.cumulative]
    figures = [report.figure, *cumulative, *([report.last_year] if report.last_year else []), *report.months]
    return [
        _make_periods(figures, notes),
        _make_units(report.units),
        _make_groups(
            _("Đơn vị triệu tập"), _("Đơn vị triệu tập"), [(row.unit.organ, row.ratio) for row in report.conveners]
        ),
        _make_groups(_("Loại cuộc họp"), _("Loại cuộc họp"), [(kind_name(kind), each) for kind, each in report.kinds]),
        Sheet(
            name=_("Dự kiến và thực tế"),
            columns=((_("Hình thức dự kiến"), 24), (_("Hình thức thực tế"), 24), (_("Số cuộc"), 10)),
            rows=[(form_name(planned), form_name(held), count) for (planned, held), count in report.forms.items()],
        ),
    ]


def _make_periods(figures: Sequence[Figure], notes: Sequence[str]) -> Sheet:
    codes = sorted({code for figure in figures for code in figure.ratio.excluded})
    columns = (
        (_("Kỳ"), 26),
        (_("Từ ngày"), 12),
        (_("Đến ngày"), 12),
        (_("Trực tuyến (n)"), 12),
        (_("Được tính (N)"), 12),
        (_("Tỷ lệ (%)"), 12),
        (_("Chỉ tiêu"), 12),
        (_("Kết hợp"), 10),
        (_("Qua kênh khác"), 10),
        (_("Theo khai báo"), 10),
        (_("Không có đơn vị cấp dưới dự"), 14),
        (_("Tiếp sóng"), 10),
        (_("Chưa xác nhận tham dự"), 14),
        *((_("Loại trừ: {reason}", reason=exclusion_name(code)), 20) for code in codes),
    )
    rows = [(*_describe_figure(figure), *(figure.ratio.excluded.get(code, 0) for code in codes)) for figure in figures]
    return Sheet(_("Theo kỳ"), columns, rows, notes)


def _describe_figure(figure: Figure) -> tuple[Cell, ...]:
    period, ratio = figure.period, figure.ratio
    return (
        period_name(period),
        format_date(period.start),
        format_date(period.end),
        ratio.online,
        ratio.eligible,
        _per_cent(ratio.share),
        spell_target(figure.target),
        ratio.hybrid,
        ratio.other_channel,
        ratio.declared,
        ratio.unattended,
        ratio.relayed,
        ratio.unconfirmed,
    )


def _make_units(rows: Iterable[UnitRow]) -> Sheet:
    columns = (
        (_("Đơn vị"), 32),
        (_("Tỷ lệ dự trực tuyến (%)"), 14),
        (_("Được mời"), 10),
        (_("Trực tuyến"), 10),
        (_("Tại điểm cầu chính"), 12),
        (_("Vắng"), 10),
        (_("Theo khai báo"), 10),
        (_("Giải trình"), 60),
        (_("Nay là"), 40),
    )
    cells = [
        (
            row.unit.name,
            _per_cent(row.share),
            row.invited,
            row.online,
            row.in_hall,
            row.absent,
            row.unknown,
            row.explanation.text if row.explanation else "",
            "; ".join(unit.name for unit in row.now),
        )
        for row in rows
    ]
    return Sheet(_("Đơn vị cấp dưới"), columns, cells)


def _make_groups(name: str, title: str, groups: Iterable[tuple[str, Ratio]]) -> Sheet:
    columns = (
        (title, 40),
        (_("Trực tuyến (n)"), 12),
        (_("Được tính (N)"), 12),
        (_("Tỷ lệ (%)"), 12),
        (_("Kết hợp"), 10),
    )
    rows = [(key, each.online, each.eligible, _per_cent(each.share), each.hybrid) for key, each in groups]
    return Sheet(name, columns, rows)


def _per_cent(share: Fraction | None) -> Cell:
    return "–" if share is None else float(share * 100)


def make_paper(report: RatioReport, subject: str, made: str) -> RatioPaper:
    """The report for the meeting folder: at most four pages for a province."""
    ratio, verdict = report.ratio, tell_verdict(report)
    notes = (verdict["text"], tell_outlook(report), tell_rule(report.rule, report.threshold), made)
    return RatioPaper(
        title=_("Tỷ lệ họp trực tuyến"),
        author="Giao Ban",
        subject=subject,
        share=f"{format_percent(ratio.share)} ({ratio.online}/{ratio.eligible})",
        verdict=". ".join(part for part in (verdict["title"], spell_target(report.target)) if part),
        facts=tuple(_list_facts(report)),
        notes=tuple(text for text in notes if text),
        tables=(_print_months(report), _print_units(report), _print_conveners(report)),
    )


def _print_months(report: RatioReport) -> Table:
    rows = tuple(
        (period_name(each.period), *_print_ratio(each.ratio), spell_target(each.target) or "–")
        for each in report.months
    )
    return Table(_("Theo tháng"), (_("Tháng"), _("Tỷ lệ"), "n/N", _("Chỉ tiêu")), (3, 2, 2, 2), rows)


def _print_units(report: RatioReport) -> Table:
    columns = (_("Đơn vị"), _("Tỷ lệ"), _("Được mời"), _("Trực tuyến"), _("Tại điểm cầu chính"), _("Vắng"))
    rows = tuple((row.unit.name, format_percent(row.share), *_list_counts(row)) for row in report.units)
    return Table(_("Theo đơn vị cấp dưới, đơn vị thấp nhất trước"), columns, (5, 2, 2, 2, 2, 2), rows)


def _print_conveners(report: RatioReport) -> Table:
    rows = tuple((row.unit.organ, *_print_ratio(row.ratio)) for row in report.conveners)
    return Table(_("Theo đơn vị triệu tập"), (_("Đơn vị triệu tập"), _("Tỷ lệ"), "n/N"), (5, 2, 2), rows)


def _print_ratio(ratio: Ratio) -> tuple[str, str]:
    return format_percent(ratio.share), f"{ratio.online}/{ratio.eligible}"


def _list_facts(report: RatioReport) -> Iterable[tuple[str, str]]:
    ratio, savings = report.ratio, report.savings
    yield _("Lũy kế từ đầu năm"), _spell(report.cumulative)
    if report.last_year is not None:
        yield _("Cùng kỳ năm trước"), _spell(report.last_year)
    yield _("Kết hợp trực tiếp và trực tuyến"), str(ratio.hybrid)
    yield _("Do sở, ban, ngành triệu tập"), str(report.departments.eligible)
    yield _("Qua kênh khác"), str(ratio.other_channel)
    yield _("Theo khai báo, không đo được"), str(ratio.declared)
    yield _("Không có đơn vị cấp dưới dự (không tính)"), str(ratio.unattended)
    yield _("Tiếp sóng của bộ, ngành (không tính)"), str(ratio.relayed)
    yield _("Chưa xác nhận tham dự (chưa tính)"), str(ratio.unconfirmed)
    for code, count in ratio.excluded.items():
        yield _("Loại trừ: {reason}", reason=exclusion_name(code)), str(count)
    yield _("Bí mật nhà nước (chỉ đếm số cuộc, chung cho mọi cặp cấp)"), str(report.secrets)
    if savings.trips:
        about = _(" (ước tính)") if savings.estimated else ""
        saved = _("{km} km, {hours} giờ", km=format_number(savings.km), hours=format_number(savings.hours))
        yield _("Đi lại không phải đi"), saved + about


def _list_counts(row: UnitRow) -> list[str]:
    return [str(count) for count in (row.invited, row.online, row.in_hall, row.absent)]


def _spell(figure: Figure) -> str:
    return f"{format_percent(figure.ratio.share)} ({figure.ratio.online}/{figure.ratio.eligible})"
