"""The server below a path of the host, at the level of WSGI: neither sees the other's requests, hooks or errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def below(prefix: str, inner: WSGIApplication, host: WSGIApplication) -> WSGIApplication:
    """`inner` for `prefix` and all below it, `host` for everything else. `SCRIPT_NAME` grows by what `PATH_INFO` loses
    (PEP 3333)."""

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not f"{path}/".startswith(f"{prefix}/"):
            return host(environ, start_response)
        script = environ.get("SCRIPT_NAME", "") + prefix
        return inner({**environ, "SCRIPT_NAME": script, "PATH_INFO": path[len(prefix) :]}, start_response)

    return choose


def noticing(arrive: Callable[[], None], app: WSGIApplication) -> WSGIApplication:
    """Calls `arrive` before each request."""

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        arrive()
        return app(environ, start_response)

    return call
