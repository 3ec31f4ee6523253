"""Who comes to a meeting: the people of each invited unit, where they sit, and what needs the chair's word.

``meeting_people.html`` (part of the meeting's page) gets ``people``: see ``describe_people``.

``delegates.html``
    ``bundle``, ``meeting``, ``invited`` (the unit that is open), ``units``: ``(invited, count)`` of those one may open
    ``rows``            ``(delegate, site, outdated)`` of the unit; ``places`` its sites as options
    ``may_register``, ``may_decide``, ``values``, ``pasted``, ``faults`` (of pasted lines), ``errors``
    forms: POST ``/meetings/{slug}/delegates`` with ``unit`` and ``do`` (``add`` or ``paste``)
``delegate.html``
    one person to correct: ``row``, ``places``, ``values``, ``errors``
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.errors import NotAllowed, NotFound
from meetings.invitation_models import Consent, Delegate
from meetings.invitations import delegates, requests
from meetings.invitations.delegate_store import get_delegate, is_expected
from meetings.invitations.delegates import DelegateDraft
from meetings.invitations.lines import Fault, find_known, read_lines
from meetings.invitations.notices import queue_for_delegate, queue_for_removed
from meetings.invitations.tally import answer_of_unit, count_answers
from meetings.kinds import Answer
from meetings.meeting_store import Invited, MeetingBundle, load_visible
from meetings.permissions import Actor
from web.i18n import _
from web.inputs import Fields, clean, key_of, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of

EMPTY = {"full_name": "", "position": "", "email": "", "site": "", "substitute_for": "", "is_head": ""}


@dataclass(frozen=True)
class UnitAnswer:
    """One invited unit with its answer, whatever its people said, and its people for those who may see them."""

    invited: Invited
    answer: Answer
    outdated: bool
    people: Sequence[Delegate]
    count: int
    sees_people: bool
    may_answer: bool
    may_register: bool


async def describe_people(request: web.Request, session: AsyncSession, bundle: MeetingBundle) -> dict[str, Any]:
    """What ``meeting_people.html`` shows to this person; ``units`` are the answers of units by their keys."""
    actor, meeting = actor_of(request), bundle.meeting
    rows = await delegates.list_people(session, bundle.id)
    units = [_describe_unit(actor, bundle, each, rows) for each in bundle.invitations]
    seen = [row for row in rows if is_expected(row)]
    mine = [row for row in seen if actor.person_id is not None and row.person_id == actor.person_id]
    decides = permissions.may_decide_places(actor, meeting)
    asked = await requests.list_requests(session, bundle.id) if decides else []
    waiting = [each for each in asked if each.state is Consent.PENDING]
    return {
        "units": {each.invited.unit.id: each for each in units},
        "tally": count_answers(each.answer for each in units),
        "people_tally": count_answers(row.answer for row in seen),
        "mine": mine,
        "own": [each for each in units if each.may_answer and each.invited.unit.id == actor.unit_id],
        "may_register": any(each.may_register for each in units),
        "may_ask": any(
            permissions.may_ask_chair(actor, meeting, each.invited.unit.id, bundle.invited_unit_ids) for each in units
        ),
        "sees_requests": decides or permissions.may_view_people(actor, meeting, actor.unit_id),
        "pending": len(waiting) + sum(row.consent is Consent.PENDING for row in rows) if decides else 0,
        "may_checkin": permissions.may_run_checkin(actor, meeting),
        "may_export": permissions.may_export_attendance(actor, meeting),
    }


def _describe_unit(actor: Actor, bundle: MeetingBundle, invited: Invited, rows: Sequence[Delegate]) -> UnitAnswer:
    own = [row for row in rows if row.unit_id == invited.unit.id]
    unit_id, units = invited.unit.id, bundle.invited_unit_ids
    given = invited.invitation.answer is not Answer.NEEDS_ACTION
    return UnitAnswer(
        invited=invited,
        answer=answer_of_unit(invited.invitation.answer, [row.answer for row in own if is_expected(row)]),
        outdated=given and invited.invitation.answer_sequence < bundle.meeting.sequence,
        people=own if permissions.may_view_people(actor, bundle.meeting, unit_id) else (),
        count=len(own),
        sees_people=permissions.may_view_people(actor, bundle.meeting, unit_id),
        may_answer=permissions.may_answer_for_unit(actor, bundle.meeting, unit_id, units),
        may_register=permissions.may_register_people(actor, bundle.meeting, unit_id, units),
    )


async def show_delegates(request: web.Request) -> web.Response:
    return await _render_unit(request, read_key(request.query.get("unit")), EMPTY)


async def submit_delegates(request: web.Request) -> web.Response:
    """One person, or several pasted lines: all of them are put on the list or none."""
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    unit_id, pasted = read_key(fields.raw("unit")), _read_pasted(fields)
    faults: list[Fault] = []
    drafts: list[DelegateDraft] = []
    if fields.raw("do") == "paste":
        lines, faults = read_lines(pasted)
        known = await _list_names(request, unit_id)
        faults = sorted([*faults, *find_known(lines, known)], key=lambda fault: fault.number)
        site_id = fields.key("site")
        drafts = [
            DelegateDraft(full_name=line.full_name, position=line.position, email=line.email, site_id=site_id)
            for line in lines
        ]
        if faults:
            fields.refuse("lines", _("Có {n} dòng cần sửa. Chưa có ai được thêm.", n=len(faults)))
        elif not drafts:
            fields.refuse("lines", _("Hãy dán danh sách, mỗi người một dòng."))
    else:
        drafts = [_read_draft(fields)]

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            added = await delegates.register_delegates(session, actor, slug, unit_id or 0, drafts, now_of(request))
            bundle = await load_visible(session, actor, slug)
            for row in added:
                await queue_for_delegate(session, bundle, row, now_of(request))

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect(f"/meetings/{slug}/delegates?unit={unit_id}", "people")
    values = {name: fields.raw(name) for name in EMPTY}
    return await _render_unit(request, unit_id, values, fields.errors, pasted, faults, status_of(outcome))


def _read_pasted(fields: Fields) -> str:
    """Cells of a spreadsheet come with tabs between them."""
    value = fields.values.get("lines")
    return clean(value.replace("\t", "; ")) if isinstance(value, str) else ""


def _read_draft(fields: Fields) -> DelegateDraft:
    return DelegateDraft(
        full_name=" ".join(fields.raw("full_name").split()),
        position=" ".join(fields.raw("position").split()),
        email=fields.raw("email"),
        site_id=fields.key("site"),
        is_head=fields.flag("is_head"),
        substitute_for=" ".join(fields.raw("substitute_for").split()),
    )


async def _list_names(request: web.Request, unit_id: int | None) -> list[tuple[str, str]]:
    """Who is on the unit's list already, for somebody who may put people there."""
    async with request.app[DATABASE].read() as session:
        bundle, _invited = await _load_unit(request, session, unit_id)
        if not permissions.may_register_people(
            actor_of(request), bundle.meeting, unit_id or 0, bundle.invited_unit_ids
        ):
            raise NotAllowed
        return [(row.full_name, row.position) for row in await delegates.list_people(session, bundle.id, unit_id)]


async def _load_unit(request: web.Request, session: AsyncSession, unit_id: int | None) -> tuple[MeetingBundle, Invited]:
    """The meeting and the unit that is asked for, else the own one or the first that may be seen."""
    actor = actor_of(request)
    bundle = await load_visible(session, actor, request.match_info["slug"])
    seen = [each for each in bundle.invitations if permissions.may_view_people(actor, bundle.meeting, each.unit.id)]
    if not seen:
        raise NotAllowed
    if unit_id is None:
        own = next((each for each in seen if each.unit.id == actor.unit_id), seen[0])
        return bundle, own
    invited = next((each for each in seen if each.unit.id == unit_id), None)
    if invited is None:
        raise NotFound
    return bundle, invited


async def _render_unit(
    request: web.Request,
    unit_id: int | None,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    pasted: str = "",
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> web.Response:
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        bundle, invited = await _load_unit(request, session, unit_id)
        everybody = await delegates.list_people(session, bundle.id)
        places = await delegates.list_places(session, bundle, invited.unit.id)
    meeting, unit = bundle.meeting, invited.unit.id
    rows = [row for row in everybody if row.unit_id == unit]
    context = {
        "bundle": bundle,
        "meeting": meeting,
        "invited": invited,
        "units": [
            (each, sum(row.unit_id == each.unit.id for row in everybody))
            for each in bundle.invitations
            if permissions.may_view_people(actor, meeting, each.unit.id)
        ],
        "rows": [(row, delegates.find_place(bundle, row), is_outdated(bundle, row)) for row in rows],
        "tally": count_answers(row.answer for row in rows if is_expected(row)),
        "places": name_places(bundle, invited, places),
        "may_register": permissions.may_register_people(actor, meeting, unit, bundle.invited_unit_ids),
        "may_answer": permissions.may_answer_for_unit(actor, meeting, unit, bundle.invited_unit_ids),
        "may_ask": permissions.may_ask_chair(actor, meeting, unit, bundle.invited_unit_ids),
        "may_decide": permissions.may_decide_places(actor, meeting),
        "is_chair": permissions.is_chair(actor, meeting),
        "values": values,
        "pasted": pasted,
        "faults": [(fault.number, _(fault.message, **fault.values)) for fault in faults],
        "errors": errors or {},
    }
    return render(request, "delegates.html", context, status)


def is_outdated(bundle: MeetingBundle, row: Delegate) -> bool:
    """Whether it was answered before the meeting was changed."""
    return row.answer is not Answer.NEEDS_ACTION and row.answer_sequence < bundle.meeting.sequence


def name_places(bundle: MeetingBundle, invited: Invited, places: Sequence[Any]) -> list[tuple[str, str]]:
    """The sites of a unit's people as options: an empty value is where the unit sits."""
    own = invited.invitation.site_id
    options = [("", _("Theo đơn vị: {place}", place=invited.site.name if invited.site else _("chưa chọn điểm cầu")))]
    for place in places:
        if place.id != own:
            hall = place.id == bundle.meeting.hall_id
            options.append((str(place.id), _("Điểm cầu chính: {hall}", hall=place.name) if hall else place.name))
    return options


async def show_delegate(request: web.Request) -> web.Response:
    return await _render_delegate(request, None, {})


async def submit_delegate(request: web.Request) -> web.Response:
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    draft, delegate_id = _read_draft(fields), key_of(request)

    async def change() -> Delegate:
        async with request.app[DATABASE].write() as session:
            before = await session.get(Delegate, delegate_id)
            email = before.email if before else ""
            row = await delegates.edit_delegate(session, actor, slug, delegate_id, draft, now_of(request))
            if row.email and row.email != email:
                await queue_for_delegate(session, await load_visible(session, actor, slug), row, now_of(request))
            return row

    outcome = await attempt(fields, change)
    if fields.errors:
        values = {name: fields.raw(name) for name in EMPTY}
        return await _render_delegate(request, values, fields.errors, status_of(outcome))
    unit_id = outcome.unit_id if isinstance(outcome, Delegate) else ""
    return redirect(f"/meetings/{slug}/delegates?unit={unit_id}", "people")


async def _render_delegate(
    request: web.Request, values: Mapping[str, str] | None, errors: Mapping[str, str], status: int = 200
) -> web.Response:
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, request.match_info["slug"])
        row = await get_delegate(session, bundle.id, key_of(request))
        if not permissions.may_register_people(actor, bundle.meeting, row.unit_id, bundle.invited_unit_ids):
            raise NotAllowed
        invited = next(each for each in bundle.invitations if each.unit.id == row.unit_id)
        places = await delegates.list_places(session, bundle, row.unit_id)
    known = {name: getattr(row, name) for name in ("full_name", "position", "email", "substitute_for")}
    known |= {"site": str(row.site_id or ""), "is_head": "1" if row.is_head else ""}
    context = {
        "bundle": bundle,
        "meeting": bundle.meeting,
        "invited": invited,
        "row": row,
        "places": name_places(bundle, invited, places),
        "values": values or known,
        "errors": errors,
    }
    return render(request, "delegate.html", context, status)


async def submit_remove(request: web.Request) -> web.Response:
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].write() as session:
        row = await delegates.remove_delegate(session, actor, slug, key_of(request), now_of(request))
        await queue_for_removed(session, await load_visible(session, actor, slug), row, now_of(request))
    return redirect(f"/meetings/{slug}/delegates?unit={row.unit_id}", "person_removed")


async def submit_consent(request: web.Request) -> web.Response:
    """The chair's word on a place of the list."""
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    async with request.app[DATABASE].write() as session:
        given = fields.flag("given")
        row = await delegates.decide_place(session, actor, slug, key_of(request), given, now_of(request))
    back = "requests" if fields.raw("from") == "requests" else f"delegates?unit={row.unit_id}"
    return redirect(f"/meetings/{slug}/{back}", "consented")
