"""What is written is true: settings, commands and the map of the house."""

import re
from pathlib import Path

from typer.main import get_command

from web.__main__ import app
from web.config import Config

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_readme_lists_every_setting() -> None:
    documented = set(re.findall(r"^\| `(GIAOBAN_[A-Z_]+)` \|", README, re.MULTILINE))
    assert documented == {f"GIAOBAN_{name.upper()}" for name in Config.model_fields}


def test_readme_tells_every_default() -> None:
    rows = dict(re.findall(r"^\| `(GIAOBAN_[A-Z_]+)` \| ([^|]*) \|", README, re.MULTILINE))
    for name, field in Config.model_fields.items():
        default = str(field.default)
        assert rows[f"GIAOBAN_{name.upper()}"].strip() == (f"`{default}`" if default else "")


def test_readme_names_every_command() -> None:
    group = get_command(app)
    names = []
    for name, command in sorted(getattr(group, "commands", {}).items()):
        children = getattr(command, "commands", None)
        names += [f"giaoban {name} {child}" for child in sorted(children)] if children else [f"giaoban {name}"]
    assert [name for name in names if name not in README] == []


def test_readme_maps_every_package() -> None:
    for package in ("meetings", "signaling", "transcripts", "web", "tests"):
        assert f"`{package}/`" in README


def test_readme_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
