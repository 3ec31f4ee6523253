"""The command ``giaoban``: every subcommand stands in its own file under ``web/commands``, read when it is called."""

from collections import UserDict
from collections.abc import Iterator
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

COMMANDS = {  # in the order of the help: a function, or the Typer of several
    "serve": "web.commands.serve:serve",
    "worker": "web.commands.worker:worker",
    "migrate": "web.commands.migrate:migrate",
    "transcribe": "web.commands.transcribe:transcribe",
    "ratio": "web.commands.ratio:show_ratio",
    "rehearse": "web.commands.rehearse:rehearse_meeting",
    "units": "web.commands.units:app",
    "meetings": "web.commands.meetings:app",
    "models": "web.commands.models:app",
    "target": "web.commands.targets:app",
    "user": "web.commands.users:app",
    "turn": "web.commands.turn:app",
    "archive": "web.commands.archive:app",
    "demo": "web.commands.demo:app",
}
USAGE: Any = typer.BadParameter.__base__  # what the parser raises; Typer itself gives it no name


class LateCommands(UserDict[str, Any]):
    """Commands by name. Each is imported when it is asked for: all of them together take seconds."""

    def __getitem__(self, name: str) -> Any:
        part = resolve_name(self.data[name])
        holder = typer.Typer()
        if isinstance(part, typer.Typer):
            holder.add_typer(part, name=name)
        else:
            holder.command(name)(part)
        return get_group(holder).commands[name]


class LateGroup(TyperGroup):
    """The whole command; what is wrong with its arguments is one line, as what is wrong with their values."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = LateCommands(COMMANDS)

    def make_context(self, *args: Any, **more: Any) -> Any:
        with told_in_one_line():
            return super().make_context(*args, **more)

    def invoke(self, *args: Any) -> Any:
        with told_in_one_line():
            return super().invoke(*args)


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """An unknown option, a missing value, a file that is not there: one line on standard error, and exit code 2."""
    try:
        yield
    except USAGE as error:
        message = error.format_message().rstrip(".")
        if not message or "\n" in message:  # no argument at all: the help
            raise
        where = f" (see: {error.ctx.command_path} --help)" if error.ctx else ""
        typer.echo(f"Error: {message}{where}", err=True)
        raise typer.Exit(2) from error


app = typer.Typer(
    name="giaoban",
    cls=LateGroup,
    help="Video meetings, their records, and the share held online.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def describe() -> None:
    """The help stands above: a group that has no command yet needs a callback to be one."""


def main() -> None:
    app()


if __name__ == "__main__":
    main()
