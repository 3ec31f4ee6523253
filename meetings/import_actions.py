"""Use case of bringing in what other systems hold of meetings, as a table: history as it was, and plans."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.availability import describe_span
from meetings.booking_checks import tell_calendars
from meetings.calendar_models import Sitting
from meetings.calendar_permissions import may_import_meetings
from meetings.errors import N_, NotAllowed
from meetings.import_table import SYSTEM, Finding, Line, MeetingRow, Reading, read_meetings
from meetings.indicator import facts
from meetings.interval import Span
from meetings.kinds import BOOKED, OVER, Form
from meetings.locks import BOOKING, take_lock
from meetings.meeting_store import list_channels
from meetings.models import Channel, Invitation, Meeting, MeetingStatus, Mode, Person
from meetings.org_tree import Validity
from meetings.people_store import load_history
from meetings.periods import local_day
from meetings.permissions import Actor
from meetings.scheduling import CHANNEL
from meetings.table_names import plain

T = TypeVar("T")

NOBODY = "Chưa ghi nhận"  # who chaired and who wrote, where a table does not say
BY_IMPORT = "Lịch họp được cập nhật từ tệp nhập"  # why a meeting left the calendars of those invited
STEP = 200  # codes or keys in one query
FLUSHED = 50  # meetings that are written at once: whoever else uses the server waits no longer than that takes
MOST_TOLD = 20  # meetings of a unit with which one meeting is said to collide: more of them are a slip in the file


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file brought, or would bring: with ``faults`` nothing of it is kept."""

    added: int
    updated: int
    faults: Sequence[Finding]
    warnings: Sequence[Finding]


async def import_meetings(
    session: AsyncSession,
    actor: Actor | None,
    lines: Sequence[Line],
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], object] = lambda done, of: None,
) -> ImportResult:
    """Bring in the meetings of a table; ``actor`` is ``None`` for the command.

    A code that is known updates that meeting. What happened is recorded as it was: collisions are warnings. A fault in
    any line, or ``dry_run``, and nothing is written. ``progress`` is told how many of how many meetings are done.
    """
    if actor is not None and not may_import_meetings(actor):
        raise NotAllowed
    await take_lock(session, BOOKING)
    reading = await asyncio.to_thread(read_meetings, lines, await load_history(session), now)
    known = await _load_known(session, reading.rows)
    faults = [*reading.faults, *_refuse_running(reading.rows, known)]
    warnings = [*reading.warnings, *await _find_collisions(session, reading.rows)]
    codes = {row.code for row in reading.rows}
    result = ImportResult(
        len(codes - known.keys()),
        len(codes & known.keys()),
        sorted(faults, key=lambda each: each.line),
        sorted(warnings, key=lambda each: each.line),
    )
    if faults or dry_run:
        return result
    await _Writer(session, actor, now, known).write(reading, progress)
    detail = {"added": result.added, "updated": result.updated, "warnings": len(warnings)}
    await write_entry(session, actor, "meetings.import", "", detail, now)
    return result


async def _load_known(session: AsyncSession, rows: Sequence[MeetingRow]) -> dict[str, Meeting]:
    found: dict[str, Meeting] = {}
    for part in _parts([row.code for row in rows]):
        for meeting in (await session.exec(select(Meeting).where(col(Meeting.code).in_(part)))).all():
            found[meeting.code or ""] = meeting
    return found


def _parts(items: Sequence[T]) -> Iterable[Sequence[T]]:
    """In lots that a query can name."""
    return (items[start : start + STEP] for start in range(0, len(items), STEP))


def _refuse_running(rows: Sequence[MeetingRow], known: Mapping[str, Meeting]) -> list[Finding]:
    message = N_("Dòng {line}: cuộc họp “{code}” đang diễn ra nên không thể ghi đè.")
    running = [row for row in rows if row.code in known and known[row.code].status is MeetingStatus.IN_SESSION]
    return [Finding(row.line, "code", message, {"code": row.code}) for row in running]


async def _find_collisions(session: AsyncSession, rows: Sequence[MeetingRow]) -> list[Finding]:
    """Units that the file, or the file and the books, have in two meetings at a time."""
    taken: dict[int, list[tuple[Span, str, int]]] = defaultdict(list)  # by unit: when, the meeting's code, its line
    for row in rows:
        if row.status in (*OVER, *BOOKED):
            for unit in row.modes:
                taken[unit].append((row.span, row.code, row.line))
    if not taken:
        return []
    own = {row.code for row in rows}
    first, last = min(row.span.start for row in rows), max(row.span.end for row in rows)
    query = (
        select(Invitation.unit_id, Meeting)
        .join(Meeting, col(Meeting.id) == col(Invitation.meeting_id))
        .where(col(Meeting.starts_at) < last, col(Meeting.ends_at) > first)
        .where(col(Meeting.status).in_((*OVER, *BOOKED)))
    )
    for unit, meeting in (await session.exec(query)).all():
        if unit in taken and meeting.code not in own:
            taken[unit].append((Span(meeting.starts_at, meeting.ends_at), meeting.code or meeting.title, 0))
    return await asyncio.to_thread(_tell_collisions, list(taken.values()))


def _tell_collisions(taken: Sequence[Sequence[tuple[Span, str, int]]]) -> list[Finding]:
    """Each once, of however many units."""
    found = [finding for meetings in taken for finding in _list_collisions(meetings)]
    return list({(each.line, each.values["other"]): each for each in found}.values())


def _list_collisions(meetings: Sequence[tuple[Span, str, int]]) -> Iterable[Finding]:
    message = N_("Dòng {line}: có đơn vị cũng được mời họp “{other}” lúc {when}.")
    ordered = sorted(meetings)
    for index, (span, code, line) in enumerate(ordered):
        for other, other_code, other_line in ordered[index + 1 : index + 1 + MOST_TOLD]:
            if other.start >= span.end:
                break
            if other_code == code:
                continue
            where, name, when = (line, other_code, other) if line > other_line else (other_line, code, span)
            if where:  # else both stand in the books alone
                yield Finding(where, "start", message, {"other": name, "when": describe_span(when)})


class _Writer:
    """Writes the meetings of one file."""

    def __init__(self, session: AsyncSession, actor: Actor | None, now: datetime, known: Mapping[str, Meeting]) -> None:
        self._session, self._actor, self._now = session, actor, now
        self._known = dict(known)
        self._people: dict[int, int] = {}
        self._channels: list[Channel] = []
        self._to_tell: dict[str, Meeting] = {}  # by code: those who were invited here are told of the change

    async def write(self, reading: Reading, progress: Callable[[int, int], object]) -> None:
        self._channels = await list_channels(self._session)
        pairs = []
        for done, row in enumerate(reading.rows, start=1):
            pairs.append((await self._write_meeting(row), row))
            if done % FLUSHED == 0 or done == len(reading.rows):
                await self._session.flush()
                progress(done, len(reading.rows))
        written = {meeting.id or 0: row for meeting, row in pairs}  # of a code that comes twice the last row
        await self._write_invitations(written)
        for part in _parts(list(written)):
            # A stretch that was written down here is overtaken by what the table says of the whole.
            await self._session.exec(delete(Sitting).where(col(Sitting.meeting_id).in_(part)))
        await facts.refresh_facts(self._session, list(written))
        for meeting in self._to_tell.values():
            gone = meeting.status not in (*BOOKED, *OVER)
            await tell_calendars(self._session, meeting, self._now, cancelled=BY_IMPORT if gone else "")

    async def _write_meeting(self, row: MeetingRow) -> Meeting:
        meeting = self._known.get(row.code)
        if meeting is None:
            meeting = Meeting(
                slug=secrets.token_hex(16),
                code=row.code,
                title=row.title,
                kind=row.kind,
                convening_unit_id=row.convening_unit_id,
                chair_id=await self._nobody(row.convening_unit_id),
                secretary_id=await self._nobody(row.convening_unit_id),
                starts_at=row.span.start,
                ends_at=row.span.end,
                planned_form=row.planned_form,
                created_by=self._actor.account_id if self._actor else None,
                created_at=self._now,
            )
            self._known[row.code] = meeting
        else:
            self._note_change(meeting, row)
            meeting.title, meeting.kind = row.title, row.kind
            meeting.convening_unit_id = row.convening_unit_id
            meeting.starts_at, meeting.ends_at = row.span.start, row.span.end
            meeting.planned_form = row.planned_form
            meeting.version += 1
        held = row.status is MeetingStatus.ENDED
        written_down = any(mode is not None for mode in row.modes.values())
        recorded = held and meeting.recorded_at is not None  # its minutes stay approved
        invited = meeting.status is MeetingStatus.INVITED and row.status is MeetingStatus.SCHEDULED  # and stays so
        meeting.status = MeetingStatus.RECORDED if recorded else meeting.status if invited else row.status
        meeting.channel = await self._channel(row)
        meeting.exclusion, meeting.relayed_from = row.exclusion, row.relayed_from
        meeting.started_at, meeting.ended_at = (row.span.start, row.span.end) if held else (None, None)
        meeting.declared_form = row.held_form if held and not written_down else None
        meeting.attendance_confirmed_at = self._now if held else None
        self._session.add(meeting)
        return meeting

    def _note_change(self, meeting: Meeting, row: MeetingRow) -> None:
        if meeting.status is not MeetingStatus.INVITED or row.status in OVER:
            return
        shown = (meeting.title, meeting.starts_at, meeting.ends_at)
        if shown != (row.title, row.span.start, row.span.end) or row.status is not MeetingStatus.SCHEDULED:
            self._to_tell[row.code] = meeting

    async def _nobody(self, unit_id: int) -> int:
        """The person who stands for a chair or a secretary that nobody wrote down."""
        if unit_id not in self._people:
            query = select(Person).where(Person.unit_id == unit_id, Person.full_name == NOBODY)
            person = (await self._session.exec(query)).first()
            if person is None:
                person = Person(full_name=NOBODY, unit_id=unit_id)
                self._session.add(person)
                await self._session.flush()
            self._people[unit_id] = person.id or 0
        return self._people[unit_id]

    async def _channel(self, row: MeetingRow) -> str:
        """The code of the system: for history the province's own one of that day, other platforms by their name."""
        if row.channel == SYSTEM:
            day = local_day(row.span.end)
            recognised = [
                channel.code
                for channel in self._channels
                if channel.recognised and Validity(channel.valid_from, channel.valid_to).covers(day)
            ]
            before = [code for code in recognised if code != CHANNEL]
            return before[0] if before and row.status is MeetingStatus.ENDED else CHANNEL
        if not row.channel:
            return "" if row.planned_form is Form.IN_PERSON else CHANNEL
        for channel in self._channels:
            if plain(row.channel) in (plain(channel.code), plain(channel.name)):
                return channel.code
        channel = Channel(code=f"other_{secrets.token_hex(8)}", name=row.channel, recognised=False)
        self._session.add(channel)
        await self._session.flush()
        self._channels.append(channel)
        return channel.code

    async def _write_invitations(self, written: Mapping[int, MeetingRow]) -> None:
        kept: dict[tuple[int, int], Invitation] = {}
        for part in _parts(list(written)):
            query = select(Invitation).where(col(Invitation.meeting_id).in_(part))
            kept |= {(found.meeting_id, found.unit_id): found for found in (await self._session.exec(query)).all()}
        for done, (meeting_id, row) in enumerate(written.items(), start=1):
            for position, (unit_id, mode) in enumerate(row.modes.items(), start=1):
                invitation = kept.pop((meeting_id, unit_id), None)
                invitation = invitation or Invitation(meeting_id=meeting_id, unit_id=unit_id)
                invitation.position, invitation.confirmed_mode = position, mode
                if mode is Mode.ABSENT:
                    invitation.head_count = 0
                self._session.add(invitation)
            if done % FLUSHED == 0:
                await self._session.flush()
        for gone in kept.values():
            await self._session.delete(gone)
        await self._session.flush()
