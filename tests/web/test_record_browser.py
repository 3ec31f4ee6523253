"""The pages of the record in a real Chromium: writing and losing nothing, hearing, approving, the number, axe."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from meetings.models import Meeting
from tests.factories import NOW, key
from tests.records import House, add_minutes, approve, open_house, write_mix
from tests.web.test_ratio import ONLINE, hold, mixed_period, set_target
from transcripts import store
from transcripts.minutes import Content
from transcripts.models import JobState, Minutes, MinutesState
from transcripts.work import DocumentWork
from web.auth import COOKIE
from web.database import Database

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
SAVED = "Đã lưu lúc 08:00."

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    opened = await open_house(database, tmp_path)
    yield opened
    await opened.client.close()


@pytest.fixture
async def draft(house: House) -> Minutes:
    async with house.database.write() as session:
        minutes = await add_minutes(session, house.world)
        slug = (await session.get_one(Meeting, minutes.meeting_id)).slug
    write_mix(house.config.data_dir, slug)
    return minutes


@pytest.fixture
async def open_page(house: House) -> AsyncIterator[OpenPage]:
    """``await open_page("secretary", "/path")``: the page as that account sees it, in a browser context of its own.

    What a page reports as an error of its scripts or its policy fails the test.
    """
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        async def open_one(who: str, path: str, width: int = 1366, height: int = 768) -> Page:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, locale="vi-VN", base_url=str(house.client.make_url("/"))
            )
            context.set_default_timeout(10_000)
            await context.grant_permissions(["clipboard-read", "clipboard-write"])
            host = house.client.make_url("/").host or ""
            await context.add_cookies([{"name": COOKIE, "value": house.tokens[who][0], "domain": host, "path": "/"}])
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
            await page.goto(path)
            return page

        yield open_one
        await browser.close()
    assert complaints == []


async def page_of(house: House, minutes: Minutes) -> str:
    async with house.database.read() as session:
        return f"/meetings/{(await session.get_one(Meeting, minutes.meeting_id)).slug}/minutes"


async def violations_of(page: Page) -> list[str]:
    """What axe finds, as ``rule: element``."""
    await page.evaluate(AXE.read_text())
    found: Any = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found["violations"] for node in rule["nodes"]]


async def test_what_is_written_on_the_paper_is_saved_by_itself(
    house: House, draft: Minutes, open_page: OpenPage
) -> None:
    page = await open_page("secretary", await page_of(house, draft))
    state = page.locator("#save-state")
    title = page.get_by_label("Tên nội dung").nth(1)
    await title.fill("Giải ngân vốn đầu tư công, bản đã sửa")
    await expect(state).to_have_text(SAVED)
    await expect(page.locator("#outline")).to_contain_text("2. Giải ngân vốn đầu tư công, bản đã sửa")
    await page.get_by_role("button", name="Thêm kết luận").click()
    await page.get_by_label("Nội dung kết luận").last.fill("Rà soát các dự án chậm tiến độ")
    await page.get_by_label("Đơn vị được giao").last.fill("Sở Tài chính")
    await page.get_by_label("Hoàn thành trước ngày").last.fill("2026-12-31")
    await page.get_by_label("Số tán thành").first.fill("26")
    await page.get_by_role("button", name="Bỏ ý kiến này").first.click()
    await page.get_by_role("button", name="Đã kiểm tra").first.click()
    await expect(state).to_have_text(SAVED)
    before = Content.from_json(draft.content)
    after = Content.from_json((await house.latest(draft.meeting_id)).content)
    assert after.sections[1].title == "Giải ngân vốn đầu tư công, bản đã sửa"
    last = after.conclusions[-1]
    assert (last.text, last.unit, str(last.due)) == ("Rà soát các dự án chậm tiến độ", "Sở Tài chính", "2026-12-31")
    assert after.votes[0].in_favour == 26
    assert len(after.sections[0].statements) == len(before.sections[0].statements) - 1
    suspects = [sum(bool(s.suspect) for section in c.sections for s in section.statements) for c in (before, after)]
    assert suspects[1] == suspects[0] - 1
    # What is not on the paper as a field came through untouched.
    assert (after.attendance, after.started_at, after.notation) == (
        before.attendance,
        before.started_at,
        before.notation,
    )
    assert after.sections[2] == before.sections[2]


async def test_nothing_is_lost_without_a_connection_nor_by_closing_the_tab(
    house: House, draft: Minutes, open_page: OpenPage
) -> None:
    page = await open_page("secretary", await page_of(house, draft))

    await page.context.set_offline(True)
    await page.get_by_label("Tên cuộc họp").fill("Họp lúc mất mạng")
    await expect(page.locator("#save-state")).to_contain_text("Chưa lưu được vì mất kết nối")
    other = await page.context.new_page()
    await page.close(run_before_unload=False)
    await page.context.set_offline(False)
    await other.goto(await page_of(house, draft))
    await expect(other.locator("#unsaved")).to_contain_text("còn giữ nội dung chưa lưu")
    await other.get_by_role("button", name="Khôi phục vào biên bản").click()
    await expect(other.get_by_label("Tên cuộc họp")).to_have_value("Họp lúc mất mạng")
    await expect(other.locator("#save-state")).to_have_text(SAVED)
    assert (await house.latest(draft.meeting_id)).content["title"] == "Họp lúc mất mạng"


async def test_who_was_overtaken_keeps_his_text_and_can_copy_it(
    house: House, draft: Minutes, open_page: OpenPage
) -> None:
    path = await page_of(house, draft)
    page = await open_page("secretary", path)
    theirs = {"revision": draft.revision, "content": {**draft.content, "title": "Của văn phòng"}}
    assert (await house.post("office", f"{path}/save", json=theirs)).status == 200
    await page.get_by_label("Tên cuộc họp").fill("Của thư ký, dài và quý")
    warning = page.get_by_role("alert")
    await expect(warning).to_contain_text("Biên bản đã được sửa sau lần bạn mở")
    await expect(page.get_by_label("Tên cuộc họp")).to_have_value("Của thư ký, dài và quý")
    await warning.get_by_role("button", name="Sao chép nội dung của tôi").click()
    await expect(page.locator("#save-state")).to_have_text("Đã sao chép nội dung của bạn.")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert "Của thư ký, dài và quý" in copied
    assert "Phòng họp số 1, UBND tỉnh" in copied
    assert (await house.latest(draft.meeting_id)).content["title"] == "Của văn phòng"


async def test_sentence_under_the_sound_is_lit_and_space_plays(
    house: House, draft: Minutes, open_page: OpenPage
) -> None:
    page = await open_page("secretary", await page_of(house, draft))
    line = page.locator("#talk li", has_text="Kính thưa đồng chí chủ tịch.")
    await line.get_by_role("button").click()
    await expect(line).to_have_attribute("aria-current", "true")
    start = float(await line.get_attribute("data-start") or 0)
    assert await page.evaluate("document.getElementById('sound').currentTime") >= start
    assert await page.evaluate("document.getElementById('sound').duration") > 70
    await expect(page.locator(".paper .statement.is-heard")).to_contain_text("Cần nghe lại")  # its place on the paper
    await page.keyboard.press("Space")
    assert await page.evaluate("document.getElementById('sound').paused")
    await page.locator("h1").click()
    await page.keyboard.press("Space")
    assert not await page.evaluate("document.getElementById('sound').paused")
    await page.keyboard.press("Space")
    title = page.get_by_label("Tên cuộc họp")
    await title.press("End")
    await title.press("Space")  # where text is typed it is a blank
    await expect(title).to_have_value(f"{draft.content['title']} ")
    assert await page.evaluate("document.getElementById('sound').paused")
    await page.locator(".paper-play").last.click()
    assert not await page.evaluate("document.getElementById('sound').paused")


async def test_from_submitting_to_the_documents(house: House, draft: Minutes, open_page: OpenPage) -> None:
    path = await page_of(house, draft)
    secretary = await open_page("secretary", path)
    await secretary.get_by_label("Tên cuộc họp").fill("Họp giao ban, bản trình")
    await secretary.get_by_role("button", name="Trình chủ tọa duyệt").click()  # what is not yet saved goes first
    await expect(secretary.locator(".ribbon [aria-current=step]")).to_contain_text("Đã trình")
    assert (await house.latest(draft.meeting_id)).content["title"] == "Họp giao ban, bản trình"

    chair = await open_page("chair", path)
    await chair.get_by_text("Trả lại thư ký để sửa").click()
    await chair.get_by_label("Cần sửa những gì").fill("Bổ sung số liệu")
    await chair.get_by_role("button", name="Trả lại").click()
    await secretary.goto(path)
    await expect(secretary.locator("main")).to_contain_text("Bổ sung số liệu")
    await secretary.get_by_role("button", name="Trình chủ tọa duyệt").click()

    await chair.goto(path)
    await chair.get_by_role("button", name="Phê duyệt biên bản").click()
    await expect(chair.locator(".ribbon [aria-current=step]")).to_contain_text("Đã duyệt")
    await expect(chair.locator("#work")).to_contain_text("Đang lập văn bản PDF và DOCX.")
    await render_documents(house, draft)
    async with chair.expect_download() as waiting:
        await chair.get_by_role("link", name="PDF").click(timeout=15_000)
    download = await waiting.value
    assert download.suggested_filename == "bien-ban-hop-giao-ban-truc-tuyen-thang-11-nam-2026-2026-11-23-v1.pdf"
    assert (await house.latest(draft.meeting_id)).state is MinutesState.APPROVED


async def render_documents(house: House, draft: Minutes) -> None:
    """What the worker does with the job that the approval left."""
    minutes = await house.latest(draft.meeting_id)
    async with house.database.write() as session:
        meeting = await session.get_one(Meeting, minutes.meeting_id)
        content = Content.from_json(minutes.content)
        work = DocumentWork(key(minutes), content, 1, minutes.content_sha256, meeting.slug, house.config.documents)
        work.run(lambda _done, _total: None)
        await work.keep(session, NOW)
        for job in await store.list_jobs(session, meeting.id or 0):
            job.state = JobState.DONE
            session.add(job)


async def test_phone_shows_one_part_at_a_time(house: House, draft: Minutes, open_page: OpenPage) -> None:
    page = await open_page("secretary", await page_of(house, draft), 390, 844)
    await expect(page.locator(".desk-paper")).to_be_visible()
    await expect(page.locator(".desk-transcript")).to_be_hidden()
    await page.get_by_role("button", name="Bản gỡ băng").click()
    await expect(page.locator(".desk-transcript")).to_be_visible()
    await expect(page.locator(".desk-paper")).to_be_hidden()
    await page.get_by_role("button", name="Mục lục").click()
    await page.locator("#outline a").nth(2).click()
    await expect(page.locator(".desk-paper")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_ratio_is_drawn_with_its_numbers_in_a_table(house: House, open_page: OpenPage) -> None:
    await set_target(house)
    await mixed_period(house)
    await hold(house, ONLINE)
    page = await open_page("leader", "/ratio?calendar=civil&period=2026", height=1600)
    await expect(page.locator("#share")).to_contain_text("57,1")
    chart = page.locator("#chart svg")
    await expect(chart).to_be_visible()
    await expect(page.locator(".trend-legend")).to_have_text("Tỷ lệ trực tuyến (%)Chỉ tiêu")
    label = await page.locator("#chart [aria-label], #chart[aria-label]").first.get_attribute("aria-label")
    assert label is not None
    assert "Các số ở bảng bên cạnh" in label
    await page.get_by_label("Kỳ", exact=True).select_option("Q1")
    await page.get_by_role("button", name="Xem").click()
    await expect(page.locator("#share")).to_have_text("–")
    assert "part=Q1" in page.url


@pytest.mark.axe
@pytest.mark.parametrize("width", [1366, 390])
async def test_axe_finds_nothing(house: House, draft: Minutes, open_page: OpenPage, width: int) -> None:
    await set_target(house)
    await mixed_period(house)
    path = await page_of(house, draft)
    pages = [("secretary", path), ("secretary", "/minutes"), ("leader", "/ratio?period=2026"), ("leader", path)]
    pages += [("leader", "/ratio/meetings?period=2026"), ("leader", "/ratio?period=2022"), ("delegate", path)]
    for who, address in pages:
        page = await open_page(who, address, width)
        assert await violations_of(page) == [], address
    await approve(house, draft)
    for who in ("chair", "secretary", "delegate"):
        page = await open_page(who, path, width)
        assert await violations_of(page) == [], who
