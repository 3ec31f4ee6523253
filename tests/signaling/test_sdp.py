"""Session descriptions: a real Chromium's offer, the server's answer and offer, and hostile text."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from signaling.rtp import URI_AUDIO_LEVEL, URI_MID, URI_RID, URI_TRANSPORT_WIDE
from signaling.sdp import (
    MAX_SDP,
    Fingerprint,
    LocalTransport,
    OfferedLine,
    SdpError,
    parse_description,
    write_answer,
    write_offer,
)

CHROMIUM = (Path(__file__).parent / "chromium-offer.sdp").read_text(encoding="utf-8").replace("\n", "\r\n")
TRANSPORT = LocalTransport(
    "serverufrag",
    "serverpassword0123456789",
    Fingerprint("sha-256", ":".join(["AB"] * 32)),
    (("192.0.2.1", 7000), ("2001:db8::1", 7000)),
)


def change(pattern: str, replacement: str, text: str = CHROMIUM) -> str:
    changed, count = re.subn(pattern, replacement, text)
    assert count
    return changed


def test_chromium_offer_is_read() -> None:
    offer = parse_description(CHROMIUM)
    sound, picture = offer.lines
    assert offer.session == "6342860525827949543"
    assert (offer.transport.ufrag, offer.transport.setup) == ("aCPI", "actpass")
    assert [one.algorithm for one in offer.transport.fingerprints] == ["sha-256"]
    assert (sound.mid, sound.kind, sound.direction, sound.payload_type, sound.rtx_type) == (
        "0",
        "audio",
        "sendonly",
        111,
        None,
    )
    assert sound.sends
    assert not sound.receives
    assert (sound.extensions[URI_AUDIO_LEVEL], sound.extensions[URI_MID]) == (1, 4)
    assert sound.ssrcs == (1626567945,)
    assert (picture.payload_type, picture.rtx_type) == (96, 97)
    assert (picture.ssrcs, picture.rtx_ssrcs) == ((2555402405,), (1625839443,))
    assert {"nack", "nack pli", "goog-remb"} <= picture.feedback


def test_answer_takes_opus_and_vp8_alone() -> None:
    text = write_answer(parse_description(CHROMIUM), TRANSPORT, {"0": True, "1": True}, 1)
    stock = SessionDescription.parse(text)
    assert [media.kind for media in stock.media] == ["audio", "video"]
    assert [media.direction for media in stock.media] == ["recvonly", "recvonly"]
    assert [[codec.mimeType for codec in media.rtp.codecs] for media in stock.media] == [
        ["audio/opus"],
        ["video/VP8", "video/rtx"],
    ]
    assert text.count("a=setup:passive\r\n") == 2
    assert "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;stereo=0\r\n" in text
    assert "a=ice-lite\r\n" in text
    assert "a=group:BUNDLE 0 1\r\n" in text
    assert "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n" in text
    assert [(one.ip, one.port) for one in stock.media[0].ice_candidates] == [
        ("192.0.2.1", 7000),
        ("2001:db8::1", 7000),
    ]


def test_media_over_tcp_are_offered_after_all_of_udp() -> None:
    transport = replace(TRANSPORT, tcp_port=7001)
    text = write_answer(parse_description(CHROMIUM), transport, {"0": True, "1": True}, 1)
    found = SessionDescription.parse(text).media[0].ice_candidates
    assert [(one.protocol, one.ip, one.port, one.tcpType) for one in found] == [
        ("udp", "192.0.2.1", 7000, None),
        ("udp", "2001:db8::1", 7000, None),
        ("tcp", "192.0.2.1", 7001, "passive"),
        ("tcp", "2001:db8::1", 7001, "passive"),
    ]
    assert [one.priority for one in found] == sorted((one.priority for one in found), reverse=True)
    assert len({one.foundation for one in found}) == 4


def test_answer_is_inactive_where_nothing_is_received() -> None:
    text = write_answer(
        parse_description(change("a=sendonly\r\na=msid:- 3f", "a=inactive\r\na=msid:- 3f")), TRANSPORT, {"0": True}, 2
    )
    assert [media.direction for media in SessionDescription.parse(text).media] == ["recvonly", "inactive"]


def test_answer_rejects_what_it_does_not_know() -> None:
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sctp-port:5000\r\n"
    offer = change("BUNDLE 0 1", "BUNDLE 0 1 2") + data
    text = write_answer(parse_description(offer), TRANSPORT, {"0": True, "1": True}, 1)
    assert "a=group:BUNDLE 0 1\r\n" in text
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in text


def test_answer_is_active_to_a_passive_offer() -> None:
    offer = parse_description(change("a=setup:actpass", "a=setup:passive"))
    assert "a=setup:active\r\n" in write_answer(offer, TRANSPORT, {"0": True}, 1)


def test_offer_has_a_stream_of_its_own_for_every_slot() -> None:
    lines = [OfferedLine("0", "audio", 1001, 1002), OfferedLine("1", "video", 2001, 2002)]
    text = write_offer(lines, replace(TRANSPORT, session=4711), 7)
    stock = SessionDescription.parse(text)
    assert [media.direction for media in stock.media] == ["sendonly", "sendonly"]
    assert [media.rtp.muxId for media in stock.media] == ["0", "1"]
    assert [[one.ssrc for one in media.ssrc] for media in stock.media] == [[1001], [2001, 2002]]
    assert stock.media[0].msid != stock.media[1].msid
    assert "o=- 4711 7 IN" in text
    assert text.count("a=setup:actpass") == 2


def test_offer_is_read_by_our_own_parser() -> None:
    text = write_offer([OfferedLine("0", "video", 2001, 2002)], TRANSPORT, 1)
    line = parse_description(text).lines[0]
    assert (line.payload_type, line.rtx_type, line.ssrcs, line.rtx_ssrcs) == (96, 97, (2001,), (2002,))


SIMULCAST = change(
    "a=mid:1\r\n",
    "a=mid:1\r\na=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
    "a=rid:l send\r\na=rid:m send\r\na=rid:h send\r\na=simulcast:send l;m,x;~h\r\n",
)


def test_simulcast_is_read_and_accepted() -> None:
    offer = parse_description(SIMULCAST)
    assert [line.rids for line in offer.lines] == [(), ("l", "m", "h")]
    text = write_answer(offer, TRANSPORT, {"0": True, "1": True}, 1)
    assert "a=rid:l recv\r\na=rid:m recv\r\na=rid:h recv\r\na=simulcast:recv l;m;h\r\n" in text
    assert f"a=extmap:10 {URI_RID}\r\n" in text
    assert "simulcast" not in write_answer(offer, TRANSPORT, {"0": True}, 1)


@pytest.mark.parametrize("said", ["recv l;m;h", "send", "send q;w", "l;m;h", ""])
def test_simulcast_of_nothing_that_is_sent_is_none(said: str) -> None:
    assert parse_description(change("simulcast:send.*", f"simulcast:{said}", SIMULCAST)).lines[1].rids == ()


def test_congestion_control_is_accepted_where_it_is_offered() -> None:
    assert "transport-cc\r\n" in CHROMIUM
    text = write_answer(parse_description(CHROMIUM), TRANSPORT, {"0": True, "1": True}, 1)
    assert text.count(URI_TRANSPORT_WIDE) == CHROMIUM.count(URI_TRANSPORT_WIDE) > 0
    assert "a=rtcp-fb:96 transport-cc\r\n" in text
    without = change("a=rtcp-fb:\\d+ transport-cc\r\n", "")
    assert "transport-cc" not in write_answer(parse_description(without), TRANSPORT, {"0": True, "1": True}, 1)


def test_browser_that_bundles_only_is_no_rejection() -> None:
    offer = change("m=video 9", "m=video 0")
    assert parse_description(offer).lines[1].rejected
    assert not parse_description(offer.replace("a=mid:1", "a=bundle-only\r\na=mid:1")).lines[1].rejected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "v=0"),
        ("v=0\r\n", "no m-line"),
        ("v=0\r\n" + "x" * 300_000, "longer"),
        ("v=0\r\n" + "m=audio 9 X 1\r\n" * 500, "too many"),
        (change("m=video 9 .*", "m=video"), "malformed"),
        (change("m=video 9", "m=video nine"), "malformed"),
        (change("a=mid:1\r\n", ""), "mid"),
        (change("a=mid:1\r\n", "a=mid:a b\r\n"), "mid"),
        (change("a=mid:1\r\n", "a=mid:0\r\n"), "same mid"),
        (change("a=group:BUNDLE 0 1\r\n", ""), "bundled"),
        (change("a=group:BUNDLE 0 1\r\n", "a=group:BUNDLE 0\r\n"), "bundled"),
        (change("a=rtcp-mux\r\n", ""), "rtcp-mux"),
        (change("a=ice-ufrag:.*\r\n", ""), "ICE"),
        (change("a=ice-pwd:.*\r\n", "a=ice-pwd:short\r\n"), "ICE"),
        (change("a=fingerprint:.*\r\n", ""), "fingerprint"),
        (change("a=fingerprint:sha-256", "a=fingerprint:md5"), "fingerprint"),
        (change("a=setup:actpass\r\n", "a=setup:holdconn\r\n"), "role"),
    ],
)
def test_unusable_description_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(SdpError, match=reason):
        parse_description(text)


LINES = SIMULCAST.splitlines()


@given(st.data())
def test_no_text_raises_anything_else(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "swap", "cut", "text", "number"])):
            case "drop" if len(lines) > 1:
                del lines[place]
            case "swap":
                lines[place], lines[0] = lines[0], lines[place]
            case "cut":
                lines[place] = lines[place][: data.draw(st.integers(0, len(lines[place])))]
            case "text":
                lines[place] = lines[place][:2] + data.draw(st.text(max_size=30))
            case _:
                lines[place] = re.sub(r"\d+", str(data.draw(st.integers(-5, 1 << 70))), lines[place])
    try:
        offer = parse_description("\r\n".join(lines))
    except SdpError:
        return
    answer = write_answer(offer, TRANSPORT, {line.mid: True for line in offer.lines}, 1)
    assert len(re.findall("(?m)^m=", answer)) == len(offer.lines)


@given(st.text(max_size=300))
def test_no_line_of_the_browser_gets_into_an_answer_as_a_line(text: str) -> None:
    """Whatever is echoed must not add lines of its own."""
    try:
        offer = parse_description(CHROMIUM.replace("a=mid:1\r\n", f"a=mid:{text}\r\n").replace("E 0 1", f"E 0 {text}"))
    except SdpError:
        return
    answer = write_answer(offer, TRANSPORT, {}, 1)
    assert all(re.match("[vostmac]=", line) for line in answer.split("\r\n")[:-1])


def test_reading_takes_a_time_in_proportion_to_the_length() -> None:
    """Everybody's packets wait for it."""
    formats, codecs = " 0" * 40_000, "a=rtpmap:1 opus/48000/2\r\n" * 4_000
    text = change(" 111 63", f"{formats} 111 63", change("a=mid:0\r\n", f"a=mid:0\r\n{codecs}"))
    assert len(text) < MAX_SDP
    before = time.process_time()
    parse_description(text)
    assert time.process_time() - before < 0.5
