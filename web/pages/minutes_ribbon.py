"""The ribbon of states over minutes: their own up to the approval, then those of the document made from them."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.documents.store import list_documents
from meetings.errors import N_
from meetings.kinds import DocumentKind, DocumentState
from transcripts.models import Minutes, MinutesState
from transcripts.official import find_document
from web.i18n import _

STATES = {
    MinutesState.DRAFT: N_("Dự thảo"),
    MinutesState.COMMENTS: N_("Lấy ý kiến"),
    MinutesState.SUBMITTED: N_("Đã trình"),
    MinutesState.APPROVED: N_("Đã duyệt"),
}
AFTERWARDS = {
    DocumentState.SIGNED: N_("Đã ký"),
    DocumentState.NUMBERED: N_("Đã cấp số"),
    DocumentState.ISSUED: N_("Đã phát hành"),
}
ENDS = {DocumentState.WITHDRAWN: N_("Đã thu hồi"), DocumentState.REPLACED: N_("Đã thay thế")}


@dataclass(frozen=True)
class Step:
    """``mark`` is "done", "now" or "next"."""

    name: str
    mark: str


@dataclass(frozen=True)
class Ribbon:
    """The steps, and what became of the document after it was issued, in sentences."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    document: OfficialDocument | None


def minutes_state_name(state: MinutesState | str) -> str:
    return _(STATES[MinutesState(state)])


async def load_ribbon(session: AsyncSession, minutes: Minutes, *, commented: bool) -> Ribbon:
    """``commented``: the sites were asked; else that step is left out."""
    document, corrections = None, []
    if minutes.state is MinutesState.APPROVED:
        document = await find_document(session, minutes)
    if document is not None:
        letters = await list_documents(session, minutes.meeting_id, DocumentKind.CORRECTION)
        corrections = [row for row in letters if row.corrects_id == document.id and row.issued_at]
    own = [state for state in STATES if commented or state is not MinutesState.COMMENTS]
    names = [*(STATES[state] for state in own), *AFTERWARDS.values()]
    at = own.index(minutes.state)
    if document is not None:
        if document.state in AFTERWARDS:
            at = len(own) + list(AFTERWARDS).index(document.state)
        elif document.state in ENDS:
            names.append(ENDS[document.state])
            at = len(names) - 1
    over = at == len(names) - 1
    steps = tuple(
        Step(_(name), "done" if place < at or (over and place == at) else "now" if place == at else "next")
        for place, name in enumerate(names)
    )
    return Ribbon(steps, tuple(_tell(document, corrections)), document)


def _tell(document: OfficialDocument | None, corrections: list[OfficialDocument]) -> list[str]:
    told = []
    if document is not None and document.state is DocumentState.WITHDRAWN:
        told.append(_("Biên bản đã phát hành bị thu hồi. Lý do: {reason}", reason=document.withdrawn_reason))
    if document is not None and document.state is DocumentState.REPLACED:
        told.append(_("Biên bản đã phát hành được thay thế bằng bản khác."))
    if document is not None and document.replaces_id is not None:
        told.append(_("Biên bản này thay thế bản đã phát hành trước. Lý do: {reason}", reason=document.reason))
    told += [_("Biên bản có công văn đính chính. Lý do: {reason}", reason=row.reason) for row in corrections]
    return told
