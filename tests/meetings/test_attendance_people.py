from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.attendance_people import PersonFacts, Proposal, propose_person
from meetings.interval import Span
from meetings.kinds import HERE, Answer, Attended

START = datetime(2026, 11, 24, 1, tzinfo=UTC)
MEETING = Span(START, START + timedelta(minutes=100))


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def span(first: float, last: float) -> Span:
    return Span(at(first), at(last))


@pytest.mark.parametrize(
    ("spans", "attended"),
    [
        ([span(0, 100)], Attended.PRESENT),
        ([span(15, 85)], Attended.PRESENT),
        ([span(-30, 20), span(22, 130)], Attended.PRESENT),
        ([span(15.1, 100)], Attended.LATE),
        ([span(15.1, 70)], Attended.LATE),
        ([span(0, 84.9)], Attended.LEFT_EARLY),
        ([span(0, 30), span(10, 50)], Attended.LEFT_EARLY),
        ([span(0, 49)], Attended.UNEXCUSED),
        ([span(-50, -1)], Attended.UNEXCUSED),
        ([], Attended.UNEXCUSED),
    ],
)
def test_who_is_at_a_site_was_there_as_the_site_was(spans: list[Span], attended: Attended) -> None:
    assert propose_person(PersonFacts(site=spans), MEETING).attended is attended


def test_reconnects_of_a_site_are_one_stay() -> None:
    proposal = propose_person(PersonFacts(site=[span(40, 100), span(0, 20), span(18, 45)]), MEETING)
    assert proposal == Proposal(Attended.PRESENT, at(0), at(100))


def test_threshold_is_a_setting() -> None:
    facts = PersonFacts(site=[span(0, 30)])
    assert propose_person(facts, MEETING, Fraction(3, 10)).attended is Attended.LEFT_EARLY
    assert propose_person(facts, MEETING, Fraction(31, 100)).attended is Attended.UNEXCUSED


def test_own_account_tells_more_than_the_site() -> None:
    facts = PersonFacts(own=[span(40, 60)], site=[span(0, 100)], answer=Answer.DECLINED, excuse="Ốm")
    assert propose_person(facts, MEETING) == Proposal(Attended.LATE, at(40), at(60))


@pytest.mark.parametrize(
    ("minute", "left", "attended"),
    [
        (-20, None, Attended.PRESENT),
        (15, None, Attended.PRESENT),
        (16, None, Attended.LATE),
        (0, 100, Attended.PRESENT),
        (0, 60, Attended.LEFT_EARLY),
    ],
)
def test_who_checked_in_at_the_hall_was_there(minute: float, left: float | None, attended: Attended) -> None:
    left_at = None if left is None else at(left)
    facts = PersonFacts(in_hall=True, arrived_at=at(minute), left_at=left_at, answer=Answer.DECLINED)
    assert propose_person(facts, MEETING) == Proposal(attended, at(minute), left_at)


def test_nothing_is_assumed_of_who_did_not_check_in_at_the_hall() -> None:
    assert propose_person(PersonFacts(in_hall=True, site=[span(0, 100)], answer=Answer.ACCEPTED), MEETING) == Proposal()


@pytest.mark.parametrize("in_hall", [True, False])
def test_absence_has_a_reason_when_the_chair_excused_it_or_the_answer_gave_one(in_hall: bool) -> None:
    site = [span(0, 100)]
    excused = PersonFacts(in_hall=in_hall, site=site, excuse="Đi công tác", answer=Answer.DECLINED, note="Ốm")
    noted = PersonFacts(in_hall=in_hall, site=site, answer=Answer.DECLINED, note="Ốm")
    silent = PersonFacts(in_hall=in_hall, site=site, answer=Answer.DECLINED)
    assert propose_person(excused, MEETING) == Proposal(Attended.EXCUSED, reason="Đi công tác")
    assert propose_person(noted, MEETING) == Proposal(Attended.EXCUSED, reason="Ốm")
    assert propose_person(silent, MEETING) == Proposal(Attended.UNEXCUSED)


def test_meeting_without_length_tells_nothing_of_sites() -> None:
    assert propose_person(PersonFacts(site=[span(-5, 5)]), Span(START, START)).attended is Attended.UNEXCUSED


SPANS = st.lists(
    st.tuples(st.integers(-20, 110), st.integers(0, 60)).map(lambda each: span(each[0], each[0] + each[1]))
)


@given(SPANS, SPANS)
def test_more_connection_never_makes_an_absence(some: list[Span], more: list[Span]) -> None:
    before = propose_person(PersonFacts(site=some), MEETING).attended
    after = propose_person(PersonFacts(site=[*some, *more]), MEETING).attended
    assert before not in HERE or after in HERE
