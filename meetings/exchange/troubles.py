"""Why a package did not leave, and when it is tried again. Values in, values out."""

from datetime import datetime, timedelta
from enum import StrEnum

from meetings.errors import N_

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=10)  # for a gateway that does not answer: it is asked once for all packages
LONGEST_ERROR = 500


class Trouble(StrEnum):
    """The first three are the gateway's: every package that is due has them."""

    UNREACHABLE = "unreachable"
    LOGIN = "login"
    LATER = "later"
    NO_FILE = "no_file"
    REFUSED = "refused"
    UNSOUND = "unsound"
    RECALLED = "recalled"


OF_GATEWAY = (Trouble.UNREACHABLE, Trouble.LOGIN, Trouble.LATER)
FINAL = (Trouble.REFUSED, Trouble.UNSOUND, Trouble.RECALLED)
WORDS = {
    Trouble.UNREACHABLE: N_("Trục liên thông không trả lời."),
    Trouble.LOGIN: N_("Trục liên thông không chấp nhận mã hệ thống hoặc khóa bí mật."),
    Trouble.LATER: N_("Trục liên thông đề nghị gửi lại sau."),
    Trouble.NO_FILE: N_("Không đọc được tệp của văn bản trong thư mục văn bản."),
    Trouble.REFUSED: N_("Trục liên thông từ chối gói văn bản."),
    Trouble.UNSOUND: N_("Gói văn bản chưa đúng quy định nên không gửi."),
    Trouble.RECALLED: N_("Văn bản đã thu hồi trước khi gửi nên không gửi nữa."),
}


class SendingFailed(Exception):
    """A package, or whatever else is asked of a gateway, came to nothing."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble, self.detail = trouble, detail


def next_try(trouble: Trouble, attempts: int, now: datetime) -> datetime | None:
    """When a package that failed for the ``attempts``-th time is tried again; ``None``: it is given up.

    Nothing is given up because of a gateway that is down, for however long.
    """
    if trouble in FINAL:
        return None
    longest = LONGEST_WAIT if trouble in OF_GATEWAY else LONGEST_PAUSE
    pause: timedelta = FIRST_PAUSE * 2 ** min(attempts - 1, 20)
    return now + min(pause, longest)


def write_error(trouble: Trouble, detail: str) -> str:
    return f"{trouble.value}: {' '.join(detail.split())}"[:LONGEST_ERROR]


def read_error(text: str) -> tuple[Trouble | None, str]:
    word, _colon, detail = text.partition(": ")
    return (Trouble(word), detail) if word in set(Trouble) else (None, text)
