import logging

import pytest

from web.rounds import run_steps


async def test_step_that_fails_keeps_no_other_from_its_turn(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    async def fail() -> None:
        done.append("failed")
        raise OSError("no disk")

    async def succeed() -> None:
        done.append("succeeded")

    with caplog.at_level(logging.ERROR):
        await run_steps([fail, succeed, fail, succeed])
    assert done == ["failed", "succeeded"] * 2
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["no disk"] * 2
