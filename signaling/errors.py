"""What can go wrong in a room: one small tree, and the one table from an error to a WebSocket close code.

RoomError
├── ProtocolError   the peer broke the protocol: its connection ends
├── UserError       the person may not, or not now: an ``error`` message, the connection goes on
└── Kicked          the person's connection ends for a reason of the room's rules

Anything else is a fault of ours (4500).
"""

from enum import IntEnum
from typing import Literal

ErrorCode = Literal[
    "not_allowed",
    "not_now",
    "no_such_participant",
    "not_waiting",
    "full",
    "bad_sdp",
    "too_long",
    "too_many",
    "too_fast",
    "switched_off",
    "companion",
    "no_such_vote",
    "vote_running",
    "not_entitled",
    "already_voted",
]
NoticeCode = Literal["disk_low", "recording_refused", "media_restarted", "hand_lowered"]


class CloseCode(IntEnum):
    """Why a WebSocket was closed (PROTOCOL.md, "Close codes")."""

    LEFT = 1000
    STOPPING = 1001
    PROTOCOL = 4400
    NOT_SIGNED_IN = 4401
    FORBIDDEN = 4403
    REFUSED = 4406
    REPLACED = 4409
    ENDED = 4410
    TOO_MUCH = 4413
    FULL = 4414
    LOCKED = 4423
    TOO_EARLY = 4425
    FAULT = 4500


def N_(text: str) -> str:
    """Mark ``text`` for translation; whoever joins the room to its pages translates it."""
    return text


# The sentence a person reads for each code. ``error`` and ``notice`` messages leave the room with these msgids as their
# text; the driver translates them into the language of each receiver.
SENTENCES: dict[str, str] = {
    "not_allowed": N_("Bạn không có quyền thực hiện việc này trong cuộc họp."),
    "not_now": N_("Chưa thể thực hiện việc này vào lúc này."),
    "no_such_participant": N_("Người này không còn trong cuộc họp."),
    "not_waiting": N_("Người này không còn ở phòng chờ."),
    "full": N_("Phòng họp đã đủ số điểm kết nối nên chưa thể cho thêm người vào."),
    "bad_sdp": N_("Không thiết lập được đường truyền âm thanh, hình ảnh. Hãy tải lại trang."),
    "too_long": N_("Nội dung dài quá 2.000 ký tự. Hãy rút gọn rồi gửi lại."),
    "too_many": N_("Mỗi điểm chỉ gửi được một micro, một camera và một màn hình."),
    "too_fast": N_("Bạn thao tác quá nhanh. Hãy đợi một lát rồi thử lại."),
    "switched_off": N_("Người chủ trì đã tắt chức năng này trong cuộc họp."),
    "companion": N_("Máy này đang dùng chung loa và micro với máy khác trong phòng nên micro luôn tắt."),
    "no_such_vote": N_("Lần biểu quyết này không còn mở."),
    "vote_running": N_("Đang có một lần biểu quyết chưa kết thúc. Hãy kết thúc lần đó trước."),
    "not_entitled": N_("Bạn không thuộc thành phần biểu quyết của lần này."),
    "already_voted": N_("Bạn đã bỏ phiếu kín. Phiếu kín không thay đổi được."),
    "disk_low": N_("Máy chủ sắp hết dung lượng lưu trữ nên việc ghi âm đã dừng. Phần đã ghi được giữ nguyên."),
    "recording_refused": N_("Không bật được ghi âm: máy chủ không đủ dung lượng lưu trữ hoặc có sự cố khi ghi."),
    "media_restarted": N_("Đường truyền âm thanh, hình ảnh đang được thiết lập lại."),
    "hand_lowered": N_("Người điều hành đã hạ tay của bạn. Khi cần phát biểu, hãy giơ tay lại."),
}


class RoomError(Exception):
    """Base of the errors of a room."""


class ProtocolError(RoomError):
    """The message is not in the protocol; the argument says why, for a developer to read."""


class UserError(RoomError):
    """A request is refused and the connection goes on."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code)
        self.code: ErrorCode = code


class Kicked(RoomError):
    """The connection ends; ``reason`` is a word for the log and the close frame."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def find_close(error: BaseException) -> tuple[CloseCode, str]:
    """The close code and reason for an error that ends a connection. A reason has at most 123 bytes (RFC 6455, 5.5)."""
    if isinstance(error, Kicked):
        code, reason = error.code, error.reason
    elif isinstance(error, ProtocolError):
        code, reason = CloseCode.PROTOCOL, str(error)
    else:
        code, reason = CloseCode.FAULT, "fault"
    return code, reason.encode()[:123].decode(errors="ignore")
