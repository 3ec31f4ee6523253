"""What units ask the chair: to be excused, or to send somebody in a head's place; and the chair's word.

``requests.html``
    ``bundle``, ``meeting``, ``rows``: ``(request, unit's name, may withdraw)``, those that wait first
    ``places``          people of the list whose place waits for the chair's word: ``(delegate, unit's name, site)``
    ``may_decide``, ``is_chair``, ``units`` (those one may ask for), ``people`` (names to choose from), ``values``,
    ``errors``, ``refused`` (the key of a request whose refusal has a fault)
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.errors import NotAllowed
from meetings.invitation_models import Consent, Delegate
from meetings.invitations import delegates, requests
from meetings.invitations.requests import RequestDraft
from meetings.meeting_store import MeetingBundle, load_visible
from web.inputs import Fields, key_of, read_form
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of

FIELDS = ("unit", "full_name", "position", "is_head", "reason", "substitute_name", "substitute_position")


async def show_requests(request: web.Request) -> web.Response:
    values = dict.fromkeys(FIELDS, "") | {"unit": request.query.get("unit", ""), "is_head": "1"}
    return await _render(request, values, {})


async def submit_request(request: web.Request) -> web.Response:
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    unit_id, draft = fields.key("unit") or 0, _read_draft(fields)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await requests.ask_chair(session, actor, slug, unit_id, draft, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        values = {name: fields.raw(name) for name in FIELDS}
        return await _render(request, values, fields.errors, status_of(outcome))
    return redirect(f"/meetings/{slug}/requests", "asked")


def _read_draft(fields: Fields) -> RequestDraft:
    def line(name: str) -> str:
        return " ".join(fields.raw(name).split())

    return RequestDraft(
        full_name=line("full_name"),
        position=line("position"),
        is_head=fields.flag("is_head"),
        reason=fields.raw("reason"),
        substitute_name=line("substitute_name"),
        substitute_position=line("substitute_position"),
    )


async def submit_decision(request: web.Request) -> web.Response:
    """The chair's word, or a secretary's on it."""
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    request_id, given, note = key_of(request), fields.flag("given"), fields.raw("note")

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await requests.decide_request(session, actor, slug, request_id, given, note, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        values = dict.fromkeys(FIELDS, "") | {"is_head": "1"}
        return await _render(
            request, values, {}, status_of(outcome), (request_id, note, next(iter(fields.errors.values())))
        )
    return redirect(f"/meetings/{slug}/requests", "consented")


async def submit_withdrawal(request: web.Request) -> web.Response:
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].write() as session:
        await requests.withdraw_request(session, actor, slug, key_of(request), now_of(request))
    return redirect(f"/meetings/{slug}/requests", "withdrawn")


async def _render(
    request: web.Request,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
    refused: tuple[int, str, str] = (0, "", ""),
) -> web.Response:
    """``refused``: the request whose decision has a fault, with what was typed and the fault."""
    async with request.app[DATABASE].read() as session:
        context = await _describe(request, session)
    context |= {"values": values, "errors": errors, "refused": refused}
    return render(request, "requests.html", context, status)


async def _describe(request: web.Request, session: AsyncSession) -> dict[str, Any]:
    """Everything for the chair and the secretaries; a unit sees what it asked itself."""
    actor = actor_of(request)
    bundle = await load_visible(session, actor, request.match_info["slug"])
    meeting, names = bundle.meeting, {each.unit.id: each.unit.name for each in bundle.invitations}
    seen = [unit_id for unit_id in names if permissions.may_view_people(actor, meeting, unit_id)]
    if not seen and not permissions.may_decide_places(actor, meeting):
        raise NotAllowed
    asked = [row for row in await requests.list_requests(session, bundle.id) if row.unit_id in seen]
    asked.sort(key=lambda row: (row.state is not Consent.PENDING, row.asked_at, row.id))
    units = [unit_id for unit_id in names if permissions.may_ask_chair(actor, meeting, unit_id, names)]
    people = await delegates.list_people(session, bundle.id)
    return {
        "bundle": bundle,
        "meeting": meeting,
        "rows": [(row, names[row.unit_id], row.unit_id in units) for row in asked],
        "places": _list_places(bundle, [row for row in people if row.unit_id in seen], names),
        "may_decide": permissions.may_decide_places(actor, meeting),
        "is_chair": permissions.is_chair(actor, meeting),
        "units": [(unit_id, names[unit_id]) for unit_id in units],
        "people": sorted({row.full_name for row in people if row.unit_id in units})[:200],
    }


def _list_places(bundle: MeetingBundle, people: list[Delegate], names: Mapping[int, str]) -> list[tuple[Any, str, Any]]:
    return [
        (row, names[row.unit_id], delegates.find_place(bundle, row)) for row in people if row.consent is Consent.PENDING
    ]
