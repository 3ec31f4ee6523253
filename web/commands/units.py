"""``giaoban units import``: bring in a table of units."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from meetings.errors import MeetingError
from meetings.unit_actions import ImportReport, import_units
from meetings.unit_table import UnitLine, parse_units
from web.commands.distances import import_distances
from web.commands.running import LANGUAGE, read_config, refuse, run_with_database, utc_now
from web.database import Database
from web.i18n import translate

app = typer.Typer(help="Units: provinces, districts, communes.", no_args_is_help=True)


@app.callback()
def describe() -> None:
    """Units: provinces, districts, communes."""


app.command("distances")(import_distances)


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(help="A CSV file in UTF-8.", exists=True, dir_okay=False, readable=True, metavar="FILE.csv"),
    ],
) -> None:
    """Bring in the units of a CSV file; a second time changes nothing.

    Columns: gso_code, name, type, level, province, former_province, valid_from, valid_to, source_or_successor.
    Levels are province, district and commune; types are tinh, thanh_pho, huyen, thi_xa, quan, xa, phuong, thi_tran and
    dac_khu; province is a short code such as LD; dates are YYYY-MM-DD, the first and the last day.

    A unit is known again by its GSO code, or without one by name, level and valid_from. The province is the parent
    of the others. "successor GSO 681" in the last column says into which unit it was merged on the day after valid_to.
    A wrong line is named, and then nothing of the file is kept.
    """
    lines = read_lines(file)
    report = run_with_database(read_config(), lambda database: bring_in(database, lines))
    typer.echo(f"{report.added} units added, {report.updated} updated, {report.unchanged} unchanged.")


def read_lines(file: Path) -> list[UnitLine]:
    try:
        return parse_units(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        refuse(f"{file} is not UTF-8 text (byte {error.start})")
    except MeetingError as error:
        refuse(f"{file}: {translate(error.message, LANGUAGE, **error.values)}")


async def bring_in(database: Database, lines: list[UnitLine], *, is_demo: bool = False) -> ImportReport:
    """Import in one transaction, with a progress bar where somebody watches."""
    steps = iter(track(range(len(lines)), "Units", console=Console(stderr=True), transient=True))
    async with database.write() as session:
        return await import_units(
            session, None, lines, utc_now(), is_demo=is_demo, progress=lambda _done: next(steps, None)
        )
