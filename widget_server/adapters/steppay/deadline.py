"""One total time limit for everything an exchange does on the network.

The time-out of `requests` (and of most clients) counts per read: a server that sends one byte every few
hundred milliseconds keeps the caller waiting for minutes, in the headers as well as in the body. Here every
single socket operation is given exactly the time that is left, so nothing from the name lookup to the last
byte outlives the deadline. The sockets learn it from the current thread, because a pooled connection has
another deadline with each call.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CONNECT_SECONDS = 3.0
"""An address that does not answer this fast will not; the rest of the time is worth more for another try."""


_current = threading.local()


@dataclass(frozen=True)
class Deadline:
    """`ends_at` in seconds of `clock`, which must be monotonic. In a block `with deadline:` the sockets used by this
    thread obey it; outside they refuse to work."""

    ends_at: float
    clock: Callable[[], float]

    def seconds_left(self) -> float:
        return max(0.0, self.ends_at - self.clock())

    def __enter__(self) -> None:
        _current.deadline = self

    def __exit__(self, *_: object) -> None:
        del _current.deadline


def seconds_left() -> float:
    """Until the deadline of this thread. Raises `TimeoutError` when nothing is left, or nothing was ever given."""
    deadline: Deadline | None = getattr(_current, "deadline", None)
    left = deadline.seconds_left() if deadline else 0.0
    if left <= 0:
        raise TimeoutError("no time left")
    return left


class DeadlineSocket(socket.socket):
    """A socket whose blocking calls end at the deadline. CPython limits `sendall` as a whole."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(seconds_left())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(seconds_left())
        super().sendall(*args, **kwargs)


class DeadlineSSLSocket(ssl.SSLSocket):
    """The same over TLS. CPython limits handshake and read as a whole; `sendall` loops over `send`."""

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(seconds_left())
        super().do_handshake(block)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(seconds_left())
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(seconds_left())
        return super().send(*args, **kwargs)


def connect(host: str, port: int) -> DeadlineSocket:
    """A connected socket to the first address that answers. Raises `OSError` (`TimeoutError` included)."""
    failure = OSError("no address")
    for family, address in _addresses(host, port):
        sock = DeadlineSocket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(min(CONNECT_SECONDS, seconds_left()))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            sock.close()
            failure = error
    raise failure


def _addresses(host: str, port: int) -> list[tuple[int, Any]]:
    """Name lookup has no time limit of its own (glibc: 5 s per server and try), so a thread is left to it."""
    answer: queue.SimpleQueue[list[tuple[int, Any]] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put([(family, address) for family, _, _, _, address in found])
        except (OSError, UnicodeError) as error:
            answer.put(OSError(str(error)))

    threading.Thread(target=look_up, name="steppay-dns", daemon=True).start()
    try:
        found = answer.get(timeout=seconds_left())
    except queue.Empty:
        raise TimeoutError("name lookup") from None
    if isinstance(found, OSError):
        raise found
    return found
