"""How official documents are named, and what the placeholders of a template stand for. Pure; always in Vietnamese."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from meetings.document_models import OfficialDocument
from meetings.kinds import DocumentKind, Form
from meetings.meeting_store import MeetingBundle
from meetings.periods import local_day
from meetings.printing.wording import spell_day, write_number

KINDS: Mapping[str, str] = {
    DocumentKind.INVITATION: "Giấy mời",
    DocumentKind.MINUTES: "Biên bản",
    DocumentKind.NOTICE: "Thông báo",
    DocumentKind.CORRECTION: "Công văn",
}
FORMS = {Form.ONLINE: "trực tuyến", Form.IN_PERSON: "trực tiếp", Form.HYBRID: "trực tiếp kết hợp trực tuyến"}
NAMED_UNITS = 5  # more than these are counted
PLACEHOLDERS = (
    *("organ", "drafter", "document", "reason"),
    *("chair", "position", "meeting", "day", "place", "form", "attendance"),
)
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What placeholders are filled with. ``drafter``: the drafting unit's abbreviation; ``document`` and ``reason``:
    of a correction, what it corrects and why."""

    organ: str
    drafter: str
    document: str = ""
    reason: str = ""


def name_document(document: OfficialDocument) -> str:
    """ "Thông báo số 05/TB-UBND ngày 05 tháng 12 năm 2026"; without a number what it is alone."""
    kind = KINDS[document.kind]
    if document.number is None:
        return kind
    day = f" {spell_day(document.issued_on)}" if document.issued_on else ""
    return f"{kind} số {write_number(str(document.number), document.symbol)}{day}"


def fill_template(text: str, facts: Facts, bundle: MeetingBundle) -> str:
    """``text`` with its placeholders filled; a dash before what turned out empty goes with it."""
    values = _list_values(facts, bundle)
    filled = PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
    return re.sub(r" – (?=[,.;)]| (?:chủ trì|kết luận)|$)", " ", filled).replace("  ", " ").strip()


def list_unknown(text: str) -> list[str]:
    """Placeholders that no template has."""
    return [name for name in PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]


def _list_values(facts: Facts, bundle: MeetingBundle) -> dict[str, str]:
    meeting = bundle.meeting
    day = spell_day(local_day(meeting.started_at or meeting.starts_at))
    return {
        "organ": facts.organ,
        "drafter": facts.drafter,
        "document": facts.document,
        "reason": facts.reason,
        "chair": bundle.chair.full_name,
        "position": bundle.chair.position,
        "meeting": name_meeting(meeting.title),
        "day": day[:1].upper() + day[1:],
        "place": bundle.hall.name if bundle.hall else bundle.convening.name,
        "form": FORMS[meeting.planned_form],
        "attendance": _name_units(bundle),
    }


def name_meeting(title: str) -> str:
    """As it stands inside a sentence: "cuộc họp giao ban tháng 11", "hội nghị tổng kết", "cuộc họp “Tên khác”"."""
    text = title.strip().rstrip(".")
    for word in ("Hội nghị", "Hội thảo", "Phiên họp", "Cuộc họp", "Lễ"):
        if text.casefold().startswith(word.casefold()):
            return text[:1].lower() + text[1:]
    if text.casefold().startswith("họp "):
        return f"cuộc {text[:1].lower()}{text[1:]}"
    return f"cuộc họp “{text}”"


def _name_units(bundle: MeetingBundle) -> str:
    names = [each.unit.organ for each in bundle.invitations]
    if 0 < len(names) <= NAMED_UNITS:
        return f"đại diện {', '.join(names)}"
    return f"đại diện {len(names)} cơ quan, đơn vị"
