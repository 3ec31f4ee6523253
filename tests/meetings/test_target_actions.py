"""Setting targets: one at a time for a pair, each with its operator and its days."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from meetings.actions import TargetDraft, set_target
from meetings.errors import Conflict, Invalid, NotAllowed
from meetings.meeting_store import list_targets
from meetings.models import AuditEntry
from tests.factories import NOW, World
from web.database import Database

DRAFT = TargetDraft("province", "commune", ">", 80, date(2026, 1, 1), basis="Kế hoạch của UBND tỉnh")


async def test_new_target_ends_the_open_one_before_it(any_database: Database) -> None:
    async with any_database.write() as session:
        await set_target(session, None, DRAFT, NOW)
        await set_target(session, None, replace(DRAFT, value=85, valid_from=date(2027, 1, 1)), NOW)
    async with any_database.read() as session:
        newer, older = await list_targets(session, "province", "commune")
        entries = (await session.exec(select(AuditEntry).where(AuditEntry.action == "target.set"))).all()
    assert (newer.operator, newer.value, newer.valid_to) == (">", 85, None)
    assert (older.valid_from, older.valid_to) == (date(2026, 1, 1), date(2026, 12, 31))
    assert [entry.detail["ended"] for entry in entries] == [[], ["2026-01-01"]]


@pytest.mark.parametrize(
    "start", [date(2026, 1, 1), date(2025, 6, 1)], ids=["on the same day", "before one that is open"]
)
async def test_overlapping_target_is_refused(any_database: Database, start: date) -> None:
    async with any_database.write() as session:
        await set_target(session, None, DRAFT, NOW)
    with pytest.raises(Conflict) as refusal:
        async with any_database.write() as session:
            await set_target(session, None, replace(DRAFT, valid_from=start), NOW)
    assert refusal.value.values == {"start": "01/01/2026"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"upper_level": "commune", "lower_level": "province"}, "pair"),
        ({"lower_level": "hamlet"}, "pair"),
        ({"operator": "<"}, "operator"),
        ({"value": 101}, "value"),
        ({"value": -1}, "value"),
        ({"valid_to": date(2025, 12, 31)}, "valid_to"),
    ],
)
async def test_target_that_makes_no_sense_is_refused(database: Database, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        async with database.write() as session:
            await set_target(session, None, replace(DRAFT, **change), NOW)
    assert refusal.value.field == field


async def test_only_those_who_manage_units_set_a_target(database: Database, world: World) -> None:
    with pytest.raises(NotAllowed):
        async with database.write() as session:
            await set_target(session, world.actors["leader"], DRAFT, NOW)
