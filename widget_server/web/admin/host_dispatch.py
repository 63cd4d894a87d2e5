"""Two applications behind one port: the admin dashboard answers under its own host, everything else under all others.

This is about browsers: a script that got into a page of the public origin is a stranger here, with no cookie and no way
to read an answer. It keeps no program out, which may send any `Host`; the key does that (docs/decisions/0029).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from widget_server.config import is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    Wsgi = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Probes ask for these under any host name, often the one that the operator's tunnel uses."""
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def dispatch_by_host(public: Wsgi, admin: Wsgi, origin: str) -> Wsgi:
    """`admin` for requests to `origin`, `public` for all the others."""
    parts = urlsplit(origin)
    names = (parts.netloc, parts.netloc + _DEFAULT_PORTS[parts.scheme])
    tunnel = is_loopback(parts.hostname or "")

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        here = environ.get("HTTP_HOST", "").lower() in names and environ.get("PATH_INFO") not in PROBES
        # nginx, unless told otherwise, names its upstream in `Host`: shoppers must not end up here.
        proxied = tunnel and "HTTP_X_FORWARDED_FOR" in environ
        return (admin if here and not proxied else public)(environ, start_response)

    return choose
