"""The indicator over five years, on SQLite and on PostgreSQL: how long a figure takes, and whether it is true.

Each database is filled with the same meetings; what is kept of them is worked out from their rows, then compared with
them once more, and with a plain count. ``p95`` is over whole reports: every figure of the dashboard at once.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import text

from bench import history
from bench.machine import PeerAbsent
from bench.postgresql import find_postgresql, run_postgresql
from meetings.indicator import facts
from meetings.indicator.evidence import Wanted
from meetings.indicator.figures import load_figure
from meetings.indicator.report import list_ratio_meetings, report_ratio
from meetings.kinds import Form, MeetingKind, Mode, Role, Rule
from meetings.periods import Period, Profile, parse
from meetings.permissions import Actor
from web.database import Database
from web.migrations import upgrade

MEETINGS = 240_000
PAIR = ("province", "commune")
LEADER = Actor(None, "Lãnh đạo", frozenset({Role.LEADER}))
SMALL, ADDED = 2000, 30  # meetings there are, and meetings added one by one to see what one costs
LIMIT_MS = 500.0
GROWTH, NOISE_MS = 3.0, 5.0  # one more meeting may take so much longer, for other programs run too


@dataclass(frozen=True)
class Loaded:
    """How long filling took, in seconds, and one more meeting, in milliseconds, when there were few and when many."""

    write_s: float
    derive_s: float
    verify_s: float
    holds: bool
    add_few_ms: float
    add_many_ms: float


async def run(meetings: int = MEETINGS, views: int = 60) -> dict[str, Any]:
    """Both databases; the result says of each what was measured and whether the two and the plain count agree."""
    binaries = find_postgresql()
    if binaries is None:
        raise PeerAbsent("PostgreSQL")
    return await asyncio.to_thread(_run, binaries, meetings, views)


def _run(binaries: Path, meetings: int, views: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="giaoban-bench-") as folder, run_postgresql(binaries, ()) as url:
        urls = {"sqlite": f"sqlite+aiosqlite:///{folder}/giaoban.sqlite3", "postgresql": url}
        with ProcessPoolExecutor(2) as pool:
            expected = count_plainly(meetings)
            tasks = {name: pool.submit(_in_loop, load, each, meetings) for name, each in urls.items()}
            loaded = {name: task.result() for name, task in tasks.items()}
            # One after the other: what is measured has the machine to itself.
            measured = {name: pool.submit(_in_loop, measure, each, views).result() for name, each in urls.items()}
    return summarise(meetings, expected, loaded, measured)


def summarise(
    meetings: int, expected: list[Any], loaded: dict[str, Loaded], measured: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    figures = [result.pop("figures") for result in measured.values()]
    equal = all(each.holds for each in loaded.values()) and figures == [expected] * len(figures)
    p95 = {name: result["report"]["p95_ms"] for name, result in measured.items()}
    steady = all(each.add_many_ms <= GROWTH * each.add_few_ms + NOISE_MS for each in loaded.values())
    return {
        "p95_ms_sqlite": p95["sqlite"],
        "p95_ms_postgresql": p95["postgresql"],
        "equal": int(equal),
        "meetings": meetings,
        "units": history.LOWER,
        **{name: describe_loaded(each) | measured[name] for name, each in loaded.items()},
        "shown": equal and steady and max(p95.values()) < LIMIT_MS,
    }


def describe_loaded(loaded: Loaded) -> dict[str, Any]:
    return {key: value if isinstance(value, bool) else round(value, 2) for key, value in asdict(loaded).items()}


def _in_loop(work: Callable[[Database, int], Awaitable[Any]], url: str, number: int) -> Any:
    """Run ``work`` on the database in this process."""

    async def open_and_work() -> Any:
        database = Database(url)
        try:
            return await work(database, number)
        finally:
            await database.close()

    return asyncio.run(open_and_work())


async def load(database: Database, meetings: int) -> Loaded:
    """Fill the database, work out what is kept, add some meetings one by one, and compare everything."""
    await upgrade(database)
    await history.found(database)
    invented = history.invent(meetings)
    await history.write_meetings(database, islice(invented, min(SMALL, meetings // 2)))
    await _derive(database)
    add_few = await time_additions(database, meetings + 1)
    started = time.perf_counter()
    await history.write_meetings(database, invented)
    written = time.perf_counter()
    _say(f"{database.dialect}: {meetings} meetings written in {written - started:.0f} s")
    await _derive(database)
    derived = time.perf_counter()
    _say(f"{database.dialect}: worked out in {derived - written:.0f} s")
    if database.dialect == "postgresql":
        async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))  # what its autovacuum does within the hour
    add_many = await time_additions(database, meetings + 1 + ADDED)
    began = time.perf_counter()
    async with database.read() as session:
        verified = await facts.verify(session)
    ended = time.perf_counter()
    _say(f"{database.dialect}: compared with the rows in {ended - began:.0f} s")
    return Loaded(written - started, derived - written, ended - began, verified.holds, add_few, add_many)


async def _derive(database: Database) -> None:
    async with database.write() as session:
        await facts.rebuild_facts(session)


async def time_additions(database: Database, first_key: int) -> float:
    """Half of them take no longer than this, in milliseconds: one meeting's rows, its facts, its sums, the commit."""
    taken = []
    for key in range(first_key, first_key + ADDED):
        made = extra(key)
        began = time.perf_counter()
        await history.write_meetings(database, [made])
        async with database.write() as session:
            await facts.refresh_fact(session, key)
        taken.append(time.perf_counter() - began)
    return median(taken) * 1000


def extra(key: int) -> history.Invented:
    """A meeting that is added by itself: twelve units, seven of them online."""
    units = range(history.CONVENERS + 1, history.CONVENERS + 13)
    modes = {unit: Mode.ONLINE if unit % 12 < 7 else Mode.IN_HALL for unit in units}
    kind, planned = MeetingKind.BRIEFING, Form.ONLINE
    return history.Invented(key, date(2024, 5, 6), history.PROVINCE, kind, planned, modes)


def compared_periods() -> list[Period]:
    """Those whose figures are compared with the plain count: of every kind, in both calendars, and all five years."""
    codes = [f"{year}{part}" for year in (2022, 2024, 2026) for part in ("", "H1", "M9", "Q2", "-01", "-07")]
    codes += ["2022-01-01..2026-12-31", "2023-02-03..2025-11-07", "2024-02-29..2024-02-29"]
    return [parse(code, profile) for code in codes for profile in Profile]


def count_plainly(meetings: int) -> list[Any]:
    """The figures of ``compared_periods``, from how the meetings were made: a day's outcomes, then their sum."""
    days: dict[date, Counter[str]] = {}
    everything = [*history.invent(meetings), *(extra(meetings + 1 + number) for number in range(2 * ADDED))]
    for made in everything:
        if made.is_over:
            days.setdefault(made.day, Counter())[history.judge(made)] += 1
    found = []
    for period in compared_periods():
        counts: Counter[str] = Counter()
        for offset in range((period.end - period.start).days + 1):
            counts += days.get(period.start + timedelta(days=offset), Counter())
        eligible = counts["online"] + counts["not_online"] + counts["other_channel"]
        names = ("other_channel", "unattended", "unconfirmed", "relayed")
        excluded = {name.partition(":")[2]: n for name, n in sorted(counts.items()) if name.startswith("excluded:")}
        found.append([counts["online"], eligible, *(counts[name] for name in names), excluded])
    return found


async def measure(database: Database, views: int) -> dict[str, Any]:
    """Whole reports, single figures and lists of meetings, of periods drawn by lot; and the figures to compare."""
    figures = []
    async with database.read() as session:
        for period in compared_periods():
            ratio = (await load_figure(session, PAIR, period, Rule.MAJORITY)).ratio
            counts = [ratio.online, ratio.eligible, ratio.other_channel, ratio.unattended, ratio.unconfirmed]
            figures.append([*counts, ratio.relayed, dict(ratio.excluded)])
    dice = history.make_dice(7)
    return {
        "report": await _time(database, views, lambda session: _view_report(session, dice)),
        "figure": await _time(database, views, lambda session: _view_figure(session, dice)),
        "list": await _time(database, views, lambda session: _view_list(session, dice)),
        "figures": figures,
    }


async def _view_report(session: Any, dice: random.Random) -> None:
    rule = dice.choice(list(Rule))
    await report_ratio(session, LEADER, *PAIR, dice.choice(compared_periods()), now=history.NOW, rule=rule)


async def _view_figure(session: Any, dice: random.Random) -> None:
    await load_figure(session, PAIR, dice.choice(compared_periods()), dice.choice(list(Rule)))


async def _view_list(session: Any, dice: random.Random) -> None:
    which = dice.choice(["all", "eligible", "hybrid", "online", "excluded:disaster", "kind:briefing", "convener:3"])
    unit = dice.choice([None, history.CONVENERS + 7])
    period, page = dice.choice(compared_periods()), dice.choice([1, 2, 9])
    await list_ratio_meetings(session, LEADER, *PAIR, period, wanted=Wanted(which, unit), now=history.NOW, page=page)


async def _time(database: Database, views: int, view: Callable[[Any], Awaitable[None]]) -> dict[str, float]:
    """Each in a session of its own, as a page is."""
    taken = []
    for _ in range(views + 1):
        began = time.perf_counter()
        async with database.read() as session:
            await view(session)
        taken.append((time.perf_counter() - began) * 1000)
    return describe_times(taken[1:])  # the first pays for what every process pays once


def describe_times(taken: Sequence[float]) -> dict[str, float]:
    return {
        "median_ms": round(median(taken), 1),
        "p95_ms": round(quantiles(taken, n=20)[-1], 1),
        "worst_ms": round(max(taken), 1),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr)
