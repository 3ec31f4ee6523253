"""Names for the speech engine come from the meeting: who speaks into it, who chairs, who is invited, the agenda."""

from datetime import UTC, datetime, timedelta

from meetings.models import AgendaItem
from meetings.room_models import AgendaTurn
from transcripts.hints import find_topics

ZERO = datetime(2025, 6, 20, 1, 0, tzinfo=UTC)


def test_topics_follow_the_room_on_the_clock_of_the_recording() -> None:
    agenda = [AgendaItem(meeting_id=1, position=1, title="Giải ngân", presenter="Sở Tài chính")]
    turns = [
        AgendaTurn(meeting_id=1, at=ZERO + timedelta(minutes=5), position=1, title="Giải ngân"),
        AgendaTurn(meeting_id=1, at=ZERO - timedelta(minutes=1), position=None, title="Việc khác"),
    ]
    assert find_topics(agenda, turns, ZERO) == ((-60.0, ("Việc khác",)), (300.0, ("Giải ngân", "Sở Tài chính")))
