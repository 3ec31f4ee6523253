"""Names that may be spoken in a recording, from what the database knows of its meeting, for the engine's prompt."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.course_store import list_turns
from meetings.meeting_store import MeetingBundle, get_meeting_by_id
from meetings.models import AgendaItem
from meetings.room_models import AgendaTurn
from transcripts.models import Recording
from transcripts.speech import Hints


async def gather_hints(session: AsyncSession, recording: Recording) -> Hints:
    """The likeliest names first: who speaks into it, who chairs, who is invited; and what was on the agenda when."""
    bundle = await get_meeting_by_id(session, recording.meeting_id)
    turns = await list_turns(session, recording.meeting_id)
    return Hints(names=list_names(bundle, recording), turns=find_topics(bundle.agenda, turns, recording.started_at))


def list_names(bundle: MeetingBundle, recording: Recording) -> tuple[str, ...]:
    own = [invited for invited in bundle.invitations if invited.unit.id == recording.unit_id]
    others = [invited for invited in bundle.invitations if invited.unit.id != recording.unit_id]
    return _drop_doubles(
        [
            *(invited.unit.name for invited in own),
            bundle.chair.full_name,
            *(item.presenter for item in bundle.agenda),
            *(name for invited in own for name in invited.invitation.names),
            *(invited.unit.name for invited in others),
            bundle.secretary.full_name,
            *(item.title for item in bundle.agenda),
            *(name for invited in others for name in invited.invitation.names),
        ]
    )


def find_topics(
    agenda: Iterable[AgendaItem], turns: Iterable[AgendaTurn], zero: datetime
) -> tuple[tuple[float, tuple[str, ...]], ...]:
    """From which second of the recording on the room was at which item of the agenda: its title and its presenter."""
    presenters = {item.title: item.presenter for item in agenda}
    return tuple(
        ((turn.at - zero).total_seconds(), _drop_doubles([turn.title, presenters.get(turn.title, "")]))
        for turn in sorted(turns, key=lambda turn: turn.at)
    )


def _drop_doubles(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))
