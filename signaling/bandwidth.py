"""How much a viewer can take, from what its browser says and what got lost. Pure.

The browser's estimate (REMB) never rises far above what it is sent, and slowly: half as much again, whatever the link
could carry, some per cent a second. So an estimate above what is sent is no limit, only a sign that there is room, and
one below it may only lag behind a picture that was just raised. It is the truth when it falls, or when it stays below.
Room is tried out by sending more, later after each attempt that failed. Loss brings the limit down as in the loss-based
half of draft-ietf-rmcat-gcc-02 (section 6). All rates are in bit/s, ``now`` is a monotonic time in seconds.
"""

START = 1_000_000  # before anything is known: a usual office link
LEAST = 50_000
MOST = 20_000_000
RATE_WINDOW = 1.0
FALLING, RISING = 0.97, 1.005  # an estimate, as times the one before
STUCK_SECONDS = 4.0  # below what is sent without rising
KEPT = 0.95  # of an estimate that limits: the queue must drain
GROWTH_PER_SECOND = 1.15
GROWTH_UNDER_LOSS = (
    1.06  # a radio link loses some per cent whatever is sent; it must not stay without pictures for that
)
HEADROOM = 4.0  # nothing is known about rates above so many times what was sent
HEADROOM_LEAST = 600_000  # one more picture may always be tried
FIRST_HOLD, LONGEST_HOLD = 3.0, 48.0
FAILED_WITHIN = 8.0  # a limit met so soon after growing says that growing was wrong
HIGH_LOSS, LOW_LOSS = 0.10, 0.02


class Bandwidth:
    """Of one viewer."""

    def __init__(self) -> None:
        self._ceiling = float(START)
        self._asked: int | None = None
        self._estimate = 0
        self._risen_at = float("-inf")
        self._window: list[tuple[float, int]] = []
        self._octets = 0
        self._grown_at = float("-inf")
        self._held_until = float("-inf")
        self._hold = FIRST_HOLD
        self._growth = GROWTH_PER_SECOND
        self._updated_at: float | None = None

    def limit(self, bitrate: int | None) -> None:
        """The viewer asks for no more than this, or for whatever it can take."""
        self._asked = bitrate

    def note_sent(self, octets: int, now: float) -> None:
        """So much was sent since the last time this was told, headers included. To be called some times a second."""
        self._window.append((now, octets))
        self._octets += octets
        while self._window[0][0] < now - RATE_WINDOW:
            self._octets -= self._window.pop(0)[1]

    def note_estimate(self, bitrate: int, now: float) -> None:
        """The browser's estimate (draft-alvestrand-rmcat-remb-03)."""
        falls = bitrate < self._estimate * FALLING
        if bitrate > self._estimate * RISING:
            self._risen_at = now
        self._estimate = bitrate
        if bitrate < self.measure_sent(now):
            if falls or now - self._risen_at > STUCK_SECONDS:
                self._lower(bitrate * KEPT, now)
        elif now >= self._held_until:
            self._raise(bitrate, now)

    def note_loss(self, fraction: float, now: float) -> None:
        """The share of packets that a receiver report says were lost, 0 to 1, over all its streams."""
        if fraction > HIGH_LOSS:
            self._lower(min(self._ceiling, max(self.measure_sent(now), LEAST)) * (1 - fraction / 2), now)
        self._growth = GROWTH_UNDER_LOSS if fraction > LOW_LOSS else GROWTH_PER_SECOND

    def measure_sent(self, now: float) -> float:
        """What was sent in the last second, in bit/s."""
        if not self._window or now - self._window[-1][0] > RATE_WINDOW:
            return 0.0
        return self._octets * 8 / RATE_WINDOW

    def target(self, now: float) -> int:
        """What may be sent now, sound and pictures together."""
        if self._updated_at is not None and now >= self._held_until:
            grown = self._ceiling * self._growth ** min(now - self._updated_at, 1.0)
            bound = max(self.measure_sent(now) * HEADROOM, HEADROOM_LEAST)
            if grown <= bound:
                self._raise(grown, now)
        self._updated_at = now
        rate = max(LEAST, int(self._ceiling))
        return rate if self._asked is None else min(rate, self._asked)

    def _raise(self, bitrate: float, now: float) -> None:
        if bitrate > self._ceiling:
            self._ceiling, self._grown_at = min(bitrate, MOST), now

    def _lower(self, bitrate: float, now: float) -> None:
        if bitrate >= self._ceiling:
            return
        self._ceiling = max(bitrate, LEAST)
        if now < self._held_until:
            return  # of the same congestion: the attempt that led to it is counted once
        failed = now - self._grown_at < FAILED_WITHIN
        self._hold = min(self._hold * 2, LONGEST_HOLD) if failed else FIRST_HOLD
        self._held_until = now + self._hold
