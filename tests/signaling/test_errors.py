from typing import get_args

import pytest

from signaling.errors import SENTENCES, CloseCode, ErrorCode, Kicked, NoticeCode, ProtocolError, UserError, find_close


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (ProtocolError("hand.up: no truth value"), 4400, "hand.up: no truth value"),
        (Kicked(CloseCode.REPLACED, "joined elsewhere"), 4409, "joined elsewhere"),
        (UserError("not_now"), 4500, "fault"),
        (RuntimeError("a secret of ours"), 4500, "fault"),
    ],
)
def test_find_close_names_code_and_reason(error: Exception, code: int, reason: str) -> None:
    assert find_close(error) == (code, reason)


def test_find_close_keeps_the_reason_within_a_close_frame() -> None:
    _, reason = find_close(ProtocolError("ạ" * 123))

    assert reason == "ạ" * 41  # three bytes each


def test_sentences_exist_for_every_code() -> None:
    assert set(SENTENCES) == {*get_args(ErrorCode), *get_args(NoticeCode)}
