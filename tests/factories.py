"""Plain functions that make units, sites, people, accounts, meetings without surprises, straight into the tables.

What a test is about it says itself; everything else has a value here that is valid and always the same.
"""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.models import (
    Account,
    AccountRole,
    AgendaItem,
    Form,
    Invitation,
    Level,
    Meeting,
    MeetingKind,
    MeetingStatus,
    Mode,
    Person,
    Presence,
    Role,
    Site,
    Unit,
    UnitCode,
    UnitKind,
    UnitLevel,
    UnitName,
    UnitParent,
)
from meetings.people_store import load_actor
from meetings.permissions import Actor
from meetings.scheduling import AgendaDraft, InvitationDraft, MeetingDraft

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 08:00 on a Tuesday in the province
TOMORROW = NOW + timedelta(days=1)
DISTRICTS_END = date(2025, 6, 30)
COMMUNES_BEGIN = date(2025, 7, 1)

_numbers = itertools.count(1)


async def add_unit(
    session: AsyncSession,
    name: str = "Xã Hòa Ninh",
    level: str | None = "commune",
    *,
    kind: UnitKind = UnitKind.PEOPLE_COMMITTEE,
    parent: Unit | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    order: int = 1000,
    gso: str = "",
) -> Unit:
    """A unit with one name, level, parent and code for its whole life. ``level`` is a code of the migrated levels."""
    unit = Unit(kind=kind, official_order=order, valid_from=valid_from, valid_to=valid_to)
    session.add(unit)
    await session.flush()
    unit_id = key(unit)
    session.add(UnitName(unit_id=unit_id, name=name))
    if level is not None:
        row = (await session.exec(select(Level).where(Level.code == level))).one()
        session.add(UnitLevel(unit_id=unit_id, level_id=key(row)))
    if parent is not None:
        session.add(UnitParent(unit_id=unit_id, parent_id=key(parent)))
    if gso:
        session.add(UnitCode(unit_id=unit_id, scheme="gso", code=gso))
    await session.flush()
    return unit


async def add_site(session: AsyncSession, unit: Unit, name: str = "", **values: Any) -> Site:
    site = Site(unit_id=key(unit), name=name or f"Điểm cầu {next(_numbers)}", **values)
    session.add(site)
    await session.flush()
    return site


async def add_person(session: AsyncSession, unit: Unit, name: str = "", position: str = "Chuyên viên") -> Person:
    person = Person(full_name=name or f"Nguyễn Văn {next(_numbers)}", position=position, unit_id=key(unit))
    session.add(person)
    await session.flush()
    return person


async def add_account(
    session: AsyncSession,
    owner: Person | Site,
    *roles: Role,
    username: str = "",
    password_hash: str = "",
    **values: Any,
) -> Account:
    """An account of a person or of a site, with ``roles``. Without ``password_hash`` nobody can sign in with it."""
    account = Account(
        username=username or f"tk{next(_numbers)}",
        password_hash=password_hash,
        person_id=owner.id if isinstance(owner, Person) else None,
        site_id=owner.id if isinstance(owner, Site) else None,
        created_at=NOW,
        **values,
    )
    session.add(account)
    await session.flush()
    session.add_all(AccountRole(account_id=key(account), role=role) for role in roles)
    await session.flush()
    return account


async def add_meeting(
    session: AsyncSession,
    convening: Unit,
    chair: Person,
    secretary: Person,
    invited: Sequence[Unit | tuple[Unit, Site | None]] = (),
    *,
    agenda: Sequence[str] = (),
    modes: Collection[Mode | None] = (),
    **values: Any,
) -> Meeting:
    """A meeting as a row, unchecked: tomorrow from 08:00 to 10:00 and online unless ``values`` say otherwise.

    ``modes``: what the secretary confirmed, one for each invited unit.
    """
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "slug": f"hop{number:04d}",
        "title": f"Họp giao ban số {number}",
        "kind": MeetingKind.BRIEFING,
        "starts_at": TOMORROW,
        "ends_at": values.get("starts_at", TOMORROW) + timedelta(hours=2),
        "planned_form": Form.ONLINE,
        "created_at": NOW,
    }
    meeting = Meeting(
        convening_unit_id=key(convening), chair_id=key(chair), secretary_id=key(secretary), **(defaults | values)
    )
    session.add(meeting)
    await session.flush()
    pairs = [each if isinstance(each, tuple) else (each, None) for each in invited]
    confirmed = list(modes) or [None] * len(pairs)
    for position, ((unit, site), mode) in enumerate(zip(pairs, confirmed, strict=True), start=1):
        site_id = None if site is None else site.id
        session.add(
            Invitation(
                meeting_id=key(meeting), unit_id=key(unit), site_id=site_id, position=position, confirmed_mode=mode
            )
        )
    for position, title in enumerate(agenda, start=1):
        session.add(AgendaItem(meeting_id=key(meeting), position=position, title=title))
    await session.flush()
    return meeting


async def add_ended_meeting(
    session: AsyncSession,
    convening: Unit,
    chair: Person,
    secretary: Person,
    invited: Sequence[Unit | tuple[Unit, Site | None]],
    modes: Collection[Mode | None],
    ended_at: datetime,
    **values: Any,
) -> Meeting:
    """A meeting of two hours that ended at ``ended_at``, confirmed as ``modes`` unless one of them is ``None``."""
    start = ended_at - timedelta(hours=2)
    confirmed = None if None in modes else ended_at
    defaults: dict[str, Any] = {
        "status": MeetingStatus.ENDED,
        "starts_at": start,
        "ends_at": ended_at,
        "started_at": start,
        "ended_at": ended_at,
        "attendance_confirmed_at": confirmed,
        "created_at": start,
    }
    return await add_meeting(session, convening, chair, secretary, invited, modes=modes, **(defaults | values))


async def add_presence(
    session: AsyncSession,
    meeting: Meeting,
    joined_at: datetime,
    left_at: datetime | None,
    *,
    unit: Unit | None = None,
    site: Site | None = None,
    identity: str = "",
) -> Presence:
    presence = Presence(
        meeting_id=key(meeting),
        identity=identity or f"account:{next(_numbers)}",
        name="Điểm cầu",
        unit_id=None if unit is None else unit.id,
        site_id=None if site is None else site.id,
        joined_at=joined_at,
        left_at=left_at,
    )
    session.add(presence)
    await session.flush()
    return presence


def make_actor(*roles: Role, account_id: int | None = 1, **values: Any) -> Actor:
    """Somebody with ``roles``; say ``person_id``, ``site_id``, ``unit_id`` where they matter."""
    return Actor(account_id=account_id, name=values.pop("name", "Nguyễn Thị Thư"), roles=frozenset(roles), **values)


@dataclass(frozen=True, slots=True)
class World:
    """A small province after 1 July 2025: its committee with an office and a department, and three communes.

    ``accounts`` and ``actors`` by username: every role of a person under its own name (the unit contact is
    ``contact``; it and ``delegate`` are of the first commune), and ``site1`` to ``site3`` and ``hall`` for the sites.
    """

    province: Unit
    office: Unit
    department: Unit
    district: Unit
    communes: tuple[Unit, Unit, Unit]
    hall: Site
    sites: tuple[Site, Site, Site]
    chair: Person
    secretary: Person
    contact: Person
    accounts: dict[str, Account]
    actors: dict[str, Actor]


async def build_world(session: AsyncSession, password_hash: str = "") -> World:
    """See ``World``. Every account has ``password_hash``; the usernames are the keys of ``accounts``."""
    province = await add_unit(session, "Tỉnh Lâm Đồng", "province", order=1, gso="68")
    office = await add_unit(session, "Văn phòng UBND tỉnh", "province", kind=UnitKind.OFFICE, parent=province, order=2)
    department = await add_unit(session, "Sở Tài chính", "province", kind=UnitKind.DEPARTMENT, parent=province, order=3)
    district = await add_unit(
        session, "Huyện Lâm Hà", "district", parent=province, valid_to=DISTRICTS_END, gso="676", order=10
    )
    names = ("Xã Đức Trọng", "Xã Đinh Văn Lâm Hà", "Phường Xuân Hương - Đà Lạt")
    first, second, third = [
        await add_unit(session, name, parent=province, valid_from=COMMUNES_BEGIN, order=20 + number)
        for number, name in enumerate(names)
    ]
    hall = await add_site(session, province, "Phòng họp số 1, UBND tỉnh")
    sites = (
        await add_site(session, first, "Điểm cầu xã Đức Trọng"),
        await add_site(session, second, "Điểm cầu xã Đinh Văn Lâm Hà"),
        await add_site(session, third, "Điểm cầu phường Xuân Hương - Đà Lạt"),
    )
    people = {
        "chair": await add_person(session, province, "Trần Văn Hiệp", "Chủ tịch UBND tỉnh"),
        "secretary": await add_person(session, office, "Nguyễn Thị Thư", "Chuyên viên"),
        "administrator": await add_person(session, office, "Lê Quản Trị", "Quản trị mạng"),
        "office": await add_person(session, office, "Phạm Điều Phối", "Phó Chánh Văn phòng"),
        "inspector": await add_person(session, office, "Đỗ Kiểm Tra", "Thanh tra viên"),
        "leader": await add_person(session, province, "Võ Lãnh Đạo", "Phó Chủ tịch UBND tỉnh"),
        "technician": await add_person(session, office, "Hoàng Kỹ Thuật", "Kỹ sư"),
        "clerk": await add_person(session, office, "Bùi Văn Thư", "Văn thư"),
        "contact": await add_person(session, first, "K’Brếp Đầu Mối", "Chánh Văn phòng"),
        "delegate": await add_person(session, first, "Lý Đại Biểu", "Chủ tịch UBND xã"),
    }
    roles = {name: Role(name) for name in people if name != "contact"} | {"contact": Role.UNIT_CONTACT}
    accounts = {
        name: await add_account(session, person, roles[name], username=name, password_hash=password_hash)
        for name, person in people.items()
    }
    for name, site in (("site1", sites[0]), ("site2", sites[1]), ("site3", sites[2]), ("hall", hall)):
        accounts[name] = await add_account(session, site, Role.SITE, username=name, password_hash=password_hash)
    return World(
        province=province,
        office=office,
        department=department,
        district=district,
        communes=(first, second, third),
        hall=hall,
        sites=sites,
        chair=people["chair"],
        secretary=people["secretary"],
        contact=people["contact"],
        accounts=accounts,
        actors=await _load_actors(session, accounts),
    )


async def _load_actors(session: AsyncSession, accounts: dict[str, Account]) -> dict[str, Actor]:
    actors = {name: await load_actor(session, key(account)) for name, account in accounts.items()}
    return {name: actor for name, actor in actors.items() if actor is not None}


def make_draft(world: World, **values: Any) -> MeetingDraft:
    """A valid booking of the world's secretary: tomorrow from 08:00 to 10:00, online, all three communes invited."""
    defaults: dict[str, Any] = {
        "title": "Họp giao ban tháng 11 năm 2026",
        "kind": MeetingKind.BRIEFING,
        "convening_unit_id": key(world.province),
        "chair_id": key(world.chair),
        "secretary_id": key(world.secretary),
        "hall_id": key(world.hall),
        "starts_at": TOMORROW,
        "ends_at": values.get("starts_at", TOMORROW) + timedelta(hours=2),
        "planned_form": Form.ONLINE,
        "invitations": [
            InvitationDraft(key(unit), key(site)) for unit, site in zip(world.communes, world.sites, strict=True)
        ],
        "agenda": [AgendaDraft("Tình hình kinh tế - xã hội", "Sở Tài chính", 30), AgendaDraft("Giải ngân đầu tư công")],
    }
    return MeetingDraft(**(defaults | values))


def key(row: Any) -> int:
    """The primary key of a row that has been flushed."""
    assert isinstance(row.id, int)
    return row.id
