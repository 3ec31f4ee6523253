"""Use cases of the days that differ from their weekday: days off, and weekends worked in exchange."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.calendar_models import Holiday
from meetings.calendar_permissions import may_manage_holidays
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.permissions import Actor
from meetings.table_names import plain
from meetings.working_days import SATURDAY

MOST_ROWS = 500
FIRST, LAST = 2000, 2100  # years that a row may be of
HEADINGS = (("day", "ngày"), ("works", "làm bù"), ("name", "tên"))  # of the columns, then the basis
YES = {"1", "true", "yes", "x", "co", "có", "lam", "làm", "lam bu", "làm bù"}
NO = {"", "0", "false", "no", "khong", "không", "nghi", "nghỉ"}


@dataclass(frozen=True, slots=True)
class HolidayDraft:
    day: date
    works: bool
    name: str
    basis: str = ""


async def set_holidays(
    session: AsyncSession, actor: Actor, drafts: Sequence[HolidayDraft], now: datetime
) -> list[Holiday]:
    """Write down days; one that is there already is replaced. All of them or, with one fault, none."""
    if not may_manage_holidays(actor):
        raise NotAllowed
    for draft in drafts:
        _check(draft)
    rows = []
    for draft in drafts:
        row = await session.get(Holiday, draft.day) or Holiday(day=draft.day, name="")
        row.works, row.name, row.basis = draft.works, draft.name.strip()[:150], draft.basis.strip()[:200]
        session.add(row)
        rows.append(row)
    detail = {"days": [[row.day.isoformat(), row.works, row.name] for row in rows]}
    await write_entry(session, actor, "holiday.set", "", detail, now)
    return rows


async def remove_holiday(session: AsyncSession, actor: Actor, day: date, now: datetime) -> None:
    """From now on the day is as its weekday says."""
    if not may_manage_holidays(actor):
        raise NotAllowed
    row = await session.get(Holiday, day)
    if row is None:
        raise NotFound
    await session.delete(row)
    await write_entry(session, actor, "holiday.remove", "", {"day": day.isoformat(), "name": row.name}, now)


def _check(draft: HolidayDraft) -> None:
    if not FIRST <= draft.day.year <= LAST:
        raise Invalid(N_("Ngày phải trong khoảng từ năm {first} đến năm {last}."), field="day", first=FIRST, last=LAST)
    if not draft.name.strip():
        raise Invalid(N_("Cần ghi tên ngày nghỉ hoặc lý do làm bù."), field="name")
    if draft.works is (draft.day.weekday() < SATURDAY):
        raise Invalid(
            N_("Ngày {day} vốn đã là ngày làm việc, không cần ghi là làm bù.")
            if draft.works
            else N_("Ngày {day} là thứ Bảy hoặc Chủ nhật, vốn đã nghỉ. Hãy ghi ngày nghỉ bù."),
            field="day",
            day=f"{draft.day:%d/%m/%Y}",
        )


def read_rows(table: Sequence[Sequence[str]]) -> list[HolidayDraft]:
    """The days of a table: columns ``day, works, name, basis``, or in Vietnamese. ``Invalid`` names all wrong lines."""
    rows = [[cell.strip() for cell in row] for row in table if any(cell.strip() for cell in row)]
    header = [plain(cell) for cell in rows[0]] if rows else []
    if len(header) < len(HEADINGS) or any(cell not in names for cell, names in zip(header, HEADINGS, strict=False)):
        message = N_("Dòng đầu của tệp phải là các cột: Ngày, Làm bù, Tên, Căn cứ (hoặc day, works, name, basis).")
        raise Invalid(message, field="file")
    if len(rows) > MOST_ROWS:
        raise Invalid(N_("Tệp có quá nhiều dòng: nhiều nhất {most}."), field="file", most=MOST_ROWS)
    drafts, faults = [], []
    for number, row in enumerate(rows[1:], start=2):
        draft = _read_row(row)
        if draft is None:
            faults.append(str(number))
        else:
            drafts.append(draft)
    if faults:
        raise Invalid(
            N_(
                "Không đọc được các dòng: {lines}. Cột Ngày (day) có dạng 02/09/2026 hoặc 2026-09-02; cột Làm bù "
                "(works) để trống khi nghỉ, ghi 1 khi làm bù; cột Tên (name) không được để trống."
            ),
            field="file",
            lines=", ".join(faults[:20]),
        )
    if not drafts:
        raise Invalid(N_("Tệp không có dòng dữ liệu nào."), field="file")
    return drafts


def _read_row(row: Sequence[str]) -> HolidayDraft | None:
    cells = [*row, "", "", "", ""]
    day, works = _read_day(cells[0]), cells[1].lower()
    if day is None or works not in YES | NO or not cells[2]:
        return None
    return HolidayDraft(day, works in YES, cells[2], cells[3])


def _read_day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return date(*time.strptime(text[:10], form)[:3])
        except ValueError:
            continue
    return None
