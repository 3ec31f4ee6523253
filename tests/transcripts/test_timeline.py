"""Speakers on one clock, and the stretches no recording holds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from transcripts.timeline import Break, Span, Utterance, find_breaks, merge_speakers

ZERO = datetime(2025, 6, 20, 1, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return ZERO + timedelta(seconds=seconds)


def say(speaker: str, start: int, length: int, number: int = 0) -> Utterance:
    return Utterance(speaker, after(start), after(start + length), f"câu {number}", segment=number)


utterances = st.builds(
    say, st.sampled_from(["Tỉnh", "Lâm Hà", "Đức Trọng"]), st.integers(0, 50), st.integers(0, 9), st.integers(0, 99)
)
tracks = st.lists(st.lists(utterances, max_size=6), max_size=5)


@given(tracks)
def test_merge_keeps_everything_in_the_order_of_starts(given_tracks: list[list[Utterance]]) -> None:
    merged = merge_speakers(given_tracks)
    assert sorted(merged, key=repr) == sorted((each for track in given_tracks for each in track), key=repr)
    assert [each.starts_at for each in merged] == sorted(each.starts_at for each in merged)


@given(st.lists(utterances, unique_by=lambda each: (each.speaker, each.starts_at, each.ends_at), max_size=20))
def test_merge_does_not_depend_on_the_order_of_tracks(everything: list[Utterance]) -> None:
    by_speaker: dict[str, list[Utterance]] = {}
    for each in everything:
        by_speaker.setdefault(each.speaker, []).append(each)
    there, back = merge_speakers(by_speaker.values()), merge_speakers(list(by_speaker.values())[::-1])
    assert there == back


def test_merge_puts_an_interjection_after_the_start_it_interrupts() -> None:
    long, short = say("Tỉnh", 0, 10), say("Lâm Hà", 3, 1)
    assert merge_speakers([[short], [long]]) == (long, short)


def test_merge_lets_the_shorter_of_two_that_start_together_go_first() -> None:
    long, short = say("Lâm Hà", 0, 10), say("Tỉnh", 0, 1)
    assert merge_speakers([[long], [short]]) == (short, long)


def test_breaks_lie_between_spans_with_the_reason_of_the_first() -> None:
    spans = [
        Span(after(100), after(200), "stopped"),
        Span(after(0), after(60), "outage"),
        Span(after(300), None),
    ]
    assert find_breaks(spans) == (
        Break(after(60), after(100), "outage"),
        Break(after(200), after(300), "stopped"),
    )


def test_breaks_are_none_where_spans_touch_or_overlap() -> None:
    spans = [Span(after(0), after(60), "outage"), Span(after(60), after(90), "stopped"), Span(after(80), after(99))]
    assert find_breaks(spans) == ()
    assert find_breaks([]) == ()
    assert find_breaks([Span(after(0), None)]) == ()


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)), max_size=8))
def test_breaks_and_spans_never_overlap(pairs: list[tuple[int, int]]) -> None:
    spans = [Span(after(start), after(start + length)) for start, length in pairs]
    for gap in find_breaks(spans):
        assert gap.start < gap.end
        assert all(span.end is None or span.end <= gap.start or span.start >= gap.end for span in spans)
