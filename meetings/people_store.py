"""Every query on units, sites, people, accounts and sign-ins. Each takes a session; the caller commits."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, delete, or_
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import N_, Invalid, NotFound
from meetings.models import (
    Account,
    AccountRole,
    Level,
    Person,
    Role,
    SignIn,
    Site,
    Unit,
    UnitCode,
    UnitLevel,
    UnitName,
    UnitParent,
    UnitSuccession,
)
from meetings.org_tree import Dated, LevelView, OrgTree, Succession, UnitHistory, UnitRecord, Validity
from meetings.permissions import Actor


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with whose it is. Exactly one of ``person`` and ``site`` is set."""

    account: Account
    roles: frozenset[Role]
    person: Person | None
    site: Site | None

    @property
    def name(self) -> str:
        owner = self.person.full_name if self.person else self.site.name if self.site else ""
        return owner or self.account.username

    @property
    def unit_id(self) -> int | None:
        owner = self.person or self.site
        return owner.unit_id if owner else None


def is_valid_on(model: type[Site] | type[Unit] | type[Level], on: date) -> ColumnElement[bool]:
    """The condition that a row with ``valid_from`` and ``valid_to`` holds on ``on``."""
    first, last = col(model.valid_from), col(model.valid_to)
    return and_(or_(first.is_(None), first <= on), or_(last.is_(None), last >= on))


async def load_history(session: AsyncSession) -> UnitHistory:
    """All units over all time."""
    levels = {
        level.id: LevelView(level.code, level.name, level.rank) for level in (await session.exec(select(Level))).all()
    }
    names: dict[int, list[Dated[tuple[str, str]]]] = defaultdict(list)
    for name in (await session.exec(select(UnitName))).all():
        names[name.unit_id].append(Dated((name.name, name.short_name), Validity(name.valid_from, name.valid_to)))
    ranks: dict[int, list[Dated[LevelView]]] = defaultdict(list)
    for row in (await session.exec(select(UnitLevel))).all():
        ranks[row.unit_id].append(Dated(levels[row.level_id], Validity(row.valid_from, row.valid_to)))
    parents: dict[int, list[Dated[int]]] = defaultdict(list)
    for parent in (await session.exec(select(UnitParent))).all():
        parents[parent.unit_id].append(Dated(parent.parent_id, Validity(parent.valid_from, parent.valid_to)))
    codes: dict[int, list[Dated[tuple[str, str]]]] = defaultdict(list)
    for code in (await session.exec(select(UnitCode))).all():
        codes[code.unit_id].append(Dated((code.scheme, code.code), Validity(code.valid_from, code.valid_to)))
    return UnitHistory(
        UnitRecord(
            id=unit.id,
            kind=unit.kind,
            official_order=unit.official_order,
            validity=Validity(unit.valid_from, unit.valid_to),
            names=names[unit.id],
            levels=ranks[unit.id],
            parents=parents[unit.id],
            codes=codes[unit.id],
        )
        for unit in (await session.exec(select(Unit))).all()
        if unit.id is not None
    )


async def load_tree(session: AsyncSession, on: date) -> OrgTree:
    """The units that exist on ``on``, under their names of that day."""
    return (await load_history(session)).at(on)


async def list_levels(session: AsyncSession, on: date | None = None) -> list[Level]:
    """All levels, or those of a day, the highest first."""
    query = select(Level).order_by(col(Level.rank))
    if on is not None:
        query = query.where(is_valid_on(Level, on))
    return list((await session.exec(query)).all())


def pair_levels(levels: Sequence[Level]) -> list[tuple[Level, Level]]:
    """Every pair of a higher and a lower one of ``levels``, in their order."""
    return [(upper, lower) for upper in levels for lower in levels if upper.rank < lower.rank]


async def check_pair(session: AsyncSession, upper: str, lower: str) -> None:
    """``Invalid`` unless these are the codes of a higher and a lower level."""
    levels = await list_levels(session)
    codes = list(dict.fromkeys(level.code for level in levels))
    for code in (upper, lower):
        if code not in codes:
            message = N_("Không có cấp “{code}”; hãy dùng một trong: {codes}.")
            raise Invalid(message, field="pair", code=code[:50], codes=", ".join(codes))
    if (upper, lower) not in {(one.code, other.code) for one, other in pair_levels(levels)}:
        raise Invalid(N_("Cặp cấp không đúng: cấp trên phải cao hơn cấp dưới."), field="pair")


async def list_successions(session: AsyncSession, unit_id: int | None = None) -> list[UnitSuccession]:
    """The steps in which units followed each other, oldest first; of one unit: those from it and to it."""
    query = select(UnitSuccession).order_by(col(UnitSuccession.on), col(UnitSuccession.id))
    if unit_id is not None:
        query = query.where(or_(col(UnitSuccession.old_unit_id) == unit_id, col(UnitSuccession.new_unit_id) == unit_id))
    return list((await session.exec(query)).all())


def to_succession(row: UnitSuccession) -> Succession:
    return Succession(row.old_unit_id, row.new_unit_id, row.on)


async def list_sites(session: AsyncSession, on: date, unit_id: int | None = None) -> list[Site]:
    """The sites that exist on ``on``, of one unit or of all, by name."""
    query = select(Site).where(is_valid_on(Site, on)).order_by(col(Site.name), col(Site.id))
    if unit_id is not None:
        query = query.where(Site.unit_id == unit_id)
    return list((await session.exec(query)).all())


async def get_sites(session: AsyncSession, ids: Collection[int]) -> dict[int, Site]:
    rows = (await session.exec(select(Site).where(col(Site.id).in_(ids)))).all() if ids else []
    return {site.id: site for site in rows if site.id is not None}


async def get_people(session: AsyncSession, ids: Collection[int]) -> dict[int, Person]:
    rows = (await session.exec(select(Person).where(col(Person.id).in_(ids)))).all() if ids else []
    return {person.id: person for person in rows if person.id is not None}


async def list_people(session: AsyncSession, *, unit_id: int | None = None, role: Role | None = None) -> list[Person]:
    """People by name, of one unit or of all; with ``role``: those with an account in use that has it."""
    query = select(Person).order_by(col(Person.full_name), col(Person.id))
    if unit_id is not None:
        query = query.where(Person.unit_id == unit_id)
    if role is not None:
        holders = (
            select(Account.person_id)
            .join(AccountRole, col(AccountRole.account_id) == col(Account.id))
            .where(AccountRole.role == role, col(Account.disabled_at).is_(None))
        )
        query = query.where(col(Person.id).in_(holders))
    return list((await session.exec(query)).all())


async def find_account(session: AsyncSession, username: str) -> Account | None:
    """The account of that name; letters in either case are the same."""
    query = select(Account).where(func.lower(col(Account.username)) == username.strip().lower())
    return (await session.exec(query)).first()


async def get_account(session: AsyncSession, account_id: int) -> AccountView:
    """The account with its owner and roles; ``NotFound`` when there is none."""
    account = await session.get(Account, account_id)
    if account is None:
        raise NotFound
    return (await _view_accounts(session, [account]))[0]


async def list_accounts(session: AsyncSession) -> list[AccountView]:
    rows = (await session.exec(select(Account).order_by(col(Account.username)))).all()
    return await _view_accounts(session, list(rows))


async def _view_accounts(session: AsyncSession, accounts: list[Account]) -> list[AccountView]:
    roles: dict[int, set[Role]] = defaultdict(set)
    ids = [account.id for account in accounts]
    for row in (await session.exec(select(AccountRole).where(col(AccountRole.account_id).in_(ids)))).all():
        roles[row.account_id].add(row.role)
    people = await get_people(session, {a.person_id for a in accounts if a.person_id is not None})
    sites = await get_sites(session, {a.site_id for a in accounts if a.site_id is not None})
    return [
        AccountView(
            account=account,
            roles=frozenset(roles[account.id or 0]),
            person=people.get(account.person_id or 0),
            site=sites.get(account.site_id or 0),
        )
        for account in accounts
    ]


async def load_actor(session: AsyncSession, account_id: int) -> Actor | None:
    """Who signed in with this account; ``None`` when it does not exist or is disabled."""
    account = await session.get(Account, account_id)
    if account is None or account.disabled_at is not None:
        return None
    view = (await _view_accounts(session, [account]))[0]
    return Actor(
        account_id=account_id,
        name=view.name,
        roles=view.roles,
        person_id=account.person_id,
        site_id=account.site_id,
        unit_id=view.unit_id,
        locale=account.locale,
    )


async def find_sign_in(session: AsyncSession, token_hash: str, now: datetime) -> SignIn | None:
    """The sign-in whose cookie has this hash, if it has not expired."""
    sign_in = await session.get(SignIn, token_hash)
    return sign_in if sign_in is not None and sign_in.expires_at > now else None


async def end_sign_in(session: AsyncSession, token_hash: str) -> None:
    await session.exec(delete(SignIn).where(col(SignIn.token_hash) == token_hash))


async def end_all_sign_ins(session: AsyncSession, account_id: int, *, keep: str = "") -> None:
    """End every session of an account, but for the one whose token has the hash ``keep``."""
    await session.exec(delete(SignIn).where(col(SignIn.account_id) == account_id, col(SignIn.token_hash) != keep))


async def remove_expired_sign_ins(session: AsyncSession, now: datetime) -> None:
    await session.exec(delete(SignIn).where(col(SignIn.expires_at) <= now))
