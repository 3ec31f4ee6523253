"""Use cases of letters that wait or could not be sent: who sees them, and sending one again."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.invitation_models import Mail
from meetings.kinds import MailState
from meetings.models import Meeting
from meetings.permissions import Actor, may_send_mail_again


async def retry_mail(session: AsyncSession, actor: Actor, mail_id: int, now: datetime) -> Mail:
    """Send a letter again, or at once if it waits; three further days are given to it. One that was sent stays sent."""
    mail = await session.get(Mail, mail_id, with_for_update=True)
    if mail is None:
        raise NotFound
    meeting = await session.get(Meeting, mail.meeting_id) if mail.meeting_id is not None else None
    if not may_send_mail_again(actor, meeting):
        raise NotAllowed
    if mail.state is MailState.SENT:
        raise Conflict(N_("Thư này đã gửi xong."))
    mail.state, mail.attempts, mail.error = MailState.QUEUED, 0, ""
    mail.next_at = mail.queued_at = now
    session.add(mail)
    await session.flush()
    subject = f"meeting:{mail.meeting_id}" if mail.meeting_id is not None else f"mail:{mail.id}"
    await write_entry(session, actor, "mail.retry", subject, {"mail": mail.id, "recipient": mail.recipient}, now)
    return mail
