"""Fetches new letters from the mailbox of answers (IMAP), within limits.

The standard library's client, in a thread: a look into the mailbox once a minute needs no more, and no further package
has to be trusted with what strangers send. Sizes are asked for before anything is fetched; letters stay where they
are, marked as read once they are dealt with.
"""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from web.config import Config

TIMEOUT = 20.0
LARGEST = 256 * 1024  # bytes of a letter: an answer has a few kilobytes
MOST_LETTERS = 100  # of one look
WINDOW = 1000  # letters that are asked about at a time, so that no answer of the server is long


class MailboxFailed(Exception):
    """The mailbox cannot be read now."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One new letter; ``content`` is missing where it is too large to look at."""

    uid: int
    validity: int
    size: int
    content: bytes | None


def fetch_new(config: Config) -> list[Fetched]:
    """The oldest letters that are not marked as read. They are not marked by this."""
    with _open(config) as imap:
        validity = _read_number(imap, "UIDVALIDITY")
        return [_fetch(imap, uid, validity) for uid in _list_unread(imap)]


def mark_read(config: Config, uids: list[int]) -> None:
    """They will not be fetched again."""
    if not uids:
        return
    with _open(config) as imap:
        _do(imap.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Seen)"))


@contextmanager
def _open(config: Config) -> Iterator[imaplib.IMAP4]:
    try:
        imap = _connect(config)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxFailed(f"connecting: {error}") from error
    try:
        _sign_in(imap, config.imap_user, config.imap_password.get_secret_value())
        _do(imap.select(_quote(config.imap_folder)))
        yield imap
    except (OSError, UnicodeError, imaplib.IMAP4.error) as error:
        raise MailboxFailed(str(error)) from error
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):  # what was read is read
            imap.logout()


def _connect(config: Config) -> imaplib.IMAP4:
    port = config.imap_port or (993 if config.imap_security == "tls" else 143)
    if config.imap_security == "tls":
        return imaplib.IMAP4_SSL(config.imap_host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
    imap = imaplib.IMAP4(config.imap_host, port, timeout=TIMEOUT)
    if config.imap_security == "starttls":
        imap.starttls(ssl.create_default_context())
    return imap


def _sign_in(imap: imaplib.IMAP4, user: str, password: str) -> None:
    """The plain way of SASL takes passwords in every script, the older command only in ASCII."""
    if "AUTH=PLAIN" in imap.capabilities:
        imap.authenticate("PLAIN", lambda _challenge: f"\0{user}\0{password}".encode())
    else:
        imap.login(user, password)


def _list_unread(imap: imaplib.IMAP4) -> list[int]:
    found: list[int] = []
    count = _read_number(imap, "EXISTS")
    for first in range(1, count + 1, WINDOW):
        last = min(first + WINDOW - 1, count)
        for answer in _do(imap.uid("SEARCH", f"{first}:{last}", "UNSEEN")):
            found += [int(each) for each in (answer or b"").split()]
        if len(found) >= MOST_LETTERS:
            break
    return found[:MOST_LETTERS]


def _fetch(imap: imaplib.IMAP4, uid: int, validity: int) -> Fetched:
    described = b" ".join(each for each in _do(imap.uid("FETCH", str(uid), "(RFC822.SIZE)")) if isinstance(each, bytes))
    match = re.search(rb"RFC822\.SIZE (\d+)", described)
    size = int(match[1]) if match else LARGEST + 1
    if size > LARGEST:
        return Fetched(uid, validity, size, None)
    parts = _do(imap.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)"))
    content = next((each[1] for each in parts if isinstance(each, tuple)), None)
    return Fetched(uid, validity, size, content)


def _read_number(imap: imaplib.IMAP4, name: str) -> int:
    """What the server said when the folder was opened."""
    _type, values = imap.response(name)
    return int(values[0] or 0) if values and values[0] else 0


def _do(answer: tuple[str, Any]) -> list[Any]:
    state, data = answer
    if state != "OK":
        raise imaplib.IMAP4.error(str(data[:1]))
    return list(data)


def _quote(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
