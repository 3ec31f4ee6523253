"""The clerk's page: documents that wait for a signature, a number or the issue, and the register of what has left.

The register ("sổ đăng ký văn bản đi") is that of a year, for each organ and symbol by its numbers; withdrawn documents
stay in it, for their numbers are never given again, and numbers that it does not hold are shown with their reason. A
clerk sees the own organs, the office and the overseers all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from meetings import permissions
from meetings.documents.actions import Series, explain_gap
from meetings.documents.numbers import Gap, list_gaps
from meetings.documents.store import RegisterEntry, list_gap_notes, list_numbers, list_open, list_register
from meetings.errors import Conflict, Invalid, NotAllowed
from meetings.invitations.drafting import list_outdated
from meetings.kinds import DocumentKind, Role
from meetings.people_store import load_tree
from meetings.permissions import OVERSEERS, Actor
from meetings.printing.wording import write_number
from meetings.record_permissions import may_change_templates
from web.i18n import _, today
from web.inputs import read_form
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.document_view import KIND_NAMES, describe_list, page_of
from web.pages.forms import explain, redirect
from web.pages.invitation_view import describe_document
from web.table_writing import Cell, Sheet, write_csv

FIRST_YEAR = 2022


@dataclass(frozen=True)
class ShownGap:
    """Numbers that a sequence of the register does not hold."""

    organ: str
    organ_id: int
    symbol: str
    year: int
    gap: Gap
    may_explain: bool

    @property
    def numbers(self) -> str:
        first = write_number(str(self.gap.first), self.symbol)
        if self.gap.first == self.gap.last:
            return first
        return f"{str(self.gap.first).zfill(2)}–{write_number(str(self.gap.last), self.symbol)}"


@dataclass(frozen=True)
class Register:
    waiting: list[RegisterEntry]
    entries: list[RegisterEntry]
    gaps: list[ShownGap]


async def show_documents(request: web.Request) -> web.Response:
    return await _render(request, {})


async def _render(request: web.Request, errors: dict[str, str], status: int = 200) -> web.Response:
    year, kind = _year(request), _kind(request)
    found = await _load(request, year, kind)
    context = {
        "waiting": [_describe(entry) | {"outdated": _is_outdated(entry)} for entry in found.waiting],
        "register": [_describe(entry) for entry in found.entries],
        "gaps": found.gaps,
        "year": year,
        "years": list(range(today(now_of(request)).year, FIRST_YEAR - 1, -1)),
        "kind": kind.value if kind else "",
        "kinds": [(each.value, _(name)) for each, name in KIND_NAMES.items()],
        "keeps": actor_of(request).has(Role.CLERK, Role.OFFICE),
        "may_change_templates": may_change_templates(actor_of(request)),
        "errors": errors,
    }
    return render(request, "documents.html", context, status)


def _describe(entry: RegisterEntry) -> dict[str, object]:
    document = entry.document
    shown = {"shown": describe_document(document), "bundle": entry.bundle, "url": page_of(document, entry.bundle.slug)}
    return describe_list(document) | shown


def _is_outdated(entry: RegisterEntry) -> bool:
    invites = entry.document.kind == DocumentKind.INVITATION
    return invites and bool(list_outdated(entry.document.content, entry.bundle))


async def submit_gap(request: web.Request) -> web.Response:
    """Why numbers of a sequence are not in the register."""
    fields, actor = await read_form(request), actor_of(request)
    organ_id, year = fields.key("organ_id") or 0, fields.key("year") or 0
    numbers = (fields.key("first") or 0, fields.key("last") or 0)
    tree_day = today(now_of(request))
    try:
        async with request.app[DATABASE].write() as session:
            unit_ids = (await load_tree(session, tree_day)).acted_for(actor.unit_id)
            if not permissions.may_keep_documents(actor, unit_ids, organ_id):
                raise NotAllowed
            series = Series(organ_id, fields.raw("symbol"), year)
            known = (await list_numbers(session, year, {organ_id})).get((organ_id, series.symbol), [])
            if not any(gap.first <= numbers[0] <= numbers[1] <= gap.last for gap in list_gaps(known)):
                raise Conflict
            await explain_gap(session, actor, series, numbers, fields.raw("reason"), now_of(request))
    except Invalid as refusal:
        return await _render(request, {f"gap-{organ_id}-{numbers[0]}": explain(refusal)}, 422)
    return redirect(f"/documents?year={year}", "document_gap_noted")


async def download_register(request: web.Request) -> web.Response:
    """``/documents.csv?year=2026``: UTF-8 with its mark, semicolons, as spreadsheets expect it here."""
    year = _year(request)
    found = await _load(request, year, _kind(request))
    name = f"so-dang-ky-van-ban-di-{year}.csv"
    return web.Response(
        body=write_csv(list_register_rows(found.entries, found.gaps)).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _year(request: web.Request) -> int:
    text = request.query.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    now = today(now_of(request)).year
    return year if FIRST_YEAR <= year <= now else now


def _kind(request: web.Request) -> DocumentKind | None:
    text = request.query.get("kind", "")
    return DocumentKind(text) if text in set(DocumentKind) else None


async def _load(request: web.Request, year: int, kind: DocumentKind | None) -> Register:
    actor = actor_of(request)
    if not permissions.may_list_documents(actor):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        tree = await load_tree(session, today(now_of(request)))
        units = tree.acted_for(actor.unit_id)
        own = _own(actor, units)
        notes = await list_gap_notes(session, year)
        entries = await list_register(session, year, own, kind=kind)
        shown = {(entry.document.organ_unit_id, entry.document.symbol) for entry in entries}
        gaps = []
        for (organ_id, symbol), numbers in (await list_numbers(session, year, own)).items():
            of_series = [note for note in notes if (note.organ_unit_id, note.symbol) == (organ_id, symbol)]
            unit = tree.get(organ_id)
            may = permissions.may_keep_documents(actor, units, organ_id)
            organ = unit.full_organ if unit else ""
            if kind is None or (organ_id, symbol) in shown:
                missing = list_gaps(numbers, of_series)
                gaps += [ShownGap(organ, organ_id, symbol, year, gap, may) for gap in missing]
        return Register(await list_open(session, own, kind), entries, gaps)


def _own(actor: Actor, unit_ids: frozenset[int]) -> frozenset[int] | None:
    return None if actor.has(*OVERSEERS) else unit_ids


def list_register_rows(entries: Sequence[RegisterEntry], gaps: Sequence[ShownGap] = ()) -> Sheet:
    """One line for each document, the oldest number first; then the numbers that were left out."""
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
    rows = [_describe_row(entry) for entry in reversed(entries)]
    missing = _("Không sử dụng. {reason}")
    rows += [
        [
            gap.numbers,
            "",
            gap.organ,
            "",
            "",
            "",
            None,
            None,
            gap.gap.noted_by,
            missing.format(reason=gap.gap.reason),
            "",
        ]
        for gap in gaps
    ]
    return Sheet(_("Sổ đăng ký văn bản đi"), columns, rows)


def _describe_row(entry: RegisterEntry) -> list[Cell]:
    document, told = entry.document, describe_list(entry.document)
    return [
        describe_document(document).number,
        f"{document.issued_on:%d/%m/%Y}" if document.issued_on else "",
        told["organ"],
        f"{told['type']} {told['subject']}",
        f"{told['signer']}, {told['signer_position']}".strip(", "),
        "; ".join(told["to"]),
        entry.bundle.meeting.starts_at,
        document.issued_at,
        document.issued_by,
        _("Thu hồi: {reason}", reason=document.withdrawn_reason) if document.withdrawn_reason else "",
        document.signed_sha256,
    ]
