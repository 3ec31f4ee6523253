"""``giaoban rehearse``: synthetic sites join a meeting of a running server, and what they saw is told."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from yarl import URL

from signaling.synthetic_frames import RecordingUnreadable
from web.commands.running import refuse
from web.rehearsal.course import Plan, rehearse
from web.rehearsal.door import NoEntry
from web.rehearsal.report import draw

EXIT_NOT_GOOD, EXIT_NO_ENTRY = 1, 4


Url = Annotated[
    str,
    typer.Argument(
        metavar="URL",
        help="Address of the meeting, such as https://hop.example.vn/meetings/abc, or of a guest link of it.",
        show_default=False,
    ),
]
Sites = Annotated[int, typer.Option("--sites", min=1, max=1000, help="How many sites come.")]
Seconds = Annotated[float, typer.Option("--seconds", min=1, max=86_400, help="How long they stay.")]
Video = Annotated[bool, typer.Option("--video/--no-video", help="Whether the first of them show a picture.")]
Cameras = Annotated[int, typer.Option("--cameras", min=0, help="How many show one.")]
Loss = Annotated[
    float, typer.Option("--loss", min=0, max=50, help="Per cent of packets that their link loses, each way.")
]
Drop = Annotated[bool, typer.Option("--drop", help="Cut all connections of the room once, half way; they come back.")]
Pace = Annotated[float, typer.Option("--pace", min=0.1, max=100, help="How many come in a second.")]
User = Annotated[
    str,
    typer.Option(
        "--user",
        help="Account that lets the sites in from the lobby. A secretary's also makes (and revokes) the guest links "
        "that they come by; for a technician's give one with --link.",
    ),
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the account's password from standard input, one line.")
]
Link = Annotated[str, typer.Option("--link", help="Guest link that the sites come by.")]
Media = Annotated[
    Path | None, typer.Option("--media", help="A recording with sound and picture to send; left out: a generated one.")
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Accept a certificate that nobody vouches for, as in a trial.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]


def rehearse_meeting(
    url: Url,
    sites: Sites = 10,
    seconds: Seconds = 30,
    video: Video = True,
    cameras: Cameras = 4,
    loss: Loss = 0,
    drop: Drop = False,
    pace: Pace = 4,
    user: User = "",
    password_stdin: FromStdin = False,
    link: Link = "",
    media: Media = None,
    insecure: Insecure = False,
    as_json: AsJson = False,
) -> None:
    """Try out a server before a big meeting: synthetic sites join, speak, show, listen, and count what arrives.

    The sites come as guests called "Điểm cầu thử 1" and so on, through the same checks as everybody; they have no unit,
    so attendance of units is not touched. Guests may come from 15 minutes before a meeting: book one for the trial.

    Exit codes: 0 everybody came in and received something; 1 not everybody did; 2 wrong arguments; 4 the server does
    not answer, or lets nobody in this way.
    """
    plan = Plan(
        url=read_url(url),
        sites=sites,
        seconds=seconds,
        cameras=min(cameras, sites) if video else 0,
        loss=loss / 100,
        drop=drop,
        pace=pace,
        user=user,
        password=read_password(user, password_stdin) if user else "",
        recording=media,
        link=link,
        insecure=insecure,
    )
    carry_out(plan, as_json)


def carry_out(plan: Plan, as_json: bool) -> None:
    """Rehearse, print what was found, and end with the code that says how it went."""
    progress = Console(stderr=True, quiet=as_json)
    try:
        report = asyncio.run(rehearse(plan, progress.print))
    except NoEntry as error:
        typer.echo(f"giaoban rehearse: {error}", err=True)
        raise typer.Exit(EXIT_NO_ENTRY) from None
    except RecordingUnreadable as error:
        refuse(str(error))
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        Console().print(draw(report, plan.loss))
    if not report.passed:
        raise typer.Exit(EXIT_NOT_GOOD)


def read_url(text: str) -> URL:
    url = URL(text)
    if url.scheme not in ("http", "https") or not url.host:
        refuse(f"{text} is no address of a server: it begins with http:// or https://")
    return url


def read_password(user: str, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        refuse("there is no terminal to ask for the password on; use --password-stdin")
    return str(typer.prompt(f"Password of {user}", hide_input=True, err=True))
