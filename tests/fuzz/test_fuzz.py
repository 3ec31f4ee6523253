"""Every fuzzer for a moment, beginning with what once broke something. ``make fuzz`` gives each of them longer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

INPUTS = 20_000  # of all targets together


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_from_the_network_breaks(name: str) -> None:
    pytest.importorskip("atheris")
    script = Path(__file__).parent / "run.py"
    runs = INPUTS // len(TARGETS)
    done = subprocess.run(
        [sys.executable, script, name, f"-runs={runs}", "-seed=1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"Done {runs} runs" in done.stderr
