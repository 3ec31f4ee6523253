"""Booking, changing and calling off a meeting through the pages, the ways it goes wrong included."""

from typing import Any

import pytest
from sqlmodel import func, select

from meetings import actions
from meetings.meeting_store import MeetingBundle, get_meeting
from meetings.models import BusySpan, Meeting, MeetingStatus, SecretMeetingCount
from tests.browsing import Browser, Page, Site
from tests.factories import key, make_draft

Form = list[tuple[str, str]]


def make_form(site: Site, **changes: Any) -> Form:
    """A valid booking as the page sends it: tomorrow from 08:00 to 10:00, online, all three communes invited."""
    world = site.world
    form = {
        "secret": "no",
        "version": "0",
        "do": "save",
        "title": "Họp giao ban tháng 11",
        "kind": "briefing",
        "classification": "internal",
        "convening_unit_id": str(world.province.id),
        "chair_id": str(world.chair.id),
        "secretary_id": str(world.secretary.id),
        "hall_id": str(world.hall.id),
        "starts_on": "25/11/2026",
        "starts_at": "08:00",
        "ends_at": "10:00",
        "ends_on": "",
        "planned_form": "online",
        "form_reason": "",
        "exclusion": "",
        "exclusion_reason": "",
    } | {name: value for name, value in changes.items() if name not in ("agenda", "units")}
    pairs = [(name, value) for name, value in form.items() if value is not None]
    for title, presenter, minutes in changes.get("agenda", [("Kinh tế - xã hội", "Sở Tài chính", "30")]):
        pairs += [("agenda_title", title), ("agenda_presenter", presenter), ("agenda_minutes", minutes)]
    for unit, place in zip(world.communes, world.sites, strict=True):
        if str(unit.id) in changes.get("units", [str(each.id) for each in world.communes]):
            pairs += [("unit", str(unit.id)), (f"site-{unit.id}", str(place.id))]
    return pairs


async def book(site: Site, browser: Browser, **changes: Any) -> MeetingBundle:
    page = await browser.send("/meetings/new", make_form(site, **changes))
    assert page.status == 303, page.words
    async with site.database.read() as session:
        return await get_meeting(session, page.location.split("/")[2].split("?")[0])


async def count_meetings(site: Site) -> int:
    async with site.database.read() as session:
        return (await session.exec(select(func.count()).select_from(Meeting))).one()


async def test_booking_starts_with_the_question_on_state_secrets(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings/new")
    assert "bí mật nhà nước không?" in page.words
    assert 'name="title"' not in page.text, "nothing can be typed before the answer"
    form = await browser.open("/meetings/new?secret=no")
    assert form.value("title") == ""
    assert form.chosen("secretary_id") == [str(site.world.secretary.id)]
    assert form.chosen("convening_unit_id") == [str(site.world.province.id)], "the committee that the office serves"


async def test_booking_saves_everything_that_was_typed(site: Site) -> None:
    browser = await site.sign_in("secretary")
    agenda = [("Kinh tế - xã hội", "Sở Tài chính", "30"), ("", "", ""), ("Giải ngân", "", "")]
    bundle = await book(site, browser, urgent="1", planned_form="hybrid", form_reason="Ký kết", agenda=agenda)
    meeting = bundle.meeting
    assert meeting.title == "Họp giao ban tháng 11"
    assert f"{meeting.starts_at:%Y-%m-%dT%H:%M}/{meeting.ends_at:%H:%M}" == "2026-11-25T01:00/03:00"
    assert (meeting.urgent, meeting.planned_form.value, meeting.form_reason) == (True, "hybrid", "Ký kết")
    assert [(item.title, item.presenter, item.minutes) for item in bundle.agenda] == [
        ("Kinh tế - xã hội", "Sở Tài chính", 30),
        ("Giải ngân", "", None),
    ], "empty rows are left out"
    assert [(each.unit.id, each.invitation.site_id) for each in bundle.invitations] == [
        (unit.id, place.id) for unit, place in zip(site.world.communes, site.world.sites, strict=True)
    ]
    page = await browser.open(f"/meetings/{bundle.slug}?done=booked")
    assert "Đã đặt lịch họp." in page.words
    assert page.title == "Họp giao ban tháng 11 · Giao Ban"


async def test_unit_may_come_to_the_hall(site: Site) -> None:
    browser = await site.sign_in("secretary")
    unit = site.world.communes[0]
    form = [
        (name, "hall" if name == f"site-{unit.id}" else value)
        for name, value in make_form(site, planned_form="in_person", form_reason="Ký kết thỏa thuận")
    ]
    page = await browser.send("/meetings/new", form)
    async with site.database.read() as session:
        bundle = await get_meeting(session, page.location.split("/")[2].split("?")[0])
    assert bundle.invitations[0].invitation.site_id == site.world.hall.id
    edit = await browser.open(f"/meetings/{bundle.slug}/edit")
    assert edit.chosen(f"site-{unit.id}") == ["hall"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"ends_at": "07:00"}, "ends_at", "Thời gian kết thúc phải sau thời gian bắt đầu."),
        ({"ends_at": "08:00"}, "ends_at", "Thời gian kết thúc phải sau thời gian bắt đầu."),
        ({"title": "  "}, "title", "Hãy nhập tên cuộc họp."),
        ({"title": "x" * 301}, "title", "Nội dung dài nhất là 300 ký tự; hiện có 301."),
        ({"starts_on": ""}, "starts_on", "Hãy chọn ngày họp."),
        ({"starts_on": "30/02/2026"}, "starts_on", "Ngày chưa đúng."),
        ({"starts_on": "23/11/2026"}, "starts_at", "Thời gian họp đã qua."),
        ({"starts_at": "25:00"}, "starts_at", "Giờ chưa đúng."),
        ({"ends_on": "25/12/2026"}, "ends_at", "Cuộc họp không thể kéo dài quá 7 ngày."),
        ({"kind": "party"}, "kind", "Hãy chọn loại cuộc họp."),
        ({"planned_form": ""}, "planned_form", "Hãy chọn hình thức họp."),
        ({"planned_form": "in_person"}, "form_reason", "Họp trực tiếp cần nêu lý do"),
        ({"planned_form": "hybrid", "hall_id": ""}, "hall_id", "cần có phòng họp"),
        ({"chair_id": ""}, "chair_id", "Hãy chọn người chủ trì."),
        ({"chair_id": "999999"}, "chair_id", "Cần chọn người chủ trì."),
        ({"secretary_id": "0"}, "secretary_id", "Hãy chọn thư ký."),
        ({"convening_unit_id": "999999"}, "convening_unit_id", "Đơn vị chủ trì không tồn tại"),
        ({"units": []}, "invitations", "Hãy chọn ít nhất một đơn vị được mời."),
        ({"agenda": [("", "Sở Tài chính", "")]}, "agenda", "Nội dung số 1 của chương trình chưa có tên."),
        ({"agenda": [("Việc", "", "-5")]}, "agenda", "Thời lượng của nội dung số 1"),
        ({"agenda": [("Việc", "", "nửa giờ")]}, "agenda", "Thời lượng của nội dung số 1"),
        ({"exclusion": "field_visit"}, "exclusion_reason", "Cần nêu căn cứ"),
        ({"exclusion": "because"}, "exclusion", "không có trong danh mục"),
    ],
)
async def test_fault_is_said_at_its_field_and_input_is_kept(
    site: Site, changes: dict[str, Any], field: str, words: str
) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.send("/meetings/new", make_form(site, **changes))
    assert page.status == 422
    assert words in page.faults[field]
    assert f'href="#{field}"' in page.text, "the summary leads to the field"
    assert f'id="{field}"' in page.text
    kept = {"title": "Họp giao ban tháng 11", "starts_on": "25/11/2026", "starts_at": "08:00", "ends_at": "10:00"}
    for name, value in (kept | {k: v for k, v in changes.items() if k in kept}).items():
        assert page.value(name) == value.strip()
    if "units" not in changes:
        assert page.chosen("unit") == [str(unit.id) for unit in site.world.communes]
    assert await count_meetings(site) == 0


async def test_several_faults_are_said_together(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.send("/meetings/new", make_form(site, title="", starts_on="", chair_id="", units=[]))
    assert set(page.faults) == {"title", "starts_on", "chair_id", "invitations"}


async def test_buttons_rearrange_the_agenda_without_scripts(site: Site) -> None:
    browser = await site.sign_in("secretary")
    agenda = [("một", "", ""), ("hai", "", ""), ("ba", "", "")]

    async def press(do: str) -> list[str]:
        page = await browser.send("/meetings/new", make_form(site, do=do, agenda=agenda))
        assert page.status == 200
        assert page.value("title") == "Họp giao ban tháng 11"
        assert page.faults == {}
        rows = page.text.split('name="agenda_title" value="')[1:]
        return [row.split('"')[0] for row in rows]

    assert await press("agenda_add") == ["một", "hai", "ba", ""]
    assert await press("agenda_remove:2") == ["một", "ba"]
    assert await press("agenda_up:3") == ["một", "ba", "hai"]
    assert await press("agenda_down:1") == ["hai", "một", "ba"]
    assert await count_meetings(site) == 0


async def test_whole_level_is_chosen_without_scripts(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.send("/meetings/new", make_form(site, do="units_all:commune", units=[]))
    assert page.chosen("unit") == [str(unit.id) for unit in site.world.communes]
    assert [page.chosen(f"site-{unit.id}") for unit in site.world.communes] == [
        [str(place.id)] for place in site.world.sites
    ]
    page = await browser.send("/meetings/new", make_form(site, do="units_none:commune"))
    assert page.chosen("unit") == []
    page = await browser.send("/meetings/new", make_form(site, do="units_all:province", units=[]))
    assert str(site.world.province.id) not in page.chosen("unit"), "the convening unit does not invite itself"


async def test_clash_says_what_is_taken_and_what_is_free(site: Site) -> None:
    browser = await site.sign_in("secretary")
    await book(site, browser)
    page = await browser.send("/meetings/new", make_form(site, title="Họp khác", starts_at="09:00", ends_at="11:00"))
    assert page.status == 409
    assert "Phòng họp số 1, UBND tỉnh đã có cuộc họp “Họp giao ban tháng 11” lúc 08:00–10:00 25/11/2026." in page.words
    assert "Hãy đổi thời gian, chọn phòng họp khác hoặc người chủ trì khác." in page.words
    assert page.value("title") == "Họp khác"
    assert await count_meetings(site) == 1


async def test_state_secret_stores_nothing_but_an_anonymous_busy(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings/new?secret=yes")
    assert "Cuộc họp này không được tạo trên hệ thống" in page.words
    assert 'name="title"' not in page.text
    world = site.world
    form = {
        "chair_id": str(world.chair.id),
        "hall_id": str(world.hall.id),
        "starts_on": "25/11/2026",
        "starts_at": "08:00",
        "ends_at": "10:00",
        "title": "Nội dung không được lưu",
    }
    assert (await browser.send("/meetings/busy", form)).location == "/meetings?done=busy"
    async with site.database.read() as session:
        spans = (await session.exec(select(BusySpan))).all()
        counts = (await session.exec(select(SecretMeetingCount))).all()
    assert [(span.site_id, span.person_id) for span in spans] == [(world.hall.id, world.chair.id)]
    assert [(str(row.month), row.count) for row in counts] == [("2026-11-15", 1)]
    assert await count_meetings(site) == 0
    clash = await browser.send("/meetings/new", make_form(site))
    assert clash.status == 409
    assert "Phòng họp số 1, UBND tỉnh đã bận lúc 08:00–10:00 25/11/2026." in clash.words


async def test_state_secret_with_a_wrong_time_keeps_what_was_chosen(site: Site) -> None:
    browser = await site.sign_in("secretary")
    form = {"chair_id": str(site.world.chair.id), "starts_on": "25/11/2026", "starts_at": "10:00", "ends_at": "08:00"}
    page = await browser.send("/meetings/busy", form)
    assert page.status == 422
    assert "ends_at" in page.faults
    assert page.chosen("chair_id") == [str(site.world.chair.id)]


async def test_booking_without_the_answer_is_sent_back_to_the_question(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.send("/meetings/new", make_form(site, secret="yes"))
    assert page.location == "/meetings/new"
    assert await count_meetings(site) == 0


async def test_edit_shows_the_booking_and_saves_changes(site: Site) -> None:
    browser = await site.sign_in("secretary")
    bundle = await book(site, browser)
    page = await browser.open(f"/meetings/{bundle.slug}/edit")
    assert page.value("title") == "Họp giao ban tháng 11"
    assert page.value("starts_on") == "25/11/2026"
    assert page.chosen("unit") == [str(unit.id) for unit in site.world.communes]
    form = make_form(site, title="Họp giao ban tháng 12", version=page.value("version"), starts_on="02/12/2026")
    assert (await browser.send(f"/meetings/{bundle.slug}/edit", form)).location == (
        f"/meetings/{bundle.slug}?done=edited"
    )
    assert "02/12/2026" in (await browser.open(f"/meetings/{bundle.slug}")).words


async def test_edit_of_an_older_version_keeps_input_and_says_what_differs(site: Site) -> None:
    first, second = await site.sign_in("secretary"), await site.sign_in("office")
    bundle = await book(site, first)
    path = f"/meetings/{bundle.slug}/edit"
    version = (await first.open(path)).value("version")
    theirs = make_form(site, title="Của văn phòng", version=version, urgent="1")
    assert (await second.send(path, theirs)).status == 303
    page = await first.send(path, make_form(site, title="Của thư ký", version=version))
    assert page.status == 409
    assert "người khác đã lưu thay đổi" in page.words
    assert "Khác với bản vừa lưu ở: Tên cuộc họp, Họp đột xuất." in page.words
    assert page.value("title") == "Của thư ký"
    again = make_form(site, title="Của thư ký", version=page.value("version"))
    assert (await first.send(path, again)).status == 303, "saving again replaces it knowingly"


async def test_cancel_needs_a_reason_and_keeps_the_meeting_in_the_list(site: Site) -> None:
    browser = await site.sign_in("secretary")
    bundle = await book(site, browser)
    path = f"/meetings/{bundle.slug}/cancel"
    assert "Hủy cuộc họp" in (await browser.open(path)).words
    assert "reason" in (await browser.send(path, {"reason": " "})).faults
    assert (await browser.send(path, {"reason": "Bão số 9"})).location == f"/meetings/{bundle.slug}?done=cancelled"
    page = await browser.open(f"/meetings/{bundle.slug}")
    assert "Lý do: Bão số 9" in page.words
    assert "/lobby" not in page.text
    assert "Đã hủy" in (await browser.open("/meetings?date=2026-11-25")).words
    assert (await browser.open(path)).status == 403


async def test_meeting_held_elsewhere_is_noted_and_leads_to_attendance(site: Site) -> None:
    browser = await site.sign_in("secretary")
    bundle = await book(site, browser)
    path = f"/meetings/{bundle.slug}/held"
    form = {"held_on": "25/11/2026", "started_at": "08:05", "ended_at": "09:40", "ended_on": ""}
    early = await browser.send(path, form)
    assert early.status == 422
    assert early.value("started_at") == "08:05"
    assert "Hãy chọn cách họp" in early.words
    form["channel"] = "province_bridge"
    site.clock.move(days=2)
    browser = await site.sign_in("secretary")
    assert (await browser.open(path)).value("started_at") == "08:00"
    assert (await browser.send(path, form)).location == f"/meetings/{bundle.slug}/attendance?done=held"
    async with site.database.read() as session:
        meeting = (await get_meeting(session, bundle.slug)).meeting
    assert (meeting.status, meeting.channel) == (MeetingStatus.ENDED, "province_bridge")


async def test_titles_are_shown_as_text_never_as_markup(site: Site) -> None:
    browser = await site.sign_in("secretary")
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    bundle = await book(site, browser, title=evil, agenda=[(evil, evil[:100], "")])
    pages: list[Page] = [
        await browser.open(path)
        for path in (
            f"/meetings/{bundle.slug}",
            f"/meetings/{bundle.slug}/edit",
            f"/meetings/{bundle.slug}/cancel",
            "/meetings?date=2026-11-25",
            "/",
        )
    ]
    site.clock.move(hours=24)
    pages.append(await (await site.sign_in("delegate")).open("/"))
    for page in pages:
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "&lt;script&gt;" in page.text


async def test_unit_invited_twice_at_a_time_is_a_warning_for_the_secretary(site: Site) -> None:
    browser = await site.sign_in("secretary")
    bundle = await book(site, browser)
    async with site.database.write() as session:
        other = make_draft(site.world, hall_id=None, chair_id=key(site.world.contact), title="Họp khác")
        await actions.book_meeting(session, site.world.actors["office"], other, site.clock())
    page = await browser.open(f"/meetings/{bundle.slug}")
    assert "Đơn vị, điểm cầu, người dự trùng lịch" in page.words
    assert "Xã Đức Trọng" in page.words
    assert "đã được mời vào cuộc họp “Họp khác” lúc 08:00–10:00 25/11/2026." in page.words
