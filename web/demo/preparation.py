"""What was made ready for the demo's open meeting, and what the room of a past one left behind."""

import hashlib
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.kinds import OVER
from meetings.models import Invitation, Meeting
from meetings.room_models import (
    AgendaTurn,
    ConnectionReport,
    Duty,
    Incident,
    IncidentKind,
    LineState,
    Paper,
    Vote,
    VotingMember,
)
from web.demo.make_papers import PAPERS, TARGET
from web.demo.people import SECRETARY
from web.demo.units import Cast

CAPACITY = 60
VOTERS = ("chutri", "lanhdao", "daibieu")
SITES = (("cau.tinh", "main"), ("cau.ductrong", "Xã Đức Trọng"), ("cau.dinhvan", "Xã Đinh Văn Lâm Hà"))
ON_DUTY = (("Phan Quốc Huy", "0263 3000 101"), ("Ka Brìu", "0263 3000 102"), ("Lê Thị Tuyết", "0263 3000 103"))
TESTS = ((LineState.GOOD, "udp"), (LineState.GOOD, "udp"), (LineState.WEAK, "tcp"))


async def prepare_open_meeting(
    session: AsyncSession, cast: Cast, meeting: Meeting, data_dir: Path, now: datetime
) -> None:
    """Papers, voters, and what its three sites with an account reported in the trial session."""
    meeting_id = meeting.id or 0
    meeting.capacity = CAPACITY
    session.add(meeting)
    session.add_all(VotingMember(meeting_id=meeting_id, person_id=cast.people[name]) for name in VOTERS)
    add_papers(session, cast, meeting, data_dir, now)
    for (username, place), (name, phone), (state, route) in zip(SITES, ON_DUTY, TESTS, strict=True):
        site_id = cast.halls[place] if place in cast.halls else cast.site_of[cast.units[place]]
        session.add(Duty(meeting_id=meeting_id, site_id=site_id, name=name, phone=phone, noted_at=now))
        session.add(
            ConnectionReport(
                meeting_id=meeting_id,
                account_id=cast.accounts[username],
                name=cast.site_names[site_id],
                site_id=site_id,
                unit_id=cast.units.get(place, cast.province),
                at=now - timedelta(minutes=20),
                state=state,
                route=route,
            )
        )
    await session.flush()


def add_papers(session: AsyncSession, cast: Cast, meeting: Meeting, data_dir: Path, now: datetime) -> None:
    folder = data_dir / "papers" / meeting.slug
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, title, _text) in enumerate(PAPERS):
        content = (TARGET / name).read_bytes()
        shutil.copyfile(TARGET / name, folder / name)
        session.add(
            Paper(
                meeting_id=meeting.id or 0,
                title=title,
                file_name=name,
                media_type="application/pdf",
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                path=f"{meeting.slug}/{name}",
                uploaded_at=now,
                uploaded_by=cast.accounts[SECRETARY],
                uploaded_by_name="Thư ký",
                for_guests=number == 0,
            )
        )


async def add_course(session: AsyncSession, cast: Cast) -> None:
    """The latest confirmed meeting over this system: it had a vote, and a site that went on by telephone."""
    query = select(Meeting).where(
        col(Meeting.is_demo),
        col(Meeting.status).in_(OVER),
        Meeting.channel == "giaoban",
        col(Meeting.attendance_confirmed_at).is_not(None),
    )
    meeting = (await session.exec(query.order_by(col(Meeting.ended_at).desc()).limit(1))).one()
    start, end = meeting.started_at or meeting.starts_at, meeting.ended_at or meeting.ends_at
    rows = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting.id))).all()
    session.add(AgendaTurn(meeting_id=meeting.id or 0, at=start + timedelta(minutes=2), position=1, name="Thư ký"))
    session.add(
        Vote(
            meeting_id=meeting.id or 0,
            number=1,
            subject="Thống nhất nội dung kết luận của cuộc họp",
            kind="opinion",
            state="closed",
            opened_at=end - timedelta(minutes=12),
            closed_at=end - timedelta(minutes=10),
            closed_by="Thư ký",
            entitled=len(rows),
            present=len(rows),
            cast=len(rows),
            quorum=len(rows) // 2 + 1,
            valid=True,
            in_favour=len(rows) - 1,
            against=0,
            abstain=1,
        )
    )
    session.add(
        Incident(
            meeting_id=meeting.id or 0,
            unit_id=rows[0].unit_id,
            site_id=rows[0].site_id,
            kind=IncidentKind.TELEPHONE,
            text="Đường truyền của điểm cầu bị đứt",
            starts_at=start + timedelta(minutes=20),
            ends_at=start + timedelta(minutes=35),
            noted_at=start + timedelta(minutes=36),
            noted_by=cast.accounts[SECRETARY],
            noted_by_name="Thư ký",
        )
    )
    await session.flush()
