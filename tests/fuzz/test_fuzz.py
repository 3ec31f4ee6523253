"""Every fuzzer for a moment, beginning with what once broke something. ``make fuzz`` gives each of them longer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
INPUTS = 20_000  # of all targets together


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_from_the_network_breaks(name: str) -> None:
    pytest.importorskip("atheris")
    runs = INPUTS // len(TARGETS)
    command = [sys.executable, "-m", "tests.fuzz.run", name, f"-runs={runs}", "-seed=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"Done {runs} runs" in done.stderr
