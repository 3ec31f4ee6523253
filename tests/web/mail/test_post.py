"""The post as the server runs it: letters leave, answers arrive, and it stops at once."""

import asyncio
from collections.abc import Callable

import pytest

from meetings.invitations.mail_store import MailDraft, list_mail, list_received, queue_mail
from meetings.kinds import MailState
from tests.browsing import Clock
from tests.factories import NOW
from tests.web.mail.conftest import MakeConfig
from tests.web.mail.servers import Mailbox, SmtpServer, free_port
from web.database import Database
from web.mail import post as post_module
from web.mail.post import Post


async def wait_for(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


async def queue(database: Database) -> None:
    async with database.write() as session:
        draft = MailDraft(key="thư", recipient="a@b.vn", subject="Giấy mời", body="https://origin.invalid/a/b\n")
        await queue_mail(session, [draft], NOW)


@pytest.mark.imap
async def test_letters_leave_and_answers_arrive(
    database: Database, clock: Clock, smtp: SmtpServer, mailbox: Mailbox, make_config: MakeConfig
) -> None:
    await queue(database)
    mailbox.put(b"From: a@b.vn\r\nSubject: Re\r\n\r\nDa nhan.\r\n")
    config = make_config(smtp_port=smtp.port, imap_port=mailbox.port)
    post = Post(config, database, clock, "http://127.0.0.1:8080")
    post.start()
    await wait_for(lambda: smtp.recipients == ["a@b.vn"] and mailbox.count_unread() == 0)
    await post.stop()
    assert "http://127.0.0.1:8080/a/b" in smtp.letters[0].get_content()
    async with database.read() as session:
        assert len(await list_received(session)) == 1
        assert (await list_mail(session))[0].state is MailState.SENT


async def test_without_a_mail_server_letters_wait(database: Database, clock: Clock, make_config: MakeConfig) -> None:
    await queue(database)
    post = Post(make_config(), database, clock, "")
    post.start()
    await post.stop()
    async with database.read() as session:
        mail = (await list_mail(session))[0]
    assert (mail.state, mail.attempts) == (MailState.QUEUED, 0)


async def test_it_stops_while_a_server_says_nothing(
    database: Database, clock: Clock, make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both servers take the connection and are silent."""
    monkeypatch.setattr(post_module, "STOP_SECONDS", 0.2)
    connected: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: connected.append(writer), "127.0.0.1", free_port())
    port = server.sockets[0].getsockname()[1]
    await queue(database)
    post = Post(make_config(smtp_port=port, imap_port=port), database, clock, "")
    post.start()
    await wait_for(lambda: len(connected) == 2)
    async with asyncio.timeout(5):
        await post.stop()
    for writer in connected:
        writer.close()
    server.close()
    await server.wait_closed()
    async with database.read() as session:
        assert (await list_mail(session))[0].state is MailState.QUEUED
