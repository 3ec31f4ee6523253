"""The exchange axis: packages that wait, left or were refused, and the identifiers of units.

Who may read the register sees the packages, a clerk those of the own organs; identifiers are set by those who keep the
units.
"""

from collections.abc import Mapping

from aiohttp import web

from meetings import permissions
from meetings.documents.wording import name_document
from meetings.errors import Conflict, NotAllowed
from meetings.exchange.identifiers import set_organ_id
from meetings.exchange.outbox import retry_message
from meetings.exchange.store import list_newest
from meetings.people_store import load_tree
from web.i18n import _, today
from web.inputs import read_form, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.document_view import page_of
from web.pages.exchange_view import show_message
from web.pages.forms import attempt, redirect, status_of, sure

MOST = 200


async def show_exchange(request: web.Request) -> web.Response:
    return await _render(request, {}, {})


async def _render(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    actor, config = actor_of(request), request.app[CONFIG]
    lists, sets = permissions.may_list_documents(actor), permissions.may_manage_units(actor)
    if not lists and not sets:
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        tree = await load_tree(session, today(now_of(request)))
        unit_ids = tree.acted_for(actor.unit_id)
        own = None if actor.has(*permissions.OVERSEERS) else sorted(unit_ids)
        found = await list_newest(session, own, MOST) if lists else []
    coded = [(unit, unit.codes.get(config.exchange_scheme, "")) for unit in tree]
    context = {
        "rows": [
            {
                "shown": show_message(message),
                "name": name_document(document),
                "url": page_of(document, slug),
                "may_retry": permissions.may_keep_documents(actor, unit_ids, document.organ_unit_id),
            }
            for message, document, slug in found
        ],
        "is_on": config.exchanges,
        "lists": lists,
        "sets": sets,
        "units": [(unit.id, unit.name) for unit in tree] if sets else [],
        "coded": [(unit, code) for unit, code in coded if code],
        "missing": sum(not code for _unit, code in coded),
        "values": values,
        "errors": errors,
    }
    return render(request, "exchange.html", context, status)


async def submit_retry(request: web.Request) -> web.Response:
    """Send a package again, or at once if it waits."""
    message_id, actor = read_key(request.match_info["id"]), actor_of(request)
    async with request.app[DATABASE].write() as session:
        try:
            await retry_message(session, actor, message_id or 0, now_of(request))
        except Conflict:  # it has left meanwhile: the page shows that
            return redirect("/exchange")
    return redirect("/exchange", "exchange_retried")


async def submit_identifier(request: web.Request) -> web.Response:
    fields, actor = await read_form(request), actor_of(request)
    if not permissions.may_manage_units(actor):
        raise NotAllowed
    unit_id = fields.key("unit_id", _("Hãy chọn đơn vị."))
    organ_id = fields.text("organ_id", 35)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            scheme = request.app[CONFIG].exchange_scheme
            await set_organ_id(session, actor, sure(unit_id), scheme, organ_id, now_of(request))

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect("/exchange", "exchange_identified")
    typed = {name: fields.raw(name) for name in ("unit_id", "organ_id")}
    return await _render(request, typed, fields.errors, status_of(outcome))
