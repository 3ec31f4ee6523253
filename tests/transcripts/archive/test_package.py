"""A package of a meeting file: what it holds, and that verifying finds whatever was done to it."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from meetings.errors import Conflict
from transcripts.archive.chain import START, Item, hash_value, head_of, link_items
from transcripts.archive.description import DOCUMENT_LENGTHS, FILE_LENGTHS, FileFacts
from transcripts.archive.packing import Package, Plan, Source, hash_bytes, prepare, source_of, write_package
from transcripts.archive.sheets import Column, Sheet
from transcripts.archive.verifying import MANIFEST, is_safe, verify_package
from web.commands.archive import app

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FACTS = FileFacts(
    "05.2026.HS", "Hồ sơ họp giao ban", "H36", "UBND tỉnh", "10 năm", "Nội bộ", date(2026, 11, 1), date(2026, 11, 30)
)
SHEET = Sheet("Thành phần tham dự", (Column("unit", "Đơn vị", 3), Column("mode", "Hình thức", 1)), (("Xã A", "Dự"),))
Files = dict[str, bytes]


def make_plan(folder: Path, with_media: bool = True) -> Plan:
    sound = folder / "sound.mka"
    sound.write_bytes(b"sound" * 1000)
    paper = b"%PDF-1.7 paper"
    sources = (
        Source(Item("paper", "1", AT, "Báo cáo " * 100, hash_bytes(paper), len(paper)), "pdf", data=paper),
        Source(Item("recording", "1", AT + timedelta(hours=1), "Hội trường", "", 0), "mka", path=str(sound)),
        source_of(SHEET, "attendance", "1", AT + timedelta(hours=2)),
    )
    return Plan(FACTS, sources, with_media, AT + timedelta(days=1))


def pack_file(plan: Plan, out: BinaryIO) -> Package:
    package = prepare(plan)
    write_package(package, out)
    return package


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    with (folder / "file.zip").open("wb") as out:
        pack_file(make_plan(folder), out)
    return folder / "file.zip"


def read(path: Path) -> Files:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def write(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w") as package:
        for name, data in files.items():
            package.writestr(name, data)
    return path


def codes(path: Path, **known: str) -> set[str]:
    return {fault.code for fault in verify_package(path, **known).faults}


def test_package_holds_everything_in_time_order(packed: Path) -> None:
    report = verify_package(packed)
    assert report.faults == ()
    assert (report.code, report.items, report.left_out) == ("05.2026.HS", 3, 0)
    assert list(read(packed)) == [
        "manifest.json",
        "muc-luc.xml",
        "muc-luc.pdf",
        "van-ban/001-tai-lieu-hop.pdf",
        "van-ban/002-ban-ghi-am.mka",
        "van-ban/003-thanh-phan-tham-du.xml",
        "van-ban/003-thanh-phan-tham-du.pdf",
    ]
    assert verify_package(packed, report.seal, report.head).holds


def test_description_keeps_the_lengths_of_the_decree(packed: Path) -> None:
    root = ElementTree.fromstring(read(packed)["muc-luc.xml"])  # noqa: S314 - our own
    fields = {each.tag: each.text or "" for each in root if each.tag != "Document"}
    assert fields["Title"] == FACTS.title
    assert fields["DocTotal"] == "3"
    assert all(len(fields[name]) <= longest for name, longest in FILE_LENGTHS.items())
    papers = root.findall("Document")
    assert [paper.findtext("DocOrdinal") for paper in papers] == ["1", "2", "3"]
    for paper in papers:
        assert all(len(paper.findtext(name) or "") <= longest for name, longest in DOCUMENT_LENGTHS.items())
    assert (papers[0].findtext("Subject") or "").endswith("…")


def test_equal_plans_give_equal_packages_and_recordings_may_stay_out(tmp_path: Path) -> None:
    first, second, without = io.BytesIO(), io.BytesIO(), io.BytesIO()
    made = pack_file(make_plan(tmp_path), first)
    assert pack_file(make_plan(tmp_path), second).seal == made.seal
    assert first.getvalue() == second.getvalue()
    assert pack_file(make_plan(tmp_path, with_media=False), without).head == made.head
    (tmp_path / "without.zip").write_bytes(without.getvalue())
    report = verify_package(tmp_path / "without.zip")
    assert (report.faults, report.left_out) == ((), 1)


def test_file_that_was_changed_or_lost_is_told_of_before_anything_is_packed(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    sound = plan.sources[1]
    wrong = replace(sound, item=replace(sound.item, sha256="0" * 64))
    with pytest.raises(Conflict, match="không khớp mã băm"):
        prepare(replace(plan, sources=(wrong,)))
    with pytest.raises(Conflict, match="không còn"):
        prepare(replace(plan, sources=(replace(sound, path=str(tmp_path / "gone")),)))


def edit_manifest(change: Callable[[dict[str, Any]], object], reseal: bool = True) -> Callable[[Files], Files]:
    def edit(files: Files) -> Files:
        manifest = json.loads(files[MANIFEST])
        change(manifest)
        if reseal:
            manifest["seal"] = hash_value({name: value for name, value in manifest.items() if name != "seal"})
        return files | {MANIFEST: json.dumps(manifest).encode()}

    return edit


PAPER = "van-ban/001-tai-lieu-hop.pdf"


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda files: {name: data for name, data in files.items() if name != PAPER}, "missing"),
        (lambda files: files | {"van-ban/them.pdf": b"more"}, "added"),
        (lambda files: files | {PAPER: b"%PDF-1.7 forged"}, "altered"),
        (lambda files: files | {PAPER: files[PAPER][:-1] + b"x"}, "altered"),
        (lambda files: files | {"muc-luc.xml": b"<File/>"}, "altered"),
        (lambda files: dict(reversed(list(files.items()))), "order"),
        (lambda files: {name: data for name, data in files.items() if name != MANIFEST}, "no_manifest"),
        (lambda files: files | {MANIFEST: b"{}"}, "manifest"),
        (lambda files: files | {MANIFEST: b"[" * 100_000}, "manifest"),
        (edit_manifest(lambda m: m["items"][0].update(title="Khác"), reseal=False), "seal"),
        (edit_manifest(lambda m: m["items"][0].update(title="Khác")), "chain"),
        (edit_manifest(lambda m: m["items"].pop(1)), "chain"),
        (edit_manifest(lambda m: m["items"].pop()), "chain"),
        (edit_manifest(lambda m: m["items"].reverse()), "order"),
        (edit_manifest(lambda m: m["items"][2].update(at=m["items"][0]["at"][:-1])), "order"),
        (edit_manifest(lambda m: m.update(head="0" * 64)), "chain"),
    ],
)
def test_whatever_was_done_to_a_package_is_found(
    packed: Path, tmp_path: Path, edit: Callable[[Files], Files], code: str
) -> None:
    assert code in codes(write(tmp_path / "edited.zip", edit(read(packed))))


def test_a_package_made_anew_with_care_is_found_by_its_seal(packed: Path, tmp_path: Path) -> None:
    """Whoever forges everything down to the last hash still cannot forge what the office noted."""
    true = verify_package(packed)
    plan = make_plan(tmp_path)
    paper = b"%PDF-1.7 other"
    forged = replace(plan.sources[0], data=paper)
    forged = replace(forged, item=replace(forged.item, sha256=hash_bytes(paper), size=len(paper)))
    with (tmp_path / "forged.zip").open("wb") as out:
        pack_file(replace(plan, sources=(forged, *plan.sources[1:])), out)
    assert codes(tmp_path / "forged.zip") == set()
    assert codes(tmp_path / "forged.zip", seal=true.seal) == {"seal"}
    assert codes(tmp_path / "forged.zip", head=true.head) == {"head"}


@pytest.mark.parametrize(
    "name", ["../out", "/etc/passwd", "a/../../b", "C:/x", "a\\b", "a//b", "./a", "a/\x01", "", "x" * 241]
)
def test_names_that_lead_elsewhere_are_refused(packed: Path, tmp_path: Path, name: str) -> None:
    assert not is_safe(name)
    if name:
        assert codes(write(tmp_path / "edited.zip", read(packed) | {name: b""})) == {"path"}


def test_bombs_links_and_locked_entries_are_refused(packed: Path, tmp_path: Path) -> None:
    files = read(packed)
    with zipfile.ZipFile(write(tmp_path / "bomb.zip", files), "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("zeros", bytes(30 * 2**20))
    assert codes(tmp_path / "bomb.zip") == {"bomb"}
    with zipfile.ZipFile(write(tmp_path / "link.zip", files), "a") as package:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    assert codes(tmp_path / "link.zip") == {"path"}
    with zipfile.ZipFile(write(tmp_path / "method.zip", files), "a", zipfile.ZIP_LZMA) as package:
        package.writestr("odd", b"x")
    assert codes(tmp_path / "method.zip") == {"method"}
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(write(tmp_path / "two.zip", files), "a") as package,
    ):
        package.writestr(PAPER, b"second")
    assert codes(tmp_path / "two.zip") == {"doubled"}


def test_entries_that_lie_over_each_other_are_refused(packed: Path, tmp_path: Path) -> None:
    data = bytearray(packed.read_bytes())
    places = [at for at in range(len(data) - 4) if data[at : at + 4] == b"PK\x01\x02"]
    data[places[1] + 42 : places[1] + 46] = data[places[0] + 42 : places[0] + 46]
    (tmp_path / "over.zip").write_bytes(data)
    assert codes(tmp_path / "over.zip") == {"bomb"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_changed_byte_goes_unnoticed_and_none_breaks_the_verifier(packed: Path, data: st.DataObject) -> None:
    """Of a file's bytes; those of the ZIP's own tables that say nothing of it (times, attributes) may differ."""
    whole = packed.read_bytes()
    with zipfile.ZipFile(packed) as package:
        spans = [
            (info.header_offset + 30 + len(info.filename), info.compress_size)
            for info in package.infolist()
            if info.compress_type == zipfile.ZIP_STORED
        ]
    start, length = data.draw(st.sampled_from(spans))
    place = start + data.draw(st.integers(0, length - 1))
    forged = bytearray(whole)
    forged[place] ^= data.draw(st.integers(1, 255))
    target = packed.parent / "forged.zip"
    target.write_bytes(forged)
    assert not verify_package(target).holds
    target.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert not verify_package(target).holds


items = st.builds(
    Item,
    kind=st.sampled_from(["paper", "document", "recording", "audit"]),
    key=st.uuids().map(str),
    at=st.timedeltas(timedelta(), timedelta(days=365)).map(lambda later: AT + later),
    title=st.text(max_size=20),
    sha256=st.just("a" * 64),
    size=st.integers(0, 10),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(items, min_size=1, max_size=8, unique_by=lambda item: item.key), st.randoms())
def test_chain_depends_on_the_items_alone_and_on_each_of_them(found: list[Item], random: Any) -> None:
    links = link_items(found)
    mixed = list(found)
    random.shuffle(mixed)
    assert link_items(mixed) == links
    assert links[0].previous == START
    assert [link.item.at for link in links] == sorted(item.at for item in found)
    for item in found:
        rest = [each for each in found if each is not item]
        assert head_of(link_items(rest)) != head_of(links)
        assert head_of(link_items([*rest, replace(item, size=item.size + 1)])) != head_of(links)


def test_command_says_what_is_wrong_and_ends_with_1(packed: Path, tmp_path: Path) -> None:
    good = CliRunner().invoke(app, ["verify", str(packed)])
    assert good.exit_code == 0
    assert "Gói nguyên vẹn" in good.output
    files = read(packed)
    bad = CliRunner().invoke(app, ["verify", str(write(tmp_path / "edited.zip", files | {PAPER: b"x"}))])
    assert bad.exit_code == 1
    assert f"Tệp “{PAPER}” đã bị sửa" in bad.output
    assert CliRunner().invoke(app, ["verify", str(tmp_path / "none.zip")]).exit_code == 1
    (tmp_path / "text.zip").write_text("no archive")
    assert CliRunner().invoke(app, ["verify", str(tmp_path / "text.zip")]).exit_code == 1
