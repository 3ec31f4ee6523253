"""Answers that come to a real mailbox: they count once, and only where they may; bombs and forgeries do no harm."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from meetings.invitation_models import Delegate, ReceivedMail
from meetings.invitations.mail_store import list_received
from meetings.invitations.replies import Outcome
from meetings.kinds import Answer, MeetingStatus
from meetings.models import Invitation, Meeting, Unit
from tests.browsing import Clock
from tests.factories import NOW, TOMORROW, World, add_meeting, key
from tests.web.mail.conftest import MakeConfig
from tests.web.mail.servers import Mailbox, free_port
from web.config import Config
from web.database import Database
from web.mail import mailbox as reader
from web.mail.incoming import Proof, read_letter
from web.mail.post import Post

pytestmark = pytest.mark.imap
INVITED, UNIT_MAILBOX = "ly@ductrong.lamdong.gov.vn", "vanthu@ductrong.lamdong.gov.vn"


@dataclass
class Office:
    """A meeting with one person and one unit invited, and the post that fetches their answers."""

    post: Post
    database: Database
    mailbox: Mailbox
    clock: Clock
    meeting_id: int
    delegate_id: int

    async def receive(self, *letters: bytes) -> list[ReceivedMail]:
        """What became of the letters, in their order."""
        self.mailbox.put(*letters)
        await self.post.fetch()
        async with self.database.read() as session:
            return (await list_received(session))[::-1]

    async def outcome(self, letter: bytes) -> str:
        return (await self.receive(letter))[-1].outcome

    async def answer(self) -> Answer:
        async with self.database.read() as session:
            return (await session.get_one(Delegate, self.delegate_id)).answer


@pytest.fixture
async def office(database: Database, world: World, mailbox: Mailbox, make_config: MakeConfig, clock: Clock) -> Office:
    async with database.write() as session:
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, [world.communes[0], world.communes[1]],
            slug="hop", status=MeetingStatus.INVITED, sequence=1,
        )  # fmt: skip
        unit = await session.get_one(Unit, key(world.communes[0]))
        unit.email = UNIT_MAILBOX
        delegate = Delegate(
            meeting_id=key(meeting), unit_id=key(unit), full_name="Lý Đại Biểu", email=INVITED, added_at=NOW
        )
        session.add_all([unit, delegate])
        await session.flush()
        ids = key(meeting), key(delegate)
    post = Post(make_config(imap_port=mailbox.port), database, clock, "http://localhost:8080")
    return Office(post, database, mailbox, clock, *ids)


def make_calendar(partstat: str, address: str, stamp: datetime = NOW, **values: Any) -> str:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT", f"UID:{values.get('uid', 'hop@giaoban')}",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}", f"ATTENDEE;PARTSTAT={partstat};CN=Lý:mailto:{address}",
        *([f"SEQUENCE:{values.get('sequence', 1)}"] if values.get("sequence", 1) is not None else []),
        *([f"COMMENT:{values['note']}"] if "note" in values else []),
        *([values["recurrence"]] if "recurrence" in values else []),
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def make_letter(partstat: str = "ACCEPTED", address: str = INVITED, sender: str = "", **values: Any) -> bytes:
    """An answer as programs send it: a text, and the calendar as its alternative."""
    message = EmailMessage()
    message["From"] = sender or f"Lý Đại Biểu <{address}>"
    message["To"] = "hop@lamdong.gov.vn"
    message["Subject"] = "Chấp nhận: Họp giao ban"
    message["Message-ID"] = values.pop("message_id", f"<{partstat}.{len(values)}@client>")
    for name, value in values.pop("head", {}).items():
        message[name] = value
    message.set_content("Tôi sẽ dự họp.")
    calendar = values.pop("calendar", None) or make_calendar(partstat, address, **values)
    message.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})
    return message.as_bytes()


async def test_a_person_answers_once_and_the_newest_answer_stands(office: Office) -> None:
    assert await office.outcome(make_letter("TENTATIVE", note="Có thể đến muộn")) == Outcome.ANSWERED
    assert await office.answer() is Answer.TENTATIVE
    office.clock.move(minutes=10)
    later = NOW + timedelta(minutes=5)
    assert await office.outcome(make_letter("ACCEPTED", stamp=later)) == Outcome.ANSWERED
    assert await office.outcome(make_letter("DECLINED", stamp=NOW + timedelta(minutes=2))) == Outcome.OLDER
    assert await office.answer() is Answer.ACCEPTED
    async with office.database.read() as session:
        row = await session.get_one(Delegate, office.delegate_id)
        assert (row.answered_by, row.answered_at, row.answer_sequence) == ("mail", later, 1)
    assert office.mailbox.count_unread() == 0


async def test_the_same_letter_is_dealt_with_once(office: Office) -> None:
    letter = make_letter()
    assert len(await office.receive(letter)) == 1
    assert len(await office.receive(letter)) == 1
    assert len(await office.receive()) == 1


async def test_a_letter_stays_unread_until_its_note_is_saved(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.mailbox.put(make_letter())
    dead = Database("sqlite+aiosqlite:////nonexistent/giaoban.sqlite3")
    monkeypatch.setattr(office.post, "_database", dead)
    await office.post.fetch()
    await dead.close()
    assert office.mailbox.count_unread() == 1
    monkeypatch.setattr(office.post, "_database", office.database)
    await office.post.fetch()
    assert await office.answer() is Answer.ACCEPTED


async def test_a_unit_answers_by_its_mailbox(office: Office) -> None:
    assert await office.outcome(make_letter("DECLINED", UNIT_MAILBOX.upper())) == Outcome.ANSWERED
    async with office.database.read() as session:
        meeting = await session.get_one(Meeting, office.meeting_id)
        rows = [row for row in [await session.get(Invitation, number) for number in (1, 2)] if row is not None]
        assert [row.answer for row in rows if row.meeting_id == meeting.id] == [Answer.DECLINED, Answer.NEEDS_ACTION]
    assert await office.answer() is Answer.NEEDS_ACTION


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        (make_letter(sender="Kẻ khác <x@evil.example>"), Outcome.WRONG_SENDER),
        (make_letter(sender=f"{INVITED}, x@evil.example"), Outcome.WRONG_SENDER),
        (make_letter(sender=f'"{INVITED}" <x@evil.example>'), Outcome.WRONG_SENDER),
        (make_letter(address="la@evil.example"), Outcome.NOT_INVITED),
        (make_letter(uid="khac@giaoban"), Outcome.UNKNOWN),
        (make_letter(uid=""), Outcome.UNKNOWN),
        (make_letter(sequence=0), Outcome.OUTDATED),
        (make_letter(head={"Authentication-Results": "mx.lamdong.gov.vn; dkim=none; dmarc=fail"}), Outcome.FORGED),
        (make_letter(calendar=make_calendar("ACCEPTED", INVITED).replace("REPLY", "REQUEST")), Outcome.NO_ANSWER),
        (make_letter(calendar="BEGIN:VCALENDAR"), Outcome.UNREADABLE),
        (b"Subject: Re: h\xe1\xbb\x8dp\r\n\r\nDa, em se du a.\r\n", Outcome.NO_ANSWER),
    ],
)
async def test_what_counts_for_nothing(office: Office, letter: bytes, expected: str) -> None:
    assert await office.outcome(letter) == expected
    assert await office.answer() is Answer.NEEDS_ACTION
    assert office.mailbox.count_unread() == 0


OWN, OTHER = "mx.lamdong.gov.vn; spf=pass; dmarc=pass header.from=x", "mx.evil.example; dmarc=pass"


@pytest.mark.parametrize(
    ("findings", "not_fail", "must_pass"),
    [
        ([OWN], "answered", "answered"),
        ([OWN.upper()], "answered", "answered"),
        (["mx.lamdong.gov.vn 1;\r\n\tdmarc=pass (p=none) header.from=x"], "answered", "answered"),
        ([OTHER, OWN], "answered", "answered"),
        ([], "answered", "unproven"),
        ([OTHER], "answered", "unproven"),
        (["mx.evil.example; dmarc=fail"], "answered", "unproven"),
        (["mx.lamdong.gov.vn; dmarc=none", OWN], "answered", "unproven"),
        ([OWN, "mx.lamdong.gov.vn; dmarc=fail"], "forged", "forged"),
        (["mx.lamdong.gov.vn; dmarc=none; dmarc=pass"], "answered", "unproven"),
        (['mx.lamdong.gov.vn; dmarc=none; spf=pass smtp.mailfrom="a; dmarc=pass"@x'], "answered", "unproven"),
        (["mx.lamdong.gov.vn; dmarc=none; spf=pass (a (b) ; dmarc=pass ) x"], "answered", "unproven"),
        (["(mx.lamdong.gov.vn) mx.evil.example; dmarc=pass"], "answered", "unproven"),
    ],
)  # fmt: skip
def test_only_the_own_mail_server_says_who_is_genuine(findings: list[str], not_fail: str, must_pass: str) -> None:
    head = "".join(f"Authentication-Results: {each}\r\n" for each in findings).encode()
    content = head + make_letter()
    for needed, expected in ((False, not_fail), (True, must_pass)):
        letter = read_letter(reader.Fetched(1, 1, len(content), content), Proof("mx.lamdong.gov.vn", needed))
        assert (letter.trouble or Outcome.ANSWERED) == expected
        assert bool(letter.replies) is (expected == "answered")


async def test_an_answer_without_proof_counts_for_nothing_where_it_is_demanded(
    office: Office, mailbox: Mailbox, make_config: MakeConfig
) -> None:
    strict = make_config(imap_port=mailbox.port, imap_authserv_id="mx.lamdong.gov.vn", imap_dmarc="pass")
    office.post = Post(strict, office.database, office.clock, "http://localhost:8080")
    assert await office.outcome(make_letter()) == Outcome.UNPROVEN
    assert await office.answer() is Answer.NEEDS_ACTION
    assert await office.outcome(make_letter(head={"Authentication-Results": OWN})) == Outcome.ANSWERED


async def test_programs_that_write_no_sequence_and_clocks_that_are_fast(office: Office) -> None:
    assert await office.outcome(make_letter(sequence=None, stamp=NOW + timedelta(days=900))) == Outcome.ANSWERED
    office.clock.move(minutes=1)
    assert await office.outcome(make_letter("DECLINED", stamp=office.clock.now)) == Outcome.ANSWERED
    assert await office.answer() is Answer.DECLINED


async def test_a_meeting_that_is_over_takes_no_answer(office: Office) -> None:
    office.clock.move(days=3)
    assert await office.outcome(make_letter()) == Outcome.CLOSED


async def test_one_occurrence_of_a_series_is_answered(office: Office, world: World) -> None:
    ids = []
    async with office.database.write() as session:
        for week in range(2):
            start = TOMORROW + timedelta(weeks=week)
            row = await add_meeting(
                session, world.province, world.chair, world.secretary, slug=f"buoi{week}", starts_at=start,
                recurrence_at=start, calendar_uid="chuoi@giaoban", status=MeetingStatus.INVITED,
            )  # fmt: skip
            unit_id = key(world.communes[0])
            person = Delegate(meeting_id=key(row), unit_id=unit_id, full_name="Lý", email=INVITED, added_at=NOW)
            session.add(person)
            await session.flush()
            ids.append(key(person))
    second = TOMORROW + timedelta(weeks=1)
    one: dict[str, Any] = {
        "uid": "chuoi@giaoban",
        "recurrence": f"RECURRENCE-ID:{second:%Y%m%dT%H%M%SZ}",
        "sequence": 0,
    }
    assert await office.outcome(make_letter("DECLINED", **one)) == Outcome.ANSWERED
    office.clock.move(minutes=1)
    whole: dict[str, Any] = {"uid": "chuoi@giaoban", "stamp": office.clock.now, "sequence": 0}
    async with office.database.read() as session:
        answers = [(await session.get_one(Delegate, each)).answer for each in ids]
    assert answers == [Answer.NEEDS_ACTION, Answer.DECLINED]
    assert await office.outcome(make_letter("ACCEPTED", **whole)) == Outcome.ANSWERED
    async with office.database.read() as session:
        assert [(await session.get_one(Delegate, each)).answer for each in ids] == [Answer.ACCEPTED] * 2


async def test_a_bomb_of_large_nested_and_many_letters(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_LETTERS", 5)
    large = make_letter(note="x" * 300_000)
    parts = b"".join(b'--%d\r\nContent-Type: multipart/mixed; boundary="%d"\r\n\r\n' % (n, n + 1) for n in range(3000))
    nested = b'Content-Type: multipart/mixed; boundary="0"\r\n\r\n' + parts
    wide = (
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
        + b"--x\r\nContent-Type: text/calendar\r\n\r\nx\r\n" * 4000
    )
    rules = make_calendar("ACCEPTED", INVITED).replace("METHOD", "BEGIN:VTIMEZONE\r\nRRULE:FREQ=SECONDLY\r\nMETHOD")
    office.mailbox.put(
        large, nested, wide, make_letter(calendar=rules), *[b"Subject: %d\r\n\r\n" % n for n in range(3)]
    )
    office.mailbox.put(make_letter())
    rounds = [await office.receive() for _round in range(2)]
    assert [len(each) for each in rounds] == [5, 8]
    outcomes = [each.outcome for each in rounds[-1]]
    assert outcomes[0] == Outcome.TOO_LARGE
    assert set(outcomes[1:4]) == {Outcome.UNREADABLE}
    assert outcomes[4:7] == [Outcome.NO_ANSWER] * 3
    assert outcomes[7] == Outcome.ANSWERED


async def test_a_mailbox_that_is_not_there_is_tried_again(office: Office, make_config: MakeConfig) -> None:
    for values in ({"imap_port": free_port()}, {"imap_port": office.mailbox.port, "imap_password": "sai"}):
        config: Config = make_config(**values)
        with pytest.raises(reader.MailboxFailed):
            reader.fetch_new(config)
        await Post(config, office.database, office.clock, "").fetch()
