"""What is late and what is due: every open clock of the meetings that somebody runs, the most urgent first.

``deadlines.html``
    ``groups``   [(state, name, [Line])]: late, soon, later
    ``filters``  what the address says; ``kinds`` to choose from
    ``states``   likewise, with how many of each there are before ``state`` narrows them
    ``sees_all`` the office may also look at its own alone
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import calendar_permissions, permissions
from meetings.deadline_store import list_clocks, list_running
from meetings.deadlines import Deadline, DeadlineKind, DeadlineState, list_open, list_pressing
from meetings.errors import NotAllowed
from meetings.folding import fold
from meetings.meeting_store import MeetingBundle, bundle_meetings, is_visible
from meetings.models import Role
from meetings.permissions import Actor
from web.i18n import _
from web.inputs import clean
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.deadline_words import KINDS, STATES, Chip, make_chip, make_chips

WORK = {  # where the work is done
    DeadlineKind.INVITATION: "/invitation",
    DeadlineKind.PAPERS: "/papers",
    DeadlineKind.TRIAL: "/rehearsal",
    DeadlineKind.CONCLUSIONS: "/minutes",
}


@dataclass(frozen=True)
class Filters:
    """What the list shows, as the address says it. Anything unknown in the address counts as not said."""

    kind: DeadlineKind | None
    state: DeadlineState | None
    mine: bool
    text: str

    def address(self, **changes: object) -> str:
        values: dict[str, object] = {
            "kind": self.kind.value if self.kind else "",
            "state": self.state.value if self.state else "",
            "whose": "mine" if self.mine else "",
            "q": self.text,
        }
        query = urlencode({key: value for key, value in (values | changes).items() if value})
        return f"/deadlines?{query}" if query else "/deadlines"


@dataclass(frozen=True)
class Line:
    """One clock of one meeting. ``url``: where it is met."""

    bundle: MeetingBundle
    deadline: Deadline
    chip: Chip
    url: str


def read_filters(request: web.Request) -> Filters:
    query = request.query
    kind, state = query.get("kind", ""), query.get("state", "")
    return Filters(
        kind=DeadlineKind(kind) if kind in set(WORK) else None,
        state=DeadlineState(state) if state in set(STATES) else None,
        mine=query.get("whose") == "mine",
        text=clean(query.get("q", ""))[:100],
    )


async def show_deadlines(request: web.Request) -> web.Response:
    actor, now, filters = actor_of(request), now_of(request), read_filters(request)
    if not calendar_permissions.may_view_deadlines(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        lines = await list_lines(session, actor, now, mine=filters.mine)
    wanted = fold(filters.text)
    lines = [line for line in lines if wanted in fold(line.bundle.meeting.title)]
    lines = [line for line in lines if filters.kind in (None, line.deadline.kind)]
    counts = Counter(line.deadline.state for line in lines)
    groups = [
        (state, _(name), [line for line in lines if line.deadline.state is state])
        for state, name in STATES.items()
        if filters.state in (None, state)
    ]
    context = {
        "groups": [group for group in groups if group[2]],
        "filters": filters,
        "kinds": [(kind.value, _(KINDS[kind])) for kind in WORK],
        "states": [(state.value, _(name), counts[state]) for state, name in STATES.items()],
        "sees_all": actor.has(Role.OFFICE, Role.INSPECTOR),
    }
    return render(request, "deadlines.html", context)


async def list_lines(session: AsyncSession, actor: Actor, now: datetime, *, mine: bool = False) -> list[Line]:
    """The open clocks that concern ``actor``: of the meetings that this person runs; the inspector sees all.

    ``mine``: only of those that name this person as secretary.
    """
    bundles = await bundle_meetings(session, await list_running(session, now))
    shown = [bundle for bundle in bundles if _concerns(actor, bundle, mine=mine)]
    clocks = await list_clocks(session, [bundle.meeting for bundle in shown], now)
    lines = [
        Line(bundle, deadline, make_chip(deadline, now), f"/meetings/{bundle.slug}{WORK[deadline.kind]}")
        for bundle in shown
        for deadline in list_open(clocks[bundle.id])
    ]
    return sorted(lines, key=lambda line: (line.deadline.due, line.bundle.id))


async def list_row_chips(
    session: AsyncSession, actor: Actor, bundles: Sequence[MeetingBundle], now: datetime
) -> dict[int, list[Chip]]:
    """What is late or near, by meeting, for a list: of the meetings that this person runs."""
    own = [bundle.meeting for bundle in bundles if permissions.runs_meeting(actor, bundle.meeting)]
    clocks = await list_clocks(session, own, now)
    return {meeting_id: make_chips(list_pressing(deadlines), now) for meeting_id, deadlines in clocks.items()}


def _concerns(actor: Actor, bundle: MeetingBundle, *, mine: bool) -> bool:
    meeting = bundle.meeting
    if mine:
        return permissions.is_secretary(actor, meeting)
    return permissions.runs_meeting(actor, meeting) or (actor.has(Role.INSPECTOR) and is_visible(actor, bundle))
