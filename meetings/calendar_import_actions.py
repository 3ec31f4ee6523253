"""Use case of bringing in a calendar that was kept elsewhere: each of its coming meetings becomes a draft here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.booking_actions import save_draft
from meetings.booking_checks import draft_of
from meetings.errors import N_, Invalid, NotAllowed
from meetings.invitations.ical import Event, slug_of, uid_of
from meetings.kinds import PLANNED, Form, MeetingKind
from meetings.meeting_store import get_meeting_by_id
from meetings.models import Meeting, Unit
from meetings.people_store import load_history
from meetings.permissions import Actor, may_book
from meetings.scheduling import InvitationDraft, MeetingDraft


class Fate(StrEnum):
    """What becomes of one meeting of the calendar."""

    ADDED = "added"
    UPDATED = "updated"
    KNOWN = "known"  # it is more than a draft here already, and is not touched
    PAST = "past"
    CANCELLED = "cancelled"
    UNFIT = "unfit"  # without a name, or over before it begins


@dataclass(frozen=True, slots=True)
class Imported:
    event: Event
    fate: Fate


async def import_calendar(
    session: AsyncSession,
    actor: Actor,
    events: Sequence[Event],
    convening_unit_id: int,
    chair_id: int,
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Imported]:
    """Keep the coming meetings of a calendar as drafts of ``actor``, who completes and books them one by one.

    The same UID again updates its draft and nothing that is more than a draft. An attendee whose address is a unit's
    official mailbox becomes an invited unit. ``dry_run``: only say what would become of each. A large calendar is
    handed in by parts, each in a transaction of its own, so that nobody waits long for this one.
    """
    if not may_book(actor):
        raise NotAllowed
    if actor.person_id is None:
        raise Invalid(N_("Tài khoản này không gắn với một người nên không thể là thư ký của cuộc họp."), field="file")
    known = await _load_known(session, events)
    units = {unit.email.casefold(): unit.id or 0 for unit in await _list_units(session)}
    history = await load_history(session)
    imported = []
    for event in events:
        meeting = known.get((event.uid, event.recurrence_at)) or known.get((event.uid, None))
        fate = _judge(event, meeting, now)
        imported.append(Imported(event, fate))
        if dry_run or fate not in (Fate.ADDED, Fate.UPDATED):
            continue
        if meeting is not None:
            await _update_draft(session, actor, meeting, event, now)
            continue
        draft = MeetingDraft(
            title=event.title,
            kind=MeetingKind.OTHER,
            convening_unit_id=convening_unit_id,
            chair_id=chair_id,
            secretary_id=actor.person_id,
            starts_at=event.span.start,
            ends_at=event.span.end,
            planned_form=Form.ONLINE,
            invitations=_invite(event, units, convening_unit_id),
        )
        saved = await save_draft(session, actor, draft, now, history)
        saved.calendar_uid, saved.recurrence_at = event.uid[:255], event.recurrence_at
        session.add(saved)
        known[event.uid, event.recurrence_at] = saved
    return imported


async def _load_known(session: AsyncSession, events: Sequence[Event]) -> dict[tuple[str, datetime | None], Meeting]:
    """The meetings that the calendar's UIDs name, each by its UID and, in a series, the start that the rule gave it."""
    uids = {event.uid for event in events}
    slugs = {slug_of(uid) for uid in uids}
    found: dict[tuple[str, datetime | None], Meeting] = {}
    query = select(Meeting).where(or_(col(Meeting.calendar_uid).in_(uids), col(Meeting.slug).in_(slugs)))
    for meeting in (await session.exec(query)).all():
        found[uid_of(meeting.slug, meeting.calendar_uid), meeting.recurrence_at] = meeting
    return found


async def _list_units(session: AsyncSession) -> Sequence[Unit]:
    return (await session.exec(select(Unit).where(Unit.email != ""))).all()


def _judge(event: Event, meeting: Meeting | None, now: datetime) -> Fate:
    if event.is_cancelled:
        return Fate.CANCELLED
    if meeting is not None and meeting.status not in PLANNED:
        return Fate.KNOWN
    if event.span.end <= now:
        return Fate.PAST
    if not event.title.strip() or event.span.end <= event.span.start:
        return Fate.UNFIT
    return Fate.ADDED if meeting is None else Fate.UPDATED


def _invite(event: Event, units: dict[str, int], convening_unit_id: int) -> list[InvitationDraft]:
    found = {units[attendee.address.casefold()] for attendee in event.attendees if attendee.address.casefold() in units}
    return [InvitationDraft(unit_id) for unit_id in sorted(found - {convening_unit_id})]


async def _update_draft(session: AsyncSession, actor: Actor, meeting: Meeting, event: Event, now: datetime) -> None:
    before = draft_of(await get_meeting_by_id(session, meeting.id or 0))
    after = replace(before, title=event.title, starts_at=event.span.start, ends_at=event.span.end)
    if after == before:
        return
    meeting.title, meeting.starts_at, meeting.ends_at = after.title, after.starts_at, after.ends_at
    meeting.version += 1
    session.add(meeting)
    detail = {
        "title": [before.title, after.title],
        "starts_at": [before.starts_at, after.starts_at],
        "ends_at": [before.ends_at, after.ends_at],
    }
    await write_entry(session, actor, "meeting.draft", f"meeting:{meeting.id}", detail, now)
