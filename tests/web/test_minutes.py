"""The pages of the record: who may see and do what, saving, approving, versions, files."""

import hashlib
import io
import json
from typing import Any

import pypdf
import pytest
from sqlmodel import select

from meetings.document_models import DocumentFile, OfficialDocument
from meetings.kinds import DocumentState
from meetings.models import AuditEntry, Meeting, Role
from tests.factories import NOW, add_account, add_meeting, add_person, add_unit, key
from tests.records import House, add_minutes, add_recorded_meeting, approve, page_of, print_minutes, slug_of, write_mix
from transcripts.actions import meeting_ended
from transcripts.minutes import Content, sha256
from transcripts.models import Job, JobState, Minutes, MinutesState, RecordingState, Segment
from transcripts.official import find_document
from transcripts.store import list_versions
from web.auth import Visitor, open_session
from web.pages.minutes_ribbon import load_ribbon


@pytest.fixture
async def draft(house: House) -> Minutes:
    async with house.database.write() as session:
        return await add_minutes(session, house.world)


def change(minutes: Minutes, **values: Any) -> dict[str, Any]:
    return {"revision": minutes.revision, "content": {**minutes.content, **values}}


async def audited(house: House) -> list[str]:
    async with house.database.read() as session:
        return [row.action for row in (await session.exec(select(AuditEntry).order_by("id"))).all()]


# ---- who may see what ----


@pytest.mark.parametrize(
    ("path", "open_to"),
    [
        ("minutes", {"secretary", "chair", "office", "leader", "inspector"}),
        ("minutes/progress", {"secretary", "chair", "office", "leader", "inspector"}),
        ("audio", {"secretary", "chair", "office", "leader", "inspector"}),
        ("transcript.vtt", {"secretary", "chair", "office", "leader", "inspector"}),
        ("transcript.json", {"secretary", "chair", "office", "leader", "inspector"}),
    ],
)
async def test_draft_and_raw_record_are_for_those_who_answer_for_it(
    house: House, draft: Minutes, path: str, open_to: set[str]
) -> None:
    slug = await slug_of(house, draft)
    write_mix(house.config.data_dir, slug)
    for who in ("secretary", "chair", "office", "leader", "inspector", "administrator", "technician"):
        answer = await house.go(who, f"/meetings/{slug}/{path}")
        assert answer.status == (200 if who in open_to else 403), who
    for who in ("delegate", "site1", "clerk"):  # they wait for the approved minutes
        answer = await house.go(who, f"/meetings/{slug}/{path}")
        if path == "minutes":
            text = await answer.text()
            assert (answer.status, "Khai mạc" in text) == (200, False), who
            assert "Biên bản chưa được phê duyệt" in text
        else:
            assert answer.status == (403 if who != "clerk" else 404), who
    assert (await house.go("", f"/meetings/{slug}/{path}")).status == 303  # to the sign-in page


async def test_stranger_does_not_learn_that_there_is_a_meeting(house: House, draft: Minutes) -> None:
    slug = await slug_of(house, draft)
    async with house.database.write() as session:
        unit = await add_unit(session, "Xã Người Ngoài")
        account = await add_account(session, await add_person(session, unit), Role.DELEGATE, username="ngoai")
        house.tokens["ngoai"] = (await open_session(session, key(account), Visitor("", ""), NOW), "")
    for path in ("minutes", "minutes/progress", "audio", "transcript.txt", "minutes/v1.pdf"):
        assert (await house.go("ngoai", f"/meetings/{slug}/{path}")).status == 404, path


async def test_invited_reads_and_downloads_approved_minutes_but_hears_nothing(house: House, draft: Minutes) -> None:
    await approve(house, draft)
    page = await page_of(house, draft)
    text = await (await house.go("delegate", page)).text()
    assert "Kết quả giải ngân vốn đầu tư công" in text
    assert "<audio" not in text
    assert "Bản gỡ băng" not in text
    assert (await house.go("delegate", f"{page}/v1.pdf")).status == 200
    assert (await house.go("delegate", page.replace("minutes", "audio"))).status == 403


async def test_files_of_single_speakers_have_no_address(house: House, draft: Minutes) -> None:
    slug = await slug_of(house, draft)
    for path in (f"/meetings/{slug}/meeting-lamha.ogg", f"/recordings/{slug}/meeting-lamha.ogg"):
        assert (await house.go("secretary", path)).status == 404


async def test_register_lists_what_the_person_may_see(house: House, draft: Minutes) -> None:
    assert draft.content["title"] in await (await house.go("secretary", "/minutes")).text()
    assert draft.content["title"] not in await (await house.go("delegate", "/minutes")).text()
    await approve(house, draft)
    assert draft.content["title"] in await (await house.go("delegate", "/minutes")).text()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=draft", True),
        ("state=approved", False),
        ("q=GIAO+ban+truc+tuyen", True),
        ("q=ngan+sach", False),
        ("from=2026-11-23&to=2026-11-23", True),
        ("from=2026-11-24", False),
        ("to=2026-11-22", False),
        ("from=nonsense&state=unknown", True),
    ],
)
async def test_register_filters_by_its_address(house: House, draft: Minutes, query: str, found: bool) -> None:
    answer = await house.go("secretary", f"/minutes?{query}")
    assert (answer.status, draft.content["title"] in await answer.text()) == (200, found)


async def test_page_of_a_meeting_without_minutes_says_when_they_come(house: House) -> None:
    async with house.database.write() as session:
        meeting = await add_meeting(session, house.world.province, house.world.chair, house.world.secretary)
    answer = await house.go("secretary", f"/meetings/{meeting.slug}/minutes")
    assert answer.status == 200
    assert "ngay khi cuộc họp kết thúc" in await answer.text()


async def test_page_tells_how_to_add_a_model_while_recordings_wait(house: House) -> None:
    async with house.database.write() as session:
        meeting = await add_recorded_meeting(session, house.world, RecordingState.CLOSED)
        await meeting_ended(session, key(meeting), NOW)
    text = await (await house.go("secretary", f"/meetings/{meeting.slug}/minutes")).text()
    assert "GIAOBAN_WHISPER_MODEL=" in text
    assert "Biên bản đang được dự thảo" in text


async def test_names_and_texts_are_never_markup(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    evil = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(2)>'
    places = [evil, "{{ 7 * 7 }}"]
    await house.post("secretary", f"{page}/save", json=change(draft, title=evil, places=places))
    for who in ("secretary", "leader"):
        text = await (await house.go(who, page)).text()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "{{ 7 * 7 }}" in text


async def test_sentence_that_the_model_was_not_sure_of_is_marked_in_words(house: House, draft: Minutes) -> None:
    async with house.database.write() as session:
        segments = (await session.exec(select(Segment).where(Segment.suspect == "").order_by("id"))).all()
        segments[0].confidence, segments[1].confidence = 0.43, 0.92
    text = await (await house.go("secretary", await page_of(house, draft))).text()
    assert text.count("độ tin cậy 43 %") == 2  # to see, and for the paper
    assert "92 %" not in text


# ---- saving ----


async def test_save_stores_the_content_and_raises_the_revision(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    answer = await house.post("secretary", f"{page}/save", json=change(draft, title="Họp giao ban đã sửa"))
    assert answer.status == 200
    assert await answer.json() == {"revision": draft.revision + 1, "saved_at": "08:00"}
    stored = await house.latest(draft.meeting_id)
    assert stored.content["title"] == "Họp giao ban đã sửa"
    assert stored.edited_by == "Nguyễn Thị Thư"


async def test_save_over_somebody_elses_is_refused_and_changes_nothing(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    await house.post("office", f"{page}/save", json=change(draft, title="Của văn phòng"))
    answer = await house.post("secretary", f"{page}/save", json=change(draft, title="Của thư ký"))
    assert answer.status == 409
    assert "đã được sửa sau lần bạn mở" in (await answer.json())["error"]
    assert (await house.latest(draft.meeting_id)).content["title"] == "Của văn phòng"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"revision": 1}',
        '{"revision": true, "content": {}}',
        '{"revision": "1", "content": {}}',
        '{"revision": 1, "content": null}',
        '{"revision": 1, "content": {"title": "\\ud800"}}',
        "[" * 100_000,
    ],
)
async def test_save_of_what_are_no_minutes_is_refused(house: House, draft: Minutes, body: str) -> None:
    answer = await house.post("secretary", f"{await page_of(house, draft)}/save", data=body.encode())
    assert answer.status == 422
    assert "error" in await answer.json()


async def test_save_names_the_field_that_is_wrong(house: House, draft: Minutes) -> None:
    wrong = change(
        draft, votes=[{"subject": "x", "for": -1, "against": None, "abstain": None, "text": "", "segments": []}]
    )
    answer = await house.post("secretary", f"{await page_of(house, draft)}/save", json=wrong)
    assert answer.status == 422
    assert "votes.0.for" in (await answer.json())["error"]


async def test_save_needs_the_right_the_token_and_a_person(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    for who in ("chair", "leader", "inspector"):
        assert (await house.post(who, f"{page}/save", json=change(draft))).status == 403, who
    for who in ("delegate", "site1"):
        assert (await house.post(who, f"{page}/save", json=change(draft))).status == 403, who
    headers = {"Accept": "application/json"}
    forged = await house.client.post(f"{page}/save", json=change(draft), headers=headers)
    assert forged.status == 403
    own = {"Cookie": f"giaoban={house.tokens['secretary'][0]}", **headers}
    assert (await house.client.post(f"{page}/save", json=change(draft), headers=own)).status == 403
    assert (await house.latest(draft.meeting_id)).revision == draft.revision


# ---- submit, approve, return, new version ----


async def test_minutes_go_from_draft_over_the_chair_to_the_frozen_record(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    sent = await house.post("secretary", f"{page}/submit", {"revision": str(draft.revision)})
    assert (sent.status, sent.headers["Location"]) == (303, f"{page}?done=minutes_submitted")
    submitted = await house.latest(draft.meeting_id)
    assert submitted.state is MinutesState.SUBMITTED
    assert (await house.post("secretary", f"{page}/save", json=change(submitted))).status == 409
    assert "Phê duyệt biên bản" not in await (await house.go("secretary", page)).text()
    assert "Phê duyệt biên bản" in await (await house.go("chair", page)).text()

    approved = await house.post("chair", f"{page}/approve", {"revision": str(submitted.revision)})
    assert approved.status == 303
    frozen = await house.latest(draft.meeting_id)
    assert frozen.state is MinutesState.APPROVED
    assert frozen.content_sha256 == sha256(Content.from_json(frozen.content))
    refused = await house.post("secretary", f"{page}/save", json=change(frozen, title="Sửa trộm"))
    assert refused.status == 409
    assert (await house.latest(draft.meeting_id)).content == frozen.content
    text = await (await house.go("leader", page)).text()
    assert frozen.content_sha256 in text
    assert "Nội dung khớp mã băm" in text
    assert {"minutes.submit", "minutes.approve"} <= set(await audited(house))


@pytest.mark.parametrize("who", ["secretary", "office", "leader", "inspector"])
async def test_nobody_approves_in_the_chairs_place(house: House, draft: Minutes, who: str) -> None:
    page = await page_of(house, draft)
    await house.post("secretary", f"{page}/submit", {"revision": str(draft.revision)})
    submitted = await house.latest(draft.meeting_id)
    answer = await house.post(who, f"{page}/approve", {"revision": str(submitted.revision)})
    assert answer.status == 403
    assert (await house.latest(draft.meeting_id)).state is MinutesState.SUBMITTED


async def test_submit_of_what_was_changed_meanwhile_comes_back_with_the_reason(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    await house.post("office", f"{page}/save", json=change(draft, title="Mới hơn"))
    answer = await house.post("secretary", f"{page}/submit", {"revision": str(draft.revision)})
    assert answer.status == 409
    assert "đã được sửa sau lần bạn mở" in await answer.text()


async def test_chair_returns_minutes_with_a_reason_that_the_secretary_reads(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    await house.post("secretary", f"{page}/submit", {"revision": str(draft.revision)})
    revision = str((await house.latest(draft.meeting_id)).revision)
    silent = await house.post("chair", f"{page}/return", {"revision": revision, "reason": "  "})
    assert silent.status == 422
    assert "Hãy ghi lý do" in await silent.text()
    long = "Cần nêu rõ số liệu. " * 30
    too_long = await house.post("chair", f"{page}/return", {"revision": revision, "reason": long})
    assert long.strip() in await too_long.text()  # what was typed is kept
    answer = await house.post("chair", f"{page}/return", {"revision": revision, "reason": "Thiếu ý kiến xã Đức Trọng"})
    assert answer.status == 303
    text = await (await house.go("secretary", page)).text()
    assert "Chủ tọa đã trả lại biên bản" in text
    assert "Thiếu ý kiến xã Đức Trọng" in text


async def test_new_version_leaves_the_approved_one_as_it_is(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    first = await approve(house, draft)
    before = await (await house.go("delegate", f"{page}/v1.pdf")).read()
    assert (await house.post("secretary", f"{page}/new-version", {"reason": ""})).status == 422
    assert (await house.post("chair", f"{page}/new-version", {"reason": "x"})).status == 403
    assert (await house.post("secretary", f"{page}/new-version", {"reason": "Sai số liệu"})).status == 303
    second = await house.latest(draft.meeting_id)
    assert (second.version, second.state, second.reason) == (2, MinutesState.DRAFT, "Sai số liệu")
    await house.post("secretary", f"{page}/save", json=change(second, title="Bản đính chính"))
    text = await (await house.go("delegate", page)).text()  # sees the approved version still
    assert "Bản đính chính" not in text
    assert first.content_sha256 in text
    assert (await house.go("delegate", f"{page}?version=2")).status == 404
    assert "Đang xem phiên bản 1" in await (await house.go("secretary", f"{page}?version=1")).text()
    assert await (await house.go("delegate", f"{page}/v1.pdf")).read() == before
    assert (await house.go("secretary", f"{page}/v2.pdf")).status == 404  # not approved


async def test_redraft_without_a_model_is_refused_on_the_page(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    answer = await house.post("secretary", f"{page}/redraft")
    assert (answer.status, "chưa được cấu hình máy chủ mô hình" in await answer.text()) == (409, True)
    assert (await house.post("leader", f"{page}/redraft")).status == 403


# ---- files ----


async def test_documents_are_those_of_the_approved_content(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    assert (await house.go("secretary", f"{page}/v1.pdf")).status == 404
    approved = await approve(house, draft)
    answer = await house.go("delegate", f"{page}/v1.pdf")
    assert answer.content_type == "application/pdf"
    name = "bien-ban-hop-giao-ban-truc-tuyen-thang-11-nam-2026-2026-11-23-v1"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.pdf"'
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(await answer.read())).pages)
    assert "Kết quả giải ngân vốn đầu tư công" in text
    word = await house.go("delegate", f"{page}/v1.docx")
    assert f'filename="{name}.docx"' in word.headers["Content-Disposition"]
    assert (await word.read())[:2] == b"PK"
    assert (await house.go("delegate", f"{page}/v1.exe")).status == 404
    assert (await house.go("delegate", f"{page}/v9.pdf")).status == 404
    assert "document.download" in await audited(house)
    assert approved.content_sha256


async def test_document_that_was_changed_on_disk_is_not_handed_out(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    await approve(house, draft)
    (file,) = (house.config.documents / await slug_of(house, draft)).glob("v1-*.pdf")
    file.write_bytes(file.read_bytes() + b"%")
    answer = await house.go("delegate", f"{page}/v1.pdf")
    assert answer.status == 409
    assert "không khớp mã băm" in await answer.text()


async def test_sound_is_served_in_parts(house: House, draft: Minutes) -> None:
    slug = await slug_of(house, draft)
    path = f"/meetings/{slug}/audio"
    assert (await house.go("secretary", path)).status == 404  # not mixed yet
    content = write_mix(house.config.data_dir, slug).read_bytes()
    whole = await house.go("secretary", path)
    assert (whole.status, whole.content_type) == (200, "audio/webm")
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert hashlib.sha256(await whole.read()).digest() == hashlib.sha256(content).digest()
    part = await house.go("secretary", path, headers={"Range": "bytes=100-199"})
    assert (part.status, part.headers["Content-Range"]) == (206, f"bytes 100-199/{len(content)}")
    assert await part.read() == content[100:200]
    end = await house.go("secretary", path, headers={"Range": "bytes=-10"})
    assert await end.read() == content[-10:]
    beyond = await house.go("secretary", path, headers={"Range": f"bytes={len(content)}-"})
    assert beyond.status == 416
    assert (await audited(house)).count("recording.hear") == 1  # once for each listening, not for each part
    assert (await house.go("chair", path, headers={"Range": "bytes=1-"})).status == 206
    assert (await audited(house)).count("recording.hear") == 2  # also without its beginning


async def test_transcript_comes_in_three_formats(house: House, draft: Minutes) -> None:
    slug = await slug_of(house, draft)
    vtt = await house.go("secretary", f"/meetings/{slug}/transcript.vtt")
    assert vtt.content_type == "text/vtt"
    assert (await vtt.text()).startswith("WEBVTT")
    plain = await (await house.go("secretary", f"/meetings/{slug}/transcript.txt")).text()
    assert "Phòng họp số 1, UBND tỉnh: Cuộc họp bắt đầu." in plain
    entries = json.loads(await (await house.go("secretary", f"/meetings/{slug}/transcript.json")).text())
    assert entries[0]["text"] == "Cuộc họp bắt đầu."
    assert entries[0]["start"] == 1.5
    assert any(entry["suspect"] for entry in entries)
    assert (await house.go("secretary", f"/meetings/{slug}/transcript.exe")).status == 404


async def test_progress_tells_what_is_being_worked_on(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    before = await (await house.go("secretary", f"{page}/progress")).json()
    assert before["settled"]
    assert (before["recordings"], before["transcribed"], before["revision"]) == (3, 3, draft.revision)
    await house.post("secretary", f"{page}/submit", {"revision": str(draft.revision)})
    revision = str((await house.latest(draft.meeting_id)).revision)
    await house.post("chair", f"{page}/approve", {"revision": revision})
    after = await (await house.go("secretary", f"{page}/progress")).json()
    assert (after["rendering"], after["settled"], after["state"], after["documents"]) == (True, False, "approved", [])


async def test_file_name_is_ascii_whatever_the_title(house: House, draft: Minutes) -> None:
    async with house.database.write() as session:
        meeting = await session.get_one(Meeting, draft.meeting_id)
        meeting.title = 'Họp “khẩn”/../Đạ Huoai: "x" ' + "ă" * 200
        session.add(meeting)
    await approve(house, draft)
    answer = await house.go("chair", f"{await page_of(house, draft)}/v1.pdf")
    name = answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')
    assert name.startswith("bien-ban-hop-khan-da-huoai-x-a")
    assert name.endswith("-2026-11-23-v1.pdf")
    assert name.isascii()
    assert len(name) <= 120


# ---- the official document ----


async def forget_documents(house: House) -> None:
    """As after an upgrade from a version that kept no register of minutes."""
    async with house.database.write() as session:
        for row in (await session.exec(select(DocumentFile))).all():
            await session.delete(row)
        await session.flush()
        for document in (await session.exec(select(OfficialDocument))).all():
            await session.delete(document)


async def test_minutes_approved_before_there_was_a_register_are_printed_to_be_signed(
    house: House, draft: Minutes
) -> None:
    page = await page_of(house, draft)
    offer = f'action="{page}/document"'
    early = await house.post("secretary", f"{page}/document")
    assert (early.status, "đã được phê duyệt" in await early.text()) == (409, True)
    approved = await approve(house, draft)
    text = await (await house.go("secretary", page)).text()
    assert (offer in text, "Mở văn bản" in text) == (False, True)
    assert (await house.post("secretary", f"{page}/document")).status == 409  # there is one
    await forget_documents(house)
    async with house.database.write() as session:
        for job in (await session.exec(select(Job))).all():
            job.state = JobState.DONE
    assert offer in await (await house.go("secretary", page)).text()
    for who in ("chair", "leader", "delegate", "inspector"):
        assert offer not in await (await house.go(who, page)).text(), who
        assert (await house.post(who, f"{page}/document")).status == 403, who
    ordered = await house.post("secretary", f"{page}/document")
    assert (ordered.status, ordered.headers["Location"]) == (303, f"{page}?done=minutes_document_ordered")
    assert offer not in await (await house.go("secretary", page)).text()  # it is being made
    assert (await (await house.go("secretary", f"{page}/progress")).json())["rendering"]
    await print_minutes(house, approved)
    async with house.database.read() as session:
        document = await find_document(session, approved)
    assert document is not None
    assert document.state is DocumentState.SUBMITTED
    assert (await house.go("secretary", f"/documents/{document.id}")).status == 200
    assert "minutes.order_document" in await audited(house)


async def test_minutes_that_are_no_longer_what_was_approved_are_not_printed(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    await approve(house, draft)
    await forget_documents(house)
    async with house.database.write() as session:
        minutes = await session.get_one(Minutes, draft.id)
        minutes.content = minutes.content | {"sections": []}
    assert f'action="{page}/document"' not in await (await house.go("secretary", page)).text()
    answer = await house.post("secretary", f"{page}/document")
    assert (answer.status, "không còn khớp mã băm" in await answer.text()) == (409, True)


async def test_ribbon_of_each_version_tells_of_the_document_that_was_made_from_it(house: House, draft: Minutes) -> None:
    page = await page_of(house, draft)
    await approve(house, draft)
    assert (await house.post("secretary", f"{page}/new-version", {"reason": "Sai số liệu"})).status == 303
    await approve(house, await house.latest(draft.meeting_id))
    async with house.database.read() as session:
        versions = await list_versions(session, draft.meeting_id)
        ribbons = [await load_ribbon(session, each, commented=False) for each in versions]
    documents = [ribbon.document for ribbon in ribbons]
    assert [document and document.content["minutes_version"] for document in documents] == [2, 1]
