"""One total time limit for everything a call does on the network.

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
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from widget_server.adapters.egress import LOOPBACK_ADDRESSES, NoAddress, Proxy, ProxyRefused
from widget_server.services.steppay_call import Deadline

CONNECT_SECONDS = 3.0
"""An address that does not answer this fast will not; the rest of the time is worth more for another try."""
_LONGEST_PROXY_HEAD = 8192

_current = threading.local()


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """In this block the sockets used by this thread obey `deadline`, too; outside they refuse to work."""
    outer = getattr(_current, "deadlines", [])
    _current.deadlines = [*outer, deadline]
    try:
        yield
    finally:
        _current.deadlines = outer


def seconds_left() -> float:
    """Until the deadline of this thread. Raises `TimeoutError` when nothing is left, or nothing was ever given."""
    deadlines: list[Deadline] = getattr(_current, "deadlines", [])
    left = min((deadline.seconds_left() for deadline in deadlines), default=0.0)
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


Address = tuple[int, Any]
"""A family and what `socket.connect` takes."""


def connect(host: str, port: int, proxy: Proxy | None = None) -> DeadlineSocket:
    """A connected socket to the first address that answers, or a tunnel to it through the proxy. Raises `OSError`
    (`TimeoutError` included)."""
    return tunnel(proxy, host, port) if proxy else _connect_first(look_up(host, port))


def _connect_first(found: list[Address]) -> DeadlineSocket:
    failure = OSError("no address")
    for position, address in enumerate(found):
        try:
            return connect_to(address, min(CONNECT_SECONDS, seconds_left() / (len(found) - position + 1)))
        except OSError as error:
            failure = error
    raise failure


def connect_to(address: Address, seconds: float) -> DeadlineSocket:
    """A connected socket to exactly this address, within `seconds`. Raises `OSError`."""
    family, place = address
    sock = DeadlineSocket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(min(seconds, seconds_left()))
        sock.connect(place)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def tunnel(proxy: Proxy, host: str, port: int) -> DeadlineSocket:
    """A socket whose other end, behind the proxy, is `host`. Raises `ProxyRefused`, `TimeoutError`."""
    try:
        sock = _connect_first(look_up(proxy.host, proxy.port))
    except TimeoutError:
        raise
    except OSError as error:
        raise ProxyRefused("no connection") from error.with_traceback(None)
    try:
        sock.sendall(proxy.request(host, port))
        _read_permission(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def _read_permission(sock: DeadlineSocket) -> None:
    """Byte by byte up to the empty line: what follows belongs to the other end."""
    head, byte = b"", bytearray(1)
    while not head.endswith(b"\r\n\r\n"):
        if len(head) > _LONGEST_PROXY_HEAD or not sock.recv_into(byte):
            raise ProxyRefused("no answer")
        head += bytes(byte)
    words = head.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].startswith(b"2"):
        raise ProxyRefused("refused")


def look_up(host: str, port: int) -> list[Address]:
    """All addresses of a name, in the system's order. Raises `NoAddress`, `TimeoutError`.

    Name lookup has no time limit of its own (glibc: 5 s per server and try), so a thread is left to it. Every name
    below `localhost` is this machine, as browsers have it (RFC 6761 section 6.3): not every resolver knows that.
    """
    if host.endswith(".localhost"):
        return [(_FAMILIES[address], (address, port)) for address in LOOPBACK_ADDRESSES]
    answer: queue.SimpleQueue[list[Address]] = queue.SimpleQueue()

    def ask() -> None:
        found: list[Any] = []
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            pass
        finally:
            answer.put(list(dict.fromkeys((family, address) for family, _, _, _, address in found)))

    threading.Thread(target=ask, name="dns", daemon=True).start()
    try:
        found = answer.get(timeout=seconds_left())
    except queue.Empty:
        raise TimeoutError("name lookup") from None
    if not found:
        raise NoAddress("name lookup")
    return found


_FAMILIES = {"127.0.0.1": int(socket.AF_INET), "::1": int(socket.AF_INET6)}
