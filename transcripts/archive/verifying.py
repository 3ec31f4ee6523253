"""Whether a package of a meeting file is what left the office: read-only, offline, without a database.

The package comes from anywhere, so nothing in it is trusted before it is looked at: names that lead out of a folder,
files that unpack to more than they say, entries that lie over each other are refused before anything is unpacked.
Nothing is ever written to disk.
"""

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from transcripts.archive.chain import FORMAT, START, hash_value

MANIFEST = "manifest.json"
MOST_ENTRIES = 20_000
MOST_MANIFEST = 64 * 2**20
MOST_PACKED = 4 * 2**30  # bytes that compressed entries may unpack to, together; recordings are stored as they are
MOST_RATIO = 200  # times larger than it lies in the package
SMALL = 2**20  # what may be packed as tightly as it likes
BLOCK = 2**20
LOCAL_HEADER = 30
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DRIVE = re.compile(r"^[A-Za-z]:")
LINK_FIELDS = ("number", "kind", "key", "at", "title", "code", "details", "sha256", "size", "previous")
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Fault:
    """``code`` names the kind of what is wrong, ``text`` says it in plain words."""

    code: str
    text: str


@dataclass(frozen=True)
class Report:
    """What was found. ``left_out``: items whose files were not packed by choice; their hashes are in the chain."""

    faults: tuple[Fault, ...]
    title: str = ""
    code: str = ""
    items: int = 0
    left_out: int = 0
    head: str = ""
    seal: str = ""

    @property
    def holds(self) -> bool:
        return not self.faults


class Broken(Exception):
    """The package cannot be looked at any further."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.fault = Fault(code, text)


def verify_package(path: Path, seal: str = "", head: str = "") -> Report:
    """Everything that is wrong. ``seal`` and ``head``: what the office noted when it made the package, if known."""
    try:
        with path.open("rb") as source, zipfile.ZipFile(source) as package:
            entries = _read_entries(source, package)
            manifest = _read_manifest(package, entries)
            return _verify(package, entries, manifest, seal, head)
    except Broken as broken:
        return Report((broken.fault,))
    except BROKEN as error:
        return Report((Fault("unreadable", f"Không đọc được tệp như một gói ZIP ({error})."),))


def _read_entries(source: BinaryIO, package: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Entries by name, in the package's order, once they are safe to read."""
    infos = package.infolist()
    if len(infos) > MOST_ENTRIES:
        raise Broken("too_many", f"Gói có {len(infos)} mục, nhiều hơn mức {MOST_ENTRIES} được chấp nhận.")
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_entry(info)
        if info.filename in entries:
            raise Broken("doubled", f"Tên “{info.filename}” có hai lần trong gói.")
        entries[info.filename] = info
    if sum(info.file_size for info in infos if info.compress_type != zipfile.ZIP_STORED) > MOST_PACKED:
        raise Broken("bomb", "Nội dung nén trong gói bung ra lớn hơn mức được chấp nhận.")
    _check_places(infos, source.seek(0, 2))
    return entries


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.filename
    if not is_safe(name) or stat.S_ISLNK(info.external_attr >> 16):
        raise Broken("path", f"Tên “{name}” dẫn ra ngoài thư mục giải nén hoặc không được phép.")
    if info.flag_bits & 0x1:
        raise Broken("encrypted", f"“{name}” bị mã hóa nên không kiểm tra được.")
    if info.compress_type not in METHODS:
        raise Broken("method", f"“{name}” nén theo cách không được chấp nhận.")
    stored = info.compress_type == zipfile.ZIP_STORED
    if (stored and info.file_size != info.compress_size) or (
        info.file_size > SMALL and info.file_size > MOST_RATIO * max(info.compress_size, 1)
    ):
        raise Broken("bomb", f"“{name}” khai kích thước không hợp lý so với phần nằm trong gói.")


def is_safe(name: str) -> bool:
    """Whether a name stays in the folder into which the package is unpacked, on every system."""
    parts = name.split("/")
    odd = "\\" in name or "\0" in name or bool(DRIVE.match(name)) or any(ord(letter) < 32 for letter in name)
    return not odd and len(name) <= 240 and all(part not in ("", ".", "..") for part in parts)


def _check_places(infos: Sequence[zipfile.ZipInfo], length: int) -> None:
    """Entries that share bytes unpack to more than there is."""
    end = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset < end:
            raise Broken("bomb", f"“{info.filename}” nằm chồng lên mục khác trong gói.")
        end = info.header_offset + LOCAL_HEADER + len(info.filename.encode()) + info.compress_size
    if end > length:
        raise Broken("cut", "Gói bị cắt cụt: nội dung ngắn hơn mục lục của gói.")


def _read_manifest(package: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]) -> dict[str, Any]:
    info = entries.get(MANIFEST)
    if info is None:
        raise Broken("no_manifest", f"Gói không có {MANIFEST}: đây không phải gói hồ sơ cuộc họp, hoặc tệp đã bị bỏ.")
    if info.file_size > MOST_MANIFEST:
        raise Broken("bomb", f"{MANIFEST} lớn hơn mức được chấp nhận.")
    try:
        manifest = json.loads(package.read(info))
        _check_shape(manifest)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Broken("manifest", f"{MANIFEST} không đúng dạng của gói hồ sơ ({error}).") from None
    return dict(manifest)


def _check_shape(manifest: Any) -> None:
    if manifest["format"] != FORMAT:
        raise ValueError("định dạng lạ")
    for item in manifest["items"]:
        if not all(isinstance(item[name], str) for name in ("kind", "key", "at", "title", "sha256", "path", "link")):
            raise ValueError("mục thiếu thông tin")
        for name in LINK_FIELDS:
            item[name]
        _check_files(item["also"])
    _check_files(manifest["listing"])
    for value in (manifest["head"], manifest["seal"], manifest["file"]["title"], manifest["file"]["code"]):
        if not isinstance(value, str):
            raise TypeError("giá trị không phải chữ")


def _check_files(files: Any) -> None:
    for file in files:
        if not isinstance(file["path"], str) or not isinstance(file["sha256"], str) or type(file["size"]) is not int:
            raise TypeError("tệp thiếu thông tin")


def _verify(
    package: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], manifest: dict[str, Any], seal: str, head: str
) -> Report:
    items, faults = manifest["items"], []
    told = dict(manifest)
    if told.pop("seal") != hash_value(told):
        faults.append(Fault("seal", f"{MANIFEST} đã bị sửa: dấu niêm phong không khớp nội dung."))
    if seal and seal.lower() != manifest["seal"]:
        faults.append(Fault("seal", "Dấu niêm phong khác với dấu đã ghi khi xuất: đây không phải gói đã xuất."))
    if head and head.lower() != manifest["head"]:
        faults.append(Fault("head", "Mã cuối chuỗi khác với mã đã ghi khi xuất: đây không phải hồ sơ đã xuất."))
    faults += _verify_chain(items, manifest["head"])
    faults += _verify_files(package, entries, manifest)
    left_out = sum(item["path"] == "" for item in items)
    file = manifest["file"]
    return Report(tuple(faults), file["title"], file["code"], len(items), left_out, manifest["head"], manifest["seal"])


def _verify_chain(items: Sequence[Mapping[str, Any]], head: str) -> Iterator[Fault]:
    previous, earlier = START, ""
    for number, item in enumerate(items, 1):
        name = f"Mục {item['number']} “{item['title']}”"
        if item["number"] != number:
            yield Fault("order", f"{name} không đứng đúng chỗ: ở vị trí {number} trong danh sách.")
        if item["at"] < earlier:
            yield Fault("order", f"{name} không theo thứ tự thời gian.")
        if item["previous"] != previous:
            yield Fault("chain", f"{name} không nối với mục trước: có mục bị bỏ, bị thêm hoặc bị đổi chỗ.")
        if item["link"] != hash_value({field: item[field] for field in LINK_FIELDS}):
            yield Fault("chain", f"{name} có thông tin đã bị sửa: mã nối không khớp.")
        previous, earlier = item["link"], item["at"]
    if head != previous:
        yield Fault("chain", "Mã cuối chuỗi không khớp mục cuối: có mục bị bỏ hoặc bị thêm ở cuối.")


def list_files(manifest: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Path, hash and size of every file that a package must hold, in their order."""
    files = [(file["path"], file["sha256"], file["size"]) for file in manifest["listing"]]
    for item in manifest["items"]:
        if item["path"]:
            files.append((item["path"], item["sha256"], item["size"]))
        files += [(file["path"], file["sha256"], file["size"]) for file in item["also"]]
    return files


def _verify_files(
    package: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], manifest: Mapping[str, Any]
) -> Iterator[Fault]:
    wanted = list_files(manifest)
    names = [MANIFEST, *(path for path, _, _ in wanted)]
    for name in entries.keys() - set(names):
        yield Fault("added", f"Tệp “{name}” không có trong danh sách: đã bị thêm vào gói.")
    for path, sha256, size in wanted:
        info = entries.get(path)
        if info is None:
            yield Fault("missing", f"Thiếu tệp “{path}”.")
        elif info.file_size != size or _hash_entry(package, info) != sha256:
            yield Fault("altered", f"Tệp “{path}” đã bị sửa: mã băm không khớp.")
    if len(set(names)) != len(names):
        yield Fault("doubled", f"Một tệp được nêu hai lần trong {MANIFEST}.")
    there = [name for name in entries if name in set(names)]
    if there != [name for name in names if name in entries]:
        yield Fault("order", "Các tệp trong gói không theo thứ tự của danh sách.")


def _hash_entry(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """Empty where it cannot be read: its own check says that it was altered."""
    digest = hashlib.sha256()
    try:
        with package.open(info) as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except BROKEN:
        return ""
    return digest.hexdigest()
