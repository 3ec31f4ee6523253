"""The phrases by which a sentence is known, and sentences that only look like them."""

import pytest

from transcripts import cues
from transcripts.cues import Stance


def test_text_is_split_at_the_ends_of_sentences() -> None:
    text = " Đạt 65,3%.  Còn lại 1.200 hộ!\nVậy có được không? Được "
    assert cues.split_sentences(text) == ["Đạt 65,3%.", "Còn lại 1.200 hộ!", "Vậy có được không?", "Được"]
    assert cues.split_sentences("  ") == []


@pytest.mark.parametrize(
    ("sentence", "opens"),
    [
        ("Tôi xin kết luận cuộc họp.", True),
        ("Kết luận giao huyện Lâm Hà hoàn thành.", True),
        ("Tôi xin phép được kết luận một số nội dung sau.", True),
        ("Tôi nhất trí với kết luận của đồng chí chủ tịch.", False),
        ("Thực hiện thông báo kết luận của Tỉnh ủy.", False),
    ],
)
def test_conclusion_opens_with_the_chairs_word(sentence: str, opens: bool) -> None:
    assert cues.opens_conclusion(sentence) is opens


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        ("Huyện Lâm Hà nhất trí.", Stance.IN_FAVOUR),
        ("Tôi không đồng ý.", Stance.AGAINST),
        ("Có hai đồng chí không có ý kiến.", Stance.ABSTAIN),
        ("Xin cảm ơn.", Stance.NONE),
    ],
)
def test_stance_is_read_with_its_negation(sentence: str, stance: Stance) -> None:
    assert cues.read_stance(sentence) is stance


def test_count_stands_at_the_beginning() -> None:
    assert cues.read_count("27 đồng chí nhất trí.") == 27
    assert cues.read_count("Có 25/27 đại biểu tán thành.") == 25
    assert cues.read_count("Hai mươi bảy đồng chí nhất trí.") == 27
    assert cues.read_count("Hai đồng chí không đồng ý.") == 2
    assert cues.read_count("Nhất trí.") is None
    assert cues.read_count("Đạt 27 phần trăm.") is None


@pytest.mark.parametrize(
    "sentence", ["Xin cảm ơn các đồng chí.", "Kính thưa các đồng chí.", "Cuộc họp kết thúc.", "Tôi xin hết."]
)
def test_politeness_is_known(sentence: str) -> None:
    assert cues.is_phatic(sentence)


def test_report_is_not_politeness() -> None:
    assert not cues.is_phatic("Còn mười tám phần trăm chưa hoàn thành.")


TITLES = ["Kết quả chuyển đổi số", "Giải ngân vốn đầu tư công", "Ý kiến khác"]
PRESENTERS = ["Huyện Lâm Hà", "Huyện Đức Trọng", ""]


@pytest.mark.parametrize(
    ("sentence", "present", "item"),
    [
        ("Xin mời huyện Lâm Hà báo cáo.", None, 0),
        ("Xin mời đồng chí chủ tịch huyện Đức Trọng phát biểu.", 0, 1),
        ("Chúng ta chuyển sang nội dung thứ hai.", 0, 1),
        ("Nội dung tiếp theo, mời các đồng chí cho ý kiến.", 1, 2),
        ("Nội dung tiếp theo.", 2, None),
        ("Chuyển sang phần giải ngân vốn đầu tư công.", 0, 1),
        ("Nội dung thứ bảy.", 0, None),
        ("Mời đồng chí phát biểu.", 0, None),
    ],
)
def test_agenda_item_is_chosen_by_what_the_chair_says(sentence: str, present: int | None, item: int | None) -> None:
    assert cues.choose_item(sentence, TITLES, PRESENTERS, present) == item


@pytest.mark.parametrize(
    ("sentence", "empty"),
    [
        ("Tôi xin kết luận cuộc họp.", True),
        ("Tôi xin kết luận: giao Sở Tài chính rà soát.", False),
        ("Tôi kết luận, phân công Sở Nội vụ theo dõi.", False),
    ],
)
def test_opening_of_the_conclusion_says_nothing_unless_it_gives_work(sentence: str, empty: bool) -> None:
    assert cues.says_only_that_it_concludes(sentence) is empty
