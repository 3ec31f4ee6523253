"""The meeting of 20 June 2025 that was recorded: the province with huyện Lâm Hà and huyện Đức Trọng."""

from datetime import date, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.models import (
    AgendaItem,
    Form,
    Invitation,
    Meeting,
    MeetingKind,
    MeetingStatus,
    Mode,
    Presence,
)
from web.demo.calendar import at_hour
from web.demo.people import SECRETARY
from web.demo.units import Cast

SLUG = "demo-giao-ban-20250620"
TITLE = "Họp giao ban trực tuyến về chuyển đổi số và giải ngân đầu tư công"
DAY = date(2025, 6, 20)
LENGTH = timedelta(minutes=2)  # it was held for the sake of the recording
AGENDA = (
    ("Kết quả chuyển đổi số của huyện Lâm Hà", "Huyện Lâm Hà"),
    ("Kết quả giải ngân đầu tư công của huyện Đức Trọng", "Huyện Đức Trọng"),
)
INVITED = (("Huyện Lâm Hà", 9), ("Huyện Đức Trọng", 7))  # with the people at each site


async def add_recorded_meeting(session: AsyncSession, cast: Cast) -> Meeting:
    """The meeting with its agenda, presences and confirmed attendance; its record is loaded by ``recorded``."""
    start = at_hour(DAY, 8)
    meeting = Meeting(
        slug=SLUG,
        title=TITLE,
        kind=MeetingKind.BRIEFING,
        convening_unit_id=cast.province,
        chair_id=cast.people["chutri"],
        secretary_id=cast.people[SECRETARY],
        hall_id=cast.halls["main"],
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        planned_form=Form.ONLINE,
        status=MeetingStatus.RECORDED,
        started_at=start,
        ended_at=start + LENGTH,
        recorded_at=start + LENGTH + timedelta(hours=3),
        attendance_confirmed_at=start + timedelta(minutes=40),
        attendance_confirmed_by=cast.accounts[SECRETARY],
        created_by=cast.accounts[SECRETARY],
        created_at=start - timedelta(days=5),
        is_demo=True,
    )
    session.add(meeting)
    await session.flush()
    meeting_id = meeting.id or 0
    for position, (title, presenter) in enumerate(AGENDA, start=1):
        session.add(AgendaItem(meeting_id=meeting_id, position=position, title=title, presenter=presenter, minutes=10))
    add_presence(session, cast, meeting, cast.province, cast.halls["main"])
    for position, (name, heads) in enumerate(INVITED, start=1):
        unit_id = cast.units[name]
        session.add(
            Invitation(
                meeting_id=meeting_id,
                unit_id=unit_id,
                site_id=cast.site_of[unit_id],
                position=position,
                confirmed_mode=Mode.ONLINE,
                head_count=heads,
            )
        )
        add_presence(session, cast, meeting, unit_id, cast.site_of[unit_id])
    await session.flush()
    return meeting


def add_presence(session: AsyncSession, cast: Cast, meeting: Meeting, unit_id: int, site_id: int) -> None:
    start = meeting.starts_at
    session.add(
        Presence(
            meeting_id=meeting.id or 0,
            identity=f"demo:{site_id}",
            name=cast.site_names[site_id],
            site_id=site_id,
            unit_id=unit_id,
            joined_at=start - timedelta(minutes=3),
            left_at=start + LENGTH,
            left_reason="ended",
        )
    )
