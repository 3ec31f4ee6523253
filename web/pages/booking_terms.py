"""What the settings say of bookings, as the use cases take it."""

from typing import TypedDict

from aiohttp import web

from web.keys import CONFIG


class Terms(TypedDict):
    """See ``booking_actions.book_meeting``."""

    limit: int
    bridge: int
    approval: bool


def terms_of(request: web.Request) -> Terms:
    config = request.app[CONFIG]
    return Terms(limit=config.room_capacity, bridge=config.bridge_capacity, approval=config.approval_required)
