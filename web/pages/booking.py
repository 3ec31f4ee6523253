"""Booking a meeting and changing a booking: one form, which loses nothing that was typed and works without scripts.

The question on state secrets comes first, so that nothing of such a meeting is ever typed here.
"""

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.errors import Conflict, NotAllowed
from meetings.kinds import Classification, Form, MeetingKind
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import Meeting
from web.i18n import _
from web.inputs import Fields, read_form, read_key, read_span
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.booking_choices import Choices, list_free_halls, load_choices
from web.pages.booking_form import (
    MOST_AGENDA,
    AgendaRow,
    Booking,
    booking_of,
    draft_or_refuse,
    list_differences,
    make_draft,
    read_booking,
)
from web.pages.forms import attempt, redirect, status_of

BUSY_FIELDS = ("hall_id", "chair_id", "starts_on", "starts_at", "ends_on", "ends_at")


async def show_booking(request: web.Request) -> web.Response:
    """First the question on state secrets; then, by its answer, the form or the guidance."""
    actor = actor_of(request)
    if not permissions.may_book(actor):
        raise NotAllowed
    match request.query.get("secret"):
        case "no":
            booking = Booking({"kind": MeetingKind.BRIEFING, "starts_at": "08:00", "ends_at": "10:00"})
            booking.values |= {"planned_form": Form.ONLINE, "classification": Classification.INTERNAL}
            booking.values["secretary_id"] = str(actor.person_id or "")
            return await _render(request, booking)
        case "yes":
            return await _render_secret(request, Fields({}))
    return render(request, "booking_question.html", {})


async def submit_booking(request: web.Request) -> web.Response:
    actor, fields = actor_of(request), await read_form(request)
    if not permissions.may_book(actor):
        raise NotAllowed
    booking = read_booking(fields)
    if fields.raw("secret") != "no":  # answered first, never assumed
        return redirect("/meetings/new")
    if await _rearrange(request, fields, booking):
        return await _render(request, booking)
    draft = make_draft(fields, booking)

    async def change() -> Meeting:
        async with request.app[DATABASE].write() as session:
            limit = request.app[CONFIG].room_capacity
            return await actions.book_meeting(session, actor, draft_or_refuse(draft), now_of(request), limit=limit)

    outcome = await attempt(fields, change)
    if isinstance(outcome, Meeting):
        return redirect(f"/meetings/{outcome.slug}", "booked")
    booking.errors = fields.errors
    return await _render(request, booking, status=status_of(outcome), clash=isinstance(outcome, Conflict))


async def show_edit(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await _load_editable(request, session)
    return await _render(request, booking_of(bundle), bundle)


async def submit_edit(request: web.Request) -> web.Response:
    actor, slug, fields = actor_of(request), request.match_info["slug"], await read_form(request)
    async with request.app[DATABASE].read() as session:
        bundle = await _load_editable(request, session)
    booking = read_booking(fields)
    if await _rearrange(request, fields, booking):
        return await _render(request, booking, bundle)
    draft = make_draft(fields, booking)

    async def change() -> Meeting:
        async with request.app[DATABASE].write() as session:
            limit = request.app[CONFIG].room_capacity
            return await actions.edit_meeting(
                session, actor, slug, draft_or_refuse(draft), booking.version, now_of(request), limit=limit
            )

    outcome = await attempt(fields, change)
    if isinstance(outcome, Meeting):
        return redirect(f"/meetings/{slug}", "edited")
    booking.errors = fields.errors
    newer = None
    if isinstance(outcome, Conflict) and outcome.field == "version":
        # Saving again replaces the other person's change knowingly: the page says so and shows what differs.
        async with request.app[DATABASE].read() as session:
            newer = await _load_editable(request, session)
        booking.errors.pop("version", None)
        booking.version = newer.meeting.version
    clash = isinstance(outcome, Conflict) and newer is None
    return await _render(request, booking, newer or bundle, status=status_of(outcome), clash=clash, newer=newer)


async def submit_busy(request: web.Request) -> web.Response:
    """Keep hall and chair free for a meeting that is not created here."""
    actor, fields = actor_of(request), await read_form(request)
    if not permissions.may_book(actor):
        raise NotAllowed
    chair_id = fields.key("chair_id", _("Hãy chọn người chủ trì."))
    hall_id = fields.key("hall_id")
    span = read_span(fields, "starts_on", "starts_at", "ends_on", "ends_at")

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            if chair_id is not None and span is not None:
                await actions.note_secret_meeting(session, actor, hall_id, chair_id, span, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return await _render_secret(request, fields, status_of(outcome))
    return redirect("/meetings", "busy")


async def _load_editable(request: web.Request, session: AsyncSession) -> MeetingBundle:
    bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
    if not permissions.may_edit_meeting(actor_of(request), bundle.meeting):
        raise NotAllowed
    return bundle


async def _rearrange(request: web.Request, fields: Fields, booking: Booking) -> bool:
    """The buttons that change the form and save nothing, for browsers without scripts. False: it is to be saved."""
    what, _sign, which = fields.raw("do").partition(":")
    index = (read_key(which) or 0) - 1
    rows = booking.agenda
    match what:
        case "agenda_add" if len(rows) < MOST_AGENDA:
            rows.append(AgendaRow())
        case "agenda_remove" if 0 <= index < len(rows):
            del rows[index]
            booking.agenda = rows or [AgendaRow()]
        case "agenda_up" if 1 <= index < len(rows):
            rows[index - 1], rows[index] = rows[index], rows[index - 1]
        case "agenda_down" if 0 <= index < len(rows) - 1:
            rows[index + 1], rows[index] = rows[index], rows[index + 1]
        case "units_all" | "units_none":
            await _choose_group(request, booking, which, what == "units_all")
        case _:
            return False
    return True


async def _choose_group(request: web.Request, booking: Booking, group: str, chosen: bool) -> None:
    choices = await _load(request, booking)
    for each in choices.groups:
        if each.code != group:
            continue
        for choice in each.units:
            booking.units.pop(choice.unit.id, None)
            if chosen and str(choice.unit.id) != booking["convening_unit_id"]:  # it does not invite itself
                booking.units[choice.unit.id] = str(choice.sites[0].id) if choice.sites else ""


async def _load(request: web.Request, booking: Booking) -> Choices:
    async with request.app[DATABASE].read() as session:
        return await load_choices(session, actor_of(request), booking.day, now_of(request))


async def _render(
    request: web.Request,
    booking: Booking,
    bundle: MeetingBundle | None = None,
    *,
    status: int = 200,
    clash: bool = False,
    newer: MeetingBundle | None = None,
) -> web.Response:
    choices = await _load(request, booking)
    booking.values["convening_unit_id"] = booking["convening_unit_id"] or choices.default_convening
    free = await _find_free_halls(request, booking, choices) if clash else []
    context = {
        "booking": booking,
        "choices": choices,
        "bundle": bundle,
        "errors": booking.errors,
        "clash": clash,
        "free_halls": free,
        "newer": newer,
        "differences": list_differences(booking, booking_of(newer)) if newer else [],
        "limit": request.app[CONFIG].room_capacity,
    }
    return render(request, "booking.html", context, status)


async def _find_free_halls(request: web.Request, booking: Booking, choices: Choices) -> list[str]:
    fields = Fields(booking.values)
    span = read_span(fields, "starts_on", "starts_at", "ends_on", "ends_at")
    if span is None:
        return []
    async with request.app[DATABASE].read() as session:
        return await list_free_halls(session, choices, span)


async def _render_secret(request: web.Request, fields: Fields, status: int = 200) -> web.Response:
    values = {name: fields.raw(name) for name in BUSY_FIELDS}
    choices = await _load(request, Booking(values))
    context = {"values": values, "errors": fields.errors, "choices": choices}
    return render(request, "booking_secret.html", context, status)
