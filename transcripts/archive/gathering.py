"""What belongs to a meeting's file, read from everywhere that keeps it: every item with where its bytes come from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import list_entries
from meetings.course_store import list_papers, list_votes
from meetings.document_models import OfficialDocument
from meetings.documents.store import list_documents, list_files
from meetings.documents.wording import KINDS
from meetings.meeting_store import MeetingBundle
from meetings.models import AuditEntry
from meetings.periods import ZONE
from meetings.signature_store import list_signatures
from meetings.task_models import Task
from meetings.tasks.store import list_of_meeting
from transcripts import minutes_store
from transcripts import store as transcript_store
from transcripts.archive.chain import Item, write_canonical
from transcripts.archive.packing import Source, hash_bytes, source_of
from transcripts.archive.sheets import Column, Sheet, write_value
from transcripts.archive.store import MIX, load_hashes
from transcripts.archive_models import FileHash
from transcripts.models import Minutes, Recording, RecordingState

MOST_ENTRIES = 20_000  # of the log
STEPS = {
    "submitted": "bản trình ký",
    "signed": "bản đã ký",
    "numbered": "bản đã cấp số",
    "sealed": "bản đã ký số của cơ quan",
    "uploaded": "bản quét đã ký",
    "issued": "bản phát hành",
}
MODES = {"online": "Trực tuyến", "in_hall": "Tại điểm cầu chính", "absent": "Vắng"}


@dataclass(frozen=True)
class Folders:
    """Where files lie."""

    recordings: Path
    documents: Path
    papers: Path


async def gather(
    session: AsyncSession, bundle: MeetingBundle, folders: Folders, *, silent: bool = False
) -> list[Source]:
    """Files on disk are named here and read by whoever packs them. ``silent``: the recordings were destroyed; what is
    left of them are their hashes."""
    versions = await transcript_store.list_versions(session, bundle.id)
    found = [_tell_meeting(bundle), *_tell_attendance(bundle)]
    found += await _list_papers(session, bundle, folders.papers)
    found += await _list_official(session, bundle, folders.documents)
    found += await _list_course(session, bundle)
    found += await _list_sound(session, bundle, None if silent else folders.recordings)
    found += await _list_minutes(session, versions, folders.documents)
    found += await _list_tasks(session, bundle)
    found += _tell_log(await list_entries(session, subject=f"meeting:{bundle.id}", limit=MOST_ENTRIES))
    return found


def _tell_meeting(bundle: MeetingBundle) -> Source:
    meeting = bundle.meeting
    told = {
        "code": meeting.slug,
        "title": meeting.title,
        "kind": meeting.kind.value,
        "form": meeting.planned_form.value,
        "status": meeting.status.value,
        "classification": meeting.classification.value,
        "convening": bundle.convening.organ,
        "chair": bundle.chair.full_name,
        "secretary": bundle.secretary.full_name,
        "hall": bundle.hall.name if bundle.hall else "",
        "planned": [write_instant(meeting.starts_at), write_instant(meeting.ends_at)],
        "held": [write_instant(meeting.started_at), write_instant(meeting.ended_at)],
        "agenda": [{"title": item.title, "presenter": item.presenter} for item in bundle.agenda],
        "invited": [each.unit.organ for each in bundle.invitations],
    }
    data = write_value("meeting", told)
    title = f"Thông tin cuộc họp: {meeting.title}"
    return Source(Item("booking", "1", meeting.created_at, title, hash_bytes(data), len(data)), "xml", data=data)


def _tell_attendance(bundle: MeetingBundle) -> list[Source]:
    at = bundle.meeting.attendance_confirmed_at
    if at is None:
        return []
    columns = _columns(("unit", "Đơn vị", 5), ("site", "Điểm cầu", 5), ("mode", "Hình thức dự", 3))
    columns += _columns(("count", "Số người", 2), ("names", "Người dự", 6), ("note", "Ghi chú", 3))
    rows = tuple(
        (
            each.unit.organ,
            each.site.name if each.site else "",
            MODES.get(each.invitation.confirmed_mode or "", ""),
            str(each.invitation.head_count or ""),
            "; ".join(each.invitation.names),
            each.invitation.note,
        )
        for each in bundle.invitations
    )
    return [source_of(Sheet("Danh sách thành phần tham dự", columns, rows), "attendance", "1", at)]


async def _list_papers(session: AsyncSession, bundle: MeetingBundle, folder: Path) -> list[Source]:
    return [
        Source(
            Item("paper", str(paper.id), paper.uploaded_at, paper.title, paper.sha256, paper.size),
            paper.path.rpartition(".")[2],
            str(folder / paper.path),
        )
        for paper in await list_papers(session, bundle.id, withdrawn=True)
    ]


async def _list_official(session: AsyncSession, bundle: MeetingBundle, folder: Path) -> list[Source]:
    found: list[Source] = []
    for document in await list_documents(session, bundle.id):
        files = {
            row.name: (row.step, row.sha256, row.added_at)
            for row in await list_files(session, document.id or 0)
            if row.ending == "pdf"
        }
        drafted = document.submitted_at or document.drafted_at
        if document.unsigned_file:
            files.setdefault(document.unsigned_file, ("submitted", document.unsigned_sha256, drafted))
        if document.signed_file:
            last = files.pop(document.signed_file, ("signed", document.signed_sha256, document.signed_at or drafted))
            files[document.signed_file] = last
        for name, (step, sha256, at) in files.items():
            found.append(_tell_document(document, folder, name, step, sha256, at))
        found += await _list_signatures(session, document)
    return found


def _tell_document(document: OfficialDocument, folder: Path, name: str, step: str, sha256: str, at: datetime) -> Source:
    final = name == document.signed_file
    kind = KINDS[document.kind]
    subject = str(document.content.get("subject", ""))
    number = "" if document.number is None else f"{document.number:02}"
    details = {
        "TypeName": kind,
        "Subject": subject,
        "CodeNumber": number,
        "CodeNotation": document.symbol,
        "OrganName": str(document.content.get("organ", "")),
        "FullName": document.signer_name,
        "IssuedDate": f"{document.issued_on:%d/%m/%Y}" if document.issued_on else "",
        "Description": STEPS.get(step, step),
    }
    title = f"{kind} {subject}".strip() + ("" if final else f" ({STEPS.get(step, step)})")
    when = (document.issued_at or at) if final else at
    code = f"{number}/{document.symbol}" if number else document.symbol
    path = folder / name
    size = path.stat().st_size if path.is_file() else 0
    item = Item("document" if final else "document_version", name, when, title, sha256, size, code, _filled(details))
    return Source(item, "pdf", str(path))


async def _list_signatures(session: AsyncSession, document: OfficialDocument) -> list[Source]:
    signatures = [row for row in await list_signatures(session, document) if row.confirmed_at is not None]
    if not signatures:
        return []
    columns = _columns(("role", "Vai trò", 2), ("name", "Người ký", 4), ("serial", "Số chứng thư", 4))
    columns += _columns(("at", "Thời gian ký", 3), ("sha256", "Mã băm bản đã ký", 6))
    rows = tuple((row.role, row.name, row.serial, write_instant(row.signed_at), row.after_sha256) for row in signatures)
    title = f"Chữ ký số trên {KINDS[document.kind].lower()}"
    return [source_of(Sheet(title, columns, rows), "signatures", str(document.id), max(r.added_at for r in signatures))]


async def _list_course(session: AsyncSession, bundle: MeetingBundle) -> list[Source]:
    votes = await list_votes(session, bundle.id)
    if not votes:
        return []
    columns = _columns(("subject", "Nội dung", 6), ("closed", "Kết thúc", 3), ("state", "Kết quả", 2))
    columns += _columns(("for", "Tán thành", 2), ("against", "Không tán thành", 2), ("abstain", "Không có ý kiến", 2))
    rows = tuple(
        (
            vote.subject,
            write_instant(vote.closed_at),
            "Đã rút" if vote.state == "withdrawn" else "Đã biểu quyết",
            *("" if count is None else str(count) for count in (vote.in_favour, vote.against, vote.abstain)),
        )
        for vote in votes
    )
    return [source_of(Sheet("Kết quả biểu quyết", columns, rows), "vote", "1", max(v.closed_at for v in votes))]


async def _list_sound(session: AsyncSession, bundle: MeetingBundle, folder: Path | None) -> list[Source]:
    recordings = await transcript_store.list_recordings(session, bundle.id)
    hashes = await load_hashes(session, bundle.id)
    found: list[Source] = []
    for row in recordings:
        if row.state is not RecordingState.OPEN:
            known = hashes.get(row.path)
            found.append(_tell_sound("recording", row.path, row, f"Bản ghi âm: {row.speaker}", folder, known))
    mix = f"{bundle.slug}/{MIX}"
    if found and mix in hashes:
        found.append(_tell_sound("sound", mix, recordings[0], "Bản ghi âm chung của cuộc họp", folder, hashes[mix]))
    conversation = await transcript_store.load_conversation(session, bundle.id)
    if conversation:
        columns = _columns(("at", "Thời gian", 2), ("speaker", "Người nói", 3), ("text", "Lời nói", 9))
        columns += _columns(("mark", "Đánh dấu", 2))
        rows = tuple(
            (write_clock(each.starts_at), each.speaker, each.text, "Cần nghe lại" if each.suspect else "")
            for each in conversation
        )
        sheet = Sheet("Bản gỡ băng (tự động, chưa kiểm tra)", columns, rows)
        found.append(source_of(sheet, "transcript", "1", conversation[-1].ends_at))
    return found


def _tell_sound(
    kind: str, path: str, row: Recording, title: str, folder: Path | None, known: FileHash | None
) -> Source:
    sha256, size = (known.sha256, known.size) if known else ("", 0)
    item = Item(kind, path, row.started_at, title, sha256, size)
    return Source(item, path.rpartition(".")[2] if "." in path else "mka", str(folder / path) if folder else "")


async def _list_minutes(session: AsyncSession, versions: Iterable[Minutes], folder: Path) -> list[Source]:
    found: list[Source] = []
    keys: list[int] = []
    for row in versions:
        keys.append(row.id or 0)
        at = row.approved_at or row.edited_at
        data = write_value("minutes", {"sha256": hash_bytes(write_canonical(row.content)), "content": row.content})
        state = "đã duyệt" if row.approved_at else "dự thảo"
        title = f"Nội dung biên bản, phiên bản {row.version} ({state})"
        found.append(
            Source(Item("minutes", str(row.version), at, title, hash_bytes(data), len(data)), "xml", data=data)
        )
        for printed in await transcript_store.list_documents(session, row.id or 0):
            if printed.format == "pdf":
                path = folder / printed.path
                size = path.stat().st_size if path.is_file() else 0
                name = f"Bản in biên bản, phiên bản {row.version}"
                item = Item("minutes_file", str(row.version), printed.created_at, name, printed.sha256, size)
                found.append(Source(item, "pdf", str(path)))
    comments = await minutes_store.list_comments(session, keys)
    if comments:
        columns = _columns(("at", "Thời gian", 3), ("author", "Người góp ý", 4), ("quote", "Đoạn được góp ý", 5))
        columns += _columns(("text", "Góp ý", 5), ("proposal", "Đề nghị sửa", 5), ("answer", "Trả lời", 4))
        rows = tuple(
            (write_instant(each.written_at), each.author, each.quote, each.text, each.proposal, each.answer)
            for each in comments
        )
        last = max(each.settled_at or each.written_at for each in comments)
        found.append(source_of(Sheet("Góp ý dự thảo biên bản", columns, rows), "comments", "1", last))
    return found


async def _list_tasks(session: AsyncSession, bundle: MeetingBundle) -> list[Source]:
    tasks: list[Task] = await list_of_meeting(session, bundle.id)
    if not tasks:
        return []
    columns = _columns(("text", "Nội dung", 8), ("lead", "Đơn vị chủ trì", 4), ("due", "Hạn", 2))
    columns += _columns(("product", "Sản phẩm", 3), ("state", "Trạng thái", 2), ("closed", "Kết thúc", 3))
    rows = tuple(
        (
            task.text,
            task.lead_name,
            f"{task.due:%d/%m/%Y}" if task.due else "",
            task.product,
            task.state.value,
            write_instant(task.closed_at),
        )
        for task in tasks
    )
    at = max(task.changed_at for task in tasks)
    return [source_of(Sheet("Kết luận và nhiệm vụ được giao", columns, rows), "tasks", "1", at)]


def _tell_log(entries: list[AuditEntry]) -> list[Source]:
    if not entries:
        return []
    columns = _columns(("at", "Thời gian", 3), ("actor", "Người thực hiện", 4), ("action", "Việc", 4))
    columns += _columns(("hash", "Mã băm dòng nhật ký", 7))
    rows = tuple((write_instant(row.at), row.actor, row.action, row.hash) for row in reversed(entries))
    return [source_of(Sheet("Nhật ký của cuộc họp", columns, rows), "audit", "1", entries[0].at)]


def _columns(*told: tuple[str, str, int]) -> tuple[Column, ...]:
    return tuple(Column(*each) for each in told)


def _filled(details: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in details.items() if value}


def write_instant(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(ZONE):%d/%m/%Y %H:%M:%S}"


def write_clock(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M:%S}"
