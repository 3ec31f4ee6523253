"""What synthetic clients count."""

from signaling.synthetic_stats import Distribution, Numbers, PictureWatch, SoundWatch, Totals

MS = 1_000_000


def test_percentiles_of_few_and_many() -> None:
    times = Distribution()
    assert times.percentile(0.5) is None
    assert times.worst() is None
    for value in range(1, 101):
        times.note(value)
    assert times.percentile(0.5) == 50
    assert times.percentile(0.95) == 95
    assert times.worst() == 100
    assert times.count_above(98) == 2


def test_missing_packets_are_asked_for_then_lost() -> None:
    totals = Totals()
    numbers = Numbers(totals)
    for sequence in (65534, 65535, 2):
        numbers.note(sequence, 0)
    assert list(numbers.missing) == [65536, 65537]
    assert numbers.list_due(5 * MS, ask=True) == []  # they may only be late
    assert numbers.list_due(20 * MS, ask=True) == [65536, 65537]
    assert numbers.list_due(30 * MS, ask=True) == []
    assert numbers.fill(0)
    assert not numbers.fill(0)
    assert numbers.note(1, 40 * MS) == 0  # late, not lost
    assert not numbers.missing
    assert (totals.recovered, totals.lost) == (1, 0)
    numbers.note(5, 50 * MS)
    assert numbers.list_due(2000 * MS, ask=True) == []
    assert numbers.gave_up
    assert totals.lost == 2


def test_repeated_packet_counts_once() -> None:
    numbers = Numbers(Totals())
    for sequence in (1, 2, 2, 1):
        numbers.note(sequence, 0)
    assert numbers.received == 2


def test_leap_too_large_to_ask_for_is_lost() -> None:
    totals = Totals()
    numbers = Numbers(totals)
    numbers.note(1, 0)
    numbers.note(1001, 0)
    assert numbers.gave_up
    assert totals.lost == 999


def test_gap_is_what_the_way_added_and_what_it_lost() -> None:
    totals = Totals()
    sound = SoundWatch(totals)
    sound.note(arrived=5 * MS, sent=0, missing=0)
    sound.note(arrived=25 * MS, sent=20 * MS, missing=0)  # as it was sent
    sound.note(arrived=425 * MS, sent=420 * MS, missing=0)  # silent on purpose
    assert totals.gaps.worst() == 0
    sound.note(arrived=525 * MS, sent=440 * MS, missing=0)
    assert totals.gaps.worst() == 80
    sound.note(arrived=526 * MS, sent=520 * MS, missing=3)
    assert totals.gaps.percentile(1.0) == 80
    assert totals.gaps.count_above(59) == 2
    sound.restart()
    sound.note(arrived=9000 * MS, sent=8000 * MS, missing=0)
    assert totals.gaps.worst() == 80
    assert totals.delays.worst() == 1000


def test_pictures_wait_for_what_is_missing() -> None:
    totals = Totals()
    picture = PictureWatch(totals)
    picture.note_frame_end(10, 0, [])
    picture.note_frame_end(20, 66 * MS, [15])
    picture.note_frame_end(30, 132 * MS, [15])
    assert totals.frames == 1
    picture.show(140 * MS, [])
    assert totals.frames == 3
    assert totals.freezes == 0


def test_picture_that_stands_still_is_a_freeze() -> None:
    totals = Totals()
    picture = PictureWatch(totals)
    for number in range(10):
        picture.note_frame_end(number, number * 66 * MS, [])
    picture.break_off()
    picture.note_frame_end(11, 700 * MS, [])
    picture.mend()
    picture.note_frame_end(12, (9 * 66 + 1066) * MS, [])
    assert totals.freezes == 1
    assert 995 < totals.frozen_ms < 1005
    picture.restart()
    picture.note_frame_end(13, 9000 * MS, [])
    assert totals.freezes == 1


def test_totals_of_several_clients() -> None:
    total, one = Totals(), Totals()
    one.packets, one.lost = 90, 10
    one.delays.note(3)
    total.add(one)
    total.add(one)
    assert total.loss == 0.1
    assert total.delays.count == 2
    assert Totals().loss == 0
