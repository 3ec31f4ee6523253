"""Where rooms are kept: turns what a room records into rows, all of one save in one transaction.

A room is named by its meeting's slug. What lay open when the server died is closed at ``alive_at``, the last sign of
life: nobody is counted as present while there was no server.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.audit import write_entry
from meetings.errors import NotFound
from meetings.models import AgendaItem, ChatMessage, Meeting, MeetingStatus, Presence, RoomState
from meetings.permissions import Actor
from signaling import effects as e
from signaling.protocol import AgendaEntry
from signaling.roster import CHAT_HISTORY
from signaling.sfu import LoadedRoom, RoomFacts, StoredChat
from transcripts import actions as records_of
from transcripts.store import list_open_spans
from web.database import Database

OPENS_BEFORE = timedelta(minutes=15)
LIVE = (MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION)


class DatabaseRoomStore:
    """Obeys ``signaling.ports.RoomStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recover(self, now: datetime) -> list[str]:
        """Close presences, spans and recordings left open. The slugs of the rooms that were live."""
        async with self._database.write() as session:
            query = select(Meeting, RoomState).join(RoomState, col(RoomState.meeting_id) == col(Meeting.id))
            found = (await session.exec(query.where(col(Meeting.status).in_(LIVE)))).all()
            open_ones = set(
                (await session.exec(select(Presence.meeting_id).where(col(Presence.left_at).is_(None)))).all()
            )
            open_ones |= {span.meeting_id for span in await list_open_spans(session)}
            for state in (await session.exec(select(RoomState).where(col(RoomState.meeting_id).in_(open_ones)))).all():
                await _close_outage(session, state.meeting_id, state.alive_at)
            await records_of.recover(session, now)
        return [meeting.slug for meeting, state in found if _was_live(meeting, state)]

    async def load(self, room: str) -> LoadedRoom | None:
        async with self._database.write() as session:
            facts = await _load_facts(session, room)
            if facts is None:
                return None
            meeting_id = await _find_meeting(session, room)
            state = await session.get(RoomState, meeting_id)
            if state is not None:
                await _close_outage(session, meeting_id, state.alive_at)  # of a room that was given up
            chat = await _load_chat(session, meeting_id)
            return LoadedRoom(facts, state.snapshot if state else None, chat, state.alive_at if state else None)

    async def load_facts(self, room: str) -> RoomFacts | None:
        async with self._database.read() as session:
            return await _load_facts(session, room)

    async def save(self, room: str, records: Sequence[e.Record], snapshot: Mapping[str, Any], now: datetime) -> None:
        async with self._database.write() as session:
            # Whoever changes the meeting locks its row first and the audit log after it: so does this.
            meeting_id = await _find_meeting(session, room, for_update=True)
            state = await session.get(RoomState, meeting_id)
            if state is None:
                state = RoomState(meeting_id=meeting_id, snapshot={}, alive_at=now)
            for record in records:
                await _keep(session, meeting_id, record, now)
            state.snapshot, state.alive_at = dict(snapshot), now
            session.add(state)

    async def alive(self, rooms: Sequence[str], now: datetime) -> None:
        async with self._database.write() as session:
            ids = select(Meeting.id).where(col(Meeting.slug).in_(rooms))
            for state in (await session.exec(select(RoomState).where(col(RoomState.meeting_id).in_(ids)))).all():
                state.alive_at = now
                session.add(state)


async def _keep(session: AsyncSession, meeting_id: int, record: e.Record, now: datetime) -> None:
    """Turn one record into its rows."""
    match record:
        case e.Joined():
            session.add(_make_presence(meeting_id, record))
        case e.Left():
            await _close_presence(session, meeting_id, record.identity, record.at, record.reason)
        case e.PhaseChanged(phase="in_session"):
            await actions.start_meeting(session, meeting_id, _find_actor(record.identity, record.name), record.at)
        case e.PhaseChanged():
            await actions.end_meeting(session, meeting_id, _find_actor(record.identity, record.name), record.at)
            await records_of.meeting_ended(session, meeting_id, now)
        case e.RecordingOn():
            await records_of.start_span(session, meeting_id, record.name, record.at)
            await _audit(session, meeting_id, "room.record_on", record.identity, record.name, {}, now)
        case e.RecordingOff():
            await records_of.stop_span(session, meeting_id, record.reason, record.at)
            why = {"reason": record.reason}
            await _audit(session, meeting_id, "room.record_off", record.identity, record.name, why, now)
        case e.FileOpened():
            await records_of.open_recording(
                session,
                meeting_id,
                identity=record.identity,
                speaker=record.speaker,
                person_id=record.about.get("person_id"),
                site_id=record.about.get("site_id"),
                unit_id=record.about.get("unit_id"),
                path=record.path,
                started_at=record.at,
            )
        case e.FileClosed():
            await records_of.close_recording(session, record.path, record.at, now)
        case e.ChatPosted():
            session.add(
                ChatMessage(
                    meeting_id=meeting_id, at=record.at, identity=record.identity, name=record.name, text=record.text
                )
            )
        case e.MutedByOther() | e.Removed():
            action = "room.remove" if isinstance(record, e.Removed) else "room.mute"
            detail = {"identity": record.identity, "name": record.name}
            await _audit(session, meeting_id, action, record.by_identity, record.by, detail, now)
        case e.AgendaTurned():
            title = {"title": record.title}
            await _audit(session, meeting_id, "room.agenda", record.identity, record.name, title, now)


def _make_presence(meeting_id: int, record: e.Joined) -> Presence:
    return Presence(
        meeting_id=meeting_id,
        identity=record.identity,
        name=record.name[:200],
        joined_at=record.at,
        person_id=record.about.get("person_id"),
        site_id=record.about.get("site_id"),
        unit_id=record.about.get("unit_id"),
    )


async def _close_presence(session: AsyncSession, meeting_id: int, identity: str, at: datetime, reason: str) -> None:
    query = select(Presence).where(
        Presence.meeting_id == meeting_id, Presence.identity == identity, col(Presence.left_at).is_(None)
    )
    for presence in (await session.exec(query)).all():
        presence.left_at, presence.left_reason = max(at, presence.joined_at), reason
        session.add(presence)


async def _close_outage(session: AsyncSession, meeting_id: int, at: datetime) -> None:
    """Presences and the recording's span ended at the last sign of life."""
    query = select(Presence).where(Presence.meeting_id == meeting_id, col(Presence.left_at).is_(None))
    for presence in (await session.exec(query)).all():
        presence.left_at, presence.left_reason = max(at, presence.joined_at), "outage"
        session.add(presence)
    await records_of.stop_span(session, meeting_id, "outage", at)


def _was_live(meeting: Meeting, state: RoomState) -> bool:
    people = state.snapshot.get("people", {}).values()
    return meeting.status is MeetingStatus.IN_SESSION or any(person.get("present") for person in people)


async def _find_meeting(session: AsyncSession, slug: str, *, for_update: bool = False) -> int:
    """The key of a meeting, of which nobody else changes the row meanwhile ``for_update``. ``NotFound`` without one."""
    query = select(Meeting.id).where(Meeting.slug == slug)
    meeting_id = (await session.exec(query.with_for_update() if for_update else query)).first()
    if meeting_id is None:
        raise NotFound
    return meeting_id


async def _load_facts(session: AsyncSession, slug: str) -> RoomFacts | None:
    meeting = (await session.exec(select(Meeting).where(Meeting.slug == slug))).first()
    if meeting is None:
        return None
    items = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by(col(AgendaItem.position))
    agenda = [
        AgendaEntry(title=item.title, presenter=item.presenter, minutes=item.minutes)
        for item in (await session.exec(items)).all()
    ]
    return RoomFacts(
        title=meeting.title,
        opens_at=meeting.starts_at - OPENS_BEFORE,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        agenda=tuple(agenda),
        cancelled=meeting.status is MeetingStatus.CANCELLED,
        ended=meeting.status is MeetingStatus.ENDED,
    )


async def _load_chat(session: AsyncSession, meeting_id: int) -> list[StoredChat]:
    """The latest lines, numbered from the meeting's first."""
    total = (await session.exec(select(func.count()).where(ChatMessage.meeting_id == meeting_id))).one()
    query = select(ChatMessage).where(ChatMessage.meeting_id == meeting_id)
    rows = (await session.exec(query.order_by(col(ChatMessage.id).desc()).limit(CHAT_HISTORY))).all()
    return [
        StoredChat(id=total - place, identity=row.identity, name=row.name, text=row.text, at=row.at)
        for place, row in enumerate(rows)
    ][::-1]


def _find_actor(identity: str, name: str) -> Actor | None:
    """Who did it, for the audit log; None for the room itself."""
    kind, _, number = identity.partition(":")
    if not identity:
        return None
    return Actor(account_id=int(number) if kind == "account" else None, name=name, roles=frozenset())


async def _audit(
    session: AsyncSession,
    meeting_id: int,
    action: str,
    identity: str,
    name: str,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    actor = _find_actor(identity, name)
    await write_entry(session, actor, action, f"meeting:{meeting_id}", detail, now)
