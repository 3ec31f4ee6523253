"""The part "Lặp lại" of the booking form: what was typed, and the series that it describes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from meetings.calendar_models import MeetingSeries
from meetings.errors import Invalid
from meetings.interval import Span
from meetings.periods import local_day
from meetings.recurrence import Frequency, Rule, Weekday, end_of_day, position_of
from meetings.series_edits import Scope, Series, begin_series, cancel_one, move_one
from web.i18n import _, format_date, local
from web.inputs import Fields, read_span
from web.pages.forms import explain

EVERY, UNTIL, COUNT = "repeat_every", "repeat_until", "repeat_count"
SKIP, MOVE = "skip", "move"  # what is to become of an occurrence that collides
STAMP = "%Y%m%dT%H%MZ"


class Repeat(StrEnum):
    """What the form offers; ``keep`` is the rule that a series has."""

    NONE = "none"
    KEEP = "keep"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTH_DAY = "month_day"
    MONTH_PLACE = "month_place"
    MONTH_LAST = "month_last"


FREQUENCIES = {Repeat.DAILY: Frequency.DAILY, Repeat.WEEKLY: Frequency.WEEKLY}


@dataclass(frozen=True)
class Reach:
    """How far an edit or a cancellation of one occurrence reaches. ``following`` and ``all`` count what would change,
    ``can_spread``: whether it may reach others at all."""

    scope: Scope
    series: MeetingSeries
    rule: str
    number: int
    total: int
    following: int
    all: int
    can_spread: bool


@dataclass
class RepeatForm:
    """As typed. ``wishes`` says by an occurrence's stamp what is to become of it, ``times`` when it takes place then.
    ``reach``: of an edit of an occurrence."""

    repeat: str = Repeat.NONE
    every: str = "1"
    days: set[str] = field(default_factory=set)
    end: str = "count"
    until: str = ""
    count: str = ""
    workdays: bool = False
    reset: bool = False
    wishes: dict[str, str] = field(default_factory=dict)
    times: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    reach: Reach | None = None

    @property
    def is_on(self) -> bool:
        return self.repeat not in (Repeat.NONE, Repeat.KEEP)

    @property
    def spreads(self) -> bool:
        """Whether an edit reaches further than the one occurrence."""
        return self.reach is not None and self.reach.scope is not Scope.THIS


def read_repeat(fields: Fields) -> RepeatForm:
    """The part as typed, before anything is judged."""
    stamps = [stamp for stamp in fields.all("occurrence") if _read_stamp(stamp) is not None]
    return RepeatForm(
        repeat=fields.raw("repeat") or Repeat.NONE,
        every=fields.raw(EVERY) or "1",
        days=set(fields.all("repeat_day")),
        end=fields.raw("repeat_end") or "count",
        until=fields.raw(UNTIL),
        count=fields.raw(COUNT),
        workdays=fields.flag("repeat_workdays"),
        reset=fields.flag("repeat_reset"),
        wishes={stamp: fields.raw(f"wish-{stamp}") for stamp in stamps},
        times={
            stamp: (fields.raw(f"day-{stamp}"), fields.raw(f"from-{stamp}"), fields.raw(f"to-{stamp}"))
            for stamp in stamps
        },
    )


def repeat_of(rule: Rule) -> RepeatForm:
    """The form filled in with a rule that a template keeps: without a day on which it ends."""
    form = RepeatForm(every=str(rule.interval), count=str(rule.count) if rule.count not in (None, 1) else "")
    if rule.frequency is not Frequency.MONTHLY:
        form.repeat = Repeat.DAILY if rule.frequency is Frequency.DAILY else Repeat.WEEKLY
        form.days = {str(each.day) for each in rule.weekdays}
    elif rule.weekdays:
        form.repeat = Repeat.MONTH_LAST if rule.weekdays[0].position < 0 else Repeat.MONTH_PLACE
    else:
        form.repeat = Repeat.MONTH_DAY
    return form


def make_rule(fields: Fields, form: RepeatForm, start: datetime) -> Rule | None:
    """The rule that was chosen; ``None`` when there is none, or a fault, which ``fields.errors`` then names."""
    try:
        repeat = Repeat(form.repeat)
    except ValueError:
        fields.refuse("repeat", _("Hãy chọn cách lặp lại."))
        return None
    if repeat in (Repeat.NONE, Repeat.KEEP):
        return None
    every, count, until = _read_every(fields, form), _read_count(fields, form), _read_until(fields, form, start)
    if every is None or (count is None and until is None):
        return None
    frequency = FREQUENCIES.get(repeat, Frequency.MONTHLY)
    day = local_day(start)
    weekdays: tuple[Weekday, ...] = ()
    if repeat is Repeat.WEEKLY:
        chosen = {int(each) for each in form.days if each in tuple("0123456")} or {day.weekday()}
        weekdays = tuple(Weekday(each) for each in sorted(chosen))
    elif repeat is Repeat.MONTH_LAST:
        weekdays = (Weekday(day.weekday(), -1),)
    elif repeat is Repeat.MONTH_PLACE:
        weekdays = (Weekday(day.weekday(), position_of(day)),)
    month_days = (day.day,) if repeat is Repeat.MONTH_DAY else ()
    try:
        return Rule(frequency, every, weekdays, month_days, count, until)
    except Invalid as refusal:
        fields.refuse("rule", explain(refusal))
        return None


def make_series(fields: Fields, form: RepeatForm, span: Span) -> Series | None:
    """The series of a new booking, before days off and wishes are left out of it."""
    rule = make_rule(fields, form, span.start)
    if rule is None:
        return None
    try:
        return begin_series(rule, span.start, int(span.length.total_seconds()) // 60)
    except Invalid as refusal:
        fields.refuse("rule", explain(refusal))
        return None


def heed_wishes(fields: Fields, form: RepeatForm, series: Series) -> Series:
    """The series without those that are to be left out, and with those that are to take place at another time."""
    for at in series.to_come:
        stamp = write_stamp(at)
        if form.wishes.get(stamp) == SKIP:
            series = cancel_one(series, at)
        elif form.wishes.get(stamp) == MOVE and (span := _read_time(fields, form, stamp)) is not None:
            series = move_one(series, at, span)
    return series


def write_stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):{STAMP}}"


def _read_stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _read_time(fields: Fields, form: RepeatForm, stamp: str) -> Span | None:
    typed = Fields(dict(zip(("day", "from", "to"), form.times[stamp], strict=True)))
    span = read_span(typed, "day", "from", "ends_on", "to")
    for name, message in typed.errors.items():
        fields.refuse(f"{name}-{stamp}", message)
    return span


def _read_every(fields: Fields, form: RepeatForm) -> int | None:
    if not _is_number(form.every, 2) or int(form.every) == 0:
        fields.refuse(EVERY, _("Khoảng lặp phải là một số từ 1 đến 99."))
        return None
    return int(form.every)


def _read_count(fields: Fields, form: RepeatForm) -> int | None:
    if form.end != "count":
        return None
    if not _is_number(form.count, 3) or int(form.count) == 0:
        fields.refuse(COUNT, _("Hãy nhập số buổi họp của chuỗi, hoặc chọn ngày kết thúc."))
        return None
    return int(form.count)


def _read_until(fields: Fields, form: RepeatForm, start: datetime) -> datetime | None:
    if form.end != "until":
        return None
    typed = Fields({UNTIL: form.until})
    day = typed.day(UNTIL, _("Hãy nhập ngày kết thúc của chuỗi, hoặc chọn số buổi."))
    for message in typed.errors.values():
        fields.refuse(UNTIL, message)
    if day is not None and day < local_day(start):
        fields.refuse(UNTIL, _("Chuỗi phải kết thúc từ ngày {day} trở đi.", day=format_date(local(start))))
        return None
    return end_of_day(day) if day is not None else None


def _is_number(text: str, longest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= longest
