"""``giaoban target set`` and ``giaoban target list``: the target that the share held online is compared with."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import col, select

from meetings.actions import TargetDraft, set_target
from meetings.models import Target
from web.commands.running import read_config, refuse, run_with_database, utc_now
from web.database import Database

app = typer.Typer(help="Targets of the share held online.", no_args_is_help=True)


@app.callback()
def describe() -> None:
    """Targets of the share held online."""


@app.command("set")
def set_one(
    upper: Annotated[str, typer.Argument(help="The upper level, such as province.", show_default=False)],
    lower: Annotated[str, typer.Argument(help="The lower level, such as commune.", show_default=False)],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.", show_default=False)],
    above: Annotated[float | None, typer.Option("--above", help="Per cent that must be exceeded: > 80.")] = None,
    at_least: Annotated[float | None, typer.Option("--at-least", help="Per cent that must be reached: >= 80.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")] = None,
    basis: Annotated[str, typer.Option("--basis", help="The document that set it.")] = "",
) -> None:
    """Set the target of a pair of levels from a day on; an open one before it ends on the day before.

    giaoban target set province commune --above 80 --from 2026-01-01 --basis "Kế hoạch …"
    """
    if (above is None) == (at_least is None):
        refuse("give either --above or --at-least")
    operator, value = (">", above) if above is not None else (">=", at_least)
    draft = TargetDraft(upper, lower, operator, value or 0.0, since.date(), until.date() if until else None, basis)

    async def work(database: Database) -> None:
        async with database.write() as session:
            await set_target(session, None, draft, utc_now())

    run_with_database(read_config(), work)
    typer.echo(f"{upper} -> {lower}: {operator} {draft.value:g} % from {draft.valid_from}.")


@app.command("list")
def list_all() -> None:
    """List the targets, the newest first."""

    async def work(database: Database) -> list[Target]:
        async with database.read() as session:
            return list((await session.exec(select(Target).order_by(col(Target.valid_from).desc()))).all())

    table = Table("levels", "target", "from", "to", "basis", box=None)
    for target in run_with_database(read_config(), work):
        table.add_row(
            f"{target.upper_level} -> {target.lower_level}",
            f"{target.operator} {target.value:g} %",
            str(target.valid_from),
            str(target.valid_to or ""),
            target.basis,
        )
    Console().print(table)
