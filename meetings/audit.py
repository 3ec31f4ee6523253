"""The audit log: append-only and hash-chained, written in the transaction of the change it tells of.

Triggers refuse to change or delete an entry; the chain shows it when somebody did so behind them. The hash of an entry
is SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of its fields and the hash of the entry before.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.locks import AUDIT, take_lock
from meetings.models import AuditEntry
from meetings.permissions import Actor

START = "0" * 64  # the hash before the first entry
SYSTEM = "hệ thống"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """``broken_id`` is the first entry that does not fit, ``None`` when the whole chain holds."""

    entries: int
    broken_id: int | None

    @property
    def holds(self) -> bool:
        return self.broken_id is None


def hash_entry(entry: AuditEntry) -> str:
    """The hash that ``entry`` must carry."""
    fields = {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "account_id": entry.account_id,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
        "address": entry.address,
        "previous_hash": entry.previous_hash,
    }
    canonical = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def write_entry(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
    now: datetime,
    address: str = "",
) -> AuditEntry:
    """Append one entry in the caller's transaction.

    ``action`` is ``noun.verb`` in English, ``subject`` names the thing (``meeting:12``); ``detail`` holds JSON values,
    what changed as ``{field: [old, new]}``. ``actor`` is ``None`` for the program itself.
    """
    await take_lock(session, AUDIT)
    await session.flush()
    last = (await session.exec(select(AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1))).first()
    entry = AuditEntry(
        at=now,
        account_id=actor.account_id if actor else None,
        actor=actor.name[:150] if actor else SYSTEM,
        action=action,
        subject=subject,
        detail=json.loads(json.dumps(dict(detail), default=_to_json)),
        address=address[:64],
        previous_hash=last or START,
        hash="",
    )
    entry.hash = hash_entry(entry)
    session.add(entry)
    await session.flush()
    return entry


async def has_entry(session: AsyncSession, actor: Actor, action: str, subject: str, since: datetime) -> bool:
    """Whether ``actor`` is noted for this since then."""
    query = select(AuditEntry.id).where(
        AuditEntry.account_id == actor.account_id,
        AuditEntry.action == action,
        AuditEntry.subject == subject,
        col(AuditEntry.at) >= since,
    )
    return (await session.exec(query.limit(1))).first() is not None


async def verify_chain(session: AsyncSession) -> ChainReport:
    """Recompute every hash from the first entry on."""
    previous, count = START, 0
    rows = await session.stream_scalars(
        select(AuditEntry).order_by(col(AuditEntry.id)).execution_options(yield_per=500)
    )
    async for entry in rows:
        count += 1
        if entry.previous_hash != previous or entry.hash != hash_entry(entry):
            return ChainReport(count, entry.id)
        previous = entry.hash
    return ChainReport(count, None)


async def list_entries(
    session: AsyncSession, *, action: str = "", subject: str = "", before_id: int | None = None, limit: int = 100
) -> list[AuditEntry]:
    """The newest first; ``action`` matches from its start; ``before_id`` pages on."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if action:
        query = query.where(col(AuditEntry.action).startswith(action, autoescape=True))
    if subject:
        query = query.where(AuditEntry.subject == subject)
    if before_id is not None:
        query = query.where(col(AuditEntry.id) < before_id)
    return list((await session.exec(query)).all())


def _to_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
