"""A meeting's file (hồ sơ): what is in it, how long it is kept, its package, and the way to its end.

``archive_file.html``
    ``code``, ``links`` [(Link, url)], ``head``, ``unhashed``: recordings that have no hash yet
    ``standing``, ``rules``: terms to choose from; ``holds``, ``destructions``; ``refusals``: by scope, why not yet
    ``values``, ``errors``; ``may``: what this person may do
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, NotFound
from meetings.meeting_store import MeetingBundle
from meetings.record_permissions import may_decide_destruction, may_hold_file, may_keep_file
from transcripts.archive import actions, destructions, store
from transcripts.archive.chain import KINDS, MEDIA, Link, head_of, link_items
from transcripts.archive.gathering import gather
from transcripts.archive.packing import Plan, Source
from transcripts.archive.terms import is_valid
from transcripts.archive_models import DestructionState, Scope
from web.archive_files import finish_destructions, folders_of, open_package
from web.i18n import _, today
from web.inputs import Fields, read_form
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of
from web.pages.recordings import name_file

FIELDS = ("rule", "reason", "hold_reason", "lift_reason", "day", "to", "note")
STATES = {
    DestructionState.PROPOSED: N_("Chờ quyết định"),
    DestructionState.REFUSED: N_("Không đồng ý"),
    DestructionState.WITHDRAWN: N_("Đã rút"),
    DestructionState.APPROVED: N_("Đã duyệt, đang xóa tệp"),
    DestructionState.DONE: N_("Đã tiêu hủy"),
}
SCOPES = {Scope.FILE: N_("Toàn bộ hồ sơ"), Scope.RECORDINGS: N_("Riêng các bản ghi âm")}


async def show_file(request: web.Request) -> web.Response:
    return await _render(request, dict.fromkeys(FIELDS, ""), {})


async def download_package(request: web.Request) -> web.StreamResponse:
    """One ZIP, streamed as it is packed. ``?recordings=1``: with the recordings."""
    actor, now = actor_of(request), now_of(request)
    with_media = request.query.get("recordings") == "1"
    async with request.app[DATABASE].read() as session:
        bundle = await actions.load_file(session, actor, request.match_info["slug"])
        standing, sources = await _load(session, request, bundle)
        facts = await store.describe(session, bundle, standing)
    if standing.file is not None and standing.file.destroyed_at is not None:
        raise NotFound(destructions.DESTROYED)
    async with open_package(Plan(facts, tuple(sources), with_media, now)) as package:
        detail = {"head": package.head, "seal": package.seal, "recordings": with_media}
        async with request.app[DATABASE].write() as session:
            await write_entry(session, actor, "file.export", f"meeting:{bundle.id}", detail, now, request.remote or "")
        name = name_file("ho-so", bundle, ".zip")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
        response = web.StreamResponse(headers=headers | {"Content-Type": "application/zip"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        async for chunk in package.chunks:
            await response.write(chunk)
        await response.write_eof()
    return response


async def submit_step(request: web.Request) -> web.Response:
    fields, step, slug = await read_form(request), request.match_info["step"], request.match_info["slug"]
    links: tuple[Link, ...] = ()
    async with request.app[DATABASE].read() as session:
        bundle = await actions.load_file(session, actor_of(request), slug)  # what may not be seen is not there
        if step == "propose":
            links = await _link((await _load(session, request, bundle))[1])

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await _take(session, request, step, fields, links)

    outcome = await attempt(fields, change)
    if fields.errors:
        values = {name: fields.raw(name) for name in FIELDS}
        return await _render(request, values, fields.errors, status_of(outcome))
    if step == "decide":
        await finish_destructions(request.app[DATABASE], request.app[CONFIG], now_of(request))
    return redirect(f"/meetings/{slug}/file", f"file_{step}")


async def _take(
    session: AsyncSession, request: web.Request, step: str, fields: Fields, links: tuple[Link, ...]
) -> None:
    actor, now, slug = actor_of(request), now_of(request), request.match_info["slug"]
    keep_days = request.app[CONFIG].keep_recordings_days
    row_id = fields.key("destruction") or 0
    match step:
        case "term":
            await actions.choose_term(session, actor, slug, fields.key("rule"), now)
        case "hold":
            await actions.place_hold(session, actor, slug, fields.raw("hold_reason"), now)
        case "lift":
            await actions.lift_hold(session, actor, slug, fields.raw("lift_reason"), now)
        case "transfer":
            day = fields.day("day") or today(now)
            await actions.note_transfer(session, actor, slug, day, fields.raw("to"), now)
        case "propose":
            scope = Scope.RECORDINGS if fields.raw("scope") == Scope.RECORDINGS else Scope.FILE
            await destructions.propose_destruction(
                session, actor, slug, scope, fields.raw("reason"), links, keep_days, now
            )
        case "decide":
            approve = fields.raw("decision") == "approve"
            await destructions.decide_destruction(
                session, actor, slug, row_id, approve, fields.raw("note"), keep_days, now
            )
        case _:
            await destructions.withdraw_destruction(session, actor, slug, row_id, now)


async def _load(
    session: AsyncSession, request: web.Request, bundle: MeetingBundle
) -> tuple[store.Standing, list[Source]]:
    standing = await store.load_standing(session, bundle, await store.list_rules(session))
    silent = standing.file is not None and standing.file.media_destroyed_at is not None
    return standing, await gather(session, bundle, folders_of(request.app[CONFIG]), silent=silent)


async def _link(sources: Sequence[Source]) -> tuple[Link, ...]:
    return await asyncio.to_thread(link_items, [source.item for source in sources])


async def _render(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    actor, day = actor_of(request), today(now_of(request))
    async with request.app[DATABASE].read() as session:
        bundle = await actions.load_file(session, actor, request.match_info["slug"])
        standing, sources = await _load(session, request, bundle)
        rules = await store.list_rules(session)
        holds = await store.list_holds(session, bundle.id)
        destructions = await store.list_destructions(session, bundle.id)
    gone = standing.file is not None and standing.file.destroyed_at is not None
    links = () if gone else await _link(sources)
    context: dict[str, Any] = {
        "bundle": bundle,
        "meeting": bundle.meeting,
        "code": store.write_code(bundle),
        "links": [(link, _(KINDS[link.item.kind])) for link in links],
        "head": head_of(links),
        "unhashed": sum(not link.item.sha256 for link in links),
        "has_sound": any(source.path and source.item.kind in MEDIA for source in sources),
        "gone": gone,
        "standing": standing,
        "rules": [rule for rule in rules if is_valid(rule, day)],
        "holds": holds,
        "destructions": [(row, _(STATES[row.state]), _(SCOPES[row.scope])) for row in destructions],
        "waiting": next((row for row in destructions if row.state is DestructionState.PROPOSED), None),
        "refusals": [(scope.value, _(name), _refuse(request, standing, scope)) for scope, name in SCOPES.items()],
        "may_keep": may_keep_file(actor, bundle.meeting) and not gone,
        "may_hold": may_hold_file(actor, bundle.meeting) and not gone,
        "may_decide": may_decide_destruction(actor, bundle.meeting),
        "values": values,
        "errors": errors,
    }
    return render(request, "archive_file.html", context, status)


def _refuse(request: web.Request, standing: store.Standing, scope: Scope) -> str:
    """Why it may not be proposed yet; empty when it may."""
    keep_days = request.app[CONFIG].keep_recordings_days
    refusal = destructions.refuse_destruction(standing, scope, keep_days, today(now_of(request)))
    return _(refusal.text, **dict(refusal.values)) if refusal else ""
