"""How long a meeting's file is kept, and what stands against destroying it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from meetings.errors import N_
from transcripts.archive_models import RetentionRule, Scope

NOTICE = timedelta(days=30)  # before a term ends or a file is to be handed over
FOR_EVER = "Vĩnh viễn"

HELD = N_("Hồ sơ đang có lệnh giữ. Chỉ tiêu hủy được sau khi lệnh giữ được bãi bỏ.")
PERMANENT = N_("Hồ sơ bảo quản vĩnh viễn, không được tiêu hủy.")
NO_RULE = N_("Chưa xác định thời hạn bảo quản của hồ sơ. Hãy chọn thời hạn trước.")
UNFINISHED = N_("Công việc của hồ sơ chưa kết thúc: biên bản chưa duyệt hoặc còn nhiệm vụ đang mở.")
RUNNING = N_("Thời hạn bảo quản chưa hết: hồ sơ được giữ đến hết ngày {end}.")
UNTOLD = N_("Hồ sơ phải được thông báo trước 30 ngày. Sớm nhất có thể đề nghị tiêu hủy từ ngày {day}.")
NOT_TOLD = N_("Hồ sơ chưa được thông báo hết thời hạn. Hệ thống gửi thông báo trước 30 ngày rồi mới đề nghị được.")
UNSIGNED = N_("Bản ghi âm được giữ đến khi biên bản đã ký và thêm {days} ngày. Biên bản chưa ký đủ.")
SOUND_RUNNING = N_("Bản ghi âm được giữ đến hết ngày {day}: {days} ngày sau khi ký biên bản.")


@dataclass(frozen=True)
class Term:
    """A rule as it applies to one file, ``chosen`` by a person or proposed. ``ended``: the year its work ended in."""

    rule: RetentionRule | None
    chosen: bool
    ended: int | None

    @property
    def permanent(self) -> bool:
        return self.rule is not None and self.rule.years is None

    @property
    def last_day(self) -> date | None:
        """The term is counted from the year in which the work ended (Luật Lưu trữ)."""
        if self.rule is None or self.rule.years is None or self.ended is None:
            return None
        return date(self.ended + self.rule.years, 12, 31)


@dataclass(frozen=True)
class Refusal:
    """A sentence to be translated at the edge, with its values."""

    text: str
    values: tuple[tuple[str, object], ...] = ()


def choose_rule(rules: Iterable[RetentionRule], kind: str, by_province: bool, day: date) -> RetentionRule | None:
    """The longest of those that fit: a person may shorten it, nobody gets back what went too early."""
    scope = "province" if by_province else "other"
    fitting = [
        rule for rule in rules if kind in rule.meeting_kinds and rule.scope in ("", scope) and is_valid(rule, day)
    ]
    return max(fitting, key=lambda rule: (rule.years is None, rule.years or 0, -(rule.id or 0)), default=None)


def is_valid(rule: RetentionRule, day: date) -> bool:
    return (rule.valid_from or date.min) <= day <= (rule.valid_to or date.max)


def find_refusal(
    scope: Scope, term: Term, *, held: bool, noticed: date | None, signed: date | None, keep_days: int, today: date
) -> Refusal | None:
    """Why it may not be destroyed today, ``None`` when it may. ``noticed``: when the end of the term was told of."""
    if held:
        return Refusal(HELD)
    if scope is Scope.RECORDINGS:
        return _refuse_recordings(signed, keep_days, today)
    if term.rule is None:
        return Refusal(NO_RULE)
    if term.permanent:
        return Refusal(PERMANENT)
    if term.last_day is None:
        return Refusal(UNFINISHED)
    if today <= term.last_day:
        return Refusal(RUNNING, (("end", f"{term.last_day:%d/%m/%Y}"),))
    if noticed is None:
        return Refusal(NOT_TOLD)
    if today < noticed + NOTICE:
        return Refusal(UNTOLD, (("day", f"{noticed + NOTICE:%d/%m/%Y}"),))
    return None


def _refuse_recordings(signed: date | None, keep_days: int, today: date) -> Refusal | None:
    if signed is None:
        return Refusal(UNSIGNED, (("days", keep_days),))
    last = keep_sound_until(signed, keep_days)
    if today <= last:
        return Refusal(SOUND_RUNNING, (("day", f"{last:%d/%m/%Y}"), ("days", keep_days)))
    return None


def keep_sound_until(signed: date, keep_days: int) -> date:
    """The last day on which recordings are kept in any case."""
    return signed + timedelta(days=keep_days)


def write_term(term: Term) -> str:
    """For the file's description and the record of a destruction, which are Vietnamese."""
    if term.rule is None:
        return "Chưa xác định"
    return FOR_EVER if term.rule.years is None else f"{term.rule.years} năm"
