"""Whose signature it is: the certificate's holder beside the person or organ that has to sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from meetings.folding import fold
from meetings.signing.verdicts import Certificate

COMMITTEE = ("uy ban nhan dan", "ubnd")


@dataclass(frozen=True, slots=True)
class Expected:
    """Who signs in a role. ``names``: an organ has several. ``person_id`` is missing where documents only name one."""

    role: str
    names: tuple[str, ...]
    person_id: int | None = None
    unit_id: int | None = None

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""


@dataclass(frozen=True, slots=True)
class Holder:
    """To whom a known certificate belongs."""

    person_id: int | None
    unit_id: int | None
    name: str


class Match(StrEnum):
    REGISTERED = "registered"  # the certificate is known as theirs
    NAMED = "named"  # it bears their name; a person has to confirm
    OTHER = "other"


def match(certificate: Certificate, expected: Expected, known: Mapping[str, Holder]) -> Match:
    """A certificate that is known as somebody else's is never taken for its name."""
    holder = known.get(certificate.fingerprint)
    if holder is not None:
        return Match.REGISTERED if _is(holder, expected) else Match.OTHER
    own = plain(certificate.common_name)
    return Match.NAMED if own and own in {plain(name) for name in expected.names} else Match.OTHER


def _is(holder: Holder, expected: Expected) -> bool:
    if holder.person_id is not None or holder.unit_id is not None:
        return (holder.person_id, holder.unit_id) == (expected.person_id, expected.unit_id)
    return expected.person_id is None and expected.unit_id is None and plain(holder.name) == plain(expected.name)


def plain(name: str) -> str:
    """Without marks and capitals: certificates write names with and without them."""
    return " ".join(fold(name).split()).replace(*COMMITTEE)
