"""What bookings are checked against, and how their parts are kept: shared by who books, edits and approves."""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.availability import Booked
from meetings.clash_store import list_delegated, refuse_taken, wanted_of
from meetings.errors import N_, Invalid
from meetings.meeting_store import MeetingBundle, list_channels
from meetings.models import Account, Invitation, Meeting, UnitKind
from meetings.org_tree import OrgTree, Validity
from meetings.people_store import get_people, get_sites, load_tree
from meetings.periods import local_day
from meetings.permissions import Actor, may_convene
from meetings.scheduling import (
    FIELDS,
    HOSTED,
    OVERBOOKED,
    AgendaDraft,
    InvitationDraft,
    MeetingDraft,
    check_hosts,
    check_units,
    fields_of,
    make_agenda,
    make_invitations,
)


def own_units(actor: Actor, tree: OrgTree) -> frozenset[int]:
    """The units a secretary books for: the own one, and the committee that an office serves."""
    unit = tree.get(actor.unit_id)
    if unit is None:
        return frozenset()
    served = unit.parent_id if unit.kind is UnitKind.OFFICE else None
    return frozenset({unit.id} if served is None else {unit.id, served})


def draft_of(bundle: MeetingBundle) -> MeetingDraft:
    """The booking as it stands, as the draft that would make it. What was booked knowingly still is."""
    values = {name: getattr(bundle.meeting, name) for name in FIELDS}
    return MeetingDraft(
        **values,
        knowingly=(OVERBOOKED, HOSTED),
        invitations=tuple(InvitationDraft(each.unit.id, each.invitation.site_id) for each in bundle.invitations),
        agenda=tuple(AgendaDraft(item.title, item.presenter, item.minutes) for item in bundle.agenda),
    )


async def check_against_data(
    session: AsyncSession, actor: Actor, draft: MeetingDraft, before: MeetingBundle | None = None
) -> OrgTree:
    """Units, people, sites and channel must exist on the meeting's day. Returns the units of that day.

    ``before``: an edit may keep the convening unit it has, whoever booked it.
    """
    day = local_day(draft.starts_at)
    tree = await load_tree(session, day)
    check_units(draft, tree)
    kept = before is not None and before.meeting.convening_unit_id == draft.convening_unit_id
    if not kept and not may_convene(actor, own_units(actor, tree), draft.convening_unit_id):
        raise Invalid(N_("Bạn không được đặt lịch thay cho đơn vị này."), field="convening_unit_id")
    people = await get_people(session, {draft.chair_id, draft.secretary_id})
    if draft.chair_id not in people:
        raise Invalid(N_("Cần chọn người chủ trì."), field="chair_id")
    if draft.secretary_id not in people:
        raise Invalid(N_("Cần chọn thư ký."), field="secretary_id")
    wanted = {each.site_id for each in draft.invitations if each.site_id is not None}
    sites = await get_sites(session, wanted | ({draft.hall_id} if draft.hall_id is not None else set()))
    valid = {key for key, site in sites.items() if Validity(site.valid_from, site.valid_to).covers(day)}
    if draft.hall_id is not None and draft.hall_id not in valid:
        raise Invalid(N_("Phòng họp không có vào ngày họp."), field="hall_id")
    if not wanted <= valid:
        raise Invalid(N_("Có điểm cầu không tồn tại vào ngày họp."), field="invitations")
    check_hosts(draft, tree, sites)
    if draft.channel not in {channel.code for channel in await list_channels(session)}:
        raise Invalid(N_("Hệ thống họp không có trong danh mục."), field="channel")
    return tree


async def is_demo(session: AsyncSession, actor: Actor, draft: MeetingDraft) -> bool:
    """A meeting that a demo account books, or with demo people, goes when the demo goes."""
    people = await get_people(session, {draft.chair_id, draft.secretary_id})
    account = await session.get(Account, actor.account_id) if actor.account_id is not None else None
    return any(person.is_demo for person in people.values()) or (account is not None and account.is_demo)


async def refuse_clashes(
    session: AsyncSession, actor: Actor, draft: MeetingDraft, meeting_id: int | None, bridge: int = 0
) -> None:
    """``Conflict`` with all that keeps the draft from being booked. ``bridge``: see ``clash_store.find_taken``."""
    await refuse_taken(session, actor, await load_wanted(session, draft, meeting_id), bridge)


async def load_wanted(session: AsyncSession, draft: MeetingDraft, meeting_id: int | None) -> Booked:
    """What the draft takes, with the people whom units send to the meeting that it changes."""
    delegated = await list_delegated(session, [] if meeting_id is None else [meeting_id])
    return wanted_of(draft, meeting_id, delegated.get(meeting_id or 0, ()))


async def save_parts(session: AsyncSession, meeting: Meeting, draft: MeetingDraft, tree: OrgTree) -> None:
    """A unit that stays invited keeps its answer and what its site has said of itself."""
    before = (await session.exec(select(Invitation).where(Invitation.meeting_id == meeting.id))).all()
    kept = {row.unit_id: row for row in before}
    for wanted in make_invitations(draft, meeting.id or 0, tree):
        row = kept.pop(wanted.unit_id, wanted)
        row.site_id, row.position = wanted.site_id, wanted.position
        session.add(row)
    for row in kept.values():
        await session.delete(row)
    session.add_all(make_agenda(draft, meeting.id or 0))
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
    agenda = [[item.title, item.presenter, item.minutes] for item in bundle.agenda]
    new_agenda = [[item.title.strip(), item.presenter.strip(), item.minutes] for item in draft.agenda]
    changes: dict[str, list[object]] = {}
    if units != new_units:
        changes["units"] = [sorted(units.items()), sorted(new_units.items())]
    if agenda != new_agenda:
        changes["agenda"] = [agenda, new_agenda]
    return changes
