"""Drafts kept as JSON for series and templates, and a change of a draft carried over to those that differ from it."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, get_type_hints

from meetings.interval import Span
from meetings.scheduling import FIELDS, AgendaDraft, InvitationDraft, MeetingDraft, fields_of

TIMES = ("starts_at", "ends_at")
KEPT = tuple(name for name in FIELDS if name not in TIMES)
CHOICES = {
    name: hint
    for name, hint in get_type_hints(MeetingDraft).items()
    if isinstance(hint, type) and issubclass(hint, StrEnum)
}


def write_draft(draft: MeetingDraft) -> dict[str, Any]:
    """All that a draft says but its time, as JSON values."""
    fields = fields_of(draft)
    return {name: fields[name] for name in KEPT} | {
        "invitations": [[each.unit_id, each.site_id] for each in draft.invitations],
        "agenda": [[item.title, item.presenter, item.minutes] for item in draft.agenda],
    }


def read_draft(values: Mapping[str, Any], span: Span) -> MeetingDraft:
    """The draft that was kept, for a meeting within ``span``. What was not kept then has its usual value."""
    fields: dict[str, Any] = {name: value for name, value in values.items() if name in KEPT}
    fields |= {name: choice(fields[name]) for name, choice in CHOICES.items() if name in fields}
    return MeetingDraft(
        **fields,
        starts_at=span.start,
        ends_at=span.end,
        invitations=tuple(InvitationDraft(*each) for each in values.get("invitations", ())),
        agenda=tuple(AgendaDraft(*each) for each in values.get("agenda", ())),
    )


def carry_over(old: MeetingDraft, new: MeetingDraft, own: MeetingDraft, *, force: bool = False) -> MeetingDraft:
    """``own`` with what changed from ``old`` to ``new``, but for what it had otherwise than ``old`` already.

    ``force``: that too. Each invited unit is a part of its own, the agenda is one; times are left alone.
    """
    before, after, mine = fields_of(old), fields_of(new), fields_of(own)
    changed: dict[str, Any] = {
        name: after[name] for name in KEPT if (before[name] != after[name] if force else mine[name] == before[name])
    }
    units = _carry_units(_places(old), _places(new), _places(own), force)
    if list(new.agenda) != list(old.agenda) if force else list(own.agenda) == list(old.agenda):
        changed["agenda"] = new.agenda
    invitations = tuple(InvitationDraft(unit, site) for unit, site in units.items())
    return replace(own, invitations=invitations, knowingly=new.knowingly, change_reason=new.change_reason, **changed)


def _places(draft: MeetingDraft) -> dict[int, int | None]:
    return {each.unit_id: each.site_id for each in draft.invitations}


def _carry_units(
    old: Mapping[int, int | None], new: Mapping[int, int | None], own: Mapping[int, int | None], force: bool
) -> dict[int, int | None]:
    missing = -1
    found: dict[int, int | None] = {}
    for unit in dict.fromkeys((*new, *own)):
        before, after, mine = (places.get(unit, missing) for places in (old, new, own))
        follows = before != after if force else mine == before
        if unit in (new if follows else own):
            found[unit] = after if follows else mine
    return found


def list_own(draft: MeetingDraft, own: MeetingDraft) -> list[str]:
    """The names of the parts in which ``own`` differs from ``draft``, times left out."""
    before, mine = fields_of(draft), fields_of(own)
    names = [name for name in KEPT if before[name] != mine[name]]
    if _places(draft) != _places(own):
        names.append("invitations")
    if list(draft.agenda) != list(own.agenda):
        names.append("agenda")
    return names
