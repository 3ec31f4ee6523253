"""A notice of conclusions of the demo, drafted and not submitted yet, so that the clerk's page has one of each kind."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.documents.notices import draft_notice
from meetings.documents.templates import list_templates
from meetings.kinds import OVER, DocumentKind
from meetings.models import Meeting
from meetings.people_store import load_actor
from meetings.printing.notice import Point, write_point
from web.demo.people import SECRETARY
from web.demo.units import Cast

POINTS = (
    write_point(
        Point(text="Đẩy nhanh tiến độ giải ngân vốn đầu tư công, không để dồn vào cuối năm", unit="Sở Tài chính")
    ),
    "Các xã, phường báo cáo khó khăn, vướng mắc về Văn phòng để tổng hợp.",
)


async def add_notice(session: AsyncSession, cast: Cast, now: datetime) -> None:
    query = select(Meeting).where(col(Meeting.is_demo), col(Meeting.status).in_(OVER))
    meeting = (await session.exec(query.order_by(col(Meeting.starts_at).desc()))).first()
    actor = await load_actor(session, cast.accounts[SECRETARY])
    templates = await list_templates(session, DocumentKind.NOTICE)
    if meeting is not None and actor is not None and templates:
        await draft_notice(session, actor, meeting.slug, templates[0].id or 0, POINTS, now)
