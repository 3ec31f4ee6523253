"""What carries packages to the exchange axis and statuses from there, whichever way that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LARGEST_STATUS = 256 * 2**10  # bytes; a status has one or two kB


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came. ``key``: by which the carrier knows it."""

    key: str
    data: bytes


class Carrier(Protocol):
    """Each raises ``SendingFailed``."""

    async def send(self, name: str, package: bytes) -> None:
        """Hand a package over. The same one, under the same ``name``, may come again."""

    async def fetch(self) -> Sequence[Arrived]:
        """Messages that wait, at most a hundred."""

    async def finish(self, key: str) -> None:
        """That one is dealt with, and comes no more."""

    async def leave(self, key: str) -> None:
        """That one is no status: whoever else reads packages finds it as it was."""

    async def close(self) -> None:
        """Nothing is asked any more."""
