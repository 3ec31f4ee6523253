"""The worker: claims jobs, does them one at a time in each lane, and stops cleanly. A process of its own.

Three lanes, so that nobody who approves minutes waits for an hour of Whisper or for a long video: one transcribes, one
drafts and renders, one reads files brought from elsewhere.
The work itself runs in a thread; the loop meanwhile renews the lease and writes the progress. Whatever ends the
process, even SIGKILL, the job goes to whoever claims it next, and only one result is ever stored.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.attendance import THRESHOLD
from meetings.meeting_store import lock_meeting_by_id
from transcripts import store
from transcripts.engines.loading import WhisperSettings, load_engine
from transcripts.errors import ModelUnavailable, TranscriptError, UnreadableAudio, explain_failure
from transcripts.jobs import LEASE
from transcripts.models import JobKind
from transcripts.redraft_client import RedraftSettings
from transcripts.redraft_work import RedraftWork
from transcripts.speech import Transcriber
from transcripts.store import Claim
from transcripts.work import DocumentWork, DraftWork, Folders, ImportWork, Interrupted, Report, TranscribeWork, Work

log = logging.getLogger(__name__)

LANES: tuple[Sequence[JobKind], ...] = (
    (JobKind.TRANSCRIBE,),
    (JobKind.DRAFT, JobKind.DOCUMENT),
    (JobKind.IMPORT,),
    (JobKind.REDRAFT,),
)
PATIENCE = 1.5  # seconds that a thread gets to notice that it must stop
MODEL_RETRY = timedelta(seconds=60)
STORE_ATTEMPTS = 5


class Transactions(Protocol):
    """Sessions of one transaction each; ``write`` commits at its end."""

    def read(self) -> AbstractAsyncContextManager[AsyncSession]: ...

    def write(self) -> AbstractAsyncContextManager[AsyncSession]: ...


@dataclass(frozen=True)
class WorkerSettings:
    folders: Folders
    whisper: WhisperSettings
    redraft: RedraftSettings | None = None  # of the language model; None: there is none
    threshold: Fraction = THRESHOLD  # the share of a meeting from which a unit counts as connected
    lease: timedelta = LEASE
    renew_every: float = 3.0  # seconds; the progress that people see is as old as this
    poll_every: float = 1.0  # seconds


class _Lost(Exception):
    """Another worker has the job: nothing of ours may be stored."""


class _Thread:
    """Work in a thread that the process may leave behind when it ends: nothing waits for it."""

    def __init__(self, work: Callable[[Report], None]) -> None:
        self.done = self.total = 0
        self.cancelled = False
        self.loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[None] = self.loop.create_future()
        self.thread = threading.Thread(target=self._run, args=(work,), name="work", daemon=True)
        self.thread.start()

    def _report(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self.cancelled:
            raise Interrupted

    def _run(self, work: Callable[[Report], None]) -> None:
        error: BaseException | None = None
        try:
            work(self._report)
        except BaseException as raised:  # it is raised again where the work is awaited
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop may have ended before its thread
            self.loop.call_soon_threadsafe(self._settle, error)

    def _settle(self, error: BaseException | None) -> None:
        if not self.outcome.done():
            if error is None:
                self.outcome.set_result(None)
            else:
                self.outcome.set_exception(error)


class Worker:
    """One process's work. ``run`` returns when ``stop`` is set, at the latest ``PATIENCE`` and a commit later."""

    def __init__(
        self,
        database: Transactions,
        settings: WorkerSettings,
        clock: Callable[[], datetime],
        load: Callable[[WhisperSettings], Transcriber] = load_engine,
    ) -> None:
        self.database = database
        self.settings = settings
        self.clock = clock
        self.load = load
        self.transcriber: Transcriber | None = None
        self.load_after: datetime | None = None  # when a model that could not be loaded is tried again
        self.why_no_model = ""  # as the log was told
        self.left_behind = False  # a thread is still busy

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as lanes:
            for kinds in LANES:
                lanes.create_task(self._serve_lane(kinds, stop))

    async def _serve_lane(self, kinds: Sequence[JobKind], stop: asyncio.Event) -> None:
        trouble = ""
        while not stop.is_set():
            try:
                held = await self._claim(kinds, stop)
                trouble = _note_recovery(trouble)
                if held is not None:
                    await self._do(held, stop)
                    continue
            except DBAPIError as error:
                trouble = _note_trouble(trouble, error)
            await _wait_for(stop, self.settings.poll_every)

    async def _claim(self, kinds: Sequence[JobKind], stop: asyncio.Event) -> Claim | None:
        async with self.database.read() as session:
            if not await store.has_ready(session, kinds, self.clock()):
                return None
        if JobKind.TRANSCRIBE in kinds and not await self._has_model(stop):
            return None
        async with self.database.write() as session:
            return await store.claim(session, kinds, self.clock(), self.settings.lease)

    async def _has_model(self, stop: asyncio.Event) -> bool:
        """Load the model with the first recording. Without one the jobs wait, with the reason on them."""
        if self.transcriber is not None:
            return True
        if self.load_after is not None and self.clock() < self.load_after:
            return False

        def load(_report: Report) -> None:
            self.transcriber = self.load(self.settings.whisper)

        try:
            await self._watch(_Thread(load), stop)
        except Interrupted:
            return False
        except ModelUnavailable as error:
            self.load_after = self.clock() + MODEL_RETRY
            reason = explain_failure(error)
            if str(reason) != self.why_no_model:  # told once, not with every retry
                log.warning("recordings wait for a model: %s", reason)
            self.why_no_model = str(reason)
            await self._store(lambda session: store.note_why_waiting(session, JobKind.TRANSCRIBE, reason))
            return False
        return True

    async def _do(self, held: Claim, stop: asyncio.Event) -> None:
        about = {"job": held.job_id}
        log.info("%s of %s begins, attempt %s", held.kind.value, held.subject, held.attempts, extra=about)
        try:
            work = await self._prepare(held)
            await self._watch(_Thread(work.run), stop, held)
            await self._store(lambda session: self._finish(session, held, work))
            if isinstance(work, ImportWork):
                await asyncio.to_thread(work.clean_up)
            log.info("%s of %s is kept", held.kind.value, held.subject, extra=about)
        except Interrupted:
            log.info("%s of %s is handed back", held.kind.value, held.subject, extra=about)
            await self._store(lambda session: store.hand_back(session, held, self.clock()))
        except _Lost:
            log.warning("%s of %s is no longer ours", held.kind.value, held.subject, extra=about)
        except DBAPIError:
            raise
        except Exception as error:  # whatever went wrong is kept with the job
            await self._note_failure(held, error)

    async def _prepare(self, held: Claim) -> Work:
        folders = self.settings.folders
        if held.kind is JobKind.DRAFT:
            async with self.database.write() as session:
                if not await store.renew(session, held, self.clock(), self.settings.lease, 0, 0):
                    raise _Lost
                return await DraftWork.prepare(session, held, folders, self.clock(), self.settings.threshold)
        async with self.database.read() as session:
            if held.kind is JobKind.IMPORT:
                return await ImportWork.prepare(session, held, folders)
            if held.kind is JobKind.REDRAFT:
                return await RedraftWork.prepare(session, held.subject, held.meeting_id, self.settings.redraft)
            if held.kind is JobKind.DOCUMENT:
                return await DocumentWork.prepare(session, held, folders)
            if self.transcriber is None:
                raise ModelUnavailable
            return await TranscribeWork.prepare(session, held, folders, self.transcriber)

    async def _watch(self, thread: _Thread, stop: asyncio.Event, held: Claim | None = None) -> None:
        """Wait for the thread, renewing ``held``. Raises what the work raised, ``Interrupted`` or ``_Lost``."""
        stopping = asyncio.create_task(stop.wait())
        awaited: list[asyncio.Future[Any]] = [thread.outcome, stopping]
        try:
            while True:
                await asyncio.wait(awaited, timeout=self.settings.renew_every, return_when=asyncio.FIRST_COMPLETED)
                if thread.outcome.done():
                    return thread.outcome.result()
                if stop.is_set():
                    await self._abandon(thread)
                    raise Interrupted
                if held is not None and not await self._renew(held, thread):
                    await self._abandon(thread)
                    raise _Lost
        finally:
            stopping.cancel()

    async def _renew(self, held: Claim, thread: _Thread) -> bool:
        try:
            async with self.database.write() as session:
                return await store.renew(session, held, self.clock(), self.settings.lease, thread.done, thread.total)
        except DBAPIError as error:
            log.warning("the lease was not renewed: %s", error, extra={"job": held.job_id})
            return True  # the fence decides in the end

    async def _abandon(self, thread: _Thread) -> None:
        thread.cancelled = True
        done, _pending = await asyncio.wait([thread.outcome], timeout=PATIENCE)
        if done:
            thread.outcome.exception()  # it was told to end; how it did is of no interest
        else:
            self.left_behind = True

    async def _finish(self, session: AsyncSession, held: Claim, work: Work) -> None:
        now = self.clock()
        await lock_meeting_by_id(session, held.meeting_id)  # before the job, as everybody who changes both does
        if not await store.holds(session, held):
            raise _Lost
        kept = await work.keep(session, now)
        if kept.again is None:
            await store.finish(session, held, now, kept.total)
        else:
            await store.rest(session, held, now, kept.again, kept.done, kept.total)

    async def _note_failure(self, held: Claim, error: Exception) -> None:
        about = {"job": held.job_id}
        expected = isinstance(error, TranscriptError | OSError)
        log.error("%s of %s failed: %s", held.kind.value, held.subject, error, exc_info=not expected, extra=about)
        reason = explain_failure(error)
        permanent = isinstance(error, UnreadableAudio)
        now = self.clock()
        await self._store(lambda session: store.fail(session, held, reason, now, permanent=permanent))

    async def _store(self, change: Callable[[AsyncSession], Awaitable[object]]) -> None:
        """One writing transaction, tried again while the database is busy or starting: an hour's work hangs on it."""
        for attempt in range(1, STORE_ATTEMPTS + 1):
            try:
                async with self.database.write() as session:
                    await change(session)
                return
            except DBAPIError as error:
                if attempt == STORE_ATTEMPTS:
                    raise
                log.warning("a result could not be stored yet: %s", error)
                await asyncio.sleep(attempt)


def _note_trouble(before: str, error: DBAPIError) -> str:
    """Log what keeps the database from answering, once for as long as it lasts; return it."""
    trouble = f"{type(error.orig).__name__}: {error.orig}"
    if trouble != before:
        away = isinstance(error, OperationalError | InterfaceError)  # anything else is a fault of the program
        log.error("the database did not answer and is asked again: %s", trouble, exc_info=not away)
    return trouble


def _note_recovery(before: str) -> str:
    if before:
        log.info("the database answers again")
    return ""


async def _wait_for(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
