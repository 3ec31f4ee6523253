import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW
from transcripts.search.folding import compose
from transcripts.search.passages import LONGEST, LONGEST_PAUSE, LONGEST_SPEECH, cut_speech, cut_text, find_sentence
from transcripts.timeline import Utterance

SPEECH = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 30), st.text("aă ơ", min_size=1, max_size=400)), max_size=20
)


def say(parts: list[tuple[int, int, str]]) -> list[Utterance]:
    at, said = NOW, []
    for number, (pause, length, text) in enumerate(parts, start=1):
        start = at + timedelta(seconds=pause)
        at = start + timedelta(seconds=length)
        said.append(Utterance("Lâm Hà", start, at, text, segment=number))
    return said


@given(SPEECH)
def test_every_sentence_is_in_one_passage_and_leads_back(parts: list[tuple[int, int, str]]) -> None:
    said = [utterance for utterance in say(parts) if utterance.text.strip()]
    found = []
    for passage in cut_speech(7, say(parts)):
        assert passage.ref == 7
        assert passage.starts_at is not None
        for mark in passage.marks.split():
            at = int(mark.split(":")[0])
            sentence = find_sentence(passage.starts_at, passage.marks, at)
            assert sentence is not None
            whole = next(utterance for utterance in said if utterance.segment == sentence.segment)
            assert passage.text[at:].startswith(compose(" ".join(whole.text.split())))
            assert sentence.at == whole.starts_at
            found.append(sentence.segment)
    assert found == [utterance.segment for utterance in said]


@given(SPEECH)
def test_passage_is_short_and_has_no_long_pause(parts: list[tuple[int, int, str]]) -> None:
    by_segment = {utterance.segment: utterance for utterance in say(parts)}
    for passage in cut_speech(7, say(parts)):
        inside = [by_segment[int(mark.split(":")[2])] for mark in passage.marks.split()]
        assert len(inside) == 1 or inside[-1].ends_at - inside[0].starts_at <= LONGEST_SPEECH
        assert len(inside) == 1 or len(passage.text) <= LONGEST
        for one, other in itertools.pairwise(inside):
            assert other.starts_at - one.ends_at <= LONGEST_PAUSE


@given(st.lists(st.text("ab \n", max_size=3000), max_size=5))
def test_text_is_cut_between_words_and_nothing_is_lost(parts: list[str]) -> None:
    pieces = list(cut_text(parts))
    assert all(0 < len(piece) <= LONGEST for piece in pieces)
    if all(len(word) < LONGEST for part in parts for word in part.split()):
        assert " ".join(pieces).split() == " ".join(parts).split()
    assert "".join("".join(pieces).split()) == "".join("".join(parts).split())


def test_what_was_not_spoken_has_no_sentence() -> None:
    assert find_sentence(None, "", 3) is None
