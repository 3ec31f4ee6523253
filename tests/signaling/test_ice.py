"""The ICE-lite responder, asked with STUN messages as a browser builds them."""

from dataclasses import dataclass, field

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from signaling.ice import Address, Credentials, IceResponder, IceSession, choose_addresses, plain_host
from tests.media import build_check

HERE = Address(("192.0.2.7", 5000))
THERE = Address(("192.0.2.7", 6000))


@dataclass
class Receiver:
    """An endpoint that notes where packets are to go."""

    selected: list[Address | None] = field(default_factory=list)

    def select_address(self, address: Address | None) -> None:
        self.selected.append(address)

    def receive_dtls(self, data: bytes) -> None:
        raise AssertionError("no datagram was sent")

    def receive_media(self, length: int) -> None:
        raise AssertionError("no packet was sent")


def open_session() -> tuple[IceResponder, IceSession, Receiver]:
    responder, receiver = IceResponder(), Receiver()
    return responder, responder.open_session(receiver), receiver


def read_answer(data: bytes | None, credentials: Credentials) -> stun.Message:
    assert data is not None
    message = stun.parse_message(data)
    assert message.check_message_integrity(credentials.password.encode())
    return message


def test_check_is_answered_with_the_address_it_came_from() -> None:
    responder, session, receiver = open_session()
    answer = read_answer(responder.respond(build_check(session.local), HERE, 1.0), session.local)
    assert answer.message_class == stun.Class.RESPONSE
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == HERE.remote
    assert (receiver.selected, session.checked_at) == ([HERE], 1.0)
    assert responder.by_address[HERE] is session


def test_nomination_moves_the_connection() -> None:
    responder, session, receiver = open_session()
    responder.respond(build_check(session.local), HERE, 1.0)
    responder.respond(build_check(session.local), THERE, 1.1)
    assert receiver.selected == [HERE]
    responder.respond(build_check(session.local, USE_CANDIDATE=None), THERE, 1.2)
    assert receiver.selected == [HERE, THERE]
    assert responder.by_address[HERE] is session


@pytest.mark.parametrize("fault", ["password", "name", "user", "none", "response", "other method"])
def test_check_that_proves_nothing_is_not_answered(fault: str) -> None:
    responder, session, receiver = open_session()
    session.remote_ufrag = "browser"
    local = session.local
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{local.ufrag}:browser"
    data = {
        "password": build_check(Credentials(local.ufrag, "x" * 24)),
        "name": build_check(Credentials("other", local.password)),
        "user": build_check(local, "another"),
        "none": bytes(message),
        "response": build_check(local).replace(b"\x00\x01", b"\x01\x01", 1),
        "other method": build_check(local).replace(b"\x00\x01", b"\x00\x03", 1),
    }[fault]
    assert responder.respond(data, HERE, 1.0) is None
    assert (receiver.selected, session.checked_at, responder.by_address) == ([], None, {})


def test_role_conflict_is_told() -> None:
    responder, session, receiver = open_session()
    answer = read_answer(responder.respond(build_check(session.local, ICE_CONTROLLED=7), HERE, 1.0), session.local)
    assert answer.message_class == stun.Class.ERROR
    assert answer.attributes["ERROR-CODE"][0] == 487
    assert receiver.selected == []


def open_restarted() -> tuple[IceResponder, IceSession, Receiver, Credentials]:
    """A session checked at 1.0, restarted by both sides; and its former credentials."""
    responder, session, receiver = open_session()
    session.remote_ufrag = "browser"
    responder.respond(build_check(session.local), HERE, 1.0)
    former = session.local
    responder.restart_session(session)
    session.remote_ufrag = "again"
    return responder, session, receiver, former


def test_restart_keeps_the_old_pair_until_the_new_one_is_used() -> None:
    responder, session, receiver, former = open_restarted()
    assert session.local != former
    assert responder.respond(build_check(former), HERE, 2.0) is not None
    assert session.checked_at == 2.0
    assert responder.respond(build_check(session.local, "again"), THERE, 3.0) is not None
    assert receiver.selected == [HERE, THERE]
    assert responder.respond(build_check(former), HERE, 4.0) is None


def test_new_socket_of_a_restart_may_still_use_the_former_credentials() -> None:
    """The browser checks from it before it has our answer, and then keeps to what it began with."""
    responder, session, receiver, former = open_restarted()
    for now in (2.0, 3.0, 4.0):
        assert responder.respond(build_check(former, "again"), THERE, now) is not None
        assert responder.respond(build_check(former), HERE, now) is not None
    assert receiver.selected == [HERE, THERE], "the old socket, still checked, does not pull packets back"
    assert responder.by_address[THERE] is session


def test_restart_twice_leaves_nothing_behind() -> None:
    responder, session, _receiver = open_session()
    first = session.local
    responder.restart_session(session)
    responder.restart_session(session)
    assert responder.respond(build_check(first), HERE, 1.0) is None
    responder.close_session(session)
    assert responder.respond(build_check(session.local), HERE, 1.0) is None


def test_address_in_use_cannot_be_claimed_for_another_session() -> None:
    responder, session, receiver = open_session()
    other = responder.open_session(Receiver())
    responder.respond(build_check(session.local), HERE, 1.0)
    assert responder.respond(build_check(other.local), HERE, 3.0) is None
    assert responder.by_address[HERE] is session
    assert responder.respond(build_check(other.local), HERE, 7.0) is not None
    assert responder.by_address[HERE] is other
    assert receiver.selected == [HERE, None]


def test_pairs_of_a_session_are_bounded() -> None:
    responder, session, _receiver = open_session()
    for port in range(5000, 5100):
        responder.respond(build_check(session.local), Address(("192.0.2.7", port)), 1.0)
    assert len(responder.by_address) == len(session.pairs) == 8
    assert HERE in session.pairs  # the selected one stays
    responder.close_session(session)
    assert responder.by_address == {}


def test_closed_connection_is_no_way_any_more() -> None:
    responder, session, receiver = open_session()
    responder.respond(build_check(session.local), HERE, 1.0)
    responder.respond(build_check(session.local), THERE, 1.0)
    responder.forget_address(HERE)
    responder.forget_address(HERE)
    assert (receiver.selected, session.pairs) == ([HERE, None], [THERE])
    responder.respond(build_check(session.local), THERE, 2.0)  # the next good check is the way from here on
    assert receiver.selected == [HERE, None, THERE]


def test_ways_to_two_own_addresses_are_two_pairs() -> None:
    responder, session, receiver = open_session()
    first, second = (Address(HERE.remote, local) for local in (b"first", b"second"))
    responder.respond(build_check(session.local), first, 1.0)
    responder.respond(build_check(session.local, USE_CANDIDATE=None), second, 1.0)
    assert receiver.selected == [first, second]
    assert set(responder.by_address) == {first, second}


@given(st.binary(max_size=120), st.booleans())
def test_no_bytes_raise_anything(data: bytes, shaped: bool) -> None:
    responder, session, _receiver = open_session()
    if shaped:
        size = len(data) // 4 * 4
        data = b"\x00\x01" + size.to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + data[:size]
    assert responder.respond(data, HERE, 1.0) is None
    assert session.checked_at is None


@given(st.integers(0, 200), st.integers(1, 255))
def test_no_changed_byte_is_believed(place: int, change: int) -> None:
    responder, session, _receiver = open_session()
    data = bytearray(build_check(session.local))
    data[place % len(data)] ^= change
    responder.respond(bytes(data), HERE, 1.0)
    covered = len(data) - 8  # behind the integrity there is only the fingerprint
    assert session.checked_at is None or place % len(data) >= covered


def test_announced_addresses_follow_the_setting_then_the_binding() -> None:
    assert choose_addresses("0.0.0.0", ["203.0.113.5"]) == ("203.0.113.5",)  # noqa: S104 - not bound, only read
    assert choose_addresses("127.0.0.1", []) == ("127.0.0.1",)
    own = choose_addresses("0.0.0.0", [])  # noqa: S104 - not bound, only read
    assert own
    assert all("." in address for address in own)
    assert own.index("127.0.0.1") == len(own) - 1


def test_mapped_addresses_are_shown_plain() -> None:
    assert plain_host("::ffff:192.0.2.1") == "192.0.2.1"
    assert plain_host("2001:db8::1") == "2001:db8::1"
    assert plain_host("fe80::1%eth0") == "fe80::1"
