"""The connection on which a participant sends: its tracks, and the feedback that browsers need to send well."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from signaling.arrivals import Arrivals
from signaling.encoding import MAX_DATAGRAM, Encoding
from signaling.engine import SentTrack, Source, find_kind
from signaling.fanout import Fanout
from signaling.peer import Peer, Site
from signaling.quality import SenderClock, choose_upload
from signaling.rtcp import (
    MAX_BLOCKS,
    SenderReport,
    parse_compound,
    write_key_frame_request,
    write_nack,
    write_receiver_report,
    write_remb,
)
from signaling.rtp import (
    URI_AUDIO_LEVEL,
    URI_MID,
    URI_REPAIRED_RID,
    URI_RID,
    URI_TRANSPORT_WIDE,
    MalformedPacket,
    RtpHeader,
    parse_header,
    read_extensions,
)
from signaling.sdp import TRANSPORT_CC, Description, MediaLine, SdpError, write_answer
from signaling.track import Track

MAX_STREAMS = 64
NAMING = (URI_MID, URI_RID, URI_REPAIRED_RID)  # extensions that say what a packet belongs to
FEEDBACK_SECONDS = 0.08
MOST_TOLD_LOSS = 38  # in 1/256: what of the listeners' losses is told to a microphone's encoder


class _Stream(NamedTuple):
    """What an SSRC carries: an encoding of a track, or what is sent again of it (``repeated``)."""

    track: Track
    encoding: Encoding
    repeated: bool


class Publisher:
    """``on_change()``: the connection came or went. ``hear(track, level, now)``: a microphone's packet, before it goes
    on to anybody.
    """

    def __init__(
        self,
        site: Site,
        fanout: Fanout,
        participant: str,
        on_change: Callable[[], None],
        hear: Callable[[Track, int, float], None],
    ) -> None:
        self.participant = participant
        self.peer = Peer(site, self._take_rtp, self._take_rtcp, on_change)
        self.session = ""
        self.tracks: dict[str, Track] = {}  # by mid
        self._fanout = fanout
        self._hear = hear
        self._ssrc = secrets.randbits(32)
        self._version = 0
        self._streams: dict[int, _Stream] = {}  # by SSRC
        self._extensions: dict[str, int] = {}
        self._level_extension: int | None = None
        self._wide_extension: int | None = None
        self._arrivals = Arrivals()
        self._told_at = float("-inf")
        self._clock = SenderClock()

    def negotiate(self, offer: Description, sent: Sequence[SentTrack]) -> tuple[str, list[Track], list[Track]]:
        """Take an offer; return the answer, the tracks that are new and those that ended. Raises SdpError."""
        wanted = _check_tracks(offer, sent)
        ended = [track for mid, track in self.tracks.items() if mid not in wanted or not _fits(track, *wanted[mid])]
        for track in ended:
            del self.tracks[track.mid]
        self._streams = {ssrc: stream for ssrc, stream in self._streams.items() if stream.track not in ended}
        added: list[Track] = []
        for mid, (line, source) in wanted.items():
            if mid not in self.tracks:
                name = f"t{secrets.token_hex(6)}"
                track = Track(name, self.participant, source, mid, line.rids, self._fanout, self._ask_key_frame)
                self.tracks[mid] = track
                added.append(track)
            self._connect_line(self.tracks[mid], line)
        if self.peer.restarts(offer.transport):
            self.peer.port.ice.restart_session(self.peer.ice)
        self._version += 1
        answer = write_answer(offer, self.peer.describe(), dict.fromkeys(wanted, True), self._version)
        self.session = offer.session
        self.peer.accept(offer.transport)
        return answer, added, ended

    def _connect_line(self, track: Track, line: MediaLine) -> None:
        track.payload_type, track.rtx_type = line.payload_type or 0, line.rtx_type
        self._extensions.update({uri: line.extensions[uri] for uri in NAMING if uri in line.extensions})
        if line.kind == "audio":
            self._level_extension = line.extensions.get(URI_AUDIO_LEVEL)
        if TRANSPORT_CC in line.feedback:
            self._wide_extension = line.extensions.get(URI_TRANSPORT_WIDE, self._wide_extension)
        if line.rids:
            return  # their SSRCs are told by the packets
        for ssrc in line.ssrcs[:1]:
            self._connect_stream(ssrc, _Stream(track, track.encodings[0], repeated=False))
        for ssrc in line.rtx_ssrcs[:1]:
            self._connect_stream(ssrc, _Stream(track, track.encodings[0], repeated=True))

    def _connect_stream(self, ssrc: int, stream: _Stream) -> _Stream:
        if self._streams.get(ssrc) != stream:
            self._streams[ssrc] = stream
            if not stream.repeated:
                stream.encoding.use_source(ssrc)
        return stream

    def _take_rtp(self, length: int) -> None:
        port = self.peer.port
        data, now = port.incoming.view[:length], port.now
        try:
            header = parse_header(data)
            extensions = read_extensions(data, header) if header.profile else {}
        except MalformedPacket:
            return
        if self._wide_extension is not None and len(wide := extensions.get(self._wide_extension, b"")) == 2:
            self._arrivals.note(wide[0] << 8 | wide[1], now)
        stream = self._streams.get(header.ssrc) or self._resolve_stream(header, extensions)
        if stream is None or length > MAX_DATAGRAM:
            return
        track, encoding, repeated = stream
        if header.payload_type != (track.rtx_type if repeated else track.payload_type):
            return
        level: int | None = None
        if track.kind == "audio" and (value := extensions.get(self._level_extension or 0)):
            level = value[0] & 0x7F  # RFC 6464 section 3
            if not encoding.silenced:
                self._hear(track, level, now)
        sequence, start = header.sequence, header.payload
        if repeated:
            if header.end - start < 2:
                return  # padding that probes the bandwidth
            sequence = data[start] << 8 | data[start + 1]  # RFC 4588 section 4
            start += 2
        encoding.take_packet(data, header, sequence, start, level, now, repeated=repeated)

    def _resolve_stream(self, header: RtpHeader, extensions: Mapping[int, bytes]) -> _Stream | None:
        """An SSRC that the description did not name: its MID and RID say whose it is, else its payload type."""
        mid, rid, repaired = (extensions.get(self._extensions.get(uri, 0)) for uri in NAMING)
        fitting = [
            track
            for track in self.tracks.values()
            if header.payload_type in (track.payload_type, track.rtx_type)
            and (mid is None or track.mid.encode() == mid)
        ]
        if len(fitting) != 1 or len(self._streams) >= MAX_STREAMS:
            return None
        track = fitting[0]
        repeated = header.payload_type == track.rtx_type
        name = ((repaired if repeated else rid) or b"").decode("ascii", "replace") if track.rids else ""
        encoding = track.find_encoding(name)
        return None if encoding is None else self._connect_stream(header.ssrc, _Stream(track, encoding, repeated))

    def _take_rtcp(self, data: bytes) -> None:
        try:
            items = parse_compound(data)
        except MalformedPacket:
            return
        now = self.peer.port.now
        for item in items:
            if not isinstance(item, SenderReport):
                continue
            stream = self._streams.get(item.ssrc)
            if stream is not None and not stream.repeated and stream.encoding.ssrc == item.ssrc:
                self._clock.note(item.ntp, now)
                stream.encoding.take_report(item, self._clock.read(item.ntp), now)

    def _ask_key_frame(self, ssrc: int) -> None:
        self.peer.send_rtcp(write_key_frame_request(self._ssrc, ssrc))

    def tick(self, now: float) -> None:
        """To be called some times a second: repeated requests, and what arrived when."""
        if not self.peer.connected:
            return
        for track in self.tracks.values():
            for encoding in track.encodings:
                encoding.tick(now)
                missing = encoding.losses.list_due(now)
                if missing and encoding.ssrc is not None:
                    self.peer.send_rtcp(write_nack(self._ssrc, encoding.ssrc, missing))
        if self._wide_extension is not None and now - self._told_at >= FEEDBACK_SECONDS:
            self._told_at = now
            media = next(iter(self._streams), 0)
            for packet in self._arrivals.take_feedback(self._ssrc, media):
                self.peer.send_rtcp(packet)

    def report(self, now: float, listeners_loss: float) -> None:
        """To be called every second: what arrived, and how much may be sent where that is not learnt from arrivals.

        ``listeners_loss``: the share of a microphone's packets that the weakest listener loses.
        """
        self.peer.check_consent()
        if not self.peer.connected:
            return
        told = min(MOST_TOLD_LOSS, round(listeners_loss * 256))
        blocks = [
            block
            for track in self.tracks.values()
            for encoding in track.encodings
            if (block := encoding.take_block(now, told if track.kind == "audio" else 0)) is not None
        ]
        packet = write_receiver_report(self._ssrc, blocks[:MAX_BLOCKS])
        videos = [track for track in self.tracks.values() if track.kind == "video"]
        ssrcs = [one.ssrc for track in videos for one in track.encodings if one.ssrc is not None]
        if self._wide_extension is None and ssrcs:
            bitrate = choose_upload(track.source for track in self.tracks.values())
            packet += write_remb(self._ssrc, bitrate, ssrcs[:MAX_BLOCKS])
        self.peer.send_rtcp(packet)


def _fits(track: Track, line: MediaLine, source: Source) -> bool:
    return track.source == source and track.rids == line.rids


def _check_tracks(offer: Description, sent: Sequence[SentTrack]) -> Mapping[str, tuple[MediaLine, Source]]:
    lines = {line.mid: line for line in offer.lines}
    wanted: dict[str, tuple[MediaLine, Source]] = {}
    for track in sent:
        line = lines.get(track.mid)
        if line is None or not line.sends:
            raise SdpError(f"no sending m-line {track.mid}")
        if line.kind != find_kind(track.source):
            raise SdpError(f"m-line {track.mid} is {line.kind}, not a {track.source}")
        if line.payload_type is None:
            raise SdpError(f"m-line {track.mid} has neither Opus nor VP8")
        if track.mid in wanted:
            raise SdpError(f"m-line {track.mid} is named twice")
        wanted[track.mid] = line, track.source
    return wanted
