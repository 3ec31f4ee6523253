"""The index of words, on SQLite by FTS5 and on PostgreSQL by a text vector; the rest of the search knows neither.

Both hold for every word its two shapes (``transcripts.search.folding``). The keys of the entries grow with the time of
their meeting: whoever reads them backwards has the newest first, without a sort over all that was found.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import cast, column, literal_column, or_, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from meetings.models import Invitation, Meeting
from transcripts.search.folding import list_tokens
from transcripts.search.query import Query, Word
from transcripts.search_models import EntryKind, SearchEntry

MOST_MEETINGS = 1 << 22  # whose entries have keys of their own; with the next two it fits 63 bits for 100 years to come
MOST_ENTRIES = 1 << 15  # of one meeting
AT_ONCE = 1000  # keys in one statement; drivers take no more than 32,767
WORDS = table("search_words", column("rowid"))
DROP_SQLITE = text(
    "INSERT INTO search_words (search_words, rowid, marked, folded) VALUES ('delete', :id, :marked, :folded)"
)
ADD_SQLITE = text("INSERT INTO search_words (rowid, marked, folded) VALUES (:id, :marked, :folded)")
ADD_POSTGRESQL = text("UPDATE search_entry SET words = CAST(:words AS tsvector) WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose entries are looked through at all; who may really see one is asked again of each that was found.

    ``all_records``: all of every meeting; ``all_rooms``: of every meeting what those see who run its room; else only of
    meetings that these belong to.
    """

    all_records: bool = False
    all_rooms: bool = False
    account_id: int | None = None
    person_id: int | None = None
    unit_id: int | None = None
    site_id: int | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Meetings that begin in ``[start, end)``, of these kinds of entries, and entries before the key ``before``."""

    start: datetime | None = None
    end: datetime | None = None
    kinds: Collection[EntryKind] = ()
    before: int | None = None


def first_key(starts_at: datetime, meeting_id: int = 0) -> int:
    """The least key of a meeting's entries. A later meeting has greater ones."""
    minutes = int(starts_at.timestamp()) // 60
    return (minutes * MOST_MEETINGS + meeting_id % MOST_MEETINGS) * MOST_ENTRIES


async def add_entries(session: AsyncSession, entries: Sequence[SearchEntry]) -> None:
    """Entries and their words. Those with the same keys must have been dropped before."""
    if not entries:
        return
    session.add_all(entries)
    await session.flush()
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        await connection.execute(ADD_SQLITE, [_shapes(entry.id, entry.text) for entry in entries])
    else:
        await connection.execute(ADD_POSTGRESQL, [{"id": row.id, "words": write_vector(row.text)} for row in entries])


async def drop_entries(session: AsyncSession, entries: Sequence[SearchEntry]) -> None:
    """FTS5 keeps no text, so it must be told which words to forget."""
    if not entries:
        return
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        await connection.execute(DROP_SQLITE, [_shapes(entry.id, entry.text) for entry in entries])
    keys = [entry.id for entry in entries]
    for first in range(0, len(keys), AT_ONCE):
        await session.exec(delete(SearchEntry).where(col(SearchEntry.id).in_(keys[first : first + AT_ONCE])))


async def list_entries(session: AsyncSession, meeting_id: int) -> list[SearchEntry]:
    statement = select(SearchEntry).where(SearchEntry.meeting_id == meeting_id).order_by(col(SearchEntry.id))
    return list((await session.exec(statement)).all())


async def find_entries(
    session: AsyncSession, query: Query, scope: Scope, within: Range, limit: int
) -> list[SearchEntry]:
    """The newest entries that hold every word.

    Of words that stand together some with marks and some without, any marks may be found: ``find_places`` tells.
    """
    statement = select(SearchEntry)
    key: Any = col(SearchEntry.id)
    if (await session.connection()).dialect.name == "sqlite":
        key = WORDS.c.rowid
        statement = statement.join(WORDS, key == col(SearchEntry.id))
        statement = statement.where(literal_column("search_words").op("MATCH")(write_match(query)))
    else:
        statement = statement.where(literal_column("search_entry.words").op("@@")(cast(write_tsquery(query), TSQUERY)))
    statement = _narrow(statement, key, scope, within)
    return list((await session.exec(statement.order_by(key.desc()).limit(limit))).all())


def _narrow(
    statement: SelectOfScalar[SearchEntry], key: Any, scope: Scope, within: Range
) -> SelectOfScalar[SearchEntry]:
    if within.before is not None:
        statement = statement.where(key < within.before)
    if within.start is not None:
        statement = statement.where(key >= first_key(within.start))
    if within.end is not None:
        statement = statement.where(key < first_key(within.end))
    if within.kinds:
        statement = statement.where(col(SearchEntry.kind).in_(within.kinds))
    if scope.all_records:
        return statement
    mine = col(SearchEntry.meeting_id).in_(_belonging(scope))
    if scope.all_rooms:
        return statement.where(or_(col(SearchEntry.kind).in_((EntryKind.MEETING, EntryKind.PAPER)), mine))
    return statement.where(mine)


def _belonging(scope: Scope) -> SelectOfScalar[int | None]:
    """The keys of the meetings that somebody may have to do with."""
    invited = select(Invitation.meeting_id).where(
        or_(col(Invitation.unit_id) == scope.unit_id, col(Invitation.site_id) == scope.site_id)
    )
    return select(col(Meeting.id)).where(
        or_(
            col(Meeting.convening_unit_id) == scope.unit_id,
            col(Meeting.hall_id) == scope.site_id,
            col(Meeting.chair_id) == scope.person_id,
            col(Meeting.secretary_id) == scope.person_id,
            col(Meeting.created_by) == scope.account_id,
            col(Meeting.id).in_(invited),
        )
    )


def _shapes(key: int, passage: str) -> dict[str, object]:
    tokens = list_tokens(passage)
    return {
        "id": key,
        "marked": " ".join(token.marked or token.folded for token in tokens),
        "folded": " ".join(token.folded for token in tokens),
    }


def write_match(query: Query) -> str:
    """The query for FTS5: a term whose words all have marks is looked for with them, any other without."""
    return " AND ".join(_match_term(term) for term in query.terms)


def _match_term(term: Sequence[Word]) -> str:
    if all(word.marked for word in term):
        return f'marked : "{" ".join(word.marked for word in term)}"'
    return f'folded : "{" ".join(word.folded for word in term)}"'


def write_vector(passage: str) -> str:
    """A text vector in which a word with marks stands twice in its place: ``'ngan':2 '=ngân':2``."""
    lexemes = []
    for place, token in enumerate(list_tokens(passage), start=1):
        lexemes.append(f"'{token.folded}':{place}")
        if token.marked:
            lexemes.append(f"'={token.marked}':{place}")
    return " ".join(lexemes)


def write_tsquery(query: Query) -> str:
    return " & ".join(
        "(" + " <-> ".join(f"'={word.marked}'" if word.marked else f"'{word.folded}'" for word in term) + ")"
        for term in query.terms
    )
