"""Run every check and test, and close with what could not be run and why.

With ``CI=true`` nothing may be missing. Elsewhere what is missing costs its tests, which are counted and named.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.network.namespaces import find_missing
from tests.node import has_node

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ALONE = ("alone", "network")  # markers of tests that measure time: they have the machine to themselves
CI = os.environ.get("CI", "").lower() == "true"


@dataclass(frozen=True)
class Need:
    """What some tests need beside the package and its development tools."""

    name: str
    remedy: str
    found: bool
    marker: str  # of the pytest tests it costs
    beside: str = ""  # what it costs beside those


def find_needs() -> list[Need]:
    postgres = any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    chromium = any(shutil.which(name) for name in ("chromium", "google-chrome"))
    lacking = find_missing()
    code = ", the type check and the tests of the browser code"
    return [
        Need("Chromium", "apt-get install chromium", chromium, "browser"),
        Need("PostgreSQL", "apt-get install postgresql", postgres, "postgresql"),
        Need("SoftHSM", "apt-get install softhsm2", shutil.which("softhsm2-util") is not None, "token"),
        Need("Dovecot", "apt-get install dovecot-imapd", Path("/usr/sbin/dovecot").exists(), "imap"),
        Need(
            f"network namespaces ({', '.join(lacking)})",
            "apt-get install iproute2 coturn, and run as root",
            not lacking,
            "network",
        ),
        Need("the right to mount", "run as root, with CAP_SYS_ADMIN", may_mount(), "mount"),
        Need("openai-whisper", "pip install '.[openai-whisper]'", find_spec("whisper") is not None, "openai"),
        Need("Node.js with node_modules", "apt-get install nodejs npm, then npm ci", has_node(), "axe", code),
    ]


def may_mount() -> bool:
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


def run(title: str, *argv: str) -> bool:
    """Run one step with its output shown; tell how long it took."""
    print(f"\n== {title}", flush=True)
    started = time.monotonic()
    passed = subprocess.run(argv, cwd=ROOT, check=False).returncode == 0
    print(f"== {title}: {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
    return passed


def count_tests(marker: str) -> str:
    listing = subprocess.run(
        [BIN / "pytest", "--collect-only", "-q", "-m", marker], cwd=ROOT, check=False, capture_output=True, text=True
    ).stdout
    counted = re.search(r"^(\d+)(?:/\d+)? tests? collected", listing, re.MULTILINE)
    return f"{counted[1]} tests" if counted else "an unknown number of tests"


def main() -> int:
    needs = find_needs()
    missing = [need for need in needs if not need.found]
    if CI and missing:
        for need in missing:
            print(f"{need.name} is missing, and with CI=true nothing may be: {need.remedy}")
        return 1
    node = needs[-1].found
    failed = [title for title, argv in steps(node, [need.marker for need in missing]) if not run(title, *argv)]
    for need in missing:
        print(
            f"NOT RUN: {count_tests(need.marker)} of pytest{need.beside}, for want of {need.name}. "
            f"Remedy: {need.remedy}"
        )
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def steps(node: bool, without: list[str]) -> list[tuple[str, list[str]]]:
    python_checks = [
        ("ruff check", [str(BIN / "ruff"), "check", "."]),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
        ("mypy", [str(BIN / "mypy")]),
        ("import contracts", [str(BIN / "lint-imports")]),
    ]
    node_checks = [
        ("tsc", ["npm", "run", "--silent", "check"]),
        ("node tests", ["npm", "test", "--silent"]),
    ]
    return [*python_checks, *(node_checks if node else []), *pytest_steps(without)]


def pytest_steps(without: list[str]) -> list[tuple[str, list[str]]]:
    """What measures no time runs on all processors, each with servers of its own; the rest after it, one by one."""
    kept = "".join(f" and not {marker}" for marker in without)
    alone = " or ".join(ALONE)
    pytest = [str(BIN / "pytest"), "--durations=30", "--durations-min=5"]
    side_by_side = ["-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]
    return [
        ("pytest, side by side", [*pytest, *side_by_side, "-m", f"not ({alone}){kept}"]),
        ("pytest, one by one", [*pytest, "-m", f"({alone}){kept}"]),
    ]


if __name__ == "__main__":
    sys.exit(main())
