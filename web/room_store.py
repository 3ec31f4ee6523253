"""Where rooms are kept: turns what a room records into rows, all of one save in one transaction.

A room is named by its meeting's slug. What lay open when the server died is closed at ``alive_at``, the last sign of
life: nobody is counted as present while there was no server.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.course_store import list_papers, list_voters
from meetings.kinds import LIVE, OVER
from meetings.meeting_store import lock_meeting
from meetings.models import AgendaItem, ChatMessage, Invitation, Meeting, MeetingStatus, Presence, RoomState
from meetings.scheduling import CAPACITY
from signaling import effects as e
from signaling.protocol import AgendaEntry, Paper
from signaling.room import Room
from signaling.roster import CHAT_HISTORY
from signaling.sfu import LoadedRoom, RoomFacts, StoredChat
from transcripts import actions as records_of
from transcripts.store import list_open_spans
from web.ballot_secrecy import BallotKeys, has_running, has_sealed
from web.database import Database
from web.room_records import keep_record

log = logging.getLogger(__name__)


class DatabaseRoomStore:
    """Obeys ``signaling.ports.RoomStore``."""

    def __init__(self, database: Database, capacity: int = CAPACITY, ballots: Path | None = None) -> None:
        """``capacity``: how many connections a room holds unless its booking says otherwise.

        ``ballots``: the folder of ``BallotKeys``.
        """
        self._database, self._capacity = database, capacity
        self._keys = BallotKeys(ballots)

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
        self._keys.drop_others({meeting.slug for meeting, state in found if has_sealed(state.snapshot)})
        return [meeting.slug for meeting, state in found if _was_live(meeting, state)]

    async def load(self, room: str) -> LoadedRoom | None:
        async with self._database.write() as session:
            facts = await self._load_facts(session, room)
            if facts is None:
                return None
            meeting_id = await lock_meeting(session, room)
            state = await session.get(RoomState, meeting_id)
            snapshot = None
            if state is not None:
                await _close_outage(session, meeting_id, state.alive_at)  # of a room that was given up
                snapshot, lost = self._keys.unseal(room, state.snapshot)
                snapshot = _reopen(snapshot, facts)
                if lost:
                    log.error("the key of a secret vote is gone: the vote is withdrawn", extra={"room": room})
                    snapshot = await _withdraw_votes(session, room, facts, state, snapshot, lost)
            chat = await _load_chat(session, meeting_id)
            return LoadedRoom(facts, snapshot, chat, state.alive_at if state else None)

    async def load_facts(self, room: str) -> RoomFacts | None:
        async with self._database.read() as session:
            return await self._load_facts(session, room)

    async def _load_facts(self, session: AsyncSession, slug: str) -> RoomFacts | None:
        meeting = (await session.exec(select(Meeting).where(Meeting.slug == slug))).first()
        if meeting is None or meeting.id is None:
            return None
        items = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by(col(AgendaItem.position))
        agenda = [
            AgendaEntry(title=item.title, presenter=item.presenter, minutes=item.minutes)
            for item in (await session.exec(items)).all()
        ]
        papers = [
            Paper(id=paper.id or 0, title=paper.title, type=paper.media_type, size=paper.size)
            for paper in await list_papers(session, meeting.id)
        ]
        invited = (await session.exec(select(Invitation.unit_id).where(Invitation.meeting_id == meeting.id))).all()
        return RoomFacts(
            title=meeting.title,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            agenda=tuple(agenda),
            limit=meeting.capacity or self._capacity,
            seats=list_seats(meeting, invited),
            voters=frozenset(person.id or 0 for person in await list_voters(session, meeting.id)),
            papers=tuple(papers),
            cancelled=meeting.status not in (*LIVE, *OVER),
            ended=meeting.status in OVER,
        )

    async def save(self, room: str, records: Sequence[e.Record], snapshot: Mapping[str, Any], now: datetime) -> None:
        sealed = await asyncio.to_thread(self._keys.seal, room, snapshot)
        async with self._database.write() as session:
            # Whoever changes the meeting locks its row first and the audit log after it: so does this.
            meeting_id = await lock_meeting(session, room)
            state = await session.get(RoomState, meeting_id)
            if state is None:
                state = RoomState(meeting_id=meeting_id, snapshot={}, alive_at=now)
            for record in records:
                await keep_record(session, meeting_id, record, now)
            state.snapshot, state.alive_at = sealed, now
            session.add(state)
        if not has_running(snapshot):
            self._keys.drop(room)

    async def alive(self, rooms: Sequence[str], now: datetime) -> None:
        async with self._database.write() as session:
            ids = select(Meeting.id).where(col(Meeting.slug).in_(rooms))
            for state in (await session.exec(select(RoomState).where(col(RoomState.meeting_id).in_(ids)))).all():
                state.alive_at = now
                session.add(state)


async def _close_outage(session: AsyncSession, meeting_id: int, at: datetime) -> None:
    """Presences and the recording's span ended at the last sign of life."""
    query = select(Presence).where(Presence.meeting_id == meeting_id, col(Presence.left_at).is_(None))
    for presence in (await session.exec(query)).all():
        presence.left_at, presence.left_reason = max(at, presence.joined_at), "outage"
        session.add(presence)
    await records_of.stop_span(session, meeting_id, "outage", at)


def _reopen(snapshot: dict[str, Any], facts: RoomFacts) -> dict[str, Any]:
    """A meeting that was broken off and is to be resumed begins once more, in the room that it ended in."""
    if snapshot.get("phase") != "ended" or facts.ended or facts.cancelled:
        return snapshot
    return snapshot | {"phase": "waiting", "started_at": None}


async def _withdraw_votes(
    session: AsyncSession,
    name: str,
    facts: RoomFacts,
    state: RoomState,
    snapshot: dict[str, Any],
    lost: Collection[int],
) -> dict[str, Any]:
    """Votes that nobody can count any more: withdrawn at the last sign of life, in the books too. The new snapshot."""
    room = Room(name, facts)
    try:
        room.load_state(snapshot)
    except ValueError:
        return snapshot  # of which the driver says that it cannot be read
    for vote in room.state.votes:
        if vote.id in lost:
            record = room.count_out(vote, None, state.alive_at, withdrawn=True)
            await keep_record(session, state.meeting_id, record, state.alive_at)
    state.snapshot = room.to_json()
    session.add(state)
    return dict(state.snapshot)


def list_seats(meeting: Meeting, invited_unit_ids: Iterable[int]) -> frozenset[str]:
    """The places that are kept: one for each invited unit, for chair and secretary, and for the main hall."""
    seats = {seat_of_unit(unit_id) for unit_id in invited_unit_ids}
    seats |= {seat_of_person(person_id) for person_id in (meeting.chair_id, meeting.secretary_id)}
    return frozenset(seats | ({seat_of_site(meeting.hall_id)} if meeting.hall_id is not None else set()))


def seat_of_unit(unit_id: int) -> str:
    return f"unit:{unit_id}"


def seat_of_person(person_id: int) -> str:
    return f"person:{person_id}"


def seat_of_site(site_id: int) -> str:
    return f"site:{site_id}"


def _was_live(meeting: Meeting, state: RoomState) -> bool:
    people = state.snapshot.get("people", {}).values()
    return meeting.status is MeetingStatus.IN_SESSION or any(person.get("present") for person in people)


async def _load_chat(session: AsyncSession, meeting_id: int) -> list[StoredChat]:
    """The latest lines, numbered from the meeting's first."""
    total = (await session.exec(select(func.count()).where(ChatMessage.meeting_id == meeting_id))).one()
    query = select(ChatMessage).where(ChatMessage.meeting_id == meeting_id)
    rows = (await session.exec(query.order_by(col(ChatMessage.id).desc()).limit(CHAT_HISTORY))).all()
    return [
        StoredChat(
            id=total - place,
            identity=row.identity,
            name=row.name,
            text=row.text,
            at=row.at,
            to="chairs" if row.audience == "chairs" else "everybody",
        )
        for place, row in enumerate(rows)
    ][::-1]
