"""Use cases of maintenance: windows in which a site, or the whole system, is not to be booked."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.availability import find_clashes
from meetings.calendar_models import Maintenance
from meetings.calendar_permissions import may_manage_maintenance
from meetings.clash_store import book_of, close_of
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.interval import Span
from meetings.kinds import LIVE
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import MeetingBundle, bundle_meetings, is_visible
from meetings.models import Meeting
from meetings.people_store import get_sites
from meetings.permissions import Actor


@dataclass(frozen=True, slots=True)
class MaintenanceDraft:
    """``site_id``: the site that is closed; ``None``: everything that needs the system."""

    site_id: int | None
    span: Span
    reason: str


async def add_maintenance(session: AsyncSession, actor: Actor, draft: MaintenanceDraft, now: datetime) -> Maintenance:
    """Close a site or the system for a time. Meetings that are fixed already stay: the page names them."""
    if not may_manage_maintenance(actor):
        raise NotAllowed
    if draft.span.end <= now:
        raise Invalid(N_("Thời gian bảo trì đã qua. Hãy chọn thời gian khác."), field="ends_at")
    if not draft.reason.strip():
        raise Invalid(N_("Hãy nêu lý do bảo trì; người đặt lịch sẽ đọc được lý do này."), field="reason")
    if draft.site_id is not None and not await get_sites(session, [draft.site_id]):
        raise Invalid(N_("Điểm cầu không có trong danh mục."), field="site_id")
    await take_lock(session, BOOKING)
    window = Maintenance(
        site_id=draft.site_id,
        starts_at=draft.span.start,
        ends_at=draft.span.end,
        reason=draft.reason.strip()[:300],
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(window)
    await session.flush()
    detail = {"site": draft.site_id, "starts_at": draft.span.start, "ends_at": draft.span.end, "reason": window.reason}
    await write_entry(session, actor, "maintenance.add", f"maintenance:{window.id}", detail, now)
    return window


async def end_maintenance(session: AsyncSession, actor: Actor, window_id: int, now: datetime) -> None:
    """It is over from now on; one that has not begun is called off. One that is over already stays as it was."""
    if not may_manage_maintenance(actor):
        raise NotAllowed
    await take_lock(session, BOOKING)
    window = await session.get(Maintenance, window_id)
    if window is None:
        raise NotFound
    if window.ends_at <= now:
        return
    detail = {"ends_at": [window.ends_at, now], "reason": window.reason}
    if window.starts_at < now:
        window.ends_at = now
        session.add(window)
    else:
        await session.delete(window)
    await write_entry(session, actor, "maintenance.end", f"maintenance:{window_id}", detail, now)


async def list_affected(
    session: AsyncSession, actor: Actor, windows: list[Maintenance]
) -> dict[int, list[MeetingBundle]]:
    """By window: the fixed meetings that it would have refused, as far as ``actor`` may know of them."""
    if not windows:
        return {}
    first, last = min(each.starts_at for each in windows), max(each.ends_at for each in windows)
    query = select(Meeting).where(
        col(Meeting.starts_at) < last, col(Meeting.ends_at) > first, col(Meeting.status).in_(LIVE)
    )
    meetings = (await session.exec(query.order_by(col(Meeting.starts_at), col(Meeting.id)))).all()
    bundles = await bundle_meetings(session, meetings) if meetings else []
    pairs = list(zip(await book_of(session, meetings), bundles, strict=True))
    return {
        window.id or 0: [
            bundle
            for booked, bundle in pairs
            if is_visible(actor, bundle) and any(each.is_blocking for each in find_clashes(booked, [close_of(window)]))
        ]
        for window in windows
    }
