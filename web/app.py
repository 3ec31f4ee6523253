"""``create_app``: puts the parts together."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from web import i18n
from web.assets import list_modules, load_assets, static
from web.auth import THROTTLE, Throttle
from web.config import Config
from web.database import Database
from web.keys import CLOCK, CONFIG, DATABASE, SFU
from web.layout import WORDS
from web.middlewares import add_security_headers, explain_failures, identify, refuse_forgeries
from web.press import AT_ONCE, RECEIVING, TURNS, VERIFYING
from web.rounds import go_rounds
from web.routes import add_routes

if TYPE_CHECKING:
    from signaling.sfu import Sfu

TEMPLATES = Path(__file__).parent / "templates"
LARGEST_BODY = 1024 * 1024  # bytes: a booking with every commune of a province is below 50 kB, minutes below 1 MB


def create_app(config: Config, database: Database, sfu: "Sfu | None", clock: Callable[[], datetime]) -> web.Application:
    """The site. The caller opens and closes the database and the rooms; without ``sfu`` there are no rooms."""
    app = web.Application(
        # The outer explain_failures answers for what goes wrong in identify itself.
        middlewares=[explain_failures, identify, explain_failures, refuse_forgeries],
        client_max_size=LARGEST_BODY,
    )
    app[CONFIG] = config
    app[DATABASE] = database
    app[CLOCK] = clock
    app[THROTTLE] = Throttle()
    app[TURNS] = asyncio.Semaphore(AT_ONCE)
    app[VERIFYING] = asyncio.Lock()
    app[RECEIVING] = Counter()
    if sfu is not None:
        app[SFU] = sfu
    app.on_response_prepare.append(add_security_headers)
    load_assets()
    prepare_templates(app)
    add_routes(app)
    app.cleanup_ctx.append(go_rounds)
    return app


def prepare_templates(app: web.Application) -> jinja2.Environment:
    """Jinja2 with everything escaped, unknown names refused, and the site's words and formats."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
    )
    environment.filters |= FILTERS
    environment.globals |= GLOBALS
    return environment


def show_typed_date(value: date | str) -> str:
    """A day as it is typed, ``dd/mm/yyyy``; text that is no ISO day stays as it was typed."""
    if isinstance(value, date):
        return i18n.format_date(value)
    try:
        return i18n.format_date(date.fromisoformat(value)) if value else ""
    except ValueError:
        return value


def capitalise_first(text: str) -> str:
    """``cấp xã`` at the beginning of a line: ``Cấp xã``."""
    return text[:1].upper() + text[1:]


FILTERS: dict[str, Any] = {
    "date": i18n.format_date,
    "time": i18n.format_time,
    "datetime": i18n.format_datetime,
    "day": i18n.format_day,
    "weekday": i18n.format_weekday,
    "weekday_short": i18n.format_weekday_short,
    "day_month": i18n.format_day_month,
    "iso_local": i18n.format_wall_time,
    "number": i18n.format_number,
    "percent": i18n.format_percent,
    "duration": i18n.format_duration,
    "typed_date": show_typed_date,
    "capfirst": capitalise_first,
}
GLOBALS: dict[str, Any] = {
    "_": i18n._,
    "ngettext": i18n.ngettext,
    "static": static,
    "modules": list_modules,
    "span": i18n.format_span,
    "short_span": i18n.format_short_span,
} | WORDS
