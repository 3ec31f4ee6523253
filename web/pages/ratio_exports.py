"""The indicator as files: for spreadsheets, for the reporting system, and as open data."""

import csv
import io

from aiohttp import web

from meetings.indicator.figures import Figure, to_goal
from meetings.indicator.report import RatioReport
from web.i18n import _, format_date, format_number
from web.keys import DATABASE
from web.layout import exclusion_name
from web.pages.ratio_choice import load_report, read_choice
from web.pages.ratio_words import period_name, spell_percent


async def download_ratio(request: web.Request) -> web.Response:
    """``/ratio.csv?…``: the period and each month up to it; UTF-8 with BOM, so that spreadsheets read the letters."""
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)
        report = await load_report(session, request, choice)
    name = f"ty-le-hop-truc-tuyen-{choice.upper}-{choice.lower}-{choice.period.code.lower()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = "\N{BYTE ORDER MARK}" + write_csv(report)
    return web.Response(text=body, content_type="text/csv", charset="utf-8", headers=headers)


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
