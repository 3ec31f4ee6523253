"""Every fuzzer for a moment, beginning with what once broke something. ``make fuzz`` gives each of them longer."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from signaling.errors import ProtocolError
from signaling.protocol import REQUEST_TYPES, decode_request
from tests.fuzz.messages import change_meeting, change_message
from tests.fuzz.targets import SEEDS, TARGETS

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


def test_changed_messages_are_of_every_type_and_wrong_in_many_ways() -> None:
    understood, refused = set(), set()
    for seed in range(5000):
        try:
            understood.add(decode_request(change_message(SEEDS["protocol"][0], Random(seed))).type)
        except ProtocolError as error:
            refused.add(str(error))
    assert understood == REQUEST_TYPES
    assert len(refused) > 100


def test_changed_meetings_still_say_something() -> None:
    data, understood = SEEDS["room"][0], 0
    for seed in range(200):
        data = change_meeting(data, Random(seed))
    for line in data.split(b"\n"):
        with suppress(ProtocolError):
            decode_request(line[1:])
            understood += 1
    assert understood > 10
