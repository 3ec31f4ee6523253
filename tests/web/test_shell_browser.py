"""The shell and the pages of booking in a real Chromium: axe, the keyboard, both screen sizes, both languages."""

import re
import shutil
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from meetings import actions
from meetings.invitations.document_drafts import draft_invitation
from meetings.invitations.feeds import create_feed
from meetings.invitations.mail_rules import Trouble
from meetings.invitations.mail_store import MailDraft, note_failure, queue_mail
from meetings.meeting_store import get_meeting, list_meetings
from meetings.models import Meeting, MeetingStatus
from meetings.permissions import Actor
from meetings.room_models import IncidentKind, LineState
from meetings.tasks.actions import create_tasks
from tests.browsing import Site
from tests.factories import NOW, add_ended_meeting, add_meeting, add_presence, key
from transcripts.minutes import Conclusion
from web.i18n import translate

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
SIZES = [(1366, 768), (390, 844)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def busy_site(site: Site) -> Site:
    """The site with a meeting of every kind of state."""
    world = site.world
    people = (world.province, world.chair, world.secretary)
    units = list(zip(world.communes, world.sites, strict=True))
    async with site.database.write() as session:
        coming = await add_meeting(
            session, *people, units, slug="coming", hall_id=world.hall.id, agenda=["Kinh tế - xã hội", "Giải ngân"]
        )
        running = await add_meeting(
            session, *people, units, slug="running", starts_at=NOW, status=MeetingStatus.IN_SESSION, started_at=NOW
        )
        await prepare(site, session, coming, running)
        await add_meeting(session, *people, units, slug="off", status=MeetingStatus.CANCELLED, status_reason="Bão")
        await add_ended(site, session, units)
    return site


async def add_letters(session: Any, delegate: Actor, coming: Meeting) -> None:
    """A letter that waits, one that failed, and somebody's feed."""
    drafts = [
        MailDraft(key=name, recipient=f"{name}@ductrong.vn", subject="Giấy mời", body="", meeting_id=coming.id)
        for name in ("vanthu", "sai")
    ]
    _waiting, failed = await queue_mail(session, drafts, NOW)
    await note_failure(session, key(failed), Trouble.RECIPIENT, "550 5.1.1 No such user", NOW)
    await create_feed(session, delegate, None, "Điện thoại", NOW)


async def prepare(site: Site, session: Any, coming: Meeting, running: Meeting) -> None:
    """A test, who is on duty, a paper, an incident and what somebody wrote on leaving."""
    actors = site.world.actors
    steps = [{"id": name, "state": state, "finding": "x"} for name, state in (("camera", "warned"), ("udp", "failed"))]
    figures = {"up": 8e5, "down": 4e6, "loss_up": 0.1, "loss_down": 0.0, "round_trip": 300}
    result = {"platform": "Chrome 130, Windows", "steps": steps, "figures": figures}
    draft = actions.ReportDraft(state=LineState.WEAK, route="tcp", result=result)
    await actions.add_report(session, actions.reporter_of(actors["site1"]), coming.id, draft, NOW)
    place = site.world.sites[0].id or 0
    await actions.set_duty(session, actors["technician"], coming.slug, place, "Lê Văn Trực", "0912 345 678", NOW)
    paper = actions.PaperDraft(
        title="Báo cáo",
        file_name="bc.pdf",
        media_type="application/pdf",
        size=9,
        sha256="0" * 64,
        path="x",
        for_guests=True,
    )
    await actions.add_paper(session, actors["secretary"], coming.slug, paper, NOW)
    await draft_invitation(session, actors["secretary"], coming.slug, "https://hop.example.vn", NOW)
    await add_letters(session, actors["delegate"], coming)
    unit = site.world.communes[0].id
    trouble = actions.IncidentDraft(kind=IncidentKind.NO_SOUND, unit_id=unit, text="Micro rè", starts_at=NOW)
    await actions.log_incident(session, actors["technician"], running.slug, trouble, NOW)
    bundle = await get_meeting(session, running.slug)
    await actions.leave_feedback(session, bundle, actors["delegate"], "Lý Đại Biểu", "Tiếng nhỏ", NOW)


async def add_ended(site: Site, session: Any, units: Any) -> Meeting:
    world, ended = site.world, NOW - timedelta(hours=1)
    meeting = await add_ended_meeting(
        session, world.province, world.chair, world.secretary, units, [None] * 3, ended, slug="ended"
    )
    start = ended - timedelta(hours=2)
    await add_presence(session, meeting, start, ended, unit=world.communes[0], site=world.sites[0])
    words = "Giao xã Đức Trọng chủ trì, phối hợp với Sở Tài chính rà soát, hoàn thành trước ngày 01/12/2026."
    given = Conclusion(words, "Xã Đức Trọng", date(2026, 12, 1))
    await create_tasks(session, world.actors["chair"], key(meeting), [given], NOW)
    return meeting


async def violations_of(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its best practices, as ``rule: element``."""
    await page.evaluate(AXE.read_text())
    found: Any = await page.evaluate(
        "rules => axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values: rules}})", RULES
    )
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found["violations"] for node in rule["nodes"]]


PAGES = [
    ("", "/login"),
    ("secretary", "/"),
    ("delegate", "/"),
    ("leader", "/"),
    ("technician", "/"),
    ("administrator", "/"),
    ("secretary", "/meetings?date=2026-11-25"),
    ("secretary", "/meetings?q=khong+co"),
    ("secretary", "/meetings?view=day&date=2026-11-25"),
    ("secretary", "/meetings?view=month&date=2026-11-25"),
    ("secretary", "/meetings?view=list&date=2026-11-25"),
    ("secretary", "/meetings?view=rows&date=2026-11-25"),
    ("secretary", "/meetings?view=rows&rows=people&reach=week&date=2026-11-25"),
    ("secretary", "/meetings/weekly?date=2026-11-25"),
    ("secretary", "/meetings/coming/move"),
    ("technician", "/admin/maintenance"),
    ("secretary", "/meetings/new"),
    ("secretary", "/meetings/new?secret=no"),
    ("secretary", "/meetings/new?secret=yes"),
    ("secretary", "/meetings/coming"),
    ("delegate", "/meetings/off"),
    ("secretary", "/meetings/coming/edit"),
    ("secretary", "/meetings/coming/cancel"),
    ("secretary", "/meetings/coming/form"),
    ("secretary", "/meetings/ended/resume"),
    ("office", "/meetings/ended/exclusion"),
    ("secretary", "/deadlines"),
    ("office", "/admin/holidays"),
    ("secretary", "/meetings/coming/held"),
    ("secretary", "/meetings/ended"),
    ("secretary", "/meetings/ended/attendance"),
    ("secretary", "/account"),
    ("delegate", "/units"),
    ("administrator", "/units/1"),
    ("administrator", "/units/new"),
    ("administrator", "/sites"),
    ("administrator", "/sites/1"),
    ("administrator", "/admin/accounts"),
    ("administrator", "/admin/accounts/new"),
    ("administrator", "/admin/accounts/1"),
    ("inspector", "/admin/audit"),
    ("site1", "/connection?meeting=coming"),
    ("technician", "/connection/reports"),
    ("technician", "/connection/reports/1"),
    ("technician", "/meetings/coming/rehearsal"),
    ("technician", "/meetings/coming/rehearsal?duty=2"),
    ("site1", "/meetings/coming/rehearsal"),
    ("technician", "/meetings/running/incidents"),
    ("leader", "/meetings/running/incidents"),
    ("secretary", "/meetings/coming/papers"),
    ("technician", "/meetings/running/projection"),
    ("delegate", "/meetings/running/left?reason=full"),
    ("secretary", "/meetings/coming/invitation"),
    ("secretary", "/meetings/coming/invitation/1/edit"),
    ("clerk", "/documents"),
    ("office", "/documents/templates"),
    ("office", "/documents/templates/1"),
    ("", "/verify"),
    ("secretary", "/tasks?state=all"),
    ("contact", "/tasks"),
    ("contact", "/tasks/1"),
    ("secretary", "/tasks/1"),
    ("secretary", "/meetings/ended/recordings"),
    ("secretary", "/search"),
    ("office", "/search?q=khong"),
    ("delegate", "/feeds"),
    ("office", "/admin/mail"),
    ("secretary", "/meetings/coming/mail?state=failed"),
    ("secretary", "/nothing"),
]


@pytest.mark.axe
@pytest.mark.parametrize("size", SIZES, ids=["wide", "phone"])
async def test_axe_finds_nothing_and_nothing_runs_off_the_side(
    busy_site: Site, open_page: OpenPage, size: tuple[int, int]
) -> None:
    wrong = []
    for who, path in PAGES:
        page = await open_page(who, path, size)
        wrong += [f"{path} as {who}: {found}" for found in await violations_of(page)]
        if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{path} as {who}: wider than the screen")
        await page.context.close()
    assert not wrong, "\n".join(wrong)


async def test_largest_text_still_fits_a_phone(busy_site: Site, open_page: OpenPage) -> None:
    for path in ("/", "/meetings/new?secret=no", "/meetings/ended/attendance", "/meetings/coming"):
        page = await open_page("secretary", path, SIZES[1])
        await page.get_by_role("button", name="Cỡ chữ rất lớn").click()
        await expect(page.locator("html")).to_have_class("text-2")
        assert not await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert await violations_of(page) == [], path


async def test_fault_of_a_form_takes_the_reader_to_it(site: Site, open_page: OpenPage) -> None:
    page = await open_page("secretary", "/meetings/new?secret=no")
    await page.get_by_role("button", name="Đặt lịch họp").click()
    await expect(page.locator(".topbar-find")).to_be_hidden()
    summary = page.locator("#errors")
    await expect(summary).to_be_focused()
    assert await violations_of(page) == []
    await summary.get_by_role("link", name="Hãy nhập tên cuộc họp.").click()
    await expect(page.locator("#title")).to_be_focused()


async def test_targets_are_large_enough_for_a_finger(busy_site: Site, open_page: OpenPage) -> None:
    page = await open_page("secretary", "/", SIZES[1])
    await expect(page.get_by_role("link", name="Tìm kiếm")).to_be_visible()  # wide pages have the field instead
    small = await page.evaluate(
        """() => [...document.querySelectorAll('button, .button, .sidenav a, input:not([type=hidden]), select')]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5 && one.tabIndex >= 0)
            .map((one) => one.outerHTML.slice(0, 100))"""
    )
    assert small == []


async def test_booking_goes_by_keyboard_alone(site: Site, open_page: OpenPage) -> None:
    page = await open_page("secretary", "/meetings/new")
    press = page.keyboard.press
    await press("Tab")
    await expect(page.get_by_role("link", name="Bỏ qua, tới nội dung chính")).to_be_focused()
    await press("Enter")
    await tab_to(page, "a", "Không, đặt lịch họp")
    await press("Enter")
    await expect(page.locator("#unit-count")).to_be_visible()
    await tab_to(page, "#title")
    await page.keyboard.type("Họp bằng bàn phím")
    await tab_to(page, "#starts_on")
    await page.keyboard.type("25/11/2026")
    await tab_to(page, "#starts_at")
    await press("Control+A")
    await page.keyboard.type("1330")
    await tab_to(page, "#ends_at")
    await press("Control+A")
    await page.keyboard.type("15h00")
    await tab_to(page, "#chair_id")
    await expect(page.locator("#when")).to_have_text("Thứ Tư, 25/11/2026, dài 1 giờ 30 phút")
    await press("ArrowDown")
    await tab_to(page, "button", "Mời tất cả cấp xã (3)")
    await press("Enter")
    await expect(page.locator("#unit-count")).to_have_text("Đã chọn 3 đơn vị")
    await tab_to(page, "[name=agenda_title]")
    await page.keyboard.type("Nội dung thứ nhất")
    await tab_to(page, "button", "Thêm nội dung")
    await press("Enter")
    await page.keyboard.type("Nội dung thứ hai")
    await press("Enter")
    await expect(page).to_have_url(re.compile(r"\?done=booked$"))
    await expect(page.get_by_role("status")).to_have_text("Đã đặt lịch họp.")
    async with site.database.read() as session:
        found = await list_meetings(session, site.world.actors["secretary"], NOW, NOW + timedelta(days=7))
    assert [item.title for item in found[0].agenda] == ["Nội dung thứ nhất", "Nội dung thứ hai"]
    assert found[0].meeting.starts_at.isoformat() == "2026-11-25T06:30:00+00:00"


async def tab_to(page: Page, selector: str, name: str = "") -> None:
    """Press Tab until the focus is on it: everything must be on the way, within reach."""
    for _ in range(120):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            """([selector, name]) => {
                const one = document.activeElement;
                return one.matches(selector) && one.innerText.trim().startsWith(name);
            }""",
            [selector, name],
        )
        if focused:
            return
    pytest.fail(f"the keyboard does not reach {selector} {name}")


async def test_connection_test_goes_by_keyboard_and_says_what_is_wrong(busy_site: Site, open_page: OpenPage) -> None:
    """This browser has no devices and the site no rooms: every step ends in words, and the report can be sent."""
    page = await open_page("site1", "/connection")
    await tab_to(page, "#start")
    await page.keyboard.press("Enter")
    await expect(page.locator("#result")).to_be_focused(timeout=60_000)
    await expect(page.get_by_role("heading", name="Chưa sẵn sàng")).to_be_visible()
    for step in ("microphone", "socket"):
        row = page.locator(f"[data-step={step}]")
        await expect(row).to_have_attribute("data-state", "failed")
        await expect(row.locator("[data-part=advice]")).not_to_be_empty()
    assert await violations_of(page) == []
    await tab_to(page, "button", "Gửi cho kỹ thuật")
    await page.keyboard.press("Enter")
    await expect(page.locator("#report-said")).to_contain_text("Đã gửi báo cáo")
    technician = await open_page("technician", "/connection/reports")
    await expect(technician.get_by_role("link", name="Điểm cầu xã Đức Trọng").first).to_be_visible()


async def test_who_is_on_duty_is_entered_by_keyboard_and_the_board_lives(busy_site: Site, open_page: OpenPage) -> None:
    page = await open_page("technician", "/meetings/coming/rehearsal")
    await tab_to(page, "a", "Ghi người trực của Xã Đinh Văn")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Người trực tại")).to_be_visible()
    await tab_to(page, "#name")
    await page.keyboard.type("Trần Thị Ca")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("cell", name="Trần Thị Ca")).to_be_visible()
    async with busy_site.database.write() as session:
        meeting = (await get_meeting(session, "coming")).meeting
        await add_presence(session, meeting, NOW, None, site=busy_site.world.hall)
    await expect(page.get_by_text("Đang trong phòng: 1")).to_be_visible(timeout=15_000)


async def test_incident_and_paper_are_noted_by_keyboard(busy_site: Site, open_page: OpenPage, tmp_path: Path) -> None:
    page = await open_page("technician", "/meetings/running/incidents")
    await tab_to(page, "#unit")
    await page.keyboard.press("ArrowDown")
    await tab_to(page, "#kind")
    await page.keyboard.type("Mất kết nối")
    await tab_to(page, "button", "Ghi sự cố")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Đã ghi sự cố.")
    await expect(page.get_by_text("Xã Đức Trọng: Mất kết nối")).to_be_visible()
    papers = await open_page("secretary", "/meetings/coming/papers")
    with (tmp_path / "large.pdf").open("wb") as large:
        large.truncate(51 * 2**20)
    await papers.locator("#title").fill("Kế hoạch tuần")
    await papers.locator("#file").set_input_files(tmp_path / "large.pdf")
    refusal = papers.get_by_role("alert").filter(has_text="Tệp lớn hơn 50 MB nên không nhận.")
    await expect(refusal).to_be_visible()
    await papers.get_by_role("button", name="Tải lên").last.click()
    await expect(refusal).to_be_visible()
    await expect(papers.locator("#file")).to_be_focused()
    await expect(papers.locator("#title")).to_have_value("Kế hoạch tuần")
    await papers.locator("#file").set_input_files(
        {"name": "Kế hoạch.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    )
    await expect(refusal).to_be_hidden()
    await tab_to(papers, "button", "Tải lên")
    await papers.keyboard.press("Enter")
    await expect(papers.get_by_role("link", name="Kế hoạch tuần", exact=False).first).to_be_visible()


async def test_booking_comforts_work_without_a_round_trip(site: Site, open_page: OpenPage) -> None:
    page = await open_page("secretary", "/meetings/new?secret=no")
    await page.get_by_label("Tìm đơn vị").fill("dinh van")
    await expect(page.get_by_label("Xã Đinh Văn Lâm Hà", exact=True)).to_be_visible()
    await expect(page.get_by_label("Xã Đức Trọng", exact=True)).to_be_hidden()
    await page.get_by_label("Xã Đinh Văn Lâm Hà", exact=True).check()
    await page.get_by_role("radio", name="Trực tiếp").check()
    place = page.get_by_label("Điểm cầu của Xã Đinh Văn Lâm Hà")
    await expect(place).to_have_value("hall")
    await expect(page.get_by_label("Lý do không họp trực tuyến")).to_be_visible()
    await page.get_by_role("radio", name="Trực tuyến").check()
    await expect(place).to_have_value(str(site.world.sites[1].id))
    await expect(page.get_by_label("Lý do không họp trực tuyến")).to_be_hidden()
    rows = page.locator("[name=agenda_title]")
    await rows.first.fill("một")
    await page.get_by_role("button", name="Thêm nội dung").click()
    await rows.nth(1).fill("hai")
    await page.get_by_role("button", name="Chuyển nội dung lên trên").click()
    assert [await row.input_value() for row in await rows.all()] == ["hai", "một"]
    await page.get_by_role("button", name="Xóa nội dung").first.click()
    assert [await row.input_value() for row in await rows.all()] == ["một"]
    assert page.url.endswith("/meetings/new?secret=no")


async def test_calendar_beside_a_date_writes_it_as_people_do(site: Site, open_page: OpenPage) -> None:
    page = await open_page("secretary", "/meetings/new?secret=no")
    place = page.locator("[data-date]", has=page.locator("#starts_on"))
    await expect(place.get_by_role("button", name="Chọn ngày trên lịch")).to_be_visible()
    await place.locator("input[type=date]").evaluate(
        "(picker) => { picker.value = '2026-12-03'; picker.dispatchEvent(new Event('change')); }"
    )
    await expect(page.locator("#starts_on")).to_have_value("03/12/2026")


async def test_list_is_filtered_in_place_and_the_address_says_so(busy_site: Site, open_page: OpenPage) -> None:
    page = await open_page("secretary", "/meetings?view=list&date=2026-11-25")
    await page.get_by_text("Lọc thêm").click()
    await page.get_by_label("Trạng thái").select_option("cancelled")
    await expect(page.locator("#results .list-item")).to_have_count(1)
    await expect(page).to_have_url(re.compile("status=cancelled"))
    await page.go_back()
    await expect(page.locator("#results .list-item")).to_have_count(4)


async def test_pages_work_without_scripts(busy_site: Site, open_page: OpenPage) -> None:
    page = await open_page("secretary", "/meetings?view=list&date=2026-11-25", java_script_enabled=False)
    await page.get_by_label("Tìm theo tên cuộc họp").fill("khong co")
    await page.get_by_role("button", name="Lọc").click()
    await expect(page.get_by_text("Không có cuộc họp nào khớp bộ lọc")).to_be_visible()
    await page.goto("/meetings/new?secret=no")
    await page.get_by_label("Tên cuộc họp").fill("Họp không cần mã lệnh")
    await page.get_by_role("button", name="Mời tất cả cấp xã (3)").click()
    await page.get_by_label("Ngày họp").fill("26/11/2026")
    await page.get_by_label("Chủ trì", exact=True).select_option(index=1)
    await page.get_by_role("button", name="Đặt lịch họp").click()
    await expect(page.get_by_role("heading", name="Họp không cần mã lệnh")).to_be_visible()


async def test_english_reader_finds_no_vietnamese_in_the_frame(busy_site: Site, open_page: OpenPage) -> None:
    page = await open_page("secretary", "/")
    await page.get_by_role("button", name="English").click()
    navigation = page.get_by_role("navigation", name=translate("Điều hướng chính", "en"))
    for text in ("Hôm nay", "Lịch họp", "Biên bản", "Tỷ lệ trực tuyến", "Đơn vị và điểm cầu"):
        await expect(navigation.get_by_text(translate(text, "en"), exact=True).first).to_be_attached()
    await page.goto("/meetings/new?secret=no")
    await expect(page.locator("#unit-count")).to_have_text(translate("Đã chọn {n} đơn vị", "en", n=0))
