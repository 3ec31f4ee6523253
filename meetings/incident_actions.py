"""Use cases of the incident log: what went wrong at a site, and the attendance that is noted by hand for it.

A site that falls back to the telephone goes on attending: the time of such an incident counts as connected, and its
reason stands in the attendance (docs/decisions/0010).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, load_visible, lock_meeting
from meetings.permissions import Actor, may_log_incidents
from meetings.room_models import Incident, IncidentKind

AHEAD = timedelta(minutes=5)  # by how much the clock on somebody's wall may be fast
MOST_FEEDBACK, MOST_FEEDBACK_OF_GUESTS = 5, 100  # of one account; of all guests, who may say any name
EARLIEST = timedelta(hours=24)  # before the planned start: tests of the line are made the day before


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDraft:
    """``unit_id`` is an invited unit; without one the whole room was hit. Without ``ends_at`` it lasts."""

    kind: IncidentKind
    unit_id: int | None
    text: str
    starts_at: datetime
    ends_at: datetime | None = None


async def log_incident(session: AsyncSession, actor: Actor, slug: str, draft: IncidentDraft, now: datetime) -> Incident:
    """Note an incident. One of the telephone notes attendance by hand, so it needs a unit and a reason."""
    await lock_meeting(session, slug)
    bundle = await _load_to_log(session, actor, slug)
    site_id = _check(bundle, draft, now)
    incident = Incident(
        meeting_id=bundle.id,
        unit_id=draft.unit_id,
        site_id=site_id,
        kind=draft.kind,
        text=draft.text.strip(),
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        noted_at=now,
        noted_by=actor.account_id,
        noted_by_name=actor.name[:150],
    )
    session.add(incident)
    await session.flush()
    await write_entry(session, actor, "incident.log", f"meeting:{bundle.id}", _describe(incident), now)
    if draft.kind is IncidentKind.TELEPHONE:
        reason = {"unit": draft.unit_id, "reason": incident.text, "from": draft.starts_at, "to": draft.ends_at}
        await write_entry(session, actor, "attendance.by_hand", f"meeting:{bundle.id}", reason, now)
    return incident


async def close_incident(
    session: AsyncSession, actor: Actor, slug: str, incident_id: int, ends_at: datetime, now: datetime
) -> Incident:
    """It is over since ``ends_at``. That may be corrected until the attendance is confirmed."""
    await lock_meeting(session, slug)
    bundle = await _load_to_log(session, actor, slug)
    incident = await session.get(Incident, incident_id)
    if incident is None or incident.meeting_id != bundle.id:
        raise NotFound
    _check_span(bundle, incident.starts_at, ends_at, now)
    detail = {"incident": incident.id, "to": [incident.ends_at, ends_at]}
    incident.ends_at = ends_at
    session.add(incident)
    await write_entry(session, actor, "incident.close", f"meeting:{bundle.id}", detail, now)
    return incident


async def leave_feedback(
    session: AsyncSession, bundle: MeetingBundle, actor: Actor | None, name: str, text: str, now: datetime
) -> Incident:
    """What somebody who took part wrote after leaving, for those who run the room. A guest has no ``actor``.

    That they took part, the caller has checked.
    """
    text = text.strip()
    if not text or len(text) > 500:
        raise Invalid(N_("Ý kiến có từ 1 đến 500 ký tự."), field="text")
    account_id = actor.account_id if actor else None
    known = select(func.count()).where(Incident.meeting_id == bundle.id, Incident.kind == IncidentKind.FEEDBACK)
    count = (await session.exec(known.where(col(Incident.noted_by).is_not_distinct_from(account_id)))).one()
    if count >= (MOST_FEEDBACK_OF_GUESTS if account_id is None else MOST_FEEDBACK):
        raise Invalid(N_("Cuộc họp này đã nhận đủ ý kiến. Hãy báo trực tiếp cho thư ký cuộc họp."), field="text")
    incident = Incident(
        meeting_id=bundle.id,
        unit_id=actor.unit_id if actor else None,
        site_id=actor.site_id if actor else None,
        kind=IncidentKind.FEEDBACK,
        text=text,
        starts_at=now,
        ends_at=now,
        noted_at=now,
        noted_by=account_id,
        noted_by_name=name[:150],
    )
    session.add(incident)
    await session.flush()
    return incident


async def _load_to_log(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    bundle = await load_visible(session, actor, slug)
    if not may_log_incidents(actor, bundle.meeting):
        raise NotAllowed
    if bundle.meeting.attendance_confirmed_at is not None:
        raise Conflict(
            N_("Tham dự của cuộc họp đã được xác nhận. Hãy ghi sự cố vào ghi chú của đơn vị khi sửa xác nhận.")
        )
    return bundle


def _check(bundle: MeetingBundle, draft: IncidentDraft, now: datetime) -> int | None:
    """The site of the unit that was hit. Raises ``Invalid``, which names the field."""
    if draft.kind is IncidentKind.FEEDBACK:
        raise Invalid(N_("Hãy chọn loại sự cố."), field="kind")
    if len(draft.text.strip()) > 500:
        raise Invalid(N_("Nội dung sự cố có tối đa 500 ký tự."), field="text")
    if draft.kind is IncidentKind.TELEPHONE and draft.unit_id is None:
        raise Invalid(N_("Hãy chọn đơn vị vào họp bằng điện thoại."), field="unit")
    if draft.kind in (IncidentKind.TELEPHONE, IncidentKind.OTHER) and not draft.text.strip():
        raise Invalid(N_("Hãy ghi lý do hoặc nội dung sự cố."), field="text")
    _check_span(bundle, draft.starts_at, draft.ends_at, now)
    sites = {each.unit.id: each.invitation.site_id for each in bundle.invitations}
    if draft.unit_id is not None and draft.unit_id not in sites:
        raise Invalid(N_("Đơn vị này không được mời họp."), field="unit")
    return None if draft.unit_id is None else sites[draft.unit_id]


def _check_span(bundle: MeetingBundle, start: datetime, end: datetime | None, now: datetime) -> None:
    if not bundle.meeting.starts_at - EARLIEST <= start <= now + AHEAD:
        raise Invalid(N_("Thời điểm bắt đầu sự cố chưa đúng."), field="starts_at")
    if end is not None and not start <= end <= now + AHEAD:
        raise Invalid(N_("Sự cố phải kết thúc sau khi bắt đầu và không muộn hơn hiện tại."), field="ends_at")


def _describe(incident: Incident) -> dict[str, object]:
    return {
        "incident": incident.id,
        "kind": incident.kind,
        "unit": incident.unit_id,
        "text": incident.text,
        "from": incident.starts_at,
        "to": incident.ends_at,
    }
