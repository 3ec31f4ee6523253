"""Every kept revision of a meeting's minutes: the list, what differs between any two, and taking one up again."""

import asyncio

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.errors import N_, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, get_meeting, is_visible
from meetings.permissions import Actor
from transcripts import minutes_actions, store
from transcripts.comparison import Line, compare
from transcripts.minutes import Content
from transcripts.minutes_models import MinutesRevision, RevisionCause
from transcripts.minutes_store import find_revision, list_revisions
from transcripts.models import Minutes
from web.i18n import _
from web.inputs import Fields, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.minutes_changes import change_minutes, read_revision

CAUSES = {
    RevisionCause.DRAFT: N_("Hệ thống dự thảo"),
    RevisionCause.SAVE: N_("Soạn, sửa"),
    RevisionCause.ATTENDANCE: N_("Cập nhật tham dự đã xác nhận"),
    RevisionCause.COMMENT: N_("Tiếp thu góp ý"),
    RevisionCause.REDRAFT: N_("Mô hình ngôn ngữ soạn lại"),
    RevisionCause.RESTORE: N_("Khôi phục bản đã lưu"),
    RevisionCause.SUBMIT: N_("Trình chủ tọa"),
    RevisionCause.RETURN: N_("Chủ tọa trả lại"),
    RevisionCause.APPROVE: N_("Chủ tọa phê duyệt"),
    RevisionCause.NEW_VERSION: N_("Lập phiên bản mới"),
}


def cause_name(cause: RevisionCause) -> str:
    return _(CAUSES[cause])


async def show_revisions(request: web.Request) -> web.Response:
    """``?from=ID&to=ID``: what changed from one to the other; without them from the last but one to the last."""
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await get_meeting(session, request.match_info["slug"])
        versions = await _load_versions(session, actor, bundle)
        ids = [row.id for row in versions if row.id is not None]
        rows = await list_revisions(session, ids)
        first, last = await _choose(session, request, ids, rows)
    lines: tuple[Line, ...] = ()
    if first is not None and last is not None:
        lines = await asyncio.to_thread(compare, Content.from_json(first.content), Content.from_json(last.content))
    latest = versions[0]
    context = {
        "bundle": bundle,
        "rows": rows,
        "version_of": {row.id: row.version for row in versions},
        "first": first,
        "last": last,
        "lines": lines,
        "minutes": latest,
        "may_restore": latest.state in minutes_actions.WRITABLE and permissions.may_edit_minutes(actor, bundle.meeting),
        "cause_name": cause_name,
    }
    return render(request, "minutes_revisions.html", context)


async def restore_revision(request: web.Request) -> web.Response:
    key = read_key(request.match_info["id"]) or 0

    async def change(session: AsyncSession, actor: Actor, bundle: MeetingBundle, fields: Fields) -> Minutes:
        revision = read_revision(fields)
        return await minutes_actions.restore_revision(session, actor, bundle.id, revision, key, now_of(request))

    return await change_minutes(request, change, "minutes_restored")


async def _load_versions(session: AsyncSession, actor: Actor, bundle: MeetingBundle) -> list[Minutes]:
    """All versions, the latest first; for those who may see drafts alone."""
    if not permissions.may_view_minutes(actor, bundle.meeting, bundle.invited_unit_ids, approved=False):
        raise NotAllowed if is_visible(actor, bundle) else NotFound
    versions = await store.list_versions(session, bundle.id)
    if not versions:
        raise NotFound
    return versions


async def _choose(
    session: AsyncSession, request: web.Request, ids: list[int], rows: list[MinutesRevision]
) -> tuple[MinutesRevision | None, MinutesRevision | None]:
    """The two to compare, the older first. ``NotFound`` for one that is not of these minutes."""
    known = {row.id: place for place, row in enumerate(rows)}  # the latest has the smallest place
    chosen = []
    for name, place in (("from", 1), ("to", 0)):
        wanted = read_key(request.query.get(name, ""))
        if wanted is None:
            wanted = rows[place].id if place < len(rows) and name not in request.query else None
        if name in request.query and wanted not in known:
            raise NotFound
        chosen.append(wanted)
    found = [row for key in chosen if key is not None and (row := await find_revision(session, ids, key)) is not None]
    if len(found) < 2:
        return None, None
    found.sort(key=lambda row: known[row.id], reverse=True)
    return found[0], found[1]
