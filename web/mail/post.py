"""The post of a running server: letters that are due leave, answers are fetched, reminders are queued.

Two tasks in the server's loop, each looking again and again: one for what leaves, one for what comes. What goes wrong
is logged and tried again; nothing here ends because a mail server, or the database for a moment, is not there.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from meetings.invitations.mail_store import queue_mail
from meetings.invitations.reminders import find_due_reminders
from meetings.invitations.replies import Outcome, take_letter
from meetings.tasks.reminders import find_task_reminders
from web.config import Config
from web.database import Database
from web.mail.incoming import Proof, read_letter
from web.mail.mailbox import Fetched, MailboxFailed, fetch_new, mark_read
from web.mail.message import Sender
from web.mail.outgoing import Outgoing
from web.mail.threads import run_apart

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # between two looks for letters that are due
REMIND_SECONDS = 60.0
STOP_SECONDS = 2.0  # for the letter at hand when the server stops
DEFAULT_NAME = "Giao Ban"


class Post:
    """``start`` and ``stop`` it with the server. ``origin`` is the address of the site, to which links lead."""

    def __init__(self, config: Config, database: Database, clock: Callable[[], datetime], origin: str) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        sender = Sender(config.mail_address, config.mail_name or DEFAULT_NAME, config.origin.rstrip("/") or origin)
        self._outgoing = Outgoing(config, database, clock, sender)
        self._proof = Proof(config.imap_authserv_id, config.imap_dmarc == "pass")
        self._tasks: list[asyncio.Task[None]] = []
        self._reminded: float | None = None

    def start(self) -> None:
        """Without a mail server in the settings nothing is sent, without a mailbox nothing is fetched."""
        if self._config.smtp_host:
            self._tasks.append(asyncio.create_task(_repeat(self.send, LOOK_SECONDS), name="outgoing mail"))
        if self._config.imap_host:
            seconds = float(self._config.imap_seconds)
            self._tasks.append(asyncio.create_task(_repeat(self.fetch, seconds), name="incoming mail"))

    async def stop(self) -> None:
        """The letter at hand leaves if it does so soon; then nothing is sent or fetched any more."""
        await self._outgoing.stop(STOP_SECONDS)
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def send(self) -> None:
        """One look: what has become due is queued, what is queued and due is sent."""
        now = asyncio.get_running_loop().time()
        if self._reminded is None or now - self._reminded >= REMIND_SECONDS:
            self._reminded = now
            await self._remind()
        await self._outgoing.send_due()

    async def _remind(self) -> None:
        async with self._database.read() as session:
            now = self._clock()
            due = [*await find_due_reminders(session, now), *await find_task_reminders(session, now)]
        if due:
            async with self._database.write() as session:
                await queue_mail(session, due, self._clock())

    async def fetch(self) -> None:
        """One look into the mailbox. A letter is marked as read when its note is saved, and not before."""
        try:
            letters = await run_apart(lambda: fetch_new(self._config), "mailbox")
            done = [each.uid for each in letters if await self._take(each)]
            if done:
                await run_apart(lambda: mark_read(self._config, done), "mailbox")
        except MailboxFailed as error:
            log.warning("the mailbox cannot be read: %s", error)

    async def _take(self, fetched: Fetched) -> bool:
        letter = await asyncio.to_thread(read_letter, fetched, self._proof)
        try:
            async with self._database.write() as session:
                outcome = await take_letter(session, letter, self._clock())
        except SQLAlchemyError:
            log.exception("letter %s was not dealt with", letter.key)
            return False
        if outcome is not None and outcome is not Outcome.NO_ANSWER:
            log.info("letter of %s: %s", letter.sender or "an unknown sender", outcome)
        return True


async def _repeat(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Until cancelled. A fault of one time is told, and the next time comes as usual."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("mail: a round failed")
        await asyncio.sleep(seconds)
