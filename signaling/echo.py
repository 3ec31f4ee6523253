"""A room for one, to test a connection before a meeting: what somebody sends comes back to themselves.

Of the engine it takes no more than a room does: one participant publishes, another one, in the same browser, receives.
Nothing of it is recorded, no room of a meeting knows of it, and its name is random and leaves the server with nobody.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from signaling import engine
from signaling.errors import CloseCode, Kicked
from signaling.line import Gate

SENDER, RECEIVER = "send", "echo"

Listen = Callable[[str, Callable[[engine.Event], None]], Callable[[], None]]


@dataclass(frozen=True)
class EchoSettings:
    """Seconds, counts and octets."""

    most: int = 20  # tests at a time: a whole commune level that tests before one briefing comes in turns
    most_of_link: int = 5  # of guests of one link: they leave room for everybody else
    opened_per_second: float = 0.1  # by one person; each test may load the line with what is given below
    open_burst: int = 6
    link_opened_per_second: float = 0.2  # by all guests of one link
    link_open_burst: int = 20
    longest: float = 120.0
    waiting: int = 100  # events for a browser that does not read
    upload: int = 6 * 2**20
    download: int = 12 * 2**20


@dataclass(eq=False)
class Echo:
    """One test. ``events`` ends when the test is over, for whatever reason."""

    name: str
    identity: str
    link: str
    tell: Callable[[engine.Command], None]
    reason: Kicked | None = None
    _events: "asyncio.Queue[engine.Event | None]" = field(default_factory=asyncio.Queue)
    _receives: bool = False

    def publish(self, sdp: str, tracks: Sequence[engine.SentTrack]) -> None:
        """Take an offer of what is sent. Another connection takes the place of the one before."""
        self.tell(engine.Publish(self.name, SENDER, sdp, tuple(tracks)))

    def receive(self) -> None:
        """Send everything back over a new connection; its offer comes as an event."""
        self.tell(engine.Receive(self.name, RECEIVER, anew=self._receives))
        self._receives = True

    def accept(self, generation: int, sdp: str) -> None:
        self.tell(engine.AcceptAnswer(self.name, RECEIVER, generation, sdp))

    def hear(self, event: engine.Event) -> None:
        self._events.put_nowait(event)

    def end(self, reason: Kicked) -> None:
        """Be over. The first reason counts."""
        self.reason = self.reason or reason
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[engine.Event]:
        while (event := await self._events.get()) is not None:
            yield event

    def is_behind(self, most: int) -> bool:
        return self._events.qsize() > most


class EchoRooms:
    """All tests of this process: a bounded number, and one for each person."""

    def __init__(
        self, tell: Callable[[engine.Command], None], listen: Listen, settings: EchoSettings | None = None
    ) -> None:
        self.settings = settings or EchoSettings()
        self._tell, self._listen = tell, listen
        self._open: dict[str, tuple[Echo, Callable[[], None], asyncio.TimerHandle]] = {}
        self._by_identity = Gate(self.settings.opened_per_second, self.settings.open_burst)
        self._by_link = Gate(self.settings.link_opened_per_second, self.settings.link_open_burst)

    def open(self, identity: str, link: str = "") -> Echo:
        """Begin a test. One that this identity still has elsewhere ends. Raises ``Kicked`` when there are too many.

        ``link`` is that of a guest, who may be somebody else each time.
        """
        self._require_patience(identity, link)
        if identity in self._open:
            former = self._open[identity][0]
            former.end(Kicked(CloseCode.REPLACED, "another test"))
            self.close(former)
        of_link = sum(bool(link) and one.link == link for one, *_ in self._open.values())
        if len(self._open) >= self.settings.most or of_link >= self.settings.most_of_link:
            raise Kicked(CloseCode.TOO_MUCH, "too many tests")
        echo = Echo(f"echo:{secrets.token_hex(12)}", identity, link, self._tell)

        def hear(event: engine.Event) -> None:
            if isinstance(event, engine.EngineLost):
                echo.end(Kicked(CloseCode.FAULT, "media restarted"))
            elif echo.is_behind(self.settings.waiting):
                echo.end(Kicked(CloseCode.TOO_MUCH, "too slow"))
            else:
                echo.hear(event)

        over = Kicked(CloseCode.LEFT, "time is up")
        timer = asyncio.get_running_loop().call_later(self.settings.longest, echo.end, over)
        self._open[identity] = (echo, self._listen(echo.name, hear), timer)
        return echo

    def _require_patience(self, identity: str, link: str) -> None:
        now = asyncio.get_running_loop().time()
        self._by_identity.forget(now)
        self._by_link.forget(now)
        if not self._by_identity.take(identity, now) or (link and not self._by_link.take(link, now)):
            raise Kicked(CloseCode.TOO_MUCH, "too many tests")

    def close(self, echo: Echo) -> None:
        """Forget the test and close its connections."""
        found = self._open.get(echo.identity)
        if found is None or found[0] is not echo:
            return
        del self._open[echo.identity]
        _echo, stop_listening, timer = found
        stop_listening()
        timer.cancel()
        echo.end(Kicked(CloseCode.LEFT, "left"))
        self._tell(engine.CloseRoom(echo.name))

    def __len__(self) -> int:
        return len(self._open)
