"""Use cases of guests: the links by which they come."""

import secrets
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import GuestLink
from meetings.permissions import Actor, may_invite_guests
from meetings.tokens import hash_token


async def create_guest_link(
    session: AsyncSession, actor: Actor, slug: str, label: str, expires_at: datetime, now: datetime
) -> tuple[GuestLink, str]:
    """A link for somebody without an account. The token is returned once; only its SHA-256 is kept."""
    bundle = await _load_inviting(session, actor, slug)
    if actor.account_id is None:
        raise NotAllowed
    if not label.strip():
        raise Invalid(N_("Cần nhập tên khách mời."), field="label")
    if expires_at <= now:
        raise Invalid(N_("Thời hạn của liên kết đã qua."), field="expires_at")
    token = secrets.token_urlsafe(24)
    link = GuestLink(
        meeting_id=bundle.id,
        token_hash=hash_token(token),
        label=label.strip()[:150],
        created_by=actor.account_id,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(link)
    await session.flush()
    await write_entry(session, actor, "guest_link.create", f"meeting:{bundle.id}", {"label": link.label}, now)
    return link, token


async def revoke_guest_link(session: AsyncSession, actor: Actor, slug: str, link_id: int, now: datetime) -> None:
    """The link no longer opens anything. Revoking twice changes nothing."""
    bundle = await _load_inviting(session, actor, slug)
    link = await session.get(GuestLink, link_id)
    if link is None or link.meeting_id != bundle.id:
        raise NotFound
    if link.revoked_at is None:
        link.revoked_at = now
        session.add(link)
        await write_entry(session, actor, "guest_link.revoke", f"meeting:{bundle.id}", {"label": link.label}, now)


async def _load_inviting(session: AsyncSession, actor: Actor, slug: str) -> MeetingBundle:
    bundle = await load_visible(session, actor, slug)
    if not may_invite_guests(actor, bundle.meeting):
        raise NotAllowed
    return bundle
