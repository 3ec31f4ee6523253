"""Who may do what: one predicate per sentence of policy. Decisions only, no queries.

Three rules stand behind all of them. The inspector ("Kiểm tra, chỉ xem") reads everything and changes nothing, whatever
other roles the account has. What a meeting makes of a person (its chair, its secretary) counts as much as the account's
roles. A guest has no account: what a guest may do is decided by the link, not here.
"""

from collections.abc import Collection
from dataclasses import dataclass

from meetings.kinds import BOOKED, LIVE, OVER, PLANNED
from meetings.models import Meeting, MeetingStatus, Role

OVERSEERS = frozenset({Role.OFFICE, Role.LEADER, Role.INSPECTOR})  # they see every meeting and its record


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``unit_id`` is the person's unit, or that of the site whose account it is."""

    account_id: int | None
    name: str
    roles: frozenset[Role]
    person_id: int | None = None
    site_id: int | None = None
    unit_id: int | None = None
    locale: str = "vi"

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


def is_read_only(actor: Actor) -> bool:
    return Role.INSPECTOR in actor.roles


def is_chair(actor: Actor, meeting: Meeting) -> bool:
    return actor.person_id is not None and actor.person_id == meeting.chair_id


def is_secretary(actor: Actor, meeting: Meeting) -> bool:
    return actor.person_id is not None and actor.person_id == meeting.secretary_id


def _belongs(actor: Actor, meeting: Meeting, invited_unit_ids: Collection[int], site_ids: Collection[int] = ()) -> bool:
    """Invited by unit, or the account of the meeting's hall or of a site (``site_ids``) where an invited unit sits."""
    if actor.unit_id is not None and (actor.unit_id in invited_unit_ids or actor.unit_id == meeting.convening_unit_id):
        return True
    return actor.site_id is not None and (actor.site_id == meeting.hall_id or actor.site_id in site_ids)


def _booked(actor: Actor, meeting: Meeting) -> bool:
    return actor.account_id is not None and actor.account_id == meeting.created_by


def runs_meeting(actor: Actor, meeting: Meeting) -> bool:
    """The secretaries of the meeting: the named one, who booked it, those of its convening unit, and the office."""
    if is_read_only(actor):
        return False
    own = actor.unit_id == meeting.convening_unit_id or _booked(actor, meeting)
    return is_secretary(actor, meeting) or actor.has(Role.OFFICE) or (actor.has(Role.SECRETARY) and own)


def _sees_all(actor: Actor, meeting: Meeting) -> bool:
    """Those who run it, its chair and its secretary, and the overseers: nothing of it is kept from them."""
    named = is_chair(actor, meeting) or is_secretary(actor, meeting)
    return named or runs_meeting(actor, meeting) or actor.has(*OVERSEERS)


def may_book(actor: Actor) -> bool:
    """The coordinating office and secretaries book; for which unit, ``may_convene`` says."""
    return actor.has(Role.OFFICE, Role.SECRETARY) and not is_read_only(actor)


def may_convene(actor: Actor, unit_ids: Collection[int], convening_unit_id: int) -> bool:
    """The office books for every unit, a secretary for ``unit_ids``: the own unit and the committee it serves."""
    return may_book(actor) and (actor.has(Role.OFFICE) or convening_unit_id in unit_ids)


def may_use_template(actor: Actor, unit_id: int | None) -> bool:
    """Whoever books may start from a template of everybody's or of the own unit; the office from any."""
    return may_book(actor) and (unit_id is None or unit_id == actor.unit_id or actor.has(Role.OFFICE))


def may_manage_template(actor: Actor, unit_id: int | None) -> bool:
    """Those of the own unit; everybody's and all others are the office's."""
    return may_use_template(actor, unit_id) and (unit_id is not None or actor.has(Role.OFFICE))


def may_view_meeting(
    actor: Actor, meeting: Meeting, invited_unit_ids: Collection[int], site_ids: Collection[int] = ()
) -> bool:
    """Those who run it, those invited, and the overseers; technicians and administrators see that it takes place.

    Before it is fixed nobody is invited: only those who prepare it see it, and the overseers.
    """
    fixed = meeting.status not in PLANNED
    return (
        _sees_all(actor, meeting)
        or (fixed and actor.has(Role.TECHNICIAN, Role.ADMINISTRATOR))
        or (fixed and _belongs(actor, meeting, invited_unit_ids, site_ids))
        or _booked(actor, meeting)
    )


def may_edit_meeting(actor: Actor, meeting: Meeting) -> bool:
    """Only before it starts: afterwards the record speaks."""
    return runs_meeting(actor, meeting) and meeting.status in (*PLANNED, *BOOKED, MeetingStatus.POSTPONED)


def may_cancel_meeting(actor: Actor, meeting: Meeting) -> bool:
    return may_edit_meeting(actor, meeting)


def may_record_held(actor: Actor, meeting: Meeting) -> bool:
    """That a fixed meeting took place outside the room, also one that was postponed and held without a new booking."""
    return runs_meeting(actor, meeting) and meeting.status in (*BOOKED, MeetingStatus.POSTPONED)


def may_fix_booking(actor: Actor, chair_id: int) -> bool:
    """Where bookings are to be approved: the coordinating office and the chair, whose own need nobody else."""
    chairs = actor.has(Role.CHAIR) and actor.person_id == chair_id
    return not is_read_only(actor) and (actor.has(Role.OFFICE) or chairs)


def may_submit_booking(actor: Actor, meeting: Meeting) -> bool:
    return runs_meeting(actor, meeting) and meeting.status is MeetingStatus.DRAFT


def may_approve_booking(actor: Actor, meeting: Meeting) -> bool:
    return may_fix_booking(actor, meeting.chair_id) and meeting.status is MeetingStatus.SUBMITTED


def may_postpone_meeting(actor: Actor, meeting: Meeting) -> bool:
    return runs_meeting(actor, meeting) and meeting.status in BOOKED


def may_change_form(actor: Actor, meeting: Meeting) -> bool:
    """The chair decides on the form and the secretaries put it down, until the meeting begins."""
    able = runs_meeting(actor, meeting) or (is_chair(actor, meeting) and not is_read_only(actor))
    return able and meeting.status in BOOKED


def may_close_otherwise(actor: Actor, meeting: Meeting) -> bool:
    """A meeting that ended without a conclusion: resume it another time, or give it up."""
    return runs_meeting(actor, meeting) and meeting.status is MeetingStatus.ENDED


def may_change_exclusion(actor: Actor, meeting: Meeting) -> bool:
    """Whether a meeting counts is fixed with its booking; afterwards the coordinating office alone may change it."""
    fixed = meeting.status not in (*PLANNED, MeetingStatus.CANCELLED)
    return actor.has(Role.OFFICE) and not is_read_only(actor) and fixed


def may_view_old_papers(actor: Actor, meeting: Meeting) -> bool:
    """The versions that a newer one replaced: those who run the meeting, and the inspector."""
    return runs_meeting(actor, meeting) or actor.has(Role.INSPECTOR)


def may_join_meeting(
    actor: Actor, meeting: Meeting, invited_unit_ids: Collection[int], site_ids: Collection[int] = ()
) -> bool:
    """Those invited, those who run it, technicians, and leaders as observers. The inspector reads the record only."""
    if meeting.status not in LIVE or is_read_only(actor):
        return False
    return (
        is_chair(actor, meeting)
        or runs_meeting(actor, meeting)
        or actor.has(Role.TECHNICIAN, Role.LEADER)
        or _belongs(actor, meeting, invited_unit_ids, site_ids)
    )


def may_operate_room(actor: Actor, meeting: Meeting) -> bool:
    """Start, end, record, mute, remove. Chairs hold no mouse, so secretary and technician act on their word."""
    if is_read_only(actor):
        return False
    return is_chair(actor, meeting) or runs_meeting(actor, meeting) or actor.has(Role.TECHNICIAN)


def may_read_papers(
    actor: Actor, meeting: Meeting, invited_unit_ids: Collection[int], site_ids: Collection[int] = ()
) -> bool:
    """Whoever may come into the room may open what is shown in it; afterwards whoever may read its minutes."""
    return may_join_meeting(actor, meeting, invited_unit_ids, site_ids) or may_view_minutes(
        actor, meeting, invited_unit_ids
    )


def may_manage_papers(actor: Actor, meeting: Meeting) -> bool:
    """Those who run it, until it has ended: what was before the meeting is not changed afterwards."""
    return runs_meeting(actor, meeting) and meeting.status in LIVE


def may_name_voters(actor: Actor, meeting: Meeting) -> bool:
    return may_manage_papers(actor, meeting)


def may_log_incidents(actor: Actor, meeting: Meeting) -> bool:
    """Those who operate the room, from the trial on."""
    return may_operate_room(actor, meeting) and meeting.status is not MeetingStatus.CANCELLED


def may_view_readiness(actor: Actor, meeting: Meeting) -> bool:
    """The rehearsal board and the incident log: those who operate the room, and the overseers."""
    return may_operate_room(actor, meeting) or actor.has(*OVERSEERS)


def may_view_reports(actor: Actor) -> bool:
    """Connection tests of everybody: those who help with them."""
    return actor.has(Role.TECHNICIAN, Role.ADMINISTRATOR)


def may_set_duty(actor: Actor, meeting: Meeting, site_id: int, site_unit_id: int) -> bool:
    """Those who operate the room, the site's own account, and the contact of the unit whose site it is."""
    if is_read_only(actor) or meeting.status not in LIVE:
        return False
    own = actor.site_id == site_id or (actor.has(Role.UNIT_CONTACT) and actor.unit_id == site_unit_id)
    return own or may_operate_room(actor, meeting)


def may_invite_guests(actor: Actor, meeting: Meeting) -> bool:
    open_meeting = meeting.status in LIVE
    return open_meeting and (runs_meeting(actor, meeting) or (is_chair(actor, meeting) and not is_read_only(actor)))


def may_confirm_attendance(actor: Actor, meeting: Meeting) -> bool:
    """The meeting's secretaries, once it has ended."""
    return runs_meeting(actor, meeting) and meeting.status in OVER


def may_register_people(actor: Actor, meeting: Meeting, unit_id: int, invited_unit_ids: Collection[int]) -> bool:
    """An invited unit's contact until the meeting is over; its secretaries also afterwards, for the record."""
    if is_read_only(actor) or unit_id not in invited_unit_ids:
        return False
    if runs_meeting(actor, meeting):
        return meeting.status in (*LIVE, *OVER)
    return _speaks_for(actor, unit_id) and meeting.status in LIVE


def may_answer_for_unit(actor: Actor, meeting: Meeting, unit_id: int, invited_unit_ids: Collection[int]) -> bool:
    """The unit's contact, or a secretary who was told on the telephone, until the meeting begins."""
    if is_read_only(actor) or unit_id not in invited_unit_ids or meeting.status not in BOOKED:
        return False
    return _speaks_for(actor, unit_id) or runs_meeting(actor, meeting)


def may_ask_chair(actor: Actor, meeting: Meeting, unit_id: int, invited_unit_ids: Collection[int]) -> bool:
    """To be excused or to send somebody else: as registering people, while the meeting is still to come or going on."""
    return meeting.status in LIVE and may_register_people(actor, meeting, unit_id, invited_unit_ids)


def _speaks_for(actor: Actor, unit_id: int) -> bool:
    return actor.has(Role.UNIT_CONTACT) and actor.unit_id == unit_id


def may_decide_places(actor: Actor, meeting: Meeting) -> bool:
    """The chair; a secretary on the chair's word, which the log says."""
    if is_read_only(actor) or meeting.status not in (*LIVE, *OVER):
        return False
    return is_chair(actor, meeting) or runs_meeting(actor, meeting)


def may_view_people(actor: Actor, meeting: Meeting, unit_id: int | None = None) -> bool:
    """Names, positions and answers: those who run the meeting and the overseers; everybody those of the own unit."""
    if _sees_all(actor, meeting):
        return True
    return unit_id is not None and actor.unit_id == unit_id


def may_run_checkin(actor: Actor, meeting: Meeting) -> bool:
    """The screen at the hall's door and the list to tick: those who operate the room, and the hall's own account."""
    if is_read_only(actor) or meeting.status not in LIVE or meeting.hall_id is None:
        return False
    return may_operate_room(actor, meeting) or actor.site_id == meeting.hall_id


def may_confirm_people(actor: Actor, meeting: Meeting) -> bool:
    """Of those who put themselves on the list at the door: the secretaries, from the door on."""
    return runs_meeting(actor, meeting) and meeting.status in (*LIVE, *OVER)


def may_export_attendance(actor: Actor, meeting: Meeting) -> bool:
    """Those who make the record and answer for it, and the overseers, once the meeting has begun."""
    return meeting.status in (MeetingStatus.IN_SESSION, *OVER) and may_view_people(actor, meeting)


def may_draft_invitation(actor: Actor, meeting: Meeting) -> bool:
    """Those who run it fill in the official invitation and submit it, once the meeting is fixed."""
    return runs_meeting(actor, meeting) and meeting.status in BOOKED


def may_keep_documents(actor: Actor, unit_ids: Collection[int], organ_id: int) -> bool:
    """Number, issue and withdraw: the clerk of the organ (``unit_ids``: for which the clerk acts), and the office."""
    own = actor.has(Role.CLERK) and organ_id in unit_ids
    return (own or actor.has(Role.OFFICE)) and not is_read_only(actor)


def may_view_drafts(actor: Actor, meeting: Meeting, unit_ids: Collection[int], organ_id: int) -> bool:
    """An invitation on its way: those who run the meeting, its chair, the organ's clerk, the overseers."""
    own = actor.has(Role.CLERK) and organ_id in unit_ids and meeting.status not in PLANNED
    return own or _sees_all(actor, meeting)


def may_list_documents(actor: Actor) -> bool:
    """The register of outgoing documents. A clerk sees those of the own organs alone."""
    return actor.has(*OVERSEERS, Role.CLERK)


def may_view_minutes(
    actor: Actor, meeting: Meeting, invited_unit_ids: Collection[int], *, approved: bool = True
) -> bool:
    """Approved minutes: everybody invited, the clerk and the overseers. A draft: those who make it and overseers."""
    if _sees_all(actor, meeting):
        return True
    invited = actor.has(Role.CLERK) or _belongs(actor, meeting, invited_unit_ids)
    return approved and invited and meeting.status not in PLANNED


def may_edit_minutes(actor: Actor, meeting: Meeting) -> bool:
    return runs_meeting(actor, meeting)


def may_approve_minutes(actor: Actor, meeting: Meeting) -> bool:
    """The chair, and nobody in the chair's place."""
    return is_chair(actor, meeting) and not is_read_only(actor)


def may_download_documents(actor: Actor, meeting: Meeting, invited_unit_ids: Collection[int]) -> bool:
    return may_view_minutes(actor, meeting, invited_unit_ids, approved=True)


def may_hear_recording(actor: Actor, meeting: Meeting) -> bool:
    """Those who make the minutes or answer for them, and the overseers."""
    return _sees_all(actor, meeting)


def may_view_ratio(actor: Actor) -> bool:
    return actor.has(*OVERSEERS, Role.CHAIR, Role.SECRETARY)


def may_close_ratio(actor: Actor) -> bool:
    """The coordinating office answers for the figures that it reports."""
    return actor.has(Role.OFFICE) and not is_read_only(actor)


def may_count_secrets(actor: Actor) -> bool:
    return may_close_ratio(actor)


def may_explain_ratio(actor: Actor, unit_id: int) -> bool:
    """Why a unit is below the target: its contact, and the office that was told."""
    return not is_read_only(actor) and (actor.has(Role.OFFICE) or _speaks_for(actor, unit_id))


def may_view_units(actor: Actor) -> bool:
    """Names of units and sites are public; every account may look them up."""
    return actor.account_id is not None


def may_manage_units(actor: Actor) -> bool:
    return actor.has(Role.ADMINISTRATOR, Role.OFFICE) and not is_read_only(actor)


def may_view_accounts(actor: Actor) -> bool:
    return actor.has(Role.ADMINISTRATOR, Role.INSPECTOR)


def may_manage_accounts(actor: Actor) -> bool:
    return actor.has(Role.ADMINISTRATOR) and not is_read_only(actor)


def may_view_audit(actor: Actor) -> bool:
    return actor.has(Role.ADMINISTRATOR, Role.INSPECTOR)


def may_make_feed(actor: Actor, unit_id: int | None) -> bool:
    """Of one's own meetings and one's own unit everybody; of other units those who see every meeting anyway."""
    return actor.account_id is not None and (unit_id in (None, actor.unit_id) or actor.has(*OVERSEERS))


def may_view_mail(actor: Actor) -> bool:
    """All letters that leave, and what became of those that came: never what stands in them."""
    return actor.has(Role.ADMINISTRATOR, Role.OFFICE, Role.INSPECTOR)


def may_view_meeting_mail(actor: Actor, meeting: Meeting) -> bool:
    """The letters about one meeting: those who run it too."""
    return may_view_mail(actor) or runs_meeting(actor, meeting)


def may_send_mail_again(actor: Actor, meeting: Meeting | None) -> bool:
    """Who sees that a letter could not be sent, and may change something. ``meeting``: the one that it is about."""
    return not is_read_only(actor) and (may_view_mail(actor) or (meeting is not None and runs_meeting(actor, meeting)))
