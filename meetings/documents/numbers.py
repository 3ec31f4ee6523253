"""Numbers of official documents: the clerk's, one sequence for each organ, symbol and year, none given twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import NumberGap, OfficialDocument
from meetings.documents.store import find_number, next_number
from meetings.errors import N_, Conflict, Invalid
from meetings.kinds import DocumentState
from meetings.locks import NUMBERS, take_lock
from meetings.periods import local_day
from meetings.printing.wording import write_number

LARGEST_NUMBER = 999_999
TAKEN = N_(
    "Số {number} năm {year} đã cấp cho văn bản “{subject}”. Số tiếp theo còn trống là {free}; hãy kiểm tra rồi cấp lại."
)


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers of a sequence that the register does not hold. ``reason`` is empty while nobody has explained them."""

    first: int
    last: int
    reason: str = ""
    noted_by: str = ""


def list_gaps(numbers: Iterable[int], notes: Sequence[NumberGap] = ()) -> list[Gap]:
    """What is missing before the highest of ``numbers``; of two notes on the same number the later one counts."""
    given = sorted(set(numbers))
    found: list[Gap] = []
    before = 0
    for number in given:
        if number > before + 1:
            found += _explain(before + 1, number - 1, notes)
        before = number
    return found


def _explain(first: int, last: int, notes: Sequence[NumberGap]) -> list[Gap]:
    """One gap, cut where its explanation changes."""
    edges = {first, last + 1}
    edges |= {edge for note in notes for edge in (note.first, note.last + 1) if first < edge <= last}
    cuts = sorted(edges)
    gaps = []
    for start, end in pairwise(cuts):
        note = next((each for each in reversed(notes) if each.first <= start <= each.last), None)
        gaps.append(Gap(start, end - 1, note.reason if note else "", note.noted_by if note else ""))
    return gaps


async def number_document(
    session: AsyncSession, document: OfficialDocument, number: int | None, issued_on: date, now: datetime
) -> dict[str, Any]:
    """Give it number and day; the next free number where ``number`` is ``None``. What changed, for the audit log.

    Whoever calls holds the document and may number it. A number is never given twice, also after a withdrawal.
    """
    _check_day(document, issued_on, now)
    if number is not None and not 0 < number <= LARGEST_NUMBER:
        raise Invalid(N_("Số văn bản là số nguyên từ 1."), field="number")
    await take_lock(session, NUMBERS)
    key = (document.organ_unit_id, document.symbol, issued_on.year)
    free = await next_number(session, *key)
    number = number or (document.number if document.year == issued_on.year else None) or free
    holder = await find_number(session, *key, number)
    if holder is not None and holder.id != document.id:
        raise Conflict(
            TAKEN,
            field="number",
            number=write_number(str(number), document.symbol),
            year=issued_on.year,
            subject=holder.content.get("subject", ""),
            free=free,
        )
    detail = {"number": [document.number, number], "issued_on": [document.issued_on, issued_on]}
    document.number, document.year, document.issued_on = number, issued_on.year, issued_on
    document.state = DocumentState.NUMBERED
    document.version += 1
    session.add(document)
    return detail


def _check_day(document: OfficialDocument, issued_on: date, now: datetime) -> None:
    first, last = local_day(document.submitted_at or document.drafted_at), local_day(now)
    if not first <= issued_on <= last:
        raise Invalid(
            N_("Ngày ban hành từ ngày trình ký ({first}) đến hôm nay ({last})."),
            field="issued_on",
            first=f"{first:%d/%m/%Y}",
            last=f"{last:%d/%m/%Y}",
        )
