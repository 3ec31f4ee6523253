"""Real mail servers for the tests: SMTP by aiosmtpd in the test's own loop, IMAP by Dovecot in a process of its own."""

import asyncio
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from web.tls import CertificateFiles, keep_self_signed

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
USER, PASSWORD = "hop", "mật-khẩu của hộp thư"
HOST = "localhost"


def make_certificate(folder: Path) -> CertificateFiles:
    return keep_self_signed(folder, (HOST, "127.0.0.1"), datetime.now(UTC))


def server_context(files: CertificateFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    return context


@dataclass
class SmtpServer:
    """What it took, and what it is to answer: ``refusals`` by recipient, ``data_answer`` to any letter."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    sender_answer: str = ""
    data_answer: str = ""
    before_answer: Callable[[Any], None] | None = None
    sessions: int = 0
    logins: int = 0

    def check_login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.login == USER.encode() and data.password == PASSWORD.encode()
        self.logins += good
        return AuthResult(success=good, handled=good)

    @property
    def letters(self) -> list[EmailMessage]:
        return [parse(each.content) for each in self.envelopes]

    @property
    def recipients(self) -> list[str]:
        return [recipient for each in self.envelopes for recipient in each.rcpt_tos]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.before_answer is not None:
            self.before_answer(server)
        if self.data_answer:
            return self.data_answer
        self.envelopes.append(envelope)
        return "250 OK"


def parse(content: object) -> EmailMessage:
    assert isinstance(content, bytes)
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@asynccontextmanager
async def open_smtp(
    certificate: CertificateFiles | None = None, *, tls: bool = False, port: int = 0
) -> AsyncIterator[SmtpServer]:
    """Without a certificate it takes everything; with one it wants STARTTLS and a login. ``tls``: from the start."""
    handler = SmtpServer()
    context = server_context(certificate) if certificate else None

    def make() -> SMTP:
        if context is None:
            return SMTP(handler, hostname=HOST)
        if tls:
            return SMTP(handler, hostname=HOST, authenticator=handler.check_login, auth_require_tls=False)
        starttls: dict[str, Any] = {"tls_context": context, "require_starttls": True, "auth_required": True}
        return SMTP(handler, hostname=HOST, authenticator=handler.check_login, **starttls)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", port, ssl=context if tls else None)
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        server.close()
        await server.wait_closed()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 0
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
mail_location = maildir:{folder}/mail
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
"""


@dataclass
class Mailbox:
    """The mailbox of answers, seen from outside."""

    port: int
    context: ssl.SSLContext

    def connect(self) -> imaplib.IMAP4_SSL:
        imap = imaplib.IMAP4_SSL(HOST, self.port, ssl_context=self.context, timeout=10)
        try:
            imap.authenticate("PLAIN", lambda _challenge: f"\0{USER}\0{PASSWORD}".encode())
            imap.select("INBOX")
        except imaplib.IMAP4.error as error:
            imap.shutdown()
            raise OSError(str(error)) from error
        return imap

    def put(self, *letters: bytes) -> None:
        imap = self.connect()
        for letter in letters:
            imap.append("INBOX", "", None, letter)
        imap.logout()

    def count_unread(self) -> int:
        imap = self.connect()
        _state, (found,) = imap.search(None, "UNSEEN")
        imap.logout()
        return len(found.split())

    def empty(self) -> None:
        imap = self.connect()
        _state, (found,) = imap.search(None, "ALL")
        if found:
            imap.store("1:*", "+FLAGS", r"(\Deleted)")
            imap.expunge()
        imap.logout()


@contextmanager
def run_dovecot(folder: Path, certificate: CertificateFiles) -> Iterator[Mailbox]:
    """A server of our own in ``folder``, as a user who may do nothing else where the tests run as root."""
    assert DOVECOT is not None
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    group = subprocess.run(["id", "-gn", user.pw_name], check=True, capture_output=True, text=True).stdout.strip()
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    for source, name in ((certificate.certificate, "cert.pem"), (certificate.key, "key.pem")):
        shutil.copyfile(source, folder / name)
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    port = free_port()
    paths = {"certificate": folder / "cert.pem", "key": folder / "key.pem"}
    settings = SETTINGS.format(folder=folder, user=user.pw_name, group=group, port=port, **paths)
    (folder / "dovecot.conf").write_text(settings)
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
    command: list[str | Path] = [DOVECOT, "-F", "-c", folder / "dovecot.conf"]
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "TERM", *command]  # it must not outlive the tests, however they end
    as_user: dict[str, Any] = (
        {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, **as_user)
    mailbox = Mailbox(port, ssl.create_default_context(cafile=certificate.certificate))
    try:
        wait_until_up(server, mailbox, folder)
        yield mailbox
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def wait_until_up(server: subprocess.Popen[bytes], mailbox: Mailbox, folder: Path) -> None:
    for _try in range(200):
        try:
            mailbox.connect().logout()
            return
        except OSError:
            said = (folder / "output").read_text() + ((folder / "log").read_text() if (folder / "log").exists() else "")
            assert server.poll() is None, said
            time.sleep(0.05)  # it has no way to call back
    raise AssertionError((folder / "log").read_text())
