"""The meetings behind each number of the indicator, each with why it counts and the attendance that this rests on."""

from functools import partial

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.actions import Evidence, Wanted
from meetings.errors import NotAllowed
from meetings.kinds import Mode
from meetings.meeting_store import is_visible
from meetings.people_store import list_levels, load_actor
from meetings.permissions import may_view_ratio
from web.inputs import Fields, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.ratio_choice import names_of, read_choice
from web.pages.ratio_words import name_list, outcome_name, tell_reason, tell_subject


async def show_evidence(request: web.Request) -> web.Response:
    """``/ratio/meetings?…&which=…[&unit=…[&mode=…]]``: the meetings behind a number, each with why it counts."""
    actor, fields = actor_of(request), Fields(request.query)
    if not may_view_ratio(actor):
        raise NotAllowed
    which, unit_id = fields.raw("which") or "all", read_key(fields.raw("unit"))
    mode = Mode(fields.raw("mode")) if fields.raw("mode") in set(Mode) else None
    async with request.app[DATABASE].read() as session:
        choice = await read_choice(session, request)
        listed = await actions.list_ratio_meetings(
            session,
            actor,
            choice.upper,
            choice.lower,
            choice.period,
            choice.profile,
            Wanted(which, unit_id, mode),
            now=now_of(request),
            rule=request.app[CONFIG].ratio_rule,
            threshold=request.app[CONFIG].threshold,
            page=read_key(fields.raw("page")) or 1,
        )
        found = listed.found
        names = names_of(await list_levels(session))
        confirmers = await _name_confirmers(session, found)
    visible = {each.bundle.id for each in found if is_visible(actor, each.bundle)}
    context = {
        "choice": choice,
        "found": found,
        "listed": listed,
        "address": partial(choice.address, "/ratio/meetings", which=which, unit=unit_id or "", mode=mode or ""),
        "which": which,
        "title": name_list(which),
        "unit_name": _name_unit(found, unit_id),
        "subject": tell_subject(choice, names),
        "visible": visible,
        "confirmers": confirmers,
        "reason_of": partial(tell_reason, rule=request.app[CONFIG].ratio_rule),
        "outcome_name": outcome_name,
    }
    return render(request, "ratio_meetings.html", context)


def _name_unit(found: list[Evidence], unit_id: int | None) -> str:
    names = {invited.unit.id: invited.unit.name for each in found for invited in each.bundle.invitations}
    return names.get(unit_id or 0, "")


async def _name_confirmers(session: AsyncSession, found: list[Evidence]) -> dict[int, str]:
    """The names of those who confirmed attendance, by account."""
    accounts = {each.bundle.meeting.attendance_confirmed_by for each in found} - {None}
    actors = {account: await load_actor(session, account) for account in accounts if account is not None}
    return {account: actor.name for account, actor in actors.items() if actor is not None}
