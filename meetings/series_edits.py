"""A series as a value, and what edits make of it: this occurrence, this and all that follow, the whole series.

An occurrence is named by its original start: the one that the rule gave it, whatever it was moved to. What was changed
for one occurrence alone stays when the series changes, and what has begun is never touched: a change of the whole
series divides it where the first one that is still to come stands.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from meetings.errors import N_, Invalid, NotFound
from meetings.interval import Span
from meetings.periods import local_day
from meetings.recurrence import (
    Frequency,
    Rule,
    Weekday,
    days_in_month,
    end_by,
    fix_days,
    list_starts,
    position_of,
    refuse,
)


class Scope(StrEnum):
    """How far a change reaches, as one is asked."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Series:
    """``moved``: when occurrences take place that were moved alone. ``cancelled``: those that do not take place.
    ``fixed``: those that no change of others touches, for they have begun or wait for a new time."""

    rule: Rule
    start: datetime
    minutes: int
    moved: Mapping[datetime, Span] = field(default_factory=dict)
    cancelled: frozenset[datetime] = frozenset()
    fixed: frozenset[datetime] = frozenset()

    @property
    def starts(self) -> list[datetime]:
        """Every original start, the cancelled ones too."""
        return list_starts(self.rule, self.start)

    def plan(self, at: datetime) -> Span:
        """When the rule alone would have it."""
        return Span(at, at + timedelta(minutes=self.minutes))

    def span(self, at: datetime) -> Span:
        """When it takes place."""
        return self.moved.get(at) or self.plan(at)

    @property
    def occurrences(self) -> dict[datetime, Span]:
        """Those that take place, by their original start."""
        return {at: self.span(at) for at in self.starts if at not in self.cancelled}

    @property
    def to_come(self) -> list[datetime]:
        """The original starts of those that take place and may still change with the others."""
        return [at for at in self.starts if at not in self.cancelled and at not in self.fixed]


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of several occurrences makes.

    ``before``: the part that stays as it was; ``None`` when nothing does. ``kept`` maps old original starts to new
    ones; new starts that are not in it are added. ``detached``: occurrences with a time of their own that have no place
    in the new rule and go on by themselves. ``dropped``: those without one, which are called off.
    """

    before: Series | None
    after: Series
    kept: Mapping[datetime, datetime]
    detached: frozenset[datetime] = frozenset()
    dropped: frozenset[datetime] = frozenset()

    @property
    def added(self) -> list[datetime]:
        taken = set(self.kept.values()) | self.after.cancelled
        return [at for at in self.after.starts if at not in taken]


def begin_series(rule: Rule, start: datetime, minutes: int) -> Series:
    """A series whose start is the first occurrence that the rule gives from ``start`` on."""
    rule = fix_days(rule, start)
    return Series(rule, list_starts(rule, start)[0], minutes)


def move_one(series: Series, at: datetime, span: Span) -> Series:
    """Another time for one occurrence; its own by the rule undoes that."""
    _check_to_come(series, at)
    moved = {each: kept for each, kept in series.moved.items() if each != at}
    return replace(series, moved=moved if span == series.plan(at) else moved | {at: span})


def cancel_one(series: Series, at: datetime) -> Series:
    _check_to_come(series, at)
    return _cancel(series, [at])


def cancel_some(series: Series, starts: Collection[datetime]) -> Series:
    """Call these off. The rule ends with the last occurrence that takes place; one without any stays as it is."""
    series = _cancel(series, starts)
    planned = series.starts
    live = [at for at in planned if at not in series.cancelled]
    if not live or live[-1] == planned[-1]:
        return series
    cancelled = frozenset(at for at in series.cancelled if at <= live[-1])
    return replace(series, rule=end_by(series.rule, until=live[-1]), cancelled=cancelled)


def _cancel(series: Series, starts: Collection[datetime]) -> Series:
    moved = {each: span for each, span in series.moved.items() if each not in starts}
    return replace(series, moved=moved, cancelled=series.cancelled | frozenset(starts))


def change_following(
    series: Series, at: datetime, span: Span, *, rule: Rule | None = None, reset: bool = False
) -> Change:
    """``at`` takes place within ``span`` from now on, and what follows moves with it.

    ``rule``: another one from here on. ``reset``: also for those that were moved alone.
    """
    _check_to_come(series, at)
    return _change(series, at, at, span, rule, reset)


def change_all(series: Series, at: datetime, span: Span, *, rule: Rule | None = None, reset: bool = False) -> Change:
    """The same for every occurrence that has not begun; ``at`` is the one for which ``span`` was given."""
    _check_to_come(series, at)
    return _change(series, series.to_come[0], at, span, rule, reset)


def _change(series: Series, first: datetime, at: datetime, span: Span, rule: Rule | None, reset: bool) -> Change:
    shift = timedelta() if span.start == series.span(at).start else span.start - at
    starts = series.starts
    old = starts[starts.index(first) :]
    if rule is None:
        after, kept = _move_rule(series, old, at, shift)
        extra = set(after.starts) - set(kept.values())
    else:
        after, kept = _take_rule(series, old, at, shift, rule)
        extra = set()
    if at not in kept:
        raise refuse(N_("Quy tắc lặp không có buổi vào ngày này. Hãy chọn ngày khác hoặc sửa quy tắc lặp."))
    after = replace(after, minutes=int(span.length.total_seconds()) // 60)
    own = {each: series.span(each) for each in old if _keeps_its_time(series, each, reset and each != at)}
    own[at] = span
    lost = set(old) - set(kept) - series.cancelled
    return Change(
        before=_part_before(series, starts, first),
        after=replace(
            after,
            moved={kept[each]: time for each, time in own.items() if each in kept and time != after.plan(kept[each])},
            cancelled=frozenset(extra | {kept[each] for each in series.cancelled if each in kept}),
            fixed=frozenset(kept[each] for each in series.fixed if each in kept),
        ),
        kept=kept,
        detached=frozenset(lost & set(own)),
        dropped=frozenset(lost - set(own)),
    )


def _keeps_its_time(series: Series, at: datetime, reset: bool) -> bool:
    return at not in series.cancelled and (at in series.fixed or (at in series.moved and not reset))


def _part_before(series: Series, starts: list[datetime], first: datetime) -> Series | None:
    index = starts.index(first)
    if index == 0:
        return None
    return replace(
        series,
        rule=end_by(series.rule, until=starts[index - 1]),
        moved={at: span for at, span in series.moved.items() if at < first},
        cancelled=frozenset(at for at in series.cancelled if at < first),
        fixed=frozenset(at for at in series.fixed if at < first),
    )


def _move_rule(
    series: Series, old: Sequence[datetime], at: datetime, shift: timedelta
) -> tuple[Series, dict[datetime, datetime]]:
    """The rule that moves with ``at``, and where each occurrence goes: the same ones, each on its new day.

    What the new rule names beside them is left to be called off; a month without the new day loses its occurrence.
    """
    rule = fix_days(series.rule, series.start)
    changed = _replace_day(rule, local_day(at), local_day(at + shift))
    wanted = {each: new for each in old if (new := _move_start(rule, each, at, shift)) is not None}
    if len(set(wanted.values())) < len(wanted):
        raise _taken()
    begin, last = min(wanted.values()), max(wanted.values())
    ended = end_by(changed, until=last)
    named = set(list_starts(ended, begin))
    if named == set(wanted.values()):
        ended = _end_alike(rule, changed, begin, last, len(named))
    return Series(ended, begin, series.minutes), {each: time for each, time in wanted.items() if time in named}


def _end_alike(rule: Rule, changed: Rule, begin: datetime, last: datetime, count: int) -> Rule:
    """Ends by number or by day as before, where that gives the same occurrences."""
    if rule.until is None:
        return end_by(changed, count=count)
    alike = end_by(changed, until=rule.until)
    return alike if rule.until >= last and list_starts(alike, begin)[-1] == last else end_by(changed, until=last)


def _move_start(rule: Rule, each: datetime, at: datetime, shift: timedelta) -> datetime | None:
    """Where ``each`` goes when ``at`` moves by ``shift``: as far, if they stand for the same day of the rule."""
    day, new_day, own = local_day(at), local_day(at + shift), local_day(each)
    if day == new_day or rule.frequency is Frequency.DAILY:
        return each + shift
    time_alone = shift - (new_day - day)
    entry = _entry_of(rule, day)
    if _entry_of(rule, own) != entry:
        return each + time_alone
    if rule.frequency is Frequency.WEEKLY:
        return each + shift
    target = _day_named(_entry_like(entry, new_day), _month(each) + _month(at + shift) - _month(at))
    return None if target is None else each + time_alone + (target - own)


def _day_named(entry: Weekday | int | None, month: int) -> date | None:
    """The day that one of a monthly rule's days is in a month; ``None`` where the month has none."""
    first = date(month // 12, month % 12 + 1, 1)
    days = [first + timedelta(days=number) for number in range(days_in_month(first))]
    if isinstance(entry, Weekday):
        backwards = entry.position < 0
        named = [each for each in days if each.weekday() == entry.day]
        named = [each for each in named if position_of(each, from_end=backwards) == entry.position]
    else:
        named = [each for each in days if entry in (each.day, each.day - len(days) - 1)]
    return named[0] if named else None


def _take_rule(
    series: Series, old: Sequence[datetime], at: datetime, shift: timedelta, rule: Rule
) -> tuple[Series, dict[datetime, datetime]]:
    """Another rule, and where it has a place for the occurrences that there are."""
    rule = fix_days(rule, at + shift)
    time_alone = shift - (local_day(at + shift) - local_day(at))
    new = list_starts(rule, min(old[0] + shift, old[0] + time_alone))
    monthly = rule.frequency is series.rule.frequency is Frequency.MONTHLY
    kept = _match_months(old, new, at, shift) if monthly else _match_days(old, new, shift, time_alone)
    return Series(rule, new[0], series.minutes), kept


def _entry_of(rule: Rule, day: date) -> Weekday | int | None:
    """Which of the rule's days names ``day``; ``None`` when none does."""
    for each in rule.weekdays:
        position = position_of(day, from_end=each.position < 0) if each.position else 0
        if (each.day, each.position) == (day.weekday(), position):
            return each
    return next((each for each in rule.month_days if day.day in (each, days_in_month(day) + 1 + each)), None)


def _replace_day(rule: Rule, day: date, new_day: date) -> Rule:
    """The rule that names ``new_day`` in place of ``day``."""
    entry = _entry_of(rule, day)
    new = _entry_like(entry, new_day)
    weekdays = tuple(each if each != entry else new for each in rule.weekdays)
    month_days = tuple(each if each != entry else new for each in rule.month_days)
    if len({*weekdays, *month_days}) < len(weekdays) + len(month_days):
        raise _taken()
    return replace(
        rule,
        weekdays=tuple(sorted(each for each in weekdays if isinstance(each, Weekday))),
        month_days=tuple(each for each in month_days if isinstance(each, int)),
    )


def _entry_like(entry: Weekday | int | None, day: date) -> Weekday | int | None:
    """What names ``day`` in the way in which ``entry`` names another one."""
    if isinstance(entry, Weekday):
        return Weekday(day.weekday(), position_of(day, from_end=entry.position < 0) if entry.position else 0)
    if isinstance(entry, int):
        return day.day if entry > 0 else day.day - days_in_month(day) - 1
    return None


def _taken() -> Invalid:
    return refuse(N_("Chuỗi họp đã có buổi vào ngày này. Hãy sửa quy tắc lặp hoặc chọn ngày khác."))


def _match_days(
    old: Sequence[datetime], new: Sequence[datetime], shift: timedelta, time_alone: timedelta
) -> dict[datetime, datetime]:
    """Each old start with the new one that is as much later, else with that of the same day."""
    free = set(new)
    kept: dict[datetime, datetime] = {}
    for later in dict.fromkeys((shift, time_alone)):
        for at in old:
            if at not in kept and at + later in free:
                kept[at] = at + later
                free.remove(at + later)
    return kept


def _match_months(
    old: Sequence[datetime], new: Sequence[datetime], at: datetime, shift: timedelta
) -> dict[datetime, datetime]:
    """The first of each month with the first of its new month, the second with the second, and so on."""
    later = _month(at + shift) - _month(at)
    kept = {at: at + shift} if at + shift in new else {}
    months = {month: list(starts) for month, starts in groupby(_leave_out(new, kept.values()), key=_month)}
    for month, starts in groupby(_leave_out(old, kept), key=_month):
        kept.update(zip(starts, months.get(month + later, []), strict=False))
    return kept


def _leave_out(starts: Sequence[datetime], taken: Collection[datetime]) -> list[datetime]:
    """Those that are not ``taken``, in their order."""
    return [at for at in starts if at not in taken]


def _month(instant: datetime) -> int:
    day = local_day(instant)
    return day.year * 12 + day.month - 1


def _check_to_come(series: Series, at: datetime) -> None:
    if at not in series.occurrences:
        raise NotFound
    if at in series.fixed:
        raise Invalid(
            N_("Buổi họp đã bắt đầu hoặc đang hoãn không sửa cùng các buổi khác được. Hãy chọn buổi sau."),
            field="scope",
        )
