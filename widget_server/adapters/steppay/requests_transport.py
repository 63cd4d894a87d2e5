"""StepPay over `requests`, whose connections are sockets that obey the deadline: what every installation has, and the
one that is used where pycurl is not installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from widget_server.adapters.egress import Proxy, client_context, proxy_for, reason_of
from widget_server.adapters.steppay import deadline as deadlines
from widget_server.adapters.steppay.one_post import OnePost
from widget_server.adapters.steppay.transport import (
    MAX_BODY_BYTES,
    POOL_SIZE,
    DeadlineExceeded,
    IncompleteResponse,
    RawResponse,
    TransportError,
    Unreachable,
)
from widget_server.services.steppay_call import Deadline

_PIECE_BYTES = 64 * 1024


class RequestsTransport(OnePost):
    """Implements `transport.Transport`. TLS is verified by certifi's authorities and those of `ca_file` (PEM).

    The adapter is called without a `requests.Session`, which could follow a redirect, keep a cookie or read proxies and
    `.netrc` of the environment, and takes a sixth of the time (docs/decisions/0035).
    """

    def __init__(self, ca_file: str | None = None, proxy: Proxy | None = None) -> None:
        super().__init__(ca_file, proxy)
        self._adapter = _Adapter(ca_file, proxy)

    def get(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> RawResponse:
        request = _prepared(url, headers)
        try:
            with deadlines.within(deadline), self._adapter.send(request, stream=True, verify=True) as response:
                return _read_answer(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            fault: TransportError = Unreachable(reason_of(error))
        except TransportError as error:
            fault = error
        # Raised outside `except`: the library's exceptions hold the URL and would travel along as context.
        raise fault if deadline.seconds_left() > 0 else DeadlineExceeded("deadline")

    def close(self) -> None:
        self._adapter.close()


def _prepared(url: str, headers: Mapping[str, str]) -> requests.PreparedRequest:
    """By hand: requests takes 130 µs to look at a URL that `client.py` has proven already."""
    request = requests.PreparedRequest()
    request.method, request.url = "GET", url
    request.headers = requests.structures.CaseInsensitiveDict(headers)
    return request


def _read_answer(response: requests.Response) -> RawResponse:
    """Only a 200 body matters; others are read so that the connection can be used again.

    After a 5xx it is closed instead: the retry had better meet another server behind the same address.
    """
    status = response.status_code
    headers = {name.lower(): value for name, value in response.headers.items()}
    if status >= 500:
        return RawResponse(status, headers, b"")
    try:
        body = _read_body(response.raw)
    except (urllib3.exceptions.HTTPError, OSError, IncompleteResponse):
        if status == 200:
            raise IncompleteResponse("broken_body") from None
        body = b""
    return RawResponse(status, headers, body if status == 200 else b"")


def _read_body(raw: urllib3.HTTPResponse) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in raw.stream(_PIECE_BYTES, decode_content=True):
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise IncompleteResponse("too_large")
        pieces.append(piece)
    return b"".join(pieces)


class _Adapter(HTTPAdapter):
    """Keeps `POOL_SIZE` connections open for the next calls."""

    def __init__(self, ca_file: str | None, proxy: Proxy | None) -> None:
        self._ca_file = ca_file
        self._proxy = proxy
        super().__init__(pool_connections=2, pool_maxsize=POOL_SIZE, max_retries=0, pool_block=False)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = client_context(self._ca_file)
        context.sslsocket_class = deadlines.DeadlineSSLSocket
        super().init_poolmanager(*args, **kwargs, ssl_context=context)
        plain, secure = _connections(self._proxy)
        self.poolmanager.pool_classes_by_scheme = {"http": plain, "https": secure}

    def close(self) -> None:
        """At once: urllib3 leaves the connections of a cleared pool to the garbage collector."""
        for key in self.poolmanager.pools.keys():  # noqa: SIM118  # this container refuses to be iterated
            self.poolmanager.pools[key].close()
        super().close()


def _connections(proxy: Proxy | None) -> tuple[type[urllib3.HTTPConnectionPool], type[urllib3.HTTPSConnectionPool]]:
    """Pools whose connections obey the deadline and know the proxy: urllib3 hands nothing of ours through."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> deadlines.DeadlineSocket:
            return deadlines.connect(self.host, self.port, proxy_for(proxy, self.host))

    class Secure(HTTPSConnection):
        def _new_conn(self) -> deadlines.DeadlineSocket:
            return deadlines.connect(self.host, self.port, proxy_for(proxy, self.host))

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return PlainPool, SecurePool
