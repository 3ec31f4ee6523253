"""Templates of bookings: the list, one made from a meeting, its name, and the booking form filled in with it."""

from dataclasses import dataclass

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.calendar_models import MeetingTemplate
from meetings.errors import NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.people_store import load_tree
from meetings.template_actions import TIME, draft_from, list_templates, load_template, rule_from
from web.i18n import today
from web.inputs import Fields, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.booking_form import Booking, booking_from
from web.pages.forms import attempt, redirect, status_of
from web.pages.repeat_form import repeat_of
from web.pages.series_words import describe_days


@dataclass(frozen=True)
class Entry:
    """A template as the list shows it; ``owner`` is empty for everybody's."""

    template: MeetingTemplate
    title: str
    when: str
    repeats: str
    units: int
    items: int
    owner: str
    may_manage: bool


async def show_templates(request: web.Request) -> web.Response:
    return await _render_list(request)


async def show_new(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await _load_meeting(request, session, request.query.get("meeting", ""))
    return _render_new(request, bundle, bundle.meeting.title[:150], False, Fields({}))


async def submit_new(request: web.Request) -> web.Response:
    fields = await read_form(request)
    slug, name, everybody = request.query.get("meeting", ""), fields.raw("name"), fields.flag("everybody")
    async with request.app[DATABASE].read() as session:
        bundle = await _load_meeting(request, session, slug)

    async def change() -> MeetingTemplate:
        async with request.app[DATABASE].write() as session:
            return await actions.make_template(session, actor_of(request), slug, name, everybody, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return _render_new(request, bundle, name, everybody, fields, status_of(outcome))
    return redirect("/templates", "template_made")


async def submit_rename(request: web.Request) -> web.Response:
    fields, template_id = await read_form(request), _read_id(request)

    async def change() -> MeetingTemplate:
        async with request.app[DATABASE].write() as session:
            return await actions.rename_template(
                session, actor_of(request), template_id, fields.raw("name"), now_of(request)
            )

    outcome = await attempt(fields, change)
    if fields.errors:
        errors = {f"name-{template_id}": message for message in fields.errors.values()}
        typed = {template_id: fields.raw("name")}
        return await _render_list(request, errors, typed, status_of(outcome))
    return redirect("/templates", "template_renamed")


async def submit_delete(request: web.Request) -> web.Response:
    async with request.app[DATABASE].write() as session:
        await actions.delete_template(session, actor_of(request), _read_id(request), now_of(request))
    return redirect("/templates", "template_deleted")


async def open_template(request: web.Request, session: AsyncSession, template_id: int) -> Booking:
    """The form filled in with a template. On which day the meeting is, and when a series ends, is said each time."""
    template = await load_template(session, actor_of(request), template_id)
    now = now_of(request)
    booking, rule = booking_from(draft_from(template, now)), rule_from(template)
    booking.values["starts_on"] = ""
    tree = await load_tree(session, today(now))
    booking.units = {unit_id: place for unit_id, place in booking.units.items() if unit_id in tree}
    if rule is not None:
        booking.repeat = repeat_of(rule)
    return booking


async def _load_meeting(request: web.Request, session: AsyncSession, slug: str) -> MeetingBundle:
    if not permissions.may_book(actor_of(request)):
        raise NotAllowed
    return await load_visible(session, actor_of(request), slug)


async def _render_list(
    request: web.Request,
    errors: dict[str, str] | None = None,
    typed: dict[int, str] | None = None,
    status: int = 200,
) -> web.Response:
    actor = actor_of(request)
    if not permissions.may_book(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        tree = await load_tree(session, today(now_of(request)))
        entries = []
        for each in await list_templates(session, actor):
            unit, rule = tree.get(each.unit_id), rule_from(each)
            entries.append(
                Entry(
                    template=each,
                    title=each.draft.get("title", ""),
                    when=each.draft.get(TIME, ""),
                    repeats=describe_days(rule) if rule else "",
                    units=len(each.draft.get("invitations", ())),
                    items=len(each.draft.get("agenda", ())),
                    owner=unit.short_name or unit.name if unit else "",
                    may_manage=permissions.may_manage_template(actor, each.unit_id),
                )
            )
    return render(request, "templates.html", {"entries": entries, "errors": errors or {}, "typed": typed or {}}, status)


def _render_new(
    request: web.Request, bundle: MeetingBundle, name: str, everybody: bool, fields: Fields, status: int = 200
) -> web.Response:
    context = {
        "bundle": bundle,
        "name": name,
        "everybody": everybody,
        "errors": fields.errors,
        "may_share": permissions.may_manage_template(actor_of(request), None),
    }
    return render(request, "template_new.html", context, status)


def _read_id(request: web.Request) -> int:
    template_id = read_key(request.match_info["id"])
    if template_id is None:
        raise NotFound
    return template_id
