"""What can go wrong between a recording and its minutes. Messages are for people: gettext msgids with named fields.

TranscriptError
├── UnreadableAudio     a file that holds no sound we can decode; trying again does not help
└── ModelUnavailable    the speech model cannot be loaded here; says what to do
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from meetings.errors import N_

REASON_LIMIT = 500  # characters


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


@dataclass(frozen=True, slots=True)
class Reason:
    """Why work failed or waits, for people: a msgid and the values of its fields, translated where shown."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values) if self.values else self.text

    def write(self) -> str:
        """As it is kept: JSON of at most ``REASON_LIMIT`` characters; long values are cut."""
        kept = ""
        for longest in (300, 150, 75, 30, 0):
            cut = {name: value[:longest] for name, value in self.values.items()}
            kept = json.dumps([self.text, cut], ensure_ascii=False)
            if len(kept) <= REASON_LIMIT:
                break
        return kept


def read_reason(kept: str) -> Reason:
    """What ``Reason.write`` wrote. Finished text of earlier versions comes as it is."""
    if not kept.startswith("["):
        return Reason(kept)
    text, values = json.loads(kept)
    return Reason(text, values)


def explain_failure(error: Exception) -> Reason:
    """What to tell people of an exception that ended a job."""
    if isinstance(error, TranscriptError):
        return Reason(error.message, {name: str(value) for name, value in error.values.items()})
    if isinstance(error, OSError):
        return Reason(
            N_("Không đọc hoặc ghi được tệp trên máy chủ: {reason}."), {"reason": error.strerror or str(error)}
        )
    return Reason(N_("Chương trình gặp lỗi: {reason}."), {"reason": f"{type(error).__name__}: {error}"})
