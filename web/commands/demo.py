"""``giaoban demo``: the demo data come and go."""

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import select

from meetings.models import Account
from web.auth import hash_password
from web.commands.running import read_config, refuse, run_with_database, utc_now
from web.config import Config
from web.database import Database
from web.demo.load import load_demo
from web.demo.people import ACCOUNTS, PASSWORD
from web.demo.remove import Removed, delete_files, remove_demo
from web.demo.units import is_loaded

app = typer.Typer(help="Demo data: load, remove.", no_args_is_help=True)


@app.command("load")
def load() -> None:
    """Load the demo: the units of Lâm Đồng, invented people, past and coming meetings, one recorded meeting.

    Everything is marked as demo and goes again with `giaoban demo remove`. The accounts and their password are printed.
    """
    config = read_config()
    with Console(stderr=True).status("Loading the demo"):
        run_with_database(config, lambda database: load_into(database, config))
    tell_accounts()


@app.command("remove")
def remove() -> None:
    """Remove the demo data and what hangs on them, and nothing else. The audit log keeps its entries."""
    config = read_config()
    removed = run_with_database(config, lambda database: remove_from(database, config))
    typer.echo(f"{removed.meetings} meetings, {removed.accounts} accounts, {removed.units} units removed.")
    if removed.kept_units:
        typer.echo(f"{removed.kept_units} units stay, for real people or meetings use them; they are no longer demo.")


def load_if_empty(config: Config) -> bool:
    """Load the demo into a database without any account; whether it was. Not to be called in an event loop."""

    async def work(database: Database) -> bool:
        async with database.read() as session:
            if (await session.exec(select(Account.id).limit(1))).first() is not None:
                return False
        await load_into(database, config)
        return True

    return run_with_database(config, work)


async def load_into(database: Database, config: Config) -> None:
    password_hash = await hash_password(PASSWORD)
    async with database.write() as session:
        if await is_loaded(session):
            refuse("the demo is loaded already; remove it first: giaoban demo remove")
        await load_demo(session, password_hash, config.data_dir, utc_now())


async def remove_from(database: Database, config: Config) -> Removed:
    async with database.write() as session:
        removed, files = await remove_demo(session, config.data_dir, utc_now())
    delete_files(files)
    return removed


def tell_accounts() -> None:
    """Print the demo's accounts and their password."""
    table = Table("account", "name", "for", box=None)
    for account in ACCOUNTS:
        table.add_row(account.username, account.name or account.site, account.what)
    console = Console()
    console.print(table)
    console.print(f"Demo password of all of them: {PASSWORD}")
