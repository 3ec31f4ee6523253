"""What is written: golden files, read alike by two parsers that are not the one that writes; folding; hostile words."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from meetings.invitations.ical import Attendee, fill_in, fold_line, slug_of, uid_of, write_feed, write_request
from meetings.periods import ZONE
from tests.meetings.invitations.calendars import GOLDEN, START, WEEK, make_event, make_series, write_all
from tests.node import read_calendars

NAMES = sorted(write_all())


@pytest.mark.parametrize("name", NAMES)
def test_golden(name: str) -> None:
    assert (GOLDEN / name).read_bytes() == write_all()[name].encode()


def test_two_parsers_read_the_same() -> None:
    texts = [(GOLDEN / name).read_bytes().decode() for name in NAMES]
    theirs, ours = read_calendars(texts), [read_with_vobject(text) for text in texts]
    for name, first, second in zip(NAMES, theirs, ours, strict=True):
        starts = sorted(start for start, _end, _title in first["occurrences"])
        assert first | {"occurrences": starts} == second, name
    series = ours[NAMES.index("series.ics")]["occurrences"]
    moved = START + 2 * WEEK + timedelta(days=1, hours=6)
    assert series == [write(each) for each in (START, moved, START + 3 * WEEK, START + 4 * WEEK)]


def read_with_vobject(text: str) -> dict[str, Any]:
    """The shape that ``read-calendars.js`` prints, of occurrences their starts alone."""
    calendar = vobject.readOne(text)
    events = [describe(event) for event in calendar.vevent_list]
    occurrences = []
    for master in (event for event in calendar.vevent_list if not hasattr(event, "recurrence_id")):
        moved = {each["recurrence"]: each["start"] for each in events if each["uid"] == master.uid.value}
        starts = master.getrruleset(addRDate=True) if hasattr(master, "rrule") else [master.dtstart.value]
        instants = [write(each if each.tzinfo else each.replace(tzinfo=ZONE)) for each in starts]
        occurrences += [moved.get(each, each) for each in instants]
    return {"method": calendar.method.value, "events": events, "occurrences": sorted(occurrences)}


def describe(event: Any) -> dict[str, Any]:
    return {
        "uid": event.uid.value,
        "sequence": int(event.sequence.value),
        "stamp": write(event.dtstamp.value),
        "start": write(event.dtstart.value),
        "end": write(event.dtend.value),
        "title": event.summary.value,
        "description": event.description.value,
        "location": event.location.value,
        "url": event.url.value,
        "status": event.status.value,
        "categories": event.categories.value if hasattr(event, "categories") else [],
        "recurrence": write(event.recurrence_id.value) if hasattr(event, "recurrence_id") else None,
        "organizer": event.organizer.value if hasattr(event, "organizer") else None,
        "attendees": [
            [each.value, *(each.params[name][0] for name in ("CN", "ROLE", "PARTSTAT", "RSVP"))]
            for each in getattr(event, "attendee_list", [])
        ],
    }


def write(instant: datetime) -> float:
    return instant.timestamp()


def test_the_zone_has_one_offset_and_no_rule() -> None:
    text = write_request([make_event()])
    assert text.count("BEGIN:STANDARD") == 1
    assert "BEGIN:DAYLIGHT" not in text
    assert "RRULE" not in text
    assert "TZOFFSETFROM:+0700\r\nTZOFFSETTO:+0700\r\n" in text


def test_a_feed_names_nobody() -> None:
    text = write_feed("Lịch họp", [make_event(), *make_series()])
    assert "ATTENDEE" not in text
    assert "ORGANIZER" not in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in text


@given(st.text())
def test_lines_are_folded_at_75_bytes_between_letters(text: str) -> None:
    line = "".join(each for each in text if unicodedata.category(each) not in ("Cc", "Cs"))
    parts = fold_line(line).split("\r\n ")
    assert "".join(parts) == line
    assert all(len(part.encode()) + (number > 0) <= 75 for number, part in enumerate(parts))


def test_vietnamese_text_is_folded_and_comes_back() -> None:
    title = "Hội nghị trực tuyến triển khai nhiệm vụ trọng tâm quý IV; UBND tỉnh, các xã, phường, đặc khu " * 2
    text = write_request([make_event(title=title)])
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert vobject.readOne(text).vevent.summary.value == title.strip()


HOSTILE = (
    "Họp\r\nATTENDEE:mailto:x@evil.example",
    "Họp\nEND:VEVENT\nBEGIN:VEVENT",
    "Họp\x00\x07\x1b[31m\x7f",
    "Họp\u2028ATTENDEE:mailto:x@evil.example\u2029\x85METHOD:CANCEL",
    '";CN=x:mailto:x@evil.example',
    "^n^'\\n\\;",
    "\ud800 lone",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nobody_adds_a_line(text: str) -> None:
    people = (Attendee("a@b.vn", text), Attendee(f"x{text}@b.vn", "Địa chỉ hỏng"))
    made = make_event(
        title=text, location=text, description=text, url=text, categories=(text,), organizer=text, attendees=people
    )
    plain = write_request([make_event(attendees=people[:1])])
    written = write_request([made])
    names = [line.partition(":")[0].partition(";")[0] for line in unfold(written)]
    assert names == [line.partition(":")[0].partition(";")[0] for line in unfold(plain)]
    assert all(unicodedata.category(each) != "Cc" for line in unfold(written) for each in line)
    vobject.readOne(written)


def unfold(text: str) -> list[str]:
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_the_site_and_the_organiser_are_filled_in_and_lines_stay_short() -> None:
    long = "https://hop-truc-tuyen.ubnd.tinh.lamdong.gov.vn:8443/rat-dai"
    text = fill_in(write_request([make_event()]), long, "phonghop.vanphong@ubnd.lamdong.gov.vn")
    assert ".invalid" not in text
    event = vobject.readOne(text).vevent
    assert event.url.value == f"{long}/meetings/5eb04d2b35147f61c839"
    assert event.organizer.value == "mailto:phonghop.vanphong@ubnd.lamdong.gov.vn"
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_a_uid_is_that_of_the_row_or_made_of_the_slug() -> None:
    assert uid_of("abc") == "abc@giaoban"
    assert uid_of("abc", "chuoi@giaoban") == "chuoi@giaoban"
    assert (slug_of("abc@giaoban"), slug_of("abc@example.vn"), slug_of("")) == ("abc", "", "")
