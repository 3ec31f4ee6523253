"""What a booking makes of an invitation: the form filled in, and which of it a later change of the booking outdates.

Pure: a bundle and what was looked up for it in, values out. The words are of official papers, always in Vietnamese.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from meetings.deadlines import TRIAL
from meetings.errors import N_
from meetings.kinds import Form
from meetings.meeting_store import MeetingBundle
from meetings.models import Site
from meetings.org_tree import OrgTree, UnitView
from meetings.periods import local_day
from meetings.printing.invitation import InvitationContent
from meetings.printing.organs import abbreviate, name_parent_organ, name_town
from meetings.printing.wording import spell_start, spell_time

NAMED_SITES = 5  # more branch sites than these are not named one by one

# What of a booking stands on the paper, and how a page names it.
BASIS = {
    "title": N_("tên cuộc họp"),
    "starts_at": N_("giờ bắt đầu"),
    "ends_at": N_("giờ kết thúc"),
    "places": N_("hình thức, địa điểm"),
    "invitees": N_("thành phần mời"),
    "chair": N_("người chủ trì"),
    "agenda": N_("chương trình họp"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What stands on the paper and not in the booking. ``technician``: name and telephone, as the main site gave it."""

    organ: UnitView
    tree: OrgTree
    origin: str
    register_by: datetime
    technician: str = ""
    drafting_unit: str = ""


def describe_basis(bundle: MeetingBundle) -> dict[str, Any]:
    """The booking as far as an invitation says it, as JSON values."""
    return {
        "title": bundle.meeting.title,
        "starts_at": bundle.meeting.starts_at.isoformat(),
        "ends_at": bundle.meeting.ends_at.isoformat(),
        "places": list(_list_places(bundle)),
        "invitees": list(_list_invitees(bundle)),
        "chair": _name_chair(bundle),
        "agenda": [item.title for item in bundle.agenda],
    }


def list_outdated(content: Mapping[str, Any], bundle: MeetingBundle) -> list[str]:
    """The keys of ``BASIS`` in which the booking is not any more what the document was drafted from."""
    before, now = content.get("basis", {}), describe_basis(bundle)
    return [name for name in BASIS if before.get(name) != now[name]]


def fill_in(bundle: MeetingBundle, around: Surroundings) -> InvitationContent:
    """The form as the booking fills it. Who signs is not known here."""
    return InvitationContent(
        organ=around.organ.full_organ,
        parent_organ=name_parent_organ(around.organ, around.tree),
        symbol=f"GM-{abbreviate(around.organ)}",
        town=name_town(around.organ, around.tree),
        subject=bundle.meeting.title,
        invitees=_list_invitees(bundle),
        attend=bundle.meeting.title,
        chair=_name_chair(bundle),
        starts_at=bundle.meeting.starts_at,
        ends_at=bundle.meeting.ends_at,
        places=_list_places(bundle),
        notes=tuple(_list_notes(bundle, around)),
        recipients=("Như thành phần mời", f"Lưu: VT{f', {around.drafting_unit}' if around.drafting_unit else ''}"),
    )


def follow_signer(content: InvitationContent, before: InvitationContent) -> InvitationContent:
    """Signer and recipients as in an earlier invitation of the same organ."""
    return replace(
        content,
        recipients=before.recipients,
        authority=before.authority,
        signer_position=before.signer_position,
        signer_name=before.signer_name,
    )


def _list_invitees(bundle: MeetingBundle) -> tuple[str, ...]:
    return tuple(invited.unit.organ for invited in bundle.invitations)


def _name_chair(bundle: MeetingBundle) -> str:
    position = f", {bundle.chair.position}" if bundle.chair.position else ""
    return f"đồng chí {bundle.chair.full_name}{position}"


def _list_places(bundle: MeetingBundle) -> tuple[str, ...]:
    """The main site and the branch sites; in person the hall alone."""
    form = bundle.meeting.planned_form
    hall = _name_site(bundle.hall) if bundle.hall else ""
    if form is Form.IN_PERSON:
        return (hall,) if hall else ()
    main = (f"Điểm cầu chính: {hall}",) if hall else ()
    sites = (each.site for each in bundle.invitations)
    names = list(dict.fromkeys(site.name for site in sites if site and site.id != bundle.meeting.hall_id))
    if names and len(names) <= NAMED_SITES:
        return (*main, f"Điểm cầu thành phần: {', '.join(names)}")
    return (*main, "Điểm cầu thành phần: phòng họp trực tuyến của các cơ quan, đơn vị được mời")


def _name_site(site: Site) -> str:
    return f"{site.name}, {site.address}" if site.address else site.name


def _list_notes(bundle: MeetingBundle, around: Surroundings) -> list[str]:
    """Content, trial, papers, whom to call, until when to register."""
    meeting, notes = bundle.meeting, []
    titles = [item.title.strip().rstrip(".;") for item in bundle.agenda]
    if len(titles) == 1:
        notes.append(f"Nội dung: {titles[0]}.")
    elif titles:
        notes.append(f"Nội dung: {'; '.join(f'({number}) {title}' for number, title in enumerate(titles, 1))}.")
    if meeting.planned_form is not Form.IN_PERSON:
        trial = meeting.starts_at - TRIAL
        when = (
            f"{spell_time(trial)} cùng ngày" if local_day(trial) == local_day(meeting.starts_at) else spell_start(trial)
        )
        notes.append(
            f"Phiên thử mở từ {when}; đề nghị các điểm cầu kết nối, kiểm tra âm thanh, hình ảnh trước giờ họp."
        )
        technical = around.technician or _name_secretary(bundle)
        notes.append(f"Đầu mối hỗ trợ kỹ thuật: {technical}.")
    notes.append(
        f"Tài liệu họp được đăng tại địa chỉ {around.origin}/meetings/{bundle.slug}/papers "
        "(đăng nhập bằng tài khoản đã được cấp)."
    )
    notes.append(
        f"Đề nghị các cơ quan, đơn vị đăng ký đại biểu dự họp trên hệ thống trước {spell_start(around.register_by)}."
    )
    return notes


def _name_secretary(bundle: MeetingBundle) -> str:
    secretary = bundle.secretary
    parts = [f"đồng chí {secretary.full_name}", secretary.position]
    return ", ".join(part for part in (*parts, f"thư điện tử {secretary.email}" if secretary.email else "") if part)
