"""The command ``giaoban``: every subcommand stands in its own file under ``web/commands``."""

import typer

from web.commands import archive, demo, meetings, models, targets, turn, units, users
from web.commands.migrate import migrate
from web.commands.ratio import show_ratio
from web.commands.rehearse import rehearse_meeting
from web.commands.serve import serve
from web.commands.transcribe import transcribe
from web.commands.worker import worker

app = typer.Typer(
    name="giaoban",
    help="Video meetings, their records, and the share held online.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(worker)
app.command()(migrate)
app.command()(transcribe)
app.command("ratio")(show_ratio)
app.command("rehearse")(rehearse_meeting)
app.add_typer(units.app, name="units")
app.add_typer(meetings.app, name="meetings")
app.add_typer(models.app, name="models")
app.add_typer(targets.app, name="target")
app.add_typer(users.app, name="user")
app.add_typer(turn.app, name="turn")
app.add_typer(archive.app, name="archive")
app.add_typer(demo.app, name="demo")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
