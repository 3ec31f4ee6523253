"""The number for leadership, and what explains it."""

from aiohttp import web

from meetings.people_store import list_levels
from web.i18n import today
from web.keys import DATABASE, now_of
from web.layout import exclusion_name, level_name, render
from web.pages.ratio_choice import FIRST_YEAR, PARTS, PROFILES, load_report, pairs_of, read_choice
from web.pages.ratio_words import period_name, tell_outlook, tell_rule, tell_verdict


async def show_ratio(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)
        levels = await list_levels(session)
        report = await load_report(session, request, choice)
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
