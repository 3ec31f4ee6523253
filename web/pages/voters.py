"""Who votes in a meeting: chosen by name among the people of the units that are invited.

``voters.html``
    ``meeting``     the MeetingBundle
    ``groups``      pairs of a unit's name and its people; ``chosen`` the keys of those who vote
    ``errors``      a refused form: field to sentence
"""

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.course_store import list_voters
from meetings.errors import NotAllowed
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import Person
from web.i18n import _
from web.inputs import read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of


async def show_voters(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await _load(request, session)
        chosen = {person.id or 0 for person in await list_voters(session, bundle.id)}
    return await _render(request, chosen, {})


async def submit_voters(request: web.Request) -> web.Response:
    actor, slug, fields = actor_of(request), request.match_info["slug"], await read_form(request)
    chosen = {key for key in map(read_key, fields.all("voter")) if key is not None}

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await actions.name_voters(session, actor, slug, chosen, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return await _render(request, chosen, fields.errors, status_of(outcome))
    return redirect(f"/meetings/{slug}", "voters")


async def _load(request: web.Request, session: AsyncSession) -> MeetingBundle:
    bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
    if not permissions.may_name_voters(actor_of(request), bundle.meeting):
        raise NotAllowed
    return bundle


async def _render(request: web.Request, chosen: set[int], errors: dict[str, str], status: int = 200) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await _load(request, session)
        people = await actions.list_candidates(session, bundle)
    context = {"meeting": bundle, "groups": group_people(bundle, people), "chosen": chosen, "errors": errors}
    return render(request, "voters.html", context, status)


def group_people(bundle: MeetingBundle, people: list[Person]) -> list[tuple[str, list[Person]]]:
    """By unit: the convening one, then the invited ones in official order, then whoever is of none of them."""
    units = [bundle.convening, *(each.unit for each in bundle.invitations)]
    groups = [(unit.name, [person for person in people if person.unit_id == unit.id]) for unit in units]
    known = {unit.id for unit in units}
    groups.append((_("Chủ trì, thư ký"), [person for person in people if person.unit_id not in known]))
    return [(name, members) for name, members in groups if members]
