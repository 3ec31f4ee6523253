"""When a letter is tried again, and when it is given up. Values in, values out."""

from datetime import datetime, timedelta
from enum import StrEnum

from meetings.errors import N_

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
LONGEST_WAIT = timedelta(minutes=10)  # for a server that does not answer: it is asked once for all letters
GIVEN_UP = timedelta(days=3)
LONGEST_ERROR = 500


class Trouble(StrEnum):
    """Why a letter did not leave. The first four are the server's: every letter that is due has them."""

    UNREACHABLE = "unreachable"
    LOGIN = "login"
    SENDER = "sender"
    INSECURE = "insecure"
    BROKEN_OFF = "broken_off"
    LATER = "later"
    RECIPIENT = "recipient"
    CONTENT = "content"
    NO_FILE = "no_file"
    OVER = "over"


OF_SERVER = (Trouble.UNREACHABLE, Trouble.LOGIN, Trouble.SENDER, Trouble.INSECURE)
FINAL = (Trouble.RECIPIENT, Trouble.CONTENT, Trouble.OVER)  # trying again would change nothing
WORDS = {
    Trouble.UNREACHABLE: N_("Máy chủ thư không trả lời."),
    Trouble.LOGIN: N_("Máy chủ thư không chấp nhận tên đăng nhập hoặc mật khẩu."),
    Trouble.SENDER: N_("Máy chủ thư không chấp nhận địa chỉ gửi."),
    Trouble.INSECURE: N_("Máy chủ thư không mở được kết nối an toàn."),
    Trouble.BROKEN_OFF: N_("Kết nối bị ngắt giữa chừng."),
    Trouble.LATER: N_("Máy chủ thư đề nghị gửi lại sau."),
    Trouble.RECIPIENT: N_("Địa chỉ nhận không tồn tại hoặc không nhận thư. Hãy kiểm tra địa chỉ."),
    Trouble.CONTENT: N_("Máy chủ thư từ chối nội dung thư, có thể vì tệp đính kèm quá lớn."),
    Trouble.NO_FILE: N_("Không tìm thấy tệp đính kèm trong thư mục văn bản."),
    Trouble.OVER: N_("Thư chưa gửi được trước khi cuộc họp kết thúc nên không gửi nữa."),
}


def next_try(trouble: Trouble, attempts: int, queued_at: datetime, now: datetime) -> datetime | None:
    """When a letter that failed for the ``attempts``-th time is tried again; ``None``: it is given up."""
    if trouble in FINAL or now - queued_at >= GIVEN_UP:
        return None
    longest = LONGEST_WAIT if trouble in OF_SERVER else LONGEST_PAUSE
    pause: timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 20)
    return now + min(pause, longest)


def write_error(trouble: Trouble, detail: str) -> str:
    """As it is stored: the trouble, and what the server said, on one line."""
    return f"{trouble.value}: {' '.join(detail.split())}"[:LONGEST_ERROR]


def read_error(text: str) -> tuple[Trouble | None, str]:
    """The trouble of a stored error, and what the server said."""
    word, _colon, detail = text.partition(": ")
    try:
        return Trouble(word), detail
    except ValueError:
        return None, text
