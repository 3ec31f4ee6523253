"""Decisions about streams: key frames, retransmission, reception reports, who is audible, how much may be sent. Pure.

``now`` is a monotonic time in seconds.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from signaling.rtp import SILENCE_DBOV

CONSENT_SECONDS = 20.0  # without a check of the browser (RFC 7675 allows 30)
KEY_FRAME_SECONDS = 0.5
AUDIBLE_DBOV = 50
SPEAKING_HOLD_SECONDS = 0.8
UPLOAD_BITRATE = {"microphone": 96_000, "camera": 1_500_000, "screen": 2_500_000}


def choose_upload(sources: Iterable[Literal["microphone", "camera", "screen"]]) -> int:
    """Return how much a participant may send for these sources together, in bit/s."""
    return sum(UPLOAD_BITRATE[source] for source in sources)


class KeyFrameRequests:
    """When to ask a publisher for a key frame: at once, but not more often than twice a second, until one comes."""

    def __init__(self) -> None:
        self._wanted = False
        self._asked_at = float("-inf")

    def ask(self, now: float) -> bool:
        """Somebody needs a key frame. True: send the request now."""
        self._wanted = True
        return self.is_due(now)

    def is_due(self, now: float) -> bool:
        """True: a request is waiting or has found no answer, send it (again) now."""
        if not self._wanted or now - self._asked_at < KEY_FRAME_SECONDS:
            return False
        self._asked_at = now
        return True

    def settle(self) -> None:
        """A key frame came, or nobody waits for one any more."""
        self._wanted = False


class Allowance:
    """So many packets a second, with bursts up to as many."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left = rate
        self._at = float("-inf")

    def take(self, now: float) -> bool:
        """One more packet: True if it may be sent."""
        self._left = min(self._rate, self._left + min(1.0, now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _Hole(NamedTuple):
    since: float
    asked_at: float


class Losses:
    """Sequence numbers that are missing in a stream, and when to ask for them again (RFC 4585).

    Bounded: a gap of more than ``limit`` packets is not asked for; ``gave_up`` then says that a key frame is needed.
    """

    def __init__(self, limit: int = 200, retry_seconds: float = 0.1, give_up_seconds: float = 1.0) -> None:
        self._limit = limit
        self._retry = retry_seconds
        self._give_up = give_up_seconds
        self._highest: int | None = None
        self._holes: dict[int, _Hole] = {}
        self.gave_up = False

    def note_received(self, sequence: int, now: float) -> None:
        """A packet with this unwrapped number arrived."""
        if self._highest is None:
            self._highest = sequence
        elif sequence <= self._highest:
            self._holes.pop(sequence, None)
        else:
            missing = range(self._highest + 1, sequence)
            self._highest = sequence
            if len(missing) + len(self._holes) > self._limit:
                self._holes.clear()
                self.gave_up = True
            else:
                self._holes.update((number, _Hole(now, float("-inf"))) for number in missing)

    def forget(self) -> None:
        """Another source begins."""
        self._highest = None
        self._holes.clear()

    def list_due(self, now: float) -> list[int]:
        """Return the numbers to ask for now, ascending: first after 10 ms (they may only be late), then repeatedly."""
        due = []
        for number, hole in list(self._holes.items()):
            if now - hole.since > self._give_up:
                del self._holes[number]
                self.gave_up = True
            elif now - hole.since >= 0.01 and now - hole.asked_at >= self._retry:
                self._holes[number] = _Hole(hole.since, now)
                due.append(number)
        return sorted(due)


class Reception:
    """What a reception report says of one stream (RFC 3550 sections 6.4.1, A.3 and A.8)."""

    def __init__(self, clock: int) -> None:
        self._clock = clock
        self._first: int | None = None
        self._highest = 0
        self._received = 0
        self._expected_before = 0
        self._received_before = 0
        self._transit: float | None = None
        self._jitter = 0.0
        self._report: tuple[int, float] | None = None

    def note_received(self, sequence: int, timestamp: int, now: float) -> None:
        """A packet arrived: unwrapped sequence number, timestamp in units of the clock."""
        if self._first is None:
            self._first = self._highest = sequence
        self._highest = max(self._highest, sequence)
        self._received += 1
        transit = now * self._clock - timestamp
        if self._transit is not None:
            # A difference of more than ten seconds is a new clock, not jitter.
            difference = abs(transit - self._transit)
            if difference < 10 * self._clock:
                self._jitter += (difference - self._jitter) / 16
        self._transit = transit

    def note_sender_report(self, ntp: int, now: float) -> None:
        self._report = (ntp >> 16) & 0xFFFFFFFF, now

    def take_block(self, now: float) -> tuple[int, int, int, int, int, int]:
        """Return fraction, lost, highest, jitter, last report and delay, and begin the next interval."""
        expected = self._highest - self._first + 1 if self._first is not None else 0
        expected_now = expected - self._expected_before
        lost_now = expected_now - (self._received - self._received_before)
        self._expected_before, self._received_before = expected, self._received
        fraction = min(255, (lost_now << 8) // expected_now) if expected_now > 0 and lost_now > 0 else 0
        last, delay = (self._report[0], round((now - self._report[1]) * 65536)) if self._report else (0, 0)
        return fraction, expected - self._received, self._highest, round(self._jitter), last, delay


class _Voice(NamedTuple):
    loudness: float  # smoothed, dB above digital silence
    heard_at: float
    audible_at: float


class Speakers:
    """Who is audible, from the levels that browsers write beside their packets (RFC 6464)."""

    def __init__(self) -> None:
        self._voices: dict[str, _Voice] = {}
        self._order: tuple[str, ...] = ()

    def hear(self, participant: str, level: int, now: float) -> None:
        """``level`` in -dBov: 0 is the loudest, 127 silence."""
        before = self._voices.get(participant)
        energy = float(SILENCE_DBOV - level)
        loudness = energy if before is None else before.loudness + (energy - before.loudness) * 0.25
        audible = loudness >= SILENCE_DBOV - AUDIBLE_DBOV
        self._voices[participant] = _Voice(
            loudness, now, now if audible else before.audible_at if before else float("-inf")
        )

    def forget(self, participant: str) -> None:
        self._voices.pop(participant, None)

    def list_audible(self, now: float) -> tuple[str, ...]:
        """Return the audible participants, loudest first; a small difference does not change their order."""
        since = now - SPEAKING_HOLD_SECONDS
        audible = {name: voice for name, voice in self._voices.items() if voice.audible_at > since}
        known = [name for name in self._order if name in audible]
        known += [name for name in audible if name not in known]
        self._order = tuple(sorted(known, key=lambda name: -(audible[name].loudness // 9)))
        return self._order
