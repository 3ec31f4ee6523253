"""The descriptions of a synthetic client: its offer of what it sends, its answer to what it is offered. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from signaling.rtp import (
    URI_ABS_SEND_TIME,
    URI_AUDIO_LEVEL,
    URI_MID,
    URI_REPAIRED_RID,
    URI_RID,
    URI_TRANSPORT_WIDE,
)
from signaling.sdp import Description, Fingerprint, MediaLine, parse_description

OPUS_TYPE, VP8_TYPE, RTX_TYPE = 111, 96, 97
AUDIO_LEVEL, MID, RID, REPAIRED_RID, TRANSPORT_CC = 1, 4, 5, 6, 7  # of its own offers
UNDERSTOOD = (URI_AUDIO_LEVEL, URI_MID, URI_ABS_SEND_TIME, URI_TRANSPORT_WIDE)
FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc")

_CANDIDATE = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ (?:host|srflx|relay)", re.I | re.M)


@dataclass(frozen=True)
class OwnEnd:
    """How this client is reached and known. ``session`` is the identifier of the connection."""

    session: str
    ufrag: str
    password: str
    fingerprint: Fingerprint
    host: str
    port: int


@dataclass(frozen=True)
class SentLine:
    """One sending m-line. ``rids``, smallest layer first, makes it simulcast: then no SSRC is named."""

    mid: str
    kind: str
    ssrc: int
    rids: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemoteEnd:
    """The server's description, with the UDP addresses that it can be reached at."""

    description: Description
    addresses: tuple[tuple[str, int], ...]


def read_remote(text: str) -> RemoteEnd:
    """Read the server's offer or answer. Raises ``SdpError``."""
    found = dict.fromkeys((host, int(port)) for host, port in _CANDIDATE.findall(text))
    return RemoteEnd(parse_description(text), tuple(found))


def write_offer(own: OwnEnd, lines: Sequence[SentLine]) -> str:
    """Write an offer to send."""
    text = _write_session(own, [line.mid for line in lines])
    for line in lines:
        audio = line.kind == "audio"
        text += _write_head(line.kind, line.mid, "sendonly", [OPUS_TYPE] if audio else [VP8_TYPE, RTX_TYPE])
        text += _write_codecs(line.kind, OPUS_TYPE if audio else VP8_TYPE, None if audio else RTX_TYPE, FEEDBACK)
        text += [f"a=extmap:{MID} {URI_MID}", f"a=extmap:{TRANSPORT_CC} {URI_TRANSPORT_WIDE}"]
        if audio:
            text.append(f"a=extmap:{AUDIO_LEVEL} {URI_AUDIO_LEVEL}")
        if line.rids:
            text += [f"a=extmap:{RID} {URI_RID}", f"a=extmap:{REPAIRED_RID} {URI_REPAIRED_RID}"]
            text += [*(f"a=rid:{rid} send" for rid in line.rids), f"a=simulcast:send {';'.join(line.rids)}"]
        else:
            text.append(f"a=ssrc:{line.ssrc} cname:synthetic")
        text += _write_end(own, "actpass")
    return "\r\n".join(text) + "\r\n"


def write_answer(own: OwnEnd, offer: Description) -> str:
    """Write the answer that receives every line which is offered."""
    text = _write_session(own, [line.mid for line in offer.lines])
    for line in offer.lines:
        types = [one for one in (line.payload_type, line.rtx_type) if one is not None]
        receives = line.sends and line.payload_type is not None
        text += _write_head(line.kind, line.mid, "recvonly" if receives else "inactive", types)
        if line.payload_type is not None:
            wanted = [name for name in FEEDBACK if name in line.feedback]
            text += _write_codecs(line.kind, line.payload_type, line.rtx_type, wanted)
        text += [f"a=extmap:{line.extensions[uri]} {uri}" for uri in UNDERSTOOD if uri in line.extensions]
        text += _write_end(own, "active")
    return "\r\n".join(text) + "\r\n"


def list_streams(offer: Description) -> dict[int, tuple[MediaLine, bool]]:
    """Return the line of each SSRC that is offered; True: it carries retransmissions."""
    streams: dict[int, tuple[MediaLine, bool]] = {}
    for line in offer.lines:
        streams |= dict.fromkeys(line.ssrcs[:1], (line, False)) | dict.fromkeys(line.rtx_ssrcs[:1], (line, True))
    return streams


def _write_session(own: OwnEnd, mids: Sequence[str]) -> list[str]:
    head = ["v=0", f"o=- {own.session} 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    return [*head, f"a=group:BUNDLE {' '.join(mids)}"]


def _write_head(kind: str, mid: str, direction: str, types: Sequence[int]) -> list[str]:
    formats = " ".join(map(str, types)) or "0"
    lines = [f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", f"a={direction}"]
    return [*lines, "a=rtcp-mux", "a=rtcp-rsize"]


def _write_codecs(kind: str, payload_type: int, rtx_type: int | None, feedback: Sequence[str]) -> list[str]:
    if kind == "audio":
        lines = [f"a=rtpmap:{payload_type} opus/48000/2", f"a=fmtp:{payload_type} minptime=10;useinbandfec=1"]
        return [*lines, *(f"a=rtcp-fb:{payload_type} {name}" for name in feedback if name == "transport-cc")]
    lines = [f"a=rtpmap:{payload_type} VP8/90000", *(f"a=rtcp-fb:{payload_type} {name}" for name in feedback)]
    if rtx_type is not None:
        lines += [f"a=rtpmap:{rtx_type} rtx/90000", f"a=fmtp:{rtx_type} apt={payload_type}"]
    return lines


def _write_end(own: OwnEnd, setup: str) -> list[str]:
    return [
        f"a=ice-ufrag:{own.ufrag}",
        f"a=ice-pwd:{own.password}",
        f"a=fingerprint:{own.fingerprint.algorithm} {own.fingerprint.value}",
        f"a=setup:{setup}",
        f"a=candidate:1 1 udp 2130706431 {own.host} {own.port} typ host",
        "a=end-of-candidates",
    ]
