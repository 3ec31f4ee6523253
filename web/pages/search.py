"""Searching everything at once: titles, papers, minutes, transcripts; what is found leads to its very place.

``search.html``
    ``filters``  what the address says, as typed; ``kinds`` to choose from
    ``lines``    [Line], the newest meeting first; ``None`` before anything was looked for
    ``older``    the address of what is older, empty when that was all
    ``any_marks``  nothing has just these marks: what is shown differs in them
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web

from meetings.errors import N_, Invalid
from meetings.periods import start_of_day
from transcripts.search.actions import Found, Hit, search
from transcripts.search.query import read_query
from transcripts.search.store import Range
from transcripts.search_models import EntryKind
from web.i18n import _
from web.inputs import Fields
from web.keys import DATABASE, actor_of
from web.layout import render
from web.pages.forms import explain

KINDS = {
    EntryKind.MEETING: (N_("Cuộc họp, chương trình"), "calendar"),
    EntryKind.PAPER: (N_("Tài liệu họp"), "file-text"),
    EntryKind.MINUTES: (N_("Biên bản"), "badge-check"),
    EntryKind.TRANSCRIPT: (N_("Bản gỡ băng"), "mic"),
}


@dataclass(frozen=True)
class Line:
    """``where`` says in which part of the meeting's record it stands; ``url`` leads there."""

    hit: Hit
    kind: str
    icon: str
    where: str
    url: str


async def show_search(request: web.Request) -> web.Response:
    """``/search?q=…&kind=…&from=…&to=…&before=…``; days are those of the meeting's start, both included."""
    fields = Fields(request.query)
    wanted = fields.raw("kind")
    kinds = (EntryKind(wanted),) if wanted in set(EntryKind) else ()
    first, last = fields.day("from"), fields.day("to")
    found = None
    if fields.raw("q") and not fields.errors:
        within = Range(
            start=start_of_day(first) if first else None,
            end=start_of_day(last + timedelta(days=1)) if last else None,
            kinds=kinds,
            before=read_before(fields.raw("before")),
        )
        found = await _look(request, fields, within)
    context = {
        "filters": {"q": fields.raw("q"), "kind": wanted if kinds else "", "from": first, "to": last},
        "kinds": [(kind.value, _(name)) for kind, (name, _icon) in KINDS.items()],
        "errors": fields.errors,
        "lines": [_make_line(hit) for hit in found.hits] if found else None,
        "older": _write_address(fields, found.before) if found and found.before else "",
        "any_marks": found.any_marks if found else False,
    }
    return render(request, "search.html", context, 422 if fields.errors else 200)


async def _look(request: web.Request, fields: Fields, within: Range) -> Found | None:
    try:
        query = read_query(fields.raw("q"))
    except Invalid as refusal:
        fields.refuse("q", explain(refusal))
        return None
    async with request.app[DATABASE].read() as session:
        return await search(session, actor_of(request), query, within)


def read_before(text: str) -> int | None:
    """The key of an entry; anything else counts as not said."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _write_address(fields: Fields, before: int) -> str:
    values = {name: fields.raw(name) for name in ("q", "kind", "from", "to")}
    return "/search?" + urlencode({name: value for name, value in values.items() if value} | {"before": before})


def _make_line(hit: Hit) -> Line:
    entry, home = hit.entry, f"/meetings/{hit.bundle.slug}"
    name, icon = KINDS[entry.kind]
    match entry.kind:
        case EntryKind.MEETING:
            where, url = "", home
        case EntryKind.PAPER:
            where, url = _("trang {n}", n=entry.place) if entry.place else "", f"{home}/papers/{entry.ref}"
            url += f"#page={entry.place}" if entry.place else ""
        case EntryKind.MINUTES:
            where, url = entry.place, f"{home}/minutes?version={entry.version}"
        case EntryKind.TRANSCRIPT:
            where, url = entry.place, f"{home}/minutes"
            url += f"#segment-{hit.sentence.segment}" if hit.sentence else ""
    return Line(hit, _(name), icon, where, url)
