"""How the tests play a room: who comes, what they say, and what of the effects they look at."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from signaling import effects as e
from signaling import engine, protocol
from signaling.room import Room
from signaling.state import Admission, RoomFacts

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OPENS_AT = NOW - timedelta(minutes=15)
FACTS = RoomFacts(
    title="Giao ban tháng 11",
    starts_at=NOW,
    ends_at=NOW + timedelta(hours=2),
    agenda=(protocol.AgendaEntry(title="Kinh tế - xã hội", presenter="Sở Tài chính", minutes=20),),
    lobby="nobody",
)
OPERATORS = ("chair", "secretary", "technician")
Kind = TypeVar("Kind")


def admit(number: int, role: protocol.Role = "site", **changes: Any) -> Admission:
    admission = Admission(
        identity=f"account:{number}",
        name=f"Điểm cầu {number}",
        detail=f"UBND xã {number}",
        role=role,
        may=protocol.EVERYTHING if role in OPERATORS else frozenset(),
        order=number,
        locale="vi",
        about={"person_id": None, "site_id": number, "unit_id": number},
        can_come=OPENS_AT,
        invited=True,
    )
    return replace(admission, **changes)


def guest(nonce: str, name: str = "Khách", link: str = "link:1", **changes: Any) -> Admission:
    return admit(
        900, "guest", identity=f"guest:{link[5:]}:{nonce}", name=name, via=link, invited=False, about={}, **changes
    )


def screen(number: int) -> Admission:
    """The big screen of a hall."""
    return admit(number, "projection", identity=f"projection:{number}")


def join(resume: str | None = None, name: str | None = None) -> protocol.Join:
    return protocol.Join(version=protocol.VERSION, resume=resume, name=name)


def enter(room: Room, connection: str, admission: Admission, now: datetime = NOW, **how: Any) -> list[e.Effect]:
    return room.connected(connection, admission, join(**how), f"secret of {connection}", now)


def pick(effects: Iterable[e.Effect], kind: type[Kind]) -> list[Kind]:
    return [effect for effect in effects if isinstance(effect, kind)]


def told(effects: Iterable[e.Effect], kind: type[Kind]) -> list[Kind]:
    return [effect.command for effect in pick(effects, e.Tell) if isinstance(effect.command, kind)]


def sent(effects: Iterable[e.Effect], kind: type[Kind]) -> list[tuple[str, Kind]]:
    """Which connection hears what."""
    out: list[tuple[str, Kind]] = []
    for effect in effects:
        if isinstance(effect, e.Send) and isinstance(effect.message, kind):
            out.append((effect.connection, effect.message))
        if isinstance(effect, e.Broadcast) and isinstance(effect.message, kind):
            out += [(connection, effect.message) for connection in effect.connections]
    return out


def hearers(effects: Iterable[e.Effect], kind: type[Kind]) -> set[str]:
    return {connection for connection, _message in sent(effects, kind)}


def kept(effects: Iterable[e.Effect]) -> list[e.Record]:
    """The records of the acts themselves."""
    return [record for record in list_records(effects) if not isinstance(record, e.OnBehalf)]


def list_records(effects: Iterable[e.Effect]) -> list[e.Record]:
    return [record for save in pick(effects, e.Save) for record in save.records]


def refusal(effects: Iterable[e.Effect]) -> tuple[str, protocol.Refusal]:
    [found] = sent(effects, protocol.Refusal)
    return found


def closing(effects: Iterable[e.Effect]) -> list[tuple[str, int, str]]:
    return [(close.connection, int(close.code), close.reason) for close in pick(effects, e.CloseWire)]


def share(room: Room, person: str, source: engine.Source = "screen", now: datetime = NOW) -> list[e.Effect]:
    kind: engine.Kind = "audio" if source == "microphone" else "video"
    return room.handle_event(engine.TrackAdded(room.name, person, f"{person}-{source}", source, kind), now)


def open_room() -> Room:
    """The chair is p1 on connection c1, a site is p2 on c2."""
    room = Room("hop", FACTS)
    enter(room, "c1", admit(1, "chair"))
    enter(room, "c2", admit(2))
    return room
