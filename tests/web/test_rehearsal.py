"""Parts of a rehearsal that need no server; the whole is in ``tests/e2e/test_rehearse.py``."""

import io
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from rich.console import Console
from yarl import URL

from signaling import protocol
from signaling.errors import ProtocolError
from signaling.synthetic import Pump
from signaling.synthetic_stats import Distribution, Totals
from web.rehearsal import course
from web.rehearsal.client import RoomClient
from web.rehearsal.course import find_source_address, load_media, split_address
from web.rehearsal.door import NoEntry, Visitor, read_heading
from web.rehearsal.report import Report, draw


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://hop.example.vn/meetings/abc", ("abc", "")),
        ("https://hop.example.vn/meetings/abc/lobby", ("abc", "")),
        ("https://hop.example.vn/g/t0ken/room", ("", "/g/t0ken")),
    ],
)
def test_address_names_a_meeting_or_a_link(address: str, expected: tuple[str, str]) -> None:
    assert split_address(URL(address)) == expected


@pytest.mark.parametrize("path", ["", "/", "/meetings", "/login"])
def test_address_of_something_else_is_refused(path: str) -> None:
    with pytest.raises(NoEntry):
        split_address(URL(f"https://hop.example.vn{path}"))


def test_page_of_an_error_in_one_line() -> None:
    page = "<h1 class='x'>Không tìm thấy\n trang</h1><p>Hãy kiểm tra &amp; thử lại.</p><p>Khác</p>"
    assert read_heading(page) == "Không tìm thấy trang Hãy kiểm tra & thử lại."
    assert read_heading("nothing") == "no reason given"


def test_own_address_is_that_towards_the_server() -> None:
    assert find_source_address("127.0.0.1") == "127.0.0.1"


def test_no_picture_is_encoded_for_sites_without_a_camera() -> None:
    sound, layers = load_media(None, cameras=0)
    assert sound
    assert not layers


def test_message_of_the_server_is_read_and_nonsense_refused() -> None:
    left = protocol.Left(id="p7")
    assert protocol.decode_message(protocol.encode(left)) == left
    for text in ("", "{}", '{"type": "left"}', '{"type": "sing"}'):
        with pytest.raises(ProtocolError):
            protocol.decode_message(text)


def make_report(**values: Any) -> Report:
    times = Distribution()
    times.note(120)
    totals = Totals()
    totals.packets, totals.lost = 990, 10
    totals.gaps.note(150)
    usual = Report(
        sites=1, seconds=10.0, totals=totals, joins=times, media=times, reconnects=Distribution(),
        dropped=0, sent=500, outages=0, refused={}, lateness_ms=3.0,
    )  # fmt: skip
    return replace(usual, **values)


def test_report_for_people_and_for_programs_says_the_same() -> None:
    report = make_report()
    assert report.passed
    assert report.to_json()["loss"] == 0.01
    assert report.to_json()["sound_gaps_above_100_ms"] == 1
    text = io.StringIO()
    Console(file=text, width=120).print(draw(report))
    assert "1 of 1" in text.getvalue()
    assert "1.00% (10; 0 repeated)" in text.getvalue()
    assert "after a drop" not in text.getvalue()


@pytest.mark.parametrize(
    ("loss", "dropped", "usual"), [(0.0, 0, ("1 %", "none")), (0.02, 0, ("5 %", "some")), (0.0, 1, ("1 %", "some"))]
)
def test_report_expects_what_the_trial_itself_does(loss: float, dropped: int, usual: tuple[str, str]) -> None:
    text = io.StringIO()
    Console(file=text, width=120).print(draw(make_report(dropped=dropped), loss))
    assert re.search(rf"lost for good .* below {usual[0]}", text.getvalue())
    assert re.search(rf"frozen pictures .* {usual[1]}", text.getvalue())


def test_report_of_those_who_were_not_let_in() -> None:
    report = make_report(sites=3, refused={"room full": 2}, lateness_ms=400.0)
    assert not report.passed
    assert report.joined == 1
    text = io.StringIO()
    Console(file=text, width=120).print(draw(report))
    assert "2: room full" in text.getvalue()
    assert "this machine itself was late" in text.getvalue()


def test_report_of_those_who_did_not_come_back() -> None:
    back = Distribution()
    back.note(900)
    assert make_report(dropped=1, reconnects=back).passed
    report = make_report(dropped=2, reconnects=back)
    assert not report.passed
    assert report.to_json()["dropped"] == 2
    text = io.StringIO()
    Console(file=text, width=120).print(draw(report))
    assert re.search(r"back after a drop +1 of 2 +all", text.getvalue())


@pytest.fixture
async def clients() -> AsyncIterator[list[RoomClient]]:
    """Two sites of a server that nobody runs; the one that is in the room is so for the test alone."""
    async with aiohttp.ClientSession() as http:
        visitor = Visitor(http, URL("http://127.0.0.1:9"))
        yield [RoomClient(visitor, "/ws", None) for _ in range(2)]


async def test_course_tells_who_was_cut_and_stayed_away(
    clients: list[RoomClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "JOIN_SECONDS", 0.01)
    monkeypatch.setattr(course, "BACK_SECONDS", 0.01)
    clients[0].joined.set()
    lines: list[str] = []
    monkeypatch.setattr(RoomClient, "start", lambda client: None)
    report = await course.play(0.01, clients, Pump(), pace=1000, drop=True, tell=lines.append)
    assert (report.dropped, report.reconnects.count, report.passed) == (1, 0, False)
    assert lines[-1] == "0 of 1 sites came back."
    assert (await course.drop_all(clients)).count == 0  # nobody is there to be cut


async def test_fault_in_the_turns_is_seen(clients: list[RoomClient], monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(clients: Sequence[RoomClient], speakers: int) -> None:
        raise RuntimeError("nobody speaks")

    monkeypatch.setattr(course, "JOIN_SECONDS", 0.01)
    monkeypatch.setattr(course, "take_turns", fail)
    monkeypatch.setattr(RoomClient, "start", lambda client: None)
    with pytest.raises(RuntimeError, match="nobody speaks"):
        await course.play(0.01, clients, Pump(), pace=1000, drop=False, tell=lambda line: None)
