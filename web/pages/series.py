"""The page of a series: its rule, every occurrence with its state, and the series that it was divided from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.booking_checks import draft_of
from meetings.draft_values import list_own, read_draft
from meetings.errors import N_
from meetings.invitations.answers import tally_meetings
from meetings.invitations.tally import Tally
from meetings.kinds import MeetingStatus
from meetings.meeting_store import MeetingBundle, is_visible
from meetings.models import Meeting
from meetings.recurrence import parse_rule
from meetings.series_store import SeriesBundle, list_parts, load_series, load_visible_series, takes_place
from web.i18n import _
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.series_words import describe_rule

OWN = {
    "title": N_("tên"),
    "hall_id": N_("phòng họp"),
    "chair_id": N_("chủ trì"),
    "secretary_id": N_("thư ký"),
    "planned_form": N_("hình thức"),
    "form_reason": N_("hình thức"),
    "invitations": N_("thành phần mời"),
    "agenda": N_("chương trình"),
}
OTHER = N_("thông tin khác")
ON_PAGE = 50


@dataclass(frozen=True)
class Row:
    """One occurrence. ``own``: what was changed of it alone; ``planned``: when the rule would have it, if moved."""

    number: int
    bundle: MeetingBundle
    planned: datetime | None
    own: str
    tally: Tally | None
    may_edit: bool
    may_cancel: bool

    @property
    def meeting(self) -> Meeting:
        return self.bundle.meeting

    @property
    def is_out(self) -> bool:
        return self.meeting.status is MeetingStatus.CANCELLED


async def show_series(request: web.Request) -> web.Response:
    actor, now = actor_of(request), now_of(request)
    async with request.app[DATABASE].read() as session:
        found = await load_visible_series(session, actor, request.match_info["slug"])
        whole = await load_series(session, found.id)
        value = whole.value(now)
        start = _find_start(request, found, now)
        rows = await _list_rows(session, request, found, start)
        usual = next(
            (row for row in found.rows if takes_place(row.meeting) and not _name_own(found, row)), found.rows[0]
        )
        context: dict[str, Any] = {
            "series": found.series,
            "rule": describe_rule(value.rule),
            "rows": rows,
            "left_out": sorted(value.cancelled - {row.meeting.recurrence_at for row in whole.rows}),
            "parts": await _list_parts(session, request, found),
            "usual": usual,
            "start": start,
            "total": len(found.rows),
            "less": f"?from={max(start - ON_PAGE, 0)}" if start else "",
            "more": f"?from={start + ON_PAGE}" if start + ON_PAGE < len(found.rows) else "",
            "to_come": len(value.to_come),
            "may_keep": permissions.may_book(actor),
        }
    return render(request, "series.html", context)


def _find_start(request: web.Request, found: SeriesBundle, now: datetime) -> int:
    """The first occurrence on the page: as the address says, else so that the next one to come is on it."""
    wanted = request.query.get("from", "")
    if wanted.isascii() and wanted.isdecimal():
        at = min(int(wanted[:6]), len(found.rows) - 1)
    else:
        at = next((n for n, row in enumerate(found.rows) if row.meeting.ends_at > now), len(found.rows) - 1)
    return at - at % ON_PAGE


async def _list_rows(session: AsyncSession, request: web.Request, found: SeriesBundle, start: int) -> list[Row]:
    actor, shown = actor_of(request), found.rows[start : start + ON_PAGE]
    tallies = await tally_meetings(session, [bundle.id for bundle in shown])
    return [
        Row(
            number=number,
            bundle=bundle,
            planned=_find_planned(bundle.meeting),
            own=_name_own(found, bundle),
            tally=tallies.get(bundle.id),
            may_edit=permissions.may_edit_meeting(actor, bundle.meeting),
            may_cancel=permissions.may_cancel_meeting(actor, bundle.meeting),
        )
        for number, bundle in enumerate(shown, start=start + 1)
    ]


def _find_planned(meeting: Meeting) -> datetime | None:
    return meeting.recurrence_at if takes_place(meeting) and meeting.starts_at != meeting.recurrence_at else None


def _name_own(found: SeriesBundle, bundle: MeetingBundle) -> str:
    """The names of the parts in which the occurrence differs from its series."""
    if not takes_place(bundle.meeting):
        return ""
    names = list_own(read_draft(found.series.draft, bundle.planned), draft_of(bundle))
    return ", ".join(dict.fromkeys(_(OWN.get(name, OTHER)) for name in names))


async def _list_parts(
    session: AsyncSession, request: web.Request, found: SeriesBundle
) -> list[tuple[str, str, datetime]]:
    """The other parts that the person may see: slug, rule in words, first start."""
    parts = []
    for other in await list_parts(session, found.series):
        rows = (await load_series(session, other.id or 0)).rows
        if any(is_visible(actor_of(request), row) for row in rows):
            parts.append((other.slug, describe_rule(parse_rule(other.rule)), other.starts_at))
    return parts
