"""Locks that last until the end of the transaction, so that what was checked is still true when it is saved.

SQLite needs none: a writing transaction has the whole database to itself from its first statement on. PostgreSQL lets
writers run side by side; an advisory lock makes those that check the same thing wait for each other. Who needs
``AUDIT`` too takes it last.
"""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

BOOKING = 0x67620001
AUDIT = 0x67620002
ACCOUNTS = 0x67620003
NUMBERS = 0x67620004
SEARCH = 0x67620005


async def take_lock(session: AsyncSession, key: int) -> None:
    """Wait until no other transaction holds ``key``; it is given back when this one ends."""
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
