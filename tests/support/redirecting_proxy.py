"""A name that moves: a TCP address that leads somewhere else from now on, while its old connections stay."""

from __future__ import annotations

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Detour(socketserver.ThreadingTCPServer):
    """`port` is where clients connect; `target` is the port that new connections lead to from now on."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), _Through)
        self.target, self.port = target, int(self.server_address[1])
        self.is_open = True


class _Through(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Detour)
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.target)) as there:
            other = {self.request: there, there: self.request}
            while self.server.is_open:
                for ready in select.select(list(other), [], [], 0.2)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    other[ready].sendall(data)


@contextmanager
def detour(target: int) -> Iterator[Detour]:
    """Lets connections through until the block ends."""
    with Detour(target) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.is_open = False
            made.shutdown()
            thread.join()
