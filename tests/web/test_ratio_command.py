"""``giaoban ratio`` as a stranger's script uses it. The command runs an event loop of its own, so no test has one."""

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from meetings.indicator.facts import refresh_fact
from meetings.kinds import Mode
from tests.conftest import sqlite_url
from tests.factories import add_ended_meeting, add_unit, build_world, key
from web.__main__ import app
from web.database import Database

ON, HALL, OFF = Mode.ONLINE, Mode.IN_HALL, Mode.ABSENT
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def filled(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province of 2022: four online, one of them on 14 December; one on the 15th; and one of each other kind."""
    path = tmp_path_factory.mktemp("ratio") / "giaoban.sqlite3"
    shutil.copyfile(migrated_sqlite, path)
    asyncio.run(fill(Database(sqlite_url(path))))
    return path


async def fill(database: Database) -> None:
    end = datetime(2022, 12, 14, 16, 59, tzinfo=UTC)  # 23:59 in the province
    kinds: list[tuple[tuple[Mode, ...], datetime, dict[str, Any]]] = [
        *(((ON, ON, HALL), end - timedelta(days=days), {}) for days in (0, 60, 120, 180)),
        ((ON, ON, ON), end + timedelta(minutes=1), {}),
        ((HALL, HALL, ON), end - timedelta(days=30), {}),
        ((ON, ON, ON), end - timedelta(days=31), {"channel": "zoom"}),
        ((OFF, OFF, OFF), end - timedelta(days=32), {}),
        ((HALL, HALL, OFF), end - timedelta(days=33), {"exclusion": "field_visit"}),
        ((ON, ON, ON), end - timedelta(days=34), {"relayed_from": "Bộ Y tế"}),
    ]
    async with database.write() as session:
        world = await build_world(session)
        districts = [world.district, *[await add_unit(session, f"Huyện {n}", "district") for n in (1, 2)]]
        for modes, ended_at, values in kinds:
            meeting = await add_ended_meeting(
                session, world.province, world.chair, world.secretary, districts, modes, ended_at, **values
            )
            await refresh_fact(session, key(meeting))
    await database.close()


@pytest.fixture
def run(filled: Path, data_dir: Path) -> Run:
    shutil.copyfile(filled, data_dir / "giaoban.sqlite3")
    return lambda *argv: CliRunner().invoke(app, ["ratio", *argv])


def read(run: Run, *argv: str) -> dict[str, Any]:
    result = run("--pair", "province:district", "--json", *argv)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_json_says_what_the_issue_of_a_script_needs(run: Run) -> None:
    assert read(run, "--period", "2022") == {
        "pair": "province:district",
        "period": "2022",
        "window": ["2021-12-15", "2022-12-14"],
        "online": 4,
        "eligible": 6,
        "ratio": 4 / 6,
        "target": {"operator": ">", "value": 80},
        "met": False,
        "hybrid": 5,
        "other_channel": 1,
        "unattended": 1,
        "excluded": {"field_visit": 1},
    }


@pytest.mark.parametrize(
    ("argv", "window", "counts"),
    [
        (("--period", "2022", "--calendar", "civil"), ["2022-01-01", "2022-12-31"], (5, 7)),
        (("--period", "2022Q4"), ["2022-09-15", "2022-12-14"], (2, 4)),
        (("--period", "2022H2", "--calendar", "civil"), ["2022-07-01", "2022-12-31"], (4, 6)),
        (("--period", "2022M9"), ["2021-12-15", "2022-09-14"], (2, 2)),
        (("--period", "2022-12"), ["2022-11-15", "2022-12-14"], (1, 1)),
        (("--period", "2022-12-15..2022-12-31"), ["2022-12-15", "2022-12-31"], (1, 1)),
        (("--period", "2022", "--rule", "any"), ["2021-12-15", "2022-12-14"], (5, 6)),
        (("--period", "2022", "--rule", "all"), ["2021-12-15", "2022-12-14"], (0, 6)),
    ],
)
def test_period_calendar_and_rule_are_options(
    run: Run, argv: tuple[str, ...], window: list[str], counts: tuple[int, int]
) -> None:
    found = read(run, *argv)
    assert (found["window"], (found["online"], found["eligible"])) == (window, counts)


def test_nothing_eligible_gives_null(run: Run) -> None:
    found = read(run, "--period", "2021")
    assert (found["online"], found["eligible"], found["ratio"], found["met"], found["target"]) == (
        *(0, 0, None, None),
        None,
    )


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--pair", "province", "--period", "2022"), "--pair takes the codes of two levels"),
        (("--pair", "district:province", "--period", "2022"), "pair of levels"),
        (("--pair", "province:ward", "--period", "2022"), "no level “ward”; use one of: province, district, commune"),
        (("--pair", "province:district", "--period", "2022Q5"), "There is no such reporting period"),
        (("--pair", "province:district", "--period", "2022-03-31..2022-01-01"), "must not come before"),
        (
            ("--pair", "province:district", "--period", "2022", "--rule", "most"),
            "Error: --rule takes one of any, majority, all, not most\n",
        ),
        (
            ("--pair", "province:district", "--period", "2022", "--calendar", "lunar"),
            "Error: --calendar takes one of reporting, civil, not lunar\n",
        ),
        (
            ("--period", "2022"),
            "Error: --pair is missing: the codes of two levels, such as province:district\n",
        ),
        (
            ("--pair", "province:district"),
            "Error: --period is missing: write it as 2022, 2022Q3, 2022H1, 2022M9, 2022-09 or 2022-01-01..2022-03-31\n",
        ),
    ],
)
def test_bad_argument_is_told_and_exits_2(run: Run, argv: tuple[str, ...], message: str) -> None:
    result = run(*argv, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_table_is_for_people(run: Run) -> None:
    result = run("--pair", "province:district", "--period", "2022")
    assert result.exit_code == 0
    for line in ("4/6", "66.6667 %", "> 80 % (not met)", "relayed from a ministry"):
        assert line in result.stdout
