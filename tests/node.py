"""Node.js with the packages of node_modules, and a second reader of calendars that runs in it."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
READER = ROOT / "tests" / "js" / "read-calendars.js"


def has_node() -> bool:
    found = all(shutil.which(name) for name in ("node", "npm"))
    return found and (ROOT / "node_modules/.package-lock.json").exists()


def read_calendars(texts: Iterable[str]) -> list[Any]:
    """What ical.js makes of each, as ``read-calendars.js`` says. Without Node.js the test ends here, skipped."""
    if not has_node():
        pytest.skip("no Node.js with node_modules (apt-get install nodejs npm, then npm ci)")
    given = "".join(json.dumps(text) + "\n" for text in texts)
    run = subprocess.run(["node", READER], input=given, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]
