from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from transcripts.ballots import LONGEST, Ballot, Heard, join_votes, write_ballot
from transcripts.minutes import Vote

START = datetime(2026, 11, 24, 1, tzinfo=UTC)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


BALLOT = Ballot(
    subject="Thông qua kế hoạch.",
    kind="ballot",
    secret=False,
    opened_at=at(10),
    closed_at=at(12),
    entitled=30,
    present=28,
    cast=27,
    valid=True,
    in_favour=25,
    against=1,
    abstain=1,
    against_names=("Lý Văn Sơn",),
    abstain_names=("Ka Thị Hoa",),
)


def test_open_ballot_is_worded_with_its_numbers_and_who_was_not_for_it() -> None:
    assert write_ballot(BALLOT) == Vote(
        "Thông qua kế hoạch (biểu quyết công khai, 28/30 thành viên có mặt, 27 phiếu)",
        25,
        1,
        1,
        "Không tán thành: Lý Văn Sơn. Không có ý kiến: Ka Thị Hoa",
    )


@pytest.mark.parametrize(
    ("ballot", "words"),
    [
        (
            replace(BALLOT, secret=True, against_names=(), abstain_names=()),
            "(bỏ phiếu kín, 28/30 thành viên có mặt, 27 phiếu)",
        ),
        (replace(BALLOT, kind="opinion", cast=26), "(lấy ý kiến các đơn vị, 26/30 đơn vị có ý kiến)"),
        (replace(BALLOT, kind="opinion", secret=True), "(lấy ý kiến kín các đơn vị, 27/30 đơn vị có ý kiến)"),
        (replace(BALLOT, valid=False), "27 phiếu, không đủ số có mặt theo quy định)"),
    ],
)
def test_kind_of_vote_is_said(ballot: Ballot, words: str) -> None:
    assert write_ballot(ballot).subject.endswith(words)


def test_long_subject_is_cut_and_the_numbers_stay() -> None:
    subject = write_ballot(replace(BALLOT, subject="a" * 500)).subject
    assert len(subject) == LONGEST
    assert subject.endswith("… (biểu quyết công khai, 28/30 thành viên có mặt, 27 phiếu)")


def heard(minute: float, segment: int) -> Heard:
    return Heard(at(minute), Vote("Nghe được", in_favour=27, segments=(segment,)))


def test_what_was_said_of_a_ballot_belongs_to_it() -> None:
    later = replace(BALLOT, subject="Bầu tổ trưởng", opened_at=at(60), closed_at=at(62))
    votes = join_votes([BALLOT, later], [heard(30, 9), heard(9, 1), heard(13, 2), heard(61, 3)])
    assert [(vote.subject.partition(" (")[0], vote.in_favour, vote.segments) for vote in votes] == [
        ("Thông qua kế hoạch", 25, (1, 2)),
        ("Nghe được", 27, (9,)),
        ("Bầu tổ trưởng", 25, (3,)),
    ]


def test_what_was_said_between_two_ballots_belongs_to_the_nearer_one() -> None:
    soon = replace(BALLOT, opened_at=at(14), closed_at=at(15))
    first, second = join_votes([BALLOT, soon], [heard(12.5, 1), heard(14.5, 2)])
    assert (first.segments, second.segments) == ((1,), (2,))


def test_votes_are_only_heard_where_the_room_took_none() -> None:
    assert join_votes([], [heard(1, 1)]) == (heard(1, 1).vote,)
