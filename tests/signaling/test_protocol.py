"""The wire messages: their bounds, and that the page that describes them, Python and the browser agree."""

import contextlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import signaling
from signaling import protocol
from signaling.errors import ErrorCode, NoticeCode, ProtocolError
from signaling.instants import read_instant, write_instant
from signaling.protocol import MESSAGE_TYPES, REQUEST_TYPES, clean_name, decode_request, encode
from tests.room_fakes import decode_message

PAGE = (Path(signaling.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
WIRE_JS = Path(signaling.__file__).parents[1] / "web" / "static" / "js" / "wire.js"
NOW = datetime(2026, 11, 24, 1, 0, 0, 5000, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=50)
cleaned = texts.map(protocol.clean_text)
names = st.text(st.characters(max_codepoint=0x1EFF, categories=["Lu", "Ll"]), min_size=2, max_size=50)
ids = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x1EFF, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64
)
numbers = st.integers(0, 2**31)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the zone comes from the strategy
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
sources = st.sampled_from(["microphone", "camera", "screen"])
connections = st.sampled_from(["publish", "receive"])
tracks = st.builds(protocol.Track, id=ids, source=sources, kind=st.sampled_from(["audio", "video"]))
people = st.builds(
    protocol.Participant,
    id=ids,
    name=texts,
    detail=texts,
    role=st.sampled_from(get_args(protocol.Role)),
    connected=st.booleans(),
    muted=st.booleans(),
    hand=st.none() | instants,
    order=st.integers(-1000, 10**6),
    tracks=st.lists(tracks, max_size=3).map(tuple),
)
recordings = st.builds(protocol.Recording, on=st.booleans(), since=st.none() | instants, by=st.none() | texts)
agenda = st.builds(protocol.AgendaEntry, title=texts, presenter=texts, minutes=st.none() | st.integers(1, 600))
rooms = st.builds(
    protocol.RoomView,
    title=texts,
    phase=st.sampled_from(get_args(protocol.Phase)),
    started_at=st.none() | instants,
    ends_at=instants,
    recording=recordings,
    agenda=st.lists(agenda, max_size=3).map(tuple),
    item=st.none() | numbers,
    item_since=st.none() | instants,
)
chats = {"id": numbers, "sender": ids, "name": texts, "text": texts, "at": instants}
candidates = st.builds(
    protocol.Candidate, type=st.just("candidate"), connection=connections, candidate=texts, mid=st.none() | texts
)
published = st.builds(protocol.PublishedTrack, mid=texts, source=sources)
offered = st.builds(protocol.OfferedTrack, mid=texts, participant=ids, track=ids, source=sources)
sdps = ids

requests = st.one_of(
    st.builds(protocol.Join, type=st.just("join"), version=numbers, resume=st.none() | texts, name=st.none() | names),
    st.builds(protocol.Publish, type=st.just("publish"), sdp=sdps, tracks=st.lists(published, max_size=3).map(tuple)),
    st.builds(protocol.AnswerOffer, type=st.just("answer"), sdp=sdps, generation=numbers),
    st.builds(protocol.Restart, type=st.just("restart"), connection=connections),
    candidates,
    st.builds(protocol.Muted, type=st.just("muted"), muted=st.booleans()),
    st.builds(protocol.Hand, type=st.just("hand"), up=st.booleans()),
    st.builds(protocol.Say, type=st.just("chat"), text=cleaned.filter(bool)),
    st.builds(protocol.Record, type=st.just("record"), on=st.booleans()),
    st.builds(protocol.Start, type=st.just("start")),
    st.builds(protocol.TakeUp, type=st.just("agenda"), item=st.none() | numbers),
    st.builds(protocol.End, type=st.just("end")),
    st.builds(protocol.Mute, type=st.just("mute"), participant=ids),
    st.builds(protocol.Remove, type=st.just("remove"), participant=ids),
    st.builds(protocol.Leave, type=st.just("leave")),
)
messages = st.one_of(
    st.builds(
        protocol.Joined,
        type=st.just("joined"),
        you=ids,
        resume=texts,
        now=instants,
        room=rooms,
        may=st.sets(st.sampled_from(get_args(protocol.Permission))).map(lambda may: tuple(sorted(may))),
        participants=st.lists(people, max_size=2).map(tuple),
        chat=st.lists(st.builds(protocol.Chat, **chats), max_size=2).map(tuple),
    ),
    st.builds(protocol.AnswerPublish, type=st.just("answer"), sdp=sdps),
    st.builds(
        protocol.Offer,
        type=st.just("offer"),
        sdp=sdps,
        generation=numbers,
        tracks=st.lists(offered, max_size=3).map(tuple),
    ),
    candidates,
    st.builds(protocol.ParticipantChanged, type=st.just("participant"), participant=people),
    st.builds(protocol.Left, type=st.just("left"), id=ids),
    st.builds(protocol.Said, type=st.just("chat"), **chats),
    st.builds(protocol.RoomChanged, type=st.just("room"), room=rooms),
    st.builds(protocol.Speaking, type=st.just("speaking"), ids=st.lists(ids, max_size=4).map(tuple)),
    st.builds(protocol.MutedBy, type=st.just("muted_by"), name=texts),
    st.builds(protocol.Notice, type=st.just("notice"), code=st.sampled_from(get_args(NoticeCode)), text=texts),
    st.builds(
        protocol.Refusal, type=st.just("error"), code=st.sampled_from(get_args(ErrorCode)), text=texts, about=texts
    ),
)


@given(requests)
def test_request_comes_back_as_it_was_sent(request: protocol.Request) -> None:
    assert decode_request(encode(request)) == request


@given(messages)
def test_message_comes_back_as_it_was_sent(message: protocol.Message) -> None:
    assert decode_message(encode(message)) == message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
# Near misses: a known type with fields that are almost right.
misses = st.builds(
    lambda kind, fields: json.dumps({**fields, "type": kind}).encode(),
    st.sampled_from(sorted(REQUEST_TYPES)),
    st.dictionaries(
        st.sampled_from(
            ["sdp", "tracks", "text", "up", "item", "on", "muted", "participant", "version", "resume", "name"]
        ),
        json_values,
        max_size=6,
    ),
)


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()) | misses)
def test_decode_request_answers_any_bytes_with_a_message_or_a_protocol_error(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert decode_request(data).type in REQUEST_TYPES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"type": "sing"}',
        '{"type": "joined"}',
        '{"type": "hand"}',
        '{"type": "hand", "up": 1}',
        '{"type": "hand", "up": "true"}',
        '{"type": "join", "version": true, "resume": null, "name": null}',
        '{"type": "join", "version": "1", "resume": null, "name": null}',
        '{"type": "join", "version": 1, "name": null}',
        '{"type": "chat", "text": ""}',
        '{"type": "chat", "text": " \\u0000\\u202e "}',
        '{"type": "chat", "text": "\\u3164\\uffa0"}',
        '{"type": "join", "version": 1, "resume": null, "name": "."}',
        '{"type": "join", "version": 1, "resume": null, "name": "\\u3164\\u3164\\u3164"}',
        '{"type": "chat", "text": "\\ud800"}',
        '{"type": "agenda"}',
        '{"type": "agenda", "item": -1}',
        '{"type": "agenda", "item": "1"}',
        '{"type": "agenda", "item": true}',
        '{"type": "mute", "participant": ""}',
        '{"type": "mute", "participant": "' + "p" * 65 + '"}',
        '{"type": "publish", "sdp": "v=0", "tracks": [{"mid": "0", "source": "telephone"}]}',
        '{"type": "answer", "sdp": "v=0", "generation": -1}',
        "[" * 50_000,
        '{"type": "hand", "up": NaN}',
    ],
)
def test_decode_request_refuses(text: str) -> None:
    with pytest.raises(ProtocolError):
        decode_request(text)


def test_decode_request_ignores_fields_it_does_not_know() -> None:
    assert decode_request('{"type": "hand", "up": true, "colour": "red"}') == protocol.Hand(up=True)


def test_decode_request_takes_control_characters_out_of_texts() -> None:
    said = decode_request(json.dumps({"type": "chat", "text": "  Kính thưa\u202e\x00 các đồng chí\n"}))

    assert said == protocol.Say(text="Kính thưa các đồng chí")


def test_decode_request_keeps_a_name_on_one_line() -> None:
    join = decode_request('{"type": "join", "version": 1, "resume": null, "name": " Trần Hải\\n\\u202e Chủ tịch"}')

    assert join == protocol.Join(version=1, resume=None, name="Trần Hải Chủ tịch")


@pytest.mark.parametrize("text", ["2026-11-24T01:00:00", "2026-11-24T01:00:00+07:00", "today", "Z", 5])
def test_read_instant_takes_utc_alone(text: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_instant(text)


def test_write_instant_has_milliseconds_and_a_z() -> None:
    assert write_instant(NOW) == "2026-11-24T01:00:00.005Z"
    assert read_instant("2026-11-24T01:00:00.005Z") == NOW


def _list_described(heading: str) -> set[str]:
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_page_describes_every_message_type() -> None:
    assert _list_described("Client to server") == REQUEST_TYPES
    assert _list_described("Server to client") == MESSAGE_TYPES


def test_page_describes_every_code() -> None:
    for code in (*get_args(ErrorCode), *get_args(NoticeCode)):
        assert f"`{code}`" in PAGE


def test_browser_knows_every_message_type() -> None:
    script = WIRE_JS.read_text(encoding="utf-8")
    named = set(re.findall(r"""["'](\w+)["']""", script))

    assert named >= REQUEST_TYPES | MESSAGE_TYPES


@pytest.mark.parametrize(
    ("name", "told"), [("A1", "two letters at least"), ("", "two letters"), ("Ă" * 101, "at most 100 characters")]
)
def test_name_that_is_refused_is_told_why(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        clean_name(name)
