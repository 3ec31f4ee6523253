"""What the network can send, each kind as a function of bytes that raises only where the code under it is wrong.

``SEEDS`` are where a fuzzer begins: well-formed inputs as browsers and our own writers make them.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from aioice import stun

from signaling import protocol
from signaling.effects import Broadcast, CloseWire, Effect, Send
from signaling.errors import ProtocolError
from signaling.ice import Address, IceResponder, make_credentials
from signaling.protocol import decode_request, encode
from signaling.room import Room
from signaling.rtcp import (
    ReportBlock,
    SenderReport,
    parse_compound,
    write_key_frame_request,
    write_nack,
    write_receiver_report,
    write_remb,
    write_sender_report,
)
from signaling.rtp import (
    MalformedPacket,
    count_opus_samples,
    parse_header,
    read_extensions,
    write_extensions,
)
from signaling.sdp import Fingerprint, LocalTransport, SdpError, parse_description, write_answer
from signaling.state import read_state
from signaling.vp8 import parse_vp8, write_descriptor
from tests.fuzz.exchange import PACKAGES, fuzz_exchange
from tests.fuzz.letters import CALENDARS, fuzz_calendar, fuzz_letter, make_letter
from tests.room_play import FACTS, NOW, SECOND, admit, enter, guest, screen

OFFER = Path(__file__).parent.parent / "signaling/chromium-offer.sdp"
TRANSPORT = LocalTransport("u" * 8, "p" * 24, Fingerprint("sha-256", "00:" * 31 + "00"), (("192.0.2.1", 5000),))


def fuzz_rtp(data: bytes) -> None:
    """A decrypted packet: its header, extensions, and the payload as VP8 and as Opus."""
    try:
        header = parse_header(data)
        extensions = read_extensions(data, header)
    except MalformedPacket:
        return
    assert header.payload <= header.end <= len(data)
    assert all(0 < identifier < 256 for identifier in extensions)
    payload = memoryview(data)[header.payload : header.end]
    with suppress(MalformedPacket):
        _check_vp8(payload)
    with suppress(MalformedPacket):
        assert bool(payload) <= count_opus_samples(payload) <= 5760  # 120 ms (RFC 6716 section 2.1.4)


def _check_vp8(payload: memoryview) -> None:
    """The server's form of a descriptor says the same of the frame, and is its own form."""
    vp8 = parse_vp8(payload)
    assert 0 < vp8.size < len(payload)
    written, picture = write_descriptor(payload, vp8, lambda number: number)
    again = parse_vp8(written + payload[vp8.size :])
    assert again[1:3] == vp8[1:3]
    assert again.base == vp8.base
    assert again.picture == picture
    assert write_descriptor(written, again, lambda number: number) == (written, picture)


def fuzz_rtcp(data: bytes) -> None:
    """A decrypted compound packet. What it asks for must be bounded by its size."""
    try:
        items = parse_compound(data)
    except MalformedPacket:
        return
    assert len(items) <= len(data)


def fuzz_sdp(data: bytes) -> None:
    """An offer. One that is accepted can be answered, and the answer can be read again."""
    try:
        offer = parse_description(data.decode("utf-8", "replace"))
    except SdpError:
        return
    wanted = {line.mid: True for line in offer.lines if line.sends and line.payload_type is not None}
    try:
        answer = write_answer(offer, TRANSPORT, wanted, 1)
    except SdpError:
        return
    if wanted:  # an answer that takes nothing has no transport either
        assert [line.mid for line in parse_description(answer).lines] == [line.mid for line in offer.lines]


def fuzz_protocol(data: bytes) -> None:
    """A WebSocket message. One that is accepted says the same when it is written and read again."""
    try:
        message = decode_request(data)
    except ProtocolError:
        return
    assert decode_request(encode(message)) == message


# What happens in a room, one thing a line: a digit names a connection, "-" breaks it, "+" brings it back, "t" lets
# time pass, anything else is what the connection says.
_MEMBER = admit(3, "delegate", about={"person_id": 3, "site_id": None, "unit_id": 3})
_PEOPLE = (admit(1, "chair"), admit(2), _MEMBER, guest("nonce"), screen(5))
_STEPS_MOST = 60
_SNAPSHOT_MOST = 200_000  # bytes


def fuzz_room(data: bytes) -> None:
    """A whole meeting: whatever is said in whatever order, the room goes on and can be saved."""
    room, now = Room("hop", replace(FACTS, voters=frozenset({3}))), NOW
    for place, admission in enumerate(_PEOPLE):
        enter(room, f"c{place}", admission, now)
    for line in data.split(b"\n")[:_STEPS_MOST]:
        place = line[0] % len(_PEOPLE) if line else 0
        connection, said = f"c{place}", line[1:]
        if said[:1] == b"-":
            effects = room.disconnected(connection, now)
        elif said[:1] == b"+":
            effects = enter(room, connection, _PEOPLE[place], now)
        elif said[:1] == b"t":
            now += SECOND * len(said) ** 2
            effects = room.tick(now)
        else:
            try:
                effects = room.handle(connection, decode_request(said), now)
            except ProtocolError:
                continue
        check_effects(effects)
    snapshot = json.dumps(room.to_json())
    assert len(snapshot) < _SNAPSHOT_MOST
    assert read_state(json.loads(snapshot)) == room.state


def check_effects(effects: Sequence[Effect]) -> None:
    """Messages can be written, and only the room's own connections are spoken of."""
    known = {f"c{place}" for place in range(len(_PEOPLE))}
    for effect in effects:
        match effect:
            case Send(connection, message):
                assert connection in known
                encode(message)
            case Broadcast(connections, message):
                assert known >= set(connections)
                encode(message)
            case CloseWire(connection, _code, reason):
                assert connection in known
                assert len(reason.encode()) <= 123  # RFC 6455 section 5.5


class _Nobody:
    def select_address(self, address: Address | None) -> None: ...

    def receive_dtls(self, data: bytes) -> None: ...

    def receive_media(self, length: int) -> None: ...


_RESPONDER = IceResponder()
_SESSION = _RESPONDER.open_session(_Nobody())


def fuzz_stun(data: bytes) -> None:
    """A connectivity check of a stranger: no answer without the password, and nothing is remembered of it."""
    assert _RESPONDER.respond(data, Address(("192.0.2.9", 9)), 1.0) is None
    assert not _RESPONDER.by_address


def _write_check() -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, b"0" * 12)
    message.attributes["USERNAME"] = f"{_SESSION.local.ufrag}:{make_credentials().ufrag}"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 7
    message.add_message_integrity(secrets.token_bytes(24))
    return bytes(message)


def _write_rtp(payload: bytes) -> bytes:
    block = write_extensions([(1, b"\x85"), (4, b"0"), (10, b"m")])
    return b"\x90\x60" + (7).to_bytes(2, "big") + (960).to_bytes(4, "big") + (5).to_bytes(4, "big") + block + payload


def _write_meeting() -> Iterator[bytes]:
    """One of each message, most of them from the chair."""
    requests: list[protocol.Request] = [
        protocol.Start(),
        protocol.Record(on=True),
        protocol.TakeUp(item=0),
        protocol.ChangePolicy(lobby="everybody", locked=False, chat="chairs", history=False, reactions=True),
        protocol.Admit(participant=None),
        protocol.Refuse(participant="w1"),
        protocol.Mute(participant=None),
        protocol.AskUnmute(participant="p2"),
        protocol.Appoint(participant="p3", on=True),
        protocol.GiveFloor(participant="p2", seconds=60),
        protocol.OrderQueue(participants=("p2",)),
        protocol.LowerHand(participant=None),
        protocol.Spotlight(participant="p2"),
        protocol.SpeakingTime(seconds=120),
        protocol.Present(participant="p2"),
        protocol.OpenVote(subject="Thông qua", kind="ballot", secret=True, quorum=1),
        protocol.CastVote(vote=1, choice="for"),
        protocol.CloseVote(vote=1),
        protocol.WithdrawVote(vote=1),
        protocol.TypeCaption(text="Kính thưa các đồng chí"),
        protocol.Remove(participant="p2", may_return=True),
        protocol.Hand(up=True),
        protocol.Muted(muted=False),
        protocol.Say(text="Rõ", to="chairs"),
        protocol.React(kind="agree"),
        protocol.Declare(heads=3, names=("Nguyễn Văn An",)),
        protocol.Companion(on=True),
        protocol.ReportLink(quality="weak", weak=True),
        protocol.View(tracks=(), audio=True, limit=None),
        protocol.Publish(sdp="v=0", tracks=(protocol.PublishedTrack(mid="0", source="camera"),)),
        protocol.Restart(connection="receive"),
        protocol.End(),
    ]
    for place, request in enumerate(requests):
        yield (b"2" if place % 5 == 4 else b"0") + encode(request).encode()
    yield from (b"1-", b"0ttttt", b"1+")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "rtp": fuzz_rtp,
    "rtcp": fuzz_rtcp,
    "sdp": fuzz_sdp,
    "protocol": fuzz_protocol,
    "room": fuzz_room,
    "stun": fuzz_stun,
    "letter": fuzz_letter,
    "calendar": fuzz_calendar,
    "exchange": fuzz_exchange,
}

SEEDS: dict[str, list[bytes]] = {
    "rtp": [
        _write_rtp(bytes.fromhex("90e0812a45") + bytes.fromhex("10020 09d012a".replace(" ", "")) + bytes(40)),
        _write_rtp(bytes.fromhex("78") + bytes(60)),
    ],
    "rtcp": [
        write_sender_report(SenderReport(1, 2 << 32, 3, 4, 5, ())),
        write_receiver_report(1, [ReportBlock(2, 3, 4, 5, 6, 7, 8)]) + write_remb(1, 500_000, [2, 3]),
        write_nack(1, 2, [3, 4, 7, 30]) + write_key_frame_request(1, 2),
    ],
    "sdp": [OFFER.read_bytes()],
    "protocol": [
        encode(one).encode()
        for one in (
            protocol.Join(version=protocol.VERSION, resume=None, name="Điểm cầu"),
            protocol.Hand(up=True),
            protocol.Restart(connection="receive"),
            protocol.Publish(sdp="v=0", tracks=(protocol.PublishedTrack(mid="0", source="camera"),)),
        )
    ],
    "room": [b"\n".join(_write_meeting())],
    "stun": [_write_check()],
    "letter": [make_letter()],
    "calendar": CALENDARS,
    "exchange": PACKAGES,
}
