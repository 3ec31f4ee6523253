"""Writes the meetings of a table that was judged: as few and as large statements as it takes, since all wait for it."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam, delete, insert, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.booking_checks import tell_calendars
from meetings.import_table import SYSTEM, MeetingRow, Reading
from meetings.indicator import facts
from meetings.indicator.fact_store import INVITATION, MEETING, SITTING
from meetings.kinds import BOOKED, OVER, Form
from meetings.meeting_store import list_channels
from meetings.models import Channel, Invitation, Meeting, MeetingStatus, Mode, Person
from meetings.org_tree import Validity
from meetings.periods import local_day
from meetings.permissions import Actor
from meetings.scheduling import CHANNEL
from meetings.table_names import plain

T = TypeVar("T")

NOBODY = "Chưa ghi nhận"  # who chaired and who wrote, where a table does not say
BY_IMPORT = "Lịch họp được cập nhật từ tệp nhập"  # why a meeting left the calendars of those invited
STEP = 500  # codes or keys in one query, and meetings that are written at once
KEYS, SAID = ("id", "meeting_id", "unit_id"), ("position", "confirmed_mode", "head_count")
BLANK = Invitation(meeting_id=0, unit_id=0).model_dump(exclude={"id"})  # of an invitation of which nothing is said
MEETING_COLUMNS = tuple(column.name for column in MEETING.columns if column.name != "id")


async def load_known(session: AsyncSession, rows: Sequence[MeetingRow]) -> dict[str, Meeting]:
    """The meetings that have the codes of the rows."""
    found: dict[str, Meeting] = {}
    for part in split_keys([row.code for row in rows]):
        for meeting in (await session.exec(select(Meeting).where(col(Meeting.code).in_(part)))).all():
            found[meeting.code or ""] = meeting
    return found


def split_keys(items: Sequence[T]) -> Iterable[Sequence[T]]:
    """In lots that a query can name."""
    return (items[start : start + STEP] for start in range(0, len(items), STEP))


async def list_unchanged(
    session: AsyncSession, rows: Iterable[MeetingRow], known: Mapping[str, Meeting]
) -> frozenset[str]:
    """The codes of those rows that say what is written already. Of a code that comes twice the last row stands."""
    channels = await list_channels(session)
    alike = {
        row.code: row
        for row in {row.code: row for row in rows}.values()
        if row.code in known and _says(known[row.code], row, channels)
    }
    connection = await session.connection()
    for part in split_keys([known[code].id or 0 for code in alike]):
        columns = (INVITATION.c[name] for name in ("meeting_id", "unit_id", *SAID))
        query = select(*columns).where(INVITATION.c.meeting_id.in_(part)).order_by(INVITATION.c.position)
        written: dict[int, list[tuple[Any, ...]]] = {key: [] for key in part}
        for meeting_id, *said in (await connection.execute(query)).all():
            written[meeting_id].append(tuple(said))
        stretches = select(SITTING.c.meeting_id).where(SITTING.c.meeting_id.in_(part)).distinct()
        sat = {meeting_id for (meeting_id,) in (await connection.execute(stretches)).all()}
        for code in [code for code in alike if known[code].id in written]:
            meeting_id = known[code].id or 0
            if meeting_id in sat or not _are_invited(written[meeting_id], alike[code].modes):
                del alike[code]
    return frozenset(alike)


def _says(meeting: Meeting, row: MeetingRow, channels: Sequence[Channel]) -> bool:
    values = booking_of(row) | course_of(meeting, row) | {"channel": find_channel(row, channels)}
    confirmed = (meeting.attendance_confirmed_at is not None) is (row.status is MeetingStatus.ENDED)
    return confirmed and all(getattr(meeting, name) == value for name, value in values.items())


def _are_invited(written: Sequence[tuple[Any, ...]], modes: Mapping[int, Mode | None]) -> bool:
    """Whether these units with their place, mode and heads are those that a row names."""
    said = [(unit_id, place, mode) for place, (unit_id, mode) in enumerate(modes.items(), start=1)]
    return [each[:3] for each in written] == said and all(
        heads == 0 for _unit, _place, mode, heads in written if mode is Mode.ABSENT
    )


def booking_of(row: MeetingRow) -> dict[str, Any]:
    """What a row says of the booking, by the columns of a meeting."""
    return {
        "title": row.title,
        "kind": row.kind,
        "convening_unit_id": row.convening_unit_id,
        "starts_at": row.span.start,
        "ends_at": row.span.end,
        "planned_form": row.planned_form,
    }


def course_of(meeting: Meeting, row: MeetingRow) -> dict[str, Any]:
    """What became of it, as a row says: minutes stay approved, and who was invited stays so."""
    held = row.status is MeetingStatus.ENDED
    written_down = any(mode is not None for mode in row.modes.values())
    recorded = held and meeting.recorded_at is not None
    invited = meeting.status is MeetingStatus.INVITED and row.status is MeetingStatus.SCHEDULED
    return {
        "status": MeetingStatus.RECORDED if recorded else meeting.status if invited else row.status,
        "exclusion": row.exclusion,
        "relayed_from": row.relayed_from,
        "started_at": row.span.start if held else None,
        "ended_at": row.span.end if held else None,
        "declared_form": row.held_form if held and not written_down else None,
    }


def find_channel(row: MeetingRow, channels: Iterable[Channel]) -> str | None:
    """The code of the system: for history the province's own one of that day, other platforms by their name.

    ``None`` for a platform that is not known yet.
    """
    if row.channel == SYSTEM:
        day = local_day(row.span.end)
        recognised = [
            channel.code
            for channel in channels
            if channel.recognised and Validity(channel.valid_from, channel.valid_to).covers(day)
        ]
        before = [code for code in recognised if code != CHANNEL]
        return before[0] if before and row.status is MeetingStatus.ENDED else CHANNEL
    if not row.channel:
        return "" if row.planned_form is Form.IN_PERSON else CHANNEL
    names = (each.code for each in channels if plain(row.channel) in (plain(each.code), plain(each.name)))
    return next(names, None)


class Writer:
    """Writes the meetings of one file, but for those of which nothing is ``unchanged``."""

    def __init__(
        self,
        session: AsyncSession,
        actor: Actor | None,
        now: datetime,
        known: Mapping[str, Meeting],
        unchanged: frozenset[str],
    ) -> None:
        self._session, self._actor, self._now = session, actor, now
        self._known, self._unchanged = known, unchanged
        self._people: dict[int, int] = {}
        self._channels: list[Channel] = []
        self._to_tell: dict[str, Meeting] = {}  # by code: those who were invited here are told of the change

    async def write(self, reading: Reading, progress: Callable[[int, int], object]) -> None:
        """Of a code that comes twice the last row stands."""
        self._channels = await list_channels(self._session)
        rows = [row for row in {row.code: row for row in reading.rows}.values() if row.code not in self._unchanged]
        written: list[int] = []
        for part in split_keys(rows):
            by_id = await self._write_meetings(part)
            await self._write_invitations(by_id)
            # A stretch that was written down here is overtaken by what the table says of the whole.
            connection = await self._session.connection()
            await connection.execute(delete(SITTING).where(SITTING.c.meeting_id.in_(by_id)))
            written.extend(by_id)
            progress(len(written), len(rows))
        await facts.refresh_facts(self._session, written)
        for meeting in self._to_tell.values():
            gone = meeting.status not in (*BOOKED, *OVER)
            await tell_calendars(self._session, meeting, self._now, cancelled=BY_IMPORT if gone else "")

    async def _write_meetings(self, rows: Sequence[MeetingRow]) -> dict[int, MeetingRow]:
        """The rows by the meetings that they became."""
        fresh = []
        for row in rows:
            known = self._known.get(row.code)
            meeting = known or await self._make_meeting(row)
            if known is not None:
                self._update_meeting(known, row)
            await self._note_course(meeting, row)
            if known is None:
                fresh.append({name: getattr(meeting, name) for name in MEETING_COLUMNS})
        await self._session.flush()
        connection = await self._session.connection()
        if fresh:
            await connection.execute(insert(MEETING), fresh)
        query = select(col(Meeting.id), col(Meeting.code)).where(col(Meeting.code).in_([row.code for row in rows]))
        ids = {code: meeting_id or 0 for meeting_id, code in (await self._session.exec(query)).all()}
        return {ids[row.code]: row for row in rows}

    async def _make_meeting(self, row: MeetingRow) -> Meeting:
        return Meeting(
            slug=secrets.token_hex(16),
            code=row.code,
            chair_id=await self._nobody(row.convening_unit_id),
            secretary_id=await self._nobody(row.convening_unit_id),
            created_by=self._actor.account_id if self._actor else None,
            created_at=self._now,
            **booking_of(row),
        )

    def _update_meeting(self, meeting: Meeting, row: MeetingRow) -> None:
        self._note_change(meeting, row)
        for name, value in booking_of(row).items():
            setattr(meeting, name, value)
        meeting.version += 1
        self._session.add(meeting)

    async def _note_course(self, meeting: Meeting, row: MeetingRow) -> None:
        for name, value in course_of(meeting, row).items():
            setattr(meeting, name, value)
        meeting.channel = await self._channel(row)
        meeting.attendance_confirmed_at = self._now if row.status is MeetingStatus.ENDED else None

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
        """The code of the system; a platform that is not known yet is noted."""
        found = find_channel(row, self._channels)
        if found is not None:
            return found
        channel = Channel(code=f"other_{secrets.token_hex(8)}", name=row.channel, recognised=False)
        self._session.add(channel)
        await self._session.flush()
        self._channels.append(channel)
        return channel.code

    async def _write_invitations(self, written: Mapping[int, MeetingRow]) -> None:
        """What a unit has answered and its site has said stays, but for what the table says otherwise."""
        connection = await self._session.connection()
        query = select(*(INVITATION.c[name] for name in (*KEYS, *SAID))).where(INVITATION.c.meeting_id.in_(written))
        kept = {(row.meeting_id, row.unit_id): row for row in (await connection.execute(query)).all()}
        added, changed = [], []
        for meeting_id, row in written.items():
            for position, (unit_id, mode) in enumerate(row.modes.items(), start=1):
                found = kept.pop((meeting_id, unit_id), None)
                heads = 0 if mode is Mode.ABSENT else found.head_count if found else None
                said = {"position": position, "confirmed_mode": mode, "head_count": heads}
                if found is None:
                    added.append(BLANK | {"meeting_id": meeting_id, "unit_id": unit_id} | said)
                elif tuple(found[-len(SAID) :]) != tuple(said.values()):
                    changed.append({"key": found.id} | said)
        if added:
            await connection.execute(insert(INVITATION), added)
        if changed:
            values: dict[str, Any] = {name: bindparam(name) for name in SAID}
            await connection.execute(
                update(INVITATION).where(INVITATION.c.id == bindparam("key")).values(values), changed
            )
        for part in split_keys([row.id for row in kept.values()]):
            await connection.execute(delete(INVITATION).where(INVITATION.c.id.in_(part)))
