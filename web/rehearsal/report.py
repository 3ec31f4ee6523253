"""What a rehearsal found out, for programs and for technicians."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from signaling.synthetic_stats import Distribution, Totals, sum_totals
from web.rehearsal.client import RoomClient


@dataclass(frozen=True)
class Report:
    """``reconnects``: milliseconds from the loss of the sockets to being back in the room; empty when none was cut.

    ``dropped``: how many sockets were cut.
    """

    sites: int
    seconds: float
    totals: Totals
    joins: Distribution
    media: Distribution
    reconnects: Distribution
    dropped: int
    sent: int
    outages: int
    refused: dict[str, int]
    lateness_ms: float

    @property
    def joined(self) -> int:
        return self.sites - sum(self.refused.values())

    @property
    def passed(self) -> bool:
        """Everybody came in, received something and came back; one alone has nobody to hear."""
        heard = self.sites == 1 or self.media.count == self.sites
        return not self.refused and heard and self.reconnects.count == self.dropped

    def to_json(self) -> dict[str, Any]:
        totals, watched = self.totals, max(1.0, self.joined * self.seconds * 1000)
        return {
            "sites": self.sites,
            "seconds": self.seconds,
            "joined": self.joined,
            "refused": self.refused,
            "join_ms": self.joins.to_json(),
            "media_ms": self.media.to_json(),
            "reconnect_ms": self.reconnects.to_json(),
            "dropped": self.dropped,
            "packets": {
                "sent": self.sent,
                "received": totals.packets,
                "lost": totals.lost,
                "repeated": totals.recovered,
            },
            "loss": round(totals.loss, 5),
            "octets_received": totals.octets,
            "delay_ms": totals.delays.to_json(),
            "jitter_ms": totals.jitters.to_json(),
            "sound_gap_ms": totals.gaps.to_json(),
            "sound_gaps_above_100_ms": totals.gaps.count_above(100),
            "pictures": totals.frames,
            "freezes": totals.freezes,
            "frozen_share": round(totals.frozen_ms / watched, 5),
            "layer_switches": totals.switches,
            "slot_changes": totals.slots_changed,
            "outages": self.outages,
            "generator_late_ms": round(self.lateness_ms, 1),
        }


def collect(
    clients: Sequence[RoomClient],
    seconds: float,
    media: Distribution,
    reconnects: Distribution,
    lateness: float,
    *,
    dropped: int,
) -> Report:
    """Add up what all clients counted."""
    joins = Distribution()
    for client in clients:
        if client.joins:
            joins.note(client.joins[0] * 1000)
    sites = [client.media for client in clients if client.media is not None]
    return Report(
        sites=len(clients),
        seconds=seconds,
        totals=sum_totals(site.receiver.totals for site in sites),
        joins=joins,
        media=media,
        reconnects=reconnects,
        sent=sum(stream.packets for site in sites for stream in site.streams),
        outages=sum(client.outages for client in clients),
        refused=dict(Counter(client.reason for client in clients if not client.joins or client.fault)),
        lateness_ms=lateness * 1000,
        dropped=dropped,
    )


def draw(report: Report, link_loss: float = 0.0) -> Table:
    """A table to read: what was measured, and what is usual.

    ``link_loss``: the share that the links were made to lose each way; of sound nothing is sent again.
    """
    harmed = "some: the links lose packets" if link_loss else "some: the line was cut" if report.dropped else "none"
    table = Table("measured", "value", "good when", box=None, pad_edge=False)
    totals = report.totals
    table.add_row("sites in the room", f"{report.joined} of {report.sites}", "all")
    for reason, count in report.refused.items():
        table.add_row("  not in", f"{count}: {reason}", "none")
    table.add_row("to come in, p50 / p95", _show(report.joins), "below 1,000 ms")
    table.add_row("to the first sound or picture, p50 / p95", _show(report.media), "below 3,000 ms")
    if report.dropped:
        table.add_row("back after a drop", f"{report.reconnects.count} of {report.dropped}", "all")
        table.add_row("to come back after a drop, p50 / p95", _show(report.reconnects), "below 15,000 ms")
    table.add_row("packets sent / received", f"{report.sent:,} / {totals.packets:,}", "")
    lost = f"{totals.loss:.2%} ({totals.lost:,}; {totals.recovered:,} repeated)"
    table.add_row("lost for good", lost, f"below {1 + 200 * link_loss:g} %")
    table.add_row("delay through the server, p50 / p95", _show(totals.delays), "below 100 ms")
    table.add_row("jitter, p50 / p95", _show(totals.jitters), "below 30 ms")
    table.add_row("gaps in sound above 100 ms", f"{totals.gaps.count_above(100):,}", harmed)
    table.add_row("frozen pictures", f"{totals.freezes:,}, {totals.frozen_ms / 1000:.1f} s in all", harmed)
    if report.lateness_ms > 100:
        table.add_row("this machine itself was late by", f"{report.lateness_ms:.0f} ms", "use a stronger one")
    return table


def _show(times: Distribution) -> str:
    if not times.count:
        return "–"
    return f"{times.percentile(0.5):,.0f} / {times.percentile(0.95):,.0f} ms"
