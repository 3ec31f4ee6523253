"""Reasons of failures: kept without their language, told in the reader's."""

import pytest

from transcripts.errors import REASON_LIMIT, ModelUnavailable, Reason, UnreadableAudio, explain_failure, read_reason
from web.i18n import use_locale
from web.pages.recordings import tell_reason


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UnreadableAudio(), "Tệp âm thanh không đọc được."),
        (ModelUnavailable("Không có thư mục mô hình {folder}.", folder="/m"), "Không có thư mục mô hình /m."),
        (
            PermissionError(13, "Permission denied", "/x"),
            "Không đọc hoặc ghi được tệp trên máy chủ: Permission denied.",
        ),
        (ValueError("{odd}"), "Chương trình gặp lỗi: ValueError: {odd}."),
    ],
)
def test_failure_is_kept_as_it_is_told(error: Exception, told: str) -> None:
    reason = explain_failure(error)
    assert str(reason) == told
    assert read_reason(reason.write()) == reason


def test_reason_is_told_in_the_language_of_the_reader() -> None:
    kept = explain_failure(ModelUnavailable("Không có thư mục mô hình {folder}.", folder="/m")).write()
    assert tell_reason(read_reason(kept)) == "Không có thư mục mô hình /m."
    use_locale("en")
    try:
        assert tell_reason(read_reason(kept)) == "There is no model folder /m."
    finally:
        use_locale("vi")


def test_long_values_are_cut_to_what_the_column_holds() -> None:
    kept = Reason("Tệp {a} thiếu {b}.", {"a": "\\" * 900, "b": "x" * 900}).write()
    assert len(kept) <= REASON_LIMIT
    assert str(read_reason(kept)).startswith("Tệp \\\\")


def test_finished_text_of_earlier_versions_is_told_as_it_is() -> None:
    assert str(read_reason("ValueError: {odd}")) == tell_reason(read_reason("ValueError: {odd}")) == "ValueError: {odd}"
