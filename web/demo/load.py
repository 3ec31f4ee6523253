"""Load all of the demo in the caller's transaction."""

from datetime import datetime
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict
from meetings.indicator.facts import rebuild_facts
from web.demo.archive import add_hold
from web.demo.distances import add_distances
from web.demo.documents import add_notice
from web.demo.gathering import add_people
from web.demo.invitations import add_invitations
from web.demo.letters import add_letters
from web.demo.meetings import add_coming, add_past, make_targets, make_window
from web.demo.preparation import add_course, prepare_open_meeting
from web.demo.recorded import load_recorded
from web.demo.recorded_meeting import add_recorded_meeting
from web.demo.series import add_series
from web.demo.tasks import add_tasks
from web.demo.units import is_loaded, load_cast
from web.demo.way import add_way


async def load_demo(session: AsyncSession, password_hash: str, data_dir: Path, now: datetime) -> None:
    """Everything that ``web.demo`` holds, every account with ``password_hash``. ``Conflict`` if there is a demo."""
    if await is_loaded(session):
        raise Conflict(N_("Dữ liệu minh họa đã có. Hãy gỡ trước khi nạp lại."))
    cast = await load_cast(session, password_hash, now)
    await add_distances(session, cast)
    session.add_all(make_targets())
    await add_past(session, cast, now)
    recorded = await add_recorded_meeting(session, cast)
    await load_recorded(session, recorded, data_dir, now)
    opening = await add_coming(session, cast, now)
    await prepare_open_meeting(session, cast, opening, data_dir, now)
    await add_people(session, cast, opening, now)
    session.add(make_window(cast, now))
    await add_course(session, cast)
    await add_way(session, cast, now)
    await add_invitations(session, cast, data_dir, now)
    await add_series(session, cast, now)
    await add_tasks(session, cast, now)
    await add_notice(session, cast, now)
    await add_letters(session, cast, now)
    await add_hold(session, cast, now)
    await rebuild_facts(session)
    await write_entry(session, None, "demo.load", "", {}, now)
