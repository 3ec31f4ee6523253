"""Votes that were taken in the room, as minutes word them, and joined with what was said while they were taken. Pure.

The room counted: its numbers stand. What the chair read out of the result gives the sentences that prove it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from transcripts.minutes import Vote

BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=5)  # of a vote, in which it is spoken of
LONGEST = 500  # letters of a subject


@dataclass(frozen=True)
class Ballot:
    """A vote as the room counted it. ``others`` chose otherwise than for, by name; empty where it was secret.

    ``kind`` is "ballot" (of members) or "opinion" (of units).
    """

    subject: str
    kind: str
    secret: bool
    opened_at: datetime
    closed_at: datetime
    entitled: int
    present: int
    cast: int
    valid: bool
    in_favour: int
    against: int
    abstain: int
    against_names: tuple[str, ...] = ()
    abstain_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heard:
    """A vote as it was spoken of, ``at`` its first sentence."""

    at: datetime
    vote: Vote


def join_votes(ballots: Sequence[Ballot], heard: Sequence[Heard]) -> tuple[Vote, ...]:
    """All votes in their order. What was said while a ballot was taken belongs to it and is no vote of its own."""
    said: dict[int, list[int]] = {}
    votes: list[Heard] = []
    for each in heard:
        number = _find_ballot(ballots, each.at)
        if number is None:
            votes.append(each)
        else:
            said.setdefault(number, []).extend(each.vote.segments)
    for number, ballot in enumerate(ballots):
        segments = tuple(dict.fromkeys(said.get(number, ())))
        votes.append(Heard(ballot.opened_at, replace(write_ballot(ballot), segments=segments)))
    return tuple(each.vote for each in sorted(votes, key=lambda each: each.at))


def _find_ballot(ballots: Sequence[Ballot], at: datetime) -> int | None:
    """The ballot that was being taken, or else the last one before or the first one after within reach."""
    near = [
        (max(ballot.opened_at - at, at - ballot.closed_at, timedelta()), number)
        for number, ballot in enumerate(ballots)
        if ballot.opened_at - BEFORE <= at <= ballot.closed_at + AFTER
    ]
    return min(near)[1] if near else None


def write_ballot(ballot: Ballot) -> Vote:
    about = f" ({_describe(ballot)})"
    subject = ballot.subject.strip().rstrip(".")
    if len(subject) + len(about) > LONGEST:
        subject = subject[: LONGEST - len(about) - 1] + "…"
    told = [
        f"{word}: {', '.join(names)}"
        for word, names in (("Không tán thành", ballot.against_names), ("Không có ý kiến", ballot.abstain_names))
        if names
    ]
    return Vote(
        subject=subject + about,
        in_favour=ballot.in_favour,
        against=ballot.against,
        abstain=ballot.abstain,
        text=". ".join(told),
    )


def _describe(ballot: Ballot) -> str:
    if ballot.kind == "opinion":
        how = "lấy ý kiến kín các đơn vị" if ballot.secret else "lấy ý kiến các đơn vị"
        parts = [how, f"{ballot.cast}/{ballot.entitled} đơn vị có ý kiến"]
    else:
        how = "bỏ phiếu kín" if ballot.secret else "biểu quyết công khai"
        parts = [how, f"{ballot.present}/{ballot.entitled} thành viên có mặt", f"{ballot.cast} phiếu"]
    if not ballot.valid:
        parts.append("không đủ số có mặt theo quy định")
    return ", ".join(parts)


def names_of(choices: Iterable[tuple[str, str]], choice: str) -> tuple[str, ...]:
    return tuple(name for name, chosen in choices if chosen == choice)
