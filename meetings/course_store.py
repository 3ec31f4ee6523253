"""Every query on what is made ready for a meeting and on what its room leaves behind: papers, votes, turns, incidents.

Whether the person may see it, the caller asks.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, delete, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import NotFound
from meetings.models import Account, Person, Presence
from meetings.room_models import AgendaTurn, ConnectionReport, Duty, Incident, IncidentKind, Paper, Vote, VotingMember


async def list_papers(session: AsyncSession, meeting_id: int, *, withdrawn: bool = False) -> list[Paper]:
    """The newest version of each, in the order in which they came; ``withdrawn``: every version, the withdrawn too."""
    query = select(Paper).where(Paper.meeting_id == meeting_id)
    if withdrawn:
        return list((await session.exec(query.order_by(col(Paper.id)))).all())
    rows = (await session.exec(query.where(col(Paper.withdrawn_at).is_(None)).order_by(col(Paper.id)))).all()
    replaced = {row.replaces_id for row in rows}
    first: dict[int | None, int | None] = {}  # by version: the first one of its paper, which says where it stands
    for row in rows:
        first[row.id] = first.get(row.replaces_id, row.id) if row.replaces_id else row.id
    newest = [row for row in rows if row.id not in replaced]
    return sorted(newest, key=lambda row: first[row.id] or 0)


async def get_paper(session: AsyncSession, meeting_id: int, paper_id: int) -> Paper:
    """The meeting's paper with that key; ``NotFound`` when it has none, or none any more."""
    paper = await session.get(Paper, paper_id)
    if paper is None or paper.meeting_id != meeting_id or paper.withdrawn_at is not None:
        raise NotFound
    return paper


async def find_newest(session: AsyncSession, paper: Paper) -> Paper:
    """The version of a paper that stands; an address of an older one leads here."""
    while True:
        query = select(Paper).where(Paper.replaces_id == paper.id, col(Paper.withdrawn_at).is_(None))
        newer = (await session.exec(query)).first()
        if newer is None:
            return paper
        paper = newer


async def list_older(session: AsyncSession, paper: Paper) -> list[Paper]:
    """The versions that came before one, the latest first."""
    older: list[Paper] = []
    while paper.replaces_id is not None:
        before = await session.get(Paper, paper.replaces_id)
        if before is None:
            break
        older.append(before)
        paper = before
    return older


async def list_votes(session: AsyncSession, meeting_id: int) -> list[Vote]:
    """In the order in which they were opened, the withdrawn ones too."""
    query = select(Vote).where(Vote.meeting_id == meeting_id).order_by(col(Vote.opened_at), col(Vote.number))
    return list((await session.exec(query)).all())


async def list_turns(session: AsyncSession, meeting_id: int) -> list[AgendaTurn]:
    query = select(AgendaTurn).where(AgendaTurn.meeting_id == meeting_id)
    return list((await session.exec(query.order_by(col(AgendaTurn.at), col(AgendaTurn.id)))).all())


async def list_incidents(session: AsyncSession, meeting_id: int) -> list[Incident]:
    """By their beginning."""
    query = select(Incident).where(Incident.meeting_id == meeting_id)
    return list((await session.exec(query.order_by(col(Incident.starts_at), col(Incident.id)))).all())


async def list_calls_of(session: AsyncSession, meeting_ids: Collection[int]) -> dict[int, list[Incident]]:
    """When units took part by telephone, of several meetings, by meeting."""
    found: dict[int, list[Incident]] = {meeting_id: [] for meeting_id in meeting_ids}
    query = select(Incident).where(Incident.kind == IncidentKind.TELEPHONE, col(Incident.meeting_id).in_(meeting_ids))
    for row in (await session.exec(query.order_by(col(Incident.starts_at), col(Incident.id)))).all():
        found[row.meeting_id].append(row)
    return found


async def list_reports(session: AsyncSession, meeting_id: int) -> list[ConnectionReport]:
    """The latest connection test made for a meeting from each place: a site, or a unit without one."""
    latest = select(func.max(ConnectionReport.id)).where(ConnectionReport.meeting_id == meeting_id)
    latest = latest.group_by(col(ConnectionReport.site_id), col(ConnectionReport.unit_id))
    return list((await session.exec(select(ConnectionReport).where(col(ConnectionReport.id).in_(latest)))).all())


async def list_latest_reports(session: AsyncSession, limit: int = 100) -> list[ConnectionReport]:
    """The connection tests of everybody, the latest first."""
    query = select(ConnectionReport).order_by(col(ConnectionReport.at).desc(), col(ConnectionReport.id).desc())
    return list((await session.exec(query.limit(limit))).all())


async def list_reports_of_sites(
    session: AsyncSession, site_ids: Collection[int], since: datetime
) -> list[ConnectionReport]:
    """The latest test of each site since then, whatever it was for."""
    latest = select(func.max(ConnectionReport.id)).where(
        col(ConnectionReport.site_id).in_(site_ids), ConnectionReport.at >= since
    )
    query = select(ConnectionReport).where(col(ConnectionReport.id).in_(latest.group_by(col(ConnectionReport.site_id))))
    return list((await session.exec(query)).all())


async def list_duties(session: AsyncSession, meeting_id: int) -> dict[int, Duty]:
    """Who is on duty, by site."""
    rows = (await session.exec(select(Duty).where(Duty.meeting_id == meeting_id))).all()
    return {row.site_id: row for row in rows}


async def list_voters(session: AsyncSession, meeting_id: int) -> list[Person]:
    """The people who vote in this meeting, by name."""
    query = (
        select(Person)
        .join(VotingMember, col(VotingMember.person_id) == col(Person.id))
        .where(VotingMember.meeting_id == meeting_id)
    )
    return list((await session.exec(query.order_by(col(Person.full_name), col(Person.id)))).all())


async def list_eligible(session: AsyncSession, unit_ids: Collection[int], person_ids: Collection[int]) -> list[Person]:
    """Who may be named to vote: the people of these units, and these people."""
    query = select(Person).where(or_(col(Person.unit_id).in_(unit_ids), col(Person.id).in_(person_ids)))
    return list((await session.exec(query.order_by(col(Person.full_name), col(Person.id)))).all())


async def drop_voters(
    session: AsyncSession, meeting_id: int, unit_ids: Collection[int], person_ids: Collection[int]
) -> None:
    """Take the vote from everybody who is not of these units, nor one of these people."""
    of_units = select(Person.id).where(col(Person.unit_id).in_(unit_ids))
    mine, who = col(VotingMember.meeting_id) == meeting_id, col(VotingMember.person_id)
    await session.exec(delete(VotingMember).where(mine, who.not_in(of_units), who.not_in(person_ids)))


async def list_present(session: AsyncSession, meeting_id: int) -> list[Presence]:
    """Who is in the room, as far as the books know."""
    query = select(Presence).where(Presence.meeting_id == meeting_id, col(Presence.left_at).is_(None))
    return list((await session.exec(query.order_by(col(Presence.joined_at), col(Presence.id)))).all())


async def list_accounts_of_sites(session: AsyncSession, site_ids: Collection[int]) -> dict[int, int]:
    """The key of the account in use of each site that has one, by site."""
    query = select(Account.site_id, Account.id).where(
        col(Account.site_id).in_(site_ids), col(Account.disabled_at).is_(None)
    )
    rows = (await session.exec(query.order_by(col(Account.id).desc()))).all()
    return {site_id: account_id for site_id, account_id in rows if site_id is not None and account_id is not None}
