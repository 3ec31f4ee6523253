"""What tasks, their states and their steps are called, and how a deadline looks."""

from dataclasses import dataclass
from datetime import date

from meetings.errors import N_
from meetings.task_models import Task
from meetings.task_states import Lateness, TaskState, TaskStep
from meetings.tasks.rules import count_late, find_lateness
from meetings.working_days import WorkingDays
from web.i18n import _, format_date, ngettext

STATES = {
    TaskState.ASSIGNED: N_("Mới giao"),
    TaskState.IN_PROGRESS: N_("Đang thực hiện"),
    TaskState.REPORTED: N_("Đã báo cáo hoàn thành"),
    TaskState.RETURNED: N_("Bị trả lại"),
    TaskState.ACCEPTED: N_("Đã hoàn thành"),
    TaskState.CANCELLED: N_("Đã hủy"),
}
LOOKS = {
    TaskState.ASSIGNED: ("quiet", "circle"),
    TaskState.IN_PROGRESS: ("scheduled", "clock"),
    TaskState.REPORTED: ("warning", "send"),
    TaskState.RETURNED: ("danger", "arrow-left"),
    TaskState.ACCEPTED: ("success", "check"),
    TaskState.CANCELLED: ("quiet", "ban"),
}
# What a form of the task's page does: the button, the label of its text, and the label of its day where it has one.
STEPS = {
    TaskStep.PROGRESS: (N_("Cập nhật tình hình"), N_("Tình hình thực hiện"), ""),
    TaskStep.REPORT: (N_("Báo cáo hoàn thành"), N_("Kết quả thực hiện"), N_("Ngày hoàn thành")),
    TaskStep.ASK: (N_("Đề nghị gia hạn"), N_("Lý do đề nghị"), N_("Đề nghị hạn mới")),
    TaskStep.ACCEPT: (N_("Xác nhận hoàn thành"), N_("Ý kiến"), ""),
    TaskStep.RETURN: (N_("Trả lại"), N_("Lý do trả lại"), ""),
    TaskStep.EXTEND: (N_("Gia hạn"), N_("Lý do gia hạn"), N_("Hạn mới")),
    TaskStep.KEEP: (N_("Không gia hạn"), N_("Lý do không gia hạn"), ""),
    TaskStep.CANCEL: (N_("Hủy nhiệm vụ"), N_("Lý do hủy"), ""),
    TaskStep.REOPEN: (N_("Mở lại nhiệm vụ"), N_("Lý do mở lại"), ""),
}
EVENTS = {
    TaskStep.GIVE: N_("Giao nhiệm vụ theo biên bản được duyệt"),
    TaskStep.CHANGE: N_("Điều chỉnh theo biên bản thay thế"),
    TaskStep.DROP: N_("Không còn trong biên bản thay thế"),
    TaskStep.PROGRESS: N_("Cập nhật tình hình"),
    TaskStep.REPORT: N_("Báo cáo hoàn thành"),
    TaskStep.ASK: N_("Đề nghị gia hạn"),
    TaskStep.ACCEPT: N_("Xác nhận hoàn thành"),
    TaskStep.RETURN: N_("Trả lại để thực hiện tiếp"),
    TaskStep.EXTEND: N_("Gia hạn"),
    TaskStep.KEEP: N_("Không gia hạn"),
    TaskStep.CANCEL: N_("Hủy nhiệm vụ"),
    TaskStep.REOPEN: N_("Mở lại nhiệm vụ"),
}


@dataclass(frozen=True)
class Badge:
    tone: str
    icon: str
    text: str


def name_state(state: TaskState) -> str:
    return _(STATES[state])


def make_state_badge(task: Task) -> Badge:
    tone, icon = LOOKS[task.state]
    return Badge(tone, icon, name_state(task.state))


def make_due_badge(task: Task, working: WorkingDays, today: date) -> Badge | None:
    """How the deadline stands, while the lead unit still has to act; ``None`` where there is nothing to say."""
    match find_lateness(task.state, task.due, working, today):
        case Lateness.LATE if task.due is not None:
            n = count_late(task.due, working, today)
            told = ngettext("Quá hạn {n} ngày làm việc", "Quá hạn {n} ngày làm việc", n) if n else _("Quá hạn")
            return Badge("danger", "triangle-alert", told)
        case Lateness.DUE:
            return Badge("warning", "clock", _("Hạn hôm nay"))
        case Lateness.NEAR:
            return Badge("warning", "clock", _("Sắp đến hạn"))
    return None


def tell_due(task: Task) -> str:
    return format_date(task.due) if task.due else _("Không ghi hạn")
