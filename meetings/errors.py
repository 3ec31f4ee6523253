"""What can go wrong in the domain: one small tree. A message is a gettext msgid with ``{named}`` fields.

MeetingError
├── NotFound        there is no such thing, or the person may not know of it
├── NotAllowed      the person may not do this
├── Invalid         an input that cannot be taken; ``field`` says which one
└── Conflict        it collides with something that exists; ``field`` may say where
"""


def N_(text: str) -> str:
    """Mark ``text`` for translation where it cannot be translated yet."""
    return text


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
