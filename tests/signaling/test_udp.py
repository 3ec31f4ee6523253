"""The UDP port: trains of packets with and without the kernel's help."""

import asyncio
import errno
import socket
from collections.abc import Iterator

import pytest

from signaling.udp import UdpPort, bind_socket


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
    port.send_train(0, fill(port, *packets), 1000, receiver.getsockname())
    assert [receiver.recv(2000) for _ in packets] == packets
    assert port.segments is segments  # the kernel of the tests has it
    port.close()


async def test_kernel_without_segments_is_noticed_once(receiver: socket.socket) -> None:
    """Segments of no length are refused as by a kernel that knows none: the packets arrive all the same."""
    port = await open_port()
    port.send_train(0, fill(port, b"a" * 70, b"b" * 70), 70, receiver.getsockname())
    assert [receiver.recv(200) for _ in range(2)] == [b"a" * 70, b"b" * 70]
    many = [bytes((number,)) * 10 for number in range(200)]  # more segments than the kernel takes: EINVAL
    port.send_train(0, fill(port, *many), 10, receiver.getsockname())
    assert [receiver.recv(200) for _ in many] == many
    assert not port.segments
    port.close()


async def test_address_that_cannot_be_reached_costs_packets_only(receiver: socket.socket) -> None:
    port = await open_port()
    port.send(b"x", ("127.0.0.1", 0))
    port.send_train(0, fill(port, b"a" * 10, b"b" * 10), 10, ("255.255.255.255", 9))
    assert port.dropped == 3
    port.send(b"y", receiver.getsockname())
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


async def test_dual_stack_socket_hears_ipv4() -> None:
    bound = await bind_socket("::", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", bound.getsockname()[1]))
        await asyncio.wait_for(asyncio.get_running_loop().sock_recv(bound, 10), 5)
    bound.close()
