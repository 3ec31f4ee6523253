"""Decisions about streams, with time as a number."""

from signaling.quality import Allowance, KeyFrameRequests, Losses, Meter, Reception, SenderClock, choose_upload


def test_key_frame_is_asked_for_at_once_but_not_often() -> None:
    requests = KeyFrameRequests()
    assert requests.ask(10.0)
    assert not requests.ask(10.1)
    assert not requests.is_due(10.4)
    assert requests.is_due(10.5)  # no answer came
    requests.settle()
    assert not requests.is_due(20.0)
    assert requests.ask(20.0)


def test_allowance_bounds_a_burst_and_refills() -> None:
    allowance = Allowance(10)
    assert sum(allowance.take(0.0) for _ in range(30)) == 10
    assert sum(allowance.take(0.5) for _ in range(30)) == 5


def test_missing_packet_is_asked_for_until_it_comes() -> None:
    losses = Losses()
    for number in (10, 11, 14):
        losses.note_received(number, 1.0)
    assert losses.list_due(1.0) == []  # it may only be late
    assert losses.list_due(1.02) == [12, 13]
    assert losses.list_due(1.05) == []
    losses.note_received(12, 1.06)
    assert losses.list_due(1.13) == [13]
    assert losses.list_due(2.5) == []
    assert losses.gave_up


def test_far_publisher_is_not_asked_again_before_it_can_have_answered() -> None:
    losses, now = Losses(), 1.0
    for number in range(0, 60, 2):  # every other one is lost; it comes 300 ms after it was asked for
        losses.note_received(number, now)
        for late in losses.list_due(now + 0.02):
            losses.note_received(late, now + 0.32)
        now += 0.5
    losses.note_received(60, now)
    assert losses.list_due(now + 0.02) == [59]
    assert losses.list_due(now + 0.3) == []
    assert losses.list_due(now + 0.6) == [59]


def test_long_gap_asks_for_a_key_frame_instead() -> None:
    losses = Losses(limit=50)
    losses.note_received(1, 1.0)
    losses.note_received(100, 1.0)
    assert losses.gave_up
    assert losses.list_due(1.1) == []


def test_forgotten_losses_are_not_asked_for() -> None:
    losses = Losses()
    losses.note_received(1, 1.0)
    losses.note_received(3, 1.0)
    losses.forget()
    losses.note_received(60000, 1.0)
    assert losses.list_due(1.5) == []


def test_reception_counts_what_is_missing_in_each_interval() -> None:
    reception = Reception(90000)
    for number in (1, 2, 4, 5, 6, 7, 8, 10):
        reception.note_received(number, number * 3000, number / 30)
    fraction, lost, highest, jitter, last, delay = reception.take_block(1.0)
    assert (fraction, lost, highest, jitter, last, delay) == (51, 2, 10, 0, 0, 0)
    reception.note_received(9, 27000, 0.35)
    reception.note_sender_report(0x0000_AAAA_BBBB_0000, 1.5)
    fraction, lost, _, jitter, last, delay = reception.take_block(2.0)
    assert (fraction, lost) == (0, 1)
    assert jitter > 0
    assert (last, delay) == (0xAAAABBBB, 32768)


def test_reception_of_nothing_reports_nothing() -> None:
    assert Reception(48000).take_block(1.0) == (0, 0, 0, 0, 0, 0)


def test_jump_of_the_clock_is_no_jitter() -> None:
    reception = Reception(48000)
    reception.note_received(1, 0, 0.0)
    reception.note_received(2, 1 << 31, 0.02)
    assert reception.take_block(1.0)[3] == 0


def test_upload_is_the_sum_of_the_sources() -> None:
    assert choose_upload(["microphone", "camera"]) == 1_596_000
    assert choose_upload([]) == 0


def test_clock_of_a_publisher_is_that_of_its_quickest_report() -> None:
    clock = SenderClock()
    for second, delay in enumerate((0.08, 0.03, 0.2)):
        clock.note(second << 32, 100.0 + second + delay)
    assert clock.read(5 << 32) == 105.03
    clock.note(9000 << 32, 103.0)  # it was set
    assert clock.read(9001 << 32) == 104.0


def test_bit_rate_rises_at_once_and_falls_slowly() -> None:
    meter = Meter()
    meter.read(0, 0.0)
    assert meter.bitrate is None
    meter.read(50_000, 0.5)
    assert meter.bitrate == 800_000
    meter.read(50_000, 0.6)  # too soon
    meter.read(50_000, 1.0)
    assert meter.bitrate == 600_000
    meter.read(150_000, 1.5)
    assert meter.bitrate == 1_600_000
