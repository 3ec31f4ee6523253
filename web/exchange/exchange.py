"""The exchange's rounds: what was issued is queued, what is due leaves, statuses that wait are kept.

Each package is claimed, sent and noted in transactions of its own; none is open while the gateway is spoken to. If the
program dies between sending and noting, the package goes once more, the same to the byte and under the same name.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from meetings.errors import Invalid, MeetingError
from meetings.exchange.checking import validate
from meetings.exchange.composing import Outgoing, compose
from meetings.exchange.gateways import GATEWAYS, Gateway, read_gateway
from meetings.exchange.outbox import Identity, has_news, queue_news, take_status
from meetings.exchange.package import Business, Status
from meetings.exchange.reading import STATUS_NAMES, parse
from meetings.exchange.store import claim_message, has_due, load_outgoing, note_failure, note_sent
from meetings.exchange.troubles import OF_GATEWAY, SendingFailed, Trouble
from meetings.exchange.writing import build
from meetings.exchange_models import ExchangeMessage
from web.config import Config
from web.database import Database
from web.document_files import read_document
from web.exchange.carrying import Arrived, Carrier
from web.exchange.folder import FolderCarrier
from web.exchange.rest import RestCarrier

log = logging.getLogger(__name__)


def load_gateway(config: Config) -> Gateway:
    """``Invalid`` for a table that cannot be read."""
    if config.exchange_gateway in GATEWAYS:
        return GATEWAYS[config.exchange_gateway]
    try:
        return read_gateway(Path(config.exchange_gateway).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{config.exchange_gateway}: {error}") from error


def open_carrier(config: Config, gateway: Gateway) -> Carrier:
    if config.exchange_folder:
        return FolderCarrier(Path(config.exchange_folder))
    return RestCarrier(
        config.exchange_url, gateway, config.exchange_system_id, config.exchange_secret.get_secret_value()
    )


class Exchange:
    """``start`` and ``stop`` it with the server."""

    def __init__(self, config: Config, database: Database, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._identity = Identity(config.exchange_scheme, config.exchange_organ_id)
        self._gateway = load_gateway(config)
        self._carrier = open_carrier(config, self._gateway)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._repeat(), name="document exchange")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._carrier.close()

    async def _repeat(self) -> None:
        while True:
            try:
                await self.go_round()
            except Exception:
                log.exception("exchange: a round failed")
            await asyncio.sleep(self._config.exchange_seconds)

    async def go_round(self) -> None:
        """One look at everything."""
        async with self._database.read() as session:
            wanted = await has_news(session, self._identity, self._clock())
        if wanted:
            async with self._database.write() as session:
                await queue_news(session, self._identity, self._clock())
        try:
            while await self._send_next():
                pass
            await self._fetch()
        except SendingFailed as failure:
            log.warning("the exchange does not work: %s", failure)

    async def _send_next(self) -> bool:
        """Send one package. False: none is due. Raises what the gateway is to blame for."""
        now = self._clock()
        async with self._database.read() as session:
            if not await has_due(session, now):
                return False
        async with self._database.write() as session:
            message = await claim_message(session, now)
            if message is None:
                return False
            outgoing = await load_outgoing(session, message)
        try:
            package = await self._make(outgoing)
            await self._carrier.send(name_package(message), package)
        except SendingFailed as failure:
            async with self._database.write() as session:
                await note_failure(session, message.id or 0, failure.trouble, failure.detail, self._clock())
            if failure.trouble in OF_GATEWAY:
                raise
            log.warning("package %d was not sent (%s)", message.id, failure)
            return True
        async with self._database.write() as session:
            await note_sent(session, message.id or 0, self._clock())
        return True

    async def _make(self, outgoing: Outgoing) -> bytes:
        pdf = b""
        if outgoing.message.business != Business.RECALL.value:
            document = outgoing.document
            try:
                pdf = await read_document(self._config.documents, document.signed_file, document.signed_sha256)
            except (MeetingError, OSError) as error:
                raise SendingFailed(Trouble.NO_FILE, str(error)) from error
        package = compose(outgoing, self._gateway, pdf)
        findings = validate(package)
        if findings:
            raise SendingFailed(Trouble.UNSOUND, " ".join(findings))
        return await asyncio.to_thread(build, package)

    async def _fetch(self) -> None:
        for arrived in await self._carrier.fetch():
            await self._take(arrived)

    async def _take(self, arrived: Arrived) -> None:
        """A status is kept before its carrier is told so; what is none stays where it is."""
        names = tuple({self._gateway.status_element: None, **dict.fromkeys(STATUS_NAMES)})
        try:
            found = await asyncio.to_thread(parse, arrived.data, names)
        except Invalid as refusal:
            log.warning("message %s of the exchange is not read: %s", arrived.key, refusal)
            await self._carrier.leave(arrived.key)
            return
        if not isinstance(found, Status):
            await self._carrier.leave(arrived.key)
            return
        async with self._database.write() as session:
            kept = await take_status(session, found, self._clock())
        log.info("status %s of %s: %s", found.code, found.sender.organ_id, "kept" if kept else "known, or not ours")
        await self._carrier.finish(arrived.key)


def name_package(message: ExchangeMessage) -> str:
    return f"{message.document_id:08}-{message.business}.edxml"
