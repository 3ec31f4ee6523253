"""What Whisper invents is marked with its reason; what people really say is not."""

import json
import unicodedata
from pathlib import Path

import pytest

from transcripts.hallucination import (
    CROWD,
    INVENTED,
    LOW_CONFIDENCE,
    NO_SPEECH,
    REASONS,
    REPETITION,
    STOCK_PHRASE,
    TOO_FAST,
    Evidence,
    is_blank,
    judge_text,
)

TRUTH = Path(__file__).parent.parent / "speech/truth.json"
SURE = Evidence(-0.2, 0.05, 5.0)


@pytest.mark.parametrize(
    "text",
    [
        "Hãy subscribe cho kênh Ghiền Mì Gõ để không bỏ lỡ những video hấp dẫn.",
        "Các bạn hãy đăng ký kênh để ủng hộ mình nhé.",
        "Đừng quên nhấn nút đăng ký và bấm chuông nhé!",
        "Cảm ơn các bạn đã theo dõi và hẹn gặp lại.",
        "Cảm ơn các bạn đã theo dõi.",
        "Hẹn gặp lại các bạn trong những video tiếp theo.",
        "Phụ đề được thực hiện bởi cộng đồng Amara.org",
        "[Âm nhạc]",
        unicodedata.normalize("NFD", "Hãy đăng ký kênh của mình"),
    ],
)
def test_stock_phrase_is_marked(text: str) -> None:
    assert judge_text(text, SURE) == STOCK_PHRASE


@pytest.mark.parametrize(
    "text",
    [
        "Xin cảm ơn các đồng chí đã lắng nghe.",
        "Trân trọng cảm ơn quý vị đại biểu đã theo dõi báo cáo.",
        "Đề nghị các xã đăng ký kênh mương cần sửa chữa trước mùa mưa.",
        "Các bạn đoàn viên đã theo dõi sát tình hình ở cơ sở.",
        "Sở đã xây dựng kênh tiếp nhận phản ánh của người dân.",
        "Phòng đã phát những video tuyên truyền về chuyển đổi số.",
        "Hẹn gặp lại các đồng chí ở phiên họp sau.",
        "Nhấn mạnh chuông báo cháy phải được kiểm tra.",
        "Vâng, vâng, vâng.",
    ],
)
def test_real_sentence_is_believed(text: str) -> None:
    assert judge_text(text, SURE) == ""


def test_every_sentence_of_the_fixture_meeting_is_believed() -> None:
    for turn in json.loads(TRUTH.read_text())["turns"]:
        assert judge_text(turn["text"], Evidence(-0.3, 0.1, turn["end"] - turn["start"])) == ""


@pytest.mark.parametrize(
    "text",
    ["không " * 6, "chuyển đổi số " * 5, "tôi xin báo cáo kết quả " * 4, "ha" * 200],
)
def test_loop_is_marked(text: str) -> None:
    assert judge_text(text, Evidence(-0.2, 0.05, 60.0)) == REPETITION


def test_doubt_of_the_model_is_marked() -> None:
    text = "Huyện Lâm Hà nhất trí."
    assert judge_text(text, Evidence(-1.2, 0.1, 2.0)) == LOW_CONFIDENCE
    assert judge_text(text, Evidence(-1.2, 0.9, 2.0)) == NO_SPEECH
    assert judge_text(text, Evidence(-0.2, 0.9, 2.0)) == ""


def test_more_words_than_the_time_holds_are_marked() -> None:
    text = "Tôi xin báo cáo kết quả chuyển đổi số của huyện Lâm Hà."
    assert judge_text(text, Evidence(-0.2, 0.05, 0.4)) == TOO_FAST


def test_blank_is_what_has_no_letter() -> None:
    assert is_blank(" … ♪ . ")
    assert is_blank("")
    assert not is_blank("5")
    assert not is_blank("Ừ")


def test_every_reason_has_its_words_and_fits_its_column() -> None:
    assert {CROWD, LOW_CONFIDENCE, NO_SPEECH, REPETITION, STOCK_PHRASE, TOO_FAST} == set(REASONS)
    assert set(REASONS) > INVENTED
    assert all(len(reason) <= 64 for reason in REASONS)
