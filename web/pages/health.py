"""Whether the program is well: for a watchdog, and for the administrator's first page. No secrets, no versions."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from transcripts.models import Job, JobState
from web.i18n import _
from web.keys import CONFIG, DATABASE, SFU, now_of, origin_of

STUCK = timedelta(minutes=10)  # a job that nobody took for so long has no worker
CONTACT = timedelta(days=180)


@dataclass(frozen=True)
class Health:
    """One part of the program. ``detail`` holds plain numbers."""

    name: str
    ok: bool
    detail: dict[str, int]


async def check_health(request: web.Request) -> list[Health]:
    """Database, media process, workers' queue, disk; each looked at now."""
    app, checks = request.app, []
    try:
        async with app[DATABASE].read() as session:
            await session.exec(select(1))
            checks.append(Health("database", True, {}))
            checks.append(await _check_queue(session, now_of(request)))
    except (SQLAlchemyError, OSError):
        checks.append(Health("database", False, {}))
    if SFU in app:
        checks.append(Health("media", app[SFU].has_media, {}))
    folder = app[CONFIG].data_dir
    free = shutil.disk_usage(folder if folder.exists() else folder.resolve().anchor).free // 2**20
    checks.append(Health("disk", free >= app[CONFIG].disk_floor_mb, {"free_mb": free}))
    return checks


async def _check_queue(session: AsyncSession, now: datetime) -> Health:
    """Jobs that wait for a model say so in ``error``: they are no sign of a missing worker."""
    unfinished = col(Job.state).in_((JobState.WAITING, JobState.RUNNING))
    waiting = (await session.exec(select(func.count()).select_from(Job).where(unfinished))).one()
    failed = (await session.exec(select(func.count()).select_from(Job).where(Job.state == JobState.FAILED))).one()
    untaken = (
        select(func.count())
        .select_from(Job)
        .where(Job.state == JobState.WAITING, col(Job.run_after) < now - STUCK, col(Job.error) == "")
    )
    silent = (
        select(func.count()).select_from(Job).where(Job.state == JobState.RUNNING, col(Job.lease_until) < now - STUCK)
    )
    stuck = (await session.exec(untaken)).one() + (await session.exec(silent)).one()
    return Health("worker", stuck == 0, {"queue": waiting, "failed": failed, "stuck": stuck})


async def show_health(request: web.Request) -> web.Response:
    """``/healthz``: 200 when all is well, 503 otherwise."""
    checks = await check_health(request)
    well = all(check.ok for check in checks)
    body = {"ok": well, "checks": {check.name: {"ok": check.ok, **check.detail} for check in checks}}
    return web.json_response(body, status=200 if well else 503)


def name_health(name: str) -> str:
    """The part's name for people."""
    names = {
        "database": _("Cơ sở dữ liệu"),
        "media": _("Tiến trình âm thanh, hình ảnh"),
        "worker": _("Tiến trình xử lý biên bản"),
        "disk": _("Dung lượng đĩa"),
    }
    return names[name]


async def show_security_txt(request: web.Request) -> web.Response:
    """RFC 9116: where to report a weakness. The administrator of the site answers."""
    expires = (now_of(request) + CONTACT).replace(hour=0, minute=0, second=0, microsecond=0)
    address = origin_of(request)
    lines = [
        f"Contact: {request.app[CONFIG].security_contact or f'{address}/login'}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: vi, en",
        f"Canonical: {address}/.well-known/security.txt",
    ]
    return web.Response(text="\n".join([*lines, ""]), content_type="text/plain")
