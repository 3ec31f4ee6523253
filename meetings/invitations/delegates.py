"""Use cases of the list of people: an invited unit says who comes, and where each of them sits.

A head who sits elsewhere than the meeting has it, and whoever comes in the head's place, needs the chair's consent
(QĐ 45/2018/QĐ-TTg): a secretary may note it on the chair's word, and the log says so.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.calendar_models import AbsenceRequest
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.folding import fold
from meetings.invitation_models import AnswerLink, Consent, Delegate, Mail
from meetings.invitations.consents import queue_place_decision
from meetings.invitations.delegate_store import get_delegate, list_links
from meetings.invitations.delegate_store import list_invitees as list_invitees
from meetings.invitations.delegate_store import list_people as list_people
from meetings.invitations.lines import check_person
from meetings.kinds import OVER, Answer, MeetingStatus
from meetings.meeting_store import Invited, MeetingBundle, load_visible, lock_meeting
from meetings.models import Site
from meetings.people_store import list_people as list_persons
from meetings.people_store import list_sites
from meetings.permissions import Actor, is_chair, may_decide_places, may_register_people

MOST_OF_UNIT = 200
MOST_OF_MEETING = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateDraft:
    """Somebody to put on the list. Without ``site_id`` the person sits where the unit's invitation says."""

    full_name: str
    position: str = ""
    email: str = ""
    site_id: int | None = None
    is_head: bool = False
    substitute_for: str = ""


async def register_delegates(
    session: AsyncSession, actor: Actor, slug: str, unit_id: int, drafts: Sequence[DelegateDraft], now: datetime
) -> list[Delegate]:
    """Put people of an invited unit on the list, all or none of them. After the meeting has begun that is marked."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    invited = _require_unit(actor, bundle, unit_id)
    people = await list_people(session, bundle.id)
    own = [row for row in people if row.unit_id == unit_id]
    if len(own) + len(drafts) > MOST_OF_UNIT or len(people) + len(drafts) > MOST_OF_MEETING:
        raise Invalid(N_("Mỗi đơn vị đăng ký được tối đa {n} người."), field="people", n=MOST_OF_UNIT)
    known = await _list_known(session, unit_id)
    added: list[Delegate] = []
    for draft in drafts:
        site_id = await _check_draft(session, bundle, invited, draft, [*own, *added])
        row = Delegate(
            meeting_id=bundle.id,
            unit_id=unit_id,
            person_id=known.get((draft.full_name, draft.position)),
            full_name=draft.full_name,
            position=draft.position,
            email=draft.email,
            site_id=site_id,
            is_head=draft.is_head,
            substitute_for=draft.substitute_for,
            late_addition=has_begun(bundle),
            added_by=actor.name[:150],
            added_at=now,
        )
        _ask_consent(actor, bundle, row, now)
        session.add(row)
        added.append(row)
    await session.flush()
    detail = {"unit": unit_id, "people": [describe(row) for row in added], "late": has_begun(bundle)}
    await write_entry(session, actor, "delegate.register", f"meeting:{bundle.id}", detail, now)
    return added


async def edit_delegate(
    session: AsyncSession, actor: Actor, slug: str, delegate_id: int, draft: DelegateDraft, now: datetime
) -> Delegate:
    """Correct somebody of the list. Another place of the head, or another substitute, needs a new consent.

    With another address, links that went to the old one die: it may have been somebody else's. Under another name, not
    only spelt otherwise, it is somebody who has not answered yet.
    """
    await lock_meeting(session, slug)
    bundle, invited, row = await _load_delegate(session, actor, slug, delegate_id)
    others = [each for each in await list_people(session, bundle.id, row.unit_id) if each.id != row.id]
    site_id = await _check_draft(session, bundle, invited, draft, others)
    old, place = describe(row), (row.site_id, row.is_head, row.substitute_for)
    if row.email.lower() != draft.email.lower():
        await revoke_links(session, delegate_id, now)
    if fold(row.full_name) != fold(draft.full_name):
        known = await _list_known(session, row.unit_id)
        row.person_id = known.get((draft.full_name, draft.position))
        _forget_answer(row)
    row.full_name, row.position, row.email = draft.full_name, draft.position, draft.email
    row.site_id, row.is_head, row.substitute_for = site_id, draft.is_head, draft.substitute_for
    if place != (row.site_id, row.is_head, row.substitute_for):
        _ask_consent(actor, bundle, row, now)
    session.add(row)
    detail = {"delegate": row.id, "change": [old, describe(row)]}
    await write_entry(session, actor, "delegate.edit", f"meeting:{bundle.id}", detail, now)
    return row


async def remove_delegate(session: AsyncSession, actor: Actor, slug: str, delegate_id: int, now: datetime) -> Delegate:
    """Take somebody from the list: the links sent to that person die. Whoever was there stays in the record."""
    await lock_meeting(session, slug)
    bundle, _invited, row = await _load_delegate(session, actor, slug, delegate_id)
    if row.attended is not None or (row.arrived_at is not None and not row.to_confirm):
        raise Conflict(N_("{name} đã được ghi nhận tham dự nên không xóa khỏi danh sách được."), name=row.full_name)
    await delete_delegate(session, row, now)
    detail = {"delegate": delegate_id, "person": describe(row)}
    await write_entry(session, actor, "delegate.remove", f"meeting:{bundle.id}", detail, now)
    return row


async def decide_place(
    session: AsyncSession, actor: Actor, slug: str, delegate_id: int, given: bool, now: datetime
) -> Delegate:
    """The chair's word on a head's other place or on a substitute; a letter tells it.

    A head who is refused sits as invited.
    """
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    if not may_decide_places(actor, bundle.meeting):
        raise NotAllowed
    row = await get_delegate(session, bundle.id, delegate_id)
    if row.consent is Consent.NOT_NEEDED:
        raise Conflict(N_("Trường hợp này không cần ý kiến của chủ trì."))
    asked = None if row.site_id is None else await session.get(Site, row.site_id)
    before, row.consent = row.consent, Consent.GIVEN if given else Consent.REFUSED
    decided = before is not row.consent
    row.consent_by, row.consent_at = name_decider(actor, bundle), now
    if not given and row.is_head:
        row.site_id, row.consent = None, Consent.NOT_NEEDED
    session.add(row)
    detail = {"delegate": row.id, "given": given, "by": row.consent_by}
    await write_entry(session, actor, "delegate.consent", f"meeting:{bundle.id}", detail, now)
    if decided:
        await queue_place_decision(session, bundle, row, given, asked, now)
    return row


async def drop_uninvited(
    session: AsyncSession, meeting_id: int, unit_ids: Collection[int], site_ids: Collection[int | None], now: datetime
) -> list[Delegate]:
    """After an edit: people of units that are no longer invited leave the list (returned, as they were); whoever was to
    sit at a site that is no longer the meeting's sits where the unit does."""
    gone = []
    for row in await list_people(session, meeting_id):
        if row.unit_id not in unit_ids:
            await delete_delegate(session, row, now)
            gone.append(row)
        elif row.site_id is not None and row.site_id not in site_ids:
            row.site_id = None
            session.add(row)
    return gone


async def revoke_links(session: AsyncSession, delegate_id: int, now: datetime) -> None:
    """None of the links that were sent to this person answers any more."""
    for link in await list_links(session, delegate_id):
        link.revoked_at = now
        session.add(link)
    await session.flush()


async def delete_delegate(session: AsyncSession, row: Delegate, now: datetime) -> None:
    """Letters and requests stay without the person; links stay so that whoever follows one is told."""
    await revoke_links(session, row.id or 0, now)
    for model in (AnswerLink, Mail, AbsenceRequest):
        await session.exec(update(model).where(col(model.delegate_id) == row.id).values(delegate_id=None))
    await session.delete(row)
    await session.flush()


def name_decider(actor: Actor, bundle: MeetingBundle) -> str:
    """Who decided, as it is shown: the chair, or a secretary on the chair's word."""
    if is_chair(actor, bundle.meeting):
        return actor.name[:150]
    return f"{actor.name[:130]} (theo ý kiến chủ trì {bundle.chair.full_name[:50]})"


def has_begun(bundle: MeetingBundle) -> bool:
    return bundle.meeting.status in (MeetingStatus.IN_SESSION, *OVER)


def describe(row: Delegate) -> dict[str, object]:
    return {
        "name": row.full_name,
        "position": row.position,
        "site": row.site_id,
        "head": row.is_head,
        "for": row.substitute_for,
    }


def find_place(bundle: MeetingBundle, row: Delegate) -> Site | None:
    """Where somebody sits: the own site, else that of the unit's invitation."""
    known, invited = bundle.find_site(row.site_id), bundle.find_invited(row.unit_id)
    return known if known is not None or invited is None else invited.site


def find_place_id(bundle: MeetingBundle, row: Delegate) -> int | None:
    """The key of that place, also of one that is not the meeting's."""
    invited = bundle.find_invited(row.unit_id)
    return row.site_id if row.site_id is not None or invited is None else invited.invitation.site_id


def find_namesake(people: Iterable[Delegate], full_name: str) -> Delegate | None:
    return next((row for row in people if row.full_name.casefold() == full_name.casefold()), None)


async def list_places(session: AsyncSession, bundle: MeetingBundle, unit_id: int) -> list[Site]:
    """Where a unit's people may sit: its place in this meeting first, then the main hall, then its other sites."""
    invited = next(each for each in bundle.invitations if each.unit.id == unit_id)
    own = await list_sites(session, bundle.day, unit_id)
    places = [place for place in (invited.site, bundle.hall, *own) if place is not None]
    return list({place.id: place for place in places}.values())


def _require_unit(actor: Actor, bundle: MeetingBundle, unit_id: int) -> Invited:
    """The invited unit, for whoever may say who comes of it."""
    invited = bundle.find_invited(unit_id)
    if invited is None:
        raise NotFound
    if not may_register_people(actor, bundle.meeting, unit_id, bundle.invited_unit_ids):
        raise NotAllowed
    return invited


async def _load_delegate(
    session: AsyncSession, actor: Actor, slug: str, delegate_id: int
) -> tuple[MeetingBundle, Invited, Delegate]:
    bundle = await load_visible(session, actor, slug)
    row = await get_delegate(session, bundle.id, delegate_id)
    return bundle, _require_unit(actor, bundle, row.unit_id), row


async def _list_known(session: AsyncSession, unit_id: int) -> dict[tuple[str, str], int | None]:
    """The keys of the unit's persons by name and position."""
    return {(each.full_name, each.position): each.id for each in await list_persons(session, unit_id=unit_id)}


def _forget_answer(row: Delegate) -> None:
    row.answer, row.answer_note, row.answered_at = Answer.NEEDS_ACTION, "", None
    row.answered_by, row.answer_sequence = "", 0
    if row.attended is None:
        row.absence_reason = ""


async def _check_draft(
    session: AsyncSession, bundle: MeetingBundle, invited: Invited, draft: DelegateDraft, others: Sequence[Delegate]
) -> int | None:
    """The site to store: none where the unit sits anyway. Raises ``Invalid``, which names the field."""
    check_person(draft.full_name, draft.position, draft.email)
    if len(draft.substitute_for) > 100:
        raise Invalid(N_("Họ tên người được thay có tối đa 100 ký tự."), field="substitute_for")
    if draft.is_head and draft.substitute_for:
        raise Invalid(N_("Người đứng đầu không đi thay ai. Hãy chọn một trong hai."), field="substitute_for")
    same = (draft.full_name.casefold(), draft.position.casefold())
    if any((row.full_name.casefold(), row.position.casefold()) == same for row in others):
        raise Invalid(N_("{name} đã có trong danh sách."), field="full_name", name=draft.full_name)
    if draft.is_head and any(row.is_head for row in others):
        raise Invalid(N_("Danh sách của đơn vị đã có người đứng đầu."), field="is_head")
    if draft.site_id is None or draft.site_id == invited.invitation.site_id:
        return None
    if draft.site_id not in {place.id for place in await list_places(session, bundle, invited.unit.id)}:
        raise Invalid(N_("Hãy chọn điểm cầu của đơn vị hoặc hội trường."), field="site_id")
    return draft.site_id


def _ask_consent(actor: Actor, bundle: MeetingBundle, row: Delegate, now: datetime) -> None:
    """Whether the chair must agree; the chair's own entry is the consent."""
    needed = bool(row.substitute_for) or (row.is_head and row.site_id is not None)
    row.consent = Consent.PENDING if needed else Consent.NOT_NEEDED
    row.consent_by, row.consent_at = "", None
    if needed and is_chair(actor, bundle.meeting):
        row.consent, row.consent_by, row.consent_at = Consent.GIVEN, actor.name[:150], now
