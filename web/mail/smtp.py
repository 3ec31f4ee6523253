"""One connection to the mail server, and what its answers mean for a letter."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosmtplib

from meetings.invitations.mail_rules import Trouble
from web.config import Config

CONNECT_SECONDS = 20.0
ANSWER_SECONDS = 60.0  # for each answer of the server
GOODBYE_SECONDS = 2.0
PERMANENT = 500  # codes from here on: the same again would be refused again


class SendingFailed(Exception):
    """A letter, or with a trouble of the server none, could be sent. ``detail`` is what the server said."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble = trouble
        self.detail = detail


class Connection:
    """An open connection. ``send`` raises ``SendingFailed``."""

    def __init__(self, smtp: aiosmtplib.SMTP, sender: str) -> None:
        self._smtp = smtp
        self._sender = sender

    async def send(self, recipient: str, message: bytes) -> None:
        try:
            await self._smtp.sendmail(self._sender, [recipient], message)
        except aiosmtplib.SMTPSenderRefused as error:
            raise SendingFailed(Trouble.SENDER, _tell(error)) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            final = refused.code >= PERMANENT
            raise SendingFailed(Trouble.RECIPIENT if final else Trouble.LATER, _tell(refused)) from error
        except aiosmtplib.SMTPResponseException as error:
            final = error.code >= PERMANENT
            raise SendingFailed(Trouble.CONTENT if final else Trouble.LATER, _tell(error)) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise SendingFailed(Trouble.BROKEN_OFF, str(error)) from error


@asynccontextmanager
async def open_connection(config: Config) -> AsyncIterator[Connection]:
    """Connected, encrypted and signed in as the settings say. ``SendingFailed`` with a trouble of the server."""
    tls = config.smtp_security == "tls"
    user = config.smtp_user or None
    smtp = aiosmtplib.SMTP(
        hostname=config.smtp_host,
        port=config.smtp_port or {"tls": 465, "starttls": 587, "none": 25}[config.smtp_security],
        use_tls=tls,
        start_tls=config.smtp_security == "starttls",
        tls_context=None if config.smtp_security == "none" else ssl.create_default_context(),
        username=user,
        password=config.smtp_password.get_secret_value() if user else None,
        # Otherwise the library asks the name service, and the whole program waits for its answer.
        local_hostname=config.mail_address.rpartition("@")[2],
        timeout=CONNECT_SECONDS,
    )
    await _connect(smtp)
    smtp.timeout = ANSWER_SECONDS
    try:
        yield Connection(smtp, config.mail_address)
    finally:
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):  # what was sent is sent
            await smtp.quit(timeout=GOODBYE_SECONDS)
        smtp.close()


async def _connect(smtp: aiosmtplib.SMTP) -> None:
    try:
        await smtp.connect()
    except aiosmtplib.SMTPAuthenticationError as error:
        raise SendingFailed(Trouble.LOGIN, _tell(error)) from error
    except ssl.SSLError as error:
        raise SendingFailed(Trouble.INSECURE, str(error)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        cause = error.__cause__
        insecure = isinstance(cause, ssl.SSLError) or "STARTTLS" in str(error)
        raise SendingFailed(Trouble.INSECURE if insecure else Trouble.UNREACHABLE, str(error)) from error


def _tell(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {error.message}"
