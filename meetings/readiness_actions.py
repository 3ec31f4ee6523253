"""Use cases of the trial before a meeting: connection tests, who is on duty, and the board of all sites."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.course_store import (
    list_accounts_of_sites,
    list_duties,
    list_present,
    list_reports,
    list_reports_of_sites,
)
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, load_visible, lock_meeting
from meetings.models import Presence, Site
from meetings.org_tree import UnitView
from meetings.permissions import Actor, may_set_duty
from meetings.room_models import ConnectionReport, Duty, LineState

KEPT = 20  # reports of one account or guest
KEPT_OF_LINK = 100  # of all guests of one link, who may be somebody else each time
MOST_RESULT = 16_000  # characters of JSON
RECENT = timedelta(days=7)  # a test made for no meeting speaks for a site this long


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDraft:
    """What a connection test found. ``result`` holds JSON values as the page measured them."""

    state: LineState
    route: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who made a test: an account, or a guest of a link."""

    name: str
    account_id: int | None = None
    guest: str = ""
    site_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """One invited unit (or the main hall, which is the convener's) on the board.

    ``report`` is the latest test of its site or of one of its people, ``present`` who of it is in the room.
    """

    unit: UnitView
    site: Site | None
    is_hall: bool
    report: ConnectionReport | None
    present: list[Presence]
    duty: Duty | None
    has_account: bool


def reporter_of(actor: Actor) -> Reporter:
    return Reporter(name=actor.name, account_id=actor.account_id, site_id=actor.site_id, unit_id=actor.unit_id)


async def add_report(
    session: AsyncSession, reporter: Reporter, meeting_id: int | None, draft: ReportDraft, now: datetime
) -> ConnectionReport:
    """Keep the result of a test; of each account or guest, and of each link, the latest stay."""
    if len(draft.route) > 16 or len(json.dumps(dict(draft.result), ensure_ascii=False)) > MOST_RESULT:
        raise Invalid(N_("Kết quả kiểm tra quá lớn, không lưu được."))
    if (reporter.account_id is None) == (not reporter.guest):
        raise Invalid(N_("Kết quả kiểm tra thuộc về một tài khoản hoặc một khách."))
    report = ConnectionReport(
        meeting_id=meeting_id,
        account_id=reporter.account_id,
        guest=reporter.guest,
        name=reporter.name[:200],
        site_id=reporter.site_id,
        unit_id=reporter.unit_id,
        at=now,
        state=draft.state,
        route=draft.route,
        result=dict(draft.result),
    )
    session.add(report)
    await session.flush()
    await _keep_latest(session, _is_of(reporter), KEPT)
    if reporter.guest:
        link = ":".join(reporter.guest.split(":")[:2])  # "guest:3" of "guest:3:…"
        await _keep_latest(session, col(ConnectionReport.guest).startswith(f"{link}:", autoescape=True), KEPT_OF_LINK)
    return report


async def _keep_latest(session: AsyncSession, chosen: ColumnElement[bool], count: int) -> None:
    latest = select(ConnectionReport.id).where(chosen).order_by(col(ConnectionReport.id).desc()).limit(count)
    kept = [key for key in (await session.exec(latest)).all() if key is not None]
    await session.exec(delete(ConnectionReport).where(chosen, col(ConnectionReport.id) < min(kept)))


def _is_of(reporter: Reporter) -> ColumnElement[bool]:
    if reporter.account_id is not None:
        return col(ConnectionReport.account_id) == reporter.account_id
    return col(ConnectionReport.guest) == reporter.guest


async def set_duty(
    session: AsyncSession, actor: Actor, slug: str, site_id: int, name: str, phone: str, now: datetime
) -> Duty:
    """Say who is on duty at a site of this meeting. The operators may, and the site itself."""
    await lock_meeting(session, slug)
    bundle = await load_visible(session, actor, slug)
    site = bundle.find_site(site_id)
    if site is None:
        raise NotFound
    if not may_set_duty(actor, bundle.meeting, site_id, site.unit_id):
        raise NotAllowed
    name, phone = name.strip(), phone.strip()
    if len(name) > 100:
        raise Invalid(N_("Tên người trực có tối đa 100 ký tự."), field="name")
    if len(phone) > 32 or any(not (letter.isdigit() or letter in " +-.()/,") for letter in phone):
        raise Invalid(N_("Số điện thoại chưa đúng."), field="phone")
    found = (await list_duties(session, bundle.id)).get(site_id)
    duty = found or Duty(meeting_id=bundle.id, site_id=site_id, noted_at=now)
    duty.name, duty.phone, duty.noted_at, duty.noted_by_name = name, phone, now, actor.name[:150]
    session.add(duty)
    await session.flush()
    await write_entry(session, actor, "duty.set", f"meeting:{bundle.id}", {"site": site_id, "name": name}, now)
    return duty


def list_places(bundle: MeetingBundle) -> list[tuple[UnitView, Site | None, bool]]:
    """The main hall, for which the last one is true, then every invited unit in official order."""
    hall: list[tuple[UnitView, Site | None, bool]] = [(bundle.convening, bundle.hall, True)] if bundle.hall else []
    return hall + [
        (each.unit, each.site, False)
        for each in bundle.invitations
        if each.site is None or each.site.id != bundle.meeting.hall_id
    ]


def is_own_place(actor: Actor, unit: UnitView, site: Site | None) -> bool:
    """The site's own account, or somebody of the unit whose place it is."""
    if actor.site_id is not None and site is not None:
        return site.id == actor.site_id
    return actor.unit_id is not None and actor.unit_id == unit.id


def has_own_place(actor: Actor, bundle: MeetingBundle) -> bool:
    """Whether one of the meeting's places is theirs: they may see its row of the board."""
    return any(is_own_place(actor, unit, site) for unit, site, _is_hall in list_places(bundle))


async def list_readiness(session: AsyncSession, bundle: MeetingBundle, now: datetime) -> list[Readiness]:
    """As ``list_places``."""
    places = list_places(bundle)
    site_ids = {site.id for _unit, site, _is_hall in places if site is not None and site.id is not None}
    reports = await list_reports(session, bundle.id)
    reports += await list_reports_of_sites(session, site_ids, now - RECENT)
    present, duties = await list_present(session, bundle.id), await list_duties(session, bundle.id)
    accounts = await list_accounts_of_sites(session, site_ids)
    return [
        Readiness(
            unit=unit,
            site=site,
            is_hall=is_hall,
            report=_latest(reports, unit, site),
            present=[row for row in present if _is_at(row.unit_id, row.site_id, unit, site)],
            duty=duties.get(site.id or 0) if site else None,
            has_account=site is not None and site.id in accounts,
        )
        for unit, site, is_hall in places
    ]


def _latest(reports: list[ConnectionReport], unit: UnitView, site: Site | None) -> ConnectionReport | None:
    """The site's own latest test; without one that of somebody of the unit."""
    own = [report for report in reports if site is not None and report.site_id == site.id]
    others = [report for report in reports if report.unit_id == unit.id and report.site_id is None]
    return max(own or others, key=lambda report: (report.at, report.id or 0), default=None)


def _is_at(unit_id: int | None, site_id: int | None, unit: UnitView, site: Site | None) -> bool:
    return unit_id == unit.id or (site is not None and site_id == site.id)
