"""The adapter that every installation has: urllib3 on sockets that obey the deadline."""

from __future__ import annotations

from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from widget_server.adapters.steppay import deadline as deadlines


class Urllib3Adapter(HTTPAdapter):
    """`connections` are kept open for the next calls."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=2, pool_maxsize=connections, max_retries=0, pool_block=False)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = deadlines.DeadlineSSLSocket
        super().init_poolmanager(*args, **kwargs, ssl_context=context)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


class _DeadlineHTTPConnection(HTTPConnection):
    def _new_conn(self) -> deadlines.DeadlineSocket:
        return deadlines.connect(self.host, self.port)


class _DeadlineHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> deadlines.DeadlineSocket:
        return deadlines.connect(self.host, self.port)


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _DeadlineHTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _DeadlineHTTPSConnection
