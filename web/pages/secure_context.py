"""Why a browser gives this site no microphone and camera, and what to do. For everybody: a guest may need it most."""

from aiohttp import web

from web.keys import origin_of
from web.layout import render


async def show_secure_context(request: web.Request) -> web.Response:
    """The template gets ``secure_url``: this site over HTTPS, empty where it is not known."""
    origin = origin_of(request)
    return render(request, "secure_context.html", {"secure_url": origin if origin.startswith("https:") else ""})
