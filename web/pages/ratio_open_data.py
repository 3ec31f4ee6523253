"""Open data: the indicator's aggregates month by month, with metadata in DCAT. No titles, no people.

The metadata is a ``dcat:Catalog`` (W3C DCAT 3, JSON-LD) of one dataset with two distributions, CSV and JSON, of the
same rows. Months are civil ones from the first year of the indicator up to the last that is over.
"""

from datetime import date

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import NotAllowed
from meetings.indicator.figures import Figure, make_figure, sum_months
from meetings.meeting_store import list_targets
from meetings.people_store import list_levels, pair_levels
from meetings.periods import Period, PeriodKind, Profile, make_period
from meetings.permissions import may_view_ratio
from web.i18n import today
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.pages.ratio_choice import FIRST_YEAR
from web.pages.ratio_exports import answer_file
from web.table_writing import Cell, Sheet, write_csv

COLUMNS = (
    *("upper_level", "lower_level", "month", "first_day", "last_day", "online", "eligible", "percent"),
    *("hybrid", "other_channel", "unattended", "excluded", "target_operator", "target_percent", "met"),
)
Row = tuple[Cell, ...]


async def show_metadata(request: web.Request) -> web.Response:
    """What there is, in words that other catalogues harvest."""
    rows = await _load(request)
    origin = request.app[CONFIG].origin or str(request.url.origin())
    document = describe_catalogue(origin, rows, today(now_of(request)))
    return web.json_response(document, content_type="application/ld+json")


async def download_rows(request: web.Request) -> web.Response:
    rows = await _load(request)
    if request.match_info["format"] == "json":
        return web.json_response([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    sheet = Sheet("open-data", [(name, 16) for name in COLUMNS], rows)
    return answer_file(write_csv(sheet).encode(), "ty-le-hop-truc-tuyen-du-lieu-mo.csv")


async def _load(request: web.Request) -> list[Row]:
    """``NotAllowed`` for who may not see the indicator, unless the province has opened its aggregates to all."""
    if not request.app[CONFIG].open_data and not may_view_ratio(actor_of(request)):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        return await list_rows(session, request, today(now_of(request)))


async def list_rows(session: AsyncSession, request: web.Request, day: date) -> list[Row]:
    """One row for each pair of levels and month in which something was eligible or left out."""
    months = list_months(day)
    rows: list[Row] = []
    for upper, lower in pair_levels(await list_levels(session)):
        pair = (upper.code, lower.code)
        targets = await list_targets(session, *pair)
        ratios = await sum_months(session, pair, months, request.app[CONFIG].ratio_rule)
        figures = (make_figure(month, ratio, targets) for month, ratio in zip(months, ratios, strict=True))
        rows.extend(_make_row(pair, figure) for figure in figures if _says_something(figure))
    return rows


def list_months(day: date) -> list[Period]:
    """The civil months that are over on ``day``."""
    months = [
        make_period(PeriodKind.MONTH, year, number, Profile.CIVIL)
        for year in range(FIRST_YEAR, day.year + 1)
        for number in range(1, 13)
    ]
    return [month for month in months if month.end < day]


def _says_something(figure: Figure) -> bool:
    ratio = figure.ratio
    return bool(ratio.eligible or ratio.unattended or ratio.excluded)


def _make_row(pair: tuple[str, str], figure: Figure) -> Row:
    period, ratio, target = figure.period, figure.ratio, figure.target
    return (
        *pair,
        period.code,
        period.start.isoformat(),
        period.end.isoformat(),
        ratio.online,
        ratio.eligible,
        ratio.percent,
        ratio.hybrid,
        ratio.other_channel,
        ratio.unattended,
        sum(ratio.excluded.values()),
        target.operator if target else None,
        target.value if target else None,
        figure.met,
    )


def describe_catalogue(origin: str, rows: list[Row], day: date) -> dict[str, object]:
    """The catalogue as JSON-LD. ``origin``: the public address of the site."""
    base = f"{origin}/ratio/open-data"
    types = {"csv": "text/csv", "json": "application/json"}
    days = [str(row[3]) for row in rows] + [str(row[4]) for row in rows]
    dataset = {
        "@id": f"{base}#dataset",
        "@type": "dcat:Dataset",
        "dct:title": [
            {"@value": "Tỷ lệ họp trực tuyến giữa các cấp, theo tháng", "@language": "vi"},
            {"@value": "Share of meetings held online between levels of government, by month", "@language": "en"},
        ],
        "dct:description": {
            "@value": "Số cuộc họp được tính, số cuộc trực tuyến và chỉ tiêu, theo cặp cấp và tháng dương lịch. "
            "Chỉ có số tổng hợp: không tên cuộc họp, không người dự.",
            "@language": "vi",
        },
        "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"},
        "dct:modified": {"@value": day.isoformat(), "@type": "xsd:date"},
        "dct:conformsTo": {"@id": f"{origin}/ratio"},
        "dcat:keyword": ["họp trực tuyến", "chuyển đổi số"],
        "dcat:distribution": [
            {
                "@id": f"{base}.{ending}",
                "@type": "dcat:Distribution",
                "dcat:downloadURL": {"@id": f"{base}.{ending}"},
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
            }
            for ending, media_type in types.items()
        ],
    }
    if days:
        dataset["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": min(days), "@type": "xsd:date"},
            "dcat:endDate": {"@value": max(days), "@type": "xsd:date"},
        }
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{base}.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": {"@value": "Dữ liệu mở của Giao Ban", "@language": "vi"},
        "dcat:dataset": [dataset],
    }
