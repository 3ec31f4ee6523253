"""Use cases of templates: bookings to start from. What they hold is copied, so that each goes its own way."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.booking_checks import draft_of
from meetings.calendar_models import MeetingSeries, MeetingTemplate
from meetings.draft_values import read_draft, write_draft
from meetings.errors import N_, Invalid, NotAllowed, NotFound
from meetings.interval import Span
from meetings.meeting_store import load_visible
from meetings.permissions import Actor, may_book, may_manage_template, may_use_template
from meetings.recurrence import Rule, end_by, fix_days, from_wall, parse_rule, to_wall
from meetings.scheduling import MeetingDraft

LONGEST_NAME = 150
TIME, MINUTES, RULE = "time", "minutes", "rule"  # beside the draft: when it begins, how long it is, how it repeats


async def list_templates(session: AsyncSession, actor: Actor) -> list[MeetingTemplate]:
    """The templates that ``actor`` may start from, by name."""
    rows = (await session.exec(select(MeetingTemplate).order_by(col(MeetingTemplate.name)))).all()
    return [row for row in rows if may_use_template(actor, row.unit_id)]


async def load_template(session: AsyncSession, actor: Actor, template_id: int) -> MeetingTemplate:
    """``NotFound`` also when the person may not use it."""
    row = await session.get(MeetingTemplate, template_id)
    if row is None or not may_use_template(actor, row.unit_id):
        raise NotFound
    return row


async def make_template(
    session: AsyncSession, actor: Actor, slug: str, name: str, everybody: bool, now: datetime
) -> MeetingTemplate:
    """Keep a meeting as a template of the own unit, or of everybody."""
    if not may_book(actor):
        raise NotAllowed
    bundle = await load_visible(session, actor, slug)
    unit_id = None if everybody else actor.unit_id
    if not may_manage_template(actor, unit_id):
        raise NotAllowed
    draft = draft_of(bundle)
    series = await session.get(MeetingSeries, bundle.meeting.series_id) if bundle.meeting.series_id else None
    row = MeetingTemplate(
        name=_check_name(name),
        kind=draft.kind,
        unit_id=unit_id,
        draft=write_draft(draft)
        | {
            TIME: f"{to_wall(draft.starts_at):%H:%M}",
            MINUTES: int(bundle.planned.length.total_seconds()) // 60,
            RULE: "" if series is None else str(fix_days(parse_rule(series.rule), series.starts_at)),
        },
        created_by=actor.account_id,
        created_at=now,
        is_demo=bundle.meeting.is_demo,
    )
    session.add(row)
    await session.flush()
    detail = {"name": row.name, "from": f"meeting:{bundle.id}", "unit": unit_id}
    await write_entry(session, actor, "template.make", f"template:{row.id}", detail, now)
    return row


async def rename_template(
    session: AsyncSession, actor: Actor, template_id: int, name: str, now: datetime
) -> MeetingTemplate:
    row = await _load_to_change(session, actor, template_id)
    new = _check_name(name)
    if new != row.name:
        detail = {"name": [row.name, new]}
        row.name = new
        session.add(row)
        await write_entry(session, actor, "template.rename", f"template:{row.id}", detail, now)
    return row


async def delete_template(session: AsyncSession, actor: Actor, template_id: int, now: datetime) -> None:
    """Meetings that were booked from it stay as they are."""
    row = await _load_to_change(session, actor, template_id)
    await session.delete(row)
    await write_entry(session, actor, "template.delete", f"template:{row.id}", {"name": row.name}, now)


def draft_from(template: MeetingTemplate, now: datetime) -> MeetingDraft:
    """The booking that it opens with: on no day yet, so on today's."""
    values: Mapping[str, Any] = template.draft
    hour, minute = (int(part) for part in str(values.get(TIME) or "08:00").split(":"))
    start = from_wall(to_wall(now).replace(hour=hour, minute=minute, second=0, microsecond=0))
    return read_draft(values, Span(start, start + timedelta(minutes=int(values.get(MINUTES) or 120))))


def rule_from(template: MeetingTemplate) -> Rule | None:
    """How it repeats, without a day on which it ends: that was the other series'."""
    text = template.draft.get(RULE)
    if not text:
        return None
    rule = parse_rule(text)
    return rule if rule.until is None else end_by(rule, count=1)


async def _load_to_change(session: AsyncSession, actor: Actor, template_id: int) -> MeetingTemplate:
    row = await load_template(session, actor, template_id)
    if not may_manage_template(actor, row.unit_id):
        raise NotAllowed
    return row


def _check_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid(N_("Cần nhập tên mẫu."), field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(N_("Tên mẫu dài nhất là {most} ký tự."), field="name", most=LONGEST_NAME)
    return name
