"""Asks the language model of the settings, and gives up in time. Blocking: for a worker's thread alone."""

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from meetings.errors import N_
from transcripts.redraft import RedraftFailed

LARGEST_ANSWER = 256 * 1024  # bytes
CHUNK = 16 * 1024


@dataclass(frozen=True)
class RedraftSettings:
    """``url`` is the API's base, such as ``http://127.0.0.1:8000/v1``; ``seconds``: how long one item may take."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    seconds: float = 120.0


def ask_model(settings: RedraftSettings, request: dict[str, Any], beat: Callable[[], None]) -> bytes:
    """The body of the answer. ``beat`` is called while it comes in and may raise to break off.

    Redirections are not followed and no proxy is asked: what was said in a meeting goes to that address alone.
    """
    parts = urlsplit(settings.url.rstrip("/") + "/chat/completions")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    ends = time.monotonic() + settings.seconds
    connection = kind(parts.hostname or "", parts.port, timeout=settings.seconds)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if settings.key:
        headers["Authorization"] = f"Bearer {settings.key}"
    try:
        connection.request("POST", parts.path, json.dumps(request).encode(), headers)
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise RedraftFailed(N_("Máy chủ mô hình trả lời mã {status}."), status=response.status)
        return _read(response, connection, ends, beat)
    except TimeoutError:
        raise RedraftFailed(N_("Máy chủ mô hình không trả lời trong {n} giây."), n=round(settings.seconds)) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise RedraftFailed(N_("Không gọi được máy chủ mô hình: {reason}."), reason=reason) from error
    finally:
        connection.close()


def _read(
    response: http.client.HTTPResponse, connection: http.client.HTTPConnection, ends: float, beat: Callable[[], None]
) -> bytes:
    body = bytearray()
    while True:
        beat()
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if connection.sock is not None:
            connection.sock.settimeout(left)
        chunk = response.read1(CHUNK)
        if not chunk:
            return bytes(body)
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise RedraftFailed(N_("Câu trả lời của mô hình quá dài."))
