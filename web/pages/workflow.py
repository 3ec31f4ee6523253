"""The steps of a meeting that somebody takes by hand: submit, approve, return, postpone, change of form, and the rest.

One page for all: what the step does, what it asks for, one button. ``meeting_step.html``
    ``bundle``
    ``step``     its code
    ``values``   what was typed; ``errors`` a refused form: field to sentence
    ``stale``    somebody else changed the meeting meanwhile: what was typed is kept, pressing again takes the step
    ``halls``, ``exclusions``   what a change of form, or of whether it counts, offers
    ``invited``  an invitation was sent: those who were invited are told by mail
    ``waits``    another form of this person's takes effect when it is approved
    ``reach``    how far calling it off may reach in its series; ``None`` for a single meeting
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions, permissions
from meetings.deadline_store import find_invitation_time
from meetings.errors import Conflict, NotAllowed
from meetings.interval import Span
from meetings.kinds import EXCLUSIONS, Form, MeetingStatus
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import Meeting
from meetings.people_store import list_sites, load_tree
from meetings.permissions import Actor
from meetings.scheduling import Terms
from meetings.series_edits import Scope
from web.i18n import _, local
from web.inputs import Fields, read_form, read_key, read_span
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.booking_choices import describe_site, sort_halls
from web.pages.booking_series import describe_reach, read_scope
from web.pages.booking_terms import terms_of
from web.pages.forms import attempt, redirect, status_of, sure

VALUES = (
    "reason",
    "scope",
    "planned_form",
    "hall_id",
    "starts_on",
    "starts_at",
    "ends_on",
    "ends_at",
    "exclusion",
    "exclusion_reason",
    "relayed_from",
)


@dataclass(frozen=True)
class Call:
    """What a step is taken with. The form was read: ``form`` and ``span`` where the step asks for them."""

    session: AsyncSession
    actor: Actor
    slug: str
    fields: Fields
    request: web.Request
    form: Form | None = None
    span: Span | None = None

    @property
    def version(self) -> int:
        return read_key(self.fields.raw("version")) or 0

    @property
    def reason(self) -> str:
        return self.fields.raw("reason")

    @property
    def terms(self) -> Terms:
        return terms_of(self.request)

    @property
    def now(self) -> datetime:
        return now_of(self.request)


@dataclass(frozen=True)
class Step:
    """``done`` names the sentence that the meeting's page shows afterwards."""

    may: Callable[[Actor, Meeting], bool]
    take: Callable[[Call], Awaitable[Meeting]]
    done: str


async def _submit(call: Call) -> Meeting:
    return await actions.submit_booking(call.session, call.actor, call.slug, call.version, call.now, terms=call.terms)


async def _approve(call: Call) -> Meeting:
    return await actions.approve_booking(call.session, call.actor, call.slug, call.version, call.now, call.terms)


async def _return(call: Call) -> Meeting:
    return await actions.return_booking(call.session, call.actor, call.slug, call.reason, call.version, call.now)


async def _postpone(call: Call) -> Meeting:
    return await actions.postpone_meeting(call.session, call.actor, call.slug, call.reason, call.version, call.now)


async def _cancel(call: Call) -> Meeting:
    if (scope := read_scope(call.fields.raw("scope"))) is not Scope.THIS:
        return await actions.cancel_series(call.session, call.actor, call.slug, call.reason, scope, call.now)
    return await actions.cancel_meeting(call.session, call.actor, call.slug, call.reason, call.now)


async def _abandon(call: Call) -> Meeting:
    return await actions.abandon_meeting(call.session, call.actor, call.slug, call.reason, call.version, call.now)


async def _change_form(call: Call) -> Meeting:
    form, hall = sure(call.form), call.fields.key("hall_id")
    return await actions.change_form(
        call.session, call.actor, call.slug, form, hall, call.reason, call.version, call.now, call.terms
    )


async def _resume(call: Call) -> Meeting:
    return await actions.resume_meeting(
        call.session, call.actor, call.slug, sure(call.span), call.version, call.now, call.terms
    )


async def _change_exclusion(call: Call) -> Meeting:
    exclusion, basis, relayed = (call.fields.raw(name) for name in ("exclusion", "exclusion_reason", "relayed_from"))
    return await actions.change_exclusion(
        call.session, call.actor, call.slug, exclusion, basis, relayed, call.reason, call.version, call.now
    )


STEPS = {
    "submit": Step(permissions.may_submit_booking, _submit, "booked"),
    "approve": Step(permissions.may_approve_booking, _approve, "approved"),
    "return": Step(permissions.may_approve_booking, _return, "returned"),
    "postpone": Step(permissions.may_postpone_meeting, _postpone, "postponed"),
    "form": Step(permissions.may_change_form, _change_form, "form_changed"),
    "cancel": Step(permissions.may_cancel_meeting, _cancel, "cancelled"),
    "resume": Step(permissions.may_close_otherwise, _resume, "resumed"),
    "abandon": Step(permissions.may_close_otherwise, _abandon, "abandoned"),
    "exclusion": Step(permissions.may_change_exclusion, _change_exclusion, "exclusion"),
}


def asks_approval(request: web.Request, meeting: Meeting) -> bool:
    """Whether what this person changes of the meeting's form waits for the office or the chair."""
    actor = actor_of(request)
    free = permissions.may_fix_booking(actor, meeting.chair_id) or permissions.is_chair(actor, meeting)
    return request.app[CONFIG].approval_required and not free


def list_steps(request: web.Request, meeting: Meeting) -> frozenset[str]:
    """The steps to offer: another form would need approval anew, and what was invited to is no longer submitted."""
    actor = actor_of(request)
    steps = {code for code, step in STEPS.items() if step.may(actor, meeting)}
    if meeting.status is MeetingStatus.INVITED and asks_approval(request, meeting):
        steps.discard("form")
    return frozenset(steps)


async def show_step(request: web.Request) -> web.Response:
    bundle = await _load(request)
    return await _render(request, bundle, _values_of(bundle), {})


async def submit_step(request: web.Request) -> web.Response:
    actor, fields = actor_of(request), await read_form(request)
    code, slug = request.match_info["step"], request.match_info["slug"]
    bundle, step = await _load(request), STEPS[code]
    form = fields.choice("planned_form", Form, _("Hãy chọn hình thức họp.")) if code == "form" else None
    span = read_span(fields, "starts_on", "starts_at", "ends_on", "ends_at") if code == "resume" else None
    fields.text("reason", 500)

    async def change() -> Meeting:
        async with request.app[DATABASE].write() as session:
            return await step.take(Call(session, actor, slug, fields, request, form, span))

    outcome = await attempt(fields, change)
    if isinstance(outcome, Meeting):
        waits = outcome.status is MeetingStatus.SUBMITTED
        return redirect(f"/meetings/{slug}", "submitted" if waits else step.done)
    values = _values_of(bundle) | {name: fields.raw(name) for name in VALUES if name in fields.values}
    for name in ("change_reason", "form_reason"):  # of the booking; here there is one reason
        if (told := fields.errors.pop(name, "")) and "reason" not in fields.errors:
            fields.errors["reason"] = told
    stale = isinstance(outcome, Conflict) and outcome.field == "version"
    if stale:
        fields.errors.pop("version")
        bundle = await _load(request)
    return await _render(request, bundle, values, fields.errors, status_of(outcome), stale=stale)


async def _load(request: web.Request) -> MeetingBundle:
    """The meeting, for whom the step is open. When it is no longer, the meeting's page says where it stands now."""
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor, request.match_info["slug"])
    if not STEPS[request.match_info["step"]].may(actor, bundle.meeting):
        raise NotAllowed
    return bundle


def _values_of(bundle: MeetingBundle) -> dict[str, str]:
    meeting = bundle.meeting
    start, end = local(meeting.starts_at), local(meeting.ends_at)
    return {
        "reason": "",
        "planned_form": "",  # the present one is what it is changed from
        "hall_id": str(meeting.hall_id or ""),
        "starts_on": "",
        "starts_at": f"{start:%H:%M}",
        "ends_on": "",
        "ends_at": f"{end:%H:%M}",
        "exclusion": meeting.exclusion,
        "exclusion_reason": meeting.exclusion_reason,
        "relayed_from": meeting.relayed_from,
    }


async def _render(
    request: web.Request,
    bundle: MeetingBundle,
    values: dict[str, str],
    errors: dict[str, str],
    status: int = 200,
    *,
    stale: bool = False,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        tree = await load_tree(session, bundle.day)
        sites = [site for site in await list_sites(session, bundle.day) if site.unit_id in tree]
        invited = await find_invitation_time(session, bundle.meeting) is not None
        reach = await describe_reach(session, bundle, values.get("scope", ""), now_of(request))
    near = {bundle.convening.id, *(unit.id for unit in tree.children(bundle.convening.id) if unit.rank == 1)}
    context = {
        "bundle": bundle,
        "step": request.match_info["step"],
        "values": values,
        "errors": errors,
        "stale": stale,
        "invited": invited,
        "waits": request.match_info["step"] == "form" and asks_approval(request, bundle.meeting),
        "reach": reach,
        "halls": [(site.id, describe_site(site, tree)) for site in sort_halls(sites, tree, near)],
        "exclusions": [(code, _(name)) for code, name in EXCLUSIONS.items()],
    }
    return render(request, "meeting_step.html", context, status)
