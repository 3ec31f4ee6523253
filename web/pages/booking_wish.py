"""A booking that begins on the calendar: what was picked there stands in the address, past the question on secrets.

``date``, ``from``, ``to``, ``hall``, ``unit``, ``chair`` and ``template``, the key of a template to begin from; what is
none of these, or no such value, is left out.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.people_store import list_sites
from web.inputs import read_clock, read_day, read_key
from web.pages.booking_form import Booking

KEYS = {"hall": "hall_id", "chair": "chair_id"}  # and the field of the form
TIMES = {"from": "starts_at", "to": "ends_at"}


def keep_wish(query: Mapping[str, str]) -> str:
    """The picked values for another address, with a leading ``&``; empty when nothing was picked."""
    kept = {name: value for name, value in read_wish(query).items() if value}
    return f"&{urlencode(kept)}" if kept else ""


def read_wish(query: Mapping[str, str]) -> dict[str, str]:
    day = read_day(query.get("date"))
    wish = {"date": day.isoformat() if day else ""}
    wish |= {name: read_clock(query.get(name, "")) for name in TIMES}
    return wish | {name: str(read_key(query.get(name)) or "") for name in (*KEYS, "unit", "template")}


async def fill_in(session: AsyncSession, booking: Booking, query: Mapping[str, str]) -> None:
    """Put what was picked into the form. A unit comes with its first site."""
    wish = read_wish(query)
    named = {"date": "starts_on"} | TIMES | KEYS
    booking.values |= {field: wish[name] for name, field in named.items() if wish[name]}
    unit_id, day = read_key(wish["unit"]), booking.day
    if unit_id is not None:
        sites = await list_sites(session, day, unit_id) if day is not None else []
        booking.units[unit_id] = str(sites[0].id) if sites else ""
