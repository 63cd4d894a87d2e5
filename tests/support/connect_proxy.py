"""A proxy for outgoing calls on loopback: it answers CONNECT and leads every name to 127.0.0.1."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class EgressProxy:
    """`heads`: what was asked for. `refuses`: answers 403 to everything."""

    port: int
    refuses: bool = False
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [head.split()[1] for head in self.heads]


@contextmanager
def egress_proxy(*, refuses: bool = False) -> Iterator[EgressProxy]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = EgressProxy(listener.getsockname()[1], refuses)
        accepting = threading.Thread(target=_accept, args=(listener, proxy), daemon=True)
        accepting.start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(5)


def _accept(listener: socket.socket, proxy: EgressProxy) -> None:
    with contextlib.suppress(OSError):
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=_serve, args=(peer, proxy), daemon=True).start()


def _serve(peer: socket.socket, proxy: EgressProxy) -> None:
    with peer, contextlib.suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            head += peer.recv(4096)
        proxy.heads.append(head.decode("latin-1"))
        if proxy.refuses:
            peer.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        port = int(proxy.targets[-1].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as target:
            peer.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n")
            back = threading.Thread(target=_pipe, args=(target, peer), daemon=True)
            back.start()
            _pipe(peer, target)
            back.join(5)


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
