"""Decisions about streams: key frames, retransmission, reception reports, clocks, how much may be sent. Pure.

``now`` is a monotonic time in seconds.
"""

from collections import deque
from collections.abc import Iterable
from typing import Literal, NamedTuple

CONSENT_SECONDS = 20.0  # without a check of the browser (RFC 7675 allows 30)
KEY_FRAME_SECONDS = 0.5
CLOCK_JUMP_SECONDS = 5.0
METER_SECONDS = 0.5
UPLOAD_BITRATE = {"microphone": 96_000, "camera": 1_500_000, "screen": 2_500_000}


def choose_upload(sources: Iterable[Literal["microphone", "camera", "screen"]]) -> int:
    """Return how much a participant may send for these sources together, in bit/s."""
    return sum(UPLOAD_BITRATE[source] for source in sources)


class KeyFrameRequests:
    """When to ask a publisher for a key frame: at once, but not more often than twice a second, until one comes."""

    def __init__(self) -> None:
        self._wanted = False
        self._asked_at = float("-inf")

    def want(self) -> None:
        """Somebody needs a key frame of a source that is not known yet."""
        self._wanted = True

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
    """So many packets, or octets, a second, with bursts up to as many."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left = rate
        self._at = float("-inf")

    def take(self, now: float, amount: float = 1) -> bool:
        """One more packet, or ``amount`` octets: True if they may be sent."""
        self._left = min(self._rate, self._left + min(1.0, now - self._at) * self._rate)
        self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True


class _Hole(NamedTuple):
    since: float
    asked_at: float
    first_asked_at: float | None


class Losses:
    """Sequence numbers that are missing in a stream, and when to ask for them again (RFC 4585).

    Bounded: a gap of more than ``limit`` packets is not asked for; ``gave_up`` then says that a key frame is needed.
    How long to wait before asking again is learnt from what came when it was asked for.
    """

    def __init__(self, limit: int = 200, retry_seconds: float = 0.1, give_up_seconds: float = 1.0) -> None:
        self._limit = limit
        self._retry = retry_seconds
        self._give_up = give_up_seconds
        self._round_trip = 0.0
        self._highest: int | None = None
        self._holes: dict[int, _Hole] = {}
        self.gave_up = False

    def note_received(self, sequence: int, now: float) -> None:
        """A packet with this unwrapped number arrived."""
        if self._highest is None:
            self._highest = sequence
        elif sequence <= self._highest:
            hole = self._holes.pop(sequence, None)
            if hole is not None and hole.first_asked_at is not None:
                self._round_trip += (now - hole.first_asked_at - self._round_trip) / 4
        else:
            missing = range(self._highest + 1, sequence)
            self._highest = sequence
            if len(missing) + len(self._holes) > self._limit:
                self._holes.clear()
                self.gave_up = True
            else:
                self._holes.update((number, _Hole(now, float("-inf"), None)) for number in missing)

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
            elif now - hole.since >= 0.01 and now - hole.asked_at >= max(self._retry, 1.5 * self._round_trip):
                first = now if hole.first_asked_at is None else hole.first_asked_at
                self._holes[number] = _Hole(hole.since, now, first)
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


class SenderClock:
    """A publisher's clock, as its reports tell of it: the quickest of the last ones says how it stands to ours."""

    def __init__(self, kept: int = 16) -> None:
        self._differences: deque[float] = deque(maxlen=kept)

    def note(self, ntp: int, now: float) -> None:
        """A report with this NTP time (64 bits) came in now."""
        difference = now - ntp / (1 << 32)
        if self._differences and abs(difference - self._differences[-1]) > CLOCK_JUMP_SECONDS:
            self._differences.clear()
        self._differences.append(difference)

    def read(self, ntp: int) -> float:
        """Return the time on our clock."""
        return ntp / (1 << 32) + min(self._differences, default=0.0)


class Meter:
    """A bit rate, from a counter of octets that is read now and then; None before anything is known."""

    def __init__(self) -> None:
        self._octets = 0
        self._at: float | None = None
        self.bitrate: int | None = None

    def read(self, octets: int, now: float) -> None:
        """So many octets were counted by now."""
        if self._at is None:
            self._octets, self._at = octets, now
            return
        elapsed = now - self._at
        if elapsed < METER_SECONDS:
            return
        measured = (octets - self._octets) * 8 / elapsed
        # It rises at once, for a link must bear it, and falls slowly, for a picture that stands still may move again.
        before = measured if self.bitrate is None else self.bitrate
        self.bitrate = round(before + (measured - before) * (1.0 if measured > before else 0.25))
        self._octets, self._at = octets, now
