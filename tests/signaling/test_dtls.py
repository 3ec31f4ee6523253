"""DTLS-SRTP over a wire of two queues, and the private hooks that it stands on."""

import asyncio
import inspect
from collections.abc import Callable
from importlib.metadata import version

import pylibsrtp
import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport, State
from pylibsrtp._binding import ffi, lib

from signaling.dtls import TAG_ROOM, Certificate, Dtls, PacketBuffer, Srtp, copy_memory
from signaling.sdp import Fingerprint
from tests.media import write_header


def test_hooks_of_the_parts_are_where_they_were() -> None:
    """Fails when aiortc or pylibsrtp move what signaling/dtls.py takes hold of."""
    assert version("aiortc").startswith("1.16.")
    assert version("pylibsrtp").startswith("1.0.")
    assert {"_set_role", "start", "stop", "_recv_next", "_setup_srtp"} <= set(vars(RTCDtlsTransport))
    assert inspect.iscoroutinefunction(RTCDtlsTransport.start)
    assert {"NEW", "CONNECTING", "CONNECTED", "CLOSED", "FAILED"} == set(State.__members__)
    source = inspect.getsource(RTCDtlsTransport)
    assert "self.transport._recv()" in source
    assert "self.transport._send(" in source
    assert "self._task = asyncio.ensure_future" in source
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert (
            str(ffi.typeof(getattr(lib, name))) == "<ctype 'srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)'>"
        )
    assert str(ffi.typeof(pylibsrtp.Session()._srtp)) == "<ctype 'struct srtp_ctx_t_ * *'>"


class Pair:
    """Two ends; what one sends the other is fed, through ``spoil``."""

    def __init__(self, spoil: Callable[[bytes], bytes] = lambda data: data) -> None:
        self.certificates = Certificate(), Certificate()
        self.client = Dtls(self.certificates[0], lambda data: self.server.feed(spoil(data)))
        self.server = Dtls(self.certificates[1], lambda data: self.client.feed(data))
        self.keys: asyncio.Queue[tuple[str, Srtp]] = asyncio.Queue()

    def run(self, claimed: Fingerprint | None = None) -> tuple[asyncio.Task[None], asyncio.Task[None]]:
        client, server = self.certificates
        return (
            asyncio.create_task(
                self.client.run("client", [server.fingerprint], lambda keys: self.keys.put_nowait(("client", keys)))
            ),
            asyncio.create_task(
                self.server.run(
                    "server", [claimed or client.fingerprint], lambda keys: self.keys.put_nowait(("server", keys))
                )
            ),
        )


def load(data: bytes) -> PacketBuffer:
    buffer = PacketBuffer(len(data) + TAG_ROOM)
    copy_memory(buffer.memory, data, len(data))
    return buffer


async def test_packet_encrypted_by_one_end_is_read_by_the_other() -> None:
    pair = Pair()
    tasks = pair.run()
    ends = dict([await pair.keys.get(), await pair.keys.get()])
    packet = write_header(111, 5, 6, 7) + b"sound"
    buffer = load(packet)
    length = ends["client"].protect_rtp(buffer.memory, len(packet))
    assert length > len(packet)
    assert ends["server"].unprotect_rtp(buffer.memory, length) == len(packet)
    assert bytes(buffer.view[: len(packet)]) == packet
    report = b"\x80\xc9\x00\x01\x00\x00\x00\x05"
    protected = load(ends["server"].protect_rtcp(report))
    assert ends["client"].unprotect_rtcp(protected.memory, len(protected.view) - TAG_ROOM) == len(report)
    assert bytes(protected.view[: len(report)]) == report
    await pair.client.close()
    await asyncio.wait_for(tasks[1], 5)
    await pair.server.close()
    await asyncio.wait(tasks)


async def test_changed_packet_and_replay_are_refused() -> None:
    pair = Pair()
    tasks = pair.run()
    ends = dict([await pair.keys.get(), await pair.keys.get()])
    packet = write_header(111, 5, 6, 7) + b"sound"
    buffer = load(packet)
    length = ends["client"].protect_rtp(buffer.memory, len(packet))
    sent = bytes(buffer.view[:length])
    changed = load(sent[:-1] + bytes((sent[-1] ^ 1,)))
    assert ends["server"].unprotect_rtp(changed.memory, length) == -1
    assert ends["server"].unprotect_rtp(load(sent).memory, length) > 0
    assert ends["server"].unprotect_rtp(load(sent).memory, length) == -1
    assert ends["server"].unprotect_rtp(load(b"\x80").memory, 1) == -1
    assert ends["server"].unprotect_rtcp(load(sent).memory, length) == -1
    await pair.client.close()
    await pair.server.close()
    await asyncio.wait(tasks)


async def test_certificate_of_another_is_refused() -> None:
    pair = Pair()
    client, server = pair.run(claimed=Fingerprint("sha-256", ":".join(["00"] * 32)))
    await asyncio.wait_for(server, 5)
    name, _keys = await pair.keys.get()
    assert name == "client"
    await pair.client.close()
    await asyncio.wait_for(client, 5)
    assert pair.keys.empty()


async def test_handshake_survives_hostile_datagrams() -> None:
    pair = Pair()
    for data in (b"", b"\x16", b"\x16\xfe\xff" + bytes(200), b"\x3f" * 1400, bytes(range(20, 64))):
        for _ in range(20):
            pair.server.feed(data)
    tasks = pair.run()
    assert {(await pair.keys.get())[0], (await pair.keys.get())[0]} == {"client", "server"}
    await pair.client.close()
    await pair.server.close()
    await asyncio.wait(tasks)


async def test_oversized_report_is_refused() -> None:
    pair = Pair()
    tasks = pair.run()
    _name, keys = await pair.keys.get()
    with pytest.raises(ValueError, match="longer"):
        keys.protect_rtcp(bytes(1401))
    await pair.client.close()
    await pair.server.close()
    await asyncio.wait(tasks)
