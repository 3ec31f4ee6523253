"""The booking form between browser and domain: what was typed, a booking as typed text, the draft it makes."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meetings.actions import AgendaDraft, InvitationDraft, MeetingDraft
from meetings.booking_checks import draft_of
from meetings.interval import Span
from meetings.kinds import Classification, Form, MeetingKind
from meetings.meeting_store import MeetingBundle
from meetings.scheduling import HOSTED, OVERBOOKED
from web.i18n import _, format_date, format_time, local
from web.inputs import Fields, read_day, read_key, read_span
from web.pages.repeat_form import RepeatForm, read_repeat

MOST_AGENDA = 50
HALL = "hall"  # the place of an invited unit that comes to the meeting's main room
ELSEWHERE = "other"  # that of one for which another unit's site is still to be chosen
TEXTS = (
    "title",
    "kind",
    "convening_unit_id",
    "chair_id",
    "secretary_id",
    "hall_id",
    "starts_on",
    "starts_at",
    "ends_on",
    "ends_at",
    "planned_form",
    "form_reason",
    "classification",
    "exclusion",
    "exclusion_reason",
    "relayed_from",
    "preparing_unit_id",
    "change_reason",
    "capacity",
)


@dataclass
class AgendaRow:
    """One line of the agenda, as typed."""

    title: str = ""
    presenter: str = ""
    minutes: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.title or self.presenter or self.minutes)


@dataclass
class Booking:
    """The form as typed.

    ``units`` maps each chosen unit to its place: a site's key, ``hall``, ``other`` or nothing. ``knowingly`` are the
    marks of what was pointed out and is meant. ``version`` is that of the booking that is being changed.
    """

    values: dict[str, str] = field(default_factory=dict)
    urgent: bool = False
    agenda: list[AgendaRow] = field(default_factory=lambda: [AgendaRow()])
    units: dict[int, str] = field(default_factory=dict)
    knowingly: set[str] = field(default_factory=set)
    version: int = 0
    repeat: RepeatForm = field(default_factory=RepeatForm)
    errors: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def day(self) -> date | None:
        return read_day(self["starts_on"])

    def take(self, span: Span) -> None:
        """Put another time into the form."""
        self.values |= write_span(span)


def write_span(span: Span) -> dict[str, str]:
    """A time as the four fields hold it; the last day is left out where it is the first."""
    same = local(span.start).date() == local(span.end).date()
    return {
        "starts_on": format_date(span.start),
        "starts_at": format_time(span.start),
        "ends_on": "" if same else format_date(span.end),
        "ends_at": format_time(span.end),
    }


def read_booking(fields: Fields) -> Booking:
    """The form as typed, before anything is judged."""
    titles, presenters = fields.all("agenda_title"), fields.all("agenda_presenter")
    minutes = fields.all("agenda_minutes")
    rows = [AgendaRow(*row) for row in zip(titles, presenters, minutes, strict=False)][:MOST_AGENDA]
    units = [key for key in map(read_key, fields.all("unit")) if key is not None]
    return Booking(
        values={name: fields.raw(name) for name in TEXTS},
        urgent=fields.flag("urgent"),
        agenda=rows or [AgendaRow()],
        units={unit: fields.raw(f"site-{unit}") for unit in units},
        knowingly={name for name in (OVERBOOKED, HOSTED) if fields.flag(name)},
        version=read_key(fields.raw("version")) or 0,
        repeat=read_repeat(fields),
    )


def booking_of(bundle: MeetingBundle) -> Booking:
    """A booking as it stands, in the shape of the form."""
    booking = booking_from(draft_of(bundle))
    booking.version = bundle.meeting.version
    return booking


def booking_from(draft: MeetingDraft) -> Booking:
    """What a draft says, in the shape of the form; what was pointed out is to be meant anew."""
    values: dict[str, Any] = {name: getattr(draft, name, "") for name in TEXTS}
    rows = [AgendaRow(item.title, item.presenter, str(item.minutes or "")) for item in draft.agenda]
    booking = Booking(
        values={name: "" if value is None else str(value) for name, value in values.items()},
        urgent=draft.urgent,
        agenda=rows or [AgendaRow()],
        units={each.unit_id: _place(each.site_id, draft.hall_id) for each in draft.invitations},
    )
    booking.take(Span(draft.starts_at, draft.ends_at))
    return booking


def _place(site_id: int | None, hall_id: int | None) -> str:
    if site_id is None:
        return ""
    return HALL if site_id == hall_id else str(site_id)


def make_draft(fields: Fields, booking: Booking, *, unfinished: bool = False) -> MeetingDraft | None:
    """The draft that the form describes; ``None`` when a field cannot be read, which ``fields.errors`` then says.

    ``unfinished``: it is only kept, so that what a booking needs beside its name, time and people may come later.
    """
    title = fields.text("title", 300, _("Hãy nhập tên cuộc họp."))
    kind = fields.choice("kind", MeetingKind, _("Hãy chọn loại cuộc họp."))
    convening = fields.key("convening_unit_id", _("Hãy chọn đơn vị chủ trì."))
    chair = fields.key("chair_id", _("Hãy chọn người chủ trì."))
    secretary = fields.key("secretary_id", _("Hãy chọn thư ký."))
    form = fields.choice("planned_form", Form, _("Hãy chọn hình thức họp."))
    classification = fields.choice("classification", Classification, _("Hãy chọn phạm vi lưu hành."))
    span = read_span(fields, "starts_on", "starts_at", "ends_on", "ends_at")
    reason, change_reason = fields.text("form_reason", 500), fields.text("change_reason", 500)
    exclusion, exclusion_reason = fields.raw("exclusion"), fields.text("exclusion_reason", 500)
    relayed_from = fields.text("relayed_from", 200)
    agenda, capacity = _read_agenda(fields, booking), _read_capacity(fields)
    if not unfinished:
        _require_rest(fields, booking, form, reason)
    if fields.errors or not (kind and convening and chair and secretary and form and classification and span):
        return None
    hall = fields.key("hall_id")
    return MeetingDraft(
        title=title,
        kind=kind,
        convening_unit_id=convening,
        chair_id=chair,
        secretary_id=secretary,
        hall_id=hall,
        starts_at=span.start,
        ends_at=span.end,
        planned_form=form,
        form_reason=reason if form is not Form.ONLINE else "",
        urgent=booking.urgent,
        classification=classification,
        exclusion=exclusion,
        exclusion_reason=exclusion_reason if exclusion else "",
        relayed_from=relayed_from,
        preparing_unit_id=fields.key("preparing_unit_id"),
        change_reason=change_reason,
        capacity=capacity,
        knowingly=booking.knowingly,
        invitations=_read_invitations(booking, hall),
        agenda=agenda,
    )


def make_outline(booking: Booking, span: Span) -> MeetingDraft:
    """As much of the booking as says what it takes, however unfinished."""
    hall = read_key(booking["hall_id"])
    return MeetingDraft(
        title=booking["title"],
        kind=MeetingKind.OTHER,
        convening_unit_id=read_key(booking["convening_unit_id"]) or 0,
        chair_id=read_key(booking["chair_id"]) or 0,
        secretary_id=read_key(booking["secretary_id"]) or 0,
        hall_id=hall,
        planned_form=Form(booking["planned_form"]) if booking["planned_form"] in list(Form) else Form.ONLINE,
        starts_at=span.start,
        ends_at=span.end,
        invitations=_read_invitations(booking, hall),
    )


def _read_invitations(booking: Booking, hall: int | None) -> list[InvitationDraft]:
    return [InvitationDraft(unit, hall if place == HALL else read_key(place)) for unit, place in booking.units.items()]


def _require_rest(fields: Fields, booking: Booking, form: Form | None, reason: str) -> None:
    """What only a finished booking needs."""
    if form is Form.IN_PERSON and not reason:
        fields.refuse("form_reason", _("Họp trực tiếp cần nêu lý do không họp trực tuyến."))
    if ELSEWHERE in booking.units.values():
        fields.refuse("invitations", _("Hãy chọn điểm cầu cho đơn vị được xếp vào điểm cầu của đơn vị khác."))
    if not booking.units:
        fields.refuse("invitations", _("Hãy chọn ít nhất một đơn vị được mời."))


def _read_capacity(fields: Fields) -> int | None:
    """Nothing typed: as many as the settings say."""
    typed = fields.raw("capacity")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
        fields.refuse("capacity", _("Số kết nối của phòng họp phải là một số."))
        return None
    return int(typed)


def _read_agenda(fields: Fields, booking: Booking) -> list[AgendaDraft]:
    items = []
    for number, row in enumerate((row for row in booking.agenda if not row.is_empty), start=1):
        if not row.title:
            fields.refuse("agenda", _("Nội dung số {n} của chương trình chưa có tên.", n=number))
        if len(row.title) > 300 or len(row.presenter) > 150:
            fields.refuse("agenda", _("Nội dung số {n} của chương trình quá dài.", n=number))
        minutes = int(row.minutes) if row.minutes.isascii() and row.minutes.isdigit() and len(row.minutes) < 5 else 0
        if row.minutes and minutes <= 0:
            fields.refuse("agenda", _("Thời lượng của nội dung số {n} phải là số phút lớn hơn 0.", n=number))
        items.append(AgendaDraft(row.title, row.presenter, minutes or None))
    return items


def list_differences(mine: Booking, theirs: Booking) -> list[str]:
    """The names of the parts in which what was typed differs from what somebody else saved meanwhile."""
    names = {
        "title": _("Tên cuộc họp"),
        "kind": _("Loại cuộc họp"),
        "convening_unit_id": _("Đơn vị chủ trì"),
        "chair_id": _("Chủ trì"),
        "secretary_id": _("Thư ký"),
        "hall_id": _("Phòng họp"),
        "starts_at": _("Thời gian"),
        "ends_at": _("Thời gian"),
        "planned_form": _("Hình thức họp"),
        "form_reason": _("Lý do không họp trực tuyến"),
        "classification": _("Phạm vi lưu hành"),
        "exclusion": _("Không tính vào chỉ tiêu"),
        "relayed_from": _("Tiếp phát cuộc họp của"),
        "preparing_unit_id": _("Đơn vị chuẩn bị nội dung"),
        "capacity": _("Số kết nối của phòng họp"),
    }
    different = [text for name, text in names.items() if mine[name] != theirs[name]]
    if mine.day != theirs.day:
        different.append(_("Ngày họp"))
    if mine.urgent != theirs.urgent:
        different.append(_("Họp đột xuất"))
    if mine.units != theirs.units:
        different.append(_("Đơn vị được mời"))
    if [row for row in mine.agenda if not row.is_empty] != [row for row in theirs.agenda if not row.is_empty]:
        different.append(_("Chương trình họp"))
    return list(dict.fromkeys(different))
