"""Who may see when others are free, and who keeps the calendar: maintenance, days off, deadlines, imports.

Predicates as those of ``meetings.permissions``.
"""

from meetings.kinds import Role
from meetings.permissions import OVERSEERS, Actor, is_read_only


def may_view_occupancy(actor: Actor) -> bool:
    """When halls, units and people are free: those who book, chair or watch over meetings, and who keeps the bridge."""
    return actor.has(*OVERSEERS, Role.SECRETARY, Role.CHAIR, Role.TECHNICIAN, Role.ADMINISTRATOR)


def may_view_schedule(actor: Actor, person_id: int | None, unit_id: int) -> bool:
    """A leader's week, or with no ``person_id`` that of a unit's leaders: its own people too."""
    own = actor.unit_id == unit_id or (person_id is not None and actor.person_id == person_id)
    return own or actor.has(*OVERSEERS, Role.SECRETARY, Role.CHAIR, Role.CLERK)


def may_manage_maintenance(actor: Actor) -> bool:
    return actor.has(Role.OFFICE, Role.ADMINISTRATOR, Role.TECHNICIAN) and not is_read_only(actor)


def may_view_maintenance(actor: Actor) -> bool:
    return may_manage_maintenance(actor) or is_read_only(actor)


def may_view_deadlines(actor: Actor) -> bool:
    return actor.has(Role.SECRETARY, Role.OFFICE, Role.INSPECTOR)


def may_manage_holidays(actor: Actor) -> bool:
    return actor.has(Role.OFFICE, Role.ADMINISTRATOR) and not is_read_only(actor)


def may_view_holidays(actor: Actor) -> bool:
    """Those who keep them, and the inspector."""
    return actor.has(Role.OFFICE, Role.ADMINISTRATOR, Role.INSPECTOR)


def may_import_meetings(actor: Actor) -> bool:
    """A file may hold meetings of every unit, so whoever brings it in answers for all of them."""
    return actor.has(Role.OFFICE) and not is_read_only(actor)
