"""One POST or PUT to StepPay on a connection of its own, sent at most once.

Not by libcurl and not by `requests`: libcurl repeats also these when a kept connection turns out to be closed, and
neither says whether anything was sent. A second order must never be made silently, and an order that was not sent may
be tried again. Connections and their time limit are those of every other call.
"""

import json
import zlib
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit

from widget_server.adapters.egress import Proxy, client_context, proxy_for, reason_of
from widget_server.adapters.steppay.deadline import DeadlineSSLSocket, connect, within
from widget_server.adapters.steppay.transport import (
    MAX_BODY_BYTES,
    DeadlineExceeded,
    IncompleteResponse,
    RawResponse,
    Unreachable,
)
from widget_server.services.steppay_call import Deadline, Posting

_PORTS = {"http": 80, "https": 443}
_PIECE_BYTES = 64 * 1024
_ANY_ZLIB = 47
"""gzip or zlib, by the header of the data (documentation of `zlib.decompress`)."""


class OnePost:
    """The half of `transport.Transport` that makes things; both transports have it."""

    def __init__(self, ca_file: str | None, proxy: Proxy | None) -> None:
        self._ca_file, self._proxy = ca_file, proxy

    def post(self, url: str, headers: Mapping[str, str], posting: Posting, deadline: Deadline) -> RawResponse:
        """As `transport.Transport` says."""
        with within(deadline):
            connection, fault = self._connect_for(url)
            answer = _exchange(connection, url, headers, posting) if connection else None
        if answer is not None:
            return answer
        # Raised outside `except`, as everywhere here: what the libraries raise holds the URL, its frames the body.
        if fault is not None:
            raise fault
        raise IncompleteResponse("no_answer") if deadline.seconds_left() > 0 else DeadlineExceeded("deadline")

    def _connect_for(self, url: str) -> tuple[HTTPConnection | None, Unreachable | None]:
        """With TLS done. Whatever fails up to here, nothing was sent."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        connection = HTTPConnection(host, port)
        try:
            connection.sock = connect(host, port, proxy_for(self._proxy, host))
            if parts.scheme == "https":
                context = client_context(self._ca_file)
                context.sslsocket_class = DeadlineSSLSocket
                connection.sock = context.wrap_socket(connection.sock, server_hostname=host)
        except (OSError, UnicodeError) as error:
            connection.close()
            return None, Unreachable(reason_of(error))
        return connection, None


def _exchange(connection: HTTPConnection, url: str, headers: Mapping[str, str], posting: Posting) -> RawResponse | None:
    """None: it did not come to its end."""
    parts = urlsplit(url)
    more = {"Host": parts.netloc, "Content-Type": "application/json", "Connection": "close"}
    try:
        method = "PUT" if posting.resource == "payment_method" else "POST"
        connection.request(method, parts.path, json.dumps(posting.members), {**headers, **more})
        with connection.getresponse() as response:
            return RawResponse(response.status, _headers_of(response), _read_body(response))
    except (OSError, HTTPException, zlib.error, ValueError):
        return None
    finally:
        connection.close()


def _headers_of(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _read_body(response: HTTPResponse) -> bytes:
    """Decompressed although we ask for none, as the transports do. Raises `ValueError` for one that is too large or
    ends early."""
    body = b""
    while len(body) <= MAX_BODY_BYTES and (piece := response.read(_PIECE_BYTES)):
        body += piece
    if response.getheader("Content-Encoding", "").strip().lower() in ("gzip", "deflate"):
        body = zlib.decompressobj(wbits=_ANY_ZLIB).decompress(body, MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES or response.length:
        raise ValueError("not whole")
    return body
