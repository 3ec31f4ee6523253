"""A letter of the queue as a mail: text, calendar part, and files. Values in, bytes out.

The calendar stands in the letter twice: as an alternative to the text, which programs show with buttons to answer, and
as a file, for those that do not.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, AddressHeader, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from meetings.invitation_models import Mail
from meetings.invitations.ical import ORIGIN, clean_line, fill_in

TYPES = {
    "pdf": ("application", "pdf"),
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
}
UNKNOWN = ("application", "octet-stream")
CALENDAR_FILES = {"REQUEST": "invite.ics", "CANCEL": "cancel.ics"}


class Policy(EmailPolicy):
    """Folds Vietnamese heads itself: the one of Python 3.11 loses the space at which another encoded word begins."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if not value.isascii() and isinstance(value, AddressHeader):
            address = value.addresses[0]
            return self._write_head(name, address.display_name, f" <{address.addr_spec}>")
        if not value.isascii() and isinstance(value, UnstructuredHeader):
            return self._write_head(name, str(value), "")
        return super().fold_binary(name, value)

    def _write_head(self, name: str, words: str, rest: str) -> bytes:
        encoded = Header(words, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{rest}{self.linesep}".encode("ascii")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, and the address of the site that links lead to."""

    address: str
    name: str
    origin: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes


def build_message(mail: Mail, sender: Sender, attachments: Sequence[Attachment], now: datetime) -> bytes:
    """The whole mail. Whatever stands in titles and names, nothing of it becomes a line of the head."""
    message = EmailMessage(policy=Policy(linesep="\r\n"))
    message["From"] = Address(_clean_head(sender.name), addr_spec=sender.address)
    message["To"] = Address(_clean_head(mail.recipient_name), addr_spec=mail.recipient)
    message["Subject"] = _clean_head(mail.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id_of(mail, sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message.set_content(mail.body.replace(ORIGIN, sender.origin))
    if mail.calendar:
        _add_calendar(message, fill_in(mail.calendar, sender.origin, sender.address), mail.method)
    for each in attachments:
        maintype, subtype = TYPES.get(each.name.rpartition(".")[2].lower(), UNKNOWN)
        message.add_attachment(each.content, maintype, subtype, filename=_clean_head(each.name))
    return message.as_bytes()


def message_id_of(mail: Mail, domain: str) -> str:
    """The same for a letter however often it is sent, so that servers know a second copy; nobody can guess it."""
    secret = hashlib.sha256(f"{mail.key}\n{mail.body}".encode()).hexdigest()[:32]
    return f"<{mail.id}.{secret}@{domain}>"


def _add_calendar(message: EmailMessage, calendar: str, method: str) -> None:
    params = {"method": method}
    message.add_alternative(calendar, subtype="calendar", charset="utf-8", cte="base64", params=params)
    name = CALENDAR_FILES.get(method, "calendar.ics")
    message.add_attachment(calendar.encode(), "application", "ics", filename=name)


def _clean_head(text: str) -> str:
    """The library decodes an encoded word (RFC 2047) that somebody typed, line ends in it too, so none may stand."""
    return clean_line(text).replace("=?", "= ?")
