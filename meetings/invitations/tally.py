"""Who comes, in numbers: answers of units and of people, counted. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from meetings.kinds import Answer


@dataclass(frozen=True, slots=True)
class Tally:
    """How many answered what; ``waiting`` have not answered."""

    accepted: int = 0
    declined: int = 0
    tentative: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        return self.accepted + self.declined + self.tentative + self.waiting


def count_answers(answers: Iterable[Answer]) -> Tally:
    found = list(answers)
    return Tally(
        accepted=found.count(Answer.ACCEPTED),
        declined=found.count(Answer.DECLINED),
        tentative=found.count(Answer.TENTATIVE),
        waiting=found.count(Answer.NEEDS_ACTION),
    )


def answer_of_unit(own: Answer, people: Collection[Answer]) -> Answer:
    """What a unit's answer comes to: its own, else what its people say, of whom one who comes is enough."""
    if own is not Answer.NEEDS_ACTION or not people:
        return own
    for answer in (Answer.ACCEPTED, Answer.TENTATIVE):
        if answer in people:
            return answer
    return Answer.DECLINED if set(people) == {Answer.DECLINED} else Answer.NEEDS_ACTION
