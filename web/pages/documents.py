"""The clerk's page: invitations that wait for a signature, a number or the issue, and the register of what has left.

The register ("sổ đăng ký văn bản đi") is that of a year, for each organ and symbol by its numbers; withdrawn documents
stay in it, for their numbers are never given again. A clerk sees the own organs, the office and the overseers all.
"""

from collections.abc import Sequence

from aiohttp import web

from meetings import permissions
from meetings.documents.store import RegisterEntry, list_open, list_register
from meetings.errors import NotAllowed
from meetings.invitations.drafting import list_outdated
from meetings.kinds import Role
from meetings.people_store import load_tree
from meetings.permissions import OVERSEERS, Actor
from web.i18n import _, today
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.invitation_view import describe_document
from web.table_writing import Cell, Sheet, write_csv

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
        body=write_csv(list_register_rows(register)).encode(),
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


def list_register_rows(entries: Sequence[RegisterEntry]) -> Sheet:
    """One line for each document, the oldest number first."""
    columns = (
        (_("Số, ký hiệu"), 14),
        (_("Ngày ban hành"), 12),
        (_("Cơ quan ban hành"), 30),
        (_("Tên loại và trích yếu"), 50),
        (_("Người ký"), 30),
        (_("Nơi nhận"), 60),
        (_("Thời gian họp"), 18),
        (_("Phát hành lúc"), 18),
        (_("Người phát hành"), 24),
        (_("Ghi chú"), 40),
        ("SHA-256", 66),
    )
    return Sheet(_("Sổ đăng ký giấy mời"), columns, [_describe_row(entry) for entry in reversed(entries)])


def _describe_row(entry: RegisterEntry) -> list[Cell]:
    document = entry.document
    content = document.content
    return [
        describe_document(document).number,
        f"{document.issued_on:%d/%m/%Y}" if document.issued_on else "",
        content.get("organ", ""),
        f"Giấy mời {content.get('subject', '')}",
        f"{content.get('signer_name', '')}, {content.get('signer_position', '')}".strip(", "),
        "; ".join(content.get("invitees", [])),
        entry.bundle.meeting.starts_at,
        document.issued_at,
        document.issued_by,
        _("Thu hồi: {reason}", reason=document.withdrawn_reason) if document.withdrawn_reason else "",
        document.signed_sha256,
    ]
