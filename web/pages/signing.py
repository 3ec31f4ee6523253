"""The signing of one official document: who has signed, whose turn it is, and the ways to sign.

``sign.html``
    ``document``, ``bundle``, ``shown`` (its name and number), ``turn`` (signature_actions.Turn), ``roles`` (rows below)
    ``ways``: which of them are offered; ``errors`` of a refused form
What changes something is in ``signing_changes.py``; the program on a person's computer in ``signing_program.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from meetings.document_models import OfficialDocument
from meetings.documents.access import Access, load_document
from meetings.documents.wording import name_document
from meetings.errors import N_, NotFound
from meetings.record_permissions import may_hand_in_signature
from meetings.signature_actions import ROLE_NAMES, Turn, see_turn
from meetings.signature_models import Signature
from meetings.signature_store import find_code, find_image, read_code
from meetings.signing.matching import Expected
from meetings.signing.verdicts import DOUBTS, Doubt, Verdict, read_signature
from web.config import Config
from web.document_files import GUARDED, SIGNED_MB, read_document
from web.i18n import _
from web.inputs import key_of
from web.keys import CONFIG, DATABASE, actor_of, origin_of
from web.layout import render
from web.middlewares import POLICY
from web.signing_keys import holds_seal

METHOD_NAMES = {
    "upload": N_("tệp ký ở nơi khác"),
    "pkcs12": N_("khóa trong tệp"),
    "pkcs11": N_("thiết bị ký của máy chủ"),
    "plugin": N_("chương trình ký số trên máy"),
}


@dataclass(frozen=True)
class RoleRow:
    """One who has to sign, with the signature where there is one. ``state``: "done", "waiting", "now" or "next"."""

    expected: Expected
    title: str
    state: str
    signature: Signature | None = None
    doubts: tuple[str, ...] = ()
    revocation: str = ""


def list_roles(turn: Turn) -> list[RoleRow]:
    waiting = {row.role: row for row in turn.waiting}
    rows = []
    for expected in turn.roles:
        signature, title = turn.of(expected.role) or waiting.get(expected.role), _(ROLE_NAMES[expected.role])
        if signature is not None:
            state = "waiting" if signature.confirmed_at is None else "done"
            doubts, revocation = tell_doubts(signature)
            rows.append(RoleRow(expected, title, state, signature, doubts, revocation))
        else:
            is_next = turn.next is not None and turn.next.role == expected.role and not turn.waiting
            rows.append(RoleRow(expected, title, "now" if is_next else "next"))
    return rows


def tell_doubts(signature: Signature) -> tuple[tuple[str, ...], str]:
    """What was doubtful of one signature when it was taken, in words, and what was known of revocation."""
    found = [read_signature(each) for each in signature.verdict.get("signatures", [])]
    own = next((each for each in found if each.certificate.fingerprint == signature.fingerprint), None)
    if own is None:
        return (), ""
    return tuple(_(DOUBTS[Doubt(doubt)]) for doubt in own.doubts), own.revocation


async def write_code(request: web.Request, document: OfficialDocument) -> str:
    """The line below a numbered document by which whoever holds it, also on paper, may verify it."""
    async with request.app[DATABASE].write() as session:
        code = await read_code(session, document)
    return f"Mã tra cứu: {code}, kiểm tra tại {origin_of(request)}/verify"


async def show_sign(request: web.Request) -> web.Response:
    return await render_sign(request, {})


async def render_sign(request: web.Request, errors: Mapping[str, str], status: int = 200) -> web.Response:
    config = request.app[CONFIG]
    async with request.app[DATABASE].read() as session:
        access, document = await load_document(session, actor_of(request), key_of(request))
        if not access.may_view_drafts(document.organ_unit_id):
            raise NotFound
        turn = await see_turn(session, access, document)
        own = await find_image(session, access.actor.person_id)
        seal = await find_image(session, None, document.organ_unit_id)
        code = await find_code(session, document.id or 0)
    context: dict[str, Any] = {
        "document": document,
        "bundle": access.bundle,
        "shown": name_document(document),
        "turn": turn,
        "roles": list_roles(turn),
        "ways": list_ways(access, document, turn, config),
        "images": {"own": own, "seal": seal},
        "code": code,
        "limit": SIGNED_MB,
        "methods": {name: _(words) for name, words in METHOD_NAMES.items()},
        "errors": errors,
    }
    response = render(request, "sign.html", context, status)
    if config.signing_program and config.signing_program_address:
        # The program's script calls the person's own computer, and nothing else, from this page alone.
        policy = POLICY.replace("connect-src 'self'", f"connect-src 'self' {config.signing_program_address}")
        response.headers["Content-Security-Policy"] = policy
    return response


def list_ways(access: Access, document: OfficialDocument, turn: Turn, config: Config) -> dict[str, bool]:
    """Which ways of signing this person is offered now."""
    keeps = access.may_keep(document.organ_unit_id)
    may = may_hand_in_signature(access.actor, access.bundle.meeting, keeps=keeps)
    is_open = may and turn.next is not None and not turn.waiting
    seals = is_open and turn.next is not None and turn.next.role == "organ"
    return {
        "any": is_open,
        "confirm": may and bool(turn.waiting),
        "seal": seals and keeps and holds_seal(config),
        "key": is_open and not (seals and holds_seal(config)),
        "program": is_open and bool(config.signing_program),
        "own_image": access.actor.person_id is not None and may,
        "seal_image": keeps,
        "roots": bool(config.signing_roots),
    }


async def download_to_sign(request: web.Request) -> web.Response:
    """``/documents/{id}/sign/file.pdf``: the newest file, on which the next signature is made."""
    async with request.app[DATABASE].read() as session:
        access, document = await load_document(session, actor_of(request), key_of(request))
        if not access.may_view_drafts(document.organ_unit_id) or not document.signed_file:
            raise NotFound
    data = await read_document(request.app[CONFIG].documents, document.signed_file, document.signed_sha256)
    return send_pdf(data, f"van-ban-{document.id}-can-ky.pdf")


def send_pdf(data: bytes, name: str) -> web.Response:
    headers = GUARDED | {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=data, content_type="application/pdf", headers=headers)


async def download_program(request: web.Request) -> web.StreamResponse:
    """``/documents/sign/program.js``: the script of the signing program, as the administrator laid it down."""
    actor_of(request)
    if not request.app[CONFIG].signing_program:
        raise NotFound
    return web.FileResponse(request.app[CONFIG].signing_program, headers={"Content-Type": "text/javascript"})


def summarise(verdict: Verdict) -> list[dict[str, Any]]:
    """Each signature of a file for a reader: whose, when, and what speaks against it."""
    return [
        {
            "name": each.certificate.common_name,
            "issuer": each.certificate.issuer,
            "serial": each.certificate.serial,
            "at": each.at,
            "stamped": each.stamped,
            "good": not each.faults,
            "faults": each.faults,
            "doubts": [_(DOUBTS[doubt]) for doubt in each.doubts],
        }
        for each in verdict.signatures
    ]
