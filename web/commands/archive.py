"""``giaoban archive``: looks at packages of meeting files, without a database and without settings."""

from pathlib import Path
from typing import Annotated

import typer

from transcripts.archive.verifying import verify_package

app = typer.Typer(name="archive", help="Packages of meeting files.", no_args_is_help=True)


@app.callback()
def archive() -> None:
    """Packages of meeting files."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The ZIP that the page of a meeting file gave.", show_default=False)],
    seal: Annotated[
        str, typer.Option(help="The seal noted when it was made: then nothing could have been remade.")
    ] = "",
    head: Annotated[
        str, typer.Option(help="The last hash of the chain, as the page of the meeting file shows it.")
    ] = "",
) -> None:
    """Check every hash and the chain of a meeting file: 0 when all holds, 1 and what is wrong when not.

    Works anywhere and offline, reads only, unpacks nothing to disk. Without --seal it finds every change that was not
    made with care; with it, every change.
    """
    report = verify_package(file, seal, head)
    for fault in report.faults:
        typer.echo(show(fault.text), err=True)
    if report.title:
        typer.echo(show(f"Hồ sơ {report.code}: {report.title}"))
        typer.echo(f"{report.items} mục, trong đó {report.left_out} bản ghi âm không kèm tệp")
        typer.echo(f"Mã cuối chuỗi: {report.head}\nDấu niêm phong: {report.seal}")
    typer.echo(
        "Gói nguyên vẹn: không tệp nào bị thiếu, thêm, sửa hoặc đổi chỗ." if report.holds else "Gói KHÔNG nguyên vẹn."
    )
    raise typer.Exit(0 if report.holds else 1)


def show(text: str) -> str:
    """Fit for a terminal, whatever the package says."""
    shown = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
    return shown.encode("utf-8", "backslashreplace").decode()
