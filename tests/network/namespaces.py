"""Network namespaces, and links of chosen quality between them. Root alone may make them."""

import asyncio
import ctypes
import fcntl
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.network.wire import Condition

ROOT = Path(__file__).resolve().parents[2]
CLONE_NEWNET = 0x40000000  # linux/sched.h
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
MTU = 1400


def find_missing() -> list[str]:
    """What the tests of this folder need and this machine does not give."""
    missing = [name for name in ("ip", "unshare", "nsenter", "turnserver") if not shutil.which(name)]
    if os.geteuid() != 0:
        missing.append("root")
    elif not Path("/dev/net/tun").exists():
        missing.append("/dev/net/tun (modprobe tun)")
    elif subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
        missing.append("the right to make network namespaces (CAP_SYS_ADMIN)")
    return missing


@dataclass(frozen=True)
class Namespace:
    """A machine of its own on the network; it lasts as long as its holder."""

    holder: int

    def command(self, *argv: str) -> list[str]:
        """The command line that runs ``argv`` in it."""
        return ["nsenter", f"--net=/proc/{self.holder}/ns/net", "--", *argv]

    def run(self, *argv: str) -> str:
        return subprocess.run(self.command(*argv), check=True, capture_output=True, text=True).stdout

    def open_device(self, name: str) -> int:
        """Make a TUN device in it; return its descriptor, which works everywhere."""
        opened: list[int | OSError] = []

        def work() -> None:  # in a thread: only the calling one changes its namespace
            try:
                with Path(f"/proc/{self.holder}/ns/net").open() as namespace:
                    if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                device = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
                fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
                opened.append(device)
            except OSError as error:
                opened.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if isinstance(opened[0], OSError):
            raise opened[0]
        return opened[0]

    def configure(self, name: str, *addresses: str) -> None:
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", name, *(["nodad"] if ":" in address else []))
        self.run("ip", "link", "set", name, "mtu", str(MTU), "up")


@contextmanager
def open_namespace() -> Iterator[Namespace]:
    """A new one, with only its loopback up."""
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "echo ready; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        namespace = Namespace(holder.pid)
        namespace.run("ip", "link", "set", "lo", "up")
        yield namespace
    finally:
        holder.communicate()  # its standard input ends, and with it the namespace


class Link:
    """Between a near machine and a far one; ``await change(...)`` its condition."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def change(self, outward: Condition, inward: Condition | None = None) -> list[list[int]]:
        """From the near machine to the far one, and back; the same without ``inward``.

        Return octets carried and packets dropped so far, of both directions.
        """
        line = json.dumps([asdict(outward), asdict(inward or outward)]) + "\n"
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line.encode())
        answer: list[list[int]] = json.loads(await asyncio.wait_for(self._process.stdout.readline(), 5))
        return answer

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.communicate()


async def open_link(near: Namespace, far: Namespace, name: str, seed: int = 1) -> Link:
    """A perfect one to begin with, until it is closed. Addresses are the caller's business."""
    devices = [near.open_device(name), far.open_device(name)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.network.link", *map(str, devices), str(seed),
        cwd=ROOT, pass_fds=devices, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    for device in devices:
        os.close(device)
    link = Link(process)
    await link.change(Condition())
    return link
