"""Series through the pages: booking one, asking how far a change goes, its page, and what goes wrong; templates too."""

import re
from datetime import timedelta

from sqlmodel import col, select

from meetings.calendar_models import MeetingSeries, MeetingTemplate
from meetings.models import Meeting
from meetings.recurrence import to_wall
from tests.browsing import Browser, Page, Site
from tests.factories import add_meeting
from tests.meetings.test_series_actions import MONDAY
from tests.web.test_booking import Form, make_form

WEEKLY = {
    "starts_on": "30/11/2026",
    "repeat": "weekly",
    "repeat_every": "1",
    "repeat_end": "count",
    "repeat_count": "4",
}


async def list_days(site: Site) -> list[str]:
    async with site.database.read() as session:
        rows = (await session.exec(select(Meeting).order_by(col(Meeting.starts_at)))).all()
    return [("-" if row.status == "cancelled" else "") + f"{to_wall(row.starts_at):%d/%m %H:%M}" for row in rows]


async def list_meetings(site: Site) -> list[Meeting]:
    async with site.database.read() as session:
        return list((await session.exec(select(Meeting).order_by(col(Meeting.starts_at)))).all())


async def book(site: Site, browser: Browser, extra: Form | None = None, **changes: str) -> Page:
    page = await browser.send("/meetings/new", make_form(site, **(WEEKLY | changes)) + (extra or []))
    assert page.status == 303, page.words
    return await browser.open(page.location)


async def test_a_weekly_series_is_booked_and_listed(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await book(site, browser, repeat_day="0")
    assert await list_days(site) == ["30/11 08:00", "07/12 08:00", "14/12 08:00", "21/12 08:00"]
    assert "Hằng tuần vào thứ Hai, 4 buổi" in page.words
    assert "Đã đặt lịch cả chuỗi họp." in page.words
    assert page.words.count("Đã đặt lịch 0 dự, 0 vắng, 3 chưa trả lời") == 4
    meeting = await browser.open(f"/meetings/{(await list_meetings(site))[1].slug}")
    assert "Buổi 2/4" in meeting.words


WAYS = [
    ({"repeat": "daily", "repeat_every": "2"}, "30/11 02/12 04/12 06/12"),
    ({"repeat": "daily", "repeat_count": "8", "repeat_workdays": "1"}, "30/11 01/12 02/12 03/12 04/12 07/12"),
    ({"repeat": "month_day"}, "30/11 30/12 30/01 30/03"),
    ({"repeat": "month_place", "starts_on": "07/12/2026"}, "07/12 04/01 01/02 01/03"),
    ({"repeat": "month_last"}, "30/11 28/12 25/01 22/02"),
    ({"repeat_end": "until", "repeat_until": "14/12/2026"}, "30/11 07/12 14/12"),
    ({"repeat_day": "3", "starts_on": "30/11/2026"}, "03/12 10/12 17/12 24/12"),
]


async def test_the_days_are_shown_without_booking(site: Site) -> None:
    browser = await site.sign_in("secretary")
    page = await browser.send("/meetings/new", make_form(site, **(WEEKLY | {"do": "series_preview"})))
    assert page.status == 200
    assert "Thứ Hai, 21/12/2026" in page.words
    for changes, expected in WAYS:
        part = await browser.send("/series/preview", make_form(site, **(WEEKLY | changes)))
        assert part.status == 200
        assert "<html" not in part.text
        held = re.findall(r"(\d\d/\d\d)/\d{4}, 08:00–10:00", part.words)
        assert held == expected.split(), changes
    assert await list_days(site) == []
    assert (await (await site.sign_in("delegate")).send("/series/preview", make_form(site, **WEEKLY))).status == 403


BAD = [
    ({"repeat_count": ""}, "repeat_count"),
    ({"repeat_count": "nhiều"}, "repeat_count"),
    ({"repeat_count": "0"}, "repeat_count"),
    ({"repeat_count": "401"}, "rule"),
    ({"repeat": "month_day", "repeat_count": "61"}, "rule"),
    ({"repeat_end": "until"}, "repeat_until"),
    ({"repeat_end": "until", "repeat_until": "31/02/2027"}, "repeat_until"),
    ({"repeat_end": "until", "repeat_until": "01/11/2026"}, "repeat_until"),
    ({"repeat_end": "until", "repeat_until": "01/11/2036"}, "rule"),
    ({"repeat": "daily", "repeat_end": "until", "repeat_until": "01/11/2028"}, "rule"),
    ({"repeat_every": "0"}, "repeat_every"),
    ({"repeat_every": "²"}, "repeat_every"),
    ({"repeat": "yearly"}, "repeat"),
    ({"do": "keep"}, "repeat"),
]


async def test_a_rule_without_end_and_other_bad_ones(site: Site) -> None:
    browser = await site.sign_in("secretary")
    for changes, field in BAD:
        page = await browser.send("/meetings/new", make_form(site, **(WEEKLY | changes)))
        assert page.status == 422, changes
        assert field in page.faults, changes
        assert page.value("title") == "Họp giao ban tháng 11"
    assert await list_days(site) == []


async def test_collisions_are_listed_to_be_left_out_or_moved(site: Site) -> None:
    browser, world = await site.sign_in("secretary"), site.world
    for week in (1, 2):
        async with site.database.write() as session:
            start = MONDAY + timedelta(weeks=week)
            await add_meeting(
                session, world.province, world.chair, world.secretary, (), starts_at=start, title=f"Họp {week}"
            )
    page = await browser.send("/meetings/new", make_form(site, **WEEKLY))
    assert page.status == 409
    assert "2 buổi trùng" in page.words
    assert "“Họp 1” lúc 08:00–10:00 07/12/2026" in page.words
    assert "“Họp 2” lúc 08:00–10:00 14/12/2026" in page.words
    first, second = "20261207T0100Z", "20261214T0100Z"
    wishes = [("occurrence", first), (f"wish-{first}", "skip"), ("occurrence", second), (f"wish-{second}", "move")]
    times = [(f"day-{second}", "15/12/2026"), (f"from-{second}", "14:00"), (f"to-{second}", "15:30")]
    bad = await browser.send("/meetings/new", make_form(site, **WEEKLY) + wishes + [(f"day-{second}", "hôm kia")])
    assert bad.status == 422
    assert f"day-{second}" in bad.faults
    page = await book(site, browser, wishes + times)
    assert await list_days(site) == [
        "30/11 08:00", "07/12 08:00", "14/12 08:00", "15/12 14:00", "21/12 08:00",
    ]  # fmt: skip
    assert "Bỏ qua: 07/12/2026" in page.words
    assert "Chuyển từ 08:00, 14/12/2026" in page.words


async def edit(site: Site, browser: Browser, number: int, scope: str, **changes: str) -> Page:
    meeting = (await list_meetings(site))[number]
    values = {"starts_on": f"{to_wall(meeting.starts_at):%d/%m/%Y}", "version": str(meeting.version), "scope": scope}
    return await browser.send(
        f"/meetings/{meeting.slug}/edit", make_form(site, **(values | {"repeat": "keep"} | changes))
    )


async def test_an_edit_asks_first_how_far_it_goes(site: Site) -> None:
    browser = await site.sign_in("secretary")
    await book(site, browser)
    slug = (await list_meetings(site))[1].slug
    page = await browser.open(f"/meetings/{slug}/edit")
    for words in ("Chỉ buổi này", "Từ buổi này trở đi (3 buổi)", "Cả chuỗi (4 buổi)", "buổi 2/4"):
        assert words in page.words
    assert 'name="title"' not in page.text
    form = await browser.open(f"/meetings/{slug}/edit?scope=following")
    assert form.value("scope") == "following"
    assert form.chosen("repeat") == ["keep"]
    alone = await browser.open(f"/meetings/{slug}/edit?scope=this")
    assert 'name="repeat"' not in alone.text
    assert (await edit(site, browser, 1, "this", title="Riêng")).status == 303
    assert (await edit(site, browser, 2, "following", title="Từ đây", starts_at="09:00", ends_at="10:00")).status == 303
    rows = await list_meetings(site)
    assert [row.title for row in rows] == ["Họp giao ban tháng 11", "Riêng", "Từ đây", "Từ đây"]
    assert await list_days(site) == ["30/11 08:00", "07/12 08:00", "14/12 09:00", "21/12 09:00"]
    fortnight = {"repeat": "weekly", "repeat_every": "2", "repeat_count": "3", "starts_at": "09:00", "ends_at": "10:00"}
    assert (await edit(site, browser, 2, "all", **fortnight)).status == 303
    assert await list_days(site) == [
        "30/11 08:00", "07/12 08:00", "14/12 09:00", "-21/12 09:00", "28/12 09:00", "11/01 09:00",
    ]  # fmt: skip
    async with site.database.read() as session:
        series = (await session.exec(select(MeetingSeries).order_by(col(MeetingSeries.id)))).all()
    page = await browser.open(f"/series/{series[0].slug}")
    assert "Sửa riêng: tên" in page.words
    assert "Chuỗi liên quan (đã tách): 2 tuần một lần vào thứ Hai" in page.words


async def test_an_edit_that_is_refused_keeps_what_was_typed(site: Site) -> None:
    browser = await site.sign_in("secretary")
    await book(site, browser)
    page = await edit(site, browser, 1, "all", title="Mới", repeat="weekly", repeat_count="")
    assert page.status == 422
    assert (page.value("title"), page.value("scope")) == ("Mới", "all")
    page = await edit(site, browser, 1, "all", title="Mới", repeat="weekly", repeat_day="3", repeat_count="3")
    assert page.status == 422
    assert "Quy tắc lặp không có buổi vào ngày này" in page.faults["rule"]
    page = await edit(site, browser, 1, "all", title="Mới", version="9")
    assert page.status == 409


async def test_cancelling_asks_how_far_it_goes(site: Site) -> None:
    browser = await site.sign_in("secretary")
    await book(site, browser)
    slug = (await list_meetings(site))[2].slug
    page = await browser.open(f"/meetings/{slug}/cancel")
    assert "Từ buổi này trở đi (2 buổi)" in page.words
    form = [("scope", "following"), ("version", "1")]
    refused = await browser.send(f"/meetings/{slug}/cancel", [*form, ("reason", "")])
    assert refused.status == 422
    assert refused.chosen("scope") == ["following"]
    page = await browser.send(
        f"/meetings/{slug}/cancel", [("scope", "following"), ("reason", "Hết việc"), ("version", "1")]
    )
    assert page.status == 303
    assert await list_days(site) == ["30/11 08:00", "07/12 08:00", "-14/12 08:00", "-21/12 08:00"]


async def test_a_series_is_seen_by_those_who_see_its_meetings(site: Site) -> None:
    page = await book(site, await site.sign_in("secretary"))
    async with site.database.read() as session:
        series = (await session.exec(select(MeetingSeries))).one()
    guest = await (await site.sign_in("delegate")).open(f"/series/{series.slug}")
    assert guest.status == 200
    assert "/edit" not in guest.text
    assert "/edit" in page.text
    assert (await (await site.sign_in("delegate")).open("/series/unknown")).status == 404


async def test_a_template_fills_in_the_form(site: Site) -> None:
    browser = await site.sign_in("secretary")
    await book(site, browser, repeat_day="0", title="Giao ban tuần")
    slug = (await list_meetings(site))[0].slug
    assert (await browser.open(f"/templates/new?meeting={slug}")).value("name") == "Giao ban tuần"
    refused = await browser.send(f"/templates?meeting={slug}", [("name", " ")])
    assert refused.status == 422
    assert "name" in refused.faults
    assert (await browser.send(f"/templates?meeting={slug}", [("name", "Mẫu tuần")])).status == 303
    async with site.database.read() as session:
        template = (await session.exec(select(MeetingTemplate))).one()
    page = await browser.open("/templates")
    assert "Mẫu tuần" in page.words
    assert "Hằng tuần vào thứ Hai" in page.words
    question = await browser.open(f"/meetings/new?template={template.id}")
    assert f"secret=no&amp;template={template.id}" in question.text
    form = await browser.open(f"/meetings/new?secret=no&template={template.id}")
    assert form.value("title") == "Giao ban tuần"
    assert (form.value("starts_on"), form.value("starts_at"), form.value("ends_at")) == ("", "08:00", "10:00")
    assert form.chosen("repeat") == ["weekly"]
    assert form.chosen("hall_id") == [str(site.world.hall.id)]
    assert form.text.count('name="unit"') >= 3
    assert (await browser.send(f"/templates/{template.id}", [("name", "Tuần")])).status == 303
    assert (await browser.send(f"/templates/{template.id}", [("name", "")])).status == 422
    assert "Tuần" in (await browser.open("/templates")).words
    assert (await browser.send(f"/templates/{template.id}/delete", [])).status == 303
    assert (await browser.open(f"/meetings/new?secret=no&template={template.id}")).status == 404
    assert len(await list_days(site)) == 4


async def test_templates_are_for_those_who_book(site: Site) -> None:
    await book(site, await site.sign_in("secretary"))
    slug = (await list_meetings(site))[0].slug
    other = await site.sign_in("delegate")
    assert (await other.open("/templates")).status == 403
    assert (await other.open(f"/templates/new?meeting={slug}")).status == 403
    assert (await other.send(f"/templates?meeting={slug}", [("name", "x")])).status == 403
    office = await site.sign_in("office")
    assert (await office.send(f"/templates?meeting={slug}", [("name", "Chung"), ("everybody", "1")])).status == 303
    secretary = await site.sign_in("secretary")
    assert "dùng chung" in (await secretary.open("/templates")).words
    assert (await secretary.send("/templates/1/delete", [])).status == 403


async def test_a_series_of_400_is_shown_in_small_pages(site: Site) -> None:
    browser = await site.sign_in("secretary")
    long = {"repeat": "daily", "repeat_count": "400"}
    stamps = [f"{MONDAY + timedelta(days=day):%Y%m%d}T0100Z" for day in (30, 300)]
    wishes = [pair for stamp in stamps for pair in (("occurrence", stamp), (f"wish-{stamp}", "skip"))]
    preview = await browser.send(
        "/meetings/new", make_form(site, **(WEEKLY | long | {"do": "series_preview"})) + wishes
    )
    assert "398 buổi sẽ họp" in preview.words
    assert "Còn 360 buổi không hiện ở đây" in preview.words
    assert len(preview.text.encode()) < 150_000
    assert all(f'name="wish-{stamp}"' in preview.text for stamp in stamps), "a choice is not lost"
    page = await book(site, browser, wishes, **long)
    assert len(page.text.encode()) < 150_000
    assert "Buổi 1–50 trong 398" in page.words
    last = await browser.open(f"{page.url.path}?from=397")
    assert "Buổi 351–398 trong 398" in last.words
    assert (await browser.open(f"{page.url.path}?from=99999999")).status == 200
