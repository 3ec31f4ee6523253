"""Who makes a signature under a PDF. A key that is at hand signs at once; anybody else is asked, and hands a file in.

What comes of it, either way, is verified by ``verifying`` like a file from outside. Secrets live in memory, for one
signature; ``repr`` shows none.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pkcs11
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_cms import Signer as CmsSigner
from pyhanko.sign.timestamps import TimestampRequestError

from meetings.errors import N_, Conflict, Invalid
from meetings.signing.appearance import DrawnStyle
from meetings.signing.preparing import Place
from meetings.signing.timestamps import StampServer

WRONG_PASSWORD = N_("Không mở được tệp khóa ký: tệp không phải PKCS#12 (.p12, .pfx) hoặc mật khẩu không đúng.")
WRONG_PIN = N_(
    "Thiết bị ký từ chối mã PIN. Nhập sai nhiều lần thiết bị sẽ bị khóa; hãy kiểm tra lại trước khi thử tiếp."
)
NO_TOKEN = N_("Không thấy thiết bị ký hoặc khóa ký đã cài đặt. Hãy kiểm tra thiết bị rồi thử lại.")
NO_STAMP = N_("Máy chủ dấu thời gian không trả lời nên chưa ký. Không có gì được lưu. Hãy thử lại sau.")
FAILED = N_("Không ký được tệp này: chỗ ký đã có chữ ký hoặc tệp không phải bản lập tại hệ thống. Hãy tải lại trang.")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be signed, where, and what shows there. ``place``: of a field that the file does not have yet."""

    pdf: bytes
    field: str
    drawn: bytes
    place: Place | None = None
    stamp_url: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """It is done: the file with one signature more."""

    pdf: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody else signs: a program on the person's computer is called by name with a JSON text."""

    function: str
    request: str


class Signer(Protocol):
    """``method`` is kept with the signature."""

    @property
    def method(self) -> str: ...

    def begin(self, order: Order) -> Signed | Asked:
        """``Invalid`` or ``Conflict`` say in words why it cannot."""
        ...


@dataclass(frozen=True)
class FileKey:
    """A key in a PKCS#12 file: a seal that the server holds, or a person's on trial."""

    data: bytes = field(repr=False)
    password: str = field(repr=False)

    @property
    def method(self) -> str:
        return "pkcs12"

    def begin(self, order: Order) -> Signed:
        return Signed(_sign(order, self._open()))

    def _open(self) -> SimpleSigner:
        try:
            pkcs12.load_pkcs12(self.data, self.password.encode())  # says more plainly than the next what is wrong
            signer: SimpleSigner | None = SimpleSigner.load_pkcs12_data(
                self.data, other_certs=[], passphrase=self.password.encode()
            )
        except (ValueError, TypeError) as error:
            raise Invalid(WRONG_PASSWORD, field="password") from error
        if signer is None:
            raise Invalid(WRONG_PASSWORD, field="password")
        return signer


@dataclass(frozen=True)
class TokenKey:
    """A key that never leaves its device (PKCS#11): ``library`` is the device's driver on the server."""

    library: str
    token: str
    label: str
    pin: str = field(repr=False)

    @property
    def method(self) -> str:
        return "pkcs11"

    def begin(self, order: Order) -> Signed:
        with self._open() as signer:
            return Signed(_sign(order, signer))

    @contextmanager
    def _open(self) -> Iterator[CmsSigner]:
        try:
            session = open_pkcs11_session(
                self.library, token_criteria=TokenCriteria(label=self.token), user_pin=self.pin
            )
        except (pkcs11.exceptions.PinIncorrect, pkcs11.exceptions.PinLocked, pkcs11.exceptions.PinLenRange) as error:
            raise Invalid(WRONG_PIN, field="password") from error
        except (pkcs11.exceptions.PKCS11Error, RuntimeError, LookupError) as error:
            raise Conflict(NO_TOKEN) from error
        with session:
            yield PKCS11Signer(session, cert_label=self.label, key_label=self.label)


def _sign(order: Order, signer: CmsSigner) -> bytes:
    """PAdES B-B, or B-T with a timestamp (ETSI EN 319 142-1), as an update behind the bytes of ``order``."""
    metadata = PdfSignatureMetadata(
        field_name=order.field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
    )
    stamper = StampServer(order.stamp_url) if order.stamp_url else None
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(order.pdf))
        made = PdfSigner(
            metadata,
            signer,
            timestamper=stamper,
            stamp_style=DrawnStyle(drawn=order.drawn),
            new_field_spec=_spell_field(order),
        ).sign_pdf(writer, existing_fields_only=order.place is None)
    except TimestampRequestError as error:
        raise Conflict(NO_STAMP) from error
    except (PdfError, SigningError, pkcs11.exceptions.PKCS11Error) as error:
        raise Conflict(FAILED) from error
    signed: bytes = made.getvalue()
    return signed


def _spell_field(order: Order) -> SigFieldSpec | None:
    place = order.place
    if place is None:
        return None
    box = (round(place.left), round(place.bottom), round(place.right), round(place.top))
    return SigFieldSpec(order.field, on_page=place.page, box=box)
