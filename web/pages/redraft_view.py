"""What became of the last redraft of minutes by a language model, for the page of the minutes."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.kinds import Classification
from meetings.models import Meeting
from transcripts.errors import read_reason
from transcripts.models import Minutes, MinutesState
from transcripts.redraft_work import find_redraft
from web.config import Config
from web.pages.recordings import tell_reason


@dataclass(frozen=True)
class RedraftView:
    """``items``: title, claims with the rows of the transcript that they cite, and why nothing was taken over."""

    model: str
    may_ask: bool
    asked_at: datetime | None
    is_running: bool
    items: list[tuple[str, list[tuple[str, list[int]]], str]]


async def describe_redraft(
    session: AsyncSession, config: Config, meeting: Meeting, minutes: Minutes | None, *, may_edit: bool
) -> RedraftView | None:
    """``None`` where there is no model, the meeting is restricted, or the person does not work on these minutes."""
    off = not config.redraft_url or meeting.classification is Classification.RESTRICTED
    if off or minutes is None or minutes.id is None or not may_edit:
        return None
    last = await find_redraft(session, minutes.id)
    running = last is not None and last.finished_at is None
    return RedraftView(
        model=config.redraft_model,
        may_ask=minutes.state is MinutesState.DRAFT and not running,
        asked_at=last.asked_at if last else None,
        is_running=running,
        items=[
            (
                item["title"],
                [(claim["text"], claim["segments"]) for claim in item["claims"]],
                tell_reason(read_reason(item["reason"])) if item["reason"] else "",
            )
            for item in (last.items if last else [])
        ],
    )
