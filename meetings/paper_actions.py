"""Use cases of a meeting's papers. Their bytes are a matter of the edge: here arrives what is known of a kept file."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.course_store import find_newest, get_paper, list_older, list_papers
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, load_visible, lock_meeting
from meetings.permissions import Actor, may_manage_papers, may_read_papers, may_view_old_papers
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
    replaces_id: int | None = None  # the paper of which this is a new version


async def add_paper(session: AsyncSession, actor: Actor, slug: str, draft: PaperDraft, now: datetime) -> Paper:
    """Put a paper before the meeting, or a new version of one. The same bytes are not put there twice.

    What a new version replaces stays as it was, for those who run the meeting.
    """
    await lock_meeting(session, slug)
    bundle = await _load_to_manage(session, actor, slug)
    old = await _find_replaced(session, bundle, draft)
    title = draft.title.strip() or (old.title if old else draft.file_name.strip())
    if not title or len(title) > 200 or len(draft.file_name) > 200:
        raise Invalid(N_("Tên tài liệu có từ 1 đến 200 ký tự."), field="title")
    known = await list_papers(session, bundle.id)
    if len(known) >= MOST_PAPERS and old is None:
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
        for_guests=old.for_guests if old else draft.for_guests,
        uploaded_at=now,
        uploaded_by=actor.account_id,
        uploaded_by_name=actor.name[:150],
        version=old.version + 1 if old else 1,
        replaces_id=old.id if old else None,
    )
    session.add(paper)
    await session.flush()
    detail: dict[str, object] = {"paper": paper.id, "title": title, "sha256": draft.sha256, "size": draft.size}
    if old:
        detail |= {"version": paper.version, "replaces": old.id}
    action = "paper.replace" if old else "paper.add"
    await write_entry(session, actor, action, f"meeting:{bundle.id}", detail, now)
    return paper


async def _find_replaced(session: AsyncSession, bundle: MeetingBundle, draft: PaperDraft) -> Paper | None:
    """``Conflict`` where somebody else has put a newer version there meanwhile."""
    if draft.replaces_id is None:
        return None
    old = await get_paper(session, bundle.id, draft.replaces_id)
    if await find_newest(session, old) is not old:
        raise Conflict(
            N_("Người khác vừa tải lên bản mới của “{title}”. Hãy xem bản đó trước."), field="file", title=old.title
        )
    return old


async def withdraw_paper(session: AsyncSession, actor: Actor, slug: str, paper_id: int, now: datetime) -> list[Paper]:
    """Nobody opens it any more, in any version. The rows and their hashes stay; the caller deletes the files of what
    is returned once this is committed."""
    await lock_meeting(session, slug)
    bundle = await _load_to_manage(session, actor, slug)
    paper = await find_newest(session, await get_paper(session, bundle.id, paper_id))
    papers = [paper, *await list_older(session, paper)]
    for each in papers:
        each.withdrawn_at = now
        session.add(each)
    detail = {"paper": paper.id, "title": paper.title, "sha256": paper.sha256}
    await write_entry(session, actor, "paper.withdraw", f"meeting:{bundle.id}", detail, now)
    return papers


async def open_paper(
    session: AsyncSession, actor: Actor, bundle: MeetingBundle, paper_id: int, *, as_it_was: bool = False
) -> Paper:
    """A paper of this meeting for somebody who asks for it; ``NotFound`` also when they may not know of it.

    It is the newest version, whichever is asked for; ``as_it_was``: that very one, for those who run the meeting.
    """
    if not may_read_papers(actor, bundle.meeting, bundle.invited_unit_ids, bundle.invited_site_ids):
        raise NotFound
    paper = await get_paper(session, bundle.id, paper_id)
    if as_it_was and may_view_old_papers(actor, bundle.meeting):
        return paper
    return await find_newest(session, paper)


async def _load_to_manage(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    bundle = await load_visible(session, actor, slug)
    if not may_manage_papers(actor, bundle.meeting):
        raise NotAllowed
    return bundle
