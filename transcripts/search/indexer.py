"""Keeps the index up with what is written: one meeting after another, beside the other work of a worker."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import MeetingError, NotFound
from meetings.locks import SEARCH, take_lock
from meetings.meeting_store import get_meeting_by_id
from meetings.room_models import Paper
from transcripts.search.index import Due, gather_passages, has_due, list_papers, replace_entries, settle_due, take_due

log = logging.getLogger(__name__)

POLL = 2.0  # seconds
READ_PAPERS = 500  # whose text is remembered, so that a meeting that goes on does not have its papers read again

ReadPaper = Callable[[Paper], Awaitable[Sequence[str]]]  # the text of its pages


class Transactions(Protocol):
    def read(self) -> AbstractAsyncContextManager[AsyncSession]: ...

    def write(self) -> AbstractAsyncContextManager[AsyncSession]: ...


class Indexer:
    """``read_paper`` gives the text of a paper's pages; an error of the domain means that it has none."""

    def __init__(self, database: Transactions, clock: Callable[[], datetime], read_paper: ReadPaper) -> None:
        self.database = database
        self.clock = clock
        self.read_paper = read_paper
        self.texts: dict[int, Sequence[str]] = {}  # by paper

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await self.index_next():
                    continue
            except DBAPIError as error:
                log.error("the database did not answer; the index is tried again: %s", error.orig)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL)

    async def index_next(self) -> bool:
        """Bring one meeting up to date. False when there is none to be read."""
        async with self.database.read() as session:
            if not await has_due(session, self.clock()):
                return False
        async with self.database.write() as session:
            due = await take_due(session, self.clock())
        if due is None:
            return False
        try:
            await self._index(due)
        except NotFound:  # the meeting was removed, and its entries with it
            async with self.database.write() as session:
                await take_lock(session, SEARCH)
                await settle_due(session, due)
        return True

    async def _index(self, due: Due) -> None:
        async with self.database.read() as session:
            papers = await list_papers(session, due.meeting_id)
        texts = {paper.id or 0: await self._text_of(paper) for paper in papers}
        async with self.database.read() as session:
            passages = await gather_passages(session, await get_meeting_by_id(session, due.meeting_id), texts)
        async with self.database.write() as session:
            await take_lock(session, SEARCH)  # another worker may have taken what changed meanwhile
            bundle = await get_meeting_by_id(session, due.meeting_id)
            written = await replace_entries(session, bundle, passages)
            await settle_due(session, due)
        log.debug("meeting %s is searched anew, %s passages written", due.meeting_id, written)

    async def _text_of(self, paper: Paper) -> Sequence[str]:
        key = paper.id or 0
        if key not in self.texts:
            try:
                self.texts[key] = await self.read_paper(paper)
            except MeetingError as error:
                log.warning("the text of paper %s cannot be searched: %s", key, error)
                self.texts[key] = ()
            while len(self.texts) > READ_PAPERS:
                del self.texts[next(iter(self.texts))]
        return self.texts[key]
