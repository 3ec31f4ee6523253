"""The signing program on a person's computer: what is asked of it, where it fetches the file and hands it in.

The program knows no session of ours. It is let in by a token in the address: good once, for ten minutes, for one
document in the state in which it was asked for, and in the name of the account that asked. The file that it hands in
is an upload like any other.
"""

from aiohttp import web

from meetings import signature_actions
from meetings.documents.access import load_document
from meetings.errors import Conflict, Invalid, NotAllowed, NotFound
from meetings.printing.wording import write_number
from meetings.signature_actions import MOVED, order_signature
from meetings.signing.placing import ORGAN
from meetings.signing.plugin import UPLOAD_PART, PluginSigner, answer_upload
from meetings.signing.preparing import SIGN
from meetings.signing.signers import Order
from web.document_files import read_document, read_upload
from web.inputs import key_of
from web.keys import CONFIG, DATABASE, actor_of, now_of, origin_of
from web.middlewares import streams_form
from web.pages.forms import explain
from web.pages.guesses import note_guess
from web.pages.signing import send_pdf
from web.pages.signing_changes import take_file
from web.uploads import list_parts, read_chunks


async def submit_order(request: web.Request) -> web.Response:
    """What the page asks of the program, as JSON: the function's name and its argument."""
    actor, key, now = actor_of(request), key_of(request), now_of(request)
    if not request.app[CONFIG].signing_program:
        raise NotFound
    async with request.app[DATABASE].write() as session:
        token, document, role = await order_signature(session, actor, key, now)
    base = f"{origin_of(request)}/documents/{key}/sign/program/{token}"
    seals = role == ORGAN
    signer = PluginSigner(
        file_url=f"{base}/van-ban.pdf",
        upload_url=base,
        session_id=str(key),
        number=write_number(str(document.number or ""), document.symbol) if seals else "",
        issued_at=now if seals else None,
    )
    asked = signer.begin(Order(pdf=b"", field=SIGN + role, drawn=b""))
    return web.json_response({"function": asked.function, "request": asked.request})


async def download_ordered(request: web.Request) -> web.Response:
    """The file that is to be signed, as long as the order is good."""
    token = request.match_info["token"]
    try:
        async with request.app[DATABASE].read() as session:
            actor, order = await signature_actions.open_order(session, key_of(request), token, now_of(request))
            _access, document = await load_document(session, actor, order.document_id)
    except NotFound:
        note_guess(request)
        raise
    if document.signed_sha256 != order.before_sha256:
        raise NotFound(signature_actions.USED)
    data = await read_document(request.app[CONFIG].documents, document.signed_file, document.signed_sha256)
    return send_pdf(data, "van-ban.pdf")


@streams_form
async def submit_ordered(request: web.Request) -> web.Response:
    """The program hands the signed file in; it expects JSON whatever happens."""
    token, now = request.match_info["token"], now_of(request)
    try:
        async with request.app[DATABASE].write() as session:
            actor, order = await signature_actions.use_order(session, key_of(request), token, now)
    except NotFound as refusal:
        note_guess(request)
        return web.json_response(answer_upload(False, explain(refusal)), status=404)
    try:
        async with request.app[DATABASE].read() as session:
            _access, document = await load_document(session, actor, order.document_id)
        if document.signed_sha256 != order.before_sha256:
            raise Conflict(MOVED)
        await take_file(request, actor, order.document_id, await _receive(request), "plugin")
    except (Invalid, Conflict, NotAllowed, NotFound) as refusal:
        return web.json_response(answer_upload(False, explain(refusal)), status=422)
    return web.json_response(answer_upload(True, "", "van-ban.pdf"))


async def _receive(request: web.Request) -> bytes:
    async for part in list_parts(request):
        if part.name == UPLOAD_PART:
            return await read_upload(read_chunks(part))
    raise Invalid(field="file")
