"""Letters over real SMTP: what arrives, and what becomes of letters when the server is down, refuses or breaks off."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest

from meetings.invitation_models import Mail
from meetings.invitations.ical import write_request
from meetings.invitations.mail_rules import Trouble, read_error
from meetings.invitations.mail_store import LEASE, MailDraft, claim_mail, list_mail, queue_mail
from meetings.kinds import MailState
from tests.browsing import Clock
from tests.factories import NOW, World, add_meeting
from tests.meetings.invitations.calendars import make_event
from tests.web.mail.conftest import MakeConfig
from tests.web.mail.servers import PASSWORD, USER, SmtpServer, free_port, open_smtp
from web.config import Config
from web.database import Database
from web.mail.message import Sender, build_message
from web.mail.outgoing import Outgoing
from web.tls import CertificateFiles

ORIGIN = "https://hop.lamdong.gov.vn"


@pytest.fixture
def open_outgoing(database: Database, clock: Clock) -> Callable[[Config], Outgoing]:
    def make(config: Config) -> Outgoing:
        return Outgoing(config, database, clock, Sender(config.mail_address, config.mail_name, ORIGIN))

    return make


async def queue(database: Database, *recipients: str, **values: Any) -> None:
    drafts = [
        MailDraft(
            key=f"thu:{recipient}",
            recipient=recipient,
            recipient_name=values.pop("recipient_name", "Lý Đại Biểu"),
            subject=values.pop("subject", "Giấy mời: Họp giao ban tháng 11"),
            body=values.pop("body", "Kính gửi: Lý Đại Biểu\n\nTrả lời tại: https://origin.invalid/a/mật\n"),
            **values,
        )
        for recipient in recipients
    ]
    async with database.write() as session:
        await queue_mail(session, drafts, NOW)


async def read(database: Database) -> dict[str, Mail]:
    async with database.read() as session:
        return {mail.recipient: mail for mail in await list_mail(session)}


async def trouble_of(database: Database, recipient: str = "a@b.vn") -> tuple[MailState, Trouble | None]:
    mail = (await read(database))[recipient]
    return mail.state, read_error(mail.error)[0]


async def test_a_letter_with_calendar_and_files(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any, tmp_path: Path
) -> None:
    config = make_config(smtp_port=smtp.port)
    (config.documents / "invitations").mkdir(parents=True)
    (config.documents / "invitations/1.pdf").write_bytes(b"%PDF-1.7 gi\xe1\xba\xa5y")
    (config.documents / "invitations/1.docx").write_bytes(b"PK docx")
    files = [{"name": f"Giấy mời 05-GM-UBND.{end}", "file": f"invitations/1.{end}"} for end in ("pdf", "docx")]
    await queue(database, "a@b.vn", calendar=write_request([make_event()]), method="REQUEST", files=files)
    assert await open_outgoing(config).send_due() == 1
    (letter,) = smtp.letters
    assert letter["Subject"] == "Giấy mời: Họp giao ban tháng 11"
    assert letter["From"] == "Văn phòng UBND tỉnh <hop@lamdong.gov.vn>"
    assert letter["To"] == "Lý Đại Biểu <a@b.vn>"
    assert letter["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in letter.walk()]
    pdf, word = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/calendar", "application/ics", pdf, word,
    ]  # fmt: skip
    text, calendar = [part for part in letter.walk() if part.get_content_maintype() == "text"]
    assert f"{ORIGIN}/a/mật" in text.get_content()
    assert calendar.get_param("method") == "REQUEST"
    assert f"URL:{ORIGIN}/meetings/" in calendar.get_content().replace("\n ", "")
    assert "mailto:hop@lamdong.gov.vn" in calendar.get_content().replace("\n ", "")
    attached = {part.get_filename(): part.get_content() for part in letter.iter_attachments()}
    assert list(attached) == ["invite.ics", "Giấy mời 05-GM-UBND.pdf", "Giấy mời 05-GM-UBND.docx"]
    assert attached["Giấy mời 05-GM-UBND.pdf"].endswith("giấy".encode())
    assert max(map(len, str(smtp.envelopes[0].content).split("\\r\\n"))) <= 998
    mail = (await read(database))["a@b.vn"]
    assert (mail.state, mail.sent_at, mail.claimed_until, mail.error) == (MailState.SENT, NOW, None, "")


@pytest.mark.parametrize("length", range(4, 60, 4))
def test_a_long_head_keeps_every_space(length: int) -> None:
    text = ("Họp đột xuất về sạt lở đất, " * 3)[:length].strip()
    mail = Mail(
        id=1,
        key="k",
        recipient="a@b.vn",
        recipient_name=text,
        subject=text,
        body="",
        created_at=NOW,
        queued_at=NOW,
        next_at=NOW,
    )
    letter = message_from_bytes(build_message(mail, Sender("hop@b.vn", text, ORIGIN), [], NOW))

    assert str(make_header(decode_header(letter["Subject"]))) == text
    for head, address in (("To", "a@b.vn"), ("From", "hop@b.vn")):
        name, found = parseaddr(letter[head].replace("\r\n", ""))
        assert (str(make_header(decode_header(name))), found) == (text, address)


@pytest.mark.parametrize(
    "text",
    ["Họp\r\nBcc: x@evil.example", "Họp\nX: y", "\x00\x1b[31m", "a\u2028Bcc: x@evil.example", "=?utf-8?q?=0ABcc:?="],
)
async def test_nobody_adds_a_line_to_the_head(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any, text: str
) -> None:
    await queue(
        database, "a@b.vn", subject=text, recipient_name=text, body=f"{text}\r\n.\r\nMAIL FROM:<x@evil.example>\r\n"
    )
    assert await open_outgoing(make_config(smtp_port=smtp.port)).send_due() == 1
    (letter,) = smtp.letters
    assert smtp.recipients == ["a@b.vn"]
    names = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress")
    assert set(letter.keys()) <= {*names, "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert "MAIL FROM" in letter.get_content()


async def test_a_dead_server_loses_nothing(
    database: Database, make_config: MakeConfig, open_outgoing: Any, clock: Clock
) -> None:
    port = free_port()
    outgoing = open_outgoing(make_config(smtp_port=port))
    await queue(database, "a@b.vn", "c@d.vn")
    assert await outgoing.send_due() == 0
    assert [read_error(mail.error)[0] for mail in (await read(database)).values()] == [Trouble.UNREACHABLE] * 2
    clock.move(hours=20)
    assert await outgoing.send_due() == 0
    await queue(database, "e@f.vn")
    async with open_smtp(port=port) as server:
        assert await outgoing.send_due() == 3, "what only waited for the server leaves at once"
        assert sorted(server.recipients) == ["a@b.vn", "c@d.vn", "e@f.vn"]
        assert server.sessions == 1
        assert await outgoing.send_due() == 0


async def test_after_three_days_a_letter_is_given_up_and_may_be_sent_again(
    database: Database, make_config: MakeConfig, open_outgoing: Any, clock: Clock
) -> None:
    outgoing = open_outgoing(make_config(smtp_port=free_port()))
    await queue(database, "a@b.vn")
    for _day in range(4):
        await outgoing.send_due()
        clock.move(days=1)
    assert await trouble_of(database) == (MailState.FAILED, Trouble.UNREACHABLE)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 No such user", (MailState.FAILED, Trouble.RECIPIENT)),
        ("451 4.7.1 Greylisted", (MailState.QUEUED, Trouble.LATER)),
    ],
)
async def test_one_refused_recipient_keeps_no_other_waiting(
    database: Database,
    smtp: SmtpServer,
    make_config: MakeConfig,
    open_outgoing: Any,
    answer: str,
    expected: tuple[MailState, Trouble],
) -> None:
    smtp.refusals["a@b.vn"] = answer
    await queue(database, "a@b.vn", "c@d.vn")
    assert await open_outgoing(make_config(smtp_port=smtp.port)).send_due() == 1
    assert smtp.recipients == ["c@d.vn"]
    assert await trouble_of(database) == expected
    assert answer in (await read(database))["a@b.vn"].error


async def test_a_letter_that_was_put_off_is_sent_later_under_the_same_name(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any, clock: Clock
) -> None:
    outgoing = open_outgoing(make_config(smtp_port=smtp.port))
    seen: list[str] = []
    smtp.data_answer = "452 4.3.1 Insufficient storage"
    smtp.before_answer = lambda server: seen.append(str(server.envelope.content).partition("Message-ID: ")[2][:60])
    await queue(database, "a@b.vn")
    assert await outgoing.send_due() == 0
    assert await outgoing.send_due() == 0, "not before its time"
    smtp.data_answer = ""
    clock.move(minutes=1)
    assert await outgoing.send_due() == 1
    assert len(seen) == 2
    assert len(set(seen)) == 1


async def test_a_connection_that_breaks_in_the_middle(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any, clock: Clock
) -> None:
    outgoing = open_outgoing(make_config(smtp_port=smtp.port))
    broken = 0

    def break_off(server: Any) -> None:
        nonlocal broken
        broken += 1
        if broken == 1:
            server.transport.abort()

    smtp.before_answer = break_off
    await queue(database, "a@b.vn", "c@d.vn")
    assert await outgoing.send_due() == 1
    assert await trouble_of(database) == (MailState.QUEUED, Trouble.BROKEN_OFF)
    clock.move(minutes=1)
    assert await outgoing.send_due() == 1
    assert await trouble_of(database) == (MailState.SENT, None)


async def test_too_large_a_letter_and_a_sender_that_is_refused(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any
) -> None:
    outgoing = open_outgoing(make_config(smtp_port=smtp.port))
    smtp.data_answer = "552 5.3.4 Message too big"
    await queue(database, "a@b.vn")
    await outgoing.send_due()
    assert await trouble_of(database) == (MailState.FAILED, Trouble.CONTENT)
    smtp.sender_answer = "553 5.7.1 Sender address rejected"
    await queue(database, "c@d.vn", "e@f.vn")
    await outgoing.send_due()
    assert await trouble_of(database, "e@f.vn") == (MailState.QUEUED, Trouble.SENDER)


async def test_starttls_with_a_login(
    database: Database, trusted: CertificateFiles, make_config: MakeConfig, open_outgoing: Any, clock: Clock
) -> None:
    await queue(database, "a@b.vn")
    async with open_smtp(trusted) as server:
        login = {"smtp_user": USER, "smtp_security": "starttls"}
        wrong = make_config(smtp_port=server.port, smtp_password="sai", **login)
        assert await open_outgoing(wrong).send_due() == 0
        assert await trouble_of(database) == (MailState.QUEUED, Trouble.LOGIN)
        assert "sai" not in (await read(database))["a@b.vn"].error
        clock.move(minutes=1)
        right = make_config(smtp_port=server.port, smtp_password=PASSWORD, **login)
        assert await open_outgoing(right).send_due() == 1


async def test_tls_from_the_start(
    database: Database, trusted: CertificateFiles, make_config: MakeConfig, open_outgoing: Any
) -> None:
    await queue(database, "a@b.vn")
    async with open_smtp(trusted, tls=True) as server:
        login = {"smtp_user": USER, "smtp_password": PASSWORD, "smtp_security": "tls"}
        assert await open_outgoing(make_config(smtp_port=server.port, **login)).send_due() == 1
        assert server.logins == 1


async def test_nothing_leaves_over_a_connection_that_is_not_safe(
    database: Database,
    smtp: SmtpServer,
    certificate: CertificateFiles,
    make_config: MakeConfig,
    open_outgoing: Any,
    clock: Clock,
) -> None:
    await queue(database, "a@b.vn")
    plain = make_config(smtp_port=smtp.port, smtp_security="starttls")
    assert await open_outgoing(plain).send_due() == 0
    assert await trouble_of(database) == (MailState.QUEUED, Trouble.INSECURE)
    for tls, security in ((False, "starttls"), (True, "tls")):
        clock.move(minutes=10)
        async with open_smtp(certificate, tls=tls) as server:  # nobody trusts its certificate
            assert await open_outgoing(make_config(smtp_port=server.port, smtp_security=security)).send_due() == 0
            assert server.envelopes == []
        assert await trouble_of(database) == (MailState.QUEUED, Trouble.INSECURE)


async def test_two_senders_share_the_work(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any
) -> None:
    recipients = [f"nguoi{number}@b.vn" for number in range(12)]
    await queue(database, *recipients)
    config = make_config(smtp_port=smtp.port)
    sent = await asyncio.gather(*(open_outgoing(config).send_due() for _each in range(3)))
    assert sum(sent) == 12
    assert sorted(smtp.recipients) == sorted(recipients)


async def test_what_a_dead_sender_had_claimed_is_sent_when_its_claim_ends(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any, clock: Clock
) -> None:
    await queue(database, "a@b.vn")
    async with database.write() as session:
        assert await claim_mail(session, NOW) is not None
    outgoing = open_outgoing(make_config(smtp_port=smtp.port))
    assert await outgoing.send_due() == 0
    clock.now += LEASE
    assert await outgoing.send_due() == 1


async def test_a_missing_file_and_one_outside_the_folder(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any, tmp_path: Path
) -> None:
    config = make_config(smtp_port=smtp.port)
    config.documents.mkdir()
    (tmp_path / "giaoban.key").write_text("bí mật")
    await queue(database, "a@b.vn", files=[{"name": "Giấy mời.pdf", "file": "mất.pdf"}])
    await queue(database, "c@d.vn", files=[{"name": "x", "file": "../giaoban.key"}])
    assert await open_outgoing(config).send_due() == 0
    assert await trouble_of(database) == (MailState.QUEUED, Trouble.NO_FILE)
    assert await trouble_of(database, "c@d.vn") == (MailState.QUEUED, Trouble.NO_FILE)


async def test_letters_about_what_is_over_are_not_sent(
    database: Database, world: World, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any
) -> None:
    async with database.write() as session:
        over = await add_meeting(
            session, world.province, world.chair, world.secretary, starts_at=NOW - timedelta(hours=3)
        )
    await queue(database, "a@b.vn", meeting_id=over.id, method="REQUEST")
    assert await open_outgoing(make_config(smtp_port=smtp.port)).send_due() == 0
    assert await trouble_of(database) == (MailState.FAILED, Trouble.OVER)


async def test_a_stop_lets_the_letter_at_hand_go(
    database: Database, smtp: SmtpServer, make_config: MakeConfig, open_outgoing: Any
) -> None:
    await queue(database, "a@b.vn", "c@d.vn")
    outgoing = open_outgoing(make_config(smtp_port=smtp.port))
    stops: list[asyncio.Task[None]] = []
    smtp.before_answer = lambda _server: stops.append(asyncio.create_task(outgoing.stop(10)))
    assert await outgoing.send_due() == 1
    await stops[0]
    assert smtp.recipients == ["a@b.vn"]
    assert (await read(database))["c@d.vn"].state is MailState.QUEUED
