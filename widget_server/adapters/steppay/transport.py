"""Fetch one URL of StepPay: verified TLS, no redirects or cookies, no proxy but that of the settings, bounded in time
and size.

`Transport` is all the client knows; a faster implementation may take the place of `RequestsTransport`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from widget_server import __version__
from widget_server.adapters.egress import Proxy, reason_of
from widget_server.adapters.steppay.deadline import within
from widget_server.adapters.steppay.urllib3_adapter import Urllib3Adapter
from widget_server.services.steppay_call import Deadline

MAX_BODY_BYTES = 1024 * 1024
"""After decompression. Orders are a few kilobytes; 97 KB of gzip can become 100 MB."""

PIECE_BYTES = 64 * 1024
POOL_SIZE = 64
"""Connections kept open for the next calls. A crowd opens more, up to `guards.UPSTREAM_CALLS`, and closes them."""
FIXED_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "keep-alive",
    "User-Agent": f"steppay-widget-server/{__version__}",
}


@dataclass(frozen=True)
class RawResponse:
    """`headers` are found by their names in any case; `body` is decompressed, and empty unless the status is 200."""

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


Headers = CaseInsensitiveDict[str]


def request_headers(more: Mapping[str, str]) -> Headers:
    """All that a call sends. To be made once for many calls: the libcurl adapter takes the same ones only once."""
    return CaseInsensitiveDict({**FIXED_HEADERS, **more})


class Transport(Protocol):
    def get(self, url: str, headers: Headers, deadline: Deadline) -> RawResponse:
        """`headers`: of `request_headers`. Any status is an answer, also 3xx. Raises `TransportError` subclasses. Many
        threads may call it."""


class RequestsTransport:
    """Over one adapter of `requests` per process, which is libcurl's where pycurl is installed. TLS is verified by
    certifi's authorities and those of `ca_file` (PEM).

    The adapter is called without a `requests.Session`: nobody is there who could follow a redirect, keep a cookie or
    read proxies and `.netrc` of the environment, and a sixth of the time is saved (docs/decisions/0035).
    """

    def __init__(
        self, *, ca_file: str | None = None, proxy: Proxy | None = None, adapter: BaseAdapter | None = None
    ) -> None:
        self._adapter = adapter or default_adapter(ca_file, proxy)

    def get(self, url: str, headers: Headers, deadline: Deadline) -> RawResponse:
        request = _prepared(url, headers)
        try:
            with within(deadline), self._adapter.send(request, stream=True, verify=True) as response:
                return _read_answer(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            fault: TransportError = Unreachable(reason_of(error))
        except TransportError as error:
            fault = error
        # Raised outside `except`: the library's exceptions hold the URL and would travel along as context.
        raise fault if deadline.seconds_left() > 0 else DeadlineExceeded("deadline")

    def close(self) -> None:
        self._adapter.close()


def _prepared(url: str, headers: Headers) -> requests.PreparedRequest:
    """By hand: requests takes 130 µs to look at a URL that `client.py` has proven already."""
    request = requests.PreparedRequest()
    request.method, request.url, request.headers = "GET", url, headers
    return request


def default_adapter(ca_file: str | None = None, proxy: Proxy | None = None) -> BaseAdapter:
    """libcurl's, or where pycurl is not installed (an extra: no wheels for every system) urllib3's."""
    try:
        from widget_server.adapters.steppay.curl_adapter import CurlAdapter  # noqa: PLC0415  # may be missing
    except ImportError:
        return Urllib3Adapter(POOL_SIZE, ca_file, proxy)
    return CurlAdapter(connections=POOL_SIZE, ca_file=ca_file, proxy=proxy, longest_body=MAX_BODY_BYTES)


def _read_answer(response: requests.Response) -> RawResponse:
    """Only a 200 body matters; others are read so that the connection can be used again.

    After a 5xx it is closed instead: the retry had better meet another server behind the same address.
    """
    status, headers = response.status_code, response.headers
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
    for piece in raw.stream(PIECE_BYTES, decode_content=True):
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise IncompleteResponse("too_large")
        pieces.append(piece)
    return b"".join(pieces)
