"""edXML as a function of bytes: what a gateway, or a folder that others write to, may hold."""

from contextlib import suppress

from meetings.errors import Invalid
from meetings.exchange.checking import validate
from meetings.exchange.package import Package
from meetings.exchange.reading import parse
from meetings.exchange.unpacking import LARGEST_FILE, unpack
from meetings.exchange.writing import build, build_status
from tests.meetings.exchange.packages import make_package, make_status


def fuzz_exchange(data: bytes) -> None:
    """It is read or refused in words; what is read can be judged, opened, and written again as it was."""
    with suppress(Invalid):
        found = parse(data)
        if not isinstance(found, Package):
            assert parse(build_status(found, "Status")) == found
            return
        validate(found)
        assert parse(build(found)) == found
        for attachment in found.attachments:
            with suppress(Invalid):
                assert len(unpack(attachment)) <= LARGEST_FILE


PACKAGES = [build(make_package()), build_status(make_status(), "MessageStatus")]
