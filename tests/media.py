"""Parts for tests of media: an engine whose events can be waited for, a client made of parts, packets for it."""

import asyncio
import re
import secrets
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import av
from aioice import stun

from signaling.dtls import Certificate, Dtls, PacketBuffer, Srtp, copy_memory
from signaling.embedded import EmbeddedEngine, MediaSettings
from signaling.engine import Event, Kind, Source, find_kind
from signaling.ice import Address, Credentials, make_credentials
from signaling.rtcp import Item, parse_compound
from signaling.rtp import (
    URI_AUDIO_LEVEL,
    URI_MID,
    URI_REPAIRED_RID,
    URI_RID,
    URI_TRANSPORT_WIDE,
    write_extensions,
)
from signaling.sdp import parse_description
from signaling.udp import UdpPort
from tests.feedback import Feedback, read_feedback

R = TypeVar("R", bound=Item)
E = TypeVar("E", bound=Event)
PATIENCE_SECONDS = 20.0


def find_process(engine: EmbeddedEngine) -> int | None:
    """The process id of the media process that runs now."""
    return engine._process.pid if engine._process else None


class Listener:
    """Remembers an engine's events; ``expect`` waits for the first that fits, past or to come, and takes it out."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self.engine = engine
        self.events: list[Event] = []
        self._grown = asyncio.Condition()
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            event = await self.engine.next_event()
            async with self._grown:
                self.events.append(event)
                self._grown.notify_all()

    async def expect(self, kind: type[E], fits: Callable[[E], bool] = lambda _event: True) -> E:
        async with asyncio.timeout(PATIENCE_SECONDS), self._grown:
            while True:
                for event in self.events:
                    if isinstance(event, kind) and fits(event):
                        self.events.remove(event)
                        return event
                await self._grown.wait()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@asynccontextmanager
async def running_engine(recordings: Path, *, floor: int = 0, port: int = 0) -> AsyncIterator[Listener]:
    """A media process on the loopback interface, on any free port without ``port``."""
    engine = EmbeddedEngine(MediaSettings("127.0.0.1", port, "", recordings, floor))
    await engine.start()
    listener = Listener(engine)
    try:
        yield listener
    finally:
        await engine.stop()
        await listener.close()


@dataclass(frozen=True)
class Sent:
    """One line of a client's offer. ``ssrc`` 0: the offer does not name it. ``rids``: the encodings of a simulcast."""

    mid: str
    source: Source
    ssrc: int
    rtx_ssrc: int = 0
    rids: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        return find_kind(self.source)


OPUS_TYPE, VP8_TYPE, RTX_TYPE = 109, 120, 121  # other ones than the server offers
LEVEL_EXTENSION, MID_EXTENSION, RID_EXTENSION, REPAIRED_EXTENSION, WIDE_EXTENSION = 5, 7, 8, 9, 10


def build_check(credentials: Credentials, remote: str = "browser", **attributes: Any) -> bytes:
    """Write the check of a browser called ``remote`` to the session with these credentials."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{credentials.ufrag}:{remote}"
    message.attributes["PRIORITY"] = 1853824767
    message.attributes["ICE-CONTROLLING"] = 5
    for name, value in attributes.items():
        message.attributes.pop("ICE-CONTROLLING" if name == "ICE_CONTROLLED" else name, None)
        message.attributes[name.replace("_", "-")] = value
    message.add_message_integrity(credentials.password.encode())
    return bytes(message)


class Endpoint:
    """What a session belongs to: it notes where packets are to go, and keeps those that come."""

    def __init__(self, port: UdpPort) -> None:
        self.port = port
        self.address: Address | None = None
        self.packets: list[bytes] = []

    def select_address(self, address: Address | None) -> None:
        self.address = address

    def receive_dtls(self, data: bytes) -> None:
        self.packets.append(data)

    def receive_media(self, length: int) -> None:
        self.packets.append(bytes(self.port.incoming.view[:length]))


class Client(asyncio.DatagramProtocol):
    """One connection made of parts: real checks, handshake and encryption, but packets as the test wants them."""

    def __init__(self) -> None:
        self.credentials = make_credentials()
        self.certificate = Certificate()
        self.session = str(secrets.randbits(62))
        self.counts_packets = False  # for congestion control
        self.rtp: asyncio.Queue[bytes] = asyncio.Queue()
        self.rtcp: asyncio.Queue[Item] = asyncio.Queue()
        self.feedback: asyncio.Queue[Feedback] = asyncio.Queue()
        self.checked = asyncio.Event()
        self._arrived = asyncio.Event()
        self.ready = asyncio.Event()
        self.srtp: Srtp | None = None
        self.dtls = Dtls(self.certificate, self.send)
        self.server: tuple[str, int] = ("", 0)
        self._remote = Credentials("", "")
        self._socket: asyncio.DatagramTransport | None = None
        self._buffer = PacketBuffer(4096)
        self._tasks: list[asyncio.Task[None]] = []

    def _write_line(self, kind: str, mid: str, direction: str, types: tuple[int, int, int]) -> list[str]:
        opus, vp8, rtx = types
        own = self.certificate.fingerprint
        formats = f"{opus}" if kind == "audio" else f"{vp8} {rtx}"
        lines = [f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", f"a={direction}"]
        lines += ["a=rtcp-mux", f"a=ice-ufrag:{self.credentials.ufrag}", f"a=ice-pwd:{self.credentials.password}"]
        lines += [f"a=fingerprint:{own.algorithm} {own.value}"]
        if kind == "audio":
            return [*lines, f"a=rtpmap:{opus} opus/48000/2", f"a=extmap:{LEVEL_EXTENSION} {URI_AUDIO_LEVEL}"]
        return [*lines, f"a=rtpmap:{vp8} VP8/90000", f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={vp8}"]

    def _write_session(self, mids: list[str]) -> list[str]:
        group = f"a=group:BUNDLE {' '.join(mids)}"
        return ["v=0", f"o=- {self.session} 1 IN IP4 0.0.0.0", "s=-", "t=0 0", group]

    def write_offer(self, *tracks: Sent, ended: tuple[Sent, ...] = ()) -> str:
        """Lines of ended tracks come first: they were there before."""
        text = self._write_session([track.mid for track in (*ended, *tracks)])
        for track in (*ended, *tracks):
            direction = "inactive" if track in ended else "sendonly"
            text += self._write_line(track.kind, track.mid, direction, (OPUS_TYPE, VP8_TYPE, RTX_TYPE))
            text += ["a=setup:actpass", f"a=extmap:{MID_EXTENSION} {URI_MID}"]
            if self.counts_packets:
                kind = OPUS_TYPE if track.kind == "audio" else VP8_TYPE
                text += [f"a=extmap:{WIDE_EXTENSION} {URI_TRANSPORT_WIDE}", f"a=rtcp-fb:{kind} transport-cc"]
            if track.rids:
                text += [f"a=extmap:{RID_EXTENSION} {URI_RID}", f"a=extmap:{REPAIRED_EXTENSION} {URI_REPAIRED_RID}"]
                text += [f"a=rid:{rid} send" for rid in track.rids]
                text.append(f"a=simulcast:send {';'.join(track.rids)}")
            if track.ssrc and track.rtx_ssrc:
                text.append(f"a=ssrc-group:FID {track.ssrc} {track.rtx_ssrc}")
            text += [f"a=ssrc:{ssrc} cname:x" for ssrc in (track.ssrc, track.rtx_ssrc) if ssrc]
        return "\r\n".join(text) + "\r\n"

    def write_answer(self, offer: str, types: tuple[int, int, int] = (111, 96, 97)) -> str:
        lines = parse_description(offer).lines
        text = self._write_session([line.mid for line in lines])
        for line in lines:
            text += self._write_line(line.kind, line.mid, "recvonly" if line.sends else "inactive", types)
            text += ["a=setup:active"]
        return "\r\n".join(text) + "\r\n"

    async def connect(self, remote: str) -> None:
        """Check, shake hands; return when packets may flow."""
        description = parse_description(remote)
        self._remote = Credentials(description.transport.ufrag, description.transport.password)
        found = re.search(r"a=candidate:1 1 udp \d+ (\S+) (\d+) typ host", remote)
        assert found
        self.server = found[1], int(found[2])
        await self.bind()
        self._tasks.append(asyncio.create_task(self._keep_checking()))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.checked.wait()
            fingerprints = description.transport.fingerprints
            self._tasks.append(asyncio.create_task(self.dtls.run("client", fingerprints, self._note_keys)))
            await self.ready.wait()

    async def bind(self) -> None:
        """Take a socket of a new port, as after a change of network."""
        if self._socket:
            self._socket.close()
        loop = asyncio.get_running_loop()
        self._socket, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    async def restart(self, remote: str) -> None:
        """Go on from a new port with the server's new credentials."""
        transport = parse_description(remote).transport
        assert transport.ufrag != self._remote.ufrag
        self._remote = Credentials(transport.ufrag, transport.password)
        await self.bind()
        self.checked.clear()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.checked.wait()

    async def _keep_checking(self) -> None:
        while True:
            self.check()
            # A check may be lost; the next one follows without waiting for anything.
            await asyncio.sleep(0.1)

    def stop_checking(self) -> None:
        self._tasks[0].cancel()

    def check(self) -> None:
        """Send one check; the server answers it."""
        self.send(build_check(self._remote, self.credentials.ufrag, USE_CANDIDATE=None))

    def _note_keys(self, srtp: Srtp) -> None:
        self.srtp = srtp
        self.ready.set()

    def send(self, data: bytes) -> None:
        if self._socket and not self._socket.is_closing():
            self._socket.sendto(data, self.server)

    async def next_datagram(self) -> None:
        """Return when something has come from the server."""
        self._arrived.clear()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._arrived.wait()

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._arrived.set()
        if data[0] < 4:
            message = stun.parse_message(data)
            if message.message_class == stun.Class.RESPONSE:
                assert message.check_message_integrity(self._remote.password.encode())
                self.checked.set()
        elif data[0] < 64:
            self.dtls.feed(data)
        elif self.srtp:
            copy_memory(self._buffer.memory, data, len(data))
            if 192 <= data[1] < 224:
                length = self.srtp.unprotect_rtcp(self._buffer.memory, len(data))
                packet = bytes(self._buffer.view[: max(0, length)])
                for item in parse_compound(packet):
                    self.rtcp.put_nowait(item)
                if packet[1:2] == b"\xcd" and packet[0] & 0x1F == 15:
                    self.feedback.put_nowait(read_feedback(packet))
            else:
                length = self.srtp.unprotect_rtp(self._buffer.memory, len(data))
                assert length > 0
                self.rtp.put_nowait(bytes(self._buffer.view[:length]))

    def send_rtp(self, packet: bytes) -> None:
        assert self.srtp
        copy_memory(self._buffer.memory, packet, len(packet))
        length = self.srtp.protect_rtp(self._buffer.memory, len(packet))
        self.send(bytes(self._buffer.view[:length]))

    def send_rtcp(self, packet: bytes) -> None:
        assert self.srtp
        self.send(self.srtp.protect_rtcp(packet))

    async def next_rtp(self) -> bytes:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.rtp.get()

    async def expect_rtcp(self, kind: type[R]) -> R:
        """Return the next RTCP packet of this kind; others are passed over."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                item = await self.rtcp.get()
                if isinstance(item, kind):
                    return item

    async def close(self) -> None:
        await self.dtls.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._socket:
            self._socket.close()


def measure_seconds(path: Path) -> float:
    """Return the length of the decoded sound, its gaps left out."""
    with av.open(str(path)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def write_header(payload_type: int, sequence: int, timestamp: int, ssrc: int, *, marker: bool = False) -> bytes:
    """Write an RTP header without extension, contributing sources or padding."""
    second = (0x80 if marker else 0) | payload_type
    return struct.pack("!BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)


def write_sound(sequence: int, ssrc: int, *, level: int = 30, mid: str = "", payload: bytes = b"\xfc\xff\xfe") -> bytes:
    """Write an Opus packet of 20 ms."""
    elements = [(LEVEL_EXTENSION, bytes((level,)))] + ([(MID_EXTENSION, mid.encode())] if mid else [])
    head = bytearray(write_header(OPUS_TYPE, sequence, 960 * sequence, ssrc))
    head[0] |= 0x10
    return bytes(head) + write_extensions(elements) + payload


def write_descriptor(picture: int, base: int, *, first: bool = True) -> bytes:
    """Write a VP8 descriptor with a picture id of 15 bits, TL0PICIDX and the lowest temporal layer."""
    return bytes((0x90 if first else 0x80, 0xE0)) + (0x8000 | picture & 0x7FFF).to_bytes(2, "big") + bytes((base, 0))


def write_picture(
    sequence: int,
    ssrc: int,
    *,
    key: bool = False,
    body: bytes = b"picture",
    descriptor: bytes = b"\x10",
    extensions: Sequence[tuple[int, bytes]] = (),
    timestamp: int | None = None,
    height: int = 0,
) -> bytes:
    """Write a VP8 packet that is a whole frame; a key frame with a ``height`` says how high it is."""
    moment = 3000 * sequence if timestamp is None else timestamp
    head = bytearray(write_header(VP8_TYPE, sequence, moment, ssrc, marker=True))
    if extensions:
        head[0] |= 0x10
        head += write_extensions(extensions)
    frame = bytes((0 if key else 1,))
    if height:
        frame += b"\0\0\x9d\x01\x2a" + struct.pack("<HH", height * 16 // 9, height)
    return bytes(head) + descriptor + frame + body
