import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.errors import Invalid
from meetings.folding import fold
from transcripts.search.folding import list_tokens, mark_word
from transcripts.search.query import LONGEST_LINE, MOST_WORDS, cut_snippet, find_places, read_query

TEXT = "Sở Tài chính báo cáo kết quả giải ngân vốn đầu tư công tháng 10; hòa giải ở huyện Đức Trọng đạt 87,5%."


def finds(line: str, text: str = TEXT) -> bool:
    return bool(find_places(read_query(line), list_tokens(text)))


@pytest.mark.parametrize(
    "line",
    [
        "giải ngân",
        "giai ngan",
        "GIẢI NGÂN",
        unicodedata.normalize("NFD", "giải ngân"),
        '"vốn đầu tư công"',
        '"von đầu tu"',
        "“đầu tư công” tháng 10",
        "hoà giải",
        "hòa giải",
        "duc trong",
        "Đức",
        "công Sở",
        "87,5%",
    ],
)
def test_words_are_found(line: str) -> None:
    assert finds(line)


@pytest.mark.parametrize("line", ["giải ngan", "gia", "giãi", '"công tư đầu"', '"đầu công"', "sơ", "đuc", "ngân hàng"])
def test_other_words_are_not_found(line: str) -> None:
    expected = line == "giải ngan"  # only the word with marks must have its own
    assert finds(line) is expected


@pytest.mark.parametrize("line", ["", "   ", '""', "!?…", "_"])
def test_nothing_to_look_for_is_told(line: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_query(line)
    assert refused.value.field == "q"


@pytest.mark.parametrize("line", ["a " * (MOST_WORDS + 1), "a" * (LONGEST_LINE + 1)])
def test_too_much_is_told(line: str) -> None:
    with pytest.raises(Invalid):
        read_query(line)


def test_snippet_marks_what_was_found_between_whole_words() -> None:
    text = "mở đầu " * 60 + "giải ngân vốn " + "kết thúc " * 60
    pieces = cut_snippet(text, find_places(read_query("giai ngan"), list_tokens(text)))
    assert [piece.text for piece in pieces if piece.found] == ["giải", "ngân"]
    assert pieces[0].text == "…" == pieces[-1].text
    whole = "".join(piece.text for piece in pieces[1:-1])
    assert whole in text
    assert all(word in ("mở", "đầu", "giải", "ngân", "vốn", "kết", "thúc") for word in whole.split())
    assert len(whole) < 300


def test_short_text_is_its_own_snippet() -> None:
    assert (
        "".join(piece.text for piece in cut_snippet(TEXT, find_places(read_query("tháng"), list_tokens(TEXT)))) == TEXT
    )


@pytest.mark.parametrize(("one", "other"), [("hoà", "hòa"), ("thuỷ", "thủy"), ("khoẻ", "khỏe"), ("quý", "qúy")])
def test_place_of_the_tone_does_not_matter(one: str, other: str) -> None:
    assert mark_word(one) == mark_word(other)


@given(st.text(max_size=80))
def test_any_text_is_found_by_itself_whole_and_without_marks(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    tokens = list_tokens(composed)
    for token in tokens:
        assert token.folded == fold(token.folded)
    words = [composed[token.start : token.end] for token in tokens if '"' not in composed][:MOST_WORDS]
    line = " ".join(words)
    if words and len(line) <= LONGEST_LINE and list_tokens(line):
        places = find_places(read_query(line), tokens)
        assert places
        assert "".join(piece.text for piece in cut_snippet(composed, places)).strip("…") in composed


@given(st.text(max_size=24))
def test_any_line_is_read_or_refused_with_a_sentence(line: str) -> None:
    terms: tuple[object, ...] = ()
    with contextlib.suppress(Invalid):
        terms = read_query(line).terms
    assert bool(terms) == (bool(list_tokens(line)) and len(unicodedata.normalize("NFC", line)) <= LONGEST_LINE)
