"""Credentials for the relay. A real relay takes them in ``tests/network/test_turn.py``."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from signaling.turn import Relays

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
RELAYS = Relays(
    ("turn:hop.example.vn:3478", "turns:hop.example.vn:443?transport=tcp"), "north wind", timedelta(hours=2)
)


def test_name_says_until_when_and_password_proves_it() -> None:
    (server,) = RELAYS.issue("account:7", NOW)
    assert server.urls == RELAYS.urls
    until, _, pseudonym = server.username.partition(":")
    assert int(until) == int((NOW + timedelta(hours=2)).timestamp())
    proof = hmac.new(b"north wind", server.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(server.credential) == proof
    assert len(pseudonym) == 16


def test_pseudonym_stays_the_same_for_one_person_and_site() -> None:
    def pseudonym(relays: Relays, identity: str, now: datetime = NOW) -> str:
        return relays.issue(identity, now)[0].username.partition(":")[2]

    assert pseudonym(RELAYS, "account:7") == pseudonym(RELAYS, "account:7", NOW + timedelta(hours=1))
    assert pseudonym(RELAYS, "account:7") != pseudonym(RELAYS, "account:8")
    assert pseudonym(RELAYS, "account:7") != pseudonym(Relays(RELAYS.urls, "south wind", RELAYS.lifetime), "account:7")


def test_site_without_relays_issues_nothing() -> None:
    assert Relays((), "", timedelta(hours=1)).issue("account:7", NOW) == ()


def test_secret_is_never_shown() -> None:
    assert "north" not in repr(RELAYS)
