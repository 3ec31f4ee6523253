"""Free times near the wanted one: proposed where a booking collides, and when they are asked for."""

from dataclasses import replace
from datetime import datetime, timedelta

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.availability import Booked, find_free_slots
from meetings.booking_checks import draft_of, load_wanted
from meetings.clash_store import find_taken, list_booked, tell_clashes, wanted_of
from meetings.deadline_store import load_working_days
from meetings.interval import Span
from meetings.meeting_store import MeetingBundle
from meetings.permissions import Actor
from web.inputs import Fields, read_span
from web.keys import CONFIG, DATABASE, now_of
from web.pages.booking_form import Booking, make_outline
from web.pages.calendar_grid import QUARTER
from web.pages.forms import explain

BEFORE, AFTER = timedelta(days=5), timedelta(days=21)  # around the wanted time
SHOWN = 5
FIND = "free_slots"  # the button of a form that asks for them


async def propose_for_meeting(
    session: AsyncSession, bundle: MeetingBundle, span: Span, now: datetime, bridge: int
) -> list[Span]:
    """For a meeting that is to be moved to about ``span``."""
    wanted = await load_wanted(session, draft_of(bundle), bundle.id)
    return await propose_slots(session, replace(wanted, span=span), now, bridge)


async def propose_for_draft(
    session: AsyncSession, draft: actions.MeetingDraft, meeting_id: int | None, now: datetime, bridge: int
) -> list[Span]:
    """For a booking that is being filled in."""
    return await propose_slots(session, await load_wanted(session, draft, meeting_id), now, bridge)


async def propose_for_form(
    request: web.Request, fields: Fields, booking: Booking, meeting_id: int | None
) -> list[Span]:
    """For a form of which only the time need be filled in: with the hall, the people and the units chosen so far."""
    span = read_span(fields, "starts_on", "starts_at", "ends_on", "ends_at")
    booking.errors = fields.errors
    if span is None:
        return []
    wanted = wanted_of(make_outline(booking, span), meeting_id)
    async with request.app[DATABASE].read() as session:
        return await propose_slots(session, wanted, now_of(request), request.app[CONFIG].bridge_capacity)


async def propose_slots(session: AsyncSession, wanted: Booked, now: datetime, bridge: int) -> list[Span]:
    """Times at which nothing collides; where there is none, those at which nothing refuses the booking."""
    soonest = now + QUARTER - timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    start = max(soonest, wanted.span.start - BEFORE)
    within = Span(start, max(start, wanted.span.start, soonest) + AFTER)
    working = await load_working_days(session)
    booked = await list_booked(session, within)
    for blocking_only in (False, True):
        slots = find_free_slots(
            wanted, booked, working, within, bridge=bridge, limit=SHOWN, blocking_only=blocking_only
        )
        if slots:
            return slots
    return []


async def list_notes(session: AsyncSession, actor: Actor, wanted: Booked) -> list[str]:
    """What a booking collides with that refuses nothing, for the secretary to judge: sites, units, people."""
    clashes = [clash for clash in await find_taken(session, wanted) if not clash.is_blocking]
    return [explain(remark) for remark in await tell_clashes(session, actor, wanted, clashes)]


def write_slot(slot: Span) -> str:
    """A slot as a form sends it."""
    return f"{slot.start:%Y-%m-%dT%H:%M%z}/{slot.end:%Y-%m-%dT%H:%M%z}"


def parse_slot(text: str) -> Span | None:
    """What ``write_slot`` wrote; ``None`` for anything else."""
    start, _slash, end = text.partition("/")
    try:
        instants = [datetime.strptime(each, "%Y-%m-%dT%H:%M%z") for each in (start, end)]
        return Span(*instants) if instants[0] < instants[1] else None
    except ValueError:
        return None
