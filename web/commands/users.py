"""``giaoban user add`` and ``giaoban user reset``: accounts from the command line."""

import sys
from typing import Annotated

import typer
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.account_actions import AccountDraft, add_account, check_username, reset_password
from meetings.errors import MeetingError
from meetings.models import Role, Site, Unit, UnitKind, UnitName
from meetings.org_tree import OrgTree
from meetings.people_store import load_tree
from meetings.periods import local_day
from web.auth import hash_password, new_password, normal_username, require_good_password
from web.commands.running import LANGUAGE, read_config, refuse, run_with_database, utc_now
from web.database import Database
from web.i18n import translate

FIRST_UNIT = "Quản trị hệ thống"

app = typer.Typer(help="Accounts.", no_args_is_help=True)


@app.callback()
def describe() -> None:
    """Accounts."""


Username = Annotated[str, typer.Argument(help="The name to sign in with.", show_default=False)]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")]


@app.command("add")
def add(
    username: Username,
    role: Annotated[list[Role], typer.Option("--role", help="A role; may be given several times.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="The person's full name.")] = "",
    unit: Annotated[
        str, typer.Option("--unit", help="The person's unit: its GSO code or its name. Left out: the province.")
    ] = "",
    site: Annotated[
        str, typer.Option("--site", help="Instead of a person: the name of the site whose account it is.")
    ] = "",
    position: Annotated[str, typer.Option("--position", help="The person's position.")] = "",
    password_stdin: FromStdin = False,
) -> None:
    """Make an account for a person, or for a site.

    The password is asked for on the terminal; an empty answer, or no terminal, makes one, prints it once and asks for a
    new one at the first sign-in. The first administrator: giaoban user add admin --name "…" --role administrator
    """
    config, username = read_config(), normal_username(username)
    refuse_username(username)
    password, made = take_password(username, password_stdin)

    async def work(database: Database) -> None:
        password_hash = await hash_password(password)
        async with database.write() as session:
            unit_id, site_id = await find_owner(session, unit, site)
            draft = AccountDraft(
                username=username,
                roles=role,
                full_name=name,
                unit_id=unit_id,
                site_id=site_id,
                position=position,
                must_change_password=made,
            )
            await add_account(session, None, draft, password_hash, utc_now())

    run_with_database(config, work)
    typer.echo(f"Account {username} made.")
    tell_password(password, made)


@app.command("reset")
def reset(username: Username, password_stdin: FromStdin = False) -> None:
    """Give an account a new password, unlock it and end its sessions.

    The password is asked for on the terminal; an empty answer, or no terminal, makes one, prints it once and asks for a
    new one at the next sign-in.
    """
    config, username = read_config(), normal_username(username)
    password, made = take_password(username, password_stdin)

    async def work(database: Database) -> None:
        password_hash = await hash_password(password)
        async with database.write() as session:
            await reset_password(session, None, username, password_hash, utc_now(), must_change=made)

    run_with_database(config, work)
    typer.echo(f"Account {username} has a new password.")
    tell_password(password, made)


def refuse_username(username: str) -> None:
    try:
        check_username(username)
    except MeetingError as error:
        refuse(translate(error.message, LANGUAGE, **error.values))


def take_password(username: str, from_stdin: bool) -> tuple[str, bool]:
    """The password, and whether it was made up here. One that is too easy is refused."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            refuse("no password on standard input")
    elif sys.stdin.isatty():
        password = typer.prompt("Password (empty: make one)", default="", hide_input=True, show_default=False)
        if password and typer.prompt("Once more", default="", hide_input=True, show_default=False) != password:
            refuse("the two passwords differ")
    else:
        password = ""
    if not password:
        return new_password(), True
    try:
        require_good_password(password, username)
    except MeetingError as error:
        refuse(translate(error.message, LANGUAGE, **error.values))
    return password, False


def tell_password(password: str, made: bool) -> None:
    if made:
        typer.echo(f"Password: {password}\nIt is shown only this once and must be changed at the next sign-in.")


async def find_owner(session: AsyncSession, unit: str, site: str) -> tuple[int | None, int | None]:
    """The unit's key or the site's: exactly one. Exit 2 when it cannot be found, or is not the only one."""
    if site and unit:
        refuse("an account is of a person in a unit or of a site: give --unit or --site, not both")
    if site:
        sites = (await session.exec(select(Site).where(Site.name == site))).all()
        if len(sites) != 1:
            refuse(f"there is no site called {site}" if not sites else f"there are {len(sites)} sites called {site}")
        return None, sites[0].id
    tree = await load_tree(session, local_day(utc_now()))
    if not unit:
        return await find_top_unit(session, tree), None
    found = [view for view in tree if unit in (view.name, view.codes.get("gso"), str(view.organ))]
    if len(found) != 1:
        refuse(f"there is no unit {unit} today" if not found else f"there are {len(found)} units {unit}: give its code")
    return found[0].id, None


async def find_top_unit(session: AsyncSession, tree: OrgTree) -> int:
    """The province; before any unit is known, a unit for the first administrator alone."""
    top = [unit for unit in tree.roots if unit.level] or tree.roots
    if len(top) == 1:
        return top[0].id
    if top:
        refuse("there are several units on top: say which with --unit")
    row = Unit(kind=UnitKind.OFFICE)
    session.add(row)
    await session.flush()
    session.add(UnitName(unit_id=row.id or 0, name=FIRST_UNIT))
    await session.flush()
    return row.id or 0
