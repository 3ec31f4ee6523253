"""Session descriptions: reads what browsers write, writes what they read. Pure.

Sources: RFC 8866 (SDP), RFC 8829 (JSEP), RFC 8839 (ICE in SDP), RFC 8842 (DTLS), RFC 9143 (BUNDLE), RFC 5761
(rtcp-mux), RFC 7587 (Opus), RFC 7741 (VP8), RFC 4588 (RTX), RFC 8851 and RFC 8853 (simulcast). Only bundled lines with
Opus and VP8 are used; the rest is refused by ``SdpError`` where it makes the description useless, else answered with
port 0.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from signaling.rtp import (
    URI_ABS_SEND_TIME,
    URI_AUDIO_LEVEL,
    URI_MID,
    URI_REPAIRED_RID,
    URI_RID,
    URI_TRANSPORT_WIDE,
)

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
Setup = Literal["active", "passive", "actpass"]

MAX_SDP = 256 * 1024
MAX_LINES = 400
MAX_RIDS = 4
OPUS_FMTP = "minptime=10;useinbandfec=1;usedtx=1;stereo=0"
# What the server's offers name.
OPUS, VP8, RTX = 111, 96, 97
AUDIO_LEVEL_ID, ABS_SEND_TIME_ID = 1, 3
CNAME = "room"
TRANSPORT_CC = "transport-cc"
# What the server's answers accept of a publisher's header extensions.
_ACCEPTED = {
    "audio": (URI_MID, URI_AUDIO_LEVEL, URI_TRANSPORT_WIDE),
    "video": (URI_MID, URI_RID, URI_REPAIRED_RID, URI_TRANSPORT_WIDE),
}

_TOKEN = re.compile(r"[!#-'*+\-.0-9A-Z^-~]{1,256}")
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_ICE = re.compile(r"[A-Za-z0-9+/]{4,256}")
_FINGERPRINTS = {"sha-256": 32, "sha-384": 48, "sha-512": 64}


class SdpError(ValueError):
    """The description cannot be used; the text says why."""


@dataclass(frozen=True)
class Fingerprint:
    algorithm: str
    value: str


@dataclass(frozen=True)
class RemoteTransport:
    """How the browser is reached and known: ICE credentials, certificate fingerprints, DTLS role."""

    ufrag: str
    password: str
    fingerprints: tuple[Fingerprint, ...]
    setup: Setup


@dataclass(frozen=True)
class LocalTransport:
    """How the server is reached. ``addresses``: (address, UDP port) of its candidates, best first. ``tcp_port`` is that
    media over TCP at the same addresses; None: none. ``session`` names the connection (o=): nobody can guess it.
    """

    ufrag: str
    password: str
    fingerprint: Fingerprint
    addresses: tuple[tuple[str, int], ...]
    tcp_port: int | None = None
    session: int = 0


@dataclass(frozen=True)
class MediaLine:
    """One m-line of a browser's description. ``payload_type`` is that of Opus or VP8, None where neither is there.

    ``rids`` name the encodings of a simulcast that it sends, in its order.
    """

    mid: str
    kind: str
    protocol: str
    direction: Direction
    rejected: bool
    payload_type: int | None
    rtx_type: int | None
    extensions: Mapping[str, int]
    ssrcs: tuple[int, ...]
    rtx_ssrcs: tuple[int, ...]
    feedback: frozenset[str]
    formats: tuple[str, ...]
    rids: tuple[str, ...]

    @property
    def sends(self) -> bool:
        return not self.rejected and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        return not self.rejected and self.direction in ("sendrecv", "recvonly")


@dataclass(frozen=True)
class Description:
    """A browser's description. ``session`` is the identifier of its connection (o=)."""

    session: str
    transport: RemoteTransport
    lines: tuple[MediaLine, ...]


@dataclass(frozen=True)
class OfferedLine:
    """One m-line of the server's offer: a slot, with the numbers of its streams."""

    mid: str
    kind: Literal["audio", "video"]
    ssrc: int
    rtx_ssrc: int


@dataclass
class _Section:
    head: str
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def find(self, name: str) -> str | None:
        return next((value for key, value in self.attributes if key == name), None)

    def list(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def parse_description(text: str) -> Description:
    """Read a browser's offer or answer. Raises SdpError."""
    session, sections = _split(text)
    if not sections:
        raise SdpError("no m-line")
    lines = tuple(_parse_line(section, position) for position, section in enumerate(sections))
    mids = [line.mid for line in lines]
    if len(set(mids)) != len(mids):
        raise SdpError("two m-lines have the same mid")
    used = [section for section, line in zip(sections, lines, strict=True) if not line.rejected]
    groups = (value.split() for value in session.list("group"))
    bundle = next((frozenset(mids) for kind, *mids in filter(None, groups) if kind == "BUNDLE"), frozenset())
    outside = [line.mid for line in lines if not line.rejected and line.mid not in bundle]
    if outside:
        raise SdpError(f"m-line {outside[0]} is not bundled")
    origin = session.head.split()
    return Description(origin[1] if len(origin) > 1 else "", _parse_transport(session, used), lines)


def _split(text: str) -> tuple[_Section, list[_Section]]:
    if len(text) > MAX_SDP:
        raise SdpError("longer than 256 KiB")
    if not text.startswith("v=0"):
        raise SdpError("does not begin with v=0")
    session = _Section("")
    sections: list[_Section] = []
    for raw in text.splitlines():
        kind, value = raw[:2], raw[2:].strip()
        current = sections[-1] if sections else session
        if kind == "m=":
            if len(sections) == MAX_LINES:
                raise SdpError("too many m-lines")
            sections.append(_Section(value))
        elif kind == "o=":
            session.head = value
        elif kind == "a=":
            name, _, content = value.partition(":")
            current.attributes.append((name, content.strip()))
    return session, sections


def _parse_line(section: _Section, position: int) -> MediaLine:
    head = section.head.split()
    if len(head) < 4 or not head[1].partition("/")[0].isdecimal():
        raise SdpError(f"m-line {position} is malformed")
    mid = section.find("mid") or ""
    if not _TOKEN.fullmatch(mid):
        raise SdpError(f"m-line {position} has no usable mid")
    kind, rejected = head[0], head[1].partition("/")[0].strip("0") == "" and section.find("bundle-only") is None
    codec = {"audio": "opus/48000/2", "video": "vp8/90000"}.get(kind, "")
    formats = frozenset(head[3:])
    payload_type = _find_codec(section, formats, codec)
    rtx_type = _find_rtx(section, formats, payload_type)
    if kind in ("audio", "video") and not rejected and section.find("rtcp-mux") is None:
        raise SdpError(f"m-line {mid} does without rtcp-mux")
    ssrcs, rtx_ssrcs = _parse_ssrcs(section)
    return MediaLine(
        mid=mid,
        kind=kind,
        protocol=head[2],
        direction=_parse_direction(section),
        rejected=rejected,
        payload_type=payload_type,
        rtx_type=rtx_type,
        extensions=_parse_extensions(section),
        ssrcs=ssrcs,
        rtx_ssrcs=rtx_ssrcs,
        feedback=_parse_feedback(section, payload_type),
        formats=tuple(head[3:]),
        rids=_parse_rids(section),
    )


def _parse_direction(section: _Section) -> Direction:
    directions: tuple[Direction, ...] = ("sendonly", "recvonly", "inactive")
    return next((name for name in directions if section.find(name) is not None), "sendrecv")


def _parse_number(text: str, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= most else None


def _find_codec(section: _Section, formats: frozenset[str], codec: str) -> int | None:
    for value in section.list("rtpmap"):
        number, _, name = value.partition(" ")
        if codec and name.strip().lower() == codec and number in formats:
            return _parse_number(number, 127)
    return None


def _find_rtx(section: _Section, formats: frozenset[str], payload_type: int | None) -> int | None:
    rtx = {value.partition(" ")[0] for value in section.list("rtpmap") if value.lower().endswith(" rtx/90000")}
    for value in section.list("fmtp"):
        number, _, parameters = value.partition(" ")
        if number in rtx and number in formats and parameters.replace(" ", "") == f"apt={payload_type}":
            return _parse_number(number, 127)
    return None


def _parse_extensions(section: _Section) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in section.list("extmap"):
        number, _, rest = value.partition(" ")
        identifier = _parse_number(number.partition("/")[0], 255)
        if identifier and rest.split():
            found[rest.split()[0]] = identifier
    return found


def _parse_ssrcs(section: _Section) -> tuple[tuple[int, ...], tuple[int, ...]]:
    named = [_parse_number(value.partition(" ")[0], 0xFFFFFFFF) for value in section.list("ssrc")[:64]]
    rtx = []
    for value in section.list("ssrc-group")[:16]:
        parts = value.split()
        if len(parts) == 3 and parts[0] == "FID":
            rtx.append(_parse_number(parts[2], 0xFFFFFFFF))
    repairs = tuple(dict.fromkeys(number for number in rtx if number is not None))
    return tuple(dict.fromkeys(n for n in named if n is not None and n not in repairs)), repairs


def _parse_rids(section: _Section) -> tuple[str, ...]:
    """RFC 8853 section 5.1: alternatives (,) of which the first counts, and those that begin paused (~)."""
    known = {value.partition(" ")[0] for value in section.list("rid") if value.partition(" ")[2].startswith("send")}
    words = (section.find("simulcast") or "").split()
    streams = words[words.index("send") + 1].split(";") if "send" in words[:-1] else []
    names = [stream.partition(",")[0].removeprefix("~") for stream in streams[: 2 * MAX_RIDS]]
    return tuple(dict.fromkeys(name for name in names if name in known and _RID.fullmatch(name)))[:MAX_RIDS]


def _parse_feedback(section: _Section, payload_type: int | None) -> frozenset[str]:
    found = set()
    for value in section.list("rtcp-fb"):
        number, _, what = value.partition(" ")
        if number in ("*", str(payload_type)):
            found.add(what.strip())
    return frozenset(found)


def _parse_transport(session: _Section, used: Sequence[_Section]) -> RemoteTransport:
    """The transport of the bundle: that of its first used line, else that of the session."""
    first = used[0] if used else session

    def find(name: str) -> str:
        value = first.find(name)
        return (value if value is not None else session.find(name)) or ""

    ufrag, password, setup = find("ice-ufrag"), find("ice-pwd"), find("setup")
    if not _ICE.fullmatch(ufrag) or not _ICE.fullmatch(password) or len(password) < 22:
        raise SdpError("no usable ICE credentials")
    fingerprints = tuple(map(_parse_fingerprint, (first.list("fingerprint") or session.list("fingerprint"))[:8]))
    usable = tuple(fingerprint for fingerprint in fingerprints if fingerprint is not None)
    if not usable:
        raise SdpError("no usable certificate fingerprint")
    roles: dict[str, Setup] = {"active": "active", "passive": "passive", "actpass": "actpass"}
    if setup not in roles:
        raise SdpError("no usable DTLS role")
    return RemoteTransport(ufrag, password, usable, roles[setup])


def _parse_fingerprint(value: str) -> Fingerprint | None:
    algorithm, _, digits = value.partition(" ")
    size = _FINGERPRINTS.get(algorithm.lower())
    octets = digits.strip().split(":")
    if size != len(octets) or not all(re.fullmatch("[0-9A-Fa-f]{2}", octet) for octet in octets):
        return None
    return Fingerprint(algorithm.lower(), ":".join(octets).upper())


def write_answer(offer: Description, transport: LocalTransport, wanted: Mapping[str, bool], version: int) -> str:
    """Write the answer to a publish offer. ``wanted`` says of each mid whether its track is received.

    Lines that send nothing (any more) are answered inactive, lines of other kinds or codecs with port 0.
    """
    setup: Setup = "active" if offer.transport.setup == "passive" else "passive"
    kept = {line.mid for line in offer.lines if not line.rejected and line.payload_type is not None}
    text = _write_session([line.mid for line in offer.lines if line.mid in kept], transport.session, version)
    for line in offer.lines:
        if line.mid not in kept:
            text += [
                f"m={line.kind} 0 {line.protocol} {' '.join(line.formats)}",
                "c=IN IP4 0.0.0.0",
                f"a=mid:{line.mid}",
            ]
            text += ["a=inactive"]
            continue
        direction = "recvonly" if wanted.get(line.mid) and line.sends else "inactive"
        text += _write_codec(line.kind, line.payload_type or 0, line.rtx_type, line.protocol)
        text += [f"a=mid:{line.mid}", f"a={direction}"]
        text += [f"a=extmap:{line.extensions[uri]} {uri}" for uri in _ACCEPTED[line.kind] if uri in line.extensions]
        if TRANSPORT_CC in line.feedback and URI_TRANSPORT_WIDE in line.extensions:
            text.append(f"a=rtcp-fb:{line.payload_type} {TRANSPORT_CC}")
        if line.rids and direction == "recvonly":
            text += [f"a=rid:{rid} recv" for rid in line.rids]
            text.append(f"a=simulcast:recv {';'.join(line.rids)}")
        text += _write_transport(transport, setup)
    return "\r\n".join(text) + "\r\n"


def write_offer(lines: Sequence[OfferedLine], transport: LocalTransport, version: int) -> str:
    """Write the offer of what a participant receives: slots that carry now this, now that, and stay as they are."""
    text = _write_session([line.mid for line in lines], transport.session, version)
    for line in lines:
        rtx = RTX if line.kind == "video" else None
        text += _write_codec(line.kind, OPUS if line.kind == "audio" else VP8, rtx, "UDP/TLS/RTP/SAVPF")
        text += [f"a=mid:{line.mid}", "a=sendonly"]
        if line.kind == "audio":
            text.append(f"a=extmap:{AUDIO_LEVEL_ID} {URI_AUDIO_LEVEL}")
        text.append(f"a=extmap:{ABS_SEND_TIME_ID} {URI_ABS_SEND_TIME}")
        text += _write_streams(line)
        text += _write_transport(transport, "actpass")
    return "\r\n".join(text) + "\r\n"


def _write_session(mids: Sequence[str], session: int, version: int) -> list[str]:
    head = ["v=0", f"o=- {session} {version} IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", "a=msid-semantic: WMS *"]
    return [*head, f"a=group:BUNDLE {' '.join(mids)}"] if mids else head


def _write_codec(kind: str, payload_type: int, rtx_type: int | None, protocol: str) -> list[str]:
    formats = f"{payload_type}" if rtx_type is None else f"{payload_type} {rtx_type}"
    lines = [f"m={kind} 9 {protocol} {formats}", "c=IN IP4 0.0.0.0", "a=rtcp-mux", "a=rtcp-rsize"]
    if kind == "audio":
        return [*lines, f"a=rtpmap:{payload_type} opus/48000/2", f"a=fmtp:{payload_type} {OPUS_FMTP}"]
    lines.append(f"a=rtpmap:{payload_type} VP8/90000")
    lines += [f"a=rtcp-fb:{payload_type} {name}" for name in ("nack", "nack pli", "ccm fir", "goog-remb")]
    if rtx_type is not None:
        lines += [f"a=rtpmap:{rtx_type} rtx/90000", f"a=fmtp:{rtx_type} apt={payload_type}"]
    return lines


def _write_streams(line: OfferedLine) -> list[str]:
    """Every slot is a stream of its own: browsers play the tracks of one stream in step, and these change."""
    names = f"slot-{line.mid} slot-{line.mid}"
    lines = [f"a=msid:{names}"]
    ssrcs = (line.ssrc, line.rtx_ssrc) if line.kind == "video" else (line.ssrc,)
    if len(ssrcs) > 1:
        lines.append(f"a=ssrc-group:FID {line.ssrc} {line.rtx_ssrc}")
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{CNAME}", f"a=ssrc:{ssrc} msid:{names}"]
    return lines


def _write_transport(transport: LocalTransport, setup: Setup) -> list[str]:
    lines = [f"a=ice-ufrag:{transport.ufrag}", f"a=ice-pwd:{transport.password}", "a=ice-options:trickle"]
    lines.append(f"a=fingerprint:{transport.fingerprint.algorithm} {transport.fingerprint.value}")
    lines.append(f"a=setup:{setup}")
    for position, (address, port) in enumerate(transport.addresses):
        # RFC 8445 section 5.1.2.1: host candidates 126, the order of addresses as local preference, component 1.
        priority = (126 << 24) + ((65535 - position) << 8) + 255
        lines.append(f"a=candidate:{position + 1} 1 udp {priority} {address} {port} typ host")
    for position, (address, _port) in enumerate(transport.addresses if transport.tcp_port else ()):
        # RFC 6544 section 4.2: after all of UDP; direction preference 4, passive.
        priority = (90 << 24) + (((4 << 13) + 8191 - position) << 8) + 255
        foundation, place = len(transport.addresses) + position + 1, f"{address} {transport.tcp_port}"
        lines.append(f"a=candidate:{foundation} 1 tcp {priority} {place} typ host tcptype passive")
    return [*lines, "a=end-of-candidates"]
