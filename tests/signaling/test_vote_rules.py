"""Votes: who may, what counts, and what nobody can know."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import effects as e
from signaling import protocol
from signaling.room import Room
from signaling.state import Admission
from tests.room_play import (
    FACTS,
    NOW,
    SECOND,
    admit,
    enter,
    guest,
    kept,
    refusal,
    sent,
)

MEMBERS = frozenset({1, 2, 3, 8, 9})


def member(number: int, role: protocol.Role = "delegate", **changes: Any) -> Admission:
    about = {"person_id": number, "site_id": None, "unit_id": number}
    return admit(number, role, **{"about": about, **changes})


@pytest.fixture
def council() -> Room:
    """In session: the chair p1 on c1 and two members vote, p4 on c4 is a substitute; two more members are absent."""
    room = Room("hop", replace(FACTS, voters=MEMBERS))
    enter(room, "c1", member(1, "chair"))
    enter(room, "c2", member(2))
    enter(room, "c3", member(3))
    enter(room, "c4", member(4))
    room.handle("c1", protocol.Start(), NOW)
    return room


def ask(
    room: Room, kind: protocol.VoteKind = "ballot", secret: bool = False, quorum: int | None = None, by: str = "c1"
) -> list[e.Effect]:
    return room.handle(
        by, protocol.OpenVote(subject="Thông qua nghị quyết", kind=kind, secret=secret, quorum=quorum), NOW
    )


def cast(room: Room, connection: str, choice: protocol.Choice, vote: int = 1) -> list[e.Effect]:
    return room.handle(connection, protocol.CastVote(vote=vote, choice=choice), NOW)


def test_vote_is_open_to_all_eyes_but_its_count_is_not(council: Room) -> None:
    effects = ask(council)

    opened = e.VoteOpened(1, "Thông qua nghị quyết", "ballot", False, "account:1", "Điểm cầu 1", NOW)
    assert effects[0] == e.Save((opened,))
    [vote] = {m.room.votes[0] for _, m in sent(effects, protocol.RoomChanged)}
    assert (vote.id, vote.state, vote.entitled, vote.present, vote.quorum) == (1, "open", 5, 3, 3)
    cast(council, "c2", "for")
    [vote] = council.view_room().votes
    assert (vote.cast, vote.tally, vote.valid, vote.choices) == (1, None, None, ())


def test_ballot_is_acknowledged_after_it_was_saved(council: Room) -> None:
    ask(council)

    effects = cast(council, "c2", "against")

    assert [type(effect) for effect in effects] == [e.Save, e.Send, e.Broadcast]
    assert sent(effects, protocol.VoteCounted) == [("c2", protocol.VoteCounted(vote=1, choice="against"))]


def test_open_ballot_may_be_changed_until_it_is_closed(council: Room) -> None:
    ask(council)
    cast(council, "c2", "against")
    cast(council, "c2", "for")
    cast(council, "c3", "abstain")

    effects = council.handle("c1", protocol.CloseVote(vote=1), NOW + SECOND)

    [record] = kept(effects)
    assert record == e.VoteClosed(
        number=1,
        subject="Thông qua nghị quyết",
        kind="ballot",
        secret=False,
        withdrawn=False,
        opened_at=NOW,
        at=NOW + SECOND,
        entitled=5,
        present=3,
        cast=2,
        quorum=3,
        valid=True,
        in_favour=1,
        against=0,
        abstain=1,
        voters=("Điểm cầu 2", "Điểm cầu 3"),
        choices=(("Điểm cầu 2", "for"), ("Điểm cầu 3", "abstain")),
        identity="account:1",
        name="Điểm cầu 1",
    )
    [vote] = council.view_room().votes
    assert (vote.state, vote.valid) == ("closed", True)
    assert vote.tally == protocol.Tally(in_favour=1, against=0, abstain=1)
    assert [(c.name, c.choice) for c in vote.choices] == list(record.choices)
    assert refusal(cast(council, "c1", "for"))[1].code == "no_such_vote"


def test_quorum_counts_those_who_are_or_were_here(council: Room) -> None:
    ask(council, quorum=4)
    council.handle("c1", protocol.CloseVote(vote=1), NOW)
    assert [vote.valid for vote in council.view_room().votes] == [False]

    ask(council)
    cast(council, "c2", "for", 2)
    council.handle("c2", protocol.Leave(), NOW)
    council.handle("c3", protocol.Leave(), NOW)
    council.handle("c1", protocol.CloseVote(vote=2), NOW)

    vote = council.view_room().votes[-1]
    assert (vote.present, vote.quorum, vote.valid) == (2, 3, False)  # who voted and left counts, who left does not


@pytest.mark.parametrize("connection", ["c4", "c5", "c6"])
def test_substitutes_observers_and_guests_cast_no_ballot(council: Room, connection: str) -> None:
    enter(council, "c5", admit(5, "observer"))
    enter(council, "c6", guest("a"))
    ask(council)

    assert refusal(cast(council, connection, "for"))[1].code == "not_entitled"


def test_member_with_two_accounts_has_one_ballot(council: Room) -> None:
    enter(council, "c5", member(2, identity="account:22"))
    ask(council)
    cast(council, "c2", "for")
    cast(council, "c5", "against")
    council.handle("c1", protocol.CloseVote(vote=1), NOW)

    [vote] = council.view_room().votes
    assert (vote.cast, vote.tally) == (1, protocol.Tally(in_favour=0, against=1, abstain=0))


def test_member_who_is_named_or_dropped_in_session_is_told_and_votes_or_does_not(council: Room) -> None:
    """Whoever is in the room already, and while a vote is open; what was cast before stands."""
    ask(council)
    cast(council, "c2", "for")

    effects = council.update_facts(replace(council.facts, voters=frozenset({1, 3, 4})), NOW)

    changed = {m.participant.id: m.participant.votes for _, m in sent(effects, protocol.ParticipantChanged)}
    assert changed == {"p2": False, "p4": True}
    assert {m.room.votes[0].entitled for _, m in sent(effects, protocol.RoomChanged)} == {4}  # three, and who has voted
    assert refusal(cast(council, "c2", "against"))[1].code == "not_entitled"
    cast(council, "c4", "against")
    council.handle("c1", protocol.CloseVote(vote=1), NOW)
    [vote] = council.view_room().votes
    assert vote.tally == protocol.Tally(in_favour=1, against=1, abstain=0)
    [(_, joined)] = sent(enter(council, "late", admit(9)), protocol.Joined)
    assert [p.votes for p in joined.participants] == [True, False, True, True, False]


def test_snapshot_of_when_the_vote_was_given_at_the_door_is_read(council: Room) -> None:
    snapshot = council.to_json()
    for person in snapshot["people"].values():
        person["admission"]["votes"] = True
    again = Room("hop", council.facts)
    again.load_state(snapshot)
    assert [again.view_person(person).votes for person in again.present()] == [True, True, True, False]


def test_opinion_is_one_of_each_unit_and_the_last_counts(council: Room) -> None:
    enter(council, "c5", admit(5, about={"person_id": None, "site_id": 50, "unit_id": 4}))
    ask(council, "opinion")
    cast(council, "c4", "for")
    cast(council, "c5", "against")
    cast(council, "c2", "for")
    council.handle("c1", protocol.CloseVote(vote=1), NOW)

    [vote] = council.view_room().votes
    assert [(c.name, c.choice) for c in vote.choices] == [("UBND xã 2", "for"), ("UBND xã 5", "against")]
    assert (vote.entitled, vote.present, vote.cast) == (4, 4, 2)


def test_one_vote_at_a_time_in_session_by_those_who_may(council: Room) -> None:
    assert refusal(ask(council, by="c2"))[1].code == "not_allowed"
    ask(council)
    assert refusal(ask(council))[1].code == "vote_running"
    assert refusal(council.handle("c2", protocol.CloseVote(vote=1), NOW))[1].code == "not_allowed"
    assert refusal(council.handle("c1", protocol.CloseVote(vote=7), NOW))[1].code == "no_such_vote"
    waiting = Room("hop", FACTS)
    enter(waiting, "c1", member(1, "chair"))
    assert refusal(ask(waiting))[1].code == "not_now"


def test_withdrawn_vote_has_no_result(council: Room) -> None:
    ask(council)
    cast(council, "c2", "for")

    effects = council.handle("c1", protocol.WithdrawVote(vote=1), NOW)

    assert [(r.withdrawn, r.valid) for r in kept(effects) if isinstance(r, e.VoteClosed)] == [(True, False)]
    [vote] = council.view_room().votes
    assert (vote.state, vote.tally, vote.valid, vote.choices) == ("withdrawn", None, None, ())


def test_meeting_that_ends_withdraws_what_is_open(council: Room) -> None:
    ask(council)

    effects = council.handle("c1", protocol.End(), NOW)

    assert [r.withdrawn for r in kept(effects) if isinstance(r, e.VoteClosed)] == [True]


def test_votes_survive_the_end_of_the_server(council: Room) -> None:
    ask(council, secret=True)
    cast(council, "c2", "for")
    again = Room("hop", council.facts)
    again.load_state(council.to_json())
    again.recover(NOW, NOW)
    for number in (1, 2, 3):
        enter(again, f"d{number}", member(number, "chair" if number == 1 else "delegate"))

    assert refusal(cast(again, "d2", "against"))[1].code == "already_voted"
    cast(again, "d3", "against")
    again.handle("d1", protocol.CloseVote(vote=1), NOW)

    [vote] = again.view_room().votes
    assert vote.tally == protocol.Tally(in_favour=1, against=1, abstain=0)


def test_who_returns_is_told_how_they_voted(council: Room) -> None:
    ask(council)
    cast(council, "c2", "for")
    [(_, joined)] = sent(enter(council, "c9", member(2)), protocol.Joined)
    assert joined.my_votes == (protocol.MyVote(vote=1, choice="for"),)
    council.handle("c1", protocol.CloseVote(vote=1), NOW)
    ask(council, secret=True)
    cast(council, "c9", "against", 2)

    [(_, joined)] = sent(enter(council, "c10", member(2)), protocol.Joined)

    assert joined.my_votes[1] == protocol.MyVote(vote=2, choice=None)


choices = st.sampled_from(["for", "against", "abstain"])


@given(st.lists(st.tuples(st.sampled_from(["c1", "c2", "c3"]), choices), max_size=6), st.booleans())
def test_nothing_links_a_name_to_a_secret_choice(ballots: list[tuple[str, protocol.Choice]], closes: bool) -> None:
    """Whoever chose what: messages, records and snapshots are the same for every way to deal out the same choices."""
    script = list(dict(ballots).items())
    turned = [(c, choice) for (c, _), (_, choice) in zip(script, script[1:] + script[:1], strict=True)]

    seen = []
    for casts in (script, turned):
        room = Room("hop", replace(FACTS, voters=frozenset({1, 2, 3})))
        for number in (1, 2, 3):
            enter(room, f"c{number}", member(number, "chair" if number == 1 else "delegate"))
        room.handle("c1", protocol.Start(), NOW)
        ask(room, secret=True)
        effects = [effect for connection, choice in casts for effect in cast(room, connection, choice)]
        if closes:
            effects += room.handle("c1", protocol.CloseVote(vote=1), NOW)
        [(_, joined)] = sent(enter(room, "late", admit(9)), protocol.Joined)
        seen.append((effects, joined.room, room.to_json()))

    assert seen[0][:2] == seen[1][:2]
    assert json.dumps(seen[0][2]["votes"]) == json.dumps(seen[1][2]["votes"])  # to the order of keys
    assert room.to_json()["votes"][0]["choices"] == {}
