"""The running counts of an open secret vote are encrypted before they come near the database.

Each save names who has voted. Were the counts beside them readable, then what a database leaves behind (free pages, its
write-ahead log, archives and backups of it) would name each choice: by what was added from one save to the next. The
key lies in a file outside the database, one for each room, and is deleted when no secret vote is open any more.
"""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from meetings.private_files import write_private
from signaling.ballots import CHOICES

log = logging.getLogger(__name__)

DIGITS = 9  # as many for every count: else the length would tell


class BallotKeys:
    """``folder``: where keys are kept; None: nowhere, and no open secret vote outlives the server."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def seal(self, room: str, snapshot: Mapping[str, Any]) -> dict[str, Any]:
        """The snapshot as it may be saved. Its key is on the disk before this returns."""
        votes = snapshot.get("votes")
        if not votes:
            return dict(snapshot)
        key = Fernet(self._keep_key(room)) if has_running(snapshot) else None
        return {**snapshot, "votes": [_seal_vote(vote, key) for vote in votes]}

    def unseal(self, room: str, snapshot: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[int]]:
        """The snapshot as the room wrote it, and the ids of the votes whose counts nobody can read any more."""
        if not has_sealed(snapshot):
            return dict(snapshot), frozenset()
        key, votes, lost = self._read_key(room), [], set()
        for vote in snapshot["votes"]:
            opened = {name: value for name, value in vote.items() if name != "sealed"}
            if "sealed" in vote:
                counts = _decrypt(key, vote["sealed"])
                opened["counts"] = counts or {}
                if counts is None:
                    lost.add(vote["id"])
            votes.append(opened)
        return {**snapshot, "votes": votes}, frozenset(lost)

    def drop(self, room: str) -> None:
        """Forget the key of a room without an open secret vote. Never raises: what needed it is saved already."""
        if self._folder is not None:
            _delete(self._find(room))

    def drop_others(self, rooms: Collection[str]) -> None:
        """Forget every key but those of ``rooms``: what a server left that died before it could."""
        if self._folder is None or not self._folder.is_dir():
            return
        kept = {self._find(room) for room in rooms}
        for path in self._folder.iterdir():
            if path not in kept:
                _delete(path)

    def _find(self, room: str) -> Path:
        return (self._folder or Path()) / f"{room}.key"

    def _read_key(self, room: str) -> bytes | None:
        """None where there is none, or none that could be one."""
        if self._folder is None:
            return None
        try:
            key = self._find(room).read_bytes()
            Fernet(key)
        except (OSError, ValueError):
            return None
        return key

    def _keep_key(self, room: str) -> bytes:
        key = self._read_key(room)
        if key is not None:
            return key
        key = Fernet.generate_key()
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._find(room), key)
        return key


def has_running(snapshot: Mapping[str, Any]) -> bool:
    """Whether a secret vote is open."""
    return any(vote["secret"] and vote["state"] == "open" for vote in snapshot.get("votes", ()))


def has_sealed(snapshot: Mapping[str, Any]) -> bool:
    """Whether a saved snapshot needs its key."""
    return any("sealed" in vote for vote in snapshot.get("votes", ()))


def _seal_vote(vote: Mapping[str, Any], key: Fernet | None) -> dict[str, Any]:
    if not vote["secret"] or vote["state"] == "closed":
        return dict(vote)
    sealed = {**vote, "counts": {}}  # of a vote that was withdrawn nobody is told the counts: they are not kept
    if key is not None and vote["state"] == "open":
        plain = "".join(f"{vote['counts'].get(choice, 0):0{DIGITS}}" for choice in CHOICES)
        sealed["sealed"] = key.encrypt(plain.encode()).decode()
    return sealed


def _decrypt(key: bytes | None, sealed: str) -> dict[str, int] | None:
    if key is None:
        return None
    try:
        plain = Fernet(key).decrypt(sealed).decode()
    except InvalidToken:
        return None
    return {choice: int(plain[at * DIGITS : (at + 1) * DIGITS]) for at, choice in enumerate(CHOICES)}


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.error("the key of a secret vote cannot be deleted, delete it by hand: %s", error)
