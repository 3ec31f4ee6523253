"""Templates of notices and corrections: the rows in which an office says how it words, numbers and signs them."""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.document_models import DocumentTemplate
from meetings.documents.checks import check_line, check_lines, check_signer
from meetings.documents.wording import list_unknown
from meetings.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from meetings.kinds import DocumentKind
from meetings.permissions import Actor
from meetings.record_permissions import may_change_templates

ISSUERS: Mapping[str, tuple[str, ...]] = {
    DocumentKind.NOTICE: ("convening", "office", "preparing"),
    DocumentKind.CORRECTION: ("same",),
}
SYMBOL = re.compile(r"(\{organ\}|\{drafter\}|[A-ZĐ0-9])+([.-](\{organ\}|\{drafter\}|[A-ZĐ0-9]+)+)+")
TEXTS = ("name", "issuer", "symbol", "subject", "opening", "lead", "closing", "signer_position")
LISTS = ("authority", "recipients")
LONGEST_TEXT = 1000


async def list_templates(session: AsyncSession, kind: DocumentKind | None = None) -> list[DocumentTemplate]:
    """Those in use, in the order in which they are offered."""
    query = select(DocumentTemplate).where(col(DocumentTemplate.retired_at).is_(None))
    if kind is not None:
        query = query.where(DocumentTemplate.kind == kind.value)
    order = (col(DocumentTemplate.kind).desc(), col(DocumentTemplate.position), col(DocumentTemplate.id))
    return list((await session.exec(query.order_by(*order))).all())


async def get_template(session: AsyncSession, template_id: int) -> DocumentTemplate:
    template = await session.get(DocumentTemplate, template_id, populate_existing=True)
    if template is None or template.retired_at is not None:
        raise NotFound
    return template


async def save_template(
    session: AsyncSession, actor: Actor, template_id: int, version: int, values: Mapping[str, str], now: datetime
) -> DocumentTemplate:
    """Change how the kind is worded from now on; what was drafted already stays as it is."""
    if not may_change_templates(actor):
        raise NotAllowed
    template = await get_template(session, template_id)
    if template.version != version:
        raise Conflict(field="version")
    check_template(template.kind, values)
    changed = {
        name: [getattr(template, name), values[name]] for name in values if getattr(template, name) != values[name]
    }
    for name, value in values.items():
        setattr(template, name, value)
    template.version += 1
    session.add(template)
    await write_entry(session, actor, "document_template.edit", f"document_template:{template.id}", changed, now)
    return template


async def copy_template(session: AsyncSession, actor: Actor, template_id: int, now: datetime) -> DocumentTemplate:
    """Another one of the same kind, to be changed; it is offered last."""
    if not may_change_templates(actor):
        raise NotAllowed
    origin = await get_template(session, template_id)
    values = origin.model_dump(exclude={"id", "version", "position", "name"})
    last = max(each.position for each in await list_templates(session, DocumentKind(origin.kind)))
    copy = DocumentTemplate(**values, name=f"{origin.name} (bản sao)"[:150], position=last + 1)
    session.add(copy)
    await session.flush()
    detail = {"copy_of": origin.id}
    await write_entry(session, actor, "document_template.add", f"document_template:{copy.id}", detail, now)
    return copy


async def retire_template(
    session: AsyncSession, actor: Actor, template_id: int, version: int, now: datetime
) -> DocumentTemplate:
    """It is offered no more. The last one of a kind stays."""
    if not may_change_templates(actor):
        raise NotAllowed
    template = await get_template(session, template_id)
    if template.version != version:
        raise Conflict(field="version")
    if len(await list_templates(session, DocumentKind(template.kind))) < 2:
        raise Conflict(N_("Đây là mẫu duy nhất của loại văn bản này nên không bỏ được. Hãy thêm mẫu khác trước."))
    template.retired_at = now
    template.version += 1
    session.add(template)
    await write_entry(session, actor, "document_template.retire", f"document_template:{template.id}", {}, now)
    return template


def check_template(kind: str, values: Mapping[str, str]) -> None:
    """``Invalid`` names the field."""
    for field in ("name", "subject"):
        check_line(values[field], field)
    if values["issuer"] not in ISSUERS[kind]:
        raise Invalid(N_("Hãy chọn cơ quan ban hành trong danh sách."), field="issuer")
    if not SYMBOL.fullmatch(values["symbol"]) or len(values["symbol"]) > 40:
        raise Invalid(
            N_("Ký hiệu viết dạng TB-{organ} hoặc TB-UBND: chữ in hoa, không có khoảng trắng."),
            field="symbol",
            organ="{organ}",
        )
    for field in ("opening", "lead", "closing"):
        check_lines((values[field],), field, 1, LONGEST_TEXT)
    for field in ("subject", "opening", "lead", "closing", "recipients"):
        unknown = list_unknown(values[field])
        if unknown:
            raise Invalid(N_("Không có từ thay thế “{name}”. Hãy chọn trong danh sách."), field=field, name=unknown[0])
    check_lines(values["recipients"].splitlines(), "recipients", 60, 300)
    check_signer(values["authority"].splitlines(), values["signer_position"], "")
