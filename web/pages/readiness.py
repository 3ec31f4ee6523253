"""How ready each site of a meeting is, in one of three words, from its last test and from who is in the room. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from meetings.errors import N_
from meetings.readiness_actions import Readiness
from meetings.room_models import LineState
from web.i18n import _
from web.pages.connection_report import ROUTE_NAMES, describe_loss, describe_rate, state_of

Light = Literal["green", "amber", "red"]

FRESH = timedelta(hours=24)  # an older test says little of today's line
LIGHT_NAMES: dict[Light, str] = {
    "green": N_("Sẵn sàng"),
    "amber": N_("Cần lưu ý"),
    "red": N_("Chưa sẵn sàng"),
}
LIGHT_ICONS: dict[Light, str] = {"green": "circle-check", "amber": "triangle-alert", "red": "circle-x"}
LIGHT_BADGES: dict[Light, str] = {"green": "success", "amber": "warning", "red": "danger"}
DEVICE_NAMES: dict[str, str] = {
    "passed": N_("đạt"),
    "warned": N_("cần lưu ý"),
    "failed": N_("không đạt"),
}


@dataclass(frozen=True)
class Row:
    """One line of the board, in words."""

    site_id: int | None
    unit: str
    place: str
    is_hall: bool
    light: Light
    reason: str
    camera: str  # "passed", "warned", "failed" or ""
    microphone: str
    network: str
    route: str
    tested_at: datetime | None
    report_id: int | None
    here_since: datetime | None
    duty_name: str
    duty_phone: str

    @property
    def word(self) -> str:
        return _(LIGHT_NAMES[self.light])

    @property
    def icon(self) -> str:
        return LIGHT_ICONS[self.light]

    @property
    def badge(self) -> str:
        return LIGHT_BADGES[self.light]


def judge_site(site: Readiness, now: datetime) -> tuple[Light, str]:
    """The light, and why it is not green. In the room one is connected whatever a test said, if not well."""
    report, present = site.report, bool(site.present)
    if report is None:
        if present:
            return "amber", N_("Đã vào phòng họp, chưa kiểm tra kết nối")
        if site.site is None:
            return "red", N_("Chưa chọn điểm cầu, chưa kiểm tra kết nối")
        if not site.has_account:
            return "red", N_("Điểm cầu chưa có tài khoản, chưa kiểm tra kết nối")
        return "red", N_("Chưa kiểm tra kết nối")
    if report.state is LineState.BAD:
        return ("amber" if present else "red"), N_("Lần kiểm tra gần nhất không đạt")
    if report.state is LineState.WEAK:
        return "amber", N_("Lần kiểm tra gần nhất có chỗ cần lưu ý")
    if now - report.at > FRESH and not present:
        return "amber", N_("Đã kiểm tra từ hôm trước, cần kiểm tra lại")
    return "green", ""


def make_row(site: Readiness, now: datetime) -> Row:
    light, reason = judge_site(site, now)
    report, duty = site.report, site.duty
    result = report.result if report else {}
    figures = result.get("figures", {})
    network = " · ".join(part for part in (describe_rate(figures), describe_loss(figures)) if part)
    return Row(
        site_id=site.site.id if site.site else None,
        unit=site.unit.name,
        place=site.site.name if site.site else "",
        is_hall=site.is_hall,
        light=light,
        reason=_(reason),
        camera=state_of(result, "camera"),
        microphone=state_of(result, "microphone"),
        network=network,
        route=ROUTE_NAMES.get(report.route, "") if report else "",
        tested_at=report.at if report else None,
        report_id=report.id if report else None,
        here_since=min((row.joined_at for row in site.present), default=None),
        duty_name=duty.name if duty else "",
        duty_phone=duty.phone if duty else "",
    )


def count_lights(rows: Sequence[Row]) -> dict[Light, int]:
    return {light: sum(row.light == light for row in rows) for light in LIGHT_NAMES}
