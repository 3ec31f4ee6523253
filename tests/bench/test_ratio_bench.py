"""The bench of the indicator in its short form: both databases agree with each other and with a plain count."""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench import history
from bench.postgresql import find_postgresql
from bench.ratio import run
from tests.e2e.driving import ROOT


@pytest.mark.postgresql
async def test_short_form_is_equal_on_both_databases() -> None:
    if find_postgresql() is None:
        pytest.skip("no PostgreSQL server in /usr/lib/postgresql (apt-get install postgresql)")
    result = await run(meetings=300, views=3)
    assert result["equal"] == 1
    assert result["p95_ms_sqlite"] > 0
    assert result["p95_ms_postgresql"] > 0
    assert json.loads(json.dumps(result)) == result


def test_invented_years_hold_every_case_and_are_the_same_each_time() -> None:
    meetings = list(history.invent(3000))
    assert meetings == list(history.invent(3000))
    outcomes = Counter(history.judge(made).partition(":")[0] for made in meetings)
    assert set(outcomes) == {
        *("online", "not_online", "other_channel", "unattended", "unconfirmed", "relayed", "excluded"),
    }
    assert {made.measured for made in meetings} == {bool(made.before) for made in meetings} == {True, False}


async def test_bench_without_postgresql_ends_with_3_and_names_it(tmp_path: Path) -> None:
    lines = [
        "import pathlib, sys",
        "import bench.__main__, bench.postgresql",
        f"bench.postgresql.SERVERS = pathlib.Path({str(tmp_path)!r})",
        "sys.exit(bench.__main__.main())",
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "\n".join(lines), "ratio", "--json", cwd=ROOT, env=os.environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (3, b"", b"PostgreSQL is not installed\n")
