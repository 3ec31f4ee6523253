from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meetings.errors import Invalid
from meetings.kinds import EXCLUSIONS, UnitKind
from meetings.models import Form, Meeting, MeetingKind
from meetings.org_tree import OrgTree, UnitView
from meetings.scheduling import (
    AgendaDraft,
    InvitationDraft,
    MeetingDraft,
    check_draft,
    check_units,
    fields_of,
    list_changes,
    make_agenda,
    make_invitations,
)
from tests.factories import NOW, TOMORROW

DRAFT = MeetingDraft(
    title=" Họp giao ban ",
    kind=MeetingKind.BRIEFING,
    convening_unit_id=1,
    chair_id=1,
    secretary_id=2,
    starts_at=TOMORROW,
    ends_at=TOMORROW + timedelta(hours=2),
    planned_form=Form.ONLINE,
    hall_id=5,
    invitations=(InvitationDraft(3, 30), InvitationDraft(2, 20)),
    agenda=(AgendaDraft(" Tình hình ", " Sở Tài chính ", 30), AgendaDraft("Kết luận")),
)


def unit(unit_id: int, order: int) -> UnitView:
    return UnitView(unit_id, f"Xã {unit_id}", "", UnitKind.PEOPLE_COMMITTEE, "commune", "cấp xã", 3, None, order)


TREE = OrgTree([unit(1, 1), unit(2, 2), unit(3, 3)])


def test_valid_draft_is_taken() -> None:
    check_draft(DRAFT, NOW)
    check_units(DRAFT, TREE)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "   "}, "title"),
        ({"ends_at": TOMORROW}, "ends_at"),
        ({"ends_at": TOMORROW - timedelta(minutes=1)}, "ends_at"),
        ({"ends_at": TOMORROW + timedelta(days=7, minutes=1)}, "ends_at"),
        ({"starts_at": NOW - timedelta(hours=1, seconds=1), "ends_at": NOW + timedelta(hours=1)}, "starts_at"),
        ({"starts_at": NOW - timedelta(minutes=30), "ends_at": NOW}, "starts_at"),
        ({"planned_form": Form.IN_PERSON}, "form_reason"),
        ({"planned_form": Form.IN_PERSON, "form_reason": "Xem bản đồ", "hall_id": None}, "hall_id"),
        ({"planned_form": Form.HYBRID, "hall_id": None}, "hall_id"),
        ({"exclusion": "holiday"}, "exclusion"),
        ({"exclusion": "disaster"}, "exclusion_reason"),
        ({"chair_id": 2}, "secretary_id"),
        ({"invitations": ()}, "invitations"),
        ({"invitations": (InvitationDraft(2), InvitationDraft(2))}, "invitations"),
        ({"invitations": (InvitationDraft(1),)}, "invitations"),
        ({"agenda": (AgendaDraft(" "),)}, "agenda"),
        ({"agenda": (AgendaDraft("Tình hình", minutes=0),)}, "agenda"),
    ],
)
def test_wrong_draft_is_refused_at_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_draft(replace(DRAFT, **change), NOW)
    assert refused.value.field == field
    assert refused.value.message.format(**refused.value.values)


@pytest.mark.parametrize(
    "change",
    [
        {"starts_at": NOW - timedelta(minutes=59)},
        {"planned_form": Form.IN_PERSON, "form_reason": "Xem bản đồ"},
        {"planned_form": Form.ONLINE, "hall_id": None},
        {"exclusion": next(iter(EXCLUSIONS)), "exclusion_reason": "Tại hiện trường"},
        {"agenda": ()},
        {"ends_at": TOMORROW + timedelta(days=7)},
    ],
)
def test_unusual_draft_is_taken(change: dict[str, Any]) -> None:
    check_draft(replace(DRAFT, **change), NOW)


def test_units_must_exist_on_the_day() -> None:
    with pytest.raises(Invalid) as refused:
        check_units(replace(DRAFT, convening_unit_id=9), TREE)
    assert refused.value.field == "convening_unit_id"
    with pytest.raises(Invalid) as refused:
        check_units(replace(DRAFT, invitations=(InvitationDraft(2), InvitationDraft(8))), TREE)
    assert (refused.value.field, refused.value.values) == ("invitations", {"units": [8]})


def test_invitations_stand_in_official_order() -> None:
    rows = make_invitations(DRAFT, 7, TREE)
    assert [(row.meeting_id, row.unit_id, row.site_id, row.position) for row in rows] == [(7, 2, 20, 1), (7, 3, 30, 2)]


def test_agenda_keeps_its_order() -> None:
    rows = make_agenda(DRAFT, 7)
    assert [(row.position, row.title, row.presenter, row.minutes) for row in rows] == [
        (1, "Tình hình", "Sở Tài chính", 30),
        (2, "Kết luận", "", None),
    ]


def test_changes_name_old_and_new() -> None:
    meeting = Meeting(id=1, slug="hop", created_at=datetime(2026, 1, 1, tzinfo=UTC), **fields_of(DRAFT))
    assert list_changes(meeting, DRAFT) == {}
    changed = replace(DRAFT, title="Họp đột xuất", urgent=True)
    assert list_changes(meeting, changed) == {"title": ["Họp giao ban", "Họp đột xuất"], "urgent": [False, True]}
