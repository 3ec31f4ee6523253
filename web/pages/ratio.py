"""The number for leadership, and what explains it."""

from aiohttp import web

from meetings.errors import N_
from meetings.kinds import Form
from meetings.people_store import list_levels
from meetings.periods import PeriodKind
from web.i18n import today
from web.keys import DATABASE, now_of
from web.layout import exclusion_name, render
from web.pages.ratio_choice import CUSTOM, FIRST_YEAR, PARTS, PROFILES, load_report, names_of, pairs_of, read_choice
from web.pages.ratio_words import period_name, tell_outlook, tell_rule, tell_subject, tell_verdict


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
        "years": sorted({*range(FIRST_YEAR, today(now_of(request)).year + 2), choice.period.year}, reverse=True),
        "parts": [*PARTS.items(), *((f"{month:02}", "") for month in range(1, 13)), (CUSTOM, N_("Từ ngày, đến ngày"))],
        "part": CUSTOM if choice.period.kind is PeriodKind.CUSTOM else choice.period.code[4:].removeprefix("-"),
        "forms": list(Form),
        "subject": tell_subject(choice, names_of(levels)),
        "verdict": tell_verdict(report),
        "outlook": tell_outlook(report),
        "online_rule": tell_rule(report.rule, report.threshold),
        "exclusion_name": exclusion_name,
        "period_name": period_name,
    }
    return render(request, "ratio.html", context)
