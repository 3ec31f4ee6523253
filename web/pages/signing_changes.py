"""Each way of signing a document: the form is read, the file is signed or taken, verified, and then believed."""

from datetime import datetime

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import signature_actions
from meetings.document_models import OfficialDocument
from meetings.documents.access import Access, load_document, require_keeping
from meetings.errors import N_, Conflict, Invalid, NotAllowed
from meetings.permissions import Actor
from meetings.printing.wording import write_number
from meetings.signature_actions import Handed, check_turn
from meetings.signature_store import find_image
from meetings.signing.appearance import LARGEST_IMAGE, NOT_PNG
from meetings.signing.matching import Expected
from meetings.signing.placing import ORGAN, SEAL_MM, Look, sign_and_verify, spell_signing
from meetings.signing.signers import FileKey, TokenKey
from meetings.signing.verdicts import Verdict
from meetings.signing.verifying import verify
from web.document_files import drop_document, dropping, keep_document, read_document, receive_file
from web.inputs import clean, key_of, read_form, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.middlewares import streams_form
from web.pages.forms import attempt, explain, redirect, status_of
from web.pages.signing import render_sign
from web.press import print_apart
from web.signing_keys import holds_seal, load_seal, load_trust

LARGEST_KEY = 64 * 2**10  # bytes
KEY_TOO_LARGE = N_("Tệp khóa ký không lớn hơn 64 kB. Hãy chọn đúng tệp .p12 hoặc .pfx.")
NO_PASSWORD = N_("Hãy nhập mật khẩu của tệp khóa ký.")


@streams_form
async def submit_upload(request: web.Request) -> web.StreamResponse:
    """A PDF that was signed elsewhere. Who may not sends no file."""
    await _require(request)
    try:
        _texts, data = await receive_file(request)
        rows_wait = await take_file(request, actor_of(request), key_of(request), data, "upload")
    except (Invalid, Conflict) as refusal:
        return await _refuse(request, refusal, {"": "file"})
    return _go_on(request, waiting=rows_wait)


@streams_form
async def submit_key(request: web.Request) -> web.StreamResponse:
    """With a person's key in a PKCS#12 file: used for this signature, then forgotten."""
    await _require(request)
    try:
        texts, data = await receive_file(request)
        if len(data) > LARGEST_KEY:
            raise Invalid(KEY_TOO_LARGE, field="file")
        if not texts.get("password"):
            raise Invalid(NO_PASSWORD, field="password")
        waiting = await _sign_here(request, FileKey(data, texts["password"]))
    except (Invalid, Conflict) as refusal:
        return await _refuse(request, refusal, {"file": "key_file", "": "key_file"})
    return _go_on(request, waiting=waiting)


async def submit_seal(request: web.Request) -> web.Response:
    """With the organ's key that this server holds."""
    fields, config = await read_form(request), request.app[CONFIG]
    await _require(request, seals=True)
    if not holds_seal(config):
        raise NotAllowed

    async def change() -> bool:
        return await _sign_here(request, await load_seal(config), seals=True)

    outcome = await attempt(fields, change)
    if fields.errors:
        return await render_sign(request, {"seal": next(iter(fields.errors.values()))}, status_of(outcome))
    return _go_on(request, waiting=bool(outcome))


async def submit_confirm(request: web.Request) -> web.Response:
    fields = await read_form(request)

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await signature_actions.confirm_signers(session, actor_of(request), key_of(request), now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return await render_sign(request, fields.errors, status_of(outcome))
    return redirect(_page(request), "signature_added")


async def submit_discard(request: web.Request) -> web.Response:
    await read_form(request)
    async with request.app[DATABASE].write() as session:
        files = await signature_actions.discard_signers(session, actor_of(request), key_of(request), now_of(request))
    for name in files:
        await drop_document(request.app[CONFIG].documents, name)
    return redirect(_page(request), "signature_discarded")


@streams_form
async def submit_image(request: web.Request) -> web.StreamResponse:
    """The picture of one's own signature, or of the organ's seal with its real width."""
    actor, key, now = actor_of(request), key_of(request), now_of(request)
    seals = request.match_info["whose"] == "seal"
    await _require(request, seals=seals)
    name = "seal_image" if seals else "own_image"
    try:
        texts, data = await receive_file(request)
        if len(data) > LARGEST_IMAGE:
            raise Invalid(NOT_PNG, field="image")
        seal_mm = (read_key(clean(texts.get("width_mm", ""))) or 0) if seals else None
        async with request.app[DATABASE].write() as session:
            await signature_actions.keep_image(session, actor, key, data, now, seal_mm=seal_mm)
    except (Invalid, Conflict) as refusal:
        return await _refuse(request, refusal, {"image": name, "file": name, "": name})
    return redirect(_page(request), "signature_image")


async def take_file(request: web.Request, actor: Actor, key: int, data: bytes, method: str) -> bool:
    """Verify a signed file and take it; whether somebody has to confirm whose a certificate is."""
    async with request.app[DATABASE].read() as session:
        _access, document, _expected = await check_turn(session, actor, key)
    before, original = await _read_files(request, document)
    trust = await load_trust(request.app[CONFIG])
    verdict = await print_apart(request.app, verify, data, trust, now_of(request), original=original, before=before)
    return await _take(request, actor, document, data, verdict, method, len(before))


async def _sign_here(request: web.Request, key: FileKey | TokenKey, *, seals: bool = False) -> bool:
    actor, config, now = actor_of(request), request.app[CONFIG], now_of(request)
    async with request.app[DATABASE].read() as session:
        access, document, expected = await check_turn(session, actor, key_of(request))
        if seals and expected.role != ORGAN:
            raise Conflict(signature_actions.NOT_NOW)
        look = await _choose_look(session, access, document, expected, now)
    before, original = await _read_files(request, document)
    trust = await load_trust(config)
    signed, verdict = await print_apart(
        request.app, sign_and_verify, before, expected.role, key, look, config.timestamp_url, trust, now, original
    )
    return await _take(request, actor, document, signed, verdict, key.method, len(before))


async def _choose_look(
    session: AsyncSession, access: Access, document: OfficialDocument, expected: Expected, now: datetime
) -> Look:
    """An image where there is one; else name, or number and symbol, and the time."""
    if expected.role != ORGAN:
        image = await find_image(session, expected.person_id)
        return Look(image.png if image else b"", lines=spell_signing(expected.name, now))
    seal = await find_image(session, None, expected.unit_id)
    chair = await find_image(session, access.bundle.chair.id)
    named = write_number(str(document.number or ""), document.symbol)
    return Look(
        seal.png if seal else b"",
        chair.png if chair else b"",
        seal.width_mm if seal and seal.width_mm else SEAL_MM,
        spell_signing(named, now),
    )


async def _read_files(request: web.Request, document: OfficialDocument) -> tuple[bytes, bytes]:
    """The newest file and the one that was printed here."""
    folder = request.app[CONFIG].documents
    before = await read_document(folder, document.signed_file, document.signed_sha256)
    if document.unsigned_sha256 == document.signed_sha256:
        return before, before
    return before, await read_document(folder, document.unsigned_file, document.unsigned_sha256)


async def _take(
    request: web.Request,
    actor: Actor,
    document: OfficialDocument,
    data: bytes,
    verdict: Verdict,
    method: str,
    before_size: int,
) -> bool:
    name = await keep_document(request.app[CONFIG].documents, data, "pdf")
    handed = Handed(
        file=name,
        verdict=verdict,
        method=method,
        before_sha256=document.signed_sha256,
        before_size=before_size,
    )
    async with dropping(request.app[CONFIG].documents, name), request.app[DATABASE].write() as session:
        rows = await signature_actions.take_signed(session, actor, document.id or 0, handed, now_of(request))
        return any(row.confirmed_at is None for row in rows)


async def _require(request: web.Request, *, seals: bool = False) -> None:
    """Asked before the form is looked at, and again in the transaction of the change."""
    async with request.app[DATABASE].read() as session:
        access, document = await load_document(session, actor_of(request), key_of(request))
    signature_actions.require_handing_in(access, document)
    if seals:
        require_keeping(access, document)


async def _refuse(request: web.Request, refusal: Invalid | Conflict, renamed: dict[str, str]) -> web.Response:
    errors = {renamed.get(refusal.field, refusal.field): explain(refusal)}
    return await render_sign(request, errors, status_of(refusal))


def _go_on(request: web.Request, *, waiting: bool) -> web.Response:
    return redirect(_page(request), "signature_waiting" if waiting else "signature_added")


def _page(request: web.Request) -> str:
    return f"/documents/{key_of(request)}/sign"
