"""When work is tried again and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest

from transcripts.jobs import LONGEST_DELAY, MAX_ATTEMPTS, delay_after, judge_failure

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_delay_grows_fourfold_up_to_its_limit() -> None:
    assert [delay_after(attempts).total_seconds() for attempts in (1, 2, 3, 4, 50)] == [10, 40, 160, 600, 600]
    assert delay_after(10**6) == LONGEST_DELAY


def test_delay_before_any_attempt_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        delay_after(0)


def test_failure_is_tried_again_until_the_last_attempt() -> None:
    first = judge_failure(1, NOW, permanent=False)
    assert (first.give_up, first.run_after) == (False, NOW + timedelta(seconds=10))
    assert judge_failure(MAX_ATTEMPTS, NOW, permanent=False).give_up


def test_permanent_failure_is_given_up_at_once() -> None:
    assert judge_failure(1, NOW, permanent=True).give_up
