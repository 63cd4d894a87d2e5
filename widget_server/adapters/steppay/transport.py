"""Fetch one URL of StepPay: verified TLS, no redirects or cookies, no proxy but that of the settings, bounded in time
and size. Two libraries do it, and the same tests hold for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from widget_server import __version__
from widget_server.adapters.egress import Proxy
from widget_server.services.steppay_call import Deadline, Posting

MAX_BODY_BYTES = 1024 * 1024
"""After decompression. Orders are a few kilobytes; 97 KB of gzip can become 100 MB."""

POOL_SIZE = 64
"""Connections kept open for the next calls. A crowd opens more, up to `resilience.MAX_CALLERS`, and closes them."""
FIXED_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "keep-alive",
    "User-Agent": f"steppay-widget-server/{__version__}",
}


@dataclass(frozen=True)
class RawResponse:
    """`headers` by their names in lower case; `body` is decompressed, and for a GET empty unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TransportError(Exception):
    """No usable answer. The message is a fixed word: never a URL, a header or a part of the body."""


class Unreachable(TransportError):
    """Name lookup, connection or TLS failed before an answer began: another try may succeed. The message is an
    `egress.Reason`."""


class DeadlineExceeded(TransportError):
    """The deadline passed."""


class IncompleteResponse(TransportError):
    """A 200 answer that ended early, is too large or cannot be decompressed."""


def request_headers(more: Mapping[str, str]) -> dict[str, str]:
    """All that a call sends. To be made once for many calls: libcurl takes the same ones only once."""
    return {**FIXED_HEADERS, **more}


class Transport(Protocol):
    def get(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> RawResponse:
        """`headers`: of `request_headers`. Any status is an answer, also 3xx. Raises `TransportError` subclasses. Many
        threads may call it."""

    def post(self, url: str, headers: Mapping[str, str], posting: Posting, deadline: Deadline) -> RawResponse:
        """Sent at most once. Raises `Unreachable`: nothing was sent; other `TransportError` subclasses: it was, and no
        whole answer came. Many threads may call it."""

    def close(self) -> None:
        """Close the connections that are kept for the next calls."""


def open_transport(ca_file: str | None = None, proxy: Proxy | None = None) -> Transport:
    """libcurl's, or that of `requests` where pycurl is not installed (no wheels for every system)."""
    try:
        from widget_server.adapters.steppay.curl_transport import CurlTransport  # noqa: PLC0415  # may be missing
    except ImportError:
        from widget_server.adapters.steppay.requests_transport import RequestsTransport  # noqa: PLC0415  # not needed else

        return RequestsTransport(ca_file, proxy)
    return CurlTransport(ca_file, proxy)
