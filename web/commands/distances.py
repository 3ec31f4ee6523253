"""``giaoban units distances``: how far units are from the province's seat, for the travel that meeting online saves."""

from pathlib import Path
from typing import Annotated

import typer

from meetings.errors import MeetingError
from meetings.indicator.distances import DistanceLine, read_distances, set_distances
from web.commands.running import LANGUAGE, read_config, refuse, run_with_database, utc_now
from web.database import Database
from web.i18n import translate
from web.table_files import read_table


def import_distances(
    file: Annotated[
        Path,
        typer.Argument(help="CSV in UTF-8, or XLSX.", exists=True, dir_okay=False, readable=True, metavar="FILE"),
    ],
) -> None:
    """Bring in distances: columns unit, km, hours and basis, one way; a second time replaces them.

    A unit is named by any of its codes or by its exact name of today. With a fault in any line nothing is written.
    """
    try:
        lines = read_distances(read_table(file.read_bytes()))
    except MeetingError as error:
        refuse(f"{file}: {translate(error.message, LANGUAGE, **error.values)}")
    count = run_with_database(read_config(), lambda database: bring_in(database, lines))
    typer.echo(f"{count} distances entered.")


async def bring_in(database: Database, lines: list[DistanceLine]) -> int:
    async with database.write() as session:
        return await set_distances(session, None, lines, utc_now())
