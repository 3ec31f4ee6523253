"""A meeting with its organs and who asks: what every use case of an official document loads first, notes at last."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.audit import write_entry
from meetings.document_models import OfficialDocument
from meetings.documents.standing import LEFT
from meetings.documents.store import find_meeting, get_document
from meetings.errors import Conflict, NotAllowed, NotFound
from meetings.kinds import DocumentKind, UnitKind
from meetings.meeting_store import MeetingBundle, get_meeting, is_visible, lock_meeting
from meetings.org_tree import OrgTree, UnitView
from meetings.people_store import load_tree
from meetings.permissions import Actor


@dataclass(frozen=True, slots=True)
class Access:
    """``unit_ids``: in whose name the person acts on the meeting's day."""

    actor: Actor
    bundle: MeetingBundle
    tree: OrgTree
    unit_ids: frozenset[int]

    def may_keep(self, organ_id: int) -> bool:
        return permissions.may_keep_documents(self.actor, self.unit_ids, organ_id)

    def may_view_drafts(self, organ_id: int) -> bool:
        return permissions.may_view_drafts(self.actor, self.bundle.meeting, self.unit_ids, organ_id)

    def may_see(self, document: OfficialDocument) -> bool:
        """Drafts: those who prepare them. What has left: everybody who sees the meeting, or may read its minutes."""
        if self.may_view_drafts(document.organ_unit_id):
            return True
        if document.issued_at is None or document.state not in LEFT:
            return False
        if document.kind == DocumentKind.INVITATION:
            return is_visible(self.actor, self.bundle)
        return permissions.may_view_minutes(self.actor, self.bundle.meeting, self.bundle.invited_unit_ids)

    @property
    def offices(self) -> list[UnitView]:
        """Those that serve the convening unit."""
        convening = self.bundle.convening
        below = self.tree.children(convening.id) if convening.id in self.tree else []
        return [unit for unit in below if unit.kind is UnitKind.OFFICE]

    @property
    def organs(self) -> list[UnitView]:
        """Who may issue: the convening unit, the office that serves it, and the unit that prepares the meeting."""
        preparing = self.tree.get(self.bundle.meeting.preparing_unit_id)
        found = [self.bundle.convening, *self.offices, *([preparing] if preparing else [])]
        return list({unit.id: unit for unit in found}.values())


def require_keeping(access: Access, document: OfficialDocument) -> None:
    """Of the organ's clerk and the office."""
    if not access.may_keep(document.organ_unit_id):
        raise NotAllowed


async def load_access(session: AsyncSession, actor: Actor, slug: str) -> Access:
    """``NotFound`` also for who may know neither of the meeting nor, as a clerk, of its organ's documents."""
    bundle = await get_meeting(session, slug)
    tree = await load_tree(session, bundle.day)
    access = Access(actor, bundle, tree, tree.acted_for(actor.unit_id))
    if not is_visible(actor, bundle) and not any(access.may_view_drafts(organ.id) for organ in access.organs):
        raise NotFound
    return access


async def load_to_change(
    session: AsyncSession,
    actor: Actor,
    slug: str,
    document_id: int,
    version: int,
    require: Callable[[Access, OfficialDocument], None],
    kinds: Collection[DocumentKind] = tuple(DocumentKind),
) -> tuple[Access, OfficialDocument]:
    """Nobody else changes the meeting or its document meanwhile. ``Conflict`` when ``version`` is an older one.

    ``require`` raises for who may not do it: they learn nothing of the version.
    """
    await lock_meeting(session, slug)
    access = await load_access(session, actor, slug)
    document = await get_document(session, access.bundle.id, document_id)
    if document.kind not in kinds or not access.may_view_drafts(document.organ_unit_id):
        raise NotFound
    require(access, document)
    if document.version != version:
        raise Conflict(field="version")
    return access, document


async def note_step(
    session: AsyncSession,
    actor: Actor | None,
    action: str,
    document: OfficialDocument,
    detail: dict[str, Any],
    now: datetime,
) -> None:
    """What was done with the document, in the audit log of its meeting."""
    subject, known = f"meeting:{document.meeting_id}", {"document": document.id, "version": document.version}
    await write_entry(session, actor, action, subject, known | detail, now)


async def load_document(session: AsyncSession, actor: Actor, document_id: int) -> tuple[Access, OfficialDocument]:
    """By its number in the books alone; ``NotFound`` also for who may not see it."""
    slug = (await find_meeting(session, document_id)).slug
    access = await load_access(session, actor, slug)
    document = await get_document(session, access.bundle.id, document_id)
    if not access.may_see(document):
        raise NotFound
    return access, document
