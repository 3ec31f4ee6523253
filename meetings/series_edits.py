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
    to_wall,
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
        taken = set(self.kept.values())
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


def cancel_following(series: Series, at: datetime) -> Series:
    """Call off ``at`` and what comes after it by the rule; the series ends before. What has begun stays."""
    _check_to_come(series, at)
    return cancel_some(series, [each for each in series.to_come if each >= at])


def cancel_all(series: Series) -> Series:
    """Call off all that has not begun."""
    if not series.to_come:
        raise Invalid(N_("Chuỗi họp không còn buổi nào chưa họp."))
    return cancel_some(series, series.to_come)


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
    rule, begin = _follow(series, old, at, shift, rule)
    after = Series(rule, list_starts(rule, begin)[0], int(span.length.total_seconds()) // 60)
    new = after.starts
    monthly = rule.frequency is series.rule.frequency is Frequency.MONTHLY
    kept = _match_months(old, new, at, shift) if monthly else _match_days(old, new, shift)
    own = {each: series.span(each) for each in old if _keeps_its_time(series, each, reset and each != at)}
    if at not in kept:
        raise refuse(N_("Quy tắc lặp không có buổi vào ngày này. Hãy chọn ngày khác hoặc sửa quy tắc lặp."))
    own[at] = span
    lost = set(old) - set(kept) - series.cancelled
    return Change(
        before=_part_before(series, starts, first),
        after=replace(
            after,
            moved={kept[each]: time for each, time in own.items() if each in kept and time != after.plan(kept[each])},
            cancelled=frozenset(kept[each] for each in series.cancelled if each in kept),
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


def _follow(
    series: Series, old: list[datetime], at: datetime, shift: timedelta, rule: Rule | None
) -> tuple[Rule, datetime]:
    """The rule from ``old[0]`` on when ``at`` moves by ``shift``, and from when on it holds."""
    first, day, new_day = old[0], local_day(at), local_day(at + shift)
    time_alone = shift - (new_day - day)
    if rule is not None:
        return fix_days(rule, at + shift), min(first + shift, first + time_alone)
    rule = fix_days(series.rule, series.start)
    if day == new_day:
        return (end_by(rule, count=len(old)) if rule.count is not None else _reach(rule, old, shift)), first + shift
    changed = _replace_day(rule, day, new_day)
    moves = rule.frequency is Frequency.DAILY or _entry_of(rule, day) == _entry_of(rule, local_day(first))
    return end_by(changed, count=len(old)), first + (shift if moves else time_alone)


def _reach(rule: Rule, old: list[datetime], shift: timedelta) -> Rule:
    """The same end, but never so early in the day that the last occurrence falls out."""
    last = old[-1] + shift
    return rule if rule.until is None or rule.until >= last else end_by(rule, until=last)


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
    if isinstance(entry, Weekday):
        position = position_of(new_day, from_end=entry.position < 0) if entry.position else 0
        new = Weekday(new_day.weekday(), position)
        days = [new if each == entry else each for each in rule.weekdays]
        _refuse_twice(days)
        return replace(rule, weekdays=tuple(sorted(days)))
    if isinstance(entry, int):
        number = new_day.day if entry > 0 else new_day.day - days_in_month(new_day) - 1
        numbers = [number if each == entry else each for each in rule.month_days]
        _refuse_twice(numbers)
        return replace(rule, month_days=tuple(numbers))
    return rule


def _refuse_twice(days: Sequence[object]) -> None:
    if len(set(days)) < len(days):
        raise refuse(N_("Chuỗi họp đã có buổi vào ngày này. Hãy sửa quy tắc lặp hoặc chọn ngày khác."))


def _match_days(old: Sequence[datetime], new: Sequence[datetime], shift: timedelta) -> dict[datetime, datetime]:
    """Each old start with the new one that is as much later, else with that of the same day."""
    free = set(new)
    kept: dict[datetime, datetime] = {}
    same_day = timedelta(seconds=_wall_seconds(new[0]) - _wall_seconds(old[0]))
    for later in dict.fromkeys((shift, same_day)):
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
    return day.year * 12 + day.month


def _wall_seconds(instant: datetime) -> int:
    wall = to_wall(instant)
    return int((wall - wall.replace(hour=0, minute=0, second=0)).total_seconds())


def _check_to_come(series: Series, at: datetime) -> None:
    if at not in series.occurrences:
        raise NotFound
    if at in series.fixed:
        raise Invalid(
            N_("Buổi họp đã bắt đầu hoặc đang hoãn không sửa cùng các buổi khác được. Hãy chọn buổi sau."),
            field="scope",
        )
