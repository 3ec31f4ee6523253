"""The vocabulary of tasks (nhiệm vụ): what states one passes through, and what is written into its history."""

from enum import StrEnum


class TaskState(StrEnum):
    """``REPORTED``: the lead unit says that it is done; the convening side accepts that, or returns it."""

    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    REPORTED = "reported"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


OPEN = (TaskState.ASSIGNED, TaskState.IN_PROGRESS, TaskState.REPORTED, TaskState.RETURNED)
UNDONE = (TaskState.ASSIGNED, TaskState.IN_PROGRESS, TaskState.RETURNED)  # the lead unit still has to act
CLOSED = (TaskState.ACCEPTED, TaskState.CANCELLED)


class TaskStep(StrEnum):
    """What somebody does to a task, as its history names it. The last three are done by approving minutes."""

    PROGRESS = "progress"
    REPORT = "report"
    ASK = "ask"  # for more time
    ACCEPT = "accept"
    RETURN = "return"
    EXTEND = "extend"
    KEEP = "keep"  # the deadline as it is, though more time was asked for
    CANCEL = "cancel"
    REOPEN = "reopen"
    GIVE = "give"
    CHANGE = "change"
    DROP = "drop"


class Lateness(StrEnum):
    """How a task stands to its deadline. ``NEAR``: few working days are left; ``DUE``: it is the last one."""

    NONE = "none"
    ON_TIME = "on_time"
    NEAR = "near"
    DUE = "due"
    LATE = "late"
