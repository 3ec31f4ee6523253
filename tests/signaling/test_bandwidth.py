"""The estimate against a model of a browser on a link: REMB as Chromium gives it, loss where the link is full."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.bandwidth import LEAST, MOST, START, Bandwidth

STEP = 0.2


class Browser:
    """A receiver's estimate as Chromium makes it, at the end of a link whose queue is short: none without pictures."""

    def __init__(self) -> None:
        self.estimate = 300_000.0

    def receive(self, sent: float, capacity: float) -> tuple[int, float]:
        """The estimate and the share lost."""
        if not sent:
            return int(self.estimate), 0.0
        through = min(sent, capacity)
        if sent > capacity:
            self.estimate = min(self.estimate, 0.85 * capacity)
        else:
            most = max(self.estimate, 1.5 * through + 10_000)
            self.estimate = min(self.estimate * 1.08**STEP, most)
        return int(self.estimate), 1 - through / sent


def play(
    bandwidth: Bandwidth, browser: Browser, capacity: float, seconds: float, start: float = 0.0, choices: bool = False
) -> list[float]:
    """Send all that is allowed over a link of ``capacity`` bit/s; what was sent in each step.

    ``choices``: only what three layers of a picture need can be sent or nothing, no rate between.
    """
    series = []
    for step in range(int(seconds / STEP)):
        now = start + step * STEP
        sent = float(bandwidth.target(now))
        if choices:
            sent = max(rate for rate in (0, 150_000, 500_000, 1_500_000) if rate <= sent)
        bandwidth.note_sent(int(sent * STEP / 8), now)
        estimate, lost = browser.receive(sent, capacity)
        bandwidth.note_estimate(estimate, now)
        if step % 5 == 0:
            bandwidth.note_loss(lost, now)
        series.append(sent)
    return series


@pytest.mark.parametrize("capacity", [120_000, 400_000, 1_000_000, 3_000_000])
def test_rate_comes_near_the_link_and_stays_under_it(capacity: int) -> None:
    series = play(Bandwidth(), Browser(), capacity, 120)
    settled = series[len(series) // 4 :]
    assert sum(settled) / len(settled) > 0.6 * capacity
    assert sum(one > capacity for one in settled) / len(settled) < 0.15


def test_rate_grows_though_the_estimate_follows_what_is_sent() -> None:
    bandwidth, browser = Bandwidth(), Browser()
    play(bandwidth, browser, 300_000, 20)
    later = play(bandwidth, browser, 5_000_000, 90, start=20)
    assert max(later) > 1_500_000


@pytest.mark.parametrize(("capacity", "rate"), [(300_000, 150_000), (900_000, 500_000), (4_000_000, 1_500_000)])
def test_rate_that_goes_in_steps_finds_the_highest_that_the_link_carries(capacity: int, rate: int) -> None:
    bandwidth, browser = Bandwidth(), Browser()
    play(bandwidth, browser, 120_000, 20, choices=True)
    later = play(bandwidth, browser, capacity, 180, start=20, choices=True)
    settled = later[len(later) // 2 :]
    assert sum(one == rate for one in settled) / len(settled) > 0.85


def test_failed_attempts_come_ever_more_seldom() -> None:
    series = play(Bandwidth(), Browser(), 300_000, 240)
    half = len(series) // 2
    first, second = (sum(one > 300_000 for one in part) for part in (series[:half], series[half:]))
    assert second < first


def test_little_loss_on_a_wide_link_costs_nothing() -> None:
    bandwidth, chance = Bandwidth(), random.Random(1)
    for step in range(1800 * 5):
        now = step * STEP
        sent = min(900_000, bandwidth.target(now))
        bandwidth.note_sent(int(sent * STEP / 8), now)
        bandwidth.note_estimate(int(1.5 * sent), now)
        if step % 5 == 0:
            bandwidth.note_loss(sum(chance.random() < 0.01 for _ in range(100)) / 100, now)
        assert bandwidth.target(now) >= 900_000


def test_loss_that_does_not_come_from_sending_too_much_keeps_no_picture_away() -> None:
    bandwidth, browser = Bandwidth(), Browser()
    for _ in range(3):
        bandwidth.note_loss(0.5, 0)
    assert bandwidth.target(0) < 400_000
    for step in range(int(60 / STEP)):
        now = step * STEP
        sent = 150_000.0 if bandwidth.target(now) >= 150_000 else 0.0
        bandwidth.note_sent(int(sent * STEP / 8), now)
        bandwidth.note_estimate(browser.receive(sent, 5_000_000)[0], now)
        if step % 5 == 0:
            bandwidth.note_loss(0.06, now)
    assert sent == 150_000


@pytest.mark.parametrize("seconds", [5, 20, 60, 300])
def test_pictures_come_back_soon_after_the_machine_was_too_busy(seconds: int) -> None:
    """The estimate stays where the last picture left it, below what sound alone takes."""
    bandwidth, browser = Bandwidth(), Browser()
    play(bandwidth, browser, 5_000_000, 20, choices=True)
    busy = play(bandwidth, browser, 30_000, seconds, start=20, choices=True)
    assert busy[-1] == 0
    assert browser.estimate < 30_000
    after = play(bandwidth, browser, 5_000_000, 60, start=20 + seconds, choices=True)
    assert any(after[: int(13 / STEP)])
    assert after[int(20 / STEP) :].count(0) == 0
    assert after[-1] == 1_500_000


def test_link_without_room_for_pictures_is_left_in_peace_for_most_of_the_time() -> None:
    series = play(Bandwidth(), Browser(), 100_000, 300, choices=True)
    assert sum(one > 0 for one in series[len(series) // 4 :]) / len(series) < 0.2


def test_what_the_viewer_asks_for_is_the_limit() -> None:
    bandwidth = Bandwidth()
    bandwidth.limit(64_000)
    assert bandwidth.target(0) == 64_000
    bandwidth.limit(None)
    assert bandwidth.target(0) == START


@given(
    st.lists(
        st.tuples(
            st.floats(0, 30),
            st.one_of(
                st.tuples(st.just("estimate"), st.integers(0, 2**40)),
                st.tuples(st.just("loss"), st.floats(0, 1)),
                st.tuples(st.just("sent"), st.integers(0, 10_000_000)),
            ),
        ),
        max_size=60,
    )
)
def test_target_stays_within_bounds_whatever_is_told(events: list[tuple[float, tuple[str, float]]]) -> None:
    bandwidth, now = Bandwidth(), 0.0
    for pause, (kind, value) in events:
        now += pause
        if kind == "estimate":
            bandwidth.note_estimate(int(value), now)
        elif kind == "loss":
            bandwidth.note_loss(value, now)
        else:
            bandwidth.note_sent(int(value), now)
        assert LEAST <= bandwidth.target(now) <= MOST
