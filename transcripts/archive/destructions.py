"""Destroying what a meeting's file holds, by the word of two persons.

What is held or kept for ever is refused when it is proposed and again when it is decided. Files go once the decision is
committed; the books keep every hash.
"""

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.course_store import list_papers
from meetings.documents.store import list_documents, list_files
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle
from meetings.models import Account, ChatMessage
from meetings.periods import local_day
from meetings.permissions import Actor
from meetings.record_permissions import (
    may_decide_destruction,
    may_keep_file,
)
from transcripts import store as transcript_store
from transcripts.archive import store
from transcripts.archive.actions import LONGEST, NO_REASON, PENDING, TOO_LONG, check_text, load_locked
from transcripts.archive.chain import MEDIA, Link, head_of, tell_item
from transcripts.archive.terms import Refusal, find_refusal, write_term
from transcripts.archive_models import Destruction, DestructionState, Scope
from transcripts.minutes import Content
from transcripts.minutes_models import MinutesComment, MinutesRevision
from transcripts.models import Segment
from transcripts.redraft_models import Redraft
from transcripts.search_models import SearchDue
from transcripts.uploads import list_uploads, upload_path

SAME_PERSON = N_("Người đề nghị không được tự duyệt. Việc tiêu hủy phải do một người khác quyết định.")
DESTROYED = N_("Nội dung này đã được tiêu hủy.")
UNHASHED = N_("Còn bản ghi âm chưa tính xong mã băm. Hãy thử lại sau ít phút.")
COMING = N_(
    "Còn tệp ghi âm đang tải lên hoặc chưa thành bản ghi. Hãy đợi xong hoặc bỏ tệp ở trang bản ghi của cuộc họp."
)
CHANGED = N_("Hồ sơ đã thay đổi sau khi được đề nghị tiêu hủy. Hãy từ chối đề nghị này để lập đề nghị mới.")


async def propose_destruction(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    scope: Scope,
    reason: str,
    links: tuple[Link, ...],
    keep_days: int,
    now: datetime,
) -> Destruction:
    """``links``: the chain as it stands, for the record."""
    bundle = await load_locked(session, actor, slug)
    if not may_keep_file(actor, bundle.meeting):
        raise NotAllowed
    check_text(reason, "reason")
    standing = await _check_destroyable(session, bundle, scope, keep_days, now)
    if await store.find_undecided(session, bundle.id) is not None:
        raise Conflict(PENDING, field="reason")
    chosen = [link for link in links if scope is Scope.FILE or link.item.kind in MEDIA]
    if any(not link.item.sha256 for link in chosen):
        raise Conflict(UNHASHED, field="reason")
    if not chosen:
        raise Conflict(N_("Không có gì để tiêu hủy."), field="reason")
    row = Destruction(
        meeting_id=bundle.id,
        scope=scope,
        reason=reason,
        proposed_account_id=actor.account_id or 0,
        proposed_by=actor.name[:150],
        proposed_at=now,
        term=_tell_term(standing, keep_days, scope),
        entries=[tell_item(link.number, link.item) | {"link": link.link} for link in chosen],
        head=head_of(links),
    )
    session.add(row)
    await session.flush()
    detail = {"destruction": row.id, "scope": scope.value, "reason": reason, "items": len(chosen), "head": row.head}
    await write_entry(session, actor, "file.propose_destruction", f"meeting:{bundle.id}", detail, now)
    return row


async def decide_destruction(
    session: AsyncSession, actor: Actor, slug: str, row_id: int, approve: bool, note: str, keep_days: int, now: datetime
) -> Destruction:
    """By another person than the one who proposed it; all conditions are looked at again."""
    bundle = await load_locked(session, actor, slug)
    if not may_decide_destruction(actor, bundle.meeting):
        raise NotAllowed
    row = await _load_proposed(session, bundle, row_id)
    if await _is_same_person(session, actor, row.proposed_account_id):
        raise Conflict(SAME_PERSON, field="note")
    if len(note) > LONGEST or (not approve and not note):
        raise Invalid(NO_REASON if not note else TOO_LONG, field="note", n=LONGEST)
    row.decided_account_id, row.decided_by, row.decided_at, row.decision = (
        actor.account_id,
        actor.name[:150],
        now,
        note,
    )
    row.state = DestructionState.REFUSED
    if approve:
        await _check_destroyable(session, bundle, row.scope, keep_days, now)
        await _check_unchanged(session, bundle, row)
        row.state = DestructionState.APPROVED
        row.files = await _list_files(session, bundle, row.scope)
        await _empty_tables(session, bundle, row.scope)
        file = await store.hold_file(session, bundle.id)
        file.media_destroyed_at = file.media_destroyed_at or now
        file.destroyed_at = now if row.scope is Scope.FILE else file.destroyed_at
    detail = {"destruction": row.id, "approved": approve, "note": note, "files": len(row.files)}
    await write_entry(session, actor, "file.decide_destruction", f"meeting:{bundle.id}", detail, now)
    return row


async def withdraw_destruction(session: AsyncSession, actor: Actor, slug: str, row_id: int, now: datetime) -> None:
    bundle = await load_locked(session, actor, slug)
    row = await _load_proposed(session, bundle, row_id)
    if not may_keep_file(actor, bundle.meeting):
        raise NotAllowed
    row.state, row.decided_by, row.decided_at = DestructionState.WITHDRAWN, actor.name[:150], now
    await write_entry(session, actor, "file.withdraw_destruction", f"meeting:{bundle.id}", {"destruction": row.id}, now)


async def note_deleted(session: AsyncSession, row_id: int, deleted: int, now: datetime) -> None:
    """The files are gone; the record is complete."""
    row = await session.get_one(Destruction, row_id, populate_existing=True)
    if row.state is DestructionState.APPROVED:
        row.state, row.done_at, row.deleted = DestructionState.DONE, now, deleted
        detail = {"destruction": row.id, "deleted": deleted}
        await write_entry(session, None, "file.destroyed", f"meeting:{row.meeting_id}", detail, now)


async def _load_proposed(session: AsyncSession, bundle: MeetingBundle, row_id: int) -> Destruction:
    row = await session.get(Destruction, row_id, populate_existing=True)
    if row is None or row.meeting_id != bundle.id:
        raise NotFound
    if row.state is not DestructionState.PROPOSED:
        raise Conflict(field="note")
    return row


async def _is_same_person(session: AsyncSession, actor: Actor, account_id: int) -> bool:
    """A person with two accounts is one person."""
    other = await session.get(Account, account_id)
    same_person = other is not None and other.person_id is not None and other.person_id == actor.person_id
    return actor.account_id is None or actor.account_id == account_id or same_person


def refuse_destruction(standing: store.Standing, scope: Scope, keep_days: int, today: date) -> Refusal | None:
    """Why it may not be proposed or decided today; ``None`` when it may."""
    file = standing.file
    if file is not None and (file.destroyed_at or (scope is Scope.RECORDINGS and file.media_destroyed_at)):
        return Refusal(DESTROYED)
    return find_refusal(
        scope,
        standing.term,
        held=standing.hold is not None,
        noticed=local_day(file.noticed_at) if file and file.noticed_at else None,
        signed=standing.signed,
        keep_days=keep_days,
        today=today,
    )


async def _check_destroyable(
    session: AsyncSession, bundle: MeetingBundle, scope: Scope, keep_days: int, now: datetime
) -> store.Standing:
    standing = await store.load_standing(session, bundle, await store.list_rules(session))
    refusal = refuse_destruction(standing, scope, keep_days, local_day(now))
    if refusal is not None:
        raise Conflict(refusal.text, field="reason", **dict(refusal.values))
    if any(each.recording_id is None for each in await list_uploads(session, bundle.id)):
        raise Conflict(COMING, field="reason")
    return standing


async def _check_unchanged(session: AsyncSession, bundle: MeetingBundle, row: Destruction) -> None:
    """A recording, paper, document or version that came after the proposal is in no record yet."""
    told = {(entry["kind"].removesuffix("_version"), entry["key"]) for entry in row.entries}
    if await _list_keys(session, bundle, row.scope) - told:
        raise Conflict(CHANGED, field="note")


async def _list_keys(session: AsyncSession, bundle: MeetingBundle, scope: Scope) -> set[tuple[str, str]]:
    """What there is to destroy, named as in the chain; of a document every version counts as one of its files."""
    found = {("recording", row.path) for row in await transcript_store.list_recordings(session, bundle.id)}
    if scope is Scope.RECORDINGS:
        return found
    found |= {("paper", str(paper.id)) for paper in await list_papers(session, bundle.id, withdrawn=True)}
    found |= {("minutes", str(row.version)) for row in await transcript_store.list_versions(session, bundle.id)}
    for document in await list_documents(session, bundle.id):
        files = await list_files(session, document.id or 0)
        found |= {("document", row.name) for row in files if row.ending == "pdf"}
    return found


def _tell_term(standing: store.Standing, keep_days: int, scope: Scope) -> str:
    if scope is Scope.RECORDINGS and standing.signed is not None:
        return f"Bản ghi âm: {keep_days} ngày kể từ ngày ký biên bản ({standing.signed:%d/%m/%Y})"
    rule, last = standing.term.rule, standing.term.last_day
    if rule is None or last is None:
        raise ValueError("a file without a term is not destroyed")
    return f"{rule.name}: {write_term(standing.term)}, hết hạn ngày {last:%d/%m/%Y}. Căn cứ: {rule.basis}"[:LONGEST]


async def _list_files(session: AsyncSession, bundle: MeetingBundle, scope: Scope) -> list[list[str]]:
    """Folder and name of everything that is to go; folders of the meeting alone go whole."""
    files = [["recordings", bundle.slug]]
    files += [["recordings", row.path] for row in await transcript_store.list_recordings(session, bundle.id)]
    brought = await list_uploads(session, bundle.id)  # left where a worker died before it deleted them
    files += [["recordings", upload_path(Path(), each.token).as_posix()] for each in brought]
    if scope is Scope.RECORDINGS:
        return files
    files.append(["papers", bundle.slug])
    for document in await list_documents(session, bundle.id):
        rows = await list_files(session, document.id or 0)
        names = {*(row.name for row in rows), document.unsigned_file, document.signed_file, document.docx_file}
        files += [["documents", name] for name in sorted(names) if name]
    for minutes in await transcript_store.list_versions(session, bundle.id):
        printed = await transcript_store.list_documents(session, minutes.id or 0)
        files += [["documents", row.path] for row in printed]
    return files


async def _empty_tables(session: AsyncSession, bundle: MeetingBundle, scope: Scope) -> None:
    """What was said and written goes; that it took place, the register and the hashes stay."""
    if scope is Scope.RECORDINGS:
        return
    for document in await list_documents(session, bundle.id):
        document.content = {name: [] if isinstance(value, list) else value for name, value in document.content.items()}
    keys = []
    for minutes in await transcript_store.list_versions(session, bundle.id):
        keys.append(minutes.id)
        told = Content.from_json(minutes.content)
        minutes.content = replace(told, attendance=(), sections=(), votes=(), conclusions=(), gaps=()).to_json()
    await session.exec(delete(Segment).where(col(Segment.meeting_id) == bundle.id))
    await session.exec(delete(ChatMessage).where(col(ChatMessage.meeting_id) == bundle.id))
    for table in (MinutesRevision, MinutesComment, Redraft):
        await session.exec(delete(table).where(col(table.minutes_id).in_(keys)))
    session.add(SearchDue(meeting_id=bundle.id))  # papers go as files alone, which no trigger sees
    await session.flush()


def delete_files(roots: dict[str, Path], files: list[list[str]]) -> int:
    """Really gone: how many files were there. A name that leads out of its folder is left alone."""
    deleted = 0
    for folder, name in files:
        root = roots[folder].resolve()
        path = (root / name).resolve()
        if path == root or not path.is_relative_to(root):
            continue
        if path.is_dir():
            deleted += sum(each.is_file() for each in path.rglob("*"))
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
            deleted += 1
    return deleted
