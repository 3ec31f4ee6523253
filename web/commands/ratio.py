"""``giaoban ratio``: the share held online, for people and for scripts."""

import json
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from meetings.indicator.figures import Figure, load_figure
from meetings.indicator.report import open_report
from meetings.kinds import Rule
from meetings.periods import Profile
from web.commands.running import read_config, refuse, run_with_database
from web.database import Database

Word = TypeVar("Word", bound=StrEnum)


def show_ratio(
    pair: Annotated[
        str,
        typer.Option(help="The codes of two levels, such as province:district; always needed.", show_default=False),
    ] = "",
    period: Annotated[
        str,
        typer.Option(
            help="2022, 2022Q3, 2022H1, 2022M9, 2022-09, or two days: 2022-01-01..2022-03-31; always needed.",
            show_default=False,
        ),
    ] = "",
    calendar: Annotated[
        str,
        typer.Option(help="Months from the 15th to the 14th, or as the calendar has them.", metavar="reporting|civil"),
    ] = Profile.REPORTING.value,
    rule: Annotated[
        str,
        typer.Option(
            help="Which of the lower units that attended must be connected; as GIAOBAN_RATIO_RULE says: majority.",
            metavar="any|majority|all",
            show_default=False,
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Print the share of meetings held online between two levels in a period.

    giaoban ratio --pair province:district --period 2022 --json
    """
    upper, lower = read_pair(pair)
    if not period:
        refuse("--period is missing: write it as 2022, 2022Q3, 2022H1, 2022M9, 2022-09 or 2022-01-01..2022-03-31")
    profile, asked = read_word("--calendar", calendar, Profile), read_word("--rule", rule, Rule) if rule else None
    config = read_config()
    chosen = asked or config.ratio_rule

    async def work(database: Database) -> Figure:
        async with database.read() as session:
            window = await open_report(session, None, upper, lower, period, profile)
            return await load_figure(session, (upper, lower), window, chosen)

    figure = run_with_database(config, work)
    if as_json:
        typer.echo(json.dumps(describe_figure(pair, figure), ensure_ascii=False))
    else:
        print_figure(pair, figure, chosen)


def read_pair(pair: str) -> tuple[str, str]:
    """The codes of the two levels."""
    if not pair:
        refuse("--pair is missing: the codes of two levels, such as province:district")
    upper, colon, lower = pair.partition(":")
    if not (upper and colon and lower):
        refuse(f"--pair takes the codes of two levels, such as province:district, not {pair}")
    return upper, lower


def read_word(option: str, text: str, words: type[Word]) -> Word:
    """One word of a closed vocabulary; any other is one line and exit code 2."""
    if text not in list(words):
        refuse(f"{option} takes one of {', '.join(words)}, not {text}")
    return words(text)


def describe_figure(pair: str, figure: Figure) -> dict[str, Any]:
    """What scripts get: counts, the unrounded share between 0 and 1, and the target that it is compared with."""
    ratio, target = figure.ratio, figure.target
    return {
        "pair": pair,
        "period": figure.period.code,
        "window": [figure.period.start.isoformat(), figure.period.end.isoformat()],
        "online": ratio.online,
        "eligible": ratio.eligible,
        "ratio": None if ratio.share is None else float(ratio.share),
        "target": None if target is None else {"operator": target.operator, "value": plain(target.value)},
        "met": figure.met,
        "hybrid": ratio.hybrid,
        "other_channel": ratio.other_channel,
        "unattended": ratio.unattended,
        "excluded": dict(ratio.excluded),
    }


def plain(value: float) -> float | int:
    """80 instead of 80.0."""
    return int(value) if value == int(value) else value


def print_figure(pair: str, figure: Figure, rule: Rule) -> None:
    ratio, target, period = figure.ratio, figure.target, figure.period
    met = {True: "met", False: "not met", None: "–"}[figure.met]
    share = "–" if ratio.percent is None else f"{ratio.percent:.4f} %"
    table = Table(box=None, show_header=False)
    table.add_row("pair", pair)
    table.add_row("period", f"{period.code} ({period.start} to {period.end}, {period.profile})")
    table.add_row("rule", rule.value)
    table.add_row("online of eligible", f"{ratio.online}/{ratio.eligible}")
    table.add_row("share", share)
    table.add_row("target", "–" if target is None else f"{target.operator} {target.value:g} % ({met})")
    for name, count in (
        ("hybrid", ratio.hybrid),
        ("over another channel", ratio.other_channel),
        ("declared, not measured", ratio.declared),
        ("no lower unit attended", ratio.unattended),
        ("attendance unconfirmed", ratio.unconfirmed),
        ("relayed from a ministry", ratio.relayed),
        *((f"excluded: {code}", count) for code, count in ratio.excluded.items()),
    ):
        table.add_row(name, str(count))
    Console().print(table)
