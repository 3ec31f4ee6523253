"""The draft of minutes by rules, without a language model. Pure.

What a speaker said stays word for word in the course of the meeting; conclusions and votes are written with figures as
minutes want them. Every sentence keeps the rows of the transcript that it came from. Without a transcript the draft is
the skeleton that agenda and attendance give.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from meetings.working_days import WorkingDays
from transcripts import cues
from transcripts.assignments import find_assignment, find_product, split_assignments
from transcripts.ballots import Ballot, Heard, join_votes
from transcripts.cues import Stance
from transcripts.due_dates import find_deadline
from transcripts.hallucination import INVENTED
from transcripts.minutes import Attendance, Conclusion, Content, Gap, Officer, Section, Statement, Vote
from transcripts.numbers import write_figures
from transcripts.timeline import Utterance

OPENING = "Khai mạc"
COURSE = "Diễn biến cuộc họp"
CONCLUSION = "Nội dung kết luận của chủ tọa"
CLOSING = "Kết luận của chủ tọa và kết thúc cuộc họp"
TURN_PAUSE = timedelta(seconds=20)  # a longer silence of one speaker begins a new statement


@dataclass(frozen=True)
class AgendaPoint:
    """``summary``: what is known of it beforehand, such as the tasks that it looks at."""

    title: str
    presenter: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Turn:
    """From ``at`` on this item (its place in the agenda, from 0) was under discussion; None: it was closed."""

    at: datetime
    item: int | None


@dataclass(frozen=True)
class MeetingFacts:
    """What is known of a meeting without its sound. ``today`` is its day in the province, from which deadlines count.

    ``chair_speakers`` are the names under which the chair speaks; ``units`` pairs of a spoken and a written name.
    ``turns`` are those of the agenda in the room: where there are any, they tell which item was on, and not what was
    said. ``ballots`` are the votes that the room counted. ``working``: the calendar of deadlines in working days.
    """

    title: str
    kind: str
    form: str
    organ: str
    parent_organ: str
    notation: str
    started_at: datetime
    ended_at: datetime
    today: date
    places: tuple[str, ...]
    chair: Officer
    secretary: Officer
    attendance: tuple[Attendance, ...] = ()
    agenda: tuple[AgendaPoint, ...] = ()
    gaps: tuple[Gap, ...] = ()
    recipients: tuple[str, ...] = ()
    chair_speakers: frozenset[str] = frozenset()
    units: tuple[tuple[str, str], ...] = ()
    turns: tuple[Turn, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    working: WorkingDays = field(default_factory=WorkingDays)


@dataclass(frozen=True)
class Sentence:
    """One sentence with the utterance it stands in."""

    text: str
    said: Utterance

    @property
    def segments(self) -> tuple[int, ...]:
        return () if self.said.segment is None else (self.said.segment,)


@dataclass
class _OpenVote:
    subject: str
    sentences: list[Sentence] = field(default_factory=list)
    counts: dict[Stance, int] = field(default_factory=dict)


def draft_minutes(facts: MeetingFacts, conversation: Sequence[Utterance]) -> Content:
    """Minutes of all five mandatory blocks from the facts and what was said, in the order of the meeting.

    What nobody is likely to have said stays in the transcript, marked, and is taken over by hand if it was said.
    """
    course = _Course(facts)
    for utterance in conversation:
        if utterance.suspect in INVENTED:
            continue
        for text in cues.split_sentences(utterance.text):
            course.hear(Sentence(text, utterance))
    course.close_vote()
    return Content(
        title=facts.title,
        kind=facts.kind,
        form=facts.form,
        organ=facts.organ,
        parent_organ=facts.parent_organ,
        notation=facts.notation,
        number="",
        started_at=facts.started_at,
        ended_at=facts.ended_at,
        places=facts.places,
        chair=facts.chair,
        secretary=facts.secretary,
        attendance=facts.attendance,
        sections=course.sections(),
        votes=join_votes(facts.ballots, course.votes),
        conclusions=tuple(course.conclusions),
        gaps=facts.gaps,
        recipients=facts.recipients,
    )


class _Course:
    """Follows the meeting sentence by sentence: which item is on, whether a vote is on, whether the chair concludes."""

    def __init__(self, facts: MeetingFacts) -> None:
        self.facts = facts
        self.item: int | None = None
        self.concluding = False
        self.on_item = False  # it is the item that is concluded
        self.opening: list[Sentence] = []
        self.items: list[list[Sentence]] = [[] for _ in facts.agenda]
        self.closing: list[Sentence] = []
        self.votes: list[Heard] = []
        self.conclusions: list[Conclusion] = []
        self.vote: _OpenVote | None = None
        self.given: Sentence | None = None  # the last that gave work, while nothing else was concluded
        self.turns = sorted(facts.turns, key=lambda turn: turn.at)
        self.turned = 0  # how many of them have come to pass

    def hear(self, sentence: Sentence) -> None:
        self._turn_to(sentence.said.starts_at)
        if sentence.said.speaker in self.facts.chair_speakers:
            self._follow_chair(sentence.text)
        self._current().append(sentence)
        is_vote = self._follow_vote(sentence)
        if not is_vote and sentence.said.speaker in self.facts.chair_speakers:
            self._note_conclusion(sentence)

    def _turn_to(self, at: datetime) -> None:
        """What is said after an item was closed still belongs to it, until another one is taken up."""
        while self.turned < len(self.turns) and self.turns[self.turned].at <= at:
            item = self.turns[self.turned].item
            self.turned += 1
            if item is not None and item < len(self.items):
                self.item, self.concluding, self.on_item = item, False, False

    def _follow_chair(self, text: str) -> None:
        if cues.opens_conclusion(text):
            self.concluding = True
            self.on_item = self.item is not None and cues.concludes_item(text)
        elif self.turned:
            pass  # the room has said which item is on
        elif cues.invites_speaker(text) and find_assignment(text, self.facts.units) is None:
            titles = [point.title for point in self.facts.agenda]
            presenters = [point.presenter for point in self.facts.agenda]
            chosen = cues.choose_item(text, titles, presenters, self.item)
            if chosen is not None:
                self.item, self.concluding, self.on_item = chosen, False, False
            elif self.item is None and self.items and "mời" in cues.fold(text):
                self.item = 0  # the floor is given for the first time: the first item is on

    def _current(self) -> list[Sentence]:
        if self.concluding and not self.on_item:
            return self.closing
        return self.opening if self.item is None else self.items[self.item]

    def _follow_vote(self, sentence: Sentence) -> bool:
        """True when the sentence calls a vote or is part of one."""
        if cues.calls_vote(sentence.text):
            self.close_vote()
            self.vote = _OpenVote(self._subject(), [sentence])
            return True
        stance = cues.read_stance(sentence.text)
        count = cues.read_count(sentence.text)
        if self.vote is None and stance is not Stance.NONE and count is not None:
            self.vote = _OpenVote(self._subject())  # a result without a call
        if self.vote is None:
            return False
        if stance is Stance.NONE:
            self.close_vote()
            return False
        self.vote.sentences.append(sentence)
        if count is not None:
            self.vote.counts[stance] = count
        return True

    def _subject(self) -> str:
        if self.concluding and not self.on_item:
            return CONCLUSION
        return self.facts.title if self.item is None else self.facts.agenda[self.item].title

    def close_vote(self) -> None:
        if self.vote is None:
            return
        counts, sentences = self.vote.counts, self.vote.sentences
        vote = Vote(
            subject=self.vote.subject,
            in_favour=counts.get(Stance.IN_FAVOUR),
            against=counts.get(Stance.AGAINST),
            abstain=counts.get(Stance.ABSTAIN),
            text=" ".join(write_figures(sentence.text) for sentence in sentences),
            segments=_collect_segments(sentences),
        )
        self.votes.append(Heard(sentences[0].said.starts_at, vote))
        self.vote = None

    def _note_conclusion(self, sentence: Sentence) -> None:
        for text in split_assignments(write_figures(sentence.text), self.facts.units):
            self._note_point(sentence, text)

    def _note_point(self, sentence: Sentence, text: str) -> None:
        given = find_assignment(text, self.facts.units)
        due = find_deadline(text, self.facts.today, self.facts.working)
        if given is not None and (self.concluding or due is not None or given.verb.startswith("giao")):
            self.conclusions.append(
                Conclusion(text, given.unit, due, sentence.segments, given.supporting, given.product)
            )
            self.given = sentence
        elif given is None and self._adds(sentence, text):
            last = self.conclusions[-1]
            self.conclusions[-1] = replace(
                last,
                text=f"{last.text} {text}",
                due=last.due or due,
                segments=tuple(dict.fromkeys((*last.segments, *sentence.segments))),
                product=last.product or find_product(text),
            )
        elif self.concluding and not cues.is_phatic(text) and not cues.says_only_that_it_concludes(text):
            self.conclusions.append(Conclusion(text, "", due, sentence.segments))
            self.given = None

    def _adds(self, sentence: Sentence, text: str) -> bool:
        """Whether it goes on about the task that the same voice gave just before."""
        given = self.given
        if given is None or given.said.speaker != sentence.said.speaker or not cues.adds_to_task(text):
            return False
        return sentence.said.starts_at - given.said.ends_at <= TURN_PAUSE

    def sections(self) -> tuple[Section, ...]:
        """The agenda's items in their order, with what was said before the first and in the conclusion around them."""
        points = self.facts.agenda
        before = OPENING if any(self.items) or not self.opening else COURSE
        around = [(AgendaPoint(before), self.opening)] if self.opening else []
        whole = [*around, *zip(points, self.items, strict=True)]
        if self.closing:
            whole.append((AgendaPoint(CLOSING), self.closing))
        return tuple(
            Section(point.title, point.presenter, point.summary, _write_statements(sentences))
            for point, sentences in whole
        )


def _write_statements(sentences: Sequence[Sentence]) -> tuple[Statement, ...]:
    """Neighbouring sentences of one speaker as one statement, word for word."""
    turns: list[list[Sentence]] = []
    for sentence in sentences:
        last = turns[-1][-1].said if turns else None
        said = sentence.said
        if last and last.speaker == said.speaker and said.starts_at - last.ends_at <= TURN_PAUSE:
            turns[-1].append(sentence)
        else:
            turns.append([sentence])
    return tuple(
        Statement(
            speaker=turn[0].said.speaker,
            text=" ".join(sentence.text for sentence in turn),
            starts_at=turn[0].said.starts_at,
            segments=_collect_segments(turn),
            suspect=next((sentence.said.suspect for sentence in turn if sentence.said.suspect), ""),
        )
        for turn in turns
    )


def _collect_segments(sentences: Sequence[Sentence]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(segment for sentence in sentences for segment in sentence.segments))
