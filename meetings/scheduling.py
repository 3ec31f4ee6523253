"""Decisions on bookings: what a draft must hold, and what changed. No queries; ``now`` is an argument."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from meetings.errors import N_, Invalid
from meetings.kinds import EXCLUSIONS
from meetings.models import AgendaItem, Classification, Form, Invitation, Meeting, MeetingKind, Site, UnitKind
from meetings.org_tree import OrgTree

GRACE = timedelta(hours=1)  # a meeting called at once may have begun while the form was filled in
LONGEST = timedelta(days=7)
CHANNEL = "giaoban"

FIELDS = (
    "title",
    "kind",
    "convening_unit_id",
    "chair_id",
    "secretary_id",
    "hall_id",
    "starts_at",
    "ends_at",
    "planned_form",
    "form_reason",
    "urgent",
    "classification",
    "channel",
    "exclusion",
    "exclusion_reason",
    "relayed_from",
    "preparing_unit_id",
    "capacity",
)
COUNTS = ("exclusion", "exclusion_reason", "relayed_from")  # what says whether it counts: fixed with the booking
SHOWN = ("title", "starts_at", "ends_at", "hall_id", "planned_form", "chair_id")  # what calendars show of a meeting
CAPACITY, SMALLEST = 200, 2  # connections of a room: the most unless the settings say otherwise, and the fewest
COMMITTEES = (UnitKind.PEOPLE_COMMITTEE, UnitKind.COUNCIL)
OVERBOOKED, HOSTED = "over_capacity", "hosted_sites"  # what is booked only knowingly


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings say of bookings: ``limit`` is how many connections a room may hold, ``bridge`` how many all
    together (0: any number), and with ``approval`` a secretary's booking waits for the office or the chair."""

    limit: int = CAPACITY
    bridge: int = 0
    approval: bool = False


USUAL = Terms()


@dataclass(frozen=True, slots=True)
class InvitationDraft:
    unit_id: int
    site_id: int | None = None


@dataclass(frozen=True, slots=True)
class AgendaDraft:
    """``minutes`` is how long the item is planned to take."""

    title: str
    presenter: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDraft:
    """All that a booking says. Instants are aware; the order of the agenda counts, that of the invitations does not.

    ``capacity``: how many connections the room holds; ``None``: as many as the settings say. ``knowingly``: which of
    ``OVERBOOKED`` and ``HOSTED`` were pointed out and are meant. ``relayed_from``: the organ whose meeting is passed on
    to the invited units. ``change_reason``: why the form of a meeting that was fixed already is changed. There is no
    field for state secrets: such a meeting is not booked here (see ``note_secret_meeting``).
    """

    title: str
    kind: MeetingKind
    convening_unit_id: int
    chair_id: int
    secretary_id: int
    starts_at: datetime
    ends_at: datetime
    planned_form: Form
    hall_id: int | None = None
    form_reason: str = ""
    urgent: bool = False
    classification: Classification = Classification.INTERNAL
    channel: str = CHANNEL
    exclusion: str = ""
    exclusion_reason: str = ""
    relayed_from: str = ""
    preparing_unit_id: int | None = None
    change_reason: str = ""
    capacity: int | None = None
    knowingly: Collection[str] = ()
    invitations: Sequence[InvitationDraft] = field(default_factory=tuple)
    agenda: Sequence[AgendaDraft] = field(default_factory=tuple)


def check_draft(draft: MeetingDraft, now: datetime) -> None:
    """Refuse what no meeting may be: ``Invalid`` names the field."""
    check_outline(draft)
    _check_times(draft, now)
    _check_form(draft)
    check_exclusion(draft.exclusion, draft.exclusion_reason)
    if draft.chair_id == draft.secretary_id:
        raise Invalid(N_("Thư ký không thể đồng thời là chủ trì."), field="secretary_id")
    _check_invitations(draft)
    for item in draft.agenda:
        if not item.title.strip():
            raise Invalid(N_("Mỗi nội dung trong chương trình cần có tên."), field="agenda")
        if item.minutes is not None and item.minutes <= 0:
            raise Invalid(N_("Thời lượng của nội dung phải lớn hơn 0 phút."), field="agenda")


def check_exclusion(exclusion: str, basis: str) -> None:
    """A meeting is kept out of the indicator for a reason of the list alone, and on some basis."""
    if exclusion and exclusion not in EXCLUSIONS:
        raise Invalid(N_("Lý do loại trừ không có trong danh mục."), field="exclusion")
    if exclusion and not basis.strip():
        raise Invalid(N_("Cần nêu căn cứ loại trừ cuộc họp khỏi chỉ tiêu."), field="exclusion_reason")


def check_outline(draft: MeetingDraft) -> None:
    """The little that must hold of a draft that is only kept: it may be unfinished, but not absurd."""
    if not draft.title.strip():
        raise Invalid(N_("Cần nhập tên cuộc họp."), field="title")
    if draft.ends_at <= draft.starts_at:
        raise Invalid(N_("Thời gian kết thúc phải sau thời gian bắt đầu."), field="ends_at")
    units = [invitation.unit_id for invitation in draft.invitations]
    if len(set(units)) < len(units):
        raise Invalid(N_("Một đơn vị chỉ được mời một lần."), field="invitations")


def _check_times(draft: MeetingDraft, now: datetime) -> None:
    if draft.ends_at - draft.starts_at > LONGEST:
        raise Invalid(N_("Cuộc họp không thể kéo dài quá {days} ngày."), field="ends_at", days=LONGEST.days)
    if draft.starts_at < now - GRACE or draft.ends_at <= now:
        raise Invalid(N_("Thời gian họp đã qua. Hãy chọn thời gian khác."), field="starts_at")


def _check_form(draft: MeetingDraft) -> None:
    if draft.planned_form is Form.IN_PERSON and not draft.form_reason.strip():
        raise Invalid(N_("Họp trực tiếp cần nêu lý do không họp trực tuyến."), field="form_reason")
    if draft.planned_form is not Form.ONLINE and draft.hall_id is None:
        raise Invalid(N_("Họp trực tiếp hoặc kết hợp cần có phòng họp."), field="hall_id")


def _check_invitations(draft: MeetingDraft) -> None:
    units = [invitation.unit_id for invitation in draft.invitations]
    if not units:
        raise Invalid(N_("Cần mời ít nhất một đơn vị."), field="invitations")
    if draft.convening_unit_id in units:
        raise Invalid(N_("Đơn vị chủ trì không cần mời chính mình."), field="invitations")


def check_units(draft: MeetingDraft, tree: OrgTree) -> None:
    """The convening unit and the invited ones must exist on the meeting's day, which is the day of ``tree``."""
    if draft.convening_unit_id not in tree:
        raise Invalid(N_("Đơn vị chủ trì không tồn tại vào ngày họp."), field="convening_unit_id")
    missing = [invitation.unit_id for invitation in draft.invitations if invitation.unit_id not in tree]
    if missing:
        raise Invalid(N_("Có đơn vị được mời không tồn tại vào ngày họp."), field="invitations", units=missing)


def check_places(draft: MeetingDraft, limit: int) -> None:
    """More invited than the room holds may be booked, but only knowingly; ``limit`` is what the settings allow."""
    if draft.capacity is not None and not SMALLEST <= draft.capacity <= limit:
        raise Invalid(
            N_("Số kết nối của phòng họp từ {least} đến {most}."), field="capacity", least=SMALLEST, most=limit
        )
    places, wanted = draft.capacity or limit, count_places(draft)
    if wanted > places and OVERBOOKED not in draft.knowingly:
        raise Invalid(
            N_(
                "Cuộc họp cần {wanted} chỗ cho các đơn vị được mời, chủ trì, thư ký và điểm cầu chính, nhưng phòng họp "
                "chỉ có {places} chỗ: đơn vị vào sau sẽ không vào được. Hãy tăng số chỗ, bớt đơn vị, hoặc đánh dấu là "
                "vẫn đặt như vậy."
            ),
            field=OVERBOOKED,
            wanted=wanted,
            places=places,
        )


def count_places(draft: MeetingDraft) -> int:
    """The places that are kept: one for each invited unit, for chair and secretary, and for the main hall."""
    return len(draft.invitations) + 2 + (draft.hall_id is not None)


def check_hosts(draft: MeetingDraft, tree: OrgTree, sites: Mapping[int, Site]) -> None:
    """A unit may sit at another unit's site, but only knowingly: its words and its attendance are that site's then."""
    hosted = [
        each
        for each in draft.invitations
        if each.site_id != draft.hall_id and is_hosted(each.unit_id, sites.get(each.site_id or 0), tree)
    ]
    if hosted and HOSTED not in draft.knowingly:
        told = "; ".join(f"{tree[each.unit_id].name} – {sites[each.site_id or 0].name}" for each in hosted)
        raise Invalid(
            N_(
                "Có đơn vị được xếp vào điểm cầu của đơn vị khác: {units}. Nếu đúng như vậy, hãy đánh dấu xác nhận rồi "
                "lưu lại."
            ),
            field=HOSTED,
            units=told,
        )


def is_hosted(unit_id: int, site: Site | None, tree: OrgTree) -> bool:
    """Whether a unit sits at another unit's site. An office or a department is at home with the committee it serves."""
    if site is None or site.unit_id == unit_id:
        return False
    unit, other = tree.get(unit_id), tree.get(site.unit_id)
    serves = unit is not None and unit.kind not in COMMITTEES and unit.parent_id == site.unit_id
    served = other is not None and other.kind not in COMMITTEES and other.parent_id == unit_id
    return not serves and not served


def make_invitations(draft: MeetingDraft, meeting_id: int, tree: OrgTree) -> list[Invitation]:
    """The invitations in the official order of their units."""
    ordered = sorted(draft.invitations, key=lambda invitation: tree[invitation.unit_id].order)
    return [
        Invitation(meeting_id=meeting_id, unit_id=each.unit_id, site_id=each.site_id, position=position)
        for position, each in enumerate(ordered, start=1)
    ]


def make_agenda(draft: MeetingDraft, meeting_id: int) -> list[AgendaItem]:
    return [
        AgendaItem(
            meeting_id=meeting_id,
            position=position,
            title=item.title.strip(),
            presenter=item.presenter.strip(),
            minutes=item.minutes,
        )
        for position, item in enumerate(draft.agenda, start=1)
    ]


def fields_of(draft: MeetingDraft) -> dict[str, Any]:
    """The columns of ``Meeting`` that a draft fills."""
    values = {name: getattr(draft, name) for name in FIELDS}
    return {name: value.strip() if type(value) is str else value for name, value in values.items()}  # choices stay so


def list_changes(meeting: Meeting, draft: MeetingDraft) -> dict[str, list[Any]]:
    """``{field: [old, new]}`` of what the draft would change."""
    return {
        name: [getattr(meeting, name), value]
        for name, value in fields_of(draft).items()
        if getattr(meeting, name) != value
    }
