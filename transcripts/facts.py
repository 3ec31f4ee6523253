"""What the database knows of a meeting, gathered for the draft of its minutes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD, held_form
from meetings.attendance_actions import measure_attendance
from meetings.attendance_notes import WORDS
from meetings.attendance_roll import list_roll, name_people
from meetings.course_store import list_incidents, list_turns, list_votes
from meetings.deadline_store import load_working_days
from meetings.interval import Span as Held
from meetings.measuring import measured_span
from meetings.meeting_store import MeetingBundle
from meetings.models import Mode, Site, UnitKind
from meetings.org_tree import OrgTree
from meetings.people_store import load_tree
from meetings.printing.organs import abbreviate, name_parent_organ
from meetings.room_models import AgendaTurn, Vote
from meetings.task_states import UNDONE, TaskState
from meetings.tasks.store import TaskView, list_reviewed
from transcripts import store
from transcripts.ballots import Ballot, names_of
from transcripts.drafting import AgendaPoint, MeetingFacts, Turn
from transcripts.minutes import Attendance, Gap, Officer
from transcripts.models import Recording
from transcripts.printed_form import SHARED
from transcripts.timeline import Span, find_breaks

REVIEWED = {
    TaskState.ASSIGNED: "chưa báo cáo",
    TaskState.IN_PROGRESS: "đang thực hiện",
    TaskState.REPORTED: "đã báo cáo hoàn thành, chờ xác nhận",
    TaskState.RETURNED: "yêu cầu thực hiện lại",
    TaskState.ACCEPTED: "đã hoàn thành",
    TaskState.CANCELLED: "đã hủy",
}
RECIPIENTS = ("Như thành phần tham dự",)


async def gather_facts(
    session: AsyncSession, bundle: MeetingBundle, now: datetime, threshold: Fraction = THRESHOLD
) -> MeetingFacts:
    """Names and parents are those of the meeting's day; attendance is what is measured or confirmed by ``now``."""
    meeting = bundle.meeting
    tree = await load_tree(session, bundle.day)
    attendance = await describe_attendance(session, bundle, now, threshold)
    recordings = await store.list_recordings(session, bundle.id)
    reviewed = describe_reviewed(await list_reviewed(session, meeting), bundle.day)
    held = bundle.held
    return MeetingFacts(
        title=meeting.title,
        kind=meeting.kind.value,
        form=name_form(bundle, attendance),
        organ=bundle.convening.full_organ,
        parent_organ=name_parent_organ(bundle.convening, tree),
        notation=f"BB-{abbreviate(bundle.convening)}",
        started_at=held.start if held else meeting.started_at or meeting.starts_at,
        ended_at=held.end if held else max(now, meeting.started_at) if meeting.started_at else meeting.ends_at,
        today=bundle.day,
        places=describe_places(bundle, attendance),
        chair=Officer(bundle.chair.full_name, bundle.chair.position),
        secretary=Officer(bundle.secretary.full_name, bundle.secretary.position),
        attendance=attendance,
        agenda=tuple(
            AgendaPoint(item.title, item.presenter, reviewed if item.carried else "") for item in bundle.agenda
        ),
        gaps=await find_gaps(session, bundle, measured_span(bundle, now)),
        recipients=RECIPIENTS,
        chair_speakers=find_chair_speakers(bundle, recordings),
        units=list_spoken_names(tree),
        turns=find_turns(bundle, await list_turns(session, bundle.id)),
        ballots=find_ballots(await list_votes(session, bundle.id)),
        working=await load_working_days(session),
    )


def describe_reviewed(tasks: Sequence[TaskView], day: date) -> str:
    """The tasks of earlier meetings, a line each, as they stand: the section of the item that looks at them."""
    lines = []
    for number, view in enumerate(tasks, 1):
        task = view.task
        due = f"; hạn {task.due:%d/%m/%Y}" if task.due else ""
        late = " (quá hạn)" if task.due and task.due < day and task.state in UNDONE else ""
        lines.append(f"{number}. {task.lead_name}: {task.text.strip().rstrip('.')}{due}{late}; {REVIEWED[task.state]}.")
    return "\n".join(lines)


def find_turns(bundle: MeetingBundle, rows: Iterable[AgendaTurn]) -> tuple[Turn, ...]:
    """By title, for the agenda may have been rearranged since; else by position."""
    titles = [item.title for item in bundle.agenda]

    def place(row: AgendaTurn) -> int | None:
        if row.title in titles:
            return titles.index(row.title)
        return None if row.position is None or row.position > len(titles) else row.position - 1

    return tuple(Turn(row.at, place(row)) for row in rows)


def find_ballots(rows: Iterable[Vote]) -> tuple[Ballot, ...]:
    """The votes that were counted; a withdrawn one had no result."""
    ballots = []
    for row in rows:
        if row.state != "closed":
            continue
        choices = [(each["name"], each["choice"]) for each in row.choices]
        ballots.append(
            Ballot(
                subject=row.subject,
                kind=row.kind,
                secret=row.secret,
                opened_at=row.opened_at,
                closed_at=row.closed_at,
                entitled=row.entitled,
                present=row.present,
                cast=row.cast,
                valid=bool(row.valid),
                in_favour=row.in_favour or 0,
                against=row.against or 0,
                abstain=row.abstain or 0,
                against_names=names_of(choices, "against"),
                abstain_names=names_of(choices, "abstain"),
            )
        )
    return tuple(ballots)


async def describe_attendance(
    session: AsyncSession, bundle: MeetingBundle, now: datetime, threshold: Fraction = THRESHOLD
) -> tuple[Attendance, ...]:
    """One row for each invited unit, in official order; its people as the list has them, else as its site said."""
    people = name_people(await list_roll(session, bundle, now, threshold))
    measured = {row.unit_id: row for row in await measure_attendance(session, bundle, now, threshold)}
    rows = []
    for invited in bundle.invitations:
        row = measured[invited.unit.id]
        rows.append(
            Attendance(
                unit=invited.unit.name,
                site=invited.site.name if invited.site else "",
                mode=row.mode.value,
                head_count=row.head_count,
                first_in=row.first_in,
                last_out=row.last_out,
                note=row.note,
                names=() if row.mode is Mode.ABSENT else people.get(invited.unit.id, tuple(invited.invitation.names)),
            )
        )
    return tuple(rows)


def name_form(bundle: MeetingBundle, attendance: Sequence[Attendance]) -> str:
    """The form in which the meeting was really held, from attendance and not from the plan; empty if nobody came."""
    form = held_form([Mode(row.mode) for row in attendance if row.mode])
    return form.value if form else ""


def describe_places(bundle: MeetingBundle, attendance: Sequence[Attendance]) -> tuple[str, ...]:
    """The main site, then each site from which a unit took part, with its address."""
    places = {} if bundle.hall is None else {bundle.hall.id: f"Điểm cầu chính: {_name_site(bundle.hall)}"}
    for invited, row in zip(bundle.invitations, attendance, strict=True):
        if invited.site is not None and row.mode != Mode.ABSENT.value:
            places.setdefault(invited.site.id, _name_site(invited.site))
    return tuple(places.values())


def _name_site(site: Site) -> str:
    return f"{site.name}, {site.address}" if site.address else site.name


async def find_gaps(session: AsyncSession, bundle: MeetingBundle, held: Held) -> tuple[Gap, ...]:
    """The stretches between the recording's spans, with the reason why it stopped, and what hit the whole meeting."""
    rows = await store.list_spans(session, bundle.id)
    breaks = find_breaks([Span(row.started_at, row.ended_at, row.ended_reason) for row in rows])
    gaps = [Gap(each.start, each.end, each.reason) for each in breaks]
    for row in await list_incidents(session, bundle.id):
        word, end = WORDS.get(row.kind), row.ends_at or held.end
        if row.unit_id is None and word is not None and row.starts_at < held.end and end > held.start:
            text = f"{SHARED}{word}{f', {row.text}' if row.text else ''}"
            gaps.append(Gap(max(row.starts_at, held.start), min(end, held.end), text[:300]))
    return tuple(gaps)


def find_chair_speakers(bundle: MeetingBundle, recordings: Iterable[Recording]) -> frozenset[str]:
    """Under which names the chair spoke: the own account, or the microphone of the main site."""
    chair, hall = bundle.meeting.chair_id, bundle.meeting.hall_id
    own = {row.speaker for row in recordings if row.person_id == chair}
    at_hall = {row.speaker for row in recordings if hall is not None and row.site_id == hall}
    return frozenset(own or at_hall)


def list_spoken_names(tree: OrgTree) -> tuple[tuple[str, str], ...]:
    """Pairs of a name that people say and the organ as papers name it (``UBND huyện Lâm Hà``), for every unit."""
    pairs: dict[str, str] = {}
    for unit in tree:
        said = [unit.name, unit.short_name]
        if unit.kind is UnitKind.PEOPLE_COMMITTEE:
            said += [unit.area, unit.organ, unit.full_organ]
        for name in said:
            pairs.setdefault(name.lower(), unit.organ)  # the higher unit has the name of two that share it
    return tuple(pairs.items())
