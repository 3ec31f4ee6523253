"""What the pages of an official invitation show: where it stands, the paper, what may be done next, what it says.

``invitation.html`` gets ``view`` (below) and, of a refused form, ``errors`` and ``values``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.document_models import OfficialDocument
from meetings.documents.access import Access
from meetings.documents.standing import OPEN, Standing, standing_of
from meetings.documents.store import next_number
from meetings.errors import N_
from meetings.invitations.document_access import may_draft
from meetings.invitations.document_store import is_current, list_invitations
from meetings.invitations.drafting import BASIS, list_outdated
from meetings.kinds import BOOKED
from meetings.meeting_store import MeetingBundle, is_visible
from meetings.people_store import load_tree
from meetings.printing.invitation import InvitationContent, InvitationSheet, build_invitation_sheet
from meetings.printing.wording import write_number
from web.i18n import _, today
from web.keys import actor_of, now_of

NAMES = {
    Standing.NONE: N_("Chưa soạn"),
    Standing.DRAFTED: N_("Đang soạn"),
    Standing.SUBMITTED: N_("Đã trình ký"),
    Standing.SIGNED: N_("Đã ký, chờ cấp số"),
    Standing.NUMBERED: N_("Đã cấp số, chờ phát hành"),
    Standing.ISSUED: N_("Đã phát hành"),
    Standing.WITHDRAWN: N_("Đã thu hồi"),
    Standing.REPLACED: N_("Đã thay thế"),
}
ICONS = {
    Standing.NONE: "file-text",
    Standing.DRAFTED: "pencil",
    Standing.SUBMITTED: "send",
    Standing.SIGNED: "pencil",
    Standing.NUMBERED: "badge-check",
    Standing.ISSUED: "circle-check",
    Standing.WITHDRAWN: "ban",
    Standing.REPLACED: "repeat",
}
STEPS = {  # in the ribbon, each by the standing that it leads to
    Standing.DRAFTED: N_("Soạn"),
    Standing.SUBMITTED: N_("Trình ký"),
    Standing.SIGNED: N_("Ký"),
    Standing.NUMBERED: N_("Cấp số"),
    Standing.ISSUED: N_("Phát hành"),
}


@dataclass(frozen=True)
class Shown:
    """One document as lists show it."""

    document: OfficialDocument
    standing: Standing
    number: str  # "05/GM-UBND"; empty without one

    @property
    def name(self) -> str:
        return _(NAMES[self.standing])

    @property
    def icon(self) -> str:
        return ICONS[self.standing]


@dataclass(frozen=True)
class View:
    """All that the page of a meeting's invitation shows to one person."""

    access: Access
    current: Shown | None
    content: InvitationContent | None
    sheet: InvitationSheet | None
    outdated: list[str]  # in words
    others: list[Shown]  # letters before it, and what was withdrawn; the newest first
    suggested: int | None
    today: date

    @property
    def bundle(self) -> MeetingBundle:
        return self.access.bundle

    @property
    def sees_meeting(self) -> bool:
        """A clerk may know of the document alone."""
        return is_visible(self.access.actor, self.bundle)

    @property
    def standing(self) -> Standing:
        return self.current.standing if self.current else Standing.NONE

    @property
    def is_booked(self) -> bool:
        return self.bundle.meeting.status in BOOKED

    @property
    def may_draft(self) -> bool:
        """Fill in, edit, submit: also where only a redraft is missing."""
        return may_draft(self.access) and self.standing is not Standing.ISSUED

    @property
    def may_keep(self) -> bool:
        return self.current is not None and self.access.may_keep(self.current.document.organ_unit_id)

    @property
    def is_open(self) -> bool:
        """On its way and still what the booking says: the next step may be taken."""
        known = self.current is not None and self.current.document.state in OPEN
        return known and self.is_booked and not self.outdated

    @property
    def may_withdraw(self) -> bool:
        if self.current is None:
            return False
        unnumbered = self.current.document.number is None and may_draft(self.access)
        return self.may_keep or (unnumbered and self.standing is not Standing.ISSUED)

    @property
    def may_send_before(self) -> bool:
        urgent = self.bundle.meeting.urgent and may_draft(self.access) and self.standing is not Standing.ISSUED
        sent = [each.document for each in self.others if each.document.preliminary]
        return urgent and self.is_booked and all(list_outdated(row.content, self.bundle) for row in sent)

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The ribbon: each step's name and whether it is "done", "now" or "next"."""
        order = list(STEPS)
        at = order.index(self.standing) if self.standing in order else -1
        states = ("done" if place <= at else "now" if place == at + 1 else "next" for place in range(len(order)))
        return [(_(STEPS[step]), state) for step, state in zip(order, states, strict=True)]

    @property
    def organs(self) -> list[tuple[int, str]]:
        """Who may issue, as options."""
        return [(unit.id, unit.full_organ) for unit in self.access.organs]

    @property
    def returned(self) -> dict[str, str]:
        """Why it came back, of a draft that did."""
        found: dict[str, str] = (self.current.document.content.get("returned") if self.current else None) or {}
        return found


def describe_document(document: OfficialDocument) -> Shown:
    number = "" if document.number is None else write_number(str(document.number), document.symbol)
    return Shown(document, standing_of(document), number)


async def load_view(session: AsyncSession, request: web.Request, access: Access) -> View:
    """What this person may see of the meeting's documents."""
    seen = [row for row in await list_invitations(session, access.bundle.id) if access.may_see(row)]
    standing = next((row for row in seen if is_current(row)), None)
    content = InvitationContent.from_json(standing.content) if standing else None
    on = today(now_of(request))
    suggested = None
    if standing is not None and standing.number is None and access.may_keep(standing.organ_unit_id):
        suggested = await next_number(session, standing.organ_unit_id, standing.symbol, on.year)
    outdated = list_outdated(standing.content, access.bundle) if standing else []
    return View(
        access=access,
        current=describe_document(standing) if standing else None,
        content=content,
        sheet=_print(standing, content) if standing and content else None,
        outdated=[_(BASIS[name]) for name in outdated],
        others=[describe_document(row) for row in seen if row is not standing],
        suggested=suggested,
        today=on,
    )


def _print(document: OfficialDocument, content: InvitationContent) -> InvitationSheet:
    return build_invitation_sheet(content, number=document.number, issued_on=document.issued_on)


async def describe_invitation(request: web.Request, session: AsyncSession, bundle: MeetingBundle) -> View | None:
    """For the first lines of the meeting's page (``meeting_invitation.html``); ``None``: there is nothing to say."""
    actor = actor_of(request)
    tree = await load_tree(session, bundle.day)
    view = await load_view(session, request, Access(actor, bundle, tree, tree.acted_for(actor.unit_id)))
    watched = permissions.may_view_drafts(actor, bundle.meeting, view.access.unit_ids, bundle.convening.id)
    return view if view.current or view.others or (watched and view.is_booked) else None


def tell_signatures(document: OfficialDocument) -> list[dict[str, Any]]:
    """What the signed file says of itself, with instants as such."""
    return [
        each | {"at": datetime.fromisoformat(each["at"]) if each["at"] else None}
        for each in document.signatures.get("list", [])
    ]
