"""Use cases of what is written after a meeting, before it is signed: the notice of conclusions, its replacement, and
the letter that corrects a document which has left. Drafted from a template, edited by the secretary, submitted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import DocumentTemplate, OfficialDocument
from meetings.documents.access import Access, load_access, note_step
from meetings.documents.actions import STALE, KeptFile, keep_file, load, require_either, require_successor
from meetings.documents.checks import check_line, check_lines, check_signer, need_reason
from meetings.documents.standing import OPEN
from meetings.documents.store import find_latest_submitted, list_documents
from meetings.documents.templates import get_template, list_templates
from meetings.documents.wording import Facts, fill_template, name_document
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.kinds import DocumentKind, DocumentState, UnitKind
from meetings.meeting_store import lock_meeting
from meetings.org_tree import UnitView
from meetings.periods import local_day
from meetings.permissions import Actor
from meetings.printing.notice import NoticeContent
from meetings.printing.organs import abbreviate, name_parent_organ, name_town
from meetings.record_permissions import may_draft_notice

SYMBOL = re.compile(r"[A-ZĐ][A-ZĐ0-9]*([.-][A-ZĐ0-9]+)+")
NOT_OVER = N_("Chỉ soạn thông báo kết luận khi cuộc họp đã kết thúc.")
STANDS = N_("Thông báo kết luận của cuộc họp này đã có. Hãy mở thông báo đó; nếu đã phát hành, dùng “Thay thế”.")
MOST_POINTS, LONGEST_POINT = 200, 3000


@dataclass(frozen=True, kw_only=True)
class NoticeDraft:
    """What a person may write; organ, town and kind are those of the template."""

    symbol: str
    subject: str
    addressees: tuple[str, ...]
    paragraphs: tuple[str, ...]
    points: tuple[str, ...]
    closing: str
    recipients: tuple[str, ...]
    authority: tuple[str, ...]
    signer_position: str
    signer_name: str


async def draft_notice(
    session: AsyncSession, actor: Actor, slug: str, template_id: int, points: Sequence[str], now: datetime
) -> OfficialDocument:
    """Fill a notice in from the conclusions of the approved minutes (``points``)."""
    await lock_meeting(session, slug)
    access = await load_access(session, actor, slug)
    if not may_draft_notice(actor, access.bundle.meeting):
        raise Conflict(NOT_OVER) if access.may_view_drafts(access.bundle.convening.id) else NotAllowed
    for row in await list_documents(session, access.bundle.id, DocumentKind.NOTICE):
        if row.state in (*OPEN, DocumentState.ISSUED):
            raise Conflict(STANDS)
    template = await get_template(session, template_id)
    organ = find_issuer(access, template.issuer)
    content = fill_in(access, template, organ, _describe(access, organ), now)
    content = replace(content, points=tuple(points))
    content = await _follow_signer(session, organ, content)
    return await _add(session, access, DocumentKind.NOTICE, organ.id, content, now)


async def draft_replacement(
    session: AsyncSession, actor: Actor, document_id: int, version: int, reason: str, now: datetime
) -> OfficialDocument:
    """A notice that will stand in the place of one that has left (thay thế). Minutes are replaced by their next
    version, invitations by a new one."""
    access, before = await load(session, actor, document_id, version, require_either)
    if before.kind != DocumentKind.NOTICE:
        raise Conflict(STALE)
    await require_successor(session, before)
    reason = need_reason(reason, N_("Hãy ghi lý do thay thế."))
    content = NoticeContent.from_json(before.content)
    told = f"Thông báo này thay thế {name_document(before)}."
    content = replace(content, year=local_day(now).year, closing=f"{told} {content.closing}".strip())
    document = await _add(session, access, DocumentKind.NOTICE, before.organ_unit_id, content, now)
    document.replaces_id, document.reason = before.id, reason
    return document


async def draft_correction(
    session: AsyncSession, actor: Actor, document_id: int, version: int, reason: str, now: datetime
) -> OfficialDocument:
    """An official letter that corrects how a document is written (đính chính); what it says would be replaced."""
    access, before = await load(session, actor, document_id, version, require_either)
    if before.kind == DocumentKind.CORRECTION:
        raise Conflict(STALE)
    await require_successor(session, before)
    reason = need_reason(reason, N_("Hãy ghi lý do đính chính."))
    template = next(iter(await list_templates(session, DocumentKind.CORRECTION)), None)
    organ = access.tree.get(before.organ_unit_id) or access.bundle.convening
    if template is None:
        raise Conflict(N_("Chưa có mẫu công văn đính chính. Hãy thêm ở trang Mẫu văn bản."))
    facts = _describe(access, organ, document=name_document(before), reason=reason)
    content = fill_in(access, template, organ, facts, now)
    to = [line for line in before.content.get("recipients", []) if not line.lstrip("- ").startswith("Lưu")]
    written = NoticeContent.from_json(before.content) if before.kind == DocumentKind.NOTICE else None
    content = replace(
        content,
        addressees=tuple(to) or ("Các cơ quan, đơn vị dự họp",),
        authority=written.authority if written else content.authority,
        signer_position=written.signer_position if written else content.signer_position,
        signer_name=written.signer_name if written else "",
    )
    document = await _add(session, access, DocumentKind.CORRECTION, organ.id, content, now)
    document.corrects_id, document.reason = before.id, reason
    return document


def find_issuer(access: Access, issuer: str) -> UnitView:
    """The organ that a template names; ``Invalid`` where the meeting has none such."""
    bundle = access.bundle
    if issuer == "office":
        found = bundle.convening if bundle.convening.kind is UnitKind.OFFICE else None
        office = next(iter(access.offices), found)
        if office is None:
            raise Invalid(
                N_("Đơn vị triệu tập chưa có văn phòng trong danh mục đơn vị. Hãy chọn mẫu khác."), field="template_id"
            )
        return office
    preparing = access.tree.get(bundle.meeting.preparing_unit_id) if issuer == "preparing" else None
    return preparing or bundle.convening


def fill_in(access: Access, template: DocumentTemplate, organ: UnitView, facts: Facts, now: datetime) -> NoticeContent:
    def write(text: str) -> str:
        return fill_template(text, facts, access.bundle)

    drafter = facts.drafter or abbreviate(organ)
    opening, lead = write(template.opening), write(template.lead)
    return NoticeContent(
        organ=organ.full_organ,
        parent_organ=name_parent_organ(organ, access.tree),
        symbol=template.symbol.replace("{organ}", abbreviate(organ)).replace("{drafter}", drafter)[:30],
        town=name_town(organ, access.tree),
        year=local_day(now).year,
        title=template.title,
        subject=write(template.subject)[:300],
        paragraphs=tuple(text for text in (opening, lead) if text),
        closing=write(template.closing),
        recipients=tuple(write(line).rstrip(", ") for line in template.recipients.splitlines() if line.strip()),
        authority=tuple(line.upper() for line in template.authority.splitlines() if line.strip()),
        signer_position=template.signer_position,
    )


def _describe(access: Access, organ: UnitView, *, document: str = "", reason: str = "") -> Facts:
    unit = access.tree.get(access.bundle.secretary.unit_id)
    drafter = abbreviate(unit) if unit else ""
    return Facts(organ=organ.full_organ, drafter=drafter, document=document, reason=reason)


async def _follow_signer(session: AsyncSession, organ: UnitView, content: NoticeContent) -> NoticeContent:
    """Who signed the organ's last notice with this symbol most often signs the next one."""
    last = await find_latest_submitted(session, DocumentKind.NOTICE, organ.id, content.symbol)
    if last is None:
        return content
    before = NoticeContent.from_json(last.content)
    return replace(content, signer_position=before.signer_position, signer_name=before.signer_name)


async def _add(
    session: AsyncSession, access: Access, kind: DocumentKind, organ_id: int, content: NoticeContent, now: datetime
) -> OfficialDocument:
    document = OfficialDocument(
        meeting_id=access.bundle.id,
        kind=kind.value,
        organ_unit_id=organ_id,
        symbol=content.symbol,
        content=content.to_json(),
        meeting_version=access.bundle.meeting.version,
        signer_name=content.signer_name,
        drafted_by=access.actor.name[:150],
        drafted_at=now,
    )
    session.add(document)
    await session.flush()
    await note_step(session, access.actor, "document.draft", document, {"kind": kind}, now)
    return document


async def edit_notice(
    session: AsyncSession, actor: Actor, document_id: int, version: int, draft: NoticeDraft, now: datetime
) -> OfficialDocument:
    """Change what people may write while it is a draft."""
    _access, document = await load(session, actor, document_id, version, require_either)
    if document.state is not DocumentState.DRAFTED or document.kind == DocumentKind.MINUTES:
        raise Conflict(STALE)
    check_draft(draft)
    if document.number is not None and draft.symbol != document.symbol:
        raise Invalid(N_("Văn bản đã được cấp số nên không đổi ký hiệu được."), field="symbol")
    before = NoticeContent.from_json(document.content)
    content = replace(
        before,
        **{name: getattr(draft, name) for name in NoticeDraft.__dataclass_fields__ if name != "authority"},
        authority=tuple(line.upper() for line in draft.authority),
    )
    changed = [name for name, value in content.to_json().items() if value != document.content.get(name)]
    document.symbol, document.signer_name = content.symbol, content.signer_name
    document.content = document.content | content.to_json()
    document.version += 1
    session.add(document)
    await note_step(session, actor, "document.edit", document, {"fields": changed}, now)
    return document


def check_draft(draft: NoticeDraft) -> None:
    if not SYMBOL.fullmatch(draft.symbol) or len(draft.symbol) > 30:
        raise Invalid(N_("Ký hiệu viết dạng TB-UBND: chữ in hoa, không có khoảng trắng."), field="symbol")
    check_line(draft.subject, "subject")
    check_lines(draft.addressees, "addressees", 100, 300)
    check_lines(draft.paragraphs, "paragraphs", 20, LONGEST_POINT)
    check_lines(draft.points, "points", MOST_POINTS, LONGEST_POINT)
    check_lines((draft.closing,), "closing", 1, 1000)
    check_lines(draft.recipients, "recipients", 100, 300)
    if not draft.points:
        raise Invalid(N_("Hãy ghi nội dung, mỗi dòng một điểm."), field="points")
    check_signer(draft.authority, draft.signer_position, draft.signer_name)


def require_complete(content: NoticeContent) -> None:
    """``Invalid`` for what is missing before somebody can sign it."""
    if not content.points:
        raise Invalid(N_("Hãy ghi nội dung trước khi trình ký."), field="points")
    if not content.title and not content.addressees:
        raise Invalid(N_("Hãy ghi nơi được gửi (Kính gửi) trước khi trình ký."), field="addressees")
    if not content.signer_position:
        raise Invalid(N_("Hãy ghi chức vụ người ký trước khi trình."), field="signer_position")
    if not content.signer_name:
        raise Invalid(N_("Hãy ghi họ tên người ký trước khi trình."), field="signer_name")


def check_submission(access: Access, document: OfficialDocument) -> None:
    """Everything that keeps it from being submitted, in words."""
    require_either(access, document)
    if document.state is not DocumentState.DRAFTED or document.kind == DocumentKind.MINUTES:
        raise Conflict(STALE)
    require_complete(NoticeContent.from_json(document.content))


async def submit_notice(
    session: AsyncSession, actor: Actor, document_id: int, version: int, files: Sequence[KeptFile], now: datetime
) -> OfficialDocument:
    """It goes to whoever signs it ("trình ký"): ``files`` are printed from what it says at this version."""
    access, document = await load(session, actor, document_id, version, require_either)
    check_submission(access, document)
    document.content = {name: value for name, value in document.content.items() if name != "returned"}
    document.state, document.submitted_at = DocumentState.SUBMITTED, now
    document.version += 1
    for file in files:
        keep_file(session, actor, document, "submitted", file, now)
    await note_step(session, actor, "document.submit", document, {"sha256": document.signed_sha256}, now)
    return document
