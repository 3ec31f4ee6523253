"""``giaoban meetings import``: bring in the meetings that other systems hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from meetings.errors import MeetingError
from meetings.import_actions import ImportResult, import_meetings, prepare_import
from meetings.import_table import Finding, Line, read_lines
from web.commands.running import LANGUAGE, read_config, refuse, run_with_database, utc_now
from web.database import Database
from web.i18n import translate
from web.table_files import read_table

MOST_WARNINGS = 20  # told one by one: more of them nobody reads

app = typer.Typer(help="Meetings: history and plans from other systems.", no_args_is_help=True)


@app.callback()
def describe() -> None:
    """Meetings: history and plans from other systems."""


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(help="CSV in UTF-8, or XLSX.", exists=True, dir_okay=False, readable=True, metavar="FILE"),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")] = False,
) -> None:
    """Bring in the meetings of a CSV or XLSX file; a code that is known updates that meeting.

    Columns: code, title, kind, convening_unit, start, end, status, planned_form, channel, excluded_reason,
    invited_units, attendance and, where there are such, held_form and relayed_from; the README tells what each takes.

    With a fault in any line nothing is written: every fault is listed and the exit code is 1. Collisions are warnings.
    """
    try:
        lines = read_lines(read_table(file.read_bytes()))
    except MeetingError as error:
        refuse(f"{file}: {translate(error.message, LANGUAGE, **error.values)}")
    result = run_with_database(read_config(), lambda database: bring_in(database, lines, dry_run=dry_run))
    tell(result.warnings[:MOST_WARNINGS], "Warning")
    if len(result.warnings) > MOST_WARNINGS:
        typer.echo(f"Warning: {len(result.warnings) - MOST_WARNINGS} more lines have warnings.", err=True)
    tell(result.faults, "Error")
    if result.faults:
        typer.echo(f"Nothing was written: {len(result.faults)} errors.", err=True)
        raise typer.Exit(1)
    verb = "would be " if dry_run else ""
    unchanged = f", {result.unchanged} unchanged" if result.unchanged else ""
    typer.echo(f"{result.added} meetings {verb}added, {result.updated} {verb}updated{unchanged}.")


async def bring_in(database: Database, lines: Sequence[Line], *, dry_run: bool) -> ImportResult:
    """Judged first, then written in one transaction, with a progress bar where somebody watches."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Meetings", total=len(lines))
        async with database.read() as session:
            prepared = await prepare_import(session, None, lines, utc_now())
        if dry_run or prepared.result.faults:
            return prepared.result
        async with database.write() as session:
            return await import_meetings(
                session,
                None,
                prepared,
                utc_now(),
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )


def tell(findings: Sequence[Finding], what: str) -> None:
    for each in findings:
        text = translate(each.message, LANGUAGE, line=each.line, **each.values)
        typer.echo(f"{what}: {text}", err=True)
