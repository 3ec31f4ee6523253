"""Names are put before a window as far as there is room, and a list that is only read out is noticed."""

import pytest

from transcripts.prompts import MOST_TOKENS, build_prompt, is_leaking

UNITS = ("Huyện Lâm Hà", "Huyện Đức Trọng", "Sở Thông tin và Truyền thông", "Thành phố Đà Lạt")
PROMPT = build_prompt(UNITS, lambda text: 2 * len(text.split()))


def test_prompt_reads_like_a_sentence() -> None:
    assert PROMPT == "Huyện Lâm Hà, Huyện Đức Trọng, Sở Thông tin và Truyền thông, Thành phố Đà Lạt."
    assert build_prompt((), len) == ""
    assert build_prompt(("", " Lâm  Hà ", "Lâm Hà"), len) == "Lâm Hà."


def test_prompt_takes_the_first_names_that_fit() -> None:
    names = [f"Xã {number}" for number in range(100)]
    prompt = build_prompt(names, lambda text: 2 * len(text.split()))
    assert prompt.startswith("Xã 0, Xã 1, ")
    assert MOST_TOKENS - 4 <= 2 * len(prompt.split()) <= MOST_TOKENS


def test_name_too_long_does_not_keep_out_the_others() -> None:
    assert build_prompt(["rất " * 90, "Lâm Hà"], lambda text: len(text.split())) == "Lâm Hà."


@pytest.mark.parametrize(
    "text",
    [
        PROMPT,
        "Huyện Lâm Hà, huyện Đức Trọng, Sở Thông tin và Truyền thông.",
        "Tôi xin báo cáo. Huyện Lâm Hà, Huyện Đức Trọng, ",
        "Đức Trọng Lâm Hà Đức Trọng Huyện Huyện Huyện",
    ],
)
def test_list_read_out_is_noticed(text: str) -> None:
    assert is_leaking(text, PROMPT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Huyện Lâm Hà nhất trí.",
        "Đề nghị Sở Thông tin và Truyền thông hỗ trợ huyện Lâm Hà.",
        "Xin mời huyện Đức Trọng, sau đó là thành phố Đà Lạt.",
        "Lâm Hà.",
    ],
)
def test_names_in_a_sentence_are_none(text: str) -> None:
    assert not is_leaking(text, PROMPT)
