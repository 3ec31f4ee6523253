"""The pages of the record in a real Chromium: writing and losing nothing, hearing, approving, the number, axe."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.records import House, add_minutes, approve, page_of, print_minutes, slug_of, write_mix
from tests.web.test_ratio import ONLINE, hold, mixed_period, set_target
from transcripts import store
from transcripts.minutes import Content
from transcripts.models import JobState, Minutes, MinutesState
from web.auth import COOKIE

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
SAVED = "Đã lưu lúc 08:00."

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def draft(house: House) -> Minutes:
    async with house.database.write() as session:
        minutes = await add_minutes(session, house.world)
    write_mix(house.config.data_dir, await slug_of(house, minutes))
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
    await page.get_by_role("button", name="Đã kiểm tra").first.click()
    await expect(state).to_have_text(SAVED)
    before = Content.from_json(draft.content)
    after = Content.from_json((await house.latest(draft.meeting_id)).content)
    assert after.sections[1].title == "Giải ngân vốn đầu tư công, bản đã sửa"
    last = after.conclusions[-1]
    assert (last.text, last.unit, str(last.due)) == ("Rà soát các dự án chậm tiến độ", "Sở Tài chính", "2026-12-31")
    assert after.votes[0].in_favour == 26
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


async def test_sentences_are_split_joined_struck_and_named(house: House, draft: Minutes, open_page: OpenPage) -> None:
    page = await open_page("secretary", await page_of(house, draft))
    state = page.locator("#save-state")
    sections = Content.from_json(draft.content).sections
    place, number = next(
        (place, number)
        for place, part in enumerate(sections)
        for number, each in enumerate(part.statements)
        if ". " in each.text
    )
    section = page.locator(".paper-section").nth(place)
    said = section.locator(".statement").nth(number)
    text = said.get_by_label("Nội dung phát biểu")
    words = await text.input_value()
    cut = words.index(". ") + 2
    await text.evaluate("(box, at) => { box.focus(); box.setSelectionRange(at, at); }", cut)
    await said.get_by_role("button", name="Tách").click()
    await expect(text).to_have_value(words[:cut].strip())
    second = section.locator(".statement").nth(number + 1)
    await expect(second.get_by_label("Nội dung phát biểu")).to_have_value(words[cut:])
    await second.get_by_role("button", name="Gạch bỏ").click()
    await expect(second).to_contain_text("Đã gạch bỏ, không in.")
    await expect(state).to_have_text(SAVED)
    stored = (await house.latest(draft.meeting_id)).content["sections"][place]["statements"]
    assert [each.get("struck", False) for each in stored[number : number + 2]] == [False, True]
    await page.reload()
    await second.get_by_role("button", name="Lấy lại").click()
    await second.get_by_role("button", name="Gộp lên").click()
    await expect(text).to_have_value(words)

    name = await said.get_by_label("Người hoặc điểm cầu phát biểu").input_value()
    await said.get_by_role("button", name="Ai phát biểu").click()
    dialog = page.get_by_role("dialog", name="Ai phát biểu tại điểm cầu này")
    await dialog.get_by_label("Người phát biểu, chức vụ, đơn vị").fill("Ông <b>An</b>, Chủ tịch xã")
    await dialog.get_by_label("Mọi chỗ trong biên bản").check()
    await dialog.get_by_role("button", name="Ghi tên").click()
    await expect(said).to_contain_text(f"Bản gỡ băng: {name}")
    await expect(state).to_have_text(SAVED)
    after = Content.from_json((await house.latest(draft.meeting_id)).content)
    speakers = [each.speaker for part in after.sections for each in part.statements]
    assert name not in speakers
    assert "Ông <b>An</b>, Chủ tịch xã" in speakers
    assert await page.locator("#talk li", has_text=name).count() > 0  # the transcript keeps the site
    before = Content.from_json(draft.content)
    assert [[each.text for each in part.statements] for part in after.sections] == [
        [each.text for each in part.statements] for part in before.sections
    ]


async def test_what_two_people_typed_is_put_together(house: House, draft: Minutes, open_page: OpenPage) -> None:
    path = await page_of(house, draft)
    page = await open_page("secretary", path)
    theirs = {"revision": draft.revision, "content": {**draft.content, "recipients": ["Sở Tài chính", "Lưu: VT"]}}
    assert (await house.post("office", f"{path}/save", json=theirs)).status == 200
    await page.get_by_label("Tên cuộc họp").fill("Của thư ký")
    await expect(page.locator("#save-state")).to_have_text(SAVED)
    await expect(page.locator("#merged")).to_contain_text("Đã gộp phần")
    await expect(page.get_by_label("Tên cuộc họp")).to_be_focused()
    stored = (await house.latest(draft.meeting_id)).content
    assert (stored["title"], stored["recipients"]) == ("Của thư ký", ["Sở Tài chính", "Lưu: VT"])


@pytest.mark.parametrize(("width", "choice"), [(1366, "Giữ cả hai"), (390, "Lấy bản của bạn")])
async def test_conflict_shows_three_and_takes_what_is_chosen(
    house: House, draft: Minutes, open_page: OpenPage, width: int, choice: str
) -> None:
    path = await page_of(house, draft)
    page = await open_page("secretary", path, width)
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    theirs = {"revision": draft.revision, "content": {**draft.content, "title": f"Của văn phòng {evil}"}}
    assert (await house.post("office", f"{path}/save", json=theirs)).status == 200
    await page.get_by_label("Tên cuộc họp").fill("Của thư ký, dài và quý")
    await page.get_by_role("button", name="So sánh và chọn").click()
    dialog = page.get_by_role("dialog", name="Hai người cùng sửa biên bản")
    for words in (draft.content["title"], evil, "Của thư ký, dài và quý"):
        await expect(dialog).to_contain_text(words)
    assert await dialog.locator("img, script").count() == 0
    assert await violations_of(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await dialog.get_by_label(choice).check()
    await dialog.get_by_role("button", name="Áp dụng và lưu").click()
    await expect(page.locator("#save-state")).to_have_text(SAVED)
    title = (await house.latest(draft.meeting_id)).content["title"]
    both = f"Của văn phòng {evil} / Của thư ký, dài và quý"
    assert title == (both if choice == "Giữ cả hai" else "Của thư ký, dài và quý")


async def test_site_comments_and_secretary_takes_it_in(house: House, draft: Minutes, open_page: OpenPage) -> None:
    path = await page_of(house, draft)
    secretary = await open_page("secretary", f"{path}/comments")
    await secretary.get_by_label("Nhận góp ý đến hết ngày").fill("25/11/2026")
    await secretary.get_by_role("button", name="Mở lấy ý kiến").click()
    for width in (390, 1366):
        contact = await open_page("contact", path, width)
        await contact.get_by_role("link", name="Đọc dự thảo và góp ý").click()
        place = contact.locator("[data-place='sections.1.statements.0.text']")
        await contact.get_by_label("Ý kiến của đơn vị").fill("Gõ trước khi chọn đoạn")
        await place.get_by_role("link", name="Góp ý").click()
        await expect(place.get_by_label("Ý kiến của đơn vị")).to_have_value("Gõ trước khi chọn đoạn")
        await place.get_by_label("Đề nghị sửa đoạn văn thành").fill(f"Xã đã giải ngân {width} triệu đồng.")
        assert await violations_of(contact) == []
        await place.get_by_role("button", name="Gửi góp ý").click()
        await expect(place).to_contain_text("Chờ xử lý")
        assert await violations_of(contact) == []
        assert await contact.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await secretary.goto(path)
    await secretary.get_by_role("link", name="2 góp ý chờ xử lý").click()
    remark = secretary.locator("#comment-2")
    await remark.get_by_text("Tiếp thu", exact=True).first.click()
    assert await violations_of(secretary) == []
    await remark.get_by_role("button", name="Tiếp thu").click()
    said = (await house.latest(draft.meeting_id)).content["sections"][1]["statements"][0]["text"]
    assert said == "Xã đã giải ngân 1366 triệu đồng."
    await secretary.goto(f"{path}/revisions")
    await expect(secretary.locator(".diff ins").first).to_contain_text("Xã")
    assert await violations_of(secretary) == []
    await secretary.get_by_role("button", name="Khôi phục bản 1").click()
    await expect(secretary.locator(".desk-paper")).to_be_visible()
    restored = (await house.latest(draft.meeting_id)).content
    assert restored["sections"][1]["statements"][0]["text"] == draft.content["sections"][1]["statements"][0]["text"]


async def test_who_was_overtaken_keeps_his_text_and_can_copy_it(
    house: House, draft: Minutes, open_page: OpenPage
) -> None:
    path = await page_of(house, draft)
    page = await open_page("secretary", path)
    theirs = {"revision": draft.revision, "content": {**draft.content, "title": "Của văn phòng"}}
    assert (await house.post("office", f"{path}/save", json=theirs)).status == 200
    await page.get_by_label("Tên cuộc họp").fill("Của thư ký, dài và quý")
    warning = page.get_by_role("alert")
    await expect(warning).to_contain_text("có 1 chỗ cùng sửa với bạn")
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
    await page.locator(".paper-play[data-play]").last.click()
    assert not await page.evaluate("document.getElementById('sound').paused")
    await page.goto(f"{await page_of(house, draft)}#segment-{await line.get_attribute('data-segment')}")
    await page.reload()
    await page.wait_for_function("at => document.getElementById('sound').currentTime === at", arg=start)
    await expect(line.get_by_role("button")).to_be_focused()

    reader = await open_page("leader", await page_of(house, draft))
    await reader.get_by_role("button", name="Nghe từ câu này").first.click()
    assert not await reader.evaluate("document.getElementById('sound').paused")


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
    await print_minutes(house, await house.latest(draft.meeting_id))
    async with house.database.write() as session:
        for job in await store.list_jobs(session, draft.meeting_id):
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
    await page.set_viewport_size({"width": 1366, "height": 400})
    await page.get_by_label("Kỳ", exact=True).select_option("Q1")
    await page.get_by_role("button", name="Xem").click()
    await expect(page.locator("#share")).to_have_text("–")
    await expect(chart).to_have_count(0)  # it is below the fold
    await page.evaluate(
        "window.print = () => { document.title = document.querySelector('#chart svg') ? 'drawn' : 'bare' }"
    )
    await page.get_by_text("Tải về, in").click()
    await page.get_by_role("button", name="In trang này").click()
    await expect(page).to_have_title("drawn")
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
