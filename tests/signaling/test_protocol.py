"""The wire messages: their bounds, and that the page that describes them, Python and the browser agree."""

import contextlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

import signaling
from signaling import messages as server
from signaling import protocol, structures
from signaling import requests as client
from signaling.errors import ErrorCode, NoticeCode, ProtocolError
from signaling.instants import read_instant, write_instant
from signaling.protocol import MESSAGE_TYPES, REQUEST_TYPES, clean_name, decode_message, decode_request, encode

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
instants = st.timedeltas(timedelta(0), timedelta(days=36_525)).map(
    lambda since: datetime(2000, 1, 1, tzinfo=UTC) + since - since % timedelta(milliseconds=1)
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
    votes=st.booleans(),
    companion=st.booleans(),
    weak=st.booleans(),
    link=st.none() | st.sampled_from(get_args(protocol.Link)),
    heads=st.none() | numbers,
    names=st.lists(texts, max_size=2).map(tuple),
)
recordings = st.builds(protocol.Recording, on=st.booleans(), since=st.none() | instants, by=st.none() | texts)
agenda = st.builds(protocol.AgendaEntry, title=texts, presenter=texts, minutes=st.none() | st.integers(1, 600))
choices = st.sampled_from(get_args(protocol.Choice))
tallies = st.builds(protocol.Tally, in_favour=numbers, against=numbers, abstain=numbers)
votes = st.builds(
    protocol.Vote,
    id=numbers,
    subject=texts,
    kind=st.sampled_from(get_args(protocol.VoteKind)),
    secret=st.booleans(),
    state=st.sampled_from(get_args(protocol.VoteStatus)),
    opened_at=instants,
    closed_at=st.none() | instants,
    entitled=numbers,
    present=numbers,
    cast=numbers,
    quorum=numbers,
    valid=st.none() | st.booleans(),
    tally=st.none() | tallies,
    choices=st.lists(st.builds(protocol.NamedChoice, name=texts, choice=choices), max_size=2).map(tuple),
)
policies = st.builds(
    protocol.Policy,
    lobby=st.sampled_from(get_args(protocol.LobbyPolicy)),
    locked=st.booleans(),
    chat=st.sampled_from(get_args(protocol.ChatPolicy)),
    history=st.booleans(),
    reactions=st.booleans(),
)
floors = st.builds(protocol.Floor, participant=ids, since=instants, seconds=st.none() | st.integers(1, 3600))
papers = st.builds(protocol.Paper, id=numbers, title=texts, type=texts, size=st.integers(0, 10**9))
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
    policy=policies,
    floor=st.none() | floors,
    speaking_seconds=st.none() | st.integers(1, 3600),
    queue=st.lists(ids, max_size=3).map(tuple),
    spotlight=st.none() | ids,
    shares=st.lists(ids, max_size=3).map(tuple),
    votes=st.lists(votes, max_size=2).map(tuple),
    capacity=numbers,
    papers=st.lists(papers, max_size=2).map(tuple),
)
audiences = st.sampled_from(get_args(protocol.Audience))
chats = {"id": numbers, "sender": ids, "name": texts, "text": texts, "at": instants, "to": audiences}
waiting = st.builds(protocol.Waiting, id=ids, name=texts, detail=texts, since=instants)
my_votes = {"vote": numbers, "choice": st.none() | choices}
relays = st.builds(protocol.IceServer, urls=st.lists(texts, max_size=2).map(tuple), username=texts, credential=texts)
permissions = st.sets(st.sampled_from(get_args(protocol.Permission))).map(lambda may: tuple(sorted(may)))
candidates = st.builds(protocol.Candidate, connection=connections, candidate=texts, mid=st.none() | texts)
published = st.builds(protocol.PublishedTrack, mid=texts, source=sources)
viewed = st.builds(protocol.ViewedTrack, track=ids, height=st.integers(0, 10_000))
slots = st.builds(protocol.Slot, mid=texts, kind=st.sampled_from(["audio", "video"]))
filled = st.builds(protocol.FilledSlot, mid=texts, participant=ids, track=ids, source=sources)
sdps = ids
lines = names.map(lambda name: name[:50])
seconds = st.none() | st.integers(1, 3600)
maybe = st.none() | ids


requests = st.one_of(
    st.builds(protocol.Join, version=numbers, resume=st.none() | texts, name=st.none() | names),
    st.builds(protocol.Leave),
    st.builds(protocol.Publish, sdp=sdps, tracks=st.lists(published, max_size=3).map(tuple)),
    st.builds(protocol.AnswerOffer, sdp=sdps, generation=numbers),
    st.builds(protocol.Restart, connection=connections),
    candidates,
    st.builds(
        protocol.View,
        tracks=st.lists(viewed, max_size=3).map(tuple),
        audio=st.booleans(),
        limit=st.none() | numbers,
    ),
    st.builds(protocol.ReportLink, quality=st.sampled_from(get_args(protocol.Link)), weak=st.booleans()),
    st.builds(protocol.Companion, on=st.booleans()),
    st.builds(protocol.Muted, muted=st.booleans()),
    st.builds(protocol.Hand, up=st.booleans()),
    st.builds(protocol.Declare, heads=st.none() | st.integers(0, 500), names=st.lists(lines, max_size=3).map(tuple)),
    st.builds(protocol.Say, text=cleaned.filter(bool), to=audiences),
    st.builds(protocol.React, kind=st.sampled_from(get_args(protocol.ReactionKind))),
    st.builds(protocol.CastVote, vote=numbers, choice=choices),
    st.builds(protocol.Record, on=st.booleans()),
    st.builds(protocol.Start),
    st.builds(protocol.TakeUp, item=st.none() | numbers),
    st.builds(protocol.End),
    st.builds(protocol.Admit, participant=maybe),
    st.builds(protocol.Refuse, participant=ids),
    st.builds(
        protocol.ChangePolicy,
        lobby=st.none() | st.sampled_from(get_args(protocol.LobbyPolicy)),
        locked=st.none() | st.booleans(),
        chat=st.none() | st.sampled_from(get_args(protocol.ChatPolicy)),
        history=st.none() | st.booleans(),
        reactions=st.none() | st.booleans(),
    ),
    st.builds(protocol.Mute, participant=maybe),
    st.builds(protocol.AskUnmute, participant=ids),
    st.builds(protocol.Remove, participant=ids, may_return=st.booleans()),
    st.builds(protocol.Appoint, participant=ids, on=st.booleans()),
    st.builds(protocol.LowerHand, participant=maybe),
    st.builds(protocol.OrderQueue, participants=st.lists(ids, max_size=3).map(tuple)),
    st.builds(protocol.GiveFloor, participant=maybe, seconds=seconds),
    st.builds(protocol.Spotlight, participant=maybe),
    st.builds(protocol.SpeakingTime, seconds=seconds),
    st.builds(protocol.Present, participant=ids),
    st.builds(
        protocol.OpenVote,
        subject=lines,
        kind=st.sampled_from(get_args(protocol.VoteKind)),
        secret=st.booleans(),
        quorum=st.none() | numbers,
    ),
    st.builds(protocol.CloseVote, vote=numbers),
    st.builds(protocol.WithdrawVote, vote=numbers),
    st.builds(protocol.TypeCaption, text=lines),
)
messages = st.one_of(
    st.builds(protocol.Wait, now=instants, title=texts, starts_at=instants, since=instants),
    st.builds(
        protocol.Joined,
        you=ids,
        resume=texts,
        now=instants,
        room=rooms,
        may=permissions,
        participants=st.lists(people, max_size=2).map(tuple),
        chat=st.lists(st.builds(protocol.Chat, **chats), max_size=2).map(tuple),
        ice_servers=st.lists(relays, max_size=2).map(tuple),
        lobby=st.lists(waiting, max_size=2).map(tuple),
        my_votes=st.lists(st.builds(protocol.MyVote, **my_votes), max_size=2).map(tuple),
    ),
    st.builds(protocol.AnswerPublish, sdp=sdps),
    st.builds(protocol.Offer, sdp=sdps, generation=numbers, slots=st.lists(slots, max_size=3).map(tuple)),
    st.builds(protocol.SlotsFilled, slots=st.lists(filled, max_size=3).map(tuple)),
    candidates,
    st.builds(protocol.ParticipantChanged, participant=people),
    st.builds(protocol.ParticipantsChanged, participants=st.lists(people, max_size=2).map(tuple)),
    st.builds(protocol.Left, id=ids),
    st.builds(protocol.Said, **chats),
    st.builds(protocol.RoomChanged, room=rooms),
    st.builds(protocol.LobbyChanged, people=st.lists(waiting, max_size=2).map(tuple)),
    st.builds(protocol.MayChanged, may=permissions),
    st.builds(protocol.Speaking, ids=st.lists(ids, max_size=4).map(tuple)),
    st.builds(protocol.MutedBy, name=texts),
    st.builds(protocol.Asked, what=st.sampled_from(["unmute", "floor"]), by=texts),
    st.builds(protocol.Reaction, participant=ids, kind=st.sampled_from(get_args(protocol.ReactionKind))),
    st.builds(protocol.VoteCounted, **my_votes),
    st.builds(protocol.Caption, participant=maybe, name=texts, text=texts, at=instants),
    st.builds(protocol.Notice, code=st.sampled_from(get_args(NoticeCode)), text=texts),
    st.builds(protocol.Refusal, code=st.sampled_from(get_args(ErrorCode)), text=texts, about=texts),
)


def test_every_type_of_message_has_a_strategy() -> None:
    assert len(requests.branches) == len(REQUEST_TYPES)
    assert len(messages.branches) == len(MESSAGE_TYPES)


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
            [
                *("sdp", "tracks", "text", "up", "item", "on", "muted", "participant", "version", "resume", "name"),
                *("to", "kind", "vote", "choice", "seconds", "heads", "names", "audio", "limit", "quorum", "lobby"),
            ]
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
        '{"type": "join", "version": 2, "name": null}',
        '{"type": "chat", "text": "", "to": "everybody"}',
        '{"type": "chat", "text": " \\u0000\\u202e ", "to": "everybody"}',
        '{"type": "chat", "text": "\\u3164\\uffa0", "to": "everybody"}',
        '{"type": "chat", "text": "Chào"}',
        '{"type": "chat", "text": "Chào", "to": "account:2"}',
        '{"type": "join", "version": 2, "resume": null, "name": "."}',
        '{"type": "join", "version": 2, "resume": null, "name": "\\u3164\\u3164\\u3164"}',
        '{"type": "chat", "text": "\\ud800", "to": "everybody"}',
        '{"type": "agenda"}',
        '{"type": "agenda", "item": -1}',
        '{"type": "agenda", "item": "1"}',
        '{"type": "agenda", "item": true}',
        '{"type": "mute", "participant": ""}',
        '{"type": "mute", "participant": "' + "p" * 65 + '"}',
        '{"type": "publish", "sdp": "v=0", "tracks": [{"mid": "0", "source": "telephone"}]}',
        '{"type": "answer", "sdp": "v=0", "generation": -1}',
        '{"type": "mute"}',
        '{"type": "remove", "participant": "p1"}',
        '{"type": "refuse", "participant": null}',
        '{"type": "policy", "lobby": "friends"}',
        '{"type": "floor", "participant": "p1", "seconds": 0}',
        '{"type": "floor", "participant": "p1", "seconds": -60}',
        '{"type": "floor", "participant": "p1", "seconds": 1e3}',
        '{"type": "vote_open", "subject": "  ", "kind": "ballot", "secret": false, "quorum": null}',
        '{"type": "vote_open", "subject": "' + "a" * 501 + '", "kind": "ballot", "secret": false, "quorum": null}',
        '{"type": "vote_cast", "vote": 1, "choice": "maybe"}',
        '{"type": "caption", "text": "' + "a" * 301 + '"}',
        '{"type": "react", "kind": "fire"}',
        '{"type": "declare", "heads": -1, "names": []}',
        '{"type": "declare", "heads": 1, "names": ["\\u200b"]}',
        json.dumps({"type": "declare", "heads": 1, "names": ["a"] * 201}),
        json.dumps({"type": "view", "tracks": [{"track": "t", "height": 1}] * 65, "audio": True, "limit": None}),
        '{"type": "view", "tracks": [{"track": "t", "height": -1}], "audio": true, "limit": null}',
        '{"type": "view", "tracks": [], "audio": true, "limit": -1}',
        '{"type": "clear_chat"}',
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
    said = decode_request(json.dumps({"type": "chat", "text": "  Kính thưa\u202e\x00 các đồng chí\n", "to": "chairs"}))

    assert said == protocol.Say(text="Kính thưa các đồng chí", to="chairs")


def test_decode_request_keeps_a_name_on_one_line() -> None:
    join = decode_request('{"type": "join", "version": 2, "resume": null, "name": " Trần Hải\\n\\u202e Chủ tịch"}')

    assert join == protocol.Join(version=2, resume=None, name="Trần Hải Chủ tịch")


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


def test_browser_knows_every_word_and_code() -> None:
    listed = re.findall(r"oneOf\(([^)]*)\)", WIRE_JS.read_text(encoding="utf-8"))
    known = [kind for module in (structures, client, server) for kind in vars(module).values()]

    assert {frozenset(re.findall(r'"(\w+)"', words)) for words in listed} == {
        frozenset(get_args(kind)) for kind in known if get_origin(kind) is Literal
    }


def test_browser_has_the_limits_of_the_server() -> None:
    limits = dict(re.findall(r"const (\w+_LIMIT) = (\d+);", WIRE_JS.read_text(encoding="utf-8")))

    assert limits.keys() == {"CHAT_LIMIT", "CAPTION_LIMIT", "SUBJECT_LIMIT", "VIEW_LIMIT", "NAMES_LIMIT"}
    assert all(getattr(protocol, name) == int(number) for name, number in limits.items())


@pytest.mark.parametrize(
    ("name", "told"), [("A1", "two letters at least"), ("", "two letters"), ("Ă" * 101, "at most 100 characters")]
)
def test_name_that_is_refused_is_told_why(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        clean_name(name)
