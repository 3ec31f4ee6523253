"""What bookings are checked against, and how their parts are kept: shared by who books, edits and approves."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.availability import Booked
from meetings.calendar_models import FormChange
from meetings.clash_store import list_delegated, refuse_taken, wanted_of
from meetings.errors import N_, Invalid
from meetings.invitations.notices import queue_cancellation, queue_departures, queue_update
from meetings.kinds import PLANNED, Form, MeetingStatus
from meetings.meeting_store import MeetingBundle, bundle_meetings, list_channels
from meetings.models import Account, Invitation, Meeting, Person, Site
from meetings.org_tree import OrgTree, UnitHistory, Validity
from meetings.people_store import get_people, get_sites, load_history
from meetings.periods import local_day
from meetings.permissions import Actor, may_convene
from meetings.scheduling import (
    COUNTS,
    FIELDS,
    HOSTED,
    OVERBOOKED,
    AgendaDraft,
    InvitationDraft,
    MeetingDraft,
    Terms,
    check_draft,
    check_hosts,
    check_places,
    check_units,
    fields_of,
    make_agenda,
    make_invitations,
)
from meetings.series_store import next_sequence
from meetings.workflow import check_step

# Where bookings are to be approved, a change of one of these is.
TO_APPROVE = frozenset({"convening_unit_id", "chair_id", "hall_id", "starts_at", "ends_at", "planned_form"})
LONGEST_REASON = 500


def own_units(actor: Actor, tree: OrgTree) -> frozenset[int]:
    """The units a secretary books for: the own one, and the committee that an office serves."""
    return tree.acted_for(actor.unit_id)


def draft_of(bundle: MeetingBundle) -> MeetingDraft:
    """The booking as it stands, as the draft that would make it. What was booked knowingly still is."""
    values = {name: getattr(bundle.meeting, name) for name in FIELDS}
    return MeetingDraft(
        **values,
        knowingly=(OVERBOOKED, HOSTED),
        invitations=tuple(InvitationDraft(each.unit.id, each.invitation.site_id) for each in bundle.invitations),
        agenda=tuple(
            AgendaDraft(item.title, item.presenter, item.minutes) for item in bundle.agenda if not item.carried
        ),
    )


@dataclass(frozen=True, slots=True)
class Books:
    """What bookings are checked against: loaded once for many."""

    history: UnitHistory
    people: Mapping[int, Person]
    sites: Mapping[int, Site]
    channels: frozenset[str]


async def load_books(
    session: AsyncSession, drafts: Collection[MeetingDraft], history: UnitHistory | None = None
) -> Books:
    """``history``: the units, where known."""
    people = {key for draft in drafts for key in (draft.chair_id, draft.secretary_id)}
    sites = {each.site_id for draft in drafts for each in draft.invitations} | {draft.hall_id for draft in drafts}
    return Books(
        history or await load_history(session),
        await get_people(session, people),
        await get_sites(session, {key for key in sites if key is not None}),
        frozenset(channel.code for channel in await list_channels(session)),
    )


async def check_against_data(
    session: AsyncSession,
    actor: Actor,
    draft: MeetingDraft,
    before: MeetingBundle | None = None,
    history: UnitHistory | None = None,
) -> OrgTree:
    """One booking alone: see ``check_against``."""
    return check_against(await load_books(session, [draft], history), actor, draft, before)


def check_against(books: Books, actor: Actor, draft: MeetingDraft, before: MeetingBundle | None = None) -> OrgTree:
    """Units, people, sites and channel must exist on the meeting's day. Returns the units of that day.

    ``before``: an edit may keep the convening unit it has, whoever booked it.
    """
    day = local_day(draft.starts_at)
    tree = books.history.at(day)
    check_units(draft, tree)
    kept = before is not None and before.meeting.convening_unit_id == draft.convening_unit_id
    if not kept and not may_convene(actor, own_units(actor, tree), draft.convening_unit_id):
        raise Invalid(N_("Bạn không được đặt lịch thay cho đơn vị này."), field="convening_unit_id")
    if draft.chair_id not in books.people:
        raise Invalid(N_("Cần chọn người chủ trì."), field="chair_id")
    if draft.secretary_id not in books.people:
        raise Invalid(N_("Cần chọn thư ký."), field="secretary_id")
    wanted = {each.site_id for each in draft.invitations if each.site_id is not None}
    sites = {key: books.sites[key] for key in {*wanted, draft.hall_id} if key is not None and key in books.sites}
    valid = {key for key, site in sites.items() if Validity(site.valid_from, site.valid_to).covers(day)}
    if draft.hall_id is not None and draft.hall_id not in valid:
        raise Invalid(N_("Phòng họp không có vào ngày họp."), field="hall_id")
    if not wanted <= valid:
        raise Invalid(N_("Có điểm cầu không tồn tại vào ngày họp."), field="invitations")
    check_hosts(draft, tree, sites)
    if draft.preparing_unit_id is not None and draft.preparing_unit_id not in tree:
        raise Invalid(N_("Đơn vị chuẩn bị nội dung không tồn tại vào ngày họp."), field="preparing_unit_id")
    if draft.channel not in books.channels:
        raise Invalid(N_("Hệ thống họp không có trong danh mục."), field="channel")
    return tree


async def check_booking(
    session: AsyncSession,
    actor: Actor,
    draft: MeetingDraft,
    now: datetime,
    terms: Terms,
    before: MeetingBundle | None = None,
) -> OrgTree:
    """All that must hold of what is to be fixed; the caller holds the lock of bookings. The units of the day.

    ``before``: the meeting that it changes.
    """
    check_draft(draft, now)
    check_places(draft, terms.limit)
    tree = await check_against_data(session, actor, draft, before)
    await refuse_clashes(session, actor, draft, None if before is None else before.id, terms.bridge)
    return tree


def status_after_edit(meeting: Meeting, changes: Mapping[str, Any], *, fixes: bool) -> MeetingStatus:
    """Where an edit leaves the meeting; a postponed one is fixed anew by it.

    ``fixes``: the person needs nobody's approval. ``Invalid`` where the change is not theirs to make.
    """
    if meeting.status in PLANNED:
        return meeting.status
    counted = [name for name in COUNTS if name in changes]
    if counted:
        raise Invalid(
            N_(
                "Việc tính hay không tính vào chỉ tiêu đã chốt khi duyệt lịch. Nếu cần thay đổi, đề nghị Văn phòng "
                "thực hiện ở trang cuộc họp, có nêu lý do."
            ),
            field=counted[0],
        )
    if meeting.status is MeetingStatus.POSTPONED:
        return MeetingStatus.SCHEDULED if fixes else MeetingStatus.SUBMITTED
    weighty = [name for name in changes if name in TO_APPROVE]
    if fixes or not weighty:
        return meeting.status
    if meeting.status is MeetingStatus.INVITED:
        raise Invalid(
            N_(
                "Giấy mời đã gửi theo lịch được duyệt. Hãy tạm hoãn cuộc họp rồi trình lịch mới, hoặc đề nghị Văn "
                "phòng sửa lịch."
            ),
            field=weighty[0],
        )
    return MeetingStatus.SUBMITTED


async def create_meeting(
    session: AsyncSession, actor: Actor, draft: MeetingDraft, status: MeetingStatus, tree: OrgTree, now: datetime
) -> Meeting:
    """The rows of a new booking, which was checked."""
    return (await create_meetings(session, actor, [(draft, tree)], status, now))[0]


async def create_meetings(
    session: AsyncSession,
    actor: Actor,
    wanted: Sequence[tuple[MeetingDraft, OrgTree]],
    status: MeetingStatus,
    now: datetime,
) -> list[Meeting]:
    """The rows of many new bookings, each of which was checked against the units of its day, in few statements."""
    demo = await find_demo_people(session, [draft for draft, _tree in wanted])
    by_demo = await is_demo_account(session, actor)
    meetings = []
    for draft, _tree in wanted:
        meeting = Meeting(
            slug=secrets.token_hex(16),
            status=status,
            submitted_at=now if status is MeetingStatus.SUBMITTED else None,
            created_by=actor.account_id,
            created_at=now,
            is_demo=by_demo or not demo.isdisjoint({draft.chair_id, draft.secretary_id}),
            **fields_of(draft),
        )
        if status is MeetingStatus.SCHEDULED:
            meeting.approved_at, meeting.approved_by = now, actor.account_id
        meetings.append(meeting)
    session.add_all(meetings)
    await session.flush()
    parts: list[SQLModel] = []
    for meeting, (draft, tree) in zip(meetings, wanted, strict=True):
        parts += make_invitations(draft, meeting.id or 0, tree)
        parts += make_agenda(draft, meeting.id or 0)
    await insert_rows(session, parts)
    return meetings


async def insert_rows(session: AsyncSession, rows: Iterable[SQLModel]) -> None:
    """New rows whose keys nobody needs, a statement a table."""
    connection = await session.connection()
    by_model: dict[type[SQLModel], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_model[type(row)].append(row.model_dump(exclude={"id"}))
    for model, values in by_model.items():
        await connection.execute(insert(model), values)


def set_status(meeting: Meeting, status: MeetingStatus, actor: Actor, now: datetime, reason: str = "") -> None:
    """Take a step of the workflow, with what is noted of it; ``reason``: why, where there is one."""
    check_step(meeting.status, status)
    fixed = status is MeetingStatus.SCHEDULED and meeting.status in (*PLANNED, MeetingStatus.POSTPONED)
    meeting.status, meeting.status_reason = status, reason
    if status is MeetingStatus.SUBMITTED:
        meeting.submitted_at = now
    if fixed:
        meeting.approved_at, meeting.approved_by = now, actor.account_id


def need_reason(reason: str, message: str) -> str:
    """As much of a reason as is kept; ``Invalid`` with ``message`` where none is given."""
    if not reason.strip():
        raise Invalid(message, field="reason")
    return reason.strip()[:LONGEST_REASON]


def note_form_change(session: AsyncSession, actor: Actor, meeting: Meeting, draft: MeetingDraft, now: datetime) -> None:
    """A fixed meeting changes its form: who did it, and why."""
    reason = draft.change_reason.strip() or (draft.form_reason.strip() if draft.planned_form is Form.IN_PERSON else "")
    if not reason:
        raise Invalid(N_("Lịch họp đã duyệt: cần nêu lý do đổi hình thức họp."), field="change_reason")
    session.add(
        FormChange(
            meeting_id=meeting.id or 0,
            at=now,
            account_id=actor.account_id,
            name=actor.name[:150],
            old=meeting.planned_form,
            new=draft.planned_form,
            reason=reason[:LONGEST_REASON],
        )
    )


async def tell_calendars(session: AsyncSession, meeting: Meeting, now: datetime, *, cancelled: str = "") -> None:
    """What calendars show of a fixed meeting has changed: a new SEQUENCE (RFC 5545, section 3.8.7.4), and a letter to
    those who were invited. ``cancelled``: why it leaves their calendars."""
    await next_sequence(session, meeting)
    bundle = (await bundle_meetings(session, [meeting]))[0]
    if cancelled:
        await queue_cancellation(session, bundle, cancelled, now)
    else:
        await queue_update(session, bundle, now)


async def tell_departed(session: AsyncSession, meeting: Meeting, now: datetime) -> None:
    """Other units are invited than before: those who are not any more are told so, and nobody else."""
    await next_sequence(session, meeting)
    await queue_departures(session, (await bundle_meetings(session, [meeting]))[0], now)


async def find_demo_people(session: AsyncSession, drafts: Collection[MeetingDraft]) -> set[int]:
    """Those of the demo who chair or write: a meeting with them goes when the demo goes."""
    named = {key for draft in drafts for key in (draft.chair_id, draft.secretary_id)}
    return {key for key, person in (await get_people(session, named)).items() if person.is_demo}


async def is_demo_account(session: AsyncSession, actor: Actor) -> bool:
    """Whether what this account books goes with the demo."""
    account = await session.get(Account, actor.account_id) if actor.account_id is not None else None
    return account is not None and account.is_demo


async def refuse_clashes(
    session: AsyncSession, actor: Actor, draft: MeetingDraft, meeting_id: int | None, bridge: int = 0
) -> None:
    """``Conflict`` with all that keeps the draft from being booked. ``bridge``: see ``clash_store.find_taken``."""
    await refuse_taken(session, actor, await load_wanted(session, draft, meeting_id), bridge)


async def load_wanted(session: AsyncSession, draft: MeetingDraft, meeting_id: int | None) -> Booked:
    """What the draft takes, with the people whom units send to the meeting that it changes."""
    delegated = await list_delegated(session, [] if meeting_id is None else [meeting_id])
    return wanted_of(draft, meeting_id, delegated.get(meeting_id or 0, ()))


async def save_invitations(session: AsyncSession, meeting: Meeting, draft: MeetingDraft, tree: OrgTree) -> None:
    """A unit that stays invited keeps its answer and what its site has said of itself."""
    before = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting.id))).all()
    kept = {row.unit_id: row for row in before}
    for wanted in make_invitations(draft, meeting.id or 0, tree):
        row = kept.pop(wanted.unit_id, wanted)
        row.site_id, row.position = wanted.site_id, wanted.position
        session.add(row)
    for row in kept.values():
        await session.delete(row)
    await session.flush()


def describe_draft(draft: MeetingDraft) -> dict[str, object]:
    return {
        **fields_of(draft),
        "units": sorted(each.unit_id for each in draft.invitations),
        "agenda": [item.title for item in draft.agenda],
    }


def list_part_changes(bundle: MeetingBundle, draft: MeetingDraft) -> dict[str, list[object]]:
    """What changes of the invited units with their sites, and of the agenda, as ``[old, new]``."""
    units = {each.unit.id: each.invitation.site_id for each in bundle.invitations}
    new_units = {each.unit_id: each.site_id for each in draft.invitations}
    agenda = [[item.title, item.presenter, item.minutes] for item in bundle.agenda if not item.carried]
    new_agenda = [[item.title.strip(), item.presenter.strip(), item.minutes] for item in draft.agenda]
    changes: dict[str, list[object]] = {}
    if units != new_units:
        changes["units"] = [sorted(units.items()), sorted(new_units.items())]
    if agenda != new_agenda:
        changes["agenda"] = [agenda, new_agenda]
    return changes
