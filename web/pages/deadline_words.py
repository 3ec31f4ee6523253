"""What a deadline says in a few words: the chips of the meeting's page, of today's page and of lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from meetings.deadlines import IN_DAYS, Deadline, DeadlineKind, DeadlineState
from meetings.errors import N_
from web.i18n import _, format_day_month, format_time, local, today

KINDS = {
    DeadlineKind.INVITATION: N_("Giấy mời"),
    DeadlineKind.PAPERS: N_("Tài liệu"),
    DeadlineKind.TRIAL: N_("Phiên thử"),
    DeadlineKind.LOBBY: N_("Mở phòng họp"),
    DeadlineKind.CONCLUSIONS: N_("Biên bản, kết luận"),
}
STATES = {
    DeadlineState.LATE: N_("Quá hạn"),
    DeadlineState.SOON: N_("Sắp đến hạn"),
    DeadlineState.WAITING: N_("Còn hạn"),
}
RULES = {
    DeadlineKind.INVITATION: N_("Gửi trước ngày họp ít nhất 3 ngày làm việc (Quyết định 45/2018/QĐ-TTg)."),
    DeadlineKind.PAPERS: N_("Gửi trước ngày họp ít nhất 3 ngày làm việc (Quyết định 45/2018/QĐ-TTg)."),
    DeadlineKind.TRIAL: N_("Phiên thử mở 60 phút trước giờ họp."),
    DeadlineKind.LOBBY: N_("Phòng họp mở cho đại biểu 15 phút trước giờ họp."),
    DeadlineKind.CONCLUSIONS: N_("Trong 5 ngày làm việc kể từ khi họp xong (Quyết định 45/2018/QĐ-TTg)."),
}
TONES = {
    DeadlineState.WAITING: ("quiet", "clock"),
    DeadlineState.SOON: ("warning", "clock"),
    DeadlineState.LATE: ("danger", "triangle-alert"),
    DeadlineState.DONE: ("success", "check"),
    DeadlineState.DONE_LATE: ("warning", "check"),
    DeadlineState.MISSED: ("quiet", "x"),
    DeadlineState.EXEMPT: ("quiet", "zap"),
}


@dataclass(frozen=True)
class Chip:
    """``tone`` is that of a badge, ``rule`` where the deadline comes from."""

    name: str
    text: str
    tone: str
    icon: str
    rule: str


def make_chip(deadline: Deadline, now: datetime) -> Chip:
    tone, icon = TONES[deadline.state]
    return Chip(_(KINDS[deadline.kind]), say(deadline, now), tone, icon, _(RULES[deadline.kind]))


def make_chips(deadlines: Iterable[Deadline], now: datetime) -> list[Chip]:
    return [make_chip(each, now) for each in deadlines]


def say(deadline: Deadline, now: datetime) -> str:
    """``chậm nhất ngày 21/11``, ``quá hạn từ 21/11``, ``đã xong 20/11``."""
    done = _instant(deadline, deadline.done_at, now) if deadline.done_at else ""
    match deadline.state:
        case DeadlineState.DONE:
            return _("lúc {time}", time=done) if deadline.kind is DeadlineKind.LOBBY else _("đã xong {when}", when=done)
        case DeadlineState.DONE_LATE:
            return _("đã xong {when}, muộn", when=done)
        case DeadlineState.MISSED:
            return _("chưa có khi bắt đầu họp")
        case DeadlineState.EXEMPT:
            return _("họp đột xuất, không tính hạn")
        case DeadlineState.LATE:
            return _("quá hạn, lẽ ra xong {when}", when=say_due(deadline, now))
        case _:
            if deadline.kind not in IN_DAYS:
                return _("lúc {time}", time=_instant(deadline, deadline.due, now))
            return _("chậm nhất {when}", when=say_due(deadline, now))


def say_due(deadline: Deadline, now: datetime) -> str:
    """Of a clock that runs in days its last day, else the instant."""
    if deadline.day is None:
        return _instant(deadline, deadline.due, now)
    if deadline.day == today(now):
        return _("hôm nay")
    if deadline.day == today(now) + timedelta(days=1):
        return _("ngày mai")
    return format_day_month(deadline.day)


def _instant(deadline: Deadline, instant: datetime, now: datetime) -> str:
    if deadline.kind in IN_DAYS or local(instant).date() != today(now):
        day = format_day_month(local(instant).date())
        return day if deadline.kind in IN_DAYS else f"{format_time(instant)} {day}"
    return format_time(instant)
