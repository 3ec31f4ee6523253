"""Deadlines that are near or have passed, told by mail, once each."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.deadline_store import Reminder, list_due_reminders
from meetings.deadlines import DeadlineKind, DeadlineState
from meetings.invitations.addresses import read_address
from meetings.invitations.letters import write_letter
from meetings.invitations.mail_store import REMINDER, MailDraft, list_known_keys
from meetings.invitations.notices import key_of
from meetings.invitations.recipients import Recipient, list_recipients
from meetings.kinds import Answer
from meetings.periods import ZONE

HEADINGS = {
    DeadlineKind.INVITATION: "Nhắc gửi giấy mời",
    DeadlineKind.PAPERS: "Nhắc gửi tài liệu họp",
    DeadlineKind.TRIAL: "Nhắc phiên thử",
    DeadlineKind.CONCLUSIONS: "Nhắc ban hành thông báo kết luận",
}
TASKS = {
    DeadlineKind.INVITATION: "gửi giấy mời cuộc họp dưới đây",
    DeadlineKind.PAPERS: "gửi tài liệu của cuộc họp dưới đây",
    DeadlineKind.TRIAL: "mở phiên thử, kiểm tra đường truyền trước cuộc họp dưới đây",
    DeadlineKind.CONCLUSIONS: "ban hành thông báo kết luận của cuộc họp dưới đây",
}


async def find_due_reminders(session: AsyncSession, now: datetime) -> list[MailDraft]:
    """Letters about every deadline that is near or late and was not told of yet, to be queued.

    Looking is more work than queueing, and most looks find nothing: it needs no transaction that keeps others waiting.
    """
    wanted: dict[str, tuple[Reminder, Recipient]] = {}
    for reminder in await list_due_reminders(session, now):
        for each in await _list_recipients(session, reminder):
            wanted[key_of(f"{REMINDER}:{reminder.key}", each)] = (reminder, each)
    known = await list_known_keys(session, set(wanted)) if wanted else set()
    return [_draft(key, *wanted[key]) for key in wanted if key not in known]


async def _list_recipients(session: AsyncSession, reminder: Reminder) -> list[Recipient]:
    """Whom it concerns; the trial of the line concerns everybody who will be connected, before it is late."""
    people = [
        Recipient(address, person.full_name, runs=True)
        for person in reminder.people
        if (address := read_address(person.email)) is not None
    ]
    if reminder.deadline.kind is not DeadlineKind.TRIAL or reminder.deadline.state is DeadlineState.LATE:
        return people
    invited = await list_recipients(session, reminder.bundle)
    return [*people, *(each for each in invited if not each.runs and each.answer is not Answer.DECLINED)]


def _draft(key: str, reminder: Reminder, to: Recipient) -> MailDraft:
    deadline = reminder.deadline
    late = deadline.state is DeadlineState.LATE
    if deadline.day is not None:
        due = f"ngày {deadline.day:%d/%m/%Y}"
    else:
        due = f"{deadline.due.astimezone(ZONE):%H:%M, ngày %d/%m/%Y}"
    task, limit = TASKS[deadline.kind], "Đã quá hạn" if late else "Sắp đến hạn"
    heading = f"{HEADINGS[deadline.kind]}{' (quá hạn)' if late else ''}"
    letter = write_letter(heading, [f"{limit} {task}. Hạn: {due}."], reminder.bundle, to)
    return MailDraft(
        key=key,
        recipient=to.address,
        recipient_name=to.name,
        subject=letter.subject,
        body=letter.body,
        meeting_id=reminder.bundle.id,
        delegate_id=to.delegate.id if to.delegate else None,
    )
