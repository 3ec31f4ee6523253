"""Who is audible, and whose microphone is forwarded, from the levels beside the packets (RFC 6464). Pure.

``level`` is in -dBov: 0 is the loudest, 127 silence. ``now`` is a monotonic time in seconds.
"""

from collections.abc import Collection
from typing import NamedTuple

from signaling.rtp import SILENCE_DBOV

AUDIBLE_DBOV = 50
SPEAKING_HOLD_SECONDS = 0.8

MOST_VOICES = 3
HOLD_SECONDS = 1.5  # a pause between two words takes nobody's slot
KEPT_SECONDS = 10.0  # of silence, as long as nobody else speaks
MARGIN_DB = 6.0  # one who speaks is pushed out only by one who is clearly louder
ATTACK, RELEASE = 0.5, 0.05


class _Speaker(NamedTuple):
    loudness: float  # smoothed, dB above digital silence
    audible_at: float


class Speakers:
    """Who is audible."""

    def __init__(self) -> None:
        self._speakers: dict[str, _Speaker] = {}
        self._order: tuple[str, ...] = ()

    def hear(self, participant: str, level: int, now: float) -> None:
        """A packet of a microphone came."""
        before = self._speakers.get(participant)
        energy = float(SILENCE_DBOV - level)
        loudness = energy if before is None else before.loudness + (energy - before.loudness) * 0.25
        audible = loudness >= SILENCE_DBOV - AUDIBLE_DBOV
        audible_at = now if audible else before.audible_at if before else float("-inf")
        self._speakers[participant] = _Speaker(loudness, audible_at)

    def forget(self, participant: str) -> None:
        self._speakers.pop(participant, None)

    def list_audible(self, now: float) -> tuple[str, ...]:
        """Return the audible participants, loudest first; a small difference does not change their order."""
        since = now - SPEAKING_HOLD_SECONDS
        audible = {name: one for name, one in self._speakers.items() if one.audible_at > since}
        known = [name for name in self._order if name in audible]
        known += [name for name in audible if name not in known]
        self._order = tuple(sorted(known, key=lambda name: -(audible[name].loudness // 9)))
        return self._order


class _Voice:
    __slots__ = ("audible_at", "loudness")

    def __init__(self) -> None:
        self.loudness = 0.0
        self.audible_at = float("-inf")


class Voices:
    """The loudest few of a room's microphones. ``chosen`` are those that are forwarded, beside the featured ones."""

    def __init__(self, most: int = MOST_VOICES) -> None:
        self._most = most
        self._voices: dict[str, _Voice] = {}
        self._featured: frozenset[str] = frozenset()
        self.chosen: tuple[str, ...] = ()

    def hear(self, key: str, level: int, now: float) -> bool:
        """A packet of a microphone came. True: ``chosen`` has changed, from this packet on."""
        voice = self._voices.get(key)
        if voice is None:
            voice = self._voices[key] = _Voice()
        difference = SILENCE_DBOV - level - voice.loudness
        voice.loudness += difference * (ATTACK if difference > 0 else RELEASE)
        if level > AUDIBLE_DBOV:
            return False
        voice.audible_at = now
        return key not in self.chosen and key not in self._featured and self._let_in(key, voice, now)

    def _let_in(self, key: str, voice: _Voice, now: float) -> bool:
        if len(self.chosen) < self._most:
            self.chosen += (key,)
            return True
        silent = [one for one in self.chosen if now - self._voices[one].audible_at > HOLD_SECONDS]
        if silent:
            loser = min(silent, key=lambda one: self._voices[one].audible_at)
        else:
            loser = min(self.chosen, key=lambda one: self._voices[one].loudness)
            if voice.loudness < self._voices[loser].loudness + MARGIN_DB:
                return False
        self.chosen = (*(one for one in self.chosen if one != loser), key)
        return True

    def feature(self, keys: Collection[str]) -> None:
        """These have slots of their own and take none of the loudest."""
        self._featured = frozenset(keys)
        self.chosen = tuple(one for one in self.chosen if one not in self._featured)

    def forget(self, key: str) -> bool:
        """A microphone is gone or silenced. True: ``chosen`` has changed."""
        self._voices.pop(key, None)
        return self._keep([one for one in self.chosen if one != key])

    def check(self, now: float) -> bool:
        """To be called some times a second. True: somebody has been silent for so long that ``chosen`` has changed."""
        return self._keep([one for one in self.chosen if now - self._voices[one].audible_at <= KEPT_SECONDS])

    def _keep(self, left: list[str]) -> bool:
        changed = len(left) != len(self.chosen)
        self.chosen = tuple(left)
        return changed
