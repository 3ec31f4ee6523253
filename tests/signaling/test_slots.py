"""Which slot carries what: every case of up to four slots and tracks."""

from itertools import permutations, product

from hypothesis import given
from hypothesis import strategies as st

from signaling.slots import place

SLOTS = ["0", "1", "2"]


def test_every_change_moves_nobody_and_fills_what_can_be_filled() -> None:
    for tracks in product([None, "a", "b", "c", "d"], repeat=3):
        filled = {slot: track for slot, track in zip(SLOTS, tracks, strict=True) if track}
        if len(set(filled.values())) != len(filled):
            continue
        for count in range(5):
            for wanted in permutations("abcd", count):
                placed = place(SLOTS, filled, wanted)
                assert len(set(placed.values())) == len(placed) == min(len(SLOTS), len(wanted))
                assert set(placed.values()) <= set(wanted)
                for slot, track in filled.items():
                    assert track not in wanted or placed[slot] == track


def test_new_ones_come_in_their_order() -> None:
    assert place(SLOTS, {"1": "b"}, ["c", "b", "a"]) == {"0": "c", "1": "b", "2": "a"}
    assert place(SLOTS, {"0": "a", "1": "b", "2": "c"}, ["d", "a", "b", "c"]) == {"0": "a", "1": "b", "2": "c"}


@given(st.lists(st.sets(st.integers(0, 20), max_size=9), max_size=20))
def test_nobody_who_is_wanted_is_moved_in_any_course(course: list[set[int]]) -> None:
    slots = [str(number) for number in range(9)]
    filled: dict[str, int] = {}
    for wanted in course:
        placed = place(slots, filled, sorted(wanted))
        assert set(placed.values()) == wanted
        assert all(placed[slot] == track for slot, track in filled.items() if track in wanted)
        filled = placed
