"""Codes on the screen at a hall's door, and the tickets of those who scanned one. Nothing of them is stored.

Both are signed (HMAC-SHA-256) with a key of the meeting. A code is of one half minute and good for the next two, so
that a photograph of it is soon worth nothing; whoever opened one in time has a ticket, good for a quarter of an hour,
to find the own name. A new key ends all of them.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(seconds=30)
GOOD_WINDOWS = 3  # the one in which it is shown and the two after it
TICKET_AGE = timedelta(minutes=15)
CODE = re.compile(r"([0-9a-f]{1,8})-([0-9a-f]{1,10})-([A-Za-z0-9_-]{16})")
TICKET = re.compile(r"([0-9a-f]{1,10})\.([0-9a-f]{0,8})\.([A-Za-z0-9_-]{16})")


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it was scanned: whose meeting it says it is, which half minute, and the signature."""

    meeting_id: int
    window: int
    signature: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """``delegate_id``: who checked in with it, if anybody did."""

    issued_at: datetime
    delegate_id: int | None


def make_code(meeting_id: int, key: str, now: datetime) -> str:
    window = _window_of(now)
    return f"{meeting_id:x}-{window:x}-{_sign(key, f'code:{meeting_id}:{window}')}"


def read_code(text: str) -> Code | None:
    """The parts of a code; ``None`` for what has not its form. Whether it is genuine, ``is_genuine`` says."""
    match = CODE.fullmatch(text)
    return Code(int(match[1], 16), int(match[2], 16), match[3]) if match else None


def is_genuine(code: Code, key: str) -> bool:
    """Whether the meeting's screen showed it, at whatever time."""
    return bool(key) and hmac.compare_digest(_sign(key, f"code:{code.meeting_id}:{code.window}"), code.signature)


def is_fresh(code: Code, now: datetime) -> bool:
    return 0 <= _window_of(now) - code.window < GOOD_WINDOWS


def make_ticket(meeting_id: int, key: str, issued_at: datetime, delegate_id: int | None = None) -> str:
    issued, who = int(issued_at.timestamp()), delegate_id or 0
    return f"{issued:x}.{who:x}.{_sign(key, f'ticket:{meeting_id}:{issued}:{who}')}"


def read_ticket(text: str, meeting_id: int, key: str, now: datetime) -> Ticket | None:
    """The ticket, when it is this meeting's and not too old."""
    match = TICKET.fullmatch(text)
    if not match or not key:
        return None
    issued, who = int(match[1], 16), int(match[2] or "0", 16)
    if not hmac.compare_digest(_sign(key, f"ticket:{meeting_id}:{issued}:{who}"), match[3]):
        return None
    issued_at = datetime.fromtimestamp(issued, UTC)
    return Ticket(issued_at, who or None) if issued_at <= now < issued_at + TICKET_AGE else None


def _window_of(now: datetime) -> int:
    return int(now.timestamp() // WINDOW.total_seconds())


def _sign(key: str, text: str) -> str:
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()
