"""Who are you: password hashes, signing in and out, and the server-side session behind the cookie.

The cookie holds 256 random bits; the database holds their SHA-256. Hashing a password takes about 50 ms and 64 MiB on
purpose (argon2id, RFC 9106 section 4), so it runs in a pool of few threads and can neither delay the event loop nor
fill the memory.
"""

import asyncio
import secrets
import unicodedata
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import people_store
from meetings.audit import write_entry
from meetings.errors import N_, Invalid, MeetingError
from meetings.models import Account, SignIn
from meetings.permissions import Actor
from meetings.tokens import hash_token
from web.database import Database

COOKIE = "giaoban"
IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=24)
TOUCH_EVERY = timedelta(minutes=5)
FAILURES = 5
LOCKED = timedelta(minutes=15)
ADDRESS_FAILURES = 30  # an office behind one address has many people
PASSWORD_LENGTH = 12
PASSWORD_LONGEST = 128
HASHING_THREADS = 2


class SignInRefused(MeetingError):
    """The message never tells whether the name or the password was wrong, nor whether the account exists."""

    message = N_("Tên đăng nhập hoặc mật khẩu chưa đúng. Tên đăng nhập được giữ lại; hãy nhập lại mật khẩu.")


class TooManyAttempts(SignInRefused):
    message = N_(
        "Đã nhập sai quá nhiều lần. Việc đăng nhập tạm dừng 15 phút; "
        "nếu quên mật khẩu, hãy liên hệ quản trị hệ thống của đơn vị."
    )


@dataclass(frozen=True)
class Session:
    """A signed-in person's session, as it stands for one request."""

    token_hash: str
    csrf_token: str
    actor: Actor
    must_change_password: bool


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(HASHING_THREADS, "password")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _unknown_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe())


async def hash_password(plain: str) -> str:
    """The argon2id hash of a password, with its parameters and salt (the PHC string format)."""
    return await asyncio.get_running_loop().run_in_executor(_pool(), _hasher().hash, _normal(plain))


async def check_password(password_hash: str, plain: str) -> bool:
    """Whether ``plain`` is the password; ``False`` also for a hash that cannot be read."""
    return await asyncio.get_running_loop().run_in_executor(_pool(), _verify, password_hash, plain)


def _verify(password_hash: str, plain: str) -> bool:
    try:
        return _hasher().verify(password_hash or _unknown_hash(), _normal(plain)) and bool(password_hash)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def _normal(plain: str) -> str:
    # The same Vietnamese letter may be typed as one code point or as two.
    return unicodedata.normalize("NFC", plain)


def normal_username(typed: str) -> str:
    return unicodedata.normalize("NFC", typed).strip().lower()


def require_good_password(plain: str, username: str) -> None:
    """Raises ``Invalid`` on field ``new_password`` for a password that is too easy or too long."""
    plain = _normal(plain)
    if len(plain) < PASSWORD_LENGTH:
        raise Invalid(N_("Mật khẩu cần ít nhất {n} ký tự."), field="new_password", n=PASSWORD_LENGTH)
    if len(plain) > PASSWORD_LONGEST:
        raise Invalid(N_("Mật khẩu dài nhất là {n} ký tự."), field="new_password", n=PASSWORD_LONGEST)
    if username and username in plain.lower():
        raise Invalid(N_("Mật khẩu không được chứa tên đăng nhập."), field="new_password")
    if len(set(plain)) < 5:
        raise Invalid(N_("Mật khẩu lặp lại quá ít ký tự khác nhau."), field="new_password")


def new_password() -> str:
    """A password for someone to be told once: four groups that are easy to read out, about 77 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


class Throttle:
    """Counts failures per key in a sliding window, in memory: of addresses, and of names that no account has."""

    def __init__(self, window: timedelta = LOCKED, keys: int = 10_000) -> None:
        self.window = window
        self.keys = keys
        self.failures: OrderedDict[str, deque[datetime]] = OrderedDict()

    def count(self, key: str, now: datetime) -> int:
        times = self.failures.get(key)
        while times and now - times[0] > self.window:
            times.popleft()
        return len(times or ())

    def add(self, key: str, now: datetime) -> None:
        self.failures.setdefault(key, deque(maxlen=max(FAILURES, ADDRESS_FAILURES))).append(now)
        self.failures.move_to_end(key)
        while len(self.failures) > self.keys:
            self.failures.popitem(last=False)


THROTTLE = web.AppKey("throttle", Throttle)


@dataclass(frozen=True)
class Visitor:
    """Where a sign-in comes from."""

    address: str
    user_agent: str


async def sign_in(
    database: Database, throttle: Throttle, username: str, password: str, visitor: Visitor, now: datetime
) -> str:
    """Check a name and a password and open a session. Returns the cookie's token. Raises ``SignInRefused``.

    An unknown name, a disabled account and a locked one cost the same time as a wrong password.
    """
    username = normal_username(username)
    address, name = f"address:{visitor.address}", f"name:{username}"
    if throttle.count(address, now) >= ADDRESS_FAILURES:
        raise TooManyAttempts  # without the costly part: this tells of an address, not of an account
    async with database.read() as session:
        account = await people_store.find_account(session, username)
    usable = account is not None and account.disabled_at is None
    right = await check_password(account.password_hash if account and usable else "", password)
    if throttle.count(address, now) >= ADDRESS_FAILURES or throttle.count(name, now) >= FAILURES:
        raise TooManyAttempts
    if account is None or not usable:
        throttle.add(address, now)
        throttle.add(name, now)
        async with database.write() as session:
            detail = {"username": username[:64]}
            await write_entry(session, None, "account.sign_in_refused", "", detail, now, visitor.address)
        raise SignInRefused
    async with database.write() as session:
        token = await _finish_sign_in(session, account, right, visitor, now)
    if token is None:
        throttle.add(address, now)
        raise SignInRefused
    return token


async def _finish_sign_in(
    session: AsyncSession, seen: Account, right: bool, visitor: Visitor, now: datetime
) -> str | None:
    """One transaction: refuse a locked account, count a failure, or open the session."""
    query = select(Account).where(Account.id == seen.id).with_for_update()  # failures at the same time count each
    account = (await session.exec(query)).one()
    subject = f"account:{account.id}"
    if account.locked_until is not None and account.locked_until > now:
        raise TooManyAttempts
    if not right or account.password_hash != seen.password_hash:
        account.failed_sign_ins += 1
        action = "account.sign_in_refused"
        if account.failed_sign_ins >= FAILURES:
            account.failed_sign_ins, account.locked_until = 0, now + LOCKED
            action = "account.lock"
        await write_entry(session, None, action, subject, {"username": account.username}, now, visitor.address)
        return None
    account.failed_sign_ins, account.locked_until = 0, None
    actor = await people_store.load_actor(session, account.id or 0)
    await write_entry(session, actor, "account.sign_in", subject, {}, now, visitor.address)
    return await open_session(session, account.id or 0, visitor, now)


async def open_session(session: AsyncSession, account_id: int, visitor: Visitor, now: datetime) -> str:
    """Store a new session and return its token. Expired ones of everybody go at the same time."""
    await people_store.remove_expired_sign_ins(session, now)
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=hash_token(token),
            account_id=account_id,
            csrf_token=secrets.token_urlsafe(32),
            created_at=now,
            seen_at=now,
            expires_at=now + IDLE,
            address=visitor.address[:64],
            user_agent=visitor.user_agent[:300],
        )
    )
    return token


async def load_session(database: Database, token: str, now: datetime) -> Session | None:
    """The session of a cookie, or ``None`` when there is none, it ran out, or its account was disabled."""
    async with database.read() as session:
        row = await people_store.find_sign_in(session, hash_token(token), now)
        if row is None:
            return None
        account = await session.get(Account, row.account_id)
        actor = await people_store.load_actor(session, row.account_id)
        if account is None or account.disabled_at is not None or actor is None:
            return None
    if now - row.seen_at >= TOUCH_EVERY:
        await _touch(database, row.token_hash, now)
    return Session(row.token_hash, row.csrf_token, actor, account.must_change_password)


async def _touch(database: Database, token_hash: str, now: datetime) -> None:
    async with database.write() as session:
        row = await session.get(SignIn, token_hash)
        if row is not None:
            row.seen_at, row.expires_at = now, min(now + IDLE, row.created_at + LONGEST)
            session.add(row)


async def sign_out(database: Database, current: Session, address: str, now: datetime) -> None:
    """Forget the session: its cookie is worth nothing from here on."""
    async with database.write() as session:
        await people_store.end_sign_in(session, current.token_hash)
        subject = f"account:{current.actor.account_id}"
        await write_entry(session, current.actor, "account.sign_out", subject, {}, now, address)
