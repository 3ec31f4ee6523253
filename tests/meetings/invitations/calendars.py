"""The calendars of which golden files are kept, as values; ``python -m tests.meetings.invitations.calendars`` writes
those files anew, to be read by a person before they are committed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from meetings.interval import Span
from meetings.invitations.ical import Attendee, Event, fill_in, write_cancel, write_feed, write_request
from meetings.kinds import Answer

GOLDEN = Path(__file__).parent / "golden"
STAMP = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
START = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)  # 08:00 on a Monday in the province
WEEK = timedelta(days=7)
TITLE = "Họp giao ban tháng 11; UBND tỉnh, các xã, phường – “Giải ngân vốn đầu tư công” \\ kỳ 2"
DESCRIPTION = "Chương trình:\n1. Tình hình kinh tế - xã hội\n2. Phòng, chống thiên tai; cứu nạn"
DELEGATE = Attendee("ly.daibieu@ductrong.lamdong.gov.vn", "Lý Đại Biểu")
UNIT = Attendee("vanthu@ductrong.lamdong.gov.vn", "Xã Đức Trọng", is_group=True, answer=Answer.ACCEPTED)
CHAIR = Attendee("hiep.tran@lamdong.gov.vn", 'Trần "Văn" Hiệp', role="CHAIR", answer=Answer.ACCEPTED, rsvp=False)


def make_event(**values: Any) -> Event:
    defaults: dict[str, Any] = {
        "uid": "5eb04d2b35147f61c839@giaoban",
        "stamp": STAMP,
        "span": Span(START, START + timedelta(hours=2, minutes=30)),
        "title": TITLE,
        "description": DESCRIPTION,
        "location": "Phòng họp số 1, UBND tỉnh; 04 Trần Hưng Đạo, Đà Lạt",
        "url": "https://origin.invalid/meetings/5eb04d2b35147f61c839",
        "categories": ("Họp giao ban", "Ủy ban, Sở"),
        "organizer": "UBND tỉnh Lâm Đồng",
        "attendees": (DELEGATE, UNIT, CHAIR),
    }
    return Event(**(defaults | values))


def make_series() -> list[Event]:
    """Five Mondays: the second called off, the third moved to Tuesday, the fourth cancelled."""
    series: dict[str, Any] = {"uid": "chuoi-giao-ban@giaoban", "title": "Giao ban đầu tuần", "attendees": (DELEGATE,)}
    third, fourth = START + 2 * WEEK, START + 3 * WEEK
    moved = third + timedelta(days=1, hours=6)
    return [
        make_event(**series, rule="FREQ=WEEKLY;COUNT=5;BYDAY=MO", exdates=(START + WEEK,)),
        make_event(**series, span=Span(moved, moved + timedelta(hours=1)), recurrence_at=third, sequence=1),
        make_event(**series, span=Span(fourth, fourth + WEEK / 84), recurrence_at=fourth, is_cancelled=True),
    ]


def write_all() -> dict[str, str]:
    """Each golden file's name and content."""
    later = STAMP + timedelta(hours=5)
    moved = Span(START + timedelta(days=1), START + timedelta(days=1, hours=2))
    series = make_series()
    texts = {
        "request.ics": write_request([make_event()]),
        "update.ics": write_request([make_event(span=moved, sequence=1, stamp=later)]),
        "cancel.ics": write_cancel([make_event(span=moved, sequence=2, stamp=later, is_cancelled=True)]),
        "series.ics": write_request(series),
        "occurrence.ics": write_request(series[1:2]),
        "feed.ics": write_feed("Lịch họp: Xã Đức Trọng", [make_event(is_public=True), *series]),
    }
    return {name: fill_in(text, "https://hop.lamdong.gov.vn", "hop@lamdong.gov.vn") for name, text in texts.items()}


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for file, content in write_all().items():
        (GOLDEN / file).write_text(content, newline="")
