"""Who may do what with the record of a meeting: as ``meetings.permissions``, one predicate per sentence of policy."""

from collections.abc import Collection
from datetime import date

from meetings.kinds import OVER
from meetings.models import Meeting, Role
from meetings.permissions import (
    OVERSEERS,
    Actor,
    is_chair,
    is_read_only,
    is_secretary,
    may_hear_recording,
    may_view_minutes,
    runs_meeting,
)


def may_list_tasks(actor: Actor) -> bool:
    """Everybody with an account; which ones, ``may_view_task`` says."""
    return actor.account_id is not None


def may_view_task(
    actor: Actor, meeting: Meeting, task_unit_ids: Collection[int], invited_unit_ids: Collection[int]
) -> bool:
    """Who may read the minutes that give it, and the units that lead or support it, invited or not."""
    own = actor.unit_id is not None and actor.unit_id in task_unit_ids
    return own or may_view_minutes(actor, meeting, invited_unit_ids, approved=True)


def may_report_task(actor: Actor, lead_unit_ids: Collection[int]) -> bool:
    """The lead unit's contact. ``lead_unit_ids``: the unit, and those that it has become."""
    return not is_read_only(actor) and actor.has(Role.UNIT_CONTACT) and actor.unit_id in lead_unit_ids


def may_note_report(actor: Actor, meeting: Meeting) -> bool:
    """What a unit told by telephone or letter, or one without an account: the secretaries, and the log says so."""
    return runs_meeting(actor, meeting)


def may_judge_task(actor: Actor, meeting: Meeting) -> bool:
    """Accept, return, extend, call off, open again: the convening side, which is the chair and the secretaries."""
    return not is_read_only(actor) and (is_chair(actor, meeting) or runs_meeting(actor, meeting))


def sees_every_task(actor: Actor) -> bool:
    return actor.has(*OVERSEERS)


def follows_task(actor: Actor, meeting: Meeting) -> bool:
    """Whose concern it is that it gets done: the chair and the secretary who are named."""
    return is_chair(actor, meeting) or is_secretary(actor, meeting)


def may_read_for_comments(actor: Actor, invited_unit_ids: Collection[int]) -> bool:
    """A draft that is out for comments: the contacts of the invited units."""
    return actor.has(Role.UNIT_CONTACT) and actor.unit_id is not None and actor.unit_id in invited_unit_ids


def may_comment_minutes(actor: Actor, invited_unit_ids: Collection[int], until: date | None, today: date) -> bool:
    """Those who read it for that, to the end of the day that the secretary set."""
    open_still = until is not None and today <= until
    return open_still and not is_read_only(actor) and may_read_for_comments(actor, invited_unit_ids)


def may_draft_notice(actor: Actor, meeting: Meeting) -> bool:
    """Those who run it, once it is over: they draft the notice of conclusions and submit what is to be signed."""
    return runs_meeting(actor, meeting) and meeting.status in OVER


def may_change_templates(actor: Actor) -> bool:
    """How an organ words and signs its documents: the office that serves it, and its clerks."""
    return actor.has(Role.OFFICE, Role.CLERK) and not is_read_only(actor)


def may_hand_in_signature(actor: Actor, meeting: Meeting, *, keeps: bool) -> bool:
    """A file that somebody has signed: those who run the meeting, its chair, and who keeps the organ's documents."""
    return not is_read_only(actor) and (keeps or is_chair(actor, meeting) or runs_meeting(actor, meeting))


def may_manage_recordings(actor: Actor, meeting: Meeting) -> bool:
    """Bring a recording from elsewhere, have one that failed tried again: those who make the minutes."""
    return not is_read_only(actor) and runs_meeting(actor, meeting)


def may_view_file(actor: Actor, meeting: Meeting) -> bool:
    """The meeting's file with its recordings and log: those who make the record or answer for it, and the overseers."""
    return may_hear_recording(actor, meeting)


def may_keep_file(actor: Actor, meeting: Meeting) -> bool:
    """Say how long it is kept, note that it was handed over, propose to destroy: those who run the meeting."""
    return not is_read_only(actor) and runs_meeting(actor, meeting)


def may_hold_file(actor: Actor, meeting: Meeting) -> bool:
    """Forbid that it is destroyed, and allow it again: those who keep it, and those who would decide."""
    return may_keep_file(actor, meeting) or may_decide_destruction(actor, meeting)


def may_decide_destruction(actor: Actor, meeting: Meeting) -> bool:
    """The leaders, the office and the chair; never who proposed it, which the use case sees to."""
    return not is_read_only(actor) and (actor.has(Role.LEADER, Role.OFFICE) or is_chair(actor, meeting))


def may_view_archive(actor: Actor) -> bool:
    """What is near its end, held or proposed; of which meetings, ``may_view_file`` says."""
    return actor.has(*OVERSEERS, Role.SECRETARY, Role.CHAIR, Role.ADMINISTRATOR)


def may_change_retention(actor: Actor) -> bool:
    """The table of terms: the office and the administrators."""
    return not is_read_only(actor) and actor.has(Role.OFFICE, Role.ADMINISTRATOR)
