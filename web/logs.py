"""The log: one line a record, as text or JSON, with the room and the participant it is about.

Code logs with ``logging.getLogger(__name__)`` and puts what it is about into ``extra`` under the names of ``FIELDS``.
"""

import hashlib
import json
import logging
import re
import sys
from datetime import UTC, datetime

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from signaling.instants import write_instant
from web.config import Config

# What steers a terminal. What browsers send is quoted in the log.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_NONCE = re.compile("guest:([0-9]+):.+")
FIELDS = ("room", "participant", "job", "account", "reference")


class TextFormatter(logging.Formatter):
    """``2026-11-24T01:00:00Z info signaling.sfu room=…: message``"""

    def format(self, record: logging.LogRecord) -> str:
        about = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        line = f"{instant_of(record)} {record.levelname.lower()} {record.name}{about}: {record.getMessage()}"
        # Further lines, such as the media process's tracebacks, are set in, so that none of them looks like a record.
        line = _CONTROLS.sub(lambda found: repr(found[0])[1:-1], line).replace("\n", "\n  ")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": instant_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    found = {name: getattr(record, name, None) for name in FIELDS}
    return {
        name: hide_nonce(value) if isinstance(value, str) else value
        for name, value in found.items()
        if value is not None
    }


def hide_nonce(identity: str) -> str:
    """An identity as it may be read afterwards: who knows a guest's nonce and their link can come as that guest."""
    guest = _NONCE.fullmatch(identity)
    return f"guest:{guest[1]}:{hashlib.sha256(identity.encode()).hexdigest()[:8]}" if guest else identity


def instant_of(record: logging.LogRecord) -> str:
    return write_instant(datetime.fromtimestamp(record.created, UTC))


class NoiseFilter(logging.Filter):
    """What is no HTTP is told in a line: anybody who reaches the port can send it, as often as they like."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | RequestPayloadError):
            record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}", ()
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return True


def open_log(config: Config) -> None:
    """Send the log of this process to standard error. Libraries speak from warning on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(NoiseFilter())
    handler.setFormatter(JsonFormatter() if config.log_format == "json" else TextFormatter())
    level = logging.getLevelNamesMapping()[config.log_level.upper()]
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    for package in ("meetings", "signaling", "transcripts", "web"):
        logging.getLogger(package).setLevel(level)
