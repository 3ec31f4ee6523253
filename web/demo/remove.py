"""Remove exactly what the demo brought, and what hangs on it. The audit log stays as it is.

A demo unit or site that real people or meetings use stays and is no longer marked as demo. A meeting that a demo
person chairs, keeps or booked was marked when it was booked, so it goes with the rest.
"""

import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Table, delete, update
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.calendar_models import Maintenance, MeetingSeries, MeetingTemplate
from meetings.document_models import OfficialDocument
from meetings.indicator.facts import drop_facts
from meetings.indicator_models import UnitDistance
from meetings.invitation_models import Mail
from meetings.models import Account, BusySpan, Invitation, Meeting, Person, Site, Target, Unit, UnitParent
from meetings.room_models import ConnectionReport
from transcripts.models import Document, Minutes
from web.demo.distances import BASES

CHUNK = 500  # keys in one statement
MARKED = Account | MeetingSeries | MeetingTemplate | Person | Site | Target | Unit  # rows that say that they are demo


@dataclass(frozen=True, slots=True)
class Removed:
    """What went: rows by kind; ``kept_units`` are demo units that real data use."""

    meetings: int
    accounts: int
    units: int
    kept_units: int


async def remove_demo(session: AsyncSession, data_dir: Path, now: datetime) -> tuple[Removed, list[Path]]:
    """Delete the demo's rows in the caller's transaction. Returns what to delete on disk once it is committed."""
    meetings = (await session.exec(select(Meeting).where(col(Meeting.is_demo)))).all()
    keep_sites, keep_units = await find_used(session)
    units = await _keys(session, Unit)
    files = [data_dir / folder / meeting.slug for meeting in meetings for folder in ("recordings", "papers")]
    files += [data_dir / "documents" / path for path in await _documents(session, [m.id or 0 for m in meetings])]
    accounts = await _keys(session, Account)
    for column, gone in (
        (ConnectionReport.meeting_id, [m.id or 0 for m in meetings]),
        (ConnectionReport.account_id, accounts),
    ):
        for part in _chunks(gone):
            await session.exec(delete(ConnectionReport).where(col(column).in_(part)))
    for part in _chunks([meeting.id or 0 for meeting in meetings]):
        await session.exec(delete(Mail).where(col(Mail.meeting_id).in_(part)))
    await drop_facts(session, [meeting.id or 0 for meeting in meetings])
    await _remove(session, Meeting, [meeting.id or 0 for meeting in meetings])
    for model in (MeetingSeries, MeetingTemplate):
        await _remove(session, model, await _keys(session, model))
    people = await _keys(session, Person)
    sites = [key for key in await _keys(session, Site) if key not in keep_sites]
    for table, column, gone in (
        (BusySpan, BusySpan.person_id, people),
        (BusySpan, BusySpan.site_id, sites),
        (Maintenance, Maintenance.site_id, sites),  # without its site it would close the whole system
        (Maintenance, Maintenance.created_by, accounts),
    ):
        for part in _chunks(gone):
            await session.exec(delete(table).where(col(column).in_(part)))
    await session.exec(delete(UnitDistance).where(col(UnitDistance.basis).in_(BASES.values())))
    await _remove(session, Account, accounts)
    await _remove(session, Person, people)
    await _remove(session, Site, sites)
    await _remove(session, Unit, [key for key in units if key not in keep_units])
    await _remove(session, Target, await _keys(session, Target))
    await session.exec(update(Unit).where(col(Unit.is_demo)).values(is_demo=False))
    await session.exec(update(Site).where(col(Site.is_demo)).values(is_demo=False))
    kept = len(keep_units.intersection(units))
    removed = Removed(len(meetings), len(accounts), len(units) - kept, kept)
    await write_entry(session, None, "demo.remove", "", {"meetings": len(meetings), "accounts": len(accounts)}, now)
    return removed, files


def delete_files(paths: Iterable[Path]) -> None:
    """Delete files and folders; what is not there is no error."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


async def find_used(session: AsyncSession) -> tuple[set[int], set[int]]:
    """The sites and the units that rows use which are not of the demo; the units above such a unit too."""
    real = select(Meeting.id).where(~col(Meeting.is_demo))
    sites = {
        *(await session.exec(select(Meeting.hall_id).where(~col(Meeting.is_demo)))).all(),
        *(await session.exec(select(Invitation.site_id).where(col(Invitation.meeting_id).in_(real)))).all(),
        *(await session.exec(select(Account.site_id).where(~col(Account.is_demo)))).all(),
    }
    used_sites = {key for key in sites if key is not None}
    units = {
        *(await session.exec(select(Person.unit_id).where(~col(Person.is_demo)))).all(),
        *(await session.exec(select(Meeting.convening_unit_id).where(~col(Meeting.is_demo)))).all(),
        *(await session.exec(select(Invitation.unit_id).where(col(Invitation.meeting_id).in_(real)))).all(),
        *(await session.exec(select(Site.unit_id).where(~col(Site.is_demo)))).all(),
        *(await session.exec(select(Site.unit_id).where(col(Site.id).in_(used_sites)))).all(),
    }
    parents = (await session.exec(select(UnitParent.unit_id, UnitParent.parent_id))).all()
    real_units = set((await session.exec(select(Unit.id).where(~col(Unit.is_demo)))).all())
    waiting = [*units, *(key for key in real_units if key is not None)]
    used: set[int] = set()
    while waiting:
        unit = waiting.pop()
        if unit not in used:
            used.add(unit)
            waiting.extend(parent for child, parent in parents if child == unit)
    return used_sites, used


async def _keys(session: AsyncSession, model: type[MARKED]) -> list[int]:
    rows = (await session.exec(select(model.id).where(col(model.is_demo)))).all()
    return [key for key in rows if key is not None]


async def _documents(session: AsyncSession, meeting_ids: Collection[int]) -> list[str]:
    minutes = select(Minutes.id).where(col(Minutes.meeting_id).in_(meeting_ids))
    paths = (await session.exec(select(Document.path).where(col(Document.minutes_id).in_(minutes)))).all()
    invitations = select(OfficialDocument).where(col(OfficialDocument.meeting_id).in_(meeting_ids))
    rows = (await session.exec(invitations)).all()
    return [*paths, *(file for row in rows for file in (row.signed_file, row.docx_file) if file)]


async def _remove(session: AsyncSession, model: type[SQLModel], keys: Collection[int]) -> None:
    """Delete rows with everything that cannot be without them; what can be loses only its reference."""
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    for part in _chunks(keys):
        await _remove_rows(session, table, part)


async def _remove_rows(session: AsyncSession, table: Table, keys: Collection[int]) -> None:
    connection = await session.connection()
    for child, column in _references(table):
        if column.nullable:
            await connection.execute(update(child).where(column.in_(keys)).values({column.name: None}))
        elif "id" not in child.c:
            await connection.execute(delete(child).where(column.in_(keys)))
        else:
            below = await connection.execute(child.select().with_only_columns(child.c.id).where(column.in_(keys)))
            for part in _chunks(below.scalars().all()):
                await _remove_rows(session, child, part)
    await connection.execute(delete(table).where(table.c.id.in_(keys)))


def _references(table: Table) -> list[tuple[Table, Column[int]]]:
    return [
        (child, key.parent)
        for child in SQLModel.metadata.tables.values()
        for key in child.foreign_keys
        if key.column.table is table
    ]


def _chunks(keys: Collection[int]) -> Iterable[list[int]]:
    ordered = list(keys)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
