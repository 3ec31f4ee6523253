"""The one way in which a form answers a refusal: the same page, everything typed kept, every fault at its field."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from meetings.errors import Conflict, Invalid, MeetingError
from web.i18n import _
from web.inputs import Fields

T = TypeVar("T")


def explain(error: MeetingError) -> str:
    """The sentence of an error in the reader's language."""
    return _(error.message, **error.values)


async def attempt(fields: Fields, change: Callable[[], Awaitable[T]]) -> T | Invalid | Conflict | None:
    """Do ``change`` when the form has no fault so far. What the domain refuses becomes the fault of its field.

    Returns the result; ``None`` when the form was at fault already; the refusal when there was one.
    """
    if fields.errors:
        return None
    try:
        return await change()
    except (Invalid, Conflict) as refusal:
        fields.refuse(refusal.field, explain(refusal))
        return refusal


def status_of(outcome: object) -> int:
    """409 for a collision, 422 for any other fault of a form."""
    return 409 if isinstance(outcome, Conflict) else 422


def redirect(url: str, done: str = "") -> web.Response:
    """Go to ``url`` after a change; ``done`` names the sentence that the page shows (``layout.DONE``)."""
    mark = ("&" if "?" in url else "?") + f"done={done}" if done else ""
    return web.Response(status=303, headers={"Location": url + mark})
