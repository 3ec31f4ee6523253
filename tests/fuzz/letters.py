"""Letters and calendars as a function of bytes: what comes to the mailbox, and what somebody chooses to import."""

from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

from meetings.errors import Invalid
from meetings.invitations.ical_lines import Limits
from meetings.invitations.ical_reading import read_events
from web.mail.incoming import read_letter
from web.mail.mailbox import Fetched

GOLDEN = Path(__file__).parent.parent / "meetings/invitations/golden"
LIMITS = Limits(size=20_000, events=20, attendees=20, occurrences=500)


def fuzz_letter(data: bytes) -> None:
    """Whatever the mailbox holds is read or has its trouble told."""
    letter = read_letter(Fetched(1, 1, len(data), data))
    assert len(letter.key) <= 255
    assert all(each.address and each.uid is not None for each in letter.replies)


def fuzz_calendar(data: bytes) -> None:
    """A file to import is read or refused in words; what is read fits into the books."""
    with suppress(Invalid):
        for event in read_events(data, LIMITS).events:
            assert event.span.start <= event.span.end
            assert "\n" not in event.title


def make_letter() -> bytes:
    reply = (GOLDEN / "occurrence.ics").read_text(encoding="utf-8").replace("REQUEST", "REPLY")
    message = EmailMessage()
    message["From"] = "Lý Đại Biểu <ly.daibieu@ductrong.lamdong.gov.vn>"
    message["Message-ID"] = "<1@client>"
    message.set_content("Tôi sẽ dự họp.")
    message.add_alternative(reply.replace("NEEDS-ACTION", "ACCEPTED"), subtype="calendar", params={"method": "REPLY"})
    return message.as_bytes()


CALENDARS = [path.read_bytes() for path in sorted(GOLDEN.glob("*.ics"))]
