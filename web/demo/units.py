"""The demo's units, sites and accounts as rows."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.account_actions import AccountDraft, add_account
from meetings.models import (
    Account,
    Level,
    Person,
    Site,
    SuccessionKind,
    Unit,
    UnitKind,
    UnitLevel,
    UnitName,
    UnitParent,
    UnitSuccession,
)
from meetings.unit_actions import import_units
from meetings.unit_table import parse_units
from web.demo.people import ACCOUNTS, HALLS, PROVINCE, UNITS, DemoUnit

TABLE = Path(__file__).with_name("lamdong-units.csv")


@dataclass(slots=True)
class Cast:
    """Keys of what the demo's meetings are made of. Units and sites by name, people and accounts by username."""

    units: dict[str, int] = field(default_factory=dict)
    halls: dict[str, int] = field(default_factory=dict)
    districts: list[Unit] = field(default_factory=list)
    communes: list[Unit] = field(default_factory=list)
    site_of: dict[int, int] = field(default_factory=dict)
    site_names: dict[int, str] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)

    @property
    def province(self) -> int:
        return self.units[PROVINCE]


async def load_cast(session: AsyncSession, password_hash: str, now: datetime) -> Cast:
    """Bring in the units of the table, the organs of the province, a site for each, and the accounts."""
    await import_units(session, None, parse_units(TABLE.read_text(encoding="utf-8")), now, is_demo=True)
    cast = Cast()
    names = await _read_names(session)
    for unit in UNITS:
        if unit.name not in names:
            names[unit.name] = await _add_organ(session, unit, names)
    cast.units = {name: unit.id or 0 for name, unit in names.items()}
    cast.districts = await _list_level(session, "district")
    cast.communes = await _list_level(session, "commune")
    await _add_sites(session, cast, names)
    for account in ACCOUNTS:
        site_id = await _find_site(session, account.site) if account.site else None
        draft = AccountDraft(
            username=account.username,
            roles=account.roles,
            full_name=account.name,
            position=account.position,
            unit_id=cast.units[account.unit] if account.unit else None,
            site_id=site_id,
            is_demo=True,
        )
        row = await add_account(session, None, draft, password_hash, now)
        cast.accounts[account.username] = row.id or 0
        if row.person_id is not None:
            cast.people[account.username] = row.person_id
    return cast


async def _read_names(session: AsyncSession) -> dict[str, Unit]:
    rows = (await session.exec(select(UnitName.name, Unit).join(Unit, col(Unit.id) == col(UnitName.unit_id)))).all()
    return {row[0]: row[1] for row in rows}


async def _add_organ(session: AsyncSession, unit: DemoUnit, names: dict[str, Unit]) -> Unit:
    province = (await session.exec(select(Level).where(Level.code == "province"))).one()
    row = Unit(
        kind=unit.kind,
        official_order=10 + len(names) if unit.kind is UnitKind.DEPARTMENT else 9,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        is_demo=True,
    )
    session.add(row)
    await session.flush()
    unit_id = row.id or 0
    session.add_all(
        [
            UnitName(unit_id=unit_id, name=unit.name, short_name=unit.short_name),
            UnitLevel(unit_id=unit_id, level_id=province.id or 0),
            UnitParent(unit_id=unit_id, parent_id=names[PROVINCE].id or 0),
        ]
    )
    if unit.successor and unit.valid_to is not None:
        session.add(
            UnitSuccession(
                old_unit_id=unit_id,
                new_unit_id=names[unit.successor].id,
                kind=SuccessionKind.MERGE,
                on=unit.valid_to + timedelta(days=1),
                basis="Sắp xếp cơ quan chuyên môn năm 2025",
            )
        )
    await session.flush()
    return row


async def _list_level(session: AsyncSession, level: str) -> list[Unit]:
    query = (
        select(Unit)
        .join(UnitLevel, col(UnitLevel.unit_id) == col(Unit.id))
        .join(Level, col(Level.id) == col(UnitLevel.level_id))
        .where(Level.code == level, Unit.kind == UnitKind.PEOPLE_COMMITTEE)
    )
    return list((await session.exec(query.order_by(col(Unit.official_order), col(Unit.id)))).all())


async def _add_sites(session: AsyncSession, cast: Cast, names: dict[str, Unit]) -> None:
    for hall in HALLS:
        row = await _add_site(session, cast.province, hall.name, hall.address, hall.seats)
        cast.halls[hall.key] = row.id or 0
        cast.site_names[row.id or 0] = row.name
    name_of = {unit.id: name for name, unit in names.items()}
    for unit in (*cast.districts, *cast.communes):
        name = name_of[unit.id]
        area = name[:1].lower() + name[1:]
        unit_id = unit.id or 0
        site = await _add_site(
            session, unit_id, f"Điểm cầu {area}", f"Trụ sở UBND {area}", 20, unit.valid_from, unit.valid_to
        )
        cast.site_of[unit_id] = site.id or 0
        cast.site_names[site.id or 0] = site.name


async def _add_site(
    session: AsyncSession,
    unit_id: int,
    name: str,
    address: str,
    seats: int,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Site:
    query = select(Site).where(Site.unit_id == unit_id, Site.name == name)
    known = (await session.exec(query)).first()
    if known is not None:
        return known
    site = Site(
        unit_id=unit_id,
        name=name,
        address=address,
        seats=seats,
        valid_from=valid_from,
        valid_to=valid_to,
        is_demo=True,
    )
    session.add(site)
    await session.flush()
    return site


async def _find_site(session: AsyncSession, name: str) -> int | None:
    return (await session.exec(select(Site.id).where(Site.name == name).order_by(col(Site.id)))).first()


async def is_loaded(session: AsyncSession) -> bool:
    """Whether there is demo data."""
    for model in (Account, Unit, Person):
        if (await session.exec(select(model.id).where(col(model.is_demo)).limit(1))).first() is not None:
            return True
    return False
