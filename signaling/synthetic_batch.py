"""Datagrams of a socket by the batch, each with the instant at which the kernel received it.

The client of a load generator must not charge its own lateness to the server: an arrival is dated by the kernel. Where
there is no ``recvmmsg`` (it is Linux's) datagrams are read one by one and dated when they are read.
"""

import ctypes
import socket
import struct
import sys
import time

from signaling.dtls import PacketBuffer

BATCH = 64
SLOT_SIZE = 2048
_CONTROL_SIZE = 64
_SO_TIMESTAMPNS = 35  # linux/socket.h; Python's socket has no name for it
_HEADER_SIZE = 64  # of a struct mmsghdr on 64-bit Linux
_LENGTH_AT = 56
_STAMP_AT = 16  # behind the control message's own header
_DONTWAIT = 0x40
_LENGTH = struct.Struct("@I")
_STAMP = struct.Struct("@qq")
# name, its length, iov, its count, control, its length, flags, length: struct mmsghdr
_MESSAGE = struct.Struct("@QIxxxxQQQQixxxxIxxxx")
_VECTOR = struct.Struct("@QQ")


class Batch:
    """``read`` fills it; packet ``i`` begins at ``i * SLOT_SIZE`` of ``buffer`` and is ``lengths[i]`` long."""

    def __init__(self) -> None:
        self.buffer = PacketBuffer(BATCH * SLOT_SIZE)
        self.lengths: list[int] = [0] * BATCH
        self.arrivals: list[int] = [0] * BATCH  # nanoseconds since 1970
        self._many = sys.platform == "linux" and struct.calcsize("P") == 8
        if self._many:
            self._prepare()

    def _prepare(self) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self._receive = library.recvmmsg
        self._receive.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p]
        self._receive.restype = ctypes.c_int
        self._control = bytearray(BATCH * _CONTROL_SIZE)
        self._vectors = bytearray(BATCH * _VECTOR.size)
        self._headers = bytearray(BATCH * _HEADER_SIZE)
        data, control = _address_of(self.buffer.view), _address_of(self._control)
        vectors, self._place = _address_of(self._vectors), _address_of(self._headers)
        for i in range(BATCH):
            _VECTOR.pack_into(self._vectors, i * _VECTOR.size, data + i * SLOT_SIZE, SLOT_SIZE)
            own = (vectors + i * _VECTOR.size, 1, control + i * _CONTROL_SIZE, _CONTROL_SIZE)
            _MESSAGE.pack_into(self._headers, i * _HEADER_SIZE, 0, 0, *own, 0, 0)
        self._fresh = bytes(self._headers)

    def read(self, source: socket.socket) -> int:
        """Take what has arrived, at most ``BATCH`` datagrams; return how many."""
        if not self._many:
            return self._read_singly(source)
        count: int = self._receive(source.fileno(), self._place, BATCH, _DONTWAIT, None)
        if count <= 0:
            return 0  # nothing there, or the refusal of a port that is closed
        headers, control, lengths, arrivals = self._headers, self._control, self.lengths, self.arrivals
        for i in range(count):
            (lengths[i],) = _LENGTH.unpack_from(headers, i * _HEADER_SIZE + _LENGTH_AT)
            seconds, fraction = _STAMP.unpack_from(control, i * _CONTROL_SIZE + _STAMP_AT)
            arrivals[i] = seconds * 1_000_000_000 + fraction
        headers[: count * _HEADER_SIZE] = self._fresh[: count * _HEADER_SIZE]
        return count

    def _read_singly(self, source: socket.socket) -> int:
        view = self.buffer.view
        for i in range(BATCH):
            try:
                self.lengths[i] = source.recv_into(view[i * SLOT_SIZE : (i + 1) * SLOT_SIZE])
            except (BlockingIOError, ConnectionError, InterruptedError):
                return i
            self.arrivals[i] = time.time_ns()
        return BATCH


def date_arrivals(source: socket.socket) -> None:
    """Have the kernel tell when each datagram of this socket arrived."""
    if sys.platform == "linux":
        source.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def _address_of(memory: bytearray | memoryview) -> int:
    return ctypes.addressof((ctypes.c_char * len(memory)).from_buffer(memory))
