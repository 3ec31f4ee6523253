"""A published track: its encodings, and which of them are alive."""

from collections.abc import Callable, Sequence

from signaling.encoding import SILENT_SECONDS, Encoding, Sink
from signaling.engine import Source, find_kind
from signaling.fanout import Fanout
from signaling.rtp import OPUS_CLOCK, VP8_CLOCK

KEPT_PACKETS = {"audio": 128, "video": 1024}
KEPT_LAYER_PACKETS = (128, 256, 512)  # of the smallest encoding of a camera, and so on: some seconds of each


class Track:
    """``rids`` name the encodings of a simulcast, the smallest first; without any there is one of no name."""

    def __init__(
        self,
        identifier: str,
        participant: str,
        source: Source,
        mid: str,
        rids: Sequence[str],
        fanout: Fanout,
        ask_key_frame: Callable[[int], None],
    ) -> None:
        self.id = identifier
        self.participant = participant
        self.source = source
        self.mid = mid
        self.rids = tuple(rids)
        self.kind = find_kind(source)
        self.payload_type = -1
        self.rtx_type: int | None = None
        clock = OPUS_CLOCK if self.kind == "audio" else VP8_CLOCK
        kept = KEPT_LAYER_PACKETS if self.rids else (KEPT_PACKETS[self.kind],)
        self.encodings = [
            Encoding(rid, clock, kept[min(place, len(kept) - 1)], fanout, ask_key_frame)
            for place, rid in enumerate(self.rids or ("",))
        ]

    @property
    def sinks(self) -> list[Sink]:
        """Who takes the packets of a microphone beside its viewers."""
        return self.encodings[0].sinks

    def silence(self, on: bool) -> None:
        for encoding in self.encodings:
            encoding.silenced = on

    def find_encoding(self, rid: str) -> Encoding | None:
        return next((one for one in self.encodings if one.rid == rid), None)

    def list_alive(self) -> list[Encoding]:
        """Return the encodings that arrive now, the smallest first: browsers switch off what their link cannot take."""
        if len(self.encodings) == 1:
            return self.encodings
        newest = max(one.arrived_at for one in self.encodings)
        return [one for one in self.encodings if one.arrived_at >= newest - SILENT_SECONDS and one.newest is not None]

    def tick(self, now: float) -> None:
        """To be called some times a second."""
        for encoding in self.encodings:
            encoding.tick(now)

    def close(self) -> None:
        """The track has ended."""
        for encoding in self.encodings:
            for sink in list(encoding.sinks):
                sink.close()
            encoding.sinks.clear()
            encoding.close()
