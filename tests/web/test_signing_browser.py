"""Signing and verifying in a real Chromium: a key of a test authority, both screen sizes, axe."""

from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from tests.authority import PASSWORD
from tests.browsing import Site
from tests.web.test_shell_browser import SIZES, OpenPage, violations_of
from tests.web.test_signing import SIGN, Desk, authority, desk, paper

__all__ = ["authority", "desk", "paper"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.axe]


@pytest.fixture
def site(desk: Desk) -> Site:
    """Whose pages ``open_page`` opens."""
    return desk.site


async def test_secretary_signs_on_the_page_and_everything_can_be_read(desk: Desk, open_page: OpenPage) -> None:
    page = await open_page("secretary", SIGN)
    await page.get_by_text("Ký bằng tệp khóa (.p12), dùng thử").click()
    await page.get_by_label("Mật khẩu của tệp khóa").fill(PASSWORD)
    key = FilePayload(name="khoa.p12", mimeType="application/x-pkcs12", buffer=desk.secretary.write_pkcs12())
    await page.get_by_label("Tệp khóa ký").set_input_files(key)
    await page.get_by_role("button", name="Ký", exact=True).click()
    for size in SIZES:
        assert await violations_of(await open_page("secretary", SIGN, size)) == []
    await page.get_by_role("button", name="Đúng là chứng thư của người này").click()
    await expect(page.get_by_text("Đã kiểm tra và lưu chữ ký số.")).to_be_visible()
    await expect(page.get_by_text("Đến lượt ký")).to_be_visible()
    for size in SIZES:
        assert await violations_of(await open_page("chair", SIGN, size)) == []


async def test_holder_verifies_a_file(desk: Desk, open_page: OpenPage, tmp_path: Path) -> None:
    await desk.sign_both()
    await desk.number()
    await desk.issue()
    (tmp_path / "vb.pdf").write_bytes(await desk.newest())
    for size in SIZES:
        page = await open_page("", "/verify", size)
        await page.get_by_label("Tệp PDF", exact=True).set_input_files(tmp_path / "vb.pdf")
        await page.get_by_role("button", name="Kiểm tra tệp").click()
        await expect(page.get_by_text("Đúng là bản đã phát hành, đang có hiệu lực")).to_be_visible()
        assert await violations_of(page) == []
