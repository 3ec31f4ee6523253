"""The way of a meeting from its draft to its record: which step may follow which. A table, and nothing else.

::

    DRAFT <-> SUBMITTED -> SCHEDULED -> INVITED -> IN_SESSION -> ENDED -> RECORDED

A draft may be fixed at once; a fixed meeting that changes may have to be approved again. What was held outside the room
goes straight to its end. Until it begins, a meeting may be postponed, and a postponed one fixed anew. Broken off, it
goes back to where it can begin again; given up without a conclusion, it counts as cancelled.

Who may take a step is a matter of ``meetings.permissions``; what else must hold, of the use cases.
"""

from collections.abc import Mapping

from meetings.errors import N_, Conflict
from meetings.kinds import MeetingStatus as S

STEPS: Mapping[S, frozenset[S]] = {
    S.DRAFT: frozenset({S.SUBMITTED, S.SCHEDULED, S.CANCELLED}),
    S.SUBMITTED: frozenset({S.DRAFT, S.SCHEDULED, S.CANCELLED}),
    S.SCHEDULED: frozenset({S.SUBMITTED, S.INVITED, S.IN_SESSION, S.ENDED, S.POSTPONED, S.CANCELLED}),
    S.INVITED: frozenset({S.SCHEDULED, S.IN_SESSION, S.ENDED, S.POSTPONED, S.CANCELLED}),
    S.IN_SESSION: frozenset({S.ENDED}),
    S.ENDED: frozenset({S.SCHEDULED, S.INVITED, S.RECORDED, S.CANCELLED}),
    S.RECORDED: frozenset(),
    S.POSTPONED: frozenset({S.SUBMITTED, S.SCHEDULED, S.ENDED, S.CANCELLED}),
    S.CANCELLED: frozenset(),
}


def may_follow(old: S, new: S) -> bool:
    return new in STEPS[old]


def check_step(old: S, new: S) -> None:
    """``Conflict`` where ``new`` does not follow ``old``: somebody else was faster, or the page is old."""
    if not may_follow(old, new):
        raise Conflict(
            N_("Cuộc họp đã chuyển sang trạng thái khác nên việc này không còn thực hiện được. Hãy tải lại trang."),
            field="status",
        )
