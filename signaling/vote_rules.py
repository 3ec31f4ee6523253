"""The room's rules of voting. Who may vote and how it is counted stands in ``ballots.py``.

One vote at a time, in session only. A voter hears that they voted after it was saved, so that no restart loses a ballot
that was acknowledged. A secret ballot is final: nothing is kept by which it could be found again.
"""

from datetime import datetime

from signaling import effects as e
from signaling import protocol
from signaling.ballots import cast_vote, count_choices, count_voters, find_quorum, find_voter, list_choices
from signaling.effects import Effect, Record
from signaling.errors import UserError
from signaling.presence_rules import PresenceRules
from signaling.roster import VOTES_SHOWN, Handlers
from signaling.state import Person, VoteState


class VoteRules(PresenceRules):
    """Votes."""

    def open_vote(self, person: Person, message: protocol.OpenVote, now: datetime) -> list[Effect]:
        self.require(person, "vote")
        state = self.state
        if state.phase != "in_session":
            raise UserError("not_now")
        if any(vote.state == "open" for vote in state.votes):
            raise UserError("vote_running")
        vote = VoteState(
            id=state.next_vote,
            subject=message.subject,
            kind=message.kind,
            secret=message.secret,
            quorum=message.quorum,
            opened_at=now,
        )
        state.next_vote += 1
        state.votes = [*state.votes, vote][-VOTES_SHOWN:]
        who = person.admission
        record = e.VoteOpened(vote.id, vote.subject, vote.kind, vote.secret, who.identity, who.name, now)
        return [e.Save((record,)), self.announce_room()]

    def cast_vote(self, person: Person, message: protocol.CastVote, now: datetime) -> list[Effect]:
        vote = self._get_open(message.vote)
        voter = find_voter(person, vote.kind, self.facts)
        if voter is None:
            raise UserError("not_entitled")
        if not cast_vote(vote, *voter, message.choice):
            raise UserError("already_voted")
        counted = protocol.VoteCounted(vote=vote.id, choice=None if vote.secret else message.choice)
        return [e.Save(), *self.send_to(person, counted), self.announce_room()]

    def close_vote(self, person: Person, message: protocol.CloseVote, now: datetime) -> list[Effect]:
        self.require(person, "vote")
        record = self.count_out(self._get_open(message.vote), person, now, withdrawn=False)
        return [e.Save((record,)), self.announce_room()]

    def withdraw_vote(self, person: Person, message: protocol.WithdrawVote, now: datetime) -> list[Effect]:
        self.require(person, "vote")
        record = self.count_out(self._get_open(message.vote), person, now, withdrawn=True)
        return [e.Save((record,)), self.announce_room()]

    def count_out(self, vote: VoteState, by: Person | None, now: datetime, *, withdrawn: bool) -> Record:
        """Close a vote, and what the books keep of it."""
        vote.entitled, vote.present = count_voters(vote, self.facts, self.present())
        vote.state, vote.closed_at = ("withdrawn" if withdrawn else "closed"), now
        counts, quorum = count_choices(vote), find_quorum(vote, vote.entitled)
        return e.VoteClosed(
            number=vote.id,
            subject=vote.subject,
            kind=vote.kind,
            secret=vote.secret,
            withdrawn=withdrawn,
            opened_at=vote.opened_at,
            at=now,
            entitled=vote.entitled,
            present=vote.present,
            cast=len(vote.voters),
            quorum=quorum,
            valid=not withdrawn and vote.present >= quorum,
            in_favour=counts["for"],
            against=counts["against"],
            abstain=counts["abstain"],
            voters=tuple(sorted(vote.voters.values())),
            choices=tuple(list_choices(vote)),
            identity=by.admission.identity if by else "",
            name=by.admission.name if by else "",
        )

    def withdraw_all(self, by: Person | None, now: datetime) -> tuple[Record, ...]:
        """The meeting ends while a vote is open: nobody declared its result."""
        running = [vote for vote in self.state.votes if vote.state == "open"]
        return tuple(self.count_out(vote, by, now, withdrawn=True) for vote in running)

    def get_subject(self, number: int) -> str:
        """What a vote is about, "" where there is none of this number."""
        return next((vote.subject for vote in self.state.votes if vote.id == number), "")

    def _get_open(self, number: int) -> VoteState:
        for vote in self.state.votes:
            if vote.id == number and vote.state == "open":
                return vote
        raise UserError("no_such_vote")


HANDLERS: Handlers = {
    protocol.OpenVote: VoteRules.open_vote,
    protocol.CastVote: VoteRules.cast_vote,
    protocol.CloseVote: VoteRules.close_vote,
    protocol.WithdrawVote: VoteRules.withdraw_vote,
}
