"""What one client may cost the server and the others: bad messages, floods, slow readers, the lobby, many at once."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from meetings.models import AuditEntry, Presence
from signaling import engine, protocol
from signaling.errors import ProtocolError
from signaling.sfu import SfuSettings
from tests.factories import NOW
from tests.room_fakes import FakeWire
from tests.room_house import MICROPHONE, QUICK, House, open_house
from tests.room_play import admit, guest
from web.database import Database


async def test_slow_client_is_closed_and_the_room_goes_on(database: Database) -> None:
    settings = SfuSettings(outgoing_limit=5, send_timeout=0.05, tick_every=60, alive_every=60)
    async with open_house(database, settings) as house:
        chair, slow = house.enter("chair"), FakeWire()
        await chair.hear(protocol.Joined)
        house.enter("site1", wire=slow)
        await slow.hear(protocol.Joined)
        slow.reading.clear()
        for number in range(20):
            chair.say(protocol.Say(text=f"Dòng {number}", to="everybody"))

        await chair.hear(protocol.Said, lambda said: said.text == "Dòng 19")
        assert await slow.closed() == 4413
        await chair.hear(protocol.ParticipantChanged, lambda changed: not changed.participant.connected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", 4400),
        ('{"type": "sing"}', 4400),
        ('{"type": "hand", "up": true}', 4400),
        ('{"type": "join", "version": 7, "resume": null, "name": null}', 4400),
        ('{"type": "join", "version": 2, "resume": null, "name": "' + "x" * 70_000 + '"}', 4413),
    ],
)
async def test_first_message_must_be_a_good_join(house: House, text: str, code: int) -> None:
    wire = FakeWire()
    wire.say(text)
    house.connect("site1", "hop", wire)

    assert await wire.closed() == code
    assert await house.rows(Presence) == []


async def test_client_that_never_joins_is_closed(database: Database) -> None:
    async with open_house(database, SfuSettings(join_timeout=0.01)) as house:
        wire = FakeWire()
        house.connect("site1", "hop", wire)

        assert await wire.closed() == 4400


@pytest.mark.parametrize(
    ("message", "code"),
    [('{"type": "sing"}', 4400), ("x" * 65_537, 4413), ("ạ" * 30_000, 4413), (ProtocolError("binary"), 4400)],
)
async def test_broken_message_ends_only_its_own_connection(house: House, message: Any, code: int) -> None:
    chair, site = house.enter("chair"), house.enter("site1")
    await chair.hear(protocol.Joined)
    await site.hear(protocol.Joined)
    if isinstance(message, Exception):
        site.break_off(message)
    else:
        site.say(message)

    assert await site.closed() == code
    await chair.hear(protocol.ParticipantChanged, lambda changed: not changed.participant.connected)
    assert chair.code is None


async def test_flood_is_cut_off(database: Database) -> None:
    async with open_house(database, SfuSettings(messages_per_second=0.001, message_burst=10)) as house:
        wire = house.enter("site1")
        await wire.hear(protocol.Joined)
        wire.say(*[protocol.Hand(up=True)] * 10)

        assert await wire.closed() == 4413


async def test_who_connects_again_and_again_is_refused_and_nobody_else(database: Database) -> None:
    async with open_house(database, replace(QUICK, joins_per_second=0.001, join_burst=3)) as house:
        for _ in range(3):
            await house.enter("site1").hear(protocol.Joined)

        assert await house.enter("site1").closed() == 4413
        assert await house.enter("site2").hear(protocol.Joined)
        assert await house.enter("site1", room="khac").hear(protocol.Joined)


async def test_guests_are_counted_by_their_link(database: Database) -> None:
    """A fresh cookie for each connection helps nobody, and harms no other link's guests and no member."""
    async with open_house(database, replace(QUICK, link_joins_per_second=0.001, link_join_burst=3)) as house:
        for number in range(4):
            house.admissions[f"guest{number}"] = guest(str(number))
        house.admissions["other"] = guest("x", link="link:2")
        for number in range(3):
            await house.enter(f"guest{number}").hear(protocol.Wait)

        assert await house.enter("guest3").closed() == 4413
        assert await house.enter("other").hear(protocol.Wait)
        assert await house.enter("site1").hear(protocol.Joined)


async def test_expensive_requests_are_declined_above_their_rate_and_the_connection_goes_on(database: Database) -> None:
    async with open_house(database, replace(QUICK, expensive_per_second=0.001, expensive_burst=2)) as house:
        site = house.enter("site1")
        await site.hear(protocol.Joined)
        view = protocol.View(tracks=(), audio=True, limit=None)
        site.say(view, view, view, protocol.Say(text="Vẫn nghe", to="everybody"))

        refused = await site.hear(protocol.Refusal)
        assert (refused.code, refused.about) == ("too_fast", "view")
        await site.hear(protocol.Said)
        assert len([command for command in house.media.told if isinstance(command, engine.View)]) == 2


async def test_what_everybody_hears_is_declined_above_its_rate_and_the_connection_goes_on(database: Database) -> None:
    """One guest's flood of chat or hands must not take the links of forty sites from the sound."""
    async with open_house(database, replace(QUICK, public_per_second=0.001, public_burst=2)) as house:
        chair, site = house.enter("chair"), house.enter("site1")
        await chair.hear(protocol.Joined)
        await site.hear(protocol.Joined)
        lines = [protocol.Say(text=f"Dòng {number}", to="everybody") for number in range(2)]
        site.say(*lines, protocol.Hand(up=True), protocol.Say(text="Quá nhiều", to="everybody"))

        await site.hear(protocol.Refusal, lambda refused: (refused.code, refused.about) == ("too_fast", "hand"))
        await site.hear(protocol.Refusal, lambda refused: (refused.code, refused.about) == ("too_fast", "chat"))
        chair.say(protocol.Say(text="Chủ trì nói", to="everybody"))
        said = await chair.hear(protocol.Said, lambda heard: heard.text == "Chủ trì nói")
        assert said.id == 3


async def test_who_declares_again_and_again_does_not_fill_the_log(database: Database) -> None:
    """Nor does who comes back for it; the other sites are heard."""
    async with open_house(database, replace(QUICK, declares_per_second=0.001, declare_burst=2)) as house:
        site, other = house.enter("site1"), house.enter("site2")
        await site.hear(protocol.Joined)
        await other.hear(protocol.Joined)
        site.say(*[protocol.Declare(heads=heads, names=()) for heads in (1, 1, 2)])
        refused = await site.hear(protocol.Refusal)
        assert (refused.code, refused.about) == ("too_fast", "declare")
        site = house.enter("site1")
        await site.hear(protocol.Joined)
        site.say(protocol.Declare(heads=3, names=()))
        assert (await site.hear(protocol.Refusal)).code == "too_fast"
        other.say(protocol.Declare(heads=9, names=()))
        await other.hear(protocol.ParticipantChanged, lambda changed: changed.participant.heads == 9)
        entries = [entry for entry in await house.rows(AuditEntry) if entry.action == "room.declare"]
        assert [entry.detail["heads"] for entry in entries] == [1, 9]  # what says nothing new is not written either


async def test_relays_are_for_one_client_alone(database: Database) -> None:
    def lend(identity: str, now: datetime) -> list[protocol.IceServer]:
        return [protocol.IceServer(urls=("turn:127.0.0.1",), username=f"{now:%H%M}:{identity}", credential="x")]

    async with open_house(database, replace(QUICK, ice_servers=lend)) as house:
        wires = {name: house.enter(name) for name in ("site1", "site2")}
        for name, wire in wires.items():
            [relay] = (await wire.hear(protocol.Joined)).ice_servers
            assert relay.username == f"{NOW:%H%M}:{house.admissions[name].identity}"


async def test_who_waits_has_a_line_and_nothing_else(house: House) -> None:
    house.admissions["guest"] = guest("a")
    chair, waiting = house.enter("chair"), house.enter("guest")
    await waiting.hear(protocol.Wait)
    await chair.hear(protocol.LobbyChanged, lambda lobby: len(lobby.people) == 1)
    chair.say(MICROPHONE, protocol.Say(text="Kín", to="everybody"), protocol.Record(on=True))
    await chair.hear(protocol.RoomChanged, lambda changed: changed.room.recording.on)
    waiting.say(MICROPHONE)
    await waiting.hear(protocol.Refusal)
    assert {type(message) for message in waiting.heard} == {protocol.Wait, protocol.Refusal}
    assert len(await house.rows(Presence)) == 1

    chair.say(protocol.Admit(participant=None))

    assert (await waiting.hear(protocol.Joined)).chat[0].text == "Kín"
    assert len(await house.rows(Presence)) == 2


async def test_those_who_come_together_are_told_of_together(database: Database) -> None:
    async with open_house(database, replace(QUICK, tick_every=60)) as house:
        chair = house.enter("chair")
        await chair.hear(protocol.Joined)
        for number in range(40):
            house.admissions[f"many{number}"] = admit(100 + number, about={})
        house.store.gate.clear()
        house.store.waiting.clear()
        chair.say(protocol.Hand(up=True))
        await house.store.waiting.wait()
        many = [house.enter(f"many{number}") for number in range(40)]
        async with asyncio.timeout(5):
            while house.sfu._rooms["hop"]._inbox.qsize() < 40:
                await asyncio.sleep(0)
        heard = len(chair.heard)

        house.store.gate.set()

        told = await chair.hear(protocol.ParticipantsChanged)
        assert len(told.participants) == 40
        assert len([m for m in chair.heard[heard:] if isinstance(m, protocol.ParticipantChanged)]) == 1  # the hand
        for wire in many:
            known = {person.id for person in (await wire.hear(protocol.Joined)).participants}
            if len(known) < 41:  # all but the last who came
                known |= {person.id for person in (await wire.hear(protocol.ParticipantsChanged)).participants}
            assert len(known) == 41
