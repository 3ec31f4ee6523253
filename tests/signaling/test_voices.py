"""Who is audible, and whose voices are forwarded, with time as a number."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.voices import HOLD_SECONDS, KEPT_SECONDS, Speakers, Voices


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


def talk(voices: Voices, name: str, since: float, *, seconds: float = 1.0, level: int = 30) -> None:
    for step in range(round(seconds * 50)):
        voices.hear(name, level, since + step / 50)


def test_voice_is_let_in_by_its_first_loud_packet() -> None:
    voices = Voices()
    assert not voices.hear("a", 127, 0.0)
    assert voices.hear("a", 40, 0.02)
    assert voices.chosen == ("a",)
    assert not voices.hear("a", 40, 0.04)


def test_voice_that_pauses_keeps_its_place_for_a_while() -> None:
    voices = Voices()
    for name in "abc":
        talk(voices, name, 0.0)
    assert not voices.hear("d", 30, 1.0 + HOLD_SECONDS / 2)
    assert voices.chosen == ("a", "b", "c")
    talk(voices, "b", 2.0)
    talk(voices, "c", 2.0)
    assert voices.hear("d", 30, 1.1 + HOLD_SECONDS)
    assert voices.chosen == ("b", "c", "d")


def test_one_who_speaks_is_pushed_out_only_by_somebody_clearly_louder() -> None:
    voices = Voices()
    for step in range(100):
        for name, level in (("a", 20), ("b", 25), ("c", 45), ("d", 42)):
            voices.hear(name, level, step / 50)
    assert voices.chosen == ("a", "b", "c")
    talk(voices, "d", 2.0, seconds=0.2, level=20)
    assert voices.chosen == ("a", "b", "d")


def test_voice_that_is_silent_for_long_is_dropped() -> None:
    voices = Voices()
    talk(voices, "a", 0.0)
    assert not voices.check(KEPT_SECONDS)
    assert voices.check(1.1 + KEPT_SECONDS)
    assert voices.chosen == ()


def test_featured_voice_takes_no_place_of_the_loudest() -> None:
    voices = Voices()
    for name in "abc":
        talk(voices, name, 0.0)
    voices.feature(["a"])
    assert voices.chosen == ("b", "c")
    assert voices.hear("d", 30, 1.0)
    assert not voices.hear("a", 10, 1.0)


def test_forgotten_voice_gives_its_place() -> None:
    voices = Voices()
    talk(voices, "a", 0.0)
    assert voices.forget("a")
    assert not voices.forget("a")
    assert voices.chosen == ()


EVENTS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 127), st.sampled_from(["hear", "forget", "check", "feature"]))
)


@given(EVENTS)
def test_never_more_than_three_and_no_change_goes_unsaid(events: list[tuple[str, int, str]]) -> None:
    voices, now = Voices(), 0.0
    before: tuple[str, ...] = ()
    for name, level, kind in events:
        now += 0.5
        match kind:
            case "hear":
                told = voices.hear(name, level, now)
            case "forget":
                told = voices.forget(name)
            case "check":
                told = voices.check(now)
            case _:
                voices.feature([name])
                told = voices.chosen != before
        assert told == (voices.chosen != before)
        assert len(voices.chosen) <= 3
        assert len(set(voices.chosen)) == len(voices.chosen)
        before = voices.chosen
