from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from signaling.allocation import SETTLE_SECONDS, Allocation, Layer, Wish, find_best

CAMERA = (Layer(180, 150_000), Layer(360, 500_000), Layer(720, 1_500_000))


def test_picture_is_as_good_as_it_is_shown() -> None:
    assert [find_best(Wish("a", height, CAMERA)) for height in (90, 180, 240, 241, 480, 500, 1080)] == [
        0, 0, 0, 1, 1, 2, 2,
    ]  # fmt: skip


def test_everybody_gets_a_small_picture_before_anybody_gets_a_large_one() -> None:
    wishes = [Wish("large", 720, CAMERA), Wish("small", 180, CAMERA), Wish("other", 180, CAMERA)]
    assert Allocation().choose(wishes, 450_000, 0) == {"large": 0, "small": 0, "other": 0}
    assert Allocation().choose(wishes, 800_000, 0) == {"large": 1, "small": 0, "other": 0}
    assert Allocation().choose(wishes, 5_000_000, 0) == {"large": 2, "small": 0, "other": 0}


def test_picture_that_must_stay_is_left_out_last() -> None:
    wishes = [Wish("first", 180, CAMERA), Wish("chair", 180, CAMERA, must=True)]
    assert Allocation().choose(wishes, 200_000, 0) == {"first": None, "chair": 0}
    assert Allocation().choose(wishes, 100_000, 0) == {"first": None, "chair": None}


def test_picture_without_packets_is_left_out() -> None:
    assert Allocation().choose([Wish("a", 180, ())], 1_000_000, 0) == {"a": None}


def test_picture_is_lowered_at_once_and_raised_after_a_while() -> None:
    allocation, wishes = Allocation(), [Wish("a", 720, CAMERA)]
    assert allocation.choose(wishes, 2_000_000, 0) == {"a": 2}
    assert allocation.choose(wishes, 1_400_000, 1) == {"a": 1}
    assert allocation.choose(wishes, 2_000_000, 1 + SETTLE_SECONDS - 0.1) == {"a": 1}
    assert allocation.choose(wishes, 2_000_000, 1 + SETTLE_SECONDS) == {"a": 2}


def test_raising_needs_room_to_spare_and_staying_does_not() -> None:
    allocation, wishes = Allocation(), [Wish("a", 360, CAMERA)]
    assert allocation.choose(wishes, 300_000, 0) == {"a": 0}
    assert allocation.choose(wishes, 510_000, 10) == {"a": 0}
    assert allocation.choose(wishes, 580_000, 20) == {"a": 1}
    assert allocation.choose(wishes, 500_000, 30) == {"a": 1}


def test_target_that_swings_about_a_border_makes_nothing_flicker() -> None:
    allocation, wishes = Allocation(), [Wish("a", 360, CAMERA)]
    seen = [
        allocation.choose(wishes, 500_000 + (40_000 if step % 2 else -40_000), step / 5)["a"] for step in range(300)
    ]
    assert sum(before != after for before, after in pairwise(seen)) <= 1


layers = st.lists(st.integers(10_000, 3_000_000), max_size=3).map(
    lambda rates: tuple(Layer(180 << place, rate) for place, rate in enumerate(sorted(rates)))
)
wish_lists = st.lists(st.tuples(st.integers(1, 2000), layers, st.booleans()), max_size=12).map(
    lambda many: [Wish(str(place), *one) for place, one in enumerate(many)]
)


@given(st.lists(st.tuples(wish_lists, st.integers(0, 10_000_000), st.floats(0, 10)), max_size=12))
def test_never_more_than_the_link_takes_nor_than_is_shown(turns: list[tuple[list[Wish], int, float]]) -> None:
    allocation, now = Allocation(), 0.0
    for wishes, target, pause in turns:
        now += pause
        chosen = allocation.choose(wishes, target, now)
        assert chosen.keys() == {wish.key for wish in wishes}
        spent = 0
        for wish in wishes:
            layer = chosen[wish.key]
            if layer is not None:
                assert 0 <= layer <= find_best(wish)
                spent += wish.layers[layer].bitrate
        assert spent <= target


@given(wish_lists, st.integers(0, 10_000_000))
def test_first_choice_leaves_out_no_important_picture_for_others(wishes: list[Wish], target: int) -> None:
    chosen = Allocation().choose(wishes, target, 0)
    for must in (wish for wish in wishes if wish.must and wish.layers and chosen[wish.key] is None):
        others = sum(wish.layers[0].bitrate for wish in wishes if wish.must and chosen[wish.key] is not None)
        assert others + must.layers[0].bitrate > target
