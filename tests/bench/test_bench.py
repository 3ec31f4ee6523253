"""The benches in their short form: they measure what they say, and say when they cannot."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from bench.embedded import Embedded
from bench.forwarding import LOSSLESS, Rig
from bench.room import run_room
from tests.e2e.driving import ROOT

pytestmark = pytest.mark.alone


async def run_bench(*arguments: str, path: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench", *arguments, cwd=ROOT, env={**os.environ, "PATH": path},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_bench_without_its_peer_ends_with_3_and_names_it(tmp_path: Path) -> None:
    code, out, err = await run_bench("forwarding", "--json", path=str(tmp_path))
    assert (code, out) == (3, "")
    assert err == "janus is not installed\n"


async def test_bench_of_another_name_is_refused() -> None:
    code, out, _err = await run_bench("cooking", path=os.environ["PATH"])
    assert (code, out) == (2, "")


async def test_own_engine_loses_nothing_at_a_small_rate() -> None:
    rig = Rig(Embedded("127.0.0.1"), "127.0.0.1", viewers=3, pinned=False)
    try:
        await rig.start()
        window = await rig.measure(0.3, 1.0)
    finally:
        await rig.stop()
    assert window.loss < LOSSLESS
    assert window.is_lossless
    assert window.rate == pytest.approx(3 * 4 * 360 * 0.3, rel=0.2)
    assert window.cpu_us > 0
    assert rig.viewers[0].peer.profile == "SRTP_AEAD_AES_256_GCM"


async def test_small_room_hears_who_speaks_and_refuses_one_more() -> None:
    room = await run_room(8, 6.0, pressing=False)
    assert json.dumps(room)
    assert room["joined"] == 8
    assert room["one_above_the_cap"] == "refused"
    assert 0 <= room["loss"] < 0.5  # how much a busy machine drops is its own affair; a fault of ours drops streams
    assert room["sound_gap_ms"]["count"] > 200
    assert room["cores"]["media"] > 0
