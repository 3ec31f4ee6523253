"""Use cases of answers: a unit answers on the meeting's page, a person there or by the link of a letter.

A link is 256 random bits of which the database holds the SHA-256; it answers for one person at one meeting, dies with
the meeting's end, and dies when the person leaves the list. An older answer never takes the place of a newer one.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.invitation_models import AnswerLink, Delegate
from meetings.invitations.delegate_store import (
    find_link,
    get_delegate,
    is_expected,
    list_person_answers,
)
from meetings.invitations.tally import Tally, answer_of_unit, count_answers
from meetings.kinds import LIVE, OVER, Answer, MeetingStatus
from meetings.meeting_store import MeetingBundle, get_meeting_by_id, load_visible, lock_meeting, lock_meeting_by_id
from meetings.models import Invitation, Meeting
from meetings.permissions import Actor, may_answer_for_unit
from meetings.tokens import hash_token

GIVEN = (Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE)
LONGEST_NOTE = 300

LinkState = Literal["open", "ended", "cancelled", "postponed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a link leads to. ``delegate`` is missing once the person is no longer on the list."""

    state: LinkState
    bundle: MeetingBundle
    delegate: Delegate | None


async def make_link(session: AsyncSession, delegate: Delegate, now: datetime) -> str:
    """A link for one more letter to somebody: the token, which is kept nowhere. Those of letters before stay good."""
    token = secrets.token_urlsafe(32)
    session.add(
        AnswerLink(
            token_hash=hash_token(token), meeting_id=delegate.meeting_id, delegate_id=delegate.id, created_at=now
        )
    )
    await session.flush()
    return token


async def open_link(session: AsyncSession, token: str, now: datetime) -> Reply | None:
    """Where a link leads; ``None`` for a token that never was one."""
    link = await find_link(session, hash_token(token))
    if link is None:
        return None
    bundle = await get_meeting_by_id(session, link.meeting_id)
    delegate = None if link.delegate_id is None else await session.get(Delegate, link.delegate_id)
    return Reply(_find_state(bundle.meeting, link, delegate, now), bundle, delegate)


def _find_state(meeting: Meeting, link: AnswerLink, delegate: Delegate | None, now: datetime) -> LinkState:
    if meeting.status is MeetingStatus.CANCELLED:
        return "cancelled"
    if meeting.status in OVER or (meeting.status is not MeetingStatus.IN_SESSION and meeting.ends_at <= now):
        return "ended"
    if link.revoked_at is not None or delegate is None or not is_expected(delegate):
        return "withdrawn"
    return "open" if is_open(meeting, now) else "postponed"


def is_open(meeting: Meeting, now: datetime) -> bool:
    """Whether answers are still of use: the meeting is fixed and not over."""
    return meeting.status in LIVE and (meeting.status is MeetingStatus.IN_SESSION or meeting.ends_at > now)


async def record_answer(
    session: AsyncSession,
    target: Delegate | Invitation,
    answer: Answer,
    note: str,
    how: str,
    sequence: int,
    at: datetime,
    by: Actor | None = None,
) -> bool:
    """Write down what was answered (``how``: "page", "link" or "mail") to the invitation of ``sequence``.

    False, and nothing changes, when a newer answer is known or the meeting takes none any more. Who may answer for
    whom, the caller asks; ``by`` is who was signed in.
    """
    await lock_meeting_by_id(session, target.meeting_id)
    await session.refresh(target, with_for_update=True)
    meeting = await session.get_one(
        Meeting, target.meeting_id, populate_existing=True
    )  # it may just have been cancelled
    known = target.answered_at
    if how != "mail":  # on a page one sees the meeting as it is now; letters of a series may bear a higher number
        sequence = max(sequence, target.answer_sequence)
    if not is_open(meeting, at) or (known is not None and (sequence, at) < (target.answer_sequence, known)):
        return False
    old = target.answer
    target.answer, target.answer_note = answer, " ".join(note.split())[:LONGEST_NOTE]
    target.answered_at, target.answer_sequence = at, sequence
    target.answered_by = how
    session.add(target)
    who = {"delegate": target.id} if isinstance(target, Delegate) else {"unit": target.unit_id}
    detail = who | {"answer": [old, answer], "how": how, "note": target.answer_note, "sequence": sequence}
    if by is None and isinstance(target, Delegate):
        by = Actor(None, target.full_name, frozenset())
    await write_entry(session, by, "answer.record", f"meeting:{meeting.id}", detail, at)
    return True


async def answer_unit(
    session: AsyncSession, actor: Actor, slug: str, unit_id: int, answer: Answer, note: str, now: datetime
) -> Invitation:
    """An invited unit's answer on the meeting's page, by its contact or by a secretary who was told."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    invited = bundle.find_invited(unit_id)
    if invited is None:
        raise NotFound
    row = invited.invitation
    if not may_answer_for_unit(actor, bundle.meeting, unit_id, bundle.invited_unit_ids):
        raise NotAllowed
    _check(answer, note)
    old = row.answer
    row.answer, row.answer_note, row.answered_at = answer, note.strip(), now
    row.answered_by, row.answer_sequence = actor.name[:150], max(row.answer_sequence, bundle.meeting.sequence)
    session.add(row)
    detail = {"unit": unit_id, "answer": [old, answer], "how": "page", "note": row.answer_note}
    await write_entry(session, actor, "answer.record", f"meeting:{bundle.id}", detail, now)
    return row


async def answer_person(
    session: AsyncSession, actor: Actor, slug: str, delegate_id: int, answer: Answer, note: str, now: datetime
) -> None:
    """A person who is signed in answers for themselves; for others of a unit that may answer, its contact does."""
    bundle = await load_visible(session, actor, slug)
    row = await get_delegate(session, bundle.id, delegate_id)
    own = actor.person_id is not None and row.person_id == actor.person_id
    if not own and not may_answer_for_unit(actor, bundle.meeting, row.unit_id, bundle.invited_unit_ids):
        raise NotAllowed
    _check(answer, note)
    if not await record_answer(session, row, answer, note, "page", bundle.meeting.sequence, now, actor):
        raise Conflict(N_("Cuộc họp không còn nhận trả lời."))


async def answer_by_link(session: AsyncSession, token: str, answer: Answer, note: str, now: datetime) -> Reply:
    """The answer of whoever holds the link. Needs no account. ``NotFound`` for a token that is none."""
    reply = await open_link(session, token, now)
    if reply is None:
        raise NotFound
    if reply.state != "open" or reply.delegate is None:
        raise Conflict(N_("Cuộc họp không còn nhận trả lời."))
    _check(answer, note)
    await record_answer(session, reply.delegate, answer, note, "link", reply.bundle.meeting.sequence, now)
    return reply


def _check(answer: Answer, note: str) -> None:
    if answer not in GIVEN:
        raise Invalid(N_("Hãy chọn một câu trả lời."), field="answer")
    if len(note.strip()) > LONGEST_NOTE:
        raise Invalid(N_("Ghi chú có tối đa {n} ký tự."), field="note", n=LONGEST_NOTE)


async def answers_of_units(session: AsyncSession, bundle: MeetingBundle) -> dict[str, Answer]:
    """What each invited unit's answer comes to, by the unit's name."""
    people = (await list_person_answers(session, [bundle.id]))[bundle.id]
    return {each.unit.name: answer_of_unit(each.invitation.answer, people[each.unit.id]) for each in bundle.invitations}


async def tally_meetings(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, Tally]:
    """How many of the invited units of each meeting come, by their own answer or else by their people's."""
    people = await list_person_answers(session, meeting_ids)
    answers: dict[int, list[Answer]] = {meeting_id: [] for meeting_id in meeting_ids}
    query = select(Invitation.meeting_id, Invitation.unit_id, Invitation.answer)
    for meeting_id, unit_id, own in (
        await session.exec(query.where(col(Invitation.meeting_id).in_(meeting_ids)))
    ).all():
        answers[meeting_id].append(answer_of_unit(Answer(own), people[meeting_id][unit_id]))
    return {meeting_id: count_answers(found) for meeting_id, found in answers.items()}
