"""An occurrence that goes on under another name in calendars: in another series, at another start, or on its own.

Calendars know an occurrence by the UID of its series and the start that the rule gave it. When a change of the series
gives it others, the invitation under the new name is one more entry to them: the old one is called off beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.interval import Span
from meetings.invitation_models import Mail
from meetings.invitations.ical import uid_of, write_cancel
from meetings.invitations.letters import make_event, write_letter
from meetings.invitations.mail_store import TIDYING, MailDraft, list_meeting_calendars, queue_mail
from meetings.invitations.notices import key_of
from meetings.invitations.recipients import Recipient
from meetings.meeting_store import MeetingBundle

HEADING = "Xóa mục lịch cũ"
OPENING = (
    "Chuỗi họp được sắp xếp lại nên mục lịch cũ của cuộc họp dưới đây được xóa khỏi lịch điện tử.",
    "Cuộc họp không hủy. Thông tin hiện nay:",
)


@dataclass(frozen=True, slots=True)
class EventName:
    """What calendars know a meeting by, and when it was to be under that name."""

    uid: str
    recurrence_at: datetime | None
    span: Span


def name_event(bundle: MeetingBundle) -> EventName:
    meeting = bundle.meeting
    at = meeting.recurrence_at if meeting.series_id is not None else None
    return EventName(uid_of(meeting.slug, meeting.calendar_uid), at, bundle.planned)


def list_renamed(names: Mapping[int, EventName], bundles: Iterable[MeetingBundle]) -> list[MeetingBundle]:
    """Those that had another name before. ``names``: what they were known by, by meeting."""

    def is_renamed(bundle: MeetingBundle) -> bool:
        before, after = names[bundle.id], name_event(bundle)
        return (before.uid, before.recurrence_at) != (after.uid, after.recurrence_at)

    return [bundle for bundle in bundles if is_renamed(bundle)]


async def queue_tidying(session: AsyncSession, bundle: MeetingBundle, before: EventName, now: datetime) -> list[Mail]:
    """Takes the entry under the old name out of the calendars that hold the meeting."""
    last = {mail.recipient.lower(): mail for mail in await list_meeting_calendars(session, [bundle.id])}
    drafts = []
    for mail in (mail for mail in last.values() if mail.method == "REQUEST"):
        to = Recipient(mail.recipient, mail.recipient_name or mail.recipient)
        letter = write_letter(HEADING, list(OPENING), bundle, to)
        event = replace(
            make_event(bundle, now, to),
            uid=before.uid,
            recurrence_at=before.recurrence_at,
            span=before.span,
            is_cancelled=True,
        )
        drafts.append(
            MailDraft(
                key=key_of(f"{TIDYING}{bundle.id}:{bundle.meeting.version}", to),
                recipient=to.address,
                recipient_name=to.name,
                subject=letter.subject,
                body=letter.body,
                meeting_id=bundle.id,
                calendar=write_cancel([event]),
                method="CANCEL",
            )
        )
    return await queue_mail(session, drafts, now)
