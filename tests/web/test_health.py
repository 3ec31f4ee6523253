"""The watchdog's page and the way to report a weakness."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.browsing import Site, open_site
from tests.factories import NOW, World, add_meeting
from transcripts.models import Job, JobKind, JobState
from web.database import Database


async def read_health(site: Site) -> tuple[int, dict[str, dict[str, object]]]:
    page = await site.visit().open("/healthz")
    return page.status, json.loads(page.text)["checks"]


async def add_job(site: Site, **values: Any) -> None:
    world = site.world
    async with site.database.write() as session:
        meeting = await add_meeting(session, world.province, world.chair, world.secretary)
        fresh: dict[str, Any] = {"kind": JobKind.DRAFT, "subject": meeting.id, "created_at": NOW, "run_after": NOW}
        session.add(Job(meeting_id=meeting.id or 0, **(fresh | values)))


async def test_all_is_well(site: Site) -> None:
    status, checks = await read_health(site)
    assert status == 200
    assert all(check["ok"] for check in checks.values())
    assert set(checks) == {"database", "worker", "disk"}


async def test_job_that_nobody_takes_means_no_worker(site: Site) -> None:
    await add_job(site)
    assert (await read_health(site))[0] == 200
    site.clock.move(minutes=11)
    status, checks = await read_health(site)
    assert status == 503
    assert checks["worker"] == {"ok": False, "queue": 1, "failed": 0, "stuck": 1}


async def test_job_that_waits_for_a_model_is_no_alarm(site: Site) -> None:
    await add_job(site, run_after=NOW - timedelta(days=1), error="Chưa có mô hình nhận dạng.")
    assert (await read_health(site))[0] == 200


async def test_worker_that_fell_silent_is_an_alarm(site: Site) -> None:
    await add_job(site, state=JobState.RUNNING, lease_until=NOW - timedelta(minutes=11))
    assert (await read_health(site))[0] == 503


async def test_full_disk_is_an_alarm(database: Database, world: World, tmp_path: Path) -> None:
    async with open_site(database, world, tmp_path, disk_floor_mb=10**9) as site:
        status, checks = await read_health(site)
    assert status == 503
    assert checks["disk"]["ok"] is False


async def test_lost_database_is_an_alarm_and_not_a_traceback(site: Site, tmp_path: Path) -> None:
    await site.database.close()
    next(tmp_path.glob("*.sqlite3")).write_bytes(b"no database any more" * 100)
    status, checks = await read_health(site)
    assert status == 503
    assert checks["database"]["ok"] is False


async def test_health_tells_no_secret(site: Site) -> None:
    text = (await site.visit().open("/healthz")).text
    assert str(site.config.data_dir) not in text
    assert "sqlite" not in text


async def test_security_txt_says_where_to_report(site: Site) -> None:
    page = await site.visit().open("/.well-known/security.txt")
    assert page.status == 200
    lines = dict(line.split(": ", 1) for line in page.text.splitlines())
    assert lines["Expires"] == "2027-05-23T00:00:00Z"
    assert lines["Contact"].startswith(str(site.server.make_url("/")))


async def test_security_txt_names_the_configured_contact(database: Database, world: World, tmp_path: Path) -> None:
    async with open_site(database, world, tmp_path, security_contact="mailto:anninh@example.vn") as site:
        text = (await site.visit().open("/.well-known/security.txt")).text
    assert "Contact: mailto:anninh@example.vn\n" in text
