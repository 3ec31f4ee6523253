"""What a room records, turned into rows: attendance, the meeting's course, recordings, votes, chat, and the log.

What an operator did for the chair stands in the log twice: as what was done, and as done on the chair's behalf.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.audit import write_entry
from meetings.models import ChatMessage, Invitation, Meeting, Presence
from meetings.permissions import Actor
from meetings.room_models import AgendaTurn, Vote
from signaling import effects as e
from transcripts import actions as records_of
from web.logs import hide_nonce


async def keep_record(session: AsyncSession, meeting_id: int, record: e.Record, now: datetime) -> None:
    """Add its rows in the caller's transaction."""
    match record:
        case e.Joined():
            session.add(_make_presence(meeting_id, record))
        case e.Left():
            await _close_presence(session, meeting_id, record.identity, record.at, record.reason)
        case e.PhaseChanged() | e.RecordingOn() | e.RecordingOff() | e.FileOpened() | e.FileClosed():
            await _keep_course(session, meeting_id, record, now)
        case e.ChatPosted():
            session.add(_make_chat(meeting_id, record))
        case e.AgendaTurned():
            session.add(_make_turn(meeting_id, record))
        case e.VoteClosed():
            await _keep_vote(session, meeting_id, record, now)
        case e.HeadsDeclared():
            await _keep_heads(session, meeting_id, record, now)
        case _:
            await _keep_act(session, meeting_id, record, now)


async def _keep_course(
    session: AsyncSession,
    meeting_id: int,
    record: e.PhaseChanged | e.RecordingOn | e.RecordingOff | e.FileOpened | e.FileClosed,
    now: datetime,
) -> None:
    match record:
        case e.PhaseChanged(phase="in_session"):
            await actions.start_meeting(session, meeting_id, find_actor(record.identity, record.name), record.at)
        case e.PhaseChanged():
            await actions.end_meeting(session, meeting_id, find_actor(record.identity, record.name), record.at)
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


async def _keep_act(
    session: AsyncSession,
    meeting_id: int,
    record: e.LetIn
    | e.TurnedAway
    | e.MutedByOther
    | e.Removed
    | e.Appointed
    | e.VoteOpened
    | e.PolicyChanged
    | e.OnBehalf,
    now: datetime,
) -> None:
    """What is in the log and nowhere else."""
    match record:
        case e.LetIn():
            detail = {"identity": record.identity, "name": record.name}
            await _audit(session, meeting_id, "room.admit", record.by_identity, record.by, detail, now)
        case e.TurnedAway():
            detail = {"identity": record.identity, "name": record.name}
            await _audit(session, meeting_id, "room.refuse", record.by_identity, record.by, detail, now)
        case e.MutedByOther():
            detail = {"identity": record.identity, "name": record.name}
            await _audit(session, meeting_id, "room.mute", record.by_identity, record.by, detail, now)
        case e.Removed():
            removed = {"identity": record.identity, "name": record.name, "may_return": record.may_return}
            await _audit(session, meeting_id, "room.remove", record.by_identity, record.by, removed, now)
        case e.Appointed():
            appointed = {"identity": record.identity, "name": record.name, "on": record.on}
            await _audit(session, meeting_id, "room.appoint", record.by_identity, record.by, appointed, now)
        case e.VoteOpened():
            opened = {"number": record.number, "subject": record.subject, "kind": record.kind, "secret": record.secret}
            await _audit(session, meeting_id, "room.vote_opened", record.identity, record.name, opened, now)
        case e.PolicyChanged():
            await _audit(session, meeting_id, "room.policy", record.identity, record.name, record.changes, now)
        case e.OnBehalf():
            action = f"behalf.{record.action}"
            await _audit(session, meeting_id, action, record.identity, record.name, record.detail, now)


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


def _make_chat(meeting_id: int, record: e.ChatPosted) -> ChatMessage:
    return ChatMessage(
        meeting_id=meeting_id,
        at=record.at,
        identity=record.identity,
        name=record.name,
        text=record.text,
        audience=record.to,
    )


def _make_turn(meeting_id: int, record: e.AgendaTurned) -> AgendaTurn:
    return AgendaTurn(
        meeting_id=meeting_id,
        at=record.at,
        position=None if record.position is None else record.position + 1,
        title=record.title,
        identity=record.identity,
        name=record.name[:200],
    )


async def _keep_vote(session: AsyncSession, meeting_id: int, record: e.VoteClosed, now: datetime) -> None:
    """The row and the log. Neither joins a name with a choice where the vote was secret.

    A room whose snapshot could not be read counts from 1 again: its votes follow those that are kept already.
    """
    last = (await session.exec(select(func.max(Vote.number)).where(Vote.meeting_id == meeting_id))).one()
    number = max(record.number, (last or 0) + 1)
    query = select(AgendaTurn).where(AgendaTurn.meeting_id == meeting_id, AgendaTurn.at <= record.opened_at)
    turn = (await session.exec(query.order_by(col(AgendaTurn.at).desc(), col(AgendaTurn.id).desc()).limit(1))).first()
    counted = not record.withdrawn
    session.add(
        Vote(
            meeting_id=meeting_id,
            number=number,
            subject=record.subject,
            kind=record.kind,
            secret=record.secret,
            state="closed" if counted else "withdrawn",
            agenda_title=turn.title if turn else "",
            opened_at=record.opened_at,
            closed_at=record.at,
            closed_by=record.name[:200],
            entitled=record.entitled,
            present=record.present,
            cast=record.cast,
            quorum=record.quorum,
            valid=record.valid if counted else None,
            in_favour=record.in_favour if counted else None,
            against=record.against if counted else None,
            abstain=record.abstain if counted else None,
            voters=sorted(record.voters),
            choices=[] if record.secret else [{"name": name, "choice": choice} for name, choice in record.choices],
        )
    )
    detail: dict[str, Any] = {"number": number, "subject": record.subject, "kind": record.kind}
    detail |= {"secret": record.secret, "cast": record.cast, "valid": record.valid}
    if counted:
        detail |= {"for": record.in_favour, "against": record.against, "abstain": record.abstain}
    action = "room.vote_closed" if counted else "room.vote_withdrawn"
    await _audit(session, meeting_id, action, record.identity, record.name, detail, now)


async def _keep_heads(session: AsyncSession, meeting_id: int, record: e.HeadsDeclared, now: datetime) -> None:
    """What a site said of itself, until the secretary confirms the attendance: then that counts.

    It is said for the unit whose site it is; for another one that sits there when that is the only one.
    """
    detail = {"heads": record.heads, "names": list(record.names)}
    await _audit(session, meeting_id, "room.declare", record.identity, record.name, detail, now)
    meeting = await session.get_one(Meeting, meeting_id)
    if meeting.attendance_confirmed_at is not None:
        return
    rows = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting_id))).all()
    site_id, unit_id = record.about.get("site_id"), record.about.get("unit_id")
    found = [row for row in rows if unit_id is not None and row.unit_id == unit_id]
    found = found or [row for row in rows if site_id is not None and row.site_id == site_id]
    if len(found) == 1:
        found[0].head_count, found[0].names = record.heads, list(record.names)
        session.add(found[0])


def find_actor(identity: str, name: str) -> Actor | None:
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
    if "identity" in detail:
        detail = {**detail, "identity": hide_nonce(detail["identity"])}
    await write_entry(session, find_actor(identity, name), action, f"meeting:{meeting_id}", detail, now)
