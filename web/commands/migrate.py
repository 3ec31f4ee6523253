"""``giaoban migrate``: bring the database up to date."""

import typer

from web.commands.running import read_config, run_with_database
from web.migrations import current_revision


def migrate() -> None:
    """Bring the database up to date; make it if there is none.

    The address comes from GIAOBAN_DATABASE_URL (see the README). All steps happen in one transaction: after an error
    the database is as it was. `giaoban serve` does this too when it starts.
    """
    typer.echo(f"The database is up to date (step {run_with_database(read_config(), current_revision)}).")
