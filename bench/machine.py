"""The machine a bench runs on: its processors, its addresses, what a process has used, what a socket has dropped."""

import asyncio
import os
import platform
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import ifaddr

NICENESS = -20
TICKS = os.sysconf("SC_CLK_TCK")


class PeerAbsent(Exception):
    """A program to compare with is not installed; the text is its name."""


class BenchFailed(Exception):
    """The measurement could not be made; the text says why."""


@dataclass(frozen=True)
class CpuTime:
    """Seconds that a process has used so far."""

    user: float
    system: float

    def since(self, earlier: "CpuTime") -> "CpuTime":
        return CpuTime(self.user - earlier.user, self.system - earlier.system)

    @property
    def total(self) -> float:
        return self.user + self.system


def read_cpu(pid: int) -> CpuTime:
    """All threads of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return CpuTime(int(fields[11]) / TICKS, int(fields[12]) / TICKS)


def read_memory_mb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) // 1024 if found else 0


def list_children(pid: int) -> set[int]:
    """The processes that the main thread of a process has started."""
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def pin(pid: int, core: int) -> None:
    """Keep every thread of a process on one core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def prefer(pid: int) -> None:
    """Have a process come before what else runs on the machine, where this may be asked (root may)."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(1))
        except OSError:
            with suppress(PermissionError):
                os.setpriority(os.PRIO_PROCESS, int(thread.name), NICENESS)
    with suppress(OSError):  # not allowed, or a kernel without groups of sessions
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))


def unprefer(pid: int) -> None:
    """Take back what ``prefer`` did."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
            os.setpriority(os.PRIO_PROCESS, int(thread.name), 0)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text("0")


def count_drops(ports: set[int]) -> int:
    """Datagrams that the kernel dropped because these UDP sockets were full."""
    dropped = 0
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rsplit(":", 1)[1], 16) in ports:
                dropped += int(fields[-1])
    return dropped


def find_own_address() -> str:
    """An IPv4 address of this machine that is not a loopback one: some refuse those as candidates."""
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            if isinstance(entry.ip, str) and not ip_address(entry.ip).is_loopback:
                return entry.ip
    raise BenchFailed("this machine has no address but loopback ones")


def describe_machine() -> dict[str, str | int]:
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": os.cpu_count() or 1,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


async def wait_until(ready: Callable[[], bool], seconds: float) -> None:
    """Look again and again. Raises ``BenchFailed`` when it takes longer."""
    try:
        async with asyncio.timeout(seconds):
            while not ready():  # noqa: ASYNC110 - what is looked at is counted packet by packet
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise BenchFailed(f"not everything was received within {seconds:.0f} s") from None
