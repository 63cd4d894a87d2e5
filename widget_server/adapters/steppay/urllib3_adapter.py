"""The adapter that every installation has: urllib3 on sockets that obey the deadline."""

from __future__ import annotations

from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from widget_server.adapters.egress import Proxy, client_context, proxy_for
from widget_server.adapters.steppay import deadline as deadlines


class Urllib3Adapter(HTTPAdapter):
    """`connections` are kept open for the next calls. TLS is verified as `egress.client_context` says."""

    def __init__(self, connections: int, ca_file: str | None = None, proxy: Proxy | None = None) -> None:
        self._ca_file = ca_file
        self._proxy = proxy
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0, pool_block=False)

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
