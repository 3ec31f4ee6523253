"""Reads one letter of the mailbox: who sent it, and what it answers. Bytes in, a value out; hostile ones do no harm.

Letters within letters and parts within parts are counted before anything is parsed. Only the calendar parts are read.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from meetings.errors import Invalid
from meetings.invitations.addresses import read_address
from meetings.invitations.ical import clean_line
from meetings.invitations.ical_reading import CalendarReply, read_reply
from meetings.invitations.replies import Outcome, ReceivedLetter
from web.mail.mailbox import Fetched

NESTING = re.compile(rb"(?i)multipart/|message/")
MOST_NESTED, MOST_PARTS = 20, 50
LONGEST_HEADER = 1000
LONGEST_FINDING = 4000
FAILED = re.compile(r"(?i)\bdmarc\s*=\s*fail\b")
RESULT = re.compile(r"(?i)\s*dmarc\s*=\s*([a-z]+)\b")
QUOTED, REMARK = re.compile(r'"(?:[^"\\]|\\.)*"'), re.compile(r"\((?:[^()\\]|\\.)*\)")
# What the parsers make of broken letters.
ODD = (MessageError, ValueError, LookupError, RecursionError, TypeError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Proof:
    """What makes a sender genuine: the word of the mail server that calls itself ``server`` in its findings (RFC 8601).

    Without ``server`` anybody's finding of a forgery is believed, and nobody's of the contrary. ``needed``: a letter
    without the server's ``dmarc=pass`` counts for nothing.
    """

    server: str = ""
    needed: bool = False


def read_letter(fetched: Fetched, proof: Proof = Proof()) -> ReceivedLetter:
    """What the letter says, or the trouble with it."""
    where = f"uid:{fetched.validity}:{fetched.uid}"
    if fetched.content is None:
        return ReceivedLetter(where, "", trouble=Outcome.TOO_LARGE, detail=f"{fetched.size // 1024} kB")
    if len(NESTING.findall(fetched.content)) > MOST_NESTED:
        return ReceivedLetter(where, "", trouble=Outcome.UNREADABLE, detail="too many parts")
    try:
        message = message_from_bytes(fetched.content)
        key, sender = _key_of(message, fetched, where), _sender_of(message)
        trouble = _doubt(message, proof)
        if trouble is not None:
            return ReceivedLetter(key, sender, trouble=trouble)
        return ReceivedLetter(key, sender, tuple(_list_replies(message)))
    except Invalid as error:
        return ReceivedLetter(where, "", trouble=Outcome.UNREADABLE, detail=error.message)
    except ODD as error:
        return ReceivedLetter(where, "", trouble=Outcome.UNREADABLE, detail=type(error).__name__)


def _doubt(message: Message, proof: Proof) -> Outcome | None:
    """Why the sender is not believed. A server takes away what others wrote in its name and puts its own on top."""
    findings = [" ".join(str(each).split()) for each in message.get_all("Authentication-Results", [])]
    if proof.server:
        findings = [each for each in findings if _name_server(each) == proof.server.lower()]
    if any(FAILED.search(each) for each in findings):
        return Outcome.FORGED
    if proof.needed and _list_dmarc(findings[0] if findings else "") != ["pass"]:
        return Outcome.UNPROVEN
    return None


def _name_server(finding: str) -> str:
    return (_strip(finding).partition(";")[0].split() or [""])[0].lower()


def _list_dmarc(finding: str) -> list[str]:
    """What the finding says of DMARC; not what a sender's address or a remark within it says."""
    parts = (RESULT.match(part) for part in _strip(finding).split(";")[1:])
    return [found[1].lower() for found in parts if found]


def _strip(finding: str) -> str:
    """Without quoted text and remarks, which hold whatever a sender likes."""
    text, count = QUOTED.sub(" ", finding[:LONGEST_FINDING]), 1
    while count:
        text, count = REMARK.subn(" ", text)
    return text


def _key_of(message: Message, fetched: Fetched, where: str) -> str:
    """Its Message-ID, and what it holds: some programs give every letter the same one."""
    name = clean_line(str(message.get("Message-ID", "")))[:150] or where
    return f"{name}#{hashlib.sha256(fetched.content or b'').hexdigest()[:24]}"


def _sender_of(message: Message) -> str:
    """The one address in the one From; nothing where there are more, or none."""
    lines = message.get_all("From", [])
    if len(lines) != 1 or len(str(lines[0])) > LONGEST_HEADER:
        return ""
    addresses = getaddresses([str(make_header(decode_header(str(lines[0]))))])
    return (read_address(addresses[0][1]) or "") if len(addresses) == 1 else ""


def _list_replies(message: Message) -> Iterator[CalendarReply]:
    """Programs send the calendar as a part, as a file, or both: the first one that answers is taken."""
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        if not _is_calendar(part):
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        replies = read_reply(_decode(payload, part), str(part.get_param("method", "")))
        if replies:
            yield from replies
            return


def _is_calendar(part: Message) -> bool:
    name = part.get_filename() or ""
    return part.get_content_type() in ("text/calendar", "application/ics") or name.lower().endswith(".ics")


def _decode(payload: bytes, part: Message) -> str:
    charset = part.get_content_charset("utf-8")
    try:
        return payload.decode(charset, "replace")
    except LookupError:  # no such charset
        return payload.decode("utf-8", "replace")
