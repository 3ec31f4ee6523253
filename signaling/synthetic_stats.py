"""What a synthetic client counts of what it receives. Pure: arrivals are arguments, in nanoseconds since 1970."""

from collections import Counter
from collections.abc import Iterable

FRAME_MS = 20.0  # of sound in a packet
MAX_MISSING = 300
GIVE_UP_NS = 1_000_000_000
FIRST_ASK_NS, ASK_AGAIN_NS = 10_000_000, 100_000_000
FREEZE_MS = 150.0  # beyond the usual distance of two pictures, as browsers count it


class Distribution:
    """Milliseconds, kept to a tenth."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def note(self, milliseconds: float) -> None:
        self._counts[int(milliseconds * 10)] += 1

    def add(self, other: "Distribution") -> None:
        self._counts.update(other._counts)

    @property
    def count(self) -> int:
        return self._counts.total()

    def percentile(self, share: float) -> float | None:
        """Return the value that this share of all does not exceed; None without any."""
        left = share * self.count
        for value in sorted(self._counts):
            left -= self._counts[value]
            if left <= 0:
                return value / 10
        return None

    def worst(self) -> float | None:
        return max(self._counts) / 10 if self._counts else None

    def count_above(self, milliseconds: float) -> int:
        return sum(count for value, count in self._counts.items() if value > milliseconds * 10)

    def to_json(self) -> dict[str, float | int | None]:
        return {
            "count": self.count,
            "p50": self.percentile(0.5),
            "p95": self.percentile(0.95),
            "p99": self.percentile(0.99),
            "worst": self.worst(),
        }


class Totals:
    """Over all streams of one client, or of several."""

    def __init__(self) -> None:
        self.packets = self.octets = self.lost = self.recovered = 0
        self.frames = self.freezes = self.switches = self.slots_changed = 0
        self.frozen_ms = 0.0
        self.delays = Distribution()  # from one client to the other, through the server
        self.gaps = Distribution()  # of sound: what the way through the server added between two packets
        self.jitters = Distribution()

    def add(self, other: "Totals") -> None:
        for name in ("packets", "octets", "lost", "recovered", "frames", "freezes", "switches", "slots_changed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.frozen_ms += other.frozen_ms
        self.delays.add(other.delays)
        self.gaps.add(other.gaps)
        self.jitters.add(other.jitters)

    @property
    def loss(self) -> float:
        """The share of packets that never came, of those that should have."""
        expected = self.packets + self.lost
        return self.lost / expected if expected else 0.0


def sum_totals(all_totals: Iterable[Totals]) -> Totals:
    """Return what all clients counted together."""
    total = Totals()
    for one in all_totals:
        total.add(one)
    return total


class Numbers:
    """Sequence numbers of one stream: which are missing, which to ask for, which to give up."""

    def __init__(self, totals: Totals) -> None:
        self._totals = totals
        self.first: int | None = None
        self.highest = -1  # unwrapped
        self.received = 0
        self.missing: dict[int, tuple[int, int]] = {}  # since, asked at
        self.gave_up = False

    def note(self, sequence: int, arrived: int) -> int:
        """A packet has come; return how many before it have not (yet): 0 for most."""
        self.received += 1
        if self.first is None:
            self.first = self.highest = sequence
            return 0
        ahead = (sequence - self.highest) & 0xFFFF
        if ahead == 1:
            self.highest += 1
            return 0
        if ahead >= 0x8000:
            if self.missing.pop(self.highest - (0x10000 - ahead), None) is None:
                self.received -= 1  # a second time, or given up before
            return 0
        if ahead:
            holes = range(self.highest + 1, self.highest + ahead)
            self.highest += ahead
            self._open(holes, arrived)
            return len(holes)
        self.received -= 1
        return 0

    def _open(self, holes: range, arrived: int) -> None:
        if len(holes) + len(self.missing) > MAX_MISSING:
            self._totals.lost += len(holes) + len(self.missing)
            self.missing.clear()
            self.gave_up = True
        else:
            self.missing.update(dict.fromkeys(holes, (arrived, arrived - ASK_AGAIN_NS)))

    def fill(self, sequence: int) -> bool:
        """A retransmission of this (wrapped) number has come. True: it was missing."""
        number = self.highest - ((self.highest - sequence) & 0xFFFF)
        if self.missing.pop(number, None) is None:
            return False
        self.received += 1
        self._totals.recovered += 1
        return True

    def list_due(self, now: int, *, ask: bool) -> list[int]:
        """Return the numbers to ask for; those that are missing for a second are lost."""
        due = []
        for number, (since, asked) in list(self.missing.items()):
            if now - since > GIVE_UP_NS:
                del self.missing[number]
                self._totals.lost += 1
                self.gave_up = True
            elif ask and now - since >= FIRST_ASK_NS and now - asked >= ASK_AGAIN_NS:
                self.missing[number] = since, now
                due.append(number)
        return sorted(due)


class SoundWatch:
    """The continuity of a sound slot."""

    def __init__(self, totals: Totals) -> None:
        self._totals = totals
        self._last: tuple[int, int] | None = None  # arrived, sent

    def restart(self) -> None:
        """The slot carries another voice, or none, or was silent on purpose."""
        self._last = None

    def note(self, arrived: int, sent: int, missing: int) -> None:
        """A packet in order. ``missing`` before it: their 20 ms each are a gap of the way's making as well."""
        self._totals.delays.note((arrived - sent) / 1e6)
        if self._last is not None:
            grown = ((arrived - self._last[0]) - (sent - self._last[1])) / 1e6
            self._totals.gaps.note(max(0.0, grown) + missing * FRAME_MS)
        self._last = arrived, sent


class PictureWatch:
    """Pictures of a camera slot in the order in which they can be shown, and when the picture stood still."""

    def __init__(self, totals: Totals) -> None:
        self._totals = totals
        self._waiting: list[tuple[int, int]] = []  # last number of a frame, arrived
        self._shown_at: int | None = None
        self._usual_ms = 0.0
        self.broken = False  # until the next key frame

    def restart(self) -> None:
        """The slot carries another camera, or none."""
        self._waiting.clear()
        self._shown_at = None
        self._usual_ms = 0.0

    def break_off(self) -> None:
        """Something is lost for good."""
        self.broken = True
        self._waiting.clear()

    def mend(self) -> None:
        """A key frame begins."""
        self.broken = False

    def note_frame_end(self, number: int, arrived: int, missing: Iterable[int]) -> None:
        if not self.broken:
            self._waiting.append((number, arrived))
            self.show(arrived, missing)

    def show(self, arrived: int, missing: Iterable[int]) -> None:
        """Show what can be shown now that ``missing`` is all that is still missing."""
        first = min(missing, default=None)
        while self._waiting and (first is None or self._waiting[0][0] < first):
            self._waiting.pop(0)
            self._note_shown(arrived)

    def _note_shown(self, arrived: int) -> None:
        self._totals.frames += 1
        if self._shown_at is not None:
            passed = (arrived - self._shown_at) / 1e6
            if self._usual_ms and passed > max(3 * self._usual_ms, self._usual_ms + FREEZE_MS):
                self._totals.freezes += 1
                self._totals.frozen_ms += passed - self._usual_ms
            else:
                self._usual_ms += (passed - self._usual_ms) / (30 if self._usual_ms else 1)
        self._shown_at = arrived
