"""Every query on what the clocks of meetings look at: working days, what was sent, tried and recorded, and when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import Holiday, Sitting
from meetings.deadlines import Deadline, DeadlineKind, MeetingFacts, list_deadlines, list_pressing
from meetings.document_models import DocumentKind, DocumentState, OfficialDocument
from meetings.kinds import BOOKED, OVER, Form
from meetings.meeting_store import MeetingBundle, bundle_meetings
from meetings.models import Meeting, Person, Presence, Role
from meetings.people_store import list_people
from meetings.room_models import ConnectionReport, Paper
from meetings.working_days import WorkingDays

AHEAD = timedelta(days=30)  # the longest way that a deadline lies before its meeting, with every holiday
BACK = timedelta(days=60)  # and how long after its end one is still asked about
CONCLUDING = timedelta(days=20)  # the longest way from a meeting's end to the deadline of its conclusions
LATELY = timedelta(days=3)  # and what of it became late longer ago is not written about
# A notice of conclusions that was issued; one that was withdrawn since tells nobody.
IS_TOLD = (col(OfficialDocument.kind) == DocumentKind.NOTICE) & col(OfficialDocument.state).in_(
    (DocumentState.ISSUED, DocumentState.REPLACED)
)


async def list_holidays(session: AsyncSession, first: date = date.min, last: date = date.max) -> dict[date, Holiday]:
    """The days from ``first`` to ``last`` that differ from their weekday, in order."""
    query = select(Holiday).where(Holiday.day >= first, Holiday.day <= last).order_by(col(Holiday.day))
    return {row.day: row for row in (await session.exec(query)).all()}


def heed_holidays(holidays: Mapping[date, Holiday]) -> WorkingDays:
    return WorkingDays({day: holiday.works for day, holiday in holidays.items()})


async def load_working_days(session: AsyncSession) -> WorkingDays:
    return heed_holidays(await list_holidays(session))


async def find_invitation_time(session: AsyncSession, meeting: Meeting) -> datetime | None:
    """When the official invitation to a meeting, as it was last fixed, first left; ``None`` where none did."""
    return (await _list_invitations(session, [meeting])).get(meeting.id or 0)


async def load_facts(session: AsyncSession, meetings: Sequence[Meeting]) -> dict[int, MeetingFacts]:
    """What the clocks of these meetings look at, by meeting."""
    ids = [meeting.id for meeting in meetings if meeting.id is not None]
    invitations, papers = await _list_invitations(session, meetings), await _list_papers(session, ids)
    trials, notices = await _list_trials(session, ids), await _list_notices(session, ids)
    return {
        meeting.id or 0: MeetingFacts(
            status=meeting.status,
            starts_at=meeting.starts_at,
            urgent=meeting.urgent,
            online=meeting.planned_form is not Form.IN_PERSON,
            ended_at=meeting.ended_at,
            invitation_at=invitations.get(meeting.id or 0),
            papers_at=papers.get(meeting.id or 0),
            trial_at=trials.get(meeting.id or 0),
            conclusions_at=notices.get(meeting.id or 0),
        )
        for meeting in meetings
    }


async def list_clocks(session: AsyncSession, meetings: Sequence[Meeting], now: datetime) -> dict[int, list[Deadline]]:
    """The deadlines of these meetings, by meeting."""
    if not meetings:
        return {}
    working = await load_working_days(session)
    facts = await load_facts(session, meetings)
    return {meeting_id: list_deadlines(each, working, now) for meeting_id, each in facts.items()}


async def _list_invitations(session: AsyncSession, meetings: Sequence[Meeting]) -> dict[int, datetime]:
    """What left before a meeting was postponed and fixed anew invited to something else; a letter before is none."""
    fixed = {meeting.id: meeting.approved_at for meeting in meetings}
    query = select(OfficialDocument.meeting_id, OfficialDocument.issued_at).where(
        col(OfficialDocument.meeting_id).in_(fixed),
        OfficialDocument.kind == "invitation",
        OfficialDocument.state == DocumentState.ISSUED,
        col(OfficialDocument.preliminary).is_(False),
    )
    found: dict[int, datetime] = {}
    for meeting_id, at in (await session.exec(query)).all():
        since = fixed[meeting_id]
        if at is not None and (since is None or at >= since):
            found[meeting_id] = min(found.get(meeting_id, at), at)
    return found


async def _list_notices(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, datetime]:
    """When the notice of conclusions of each meeting was first issued."""
    query = select(OfficialDocument.meeting_id, func.min(OfficialDocument.issued_at)).where(
        col(OfficialDocument.meeting_id).in_(meeting_ids), IS_TOLD
    )
    rows = (await session.exec(query.group_by(col(OfficialDocument.meeting_id)))).all()
    return {meeting_id: at for meeting_id, at in rows if at is not None}


async def _list_papers(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, datetime]:
    """When the last paper of each meeting was first put there: a new version of one starts no clock anew."""
    query = select(Paper).where(col(Paper.meeting_id).in_(meeting_ids)).order_by(col(Paper.id))
    first: dict[int, datetime] = {}  # by paper: when the first of its versions came
    last: dict[int, datetime] = {}
    rows = (await session.exec(query)).all()
    for paper in rows:
        first[paper.id or 0] = first.get(paper.replaces_id or 0, paper.uploaded_at)
    for paper in rows:
        if paper.withdrawn_at is None:
            at = first[paper.id or 0]
            last[paper.meeting_id] = max(last.get(paper.meeting_id, at), at)
    return last


async def _list_trials(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, datetime]:
    """When somebody first tried the line for each meeting: a connection test, or a stay in the room before it began.

    What came before a meeting was broken off tried the line of another day.
    """
    sat = select(func.max(Sitting.ended_at)).correlate(Presence, ConnectionReport)
    since = sat.where(col(Sitting.meeting_id) == col(ConnectionReport.meeting_id)).scalar_subquery()
    reports = select(ConnectionReport.meeting_id, func.min(ConnectionReport.at)).where(
        col(ConnectionReport.meeting_id).in_(meeting_ids), or_(since.is_(None), col(ConnectionReport.at) > since)
    )
    since = sat.where(col(Sitting.meeting_id) == col(Presence.meeting_id)).scalar_subquery()
    stays = (
        select(Presence.meeting_id, func.min(Presence.joined_at))
        .join(Meeting, col(Meeting.id) == col(Presence.meeting_id))
        .where(
            col(Presence.meeting_id).in_(meeting_ids),
            col(Presence.joined_at) < func.coalesce(col(Meeting.started_at), col(Meeting.starts_at)),
            or_(since.is_(None), col(Presence.joined_at) > since),
        )
    )
    found: dict[int, datetime] = {}
    for query in (reports.group_by(col(ConnectionReport.meeting_id)), stays.group_by(col(Presence.meeting_id))):
        for meeting_id, at in (await session.exec(query)).all():
            if meeting_id is not None and at is not None:
                found[meeting_id] = min(found.get(meeting_id, at), at)
    return found


async def list_running(session: AsyncSession, now: datetime, back: timedelta = BACK) -> list[Meeting]:
    """The meetings that a deadline may be open for: booked ones to come, and those that ended without a notice."""
    coming = col(Meeting.status).in_(BOOKED) & (Meeting.starts_at < now + AHEAD) & (Meeting.ends_at > now)
    told = select(OfficialDocument.meeting_id).where(IS_TOLD)
    ended = col(Meeting.status).in_(OVER) & col(Meeting.id).not_in(told) & (col(Meeting.ended_at) > now - back)
    query = select(Meeting).where(or_(coming, ended)).order_by(col(Meeting.starts_at), col(Meeting.id))
    return list((await session.exec(query)).all())


@dataclass(frozen=True, slots=True)
class Reminder:
    """Somebody is to be told once that a deadline is near, and once that it has passed."""

    bundle: MeetingBundle
    deadline: Deadline
    people: tuple[Person, ...]

    @property
    def key(self) -> str:
        """The same for the same thing said: who has sent it does not send it again."""
        due = self.deadline.due.isoformat()
        return f"{self.deadline.kind}:{self.bundle.slug}:{due}:{self.deadline.state}"


async def list_due_reminders(session: AsyncSession, now: datetime) -> list[Reminder]:
    """What is near or late at this moment, and whom it concerns: the secretary, and for the trial the technicians.

    Of meetings that are over only what became late a short while ago, and nothing of those that were over when they
    were written down: neither an older version's meetings nor history that a file brings is written about.
    """
    found = await list_running(session, now, LATELY + CONCLUDING)
    meetings = [meeting for meeting in found if meeting.ended_at is None or meeting.created_at <= meeting.ended_at]
    clocks = await list_clocks(session, meetings, now)
    wanted = {
        key: [
            each
            for each in list_pressing(clock)
            if each.kind is not DeadlineKind.CONCLUSIONS or each.due > now - LATELY
        ]
        for key, clock in clocks.items()
    }
    concerned = [meeting for meeting in meetings if wanted[meeting.id or 0]]
    if not concerned:
        return []
    technicians = await list_people(session, role=Role.TECHNICIAN)
    return [
        Reminder(bundle, deadline, _find_people(bundle, deadline, technicians))
        for bundle in await bundle_meetings(session, concerned)
        for deadline in wanted[bundle.id]
    ]


def _find_people(bundle: MeetingBundle, deadline: Deadline, technicians: Iterable[Person]) -> tuple[Person, ...]:
    people = [bundle.secretary, *(technicians if deadline.kind is DeadlineKind.TRIAL else ())]
    return tuple({person.id: person for person in people}.values())
