"""Fetch one URL of StepPay: verified TLS, no redirects, proxies or cookies, bounded in time and size.

`Transport` is all the client knows; a faster implementation may take the place of `RequestsTransport`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from widget_server import __version__
from widget_server.adapters.steppay import deadline as deadlines
from widget_server.adapters.steppay.deadline import Deadline
from widget_server.adapters.steppay.urllib3_adapter import Urllib3Adapter

MAX_BODY_BYTES = 1024 * 1024
"""After decompression. Orders are a few kilobytes; 97 KB of gzip can become 100 MB."""

PIECE_BYTES = 64 * 1024
POOL_SIZE = 64
"""Connections kept open: one for each simultaneous call that `guards.UPSTREAM_CALLS` admits."""
FIXED_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "keep-alive",
    "User-Agent": f"steppay-widget-server/{__version__}",
}


@dataclass(frozen=True)
class RawAnswer:
    """`headers` have lower-case names; `body` is decompressed, and empty unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TransportFault(Exception):
    """No usable answer. The message is a fixed word: never a URL, a header or a part of the body."""


class Unreachable(TransportFault):
    """Name lookup, connection or TLS failed before an answer began: another try may succeed."""


class OutOfTime(TransportFault):
    """The deadline passed."""


class BrokenAnswer(TransportFault):
    """A 200 answer that ended early, is too large or cannot be decompressed."""


class Transport(Protocol):
    def get(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> RawAnswer:
        """Any status is an answer, also 3xx. Raises `TransportFault` subclasses. Many threads may call it."""


class RequestsTransport:
    """One `requests.Session` per process over `adapter`, which is libcurl's where pycurl is installed. TLS is verified
    by `ca_file` (PEM), default certifi's."""

    def __init__(self, *, ca_file: str | None = None, adapter: BaseAdapter | None = None) -> None:
        self._session = _Session(adapter or best_adapter(ca_file))
        self._verify = ca_file or True

    def get(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> RawAnswer:
        try:
            with deadlines.enforced(deadline), self._open(url, headers) as response:
                return _read_answer(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
            fault: TransportFault = Unreachable("connection")
        except TransportFault as error:
            fault = error
        # Raised outside `except`: the library's exceptions hold the URL and would travel along as context.
        raise fault if deadline.seconds_left() > 0 else OutOfTime("deadline")

    def close(self) -> None:
        self._session.close()

    def _open(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Prepared by hand: requests takes 130 µs to look at a URL that `client.py` has proven already."""
        request = requests.PreparedRequest()
        request.method, request.url = "GET", url
        request.headers = CaseInsensitiveDict({**FIXED_HEADERS, **headers})
        return self._session.send(request, stream=True, allow_redirects=False, verify=self._verify, proxies={})


def best_adapter(ca_file: str | None = None) -> BaseAdapter:
    """libcurl's, or where pycurl is not installed (an extra: no wheels for every system) urllib3's."""
    try:
        from widget_server.adapters.steppay.curl_adapter import CurlAdapter  # noqa: PLC0415  # may be missing
    except ImportError:
        return Urllib3Adapter(POOL_SIZE)
    return CurlAdapter(connections=POOL_SIZE, ca_file=ca_file or DEFAULT_CA_BUNDLE_PATH, longest_body=MAX_BODY_BYTES)


class _Session(requests.Session):
    """A session that adds nothing of its own: no environment, no cookies, no redirects, no retries."""

    def __init__(self, adapter: BaseAdapter) -> None:
        super().__init__()
        self.trust_env = False  # neither proxies nor .netrc nor a CA bundle from the environment
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: Any) -> None:
        """Without this, requests reads a redirect's body without limit, even with `allow_redirects=False`."""


def _read_answer(response: requests.Response) -> RawAnswer:
    """Only a 200 body matters; others are read so that the connection can be used again.

    After a 5xx it is closed instead: the retry had better meet another server behind the same address.
    """
    headers = {name.lower(): value for name, value in response.headers.items()}
    if response.status_code >= 500:
        return RawAnswer(response.status_code, headers, b"")
    try:
        body = _read_body(response.raw)
    except (urllib3.exceptions.HTTPError, OSError, BrokenAnswer):
        if response.status_code == 200:
            raise BrokenAnswer("broken_body") from None
        body = b""
    return RawAnswer(response.status_code, headers, body if response.status_code == 200 else b"")


def _read_body(raw: urllib3.HTTPResponse) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in raw.stream(PIECE_BYTES, decode_content=True):
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise BrokenAnswer("too_large")
        pieces.append(piece)
    return b"".join(pieces)
