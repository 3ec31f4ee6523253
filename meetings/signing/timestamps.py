"""A timestamp of an authority for a signature (RFC 3161), asked over HTTP."""

import asyncio
import urllib.error
import urllib.request

from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

SECONDS = 10.0
LARGEST = 64 * 2**10  # bytes of an answer


class _Stay(urllib.request.HTTPRedirectHandler):
    """The question goes to the address of the settings alone: a redirection is an answer without a timestamp."""

    def redirect_request(self, *_told: object) -> None:
        return None


OPENER = urllib.request.build_opener(_Stay)


class StampServer(TimeStamper):
    """Each question goes to ``url``; an answer that is late, large or not of the kind is an error."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko's constructor has no types
        if not url.startswith(("https://", "http://")):
            raise ValueError("the address of a timestamp server begins with https:// or http://")
        self.url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return await asyncio.to_thread(self._ask, req.dump())

    def _ask(self, question: bytes) -> tsp.TimeStampResp:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        request = urllib.request.Request(self.url, question, headers)  # noqa: S310 - its scheme is checked above
        try:
            with OPENER.open(request, timeout=SECONDS) as answer:
                told = answer.read(LARGEST + 1)
                kind = answer.headers.get_content_type()
        except (OSError, urllib.error.URLError) as error:
            raise TimestampRequestError("the timestamp server does not answer") from error
        if kind != "application/timestamp-reply" or len(told) > LARGEST:
            raise TimestampRequestError("the timestamp server gave no timestamp")
        return tsp.TimeStampResp.load(told)
