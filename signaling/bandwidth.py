"""How much of pictures a viewer can take, from what its browser says and what got lost. Pure.

The browser's estimate (REMB) is made from pictures alone: of sound libwebrtc counts nothing. It never rises far above
what it is sent, and slowly: half as much again, whatever the link could carry, some per cent a second; without pictures
it stays as it was. So an estimate above what is sent is no limit, only a sign that there is room, and one below it may
only lag behind a picture that has just come or was raised. It is the truth when it falls, or when it stays below. Room
is tried out by sending more, later after each attempt that failed; nobody is left long without any picture, for what
was in the way may have been a busy machine. Loss brings the limit down as in the loss-based half of
draft-ietf-rmcat-gcc-02 (section 6). All rates are in bit/s, ``now`` is a monotonic time in seconds.
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
BARE_HOLD = 12.0  # the longest while no picture is sent at all
SMALLEST = 200_000  # what is tried then: room for the lowest layer of a camera
FAILED_WITHIN = 8.0  # a limit met so soon after growing says that growing was wrong
HIGH_LOSS, LOW_LOSS = 0.10, 0.02


class Bandwidth:
    """Of one viewer."""

    def __init__(self) -> None:
        self._ceiling = float(START)
        self._asked: int | None = None
        self._estimate = 0
        self._lagging_since: float | None = None  # the estimate lies below what is sent, and has not risen
        self._window: list[tuple[float, int]] = []
        self._octets = 0
        self._grown_at = float("-inf")
        self._lowered_at = self._held_until = float("-inf")
        self._hold = FIRST_HOLD
        self._growth = GROWTH_PER_SECOND
        self._updated_at: float | None = None

    def limit(self, bitrate: int | None) -> None:
        """The viewer asks for no more than this, or for whatever it can take."""
        self._asked = bitrate

    def note_sent(self, octets: int, now: float) -> None:
        """So much of pictures was sent since the last time this was told, headers included. To be called often."""
        self._window.append((now, octets))
        self._octets += octets
        while self._window[0][0] < now - RATE_WINDOW:
            self._octets -= self._window.pop(0)[1]

    def note_estimate(self, bitrate: int, now: float) -> None:
        """The browser's estimate (draft-alvestrand-rmcat-remb-03)."""
        falls, rises = bitrate < self._estimate * FALLING, bitrate > self._estimate * RISING
        self._estimate = bitrate
        if bitrate >= self.measure_sent(now):
            self._lagging_since = None
            if now >= self._held_until:
                self._raise(bitrate, now)
            return
        if self._lagging_since is None or rises:
            self._lagging_since = now
        if falls or now - self._lagging_since > STUCK_SECONDS:
            self._lower(bitrate * KEPT, now)

    def note_loss(self, fraction: float, now: float) -> None:
        """The share of packets that a receiver report says were lost, 0 to 1, over all its streams."""
        if fraction > HIGH_LOSS:
            self._lower(min(self._ceiling, max(self.measure_sent(now), LEAST)) * (1 - fraction / 2), now)
        self._growth = GROWTH_UNDER_LOSS if fraction > LOW_LOSS else GROWTH_PER_SECOND

    def measure_sent(self, now: float) -> float:
        """What was sent of pictures in the last second, in bit/s."""
        if not self._window or now - self._window[-1][0] > RATE_WINDOW:
            return 0.0
        return self._octets * 8 / RATE_WINDOW

    def target(self, now: float) -> int:
        """What may be sent of pictures now."""
        sent = self.measure_sent(now)
        if not sent and now - self._lowered_at >= BARE_HOLD:
            self._held_until = min(self._held_until, now)
        if self._updated_at is not None and now >= self._held_until:
            grown = self._ceiling * self._growth ** min(now - self._updated_at, 1.0)
            if not sent:
                grown = max(grown, SMALLEST)
            if grown <= max(sent * HEADROOM, HEADROOM_LEAST):
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
        self._lowered_at, self._held_until = now, now + self._hold
