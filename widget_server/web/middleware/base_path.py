"""The server below a path of a host: everything behind sees the bare path, as it does under a host of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def below(base_path: str, app: WSGIApplication) -> WSGIApplication:
    """`base_path` moves from `PATH_INFO` to `SCRIPT_NAME` (PEP 3333), where a proxy leaves it in the request.

    A request without it passes as it is: the proxy took it off, a program on this machine asks directly, or an
    application that mounts this one has moved it already. The whole segment must match: `/steppayX` is no `/steppay`.
    """
    start = f"{base_path}/"

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(start) or path == base_path:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + base_path
            environ["PATH_INFO"] = path[len(base_path) :] or "/"
        return app(environ, start_response)

    return answer if base_path else app
