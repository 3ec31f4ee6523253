"""Who comes to the demo's open meeting: people of two communes, what they answered, and what one of them asked."""

from datetime import datetime, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import AbsenceRequest
from meetings.invitation_models import Consent, Delegate
from meetings.invitations.answers import GIVEN
from meetings.kinds import Answer
from meetings.models import Invitation, Meeting
from web.demo.units import Cast

# Unit, what it answered, and its people: name, position, whether the head, whether in the main hall, the own answer.
PEOPLE = (
    (
        "Xã Đức Trọng",
        Answer.ACCEPTED,
        (
            ("Ka Thị Hoa", "Chủ tịch UBND xã", True, False, Answer.ACCEPTED),
            ("Nguyễn Hữu Lộc", "Trưởng phòng Văn hóa - Xã hội", False, False, Answer.ACCEPTED),
            ("Lê Thị Mai Hương", "Trưởng phòng Kinh tế", False, True, Answer.TENTATIVE),
        ),
    ),
    (
        "Xã Đinh Văn Lâm Hà",
        Answer.NEEDS_ACTION,
        (
            ("K’Brếp Ha Dương", "Chủ tịch UBND xã", True, False, Answer.NEEDS_ACTION),
            ("Trần Quốc Toàn", "Phó Chủ tịch UBND xã", False, False, Answer.NEEDS_ACTION),
        ),
    ),
)
ASKS, REASON = "Xã Đinh Văn Lâm Hà", "Dự kỳ họp thường lệ của Hội đồng nhân dân xã"
WHY = "Trùng lịch tiếp công dân định kỳ"


async def add_people(session: AsyncSession, cast: Cast, meeting: Meeting, now: datetime) -> None:
    meeting_id, at = meeting.id or 0, now - timedelta(hours=1)
    rows = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting_id))).all()
    invited = {row.unit_id: row for row in rows}
    for name, answer, people in PEOPLE:
        unit_id = cast.units[name]
        answer_for(invited.get(unit_id), answer, "", at)
        added = [
            Delegate(
                meeting_id=meeting_id, unit_id=unit_id, site_id=meeting.hall_id if in_hall else None, full_name=person,
                position=position, is_head=is_head, answer=said, answered_by="page" if said in GIVEN else "",
                answered_at=at if said in GIVEN else None, added_by="Đầu mối đơn vị", added_at=at,
            )
            for person, position, is_head, in_hall, said in people
        ]  # fmt: skip
        session.add_all(added)
        await session.flush()
        if name == ASKS:
            asked, instead = added
            session.add(
                AbsenceRequest(
                    meeting_id=meeting_id, unit_id=unit_id, delegate_id=asked.id, full_name=asked.full_name,
                    position=asked.position, reason=REASON, substitute_name=instead.full_name,
                    substitute_position=instead.position, state=Consent.PENDING, asked_at=at,
                )
            )  # fmt: skip
    others = [row for row in rows if row.unit_id not in {cast.units[name] for name, _answer, _people in PEOPLE}]
    answer_for(max(others, key=lambda row: row.position, default=None), Answer.DECLINED, WHY, at)
    await session.flush()


def answer_for(row: Invitation | None, answer: Answer, note: str, at: datetime) -> None:
    if row is not None and answer in GIVEN:
        row.answer, row.answer_note, row.answered_at, row.answered_by = answer, note, at, "Đầu mối đơn vị"
