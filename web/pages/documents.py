"""The clerk's page: invitations that wait for a signature, a number or the issue, and the register of what has left.

The register ("sổ đăng ký văn bản đi") is that of a year, for each organ and symbol by its numbers; withdrawn documents
stay in it, for their numbers are never given again. A clerk sees the own organs, the office and the overseers all.
"""

import csv
import io
from collections.abc import Sequence

from aiohttp import web

from meetings import permissions
from meetings.errors import NotAllowed
from meetings.invitations.document_store import RegisterEntry, list_open, list_register
from meetings.invitations.drafting import list_outdated
from meetings.kinds import Role
from meetings.people_store import load_tree
from meetings.permissions import OVERSEERS, Actor
from web.i18n import _, local, today
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.invitation_view import Shown, describe_document

FIRST_YEAR = 2022


async def show_documents(request: web.Request) -> web.Response:
    year = _year(request)
    waiting, register = await _load(request, year)
    context = {
        "waiting": [
            (describe_document(entry.document), entry.bundle, bool(list_outdated(entry.document.content, entry.bundle)))
            for entry in waiting
        ],
        "register": [(describe_document(entry.document), entry.bundle) for entry in register],
        "year": year,
        "years": list(range(today(now_of(request)).year, FIRST_YEAR - 1, -1)),
        "keeps": actor_of(request).has(Role.CLERK, Role.OFFICE),
    }
    return render(request, "documents.html", context)


async def download_register(request: web.Request) -> web.Response:
    """``/documents.csv?year=2026``: UTF-8 with its mark, semicolons, as spreadsheets expect it here."""
    year = _year(request)
    _waiting, register = await _load(request, year)
    name = f"so-dang-ky-giay-moi-{year}.csv"
    return web.Response(
        body=("\ufeff" + write_register(register)).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _year(request: web.Request) -> int:
    text = request.query.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    now = today(now_of(request)).year
    return year if FIRST_YEAR <= year <= now else now


async def _load(request: web.Request, year: int) -> tuple[list[RegisterEntry], list[RegisterEntry]]:
    actor = actor_of(request)
    if not permissions.may_list_documents(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        own = _own(actor, (await load_tree(session, today(now_of(request)))).acted_for(actor.unit_id))
        return await list_open(session, own), await list_register(session, year, own)


def _own(actor: Actor, unit_ids: frozenset[int]) -> frozenset[int] | None:
    return None if actor.has(*OVERSEERS) else unit_ids


def write_register(entries: Sequence[RegisterEntry]) -> str:
    """One line for each document, the oldest number first. Text that a spreadsheet would run is made plain text."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(
        [
            _("Số, ký hiệu"),
            _("Ngày ban hành"),
            _("Cơ quan ban hành"),
            _("Tên loại và trích yếu"),
            _("Người ký"),
            _("Nơi nhận"),
            _("Thời gian họp"),
            _("Phát hành lúc"),
            _("Người phát hành"),
            _("Ghi chú"),
            "SHA-256",
        ]
    )
    for entry in reversed(entries):
        rows.writerow([_plain(cell) for cell in _describe_row(entry, describe_document(entry.document))])
    return out.getvalue()


def _describe_row(entry: RegisterEntry, shown: Shown) -> list[str]:
    document = entry.document
    content = document.content
    return [
        shown.number,
        f"{document.issued_on:%d/%m/%Y}" if document.issued_on else "",
        content.get("organ", ""),
        f"Giấy mời {content.get('subject', '')}",
        f"{content.get('signer_name', '')}, {content.get('signer_position', '')}".strip(", "),
        "; ".join(content.get("invitees", [])),
        f"{local(entry.bundle.meeting.starts_at):%H:%M %d/%m/%Y}",
        f"{local(document.issued_at):%H:%M %d/%m/%Y}" if document.issued_at else "",
        document.issued_by,
        _("Thu hồi: {reason}", reason=document.withdrawn_reason) if document.withdrawn_reason else "",
        document.signed_sha256,
    ]


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
