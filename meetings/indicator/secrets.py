"""Meetings with state secrets: never booked here. The office enters how many there were, a number and nothing else."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.locks import BOOKING, take_lock
from meetings.models import SecretMeetingCount
from meetings.periods import half_of_day
from meetings.permissions import Actor, may_count_secrets

MOST = 1000  # in half a month


@dataclass(frozen=True, slots=True)
class SecretCount:
    """How many there were in the half month that begins on ``half``."""

    half: date
    count: int


async def list_secret_counts(session: AsyncSession, first: date, last: date) -> list[SecretCount]:
    """Every half month that begins between two days, also those of which nothing was entered."""
    query = select(SecretMeetingCount).where(
        col(SecretMeetingCount.month) >= first, col(SecretMeetingCount.month) <= last
    )
    counts = {row.month: row.count for row in (await session.exec(query)).all()}
    days = (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
    return [SecretCount(day, counts.get(day, 0)) for day in days if half_of_day(day) == day]


async def set_secret_count(
    session: AsyncSession, actor: Actor, half: date, count: int, shown: int, now: datetime
) -> None:
    """Enter how many there were in a half month (it begins on the 1st or the 15th).

    Months of either kind are two such halves. ``Conflict`` when the number that was ``shown`` is no longer the present
    one, for bookings that were refused count too.
    """
    if not may_count_secrets(actor):
        raise NotAllowed
    if half_of_day(half) != half:
        raise Invalid(N_("Số cuộc họp mật được nhập cho nửa tháng, từ ngày 01 hoặc từ ngày 15."), field="half")
    if not 0 <= count <= MOST:
        raise Invalid(N_("Số cuộc họp mật là số từ 0 đến 1000."), field="count")
    await take_lock(session, BOOKING)  # a booking that is refused counts one more under it
    row = await session.get(SecretMeetingCount, half)
    old = 0 if row is None else row.count
    if old != shown:
        raise Conflict(N_("Số này vừa được thay đổi thành {n}. Hãy kiểm tra rồi nhập lại."), field="count", n=old)
    if old == count:
        return
    row = row or SecretMeetingCount(month=half)
    row.count = count
    session.add(row)
    await write_entry(session, actor, "ratio.count_secrets", f"half:{half}", {"count": [old, count]}, now)
