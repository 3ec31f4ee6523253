"""Credentials for a TURN relay that end by themselves, as coturn's ``use-auth-secret`` checks them. Pure.

The scheme (draft-uberti-behave-turn-rest): the name says until when, the password proves that it came from somebody
who knows the relay's secret. The relay needs no list of people, and is told none: it sees pseudonyms.
"""

import base64
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from signaling.protocol import IceServer


@dataclass(frozen=True)
class Relays:
    """The relays of a site, all with the same secret."""

    urls: tuple[str, ...]
    secret: str = field(repr=False)
    lifetime: timedelta

    def issue(self, identity: str, now: datetime) -> tuple[IceServer, ...]:
        """Return what a browser needs to use them, for this identity, from now on."""
        if not self.urls:
            return ()
        until = int((now + self.lifetime).timestamp())
        username = f"{until}:{self._hash(identity, 'sha256').hex()[:16]}"
        credential = base64.b64encode(self._hash(username, "sha1")).decode()  # the relay knows SHA-1 alone
        return (IceServer(urls=self.urls, username=username, credential=credential),)

    def _hash(self, text: str, algorithm: str) -> bytes:
        return hmac.new(self.secret.encode(), text.encode(), algorithm).digest()
