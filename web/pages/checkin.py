"""Who comes into the hall: the code on its screen and the list to tick, and the page on a visitor's phone.

``checkin.html`` (and ``checkin_screen.html``, the same large, for the screen at the door)
    ``bundle``, ``meeting``, ``state`` ("early", "open", "closed"), ``opens_at``, ``code`` (SVG or "")
    ``here``, ``total``, ``now``
    ``waiting``     the first who put themselves on the list: ``(delegate, unit's name)``; ``waiting_total``,
                    ``waiting_last`` (the last one's key), ``may_confirm``
    ``rows``        ``(delegate, unit's name)`` of those expected in the hall, by name; ``text`` the search
``checkin_code.html``
    the code and the count alone, asked for again every few seconds

``checkin_phone.html`` (no account needed)
    ``state``       also "unknown", "stale" (an old code), "done"
    ``bundle``, ``delegate`` (who checked in here), ``people``: ``(delegate, unit's name)``, ``units``
    ``many``, ``text``, ``values``, ``errors``
    form: POST ``/c/{token}`` with ``delegate``, or with ``full_name``, ``unit`` and ``position``
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import segno
from aiohttp import web
from markupsafe import Markup
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.attendance_codes import TICKET_AGE, is_fresh, is_genuine, make_code, make_ticket, read_code, read_ticket
from meetings.checkin_actions import OPENS_BEFORE
from meetings.errors import NotAllowed, NotFound
from meetings.folding import fold
from meetings.invitation_models import Delegate
from meetings.invitations.delegate_store import is_expected, list_people_at
from meetings.meeting_store import MeetingBundle, get_meeting_by_id, load_visible
from web.i18n import _
from web.inputs import LARGEST_KEY, clean, read_cookie, read_form, read_key
from web.keys import DATABASE, actor_of, now_of, origin_of
from web.layout import render
from web.middlewares import set_cookie
from web.pages.forms import attempt, redirect, status_of
from web.pages.guesses import note_guess

COOKIE = "giaoban_checkin"
MOST_SHOWN = 40  # names on a phone; with more, one types some letters first
FIELDS = ("full_name", "unit", "position", "delegate")
STATUS = {"open": 200, "done": 200, "early": 200, "closed": 410, "stale": 410, "unknown": 404}


async def show_checkin(request: web.Request) -> web.Response:
    templates = {"code": "checkin_code.html", "screen": "checkin_screen.html"}
    template = templates.get(request.query.get("part", ""), "checkin.html")
    async with request.app[DATABASE].read() as session:
        context = await _describe_door(request, session)
    return render(request, template, context)


async def submit_checkin(request: web.Request) -> web.Response:
    """Renew the codes, tick a name or take the tick back, confirm whoever put itself on the list."""
    actor, fields, slug, now = actor_of(request), await read_form(request), request.match_info["slug"], now_of(request)
    do, delegate_id = fields.raw("do"), read_key(fields.raw("delegate"))
    async with request.app[DATABASE].write() as session:
        if do == "renew":
            again = bool((await load_visible(session, actor, slug)).meeting.checkin_key)
            await actions.renew_codes(session, actor, slug, now)
        elif delegate_id is None:
            raise NotFound
        elif do == "clear":
            await actions.clear_door(session, actor, slug, delegate_id, now)
        elif do in ("accept", "reject"):
            await actions.confirm_at_door(session, actor, slug, delegate_id, do == "accept", now)
        else:
            await actions.tick_person(session, actor, slug, delegate_id, do == "tick", now)
    back = f"/meetings/{slug}/checkin"
    if do == "renew":
        return redirect(back, "checkin_codes" if again else "checkin_opened")
    return redirect(f"{back}#list")


async def _describe_door(request: web.Request, session: AsyncSession) -> dict[str, Any]:
    actor, now = actor_of(request), now_of(request)
    bundle = await load_visible(session, actor, request.match_info["slug"])
    meeting = bundle.meeting
    if not permissions.may_run_checkin(actor, meeting):
        raise NotAllowed
    text = clean(request.query.get("q", ""))[:100]
    people = await list_people_at(session, bundle.id, meeting.hall_id or 0)
    expected, waiting = list_expected(people), [row for row in people if row.to_confirm]
    state = actions.door_state(meeting, now)
    names = name_units(bundle)
    return {
        "bundle": bundle,
        "meeting": meeting,
        "state": state,
        "opens_at": meeting.starts_at - OPENS_BEFORE,
        "code": draw_code(request, bundle) if state == "open" and meeting.checkin_key else "",
        "here": sum(row.arrived_at is not None for row in expected),
        "total": len(expected),
        "now": now,
        "waiting": [(row, names.get(row.unit_id, "")) for row in waiting[:MOST_SHOWN]],
        "waiting_total": len(waiting),
        "waiting_last": max((row.id or 0 for row in waiting), default=0),
        "may_confirm": permissions.may_confirm_people(actor, meeting),
        "rows": [(row, names.get(row.unit_id, "")) for row in expected if fold(text) in fold(row.full_name)],
        "text": text,
    }


def draw_code(request: web.Request, bundle: MeetingBundle) -> Markup:
    """The address of this half minute as a QR code."""
    code = make_code(bundle.id, bundle.meeting.checkin_key, now_of(request))
    drawing = segno.make(f"{origin_of(request)}/c/{code}", error="m", micro=False)
    return Markup(drawing.svg_inline(border=3, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704 - our drawing


def name_units(bundle: MeetingBundle) -> dict[int, str]:
    return {bundle.convening.id: bundle.convening.name} | {each.unit.id: each.unit.name for each in bundle.invitations}


def list_expected(people: Sequence[Delegate]) -> list[Delegate]:
    """Whom the door waits for, by given name as lists are."""
    rows = [row for row in people if is_expected(row)]
    return sorted(rows, key=lambda row: (fold(row.full_name).split()[::-1], row.id))


@dataclass(frozen=True)
class Entry:
    """Somebody with a scanned code. ``delegate_id``: who checked in on this phone; ``renewed``: it needs a ticket."""

    state: str
    bundle: MeetingBundle | None = None
    delegate_id: int | None = None
    renewed: bool = False


async def show_phone(request: web.Request) -> web.Response:
    return await _render_phone(request, await _enter(request), dict.fromkeys(FIELDS, ""), {})


async def submit_phone(request: web.Request) -> web.Response:
    entry, fields, token = await _enter(request), await read_form(request), request.match_info["token"]
    values = {name: fields.raw(name) for name in FIELDS}
    if entry.state != "open" or entry.bundle is None:
        return await _render_phone(request, entry, values, {})
    meeting_id, key, chosen = entry.bundle.id, entry.bundle.meeting.checkin_key, fields.key("delegate")
    if chosen is None and not values["full_name"]:
        fields.refuse("delegate", _("Hãy chọn tên của ông (bà) trong danh sách."))

    async def change() -> Delegate:
        now = now_of(request)
        async with request.app[DATABASE].write() as session:
            if chosen is not None:
                return await actions.check_in(session, meeting_id, chosen, now)
            name, position = (" ".join(values[each].split()) for each in ("full_name", "position"))
            return await actions.add_at_door(session, meeting_id, fields.key("unit") or 0, name, position, now)

    outcome = await attempt(fields, change)
    if not isinstance(outcome, Delegate):
        return await _render_phone(request, entry, values, fields.errors, status_of(outcome))
    response = redirect(f"/c/{token}")
    _give_ticket(request, response, make_ticket(meeting_id, key, now_of(request), outcome.id))
    return response


async def _enter(request: web.Request) -> Entry:
    """What a scanned code is good for. One that no screen of ours showed counts as a guess."""
    code, now = read_code(request.match_info["token"]), now_of(request)
    bundle = None
    if code is not None and 0 < code.meeting_id <= LARGEST_KEY:
        async with request.app[DATABASE].read() as session:
            try:
                bundle = await get_meeting_by_id(session, code.meeting_id)
            except NotFound:
                bundle = None  # as any other code that is none
    if code is None or bundle is None or not is_genuine(code, bundle.meeting.checkin_key):
        note_guess(request)
        return Entry("unknown")
    state = actions.door_state(bundle.meeting, now)
    ticket = read_ticket(read_cookie(request, COOKIE), bundle.id, bundle.meeting.checkin_key, now)
    if ticket is not None and ticket.delegate_id is not None:
        return Entry("done", bundle, ticket.delegate_id)
    if state != "open":
        return Entry(state, bundle)
    if ticket is None and not is_fresh(code, now):
        return Entry("stale", bundle)
    return Entry("open", bundle, renewed=ticket is None)


async def _render_phone(
    request: web.Request, entry: Entry, values: Mapping[str, str], errors: Mapping[str, str], status: int = 0
) -> web.Response:
    bundle, text = entry.bundle, clean(request.query.get("q", ""))[:100]
    people: list[Delegate] = []
    if bundle is not None and entry.state in ("open", "done"):
        async with request.app[DATABASE].read() as session:
            people = await list_people_at(session, bundle.id, bundle.meeting.hall_id or 0)
    expected = list_expected(people)
    found = [row for row in expected if fold(text) in fold(row.full_name)]
    names = name_units(bundle) if bundle else {}
    many = len(found) > MOST_SHOWN
    context = {
        "state": entry.state,
        "bundle": bundle,
        "meeting": bundle.meeting if bundle else None,
        "opens_at": bundle.meeting.starts_at - OPENS_BEFORE if bundle else None,
        "delegate": next((row for row in people if row.id == entry.delegate_id), None),
        "people": [] if many else [(row, names.get(row.unit_id, "")) for row in found],
        "many": many,
        "total": len(expected),
        "text": text,
        "units": list(names.items()),
        "values": values,
        "errors": errors,
        "token": request.match_info["token"],
    }
    response = render(request, "checkin_phone.html", context, status or STATUS[entry.state])
    if entry.renewed and bundle is not None:
        _give_ticket(request, response, make_ticket(bundle.id, bundle.meeting.checkin_key, now_of(request)))
    return response


def _give_ticket(request: web.Request, response: web.Response, ticket: str) -> None:
    set_cookie(request, response, COOKIE, ticket, int(TICKET_AGE.total_seconds()), "/c")
