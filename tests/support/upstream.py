"""A StepPay that answers with exactly the bytes a test scripts, over plain TCP or TLS on loopback."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType


@dataclass(frozen=True)
class Reply:
    """`raw` is sent as it stands, with `drip_seconds` byte by byte; `keep` leaves the connection open."""

    raw: bytes
    reset: bool = False
    drip_seconds: float = 0.0
    keep: bool = False


def answer(
    body: bytes = b"{}",
    *,
    status: str = "200 OK",
    content_type: str = "application/json",
    headers: str = "",
    keep: bool = False,
) -> Reply:
    """A well-formed reply with Content-Length; `headers` are whole lines, each ended by CRLF."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [] if keep else ["Connection: close"]
    head = "\r\n".join(lines) + f"\r\n{headers}\r\n"
    return Reply(head.encode() + body, keep=keep)


class Upstream:
    """Gives the replies in order, the last one again and again; each ends its connection unless `keep`.

    `heads` holds what was received (request line and headers), `connections` counts what was accepted.
    """

    def __init__(
        self, *replies: Reply, tls: ssl.SSLContext | None = None, address: tuple[str, int] = ("127.0.0.1", 0)
    ) -> None:
        self._replies: Sequence[Reply] = replies
        self._tls = tls
        self._stop = threading.Event()
        self._listener = socket.create_server(address)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.heads: list[str] = []
        self.connections = 0
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Upstream:
        self._threads[0].start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)  # for the handshake: a busy machine takes its time
        with contextlib.suppress(OSError), contextlib.closing(self._secured(connection)) as peer:
            peer.settimeout(0.2)  # how soon it notices the end of the test
            keep = True
            while keep and not self._stop.is_set():
                head = self._read_head(peer)
                if not head:
                    return
                reply = self._replies[min(len(self.heads), len(self._replies) - 1)]
                self.heads.append(head)
                self._send(peer, reply)
                keep = reply.keep

    def _secured(self, connection: socket.socket) -> socket.socket:
        try:
            return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
        except OSError:
            connection.close()
            raise

    def _read_head(self, peer: socket.socket) -> str:
        received = b""
        while b"\r\n\r\n" not in received and not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                piece = peer.recv(4096)
                if not piece:
                    return ""
                received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        self._skip(peer, head, len(body))
        return received.decode("latin-1")

    def _skip(self, peer: socket.socket, head: bytes, received: int) -> None:
        """The rest of a body: closing a socket with unread bytes may take the answer away from the other end."""
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        left = int(length[1]) - received if length else 0
        while left > 0 and not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                left -= len(peer.recv(4096)) or left

    def _send(self, peer: socket.socket, reply: Reply) -> None:
        if not reply.drip_seconds:
            peer.sendall(reply.raw)
        else:
            for position in range(len(reply.raw)):
                peer.sendall(reply.raw[position : position + 1])
                if self._stop.wait(reply.drip_seconds):
                    return
        if reply.reset:  # lingering for zero seconds makes close() send RST instead of FIN
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
