"""The archive: what is near its end, held or waits for a decision; the table of terms; records of destruction.

``archive.html``: ``ending``, ``due``, ``sound``, ``held`` [Reviewed]; ``waiting``, ``done`` [(Destruction, bundle)];
``looked``: at how many files, ``more``: the key with which the rest begins; ``archive_rules.html``;
``archive_record.html``: ``row``, ``bundle``.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from meetings.errors import NotAllowed, NotFound
from meetings.kinds import MeetingKind
from meetings.meeting_store import get_meeting_by_id
from meetings.record_permissions import may_change_retention, may_view_archive, may_view_file
from transcripts.archive import actions, store
from transcripts.archive.reviewing import Reviewed, review, review_destructions
from transcripts.archive_models import Destruction, DestructionState, RetentionRule
from web.i18n import _, today
from web.inputs import Fields, read_form, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.archive_file import SCOPES, STATES
from web.pages.forms import attempt, redirect, status_of

MOST = 1000  # meetings that one page looks at; it says so and leads on to the others
SCOPE_CODES = ("", "province", "other")
FIELDS = ("name", "years", "basis", "scope", "valid_from", "valid_to", "version")


async def show_archive(request: web.Request) -> web.Response:
    actor, day = actor_of(request), today(now_of(request))
    if not may_view_archive(actor):
        raise NotAllowed
    found: list[Reviewed] = []
    last, more = read_key(request.query.get("after")) or 0, False
    async with request.app[DATABASE].read() as session:
        while part := await review(session, request.app[CONFIG].keep_recordings_days, last):
            found += [each for each in part if may_view_file(actor, each.bundle.meeting)]
            last, more = part[-1].bundle.id, len(found) >= MOST
            if more:
                break
        rows = await review_destructions(session)
    seen = [(row, bundle) for row, bundle in rows if may_view_file(actor, bundle.meeting)]
    sound = [each for each in found if each.sound_until is not None and each.sound_until < day]
    context: dict[str, Any] = {
        "ending": [each for each in found if each.is_ending(day)],
        "due": [each for each in found if each.is_due(day)],
        "sound": [each for each in sound if each.standing.hold is None],
        "held": [each for each in found if each.standing.hold is not None],
        "waiting": [(row, bundle) for row, bundle in seen if row.state is DestructionState.PROPOSED],
        "done": [
            (row, bundle) for row, bundle in seen if row.state in (DestructionState.DONE, DestructionState.APPROVED)
        ],
        "looked": len(found),
        "more": last if more else None,
        "scope_name": lambda row: _(SCOPES[row.scope]),
    }
    return render(request, "archive.html", context)


async def show_record(request: web.Request) -> web.Response:
    """Biên bản tiêu hủy: what was there, by whose word it went."""
    actor, row_id = actor_of(request), read_key(request.match_info["id"])
    async with request.app[DATABASE].read() as session:
        row = await session.get(Destruction, row_id) if row_id is not None else None
        bundle = await get_meeting_by_id(session, row.meeting_id) if row is not None else None
    if row is None or bundle is None or not may_view_file(actor, bundle.meeting):
        raise NotFound
    context = {"row": row, "bundle": bundle, "code": store.write_code(bundle)}
    context |= {"state": _(STATES[row.state]), "scope": _(SCOPES[row.scope])}
    return render(request, "archive_record.html", context)


async def show_rules(request: web.Request) -> web.Response:
    return await _render_rules(request, None, {}, {})


async def submit_rule(request: web.Request) -> web.Response:
    """A new term, or a change of the one in the address."""
    fields, actor = await read_form(request), actor_of(request)
    rule_id = read_key(request.match_info.get("id"))
    if not may_change_retention(actor):
        raise NotAllowed
    if "id" in request.match_info and rule_id is None:
        raise NotFound
    told = _read(fields)

    async def change() -> RetentionRule:
        async with request.app[DATABASE].write() as session:
            return await actions.save_rule(session, actor, rule_id, fields.key("version") or 0, told, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        values = {name: fields.raw(name) for name in FIELDS}
        return await _render_rules(request, rule_id or 0, values, fields.errors, status_of(outcome))
    return redirect("/archive/retention", "retention")


def _read(fields: Fields) -> actions.TypedRule:
    years = fields.key("years")
    if fields.raw("years") and years is None:
        fields.refuse("years", _("Số năm từ 1 đến 200; để trống là vĩnh viễn."))
    kinds = tuple(kind.value for kind in MeetingKind if kind.value in fields.all("kinds"))
    scope = fields.raw("scope")
    return actions.TypedRule(
        fields.raw("name"),
        years,
        fields.raw("basis"),
        kinds,
        scope if scope in SCOPE_CODES else "",
        fields.day("valid_from"),
        fields.day("valid_to"),
    )


async def _render_rules(
    request: web.Request, edited: int | None, values: Mapping[str, str], errors: Mapping[str, str], status: int = 200
) -> web.Response:
    actor = actor_of(request)
    if not may_view_archive(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        rules = await store.list_rules(session)
    context: dict[str, Any] = {
        "rules": rules,
        "edited": edited,
        "values": values,
        "errors": errors,
        "kinds": list(MeetingKind),
        "may_change": may_change_retention(actor),
    }
    return render(request, "archive_rules.html", context, status)
