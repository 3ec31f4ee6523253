"""Speech is packed into few windows and its text comes back to the time at which it was said."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.gate import RATE, Samples
from transcripts.packing import (
    CONTEXT,
    LONGEST,
    PackedWindow,
    Packer,
    Stretch,
    Timed,
    cut_window,
    pack_alone,
    place_text,
    place_words,
    take_speech,
)

TRACK = np.arange(600 * RATE, dtype=np.float32)  # each sample tells where it was


def cut(*bounds: tuple[float, float]) -> list[Stretch]:
    stretches = []
    for start, end in bounds:
        first, last = round(start * RATE), round(end * RATE)
        lead, tail = TRACK[max(0, first - CONTEXT) : first], TRACK[last : last + CONTEXT]
        stretches.append(Stretch(first, TRACK[first:last], lead, tail))
    return stretches


def pack(stretches: Sequence[Stretch]) -> list[PackedWindow]:
    packer = Packer()
    return [window for stretch in stretches for window in packer.add(stretch)] + list(packer.flush())


def seconds(placed: Sequence[tuple[int, int, str]]) -> list[tuple[float, float, str]]:
    return [(round(first / RATE, 2), round(last / RATE, 2), text) for first, last, text in placed]


spans = st.lists(st.tuples(st.floats(0.02, 20), st.floats(0.05, 30)), max_size=12)


@given(spans)
def test_every_sample_of_speech_is_in_one_window_at_its_place(drawn: list[tuple[float, float]]) -> None:
    bounds, at = [], 0.0
    for pause, length in drawn:
        if at + pause + length < len(TRACK) / RATE:
            bounds.append((at + pause, at + pause + length))
            at += pause + length
    stretches = cut(*bounds)
    windows = pack(stretches)
    assert all(len(window.samples) <= LONGEST for window in windows)
    heard: list[Samples] = []
    for window in windows:
        steps = np.diff(window.samples)
        assert np.all(steps > 0)  # nothing twice, nothing out of order
        for place in window.places:
            heard.append(window.samples[place.at : place.at + place.length])
            assert heard[-1][0] == place.start
            assert take_speech(window, place.start, place.end).tolist() == heard[-1].tolist()
    spoken = [stretch.samples for stretch in stretches]
    assert np.array_equal(np.concatenate([*heard, TRACK[:0]]), np.concatenate([*spoken, TRACK[:0]]))


def test_windows_follow_speech_and_not_the_track() -> None:
    words = [(10.0 * number, 10.0 * number + 1.0) for number in range(40)]
    assert len(pack(cut(*words))) == 2  # 1 s of speech and 0.2 s of context each
    assert len(list(pack_alone(cut(*words)))) == 40


def test_short_pause_is_kept_as_it_was() -> None:
    (window,) = pack(cut((1.0, 2.0), (2.15, 3.0)))
    assert np.array_equal(window.samples, TRACK[round(0.9 * RATE) : round(3.1 * RATE)])


def test_text_is_where_it_was_said() -> None:
    (window,) = pack(cut((10.0, 12.0), (100.0, 103.0), (200.0, 204.0)))  # 0.1 s before and after each
    timed = [Timed(0.1, 2.2, "một"), Timed(2.3, 5.3, "hai"), Timed(5.5, 7.5, "ba"), Timed(7.5, 9.6, "bốn")]
    assert seconds(place_text(window, timed, "")) == [
        (10.0, 12.0, "một"),
        (100.0, 103.0, "hai"),
        (200.0, 202.0, "ba"),
        (202.0, 204.0, "bốn"),
    ]


def test_sentence_over_a_short_pause_stays_whole() -> None:
    (window,) = pack(cut((10.0, 12.0), (12.5, 14.0)))
    assert seconds(place_text(window, [Timed(0.0, 5.0, "một hai ba")], "")) == [(10.0, 14.0, "một hai ba")]


def test_sentence_over_a_long_pause_is_shared() -> None:
    (window,) = pack(cut((10.0, 12.0), (300.0, 304.0)))
    assert seconds(place_text(window, [Timed(0.1, 6.3, "a b c d e f")], "")) == [
        (10.0, 12.0, "a b"),
        (300.0, 304.0, "c d e f"),
    ]


def test_text_without_times_belongs_to_the_whole_window() -> None:
    (window,) = pack(cut((10.0, 12.0), (12.5, 14.0)))
    assert seconds(place_text(window, [], "tất cả")) == [(10.0, 14.0, "tất cả")]


def test_text_in_a_pause_goes_to_the_nearest_stretch() -> None:
    (window,) = pack(cut((10.0, 12.0), (300.0, 304.0)))
    assert seconds(place_text(window, [Timed(2.15, 2.2, "à")], ""))[0][2] == "à"
    assert seconds(place_text(window, [Timed(30.0, 31.0, "muộn")], "")) == [(300.0, 304.0, "muộn")]


def test_words_of_one_stretch_are_one_text() -> None:
    (window,) = pack(cut((10.0, 12.0), (300.0, 304.0)))
    words = [Timed(0.5, 1.0, " xin"), Timed(1.0, 2.4, " chào"), Timed(3.6, 4.0, " các"), Timed(4.0, 7.0, " bạn")]
    assert seconds(place_words(window, words)) == [(10.0, 12.0, " xin chào"), (300.0, 304.0, " các bạn")]


@given(st.lists(st.tuples(st.floats(0, 26), st.floats(0, 26)), min_size=1, max_size=12))
def test_nothing_is_lost_and_order_is_kept(times: list[tuple[float, float]]) -> None:
    (window,) = pack(cut((10.0, 12.0), (12.3, 17.0), (100.0, 103.0), (200.0, 204.0)))
    starts = sorted(times)
    timed = [Timed(start, max(start, end), f"w{number} x") for number, (start, end) in enumerate(starts)]
    placed = place_text(window, timed, "")
    assert " ".join(text for _first, _last, text in placed).split() == " ".join(one.text for one in timed).split()
    assert all(first <= last for first, last, _text in placed)
    assert all(before[0] <= after[0] for before, after in pairwise(placed))


@pytest.mark.parametrize("at", [0.2, 1.5, 2.7, 4.0, 7.9])
def test_window_in_two_holds_the_same_speech(at: float) -> None:
    (window,) = pack(cut((10.0, 12.0), (300.0, 304.0)))
    first, second = cut_window(window, round(at * RATE))
    both = [part.samples[place.at : place.at + place.length] for part in (first, second) for place in part.places]
    whole = [window.samples[place.at : place.at + place.length] for place in window.places]
    assert np.array_equal(np.concatenate(both), np.concatenate(whole))
    for part in (first, second):
        for place in part.places:
            assert part.samples[place.at] == place.start
