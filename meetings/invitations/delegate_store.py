"""Every query on the people of a meeting, their links and what their units asked the chair."""

from collections import defaultdict
from collections.abc import Collection

from sqlmodel import and_, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import AbsenceRequest
from meetings.errors import NotFound
from meetings.invitation_models import AnswerLink, Consent, Delegate
from meetings.models import Answer, Invitation

OF_ITS_UNIT = and_(
    col(Invitation.meeting_id) == col(Delegate.meeting_id), col(Invitation.unit_id) == col(Delegate.unit_id)
)
BEHIND = 100_000  # after every invited unit: people of the convening one


async def list_people(session: AsyncSession, meeting_id: int, unit_id: int | None = None) -> list[Delegate]:
    """Everybody on the list, of all units or of one: units in official order, each head first."""
    query = select(Delegate).outerjoin(Invitation, OF_ITS_UNIT).where(Delegate.meeting_id == meeting_id)
    if unit_id is not None:
        query = query.where(Delegate.unit_id == unit_id)
    place = func.coalesce(col(Invitation.position), BEHIND)
    query = query.order_by(place, col(Delegate.is_head).desc(), col(Delegate.id))
    return list((await session.exec(query)).all())


async def list_people_at(session: AsyncSession, meeting_id: int, site_id: int) -> list[Delegate]:
    """Who sits at one site: it was said so, or the person's unit does and nothing else was said."""
    query = select(Delegate).outerjoin(Invitation, OF_ITS_UNIT).where(Delegate.meeting_id == meeting_id)
    query = query.where(func.coalesce(col(Delegate.site_id), col(Invitation.site_id)) == site_id)
    return list((await session.exec(query.order_by(col(Delegate.id)))).all())


async def list_invitees(session: AsyncSession, meeting_id: int) -> list[Delegate]:
    """Those who are invited as persons: neither refused by the chair nor unconfirmed from the door."""
    return [row for row in await list_people(session, meeting_id) if is_expected(row)]


def is_expected(row: Delegate) -> bool:
    return row.consent is not Consent.REFUSED and not row.to_confirm


async def get_delegate(session: AsyncSession, meeting_id: int, delegate_id: int) -> Delegate:
    """The meeting's person with that key; ``NotFound`` when it has none."""
    row = await session.get(Delegate, delegate_id)
    if row is None or row.meeting_id != meeting_id:
        raise NotFound
    return row


async def list_person_answers(
    session: AsyncSession, meeting_ids: Collection[int]
) -> dict[int, dict[int, list[Answer]]]:
    """The answers of the people of several meetings, by meeting and unit."""
    found: dict[int, dict[int, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    query = select(Delegate.meeting_id, Delegate.unit_id, Delegate.answer).where(
        col(Delegate.meeting_id).in_(meeting_ids),
        col(Delegate.consent) != Consent.REFUSED,
        ~col(Delegate.to_confirm),
    )
    for meeting_id, unit_id, answer in (await session.exec(query)).all():
        found[meeting_id][unit_id].append(Answer(answer))
    return found


async def find_link(session: AsyncSession, token_hash: str) -> AnswerLink | None:
    return await session.get(AnswerLink, token_hash)


async def list_links(session: AsyncSession, delegate_id: int) -> list[AnswerLink]:
    """The links of one person that were not revoked."""
    query = select(AnswerLink).where(AnswerLink.delegate_id == delegate_id, col(AnswerLink.revoked_at).is_(None))
    return list((await session.exec(query)).all())


async def count_questions(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, int]:
    """How much waits for the chair's word, by meeting: requests of units, and people to be agreed to."""
    counts: dict[int, int] = defaultdict(int)
    asked = select(AbsenceRequest.meeting_id, func.count()).where(
        col(AbsenceRequest.meeting_id).in_(meeting_ids), AbsenceRequest.state == Consent.PENDING
    )
    listed = select(Delegate.meeting_id, func.count()).where(
        col(Delegate.meeting_id).in_(meeting_ids), Delegate.consent == Consent.PENDING
    )
    for query in (asked.group_by(col(AbsenceRequest.meeting_id)), listed.group_by(col(Delegate.meeting_id))):
        for meeting_id, count in (await session.exec(query)).all():
            counts[meeting_id] += count
    return dict(counts)


async def list_requests(session: AsyncSession, meeting_id: int, unit_id: int | None = None) -> list[AbsenceRequest]:
    """What units asked the chair, the oldest first; of all units or of one."""
    query = select(AbsenceRequest).where(AbsenceRequest.meeting_id == meeting_id)
    if unit_id is not None:
        query = query.where(AbsenceRequest.unit_id == unit_id)
    return list((await session.exec(query.order_by(col(AbsenceRequest.asked_at), col(AbsenceRequest.id)))).all())
