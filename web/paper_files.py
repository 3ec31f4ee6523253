"""Files of a meeting's papers: what they are by their own bytes, and where they lie.

A name that somebody sent never becomes a path, and what a name or a header says a file is counts for nothing: its first
bytes do, and for office documents the list of what is packed in them.
"""

import asyncio
import hashlib
import secrets
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from meetings.errors import N_, Invalid
from web.inputs import clean

OFFICE = "application/vnd.openxmlformats-officedocument"
MOST_ENTRIES = 20_000  # of an office document
LONGEST_NAME = 150


@dataclass(frozen=True)
class Kind:
    """``inline``: browsers show it by themselves and run nothing of it. Others are saved."""

    ending: str
    media_type: str
    inline: bool
    also: tuple[str, ...] = ()  # other endings that people use


PDF = Kind("pdf", "application/pdf", True)
IMAGES = {
    b"\x89PNG\r\n\x1a\n": Kind("png", "image/png", True),
    b"\xff\xd8\xff": Kind("jpg", "image/jpeg", True, ("jpeg", "jpe")),
}
WEBP = Kind("webp", "image/webp", True)
PACKED = {
    "word/document.xml": Kind("docx", f"{OFFICE}.wordprocessingml.document", False),
    "xl/workbook.xml": Kind("xlsx", f"{OFFICE}.spreadsheetml.sheet", False),
    "ppt/presentation.xml": Kind("pptx", f"{OFFICE}.presentationml.presentation", False),
}
KINDS = (PDF, *IMAGES.values(), WEBP, *PACKED.values())
MEDIA_TYPES = {kind.ending: kind.media_type for kind in KINDS}
ENDINGS = [f".{ending}" for kind in KINDS for ending in (kind.ending, *kind.also)]
WRONG_KIND = N_(
    "Chỉ nhận tệp PDF, Word (DOCX), Excel (XLSX), PowerPoint (PPTX) và ảnh PNG, JPEG, WebP. "
    "Tệp này không thuộc các loại đó, hoặc phần mở rộng của tên không khớp với nội dung."
)
HAS_MACROS = N_("Tệp có macro nên không nhận. Hãy lưu lại thành DOCX, XLSX, PPTX hoặc PDF rồi tải lên.")
TOO_LARGE = N_("Tệp lớn hơn {limit} MB nên không nhận. Hãy nén ảnh trong tệp hoặc chia thành nhiều tệp.")
EMPTY = N_("Hãy chọn một tệp có nội dung.")


@dataclass(frozen=True)
class KeptFile:
    """A file in the papers' folder, ``path`` relative to it."""

    path: str
    kind: Kind
    size: int
    sha256: str


def kind_of(media_type: str) -> Kind | None:
    return next((kind for kind in KINDS if kind.media_type == media_type), None)


def clean_file_name(sent: str) -> str:
    """The last part of a name that some system's browser sent: never empty, and without what paths are made of."""
    name = clean(PurePosixPath(sent.replace("\\", "/")).name)
    name = "".join("_" if letter in '<>:"|?*/\n' else letter for letter in name).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:LONGEST_NAME] or "tai-lieu"
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"[:LONGEST_NAME]


def recognise(path: Path) -> Kind | None:
    """What the file is. Raises ``Invalid`` for an office document with macros."""
    with path.open("rb") as source:
        head = source.read(1024)
    if b"%PDF-" in head:  # ISO 32000 lets other bytes stand before it, within the first kilobyte
        return PDF
    for magic, kind in IMAGES.items():
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    return _recognise_packed(path) if head.startswith(b"PK\x03\x04") else None


def _recognise_packed(path: Path) -> Kind | None:
    try:
        with zipfile.ZipFile(path) as packed:
            names = {entry.filename for entry in packed.infolist()[:MOST_ENTRIES]}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid(HAS_MACROS, field="file")
    return next((kind for inside, kind in PACKED.items() if inside in names), None)


def check_kind(path: Path, file_name: str) -> Kind:
    """What the file is, when that is one of the kinds taken and agrees with its name. Raises ``Invalid``."""
    kind = recognise(path)
    ending = file_name.rpartition(".")[2].lower()
    if kind is None or ending not in (kind.ending, *kind.also):
        raise Invalid(WRONG_KIND, field="file")
    return kind


async def keep_file(folder: Path, slug: str, file_name: str, chunks: AsyncIterator[bytes], limit_mb: int) -> KeptFile:
    """Write what comes in into the meeting's folder and look what it is. Raises ``Invalid`` and leaves nothing then."""
    part = await asyncio.to_thread(_begin, folder / slug)
    try:
        size, sha256 = await _write(part, chunks, limit_mb)
        kind = await asyncio.to_thread(check_kind, part, file_name)
        final = await asyncio.to_thread(part.rename, part.with_suffix(f".{kind.ending}"))
    except BaseException:
        await asyncio.shield(asyncio.to_thread(part.unlink, missing_ok=True))
        raise
    return KeptFile(final.relative_to(folder).as_posix(), kind, size, sha256)


def _begin(home: Path) -> Path:
    """An empty file under a name of our own."""
    home.mkdir(parents=True, exist_ok=True)
    part = home / f"{secrets.token_hex(16)}.part"
    part.touch(mode=0o600, exist_ok=False)
    return part


async def _write(part: Path, chunks: AsyncIterator[bytes], limit_mb: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    target = await asyncio.to_thread(part.open, "wb")
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit_mb * 2**20:
                raise Invalid(TOO_LARGE, field="file", limit=limit_mb)
            await asyncio.to_thread(_append, target, digest, chunk)
    finally:
        await asyncio.to_thread(target.close)
    if size == 0:
        raise Invalid(EMPTY, field="file")
    return size, digest.hexdigest()


def _append(target: BinaryIO, digest: "hashlib._Hash", chunk: bytes) -> None:
    target.write(chunk)
    digest.update(chunk)


def find_file(folder: Path, path: str) -> Path | None:
    """The kept file, when it is there and really lies in the folder."""
    found = (folder / path).resolve()
    return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
