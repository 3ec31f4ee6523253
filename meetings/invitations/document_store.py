"""Every query on official invitations: those of a meeting, the next free number, the register of a year."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import NotFound
from meetings.invitation_models import OfficialDocument
from meetings.kinds import DocumentState
from meetings.meeting_store import MeetingBundle, bundle_meetings
from meetings.models import Meeting

OPEN = (DocumentState.DRAFTED, DocumentState.SUBMITTED, DocumentState.SIGNED)  # on its way


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A document with the meeting that it invites to."""

    document: OfficialDocument
    bundle: MeetingBundle


async def get_document(session: AsyncSession, meeting_id: int, document_id: int) -> OfficialDocument:
    """The document of this meeting; ``NotFound`` when there is none."""
    document = await session.get(OfficialDocument, document_id, populate_existing=True)
    if document is None or document.meeting_id != meeting_id:
        raise NotFound
    return document


async def list_documents(session: AsyncSession, meeting_id: int) -> list[OfficialDocument]:
    """All of a meeting, the newest first."""
    query = select(OfficialDocument).where(OfficialDocument.meeting_id == meeting_id)
    return list((await session.exec(query.order_by(col(OfficialDocument.id).desc()))).all())


async def find_current(session: AsyncSession, meeting_id: int) -> OfficialDocument | None:
    """The official invitation that stands or is on its way; a letter before it and withdrawn ones do not count."""
    return next((row for row in await list_documents(session, meeting_id) if is_current(row)), None)


def is_current(document: OfficialDocument) -> bool:
    return not document.preliminary and document.state is not DocumentState.WITHDRAWN


async def find_number(
    session: AsyncSession, organ_id: int, symbol: str, year: int, number: int
) -> OfficialDocument | None:
    """Whose number it is."""
    query = select(OfficialDocument).where(
        OfficialDocument.organ_unit_id == organ_id,
        OfficialDocument.symbol == symbol,
        OfficialDocument.year == year,
        OfficialDocument.number == number,
    )
    return (await session.exec(query)).first()


async def next_number(session: AsyncSession, organ_id: int, symbol: str, year: int) -> int:
    """One more than the highest of this organ, symbol and year: numbers that were left out stay with the clerk."""
    query = select(func.max(OfficialDocument.number)).where(
        OfficialDocument.organ_unit_id == organ_id, OfficialDocument.symbol == symbol, OfficialDocument.year == year
    )
    return ((await session.exec(query)).one() or 0) + 1


async def find_latest_signed(session: AsyncSession, organ_id: int) -> OfficialDocument | None:
    """The organ's last invitation that was submitted: who signs, and to whom copies go, is most often the same."""
    query = select(OfficialDocument).where(
        OfficialDocument.organ_unit_id == organ_id,
        col(OfficialDocument.submitted_at).is_not(None),
        col(OfficialDocument.preliminary).is_(False),
    )
    return (await session.exec(query.order_by(col(OfficialDocument.submitted_at).desc()).limit(1))).first()


async def list_open(session: AsyncSession, organ_ids: Collection[int] | None) -> list[RegisterEntry]:
    """Those on their way, the soonest meeting first; of all organs where ``organ_ids`` is ``None``."""
    query = (
        select(OfficialDocument, Meeting)
        .join(Meeting, col(Meeting.id) == col(OfficialDocument.meeting_id))
        .where(col(OfficialDocument.state).in_(OPEN), col(OfficialDocument.preliminary).is_(False))
    )
    if organ_ids is not None:
        query = query.where(col(OfficialDocument.organ_unit_id).in_(organ_ids))
    rows = (await session.exec(query.order_by(col(Meeting.starts_at), col(OfficialDocument.id)))).all()
    return await _bundle(session, [(document, meeting) for document, meeting in rows])


async def list_register(
    session: AsyncSession, year: int, organ_ids: Collection[int] | None, limit: int | None = None
) -> list[RegisterEntry]:
    """What has a number of that year, issued or withdrawn since, the latest number of each series first."""
    query = (
        select(OfficialDocument, Meeting)
        .join(Meeting, col(Meeting.id) == col(OfficialDocument.meeting_id))
        .where(OfficialDocument.year == year, col(OfficialDocument.number).is_not(None))
        .where(or_(col(OfficialDocument.issued_at).is_not(None), OfficialDocument.state == DocumentState.WITHDRAWN))
    )
    if organ_ids is not None:
        query = query.where(col(OfficialDocument.organ_unit_id).in_(organ_ids))
    order = (col(OfficialDocument.organ_unit_id), col(OfficialDocument.symbol), col(OfficialDocument.number).desc())
    rows = (await session.exec(query.order_by(*order).limit(limit))).all()
    return await _bundle(session, [(document, meeting) for document, meeting in rows])


async def _bundle(session: AsyncSession, rows: list[tuple[OfficialDocument, Meeting]]) -> list[RegisterEntry]:
    bundles = await bundle_meetings(session, [meeting for _, meeting in rows]) if rows else []
    return [RegisterEntry(document, bundle) for (document, _), bundle in zip(rows, bundles, strict=True)]
