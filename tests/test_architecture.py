"""Rules of the house that no linter knows."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bench", "meetings", "signaling", "transcripts", "web")
SOURCES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "versions" not in path.parts  # a migration is as long as its tables
]
SCRIPTS = [path for path in sorted((ROOT / "web/static/js").rglob("*.js")) if "vendor" not in path.parts]
LONGEST_FILE, LONGEST_FUNCTION = 400, 50


def core_files() -> list[Path]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    core = next(contract for contract in contracts if contract["name"] == "the core does no I/O")
    return [ROOT / (module.replace(".", "/") + ".py") for module in core["source_modules"]]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", [*SOURCES, *SCRIPTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_file_is_not_a_monster(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_function_is_not_a_monster(path: Path) -> None:
    long = [f.name for f in functions(path) if (f.end_lineno or f.lineno) - f.lineno + 1 > LONGEST_FUNCTION]
    assert long == []


@pytest.mark.parametrize("path", core_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_core_never_awaits(path: Path) -> None:
    assert [f.name for f in functions(path) if isinstance(f, ast.AsyncFunctionDef)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_suppressed_check_states_its_reason(path: Path) -> None:
    bare = [
        line
        for line in path.read_text().splitlines()
        if re.search(r"#\s*(noqa|type:\s*ignore)", line)
        and not re.search(r"(noqa: \w+|ignore\[[\w, -]+\])\S*\s+\S", line)
    ]
    assert bare == []


def test_environment_is_read_in_one_place() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text())
        and path != ROOT / "web/config.py"
        and path.parts[len(ROOT.parts)] != "bench"  # which hands its own to the servers that it starts
    ]
    assert readers == []


def test_names_say_what_a_file_is_for() -> None:
    forbidden = {"utils", "helpers", "common", "misc"}
    assert [str(path) for path in [*SOURCES, *SCRIPTS] if path.stem in forbidden] == []


def test_clock_is_read_only_at_the_edge() -> None:
    """``now`` is an argument but in ``web``, the benches and the processes that signaling and transcripts start."""
    allowed = {ROOT / "signaling/media.py", ROOT / "signaling/recorder.py", ROOT / "transcripts/worker.py"}
    readers = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.parts[len(ROOT.parts)] not in ("bench", "web")
        and path not in allowed
        and "datetime.now" in path.read_text()
    ]
    assert readers == []
