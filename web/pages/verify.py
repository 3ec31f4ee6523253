"""For anyone who holds a document: whether it is the one that was issued here, and what of its signatures is good.

No account is needed, and nothing is kept. Whoever asks shows the document itself, its SHA-256, or the code that is
printed on it, none of which can be guessed; of a document that one does not hold nothing is told.

``verify.html``: ``found`` (``Finding``) or None, ``signatures`` (signing.summarise), ``errors``, ``typed``
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from meetings.document_models import OfficialDocument
from meetings.documents.standing import LEFT
from meetings.documents.wording import name_document
from meetings.errors import N_, Conflict, Invalid
from meetings.signature_store import CODE_LENGTH, find_by_code, find_by_hash
from meetings.signing.verdicts import FAULTS, Fault, Verdict
from meetings.signing.verifying import verify
from web.auth import ADDRESS_FAILURES, THROTTLE, TooManyAttempts
from web.document_files import SIGNED_MB, receive_file
from web.i18n import _
from web.inputs import read_form
from web.keys import CONFIG, DATABASE, address_of, now_of
from web.layout import render
from web.middlewares import streams_form
from web.pages.forms import explain, status_of
from web.pages.guesses import note_guess
from web.pages.signing import summarise
from web.press import RECEIVING, VERIFYING, print_apart
from web.signing_keys import load_trust

HASH = re.compile(r"[0-9a-f]{64}")
MOST_RECEIVED, MOST_OF_ADDRESS = 8, 2  # at a time
PATIENCE = 300.0  # seconds in which a file must have come
BUSY = N_("Máy chủ đang kiểm tra tệp của người khác. Hãy thử lại sau ít phút.")
SLOW = N_("Tệp tải lên quá lâu nên không được kiểm tra. Hãy thử lại với đường truyền tốt hơn.")
NEITHER = N_("Mã tra cứu gồm 16 chữ và số in trên văn bản; mã SHA-256 gồm 64 chữ và số. Hãy nhập lại.")
NOT_FOUND = N_("Không có văn bản nào đã phát hành với mã này. Hãy đối chiếu lại từng ký tự.")
CHANGING = {Fault.CHANGED, Fault.BROKEN, Fault.PARTIAL, Fault.TAIL}


class TooManyChecks(TooManyAttempts):
    message = N_("Đã kiểm tra quá nhiều tệp từ mạng này. Hãy thử lại sau 15 phút.")


@dataclass(frozen=True)
class Finding:
    """``state``: "issued", "withdrawn", "replaced", "earlier" (no file that left), "changed" or "unknown"."""

    state: str
    sha256: str
    document: OfficialDocument | None = None
    added: bool = False  # something stands behind the issued file, such as a receiver's own signature

    @property
    def name(self) -> str:
        return name_document(self.document) if self.document is not None else ""


async def show_verify(request: web.Request) -> web.Response:
    return _render(request, None, (), {})


@streams_form
async def submit_verify(request: web.Request) -> web.StreamResponse:
    """The file is looked at and forgotten; files of strangers wait for each other, not others for them."""
    try:
        _count(request)
        async with _room(request):
            data = await _receive(request)
            async with request.app[VERIFYING]:
                trust = await load_trust(request.app[CONFIG])
                verdict = await print_apart(request.app, verify, data, trust, now_of(request))
    except (Invalid, Conflict) as refusal:
        return _render(request, None, (), {refusal.field or "file": explain(refusal)}, status=status_of(refusal))
    return _render(request, await _find(request, verdict), summarise(verdict), {})


def _count(request: web.Request) -> None:
    throttle, key, now = request.app[THROTTLE], f"verify:{address_of(request)}", now_of(request)
    if throttle.count(key, now) >= ADDRESS_FAILURES:
        raise TooManyChecks
    throttle.add(key, now)


@asynccontextmanager
async def _room(request: web.Request) -> AsyncIterator[None]:
    """Files are held in memory until they are looked at: so many at a time, and few of one address."""
    receiving, address = request.app[RECEIVING], address_of(request)
    if receiving.total() >= MOST_RECEIVED or receiving[address] >= MOST_OF_ADDRESS:
        raise Conflict(BUSY, field="file")
    receiving[address] += 1
    try:
        yield
    finally:
        receiving[address] -= 1
        if not receiving[address]:
            del receiving[address]


async def _receive(request: web.Request) -> bytes:
    """A sender who dawdles must not keep the others from coming in."""
    try:
        async with asyncio.timeout(PATIENCE):
            return (await receive_file(request))[1]
    except TimeoutError:
        raise Invalid(SLOW, field="file") from None


async def _find(request: web.Request, verdict: Verdict) -> Finding:
    """Of the whole file, or of what it was when its last signature of ours was made."""
    async with request.app[DATABASE].read() as session:
        known = await find_by_hash(session, [verdict.sha256])
        added = known is None
        if known is None and verdict.signatures:
            known = await find_by_hash(session, [each.sha256 for each in verdict.signatures])
    faults = {*verdict.faults, *(fault for each in verdict.signatures for fault in each.faults)}
    if known is None:
        return Finding("unknown", verdict.sha256)
    if added and faults & CHANGING:
        return Finding("changed", verdict.sha256)
    if not known.is_final or known.document.state not in LEFT:
        return Finding("earlier", verdict.sha256)
    return Finding(known.document.state.value, verdict.sha256, known.document, added)


async def submit_code(request: web.Request) -> web.Response:
    fields = await read_form(request)
    typed = fields.raw("code")
    bare = re.sub(r"[\s.–-]", "", typed)
    async with request.app[DATABASE].read() as session:
        document = None
        if HASH.fullmatch(bare.lower()):
            known = await find_by_hash(session, [bare.lower()])
            document = known.document if known is not None and known.is_final else None
        elif len(bare) == CODE_LENGTH and bare.isascii() and bare.isalnum():
            document = await find_by_code(session, bare.upper())
        else:
            return _render(request, None, (), {"code": _(NEITHER)}, typed, 422)
    if document is None or document.state not in LEFT:
        note_guess(request)
        return _render(request, None, (), {"code": _(NOT_FOUND)}, typed, 404)
    found = Finding(document.state.value, document.signed_sha256, document)
    verdict = document.signatures.get("list", [])
    return _render(request, found, _tell_known(verdict), {})


def _tell_known(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the file that was issued, which was verified when it was taken."""
    return [
        {
            "name": each["signer"],
            "issuer": "",
            "serial": "",
            "at": datetime.fromisoformat(each["at"]) if each["at"] else None,
            "stamped": False,
            "good": True,
            "faults": (),
            "doubts": [],
        }
        for each in kept
    ]


def _render(
    request: web.Request,
    found: Finding | None,
    signatures: Any,
    errors: Mapping[str, str],
    typed: str = "",
    status: int = 200,
) -> web.Response:
    context = {
        "found": found,
        "signatures": signatures,
        "errors": errors,
        "typed": typed,
        "limit": SIGNED_MB,
        "faults": FAULTS,
    }
    return render(request, "verify.html", context, status)
