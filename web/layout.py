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

# What was just done, named in the address a change leads to (``?done=…``): only these sentences can be shown.
DONE = {
    "booked": N_("Đã đặt lịch họp."),
    "closed": N_("Đã chốt số liệu của kỳ này."),
    "explained": N_("Đã lưu giải trình."),
    "secrets": N_("Đã lưu số cuộc họp."),
    "imported": N_("Đã ghi các cuộc họp của tệp vào hệ thống."),
    "edited": N_("Đã lưu thay đổi của lịch họp."),
    "series_booked": N_("Đã đặt lịch cả chuỗi họp."),
    "series_edited": N_("Đã lưu thay đổi của các buổi trong chuỗi."),
    "template_made": N_("Đã lưu mẫu lịch họp."),
    "template_renamed": N_("Đã đổi tên mẫu."),
    "template_deleted": N_("Đã xóa mẫu."),
    "drafted": N_("Đã lưu dự thảo. Dự thảo chưa giữ phòng họp và chưa báo cho đơn vị nào."),
    "submitted": N_("Đã trình duyệt lịch họp. Lịch có hiệu lực sau khi Văn phòng hoặc chủ trì duyệt."),
    "approved": N_("Đã duyệt lịch họp."),
    "returned": N_("Đã trả lại lịch họp cho thư ký."),
    "postponed": N_("Đã tạm hoãn cuộc họp. Phòng họp trực tuyến đã khóa."),
    "form_changed": N_("Đã đổi hình thức họp."),
    "resumed": N_("Đã đặt thời gian họp tiếp. Phần đã họp được giữ lại."),
    "abandoned": N_("Đã ghi nhận cuộc họp không họp tiếp. Cuộc họp không tính vào chỉ tiêu."),
    "exclusion": N_("Đã lưu việc tính hay không tính cuộc họp vào chỉ tiêu."),
    "feed_revoked": N_("Đã thu hồi địa chỉ lịch. Phần mềm lịch không đọc được nữa."),
    "mail_retried": N_("Thư đã được xếp vào hàng để gửi lại."),
    "holiday": N_("Đã lưu ngày nghỉ, ngày làm bù."),
    "holiday_removed": N_("Đã xóa ngày này khỏi danh sách."),
    "moved": N_("Đã đổi giờ cuộc họp."),
    "maintenance": N_("Đã thêm lịch bảo trì. Các cuộc họp bị ảnh hưởng được nêu bên dưới."),
    "maintenance_over": N_("Đã kết thúc bảo trì. Có thể đặt lịch họp trở lại."),
    "cancelled": N_("Đã hủy cuộc họp. Cuộc họp vẫn hiện trong lịch với trạng thái Đã hủy."),
    "upload_withdrawn": N_("Đã bỏ tệp ghi âm."),
    "retried": N_("Đã đưa vào hàng chờ xử lý lại."),
    "held": N_("Đã ghi nhận thời gian họp thực tế."),
    "task_progress": N_("Đã cập nhật tình hình thực hiện nhiệm vụ."),
    "task_report": N_("Đã gửi báo cáo hoàn thành. Bên giao nhiệm vụ sẽ xác nhận hoặc trả lại."),
    "task_ask": N_("Đã gửi đề nghị gia hạn. Bên giao nhiệm vụ sẽ trả lời tại trang này."),
    "task_accept": N_("Đã xác nhận nhiệm vụ hoàn thành."),
    "task_return": N_("Đã trả lại nhiệm vụ để đơn vị thực hiện tiếp."),
    "task_extend": N_("Đã gia hạn nhiệm vụ."),
    "task_keep": N_("Đã trả lời: hạn hoàn thành giữ như cũ."),
    "task_cancel": N_("Đã hủy nhiệm vụ. Báo cáo và lịch sử được giữ lại."),
    "task_reopen": N_("Đã mở lại nhiệm vụ."),
    "busy": N_("Đã giữ lịch dưới dạng “Bận”. Hệ thống không lưu thêm nội dung nào."),
    "attendance": N_("Đã xác nhận việc tham dự."),
    "late_unit": N_("Đã bổ sung đơn vị. Hãy xem lại hình thức và số người dự của đơn vị này."),
    "answered": N_("Đã ghi nhận trả lời."),
    "people": N_("Đã lưu danh sách người dự."),
    "person_removed": N_("Đã xóa người này khỏi danh sách dự họp."),
    "consented": N_("Đã ghi nhận ý kiến của chủ trì."),
    "asked": N_("Đã gửi đề nghị. Chủ trì cho ý kiến tại trang này."),
    "withdrawn": N_("Đã rút đề nghị."),
    "checkin": N_("Đã cập nhật điểm danh."),
    "checkin_opened": N_("Đã mở điểm danh bằng mã QR. Chiếu mã lên màn hình ở cửa."),
    "checkin_codes": N_("Đã đổi mã điểm danh. Mã chiếu trước đó không còn dùng được."),
    "voters": N_("Đã lưu thành viên biểu quyết."),
    "duty": N_("Đã lưu người trực."),
    "incident": N_("Đã ghi sự cố."),
    "incident_over": N_("Đã ghi là khắc phục xong."),
    "paper": N_("Đã thêm tài liệu. Người dự mở được ngay, kể cả trong phòng họp."),
    "paper_replaced": N_("Đã tải lên bản mới. Người dự mở được ngay, bản trước được giữ lại."),
    "paper_withdrawn": N_("Đã thu hồi tài liệu. Không ai mở được nữa."),
    "invitation_drafted": N_("Đã điền giấy mời từ lịch họp. Hãy xem lại, sửa và ghi người ký."),
    "invitation_saved": N_("Đã lưu giấy mời."),
    "invitation_submitted": N_("Đã trình ký giấy mời."),
    "invitation_returned": N_("Đã trả lại giấy mời để sửa."),
    "invitation_signed": N_("Đã lưu bản giấy mời đã ký."),
    "signature_added": N_("Đã kiểm tra và lưu chữ ký số."),
    "signature_waiting": N_("Chữ ký số hợp lệ. Hãy xác nhận chứng thư đúng là của người ký rồi chữ ký mới được tính."),
    "signature_discarded": N_("Đã bỏ tệp chưa xác nhận. Văn bản vẫn như trước."),
    "signature_image": N_("Đã lưu ảnh. Ảnh hiện trên văn bản từ lần ký sau."),
    "invitation_numbered": N_("Đã cấp số giấy mời."),
    "invitation_issued": N_("Đã phát hành giấy mời. Thư gửi các đơn vị, đại biểu đang chờ gửi."),
    "invitation_withdrawn": N_("Đã thu hồi giấy mời."),
    "invitation_before": N_("Đã gửi thư mời họp trước. Giấy mời chính thức vẫn cần được ký, cấp số và phát hành."),
    "password": N_("Đã đổi mật khẩu. Các phiên đăng nhập khác của tài khoản đã bị đóng."),
    "unit": N_("Đã lưu thông tin đơn vị."),
    "site": N_("Đã lưu thông tin điểm cầu."),
    "account": N_("Đã lưu tài khoản."),
    "minutes_submitted": N_("Đã trình biên bản để chủ tọa duyệt."),
    "minutes_approved": N_("Đã phê duyệt biên bản. Văn bản PDF và DOCX đang được lập."),
    "minutes_returned": N_("Đã trả lại biên bản cho thư ký."),
    "minutes_comments_opened": N_("Đã mở lấy ý kiến dự thảo. Đầu mối các đơn vị được mời đọc và góp ý được ngay."),
    "minutes_comments_closed": N_("Đã kết thúc lấy ý kiến dự thảo."),
    "minutes_commented": N_("Đã gửi góp ý cho thư ký cuộc họp."),
    "minutes_comment_accepted": N_("Đã tiếp thu góp ý."),
    "minutes_comment_answered": N_("Đã trả lời góp ý."),
    "minutes_restored": N_("Đã khôi phục nội dung của bản đã chọn. Bản trước đó vẫn còn trong danh sách."),
    "document_drafted": N_("Đã lập bản dự thảo. Hãy xem lại, sửa và ghi người ký."),
    "document_saved": N_("Đã lưu văn bản."),
    "document_submitted": N_("Đã trình ký văn bản."),
    "document_returned": N_("Đã trả lại văn bản để sửa."),
    "document_uploaded": N_("Đã lưu bản đã ký."),
    "document_numbered": N_("Đã cấp số văn bản."),
    "document_issued": N_("Đã phát hành văn bản. Thư gửi các đơn vị, đại biểu đang chờ gửi."),
    "document_withdrawn": N_("Đã thu hồi văn bản."),
    "document_gap_noted": N_("Đã ghi lý do để trống số."),
    "document_template_saved": N_("Đã lưu mẫu văn bản."),
    "document_template_added": N_("Đã thêm mẫu văn bản. Hãy sửa cho đúng với cơ quan."),
    "document_template_retired": N_("Đã bỏ mẫu văn bản. Văn bản đã lập không thay đổi."),
    "minutes_reopened": N_("Đã lập phiên bản mới từ biên bản đã duyệt."),
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
    ("/documents", N_("Văn thư"), N_("Văn thư"), "scroll-text", _keeps_documents, ("/documents",)),
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
