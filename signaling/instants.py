"""Instants as text: in messages, in the recorder's sidecars, between the processes."""

from datetime import UTC, datetime


def write_instant(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_instant(text: object) -> datetime:
    """The aware UTC instant of an ISO 8601 string that ends in ``Z``; ``ValueError`` for anything else."""
    if isinstance(text, datetime) and text.tzinfo is not None:
        return text.astimezone(UTC)
    if not isinstance(text, str) or not text.endswith("Z"):
        raise ValueError("not an instant in UTC")
    return datetime.fromisoformat(text[:-1] + "+00:00")
