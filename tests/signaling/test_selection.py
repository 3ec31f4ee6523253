"""Which microphones and cameras a viewer is sent."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.selection import choose_cameras, choose_microphones


def test_everybody_is_heard_while_there_are_slots_for_all() -> None:
    assert choose_microphones(["a", "b", "c", "d", "e"], ["c"], ["a"], 5) == ["a", "b", "c", "d", "e"]


def test_featured_and_loudest_are_heard_in_a_large_room() -> None:
    present = list("abcdefgh")
    assert choose_microphones(present, ["h"], ["b", "d", "f"], 5) == ["h", "b", "d", "f"]
    assert choose_microphones(present, list("abcdef"), ["g", "h"], 5) == ["a", "b", "c", "d", "g"]
    assert choose_microphones(present, list("abcdef"), [], 5) == ["a", "b", "c", "d", "e"]
    assert choose_microphones(present, [], ["me", "b"], 5) == ["b"]  # my own microphone is not among the present


def test_all_that_is_shown_is_sent_while_it_is_few() -> None:
    assert choose_cameras(["c", "a"], ["a"], ["b"], 2) == ["c", "a"]


def test_featured_pinned_and_recent_speakers_stay() -> None:
    shown = list("abcdefgh")
    assert choose_cameras(shown, ["h"], ["e", "c", "b"], 4) == ["a", "c", "e", "h"]
    assert choose_cameras(shown, [], [], 3) == ["a", "b", "c"]
    assert choose_cameras(shown, [], ["e"], 0) == []


NAMES = st.lists(st.sampled_from("abcdefghij"), unique=True)


@given(NAMES, st.sets(st.sampled_from("abcdefghij")), NAMES, st.integers(0, 9))
def test_as_many_cameras_as_fit_and_the_featured_first(
    shown: list[str], featured: set[str], recent: list[str], most: int
) -> None:
    chosen = choose_cameras(shown, featured, recent, most)
    assert len(chosen) == min(most, len(shown))
    assert chosen == [one for one in shown if one in chosen]
    left_out = set(shown) - set(chosen)
    assert not left_out & featured or set(chosen) <= featured


@given(NAMES, st.sets(st.sampled_from("abcdefghij")), NAMES, st.integers(1, 6))
def test_nobody_is_heard_twice_or_from_elsewhere(
    present: list[str], featured: set[str], loudest: list[str], slots: int
) -> None:
    chosen = choose_microphones(present, featured, loudest, slots)
    assert len(set(chosen)) == len(chosen) <= slots
    assert set(chosen) <= set(present)
