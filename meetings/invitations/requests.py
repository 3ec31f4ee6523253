"""Use cases of what a unit asks the chair: to be excused, or to send somebody in its head's place.

What the chair decides goes into the list of people: who is excused is absent with that reason, the substitute comes
with the chair's consent.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.calendar_models import AbsenceRequest
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.invitation_models import Consent, Delegate
from meetings.invitations.consents import queue_request_decision
from meetings.invitations.delegate_store import get_delegate, list_people
from meetings.invitations.delegate_store import list_requests as list_requests
from meetings.invitations.delegates import MOST_OF_UNIT, find_namesake, has_begun, name_decider
from meetings.invitations.lines import check_person
from meetings.kinds import Answer
from meetings.meeting_store import MeetingBundle, load_visible, lock_meeting
from meetings.permissions import Actor, may_ask_chair, may_decide_places

LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDraft:
    """``full_name`` cannot come, for ``reason``. With ``substitute_name`` somebody is to come instead."""

    full_name: str
    position: str = ""
    is_head: bool = False
    reason: str
    substitute_name: str = ""
    substitute_position: str = ""


async def ask_chair(
    session: AsyncSession, actor: Actor, slug: str, unit_id: int, draft: RequestDraft, now: datetime
) -> AbsenceRequest:
    """Ask for an absence or for a substitute. Who cannot come is put on the list when not there yet."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    if unit_id not in bundle.invited_unit_ids:
        raise NotFound
    if not may_ask_chair(actor, bundle.meeting, unit_id, bundle.invited_unit_ids):
        raise NotAllowed
    _check(draft)
    requests = await list_requests(session, bundle.id, unit_id)
    if len(requests) >= MOST_OF_UNIT:
        raise Invalid(N_("Đơn vị đã gửi quá nhiều đề nghị cho cuộc họp này. Hãy liên hệ thư ký cuộc họp."))
    absent = await _find_absent(session, actor, bundle, unit_id, draft, now)
    if any(row.state is Consent.PENDING and row.delegate_id == absent.id for row in requests):
        raise Conflict(
            N_("{name} đã có đề nghị đang chờ chủ trì cho ý kiến."), field="full_name", name=absent.full_name
        )
    row = AbsenceRequest(
        meeting_id=bundle.id,
        unit_id=unit_id,
        delegate_id=absent.id,
        full_name=absent.full_name,
        position=absent.position,
        reason=draft.reason.strip(),
        substitute_name=draft.substitute_name,
        substitute_position=draft.substitute_position,
        asked_by=actor.account_id,
        asked_at=now,
    )
    session.add(row)
    await session.flush()
    detail = {"request": row.id, "unit": unit_id, "person": row.full_name, "reason": row.reason}
    detail |= {"substitute": row.substitute_name}
    await write_entry(session, actor, "request.ask", f"meeting:{bundle.id}", detail, now)
    return row


async def withdraw_request(session: AsyncSession, actor: Actor, slug: str, request_id: int, now: datetime) -> None:
    """The unit takes back what the chair has not decided yet."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    row = await _get_request(session, bundle, request_id)
    if not may_ask_chair(actor, bundle.meeting, row.unit_id, bundle.invited_unit_ids):
        raise NotAllowed
    _require_pending(row)
    await session.delete(row)
    detail = {"request": request_id, "unit": row.unit_id, "person": row.full_name}
    await write_entry(session, actor, "request.withdraw", f"meeting:{bundle.id}", detail, now)


async def decide_request(
    session: AsyncSession, actor: Actor, slug: str, request_id: int, given: bool, note: str, now: datetime
) -> AbsenceRequest:
    """The chair's word, or a secretary's on it. A refusal says why."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    if not may_decide_places(actor, bundle.meeting):
        raise NotAllowed
    row = await _get_request(session, bundle, request_id)
    _require_pending(row)
    if len(note.strip()) > LONGEST:
        raise Invalid(N_("Ý kiến của chủ trì có tối đa {n} ký tự."), field="note", n=LONGEST)
    if not given and not note.strip():
        raise Invalid(N_("Cần nêu lý do không đồng ý để đơn vị biết."), field="note")
    row.state = Consent.GIVEN if given else Consent.REFUSED
    row.decided_by, row.decided_at, row.decision_note = name_decider(actor, bundle)[:150], now, note.strip()
    session.add(row)
    people = await _carry_out(session, actor, bundle, row, now) if given else await _list_absent(session, bundle, row)
    detail = {"request": row.id, "given": given, "by": row.decided_by, "note": row.decision_note}
    await write_entry(session, actor, "request.decide", f"meeting:{bundle.id}", detail, now)
    await queue_request_decision(session, bundle, row, people, now)
    return row


async def _list_absent(session: AsyncSession, bundle: MeetingBundle, row: AbsenceRequest) -> list[Delegate]:
    """Who cannot come, while still on the list."""
    return [] if row.delegate_id is None else [await get_delegate(session, bundle.id, row.delegate_id)]


async def _carry_out(
    session: AsyncSession, actor: Actor, bundle: MeetingBundle, row: AbsenceRequest, now: datetime
) -> list[Delegate]:
    """Who is excused has declined; the substitute is on the list in the same place, with the chair's consent. Both."""
    found = await _list_absent(session, bundle, row)
    absent = found[0] if found else None
    if absent is not None:
        absent.answer, absent.answer_note = Answer.DECLINED, row.reason[:300]
        absent.answered_at, absent.answered_by = now, "page"
        absent.answer_sequence = bundle.meeting.sequence
        absent.absence_reason = row.reason[:300]
        session.add(absent)
    if not row.substitute_name:
        return found
    people = await list_people(session, bundle.id, row.unit_id)
    substitute = find_namesake(people, row.substitute_name) or Delegate(
        meeting_id=bundle.id,
        unit_id=row.unit_id,
        site_id=absent.site_id if absent else None,
        full_name=row.substitute_name,
        position=row.substitute_position,
        late_addition=has_begun(bundle),
        added_by=actor.name[:150],
        added_at=now,
    )
    substitute.substitute_for = row.full_name
    substitute.consent, substitute.consent_by, substitute.consent_at = Consent.GIVEN, row.decided_by, now
    session.add(substitute)
    await session.flush()
    return [*found, substitute]


async def _find_absent(
    session: AsyncSession, actor: Actor, bundle: MeetingBundle, unit_id: int, draft: RequestDraft, now: datetime
) -> Delegate:
    people = await list_people(session, bundle.id, unit_id)
    known = find_namesake(people, draft.full_name)
    if known is not None:
        return known
    if draft.is_head and any(each.is_head for each in people):
        raise Invalid(N_("Danh sách của đơn vị đã có người đứng đầu."), field="full_name")
    row = Delegate(
        meeting_id=bundle.id,
        unit_id=unit_id,
        full_name=draft.full_name,
        position=draft.position,
        is_head=draft.is_head,
        late_addition=has_begun(bundle),
        added_by=actor.name[:150],
        added_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def _get_request(session: AsyncSession, bundle: MeetingBundle, request_id: int) -> AbsenceRequest:
    row = await session.get(AbsenceRequest, request_id)
    if row is None or row.meeting_id != bundle.id:
        raise NotFound
    return row


def _require_pending(row: AbsenceRequest) -> None:
    if row.state is not Consent.PENDING:
        raise Conflict(N_("Đề nghị này đã được chủ trì cho ý kiến."))


def _check(draft: RequestDraft) -> None:
    check_person(draft.full_name, draft.position)
    if not draft.reason.strip() or len(draft.reason.strip()) > LONGEST:
        raise Invalid(N_("Hãy nêu lý do, tối đa {n} ký tự."), field="reason", n=LONGEST)
    if draft.substitute_position and not draft.substitute_name:
        raise Invalid(N_("Hãy nhập họ tên người đi thay."), field="substitute_name")
    if draft.substitute_name:
        try:
            check_person(draft.substitute_name, draft.substitute_position)
        except Invalid as fault:
            raise Invalid(
                fault.message, field=f"substitute_{fault.field.removeprefix('full_')}", **fault.values
            ) from fault
        if draft.substitute_name.casefold() == draft.full_name.casefold():
            raise Invalid(N_("Người đi thay phải là người khác."), field="substitute_name")
