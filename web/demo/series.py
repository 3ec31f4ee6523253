"""A weekly series of the demo with one occurrence moved and one called off, and the template that it began from."""

import hashlib
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import MeetingSeries, MeetingTemplate
from meetings.draft_values import write_draft
from meetings.invitations.ical import uid_of
from meetings.kinds import Form, MeetingKind, MeetingStatus
from meetings.models import Invitation, Meeting
from meetings.periods import local_day
from meetings.recurrence import list_starts, parse_rule
from meetings.scheduling import AgendaDraft, InvitationDraft, MeetingDraft, fields_of, make_agenda
from web.demo.calendar import at_hour
from web.demo.meetings import with_accounts
from web.demo.people import CHAIRS, SECRETARY
from web.demo.units import Cast

NAME, TITLE = "Giao ban tuần", "Giao ban tuần giữa lãnh đạo UBND tỉnh và các xã, phường trọng điểm"
RULE, MINUTES = "FREQ=WEEKLY;BYDAY=MO;COUNT=8", 35
AGENDA = (("Việc trong tuần, việc quá hạn", "Văn phòng UBND tỉnh"), ("Ý kiến của các địa phương", ""))
MOVED, CANCELLED = 2, 4  # which of the eight


async def add_series(session: AsyncSession, cast: Cast, now: datetime) -> None:
    """From next Monday on, before the meetings of the day."""
    monday = local_day(now) + timedelta(days=7 - local_day(now).weekday())
    start = at_hour(monday, 7, 15)
    draft = _make_draft(cast, start)
    slug = _slug("series", start)
    series = MeetingSeries(
        slug=slug,
        uid=uid_of(slug),
        rule=RULE,
        starts_at=start,
        minutes=MINUTES,
        draft=write_draft(draft),
        created_by=cast.accounts[SECRETARY],
        created_at=now,
        is_demo=True,
    )
    kept = write_draft(draft) | {"time": "07:15", "minutes": MINUTES, "rule": RULE}
    template = MeetingTemplate(name=NAME, kind=draft.kind, draft=kept, created_at=now, is_demo=True)
    session.add_all((series, template))
    await session.flush()
    for number, at in enumerate(list_starts(parse_rule(RULE), start), start=1):
        await _add_occurrence(session, series, draft, number, at, now)


def _make_draft(cast: Cast, start: datetime) -> MeetingDraft:
    units = [unit.id or 0 for unit in with_accounts(cast)]
    return MeetingDraft(
        title=TITLE,
        kind=MeetingKind.BRIEFING,
        convening_unit_id=cast.province,
        chair_id=cast.people[CHAIRS[0]],
        secretary_id=cast.people[SECRETARY],
        starts_at=start,
        ends_at=start + timedelta(minutes=MINUTES),
        planned_form=Form.ONLINE,
        invitations=[InvitationDraft(unit_id, cast.site_of[unit_id]) for unit_id in units],
        agenda=[AgendaDraft(title, presenter, 15) for title, presenter in AGENDA],
    )


async def _add_occurrence(
    session: AsyncSession, series: MeetingSeries, draft: MeetingDraft, number: int, at: datetime, now: datetime
) -> None:
    start = at + timedelta(days=1 if number == MOVED else 0)
    times = {"starts_at": start, "ends_at": start + timedelta(minutes=MINUTES)}
    meeting = Meeting(
        slug=_slug("occurrence", at),
        series_id=series.id,
        recurrence_at=at,
        calendar_uid=series.uid,
        created_by=series.created_by,
        created_at=now,
        approved_at=now,
        is_demo=True,
        **(fields_of(draft) | times),
    )
    if number == CANCELLED:
        meeting.status, meeting.status_reason = MeetingStatus.CANCELLED, "Trùng kỳ họp Hội đồng nhân dân tỉnh"
    session.add(meeting)
    await session.flush()
    for position, each in enumerate(draft.invitations, start=1):
        row = Invitation(meeting_id=meeting.id or 0, unit_id=each.unit_id, site_id=each.site_id, position=position)
        session.add(row)
    session.add_all(make_agenda(draft, meeting.id or 0))
    await session.flush()


def _slug(what: str, at: datetime) -> str:
    return hashlib.sha256(f"giaoban demo {what} {at.isoformat()}".encode()).hexdigest()[:20]
