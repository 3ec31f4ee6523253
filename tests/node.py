"""Scripts of the tests for Node.js, with the packages of node_modules."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def has_node() -> bool:
    found = all(shutil.which(name) for name in ("node", "npm"))
    return found and (ROOT / "node_modules/.package-lock.json").exists()


def run_script(script: Path, *arguments: Path, given: str = "") -> str:
    """What the script prints. Without Node.js the test ends here, skipped."""
    if not has_node():
        pytest.skip("no Node.js with node_modules (apt-get install nodejs npm, then npm ci)")
    run = subprocess.run(["node", script, *arguments], input=given, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout
