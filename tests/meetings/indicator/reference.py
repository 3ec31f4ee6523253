"""The indicator once more, slowly and step by step as docs/decisions/0010 says it; shares nothing with the real one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Told:
    """A meeting in plain words. Modes are ``online``, ``in_hall``, ``absent``; one mapping a sitting."""

    ended_on: date
    sittings: Sequence[Mapping[int, str]]
    convened_by_upper: bool = True
    confirmed: bool = True
    channel: str = "giaoban"
    exclusion: str = ""
    relayed_from: str = ""
    declared: str = ""


def count(meetings: Sequence[Told], first: date, last: date, rule: str, recognised: set[str]) -> dict[str, object]:
    """Every number of the report, by going through the meetings one by one."""
    found: dict[str, object] = dict.fromkeys(
        ("online", "eligible", "hybrid", "other_channel", "unattended", "unconfirmed", "relayed", "declared"), 0
    )
    excluded: dict[str, int] = {}

    def add(name: str) -> None:
        number = found[name]
        assert isinstance(number, int)
        found[name] = number + 1

    for meeting in meetings:
        if not first <= meeting.ended_on <= last:
            continue
        if not meeting.convened_by_upper:
            continue
        if meeting.relayed_from != "":
            add("relayed")
            continue
        if meeting.exclusion != "":
            excluded[meeting.exclusion] = excluded.get(meeting.exclusion, 0) + 1
            continue
        if meeting.declared == "" and not meeting.confirmed:
            add("unconfirmed")
            continue
        if meeting.declared == "":
            somebody = False
            for sitting in meeting.sittings:
                for mode in sitting.values():
                    if mode != "absent":
                        somebody = True
            if not somebody:
                add("unattended")
                continue
        add("eligible")
        if meeting.declared != "":
            add("declared")
        if was_hybrid(meeting):
            add("hybrid")
        if meeting.channel != "" and meeting.channel not in recognised:
            add("other_channel")
            continue
        if meeting.channel != "" and was_online(meeting, rule):
            add("online")
    found["excluded"] = excluded
    return found


def was_hybrid(meeting: Told) -> bool:
    if meeting.declared != "":
        return meeting.declared == "hybrid"
    modes: list[str] = []
    for sitting in meeting.sittings:
        modes.extend(sitting.values())
    return "online" in modes and "in_hall" in modes


def was_online(meeting: Told, rule: str) -> bool:
    if meeting.declared == "online":
        return True
    if meeting.declared == "hybrid":
        return rule == "any"
    if meeting.declared == "in_person":
        return False
    online_sittings = 0
    for sitting in meeting.sittings:
        online = 0
        in_person = 0
        for mode in sitting.values():
            if mode == "online":
                online = online + 1
            if mode == "in_hall":
                in_person = in_person + 1
        holds = {
            "any": online >= 1,
            "majority": online > in_person,
            "all": online >= 1 and in_person == 0,
        }
        if holds[rule]:
            online_sittings = online_sittings + 1
    return online_sittings > len(meeting.sittings) - online_sittings
