"""How long files are kept, and what stands against destroying them."""

from datetime import date
from typing import Any

import pytest

from transcripts.archive import terms
from transcripts.archive.terms import Term, choose_rule, find_refusal
from transcripts.archive_models import RetentionRule, Scope

TODAY = date(2026, 11, 24)


def rule(years: int | None, **values: Any) -> RetentionRule:
    return RetentionRule(name="Hồ sơ", basis="Thông tư", years=years, **values)


SHORT, LONG = rule(5, id=1, meeting_kinds=["review"]), rule(None, id=2, meeting_kinds=["review"])
BRIEFINGS = (
    rule(None, id=3, meeting_kinds=["briefing"], scope="province"),
    rule(10, id=4, meeting_kinds=["briefing"], scope="other"),
)
OVER = rule(1, id=5, meeting_kinds=["working"], valid_to=date(2025, 12, 31))


@pytest.mark.parametrize(
    ("kind", "by_province", "day", "found"),
    [
        ("review", True, TODAY, LONG),
        ("briefing", True, TODAY, BRIEFINGS[0]),
        ("briefing", False, TODAY, BRIEFINGS[1]),
        ("working", True, date(2025, 12, 31), OVER),
        ("working", True, date(2026, 1, 1), None),
        ("training", True, TODAY, None),
    ],
)
def test_longest_valid_term_is_proposed(kind: str, by_province: bool, day: date, found: RetentionRule | None) -> None:
    assert choose_rule([SHORT, LONG, *BRIEFINGS, OVER], kind, by_province, day) is found


def test_term_is_counted_from_the_year_in_which_the_work_ended() -> None:
    assert Term(SHORT, False, 2021).last_day == date(2026, 12, 31)
    assert Term(SHORT, False, None).last_day is None
    assert Term(LONG, False, 2021).last_day is None
    assert [terms.write_term(Term(each, False, 2021)) for each in (SHORT, LONG, None)] == [
        "5 năm",
        "Vĩnh viễn",
        "Chưa xác định",
    ]


@pytest.mark.parametrize(
    ("term", "held", "noticed", "today", "text"),
    [
        (Term(SHORT, True, 2000), True, date(2020, 1, 1), TODAY, terms.HELD),
        (Term(None, False, 2000), False, None, TODAY, terms.NO_RULE),
        (Term(LONG, True, 1950), False, date(2020, 1, 1), TODAY, terms.PERMANENT),
        (Term(SHORT, True, None), False, None, TODAY, terms.UNFINISHED),
        (Term(SHORT, True, 2021), False, date(2026, 1, 1), date(2026, 12, 31), terms.RUNNING),
        (Term(SHORT, True, 2021), False, None, date(2027, 1, 1), terms.NOT_TOLD),
        (Term(SHORT, True, 2021), False, date(2026, 12, 10), date(2027, 1, 1), terms.UNTOLD),
        (Term(SHORT, True, 2021), False, date(2026, 12, 2), date(2027, 1, 1), None),
    ],
)
def test_file_is_destroyed_only_after_its_term_and_its_notice(
    term: Term, held: bool, noticed: date | None, today: date, text: str | None
) -> None:
    found = find_refusal(Scope.FILE, term, held=held, noticed=noticed, signed=None, keep_days=90, today=today)
    assert (found.text if found else None) == text


@pytest.mark.parametrize(
    ("held", "signed", "text"),
    [
        (True, date(2020, 1, 1), terms.HELD),
        (False, None, terms.UNSIGNED),
        (False, date(2026, 8, 26), terms.SOUND_RUNNING),
        (False, date(2026, 8, 25), None),
    ],
)
def test_recordings_are_kept_until_minutes_were_signed_and_the_days_after(
    held: bool, signed: date | None, text: str | None
) -> None:
    term = Term(LONG, True, None)  # the minutes stay for ever; the sound need not
    found = find_refusal(Scope.RECORDINGS, term, held=held, noticed=None, signed=signed, keep_days=90, today=TODAY)
    assert (found.text if found else None) == text
