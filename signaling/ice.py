"""ICE-lite on one port for everybody (RFC 8445 section 2.5, RFC 8489): answers checks, sends none.

A check is matched to its session by the user name, then packets by the address it came from. Consent (RFC 7675) is
the browser's own stream of checks. Nothing is remembered of requests that do not prove knowledge of a password.
"""

import secrets
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, NamedTuple, Protocol

import ifaddr
from aioice import stun

MAX_PAIRS = 8
HELD_SECONDS = 5.0  # an address in use by one session cannot be claimed for another (by a forged source)


class Stream(Protocol):
    """A TCP connection that carries packets."""

    def send(self, packet: bytes | memoryview, now: float) -> None: ...

    def send_train(self, packets: memoryview, size: int, now: float) -> None: ...


class Address(NamedTuple):
    """Where packets come from and go to."""

    remote: tuple[Any, ...]  # as the socket gives it: (host, port) or (host, port, flow, scope)
    local: bytes = b""  # own address, on a socket bound to all: as the kernel wants it back
    stream: Stream | None = None  # over TCP: the connection


class Endpoint(Protocol):
    """What a session belongs to."""

    def select_address(self, address: Address | None) -> None:
        """Packets go to this address from now on; None: to nowhere."""

    def receive_dtls(self, data: bytes) -> None: ...

    def receive_media(self, length: int) -> None:
        """A packet of RTP or RTCP lies in the port's receive buffer."""


@dataclass(frozen=True)
class Credentials:
    ufrag: str
    password: str


def make_credentials() -> Credentials:
    """Return fresh credentials: 64 random bits of name, 192 of password (RFC 8445 section 5.3 asks for 24 and 128)."""
    return Credentials(secrets.token_hex(8), secrets.token_hex(24))


@dataclass(eq=False)
class IceSession:
    """One connection's checks. ``checked_at``: monotonic time of the last good check, None before the first.

    ``awaited``: since an ICE restart nothing has come from the sockets that the browser opened for it.
    """

    endpoint: Endpoint
    local: Credentials
    remote_ufrag: str = ""
    address: Address | None = None
    checked_at: float | None = None
    former: Credentials | None = None  # before an ICE restart, good until the first check with the new ones
    awaited: bool = False
    pairs: list[Address] = field(default_factory=list)


class IceResponder:
    """All sessions of a port."""

    def __init__(self) -> None:
        self._by_ufrag: dict[str, IceSession] = {}
        self.by_address: dict[Address, IceSession] = {}

    def open_session(self, endpoint: Endpoint) -> IceSession:
        session = IceSession(endpoint, make_credentials())
        self._by_ufrag[session.local.ufrag] = session
        return session

    def restart_session(self, session: IceSession) -> None:
        """Give new credentials (RFC 8445 section 2.4); the old pair goes on until the browser uses new ones of its own.

        A browser that asked for the restart checks from its new sockets before our answer has reached it, so under our
        former credentials, and keeps to them, for the address here stays the same: its own name tells old from new.
        """
        if session.former:
            self._by_ufrag.pop(session.former.ufrag, None)
        session.former = session.local
        session.local = make_credentials()
        session.remote_ufrag = ""
        session.awaited = True
        self._by_ufrag[session.local.ufrag] = session

    def close_session(self, session: IceSession) -> None:
        for credentials in (session.local, session.former):
            if credentials:
                self._by_ufrag.pop(credentials.ufrag, None)
        for address in session.pairs:
            self._forget_pair(session, address)
        session.pairs.clear()
        session.address = None

    def forget_address(self, address: Address) -> None:
        """Nothing can be sent there any more: its connection is closed."""
        session = self.by_address.pop(address, None)
        if session is not None:
            session.pairs.remove(address)
            if session.address == address:
                session.address = None
                session.endpoint.select_address(None)

    def respond(self, data: bytes, address: Address, now: float) -> bytes | None:
        """Return the answer to a check, None where none is due. Never raises for what ``data`` holds."""
        try:
            message = stun.parse_message(data)
        except (ValueError, struct.error, IndexError):
            return None
        if message.message_class != stun.Class.REQUEST or message.message_method != stun.Method.BINDING:
            return None
        local, _, remote = message.attributes.get("USERNAME", "").partition(":")
        session = self._by_ufrag.get(local)
        if session is None:
            return None
        former = session.former is not None and session.former.ufrag == local
        credentials = session.former if former and session.former else session.local
        if not message.check_message_integrity(credentials.password.encode()):
            return None
        if "ICE-CONTROLLED" in message.attributes:
            # A lite agent is always the controlled one: the other has to become controlling (RFC 8445 section 7.3.1.1).
            return _write_error(message, credentials, 487, "Role Conflict")
        if not former or remote == session.remote_ufrag:
            holder = self.by_address.get(address)
            taken = holder is not None and holder is not session and now - (holder.checked_at or 0.0) < HELD_SECONDS
            if taken or (session.remote_ufrag and remote != session.remote_ufrag):
                return None
            if not former and session.former:
                self._by_ufrag.pop(session.former.ufrag, None)
                session.former = None
            self._note_check(session, address, "USE-CANDIDATE" in message.attributes)
        session.checked_at = now
        return _write_success(message, credentials, address)

    def _note_check(self, session: IceSession, address: Address, nominated: bool) -> None:
        nominated, session.awaited = nominated or session.awaited, False
        if address not in session.pairs:
            if len(session.pairs) >= MAX_PAIRS:
                oldest = next(pair for pair in session.pairs if pair != session.address)
                session.pairs.remove(oldest)
                self._forget_pair(session, oldest)
            session.pairs.append(address)
        holder = self.by_address.get(address)
        if holder is not session:
            if holder is not None:
                holder.pairs.remove(address)
                if holder.address == address:
                    holder.address = None
                    holder.endpoint.select_address(None)
            self.by_address[address] = session
        if session.address is None or (nominated and session.address != address):
            session.address = address
            session.endpoint.select_address(address)

    def _forget_pair(self, session: IceSession, address: Address) -> None:
        if self.by_address.get(address) is session:
            del self.by_address[address]


def _write_success(request: stun.Message, credentials: Credentials, address: Address) -> bytes:
    response = stun.Message(request.message_method, stun.Class.RESPONSE, request.transaction_id)
    response.attributes["XOR-MAPPED-ADDRESS"] = (plain_host(address.remote[0]), address.remote[1])
    response.add_message_integrity(credentials.password.encode())
    return bytes(response)


def _write_error(request: stun.Message, credentials: Credentials, code: int, reason: str) -> bytes:
    response = stun.Message(request.message_method, stun.Class.ERROR, request.transaction_id)
    response.attributes["ERROR-CODE"] = (code, reason)
    response.add_message_integrity(credentials.password.encode())
    return bytes(response)


def plain_host(host: str) -> str:
    """Return an address as browsers know it: what a dual-stack socket shows as ``::ffff:…`` is an IPv4 one."""
    parsed = ip_address(host.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def choose_addresses(bound: str, announced: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses to announce, best first.

    Those of the setting; else the one bound to; else (bound to all) the machine's own, loopback ones last.
    """
    if announced:
        return tuple(announced)
    if not ip_address(bound).is_unspecified:
        return (bound,)
    return _list_own_addresses(ip_address(bound).version == 6)


def _list_own_addresses(both: bool) -> tuple[str, ...]:
    found = [ip_address(text) for text in _read_interfaces() if both or ip_address(text).version == 4]
    usable = [one for one in dict.fromkeys(found) if not one.is_link_local]
    usable.sort(key=lambda one: (one.is_loopback, one.version))
    return tuple(map(str, usable)) or ("127.0.0.1",)


def _read_interfaces() -> Iterable[str]:
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            yield entry.ip if isinstance(entry.ip, str) else entry.ip[0]
