"""Media over TCP: framing, what is dropped for whom, and who is not let in."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from signaling import tcp
from signaling.ice import Credentials, IceSession
from signaling.sdp import OPUS, VP8
from signaling.tcp import Backlog, TcpStream, is_picture
from signaling.udp import UdpPort, bind_socket
from tests.media import Endpoint, build_check

Found = TypeVar("Found")


class House:
    """A port with one session."""

    def __init__(self, port: UdpPort) -> None:
        self.port = port
        assert port.tcp is not None
        self.tcp = port.tcp
        self.endpoint = Endpoint(port)
        self.session: IceSession = port.ice.open_session(self.endpoint)
        self.writers: list[asyncio.StreamWriter] = []

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.tcp.number)
        self.writers.append(writer)
        return reader, writer

    async def enter(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that has proved to belong to the session."""
        reader, writer = await self.connect()
        writer.write(frame(build_check(self.session.local)))
        answer = stun.parse_message(await read_frame(reader))
        assert answer.message_class == stun.Class.RESPONSE
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == writer.get_extra_info("sockname")
        return reader, writer

    async def find_stream(self, writer: asyncio.StreamWriter) -> TcpStream:
        name = writer.get_extra_info("sockname")
        return (await until(lambda: [one for one in self.tcp.streams if one.address.remote == name]))[0]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    port = UdpPort(await bind_socket("127.0.0.1", 0), await bind_socket("127.0.0.1", 0, socket.SOCK_STREAM))
    port.start()
    made = House(port)
    yield made
    for writer in made.writers:
        writer.close()
    port.close()


def frame(packet: bytes) -> bytes:
    return len(packet).to_bytes(2, "big") + packet


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(5):
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


def find_transport(writer: asyncio.StreamWriter) -> asyncio.Transport:
    assert isinstance(writer.transport, asyncio.Transport)
    return writer.transport


async def until(answer: Callable[[], Found]) -> Found:
    """Ask until the answer is true."""
    async with asyncio.timeout(5):
        while not (found := answer()):
            await asyncio.sleep(0)
    return found


def rtp(payload_type: int, number: int, size: int = 1000) -> bytes:
    return struct.pack("!BBHII", 0x80, payload_type, number & 0xFFFF, 0, 7).ljust(size, b"\x55")


async def test_packets_go_both_ways_however_the_stream_is_cut(house: House) -> None:
    reader, writer = await house.enter()
    packets = [bytes((20 + number,)) * (1 + number * 50) for number in range(40)]
    for octet in frame(packets[0]) + frame(b"") + frame(packets[1]):
        writer.write(bytes((octet,)))
        await writer.drain()
        await asyncio.sleep(0)
    writer.write(b"".join(map(frame, packets[2:])))
    await until(lambda: len(house.endpoint.packets) == len(packets))
    assert house.endpoint.packets == packets
    address = house.endpoint.address
    assert address is not None
    assert address.stream is not None
    train = b"".join(rtp(OPUS, number) for number in range(20)) + b"\x80" * 30
    house.port.outgoing.view[: len(train)] = train
    house.port.send_train(0, len(train), 1000, address)
    assert [len(await read_frame(reader)) for _ in range(21)] == [1000] * 20 + [30]


async def test_sound_passes_pictures_at_a_reader_that_is_slow(house: House) -> None:
    """The reader takes nothing for a while: pictures are dropped, all sound arrives, nothing is torn."""
    reader, writer = await house.enter()
    stream = await house.find_stream(writer)
    find_transport(writer).pause_reading()
    for number in range(8000):
        house.port.now += 0.001
        stream.send(rtp(VP8, number), house.port.now)
        if number % 20 == 0:
            stream.send(rtp(OPUS, number, 100), house.port.now)
        assert stream.queued <= 600 << 10
    assert stream.dropped[0] > 1000
    find_transport(writer).resume_reading()
    heard: list[int] = []
    async with asyncio.timeout(10):
        while not heard or heard[-1] != 7980:
            packet = await read_frame(reader)
            assert len(packet) in (100, 1000)
            assert packet.endswith(b"\x55" * 50)
            if packet[1] == OPUS:
                heard.append(int.from_bytes(packet[2:4], "big"))
    assert heard[-int(tcp.URGENT_SECONDS / 0.02) :] == list(range(7980 - 74 * 20, 7981, 20))
    assert heard == sorted(heard)


def test_backlog_keeps_the_newest() -> None:
    backlog = Backlog(1.0, 100)
    for number in range(30):
        backlog.put(bytes((number,)) * 10, number / 10)
    assert (backlog.octets, backlog.dropped) == (100, 20)
    backlog.trim(3.45)
    assert [backlog.take()[0] for _ in range(5)] == [25, 26, 27, 28, 29]
    assert (backlog.take(), backlog.octets) == (b"", 0)


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (rtp(VP8, 1), True),
        (rtp(VP8 | 0x80, 1), True),
        (rtp(OPUS, 1), False),
        (rtp(OPUS | 0x80, 1), False),
        (bytes((0x81, 201)) + bytes(30), False),  # RTCP
        (b"\x00\x01" + bytes(18), False),  # STUN
        (b"\x16\xfe\xfd", False),  # DTLS
        (b"\x80", False),
        (b"", False),
    ],
)
def test_pictures_are_known_by_their_header(packet: bytes, expected: bool) -> None:
    assert is_picture(packet) is expected


async def test_frame_longer_than_a_packet_ends_the_connection(house: House) -> None:
    reader, writer = await house.enter()
    writer.write(b"\xff\xff" + bytes(10))
    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert house.tcp.streams == {}
    assert house.endpoint.address is None
    assert house.port.ice.by_address == {}


async def test_stranger_who_talks_much_is_let_go(house: House) -> None:
    reader, writer = await house.connect()
    writer.write(frame(b"\x16" * 1000) * 20)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert house.endpoint.packets == []


async def test_check_with_a_wrong_password_is_no_way_in(house: House) -> None:
    _reader, writer = await house.connect()
    writer.write(frame(build_check(Credentials(house.session.local.ufrag, "x" * 24))))
    stream = await house.find_stream(writer)
    await until(lambda: stream.octets)
    assert not house.port.is_known(stream)


async def test_silent_connections_are_closed_in_time(house: House) -> None:
    _reader, member = await house.enter()
    reader, stranger = await house.connect()
    unknown, known = await house.find_stream(stranger), await house.find_stream(member)
    house.tcp.check(unknown.known_at + tcp.STRANGER_SECONDS - 0.1)
    assert set(house.tcp.streams) == {unknown, known}
    house.tcp.check(unknown.known_at + tcp.STRANGER_SECONDS + 0.1)
    assert set(house.tcp.streams) == {known}
    assert await asyncio.wait_for(reader.read(), 5) == b""
    house.tcp.check(known.seen_at + tcp.IDLE_SECONDS + 0.1)
    assert house.tcp.streams == {}
    assert house.endpoint.address is None


async def test_connection_of_an_ended_session_is_closed_in_time(house: House) -> None:
    reader, _writer = await house.enter()
    now = house.port.read_clock()
    house.tcp.check(now)
    house.port.ice.close_session(house.session)
    house.tcp.check(now + tcp.STRANGER_SECONDS + 0.1)
    assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_many_strangers_keep_nobody_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MAX_STRANGERS_OF_HOST", 20)
    _reader, member = await house.enter()
    for _ in range(100):
        await house.connect()
    await house.find_stream(house.writers[-1])
    assert len(house.tcp.streams) == 21
    await house.enter()
    assert await house.find_stream(member)


async def test_connections_have_a_most(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "MAX_STREAMS", 2)
    await house.enter()
    await house.enter()
    reader, _writer = await house.connect()
    assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_browser_that_closes_leaves_nothing_behind(house: House) -> None:
    _reader, writer = await house.enter()
    address = house.endpoint.address
    assert address is not None
    writer.close()
    await until(lambda: house.endpoint.address is None)
    house.port.send(b"late", address)
    assert (house.tcp.streams, house.port.ice.by_address) == ({}, {})


async def test_broken_connection_is_noticed_when_sending(house: House) -> None:
    reader, writer = await house.enter()
    stream = await house.find_stream(writer)
    find_transport(writer).pause_reading()
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()

    def try_sending() -> bool:
        stream.send(b"\x80" * 900, house.port.now)
        return not house.tcp.streams

    await until(try_sending)
    assert not await reader.read()


async def test_no_free_file_pauses_accepting_only(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "PAUSE_SECONDS", 0.01)
    house.tcp._pause()
    await house.enter()


@given(st.lists(st.binary(max_size=3000), max_size=5))
def test_no_bytes_raise_anything(chunks: list[bytes]) -> None:
    """What strangers send is dropped, with or without the connection."""

    async def talk() -> None:
        port = UdpPort(await bind_socket("127.0.0.1", 0), await bind_socket("127.0.0.1", 0, socket.SOCK_STREAM))
        port.start()
        assert port.tcp is not None
        failures: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
        reader, writer = await asyncio.open_connection("127.0.0.1", port.tcp.number)
        for chunk in chunks:
            writer.write(chunk)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        port.close()
        assert (failures, port.ice.by_address) == ([], {})

    asyncio.run(talk())
