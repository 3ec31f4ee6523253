"""``kill -9`` of the server in a meeting: what was acknowledged stays, browsers return, the outage is a marked gap."""

import asyncio
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest
from playwright.async_api import expect

from tests.e2e.driving import OpenBrowser, Server, book, end_meeting, enter, sign_in, wait_for
from web.demo.people import PASSWORD

LOST_AT_MOST = timedelta(seconds=2)


def rows(server: Server, query: str, *values: object) -> list[sqlite3.Row]:
    with sqlite3.connect(server.data / "giaoban.sqlite3") as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query, values).fetchall()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sound_until(server: Server, recording: sqlite3.Row) -> datetime:
    """The wall clock of the last packet that the file holds."""
    with av.open(str(server.data / "recordings" / recording["path"])) as container:
        stream = container.streams.audio[0]
        last = max(float(packet.pts * packet.time_base) for packet in container.demux(stream) if packet.pts is not None)
    return instant(recording["started_at"]) + timedelta(seconds=last)


@pytest.mark.alone
@pytest.mark.browser
async def test_killed_server_comes_back_with_its_meeting(server: Server, open_browser: OpenBrowser) -> None:
    await server.start("--demo")
    secretary = await open_browser()
    await sign_in(secretary, "thuky", PASSWORD)
    meeting = await book(secretary, "Họp đột xuất khi máy chủ mất điện")
    slug = meeting.rsplit("/", 1)[1]
    key = rows(server, "SELECT id FROM meeting WHERE slug = ?", slug)[0]["id"]
    chair, site = await open_browser(), await open_browser()
    await asyncio.gather(enter(chair, meeting, "lanhdao"), enter(site, meeting, "cau.ductrong"))
    await chair.get_by_role("button", name="Bắt đầu họp").click()
    await chair.locator("#record").click()
    await expect(site.locator("#recording")).to_be_visible()

    async def files(at_least: int, seconds: float) -> bool:
        """At least so many files of the meeting hold so much sound."""
        long = [
            one
            for one in rows(server, "SELECT * FROM recording WHERE meeting_id = ?", key)
            if datetime.now(UTC) - instant(one["started_at"]) > timedelta(seconds=seconds)
        ]
        return len(long) >= at_least

    await wait_for(lambda: files(2, 6), 30)
    await chair.locator("#chat-open").click()
    await chair.locator("#chat-text").fill("Câu này đã gửi trước khi mất điện")
    await chair.locator("#chat-send").click()
    await expect(site.locator(".chat-text", has_text="đã gửi trước khi mất điện")).to_be_attached()

    killed_at = datetime.now(UTC)
    server.kill()
    assert server.process is not None
    await server.process.wait()
    before = rows(server, "SELECT * FROM recording WHERE meeting_id = ?", key)
    for recording in before:
        assert sound_until(server, recording) >= killed_at - LOST_AT_MOST
    await server.start()

    for page in (chair, site):
        await expect(page.locator("#link")).to_have_attribute("data-state", "connected", timeout=30_000)
        await expect(page.locator("#recording")).to_be_visible()
    await expect(site.locator(".chat-text", has_text="đã gửi trước khi mất điện")).to_have_count(1)

    async def recorded_again() -> bool:
        return len(rows(server, "SELECT id FROM recording WHERE meeting_id = ?", key)) == 2 * len(before)

    await wait_for(recorded_again, 30)
    await wait_for(lambda: files(2 * len(before), 4), 30)
    await end_meeting(chair)
    await site.wait_for_url("**/left**")
    await check_records(server, key, killed_at)


async def check_records(server: Server, key: int, killed_at: datetime) -> None:
    spans = rows(server, "SELECT * FROM recording_span WHERE meeting_id = ? ORDER BY started_at", key)
    assert [span["ended_reason"] for span in spans] == ["outage", "ended"]
    assert instant(spans[1]["started_at"]) > killed_at
    for identity in {
        row["identity"] for row in rows(server, "SELECT identity FROM presence WHERE meeting_id = ?", key)
    }:
        intervals = rows(server, "SELECT * FROM presence WHERE identity = ? AND meeting_id = ? ORDER BY joined_at",
                         identity, key)  # fmt: skip
        assert [interval["left_reason"] for interval in intervals] == ["outage", "ended"]
        assert abs(instant(intervals[0]["left_at"]) - killed_at) <= timedelta(seconds=5)
        assert instant(intervals[1]["joined_at"]) >= killed_at
    assert len(rows(server, "SELECT * FROM chat_message WHERE meeting_id = ?", key)) == 1

    async def drafted() -> list[sqlite3.Row]:
        waiting = rows(server, "SELECT * FROM job WHERE meeting_id = ? AND state IN ('waiting', 'running')", key)
        return [] if waiting else rows(server, "SELECT * FROM minutes WHERE meeting_id = ?", key)

    minutes = await wait_for(drafted, 120)
    content = json.loads(minutes[0]["content"])
    assert len(content["gaps"]) >= 1
    assert Path(server.log).read_text().count("Traceback") == 0
