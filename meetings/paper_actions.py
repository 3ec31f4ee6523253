"""Use cases of a meeting's papers. Their bytes are a matter of the edge: here arrives what is known of a kept file."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.course_store import get_paper, list_papers
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, load_visible, lock_meeting
from meetings.permissions import Actor, may_manage_papers, may_read_papers
from meetings.room_models import Paper

MOST_PAPERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDraft:
    """A file that lies at ``path`` of the papers' folder. ``media_type`` is what its bytes are, not what was said."""

    title: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    path: str
    for_guests: bool = False


async def add_paper(session: AsyncSession, actor: Actor, slug: str, draft: PaperDraft, now: datetime) -> Paper:
    """Put a paper before the meeting. The same bytes are not put there twice."""
    await lock_meeting(session, slug)
    bundle = await _load_to_manage(session, actor, slug)
    title = draft.title.strip() or draft.file_name.strip()
    if not title or len(title) > 200 or len(draft.file_name) > 200:
        raise Invalid(N_("Tên tài liệu có từ 1 đến 200 ký tự."), field="title")
    known = await list_papers(session, bundle.id)
    if len(known) >= MOST_PAPERS:
        raise Invalid(N_("Cuộc họp đã có {n} tài liệu, không thêm được nữa."), field="file", n=MOST_PAPERS)
    same = next((paper for paper in known if paper.sha256 == draft.sha256), None)
    if same is not None:
        raise Conflict(N_("Tệp này đã có trong tài liệu của cuộc họp: “{title}”."), field="file", title=same.title)
    paper = Paper(
        meeting_id=bundle.id,
        title=title,
        file_name=draft.file_name,
        media_type=draft.media_type,
        size=draft.size,
        sha256=draft.sha256,
        path=draft.path,
        for_guests=draft.for_guests,
        uploaded_at=now,
        uploaded_by=actor.account_id,
        uploaded_by_name=actor.name[:150],
    )
    session.add(paper)
    await session.flush()
    detail = {"paper": paper.id, "title": title, "sha256": draft.sha256, "size": draft.size}
    await write_entry(session, actor, "paper.add", f"meeting:{bundle.id}", detail, now)
    return paper


async def withdraw_paper(session: AsyncSession, actor: Actor, slug: str, paper_id: int, now: datetime) -> Paper:
    """Nobody opens it any more. The row and its hash stay; the caller deletes the file once this is committed."""
    await lock_meeting(session, slug)
    bundle = await _load_to_manage(session, actor, slug)
    paper = await get_paper(session, bundle.id, paper_id)
    paper.withdrawn_at = now
    session.add(paper)
    detail = {"paper": paper.id, "title": paper.title, "sha256": paper.sha256}
    await write_entry(session, actor, "paper.withdraw", f"meeting:{bundle.id}", detail, now)
    return paper


async def open_paper(session: AsyncSession, actor: Actor, bundle: MeetingBundle, paper_id: int) -> Paper:
    """A paper of this meeting for somebody who asks for it; ``NotFound`` also when they may not know of it."""
    if not may_read_papers(actor, bundle.meeting, bundle.invited_unit_ids, bundle.invited_site_ids):
        raise NotFound
    return await get_paper(session, bundle.id, paper_id)


async def _load_to_manage(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    bundle = await load_visible(session, actor, slug)
    if not may_manage_papers(actor, bundle.meeting):
        raise NotAllowed
    return bundle
