"""The connection of one delivery attempt: to an address that was checked, to the next one where it does not answer, or
through the proxy. Until a connection stands nothing was sent, so the next address gets no webhook a second time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from widget_server.adapters.egress import NoAddress, Proxy, client_context, proxy_for, reason_of
from widget_server.adapters.steppay import deadline as deadlines
from widget_server.adapters.steppay.deadline import Address, DeadlineSocket, within
from widget_server.adapters.webhooks_out.ssrf_guard import check_addresses, is_public
from widget_server.services.steppay_call import Deadline

CONNECT_SECONDS = 5.0
_LOOK_UP_SECONDS = 2.0
"""For what this machine can find out about a name that a proxy will look up anyway."""


class Connections:
    """`private`: private addresses are allowed, and reached without the proxy."""

    def __init__(self, url: SplitResult, *, private: bool, ca_file: str | None, proxy: Proxy | None) -> None:
        self._host = url.hostname or ""
        self._port = url.port or (443 if url.scheme == "https" else 80)
        self._private = private
        self._proxy = proxy_for(proxy, self._host) if url.scheme == "https" else None
        self._tls = client_context(ca_file) if url.scheme == "https" else None
        if self._tls is not None:
            self._tls.sslsocket_class = deadlines.DeadlineSSLSocket

    def open(self, deadline: Deadline) -> HTTPConnection:
        """Ready for the request. Raises `PrivateAddressError`, `OSError`, urllib3's exceptions."""
        routes = self._routes(deadline)
        failure: Exception = NoAddress()
        for position, route in enumerate(routes):
            try:
                with within(deadline.share(len(routes) - position + 1, CONNECT_SECONDS)):
                    return self._open(route)
            except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
                # A certificate that is not trusted says more than what the other addresses do.
                failure = failure if reason_of(failure) == "certificate" else error
        raise failure

    def _routes(self, deadline: Deadline) -> list[Address | Proxy]:
        if self._proxy is None:
            found = deadlines.look_up(self._host, self._port)
            check_addresses(found, private=self._private)
            return [*found]
        return self._via_proxy(self._proxy, self._resolve(deadline))

    def _via_proxy(self, proxy: Proxy, seen: list[Address]) -> list[Address | Proxy]:
        """The proxy is given the name and looks it up itself: what this machine sees is checked all the same."""
        check_addresses(seen, private=self._private)
        inside = bool(seen) and not any(is_public(str(place[0])) for _family, place in seen)
        return [*seen] if inside else [proxy]

    def _resolve(self, deadline: Deadline) -> list[Address]:
        try:
            with within(deadline.share(2, _LOOK_UP_SECONDS)):
                return deadlines.look_up(self._host, self._port)
        except (NoAddress, TimeoutError):
            return []

    def _open(self, route: Address | Proxy) -> HTTPConnection:
        connection = _Plain(self._host, self._port) if self._tls is None else self._secure()
        connection.socket_made = self._socket(route)
        with _closed_on_failure(connection):
            connection.connect()
        return connection

    def _socket(self, route: Address | Proxy) -> DeadlineSocket:
        if isinstance(route, Proxy):
            return deadlines.tunnel(route, self._host, self._port)
        return deadlines.connect_to(route, CONNECT_SECONDS)

    def _secure(self) -> _Secure:
        host = self._host
        return _Secure(host, self._port, ssl_context=self._tls, server_hostname=host, assert_hostname=host)


class _Plain(HTTPConnection):
    socket_made: DeadlineSocket

    def _new_conn(self) -> DeadlineSocket:
        return self.socket_made


class _Secure(HTTPSConnection):
    socket_made: DeadlineSocket

    def _new_conn(self) -> DeadlineSocket:
        return self.socket_made


@contextmanager
def _closed_on_failure(connection: _Plain | _Secure) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.socket_made.close()
        connection.close()
        raise
