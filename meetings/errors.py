"""What can go wrong in the domain: one small tree. A message is a gettext msgid with ``{named}`` fields.

MeetingError
├── NotFound        there is no such thing, or the person may not know of it
├── NotAllowed      the person may not do this
├── Invalid         an input that cannot be taken; ``field`` says which one
└── Conflict        it collides with something that exists; ``field`` may say where, ``remarks`` with what all
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


def N_(text: str) -> str:
    """Mark ``text`` for translation where it cannot be translated yet."""
    return text


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence to be translated at the edge: a msgid with its values, and the field that it concerns."""

    message: str
    field: str
    values: Mapping[str, object]


class MeetingError(Exception):
    """Base of the domain's errors. ``message`` is Vietnamese and is translated with ``values`` at the edge."""

    message = N_("Không thực hiện được yêu cầu.")

    def __init__(self, message: str = "", *, field: str = "", **values: object) -> None:
        self.message = message or type(self).message
        self.field = field
        self.values = values
        super().__init__(self.message)


class NotFound(MeetingError):
    message = N_("Không tìm thấy nội dung này, hoặc tài khoản của bạn không được xem.")


class NotAllowed(MeetingError):
    message = N_("Tài khoản của bạn không có quyền thực hiện việc này.")


class Invalid(MeetingError):
    message = N_("Dữ liệu nhập chưa đúng.")


class Conflict(MeetingError):
    message = N_("Nội dung này đã được người khác thay đổi. Hãy tải lại trang rồi thử lại.")
    remarks: tuple[Remark, ...] = ()

    @classmethod
    def of(cls, remarks: Sequence[Remark]) -> "Conflict":
        """Everything that it collides with; by itself it says the first."""
        first = remarks[0]
        refusal = cls(first.message, field=first.field, **first.values)
        refusal.remarks = tuple(remarks)
        return refusal
