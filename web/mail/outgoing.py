"""Sends what is due: claims a letter, sends it, notes what became of it, and so on until none is left.

Each letter is claimed, sent and noted in transactions of its own; none is open while the mail server is spoken to. If
the program dies between sending and noting, the letter is sent once more when its claim has run out, under the same
Message-ID.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from email.errors import MessageError
from pathlib import Path

from meetings.invitation_models import Mail
from meetings.invitations.mail_rules import OF_SERVER, Trouble
from meetings.invitations.mail_store import (
    claim_mail,
    has_due,
    is_stale,
    note_failure,
    note_sent,
    note_server_failure,
    release_held,
)
from web.config import Config
from web.database import Database
from web.mail.message import Attachment, Sender, build_message
from web.mail.smtp import Connection, SendingFailed, open_connection

log = logging.getLogger(__name__)

LETTERS_A_CONNECTION = 50  # servers let only so many through at a time
LETTER_SECONDS = 300.0  # well under the time for which a letter is claimed


class Outgoing:
    """``send_due`` returns when nothing is due, or when the server takes nothing."""

    def __init__(self, config: Config, database: Database, clock: Callable[[], datetime], sender: Sender) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._sender = sender
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def stop(self, seconds: float) -> None:
        """The letter at hand is the last one; it has so long to leave."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)

    async def send_due(self) -> int:
        """How many letters were sent."""
        sent = 0
        self._idle.clear()
        try:
            while not self._stopping and (number := await self._send_some()) is not None:
                sent += number
        finally:
            self._idle.set()
        if sent:
            log.info("letters sent: %d", sent)
        return sent

    async def _send_some(self) -> int | None:
        """What one connection is used for; ``None`` when there is nothing more to do now."""
        sent = 0
        async with AsyncExitStack() as stack:
            connection: Connection | None = None
            for _number in range(LETTERS_A_CONNECTION):
                mail = None if self._stopping else await self._claim()
                if mail is None:
                    return sent or None
                try:
                    if connection is None:
                        connection = await stack.enter_async_context(open_connection(self._config))
                        await self._release_held()
                    await self._send(connection, mail)
                except SendingFailed as failure:
                    await self._note_failure(mail, failure)
                    if failure.trouble in OF_SERVER:
                        return None
                    if failure.trouble is Trouble.BROKEN_OFF:
                        return sent
                else:
                    sent += 1
        return sent

    async def _claim(self) -> Mail | None:
        """The next letter that is worth sending. Those about meetings that are over are given up on the way."""
        while True:
            now = self._clock()
            async with self._database.read() as session:
                if not await has_due(session, now):
                    return None
            async with self._database.write() as session:
                mail = await claim_mail(session, now)
                if mail is None or mail.id is None:
                    return None
                if not await is_stale(session, mail, now):
                    return mail
                await note_failure(session, mail.id, Trouble.OVER, "", now)

    async def _send(self, connection: Connection, mail: Mail) -> None:
        folder, now = self._config.documents, self._clock()
        # Reading and encoding files takes its time: the loop has other things to do.
        try:
            message = await asyncio.to_thread(_build, mail, self._sender, folder, now)
        except (ValueError, MessageError, LookupError) as error:  # one letter that cannot be made stops no other
            log.exception("letter %s cannot be made", mail.id)
            raise SendingFailed(Trouble.CONTENT, str(error)) from error
        try:
            async with asyncio.timeout(LETTER_SECONDS):
                await connection.send(mail.recipient, message)
        except TimeoutError as error:
            raise SendingFailed(Trouble.BROKEN_OFF, f"no end after {LETTER_SECONDS:.0f} s") from error
        async with self._database.write() as session:
            await note_sent(session, mail.id or 0, self._clock())

    async def _release_held(self) -> None:
        async with self._database.write() as session:
            await release_held(session, self._clock())

    async def _note_failure(self, mail: Mail, failure: SendingFailed) -> None:
        now, mail_id = self._clock(), mail.id or 0
        async with self._database.write() as session:
            if failure.trouble in OF_SERVER:
                waiting = await note_server_failure(session, mail_id, failure.trouble, failure.detail, now)
                log.warning("the mail server takes nothing (%s); letters waiting: %d", failure, waiting)
            else:
                await note_failure(session, mail_id, failure.trouble, failure.detail, now)
                log.warning("letter %d was not sent (%s)", mail_id, failure)


def _build(mail: Mail, sender: Sender, folder: Path, now: datetime) -> bytes:
    return build_message(mail, sender, [_read(folder, each) for each in mail.files], now)


def _read(folder: Path, file: dict[str, str]) -> Attachment:
    """A file of the documents' folder, and of no other."""
    root = folder.resolve()
    path = (root / file["file"]).resolve()
    if not path.is_relative_to(root):
        raise SendingFailed(Trouble.NO_FILE, file["name"])
    try:
        return Attachment(file["name"], path.read_bytes())
    except OSError as error:
        raise SendingFailed(Trouble.NO_FILE, f"{file['name']}: {error.strerror}") from error
