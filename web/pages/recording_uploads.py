"""Bringing recordings of a meeting that was held elsewhere: the page, and the files, piece by piece.

The pieces follow the way of tus (resumable uploads): a file is announced, ``HEAD`` says how much of it is there,
``PATCH`` adds to it from there on. What came before a connection broke stays; the file itself says how much that is.
"""

import asyncio
import errno
import fcntl
import logging
import os
import re
import shutil
from pathlib import Path
from typing import BinaryIO

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.errors import N_, Conflict, NotAllowed
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.permissions import may_record_held
from meetings.record_permissions import may_manage_recordings
from transcripts import store
from transcripts.failures import list_failures
from transcripts.models import RecordingState
from transcripts.upload_models import Upload
from transcripts.uploads import (
    KEPT_DAYS,
    Announced,
    announce,
    drop_stale,
    finish_upload,
    get_upload,
    list_uploads,
    upload_path,
    withdraw,
)
from web.i18n import _, local
from web.inputs import Fields, read_form
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.middlewares import require_token, streams_form
from web.pages.forms import attempt, redirect, status_of, sure
from web.pages.recordings import tell_reason
from web.paper_files import clean_file_name

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
SILENCE = 60.0  # seconds without a byte: the line is broken, whatever it says, and the file free for another try
NUMBER = re.compile(r"[0-9]{1,15}")
STATES = {
    RecordingState.OPEN: N_("Đang ghi"),
    RecordingState.CLOSED: N_("Chờ nhận dạng tiếng nói"),
    RecordingState.TRANSCRIBED: N_("Đã gỡ băng"),
    RecordingState.FAILED: N_("Không xử lý được"),
}
NO_ROOM = N_("Máy chủ hết chỗ lưu. Phần đã tải lên vẫn còn; hãy báo quản trị hệ thống rồi bấm Tiếp tục.")


async def show_recordings(request: web.Request) -> web.Response:
    """``/meetings/{slug}/recordings``: what there is, what is on its way, and the form for more."""
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await _load(session, request)
        recordings = await store.list_recordings(session, bundle.id)
        uploads = await list_uploads(session, bundle.id)
        failures = await list_failures(session, [bundle.id])
    begin = local(bundle.meeting.started_at or bundle.meeting.starts_at)
    context = {
        "bundle": bundle,
        "recordings": recordings,
        "states": STATES,
        "waiting": [(each, _count_bytes(request, each)) for each in uploads if each.finished_at is None],
        "reading": [each for each in uploads if each.finished_at is not None and each.recording_id is None],
        "failures": failures,
        "may_retry": True,
        "may_record_held": may_record_held(actor, bundle.meeting),
        "tell_reason": tell_reason,
        "places": [each.site.name for each in bundle.invitations if each.site],
        "day": begin.date(),
        "time": f"{begin:%H:%M}",
        "limit_mb": request.app[CONFIG].upload_mb,
        "kept_days": KEPT_DAYS,
    }
    return render(request, "recordings.html", context)


async def _load(session: AsyncSession, request: web.Request) -> MeetingBundle:
    bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
    if not may_manage_recordings(actor_of(request), bundle.meeting):
        raise NotAllowed
    return bundle


def _folder(request: web.Request) -> Path:
    return request.app[CONFIG].recordings


def _count_bytes(request: web.Request, upload: Upload) -> int:
    if upload.finished_at is not None:
        return upload.size
    try:
        return upload_path(_folder(request), upload.token).stat().st_size
    except FileNotFoundError:
        return 0


async def announce_upload(request: web.Request) -> web.Response:
    """A file is going to come: 201 with the place for it, and how much of it is there from an earlier try."""
    actor, now, fields = actor_of(request), now_of(request), await read_form(request)
    async with request.app[DATABASE].read() as session:
        bundle = await _load(session, request)
    told = _read_announced(request, fields, bundle)

    async def change() -> Upload:
        async with request.app[DATABASE].write() as session:
            stale = await drop_stale(session, now)
        for token in stale:
            await asyncio.to_thread(upload_path(_folder(request), token).unlink, missing_ok=True)
        async with request.app[DATABASE].write() as session:
            return await announce(session, actor, bundle.id, sure(told), now)

    outcome = await attempt(fields, change)
    if not isinstance(outcome, Upload):
        return web.json_response({"errors": fields.errors}, status=status_of(outcome))
    answer = {"token": outcome.token, "offset": await _look(request, outcome), "size": outcome.size}
    return web.json_response(answer, status=201)


def _read_announced(request: web.Request, fields: Fields, bundle: MeetingBundle) -> Announced | None:
    size, limit = _read_number(fields.raw("size")), request.app[CONFIG].upload_mb
    if not size:
        fields.refuse("file", _("Tệp rỗng, không có âm thanh."))
    elif size > limit * 2**20:
        fields.refuse("file", _("Tệp lớn hơn {limit} MB nên không nhận. Hãy tách lấy phần âm thanh.", limit=limit))
    speaker = fields.text("speaker", 200, _("Hãy ghi tên người nói hoặc điểm cầu của tệp."))
    day = fields.day("day", _("Hãy nhập ngày ghi âm."))
    starts_at = fields.instant(day, "time", _("Hãy nhập giờ bắt đầu của tệp."))
    if fields.errors or not size or starts_at is None:
        return None
    site = next((each.site for each in bundle.invitations if each.site and each.site.name == speaker), None)
    return Announced(clean_file_name(fields.raw("name")), size, speaker, site.id if site else None, starts_at)


def _read_number(text: str) -> int | None:
    """Of bytes, more of which come than an INTEGER column holds."""
    return int(text) if NUMBER.fullmatch(text) else None


async def tell_offset(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        upload = await get_upload(session, (await _load(session, request)).id, request.match_info["token"])
    return web.Response(headers=_describe(await _look(request, upload), upload))


async def _look(request: web.Request, upload: Upload) -> int:
    """How much is there. All of it where the server died before the books knew: whoever asks sends nothing more."""
    offset = _count_bytes(request, upload)
    if offset == upload.size and upload.finished_at is None:
        await _finish(request, upload)
    return offset


async def _finish(request: web.Request, upload: Upload) -> None:
    async with request.app[DATABASE].write() as session:
        await finish_upload(session, await get_upload(session, upload.meeting_id, upload.token), now_of(request))


def _describe(offset: int, upload: Upload) -> dict[str, str]:
    return {"Upload-Offset": str(offset), "Upload-Length": str(upload.size)}


@streams_form
async def take_piece(request: web.Request) -> web.Response:
    """Add to the file from ``Upload-Offset`` on; with its last byte the worker is asked to read it."""
    require_token(request, request.headers.get("X-CSRF-Token", ""))
    async with request.app[DATABASE].read() as session:
        bundle = await _load(session, request)
        upload = await get_upload(session, bundle.id, request.match_info["token"])
    given = _read_number(request.headers.get("Upload-Offset", ""))
    if request.content_type != "application/offset+octet-stream" or given is None or upload.finished_at:
        raise web.HTTPBadRequest
    try:
        offset = await _append(request, upload, given)
    except OSError as error:
        log.warning("a recording could not be taken in: %s", error)
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        return web.json_response({"error": _(NO_ROOM)}, status=507)
    if offset == upload.size:
        await _finish(request, upload)
    return web.Response(status=204, headers=_describe(offset, upload))


async def _append(request: web.Request, upload: Upload, offset: int) -> int:
    """Write what comes; returns how much is there then, also where the sender went away meanwhile."""
    path, floor = upload_path(_folder(request), upload.token), request.app[CONFIG].disk_floor_mb * 2**20
    file = await asyncio.to_thread(_open, path)
    try:
        there = os.fstat(file.fileno()).st_size
        if there != offset:
            raise Conflict(N_("Phần tải lên không khớp với phần đã có. Trang sẽ tự tiếp tục từ chỗ đã lưu."))
        while piece := await _read_piece(request):
            if there + len(piece) > upload.size:
                raise web.HTTPBadRequest
            await asyncio.to_thread(_write, file, piece, floor)
            there += len(piece)
        return there
    finally:
        await asyncio.shield(asyncio.to_thread(_close, file))


def _open(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = path.open("ab", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Conflict(N_("Tệp này đang được tải lên từ một trang khác.")) from None
    except OSError:
        file.close()
        raise
    return file


async def _read_piece(request: web.Request) -> bytes:
    """What came next; nothing at the end, and where nothing comes any more."""
    try:
        async with asyncio.timeout(SILENCE):
            return await request.content.read(CHUNK)
    except TimeoutError:
        return b""


def _write(file: BinaryIO, piece: bytes, floor: int) -> None:
    """Looked at for each piece: recordings of meetings that go on need the room under the floor."""
    if shutil.disk_usage(file.fileno()).free - floor < len(piece):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    rest = memoryview(piece)
    while rest:  # a disk that is nearly full takes a part
        rest = rest[file.write(rest) :]


def _close(file: BinaryIO) -> None:
    with file:
        os.fsync(file.fileno())


async def submit_withdrawal(request: web.Request) -> web.Response:
    """A file that is on its way, or could not be read, is not wanted any more."""
    actor, slug = actor_of(request), request.match_info["slug"]
    async with request.app[DATABASE].write() as session:
        bundle = await _load(session, request)
        upload = await withdraw(session, actor, bundle.id, request.match_info["token"], now_of(request))
    await asyncio.to_thread(upload_path(_folder(request), upload.token).unlink, missing_ok=True)
    return redirect(f"/meetings/{slug}/recordings", "upload_withdrawn")
