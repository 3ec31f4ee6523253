"""The recorder with a microphone that speaks: a file grows as it does in a meeting, as fast as the test wants."""

from pathlib import Path

from signaling.encoding import Heard
from signaling.engine import Event
from signaling.fanout import Fanout, Outbox
from signaling.recorder import Recording
from signaling.track import Track
from tests.sound import encode_opus
from transcripts.gate import Samples

PACKET_MS = 20


class Desk:
    """A port that sends nothing."""

    def __init__(self) -> None:
        self.waiting: list[Outbox] = []


class Studio:
    """One microphone in folder ``room`` of ``root``; what it says stands in ``path``."""

    def __init__(self, root: Path, room: str) -> None:
        self.events: list[Event] = []
        self.failures: list[str] = []
        self.recording = Recording(root, room, room, self.events.append, self.failures.append)
        self.track = Track("t1", "p1", "microphone", "0", (), Fanout(Desk()), lambda _ssrc: None)
        self.recording.add_track(self.track)
        self.path = root / room / "p1-1.mka"
        self.ms = 0
        self.number = 0

    def say(self, samples: Samples) -> None:
        """Packet by packet, after what was said before."""
        for packet in encode_opus(samples):
            self._send(bytes(packet))

    def be_silent(self, seconds: float) -> None:
        """Nothing is sent, as by a microphone that is muted."""
        self.ms += round(seconds * 1000)

    def _send(self, payload: bytes) -> None:
        self.number += 1
        heard = Heard(5, self.number, 7_000_000 + self.ms * 48, payload, 30, 100.0 + self.ms / 1000)
        self.ms += PACKET_MS
        for sink in list(self.track.sinks):
            sink.take_packet(heard)

    async def stop(self) -> None:
        self.recording.stop()
        await self.recording.wait_closed()
