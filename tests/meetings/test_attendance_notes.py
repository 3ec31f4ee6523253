from datetime import UTC, datetime, timedelta

from meetings.attendance_notes import LONGEST, Trouble, describe_unit
from meetings.interval import Span
from meetings.kinds import IncidentKind

START = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 08:00 in the province
MEETING = Span(START, START + timedelta(minutes=120))


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def trouble(kind: IncidentKind, first: int, last: int | None, text: str = "") -> Trouble:
    return Trouble(kind, at(first), None if last is None else at(last), text)


def test_nothing_went_wrong() -> None:
    assert describe_unit([], [], MEETING) == ""


def test_broken_line_and_telephone_are_told_in_their_order() -> None:
    call = trouble(IncidentKind.TELEPHONE, 15, None, "Mất điện tại trụ sở.")
    assert describe_unit([Span(at(10), at(15)), Span(at(90), MEETING.end)], [call], MEETING) == (
        "Mất kết nối từ 08:10 đến 08:15; dự bằng điện thoại từ 08:15 đến hết cuộc họp (Mất điện tại trụ sở);"
        " mất kết nối từ 09:30 đến hết cuộc họp"
    )


def test_break_that_was_noted_is_not_told_twice() -> None:
    noted = trouble(IncidentKind.LOST_CONNECTION, 9, 16, "đứt cáp")
    assert describe_unit([Span(at(10), at(15))], [noted], MEETING) == "Mất kết nối từ 08:09 đến 08:16 (đứt cáp)"


def test_what_was_before_the_meeting_and_what_people_wrote_after_it_is_not_told() -> None:
    before = trouble(IncidentKind.NO_SOUND, -30, -20)
    feedback = trouble(IncidentKind.FEEDBACK, 60, 60, "Nghe rõ")
    assert describe_unit([], [before, feedback], MEETING) == ""


def test_note_is_cut_between_incidents() -> None:
    many = [trouble(IncidentKind.NO_SOUND, minute, minute + 1, "micro hỏng") for minute in range(30)]
    note = describe_unit([], many, MEETING)
    assert len(note) <= LONGEST
    told = note.count("mất tiếng") + note.count("Mất tiếng")
    assert note.endswith(f"; và {30 - told} sự cố khác")
    assert describe_unit([], [trouble(IncidentKind.OTHER, 1, 2, "a" * 500)], MEETING).endswith("…")
