"""The people of a meeting on the page of its attendance: a summary beside each unit, and its rows when unfolded.

``attendance_people.html`` (asked for when a unit is unfolded, and in the page where it was when a form is refused)
    ``unit``        the invited unit; ``people``: its ``PersonAttendance`` rows; ``choices`` of how one attended
    ``typed``       what stands in the fields: ``attended-<key>``, ``reason-<key>``
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meetings.actions import ConfirmedPeople
from meetings.attendance_roll import PersonAttendance
from meetings.kinds import HERE, Attended
from web.i18n import _
from web.inputs import Fields, read_key
from web.layout import ATTENDED_NAMES


@dataclass(frozen=True)
class Summary:
    """Of the people of one unit: how many were there, were absent, or are unknown; how many are confirmed."""

    total: int
    here: int
    absent: int
    unknown: int
    confirmed: int


def summarize(people: Sequence[PersonAttendance]) -> Summary:
    counted = Counter(each.attended for each in people)
    here = sum(counted[each] for each in HERE)
    return Summary(
        total=len(people),
        here=here,
        absent=len(people) - here - counted[None],
        unknown=counted[None],
        confirmed=sum(each.confirmed for each in people),
    )


def list_choices() -> list[tuple[str, str]]:
    return [("", _("Chưa rõ"))] + [(attended.value, _(name)) for attended, name in ATTENDED_NAMES.items()]


def fill_in(people: Sequence[PersonAttendance]) -> dict[str, str]:
    """What the fields hold at first: what is confirmed, else what is proposed."""
    typed = {}
    for each in people:
        typed[f"attended-{each.delegate.id}"] = each.attended.value if each.attended else ""
        typed[f"reason-{each.delegate.id}"] = each.reason
    return typed


def read_opened(fields: Fields) -> set[int]:
    """The units whose people were unfolded when the form was sent."""
    return {key for key in map(read_key, fields.all("opened")) if key is not None}


def read_people(fields: Fields, people: Sequence[PersonAttendance]) -> ConfirmedPeople:
    """What the form says of people: of those that were unfolded each, of a unit that was all there everybody."""
    attended: dict[int, Attended | None] = {}
    reasons: dict[int, str] = {}
    for each in people:
        key = each.delegate.id or 0
        if fields.flag(f"all-{each.delegate.unit_id}"):
            attended[key] = Attended.PRESENT
        elif fields.has(f"attended-{key}"):
            value = fields.raw(f"attended-{key}")
            attended[key] = fields.choice(f"attended-{key}", Attended, _spell_missing(each)) if value else None
            reasons[key] = fields.text(f"reason-{key}", 300)
    return ConfirmedPeople(attended, reasons, as_proposed=fields.flag("as_proposed"))


def _spell_missing(each: PersonAttendance) -> str:
    return _("Hãy chọn việc tham dự của {name}.", name=each.delegate.full_name)


def keep_typed(fields: Fields, people: Sequence[PersonAttendance]) -> Mapping[str, str]:
    """Of a refused form, what was typed of people."""
    names = [f"{name}-{each.delegate.id}" for each in people for name in ("attended", "reason")]
    return {name: fields.raw(name) for name in names if fields.has(name)}
