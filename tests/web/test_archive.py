"""Meeting files on the site: the page, the package, terms, holds, notices, and destroying by two persons."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from meetings.audit import list_entries, verify_chain
from meetings.document_models import OfficialDocument
from meetings.errors import Conflict
from meetings.invitation_models import Mail
from meetings.kinds import DocumentKind, DocumentState, MeetingKind
from meetings.models import Meeting
from meetings.room_models import Paper
from tests.browsing import Browser, Site
from tests.factories import NOW, key
from tests.records import add_minutes
from transcripts.archive.reviewing import review
from transcripts.archive.verifying import verify_package
from transcripts.archive_models import Destruction, DestructionState
from transcripts.minutes import Content
from transcripts.minutes_actions import approve_minutes, submit_minutes
from transcripts.models import Segment
from transcripts.redraft_models import Redraft
from transcripts.store import find_minutes, list_recordings
from transcripts.uploads import Announced, announce, list_uploads, upload_path, withdraw
from web.archive_files import finish_destructions, hash_recordings, tell_of_ends

FILE = "/meetings/held/file"


async def hold_meeting(site: Site, *, signed_days: int | None = None, **values: Any) -> int:
    """A recorded meeting with approved minutes and its sound on disk; ``signed_days``: since they were signed."""
    world, folder = site.world, site.config.data_dir
    async with site.database.write() as session:
        minutes = await add_minutes(session, world, slug="held", **values)
        content = Content.from_json(minutes.content)
        minutes.content = replace(content, conclusions=()).to_json()  # no tasks that stay open
        sent = await submit_minutes(session, world.actors["secretary"], minutes.meeting_id, minutes.revision, NOW)
        approved = await approve_minutes(session, world.actors["chair"], minutes.meeting_id, sent.revision, NOW)
        approved.approved_at = values.get("ended_at", NOW)
        for row in await list_recordings(session, minutes.meeting_id):
            path = folder / "recordings" / row.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"sound of " + row.speaker.encode())
        if signed_days is not None:
            signed = NOW - timedelta(days=signed_days)
            session.add(
                OfficialDocument(
                    meeting_id=minutes.meeting_id,
                    kind=DocumentKind.MINUTES.value,
                    organ_unit_id=key(world.province),
                    state=DocumentState.SIGNED,
                    content={"subject": "Biên bản", "minutes_id": minutes.id, "recipients": ["Như trên"]},
                    drafted_at=signed,
                    signed_at=signed,
                )
            )
    (folder / "recordings" / "held" / "mix.webm").write_bytes(b"all sound")
    await hash_recordings(site.database, site.config, NOW)
    await finish_destructions(site.database, site.config, NOW)
    return minutes.meeting_id


async def add_paper(site: Site, meeting_id: int) -> None:
    async with site.database.write() as session:
        session.add(
            Paper(
                meeting_id=meeting_id,
                title="Báo cáo",
                file_name="bao-cao.pdf",
                media_type="application/pdf",
                size=1,
                sha256="0" * 64,
                path="held/bao-cao.pdf",
                uploaded_at=site.clock(),
            )
        )


async def load(site: Site) -> Destruction:
    async with site.database.read() as session:
        return (await session.exec(select(Destruction).order_by(col(Destruction.id).desc()).limit(1))).one()


async def sign_in(site: Site, *names: str) -> list[Browser]:
    return [await site.sign_in(name) for name in names]


async def test_file_lists_everything_and_its_package_holds(site: Site, tmp_path: Path) -> None:
    meeting_id = await hold_meeting(site)
    [browser] = await sign_in(site, "inspector")
    page = await browser.open(FILE)
    assert page.status == 200
    for words in ("Thông tin cuộc họp", "Bản ghi âm chung", "Bản gỡ băng", "Nội dung biên bản, phiên bản 1", "Nhật ký"):
        assert words in page.words
    assert "đang tính" not in page.words
    assert "Ban hành lệnh giữ" not in page.words
    for address, left_out in ((f"{FILE}.zip", 4), (f"{FILE}.zip?recordings=1", 0)):
        answer = await browser.session.get(address)
        (tmp_path / "file.zip").write_bytes(await answer.read())
        report = verify_package(tmp_path / "file.zip")
        assert (report.faults, report.left_out) == ((), left_out)
        async with site.database.read() as session:
            [entry] = await list_entries(session, action="file.export", subject=f"meeting:{meeting_id}", limit=1)
        assert (entry.detail["seal"], entry.detail["head"]) == (report.seal, report.head)


async def test_recording_that_was_changed_is_told_of_instead_of_packed(site: Site) -> None:
    await hold_meeting(site)
    next((site.config.data_dir / "recordings" / "held").glob("meeting-*")).write_bytes(b"forged")
    [browser] = await sign_in(site, "secretary")
    page = await browser.open(f"{FILE}.zip?recordings=1")
    assert page.status == 409
    assert "không khớp mã băm" in page.words


async def test_recordings_go_by_the_word_of_two_persons_and_leave_their_hashes(site: Site) -> None:
    meeting_id = await hold_meeting(site, signed_days=91)
    secretary, office, leader = await sign_in(site, "secretary", "office", "leader")
    assert "Hồ sơ bảo quản vĩnh viễn, không được tiêu hủy." in (await secretary.open(FILE)).words
    refused = await secretary.send(f"{FILE}/propose", {"scope": "file", "reason": "Hết hạn"})
    assert refused.status == 409
    assert (await secretary.send(f"{FILE}/propose", {"scope": "recordings", "reason": ""})).status == 422
    assert (await office.send(f"{FILE}/propose", {"scope": "recordings", "reason": "Đã ký biên bản"})).status == 303
    row = await load(site)
    assert len(row.entries) == 4
    decide = {"destruction": str(row.id), "decision": "approve"}
    assert (await secretary.send(f"{FILE}/decide", decide)).status == 403
    own = await office.send(f"{FILE}/decide", decide)
    assert own.status == 409
    assert "Người đề nghị không được tự duyệt" in own.words
    unsaid = await leader.send(f"{FILE}/hold", {"hold_reason": " "})
    assert (unsaid.status, 'id="hold_reason-error"' in unsaid.text) == (422, True)
    assert (await leader.send(f"{FILE}/hold", {"hold_reason": "Thanh tra yêu cầu"})).status == 303
    held = await leader.send(f"{FILE}/decide", decide)
    assert held.status == 409
    assert "đang có lệnh giữ" in held.words
    assert (await load(site)).state is DestructionState.PROPOSED
    assert list((site.config.data_dir / "recordings" / "held").iterdir())
    assert (await leader.send(f"{FILE}/lift", {"lift_reason": "Đã xong"})).status == 303
    assert (await leader.send(f"{FILE}/decide", decide)).status == 303
    assert not (site.config.data_dir / "recordings" / "held").exists()
    done = await load(site)
    assert (done.state, done.deleted) == (DestructionState.DONE, 4)
    assert all(len(entry["sha256"]) == 64 for entry in done.entries)
    record = await leader.open(f"/archive/destructions/{done.id}")
    assert "đã xóa 4 tệp" in record.words
    assert "Biên bản tiêu hủy (1)" in (await leader.open("/archive")).words
    async with site.database.read() as session:
        assert (await verify_chain(session)).holds
        assert (await session.exec(select(Segment).where(Segment.meeting_id == meeting_id))).first() is not None
    page = await secretary.open(FILE)
    assert "Bản ghi âm: " in page.words  # the list still names them
    assert (await secretary.open(f"{FILE}.zip?recordings=1")).status == 200
    assert (await secretary.open("/meetings/held/minutes")).status == 200


async def test_nothing_is_destroyed_while_a_file_is_on_its_way_and_none_comes_after_it(site: Site) -> None:
    meeting_id = await hold_meeting(site, signed_days=91)
    actor = site.world.actors["office"]
    office, leader = await sign_in(site, "office", "leader")
    propose = {"scope": "recordings", "reason": "Đã ký biên bản"}

    async def bring() -> str:
        async with site.database.write() as session:
            return (await announce(session, actor, meeting_id, Announced("a.mp3", 9, "Lâm Hà", None, NOW), NOW)).token

    async def drop(token: str) -> None:
        async with site.database.write() as session:
            await withdraw(session, actor, meeting_id, token, NOW)

    token = await bring()
    early = await office.send(f"{FILE}/propose", propose)
    assert (early.status, "Còn tệp ghi âm đang tải lên" in early.words) == (409, True)
    await drop(token)
    assert (await office.send(f"{FILE}/propose", propose)).status == 303
    decide = {"destruction": str((await load(site)).id), "decision": "approve"}
    token = await bring()
    assert (await leader.send(f"{FILE}/decide", decide)).status == 409
    await drop(token)
    await bring()
    async with site.database.write() as session:  # one that became a recording, its file left by a dead worker
        [upload] = await list_uploads(session, meeting_id)
        upload.recording_id = (await list_recordings(session, meeting_id))[0].id
    left = upload_path(site.config.recordings, upload.token)
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"sound")
    assert (await leader.send(f"{FILE}/decide", decide)).status == 303
    assert not left.exists()
    with pytest.raises(Conflict, match="đã được tiêu hủy"):
        await bring()


async def test_whole_file_goes_only_after_its_term_and_thirty_days_of_notice(site: Site) -> None:
    ended = NOW - timedelta(days=365 * 12)
    meeting_id = await hold_meeting(site, ended_at=ended, kind=MeetingKind.WORKING)
    async with site.database.write() as session:
        (await session.get_one(Meeting, meeting_id)).created_at = ended
        site.world.secretary.email = "thuky@lamdong.gov.vn"
        await session.merge(site.world.secretary)
        minutes = await find_minutes(session, meeting_id)
        assert minutes is not None
        session.add(Redraft(minutes_id=minutes.id or 0, asked_by="Thư ký", asked_at=ended, finished_at=ended))
    secretary, office, leader = await sign_in(site, "secretary", "office", "leader")
    propose = {"scope": "file", "reason": "Hết thời hạn bảo quản"}
    assert "chưa được thông báo" in (await secretary.send(f"{FILE}/propose", propose)).words
    await tell_of_ends(site.database, site.config, NOW)
    await tell_of_ends(site.database, site.config, NOW)
    async with site.database.read() as session:
        letters = (await session.exec(select(Mail).where(Mail.recipient == "thuky@lamdong.gov.vn"))).all()
    assert sorted(letter.subject.partition(":")[0] for letter in letters) == [
        "Hồ sơ sắp hết thời hạn bảo quản",
        "Hồ sơ đến hạn nộp lưu",
    ]
    assert "Sắp hết hoặc đã hết thời hạn bảo quản (1)" in (await leader.open("/archive")).words
    assert "trước 30 ngày" in (await secretary.send(f"{FILE}/propose", propose)).words
    site.clock.move(days=31)
    secretary, office, leader = await sign_in(site, "secretary", "office", "leader")
    assert (await secretary.send(f"{FILE}/propose", propose)).status == 303
    row = await load(site)
    refuse = {"destruction": str(row.id), "decision": "refuse", "note": ""}
    assert (await office.send(f"{FILE}/decide", refuse)).status == 422
    assert (await office.send(f"{FILE}/decide", refuse | {"note": "Chờ ý kiến"})).status == 303
    assert (await secretary.send(f"{FILE}/propose", propose)).status == 303
    decide = {"destruction": str((await load(site)).id), "decision": "approve"}
    await add_paper(site, meeting_id)
    late = await leader.send(f"{FILE}/decide", decide)
    assert late.status == 409
    assert "đã thay đổi sau khi được đề nghị tiêu hủy" in late.words
    assert (await secretary.send(f"{FILE}/withdraw", decide)).status == 303
    assert (await secretary.send(f"{FILE}/propose", propose)).status == 303
    decide["destruction"] = str((await load(site)).id)
    assert (await leader.send(f"{FILE}/decide", decide)).status == 303
    assert "Hồ sơ đã được tiêu hủy" in (await secretary.open(FILE)).words
    assert (await secretary.open(f"{FILE}.zip")).status == 404
    async with site.database.read() as session:
        minutes = await find_minutes(session, meeting_id)
        assert minutes is not None
        assert Content.from_json(minutes.content).sections == ()
        assert (await session.exec(select(Segment).where(Segment.meeting_id == meeting_id))).first() is None
        assert (await session.exec(select(Redraft))).first() is None
        assert await review(session, 90) == []
    for path in ("/meetings/held", "/meetings/held/minutes", "/archive"):
        assert (await leader.open(path)).status == 200


async def test_term_is_chosen_and_a_transfer_noted(site: Site) -> None:
    await hold_meeting(site)
    [secretary] = await sign_in(site, "secretary")
    assert (await secretary.send(f"{FILE}/term", {"rule": "3"})).status == 303
    assert "10 năm" in (await secretary.open(FILE)).words
    assert (await secretary.send(f"{FILE}/term", {"rule": "999"})).status == 422
    wrong = await secretary.send(f"{FILE}/transfer", {"day": "24/11/2030", "to": "Lưu trữ lịch sử tỉnh"})
    assert wrong.status == 422
    assert 'value="Lưu trữ lịch sử tỉnh"' in wrong.text
    assert (await secretary.send(f"{FILE}/transfer", {"day": "24/11/2026", "to": "Lưu trữ tỉnh"})).status == 303
    assert "24/11/2026, Lưu trữ tỉnh" in (await secretary.open(FILE)).words


async def test_table_of_terms_is_data_of_the_office(site: Site) -> None:
    [office] = await sign_in(site, "office")
    page = await office.open("/archive/retention")
    assert "Hồ sơ hội nghị tổng kết năm" in page.words
    assert "Thông tư 09/2011/TT-BNV" in page.words
    told = {"name": "Hồ sơ họp", "years": "20", "basis": "Luật Lưu trữ", "kinds": "working", "version": "1"}
    assert (await office.send("/archive/retention/3", told)).status == 303
    assert "Hồ sơ họp" in (await office.open("/archive/retention")).words
    assert (await office.send("/archive/retention/3", told)).status == 409
    wrong = await office.send("/archive/retention", told | {"years": "trăm", "basis": ""})
    assert wrong.status == 422
    assert 'value="trăm"' in wrong.text
    assert (await office.send("/archive/retention", told | {"years": ""})).status == 303


@pytest.fixture(autouse=True)
def quiet(site: Site) -> None:
    """Nothing of these meetings lies on disk yet."""
    (site.config.data_dir / "recordings").mkdir(parents=True, exist_ok=True)
