"""From a table of meetings to the figures of the indicator, against the slow and obvious reference."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

from meetings.import_actions import import_meetings, prepare_import
from meetings.import_table import COLUMNS, read_lines
from meetings.indicator.figures import load_figure
from meetings.kinds import Rule
from meetings.periods import Profile, parse
from meetings.unit_actions import import_units
from meetings.unit_table import parse_units
from tests.factories import NOW
from tests.meetings.indicator.reference import Told, count
from web.database import Database

UNITS = Path(__file__).parents[2] / "web/demo/lamdong-units.csv"
DISTRICTS = [str(code) for code in range(672, 684)]
EXCLUSIONS = ("field_visit", "citizen_reception", "council_session", "law_requires", "disaster")
MODES = {"online": "online", "in_person": "in_hall", "absent": "absent"}  # of the table, as the reference has them
WINDOWS = {  # by calendar and code, as NĐ 09/2019/NĐ-CP and the calendar have them
    ("reporting", "2022"): ("2021-12-15", "2022-12-14"),
    ("civil", "2022"): ("2022-01-01", "2022-12-31"),
    ("reporting", "2022Q1"): ("2021-12-15", "2022-03-14"),
    ("reporting", "2022Q3"): ("2022-06-15", "2022-09-14"),
    ("civil", "2022Q3"): ("2022-07-01", "2022-09-30"),
    ("reporting", "2022H1"): ("2021-12-15", "2022-06-14"),
    ("civil", "2022H2"): ("2022-07-01", "2022-12-31"),
    ("reporting", "2022M9"): ("2021-12-15", "2022-09-14"),
    ("reporting", "2022-09"): ("2022-08-15", "2022-09-14"),
    ("civil", "2022-02"): ("2022-02-01", "2022-02-28"),
    ("reporting", "2022-01-10..2022-03-31"): ("2022-01-10", "2022-03-31"),
    ("civil", "2022-05-05..2022-05-05"): ("2022-05-05", "2022-05-05"),
    ("reporting", "2021"): ("2020-12-15", "2021-12-14"),
}


def make_rows(count: int) -> list[dict[str, str]]:
    """Meetings of every kind, many of them at the edges of periods."""
    dice = random.Random(11)
    rows = []
    for number in range(count):
        day = date(2021, 12, 1) + timedelta(days=dice.randrange(395))
        start = datetime.fromisoformat(f"{day}T{dice.choice(['08:00', '14:00', '23:30'])}")
        invited = dice.sample(DISTRICTS, dice.randint(1, 6))
        modes = [dice.choices(["online", "in_person", "absent"], [6, 3, 2])[0] for _ in invited]
        held = dice.random() < 0.85
        written = held and dice.random() < 0.8
        rows.append(
            {
                "code": f"H-{number}",
                "title": f"Cuộc họp {number}",
                "kind": dice.choice(["briefing", "review", "Họp chuyên đề"]),
                "convening_unit": dice.choice(["68", "Tỉnh Lâm Đồng", "68", dice.choice(DISTRICTS)]),
                "start": start.isoformat(),
                "end": (start + timedelta(hours=1)).isoformat(),
                "status": "held" if held else dice.choice(["draft", "scheduled", "cancelled", "postponed"]),
                "planned_form": dice.choice(["online", "in_person", "hybrid"]),
                "channel": dice.choices(["system", "Zoom"], [5, 1])[0],
                "excluded_reason": dice.choice(EXCLUSIONS) if dice.random() < 0.1 else "",
                "invited_units": ";".join(invited),
                "attendance": ";".join(map("=".join, zip(invited, modes, strict=True))) if written else "",
                "held_form": dice.choice(["online", "in_person", "hybrid", ""]) if held and not written else "",
                "relayed_from": "Bộ Nội vụ" if dice.random() < 0.05 else "",
            }
        )
    return rows


def tell(row: dict[str, str]) -> Told | None:
    """What a row says of a meeting of the pair, in plain words; ``None`` when it is none."""
    invited = [code for code in row["invited_units"].split(";") if code != row["convening_unit"]]
    if row["status"] != "held" or row["convening_unit"] in DISTRICTS or not invited:
        return None
    said = dict(part.split("=") for part in row["attendance"].split(";") if part)
    return Told(
        ended_on=date.fromisoformat(row["end"][:10]),
        sittings=[{int(code): MODES[said.get(code, "absent")] for code in invited}],
        channel="giaoban" if row["channel"] == "system" else row["channel"],
        exclusion=row["excluded_reason"],
        relayed_from=row["relayed_from"],
        declared="" if said else row["held_form"],
    )


async def test_every_figure_is_what_the_definition_says(database: Database) -> None:
    rows = make_rows(600)
    columns = [*COLUMNS, "held_form", "relayed_from"]
    lines = read_lines([columns, *([row[name] for name in columns] for row in rows)])
    async with database.write() as session:
        await import_units(session, None, parse_units(UNITS.read_text(encoding="utf-8")), NOW)
        result = await import_meetings(session, None, await prepare_import(session, None, lines, NOW), NOW)
    assert (result.added, result.faults) == (600, [])
    told = [meeting for row in rows if (meeting := tell(row)) is not None]
    compared = 0
    async with database.read() as session:
        for (calendar, code), (first, last) in WINDOWS.items():
            period = parse(code, Profile(calendar))
            assert (str(period.start), str(period.end)) == (first, last)
            for rule in Rule:
                ratio = (await load_figure(session, ("province", "district"), period, rule)).ratio
                wanted = count(told, period.start, period.end, rule.value, {"giaoban"})
                assert {name: getattr(ratio, name) for name in wanted} == wanted, (calendar, code, rule)
                compared += ratio.eligible
    assert compared > 4000
