"""Large forms from senders who dawdle, break off or lie."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browsing import Browser, Page, Site, open_site
from tests.factories import World
from web.database import Database
from web.pages import verify
from web.press import RECEIVING

KIND = "multipart/form-data; boundary=b"


@pytest.fixture
async def visitor(database: Database, world: World, tmp_path: Path) -> AsyncIterator[Browser]:
    async with open_site(database, world, tmp_path) as site:
        browser = site.visit()
        await browser.open("/verify")
        yield browser


def write_form(token: str) -> bytes:
    """A form up to the first bytes of its file."""
    fields = (("csrf_token", token), ('file"; filename="a.pdf', "%PDF-1.7"))
    return "\r\n".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields
    ).encode()


async def post(browser: Browser, data: object) -> Page:
    return await browser.request("POST", "/verify", data=data, headers={"Content-Type": KIND})


@pytest.mark.parametrize("cut", [30, 70, 1000])
async def test_form_that_is_cut_off_is_the_senders_fault(visitor: Browser, cut: int) -> None:
    assert (await post(visitor, write_form(visitor.csrf)[:cut])).status in (400, 403)


async def test_sender_who_dawdles_keeps_nobody_from_verifying(
    database: Database, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "MOST_OF_ADDRESS", 1)
    async with open_site(database, world, tmp_path) as site:
        slow, other = site.visit(), site.visit()
        await slow.open("/verify")
        await other.open("/verify")
        go_on = asyncio.Event()

        async def dawdle() -> AsyncIterator[bytes]:
            yield write_form(slow.csrf)
            await go_on.wait()

        waiting = asyncio.create_task(post(slow, dawdle()))
        await _until_received(site)
        assert (await other.send("/verify", file=("a.pdf", b"x"))).status == 409  # two files of one address
        monkeypatch.setattr(verify, "MOST_OF_ADDRESS", 2)
        assert (await other.send("/verify", file=("a.pdf", b"x"))).status == 422
        go_on.set()
        assert (await waiting).status == 400
        assert not site.server.app[RECEIVING]


async def test_file_that_does_not_come_is_given_up(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "PATIENCE", 0.05)
    never = asyncio.Event()

    async def dawdle() -> AsyncIterator[bytes]:
        yield write_form(visitor.csrf)
        await never.wait()

    page = await post(visitor, dawdle())
    assert page.status == 422
    assert "quá lâu" in page.faults["file"]


async def _until_received(site: Site) -> None:
    async with asyncio.timeout(5):
        while not site.server.app[RECEIVING]:
            await asyncio.sleep(0)


async def test_text_in_a_charset_that_nobody_knows_is_the_senders_fault(
    database: Database, world: World, tmp_path: Path
) -> None:
    async with open_site(database, world, tmp_path) as site:
        browser = await site.sign_in("secretary")
        await browser.open("/verify")
        told = {"Content-Type": "application/json; charset=foo", "X-CSRF-Token": browser.csrf}
        page = await browser.request("POST", "/meetings/hop/minutes/save", data=b"{}", headers=told)
        assert page.status == 422
