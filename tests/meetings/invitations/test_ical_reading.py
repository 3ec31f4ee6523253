"""What others write: answers as the common programs send them, calendars to import, and hostile ones."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.errors import Invalid
from meetings.invitations.ical import write_feed, write_request
from meetings.invitations.ical_lines import Limits
from meetings.invitations.ical_reading import read_events, read_reply
from meetings.kinds import Answer
from tests.meetings.invitations.calendars import START, WEEK, make_event, make_series

UID = "5eb04d2b35147f61c839@giaoban"
AT = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)

GOOGLE = f"""BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REPLY
BEGIN:VEVENT
DTSTART:20261130T010000Z
DTEND:20261130T033000Z
DTSTAMP:20261125T023000Z
ORGANIZER;CN=UBND tỉnh:mailto:hop@lamdong.gov.vn
UID:{UID}
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=ly.dai
 bieu@gmail.com;X-NUM-GUESTS=0;X-RESPONSE-COMMENT="Đến muộn 10 phút, xin phép":mailto:ly.daibieu@gmail.com
SEQUENCE:1
STATUS:CONFIRMED
SUMMARY:Họp
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR
"""
OUTLOOK = f"""BEGIN:VCALENDAR
METHOD:REPLY
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:SE Asia Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0700
TZOFFSETTO:+0700
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T000000
TZOFFSETFROM:+0700
TZOFFSETTO:+0700
RRULE:FREQ=SECONDLY
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
ATTENDEE;PARTSTAT=DECLINED;CN="Lý Đại Biểu":MAILTO:Ly.DaiBieu@DucTrong.LamDong.gov.vn
COMMENT;LANGUAGE=vi-VN:Bận họp\\, xin cử cấp phó\\n
UID:{UID}
RECURRENCE-ID;TZID=SE Asia Standard Time:20261130T080000
DTSTART;TZID=SE Asia Standard Time:20261130T080000
DTEND;TZID="SE Asia Standard Time":20261130T103000
CLASS:PUBLIC
PRIORITY:5
DTSTAMP:20261125T023000Z
SEQUENCE:0
X-MICROSOFT-CDO-APPT-SEQUENCE:0
END:VEVENT
END:VCALENDAR
"""
THUNDERBIRD = f"""BEGIN:VCALENDAR
PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Asia/Ho_Chi_Minh
BEGIN:STANDARD
TZOFFSETFROM:+0800
TZOFFSETTO:+0700
DTSTART:19750613T000000
RRULE:FREQ=YEARLY
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:{UID}
DTSTAMP:20261125T023000Z
ORGANIZER:mailto:hop@lamdong.gov.vn
ATTENDEE;PARTSTAT=TENTATIVE;CN=Ly:mailto:ly@lamdong.gov.vn
RECURRENCE-ID;VALUE=DATE:20261130
END:VEVENT
END:VCALENDAR
"""


def test_google_answers() -> None:
    (reply,) = read_reply(GOOGLE)
    assert (reply.uid, reply.address, reply.answer) == (UID, "ly.daibieu@gmail.com", Answer.ACCEPTED)
    assert (reply.sequence, reply.stamp, reply.recurrence) == (1, AT, None)
    assert reply.note == "Đến muộn 10 phút, xin phép"


def test_outlook_answers_in_its_own_zone_of_endless_rules() -> None:
    (reply,) = read_reply(OUTLOOK.replace("\n", "\r\n").encode())
    assert (reply.address, reply.answer) == ("Ly.DaiBieu@ductrong.lamdong.gov.vn", Answer.DECLINED)
    assert reply.recurrence == START
    assert reply.note == "Bận họp, xin cử cấp phó"


def test_thunderbird_leaves_the_method_to_the_part() -> None:
    assert read_reply(THUNDERBIRD) == []
    (reply,) = read_reply(THUNDERBIRD, "reply")
    assert (reply.answer, reply.recurrence) == (Answer.TENTATIVE, date(2026, 11, 30))


@pytest.mark.parametrize("partstat", ["NEEDS-ACTION", "", "X-MAYBE", "COMPLETED"])
def test_what_is_no_answer_counts_for_none(partstat: str) -> None:
    assert read_reply(GOOGLE.replace("PARTSTAT=ACCEPTED", f"PARTSTAT={partstat}")) == []


def test_a_request_is_no_reply() -> None:
    assert read_reply(write_request([make_event()])) == []
    assert read_reply(GOOGLE.replace("METHOD:REPLY", "METHOD:COUNTER")) == []


@pytest.mark.parametrize(
    "line",
    [
        "SEQUENCE:many",
        "SEQUENCE:-5",
        f"SEQUENCE:{'9' * 4000}",
        "DTSTAMP:never",
        "DTSTAMP:99991231T235959Z",
        'X;A="',
        "=;",
    ],
)
def test_a_broken_line_takes_nothing_from_the_rest(line: str) -> None:
    (reply,) = read_reply(GOOGLE.replace("SEQUENCE:1", line))
    assert reply.answer is Answer.ACCEPTED
    assert reply.sequence is None or 0 <= reply.sequence < 2**31


# Calendars to import


def test_what_is_written_is_read_again() -> None:
    events = read_events(write_request([make_event()])).events
    (event,) = events
    written = make_event()
    for name in ("uid", "stamp", "span", "title", "description", "location", "url", "organizer", "sequence"):
        assert getattr(event, name) == getattr(written, name), name
    assert [each.address for each in event.attendees] == [each.address for each in written.attendees]


def test_a_series_comes_as_its_occurrences() -> None:
    found = read_events(write_feed("Giao ban", make_series()))
    moved = START + 2 * WEEK + timedelta(days=1, hours=6)
    assert found.name == "Giao ban"
    assert [each.span.start for each in found.events] == [START, moved, START + 3 * WEEK, START + 4 * WEEK]
    assert [each.is_cancelled for each in found.events] == [False, False, True, False]
    assert [each.recurrence_at for each in found.events] == [START + WEEK * n for n in (0, 2, 3, 4)]


def make_file(*lines: str, extra: str = "") -> str:
    event = "\n".join(("BEGIN:VEVENT", "UID:x", "SUMMARY:Họp tuần", *lines, "END:VEVENT"))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{extra}{event}\nEND:VCALENDAR\n"


def starts_of(*lines: str, extra: str = "") -> list[str]:
    found = read_events(make_file(*lines, extra=extra))
    assert found.faults == []
    return [f"{each.span.start:%Y%m%dT%H%MZ}" for each in found.events]


def test_rules_run_in_their_own_zone() -> None:
    paris = starts_of("DTSTART;TZID=Europe/Paris:20261019T090000", "RRULE:FREQ=WEEKLY;COUNT=2;WKST=SU;BYDAY=MO")
    assert paris == ["20261019T0700Z", "20261026T0800Z"], "summer time ended in between"
    tokyo = starts_of("DTSTART;TZID=Asia/Tokyo:20261102T090000", "RRULE:FREQ=DAILY;UNTIL=20261104T000000Z")
    assert tokyo == ["20261102T0000Z", "20261103T0000Z", "20261104T0000Z"], "the last one begins at the very end"
    own = "BEGIN:VTIMEZONE\nTZID:Nha\nBEGIN:STANDARD\nTZOFFSETTO:+0930\nEND:STANDARD\nEND:VTIMEZONE\n"
    assert starts_of("DTSTART;TZID=Nha:20261102T093000", extra=own) == ["20261102T0000Z"]
    for name in ("../../etc/passwd", "x" * 300, '"' + "Á" * 300 + '"', ""):
        assert starts_of(f"DTSTART;TZID={name}:20261102T080000") == ["20261102T0100Z"], "as a time without a zone"


def test_days_durations_and_dates_that_are_added_or_left_out() -> None:
    (day,) = read_events(make_file("DTSTART;VALUE=DATE:20261102")).events
    assert (day.span.start, day.span.length) == (datetime(2026, 11, 1, 17, tzinfo=UTC), timedelta(days=1))
    (hour,) = read_events(make_file("DTSTART:20261102T010000Z", "DURATION:PT90M")).events
    assert hour.span.length == timedelta(minutes=90)
    dates = ("DTSTART:20261102T010000Z", "RDATE:20261105T010000Z,20261106T010000Z", "EXDATE:20261105T010000Z")
    assert starts_of(*dates) == ["20261102T0100Z", "20261106T0100Z"]


@pytest.mark.parametrize(
    "lines",
    [
        ("SUMMARY:không có giờ",),
        ("DTSTART:hôm qua",),
        ("DTSTART:20261102T010000Z", "DTEND:20261101T010000Z"),
        ("DTSTART:20261102T010000Z", "RRULE:FREQ=WEEKLY"),
        ("DTSTART:20261102T010000Z", "RRULE:FREQ=SECONDLY;COUNT=99999999"),
        ("DTSTART:20261102T010000Z", "RRULE:FREQ=DAILY;COUNT=99999999"),
        ("DTSTART:20261102T010000Z", "RRULE:FREQ=DAILY;UNTIL=99991231T000000Z"),
        ("DTSTART:20261102T010000Z", "RRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;COUNT=9"),
        ("DTSTART:20261102T010000Z", "RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"),
        ("DTSTART:20261102T010000Z", *["ATTENDEE:mailto:a@b.vn"] * 501),
    ],
)
def test_one_meeting_that_cannot_be_used_is_a_fault_of_its_own(lines: tuple[str, ...]) -> None:
    good = "BEGIN:VEVENT\nUID:y\nSUMMARY:Tốt\nDTSTART:20261102T010000Z\nEND:VEVENT\n"
    found = read_events(make_file(*lines, extra=good))
    assert [each.title for each in found.events] == ["Tốt"]
    (fault,) = found.faults
    assert fault.title == "Họp tuần"
    assert fault.error.message


BOMB = "".join(
    f"BEGIN:VEVENT\nUID:{n}\nDTSTART:20260105T010000Z\nRRULE:FREQ=DAILY;COUNT=400\nEND:VEVENT\n" for n in range(2000)
)
HOSTILE = {
    "no calendar": "Họp lúc 8 giờ",
    "empty": "",
    "nothing in it": "BEGIN:VCALENDAR\nEND:VCALENDAR\n",
    "never ends": "BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
    "ends first": "END:VCALENDAR\nBEGIN:VCALENDAR\n",
    "crossed": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT\n",
    "deep": "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 100_000,
    "large": "BEGIN:VCALENDAR\n" + "X-A:b\n" * 400_000 + "END:VCALENDAR\n",
    "many": "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\nEND:VEVENT\n" * 2001 + "END:VCALENDAR\n",
    "many lines": make_file(*["COMMENT:x"] * 100_001),
    "rules without number": f"BEGIN:VCALENDAR\n{BOMB}END:VCALENDAR\n",
    "not text": b"\xff\xfe\x00B",
    "an event elsewhere": "BEGIN:VCALENDAR\nBEGIN:VTODO\nBEGIN:VEVENT\nEND:VEVENT\nEND:VTODO\nEND:VCALENDAR\n",
    "a property outside": "DTSTART:20261102T010000Z\n",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_files_are_refused_in_words(content: str | bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_events(content)
    assert refusal.value.field == "file"
    assert refusal.value.message.format(**refusal.value.values)


def test_huge_lines_and_control_characters_do_no_harm() -> None:
    huge = make_file("DTSTART:20261102T010000Z", f"DESCRIPTION:{'x' * 1_000_000}", "LOCATION:\x00\x1b[31mĐà\r\n  Lạt")
    (event,) = read_events(huge).events
    assert event.location == "[31mĐà Lạt"
    assert len(event.description) < 21_000
    params = make_file("DTSTART:20261102T010000Z", "ATTENDEE" + ";A=b" * 100_000 + ":mailto:a@b.vn")
    assert len(read_events(params).events) == 1


@given(st.text(alphabet='BEGINVCALDRT:;="\\,\n\r 0129Z-x^\t\x00đ', max_size=200))
def test_whatever_comes_is_read_or_refused(noise: str) -> None:
    lines = make_file("DTSTART:20261102T010000Z", f"RRULE:FREQ=DAILY;COUNT=3{noise}", f"EXDATE:{noise}", noise)
    for text in (noise, lines):
        try:
            read_events(text, Limits(size=5000, events=5))
            read_reply(text, "REPLY")
        except Invalid:
            continue
