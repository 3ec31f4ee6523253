"""The one function behind every search: what somebody may see of what was found, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.kinds import Role
from meetings.meeting_store import MeetingBundle, bundle_meetings, is_visible
from meetings.models import Meeting
from meetings.people_store import load_history
from meetings.permissions import Actor
from transcripts.search.folding import list_tokens
from transcripts.search.passages import Sentence, find_sentence
from transcripts.search.query import Piece, Query, cut_snippet, find_places
from transcripts.search.store import Range, Scope, find_entries
from transcripts.search_models import EntryKind, SearchEntry

PAGE = 20
BATCH = 60  # entries read at a time: some fall away because this person may not see them
MOST_BATCHES = 20  # after so many the search stops and says so; "older" goes on from there


@dataclass(frozen=True, slots=True)
class Hit:
    """``sentence``: what was said, where a transcript has it."""

    entry: SearchEntry
    bundle: MeetingBundle
    snippet: Sequence[Piece]
    sentence: Sentence | None


@dataclass(frozen=True, slots=True)
class Found:
    """``before``: the key with which the search goes on to what is older; ``None`` when that was all.

    ``any_marks``: nothing has just these marks, so what is told differs in them.
    """

    hits: Sequence[Hit]
    before: int | None
    any_marks: bool = False


async def search(session: AsyncSession, actor: Actor, query: Query, within: Range) -> Found:
    """A page of what ``actor`` may see. Words typed with marks are tried without, when nothing has these marks."""
    found = await _search(session, actor, query, within)
    if found.hits or found.before is not None or within.before is not None or not query.has_marks:
        return found
    others = await _search(session, actor, query.without_marks(), within)
    return Found(others.hits, others.before, any_marks=bool(others.hits))


async def _search(session: AsyncSession, actor: Actor, query: Query, within: Range) -> Found:
    scope, history = scope_of(actor), await load_history(session)
    bundles: dict[int, MeetingBundle] = {}
    hits: list[Hit] = []
    before = within.before
    for _ in range(MOST_BATCHES):
        wanted = Range(within.start, within.end, within.kinds, before)
        entries = await find_entries(session, query, scope, wanted, BATCH)
        unknown = {entry.meeting_id for entry in entries} - bundles.keys()
        rows = (await session.exec(select(Meeting).where(col(Meeting.id).in_(unknown)))).all() if unknown else []
        bundles |= {bundle.id: bundle for bundle in await bundle_meetings(session, rows, history)} if rows else {}
        for entry in entries:
            before = entry.id
            hit = _make_hit(actor, query, entry, bundles.get(entry.meeting_id))
            if hit is not None:
                hits.append(hit)
            if len(hits) == PAGE:
                return Found(hits, before)
        if len(entries) < BATCH:
            return Found(hits, None)
    return Found(hits, before)


def _make_hit(actor: Actor, query: Query, entry: SearchEntry, bundle: MeetingBundle | None) -> Hit | None:
    if bundle is None or not may_see(actor, entry, bundle):
        return None
    places = find_places(query, list_tokens(entry.text))
    if not places:
        return None
    sentence = find_sentence(entry.starts_at, entry.marks, places[0][0])
    return Hit(entry, bundle, cut_snippet(entry.text, places), sentence)


def scope_of(actor: Actor) -> Scope:
    """Where it is worth looking at all."""
    return Scope(
        all_records=actor.has(*permissions.OVERSEERS, Role.CLERK),
        all_rooms=actor.has(Role.TECHNICIAN, Role.ADMINISTRATOR),
        account_id=actor.account_id,
        person_id=actor.person_id,
        unit_id=actor.unit_id,
        site_id=actor.site_id,
    )


def may_see(actor: Actor, entry: SearchEntry, bundle: MeetingBundle) -> bool:
    """As on the page where the entry stands."""
    meeting, invited = bundle.meeting, bundle.invited_unit_ids
    match entry.kind:
        case EntryKind.MEETING:
            return is_visible(actor, bundle)
        case EntryKind.PAPER:
            return permissions.may_read_papers(actor, meeting, invited, bundle.invited_site_ids)
        case EntryKind.MINUTES:
            return permissions.may_view_minutes(actor, meeting, invited, approved=entry.is_open)
        case EntryKind.TRANSCRIPT:
            return permissions.may_hear_recording(actor, meeting)
