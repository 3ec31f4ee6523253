"""The signatures of a PDF, verified offline. The file comes from outside: whoever serves pages calls this in a process
of its own, with limits of time and memory.

The whole file is judged against what was made here, because a signature alone says only that somebody signed something:

- it must begin with the very bytes of the file that was to be signed (ISO 32000-2, 12.8.1: later changes are appended);
- everything appended must be a signature, or what long-term validation adds. What a reader would show otherwise,
  covered by a later signature or not, is a change: this is how "shadow" and "wrapping" attacks are met;
- each signature must fit its bytes, cover its whole revision, and lead to a root that is trusted (RFC 5280).
"""

import asyncio
import hashlib
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate, AdESSubIndic
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, SuspiciousModification
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import DisallowedAlgorithmError, SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from meetings.errors import N_, Invalid
from meetings.signing.preparing import follow, list_fields, list_pages
from meetings.signing.trust import Trust
from meetings.signing.verdicts import Certificate, Doubt, Fault, SignatureFound, Verdict

MAGIC = b"%PDF-"
MOST_PAGES, MOST_SIGNATURES, MOST_REVISIONS = 500, 20, 60
AHEAD = timedelta(minutes=10)
NOT_PDF = N_("Tệp này không phải PDF, hoặc đã hỏng hay tải lên chưa hết. Hãy tải lên bản PDF đã ký.")
LOCKED = N_("Tệp PDF này được đặt mật khẩu nên không kiểm tra được. Hãy tải lên bản không đặt mật khẩu.")
TOO_MUCH = N_("Tệp PDF có quá nhiều trang, chữ ký hoặc lần sửa. Hãy kiểm tra lại tệp.")
MAY_SIGN = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
UNREADABLE = (PdfError, SigningError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
REASONS = {
    AdESFailure.REVOKED: Fault.REVOKED,
    AdESFailure.NOT_YET_VALID: Fault.EXPIRED,
    AdESIndeterminate.REVOKED_NO_POE: Fault.REVOKED,
    AdESIndeterminate.REVOKED_CA_NO_POE: Fault.REVOKED,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: Fault.EXPIRED,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: Fault.EXPIRED,
    AdESIndeterminate.EXPIRED: Fault.EXPIRED,
    AdESIndeterminate.NOT_YET_VALID: Fault.EXPIRED,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: Fault.WEAK,
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: Fault.NOT_FOR_SIGNING,
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE: Fault.WEAK,
}

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it finds is in the verdict, with no stack of calls
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


def verify(data: bytes, trust: Trust, at: datetime, *, original: bytes = b"", before: bytes = b"") -> Verdict:
    """Of all signatures at the instant ``at``, or at that of a trusted timestamp.

    ``original``: the file as it was made here; ``before``: with the signatures that are known already. ``Invalid``
    when the file cannot be read at all.
    """
    if MAGIC not in data[:1024]:
        raise Invalid(NOT_PDF, field="file")
    faults: list[Fault] = []
    if not data.startswith(before or original):
        faults.append(Fault.OLDER if original and data.startswith(original) else Fault.FOREIGN)
    try:
        reader = PdfFileReader(io.BytesIO(data))
        if reader.encrypted:
            raise Invalid(LOCKED, field="file")
        pages = sum(1 for _page in list_pages(reader))
        found = list(reader.embedded_regular_signatures)
        revisions = reader.xrefs.total_revisions
        if pages > MOST_PAGES or len(found) > MOST_SIGNATURES or revisions > MOST_REVISIONS:
            raise Invalid(TOO_MUCH, field="file")
        if not pages:
            raise Invalid(NOT_PDF, field="file")
        judged = tuple(
            replace(each, sha256=hashlib.sha256(memoryview(data)[: each.ends_at]).hexdigest())
            for each in asyncio.run(_judge_all(reader, found, trust, at))
        )
        if not faults and original:
            faults.extend(_compare(reader, original, before or original))
        texts = {name: str(follow(field, "/V", ""))[:300] for name, field in _list_texts(reader)}
    except UNREADABLE as error:
        raise Invalid(NOT_PDF, field="file") from error
    if not judged:
        faults.append(Fault.UNSIGNED)
    elif _has_tail(data, max(each.ends_at for each in judged)):
        faults.append(Fault.TAIL)
    return Verdict(
        sha256=hashlib.sha256(data).hexdigest(), pages=pages, signatures=judged, faults=tuple(faults), texts=texts
    )


def _compare(reader: PdfFileReader, original: bytes, before: bytes) -> Iterator[Fault]:
    """What was appended to the original, revision by revision, and what stands in the fields of text."""
    base = PdfFileReader(io.BytesIO(original)).xrefs.total_revisions - 1
    outcome = DEFAULT_DIFF_POLICY.review_file(reader, base)
    if isinstance(outcome, SuspiciousModification) or outcome.modification_level > ModificationLevel.FORM_FILLING:
        yield Fault.REDRAWN
    known = PdfFileReader(io.BytesIO(before))
    if _describe_texts(reader) != _describe_texts(known):
        yield Fault.TEXTS


def _describe_texts(reader: PdfFileReader) -> dict[str, tuple[str, bytes]]:
    """What each field of text says and what it shows."""
    described = {}
    for name, field in _list_texts(reader):
        shown = field["/AP"]["/N"].data if "/AP" in field else b""
        described[name] = (str(follow(field, "/V", "")), shown)
    return described


def _list_texts(reader: PdfFileReader) -> Iterator[tuple[str, Any]]:
    fields = ((name, reader.get_object(reference)) for name, _place, reference in list_fields(reader))
    return ((name, field) for name, field in fields if follow(field, "/FT", "") == "/Tx")


def _has_tail(data: bytes, signed_to: int) -> bool:
    """Behind the last signature stands something that is no whole update of the file."""
    tail = data[signed_to:].strip()
    return bool(tail) and not (tail.endswith(b"%%EOF") and b"startxref" in tail)


async def _judge_all(
    reader: PdfFileReader, found: list[EmbeddedPdfSignature], trust: Trust, at: datetime
) -> tuple[SignatureFound, ...]:
    material = _gather(reader, trust)
    return tuple([await _judge(each, material, bool(trust.roots), at) for each in found])


def _gather(reader: PdfFileReader, trust: Trust) -> dict[str, Any]:
    """Roots, and everything known offline that may lead to them or speak of revocation: ours, and the file's own."""
    others = [x509.Certificate.load(der) for der in trust.others]
    crls: list[Any] = [asn1_crl.CertificateList.load(der) for der in trust.crls]
    ocsps: list[Any] = []
    store = DocumentSecurityStore.read_dss(reader) if "/DSS" in reader.root else None
    if store is not None:
        others += list(store.load_certs())
        crls += [asn1_crl.CertificateList.load(each.get_object().data) for each in store.crls]
        ocsps += [asn1_ocsp.OCSPResponse.load(each.get_object().data) for each in store.ocsps]
    return {
        "trust_roots": [x509.Certificate.load(der) for der in trust.roots],
        "other_certs": others,
        "crls": crls,
        "ocsps": ocsps,
        "allow_fetching": False,
    }


async def _judge(
    signature: EmbeddedPdfSignature, material: dict[str, Any], has_roots: bool, at: datetime
) -> SignatureFound:
    page, rectangle = _find_place(signature)
    told: dict[str, Any] = {
        "field": signature.field_name,
        "certificate": _describe(signature.signer_cert),
        "page": page,
        "rectangle": rectangle,
        "ends_at": int(signature.byte_range[2]) + int(signature.byte_range[3]),
    }
    claimed = signature.self_reported_timestamp
    claimed_at = claimed.isoformat() if claimed else ""
    try:
        status = await _validate(signature, material, at, diff=True)
    except SignatureValidationError as error:
        fault = Fault.WEAK if isinstance(error, DisallowedAlgorithmError) else Fault.BROKEN
        return SignatureFound(**told, signed_at=claimed_at, stamped=False, faults=(fault,))
    stamp = status.timestamp_validity
    stamped = stamp is not None and bool(stamp.valid and stamp.intact and stamp.trusted)
    moment = stamp.timestamp if stamp is not None and stamped else None
    trusted = await _judge_trust(signature, material, has_roots, at, moment)
    doubts = [*_doubt_time(at, claimed, stamp is not None, stamped), *trusted.doubts]
    return SignatureFound(
        **told,
        signed_at=moment.isoformat() if moment else claimed_at,
        stamped=stamped,
        stamp_authority=_name(stamp.signing_cert.subject)[:200] if stamp is not None and stamped else "",
        revocation=trusted.revocation,
        faults=(*_name_changes(status), *trusted.faults),
        doubts=tuple(doubts),
    )


def _doubt_time(at: datetime, claimed: datetime | None, has_stamp: bool, stamped: bool) -> Iterator[Doubt]:
    if has_stamp and not stamped:
        yield Doubt.STAMP_UNTRUSTED
    if not stamped and claimed is not None:
        yield Doubt.OWN_CLOCK
        if claimed > at + AHEAD:
            yield Doubt.CLOCK_AHEAD


@dataclass(frozen=True)
class _Chain:
    """Whether the certificate leads to a root, and what is known of its revocation."""

    faults: tuple[Fault, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    revocation: str = "unknown"


async def _judge_trust(
    signature: EmbeddedPdfSignature,
    material: dict[str, Any],
    has_roots: bool,
    at: datetime,
    stamped_at: datetime | None,
) -> _Chain:
    if not has_roots:
        return _Chain((Fault.NO_ROOTS,))
    moment, doubts = stamped_at or at, []
    status = await _validate(signature, material, moment)
    fault, claimed = _name_trust(status, moment), signature.self_reported_timestamp
    if fault is Fault.EXPIRED and stamped_at is None and claimed is not None and claimed < at:
        # Nobody but the signer says when it was made: a person decides whether that is believed.
        earlier = await _validate(signature, material, claimed)
        if _name_trust(earlier, claimed) is None:
            fault, moment = None, claimed
            doubts.append(Doubt.EXPIRED_SINCE)
    if fault is not None:
        return _Chain((fault,))
    required = await _validate(signature, material, moment, mode="require")
    if required.trusted:
        return _Chain((), tuple(doubts), "good")
    if _name_trust(required, moment) is Fault.REVOKED:
        return _Chain((Fault.REVOKED,), (), "revoked")
    return _Chain((), (*doubts, Doubt.REVOCATION_UNKNOWN))


async def _validate(
    signature: EmbeddedPdfSignature,
    material: dict[str, Any],
    moment: datetime,
    *,
    mode: str = "soft-fail",
    diff: bool = False,
) -> PdfSignatureStatus:
    def open_context() -> ValidationContext:
        return ValidationContext(**material, moment=moment, revocation_mode=mode, retroactive_revinfo=True)

    return await async_validate_pdf_signature(
        signature,
        signer_validation_context=open_context(),
        ts_validation_context=open_context(),
        key_usage_settings=MAY_SIGN,
        skip_diff=not diff,
    )


def _name_changes(status: PdfSignatureStatus) -> Iterator[Fault]:
    if not (status.intact and status.valid):
        yield Fault.BROKEN
    whole = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
    if status.coverage not in whole:
        yield Fault.PARTIAL
    level = status.modification_level
    if level is None or level > ModificationLevel.FORM_FILLING or not status.docmdp_ok:
        yield Fault.CHANGED


def _name_trust(status: PdfSignatureStatus, moment: datetime) -> Fault | None:
    if status.trusted:
        return None
    if not status.signing_cert.not_valid_before <= moment <= status.signing_cert.not_valid_after:
        return Fault.EXPIRED
    reason: AdESSubIndic | None = status.trust_problem_indic
    return REASONS.get(reason, Fault.UNTRUSTED) if reason is not None else Fault.UNTRUSTED


def _find_place(signature: EmbeddedPdfSignature) -> tuple[int, tuple[float, float, float, float] | None]:
    field = signature.sig_field
    edges = [float(edge) for edge in follow(field, "/Rect", ())]
    if len(edges) != 4 or edges[0] == edges[2] or edges[1] == edges[3]:
        return 0, None
    pages = [page.reference for page in list_pages(signature.reader)]
    page = field.raw_get("/P") if "/P" in field else None
    number = pages.index(page.reference) if page is not None and page.reference in pages else 0
    return number, (edges[0], edges[1], edges[2], edges[3])


def _describe(certificate: x509.Certificate) -> Certificate:
    return Certificate(
        common_name=_name(certificate.subject)[:200],
        subject=certificate.subject.human_friendly[:500],
        issuer=(_name(certificate.issuer) or certificate.issuer.human_friendly)[:500],
        serial=f"{certificate.serial_number:X}",
        fingerprint=certificate.sha256.hex(),
        valid_from=certificate.not_valid_before.isoformat(),
        valid_to=certificate.not_valid_after.isoformat(),
    )


def _name(whose: x509.Name) -> str:
    found = whose.native.get("common_name", "")
    return str(found[0] if isinstance(found, list) else found)
