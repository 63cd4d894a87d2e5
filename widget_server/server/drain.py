"""Drain before a stop: no new connections for a moment, then the end.

granian closes a connection whose request has not arrived yet, and the kernel resets those that wait to be accepted. A
reverse proxy that has sent its request there cannot know whether the server began it: Caddy answers 502
(docs/decisions/0038).
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import socket
import struct
import time
from array import array
from contextlib import suppress
from pathlib import Path
from types import FrameType

DRAIN_SECONDS = 0.5
_SIGNAL = signal.SIGURG
"""No other program sends it, and it does not end a process without a handler for it (signal(7))."""
_SO_ATTACH_FILTER = 26
_DROP = struct.pack("HBBI", 0x06, 0, 0, 0)
"""BPF: `ret 0`, keep nothing of the packet."""


def drain_on_sigterm() -> None:
    """In the main process, after it has learned what SIGTERM means and before it has children."""
    stop = signal.getsignal(signal.SIGTERM)

    def drain_then_stop(number: int, frame: FrameType | None) -> None:
        for child in multiprocessing.active_children():
            if child.pid:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, _SIGNAL)
        time.sleep(DRAIN_SECONDS)
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, drain_then_stop)


def install_drain_signal() -> None:
    """In a process with connections, by its main thread."""
    signal.signal(_SIGNAL, lambda *_: _stop_accepting())


def _stop_accepting() -> None:
    """From now on the kernel drops requests for a connection. The reverse proxy tries again after a second; then the
    closed port rejects it, and the proxy uses the next process. Only on Linux."""
    code = array("B", _DROP)
    program = struct.pack("HP", 1, code.buffer_info()[0])
    for file in Path("/proc/self/fd").glob("*"):
        with suppress(OSError), _socket(file) as found:
            if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                found.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _socket(file: Path) -> socket.socket:
    """A duplicate of this open file: granian keeps its own to itself. Raises `OSError` when it is no socket."""
    if not os.readlink(file).startswith("socket:"):
        raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))
    return socket.socket(fileno=os.dup(int(file.name)))
