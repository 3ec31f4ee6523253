"""Decisions about streams, with time as a number."""

from signaling.quality import Allowance, KeyFrameRequests, Losses, Reception, Speakers, choose_upload


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


def test_speakers_are_listed_by_loudness() -> None:
    speakers = Speakers()
    for step in range(20):
        speakers.hear("quiet", 45, step / 50)
        speakers.hear("loud", 15, step / 50)
        speakers.hear("silent", 127, step / 50)
    assert speakers.list_audible(0.4) == ("loud", "quiet")


def test_speaker_stays_through_a_short_pause() -> None:
    speakers = Speakers()
    for step in range(10):
        speakers.hear("one", 20, step / 50)
    for step in range(10, 40):
        speakers.hear("one", 127, step / 50)
    assert speakers.list_audible(0.8) == ("one",)
    assert speakers.list_audible(2.0) == ()


def test_one_click_is_no_speech_but_order_is_steady() -> None:
    speakers = Speakers()
    speakers.hear("a", 127, 0.0)
    speakers.hear("a", 60, 0.02)
    assert speakers.list_audible(0.03) == ()
    for step in range(20):
        speakers.hear("a", 30, step / 50)
        speakers.hear("b", 29, step / 50)
    before = speakers.list_audible(0.4)
    for step in range(20, 30):
        speakers.hear("a", 29, step / 50)
        speakers.hear("b", 30, step / 50)
    assert speakers.list_audible(0.6) == before


def test_forgotten_speaker_is_silent() -> None:
    speakers = Speakers()
    for step in range(10):
        speakers.hear("one", 20, step / 50)
    speakers.forget("one")
    assert speakers.list_audible(0.2) == ()


def test_upload_is_the_sum_of_the_sources() -> None:
    assert choose_upload(["microphone", "camera"]) == 1_596_000
    assert choose_upload([]) == 0
