"""The connection on which a participant sends: its tracks, and the feedback that browsers need to send well."""

import secrets
from collections.abc import Callable, Mapping, Sequence

from signaling.engine import SentTrack, Source
from signaling.forwarder import MAX_DATAGRAM, Track
from signaling.peer import Peer, Site
from signaling.quality import choose_upload
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
    MalformedPacket,
    RtpHeader,
    parse_audio_level,
    parse_header,
    read_extensions,
)
from signaling.sdp import Description, MediaLine, SdpError, write_answer

MAX_STREAMS = 64


class Publisher:
    """``on_change()``: the connection came or went. ``hear(participant, level, now)``: a microphone's packet."""

    def __init__(
        self,
        site: Site,
        participant: str,
        on_change: Callable[[], None],
        hear: Callable[[str, int, float], None],
    ) -> None:
        self.participant = participant
        self.peer = Peer(site, self._take_rtp, self._take_rtcp, on_change)
        self.session = ""
        self.tracks: dict[str, Track] = {}  # by mid
        self._hear = hear
        self._ssrc = secrets.randbits(32)
        self._version = 0
        self._streams: dict[int, tuple[Track, bool]] = {}  # by SSRC; True: retransmissions of the track
        self._mid_extension: int | None = None
        self._level_extension: int | None = None

    def negotiate(self, offer: Description, sent: Sequence[SentTrack]) -> tuple[str, list[Track], list[Track]]:
        """Take an offer; return the answer, the tracks that are new and those that ended. Raises SdpError."""
        wanted = _check_tracks(offer, sent)
        ended: list[Track] = [
            track for mid, track in self.tracks.items() if mid not in wanted or wanted[mid][1] != track.source
        ]
        for track in ended:
            del self.tracks[track.mid]
        self._streams = {ssrc: entry for ssrc, entry in self._streams.items() if entry[0] not in ended}
        added: list[Track] = []
        for mid, (line, source) in wanted.items():
            if mid not in self.tracks:
                track = Track(f"t{secrets.token_hex(6)}", self.participant, source, mid, self._ask_key_frame)
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
        self._mid_extension = line.extensions.get(URI_MID, self._mid_extension)
        if line.kind == "audio":
            self._level_extension = line.extensions.get(URI_AUDIO_LEVEL)
        for ssrc in line.ssrcs[:1]:
            self._connect_stream(ssrc, track, repeated=False)
        for ssrc in line.rtx_ssrcs[:1]:
            self._connect_stream(ssrc, track, repeated=True)

    def _connect_stream(self, ssrc: int, track: Track, *, repeated: bool) -> tuple[Track, bool]:
        known = self._streams.get(ssrc)
        if known != (track, repeated):
            self._streams[ssrc] = track, repeated
            if not repeated:
                track.use_source(ssrc)
        return track, repeated

    def _take_rtp(self, length: int) -> None:
        port = self.peer.port
        data = port.incoming.view[:length]
        try:
            header = parse_header(data)
            stream = self._streams.get(header.ssrc) or self._resolve_stream(data, header)
            if stream is None or length > MAX_DATAGRAM:
                return
            track, repeated = stream
            if header.payload_type != (track.rtx_type if repeated else track.payload_type):
                return
            level = self._read_level(data, header) if track.kind == "audio" else None
        except MalformedPacket:
            return
        sequence, start = header.sequence, header.payload
        if repeated:
            if header.end - start < 2:
                return  # padding that probes the bandwidth
            sequence = data[start] << 8 | data[start + 1]  # RFC 4588 section 4
            start += 2
        track.take_packet(data, header, sequence, start, level, port.now, repeated=repeated)
        if level is not None and not track.silenced:
            self._hear(self.participant, level, port.now)

    def _read_level(self, data: memoryview, header: RtpHeader) -> int | None:
        value = read_extensions(data, header).get(self._level_extension) if self._level_extension else None
        return parse_audio_level(value).level if value else None

    def _resolve_stream(self, data: memoryview, header: RtpHeader) -> tuple[Track, bool] | None:
        """An SSRC that the description did not name: its MID extension says whose it is, else its payload type."""
        mid = read_extensions(data, header).get(self._mid_extension) if self._mid_extension else None
        fitting = [
            (track, header.payload_type == track.rtx_type)
            for track in self.tracks.values()
            if header.payload_type in (track.payload_type, track.rtx_type)
            and (mid is None or track.mid.encode() == mid)
        ]
        if len(fitting) != 1 or len(self._streams) >= MAX_STREAMS:
            return None
        return self._connect_stream(header.ssrc, *fitting[0][:1], repeated=fitting[0][1])

    def _take_rtcp(self, data: bytes) -> None:
        try:
            items = parse_compound(data)
        except MalformedPacket:
            return
        for item in items:
            if isinstance(item, SenderReport):
                track, repeated = self._streams.get(item.ssrc, (None, False))
                if track is not None and not repeated and track.ssrc == item.ssrc:
                    track.take_report(item, self.peer.port.now)

    def _ask_key_frame(self, ssrc: int) -> None:
        self.peer.send_rtcp(write_key_frame_request(self._ssrc, ssrc))

    def tick(self, now: float) -> None:
        """To be called some times a second: repeated requests."""
        if not self.peer.connected:
            return
        for track in self.tracks.values():
            track.tick(now)
            missing = track.losses.list_due(now) if track.kind == "video" else []
            if missing and track.ssrc is not None:
                self.peer.send_rtcp(write_nack(self._ssrc, track.ssrc, missing))

    def report(self, now: float) -> None:
        """To be called every second: what arrived, and how much may be sent."""
        self.peer.check_consent()
        if not self.peer.connected:
            return
        blocks = [block for track in self.tracks.values() if (block := track.take_block(now)) is not None]
        packet = write_receiver_report(self._ssrc, blocks[:MAX_BLOCKS])
        ssrcs = [track.ssrc for track in self.tracks.values() if track.kind == "video" and track.ssrc is not None]
        if ssrcs:
            bitrate = choose_upload(track.source for track in self.tracks.values())
            packet += write_remb(self._ssrc, bitrate, ssrcs[:MAX_BLOCKS])
        self.peer.send_rtcp(packet)


def _check_tracks(offer: Description, sent: Sequence[SentTrack]) -> Mapping[str, tuple[MediaLine, Source]]:
    lines = {line.mid: line for line in offer.lines}
    wanted: dict[str, tuple[MediaLine, Source]] = {}
    for track in sent:
        line = lines.get(track.mid)
        if line is None or not line.sends:
            raise SdpError(f"no sending m-line {track.mid}")
        if line.kind != ("audio" if track.source == "microphone" else "video"):
            raise SdpError(f"m-line {track.mid} is {line.kind}, not a {track.source}")
        if line.payload_type is None:
            raise SdpError(f"m-line {track.mid} has neither Opus nor VP8")
        if track.mid in wanted:
            raise SdpError(f"m-line {track.mid} is named twice")
        wanted[track.mid] = line, track.source
    return wanted
