"""What two contents say differently, and the places that can be commented on."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.comparison import compare, compare_words
from transcripts.minutes import Conclusion, Content, Officer, Section, Statement
from transcripts.places import Place, find_place, list_places, read_place, write_place

START = datetime(2026, 11, 23, 3, tzinfo=UTC)
CONTENT = Content(
    title="Họp giao ban",
    kind="briefing",
    form="online",
    organ="Ủy ban nhân dân tỉnh Lâm Đồng",
    parent_organ="",
    notation="BB-UBND",
    number="",
    started_at=START,
    ended_at=START.replace(hour=5),
    places=("Hội trường",),
    chair=Officer("Trần Văn Hiệp"),
    secretary=Officer("Nguyễn Thị Thư"),
    sections=(
        Section("Khai mạc", statements=(Statement("Chủ tọa", "Xin mời."), Statement("Lâm Hà", "Đã giải ngân 62%."))),
        Section("Khác", statements=(Statement("Chủ tọa", "Xin mời."), Statement("Lâm Hà", "Nhầm.", struck=True))),
    ),
    conclusions=(Conclusion("Giao Sở Tài chính."),),
)


def change(text: str) -> Content:
    return write_place(CONTENT, "sections.0.statements.1.text", text)


def test_only_what_changed_is_shown_with_the_line_before_and_after() -> None:
    lines = compare(CONTENT, change("Đã giải ngân 65%."))
    assert [line.mark for line in lines] == ["skipped", "same", "changed", "same", "skipped"]
    assert lines[2].pieces == (("same", "- Lâm Hà: Đã giải ngân "), ("removed", "62%."), ("added", "65%."))
    assert [line.mark for line in compare(CONTENT, CONTENT)] == ["skipped"]


def test_striking_is_a_change_and_what_is_struck_is_no_place() -> None:
    struck = replace(CONTENT.sections[0].statements[1], struck=True)
    section = replace(CONTENT.sections[0], statements=(CONTENT.sections[0].statements[0], struck))
    lines = compare(CONTENT, replace(CONTENT, sections=(section, CONTENT.sections[1])))
    assert ("added", "[gạch bỏ] ") in [piece for line in lines for piece in line.pieces]
    assert "Nhầm." not in [place.text for place in list_places(CONTENT)]


@given(st.text(), st.text())
def test_pieces_are_both_texts(old: str, new: str) -> None:
    pieces = compare_words(old, new)
    assert "".join(text for mark, text in pieces if mark != "added") == old
    assert "".join(text for mark, text in pieces if mark != "removed") == new


def test_place_follows_its_text_only_where_that_is_certain() -> None:
    path = "sections.0.statements.1.text"
    assert find_place(CONTENT, path, "Đã  giải ngân 62%.") == path
    assert find_place(CONTENT, "sections.1.statements.0.text", "Đã giải ngân 62%.") == path
    assert find_place(CONTENT, path, "Xin mời.") is None  # it stands twice
    assert find_place(CONTENT, path, "Chưa từng có.") is None


@pytest.mark.parametrize("place", list_places(CONTENT))
def test_every_place_is_written_where_it_is_read(place: Place) -> None:
    assert read_place(write_place(CONTENT, place.path, "Mới"), place.path) == "Mới"


def test_two_long_texts_are_shown_whole_and_at_once() -> None:
    old, new = "một hai " * 1000, "hai một " * 1000
    assert compare_words(old, new) == [("removed", old), ("added", new)]
    assert compare_words(old, old) == [("same", old)]
