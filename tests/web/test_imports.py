"""Bringing in meetings by page and by command: looked at first, then taken, or nothing at all."""

import os
from pathlib import Path

import pytest
from sqlmodel import func, select
from typer.testing import CliRunner

from meetings.import_table import COLUMNS
from meetings.models import Meeting
from tests.browsing import Browser, Page, Site
from web.__main__ import app
from web.pages import calendar_imports
from web.table_files import LARGEST_FILE

UNITS = Path(__file__).parents[2] / "web/demo/lamdong-units.csv"
ROW = "H-1,Giao ban,briefing,68,2022-03-01T08:00,2022-03-01T10:00,held,online,system,,676,676=online"
WRONG = "H-2,Giao ban,party,68,2022-03-02T08:00,2022-03-02T10:00,held,online,system,,999,"


def table(*rows: str) -> bytes:
    return "\n".join([",".join(COLUMNS), *rows]).encode()


async def look(browser: Browser, content: bytes, name: str = "lich-su.csv") -> Page:
    return await browser.send("/meetings/import", file=(name, content))


async def count(site: Site) -> int:
    async with site.database.read() as session:
        return (await session.exec(select(func.count()).select_from(Meeting))).one()


@pytest.fixture
async def office(site: Site) -> Browser:
    browser = await site.sign_in("office")
    await browser.open("/meetings/import")
    return browser


async def test_file_is_looked_at_then_taken(site: Site, office: Browser) -> None:
    page = await look(office, table(ROW))
    assert page.status == 200
    assert "1 dòng hợp lệ: 1 cuộc họp mới, 0 cuộc họp được cập nhật" in page.words
    assert await count(site) == 0
    taken = await office.send("/meetings/import/take", {"token": page.value("token"), "name": "lich-su.csv"})
    assert (taken.status, taken.location) == (303, "/meetings?done=imported")
    assert await count(site) == 1
    assert list((site.config.data_dir / "imports").iterdir()) == []


async def test_every_fault_is_shown_and_nothing_can_be_taken(site: Site, office: Browser) -> None:
    page = await look(office, table(ROW, WRONG))
    assert page.status == 422
    assert "Tệp có 2 lỗi" in page.words
    assert "Dòng 3: cột kind có giá trị “party”" in page.words
    assert "Dòng 3: cột convening_unit" not in page.words
    assert "Dòng 3: cột invited_units: không có đơn vị “999” vào ngày họp." in page.words
    assert page.value("token") == ""


async def test_file_that_is_no_table_is_refused_with_words(site: Site, office: Browser) -> None:
    page = await look(office, b"\xff\xfe")
    assert page.status == 422
    assert "UTF-8" in page.faults["file"]
    assert (await office.send("/meetings/import", multipart=True, form=[("x", "")])).faults["file"]
    too_large = await look(office, b"x" * (LARGEST_FILE + 1))
    assert "20 MB" in too_large.faults["file"]


@pytest.mark.parametrize("token", ["", "x", "../../giaoban.sqlite3", "0" * 32])
async def test_file_that_is_gone_is_asked_for_again(site: Site, office: Browser, token: str) -> None:
    page = await office.send("/meetings/import/take", {"token": token})
    assert page.status == 409
    assert page.faults["file"].startswith("Tệp đã xem trước không còn")


async def test_old_files_are_let_go(site: Site, office: Browser) -> None:
    await look(office, table(ROW))
    [old] = (site.config.data_dir / "imports").iterdir()
    os.utime(old, (0, 0))
    await look(office, table(ROW))
    [kept] = (site.config.data_dir / "imports").iterdir()
    assert kept != old


async def test_names_in_the_file_are_shown_as_text(site: Site, office: Browser) -> None:
    page = await look(office, table(ROW.replace("briefing", "<script>alert(1)</script>")), "<b>.csv")
    assert "<script>alert" not in page.text
    assert "<b>.csv" not in page.text


@pytest.fixture
def data_dir(data_dir: Path) -> Path:
    """The same with the units of the province."""
    assert CliRunner().invoke(app, ["units", "import", str(UNITS)]).exit_code == 0
    return data_dir


def write(folder: Path, content: bytes) -> str:
    (folder / "lich-su.csv").write_bytes(content)
    return str(folder / "lich-su.csv")


def test_command_brings_a_file_in_and_again_updates(data_dir: Path) -> None:
    file = write(data_dir, table(ROW))
    dry = CliRunner().invoke(app, ["meetings", "import", file, "--dry-run"])
    assert (dry.exit_code, dry.stdout) == (0, "1 meetings would be added, 0 would be updated.\n")
    first = CliRunner().invoke(app, ["meetings", "import", file])
    assert (first.exit_code, first.stdout) == (0, "1 meetings added, 0 updated.\n")
    again = CliRunner().invoke(app, ["meetings", "import", file])
    assert (again.exit_code, again.stdout) == (0, "0 meetings added, 0 updated, 1 unchanged.\n")


def test_command_lists_every_fault_and_exits_with_1(data_dir: Path) -> None:
    result = CliRunner().invoke(app, ["meetings", "import", write(data_dir, table(ROW, WRONG))])
    assert result.exit_code == 1
    assert result.stderr.count("Error: Line 3:") == 2
    assert "Traceback" not in result.output
    again = CliRunner().invoke(app, ["meetings", "import", write(data_dir, table(ROW))])
    assert again.stdout == "1 meetings added, 0 updated.\n", "nothing of the first file was written"


def test_command_refuses_what_is_no_table(data_dir: Path) -> None:
    result = CliRunner().invoke(app, ["meetings", "import", write(data_dir, b"a,b\n1,2\n")])
    assert result.exit_code == 2
    assert "lacks the columns" in result.output


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:abc@example.vn
DTSTAMP:20261101T000000Z
DTSTART:20261201T010000Z
DTEND:20261201T030000Z
SUMMARY:Giao ban <b>tuần</b>
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


async def test_calendar_is_looked_at_then_kept_as_drafts(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings/import/calendar")
    choice = {"convening_unit_id": page.chosen("convening_unit_id")[0], "chair_id": str(site.world.chair.id)}
    page = await browser.send("/meetings/import/calendar", choice, file=("lich.ics", ICS.encode()))
    assert page.status == 200
    assert "Giao ban <b>tuần</b>" in page.words
    assert "<b>tuần" not in page.text
    assert "Thêm dự thảo" in page.words
    taken = await browser.send("/meetings/import/calendar/take", choice | {"token": page.value("token")})
    assert (taken.status, await count(site)) == (303, 1)


async def test_large_calendar_is_kept_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the whole of it, and the same file again adds nothing."""
    monkeypatch.setattr(calendar_imports, "AT_ONCE", 2)
    monkeypatch.setattr(calendar_imports, "BREATH", 0.0)
    event = ICS.partition("BEGIN:VEVENT")[2].partition("END:VEVENT")[0]
    events = "".join(f"BEGIN:VEVENT{event.replace('abc@', f'{n}@')}END:VEVENT\r\n" for n in range(5))
    content = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n".encode()
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings/import/calendar")
    choice = {"convening_unit_id": page.chosen("convening_unit_id")[0], "chair_id": str(site.world.chair.id)}
    for _again in range(2):
        page = await browser.send("/meetings/import/calendar", choice, file=("lich.ics", content))
        taken = await browser.send("/meetings/import/calendar/take", choice | {"token": page.value("token")})
        assert (taken.status, await count(site)) == (303, 5)


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"BEGIN:VCALENDAR\r\n", b"x" * 3_000_000])
async def test_file_that_is_no_calendar_is_refused_with_words(site: Site, content: bytes) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings/import/calendar")
    choice = {"convening_unit_id": page.chosen("convening_unit_id")[0], "chair_id": str(site.world.chair.id)}
    page = await browser.send("/meetings/import/calendar", choice, file=("lich.ics", content))
    assert page.status == 422
    assert page.faults["file"]


async def test_calendar_without_chair_asks_for_one(site: Site) -> None:
    browser = await site.sign_in("secretary")
    await browser.open("/meetings/import/calendar")
    page = await browser.send("/meetings/import/calendar", multipart=True, form={"convening_unit_id": "1"})
    assert page.faults["file"]
    page = await browser.send("/meetings/import/calendar", {"convening_unit_id": "1"}, file=("a.ics", ICS.encode()))
    assert page.faults["chair_id"] == "Hãy chọn người chủ trì."


def test_command_enters_distances(data_dir: Path) -> None:
    file = write(data_dir, "unit;km;hours;basis\nXã Đức Trọng;30,5;0,75;Đo ngày 01/11\n".encode())
    result = CliRunner().invoke(app, ["units", "distances", file])
    assert (result.exit_code, result.stdout) == (0, "1 distances entered.\n")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Xã Không Có,1,1,Đo", "Line 2: there is not exactly one unit"),
        ("Xã Đức Trọng,xa,1,Đo", "Line 2: columns km and hours take numbers"),
        ("Xã Đức Trọng,-1,1,Đo", "Line 2: needs kilometres one way from 0 to 2000"),
        ("Xã Đức Trọng,1,1,", "Line 2: needs kilometres one way from 0 to 2000"),
    ],
)
def test_wrong_distance_is_named_with_its_line(data_dir: Path, row: str, told: str) -> None:
    result = CliRunner().invoke(app, ["units", "distances", write(data_dir, f"unit,km,hours,basis\n{row}\n".encode())])
    assert result.exit_code == 2
    assert told in result.stderr
