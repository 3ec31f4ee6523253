"""Feeds: what a calendar program reads under a secret address, and what it does not."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import vobject

from meetings import actions
from meetings.booking_checks import draft_of
from meetings.calendar_models import MeetingSeries
from meetings.kinds import MeetingStatus
from meetings.recurrence import parse_rule
from meetings.series_edits import Scope, begin_series
from meetings.series_store import load_series
from tests.browsing import Site
from tests.factories import NOW, TOMORROW, World, add_meeting, key, make_draft
from web.database import Database


async def fill(database: Database, world: World) -> None:
    async with database.write() as session:
        for slug, status, unit in (
            ("moi", MeetingStatus.INVITED, world.communes[0]),
            ("huy", MeetingStatus.CANCELLED, world.communes[0]),
            ("nhap", MeetingStatus.DRAFT, world.communes[0]),
            ("khac", MeetingStatus.SCHEDULED, world.communes[1]),
        ):
            await add_meeting(
                session,
                world.province,
                world.chair,
                world.secretary,
                [unit],
                slug=slug,
                title=f"Họp {slug}",
                status=status,
            )


async def make_feed(site: Site, who: str, **form: str) -> str:
    browser = await site.sign_in(who)
    page = await browser.send("/feeds", {"unit": "", "label": "Điện thoại", **form})
    assert page.status == 200, page.words
    match = re.search(r"/calendar/[\w-]+\.ics", page.text)
    assert match is not None
    return match[0]


def titles(text: str) -> dict[str, str]:
    return {event.summary.value: event.status.value for event in vobject.readOne(text).vevent_list}


async def test_a_feed_shows_what_its_owner_may_see_and_no_drafts(site: Site, database: Database, world: World) -> None:
    await fill(database, world)
    path = await make_feed(site, "delegate")
    page = await site.visit().open(path)
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert titles(page.text) == {"Họp moi": "CONFIRMED", "Họp huy": "CANCELLED"}
    assert "ATTENDEE" not in page.text
    assert max(len(line.encode()) for line in page.text.split("\r\n")) <= 75
    assert ".invalid" not in page.text.replace("\r\n ", "")
    mine = await site.visit().open(await make_feed(site, "secretary"))
    assert set(titles(mine.text)) == {"Họp moi", "Họp huy", "Họp khac"}
    unit = str(key(world.communes[1]))
    theirs = await site.visit().open(await make_feed(site, "leader", unit=unit))
    assert set(titles(theirs.text)) == {"Họp khac"}


async def test_there_is_no_calendar_of_a_unit_that_does_not_exist(site: Site) -> None:
    browser = await site.sign_in("leader")
    assert (await browser.send("/feeds", {"unit": "999999", "label": ""})).status == 404


async def test_nothing_in_the_form_keeps_a_browser_from_sending_it_for_the_own_calendar(site: Site) -> None:
    page = await (await site.sign_in("delegate")).open("/feeds")
    form = page.text.partition('action="/feeds"')[2].partition("</form>")[0]
    assert re.findall(r'<option value="([^"]*)"', form)[0] == ""
    assert "required" not in form, "a browser does not send a required choice whose value is empty"


async def test_an_address_is_shown_once_and_kept_as_a_hash(site: Site) -> None:
    path = await make_feed(site, "delegate")
    browser = await site.sign_in("delegate")
    page = await browser.open("/feeds")
    assert "Điện thoại" in page.words
    assert path.rpartition("/")[2].removesuffix(".ics") not in page.text


async def test_nobody_has_a_feed_of_a_unit_that_is_not_theirs(site: Site, world: World) -> None:
    browser = await site.sign_in("delegate")
    for unit in (str(key(world.communes[1])), "99999"):
        assert (await browser.send("/feeds", {"unit": unit, "label": ""})).status == 403
    page = await browser.send("/feeds", {"unit": "abc", "label": "Máy bàn"})
    assert page.status == 422
    assert page.value("label") == "Máy bàn"


async def test_a_revoked_address_and_one_of_a_disabled_account_show_nothing(
    site: Site, database: Database, world: World
) -> None:
    first, second = await make_feed(site, "delegate"), await make_feed(site, "contact")
    browser = await site.sign_in("delegate")
    feed_id = re.search(r"/feeds/(\d+)/revoke", (await browser.open("/feeds")).text)
    assert feed_id is not None
    other = await site.sign_in("secretary")
    assert (await other.send(f"/feeds/{feed_id[1]}/revoke")).status == 404
    assert (await browser.send(f"/feeds/{feed_id[1]}/revoke")).status == 303
    assert (await site.visit().open(first)).status == 404
    assert (await site.visit().open(second)).status == 200
    async with database.write() as session:
        account = await session.merge(world.accounts["contact"])
        account.disabled_at = NOW
    assert (await site.visit().open(second)).status == 404


async def test_what_did_not_change_is_not_sent_again(site: Site, database: Database, world: World) -> None:
    await fill(database, world)
    path = await make_feed(site, "delegate")
    visitor = site.visit()
    first = await visitor.open(path)
    site.clock.move(minutes=5)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert (await visitor.request("GET", path, headers=tag)).status == 304
    async with database.write() as session:
        await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            [world.communes[0]],
            starts_at=TOMORROW + timedelta(days=1),
        )
    assert (await visitor.request("GET", path, headers=tag)).status == 200


async def test_who_reads_all_the_time_or_guesses_waits(site: Site) -> None:
    path = await make_feed(site, "delegate")
    visitor = site.visit()
    guesses = [(await visitor.open(f"/calendar/{number}.ics")).status for number in range(31)]
    assert guesses == [404] * 30 + [429]
    statuses = [(await visitor.open(path)).status for _read in range(31)]
    assert statuses == [200] * 30 + [429], "a good address is good, whatever its neighbours ask for"


async def test_an_account_has_so_many_addresses(site: Site) -> None:
    for _number in range(10):
        await make_feed(site, "delegate")
    browser = await site.sign_in("delegate")
    page = await browser.send("/feeds", {"unit": "", "label": "Máy thứ mười một"})
    assert page.status == 409
    assert "tối đa 10" in page.words
    assert page.value("label") == "Máy thứ mười một"


async def test_a_series_is_one_event_with_a_rule_and_what_differs(site: Site, database: Database, world: World) -> None:
    week = timedelta(weeks=1)
    async with database.write() as session:
        series = MeetingSeries(
            slug="tuan", uid="tuan@giaoban", rule="FREQ=WEEKLY;BYDAY=WE;COUNT=4", starts_at=TOMORROW, minutes=120,
            created_at=NOW,
        )  # fmt: skip
        session.add(series)
        await session.flush()
        for number, (unit, moved) in enumerate(
            ((0, timedelta()), (0, timedelta(hours=3)), (1, timedelta()), (0, timedelta()))
        ):
            at = TOMORROW + number * week
            await add_meeting(
                session, world.province, world.chair, world.secretary, [world.communes[unit]], title="Giao ban tuần",
                series_id=series.id, recurrence_at=at, calendar_uid=series.uid, starts_at=at + moved,
            )  # fmt: skip
    page = await site.visit().open(await make_feed(site, "delegate"))
    master, moved_one = vobject.readOne(page.text).vevent_list
    assert (master.uid.value, master.rrule.value) == ("tuan@giaoban", "FREQ=WEEKLY;COUNT=4;BYDAY=WE")
    assert [each.astimezone(UTC) for each in master.exdate.value] == [TOMORROW + 2 * week], "the one of another commune"
    assert moved_one.recurrence_id.value.astimezone(UTC) == TOMORROW + week
    assert moved_one.dtstart.value.astimezone(UTC) == TOMORROW + week + timedelta(hours=3)


def stamps(text: str) -> dict[str, datetime]:
    """By title, when it was last written."""
    return {event.summary.value: event.dtstamp.value for event in vobject.readOne(text).vevent_list}


async def feed_weekly(
    site: Site, database: Database, world: World, title: str, reader: str
) -> tuple[MeetingSeries, str]:
    """A series of four weeks, and the feed in which ``reader`` has read it."""
    async with database.write() as session:
        series = begin_series(parse_rule("FREQ=WEEKLY;COUNT=4"), TOMORROW, 120)
        draft = make_draft(world, title=title)
        row = await actions.book_series(session, world.actors["secretary"], draft, series, NOW)
    feed = await make_feed(site, reader)
    assert stamps((await site.visit().open(feed)).text) == {title: NOW}
    return row, feed


@pytest.mark.parametrize("scope", [Scope.FOLLOWING, Scope.ALL])
async def test_a_change_of_a_series_is_newer_than_what_was_read_before(
    site: Site, database: Database, world: World, scope: Scope
) -> None:
    secretary, later = world.actors["secretary"], NOW + timedelta(hours=2)
    row, feed = await feed_weekly(site, database, world, "Cũ", "secretary")
    async with database.write() as session:
        bundle = (await load_series(session, key(row))).rows[2]
        draft = replace(draft_of(bundle), title="Mới")
        await actions.edit_series(session, secretary, bundle.slug, draft, 1, scope, later)
    after = stamps((await site.visit().open(feed)).text)
    assert after == ({"Cũ": later, "Mới": later} if scope is Scope.FOLLOWING else {"Mới": later})


async def test_a_series_is_newer_when_one_occurrence_leaves_the_calendar(
    site: Site, database: Database, world: World
) -> None:
    secretary, later = world.actors["secretary"], NOW + timedelta(hours=2)
    row, feed = await feed_weekly(site, database, world, "Giao ban", "delegate")
    async with database.write() as session:
        bundle = (await load_series(session, key(row))).rows[2]
        others = tuple(each for each in draft_of(bundle).invitations if each.unit_id != key(world.communes[0]))
        draft = replace(draft_of(bundle), invitations=others)
        await actions.edit_meeting(session, secretary, bundle.slug, draft, 1, later)
    text = (await site.visit().open(feed)).text
    assert "EXDATE" in text
    assert stamps(text) == {"Giao ban": later}
