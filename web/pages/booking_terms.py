"""What the settings say of bookings, as the use cases take it."""

from aiohttp import web

from meetings.scheduling import Terms
from web.keys import CONFIG


def terms_of(request: web.Request) -> Terms:
    config = request.app[CONFIG]
    return Terms(config.room_capacity, config.bridge_capacity, config.approval_required)
