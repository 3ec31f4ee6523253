"""Mail servers that run for the tests of this folder, and a program that is set to use them."""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import Clock
from tests.web.mail.servers import (
    DOVECOT,
    PASSWORD,
    USER,
    Mailbox,
    SmtpServer,
    make_certificate,
    open_smtp,
    run_dovecot,
)
from web.config import Config
from web.tls import CertificateFiles

MakeConfig = Callable[..., Config]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    return make_certificate(tmp_path_factory.mktemp("mail-tls"))


@pytest.fixture
def trusted(certificate: CertificateFiles, monkeypatch: pytest.MonkeyPatch) -> CertificateFiles:
    """The certificate, which this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    return certificate


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpServer]:
    """A relay on this machine that takes what it is not told to refuse."""
    async with open_smtp() as server:
        yield server


@pytest.fixture(scope="session")
def dovecot(certificate: CertificateFiles) -> Iterator[Mailbox]:
    if DOVECOT is None:
        pytest.skip("no Dovecot (apt-get install dovecot-imapd)")
    with (
        tempfile.TemporaryDirectory(prefix="giaoban-imap-", ignore_cleanup_errors=True) as folder,
        run_dovecot(Path(folder), certificate) as mailbox,
    ):
        yield mailbox


@pytest.fixture
def mailbox(dovecot: Mailbox, trusted: CertificateFiles) -> Iterator[Mailbox]:
    """An empty mailbox."""
    yield dovecot
    dovecot.empty()


@pytest.fixture
def make_config(tmp_path: Path) -> MakeConfig:
    """Settings for a relay on this machine at ``smtp_port``, for the mailbox at ``imap_port``, or what is said."""

    def make(**values: Any) -> Config:
        defaults: dict[str, Any] = {"data_dir": tmp_path, "mail_from": "Văn phòng UBND tỉnh <hop@lamdong.gov.vn>"}
        if "smtp_port" in values:
            defaults |= {"smtp_host": "localhost", "smtp_security": "none"}
        if "imap_port" in values:
            defaults |= {"imap_host": "localhost", "imap_user": USER, "imap_password": PASSWORD}
        return Config.model_validate(defaults | values)

    return make
