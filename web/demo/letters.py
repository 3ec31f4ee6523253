"""Letters about the meeting whose invitation has left, one of which did not arrive, and the secretary's feed.

Their addresses are of nobody (RFC 2606): whatever mail server is set, the demo writes to no one.
"""

import secrets
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.invitation_models import CalendarFeed
from meetings.invitations.letters import write_subject
from meetings.invitations.mail_rules import Trouble
from meetings.invitations.mail_store import MailDraft, note_failure, note_sent, queue_mail
from meetings.kinds import MeetingStatus
from meetings.meeting_store import get_meeting
from meetings.models import Meeting
from meetings.tokens import hash_token
from web.demo.people import SECRETARY
from web.demo.units import Cast

REFUSED = "550 5.1.1 Recipient address rejected: User unknown"


async def add_letters(session: AsyncSession, cast: Cast, now: datetime) -> None:
    query = select(Meeting.slug).where(col(Meeting.is_demo), Meeting.status == MeetingStatus.INVITED)
    slug = (await session.exec(query.order_by(col(Meeting.starts_at)))).first()
    if slug is not None:
        await _add_letters(session, slug, now - timedelta(minutes=20))
    session.add(
        CalendarFeed(
            token_hash=hash_token(secrets.token_urlsafe(32)),  # nobody knows its secret
            account_id=cast.accounts[SECRETARY],
            label="Điện thoại",
            created_at=now - timedelta(days=30),
            used_at=now - timedelta(hours=1),
        )
    )
    await session.flush()


async def _add_letters(session: AsyncSession, slug: str, at: datetime) -> None:
    bundle = await get_meeting(session, slug)
    drafts = [
        MailDraft(
            key=f"demo:{bundle.id}:{each.unit.id}",
            recipient=f"donvi{each.unit.id}@demo.invalid",
            recipient_name=each.unit.name,
            subject=write_subject("Giấy mời", bundle),
            body="",
            meeting_id=bundle.id,
        )
        for each in bundle.invitations
    ]
    *arrived, lost = await queue_mail(session, drafts, at)
    for mail in arrived:
        await note_sent(session, mail.id or 0, at + timedelta(seconds=5))
    await note_failure(session, lost.id or 0, Trouble.RECIPIENT, REFUSED, at + timedelta(seconds=5))
