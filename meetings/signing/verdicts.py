"""What was found of the signatures of a PDF, as values that are kept as JSON, and the sentences that say it."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from meetings.errors import N_


class Fault(StrEnum):
    """Why a signature or a file is not taken."""

    CHANGED = "changed"
    BROKEN = "broken"
    PARTIAL = "partial"
    UNTRUSTED = "untrusted"
    NO_ROOTS = "no_roots"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_FOR_SIGNING = "not_for_signing"
    WEAK = "weak"
    FOREIGN = "foreign"
    OLDER = "older"
    REDRAWN = "redrawn"
    TAIL = "tail"
    TEXTS = "texts"
    UNSIGNED = "unsigned"


class Doubt(StrEnum):
    """What a person should know, though it does not forbid the signature."""

    EXPIRED_SINCE = "expired_since"
    REVOCATION_UNKNOWN = "revocation_unknown"
    OWN_CLOCK = "own_clock"
    CLOCK_AHEAD = "clock_ahead"
    STAMP_UNTRUSTED = "stamp_untrusted"


FAULTS = {
    Fault.CHANGED: N_("Nội dung văn bản đã bị thay đổi sau chữ ký này."),
    Fault.BROKEN: N_("Chữ ký không khớp với nội dung văn bản: văn bản hoặc chữ ký đã bị sửa."),
    Fault.PARTIAL: N_("Chữ ký không bao trùm toàn bộ văn bản tại thời điểm ký."),
    Fault.UNTRUSTED: N_("Chứng thư của người ký không do tổ chức chứng thực mà hệ thống tin cậy cấp."),
    Fault.NO_ROOTS: N_(
        "Hệ thống chưa cài đặt chứng thư gốc nên chưa kiểm tra được chữ ký. Hãy báo quản trị hệ thống cài đặt."
    ),
    Fault.REVOKED: N_("Chứng thư của người ký đã bị thu hồi."),
    Fault.EXPIRED: N_("Chứng thư của người ký chưa có hiệu lực hoặc đã hết hạn tại thời điểm ký."),
    Fault.NOT_FOR_SIGNING: N_("Chứng thư này không được cấp để ký văn bản."),
    Fault.WEAK: N_("Chữ ký dùng thuật toán đã lỗi thời, không còn an toàn."),
    Fault.FOREIGN: N_(
        "Tệp này không phải bản ký trên văn bản lập tại hệ thống. Hãy tải bản cần ký ở trang này, ký trên chính tệp đó "
        "rồi tải lên."
    ),
    Fault.OLDER: N_(
        "Tệp này được ký trên bản cũ, thiếu chữ ký hoặc số, ngày đã có. Hãy tải bản mới nhất ở trang này rồi ký lại."
    ),
    Fault.REDRAWN: N_(
        "Văn bản lập tại hệ thống đã bị thay đổi trong tệp này. Hãy tải bản cần ký ở trang này và chỉ ký, không sửa."
    ),
    Fault.TAIL: N_("Có dữ liệu lạ nối thêm sau phần đã ký của tệp."),
    Fault.TEXTS: N_("Số hoặc ngày của văn bản trong tệp khác với số, ngày đã ghi tại hệ thống."),
    Fault.UNSIGNED: N_("Tệp này không có chữ ký số mới nào. Hãy ký số rồi tải lên."),
}
DOUBTS = {
    Doubt.EXPIRED_SINCE: N_(
        "Chứng thư đã hết hạn sau thời điểm ký ghi trong chữ ký; thời điểm này theo đồng hồ của máy ký."
    ),
    Doubt.REVOCATION_UNKNOWN: N_(
        "Chưa kiểm tra được chứng thư có bị thu hồi hay không, vì không có danh sách thu hồi còn hiệu lực."
    ),
    Doubt.OWN_CLOCK: N_("Thời điểm ký theo đồng hồ của máy ký, không có dấu thời gian của tổ chức tin cậy."),
    Doubt.CLOCK_AHEAD: N_("Đồng hồ của máy ký chạy nhanh hơn đồng hồ máy chủ."),
    Doubt.STAMP_UNTRUSTED: N_("Dấu thời gian trong chữ ký không kiểm tra được với các chứng thư gốc đã cài đặt."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Whose it is and how it is told from others: ``fingerprint`` is the SHA-256 of the whole of it."""

    common_name: str
    subject: str
    issuer: str
    serial: str  # hexadecimal
    fingerprint: str
    valid_from: str  # ISO
    valid_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFound:
    """One signature. ``signed_at``: by a trusted timestamp where ``stamped``, else by the signer's own clock."""

    field: str
    certificate: Certificate
    signed_at: str
    stamped: bool
    stamp_authority: str = ""
    revocation: str = "unknown"  # "good" or "revoked" where a list said so
    page: int = 0
    rectangle: tuple[float, float, float, float] | None = None
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    ends_at: int = 0  # bytes of the file that it covers
    sha256: str = ""  # of the file up to there, as it left the signer's hands

    @property
    def at(self) -> datetime | None:
        return datetime.fromisoformat(self.signed_at) if self.signed_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of a whole file. ``texts``: what stands in its fields, by their names."""

    sha256: str
    pages: int
    signatures: tuple[SignatureFound, ...]
    faults: tuple[Fault, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return bool(self.signatures) and not self.faults and not any(each.faults for each in self.signatures)

    @property
    def first_fault(self) -> Fault | None:
        found = (*self.faults, *(fault for each in self.signatures for fault in each.faults))
        return found[0] if found else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Verdict":
        return cls(
            **kept
            | {
                "signatures": tuple(read_signature(each) for each in kept["signatures"]),
                "faults": tuple(Fault(fault) for fault in kept["faults"]),
            }
        )


def read_signature(kept: dict[str, Any]) -> SignatureFound:
    return SignatureFound(
        **kept
        | {
            "certificate": Certificate(**kept["certificate"]),
            "faults": tuple(Fault(fault) for fault in kept["faults"]),
            "doubts": tuple(Doubt(doubt) for doubt in kept["doubts"]),
            "rectangle": tuple(kept["rectangle"]) if kept["rectangle"] else None,
        }
    )
