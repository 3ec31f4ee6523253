"""Use cases of accounts. Passwords arrive here as hashes; hashing is a matter of the edge.

``actor`` is ``None`` where the program's own commands act: whoever can run them owns the database.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.locks import ACCOUNTS, take_lock
from meetings.models import Account, AccountRole, Person, Role, Site, Unit
from meetings.people_store import end_all_sign_ins, find_account
from meetings.permissions import Actor, may_manage_accounts

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
LOCALES = ("vi", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDraft:
    """An account of a person (``unit_id``) or of a site (``site_id``): exactly one is given."""

    username: str
    roles: Collection[Role]
    full_name: str = ""
    unit_id: int | None = None
    site_id: int | None = None
    position: str = ""
    email: str = ""
    locale: str = "vi"
    must_change_password: bool = False
    is_demo: bool = False


def check_username(username: str) -> None:
    if not USERNAME.fullmatch(username):
        raise Invalid(
            N_("Tên đăng nhập gồm 2 đến 64 chữ thường không dấu, chữ số hoặc . _ - và bắt đầu bằng chữ hoặc số."),
            field="username",
        )


def check_account(draft: AccountDraft) -> None:
    """Refuse what no account may be; ``Invalid`` names the field."""
    check_username(draft.username)
    if not draft.roles:
        raise Invalid(N_("Cần chọn ít nhất một vai trò."), field="roles")
    if (draft.unit_id is None) == (draft.site_id is None):
        raise Invalid(N_("Tài khoản thuộc về một người của một đơn vị, hoặc về một điểm cầu."), field="unit")
    if (Role.SITE in draft.roles) != (draft.site_id is not None):
        raise Invalid(N_("Vai trò điểm cầu chỉ dành cho tài khoản của một điểm cầu."), field="roles")
    if draft.site_id is None and not draft.full_name.strip():
        raise Invalid(N_("Cần nhập họ và tên."), field="name")
    if draft.locale not in LOCALES:
        raise Invalid(N_("Ngôn ngữ này chưa có."), field="locale")


async def add_account(
    session: AsyncSession, actor: Actor | None, draft: AccountDraft, password_hash: str, now: datetime
) -> Account:
    """Make an account, and the person it is for. ``Conflict`` when the username is taken."""
    if actor is not None and not may_manage_accounts(actor):
        raise NotAllowed
    check_account(draft)
    await take_lock(session, ACCOUNTS)
    if await find_account(session, draft.username) is not None:
        raise Conflict(N_("Tên đăng nhập {username} đã có."), field="username", username=draft.username)
    person_id = None
    if draft.site_id is not None:
        if await session.get(Site, draft.site_id) is None:
            raise Invalid(N_("Điểm cầu không có trong danh mục."), field="site")
    else:
        person_id = await _add_person(session, draft)
    account = Account(
        username=draft.username,
        password_hash=password_hash,
        person_id=person_id,
        site_id=draft.site_id,
        locale=draft.locale,
        must_change_password=draft.must_change_password,
        created_at=now,
        is_demo=draft.is_demo,
    )
    session.add(account)
    await session.flush()
    roles = sorted(set(draft.roles))
    session.add_all(AccountRole(account_id=account.id or 0, role=role) for role in roles)
    detail = {"username": account.username, "roles": roles, "unit": draft.unit_id, "site": draft.site_id}
    await write_entry(session, actor, "account.add", f"account:{account.id}", detail, now)
    return account


async def _add_person(session: AsyncSession, draft: AccountDraft) -> int | None:
    if await session.get(Unit, draft.unit_id) is None or draft.unit_id is None:
        raise Invalid(N_("Đơn vị không có trong danh mục."), field="unit")
    person = Person(
        full_name=draft.full_name.strip(),
        position=draft.position.strip(),
        unit_id=draft.unit_id,
        email=draft.email.strip(),
        is_demo=draft.is_demo,
    )
    session.add(person)
    await session.flush()
    return person.id


async def reset_password(
    session: AsyncSession,
    actor: Actor | None,
    username: str,
    password_hash: str,
    now: datetime,
    *,
    must_change: bool = True,
) -> Account:
    """Give an account a new password, unlock it and end its sessions."""
    if actor is not None and not may_manage_accounts(actor):
        raise NotAllowed
    account = await find_account(session, username)
    if account is None:
        raise NotFound(N_("Không có tài khoản {username}."), username=username)
    account.password_hash = password_hash
    account.must_change_password = must_change
    account.failed_sign_ins, account.locked_until = 0, None
    session.add(account)
    await end_all_sign_ins(session, account.id or 0)
    await write_entry(session, actor, "account.reset_password", f"account:{account.id}", {}, now)
    return account


async def change_password(
    session: AsyncSession, actor: Actor, password_hash: str, now: datetime, *, keep: str = ""
) -> None:
    """A person's own new password. Every other session ends; ``keep`` is the hash of the present one's token."""
    account = await _get_own(session, actor)
    account.password_hash = password_hash
    account.must_change_password = False
    session.add(account)
    await end_all_sign_ins(session, account.id or 0, keep=keep)
    await write_entry(session, actor, "account.change_password", f"account:{account.id}", {}, now)


async def change_locale(session: AsyncSession, actor: Actor, locale: str, now: datetime) -> None:
    account = await _get_own(session, actor)
    if locale not in LOCALES:
        raise Invalid(N_("Ngôn ngữ này chưa có."), field="locale")
    if account.locale != locale:
        detail = {"locale": [account.locale, locale]}
        account.locale = locale
        session.add(account)
        await write_entry(session, actor, "account.change_locale", f"account:{account.id}", detail, now)


async def change_roles(
    session: AsyncSession, actor: Actor, account_id: int, roles: Collection[Role], now: datetime
) -> None:
    """Replace an account's roles. Nobody takes the administrator's role from themselves."""
    account = await _get_managed(session, actor, account_id)
    if not roles:
        raise Invalid(N_("Cần chọn ít nhất một vai trò."), field="roles")
    if (Role.SITE in roles) != (account.site_id is not None):
        raise Invalid(N_("Vai trò điểm cầu chỉ dành cho tài khoản của một điểm cầu."), field="roles")
    if account_id == actor.account_id and Role.ADMINISTRATOR not in roles:
        raise Invalid(N_("Bạn không thể tự bỏ vai trò quản trị của mình."), field="roles")
    await session.exec(delete(AccountRole).where(col(AccountRole.account_id) == account_id))
    session.add_all(AccountRole(account_id=account_id, role=role) for role in sorted(set(roles)))
    detail = {"roles": sorted(set(roles))}
    await write_entry(session, actor, "account.change_roles", f"account:{account_id}", detail, now)


async def disable_account(session: AsyncSession, actor: Actor, account_id: int, now: datetime) -> None:
    """It can no longer sign in, and its sessions end. What it did stays under its name."""
    account = await _get_managed(session, actor, account_id)
    if account_id == actor.account_id:
        raise Invalid(N_("Bạn không thể khóa tài khoản của chính mình."))
    if account.disabled_at is None:
        account.disabled_at = now
        session.add(account)
        await end_all_sign_ins(session, account_id)
        await write_entry(session, actor, "account.disable", f"account:{account_id}", {}, now)


async def enable_account(session: AsyncSession, actor: Actor, account_id: int, now: datetime) -> None:
    """Undo ``disable_account`` and any lock."""
    account = await _get_managed(session, actor, account_id)
    account.disabled_at, account.locked_until, account.failed_sign_ins = None, None, 0
    session.add(account)
    await write_entry(session, actor, "account.enable", f"account:{account_id}", {}, now)


async def _get_own(session: AsyncSession, actor: Actor) -> Account:
    account = await session.get(Account, actor.account_id) if actor.account_id is not None else None
    if account is None:
        raise NotAllowed
    return account


async def _get_managed(session: AsyncSession, actor: Actor, account_id: int) -> Account:
    if not may_manage_accounts(actor):
        raise NotAllowed
    account = await session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account
