"""The words of letters about a meeting. They are papers of an office: in Vietnamese, whatever the reader's language.

Values in, text out. Links begin with ``ical.ORIGIN``, which the sender replaces by the site's address.
"""

from dataclasses import dataclass
from datetime import datetime

from meetings.interval import Span
from meetings.invitations.ical import ORIGIN, Event, clean_line, uid_of
from meetings.invitations.recipients import Recipient
from meetings.kinds import Classification, Form, MeetingKind, MeetingStatus
from meetings.meeting_store import MeetingBundle
from meetings.periods import ZONE

FORMS = {Form.ONLINE: "Trực tuyến", Form.IN_PERSON: "Trực tiếp", Form.HYBRID: "Trực tiếp kết hợp trực tuyến"}
KINDS = {
    MeetingKind.BRIEFING: "Họp giao ban",
    MeetingKind.REVIEW: "Họp sơ kết, tổng kết",
    MeetingKind.THEMATIC: "Họp chuyên đề",
    MeetingKind.WORKING: "Họp giải quyết công việc",
    MeetingKind.ADVISORY: "Họp tham mưu, tư vấn",
    MeetingKind.TECHNICAL: "Họp chuyên môn",
    MeetingKind.TRAINING: "Tập huấn",
    MeetingKind.DEPLOYMENT: "Hội nghị triển khai",
    MeetingKind.COMMITTEE_SESSION: "Phiên họp Ủy ban nhân dân",
    MeetingKind.OTHER: "Cuộc họp",
}
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
LONGEST_SUBJECT = 250
CLOSING = "Trân trọng."
AUTOMATIC = "Thư do hệ thống quản lý họp của cơ quan gửi tự động."


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    body: str


def write_letter(
    heading: str, opening: list[str], bundle: MeetingBundle, to: Recipient, link: str = "", *, replies: bool = False
) -> Letter:
    """``heading`` begins the subject, ``opening`` the letter. ``link``: where this person answers, with ``replies``."""
    facts = [f"Kính gửi: {clean_line(to.name)}", "", *opening, "", *describe_meeting(bundle, to)]
    page = link or page_of(bundle)
    asked = [f"Đề nghị trả lời việc dự họp tại: {page}", "Cũng có thể trả lời bằng chức năng lịch của hộp thư."]
    last = asked if replies else [f"Thông tin cuộc họp: {page}"]
    lines = [*facts, "", *last, "", CLOSING, clean_line(bundle.convening.full_organ), "", AUTOMATIC]
    return Letter(write_subject(heading, bundle), "\n".join(lines) + "\n")


def write_subject(heading: str, bundle: MeetingBundle) -> str:
    """``Giấy mời: Họp giao ban tháng 11 (08:00, 25/11/2026)``"""
    when = f" ({bundle.meeting.starts_at.astimezone(ZONE):%H:%M, %d/%m/%Y})"
    title = clean_line(bundle.meeting.title)
    room = LONGEST_SUBJECT - len(heading) - len(when) - 2
    return f"{heading}: {title if len(title) <= room else title[: room - 1] + '…'}{when}"


def describe_meeting(bundle: MeetingBundle, to: Recipient | None = None, *, with_time: bool = True) -> list[str]:
    """What an invitation must say (QĐ 45/2018/QĐ-TTg): content, chair, time, form, place; then the agenda."""
    meeting = bundle.meeting
    chair = ", ".join(part for part in (bundle.chair.full_name, bundle.chair.position) if part)
    lines = [
        f"Nội dung: {clean_line(meeting.title)}",
        f"Chủ trì: {clean_line(chair)}",
        *([f"Thời gian: {spell_span(bundle.planned)}"] if with_time else []),
        f"Hình thức: {FORMS[meeting.planned_form]}",
        *_describe_places(bundle, to),
    ]
    if bundle.agenda:
        lines.append("Chương trình:")
        lines += [f"{number}. {clean_line(item.title)}" for number, item in enumerate(bundle.agenda, start=1)]
    return lines


def _describe_places(bundle: MeetingBundle, to: Recipient | None) -> list[str]:
    lines = [f"Điểm cầu chính: {place}"] if (place := place_of(bundle)) else []
    own = bundle.find_site(to.site_id) if to is not None else None
    if own is not None and (bundle.hall is None or own.id != bundle.hall.id):
        lines.append(f"Điểm cầu dự họp: {clean_line(own.name)}")
    return lines


def place_of(bundle: MeetingBundle) -> str:
    if bundle.hall is None:
        return ""
    return clean_line(", ".join(part for part in (bundle.hall.name, bundle.hall.address) if part))


def spell_span(span: Span) -> str:
    """``từ 08:00 đến 10:00, Thứ Tư, ngày 25/11/2026``"""
    start, end = span.start.astimezone(ZONE), span.end.astimezone(ZONE)
    if start.date() == end.date():
        return f"từ {start:%H:%M} đến {end:%H:%M}, {_spell_day(start)}"
    return f"từ {start:%H:%M}, {_spell_day(start)} đến {end:%H:%M}, {_spell_day(end)}"


def _spell_day(at: datetime) -> str:
    return f"{WEEKDAYS[at.weekday()]}, ngày {at:%d/%m/%Y}"


def page_of(bundle: MeetingBundle) -> str:
    return f"{ORIGIN}/meetings/{bundle.slug}"


def make_event(
    bundle: MeetingBundle,
    stamp: datetime,
    recipient: Recipient | None = None,
    *,
    sequence: int | None = None,
    series_url: str = "",
) -> Event:
    """The meeting as it stands in a calendar: that of ``recipient``, or a feed. ``stamp``: when it was written.

    ``series_url``: of one among the occurrences of a series, which are told apart by what differs: nothing then tells
    of this one's time or page.
    """
    meeting = bundle.meeting
    place = place_of(bundle)
    last = f"Chuỗi họp: {series_url}" if series_url else f"Thông tin cuộc họp: {page_of(bundle)}"
    return Event(
        uid=uid_of(meeting.slug, meeting.calendar_uid),
        stamp=stamp,
        span=bundle.planned,
        title=meeting.title,
        sequence=meeting.sequence if sequence is None else sequence,
        description="\n".join([*describe_meeting(bundle, recipient, with_time=not series_url), last]),
        location=place or (FORMS[meeting.planned_form] if meeting.planned_form is Form.ONLINE else ""),
        url=series_url or page_of(bundle),
        categories=(KINDS[meeting.kind],),
        organizer=bundle.convening.organ,
        attendees=() if recipient is None else (recipient.attendee,),
        recurrence_at=meeting.recurrence_at if meeting.series_id is not None else None,
        is_cancelled=is_off(bundle),
        is_public=meeting.classification is Classification.PUBLIC,
    )


def is_off(bundle: MeetingBundle) -> bool:
    """Whether calendars are to show it as called off: a postponed one will come back with a time of its own."""
    return bundle.meeting.status in (MeetingStatus.CANCELLED, MeetingStatus.POSTPONED)
