"""What the indicator keeps of each meeting, and its sums: worked out anew whenever something about a meeting changes.

Called in the transaction of that change, at its end: sums are added to under the lock of the audit log, which every use
case takes last (``meetings.locks``). The cost does not depend on how many meetings there are.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.indicator import fact_store as store
from meetings.indicator.pairs import Fact, Record, list_facts
from meetings.indicator.tallies import Cell, UnitCell, add_up, tally_facts
from meetings.locks import AUDIT, take_lock
from meetings.org_tree import UnitHistory, Validity
from meetings.people_store import load_history
from meetings.periods import start_of_day

AT_ONCE = 200  # meetings that are held in memory together; nobody else has a turn while they are worked out


async def refresh_fact(session: AsyncSession, meeting_id: int) -> None:
    """Bring what is kept of one meeting up to date, whatever changed: its end, attendance, exclusion, or that it was
    cancelled after all."""
    await refresh_facts(session, [meeting_id])


async def refresh_facts(
    session: AsyncSession, meeting_ids: Iterable[int], progress: Callable[[int], object] = lambda done: None
) -> None:
    """The same for many; ``progress`` is told how many are done."""
    await session.flush()
    await take_lock(session, AUDIT)
    history, channels = await load_history(session), await store.list_recognised(session)
    done = 0
    for part in split(meeting_ids):
        await _refresh(session, part, history, channels)
        done += len(part)
        progress(done)


async def rebuild_facts(
    session: AsyncSession, since: date | None = None, progress: Callable[[int], object] = lambda done: None
) -> None:
    """Work out anew all that ended on ``since`` or later: after a change of units that reaches into the past."""
    await session.flush()
    ended = await store.list_ended_keys(session, None if since is None else start_of_day(since))
    kept = set(await store.list_kept_keys(session, since)) - set(ended)
    await refresh_facts(session, [*ended, *sorted(kept)], progress)


async def drop_facts(session: AsyncSession, meeting_ids: Collection[int]) -> None:
    """Keep nothing of meetings that are about to be deleted."""
    await session.flush()
    await take_lock(session, AUDIT)
    for part in split(meeting_ids):
        await _replace(session, await store.load_facts(session, part), [])


async def _refresh(
    session: AsyncSession, meeting_ids: Sequence[int], history: UnitHistory, channels: dict[str, Validity]
) -> None:
    records = await store.load_records(session, meeting_ids, history)
    fresh = derive_facts(records, history, channels)
    await _replace(session, await store.load_facts(session, meeting_ids), fresh)


def derive_facts(records: Iterable[Record], history: UnitHistory, channels: dict[str, Validity]) -> list[Fact]:
    """The facts of ``records``, by the units of the day on which each ended."""
    return [fact for record in records for fact in list_facts(record, history.at(record.ended_on), channels)]


async def _replace(session: AsyncSession, stored: dict[int, Fact], fresh: Sequence[Fact]) -> None:
    by_key = {(fact.meeting_id, fact.lower): fact for fact in fresh}
    stale = {key: fact for key, fact in stored.items() if by_key.get((fact.meeting_id, fact.lower)) != fact}
    kept = {(fact.meeting_id, fact.lower) for key, fact in stored.items() if key not in stale}
    new = [fact for key, fact in by_key.items() if key not in kept]
    cells, units = tally_facts(new)
    taken_cells, taken_units = tally_facts(stale.values(), -1)
    add_up(cells, taken_cells.items())
    add_up(units, taken_units.items())
    await store.delete_facts(session, stale)
    await store.insert_facts(session, new)
    await store.add_to_tallies(session, cells, units)


@dataclass(frozen=True, slots=True)
class Verification:
    """``differing``: meetings whose facts are not what their rows say; ``tallies``: how many sums are wrong."""

    meetings: int
    differing: tuple[int, ...]
    tallies: int

    @property
    def holds(self) -> bool:
        return not self.differing and not self.tallies


async def verify(session: AsyncSession, progress: Callable[[int], object] = lambda done: None) -> Verification:
    """Work everything out from the meetings and compare it with what is stored. Changes nothing."""
    history, channels = await load_history(session), await store.list_recognised(session)
    ended = await store.list_ended_keys(session, None)
    kept = set(await store.list_kept_keys(session, None)) - set(ended)
    cells: dict[Cell, list[int]] = {}
    units: dict[UnitCell, list[int]] = {}
    differing = []
    done = 0
    for part in split([*ended, *sorted(kept)]):
        fresh = derive_facts(await store.load_records(session, part, history), history, channels)
        stored = await store.load_facts(session, part)
        found = {(fact.meeting_id, fact.lower): fact for fact in stored.values()}
        expected = {(fact.meeting_id, fact.lower): fact for fact in fresh}
        differing += [key[0] for key in {**found, **expected} if found.get(key) != expected.get(key)]
        more_cells, more_units = tally_facts(fresh)
        add_up(cells, more_cells.items())
        add_up(units, more_units.items())
        done += len(part)
        progress(done)
    stored_cells, stored_units = await store.load_tallies(session)
    wrong = sum(stored_cells.get(key) != cells.get(key) for key in {**stored_cells, **cells})
    wrong += sum(stored_units.get(key) != units.get(key) for key in {**stored_units, **units})
    return Verification(len(ended), tuple(sorted(set(differing))), wrong)


def split(meeting_ids: Iterable[int]) -> list[list[int]]:
    """Each meeting once, so many at a time as are held in memory together."""
    ordered = list(dict.fromkeys(meeting_ids))
    return [ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE)]
