"""The draft by rules, on the meeting of the fixture recordings and on what chairs do otherwise."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.drafting import CLOSING, COURSE, OPENING, AgendaPoint, MeetingFacts, Turn, draft_minutes
from transcripts.hallucination import INVENTED
from transcripts.minutes import Attendance, Conclusion, Content, Gap, Officer
from transcripts.timeline import Utterance

TRUTH = Path(__file__).parent.parent / "speech/truth.json"
START = datetime(2025, 6, 20, 1, 0, tzinfo=UTC)
CHAIR, LAM_HA, DUC_TRONG = "Chủ tọa, điểm cầu tỉnh", "Điểm cầu huyện Lâm Hà", "Điểm cầu huyện Đức Trọng"
FACTS = MeetingFacts(
    title="Họp giao ban",
    kind="briefing",
    form="online",
    organ="Ủy ban nhân dân tỉnh Lâm Đồng",
    parent_organ="",
    notation="BB-UBND",
    started_at=START,
    ended_at=START + timedelta(minutes=2),
    today=date(2025, 6, 20),
    places=("Điểm cầu chính",),
    chair=Officer("Trần Quang Hải", "Chủ tịch"),
    secretary=Officer("Nguyễn Thị Minh Thư", "Chuyên viên"),
    attendance=(Attendance("Huyện Lâm Hà", LAM_HA, "online", 9),),
    agenda=(
        AgendaPoint("Kết quả chuyển đổi số", "UBND huyện Lâm Hà"),
        AgendaPoint("Giải ngân vốn đầu tư công", "UBND huyện Đức Trọng"),
    ),
    gaps=(Gap(START, START + timedelta(seconds=5), "outage"),),
    recipients=("Như thành phần tham dự",),
    chair_speakers=frozenset({CHAIR}),
    units=(("huyện đức trọng", "UBND huyện Đức Trọng"), ("sở thông tin và truyền thông", "Sở TTTT")),
)


def converse(*lines: tuple[str, str]) -> list[Utterance]:
    """Who says what, five seconds each, numbered from 1."""
    return [
        Utterance(
            speaker, START + timedelta(seconds=5 * place), START + timedelta(seconds=5 * place + 4), text, "", place
        )
        for place, (speaker, text) in enumerate(lines, start=1)
    ]


def recorded() -> list[Utterance]:
    turns = json.loads(TRUTH.read_text())["turns"]
    return [
        Utterance(
            turn["participant"],
            START + timedelta(seconds=turn["start"]),
            START + timedelta(seconds=turn["end"]),
            turn["text"],
            "",
            number,
        )
        for number, turn in enumerate(turns, start=1)
    ]


def said(content: Content) -> list[tuple[str, str, Sequence[int]]]:
    return [
        (statement.speaker, statement.text, statement.segments)
        for section in content.sections
        for statement in section.statements
    ]


def test_draft_without_a_transcript_is_the_skeleton() -> None:
    content = draft_minutes(FACTS, [])
    assert [(each.title, each.presenter, each.statements) for each in content.sections] == [
        ("Kết quả chuyển đổi số", "UBND huyện Lâm Hà", ()),
        ("Giải ngân vốn đầu tư công", "UBND huyện Đức Trọng", ()),
    ]
    assert content.attendance == FACTS.attendance
    assert content.gaps == FACTS.gaps
    assert (content.votes, content.conclusions, content.number) == ((), (), "")


def test_draft_follows_the_chair_through_the_agenda() -> None:
    content = draft_minutes(FACTS, recorded())
    speakers = [(each.title, [statement.speaker for statement in each.statements]) for each in content.sections]
    assert speakers == [
        (OPENING, [CHAIR]),
        ("Kết quả chuyển đổi số", [CHAIR, LAM_HA, CHAIR]),
        ("Giải ngân vốn đầu tư công", [CHAIR, DUC_TRONG]),
        (CLOSING, [CHAIR, LAM_HA, DUC_TRONG, CHAIR]),
    ]


def test_draft_keeps_every_sentence_word_for_word_with_its_segment() -> None:
    conversation = recorded()
    content = draft_minutes(FACTS, conversation)
    assert " ".join(text for _speaker, text, _segments in said(content)) == " ".join(each.text for each in conversation)
    assert [number for *_rest, segments in said(content) for number in segments] == list(range(1, 25))


def test_draft_finds_conclusions_with_unit_and_deadline() -> None:
    assert draft_minutes(FACTS, recorded()).conclusions == (
        Conclusion(
            "Giao sở thông tin và truyền thông hoàn thành chuyển đổi số trước ngày 30/6.",
            "Sở TTTT",
            date(2025, 6, 30),
            (17,),
        ),
        Conclusion(
            "Đề nghị huyện Đức Trọng báo cáo trước ngày 15/7.", "UBND huyện Đức Trọng", date(2025, 7, 15), (18,)
        ),
    )


def test_draft_counts_the_vote_that_the_chair_tells() -> None:
    (vote,) = draft_minutes(FACTS, recorded()).votes
    assert (vote.in_favour, vote.against, vote.abstain) == (27, None, None)
    assert vote.segments == (19, 20, 21, 22)
    assert vote.text.endswith("27 đồng chí nhất trí.")


def test_request_of_a_participant_is_no_conclusion() -> None:
    lines = converse((LAM_HA, "Đề nghị huyện Đức Trọng hỗ trợ trước ngày ba mươi tháng sáu."))
    assert draft_minutes(FACTS, lines).conclusions == ()


def test_invitation_to_report_is_no_conclusion() -> None:
    lines = converse((CHAIR, "Đề nghị huyện Đức Trọng báo cáo."))
    assert draft_minutes(FACTS, lines).conclusions == ()


def test_conclusion_in_the_chairs_words_needs_no_unit() -> None:
    lines = converse(
        (CHAIR, "Tôi xin kết luận cuộc họp."),
        (CHAIR, "Thống nhất chủ trương đầu tư năm mươi tỷ đồng."),
        (CHAIR, "Tiến độ phải nhanh hơn."),
        (CHAIR, "Xin cảm ơn các đồng chí."),
    )
    content = draft_minutes(FACTS, lines)
    assert [(each.text, each.unit, each.segments) for each in content.conclusions] == [
        ("Thống nhất chủ trương đầu tư 50 tỷ đồng.", "", (2,)),
        ("Tiến độ phải nhanh hơn.", "", (3,)),
    ]


def test_vote_names_the_item_that_is_on() -> None:
    lines = converse(
        (CHAIR, "Xin mời huyện Lâm Hà báo cáo."),
        (LAM_HA, "Đã hoàn thành."),
        (CHAIR, "Đề nghị các đồng chí biểu quyết."),
        (CHAIR, "Có hai mươi lăm đồng chí nhất trí."),
        (CHAIR, "Hai đồng chí không đồng ý."),
        (CHAIR, "Chuyển sang nội dung thứ hai."),
    )
    (vote,) = draft_minutes(FACTS, lines).votes
    assert (vote.subject, vote.in_favour, vote.against) == ("Kết quả chuyển đổi số", 25, 2)
    assert vote.segments == (3, 4, 5)


def test_meeting_without_agenda_has_one_section() -> None:
    content = draft_minutes(replace(FACTS, agenda=()), recorded()[:15])
    assert [each.title for each in content.sections] == [COURSE]


def test_suspect_sentence_marks_its_statement() -> None:
    first, second = converse((LAM_HA, "Đạt tám mươi phần trăm."), (LAM_HA, "Còn lại chưa rõ."))
    content = draft_minutes(FACTS, [first, replace(second, suspect="low_confidence")])
    (section, *_empty) = content.sections
    assert [(each.text, each.suspect) for each in section.statements] == [
        ("Đạt tám mươi phần trăm. Còn lại chưa rõ.", "low_confidence")
    ]


@pytest.mark.parametrize("reason", sorted(INVENTED))
def test_what_nobody_said_is_left_to_the_transcript(reason: str) -> None:
    first, second = converse((LAM_HA, "Đạt tám mươi phần trăm."), (LAM_HA, "Hãy subscribe."))
    content = draft_minutes(FACTS, [first, replace(second, suspect=reason)])
    assert said(content) == said(draft_minutes(FACTS, [first]))


def test_long_silence_begins_a_new_statement() -> None:
    first, second = converse((LAM_HA, "Một."), (LAM_HA, "Hai."))
    later = replace(
        second, starts_at=second.starts_at + timedelta(minutes=5), ends_at=second.ends_at + timedelta(minutes=5)
    )
    assert len(said(draft_minutes(FACTS, [first, second]))) == 1
    assert len(said(draft_minutes(FACTS, [first, later]))) == 2


def test_draft_is_content_that_can_be_saved() -> None:
    content = draft_minutes(FACTS, recorded())
    assert Content.from_json(content.to_json()) == content


def turn(seconds: float, item: int | None) -> Turn:
    return Turn(START + timedelta(seconds=seconds), item)


def test_turns_of_the_room_tell_which_item_is_on_whatever_is_said() -> None:
    facts = replace(FACTS, turns=(turn(12, 1), turn(22, 0), turn(27, None)))
    lines = converse(
        (CHAIR, "Kính thưa các đồng chí."),
        (CHAIR, "Chúng ta bắt đầu."),
        (LAM_HA, "Tôi xin báo cáo."),
        (CHAIR, "Mời huyện Đức Trọng báo cáo giải ngân vốn đầu tư công."),  # already on
        (CHAIR, "Chuyển sang nội dung thứ hai."),  # but the first was taken up
        (DUC_TRONG, "Tôi xin nói thêm."),
    )
    content = draft_minutes(facts, lines)
    assert [(each.title, [statement.text for statement in each.statements]) for each in content.sections] == [
        (OPENING, ["Kính thưa các đồng chí. Chúng ta bắt đầu."]),
        ("Kết quả chuyển đổi số", ["Chuyển sang nội dung thứ hai.", "Tôi xin nói thêm."]),
        (
            "Giải ngân vốn đầu tư công",
            ["Tôi xin báo cáo.", "Mời huyện Đức Trọng báo cáo giải ngân vốn đầu tư công."],
        ),
    ]


def test_what_is_said_before_the_first_turn_is_followed_by_ear() -> None:
    facts = replace(FACTS, turns=(turn(100, 1),))
    content = draft_minutes(facts, converse((CHAIR, "Mời huyện Lâm Hà báo cáo kết quả chuyển đổi số.")))
    assert [len(each.statements) for each in content.sections] == [1, 0]


def test_conclusion_is_heard_within_an_item_and_ends_with_the_next_turn() -> None:
    facts = replace(FACTS, turns=(turn(0, 0), turn(14, 1)))
    lines = converse(
        (CHAIR, "Tôi xin kết luận cuộc họp."), (CHAIR, "Giao huyện Đức Trọng tổng hợp."), (LAM_HA, "Xin nói.")
    )
    content = draft_minutes(facts, lines)
    assert [(each.title, len(each.statements)) for each in content.sections] == [
        ("Kết quả chuyển đổi số", 0),
        ("Giải ngân vốn đầu tư công", 1),
        (CLOSING, 1),
    ]
    assert [each.unit for each in content.conclusions] == ["UBND huyện Đức Trọng"]


def test_turn_to_an_item_that_is_not_in_the_agenda_changes_nothing() -> None:
    content = draft_minutes(replace(FACTS, turns=(turn(0, 7),)), converse((CHAIR, "Chúng ta bắt đầu.")))
    assert content.sections[0].title == COURSE


def test_task_takes_helpers_product_and_what_is_said_right_after_it() -> None:
    lines = converse(
        (CHAIR, "Tôi xin kết luận cuộc họp."),
        (CHAIR, "Giao huyện Đức Trọng chủ trì, phối hợp với Sở thông tin và truyền thông xây dựng kế hoạch số hóa."),
        (CHAIR, "Thời hạn hoàn thành chậm nhất ngày mười lăm tháng bảy."),
        (CHAIR, "Sản phẩm là báo cáo kết quả."),
        (CHAIR, "Tiến độ chung phải nhanh hơn."),
        (CHAIR, "Hoàn thành tốt nhiệm vụ năm nay."),
    )
    first, second, third = draft_minutes(FACTS, lines).conclusions
    assert (first.unit, first.supporting, first.product) == ("UBND huyện Đức Trọng", ("Sở TTTT",), "Kế hoạch số hóa")
    assert (first.due, first.segments) == (date(2025, 7, 15), (2, 3, 4))
    assert first.text.endswith("Thời hạn hoàn thành chậm nhất ngày 15/7. Sản phẩm là báo cáo kết quả.")
    assert [(each.unit, each.due) for each in (second, third)] == [("", None), ("", None)]


def test_sentence_that_gives_two_tasks_makes_two_with_a_deadline_each() -> None:
    spoken = (
        "Giao huyện Đức Trọng rà soát trước ngày ba mươi tháng sáu, "
        "giao Sở thông tin và truyền thông hướng dẫn trong tháng bảy."
    )
    conclusions = draft_minutes(FACTS, converse((CHAIR, spoken))).conclusions
    assert [(each.unit, each.due, each.segments) for each in conclusions] == [
        ("UBND huyện Đức Trọng", date(2025, 6, 30), (1,)),
        ("Sở TTTT", date(2025, 7, 31), (1,)),
    ]
    assert conclusions[1].text.startswith("Giao Sở thông tin")


def test_what_another_says_after_a_task_is_no_part_of_it() -> None:
    lines = converse((CHAIR, "Giao huyện Đức Trọng rà soát."), (LAM_HA, "Hoàn thành trước ngày một tháng bảy."))
    (conclusion,) = draft_minutes(FACTS, lines).conclusions
    assert (conclusion.due, conclusion.segments) == (None, (1,))


def test_points_without_full_stops_are_tasks_of_their_own() -> None:
    spoken = (
        "tôi xin kết luận thứ nhất giao huyện đức trọng rà soát trước ngày ba mươi tháng sáu "
        "thứ hai giao sở thông tin và truyền thông hướng dẫn trong tháng bảy"
    )
    content = draft_minutes(FACTS, converse((CHAIR, spoken)))
    assert [(each.unit, each.due) for each in content.conclusions] == [
        ("UBND huyện Đức Trọng", date(2025, 6, 30)),
        ("Sở TTTT", date(2025, 7, 31)),
    ]
    assert " ".join(text for _speaker, text, _segments in said(content)) == spoken


def test_conclusion_of_an_item_stays_with_it() -> None:
    lines = converse(
        (CHAIR, "Xin mời huyện Lâm Hà báo cáo."),
        (LAM_HA, "Đã hoàn thành."),
        (CHAIR, "Tôi kết luận nội dung này."),
        (CHAIR, "Giao huyện Đức Trọng học tập cách làm và triển khai."),
        (CHAIR, "Chuyển sang nội dung thứ hai."),
        (CHAIR, "Tiến độ phải nhanh hơn."),
    )
    content = draft_minutes(FACTS, lines)
    assert [(each.title, len(each.statements)) for each in content.sections] == [
        ("Kết quả chuyển đổi số", 3),
        ("Giải ngân vốn đầu tư công", 1),
    ]
    assert [(each.unit, each.segments) for each in content.conclusions] == [("UBND huyện Đức Trọng", (4,))]


def test_item_that_looks_at_open_tasks_lists_them() -> None:
    agenda = (AgendaPoint("Kiểm điểm nhiệm vụ", "Sở Tài chính", "1. Sở Tài chính: rà soát."), *FACTS.agenda)
    section = draft_minutes(replace(FACTS, agenda=agenda), []).sections[0]
    assert (section.title, section.summary) == ("Kiểm điểm nhiệm vụ", "1. Sở Tài chính: rà soát.")


WORDS = st.sampled_from(
    ["giao", "sở tài chính", "huyện đức trọng", "chủ trì", "phối hợp với", "trước ngày 5/7", "tôi xin kết luận", "mời",
     "báo cáo", "biểu quyết", "25 đồng chí nhất trí", "nội dung thứ hai", "hoàn thành", ".", ",", "sản phẩm là"]
)  # fmt: skip
SPEAKERS = st.sampled_from([CHAIR, LAM_HA, DUC_TRONG])
SPEECHES = st.lists(st.tuples(SPEAKERS, st.lists(WORDS, min_size=1, max_size=12).map(" ".join)), max_size=12)


@given(SPEECHES)
def test_every_word_is_kept_once_and_every_claim_names_what_was_said(lines: list[tuple[str, str]]) -> None:
    conversation = converse(*lines)
    content = draft_minutes(FACTS, conversation)
    told = sorted(word for _speaker, text, _segments in said(content) for word in text.split())
    assert told == sorted(word for utterance in conversation for word in utterance.text.split())
    known = {utterance.segment for utterance in conversation}
    for segments in [each.segments for each in content.conclusions] + [each.segments for each in content.votes]:
        assert segments
        assert set(segments) <= known
    assert Content.from_json(content.to_json()) == content
