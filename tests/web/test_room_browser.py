"""The room's page in a real Chromium, in a real room with others: axe, the keyboard, both sizes, and its words.

The room has no media here: pictures and sound have tests of their own in ``tests/e2e``.
"""

import asyncio
import base64

import pytest
from playwright.async_api import Page, expect

from signaling import protocol
from tests.web.conftest import OpenRoom
from tests.web.rooms import Client, Rooms, be_guest, make_link
from tests.web.test_shell_browser import SIZES, violations_of

pytestmark = [pytest.mark.alone, pytest.mark.browser]

# A picture of one point.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DIALOGS = (("policy-open", "policy"), ("vote-open", "voting"), ("site-open", "site"), ("shortcuts-open", "shortcuts"))
JOIN = protocol.Join(version=protocol.VERSION, resume=None, name=None)


async def enter(rooms: Rooms, *who: str) -> dict[str, Client]:
    """These come in, each by a socket alone."""
    clients = {}
    for name in who:
        clients[name] = await rooms.connect(await rooms.sign_in(name))
        await clients[name].say(JOIN)
        await clients[name].hear(protocol.Joined)
    return clients


async def knock(rooms: Rooms, count: int) -> list[Client]:
    """So many guests at the door, a few by each link."""
    guests = []
    for number in range(count):
        if number % 9 == 0:
            token = await make_link(rooms)
        client = await rooms.connect(await be_guest(rooms, token, f"Khách Số {number + 1}"), f"/g/{token}/ws")
        await client.say(JOIN)
        await client.hear(protocol.Wait)
        guests.append(client)
    return guests


async def start(page: Page) -> None:
    await page.get_by_role("button", name="Bắt đầu họp").click()
    await expect(page.locator("#phase")).to_contain_text("Đang họp")


async def faults_of(page: Page, where: str) -> list[str]:
    """What axe finds, what runs off the side, and what is too small for a finger."""
    faults = [f"{where}: {found}" for found in await violations_of(page)]
    if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append(f"{where}: wider than the screen")
    small = await page.evaluate(
        """() => [...document.querySelectorAll('button, .button, select, input:not([type=checkbox], [type=radio])')]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
            .map((one) => one.outerHTML.slice(0, 100))"""
    )
    return [*faults, *(f"{where}: too small: {one}" for one in small)]


@pytest.mark.axe
@pytest.mark.parametrize("size", SIZES, ids=["wide", "phone"])
async def test_axe_finds_nothing_whatever_is_open(
    quiet_rooms: Rooms, open_room: OpenRoom, size: tuple[int, int]
) -> None:
    page = await open_room("secretary", size=size, captions=True)
    phone = size == SIZES[1]
    wrong = await faults_of(page, "alone")
    await start(page)
    clients = await enter(quiet_rooms, "chair", "site1", "site2")
    await knock(quiet_rooms, 18)
    await expect(page.locator("#lobby-open")).to_contain_text("18 người đang chờ")
    wrong += await faults_of(page, "with a lobby")
    await page.locator("#lobby-open").click()
    await page.locator("#admit-all").click()
    await expect(page.locator("#people-count")).to_have_text("22")
    await clients["site1"].say(protocol.Hand(up=True))
    await clients["site2"].say(protocol.React(kind="question"))
    await expect(page.locator("#hands-list li")).to_have_count(1)
    for tab in ("people", "chat", "agenda", "papers"):
        await page.locator(f"#tab-{tab}").click()
        wrong += await faults_of(page, tab)
    if phone:
        await page.locator("#panel-close").click()
    for layout in ("speaker", "grid"):
        await page.locator("#layout").click()
        await expect(page.locator("#pages")).to_be_visible()
        wrong += await faults_of(page, layout)
    await page.locator("#more-open").click()
    wrong += await faults_of(page, "more")
    for button, dialog in DIALOGS:
        if not await page.locator("#more").is_visible():
            await page.locator("#more-open").click()
        await page.locator(f"#{button}").click()
        wrong += await faults_of(page, dialog)
        await page.keyboard.press("Escape")
        await expect(page.locator(f"#{dialog}")).to_be_hidden()
    assert not wrong, "\n".join(wrong)


async def test_guest_waits_at_the_door_until_somebody_opens(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary = await open_room("secretary")
    token = await make_link(quiet_rooms)
    guest = await open_room(await be_guest(quiet_rooms, token), f"/g/{token}/room")
    await expect(guest.get_by_role("heading", name="Đang chờ được cho vào")).to_be_focused()
    assert await violations_of(guest) == []
    await expect(secretary.locator("#say")).to_contain_text("Nguyễn Văn An đang chờ vào họp.")
    await secretary.locator("#lobby-open").press("Enter")
    await expect(secretary.get_by_role("button", name="Cho vào: Nguyễn Văn An")).to_be_focused()
    await secretary.keyboard.press("Enter")
    await expect(guest.locator("#gate")).to_be_hidden()
    await expect(secretary.locator("#lobby-open")).to_be_hidden()

    # Out, with a way back; then in again, and refused.
    await use_tool(secretary, "Nguyễn Văn An", "remove")
    await secretary.locator("#confirm-yes").click()
    await expect(guest.get_by_role("heading", name="Bạn đã được mời ra khỏi cuộc họp")).to_be_visible()
    await guest.get_by_role("button", name="Xin vào lần nữa").click()
    await secretary.get_by_role("button", name="Từ chối: Nguyễn Văn An").click()
    await secretary.locator("#confirm-yes").click()
    await expect(guest.get_by_role("heading", name="không được chấp nhận")).to_be_visible()


async def use_tool(page: Page, name: str, tool: str) -> None:
    await page.locator("#people-list li", has_text=name).locator("[data-part=menu]").click()
    await page.locator(f"#person-menu [data-tool={tool}]").click()


async def test_locked_room_says_so(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary = await open_room("secretary")
    await secretary.locator("#more-open").click()
    await secretary.locator("#policy-open").click()
    await secretary.get_by_label("Khóa phòng").check()
    await secretary.get_by_role("button", name="Áp dụng").click()
    await expect(secretary.locator("#policy")).to_be_hidden()
    site = await open_room("site1")
    await expect(site.get_by_role("heading", name="Phòng họp đã khóa")).to_be_focused()
    await secretary.locator("#more-open").click()
    await secretary.locator("#policy-open").click()
    await secretary.get_by_label("Khóa phòng").uncheck()
    await secretary.get_by_role("button", name="Áp dụng").click()
    await expect(secretary.locator("#policy")).to_be_hidden()
    await site.get_by_role("button", name="Xin vào lần nữa").click()
    await expect(site.locator("#gate")).to_be_hidden()


async def test_floor_goes_through_the_queue_by_keyboard(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary, site = await open_room("secretary"), await open_room("site1")
    await start(secretary)
    clients = await enter(quiet_rooms, "chair", "site2")
    await clients["site2"].say(protocol.Hand(up=True))
    await expect(secretary.locator("#hands-list li")).to_have_count(1)
    await site.keyboard.press("h")
    await expect(site.locator("#hand [data-part=state]")).to_have_text("thứ 2")
    await secretary.locator("#speaking-time").select_option("180")
    await secretary.get_by_role("button", name="Lên trước một lượt: Điểm cầu xã Đức Trọng").press("Enter")
    await expect(site.locator("#hand [data-part=state]")).to_have_text("thứ 1")
    await secretary.get_by_role("button", name="Mời phát biểu: Điểm cầu xã Đức Trọng").press("Enter")
    await expect(site.locator("#asked")).to_contain_text("Chủ trì mời bạn phát biểu.")
    await expect(site.locator("#hand")).to_have_attribute("aria-pressed", "false")
    await expect(secretary.locator("#speech")).to_contain_text("Điểm cầu xã Đức Trọng")
    await expect(secretary.locator("#speech")).to_contain_text("/ 03:00")
    await expect(secretary.locator(".tile.has-floor")).to_contain_text("Xã Đức Trọng")
    await site.set_viewport_size({"width": 390, "height": 844})  # the panel covers the stage, not what is asked
    await expect(site.locator("#panel")).to_be_visible()
    await site.get_by_role("button", name="Bật micro", exact=True).click()
    await expect(site.locator("#asked")).to_be_hidden()
    await expect(site.locator("#microphone")).to_have_attribute("aria-pressed", "true")
    quiet_rooms.clock.move(minutes=4)
    await secretary.reload()
    await expect(secretary.locator("#speech")).to_contain_text("quá 1 phút")
    await secretary.get_by_role("button", name="Mời tiếp").click()
    await expect(secretary.locator("#speech")).to_contain_text("Đinh Văn Lâm Hà")
    await secretary.get_by_role("button", name="Kết thúc lượt").click()
    await expect(secretary.locator("#speech")).to_be_hidden()


async def test_opinion_of_the_sites_is_taken_and_told(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary, site = await open_room("secretary"), await open_room("site1")
    await start(secretary)
    await secretary.locator("#more-open").click()
    await secretary.locator("#vote-open").click()
    await secretary.get_by_label("Nội dung biểu quyết").fill("Thống nhất lịch làm việc quý IV")
    await expect(secretary.locator("#voting-quorum")).to_be_visible()
    await secretary.get_by_label("Lấy ý kiến từng điểm cầu").check()
    await expect(secretary.locator("#voting-quorum")).to_be_hidden()
    await secretary.locator("#voting").get_by_role("button", name="Mở biểu quyết").click()
    await expect(site.locator("#vote-subject")).to_have_text("Thống nhất lịch làm việc quý IV")
    await expect(site.locator("#say-now")).to_contain_text("Biểu quyết: Thống nhất")
    await site.get_by_role("button", name="Không tán thành", exact=True).click()
    await expect(site.locator("#vote-mine")).to_contain_text("Bạn đã chọn: Không tán thành")
    await site.get_by_role("button", name="Tán thành", exact=True).click()
    await expect(site.locator("#vote-mine")).to_contain_text("Bạn đã chọn: Tán thành")
    await expect(secretary.locator("#vote-progress")).to_contain_text("Đã biểu quyết 1/")
    await expect(secretary.locator("#vote-new")).to_be_hidden()
    await secretary.get_by_role("button", name="Kết thúc biểu quyết").click()
    if await secretary.locator("#confirm").is_visible():
        await secretary.locator("#confirm-yes").click()
    await expect(site.locator("#vote-progress")).to_contain_text("Tán thành 1, không tán thành 0")
    await site.get_by_role("button", name="Xem kết quả").first.click()
    await expect(site.locator("#outcome-rows tr").first).to_contain_text("100 %")
    assert await violations_of(site) == []
    await site.keyboard.press("Escape")
    await site.locator("#tab-agenda").click()
    await expect(site.locator("#votes-list li")).to_have_count(1)


async def test_chat_goes_to_the_chair_alone_when_it_should(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary, site = await open_room("secretary"), await open_room("site1")
    other = (await enter(quiet_rooms, "site2"))["site2"]
    await site.keyboard.press("c")
    await site.get_by_label("Gửi tới").select_option("chairs")
    await site.get_by_role("textbox", name="Nội dung trao đổi").fill("Xin phát biểu sau cùng")
    await site.keyboard.press("Enter")
    await expect(secretary.locator("#chat-open [data-part=state]")).to_have_text("1 mới")
    await secretary.locator("#chat-open").click()
    await expect(secretary.locator(".chat-line")).to_contain_text("gửi riêng chủ trì")
    await secretary.get_by_role("textbox", name="Nội dung trao đổi").fill("Đã rõ")
    await secretary.keyboard.press("Enter")
    assert (await other.hear(protocol.Said)).text == "Đã rõ"
    await secretary.locator("#more-open").click()
    await secretary.locator("#policy-open").click()
    await secretary.get_by_label("Trao đổi bằng chữ").select_option("nobody")
    await secretary.get_by_role("button", name="Áp dụng").click()
    await expect(site.locator("#chat-closed")).to_contain_text("đã tắt trao đổi trong phòng họp")
    await expect(site.locator("#chat-form")).to_be_hidden()


async def test_everything_has_a_key_and_the_list_names_it(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    page = await open_room("site1")
    await enter(quiet_rooms, "chair", "site2")
    await expect(page.locator("#people-list li")).to_have_count(3)
    press = page.keyboard.press
    await press("?")
    keys = await page.locator("#shortcuts kbd").all_inner_texts()
    assert {"M", "V", "S", "H", "G", "P", "C", "A", "D", "T", "F", "I", "?"} <= set(keys)
    await press("Escape")
    await press("m")
    await expect(page.locator("#microphone")).to_have_attribute("aria-pressed", "true")
    await press("m")
    await page.keyboard.down("Space")
    await expect(page.locator("#microphone")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.up("Space")
    await expect(page.locator("#microphone")).to_have_attribute("aria-pressed", "false")
    await press("v")
    await expect(page.locator("#camera")).to_have_attribute("aria-pressed", "true")
    await press("g")
    await expect(page.locator("#layout")).to_contain_text("Xem dạng lưới")
    await press("t")
    await expect(page.locator("#captions")).to_be_visible()
    for key, tab in (("c", "chat"), ("a", "agenda"), ("d", "papers"), ("p", "people")):
        await press(key)
        await expect(page.locator(f"#tab-{tab}")).to_be_focused()
    # One stop of Tab for the list; arrows within, Enter opens the menu, Escape leads back.
    first = page.locator("#people-list [data-part=menu]").first
    await first.focus()
    await press("ArrowDown")
    second = page.locator("#people-list [data-part=menu]").nth(1)
    await expect(second).to_be_focused()
    await press("Enter")
    await expect(page.get_by_role("menuitem", name="Ghim ở màn hình này")).to_be_focused()
    await press("Escape")
    await expect(second).to_be_focused()
    assert await page.locator("#people-list [data-part=menu][tabindex='0']").count() == 1


async def test_late_comer_reads_one_line_and_sees_no_old_news(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary = await open_room("secretary")
    await start(secretary)
    await secretary.keyboard.press("a")
    await secretary.get_by_role("button", name="Vào mục đầu tiên").click()
    clients = await enter(quiet_rooms, "site2")
    for number in range(5):
        await clients["site2"].say(protocol.Say(text=f"Nội dung {number}", to="everybody"))
    await expect(secretary.locator(".chat-line")).to_have_count(5)
    await secretary.locator("#record").click()
    await expect(secretary.locator("#recording")).to_be_visible()
    quiet_rooms.clock.move(minutes=12)
    late = await open_room("site1")
    await expect(late.get_by_role("dialog", name="Cuộc họp này đang được ghi âm")).to_be_visible()
    await expect(late.locator("#late")).to_be_hidden()
    await late.locator("#recorded").get_by_role("button", name="Tôi đã rõ").click()
    await expect(late.locator("#late")).to_contain_text(
        "Bạn vào muộn 12 phút; đang ở mục 1/2; cuộc họp đang được ghi âm."
    )
    await expect(late.locator(".toast")).to_have_count(0)
    await late.get_by_role("button", name="Tôi đã rõ").click()
    await expect(late.locator("#late")).to_be_hidden()


async def test_paper_opens_over_the_stage(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary = await quiet_rooms.sign_in("secretary")
    sent = await secretary.send("/meetings/hop/papers", {"title": "Bảng tiến độ"}, file=("bang.png", PICTURE))
    assert sent.status == 303
    page = await open_room("site1")
    await page.keyboard.press("d")
    await page.get_by_role("button", name="Bảng tiến độ").press("Enter")
    await expect(page.frame_locator("#paper-frame iframe").locator("img")).to_be_visible()
    await expect(page.get_by_role("button", name="Đóng tài liệu")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#paper")).to_be_hidden()
    await expect(page.get_by_role("button", name="Bảng tiến độ")).to_be_focused()


async def test_captions_are_typed_and_shown_in_the_chosen_size(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary, site = await open_room("secretary"), await open_room("site1", captions=True, captionSize="2")
    await expect(site.locator("#captions")).to_have_attribute("data-size", "2")
    await secretary.locator("#more-open").click()
    await secretary.locator("#captioning-open").click()
    await secretary.keyboard.type("Kính thưa các đồng chí")
    await secretary.keyboard.press("Enter")
    await expect(site.locator("#captions-lines")).to_contain_text("Kính thưa các đồng chí")
    await expect(secretary.locator("#captions")).to_be_hidden()


async def test_site_declares_who_sits_there(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary, site = await open_room("secretary"), await open_room("site1")
    await site.locator("#more-open").click()
    await site.locator("#site-open").click()
    await site.get_by_label("Họ tên, mỗi người một dòng").fill("Nguyễn Văn An\nTrần Thị Bình")
    await site.get_by_role("button", name="Báo số người").click()
    await expect(secretary.locator("#people-list")).to_contain_text("2 người")
    await expect(secretary.locator(".tile", has_text="Xã Đức Trọng")).to_contain_text("2 người")


async def test_leaving_asks_whoever_may_end_the_meeting(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    secretary, site = await open_room("secretary"), await open_room("site1")
    await start(secretary)
    await secretary.locator("#leave").click()
    await expect(secretary.get_by_role("button", name="Ở lại")).to_be_focused()
    await secretary.keyboard.press("Enter")
    await secretary.locator("#leave").click()
    await secretary.get_by_role("button", name="Kết thúc cho mọi người").click()
    await asyncio.gather(*(page.wait_for_url("**/left?reason=ended") for page in (secretary, site)))


async def test_room_is_light(quiet_rooms: Rooms, open_room: OpenRoom) -> None:
    """Below 300 kB before it is of use, packed as it is sent (ui.md, "Speed")."""
    page = await open_room("site1")
    await expect(page.locator("#people-list li")).to_have_count(1)
    sent = await page.evaluate(
        """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
    )
    assert sent < 300_000
