"""The page that tells why a browser gives no camera: for everybody, and right about the browser that opens it."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from tests.browsing import Site, open_site
from tests.factories import World
from web.database import Database

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
PATH = "/connection/secure-context"


async def test_visitor_is_told_what_to_do(site: Site) -> None:
    page = await site.visit().open(PATH)
    assert page.status == 200
    assert page.title.startswith("Vì sao không dùng được micro và camera")
    assert "giaoban serve --tls self-signed" in page.words
    assert "Thử mở lại trang bằng địa chỉ bắt đầu bằng https://" in page.words


async def test_known_secure_address_is_a_link(database: Database, world: World, tmp_path: Path) -> None:
    async with open_site(database, world, tmp_path, origin="https://hop.example.vn") as site:
        page = await site.visit().open(PATH)
    assert '<a href="https://hop.example.vn/">' in page.text


@pytest.mark.browser
async def test_page_tells_which_of_the_two_this_browser_is(site: Site) -> None:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP hop.example.vn 127.0.0.1"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = await browser.new_page()
        await page.goto(f"http://hop.example.vn:{site.server.port}{PATH}")
        await expect(page.locator("#insecure")).to_contain_text(f"http://hop.example.vn:{site.server.port}")
        await expect(page.locator("#secure")).to_be_hidden()
        await page.goto(f"http://localhost:{site.server.port}{PATH}")
        await expect(page.locator("#secure")).to_be_visible()
        await expect(page.locator("#insecure")).to_be_hidden()
        await browser.close()
