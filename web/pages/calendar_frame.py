"""What stands around every view of the calendar: where one may go from here, and the choices of the filters."""

from datetime import timedelta
from typing import Any

from aiohttp import web

from meetings import calendar_permissions, permissions
from meetings.errors import N_
from meetings.org_tree import OrgTree
from web.i18n import _, format_date, format_day, format_day_month, today
from web.keys import actor_of, now_of
from web.layout import FORM_NAMES, KIND_NAMES, STATUS_NAMES
from web.pages.calendar_filters import Filters, View

VIEW_NAMES = {
    View.DAY: N_("Ngày"),
    View.WEEK: N_("Tuần"),
    View.MONTH: N_("Tháng"),
    View.LIST: N_("Danh sách"),
    View.ROWS: N_("Phòng, đơn vị"),
}


def describe_frame(request: web.Request, filters: Filters, tree: OrgTree) -> dict[str, Any]:
    actor, now = actor_of(request), now_of(request)
    hidden = set() if calendar_permissions.may_view_occupancy(actor) else {View.ROWS}
    return {
        "filters": filters,
        "views": [(view, _(name), filters.look(view)) for view, name in VIEW_NAMES.items() if view not in hidden],
        "units": [(unit.id, unit.name) for unit in tree],
        "kinds": [(kind.value, _(name)) for kind, name in KIND_NAMES.items()],
        "forms": [(form.value, _(name)) for form, name in FORM_NAMES.items()],
        "statuses": [(status.value, _(name)) for status, name in STATUS_NAMES.items()],
        "before": filters.address(date=(filters.first - timedelta(days=1)).isoformat()),
        "next": filters.address(date=filters.after.isoformat()),
        "now_url": filters.address(date=today(now).isoformat()),
        "today": today(now),
        "may_book": permissions.may_book(actor),
        "heading": describe_time(filters),
        "movable": frozenset(),
    }


def describe_time(filters: Filters) -> str:
    match filters.reach:
        case View.WEEK:
            same = filters.first.year == filters.last.year
            first = format_day_month(filters.first) if same else format_date(filters.first)
            return _("Tuần {first} – {last}", first=first, last=format_date(filters.last))
        case View.MONTH:
            return _("Tháng {month}/{year}", month=f"{filters.first:%m}", year=filters.first.year)
    return format_day(filters.day)
