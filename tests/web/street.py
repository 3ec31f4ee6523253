"""A site with one door of each kind, and everybody who may try it: the world of the permission matrix."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import actions
from meetings.attendance_codes import make_code
from meetings.calendar_models import AbsenceRequest, Maintenance, MeetingSeries, MeetingTemplate
from meetings.document_models import OfficialDocument
from meetings.draft_values import write_draft
from meetings.exchange_models import ExchangeMessage
from meetings.invitation_models import Consent, Delegate
from meetings.invitations.answers import make_link
from meetings.invitations.document_drafts import draft_invitation
from meetings.invitations.feeds import create_feed
from meetings.invitations.mail_store import MailDraft, queue_mail
from meetings.models import Meeting, MeetingKind
from meetings.printing.notice import NoticeContent
from meetings.room_models import IncidentKind, LineState
from meetings.tasks.actions import create_tasks
from meetings.tokens import hash_token
from tests.browsing import Browser, Page, Site, open_site
from tests.factories import NOW, World, add_meeting, add_presence, key, make_draft
from tests.records import add_minutes, write_mix
from transcripts.archive_models import Destruction, Scope
from transcripts.minutes import Conclusion
from transcripts.minutes_actions import submit_minutes
from transcripts.minutes_models import MinutesComment
from transcripts.models import Job, JobKind, JobState, Minutes
from transcripts.upload_models import Upload
from web.database import Database

PEOPLE = (
    "administrator",
    "office",
    "secretary",
    "clerk",
    "chair",
    "contact",
    "delegate",
    "site1",
    "site2",  # of a commune that is not invited to the meeting before us
    "technician",
    "leader",
    "inspector",
)
VISITOR = ""
REPORT = {"state": "good", "platform": "", "steps": [], "figures": {}}
FIRST_JOB = 9000


@dataclass
class People:
    """Who comes to ``coming``: somebody of the first commune to remove, and a request to withdraw, for each person."""

    unit: int
    persons: dict[str, int]
    answer: str
    code: str

    def fill_in(self, path: str, who: str) -> str:
        for word, value in (("UNIT", self.unit), ("PERSON", self.persons[who]), ("ANSWER", self.answer)):
            path = path.replace(word, str(value))
        return path.replace("CODE", self.code)


@dataclass
class Street:
    """The site with one door of each kind, and everybody who may try it."""

    site: Site
    browsers: dict[str, Browser]
    token: str
    content: dict[str, Any]
    papers: dict[str, int]  # one to withdraw for each person
    closing: int
    people: People

    async def knock(self, who: str, method: str, path: str) -> Page:
        """Try the door at ``path``, in which a word in capitals stands for what this person may do away with."""
        path = path.replace("TOKEN", self.token).replace("PAPER", str(self.papers[who]))
        path = path.replace("COMMUNE", str(self.site.world.communes[0].id)).replace("CLOSING", str(self.closing))
        path = self.people.fill_in(path, who)
        browser = self.browsers[who]
        if path.endswith("/save"):
            body = {"revision": 0, "content": self.content}
            return await browser.request("POST", path, json=body, headers={"X-CSRF-Token": browser.csrf})
        if path.endswith("/report"):
            return await browser.request("POST", path, json=REPORT, headers={"X-CSRF-Token": browser.csrf})
        if path.startswith("/tasks/") and method == "POST":
            return await browser.send(path, {"step": "cancel", "seen": "assigned", "text": ""})
        if path.endswith("/recordings/retry"):
            return await browser.send(path, {"job": str(FIRST_JOB + self.people.persons[who])})
        if path.endswith("/duty"):
            return await browser.send(path, {"site": str(self.site.world.sites[0].id)})
        if method == "POST" and path.endswith(("/papers", "/signed", "/import", "/import/calendar")):
            return await browser.send(path, [("title", "")], multipart=True)
        unit = {"unit": str(self.site.world.communes[0].id), "answer": "accepted", "do": "renew"}
        if path.endswith(("/delegates", "/answer", "/requests", "/checkin")) and method == "POST":
            return await browser.send(path, unit)
        if method == "PATCH":
            return await browser.request(method, path, headers={"X-CSRF-Token": browser.csrf})
        return await (browser.open(path) if method == "GET" else browser.send(path))


@asynccontextmanager
async def open_street(database: Database, world: World, folder: Path) -> AsyncIterator[Street]:
    async with database.write() as session:
        coming = await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            [(world.communes[0], world.sites[0])],
            slug="coming",
            hall_id=world.hall.id,
            checkin_key="khóa",
        )
        papers = await fill_coming(session, world, coming, folder)
        people = await fill_people(session, world, coming)
        await fill_series(session, world, coming)
        await fill_letters(session, world, coming)
        minutes = await add_minutes(session, world, slug="held")
        await submit_minutes(session, world.actors["secretary"], minutes.meeting_id, minutes.revision, NOW)
        await fill_documents(session, minutes)
        given = Conclusion("Giao xã Đức Trọng rà soát.", "Xã Đức Trọng")
        await create_tasks(session, world.actors["chair"], minutes.meeting_id, [given], NOW)
        add_uploads(session, minutes.meeting_id, people)
        told: dict[str, Any] = {"scope": Scope.RECORDINGS, "reason": "Hết hạn", "proposed_by": "Thư ký"}
        session.add(Destruction(meeting_id=minutes.meeting_id, proposed_account_id=0, proposed_at=NOW, **told))
        session.add(MinutesComment(minutes_id=key(minutes), author="Một đầu mối", text="Góp ý", written_at=NOW))
        links = [
            await actions.create_guest_link(
                session, world.actors["secretary"], coming.slug, label, NOW + timedelta(days=2), NOW
            )
            for label in ("Chuyên gia", "Người giữ liên kết")
        ]
        closing = await actions.close_period(
            session, world.actors["office"], "province", "commune", "2026-09", "civil", now=NOW
        )
    assert links[0][0].id == 1, "the one that the table revokes"
    write_mix(folder, "held")
    async with open_site(database, world, folder) as site:
        browsers = {name: await site.sign_in(name) for name in PEOPLE} | {VISITOR: site.visit()}
        await browsers[VISITOR].open("/login")
        yield Street(site, browsers, links[1][1], minutes.content, papers, closing.id or 0, people)


def add_uploads(session: AsyncSession, meeting_id: int, people: People) -> None:
    """For each person one file on its way, which nobody could read."""
    for number in people.persons.values():
        told: dict[str, Any] = {"name": "a.mp3", "size": 9, "speaker": "Hội trường", "starts_at": NOW}
        session.add(Upload(id=number, token=str(number), meeting_id=meeting_id, created_at=NOW, created_by="", **told))
        job: dict[str, Any] = {"kind": JobKind.IMPORT, "subject": number, "state": JobState.FAILED}
        session.add(Job(id=FIRST_JOB + number, meeting_id=meeting_id, run_after=NOW, created_at=NOW, **job))


async def fill_people(session: AsyncSession, world: World, coming: Meeting) -> People:
    unit, persons = key(world.communes[0]), {}
    for who in ("everybody", *PEOPLE, VISITOR):
        row = Delegate(
            meeting_id=key(coming), unit_id=unit, full_name=who or "khách", consent=Consent.PENDING, added_at=NOW
        )
        session.add(row)
        await session.flush()
        persons[who] = key(row)
        session.add(
            AbsenceRequest(meeting_id=key(coming), unit_id=unit, full_name=row.full_name, reason="Ốm", asked_at=NOW)
        )
        await session.flush()
    assert persons["everybody"] == 1
    answer = await make_link(session, await session.get_one(Delegate, 1), NOW)
    return People(unit, persons, answer, make_code(key(coming), "khóa", NOW))


async def fill_letters(session: AsyncSession, world: World, coming: Meeting) -> None:
    """A letter that waits, and the delegate's feed, whose secret is the word that the table asks for."""
    letter = MailDraft(key="thư", recipient="a@b.vn", subject="Giấy mời", body="", meeting_id=coming.id)
    assert (await queue_mail(session, [letter], NOW))[0].id == 1
    row, _token = await create_feed(session, world.actors["delegate"], None, "", NOW)
    assert row.id == 1
    row.token_hash = hash_token("FEED")
    session.add(row)


async def fill_series(session: AsyncSession, world: World, coming: Meeting) -> None:
    """The meeting before us is the first of a series; one template for each person, numbered as the papers are."""
    series = MeetingSeries(
        slug="weekly",
        uid="weekly@giaoban",
        rule="FREQ=WEEKLY;BYDAY=WE;COUNT=4",
        starts_at=coming.starts_at,
        minutes=120,
        draft=write_draft(make_draft(world)),
        created_at=NOW,
    )
    session.add(series)
    await session.flush()
    coming.series_id, coming.recurrence_at = series.id, coming.starts_at
    for _who in ("everybody", *PEOPLE, VISITOR):
        session.add(MeetingTemplate(name="Mẫu", kind=MeetingKind.BRIEFING, unit_id=world.office.id, created_at=NOW))
        await session.flush()


async def fill_coming(session: AsyncSession, world: World, coming: Meeting, folder: Path) -> dict[str, int]:
    """Papers, an incident, a report of a site's test and somebody who was in the room. One paper for each person."""
    secretary, technician = world.actors["secretary"], world.actors["technician"]
    (folder / "papers/coming").mkdir(parents=True)
    (folder / "papers/coming/1.pdf").write_bytes(b"%PDF-1.7")
    papers: dict[str, int] = {}
    for who in ("everybody", *PEOPLE, VISITOR):
        draft = actions.PaperDraft(
            title=who or "khách",
            file_name="1.pdf",
            media_type="application/pdf",
            size=8,
            sha256=who.rjust(64),
            path=f"coming/{len(papers) + 1}.pdf",
        )
        papers[who] = (await actions.add_paper(session, secretary, coming.slug, draft, NOW)).id or 0
    assert papers["everybody"] == 1
    await draft_invitation(session, secretary, coming.slug, "https://hop.example.vn", NOW)
    await fill_signed(session, folder)
    incident = actions.IncidentDraft(kind=IncidentKind.NO_SOUND, unit_id=None, text="", starts_at=NOW)
    await actions.log_incident(session, technician, coming.slug, incident, NOW)
    session.add(Maintenance(starts_at=NOW - timedelta(hours=2), ends_at=NOW, reason="Thay máy chủ", created_at=NOW))
    reporter = actions.reporter_of(world.actors["site1"])
    await actions.add_report(session, reporter, coming.id, actions.ReportDraft(state=LineState.GOOD), NOW)
    await add_presence(
        session, coming, NOW, NOW, unit=world.communes[0], identity=f"account:{world.actors['delegate'].account_id}"
    )
    return papers


async def fill_signed(session: AsyncSession, folder: Path) -> None:
    """The draft of the invitation has a file, so that there is something to open."""
    (folder / "documents").mkdir()
    (folder / "documents/1.pdf").write_bytes(b"%PDF-1.7")
    document = await session.get_one(OfficialDocument, 1)
    document.signed_file = "1.pdf"
    session.add(document)
    await session.flush()


async def fill_documents(session: AsyncSession, minutes: Minutes) -> None:
    """A draft of a notice of conclusions, and minutes in the register."""
    content = NoticeContent(
        organ="UBND tỉnh", symbol="TB-UBND", town="Lâm Đồng", year=2026, title="THÔNG BÁO", subject="Kết luận"
    )
    held = await session.get_one(Meeting, minutes.meeting_id)
    register = {"subject": "Họp", "minutes_id": minutes.id, "minutes_version": minutes.version}
    for kind, written in (("notice", content.to_json()), ("minutes", register)):
        row = OfficialDocument(
            meeting_id=key(held), kind=kind, organ_unit_id=held.convening_unit_id, content=written, drafted_at=NOW
        )
        session.add(row)
        await session.flush()
    session.add(
        ExchangeMessage(
            document_id=key(row), business="0", sender_organ_id="000.00.00.H36", sender_name="UBND tỉnh",
            document_code="000.00.00.H36,2026/11/23,1/BB-UBND", next_at=NOW, queued_at=NOW,
        )
    )  # fmt: skip
