"""Deadlines of tasks that are near or have passed, told by mail, once for each stage."""

from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.deadline_store import load_working_days
from meetings.invitations.addresses import read_address
from meetings.invitations.ical import ORIGIN, clean_line
from meetings.invitations.letters import AUTOMATIC, CLOSING, LONGEST_SUBJECT
from meetings.invitations.mail_store import OF_TASK, MailDraft, list_known_keys
from meetings.invitations.notices import key_of
from meetings.invitations.recipients import Recipient, find_mailboxes, write_once
from meetings.models import Person
from meetings.periods import ZONE, local_day
from meetings.tasks.rules import count_late, find_stage
from meetings.tasks.store import TaskView, find_heirs, list_undone
from meetings.working_days import WorkingDays

AHEAD = timedelta(days=20)  # as far as three working days reach, with the longest holiday
SHOWN = 1000  # letters of a task's text that a letter repeats


async def find_task_reminders(session: AsyncSession, now: datetime) -> list[MailDraft]:
    """Letters about tasks whose deadline is near or has passed and was not told of yet, to be queued.

    The lead unit is told, and the secretary of the meeting too once it is late; the supporting units before that.
    """
    working, today = await load_working_days(session), local_day(now)
    drafts: list[MailDraft] = []
    for view in await list_undone(session, today + AHEAD):
        stage = find_stage(view.task.state, view.task.due, working, today)
        if stage:
            drafts += [
                _draft(view, stage, to, working, today) for to in await _list_recipients(session, view, stage, today)
            ]
    known = await list_known_keys(session, {draft.key for draft in drafts})
    return [draft for draft in drafts if draft.key not in known]


async def _list_recipients(session: AsyncSession, view: TaskView, stage: str, today: date) -> list[Recipient]:
    late = stage.startswith("late")
    names = dict.fromkeys(await find_heirs(session, view.task.lead_unit_id, today), view.task.lead_name)
    if not late:
        names |= {row.unit_id: row.name for row in view.supporting if row.unit_id is not None}
    boxes = await find_mailboxes(session, list(names))
    found = [Recipient(address, names[unit_id]) for unit_id, addresses in boxes.items() for address in addresses]
    if late or view.task.lead_unit_id is None:
        found += await _find_secretary(session, view)
    return write_once(found)


async def _find_secretary(session: AsyncSession, view: TaskView) -> list[Recipient]:
    person = await session.get(Person, view.meeting.secretary_id)
    address = read_address(person.email) if person is not None else None
    return [Recipient(address, person.full_name)] if person is not None and address is not None else []


def _draft(view: TaskView, stage: str, to: Recipient, working: WorkingDays, today: date) -> MailDraft:
    task, due = view.task, view.task.due or today
    late = stage.startswith("late")
    heading = "Nhắc nhiệm vụ quá hạn" if late else "Nhắc nhiệm vụ sắp đến hạn"
    state = f"đã quá hạn {count_late(due, working, today)} ngày làm việc" if late else "sắp đến hạn"
    text = clean_line(task.text)
    lines = [
        f"Kính gửi: {clean_line(to.name)}",
        "",
        f"Nhiệm vụ dưới đây {state}. Hạn hoàn thành: ngày {due:%d/%m/%Y}.",
        "",
        f"Nội dung: {text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}",
        f"Đơn vị chủ trì: {clean_line(task.lead_name)}",
        *(
            [f"Đơn vị phối hợp: {clean_line('; '.join(row.name for row in view.supporting))}"]
            if view.supporting
            else []
        ),
        *([f"Sản phẩm: {clean_line(task.product)}"] if task.product else []),
        f"Giao tại: {clean_line(view.meeting.title)}, ngày {view.meeting.starts_at.astimezone(ZONE):%d/%m/%Y}",
        "",
        f"Đề nghị cập nhật tình hình, báo cáo kết quả hoặc đề nghị gia hạn tại: {ORIGIN}/tasks/{view.id}",
        "",
        CLOSING,
        "",
        AUTOMATIC,
    ]
    return MailDraft(
        key=key_of(f"{OF_TASK}:{view.id}:{due.isoformat()}:{stage}", to),
        recipient=to.address,
        recipient_name=to.name,
        subject=f"{heading}: {text}"[:LONGEST_SUBJECT],
        body="\n".join(lines) + "\n",
        meeting_id=view.task.meeting_id,
    )
