"""What can go wrong between a recording and its minutes. Messages are for people: gettext msgids with named fields.

TranscriptError
├── UnreadableAudio     a file that holds no sound we can decode; trying again does not help
└── ModelUnavailable    the speech model cannot be loaded here; says what to do
"""

from meetings.errors import N_


class TranscriptError(Exception):
    """Base of the transcript's errors. ``message`` is Vietnamese and is translated with ``values`` at the edge."""

    message = N_("Không xử lý được bản ghi.")

    def __init__(self, message: str = "", **values: object) -> None:
        self.message = message or type(self).message
        self.values = values
        super().__init__(self.message.format(**values))


class UnreadableAudio(TranscriptError):
    message = N_("Tệp âm thanh không đọc được.")


class ModelUnavailable(TranscriptError):
    message = N_("Không nạp được mô hình nhận dạng tiếng nói.")
