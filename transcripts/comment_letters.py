"""The letter that asks the invited units to comment on draft minutes. Nothing of the draft stands in it."""

from hashlib import sha256

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.invitations.ical import ORIGIN
from meetings.invitations.letters import write_letter
from meetings.invitations.mail_store import OF_COMMENTS, MailDraft
from meetings.invitations.recipients import Recipient, find_mailboxes
from meetings.meeting_store import MeetingBundle
from transcripts.models import Minutes

HEADING = "Lấy ý kiến dự thảo biên bản"


async def draft_letters(session: AsyncSession, bundle: MeetingBundle, minutes: Minutes) -> list[MailDraft]:
    """One to each mailbox of an invited unit; another day makes them new ones."""
    until = minutes.comments_until
    if until is None:
        return []
    names = {invited.unit.id: invited.unit.name for invited in bundle.invitations}
    opening = [
        f"Đề nghị quý cơ quan, đơn vị góp ý dự thảo biên bản cuộc họp dưới đây đến hết ngày {until:%d/%m/%Y}.",
        f"Đọc dự thảo và góp ý tại: {ORIGIN}/meetings/{bundle.slug}/minutes/comments",
    ]
    drafts = []
    for unit_id, addresses in (await find_mailboxes(session, list(names))).items():
        for address in addresses:
            to = Recipient(address, names[unit_id], unit_id=unit_id)
            letter = write_letter(HEADING, opening, bundle, to)
            mailbox = sha256(address.lower().encode()).hexdigest()[:16]
            drafts.append(
                MailDraft(
                    key=f"{OF_COMMENTS}:{minutes.id}:{until.isoformat()}:{mailbox}",
                    recipient=address,
                    recipient_name=names[unit_id],
                    subject=letter.subject,
                    body=letter.body,
                    meeting_id=bundle.id,
                )
            )
    return drafts
