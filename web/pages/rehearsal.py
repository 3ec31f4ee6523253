"""The trial before a meeting (phiên thử): the board of all its sites, and what each site says of itself.

What the templates get, beside what every page gets:

``rehearsal.html``
    ``meeting``     the MeetingBundle; ``opens_at`` when operators and sites may come in
    ``rows``        what is shown; ``total`` sites in all, ``lights`` how many of each, ``here`` of them in the room
    ``unready_only``  the filter is on
    ``runs``        the whole board is shown; else only this person's own site
    ``mine``        the row of one's own site, or None
    ``duty_site``   the row whose person on duty is being entered, or None; ``values``, ``errors`` of that form
``rehearsal_board.html``
    the counts and the rows alone, asked for again every few seconds
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from meetings import actions, permissions
from meetings.errors import NotAllowed, NotFound
from meetings.invitations.answers import answers_of_units
from meetings.kinds import Answer
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.permissions import Actor
from web.inputs import read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.admissions import OPERATORS_BEFORE
from web.pages.forms import attempt, redirect, status_of
from web.pages.readiness import DEVICE_NAMES, Row, count_lights, make_row


@dataclass(frozen=True)
class Board:
    """The meeting with the rows that this person may see."""

    bundle: MeetingBundle
    rows: list[Row]
    mine: Row | None
    runs: bool
    answers: Mapping[str, Answer]  # by the unit's name

    def find_row(self, site_id: int | None) -> Row | None:
        return next((row for row in self.rows if site_id and row.site_id == site_id), None)


async def show_rehearsal(request: web.Request) -> web.Response:
    board = await _load(request)
    if request.query.get("part") == "board":
        if not board.runs:
            raise NotAllowed
        return render(request, "rehearsal_board.html", _describe(request, board))
    return _render(request, board, board.find_row(read_key(request.query.get("duty"))), {}, {})


async def submit_duty(request: web.Request) -> web.Response:
    """Who is on duty at a site."""
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    board = await _load(request)
    site_id = read_key(fields.raw("site"))
    row = board.find_row(site_id)
    if row is None or site_id is None:
        raise NotFound
    name, phone = fields.text("name", 100), fields.text("phone", 32)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await actions.set_duty(session, actor, slug, site_id, name, phone, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return _render(request, board, row, {"name": name, "phone": phone}, fields.errors, status_of(outcome))
    return redirect(f"/meetings/{slug}/rehearsal", "duty")


async def _load(request: web.Request) -> Board:
    """The whole board for those who may see it; one's own row for a site and its unit. ``NotAllowed`` for others."""
    actor, now = actor_of(request), now_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, request.match_info["slug"])
        runs = permissions.may_view_readiness(actor, bundle.meeting)
        sites = await actions.list_readiness(session, bundle, now)
        answers = await answers_of_units(session, bundle)
    own = [each for each in sites if actions.is_own_place(actor, each.unit, each.site)]
    if not runs and not own:
        raise NotAllowed
    rows = [make_row(each, now) for each in (sites if runs else own)]
    return Board(bundle, rows, make_row(own[0], now) if own else None, runs, answers)


def _describe(request: web.Request, board: Board) -> dict[str, Any]:
    unready = request.query.get("show") == "unready"
    return {
        "meeting": board.bundle,
        "slug": board.bundle.slug,
        "rows": [row for row in board.rows if row.light != "green"] if unready else board.rows,
        "total": len(board.rows),
        "lights": count_lights(board.rows),
        "here": sum(row.here_since is not None for row in board.rows),
        "unready_only": unready,
        "devices": DEVICE_NAMES,
        "now": now_of(request),
        "runs": board.runs,
        "answers": board.answers,
        "may_operate": permissions.may_operate_room(actor_of(request), board.bundle.meeting),
    }


def _render(
    request: web.Request,
    board: Board,
    duty_site: Row | None,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    meeting = board.bundle.meeting
    if duty_site is not None and not _may_set_duty(actor_of(request), board, duty_site):
        raise NotAllowed
    context = _describe(request, board) | {
        "opens_at": meeting.starts_at - OPERATORS_BEFORE,
        "mine": board.mine,
        "may_test": permissions.may_join_meeting(
            actor_of(request), meeting, board.bundle.invited_unit_ids, board.bundle.invited_site_ids
        ),
        "may_set_mine": board.mine is not None and _may_set_duty(actor_of(request), board, board.mine),
        "duty_site": duty_site,
        "values": values
        or ({"name": duty_site.duty_name, "phone": duty_site.duty_phone} if duty_site else {"name": "", "phone": ""}),
        "errors": errors,
    }
    return render(request, "rehearsal.html", context, status)


def _may_set_duty(actor: Actor, board: Board, row: Row) -> bool:
    site = board.bundle.find_site(row.site_id)
    return site is not None and permissions.may_set_duty(actor, board.bundle.meeting, site.id or 0, site.unit_id)
