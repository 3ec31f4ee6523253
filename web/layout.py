"""How a page is made: ``render``, what every page shows around its content, the words of the closed vocabularies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from markupsafe import Markup

from meetings import calendar_permissions, permissions
from meetings.errors import N_
from meetings.kinds import (
    EXCLUSIONS,
    Answer,
    Attended,
    Classification,
    Consent,
    Form,
    MeetingKind,
    MeetingStatus,
    Mode,
    Role,
    SuccessionKind,
    UnitKind,
)
from meetings.permissions import Actor
from meetings.record_permissions import may_list_tasks
from web.done_words import DONE
from web.i18n import LOCALES, _, browser_messages
from web.keys import CSRF_SHOWN, CSRF_TOKEN, TEXT_SIZE, known_actor, locale_of

FORM_NAMES = {Form.ONLINE: N_("Trực tuyến"), Form.IN_PERSON: N_("Trực tiếp"), Form.HYBRID: N_("Kết hợp")}
STATUS_NAMES = {
    MeetingStatus.DRAFT: N_("Dự thảo"),
    MeetingStatus.SUBMITTED: N_("Chờ duyệt"),
    MeetingStatus.SCHEDULED: N_("Đã đặt lịch"),
    MeetingStatus.INVITED: N_("Đã gửi giấy mời"),
    MeetingStatus.IN_SESSION: N_("Đang họp"),
    MeetingStatus.ENDED: N_("Đã kết thúc"),
    MeetingStatus.RECORDED: N_("Đã có biên bản"),
    MeetingStatus.POSTPONED: N_("Tạm hoãn"),
    MeetingStatus.CANCELLED: N_("Đã hủy"),
}
KIND_NAMES = {
    MeetingKind.BRIEFING: N_("Họp giao ban"),
    MeetingKind.REVIEW: N_("Họp sơ kết, tổng kết"),
    MeetingKind.THEMATIC: N_("Họp chuyên đề"),
    MeetingKind.WORKING: N_("Họp giải quyết công việc"),
    MeetingKind.ADVISORY: N_("Họp tham mưu, tư vấn"),
    MeetingKind.TECHNICAL: N_("Họp chuyên môn"),
    MeetingKind.TRAINING: N_("Tập huấn"),
    MeetingKind.DEPLOYMENT: N_("Hội nghị triển khai"),
    MeetingKind.COMMITTEE_SESSION: N_("Phiên họp Ủy ban nhân dân"),
    MeetingKind.OTHER: N_("Loại khác"),
}
CLASSIFICATION_NAMES = {
    Classification.PUBLIC: N_("Công khai"),
    Classification.INTERNAL: N_("Nội bộ"),
    Classification.RESTRICTED: N_("Hạn chế"),
}
MODE_NAMES = {Mode.ONLINE: N_("Trực tuyến"), Mode.IN_HALL: N_("Tại điểm cầu chính"), Mode.ABSENT: N_("Vắng")}
ANSWER_NAMES = {
    Answer.ACCEPTED: N_("Sẽ dự"),
    Answer.DECLINED: N_("Không dự"),
    Answer.TENTATIVE: N_("Chưa chắc chắn"),
    Answer.NEEDS_ACTION: N_("Chưa trả lời"),
}
ATTENDED_NAMES = {
    Attended.PRESENT: N_("Có mặt"),
    Attended.LATE: N_("Đến muộn"),
    Attended.LEFT_EARLY: N_("Về sớm"),
    Attended.EXCUSED: N_("Vắng có lý do"),
    Attended.UNEXCUSED: N_("Vắng không lý do"),
}
CONSENT_NAMES = {
    Consent.PENDING: N_("Chờ chủ trì cho ý kiến"),
    Consent.GIVEN: N_("Chủ trì đồng ý"),
    Consent.REFUSED: N_("Chủ trì không đồng ý"),
}
ROLE_NAMES = {
    Role.ADMINISTRATOR: N_("Quản trị hệ thống"),
    Role.OFFICE: N_("Văn phòng (điều phối lịch)"),
    Role.SECRETARY: N_("Thư ký"),
    Role.CLERK: N_("Văn thư"),
    Role.CHAIR: N_("Chủ trì"),
    Role.UNIT_CONTACT: N_("Đầu mối đơn vị"),
    Role.DELEGATE: N_("Đại biểu"),
    Role.SITE: N_("Điểm cầu"),
    Role.TECHNICIAN: N_("Cán bộ kỹ thuật"),
    Role.LEADER: N_("Lãnh đạo"),
    Role.INSPECTOR: N_("Kiểm tra (chỉ xem)"),
}
UNIT_KIND_NAMES = {
    UnitKind.PEOPLE_COMMITTEE: N_("Ủy ban nhân dân"),
    UnitKind.OFFICE: N_("Văn phòng"),
    UnitKind.DEPARTMENT: N_("Sở, ban, ngành"),
    UnitKind.DISTRICT_OFFICE: N_("Phòng chuyên môn"),
    UnitKind.SERVICE: N_("Đơn vị sự nghiệp"),
    UnitKind.VERTICAL: N_("Cơ quan ngành dọc"),
    UnitKind.PARTY_OR_UNION: N_("Đảng, đoàn thể"),
    UnitKind.COUNCIL: N_("Hội đồng nhân dân"),
}
SEEDED_LEVELS = (N_("cấp tỉnh"), N_("cấp huyện"), N_("cấp xã"))
SUCCESSION_NAMES = {
    SuccessionKind.MERGE: N_("Sáp nhập"),
    SuccessionKind.SPLIT: N_("Chia tách"),
    SuccessionKind.RENAME: N_("Đổi tên"),
    SuccessionKind.ABOLISH: N_("Giải thể"),
}


def form_name(form: Form | str) -> str:
    return _(FORM_NAMES[Form(form)])


def status_name(status: MeetingStatus | str) -> str:
    return _(STATUS_NAMES[MeetingStatus(status)])


def kind_name(kind: MeetingKind | str) -> str:
    return _(KIND_NAMES[MeetingKind(kind)])


def role_name(role: Role | str) -> str:
    return _(ROLE_NAMES[Role(role)])


def mode_name(mode: Mode | str) -> str:
    return _(MODE_NAMES[Mode(mode)])


def answer_name(answer: Answer | str) -> str:
    return _(ANSWER_NAMES[Answer(answer)])


def attended_name(attended: Attended | str) -> str:
    return _(ATTENDED_NAMES[Attended(attended)])


def consent_name(consent: Consent | str) -> str:
    """Empty where none is needed."""
    return _(CONSENT_NAMES.get(Consent(consent), ""))


def unit_kind_name(kind: UnitKind | str) -> str:
    return _(UNIT_KIND_NAMES[UnitKind(kind)])


def level_name(name: str) -> str:
    """The name of a level as the data have it; those that are there from the start are translated."""
    return _(name)


def exclusion_name(code: str) -> str:
    return _(EXCLUSIONS.get(code, code))


WORDS = {
    "form_name": form_name,
    "status_name": status_name,
    "kind_name": kind_name,
    "role_name": role_name,
    "mode_name": mode_name,
    "answer_name": answer_name,
    "consent_name": consent_name,
    "unit_kind_name": unit_kind_name,
    "exclusion_name": exclusion_name,
    "level_name": level_name,
}


@dataclass(frozen=True)
class Link:
    """One entry of the navigation; ``short`` is its word in the phone's bar."""

    url: str
    name: str
    short: str
    icon: str
    current: bool


def _everyone(_actor: Actor) -> bool:
    return True


# The pages of administration, each for those who need it: address, name, who sees it.
ADMIN_TABS: list[tuple[str, str, Callable[[Actor], bool]]] = [
    ("/admin/accounts", N_("Tài khoản"), permissions.may_view_accounts),
    ("/admin/audit", N_("Nhật ký"), permissions.may_view_audit),
    ("/admin/mail", N_("Thư"), permissions.may_view_mail),
    ("/exchange", N_("Trục liên thông"), permissions.may_manage_units),
    ("/admin/maintenance", N_("Lịch bảo trì"), calendar_permissions.may_view_maintenance),
    ("/admin/holidays", N_("Ngày nghỉ"), calendar_permissions.may_view_holidays),
]
CALENDAR = ("/meetings", "/series", "/templates", "/deadlines")  # addresses that belong to the calendar
ADMIN = ADMIN_TABS[0][0]  # where the navigation leads, or to the first page that the person sees


def _may_import_calendar_alone(actor: Actor) -> bool:
    return permissions.may_book(actor) and not calendar_permissions.may_import_meetings(actor)


# The pages around the calendar, likewise.
CALENDAR_TABS: list[tuple[str, str, Callable[[Actor], bool]]] = [
    ("/meetings", N_("Lịch họp"), _everyone),
    ("/meetings/weekly", N_("Lịch công tác tuần"), _everyone),
    ("/deadlines", N_("Thời hạn"), calendar_permissions.may_view_deadlines),
    ("/templates", N_("Mẫu lịch họp"), permissions.may_book),
    ("/meetings/import", N_("Nhập từ tệp"), calendar_permissions.may_import_meetings),
    ("/meetings/import/calendar", N_("Nhập từ tệp"), _may_import_calendar_alone),
]


def _keeps_documents(actor: Actor) -> bool:
    """Whose work it is; others who may read the register get there from an invitation."""
    return permissions.may_list_documents(actor) and actor.has(Role.CLERK, Role.OFFICE)


def _may_administer(actor: Actor) -> bool:
    return any(may(actor) for _url, _name, may in ADMIN_TABS)


def admin_tabs_of(actor: Actor) -> list[tuple[str, str]]:
    """Address and name of the pages of administration that ``actor`` sees."""
    return [(url, _(name)) for url, name, may in ADMIN_TABS if may(actor)]


def calendar_tabs_of(actor: Actor) -> list[tuple[str, str]]:
    """Address and name of the pages around the calendar that ``actor`` sees."""
    return [(url, _(name)) for url, name, may in CALENDAR_TABS if may(actor)]


# Address, name, short name, icon, who sees it, and which addresses belong to it.
NAVIGATION: list[tuple[str, str, str, str, Callable[[Actor], bool], tuple[str, ...]]] = [
    ("/", N_("Hôm nay"), N_("Hôm nay"), "house", _everyone, ()),
    ("/meetings", N_("Lịch họp"), N_("Lịch họp"), "calendar-days", _everyone, CALENDAR),
    ("/minutes", N_("Biên bản"), N_("Biên bản"), "file-text", _everyone, ("/minutes",)),
    ("/tasks", N_("Nhiệm vụ"), N_("Nhiệm vụ"), "list-checks", may_list_tasks, ("/tasks",)),
    ("/documents", N_("Văn thư"), N_("Văn thư"), "scroll-text", _keeps_documents, ("/documents", "/exchange")),
    ("/ratio", N_("Tỷ lệ trực tuyến"), N_("Tỷ lệ"), "chart-column", permissions.may_view_ratio, ("/ratio",)),
    ("/units", N_("Đơn vị và điểm cầu"), N_("Đơn vị"), "building-2", permissions.may_view_units, ("/units", "/sites")),
    (ADMIN, N_("Quản trị"), N_("Quản trị"), "settings", _may_administer, ("/admin",)),
]


def navigation_of(actor: Actor, path: str) -> list[Link]:
    """The entries that ``actor`` may use, the one that ``path`` belongs to marked."""
    if path.startswith("/meetings/") and path.partition("/minutes")[1]:
        path = "/minutes"
    elif path.startswith("/meetings/") and path.partition("/invitation")[1] and actor.has(Role.CLERK):
        path = "/documents"
    tabs = admin_tabs_of(actor)
    return [
        Link(
            tabs[0][0] if url == ADMIN else url,
            _(name),
            _(short),
            icon,
            path in (url, *below) or path.startswith(tuple(f"{own}/" for own in below)),
        )
        for url, name, short, icon, may, below in NAVIGATION
        if may(actor)
    ]


def render(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> web.Response:
    """The page ``templates/<template>`` with ``context`` and what ``base.html`` needs."""
    return aiohttp_jinja2.render_template(
        template, request, describe_page(request) | dict(context or {}), status=status
    )


def describe_page(request: web.Request) -> dict[str, Any]:
    """The values that ``base.html`` and forms need."""
    actor = known_actor(request)
    locale = locale_of(request)

    def csrf_token() -> str:
        request[CSRF_SHOWN] = True
        token: str = request.get(CSRF_TOKEN, "")
        return token

    def csrf_field() -> Markup:
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())

    return {
        "request": request,
        "actor": actor,
        "locale": locale,
        "locales": LOCALES,
        "text_size": request.get(TEXT_SIZE, "0"),
        "navigation": navigation_of(actor, request.path) if actor else [],
        "admin_tabs": admin_tabs_of(actor) if actor else [],
        "calendar_tabs": calendar_tabs_of(actor) if actor else [],
        "here": request.path_qs if request.method == "GET" else request.path,
        "catalogue": Markup(browser_messages(locale).replace("<", "\\u003c")),  # noqa: S704 - JSON with no "<" left
        "csrf_field": csrf_field,
        "csrf_token": csrf_token,
        "done": _(DONE.get(request.query.get("done", ""), "")),
    }
