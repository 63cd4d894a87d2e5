"""A WSGI application on a port of this machine, in a thread of its own."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from widget_server.errors import ConfigurationError

LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.05
"""How long an end may take: tests start and stop many of these."""


class _Quiet(WSGIRequestHandler):
    """One line for each request belongs neither between the addresses of a demo nor into the output of a test."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return None


@contextmanager
def serving(
    app: Flask | Callable[[str], Flask], port: int = 0, advice: str = "", *, host: str = LOOPBACK
) -> Iterator[tuple[str, Flask]]:
    """Until the block ends: the address `http://127.0.0.1:PORT`, and the application, which may be made for it.
    Port 0: a free one. `advice`: how to choose another one. `host`: where to listen. Raises `ConfigurationError`."""
    # werkzeug itself would print its own advice and end the process when the port is taken: it gets a bound socket.
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        problem = f"port {port} is taken or not allowed on {host}; choose another one with {advice}"
        raise ConfigurationError([problem]) from error
    with listening:
        number = listening.getsockname()[1]
        url = f"http://127.0.0.1:{number}"
        app = app if isinstance(app, Flask) else app(url)
        server = make_server(host, number, app, threaded=True, fd=listening.fileno(), request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), name=f"serving-{number}", daemon=True)
    thread.start()
    try:
        yield url, app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
