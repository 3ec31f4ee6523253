"""What stands around every request: headers, failures explained, limits, static files."""

import asyncio
import io
import json
import logging
import re
import socket
from pathlib import Path

import pytest

from tests.browsing import Site, open_site
from tests.factories import World
from web.assets import list_modules, load_assets, static
from web.auth import COOKIE
from web.database import Database

BROKEN = "không đọc được"


async def test_every_answer_carries_the_security_headers(site: Site) -> None:
    browser = await site.sign_in("secretary")
    for path in ("/", "/login", "/nothing", "/healthz", static("css/base.css"), "/static/nothing", "/logout"):
        page = await browser.open(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, path
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "Server" not in page.headers


async def test_pages_are_not_kept_by_browsers(site: Site) -> None:
    assert (await (await site.sign_in("secretary")).open("/")).headers["Cache-Control"] == "no-store"


async def test_pages_hold_nothing_inline(site: Site) -> None:
    """The policy would block it, and the log of a browser must stay clean."""
    browser = await site.sign_in("administrator")
    paths = ["/", "/meetings", "/units", f"/units/{site.world.province.id}", "/sites", "/account", "/admin/accounts"]
    for path in [*paths, "/admin/accounts/new", "/admin/audit", "/units/new", "/sites/new"]:
        text = (await browser.open(path)).text
        assert not re.search(r"\sstyle=", text), path
        assert not re.search(r"\son[a-z]+=", text), path
        assert "<style" not in text
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or "application/json" in script


async def test_unknown_page_is_explained_in_the_reader_s_language(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.open("/nothing")
    assert page.status == 404
    assert "Không tìm thấy trang" in page.words
    assert "Hôm nay" in page.words, "the way back is there"
    await browser.send("/display", {"locale": "en"})
    assert "Page not found" in (await browser.open("/nothing")).words


async def test_wrong_method_is_405_and_says_which_are_right(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.request("DELETE", "/meetings", headers={"X-CSRF-Token": browser.csrf})
    assert page.status == 405
    assert "GET" in page.headers["Allow"]


async def test_too_large_a_body_is_413_and_nothing_is_saved(site: Site) -> None:
    browser = await site.sign_in("secretary")
    body = io.BytesIO(b"title=" + b"x" * 1_200_000)
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": browser.csrf}
    page = await browser.request("POST", "/meetings/new", data=body, headers=form)
    assert page.status == 413
    assert "Không có gì được lưu" in page.words


async def test_failure_has_a_reference_and_no_inside(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await site.sign_in("secretary")
    async with site.database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE meeting RENAME TO hidden")
    caplog.clear()
    page = await browser.open("/meetings")
    assert page.status == 500
    assert "Traceback" not in page.text
    assert "sqlalchemy" not in page.text.lower()
    match = re.search(r"<code>([0-9a-f]{8})</code>", page.text)
    assert match is not None
    failed = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [getattr(record, "reference", "") for record in failed] == [match[1]]
    assert "meeting" in caplog.text


async def test_database_that_refuses_connections_is_a_failure_with_a_page(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # nobody listens there any more once it is closed
    gone = Database(f"postgresql+asyncpg://giaoban@127.0.0.1:{port}/giaoban")
    async with open_site(gone, world, tmp_path) as site:
        browser = site.visit()
        browser.set_cookie(COOKIE, "x" * 43)
        page = await browser.open("/meetings")
    await gone.close()
    assert (page.status, page.headers["X-Frame-Options"]) == (500, "DENY")
    assert "Mã tra cứu" in page.words
    assert "ConnectionRefusedError" in caplog.text


async def test_failures_are_json_for_a_script(site: Site) -> None:
    browser = await site.sign_in("delegate")
    page = await browser.open("/admin/audit", Accept="application/json")
    assert page.status == 403
    assert "không có quyền" in json.loads(page.text)["error"]


async def test_change_by_a_script_needs_the_token_in_its_header(site: Site) -> None:
    browser = await site.sign_in("secretary")
    without = await browser.request("POST", "/display", json={"locale": "en"})
    assert without.status == 403
    wrong = await browser.request("POST", "/display", json={}, headers={"X-CSRF-Token": "x"})
    assert wrong.status == 403
    right = await browser.request("POST", "/display", json={}, headers={"X-CSRF-Token": browser.csrf})
    assert right.status == 303


@pytest.mark.parametrize("cookie", ["", "x", "\u0111", "a" * 4000, "../../etc/passwd"])
async def test_broken_session_cookie_is_no_session(site: Site, cookie: str) -> None:
    browser = site.visit()
    page = await browser.open("/", Cookie=f"giaoban={cookie.encode('utf-8').decode('latin-1')}")
    assert page.status == 303


async def test_broken_form_is_a_fault_of_the_sender(site: Site) -> None:
    browser = await site.sign_in("secretary")
    broken = await browser.request(
        "POST",
        "/meetings/new",
        data=b"--x\r\nnonsense",
        headers={"Content-Type": "multipart/form-data; boundary=x", "X-CSRF-Token": browser.csrf},
    )
    assert broken.status == 400
    assert "Máy chủ không đọc được yêu cầu này" in broken.words
    bytes_form = await browser.request(
        "POST",
        "/login",
        data=b"csrf_token=\xff\xfe",
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    assert bytes_form.status == 400
    unknown = {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}
    assert (await browser.request("POST", "/login", data=b"a=b", headers=unknown)).status == 400


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded; charset=unicode_escape", b"title=\\ud800"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"title=+2AA-"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=title\r\n"
            b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\ud800\r\n--x--\r\n",
        ),
    ],
)
async def test_form_of_half_letters_is_a_fault_of_the_sender(site: Site, content_type: str, body: bytes) -> None:
    """A lone surrogate is a Python string that no database keeps and no page shows."""
    browser = await site.sign_in("secretary")
    headers = {"Content-Type": content_type, "X-CSRF-Token": browser.csrf}
    assert (await browser.request("POST", "/meetings/new", data=body, headers=headers)).status == 400


async def test_body_that_is_not_packed_as_it_says_is_a_fault_of_the_sender(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    browser = await site.sign_in("secretary")
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}
    broken = await browser.request("POST", "/meetings/new", data=b"nonsense", headers=headers)
    assert broken.status == 400
    assert "web.middlewares" not in {record.name for record in caplog.records}


@pytest.mark.parametrize(
    ("request_line", "header", "status"),
    [
        ("GET /meetings", b"Cookie: giaoban=\xff\xfe", 303),
        ("GET /login", b"Cookie: giaoban_form=" + b"\xff" * 40, 200),
        ("GET /login", b"Cookie: giaoban_locale=\xff; giaoban_text=\xff", 200),
        ("GET /login", b"User-Agent: \xff", 200),
        ("POST /logout", b"X-CSRF-Token: \xff", 403),
        ("POST /logout", b"Origin: http://\xff", 403),
        ("GET /.well-known/security.txt", b"Host: \xff", 400),
    ],
)
async def test_header_that_is_no_text_is_answered(site: Site, request_line: str, header: bytes, status: int) -> None:
    reader, writer = await asyncio.open_connection(site.server.host, site.server.port)
    host = b"" if header.startswith(b"Host") else b"Host: localhost\r\n"
    writer.write(f"{request_line} HTTP/1.1\r\n".encode() + host + header + b"\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert int(answer.split()[1]) == status


async def test_nul_is_no_fault_of_the_server(any_database: Database, any_world: World, tmp_path: Path) -> None:
    """PostgreSQL takes none, in no text."""
    async with open_site(any_database, any_world, tmp_path) as site:
        office, visitor = await site.sign_in("office"), site.visit()
        for path in ("/meetings/%00", "/meetings/%00/minutes", "/units/%00", "/g/%00"):
            assert (await office.open(path)).status == 404, path
        for query in (
            "meetings?q=%00&unit=%00&date=%00",
            "minutes?q=%00&state=%00",
            "units?q=%00",
            "ratio?pair=%00:%00",
        ):
            assert (await office.open(f"/{query}")).status == 200, query
        await visitor.open("/login")
        refused = await visitor.send("/login", {"username": "no\0body", "password": "x\0y"})
        assert (refused.status, refused.value("username")) == (422, "nobody")


async def test_log_of_a_failure_tells_no_guests_token(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    async with site.database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE guest_link RENAME TO hidden")
    page = await site.visit().open("/g/secret-of-a-guest")
    assert page.status == 500
    assert "GET /g/… failed" in caplog.text
    assert "secret-of-a-guest" not in caplog.text


async def test_static_files_are_kept_for_a_year_under_their_digest(site: Site) -> None:
    browser = site.visit()
    page = await browser.open(static("css/base.css"))
    assert page.status == 200
    assert page.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert page.headers["Content-Type"].startswith("text/css")
    for path in ("/static/css/base.css", "/static/0123456789abcdef/css/base.css"):
        old = await browser.open(path)
        assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")
    again = await browser.open("/static/css/base.css", **{"If-None-Match": page.headers["ETag"]})
    assert again.status == 304


async def test_static_files_are_packed_for_those_who_can_unpack(site: Site) -> None:
    packed = await site.visit().request("GET", static("css/components.css"), headers={"Accept-Encoding": "gzip"})
    plain = await site.visit().request("GET", static("css/components.css"), headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.text == plain.text
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2


@pytest.mark.parametrize(
    "path", ["/static/../config.py", "/static/%2e%2e/config.py", "/static//etc/passwd", "/static/js/tsconfig.json"]
)
async def test_static_serves_nothing_else(site: Site, path: str) -> None:
    assert (await site.visit().open(path)).status in (303, 404)


async def test_static_needs_no_session_and_no_database(site: Site) -> None:
    await site.database.close()
    assert (await site.visit().open(static("logo.svg"))).status == 200


def test_static_name_that_does_not_exist_shows_at_once() -> None:
    with pytest.raises(KeyError, match="css/nothing"):
        static("css/nothing.css")


def test_first_page_is_light() -> None:
    """Below 150 kB before the first useful view, packed as it is sent (ui.md, "Speed")."""
    _digest, assets = load_assets()
    names = ["css/base.css", "css/components.css", "js/shell.js", "js/dates.js", "js/i18n.js", "logo.svg"]
    names += ["vendor/icons.svg", *(name for name in assets if name.startswith("vendor/fonts/"))]
    assert sum(len(assets[name].packed or assets[name].content) for name in names) < 110_000


def test_room_is_light_and_asks_for_all_its_scripts_at_once() -> None:
    """Below 300 kB, with what every page has (ui.md, "Speed")."""
    _digest, assets = load_assets()
    modules = {address.split("/", 3)[3] for address in list_modules("js/room.js")}
    assert {"js/wire.js", "js/room-facts.js", "js/link-words.js"} <= modules  # by one step, by two, by a re-export
    assert "js/lobby.js" not in modules
    names = [*modules, "js/room.js", *(f"css/{name}.css" for name in ("room", "stage", "panel", "bar", "votes"))]
    assert sum(len(assets[name].packed or assets[name].content) for name in names) < 190_000
