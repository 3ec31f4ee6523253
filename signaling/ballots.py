"""Who may vote in what, how a vote is counted, and what others see of it.

A *voter* is a key, so that nobody votes twice: a member for a ballot ("person:7", with two accounts as with one), a
unit for an opinion ("unit:3"). Of a secret vote there is who voted, and how often each choice was made; nothing joins
the two.
"""

from collections.abc import Iterable

from signaling.protocol import Choice, NamedChoice, Role, Tally, Vote, VoteKind
from signaling.state import Admission, Person, RoomFacts, VoteState

# No unit speaks through these.
MUTE_ROLES: frozenset[Role] = frozenset({"observer", "guest", "projection", "technician"})
CHOICES: tuple[Choice, ...] = ("for", "against", "abstain")


def is_voter(who: Admission, facts: RoomFacts) -> bool:
    """Whether they are a member entitled to cast a ballot, as the booking has it now."""
    return who.about.get("person_id") in facts.voters


def find_voter(person: Person, kind: VoteKind, facts: RoomFacts) -> tuple[str, str] | None:
    """The key and the name under which this person votes, or None for one who is not entitled."""
    who = person.admission
    if kind == "ballot":
        return (f"person:{who.about.get('person_id')}", who.name) if is_voter(who, facts) else None
    unit, site = who.about.get("unit_id"), who.about.get("site_id")
    if who.role in MUTE_ROLES or (unit is None and site is None):
        return None
    return (f"site:{site}" if unit is None else f"unit:{unit}", who.detail or who.name)


def count_voters(vote: VoteState, facts: RoomFacts, present: Iterable[Person]) -> tuple[int, int]:
    """How many are entitled, and how many of them are here or have voted: while it is open, now; then as it closed."""
    if vote.state != "open":
        return vote.entitled, vote.present
    here = {found[0] for person in present if (found := find_voter(person, vote.kind, facts))} | set(vote.voters)
    if vote.kind == "ballot":
        return max(len(facts.voters), len(here)), len(here)
    return len(here | {seat for seat in facts.seats if seat.startswith("unit:")}), len(here)


def find_quorum(vote: VoteState, entitled: int) -> int:
    """More than half of those entitled, unless another one was set."""
    return entitled // 2 + 1 if vote.quorum is None else vote.quorum


def count_choices(vote: VoteState) -> dict[Choice, int]:
    if vote.secret:
        return {choice: vote.counts.get(choice, 0) for choice in CHOICES}
    return {choice: list(vote.choices.values()).count(choice) for choice in CHOICES}


def cast_vote(vote: VoteState, key: str, name: str, choice: Choice) -> bool:
    """False when the voter has voted in secret already: nobody knows what there would be to change."""
    if vote.secret:
        if key in vote.voters:
            return False
        # All three from the first ballot on, in one order: else the order of keys would tell the first choice.
        vote.counts = {each: vote.counts.get(each, 0) + (each == choice) for each in CHOICES}
    else:
        vote.choices[key] = choice
    vote.voters[key] = name
    return True


def list_choices(vote: VoteState) -> list[tuple[str, Choice]]:
    """Who chose what, by name; nothing of a secret vote."""
    return sorted((vote.voters[key], choice) for key, choice in vote.choices.items())


def view_vote(vote: VoteState, facts: RoomFacts, present: Iterable[Person], *, with_choices: bool) -> Vote:
    """What everybody may see."""
    entitled, here = count_voters(vote, facts, present)
    quorum, counts, closed = find_quorum(vote, entitled), count_choices(vote), vote.state == "closed"
    named = list_choices(vote) if closed and with_choices else []
    return Vote(
        id=vote.id,
        subject=vote.subject,
        kind=vote.kind,
        secret=vote.secret,
        state=vote.state,
        opened_at=vote.opened_at,
        closed_at=vote.closed_at,
        entitled=entitled,
        present=here,
        cast=len(vote.voters),
        quorum=quorum,
        valid=here >= quorum if closed else None,
        tally=Tally(in_favour=counts["for"], against=counts["against"], abstain=counts["abstain"]) if closed else None,
        choices=tuple(NamedChoice(name=name, choice=choice) for name, choice in named),
    )
