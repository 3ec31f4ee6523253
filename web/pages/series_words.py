"""Rules of series in words."""

from meetings.errors import N_
from meetings.periods import local_day
from meetings.recurrence import Frequency, Rule, Weekday
from web.i18n import _, format_date, ngettext

DAYS = (
    N_("thứ Hai"),
    N_("thứ Ba"),
    N_("thứ Tư"),
    N_("thứ Năm"),
    N_("thứ Sáu"),
    N_("thứ Bảy"),
    N_("Chủ nhật"),
)
PLACES = {1: N_("{day} đầu tiên của tháng"), -1: N_("{day} cuối cùng của tháng")}
EVERY = {
    Frequency.DAILY: (N_("Hằng ngày"), N_("{n} ngày một lần")),
    Frequency.WEEKLY: (N_("Hằng tuần"), N_("{n} tuần một lần")),
    Frequency.MONTHLY: (N_("Hằng tháng"), N_("{n} tháng một lần")),
}


def describe_rule(rule: Rule) -> str:
    """``Hằng tuần vào thứ Hai, thứ Năm, 12 buổi``"""
    return f"{describe_days(rule)}, {describe_end(rule)}"


def describe_days(rule: Rule) -> str:
    """``2 tuần một lần vào thứ Hai``"""
    each, more = EVERY[rule.frequency]
    every = _(each) if rule.interval == 1 else _(more, n=rule.interval)
    days = [*map(_describe_weekday, rule.weekdays), *map(_describe_month_day, rule.month_days)]
    return _("{every} vào {days}", every=every, days=", ".join(days)) if days else every


def describe_end(rule: Rule) -> str:
    if rule.until is not None:
        return _("đến hết ngày {day}", day=format_date(local_day(rule.until)))
    return ngettext("{n} buổi", "{n} buổi", rule.count or 0)


def _describe_weekday(weekday: Weekday) -> str:
    name = _(DAYS[weekday.day])
    if weekday.position == 0:
        return name
    if weekday.position in PLACES:
        return _(PLACES[weekday.position], day=name)
    if weekday.position > 0:
        return _("{day} lần thứ {n} trong tháng", day=name, n=weekday.position)
    return _("{day} lần thứ {n} tính từ cuối tháng", day=name, n=-weekday.position)


def _describe_month_day(day: int) -> str:
    if day == -1:
        return _("ngày cuối tháng")
    return _("ngày {n}", n=day) if day > 0 else _("ngày thứ {n} tính từ cuối tháng", n=-day)
