"""Where an office changes how its notices and corrections are worded, numbered and signed."""

from collections.abc import Mapping

from aiohttp import web

from meetings.document_models import DocumentTemplate
from meetings.documents import templates
from meetings.documents.templates import ISSUERS, LISTS, TEXTS
from meetings.documents.wording import PLACEHOLDERS
from meetings.errors import N_, NotAllowed
from meetings.record_permissions import may_change_templates
from web.i18n import _
from web.inputs import key_of, read_form
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.document_view import kind_name
from web.pages.forms import attempt, redirect, status_of

ISSUER_NAMES = {
    "convening": N_("Cơ quan triệu tập cuộc họp"),
    "office": N_("Văn phòng của cơ quan triệu tập"),
    "preparing": N_("Đơn vị chuẩn bị nội dung"),
    "same": N_("Cơ quan ban hành văn bản được đính chính"),
}
PLACEHOLDER_NAMES = {
    "organ": N_("tên cơ quan ban hành"),
    "drafter": N_("viết tắt đơn vị soạn thảo"),
    "document": N_("văn bản được đính chính"),
    "reason": N_("lý do đính chính"),
    "chair": N_("họ và tên người chủ trì"),
    "position": N_("chức vụ người chủ trì"),
    "meeting": N_("tên cuộc họp"),
    "day": N_("ngày họp"),
    "place": N_("nơi họp"),
    "form": N_("hình thức họp"),
    "attendance": N_("thành phần dự họp"),
}


async def show_templates(request: web.Request) -> web.Response:
    _require(request)
    async with request.app[DATABASE].read() as session:
        rows = await templates.list_templates(session)
    context = {"rows": [(row, kind_name(row.kind), _(ISSUER_NAMES[row.issuer])) for row in rows]}
    return render(request, "document_templates.html", context)


async def show_template(request: web.Request) -> web.Response:
    _require(request)
    async with request.app[DATABASE].read() as session:
        row = await templates.get_template(session, key_of(request))
    values = {name: getattr(row, name) for name in (*TEXTS, *LISTS)} | {"version": str(row.version)}
    return _render(request, row, values, {})


def _render(
    request: web.Request,
    row: DocumentTemplate,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
) -> web.Response:
    context = {
        "row": row,
        "kind": kind_name(row.kind),
        "issuers": [(code, _(ISSUER_NAMES[code])) for code in ISSUERS[row.kind]],
        "placeholders": [("{" + name + "}", _(PLACEHOLDER_NAMES[name])) for name in PLACEHOLDERS],
        "values": values,
        "errors": errors,
    }
    return render(request, "document_template.html", context, status)


async def submit_template(request: web.Request) -> web.Response:
    _require(request)
    fields, key = await read_form(request), key_of(request)
    values = {name: " ".join(fields.raw(name).split()) for name in TEXTS}
    values |= {
        name: "\n".join(line.strip() for line in fields.raw(name).splitlines() if line.strip()) for name in LISTS
    }

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await templates.save_template(session, actor_of(request), key, fields.version, values, now_of(request))

    outcome = await attempt(fields, change)
    if not fields.errors:
        return redirect("/documents/templates", "document_template_saved")
    async with request.app[DATABASE].read() as session:
        row = await templates.get_template(session, key)
    typed = {name: fields.raw(name) for name in (*TEXTS, *LISTS, "version")}
    return _render(request, row, typed, fields.errors, status_of(outcome))


async def submit_copy(request: web.Request) -> web.Response:
    _require(request)
    async with request.app[DATABASE].write() as session:
        row = await templates.copy_template(session, actor_of(request), key_of(request), now_of(request))
    return redirect(f"/documents/templates/{row.id}", "document_template_added")


async def submit_retire(request: web.Request) -> web.Response:
    _require(request)
    fields = await read_form(request)
    async with request.app[DATABASE].write() as session:
        await templates.retire_template(session, actor_of(request), key_of(request), fields.version, now_of(request))
    return redirect("/documents/templates", "document_template_retired")


def _require(request: web.Request) -> None:
    if not may_change_templates(actor_of(request)):
        raise NotAllowed
