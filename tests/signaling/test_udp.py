"""The UDP port: trains of packets with and without the kernel's help."""

import asyncio
import errno
import socket
from collections.abc import Iterator

import pytest

from signaling.ice import Address
from signaling.udp import UdpPort, bind_socket
from tests.media import Endpoint, build_check


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(5)
        yield one


async def open_port() -> UdpPort:
    port = UdpPort(await bind_socket("127.0.0.1", 0))
    port.start()
    return port


def fill(port: UdpPort, *packets: bytes) -> int:
    data = b"".join(packets)
    port.outgoing.view[: len(data)] = data
    return len(data)


@pytest.mark.parametrize("segments", [True, False])
async def test_train_arrives_as_its_packets(receiver: socket.socket, segments: bool) -> None:
    port = await open_port()
    port.segments = segments
    packets = [bytes((number,)) * 1000 for number in range(20)] + [b"short"]
    port.send_train(0, fill(port, *packets), 1000, Address(receiver.getsockname()))
    assert [receiver.recv(2000) for _ in packets] == packets
    assert port.segments is segments  # the kernel of the tests has it
    port.close()


async def test_kernel_without_segments_is_noticed_once(receiver: socket.socket) -> None:
    """Segments of no length are refused as by a kernel that knows none: the packets arrive all the same."""
    port = await open_port()
    port.send_train(0, fill(port, b"a" * 70, b"b" * 70), 70, Address(receiver.getsockname()))
    assert [receiver.recv(200) for _ in range(2)] == [b"a" * 70, b"b" * 70]
    many = [bytes((number,)) * 10 for number in range(200)]  # more segments than the kernel takes: EINVAL
    port.send_train(0, fill(port, *many), 10, Address(receiver.getsockname()))
    assert [receiver.recv(200) for _ in many] == many
    assert not port.segments
    port.close()


async def test_address_that_cannot_be_reached_costs_packets_only(receiver: socket.socket) -> None:
    port = await open_port()
    port.send(b"x", Address(("127.0.0.1", 0)))
    port.send_train(0, fill(port, b"a" * 10, b"b" * 10), 10, Address(("255.255.255.255", 9)))
    assert port.dropped == 3
    port.send(b"y", Address(receiver.getsockname()))
    assert receiver.recv(10) == b"y"
    port.close()


async def test_datagrams_of_strangers_are_dropped(receiver: socket.socket) -> None:
    port = await open_port()
    for first in range(256):
        receiver.sendto(bytes((first,)) * 40, ("127.0.0.1", port.number))
    receiver.sendto(b"", ("127.0.0.1", port.number))
    for _ in range(300):
        await asyncio.sleep(0)
    assert port.ice.by_address == {}
    port.close()


async def test_port_of_another_is_an_error_at_once() -> None:
    with pytest.raises(OSError, match="assign") as caught:
        await bind_socket("192.0.2.250", 0)
    assert caught.value.errno == errno.EADDRNOTAVAIL


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])  # noqa: S104 - that is what is tested
@pytest.mark.parametrize("own", ["127.0.0.1", "127.0.0.2", "127.9.9.9"])
async def test_port_of_all_addresses_answers_from_the_one_asked(receiver: socket.socket, bound: str, own: str) -> None:
    port = UdpPort(await bind_socket(bound, 0))
    port.start()
    endpoint = Endpoint(port)
    session = port.ice.open_session(endpoint)
    receiver.sendto(build_check(session.local), (own, port.number))
    assert await receive(receiver) == (own, port.number)
    address = endpoint.address
    assert address is not None
    port.send(b"one", address)
    assert await receive(receiver) == (own, port.number)
    for segments in (True, False):
        port.segments = segments
        port.send_train(0, fill(port, b"a" * 99, b"b" * 99, b"c" * 9), 99, address)
        assert [await receive(receiver) for _ in range(3)] == [(own, port.number)] * 3
        assert port.segments is segments
    port.close()


async def test_lost_own_address_costs_packets_only(receiver: socket.socket) -> None:
    """As after a change of the machine's addresses: the kernel refuses to send from what it does not have."""
    port = UdpPort(await bind_socket("0.0.0.0", 0))  # noqa: S104 - that is what is tested
    gone = Address(receiver.getsockname(), bytes(4) + bytes((192, 0, 2, 1)) + bytes(4))
    port.send_train(0, fill(port, b"a" * 99, b"b" * 99), 99, gone)
    assert (port.dropped, port.segments) == (2, True)
    port._socket.close()


async def receive(receiver: socket.socket) -> tuple[str, int]:
    """Where the next datagram came from."""
    receiver.setblocking(False)
    _data, source = await asyncio.wait_for(asyncio.get_running_loop().sock_recvfrom(receiver, 2000), 5)
    return source[0], source[1]


async def test_dual_stack_socket_hears_ipv4() -> None:
    bound = await bind_socket("::", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", bound.getsockname()[1]))
        await asyncio.wait_for(asyncio.get_running_loop().sock_recv(bound, 10), 5)
    bound.close()
