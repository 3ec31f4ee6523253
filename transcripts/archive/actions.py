"""The use cases of a meeting's file: its term, holds, the handing over, and the table of terms.

Whoever changes a file has its meeting locked.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, get_meeting, is_visible, lock_meeting
from meetings.periods import local_day
from meetings.permissions import Actor
from meetings.record_permissions import (
    may_change_retention,
    may_hold_file,
    may_keep_file,
    may_view_file,
)
from transcripts.archive import store
from transcripts.archive.terms import is_valid
from transcripts.archive_models import LegalHold, RetentionRule

LONGEST = 500
NO_REASON = N_("Hãy ghi rõ lý do.")
TOO_LONG = N_("Nội dung dài nhất là {n} ký tự.")
PENDING = N_("Hồ sơ đã có một đề nghị tiêu hủy đang chờ.")


@dataclass(frozen=True)
class TypedRule:
    """What was typed of a term. ``years``: ``None`` is for ever."""

    name: str
    years: int | None
    basis: str
    meeting_kinds: tuple[str, ...]
    scope: str
    valid_from: date | None
    valid_to: date | None


async def load_file(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    """``NotFound`` for who may not know of the meeting."""
    bundle = await get_meeting(session, slug)
    if not may_view_file(actor, bundle.meeting):
        raise NotAllowed if is_visible(actor, bundle) else NotFound
    return bundle


async def choose_term(session: AsyncSession, actor: Actor, slug: str, rule_id: int | None, now: datetime) -> None:
    """``None``: as the table proposes."""
    bundle = await load_locked(session, actor, slug)
    if not may_keep_file(actor, bundle.meeting):
        raise NotAllowed
    rule = await session.get(RetentionRule, rule_id) if rule_id is not None else None
    if rule_id is not None and (rule is None or not is_valid(rule, local_day(now))):
        raise Invalid(N_("Hãy chọn một thời hạn bảo quản trong danh sách."), field="rule")
    if await store.find_undecided(session, bundle.id) is not None:
        raise Conflict(PENDING, field="rule")
    row = await store.hold_file(session, bundle.id)
    before, row.rule_id, row.rule_by = row.rule_id, rule_id, actor.name[:150]
    row.noticed_at = row.noticed_end = None  # the end moved: it is told of anew
    detail = {"rule": [before, rule_id], "name": rule.name if rule else ""}
    await write_entry(session, actor, "file.term", f"meeting:{bundle.id}", detail, now)


async def place_hold(session: AsyncSession, actor: Actor, slug: str, reason: str, now: datetime) -> LegalHold:
    bundle = await load_locked(session, actor, slug)
    if not may_hold_file(actor, bundle.meeting):
        raise NotAllowed
    check_text(reason, "hold_reason")
    if await store.find_hold(session, bundle.id) is not None:
        raise Conflict(N_("Hồ sơ đã có lệnh giữ."), field="hold_reason")
    hold = LegalHold(meeting_id=bundle.id, reason=reason, placed_by=actor.name[:150], placed_at=now)
    session.add(hold)
    await session.flush()
    await write_entry(session, actor, "file.hold", f"meeting:{bundle.id}", {"reason": reason}, now)
    return hold


async def lift_hold(session: AsyncSession, actor: Actor, slug: str, reason: str, now: datetime) -> None:
    bundle = await load_locked(session, actor, slug)
    if not may_hold_file(actor, bundle.meeting):
        raise NotAllowed
    check_text(reason, "lift_reason")
    hold = await store.find_hold(session, bundle.id)
    if hold is None:
        raise Conflict
    hold.lifted_at, hold.lifted_by, hold.lift_reason = now, actor.name[:150], reason
    await write_entry(session, actor, "file.lift", f"meeting:{bundle.id}", {"reason": reason}, now)


async def note_transfer(session: AsyncSession, actor: Actor, slug: str, day: date, to: str, now: datetime) -> None:
    """That the file was handed over to an archive."""
    bundle = await load_locked(session, actor, slug)
    if not may_keep_file(actor, bundle.meeting):
        raise NotAllowed
    if not to or len(to) > 200:
        raise Invalid(N_("Hãy ghi nơi nhận hồ sơ, dài nhất 200 ký tự."), field="to")
    if not bundle.day <= day <= local_day(now):
        raise Invalid(N_("Ngày nộp lưu phải từ ngày họp đến hôm nay."), field="day")
    row = await store.hold_file(session, bundle.id)
    row.transferred_on, row.transferred_to, row.transferred_by = day, to, actor.name[:150]
    await write_entry(session, actor, "file.transfer", f"meeting:{bundle.id}", {"day": day.isoformat(), "to": to}, now)


async def save_rule(
    session: AsyncSession, actor: Actor, rule_id: int | None, version: int, told: TypedRule, now: datetime
) -> RetentionRule:
    """A term of the table. One that no longer holds is ended by its last day, never deleted."""
    if not may_change_retention(actor):
        raise NotAllowed
    if not told.name or len(told.name) > 200:
        raise Invalid(N_("Hãy ghi tên loại hồ sơ, dài nhất 200 ký tự."), field="name")
    if not told.basis or len(told.basis) > 300:
        raise Invalid(N_("Hãy ghi căn cứ của thời hạn, dài nhất 300 ký tự."), field="basis")
    if told.years is not None and not 1 <= told.years <= 200:
        raise Invalid(N_("Số năm từ 1 đến 200; để trống là vĩnh viễn."), field="years")
    if told.valid_from and told.valid_to and told.valid_to < told.valid_from:
        raise Invalid(N_("Ngày hết hiệu lực phải sau ngày có hiệu lực."), field="valid_to")
    row = (
        RetentionRule(name="", basis="")
        if rule_id is None
        else await session.get(RetentionRule, rule_id, populate_existing=True, with_for_update=True)
    )
    if row is None:
        raise NotFound
    if rule_id is not None and row.version != version:
        raise Conflict(field="name")
    before = {name: getattr(row, name) for name in ("name", "years", "basis")}
    row.name, row.years, row.basis, row.scope = told.name, told.years, told.basis, told.scope
    row.meeting_kinds, row.valid_from, row.valid_to = list(told.meeting_kinds), told.valid_from, told.valid_to
    row.version += rule_id is not None
    session.add(row)
    await session.flush()
    detail = {name: [value, getattr(row, name)] for name, value in before.items() if value != getattr(row, name)}
    await write_entry(session, actor, "retention.save", f"retention:{row.id}", detail, now)
    return row


async def load_locked(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    await lock_meeting(session, slug)
    return await load_file(session, actor, slug)


def check_text(text: str, field: str) -> None:
    if not text:
        raise Invalid(NO_REASON, field=field)
    if len(text) > LONGEST:
        raise Invalid(TOO_LONG, field=field, n=LONGEST)
