"""Calendar feeds: secret addresses under which a calendar program reads somebody's meetings, or a unit's.

A feed shows what its owner's account may see at the moment of reading, and nothing once the account is disabled or the
address revoked. Drafts are in none of them; what was called off stays for a while, marked so.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.calendar_models import MeetingSeries
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.invitation_models import CalendarFeed, Delegate
from meetings.invitations.ical import ORIGIN, Event
from meetings.invitations.letters import make_event
from meetings.invitations.series_events import make_events
from meetings.kinds import PLANNED
from meetings.meeting_store import MeetingBundle, bundle_meetings, is_visible
from meetings.models import AuditEntry, Invitation, Meeting, Unit
from meetings.people_store import load_actor, load_history
from meetings.periods import local_day
from meetings.permissions import Actor, may_make_feed
from meetings.tokens import hash_token

BACK, AHEAD = timedelta(days=90), timedelta(days=400)
MOST_FEEDS = 10  # of one account
MOST_MEETINGS = 2000  # of one feed
TOO_MANY = N_("Mỗi tài khoản có tối đa {n} địa chỉ lịch. Hãy thu hồi địa chỉ không còn dùng.")
RESOLUTION = timedelta(hours=1)  # of "last read": not every look is written down


@dataclass(frozen=True, slots=True)
class Feed:
    """Whose it is, and which meetings: the owner's own ones, or those of a unit that the owner may see."""

    row: CalendarFeed
    actor: Actor
    unit_name: str = ""


async def create_feed(
    session: AsyncSession, actor: Actor, unit_id: int | None, label: str, now: datetime
) -> tuple[CalendarFeed, str]:
    """A new address: its token is returned once and kept nowhere. ``unit_id``: whose calendar; ``None``: one's own."""
    if actor.account_id is None or not may_make_feed(actor, unit_id):
        raise NotAllowed
    if len([row for row in await list_feeds(session, actor) if row.revoked_at is None]) >= MOST_FEEDS:
        raise Conflict(TOO_MANY, field="label", n=MOST_FEEDS)
    if unit_id is not None and await session.get(Unit, unit_id) is None:
        raise NotFound
    token = secrets.token_urlsafe(32)
    row = CalendarFeed(
        token_hash=hash_token(token),
        account_id=actor.account_id,
        unit_id=unit_id,
        label=label.strip()[:150],
        created_at=now,
    )
    session.add(row)
    await session.flush()
    await write_entry(session, actor, "feed.create", f"feed:{row.id}", {"unit": unit_id, "label": row.label}, now)
    return row, token


async def revoke_feed(session: AsyncSession, actor: Actor, feed_id: int, now: datetime) -> None:
    """The address shows nothing from now on. Only its owner does this; twice changes nothing."""
    row = await session.get(CalendarFeed, feed_id)
    if row is None or row.account_id != actor.account_id:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = now
        session.add(row)
        await write_entry(session, actor, "feed.revoke", f"feed:{row.id}", {"label": row.label}, now)


async def list_feeds(session: AsyncSession, actor: Actor) -> list[CalendarFeed]:
    """The addresses of one's account, the newest first."""
    query = select(CalendarFeed).where(CalendarFeed.account_id == actor.account_id)
    return list((await session.exec(query.order_by(col(CalendarFeed.id).desc()))).all())


async def find_feed(session: AsyncSession, token: str, now: datetime) -> Feed:
    """The feed of a token; ``NotFound`` for none, for a revoked one and for that of a disabled account."""
    row = (await session.exec(select(CalendarFeed).where(CalendarFeed.token_hash == hash_token(token)))).first()
    if row is None or row.revoked_at is not None:
        raise NotFound
    actor = await load_actor(session, row.account_id)
    if actor is None or not may_make_feed(actor, row.unit_id):
        raise NotFound
    name = (await load_history(session)).name(row.unit_id, local_day(now)).name if row.unit_id is not None else ""
    return Feed(row, actor, name)


async def note_use(session: AsyncSession, feed_id: int, now: datetime) -> None:
    row = await session.get_one(CalendarFeed, feed_id)
    row.used_at = now
    session.add(row)


def is_use_known(row: CalendarFeed, now: datetime) -> bool:
    return row.used_at is not None and now - row.used_at < RESOLUTION


async def list_feed_events(session: AsyncSession, feed: Feed, now: datetime) -> list[Event]:
    """What the calendar shows; the same as long as nothing in it changes."""
    bundles = await _list_meetings(session, feed, now)
    series = await _load_series(session, bundles)
    stamps = await _list_stamps(session, bundles, series.values())
    grouped: dict[int | None, list[MeetingBundle]] = defaultdict(list)
    for bundle in bundles:
        grouped[bundle.meeting.series_id if bundle.meeting.series_id in series else None].append(bundle)
    events = [make_event(bundle, stamps[f"meeting:{bundle.id}"]) for bundle in grouped.pop(None, [])]
    for series_id, rows in grouped.items():
        events += _describe_series(series[series_id or 0], rows, stamps)
    return sorted(events, key=lambda event: (event.span, event.uid))


def _describe_series(series: MeetingSeries, rows: Sequence[MeetingBundle], stamps: dict[str, datetime]) -> list[Event]:
    url = f"{ORIGIN}/series/{series.slug}"
    stamp = stamps[f"series:{series.id}"]
    return make_events(series, rows, lambda row: make_event(row, stamp, series_url=url), url)


async def _list_meetings(session: AsyncSession, feed: Feed, now: datetime) -> list[MeetingBundle]:
    """Those of the unit, or of the person: invited by unit or name, or to be chaired or kept by them."""
    actor, unit_id = feed.actor, feed.row.unit_id if feed.row.unit_id is not None else feed.actor.unit_id
    invited = select(Invitation.meeting_id).where(Invitation.unit_id == unit_id)
    mine = [col(Meeting.convening_unit_id) == unit_id, col(Meeting.id).in_(invited)]
    if feed.row.unit_id is None and actor.person_id is not None:
        named = select(Delegate.meeting_id).where(Delegate.person_id == actor.person_id)
        mine = [
            col(Meeting.chair_id) == actor.person_id,
            col(Meeting.secretary_id) == actor.person_id,
            col(Meeting.id).in_(named),
            *([] if actor.unit_id is None else [col(Meeting.id).in_(invited)]),
        ]
    near = (Meeting.starts_at < now + AHEAD) & (Meeting.ends_at > now - BACK)
    query = select(Meeting).where(or_(*mine), col(Meeting.status).not_in(PLANNED), near)
    found = list((await session.exec(query.order_by(col(Meeting.starts_at).desc()).limit(MOST_MEETINGS))).all())
    bundles = await bundle_meetings(session, found) if found else []
    return [bundle for bundle in bundles if is_visible(actor, bundle)]


async def _list_stamps(
    session: AsyncSession, bundles: Iterable[MeetingBundle], series: Collection[MeetingSeries]
) -> dict[str, datetime]:
    """When each meeting and series was last written about in the audit log, else when it was made.

    A series changes with each of its meetings, also with one that left this calendar.
    """
    made = {f"meeting:{bundle.id}": bundle.meeting.created_at for bundle in bundles}
    own = {row.id: f"series:{row.id}" for row in series}
    made |= {f"series:{row.id}": row.created_at for row in series}
    parts = select(Meeting.id, Meeting.series_id).where(col(Meeting.series_id).in_(own))
    series_of = (
        {f"meeting:{key}": own[series_id] for key, series_id in (await session.exec(parts)).all()} if own else {}
    )
    query = select(AuditEntry.subject, func.max(AuditEntry.at)).where(col(AuditEntry.subject).in_([*made, *series_of]))
    for subject, at in (await session.exec(query.group_by(col(AuditEntry.subject)))).all():
        if subject in made:
            made[subject] = max(made[subject], at)
        if subject in series_of:
            made[series_of[subject]] = max(made[series_of[subject]], at)
    return made


async def _load_series(session: AsyncSession, bundles: Sequence[MeetingBundle]) -> dict[int, MeetingSeries]:
    ids = {bundle.meeting.series_id for bundle in bundles if bundle.meeting.series_id is not None}
    rows = (await session.exec(select(MeetingSeries).where(col(MeetingSeries.id).in_(ids)))).all() if ids else []
    return {row.id: row for row in rows if row.id is not None}
