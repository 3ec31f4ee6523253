"""The papers of a meeting: what is taken, where it lies, who opens it and how it is sent."""

import base64
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import col, select

from meetings import actions
from meetings.errors import Invalid
from meetings.models import AuditEntry, Meeting, MeetingStatus
from meetings.room_models import Paper
from tests.browsing import Browser, Page, Site, open_site
from tests.factories import NOW, World, add_meeting, add_presence
from web.database import Database
from web.paper_files import check_kind, clean_file_name, find_file

PDF = b"%PDF-1.7\n" + b"x" * 3000
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
PAPERS = "/meetings/hop/papers"


def pack(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name in names:
            target.writestr(name, "x")
    return packed.getvalue()


DOCX = pack("[Content_Types].xml", "word/document.xml")


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    return await book(site)


async def book(site: Site) -> Meeting:
    """A meeting ``hop`` that begins now, and another one."""
    world = site.world
    async with site.database.write() as session:
        invited = list(zip(world.communes[:2], world.sites[:2], strict=True))
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, invited, slug="hop", starts_at=NOW
        )
        await add_meeting(session, world.province, world.chair, world.secretary, invited, slug="khac")
        return meeting


async def upload(browser: Browser, name: str = "bc.pdf", content: bytes = PDF, **fields: str) -> Page:
    return await browser.send(PAPERS, fields, file=(name, content))


async def read_papers(site: Site) -> list[Paper]:
    async with site.database.read() as session:
        return list((await session.exec(select(Paper).order_by(col(Paper.id)))).all())


def kept_files(site: Site) -> list[Path]:
    return sorted(path for path in site.config.papers.rglob("*") if path.is_file())


async def test_paper_is_kept_under_a_name_of_ours_and_opened_by_those_invited(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    sent = await upload(secretary, "../../Báo cáo tháng 11.PDF", title="Báo cáo")
    assert sent.location == f"{PAPERS}?done=paper"

    [paper] = await read_papers(site)
    [file] = kept_files(site)
    assert (paper.title, paper.file_name, paper.media_type, paper.size) == (
        "Báo cáo",
        "Báo cáo tháng 11.PDF",
        "application/pdf",
        len(PDF),
    )
    assert paper.sha256 == hashlib.sha256(PDF).hexdigest()
    assert file == site.config.papers / paper.path
    assert "Báo" not in paper.path
    page = await (await site.sign_in("site1")).open(f"{PAPERS}/{paper.id}")
    assert (page.status, page.text.encode()) == (200, PDF)
    assert "Báo cáo" in (await (await site.sign_in("site1")).open(PAPERS)).words


async def test_paper_may_be_framed_by_this_site_alone_and_runs_nothing(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await upload(secretary)
    await upload(secretary, "a.png", PNG)
    await upload(secretary, "a.docx", DOCX)

    pdf, png, docx = [await secretary.open(f"{PAPERS}/{paper.id}") for paper in await read_papers(site)]

    for page in (pdf, png, docx):
        assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cache-Control"] == "private, no-cache"
    assert png.headers["Content-Security-Policy"].startswith("sandbox;")
    assert docx.headers["Content-Security-Policy"].startswith("sandbox;")
    assert pdf.headers["Content-Disposition"].startswith("inline")
    assert docx.headers["Content-Disposition"].startswith("attachment")
    forced = await secretary.open(f"{PAPERS}/1?download=1")
    assert forced.headers["Content-Disposition"].startswith("attachment")
    assert "frame-ancestors 'none'" in (await secretary.open(PAPERS)).headers["Content-Security-Policy"]


async def test_paper_is_sent_in_parts_and_only_when_it_changed(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await upload(secretary)
    whole = await secretary.open(f"{PAPERS}/1")

    part = await secretary.open(f"{PAPERS}/1", Range="bytes=0-7")
    same = await secretary.open(f"{PAPERS}/1", **{"If-None-Match": whole.headers["ETag"]})

    assert (part.status, part.text) == (206, "%PDF-1.7")
    assert same.status == 304


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"", "Hãy chọn một tệp"),
        ("a.pdf", b"<html><script>alert(1)</script>", "Chỉ nhận tệp PDF"),
        ("a.png", PDF, "Chỉ nhận tệp PDF"),
        ("a.html", PDF, "Chỉ nhận tệp PDF"),
        ("a", PDF, "Chỉ nhận tệp PDF"),
        ("a.svg", b"<svg onload='alert(1)'/>", "Chỉ nhận tệp PDF"),
        ("a.docx", pack("evil.exe"), "Chỉ nhận tệp PDF"),
        ("a.docx", b"PK\x03\x04" + b"x" * 50, "Chỉ nhận tệp PDF"),
        ("a.docx", pack("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macro"),
        ("a.xlsx", DOCX, "Chỉ nhận tệp PDF"),
    ],
)
async def test_file_of_another_kind_is_refused_and_nothing_stays(
    site: Site, meeting: Meeting, name: str, content: bytes, words: str
) -> None:
    refused = await upload(await site.sign_in("secretary"), name, content, title="Giữ lại", for_guests="1")

    assert refused.status == 422
    assert words in refused.faults["file"]
    assert refused.value("title") == "Giữ lại"
    assert kept_files(site) == []
    assert await read_papers(site) == []


async def test_file_that_is_too_large_is_refused_as_it_comes(database: Database, world: World, tmp_path: Path) -> None:
    async with open_site(database, world, tmp_path, paper_mb=1) as site:
        await book(site)
        secretary = await site.sign_in("secretary")

        refused = await upload(secretary, content=PDF + b"x" * 2**20)

        assert refused.status == 422
        assert "1 MB" in refused.faults["file"]
        assert kept_files(site) == []
        assert (await upload(secretary, content=PDF + b"x" * (2**20 - len(PDF)))).status == 303


async def test_same_bytes_are_not_kept_twice(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await upload(secretary)

    again = await upload(secretary, "khac.pdf")

    assert again.status == 409
    assert "đã có" in again.faults["file"]
    assert len(kept_files(site)) == 1


async def test_form_without_its_token_or_right_writes_nothing(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    assert (await secretary.send(PAPERS, {}, csrf="wrong", file=("a.pdf", PDF))).status == 403
    assert (await secretary.send(PAPERS, {}, csrf="", file=("a.pdf", PDF))).status == 403
    assert (await secretary.send(PAPERS, {}, file=("a.pdf", PDF), Origin="https://evil.example")).status == 403
    late = aiohttp.FormData()
    late.add_field("file", PDF, filename="a.pdf")
    late.add_field("csrf_token", secretary.csrf)
    assert (await secretary.request("POST", PAPERS, data=late)).status == 403
    assert (await upload(await site.sign_in("site1"))).status == 403
    assert (await upload(await site.sign_in("technician"))).status == 403
    assert (await secretary.request("POST", PAPERS, data={"csrf_token": secretary.csrf})).status == 400
    assert kept_files(site) == []


async def test_withdrawn_paper_is_gone_for_everybody(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await upload(secretary)

    assert (await secretary.send(f"{PAPERS}/1/withdraw")).location == f"{PAPERS}?done=paper_withdrawn"

    assert kept_files(site) == []
    assert (await secretary.open(f"{PAPERS}/1")).status == 404
    assert "Chưa có tài liệu" in (await secretary.open(PAPERS)).words
    async with site.database.read() as session:
        noted = [entry.action for entry in (await session.exec(select(AuditEntry))).all()]
    assert noted[-2:] == ["paper.add", "paper.withdraw"]
    assert (await upload(secretary)).status == 303  # it may come back


async def test_new_version_is_opened_by_all_and_the_old_one_by_those_who_run_it(site: Site, meeting: Meeting) -> None:
    secretary, delegate = await site.sign_in("secretary"), await site.sign_in("delegate")
    await upload(secretary, title="Báo cáo tháng")
    newer = PDF + b"2"

    done = await upload(secretary, "ban-2.pdf", newer, replaces="1")

    assert done.location == f"{PAPERS}?done=paper_replaced"
    page = await secretary.open(PAPERS)
    assert "Bản 2" in page.words
    assert "Các bản trước (1)" in page.words
    assert "Các bản trước" not in (await delegate.open(PAPERS)).words
    for address in ("1", "2", "1?this=1"):
        assert (await delegate.open(f"{PAPERS}/{address}")).headers["Content-Length"] == str(len(newer))
    assert (await secretary.open(f"{PAPERS}/1?this=1")).headers["Content-Length"] == str(len(PDF))
    assert len(kept_files(site)) == 2
    assert (await upload(secretary, "ban-2.pdf", newer, replaces="2")).status == 409


async def test_file_that_says_it_is_too_large_is_not_read(database: Database, world: World, tmp_path: Path) -> None:
    async with open_site(database, world, tmp_path, paper_mb=1) as site:
        await book(site)
        refused = await upload(await site.sign_in("secretary"), content=PDF + b"x" * 2**21)
        assert refused.status == 422
        assert "1 MB" in refused.faults["file"]
        assert not site.config.papers.exists()


async def test_paper_opens_under_its_own_meeting_alone(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await upload(secretary)

    for path in ("/meetings/khac/papers/1", f"{PAPERS}/2", f"{PAPERS}/0", f"{PAPERS}/..%2F1", f"{PAPERS}/x"):
        assert (await secretary.open(path)).status == 404, path
    assert (await (await site.sign_in("site3")).open(f"{PAPERS}/1")).status == 404


async def test_guest_opens_what_is_marked_after_being_let_in(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await upload(secretary, for_guests="1")
    await upload(secretary, "rieng.pdf", PDF + b"2")
    async with site.database.write() as session:
        _, token = await actions.create_guest_link(
            session, site.world.actors["secretary"], "hop", "Ông An", NOW + timedelta(hours=4), NOW
        )
    base, guest = f"/g/{token}", site.visit()
    await guest.open(base)
    await guest.send(base, {"name": "Nguyễn Văn An"})
    waiting = await guest.open(f"{base}/papers/1")
    assert (waiting.status, "Hãy vào phòng họp trước" in waiting.words) == (403, True)

    async with site.database.write() as session:
        await add_presence(session, meeting, NOW, None, identity=identity_of(guest))

    assert (await guest.open(f"{base}/papers/1")).status == 200
    private = await guest.open(f"{base}/papers/2")
    assert (private.status, "không mở cho khách mời" in private.words) == (403, True)
    assert (await guest.open(f"{base}/papers/3")).status == 404
    assert (await site.visit().open(f"{base}/papers/1")).status == 403
    assert (await guest.open(f"{PAPERS}/1")).location.startswith("/login")


async def test_guest_who_was_asked_out_opens_nothing_more(site: Site, meeting: Meeting) -> None:
    await upload(await site.sign_in("secretary"), for_guests="1")
    async with site.database.write() as session:
        _, token = await actions.create_guest_link(
            session, site.world.actors["secretary"], "hop", "Ông An", NOW + timedelta(hours=4), NOW
        )
    base, guest = f"/g/{token}", site.visit()
    await guest.open(base)
    await guest.send(base, {"name": "Nguyễn Văn An"})
    for reason, status in (("left", 200), ("removed", 403), ("", 200)):  # the last: let in again
        async with site.database.write() as session:
            left = NOW if reason else None
            presence = await add_presence(session, meeting, NOW, left, identity=identity_of(guest))
            presence.left_reason = reason
            session.add(presence)
        assert (await guest.open(f"{base}/papers/1")).status == status, reason


def identity_of(guest: Browser) -> str:
    """By which the books know the guest of this browser."""
    body = guest.cookie("giaoban_guest").partition(".")[0]
    nonce, _name = json.loads(base64.urlsafe_b64decode(body))
    return f"guest:1:{nonce}"


async def test_papers_stand_still_once_the_meeting_is_over(site: Site, meeting: Meeting) -> None:
    secretary = await site.sign_in("secretary")
    await upload(secretary)
    async with site.database.write() as session:
        row = (await session.exec(select(Meeting).where(Meeting.slug == "hop"))).one()
        row.status = MeetingStatus.ENDED
        session.add(row)

    assert (await upload(secretary, "b.pdf", PDF + b"3")).status == 403
    assert (await secretary.send(f"{PAPERS}/1/withdraw")).status == 403
    assert (await (await site.sign_in("site1")).open(f"{PAPERS}/1")).status == 200


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\Users\\thu\\báo cáo.pdf", "báo cáo.pdf"),
        ("../../../etc/passwd", "passwd"),
        ("a\x00b\u202e.pdf", "ab.pdf"),
        ("...", "tai-lieu"),
        ("", "tai-lieu"),
        ('x"y<z>.pdf', "x_y_z_.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_name_that_was_sent_is_only_shown(sent: str, kept: str) -> None:
    assert clean_file_name(sent) == kept


def test_kinds_are_told_by_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for name, content, ending in (
        ("a.jpeg", b"\xff\xd8\xff\xe0", "jpg"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBP", "webp"),
        ("a.pptx", pack("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        ("a.xlsx", pack("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        ("a.pdf", b"\n\n%PDF-1.4", "pdf"),
    ):
        path.write_bytes(content)
        assert check_kind(path, name).ending == ending
    path.write_bytes(b"x")
    with pytest.raises(Invalid):
        check_kind(path, "a.pdf")


def test_nothing_outside_the_folder_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (tmp_path / "secret").write_text("x")
    (folder / "link").symlink_to(tmp_path / "secret")

    assert find_file(folder, "../secret") is None
    assert find_file(folder, "link") is None
    assert find_file(folder, str(tmp_path / "secret")) is None
