"""Parsed JSON of minutes, read field by field: each must be there and of its type, and no other may be. Pure.

Whatever is wrong raises ``Invalid`` whose ``field`` is its path, such as ``sections.2.title``.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from meetings.errors import N_, Invalid

MAX_TEXT = 20_000
MAX_ITEMS = 5_000
YEARS = range(1900, 2201)  # as in forms; at the ends of the calendar an instant has no day in some zones

T = TypeVar("T")


class ContentFields:
    """An object of parsed JSON, read field by field; ``finish`` refuses what nobody asked for."""

    def __init__(self, value: object, path: str) -> None:
        self.path = path
        if not isinstance(value, Mapping):
            raise wrong_at(path)
        self.rest: dict[str, Any] = dict(value)

    def take(self, name: str) -> tuple[Any, str]:
        path = f"{self.path}.{name}" if self.path else name
        if name not in self.rest:
            raise wrong_at(path)
        return self.rest.pop(name), path

    def finish(self) -> None:
        for name in self.rest:
            raise wrong_at(f"{self.path}.{name}" if self.path else str(name))

    def text(self, name: str, longest: int = MAX_TEXT, among: tuple[str, ...] | None = None) -> str:
        value, path = self.take(name)
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            raise wrong_at(path)
        if among is not None and value not in among:
            raise wrong_at(path)
        return value

    def count(self, name: str) -> int | None:
        value, path = self.take(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
            raise wrong_at(path)
        return value

    def flag(self, name: str) -> bool:
        value, path = self.take(name)
        if not isinstance(value, bool):
            raise wrong_at(path)
        return value

    def instant(self, name: str) -> datetime | None:
        value, path = self.take(name)
        return None if value is None else _read_instant(value, path)

    def moment(self, name: str) -> datetime:
        return _read_instant(*self.take(name))

    def day(self, name: str) -> date | None:
        value, path = self.take(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise wrong_at(path) from None

    def items(self, name: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
        value, path = self.take(name)
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            raise wrong_at(path)
        return tuple(read(item, f"{path}.{index}") for index, item in enumerate(value))

    def rows(self, name: str, read: Callable[["ContentFields"], T]) -> tuple[T, ...]:
        return self.items(name, lambda item, path: _finish(ContentFields(item, path), read))

    def part(self, name: str, read: Callable[["ContentFields"], T]) -> T:
        return _finish(ContentFields(*self.take(name)), read)

    def ids(self) -> tuple[int, ...]:
        return self.items("segments", _read_id)


def _finish(fields: ContentFields, read: Callable[[ContentFields], T]) -> T:
    value = read(fields)
    fields.finish()
    return value


def wrong_at(path: str) -> Invalid:
    return Invalid(N_("Nội dung biên bản chưa đúng ở mục “{path}”."), field=path, path=path)


def _read_instant(value: object, path: str) -> datetime:
    if not isinstance(value, str):
        raise wrong_at(path)
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise wrong_at(path) from None
    if instant.tzinfo is None or instant.year not in YEARS:
        raise wrong_at(path)
    return instant.astimezone(UTC)


def _read_id(value: object, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise wrong_at(path)
    return value


def read_line(value: object, path: str) -> str:
    if not isinstance(value, str) or len(value) > 500 or "\0" in value:
        raise wrong_at(path)
    return value
