"""What the calendar shows, as the address says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from meetings.kinds import Form, MeetingKind, MeetingStatus
from web.i18n import today
from web.inputs import clean, read_day, read_key
from web.keys import now_of

ONE = timedelta(days=1)
MOST_PAGES = 1000
Value = TypeVar("Value", bound=StrEnum)


class View(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    LIST = "list"
    ROWS = "rows"


class Rows(StrEnum):
    """Whose time the view by rows shows."""

    HALLS = "halls"
    UNITS = "units"
    PEOPLE = "people"


# How much time a view may show; the first is what it shows unless the address says otherwise.
REACHES = {
    View.DAY: (View.DAY,),
    View.WEEK: (View.WEEK,),
    View.MONTH: (View.MONTH,),
    View.LIST: (View.WEEK, View.MONTH),
    View.ROWS: (View.DAY, View.WEEK),
}


@dataclass(frozen=True)
class Filters:
    """Anything unknown in the address counts as not said."""

    view: View
    reach: View
    day: date
    rows: Rows
    unit_id: int | None
    kind: MeetingKind | None
    form: Form | None
    status: MeetingStatus | None
    text: str
    page: int = 1  # of the rows

    @property
    def first(self) -> date:
        match self.reach:
            case View.WEEK:
                return self.day - timedelta(days=self.day.weekday())
            case View.MONTH:
                return self.day.replace(day=1)
        return self.day

    @property
    def after(self) -> date:
        """The day after the last one."""
        match self.reach:
            case View.WEEK:
                return self.first + 7 * ONE
            case View.MONTH:
                return (self.first + 31 * ONE).replace(day=1)
        return self.day + ONE

    @property
    def last(self) -> date:
        return self.after - ONE

    @property
    def days(self) -> list[date]:
        return [self.first + number * ONE for number in range((self.after - self.first).days)]

    @property
    def shown(self) -> list[date]:
        """The days on the page: a month's are whole weeks."""
        if self.view is not View.MONTH:
            return self.days
        start, end = self.first - self.first.weekday() * ONE, self.last + (6 - self.last.weekday()) * ONE
        return [start + number * ONE for number in range((end - start).days + 1)]

    @property
    def are_set(self) -> bool:
        """Whether they leave out meetings."""
        return bool(self.text or self.unit_id or self.kind or self.form or self.status)

    @property
    def folded(self) -> int:
        """How many of those that stand folded are set."""
        return sum(value is not None for value in (self.unit_id, self.kind, self.form, self.status))

    def address(self, **changes: object) -> str:
        values: dict[str, object] = {
            "view": "" if self.view is View.WEEK else self.view,
            "reach": "" if self.reach is REACHES[self.view][0] else self.reach,
            "date": self.day.isoformat(),
            "rows": "" if self.view is not View.ROWS or self.rows is Rows.HALLS else self.rows,
            "unit": self.unit_id or "",
            "kind": self.kind or "",
            "form": self.form or "",
            "status": self.status or "",
            "q": self.text,
            "page": self.page if self.page > 1 else "",
        }
        said = {key: value for key, value in (values | changes).items() if value}
        return "/meetings?" + urlencode(said)

    def look(self, view: View, day: date | None = None) -> str:
        """The address of another view with the same filters."""
        return replace(self, view=view, reach=REACHES[view][0], day=day or self.day, page=1).address()


def read_filters(request: web.Request) -> Filters:
    query = request.query
    view = _pick(query, "view", View) or View.WEEK
    reach = _pick(query, "reach", View)
    return Filters(
        view=view,
        reach=reach if reach in REACHES[view] and reach is not None else REACHES[view][0],
        day=read_day(query.get("date")) or today(now_of(request)),
        rows=_pick(query, "rows", Rows) or Rows.HALLS,
        unit_id=read_key(query.get("unit")),
        kind=_pick(query, "kind", MeetingKind),
        form=_pick(query, "form", Form),
        status=_pick(query, "status", MeetingStatus),
        text=clean(query.get("q", ""))[:100],
        page=min(read_key(query.get("page")) or 1, MOST_PAGES),
    )


def _pick(query: Mapping[str, str], name: str, of: type[Value]) -> Value | None:
    said = query.get(name, "")
    return of(said) if said in set(of) else None
