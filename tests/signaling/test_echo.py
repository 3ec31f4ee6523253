"""The room for one of the connection test: whose it is, how many there are, and how it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from signaling import echo_messages, engine
from signaling.echo import RECEIVER, SENDER, Echo, EchoRooms, EchoSettings
from signaling.errors import CloseCode, Kicked, ProtocolError


class Bench:
    """Rooms for one, and what they ask of the engine."""

    def __init__(self, **settings: Any) -> None:
        self.told: list[engine.Command] = []
        self.listeners: dict[str, Callable[[engine.Event], None]] = {}
        self.rooms = EchoRooms(self.told.append, self.listen, EchoSettings(**settings))

    def listen(self, room: str, hear: Callable[[engine.Event], None]) -> Callable[[], None]:
        self.listeners[room] = hear
        return lambda: (self.listeners.pop(room), None)[1]


async def read(echo: Echo) -> list[engine.Event]:
    async with asyncio.timeout(5):
        return [event async for event in echo.events()]


async def test_sends_on_one_side_and_receives_on_the_other() -> None:
    bench = Bench()
    echo = bench.rooms.open("account:1")

    echo.publish("offer", [engine.SentTrack("0", "microphone")])
    echo.receive()
    echo.receive()
    echo.accept(3, "answer")

    assert bench.told == [
        engine.Publish(echo.name, SENDER, "offer", (engine.SentTrack("0", "microphone"),)),
        engine.Receive(echo.name, RECEIVER),
        engine.Receive(echo.name, RECEIVER, anew=True),
        engine.AcceptAnswer(echo.name, RECEIVER, 3, "answer"),
    ]


async def test_names_of_rooms_cannot_be_guessed_and_are_never_those_of_a_meeting() -> None:
    rooms = Bench().rooms
    names = {rooms.open(f"account:{number}").name for number in range(5)}

    assert len(names) == 5
    assert all(name.startswith("echo:") and len(name) > 25 for name in names)


async def test_hears_its_own_events_until_it_is_closed() -> None:
    bench = Bench()
    echo = bench.rooms.open("account:1")
    answer = engine.Answer(echo.name, SENDER, "sdp")
    bench.listeners[echo.name](answer)

    bench.rooms.close(echo)

    assert await read(echo) == [answer]
    assert (echo.reason and echo.reason.code) == CloseCode.LEFT
    assert bench.told[-1] == engine.CloseRoom(echo.name)
    assert bench.listeners == {}
    bench.rooms.close(echo)
    assert bench.told.count(engine.CloseRoom(echo.name)) == 1


async def test_second_test_of_a_person_ends_the_first() -> None:
    bench = Bench()
    first = bench.rooms.open("account:1")
    bench.rooms.open("account:1")

    assert await read(first) == []
    assert (first.reason and first.reason.code) == CloseCode.REPLACED
    assert len(bench.rooms) == 1
    assert engine.CloseRoom(first.name) in bench.told


async def test_there_is_a_bounded_number() -> None:
    bench = Bench(most=2)
    for number in range(2):
        bench.rooms.open(f"account:{number}")

    with pytest.raises(Kicked) as refused:
        bench.rooms.open("account:9")

    assert refused.value.code == CloseCode.TOO_MUCH
    assert len(bench.rooms) == 2


async def test_guests_of_one_link_leave_room_for_everybody_else() -> None:
    """A fresh cookie makes a guest somebody else; the link stays the same."""
    bench = Bench(most_of_link=2)
    for number in range(2):
        bench.rooms.open(f"guest:1:{number}", "link:1")

    with pytest.raises(Kicked) as refused:
        bench.rooms.open("guest:1:9", "link:1")
    assert refused.value.code == CloseCode.TOO_MUCH
    bench.rooms.open("guest:2:1", "link:2")
    bench.rooms.open("account:1")
    bench.rooms.open("account:2")


async def test_who_tests_again_and_again_has_to_wait() -> None:
    """Each test may load the line of the server; one after the other they would leave nothing to a meeting."""
    bench = Bench(open_burst=3, link_open_burst=3)
    for number in range(3):
        bench.rooms.close(bench.rooms.open("account:1"))
        bench.rooms.close(bench.rooms.open(f"guest:1:{number}", "link:1"))

    for identity, link in (("account:1", ""), ("guest:1:9", "link:1")):
        with pytest.raises(Kicked) as refused:
            bench.rooms.open(identity, link)
        assert refused.value.code == CloseCode.TOO_MUCH
    assert len(bench.rooms) == 0
    bench.rooms.open("account:2")


async def test_ends_by_itself_when_its_time_is_up() -> None:
    echo = Bench(longest=0.01).rooms.open("account:1")

    assert await read(echo) == []
    assert str(echo.reason) == "time is up"


async def test_ends_when_the_engine_is_lost() -> None:
    bench = Bench()
    echo = bench.rooms.open("account:1")
    bench.listeners[echo.name](engine.EngineLost())

    assert await read(echo) == []
    assert (echo.reason and echo.reason.code) == CloseCode.FAULT


async def test_browser_that_does_not_read_is_given_up() -> None:
    bench = Bench(waiting=3)
    echo = bench.rooms.open("account:1")
    for _ in range(6):
        bench.listeners[echo.name](engine.Answer(echo.name, SENDER, "sdp"))

    assert len(await read(echo)) <= 4
    assert (echo.reason and echo.reason.code) == CloseCode.TOO_MUCH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"type":"join"}',
        '{"type":"publish","sdp":"","tracks":[]}',
        '{"type":"publish","sdp":"v=0","tracks":[{"mid":"0","source":"screen"}]}',
        '{"type":"publish","sdp":"v=0","tracks":[{"mid":"0","source":"camera"},1,2]}',
        '{"type":"load","octets":0}',
        '{"type":"load","octets":99999999}',
        '{"type":"load","octets":"1"}',
        '{"type":"ping","number":-1}',
        '{"type":"answer","sdp":"v=0","generation":1.5}',
        "[" * 100_000,
    ],
)
def test_what_is_not_in_the_dialogue_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        echo_messages.decode(text)


def test_events_that_are_of_no_use_to_a_test_are_not_sent() -> None:
    added = engine.TrackAdded("echo:1", SENDER, "t1", "camera", "video")

    assert echo_messages.write_event(added) is None
    assert echo_messages.write_event(engine.Answer("echo:1", SENDER, "v=0")) == '{"type":"answer","sdp":"v=0"}'
