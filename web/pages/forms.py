"""The one way in which a form answers a refusal: the same page, everything typed kept, every fault at its field."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from meetings.errors import Conflict, Invalid, MeetingError, Remark
from web.i18n import _
from web.inputs import Fields

T = TypeVar("T")


def explain(error: MeetingError | Remark) -> str:
    """The sentence of an error in the reader's language; of a collision with several things, one on each."""
    if isinstance(error, Conflict) and error.remarks:
        return " ".join(map(explain, error.remarks))
    return _(error.message, **error.values)


def refuse(fields: Fields, refusal: Invalid | Conflict) -> None:
    """Note a refusal of the domain under its field; a collision with several things under each of theirs."""
    remarks = refusal.remarks if isinstance(refusal, Conflict) else ()
    told: dict[str, list[str]] = {}
    for part in remarks or (refusal,):
        told.setdefault(part.field, []).append(explain(part))
    for name, sentences in told.items():
        fields.refuse(name, " ".join(sentences))


async def attempt(fields: Fields, change: Callable[[], Awaitable[T]]) -> T | Invalid | Conflict | None:
    """Do ``change`` when the form has no fault so far. What the domain refuses becomes the fault of its field.

    Returns the result; ``None`` when the form was at fault already; the refusal when there was one.
    """
    if fields.errors:
        return None
    try:
        return await change()
    except (Invalid, Conflict) as refusal:
        refuse(fields, refusal)
        return refusal


def sure(value: T | None) -> T:
    """What a form without faults holds, for its change: ``attempt`` makes none for a form that has any."""
    if value is None:
        raise ValueError("a form without this has a fault")
    return value


def status_of(outcome: object) -> int:
    """409 for a collision, 422 for any other fault of a form."""
    return 409 if isinstance(outcome, Conflict) else 422


def redirect(url: str, done: str = "") -> web.Response:
    """Go to ``url`` after a change; ``done`` names the sentence that the page shows (``done_words.DONE``)."""
    mark = ("&" if "?" in url else "?") + f"done={done}" if done else ""
    return web.Response(status=303, headers={"Location": url + mark})
