"""Every query on official documents: those of a meeting, their files, numbers, the register of a year."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import DocumentFile, NumberGap, OfficialDocument
from meetings.documents.standing import OPEN
from meetings.errors import NotFound
from meetings.kinds import DocumentKind, DocumentState
from meetings.meeting_store import MeetingBundle, bundle_meetings
from meetings.models import Meeting


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A document with the meeting that it belongs to."""

    document: OfficialDocument
    bundle: MeetingBundle


async def get_document(session: AsyncSession, meeting_id: int, document_id: int) -> OfficialDocument:
    """The document of this meeting; ``NotFound`` when there is none."""
    document = await session.get(OfficialDocument, document_id, populate_existing=True)
    if document is None or document.meeting_id != meeting_id:
        raise NotFound
    return document


async def get_any(session: AsyncSession, document_id: int) -> OfficialDocument:
    """Of whatever meeting; who asks is permitted by ``documents.access.load_document``."""
    document = await session.get(OfficialDocument, document_id, populate_existing=True)
    if document is None:
        raise NotFound
    return document


async def find_meeting(session: AsyncSession, document_id: int) -> Meeting:
    """Whose document it is; ``NotFound`` when there is none."""
    query = select(Meeting).join(OfficialDocument, col(OfficialDocument.meeting_id) == col(Meeting.id))
    meeting = (await session.exec(query.where(OfficialDocument.id == document_id))).first()
    if meeting is None:
        raise NotFound
    return meeting


async def list_documents(
    session: AsyncSession, meeting_id: int, kind: DocumentKind | None = None
) -> list[OfficialDocument]:
    """All of a meeting, or those of a kind; the newest first."""
    query = select(OfficialDocument).where(OfficialDocument.meeting_id == meeting_id)
    if kind is not None:
        query = query.where(OfficialDocument.kind == kind.value)
    return list((await session.exec(query.order_by(col(OfficialDocument.id).desc()))).all())


async def find_latest_submitted(
    session: AsyncSession, kind: DocumentKind, organ_id: int, symbol: str = ""
) -> OfficialDocument | None:
    """The organ's last of a kind (with a symbol) that went to be signed: who signs is most often the same again."""
    query = select(OfficialDocument).where(
        OfficialDocument.kind == kind.value,
        OfficialDocument.organ_unit_id == organ_id,
        col(OfficialDocument.submitted_at).is_not(None),
        col(OfficialDocument.preliminary).is_(False),
    )
    if symbol:
        query = query.where(OfficialDocument.symbol == symbol)
    return (await session.exec(query.order_by(col(OfficialDocument.submitted_at).desc()).limit(1))).first()


async def list_files(session: AsyncSession, document_id: int) -> list[DocumentFile]:
    """Every file that the document ever had, in the order in which they came."""
    query = select(DocumentFile).where(DocumentFile.document_id == document_id)
    return list((await session.exec(query.order_by(col(DocumentFile.id)))).all())


async def find_number(
    session: AsyncSession, organ_id: int, symbol: str, year: int, number: int
) -> OfficialDocument | None:
    """Whose number it is."""
    query = select(OfficialDocument).where(*_of_series(organ_id, symbol, year), OfficialDocument.number == number)
    return (await session.exec(query)).first()


async def next_number(session: AsyncSession, organ_id: int, symbol: str, year: int) -> int:
    """One more than the highest of this organ, symbol and year: numbers that were left out stay with the clerk."""
    query = select(func.max(OfficialDocument.number)).where(*_of_series(organ_id, symbol, year))
    return ((await session.exec(query)).one() or 0) + 1


def _of_series(organ_id: int, symbol: str, year: int) -> tuple[ColumnElement[bool], ...]:
    return (
        col(OfficialDocument.organ_unit_id) == organ_id,
        col(OfficialDocument.symbol) == symbol,
        col(OfficialDocument.year) == year,
    )


async def list_numbers(
    session: AsyncSession, year: int, organ_ids: Collection[int] | None
) -> dict[tuple[int, str], list[int]]:
    """The numbers that were given in a year, in order, by organ and symbol."""
    query = select(OfficialDocument.organ_unit_id, OfficialDocument.symbol, OfficialDocument.number).where(
        OfficialDocument.year == year, col(OfficialDocument.number).is_not(None)
    )
    if organ_ids is not None:
        query = query.where(col(OfficialDocument.organ_unit_id).in_(organ_ids))
    found: dict[tuple[int, str], list[int]] = {}
    for organ_id, symbol, number in (await session.exec(query.order_by(col(OfficialDocument.number)))).all():
        found.setdefault((organ_id, symbol), []).append(number or 0)
    return found


async def list_gap_notes(session: AsyncSession, year: int) -> list[NumberGap]:
    """Why numbers of a year were left out, as clerks noted it, in the order in which they did."""
    query = select(NumberGap).where(NumberGap.year == year)
    return list((await session.exec(query.order_by(col(NumberGap.id)))).all())


async def list_open(
    session: AsyncSession, organ_ids: Collection[int] | None, kind: DocumentKind | None = None
) -> list[RegisterEntry]:
    """Those on their way, the soonest meeting first; of all organs where ``organ_ids`` is ``None``."""
    query = (
        select(OfficialDocument, Meeting)
        .join(Meeting, col(Meeting.id) == col(OfficialDocument.meeting_id))
        .where(col(OfficialDocument.state).in_(OPEN), col(OfficialDocument.preliminary).is_(False))
    )
    if organ_ids is not None:
        query = query.where(col(OfficialDocument.organ_unit_id).in_(organ_ids))
    if kind is not None:
        query = query.where(OfficialDocument.kind == kind.value)
    rows = (await session.exec(query.order_by(col(Meeting.starts_at), col(OfficialDocument.id)))).all()
    return await _bundle(session, rows)


async def list_register(
    session: AsyncSession,
    year: int,
    organ_ids: Collection[int] | None,
    limit: int | None = None,
    kind: DocumentKind | None = None,
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
    if kind is not None:
        query = query.where(OfficialDocument.kind == kind.value)
    order = (col(OfficialDocument.organ_unit_id), col(OfficialDocument.symbol), col(OfficialDocument.number).desc())
    return await _bundle(session, (await session.exec(query.order_by(*order).limit(limit))).all())


async def _bundle(session: AsyncSession, rows: Sequence[tuple[OfficialDocument, Meeting]]) -> list[RegisterEntry]:
    bundles = await bundle_meetings(session, [meeting for _, meeting in rows]) if rows else []
    return [RegisterEntry(document, bundle) for (document, _), bundle in zip(rows, bundles, strict=True)]
