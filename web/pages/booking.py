"""Booking a meeting and changing a booking: one form, which loses nothing that was typed and works without scripts.

The question on state secrets comes first, so that nothing of such a meeting is ever typed here.
"""

from typing import NamedTuple

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.actions import MeetingDraft
from meetings.booking_checks import load_wanted
from meetings.calendar_models import MeetingSeries
from meetings.errors import Conflict, NotAllowed
from meetings.interval import Span
from meetings.kinds import PLANNED, Classification, Form, MeetingKind, MeetingStatus
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
    list_differences,
    make_draft,
    read_booking,
)
from web.pages.booking_series import PREVIEW, describe_reach, preview_series, read_series
from web.pages.booking_terms import terms_of
from web.pages.booking_wish import fill_in, keep_wish
from web.pages.forms import attempt, redirect, status_of, sure
from web.pages.free_slots import FIND, list_notes, parse_slot, propose_for_draft, propose_for_form, write_slot
from web.pages.repeat_form import Repeat, RepeatForm, make_rule
from web.pages.templates import open_template

KEEP = "keep"  # the button that keeps a draft
SAID = {MeetingStatus.DRAFT: "drafted", MeetingStatus.SUBMITTED: "submitted"}  # what was done, by where it led
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
            template_id = read_key(request.query.get("template"))
            async with request.app[DATABASE].read() as session:
                if template_id is not None:
                    booking = await open_template(request, session, template_id)
                await fill_in(session, booking, request.query)
            return await _render(request, booking)
        case "yes":
            return await _render_secret(request, Fields({}))
    return render(request, "booking_question.html", {"wish": keep_wish(request.query)})


async def submit_booking(request: web.Request) -> web.Response:
    actor, fields = actor_of(request), await read_form(request)
    if not permissions.may_book(actor):
        raise NotAllowed
    booking = read_booking(fields)
    if fields.raw("secret") != "no":  # answered first, never assumed
        return redirect("/meetings/new")
    if await _rearrange(request, fields, booking):
        return await _render(request, booking)
    if fields.raw("do") == FIND:
        return await _render(request, booking, found=await propose_for_form(request, fields, booking, None))
    if fields.raw("do") == PREVIEW:
        await preview_series(request, fields, booking)
        booking.errors = fields.errors
        return await _render(request, booking)
    keeps = fields.raw("do") == KEEP
    draft = make_draft(fields, booking, unfinished=keeps)
    if keeps and booking.repeat.is_on:
        fields.refuse("repeat", _("Chuỗi họp không giữ ở dạng dự thảo được. Hãy đặt lịch, hoặc chọn Không lặp lại."))
    series = await read_series(request, fields, booking, draft)

    async def change() -> Meeting | MeetingSeries:
        async with request.app[DATABASE].write() as session:
            now, terms = now_of(request), terms_of(request)
            if keeps:
                return await actions.save_draft(session, actor, sure(draft), now)
            if series is not None:
                return await actions.book_series(session, actor, sure(draft), series, now, terms)
            return await actions.book_meeting(session, actor, sure(draft), now, terms)

    outcome = await attempt(fields, change)
    if isinstance(outcome, MeetingSeries):
        return redirect(f"/series/{outcome.slug}", "series_booked")
    if isinstance(outcome, Meeting):
        return redirect(f"/meetings/{outcome.slug}", SAID.get(outcome.status, "booked"))
    booking.errors = fields.errors
    clash = draft if isinstance(outcome, Conflict) and series is None else None
    return await _render(request, booking, status=status_of(outcome), clash=clash)


async def show_edit(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await _load_editable(request, session)
        reach = await describe_reach(session, bundle, request.query.get("scope", ""), now_of(request))
    if reach is not None and "scope" not in request.query:
        return render(request, "series_question.html", {"bundle": bundle, "reach": reach})
    booking = booking_of(bundle)
    booking.repeat = RepeatForm(Repeat.KEEP, reach=reach)
    return await _render(request, booking, bundle)


async def submit_edit(request: web.Request) -> web.Response:
    actor, slug, fields = actor_of(request), request.match_info["slug"], await read_form(request)
    booking = read_booking(fields)
    async with request.app[DATABASE].read() as session:
        bundle = await _load_editable(request, session)
        reach = await describe_reach(session, bundle, fields.raw("scope"), now_of(request))
    booking.repeat.reach = reach
    if await _rearrange(request, fields, booking):
        return await _render(request, booking, bundle)
    if fields.raw("do") == FIND:
        found = await propose_for_form(request, fields, booking, bundle.id)
        return await _render(request, booking, bundle, found=found)
    drafted = bundle.meeting.status is MeetingStatus.DRAFT
    finishes = drafted and fields.raw("do") != KEEP
    draft = make_draft(fields, booking, unfinished=drafted and not finishes)
    rule = make_rule(fields, booking.repeat, draft.starts_at) if draft is not None and booking.repeat.spreads else None

    async def change() -> Meeting:
        ready, now, terms = sure(draft), now_of(request), terms_of(request)
        async with request.app[DATABASE].write() as session:
            if reach is not None and booking.repeat.spreads:
                reset, scope = booking.repeat.reset, reach.scope
                return await actions.edit_series(
                    session, actor, slug, ready, booking.version, scope, now, rule=rule, reset=reset, terms=terms
                )
            meeting = await actions.edit_meeting(session, actor, slug, ready, booking.version, now, terms)
            if finishes:
                knowingly = booking.knowingly
                return await actions.submit_booking(
                    session, actor, slug, meeting.version, now, knowingly=knowingly, terms=terms
                )
            return meeting

    outcome = await attempt(fields, change)
    if isinstance(outcome, Meeting):
        if booking.repeat.spreads:
            return redirect(f"/meetings/{slug}", "series_edited")
        moved = outcome.status is not bundle.meeting.status
        return redirect(f"/meetings/{slug}", SAID.get(outcome.status, "booked") if moved else "edited")
    booking.errors = fields.errors
    newer = None
    if isinstance(outcome, Conflict) and outcome.field == "version":
        # Saving again replaces the other person's change knowingly: the page says so and shows what differs.
        async with request.app[DATABASE].read() as session:
            newer = await _load_editable(request, session)
        booking.errors.pop("version", None)
        booking.version = newer.meeting.version
    clash = draft if isinstance(outcome, Conflict) and newer is None and not booking.repeat.spreads else None
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
            await actions.note_secret_meeting(session, actor, hall_id, sure(chair_id), sure(span), now_of(request))

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
    if what == "slot" and (slot := parse_slot(which)) is not None:
        booking.take(slot)
        return True
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
    clash: MeetingDraft | None = None,
    newer: MeetingBundle | None = None,
    found: list[Span] | None = None,
) -> web.Response:
    """``clash``: what collided, for which free times and halls are looked for; ``found``: free times asked for."""
    choices = await _load(request, booking)
    booking.values["convening_unit_id"] = booking["convening_unit_id"] or choices.default_convening
    free = await _find_free(request, choices, clash, bundle) if clash else Free([], found or [], [])
    state = bundle.meeting.status if bundle else MeetingStatus.DRAFT
    context = {
        "booking": booking,
        "choices": choices,
        "bundle": bundle,
        "errors": booking.errors,
        "clash": clash is not None,
        "asked": found is not None and not booking.errors,
        "free_halls": free.halls,
        "slots": [(write_slot(slot), slot) for slot in free.slots],
        "notes": free.notes,
        "newer": newer,
        "differences": list_differences(booking, booking_of(newer)) if newer else [],
        "limit": request.app[CONFIG].room_capacity,
        "preview": None if bundle else await preview_series(request, Fields({}), booking),
        "is_draft": state is MeetingStatus.DRAFT,
        "is_fixed": state not in PLANNED,
        "needs_approval": request.app[CONFIG].approval_required
        and not permissions.may_fix_booking(actor_of(request), read_key(booking["chair_id"]) or 0),
    }
    return render(request, "booking.html", context, status)


class Free(NamedTuple):
    """Where a booking collides: halls that are free then, times at which nothing refuses it, what else collides."""

    halls: list[str]
    slots: list[Span]
    notes: list[str]


async def _find_free(request: web.Request, choices: Choices, draft: MeetingDraft, bundle: MeetingBundle | None) -> Free:
    bridge, meeting_id = request.app[CONFIG].bridge_capacity, bundle.id if bundle else None
    async with request.app[DATABASE].read() as session:
        halls = await list_free_halls(session, choices, Span(draft.starts_at, draft.ends_at))
        slots = await propose_for_draft(session, draft, meeting_id, now_of(request), bridge)
        wanted = await load_wanted(session, draft, meeting_id)
        return Free(halls, slots, await list_notes(session, actor_of(request), wanted))


async def _render_secret(request: web.Request, fields: Fields, status: int = 200) -> web.Response:
    values = {name: fields.raw(name) for name in BUSY_FIELDS}
    choices = await _load(request, Booking(values))
    context = {"values": values, "errors": fields.errors, "choices": choices}
    return render(request, "booking_secret.html", context, status)
