import pytest

from meetings.invitations.tally import Tally, answer_of_unit, count_answers
from meetings.kinds import Answer

YES, NO, MAYBE, NONE = Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE, Answer.NEEDS_ACTION


def test_answers_are_counted() -> None:
    tally = count_answers([YES, YES, NO, MAYBE, NONE, NONE, NONE])
    assert tally == Tally(accepted=2, declined=1, tentative=1, waiting=3)
    assert tally.total == 7
    assert count_answers([]).total == 0


@pytest.mark.parametrize(
    ("own", "people", "comes_to"),
    [
        (NONE, [], NONE),
        (NO, [YES], NO),
        (YES, [NO, NO], YES),
        (NONE, [NO, YES], YES),
        (NONE, [NO, MAYBE], MAYBE),
        (NONE, [NO, NO], NO),
        (NONE, [NO, NONE], NONE),
    ],
)
def test_unit_answers_by_itself_or_by_its_people(own: Answer, people: list[Answer], comes_to: Answer) -> None:
    assert answer_of_unit(own, people) is comes_to
