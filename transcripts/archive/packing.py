"""A meeting file as one ZIP: its manifest, its list of documents, then everything in time order.

Runs in a process of its own. Files are hashed before the first byte leaves, so that the manifest stands first and a
file that is not what was kept is told of instead of packed; while they are written they are hashed again. Equal input
gives an equal package.
"""

import hashlib
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Protocol

import pypdf
from pypdf.errors import PyPdfError

from meetings.errors import N_, Conflict
from meetings.printing.typesetting import typeset
from meetings.printing.wording import Annex, clean_value
from transcripts.archive.chain import FORMAT, KINDS, MEDIA, Item, Link, hash_value, head_of, link_items, tell_item
from transcripts.archive.description import FileFacts, describe_file, describe_item, list_on_paper, write_listing
from transcripts.archive.sheets import Sheet, write_sheet
from transcripts.archive.verifying import MANIFEST

TEMPLATE = Path(__file__).parent / "sheet.typ"
WIDTH = 165  # millimetres of a page's text
BLOCK = 2**20
LISTING = "muc-luc"
ZONE = timezone(timedelta(hours=7))  # what dates inside a ZIP, which name no zone, are meant in
GONE = N_("Tệp “{title}” không còn trên máy chủ nên chưa xuất được hồ sơ. Hãy báo quản trị hệ thống.")
CHANGED = N_(
    "Tệp “{title}” không khớp mã băm đã ghi nên chưa xuất được hồ sơ: tệp đã bị sửa. Hãy báo quản trị hệ thống."
)


@dataclass(frozen=True)
class Source:
    """An item and where its bytes come from: a file on disk, or ``data``. ``sheet``: it is printed for people too."""

    item: Item
    ending: str
    path: str = ""
    data: bytes = b""
    sheet: Sheet | None = None


@dataclass(frozen=True)
class Plan:
    """What is to be packed. ``with_media``: recordings too."""

    facts: FileFacts
    sources: tuple[Source, ...]
    with_media: bool
    made_at: datetime


@dataclass(frozen=True)
class Content:
    """One file of a package. ``path``: where it lies now, else ``data``."""

    name: str
    sha256: str
    size: int
    at: datetime
    path: str = ""
    data: bytes = b""

    def tell(self) -> dict[str, Any]:
        return {"path": self.name, "sha256": self.sha256, "size": self.size}


@dataclass(frozen=True)
class Package:
    """Everything that is to be written, in its order."""

    contents: tuple[Content, ...]
    items: int
    head: str
    seal: str


class Sink(Protocol):
    """Whatever takes bytes, such as a pipe."""

    def write(self, data: bytes, /) -> Any: ...


def source_of(sheet: Sheet, kind: str, key: str, at: datetime) -> Source:
    """A sheet as an item."""
    data = write_sheet(sheet)
    return Source(Item(kind, key, at, sheet.title, hash_bytes(data), len(data)), "xml", data=data, sheet=sheet)


def hash_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def hash_file(path: str) -> tuple[str, int]:
    with Path(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def hash_files(paths: Sequence[str]) -> list[tuple[str, int]]:
    return [hash_file(path) for path in paths]


def prepare(plan: Plan) -> Package:
    """Look at every file, and make what is made for the package alone. ``Conflict`` when a file is not what it was."""
    sources = {(source.item.kind, source.item.key): settle(source, plan.with_media) for source in plan.sources}
    links = link_items(source.item for source in sources.values())
    items: list[dict[str, Any]] = []
    contents: list[Content] = []
    pages: dict[int, int] = {}
    for link in links:
        source = sources[link.item.kind, link.item.key]
        own = _list_contents(link, source, plan)
        contents += own
        items.append(
            tell_item(link.number, link.item)
            | {"previous": link.previous, "link": link.link}
            | {"path": own[0].name if own else "", "also": [each.tell() for each in own[1:]]}
            | {"description": describe_item(plan.facts, link)}
        )
        if own and (counted := count_pages(own[-1])) is not None:
            pages[link.number] = counted
    listing = _list_items(plan, links, pages)
    manifest = {
        "format": FORMAT,
        "made_at": plan.made_at.astimezone(UTC).isoformat(),
        "file": {"title": plan.facts.title, "code": plan.facts.code, "fields": describe_file(plan.facts, links)},
        "listing": [each.tell() for each in listing],
        "items": items,
        "head": head_of(links),
    }
    seal = hash_value(manifest)
    written = json.dumps(manifest | {"seal": seal}, ensure_ascii=False, indent=1).encode()
    first = Content(MANIFEST, hash_bytes(written), len(written), plan.made_at, data=written)
    return Package((first, *listing, *contents), len(links), head_of(links), seal)


def settle(source: Source, with_media: bool) -> Source:
    """With its true hash. Recordings that stay out and were hashed before are not read again."""
    if not source.path or (source.item.kind in MEDIA and source.item.sha256 and not with_media):
        return source
    try:
        sha256, size = hash_file(source.path)
    except FileNotFoundError:
        raise Conflict(GONE, title=source.item.title) from None
    if source.item.sha256 and source.item.sha256 != sha256:
        raise Conflict(CHANGED, title=source.item.title)
    return replace(source, item=replace(source.item, sha256=sha256, size=size))


def _list_contents(link: Link, source: Source, plan: Plan) -> list[Content]:
    item = link.item
    if item.kind in MEDIA and not (plan.with_media and source.path):
        return []
    stem = f"van-ban/{link.number:03}-{name_plainly(KINDS[item.kind])}"
    own = [Content(f"{stem}.{source.ending}", item.sha256, item.size, item.at, source.path, source.data)]
    if source.sheet is not None:
        printed = print_sheet(source.sheet, plan.facts, item.at)
        own.append(Content(f"{stem}.pdf", hash_bytes(printed), len(printed), item.at, data=printed))
    return own


def _list_items(plan: Plan, links: Sequence[Link], pages: Mapping[int, int]) -> list[Content]:
    xml = write_listing(plan.facts, links, pages)
    pdf = print_sheet(list_on_paper(plan.facts, links, pages), plan.facts, plan.made_at)
    files = ((f"{LISTING}.xml", xml), (f"{LISTING}.pdf", pdf))
    return [Content(name, hash_bytes(data), len(data), plan.made_at, data=data) for name, data in files]


def name_plainly(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def print_sheet(sheet: Sheet, facts: FileFacts, made_at: datetime) -> bytes:
    """As PDF/A-2b."""
    shares = [column.share for column in sheet.columns]
    widths = [WIDTH * share // sum(shares) for share in shares]
    table = Annex("", "", tuple(column.name for column in sheet.columns), sheet.rows, tuple(widths))
    told = {"title": sheet.title, "author": facts.creator, "subject": facts.title}
    return typeset(TEMPLATE, told | {"table": asdict(clean_value(table))}, made_at)


def count_pages(content: Content) -> int | None:
    """Of a PDF that can be read."""
    if not content.name.endswith(".pdf"):
        return None
    try:
        return len(pypdf.PdfReader(content.path or io.BytesIO(content.data)).pages)
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def write_package(package: Package, out: Sink) -> None:
    """Text is packed tightly, everything that is packed already is stored as it is."""
    with zipfile.ZipFile(_Stream(out), "w") as target:
        for content in package.contents:
            _write(target, content)


def _write(target: zipfile.ZipFile, content: Content) -> None:
    at = max(content.at.astimezone(ZONE), datetime(1980, 1, 1, tzinfo=ZONE))
    info = zipfile.ZipInfo(content.name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
    info.external_attr = 0o644 << 16
    tight = content.name.endswith((".xml", ".json"))
    info.compress_type = zipfile.ZIP_DEFLATED if tight else zipfile.ZIP_STORED
    info.file_size = content.size
    digest = hashlib.sha256()
    with target.open(info, "w", force_zip64=content.size > 2**30) as entry:
        if not content.path:
            digest.update(content.data)
            entry.write(content.data)
        else:
            with Path(content.path).open("rb") as file:
                while block := file.read(BLOCK):
                    digest.update(block)
                    entry.write(block)
    if digest.hexdigest() != content.sha256:
        raise Conflict(CHANGED, title=content.name)


class _Stream:
    """A place that takes bytes and cannot go back, as ZIP's writer asks for it."""

    def __init__(self, out: Sink) -> None:
        self.out = out

    def write(self, data: bytes, /) -> int:
        self.out.write(data)
        return len(data)

    def flush(self) -> None:
        """Whoever owns the place flushes it."""

    def close(self) -> None:
        """And closes it."""
