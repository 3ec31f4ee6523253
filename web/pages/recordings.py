"""The files of the record: the mixed sound, the transcript, the documents; and how far the work on them is.

Nothing but the mix is played: the tracks of single speakers are for the worker. Who hears, reads or downloads is
decided by ``meetings.permissions`` on every path, and each time it is noted in the audit log.
"""

import asyncio
import hashlib
import logging
import re
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.audit import has_entry, write_entry
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.meeting_store import MeetingBundle, get_meeting, is_visible
from meetings.permissions import Actor
from transcripts import store
from transcripts.actions import progress
from transcripts.captions import write_json, write_text, write_vtt
from transcripts.errors import Reason
from transcripts.models import MinutesState
from web.config import Config
from web.i18n import _, local
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.paper_files import MEDIA_TYPES

log = logging.getLogger(__name__)

LONGEST_LISTENING = timedelta(hours=12)
WRITERS = {
    "vtt": ("text/vtt", write_vtt),
    "txt": ("text/plain", write_text),
    "json": ("application/json", write_json),
}
DAMAGED = N_(
    "Tệp lưu trên máy chủ không khớp mã băm đã ghi khi phê duyệt nên không được tải về. Hãy báo quản trị hệ thống."
)


def mix_path(config: Config, bundle: MeetingBundle) -> Path:
    return config.recordings / bundle.slug / "mix.webm"


async def mix_start(session: AsyncSession, meeting_id: int) -> datetime | None:
    """The instant with which the mixed sound begins: that of the first recording."""
    recordings = await store.list_recordings(session, meeting_id)
    return recordings[0].started_at if recordings else None


def name_file(stem: str, bundle: MeetingBundle, ending: str) -> str:
    """A name that every system can keep: ``bien-ban-hop-giao-ban-2026-11-24-v1.pdf``; ASCII, at most 120 characters."""
    plain = unicodedata.normalize("NFD", bundle.meeting.title.lower().replace("đ", "d"))
    title = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")[:80].strip("-")
    day = local(bundle.meeting.started_at or bundle.meeting.starts_at).date().isoformat()
    return "-".join(part for part in (stem, title, day) if part) + ending


async def play_sound(request: web.Request) -> web.StreamResponse:
    """``/meetings/{slug}/audio``: the whole meeting in one WebM file, in parts as the player asks (RFC 9110, Range).

    A player begins with the first byte and asks for more as it goes on: that is noted once. Whoever asks for a later
    part without having begun is noted too.
    """
    actor, now = actor_of(request), now_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await get_meeting(session, request.match_info["slug"])
        noted = await has_entry(session, actor, "recording.hear", f"meeting:{bundle.id}", now - LONGEST_LISTENING)
    _require_hearing(actor, bundle)
    path = mix_path(request.app[CONFIG], bundle)
    if not await asyncio.to_thread(path.is_file):
        raise NotFound
    begins = request.headers.get("Range", "bytes=0-").startswith("bytes=0-")
    if request.method == "GET" and (begins or not noted):
        async with request.app[DATABASE].write() as session:
            await write_entry(session, actor, "recording.hear", f"meeting:{bundle.id}", {}, now, request.remote or "")
    return web.FileResponse(path, headers={"Content-Type": "audio/webm", "Cache-Control": "private, no-cache"})


async def download_transcript(request: web.Request) -> web.Response:
    """``/meetings/{slug}/transcript.{vtt,txt,json}``: what was recognised; times from the sound's beginning."""
    actor, ending = actor_of(request), request.match_info["format"]
    async with request.app[DATABASE].write() as session:
        bundle = await get_meeting(session, request.match_info["slug"])
        _require_hearing(actor, bundle)
        conversation = await store.load_conversation(session, bundle.id)
        zero = await mix_start(session, bundle.id)
        if not conversation or zero is None:
            raise NotFound
        await _note(session, request, actor, "transcript.download", bundle, format=ending)
    content_type, write = WRITERS[ending]
    name = name_file("ban-go-bang", bundle, f".{ending}")
    return web.Response(
        text=write(conversation, zero), content_type=content_type, charset="utf-8", headers=_as_attachment(name)
    )


async def download_document(request: web.Request) -> web.Response:
    """``/meetings/{slug}/minutes/v{version}.{pdf,docx}``: an approved version, checked against its hash."""
    actor, ending = actor_of(request), request.match_info["format"]
    async with request.app[DATABASE].write() as session:
        bundle = await get_meeting(session, request.match_info["slug"])
        if not permissions.may_download_documents(actor, bundle.meeting, bundle.invited_unit_ids):
            raise _refusal(actor, bundle)
        versions = await store.list_versions(session, bundle.id)
        minutes = next((row for row in versions if str(row.version) == request.match_info["version"]), None)
        if minutes is None or minutes.id is None or minutes.state is not MinutesState.APPROVED:
            raise NotFound
        documents = await store.list_documents(session, minutes.id)
        document = next((row for row in documents if row.format == ending), None)
        if document is None:
            raise NotFound
        await _note(session, request, actor, "document.download", bundle, format=ending, version=minutes.version)
    content = await asyncio.to_thread(_read_file, request.app[CONFIG].documents / document.path)
    if hashlib.sha256(content).hexdigest() != document.sha256:
        log.error("document %s of %s is not what was approved", document.path, bundle.slug)
        raise Conflict(DAMAGED)
    name = name_file("bien-ban", bundle, f"-v{minutes.version}.{ending}")
    return web.Response(body=content, content_type=MEDIA_TYPES[ending], headers=_as_attachment(name))


async def show_progress(request: web.Request) -> web.Response:
    """JSON for the page of the minutes: what is being worked on, and what is there to show since."""
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        bundle = await get_meeting(session, request.match_info["slug"])
        if not permissions.may_view_minutes(actor, bundle.meeting, bundle.invited_unit_ids, approved=False):
            raise _refusal(actor, bundle)
        now = await progress(session, bundle.id, now_of(request), tell_reason)
        minutes = await store.find_minutes(session, bundle.id)
        documents = await store.list_documents(session, minutes.id) if minutes and minutes.id else []
    return web.json_response(
        {
            "recordings": now.recordings,
            "transcribed": now.transcribed,
            "failed": now.failed,
            "done": now.done,
            "total": now.total,
            "ends": f"{local(now.ends_at):%H:%M}" if now.ends_at else "",
            "importing": now.importing,
            "drafting": now.drafting,
            "rendering": now.rendering,
            "settled": now.is_settled,
            "reasons": list(now.reasons),
            "version": minutes.version if minutes else 0,
            "revision": minutes.revision if minutes else 0,
            "state": minutes.state.value if minutes else "",
            "documents": [document.format for document in documents],
        }
    )


def tell_reason(reason: Reason) -> str:
    """Why a job failed or waits, in the reader's language."""
    return _(reason.text, **reason.values)


def _require_hearing(actor: Actor, bundle: MeetingBundle) -> None:
    if not permissions.may_hear_recording(actor, bundle.meeting):
        raise _refusal(actor, bundle)


def _refusal(actor: Actor, bundle: MeetingBundle) -> Exception:
    """Who may know of the meeting is told that this is not for him; nobody else learns that there is one."""
    return NotAllowed() if is_visible(actor, bundle) else NotFound()


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound from None


def _as_attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}


async def _note(
    session: AsyncSession, request: web.Request, actor: Actor, action: str, bundle: MeetingBundle, **detail: object
) -> None:
    await write_entry(session, actor, action, f"meeting:{bundle.id}", detail, now_of(request), request.remote or "")
