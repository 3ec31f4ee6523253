"""Every query on what is decided on meeting files. The caller commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.kinds import OVER, DocumentKind, MeetingStatus
from meetings.meeting_store import MeetingBundle
from meetings.models import Meeting, UnitCode
from meetings.periods import local_day
from meetings.task_models import Task
from meetings.task_states import OPEN
from transcripts.archive.description import FileFacts
from transcripts.archive.terms import Term, choose_rule, write_term
from transcripts.archive_models import (
    Destruction,
    DestructionState,
    FileHash,
    LegalHold,
    MeetingFile,
    RetentionRule,
)
from transcripts.models import Job, JobKind, Minutes, MinutesState, Recording, RecordingState

RIGHTS = {"public": "Công khai", "internal": "Nội bộ", "restricted": "Hạn chế"}
MIX = "mix.webm"
UNDECIDED = (DestructionState.PROPOSED, DestructionState.APPROVED)


@dataclass(frozen=True)
class Standing:
    """Everything that decides on a file. ``signed``: the day on which its minutes were signed by all who must."""

    file: MeetingFile | None
    term: Term
    hold: LegalHold | None
    ended_on: date | None
    signed: date | None


async def list_rules(session: AsyncSession) -> list[RetentionRule]:
    return list((await session.exec(select(RetentionRule).order_by(col(RetentionRule.id)))).all())


async def load_standing(session: AsyncSession, bundle: MeetingBundle, rules: Collection[RetentionRule]) -> Standing:
    return (await load_standings(session, [bundle], rules))[0]


async def load_standings(
    session: AsyncSession, bundles: Sequence[MeetingBundle], rules: Collection[RetentionRule]
) -> list[Standing]:
    """Of each in turn."""
    ids = [bundle.id for bundle in bundles]
    query = select(MeetingFile).where(col(MeetingFile.meeting_id).in_(ids)).execution_options(populate_existing=True)
    files = {row.meeting_id: row for row in (await session.exec(query)).all()}
    holding = select(LegalHold).where(col(LegalHold.meeting_id).in_(ids), col(LegalHold.lifted_at).is_(None))
    holds = {row.meeting_id: row for row in (await session.exec(holding)).all()}
    works = await _load_works(session, ids)
    found: list[Standing] = []
    for bundle in bundles:
        work, file = works[bundle.id], files.get(bundle.id)
        ended_on = work.find_end(bundle.meeting)
        chosen = next((rule for rule in rules if file is not None and rule.id == file.rule_id), None)
        by_province = bundle.convening.level == "province"
        rule = chosen or choose_rule(rules, bundle.meeting.kind.value, by_province, bundle.day)
        term = Term(rule, chosen is not None, ended_on.year if ended_on else None)
        found.append(Standing(file, term, holds.get(bundle.id), ended_on, work.find_signing()))
    return found


@dataclass
class _Work:
    """What is done on a meeting after it: its last minutes, its tasks that stand, its documents."""

    minutes: Minutes | None = None
    tasks: list[Task] = field(default_factory=list)
    documents: list[OfficialDocument] = field(default_factory=list)

    def find_end(self, meeting: Meeting) -> date | None:
        """The day on which the work of a file ended: nothing is drafted or open, and this was the last that was
        done."""
        if meeting.status not in (*OVER, MeetingStatus.CANCELLED):
            return None
        drafted = self.minutes is not None and self.minutes.state is not MinutesState.APPROVED
        if (meeting.status in OVER and drafted) or any(task.state in OPEN for task in self.tasks):
            return None
        done = [meeting.ended_at or meeting.starts_at, self.minutes.approved_at if self.minutes else None]
        done += [*(row.issued_at for row in self.documents), *(task.closed_at for task in self.tasks)]
        return local_day(max(at for at in done if at is not None))

    def find_signing(self) -> date | None:
        minutes = (row for row in self.documents if row.kind == DocumentKind.MINUTES)
        signed = min((row.signed_at for row in minutes if row.signed_at is not None), default=None)
        return local_day(signed) if signed is not None else None


async def _load_works(session: AsyncSession, ids: Collection[int]) -> dict[int, _Work]:
    works = {meeting_id: _Work() for meeting_id in ids}
    versions = select(Minutes).where(col(Minutes.meeting_id).in_(ids)).order_by(col(Minutes.version))
    for version in (await session.exec(versions)).all():
        works[version.meeting_id].minutes = version
    for task in (await session.exec(select(Task).where(col(Task.meeting_id).in_(ids)))).all():
        if not task.dropped:
            works[task.meeting_id].tasks.append(task)
    for row in (await session.exec(select(OfficialDocument).where(col(OfficialDocument.meeting_id).in_(ids)))).all():
        works[row.meeting_id].documents.append(row)
    return works


async def find_hold(session: AsyncSession, meeting_id: int) -> LegalHold | None:
    query = select(LegalHold).where(LegalHold.meeting_id == meeting_id, col(LegalHold.lifted_at).is_(None))
    return (await session.exec(query.limit(1))).first()


async def list_holds(session: AsyncSession, meeting_id: int) -> list[LegalHold]:
    query = select(LegalHold).where(LegalHold.meeting_id == meeting_id).order_by(col(LegalHold.id).desc())
    return list((await session.exec(query)).all())


async def hold_file(session: AsyncSession, meeting_id: int) -> MeetingFile:
    """The row of a file, made where there is none yet. The meeting is locked by the caller."""
    row = await session.get(MeetingFile, meeting_id, populate_existing=True)
    if row is None:
        row = MeetingFile(meeting_id=meeting_id)
        session.add(row)
        await session.flush()
    return row


async def find_undecided(session: AsyncSession, meeting_id: int) -> Destruction | None:
    """The proposal that waits for its decision, or for the deletion of the files."""
    query = select(Destruction).where(Destruction.meeting_id == meeting_id, col(Destruction.state).in_(UNDECIDED))
    return (await session.exec(query.limit(1).execution_options(populate_existing=True))).first()


async def list_destructions(
    session: AsyncSession, meeting_id: int | None = None, states: Collection[DestructionState] = ()
) -> list[Destruction]:
    """The newest first."""
    query = select(Destruction).order_by(col(Destruction.id).desc()).limit(500)
    if meeting_id is not None:
        query = query.where(Destruction.meeting_id == meeting_id)
    if states:
        query = query.where(col(Destruction.state).in_(states))
    return list((await session.exec(query)).all())


async def load_hashes(session: AsyncSession, meeting_id: int) -> dict[str, FileHash]:
    rows = (await session.exec(select(FileHash).where(FileHash.meeting_id == meeting_id))).all()
    return {row.path: row for row in rows}


async def list_unhashed(session: AsyncSession) -> list[tuple[int, str, tuple[int, int] | None]]:
    """Recordings that are whole and have no hash yet, and the mixes that have none or were made anew since: what is
    known of them. Nothing of what is settled, for this is asked every minute."""
    destroyed = select(MeetingFile.meeting_id).where(col(MeetingFile.media_destroyed_at).is_not(None))
    whole = (Recording.state != RecordingState.OPEN, col(Recording.meeting_id).not_in(destroyed))
    fresh = select(Recording.meeting_id, Recording.path).where(
        *whole, col(Recording.path).not_in(select(FileHash.path))
    )
    found: list[tuple[int, str, tuple[int, int] | None]] = [
        (meeting_id, path, None) for meeting_id, path in (await session.exec(fresh.limit(100))).all()
    ]
    mixes = (
        select(Meeting.id, Meeting.slug, FileHash)
        .join(FileHash, col(FileHash.path) == col(Meeting.slug) + f"/{MIX}", isouter=True)
        .join(Job, (col(Job.subject) == col(Meeting.id)) & (col(Job.kind) == JobKind.DRAFT), isouter=True)
        .where(
            col(Meeting.id).in_(select(Recording.meeting_id).where(*whole)),
            or_(col(FileHash.path).is_(None), col(Job.finished_at) >= col(FileHash.hashed_at)),
        )
    )
    for meeting_id, slug, known in (await session.exec(mixes)).all():
        found.append((meeting_id or 0, f"{slug}/{MIX}", (known.size, known.changed_ns) if known else None))
    return found


async def note_hash(
    session: AsyncSession, meeting_id: int, path: str, found: tuple[str, int, int], now: datetime
) -> None:
    """``found``: hash, size and when the file was last written."""
    sha256, size, changed_ns = found
    await session.merge(
        FileHash(path=path, meeting_id=meeting_id, size=size, changed_ns=changed_ns, sha256=sha256, hashed_at=now)
    )


async def describe(session: AsyncSession, bundle: MeetingBundle, standing: Standing) -> FileFacts:
    code = await session.exec(
        select(UnitCode.code).where(UnitCode.unit_id == bundle.convening.id, UnitCode.scheme == "qcvn102").limit(1)
    )
    return FileFacts(
        code=write_code(bundle),
        title=f"Hồ sơ {bundle.meeting.title}",
        organ_id=code.first() or "",
        creator=bundle.convening.organ,
        maintenance=write_term(standing.term),
        rights=RIGHTS[bundle.meeting.classification.value],
        starts_on=local_day(bundle.meeting.created_at),
        ends_on=standing.ended_on,
    )


def write_code(bundle: MeetingBundle) -> str:
    """Of the file: ``HS-2026-00012``."""
    return f"HS-{bundle.day.year}-{bundle.id:05}"
