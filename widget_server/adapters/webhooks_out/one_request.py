"""One request to an address of the settings: no redirects, ten seconds in all."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection

from widget_server import __version__
from widget_server.adapters.egress import Proxy, reason_of
from widget_server.adapters.steppay.deadline import within
from widget_server.adapters.webhooks_out.connections import Connections
from widget_server.adapters.webhooks_out.ssrf_guard import PrivateAddressError
from widget_server.domain.delivery import REDIRECTS, DeliveryResponse
from widget_server.services.steppay_call import Deadline

BUDGET_SECONDS = 10.0
_KEPT_BYTES = 2048
_LONGEST_WAIT = 7 * 24 * 3600
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FAULTS = (urllib3.exceptions.HTTPError, OSError, ValueError, UnicodeError)


class OneRequest:
    """Each takes a new connection: they are rare, and each checks the addresses again. `ca_file` (PEM): authorities
    besides certifi's; `private`: private addresses are allowed."""

    def __init__(
        self,
        url: str,
        *,
        private: bool = False,
        ca_file: str | None = None,
        proxy: Proxy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._parts = urlsplit(url)
        self._connections = Connections(self._parts, private=private, ca_file=ca_file, proxy=proxy)
        self._clock = clock

    def send(
        self, method: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[DeliveryResponse, Mapping[str, str]]:
        """The response and its headers. Never raises for what the other side does."""
        deadline = Deadline.after(BUDGET_SECONDS, self._clock)
        try:
            with within(deadline), closing(self._connections.open(deadline)) as connection:
                return self._exchange(connection, method, headers, body)
        except PrivateAddressError:
            return DeliveryResponse("forbidden_address"), {}
        except _FAULTS as error:
            return DeliveryResponse(reason_of(error) if deadline.seconds_left() else "timeout"), {}

    def _exchange(
        self, connection: HTTPConnection, method: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[DeliveryResponse, Mapping[str, str]]:
        target = self._parts.path or "/"
        target += f"?{self._parts.query}" if self._parts.query else ""
        fixed = {
            "Host": self._parts.netloc,
            "User-Agent": f"steppay-widget-server/{__version__}",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        connection.request(method, target, body=body, headers=fixed | dict(headers), preload_content=False)
        response = connection.getresponse()
        return self._read_answer(response), response.headers

    def _read_answer(self, response: urllib3.BaseHTTPResponse) -> DeliveryResponse:
        location = response.headers.get("Location", "")
        if response.status in _REDIRECTS and (target := _target(self._url, location)):
            return DeliveryResponse(REDIRECTS, response.status, target)
        wait = response.headers.get("Retry-After", "")
        return DeliveryResponse("answered", response.status, _read(response), _seconds(wait))


def _read(response: urllib3.BaseHTTPResponse) -> str:
    """At most what is kept. A status line is an answer, whatever its body does."""
    kept = b""
    try:
        while len(kept) < _KEPT_BYTES:
            piece = response.read1(_KEPT_BYTES - len(kept), decode_content=False)
            if not piece:
                break
            kept += piece
    except (urllib3.exceptions.HTTPError, OSError):
        pass
    return kept.decode("utf-8", "replace")


def _target(url: str, location: str) -> str:
    """Where a redirect leads, as it could be entered; without user, query and fragment. Empty: nowhere."""
    try:
        parts = urlsplit(urljoin(url, location.strip()))
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    usable = bool(location and host) and parts.scheme in {"http", "https"}
    return f"{parts.scheme}://{host}{parts.path}"[:_KEPT_BYTES] if usable else ""


def _seconds(text: str) -> int | None:
    """`Retry-After` in seconds; its other form, a date, is left to the usual pause."""
    return min(int(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 9 else None
