"""What a meeting file holds, in time order, each item bound to the one before by its hash. Pure.

An item's link is SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of all that is said of it and of the
link before. So nobody can add, take out, change or move an item without changing every link after it. Where an item
lies in a package is no part of its link: the chain is the same whether recordings are packed or left out.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from meetings.errors import N_

START = "0" * 64  # the link before the first item
FORMAT = "giaoban-meeting-file/1"
KINDS = {  # in the order in which things of one instant stand, with the kind's name on lists
    "booking": N_("Thông tin cuộc họp"),
    "paper": N_("Tài liệu họp"),
    "document_version": N_("Bản lưu của văn bản"),
    "document": N_("Văn bản"),
    "attendance": N_("Thành phần tham dự"),
    "vote": N_("Biểu quyết"),
    "recording": N_("Bản ghi âm"),
    "sound": N_("Bản ghi âm chung"),
    "transcript": N_("Bản gỡ băng"),
    "minutes": N_("Nội dung biên bản"),
    "minutes_file": N_("Bản in biên bản"),
    "comments": N_("Góp ý dự thảo biên bản"),
    "tasks": N_("Kết luận, nhiệm vụ"),
    "signatures": N_("Chữ ký số"),
    "audit": N_("Nhật ký"),
}
MEDIA = frozenset({"recording", "sound"})  # large, and packed by choice


@dataclass(frozen=True)
class Item:
    """One item of a meeting file. ``key`` names it within its kind; ``details`` are the fields of its description."""

    kind: str
    key: str
    at: datetime
    title: str
    sha256: str
    size: int
    code: str = ""  # its number and symbol
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """An item at its place in the chain."""

    number: int
    item: Item
    previous: str
    link: str


def link_items(items: Iterable[Item]) -> tuple[Link, ...]:
    """The items in time order, bound to each other. The same items give the same chain, in whatever order they come."""
    links: list[Link] = []
    previous = START
    order = list(KINDS)
    for number, item in enumerate(sorted(items, key=lambda each: (each.at, order.index(each.kind), each.key)), 1):
        link = hash_value(tell_item(number, item) | {"previous": previous})
        links.append(Link(number, item, previous, link))
        previous = link
    return tuple(links)


def head_of(links: Sequence[Link]) -> str:
    """The last link: who knows it knows the whole chain."""
    return links[-1].link if links else START


def tell_item(number: int, item: Item) -> dict[str, Any]:
    """All that the link covers."""
    return {
        "number": number,
        "kind": item.kind,
        "key": item.key,
        "at": item.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "title": item.title,
        "code": item.code,
        "details": dict(item.details),
        "sha256": item.sha256,
        "size": item.size,
    }


def hash_value(value: object) -> str:
    return hashlib.sha256(write_canonical(value)).hexdigest()


def write_canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
