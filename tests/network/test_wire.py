"""The bad wire of the tests, without a network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.network.wire import Condition, Wire, passes


def ipv4(protocol: int, source: int = 0, target: int = 0, size: int = 100) -> bytes:
    ports = source.to_bytes(2, "big") + target.to_bytes(2, "big")
    return (b"\x45" + bytes(8) + bytes((protocol,)) + bytes(10) + ports).ljust(size, b"\0")


def ipv6(protocol: int, source: int, target: int) -> bytes:
    return b"\x60" + bytes(5) + bytes((protocol,)) + bytes(33) + source.to_bytes(2, "big") + target.to_bytes(2, "big")


def run(wire: Wire, count: int, every: float = 0.02) -> list[bytes]:
    for number in range(count):
        wire.put(ipv4(17, number), number * every)
    return wire.take(count * every + 100)


def test_loss_is_of_its_size_and_the_same_each_time() -> None:
    first, second, other = (Wire(seed, Condition(loss=0.1)) for seed in (1, 1, 2))
    arrived = run(first, 5000)
    assert 0.09 < first.dropped / 5000 < 0.11
    assert run(second, 5000) == arrived
    assert run(other, 5000) != arrived


def test_delay_is_kept() -> None:
    wire = Wire(1, Condition(delay=0.15))
    wire.put(ipv4(17), 10.0)
    assert wire.take(10.149) == []
    assert wire.next_arrival() == pytest.approx(10.15)
    assert len(wire.take(10.151)) == 1


def test_rate_lets_through_what_it_says() -> None:
    wire = Wire(1, Condition(rate=64_000, queue=0.4))
    for number in range(1000):
        wire.put(ipv4(17), number * 0.005)  # 160 kbit/s for 5 s
    carried = len(wire.take(5.0)) * 800
    assert 5 * 64_000 * 0.95 < carried <= 5 * 64_000
    assert wire.next_arrival() is not None
    assert len(wire.take(5.5)) * 800 <= 0.42 * 64_000


def test_outage_takes_everything_and_ends() -> None:
    wire = Wire(1, Condition(up=False))
    assert run(wire, 10) == []
    wire.condition = Condition()
    assert len(run(wire, 10)) == 10


@pytest.mark.parametrize(
    ("condition", "packet", "expected"),
    [
        (Condition(udp=False), ipv4(17), False),
        (Condition(udp=False), ipv6(17, 1, 2), False),
        (Condition(udp=False), ipv4(6), True),
        (Condition(tcp_ports=(443,)), ipv4(6, 5000, 443), True),
        (Condition(tcp_ports=(443,)), ipv4(6, 443, 5000), True),
        (Condition(tcp_ports=(443,)), ipv4(6, 5000, 8080), False),
        (Condition(tcp_ports=(443,)), ipv6(6, 5000, 443), True),
        (Condition(tcp_ports=(443,)), ipv6(6, 5000, 8080), False),
        (Condition(tcp_ports=()), ipv4(6, 5000, 8080), False),
        (Condition(tcp_ports=()), ipv4(1), True),
    ],
)
def test_firewall_tells_protocols_and_ports(condition: Condition, packet: bytes, expected: bool) -> None:
    assert passes(packet, condition) is expected


@given(
    st.lists(st.tuples(st.integers(20, 1400), st.floats(0, 0.05)), max_size=60),
    st.floats(0, 0.5),
    st.integers(1000, 10**6),
)
def test_nothing_is_invented_and_order_is_kept(traffic: list[tuple[int, float]], delay: float, rate: int) -> None:
    wire, now, sent = Wire(3, Condition(loss=0.2, delay=delay, rate=rate)), 0.0, []
    for number, (size, pause) in enumerate(traffic):
        packet = ipv4(17, number, size=size)
        sent.append(packet)
        now += pause
        wire.put(packet, now)
    arrived = wire.take(now + 10_000)
    assert len(arrived) + wire.dropped == len(sent)
    assert arrived == [packet for packet in sent if packet in arrived]
