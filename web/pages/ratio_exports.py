"""The indicator as files: for spreadsheets, for printing and for the reporting system."""

import json
import re
from fractions import Fraction

from aiohttp import web

from meetings.actions import find_closing
from meetings.indicator.closings import describe_report
from meetings.indicator.ratio import Ratio
from meetings.indicator.report import RatioReport
from meetings.indicator_models import RatioClosing
from meetings.people_store import list_levels
from meetings.periods import Period, PeriodKind
from meetings.printing.documents import render_ratio
from web.i18n import _, format_datetime
from web.keys import DATABASE, now_of
from web.pages.ratio_choice import load_report, names_of, read_choice
from web.pages.ratio_sheets import list_sheets, make_paper
from web.pages.ratio_words import tell_subject
from web.paper_files import MEDIA_TYPES
from web.press import print_apart
from web.table_writing import write_csv, write_workbook

TYPES = MEDIA_TYPES | {"csv": "text/csv"}
INDICATOR = "HTT01"  # its code in the reporting system


async def download_ratio(request: web.Request) -> web.Response:
    """``/ratio.csv``, ``.xlsx``, ``.pdf`` or ``.json`` with the address of the page: what it shows, as a file."""
    ending = request.match_info["format"]
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)
        report = await load_report(session, request, choice)
        names = names_of(await list_levels(session))
        closing = await find_closing(session, (choice.upper, choice.lower), choice.period)
    subject = tell_subject(choice, names)
    match ending:
        case "csv":
            body = write_csv(list_sheets(report, subject)[0]).encode()
        case "xlsx":
            body = await print_apart(request.app, write_workbook, list_sheets(report, subject))
        case "pdf":
            made = _("Số liệu lúc {when}.", when=format_datetime(now_of(request)))
            body = await print_apart(request.app, render_ratio, make_paper(report, subject, made), now_of(request))
        case _:
            return web.json_response(describe_record(report, closing))
    return answer_file(body, f"ty-le-hop-truc-tuyen-{choice.upper}-{choice.lower}-{choice.period.code}.{ending}")


def answer_file(body: bytes, name: str) -> web.Response:
    ending = name.rpartition(".")[2]
    headers = {"Content-Disposition": f'attachment; filename="{re.sub(r"[^A-Za-z0-9.-]+", "-", name)}"'}
    charset = "utf-8" if ending == "csv" else None
    return web.Response(body=body, content_type=TYPES[ending], charset=charset, headers=headers)


def describe_record(report: RatioReport, closing: RatioClosing | None) -> dict[str, object]:
    """The figure in the shape that reporting systems of provinces take; their names of fields are Vietnamese.

    ``gia_tri`` is in per cent and not rounded. ``trang_thai`` is ``da_chot`` once the period was closed: the figure is
    then the one that ``hash`` stands for, and ``dieu_chinh`` what it would be today.
    """
    figures = describe_report(report) if closing is None else json.loads(closing.figures)
    target = figures["target"]
    return {
        "ky": spell_code(report.period),
        "tu_ngay": report.period.start.isoformat(),
        "den_ngay": report.period.end.isoformat(),
        "ma_chi_tieu": INDICATOR,
        "ma_don_vi": f"{report.upper}:{report.lower}",
        "don_vi_tinh": "%",
        **_describe_share(figures["online"], figures["eligible"]),
        "chi_tieu": target and {"phep_so_sanh": target["operator"], "gia_tri": float(Fraction(target["value"]))},
        "dat": figures["met"],
        "quy_tac": figures["rule"],
        "ket_hop": figures["hybrid"],
        "kenh_khac": figures["other_channel"],
        "khong_don_vi_du": figures["unattended"],
        "chua_xac_nhan": figures["unconfirmed"],
        "chi_tiet_loai_tru": figures["excluded"],
        "trang_thai": "da_chot" if closing else "tam_tinh",
        "chot_luc": None if closing is None else closing.closed_at.isoformat(),
        "hash": None if closing is None else closing.hash,
        "dieu_chinh": None if closing is None else _describe_share(report.ratio.online, report.ratio.eligible),
    }


def _describe_share(online: int, eligible: int) -> dict[str, object]:
    return {"tu_so": online, "mau_so": eligible, "gia_tri": Ratio(online=online, eligible=eligible).percent}


def spell_code(period: Period) -> str:
    """``YYYYMM``, ``YYYYQ`` and ``YYYY`` as the reporting system has them; our own code for other periods."""
    if period.kind is PeriodKind.MONTH:
        return f"{period.year}{period.number:02}"
    return f"{period.year}{period.number}" if period.kind is PeriodKind.QUARTER else period.code
