"""The calendar of meetings in its views: what each shows, to whom, and where it leads."""

import re
from datetime import timedelta

import pytest

from meetings import actions
from meetings.calendar_models import Maintenance
from meetings.models import BusySpan, Form, Meeting, MeetingStatus
from tests.browsing import Page, Site
from tests.factories import NOW, TOMORROW, add_meeting, add_unit, key, make_draft

VIEWS = ("day", "week", "month", "list", "rows")


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """Tomorrow's briefing, booked by the secretary."""
    async with site.database.write() as session:
        return await actions.book_meeting(session, site.world.actors["secretary"], make_draft(site.world), site.clock())


def event_of(page: Page, title: str) -> str:
    """The markup of a meeting on the grid."""
    [found] = [part for part in re.findall(r'<li class="[^"]*\bevent\b.*?</li>', page.text, re.DOTALL) if title in part]
    return str(found)


async def test_week_stands_on_a_grid_of_hours_from_monday(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("secretary")).open("/meetings?date=2026-11-24")
    assert page.title == "Lịch họp 23/11/2026 – 29/11/2026 · Giao Ban"
    days = re.findall(r'data-day="([\d-]+)"', page.text)
    assert days == [f"2026-11-{day}" for day in range(23, 30)]
    assert "(1 cuộc họp)" in page.words
    event = event_of(page, meeting.title)
    assert 'class="card-online event r4 s8 l0 o1"' in event, "from 08:00 for two hours, on a grid from 07:00"
    assert "08:00–10:00" in re.sub(r"<[^>]+>", "", event)
    assert "Trực tuyến" in event
    wednesday = page.text.split('data-day="2026-11-25"')[1].split("</section>")[0]
    assert meeting.title in wednesday


async def test_list_shows_the_week_by_day(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("secretary")).open("/meetings?view=list&date=2026-11-24")
    assert page.title == "Lịch họp 23/11/2026 – 29/11/2026 · Giao Ban"
    assert "Thứ Tư, 25/11/2026" in page.words
    assert meeting.title in page.words
    assert f'href="/meetings/{meeting.slug}/move"' in page.text


async def test_month_names_a_few_meetings_of_a_day_and_counts_the_rest(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        for number in range(5):
            await add_meeting(
                session, world.province, world.chair, world.secretary, title=f"Họp thứ {number}",
                starts_at=TOMORROW + timedelta(hours=number),
            )  # fmt: skip
    page = await (await site.sign_in("secretary")).open("/meetings?view=month&date=2026-11-25")
    assert page.title == "Lịch họp tháng 11/2026 · Giao Ban"
    cell = page.text.split('data-day="2026-11-25"')[1].split("</td>")[0]
    assert [f"Họp thứ {number}" in cell for number in range(5)] == [True] * 3 + [False] * 2
    assert "+2 cuộc họp" in cell
    assert "(5 cuộc họp)" in page.words
    assert 'data-day="2026-10-26"' in page.text, "weeks are whole, from Monday"


@pytest.mark.parametrize("view", VIEWS)
async def test_what_meets_at_one_time_stands_side_by_side_or_is_counted(site: Site, view: str) -> None:
    world = site.world
    async with site.database.write() as session:
        for number in range(12):
            await add_meeting(session, world.province, world.chair, world.secretary, title=f"Họp cùng giờ {number}")
    page = await (await site.sign_in("secretary")).open(f"/meetings?view={view}&date=2026-11-25")
    shown = {"day": 7, "week": 2, "month": 3, "list": 12}
    if view in ("day", "week"):
        assert page.text.count("Họp cùng giờ") == 2 * shown[view], "each with the link that moves it"
        assert f"+{12 - shown[view]}" in page.words
    elif view != "rows":
        assert page.words.count("Họp cùng giờ") >= shown[view]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=giao+ban+thang+11", True),
        ("q=GIAO+BAN", True),
        ("q=hop+truc+tiep", False),
        ("form=online", True),
        ("form=in_person", False),
        ("status=scheduled", True),
        ("status=cancelled", False),
        ("kind=briefing", True),
        ("kind=training", False),
        ("view=month", True),
        ("view=month&date=2026-12-15", False),
        ("view=list", True),
        ("view=list&reach=month", True),
        ("view=list&reach=month&date=2026-12-01", False),
        ("view=day", False),
        ("view=day&date=2026-11-25", True),
        ("date=2026-12-01", False),
        ("form=nonsense&status=nonsense&unit=nonsense&view=nonsense&kind=x&rows=x&reach=x&date=2026-11-25", True),
    ],
)
async def test_views_filter_by_the_address(site: Site, meeting: Meeting, query: str, found: bool) -> None:
    page = await (await site.sign_in("secretary")).open(f"/meetings?{query}")
    assert page.status == 200
    assert (meeting.title in page.words) is found
    assert found or "cuộc họp" in page.words, "an empty view says what would be here"


async def test_views_filter_by_unit(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("secretary")
    invited, other = site.world.communes[0].id, site.world.department.id
    assert meeting.title in (await browser.open(f"/meetings?unit={invited}")).words
    assert meeting.title not in (await browser.open(f"/meetings?unit={other}")).words


async def test_steps_and_other_views_keep_the_filters(site: Site) -> None:
    page = await (await site.sign_in("secretary")).open("/meetings?view=month&date=2026-12-15&form=online&q=giao")
    assert "/meetings?view=month&amp;date=2026-11-30&amp;form=online&amp;q=giao" in page.text
    assert "/meetings?view=month&amp;date=2027-01-01&amp;form=online&amp;q=giao" in page.text
    assert "/meetings?date=2026-12-15&amp;form=online&amp;q=giao" in page.text, "the week"
    assert "/meetings?view=list&amp;date=2026-12-15&amp;form=online&amp;q=giao" in page.text


@pytest.mark.parametrize("view", ["day", "week", "month", "list"])
async def test_each_view_shows_only_what_the_person_may_know_of(site: Site, view: str) -> None:
    world = site.world
    async with site.database.write() as session:
        hidden = await add_meeting(session, world.province, world.chair, world.secretary, [world.communes[1]])
    path = f"/meetings?view={view}&date=2026-11-25"
    assert hidden.title not in (await (await site.sign_in("delegate")).open(path)).words
    assert hidden.title in (await (await site.sign_in("site2")).open(path)).words


async def test_days_off_bear_their_names_and_maintenance_is_seen(site: Site) -> None:
    async with site.database.write() as session:
        session.add(Maintenance(starts_at=NOW, ends_at=NOW + timedelta(hours=2), reason="Thay máy chủ", created_at=NOW))
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings?date=2027-01-01")
    new_year = re.search(r'<section class="([^"]*)" data-day="2027-01-01".*?</h3>', page.text, re.DOTALL)
    assert new_year is not None
    assert "is-off" in new_year[1]
    assert "Tết Dương lịch" in new_year[0]
    assert "Bảo trì hệ thống: Thay máy chủ" in (await browser.open("/meetings")).words


async def test_cancelled_meeting_is_struck_through_and_says_so(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        row = await session.get_one(Meeting, meeting.id)
        row.status = MeetingStatus.CANCELLED
        session.add(row)
    browser = await site.sign_in("secretary")
    event = event_of(await browser.open("/meetings"), meeting.title)
    assert "is-cancelled" in event
    assert "Đã hủy" in event
    assert "data-slug" not in event, "it cannot be moved"
    assert "is-cancelled" in (await browser.open("/meetings?view=month")).text


async def test_only_who_may_change_a_meeting_can_move_it(site: Site, meeting: Meeting) -> None:
    for who, may in (("secretary", True), ("office", True), ("delegate", False), ("leader", False), ("chair", False)):
        event = event_of(await (await site.sign_in(who)).open("/meetings"), meeting.title)
        assert ("data-slug" in event) is may, who
        assert (f"/meetings/{meeting.slug}/move" in event) is may, who


async def test_each_form_has_its_shape_word_and_colour(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        for place, form in enumerate(Form):
            start = TOMORROW + timedelta(hours=3 * place)
            await add_meeting(
                session, world.province, world.chair, world.secretary, title=form, planned_form=form, starts_at=start
            )
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings?date=2026-11-25")
    rows = await browser.open("/meetings?view=list&date=2026-11-25")
    words = {"online": "Trực tuyến", "in_person": "Trực tiếp", "hybrid": "Kết hợp"}
    for name, icon in (("online", "form-online"), ("in_person", "form-in-person"), ("hybrid", "form-hybrid")):
        assert f"card-{name} " in event_of(page, f'"event-title">{name}<'), "colour and shape are of the style sheet"
        assert words[name] in event_of(page, f'"event-title">{name}<')
        badge = rows.text.split(f'class="badge badge-{name}"')[1].split("</span>")[0]
        assert f"#{icon}" in badge
        assert words[name] in badge


async def test_rows_show_who_is_taken_without_titles_that_one_may_not_know(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        await add_meeting(
            session, world.department, world.chair, world.contact, [(world.communes[0], world.sites[0])],
            title="Họp của sở", hall_id=key(world.hall),
        )  # fmt: skip
        session.add(
            BusySpan(person_id=key(world.chair), starts_at=NOW + timedelta(hours=8), ends_at=NOW + timedelta(hours=9))
        )
    leader, secretary = await site.sign_in("leader"), await site.sign_in("secretary")
    for rows, name in (("halls", "Phòng họp số 1, UBND tỉnh"), ("units", "Xã Đức Trọng"), ("people", "Trần Văn Hiệp")):
        path = f"/meetings?view=rows&rows={rows}&date=2026-11-25"
        line = line_of(await leader.open(path), name)
        assert "Họp của sở" in line
        line = line_of(await secretary.open(path), name)
        assert "Họp của sở" not in line
        assert "Bận" in line
        assert "Họp của sở" in (await leader.open(f"{path}&reach=week")).words
    assert "Bận" in line_of(await leader.open("/meetings?view=rows&rows=people&date=2026-11-24"), "Trần Văn Hiệp")


def line_of(page: Page, name: str) -> str:
    return page.text.split(f'data-name="{name}"')[1].split('<li class="rows-line"')[0]


async def test_free_stretch_of_a_row_leads_to_a_booking_with_place_and_time(site: Site, meeting: Meeting) -> None:
    browser, hall = await site.sign_in("secretary"), site.world.hall
    line = line_of(await browser.open("/meetings?view=rows&date=2026-11-25"), hall.name)
    links = re.findall(r'<a href="(/meetings/new\?[^"]+)"', line)
    assert len(links) == 2, "before 08:00 and after 10:00"
    question = await browser.open(links[1].replace("&amp;", "&"))
    [onward] = re.findall(r'href="(/meetings/new\?secret=no[^"]*)"', question.text)
    form = await browser.open(onward.replace("&amp;", "&"))
    assert [form.value(name) for name in ("starts_on", "starts_at", "ends_at")] == ["25/11/2026", "10:00", "12:00"]
    assert form.chosen("hall_id") == [str(hall.id)]


async def test_booking_from_a_row_of_units_or_people_invites_or_chairs(site: Site) -> None:
    browser, world = await site.sign_in("secretary"), site.world
    commune, place = world.communes[1], world.sites[1]
    query = f"secret=no&date=2026-11-25&from=0930&to=x&unit={commune.id}&chair={world.chair.id}&hall=no"
    form = await browser.open(f"/meetings/new?{query}")
    assert form.value("starts_at") == "09:30"
    assert form.value("ends_at") == "10:00", "what is no time is left out"
    assert form.chosen("unit") == [str(commune.id)]
    assert form.chosen(f"site-{commune.id}") == [str(place.id)]
    assert form.chosen("chair_id") == [str(world.chair.id)]


async def test_rows_offer_no_booking_in_the_past_or_to_who_may_not_book(site: Site) -> None:
    path = "/meetings?view=rows&date={day}"
    assert "/meetings/new?" not in (await (await site.sign_in("secretary")).open(path.format(day="2026-11-20"))).text
    assert "/meetings/new?" not in (await (await site.sign_in("leader")).open(path.format(day="2026-11-26"))).text


async def test_rows_are_found_by_their_names(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings?view=rows&rows=units&q=dinh+van")
    assert re.findall(r'data-name="([^"]+)"', page.text) == ["Xã Đinh Văn Lâm Hà"]
    assert "Không có hàng nào khớp" in (await browser.open("/meetings?view=rows&q=khong+co")).words


async def test_rows_come_by_pages_and_count_what_does_not_fit(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        for number in range(45):
            await add_unit(session, f"Xã thử {number:02}", parent=world.province, order=100 + number)
        for number in range(9):
            await add_meeting(session, world.province, world.chair, world.secretary, title=f"Họp {number}")
    browser = await site.sign_in("secretary")
    page = await browser.open("/meetings?view=rows&rows=units&date=2026-11-25")
    assert page.text.count("data-name=") == 40
    assert "+6 cuộc họp khác" in line_of(page, "Tỉnh Lâm Đồng")
    [onward] = re.findall(r'href="(/meetings\?[^"]*page=2[^"]*)"', page.text)
    page = await browser.open(onward.replace("&amp;", "&"))
    assert "Xã thử 44" in page.words
    assert "Hàng 41–51 trong 51" in page.words
    week = await browser.open("/meetings?view=rows&rows=units&reach=week&date=2026-11-25")
    assert "+5 cuộc họp" in week.words


async def test_rows_are_not_for_everybody(site: Site) -> None:
    browser = await site.sign_in("delegate")
    assert (await browser.open("/meetings?view=rows")).status == 403
    assert "view=rows" not in (await browser.open("/meetings")).text


async def test_week_with_two_hundred_meetings_stays_small(site: Site) -> None:
    world = site.world
    async with site.database.write() as session:
        for number in range(200):
            start = NOW + timedelta(days=number % 5 - 1, minutes=15 * (number % 32))
            await add_meeting(
                session, world.province, world.chair, world.secretary, world.communes, starts_at=start,
                title=f"Họp giao ban về giải phóng mặt bằng các dự án trọng điểm, lần {number}",
            )  # fmt: skip
    page = await (await site.sign_in("secretary")).open("/meetings")
    assert "(200 cuộc họp)" in page.words
    assert len(page.text.encode()) < 100_000
