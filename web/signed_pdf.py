"""What a signed PDF says of itself. It comes from outside, so it is read by the press, in a process of its own.

Signatures are told, not verified: whose certificate each one names, when it says it was made, and whether something was
added behind it. It is for a file that a person vouches for, such as a scan, which need not bear any, and is read as
readers read it, faults and all; what the server itself is to believe goes through ``meetings.signing.verifying``.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pypdf
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject

from meetings.errors import N_, Invalid

MAGIC = b"%PDF-"
WHERE = 1024  # ISO 32000 lets other bytes stand before it, within the first kilobyte
MOST_PAGES = 500
MOST_FIELDS = 2000
NOT_PDF = N_("Tệp này không phải PDF, hoặc đã hỏng. Hãy tải lên bản PDF đã ký.")
ENCRYPTED = N_("Tệp PDF này được đặt mật khẩu nên nơi nhận không mở được. Hãy tải lên bản không đặt mật khẩu.")
TOO_MANY_PAGES = N_("Tệp PDF có {n} trang, nhiều hơn một văn bản thường có. Hãy kiểm tra lại tệp.")


@dataclass(frozen=True)
class SignedPdf:
    """``signatures``: JSON values for each, in their order. ``has_scripts``: it wants to run something when opened."""

    sha256: str
    pages: int
    signatures: tuple[dict[str, Any], ...]
    has_scripts: bool

    def to_json(self) -> dict[str, Any]:
        return {"pages": self.pages, "list": list(self.signatures), "has_scripts": self.has_scripts}


def read_signed_pdf(data: bytes) -> SignedPdf:
    """``Invalid`` with what to do when it is no PDF, is locked or is too long."""
    if MAGIC not in data[:WHERE]:
        raise Invalid(NOT_PDF, field="file")
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise Invalid(ENCRYPTED, field="file")
        pages = len(reader.pages)
        root = reader.trailer["/Root"].get_object()
        if pages == 0 or not isinstance(root, DictionaryObject):
            raise Invalid(NOT_PDF, field="file")
        if pages > MOST_PAGES:
            raise Invalid(TOO_MANY_PAGES, field="file", n=pages)
        signatures = tuple(_tell(value, len(data)) for value in _list_signatures(root))
        return SignedPdf(hashlib.sha256(data).hexdigest(), pages, signatures, _has_scripts(root))
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise Invalid(NOT_PDF, field="file") from error


def _list_signatures(root: DictionaryObject) -> Iterator[DictionaryObject]:
    form = root.get("/AcroForm")
    waiting = list(_items(form.get_object().get("/Fields"))) if form is not None else []
    for _number in range(MOST_FIELDS):
        if not waiting:
            return
        field = waiting.pop(0).get_object()
        waiting.extend(_items(field.get("/Kids")))
        value = field.get("/V")
        value = value.get_object() if value is not None else None
        if isinstance(value, DictionaryObject) and "/ByteRange" in value:
            yield value


def _items(found: Any) -> list[Any]:
    found = found.get_object() if found is not None else None
    return list(found) if isinstance(found, ArrayObject) else []


def _tell(signature: DictionaryObject, size: int) -> dict[str, Any]:
    covered = [int(part) for part in _items(signature["/ByteRange"])]
    made_at = signature.get("/M")
    return {
        "signer": _name_signer(signature),
        "at": _read_time(str(made_at)) if made_at is not None else "",
        "reason": str(signature.get("/Reason", ""))[:200],
        "whole": len(covered) == 4 and covered[2] + covered[3] == size,
    }


def _name_signer(signature: DictionaryObject) -> str:
    """The common name of the certificate that issued none of the others; else the name that the file states."""
    contents: Any = signature.get("/Contents") or b""
    raw = bytes(getattr(contents, "original_bytes", contents))
    try:
        found = pkcs7.load_der_pkcs7_certificates(_cut_padding(raw))
    except ValueError:
        found = []
    issuers = {certificate.issuer for certificate in found if certificate.issuer != certificate.subject}
    own = [certificate for certificate in found if certificate.subject not in issuers] or found
    names = [_common_name(certificate) for certificate in own]
    return next((name for name in names if name), str(signature.get("/Name", "")))[:200]


def _cut_padding(raw: bytes) -> bytes:
    """The DER value alone: room for it is reserved before its length is known, and filled up with zeros."""
    if len(raw) < 2:
        return raw
    head, length = 2, raw[1]
    if length & 0x80:
        head, length = 2 + (length & 0x7F), int.from_bytes(raw[2 : 2 + (length & 0x7F)])
    return raw[: head + length]


def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _read_time(text: str) -> str:
    """``D:20261124093000+07'00'`` as an ISO instant; empty when it is none."""
    try:
        return datetime.strptime(text.removeprefix("D:").replace("'", ""), "%Y%m%d%H%M%S%z").isoformat()
    except ValueError:
        return ""


def _has_scripts(root: DictionaryObject) -> bool:
    """The places from which a viewer starts something by itself."""
    names = root.get("/Names")
    named = names.get_object() if names is not None else {}
    action = root.get("/OpenAction")
    opens = action.get_object() if action is not None else None
    starts = isinstance(opens, DictionaryObject) and opens.get("/S") in ("/JavaScript", "/Launch", "/SubmitForm")
    return starts or "/AA" in root or "/JavaScript" in named
