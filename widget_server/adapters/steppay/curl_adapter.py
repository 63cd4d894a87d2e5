"""The fast adapter: libcurl, by pycurl, under `requests`. Half the CPU time of a call (docs/decisions/0031).

libcurl does TLS and HTTP. Names are looked up and connections made by `deadline.connect`, because libcurl waits for its
own lookup even after its time-out (curl's issue 2975).
"""

from __future__ import annotations

import math
import re
import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

import pycurl
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import ProtocolError

from widget_server.adapters.egress import Proxy, authorities, proxy_for
from widget_server.adapters.steppay import deadline as deadlines

_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ ([1-9][0-9]{2})\b")
_PORTS = {"http": 80, "https": 443}
_UNTRUSTED = frozenset({pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_ISSUER_ERROR})


class CurlAdapter(BaseAdapter):
    """For plain GETs within the deadline of the thread (`with deadline:`); no client certificates. `connections` are
    kept open for the next calls. TLS is verified by certifi's authorities and those of `ca_file` (PEM). Many threads
    may use it."""

    def __init__(
        self, *, connections: int, longest_body: int, ca_file: str | None = None, proxy: Proxy | None = None
    ) -> None:
        super().__init__()
        self._most_idle = connections
        self._ca_file = ca_file
        self._proxy = proxy
        self._longest_body = longest_body
        self._idle: list[
            _EasyHandle
        ] = []  # the last to come back goes first: as few connections as possible stay in use

    def send(  # noqa: PLR0917  # the signature is requests' own
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Raises `requests.ConnectionError` unless the head of an answer arrived; what is wrong with the body is
        raised when it is read. `timeout` and `verify` are this adapter's own."""
        if cert or proxies or request.method != "GET" or request.body:
            raise requests.exceptions.InvalidSchema("the libcurl adapter does not do this")
        line = self._take()
        arrived = line.fetch(str(request.url), request.headers)
        status, headers = _read_head(arrived.head)
        self._give_back(line, whole=arrived.fault is None and 0 < status < 500)
        if not status:
            raise requests.ConnectionError(f"libcurl error {arrived.fault}") from line.failure(arrived.fault)
        return _response(request, status, headers, _Body(arrived.body, arrived.fault))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> _EasyHandle:
        try:
            return self._idle.pop()
        except IndexError:
            return _EasyHandle(_options(self._ca_file), self._proxy, self._longest_body)

    def _give_back(self, line: _EasyHandle, *, whole: bool) -> None:
        """After a fault or a 5xx the next call had better take another connection."""
        if whole and len(self._idle) < self._most_idle:
            self._idle.append(line)
        else:
            line.close()


class _CurlResult(NamedTuple):
    """`fault`: libcurl's error number; None when the answer is whole. `head` by lines."""

    fault: int | None
    head: list[bytes]
    body: bytes


class _EasyHandle:
    """One libcurl handle with the one connection that it keeps. For one thread at a time."""

    def __init__(self, options: Mapping[int, object], proxy: Proxy | None, longest_body: int) -> None:
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._size = 0
        self._longest_body = longest_body
        self._proxy = proxy
        self._failure: OSError | None = None
        self._url = ""
        self._headers: Mapping[str, str] = {}
        self._handle = pycurl.Curl()
        for option, value in options.items():
            self._handle.setopt(option, value)
        self._handle.setopt(pycurl.OPENSOCKETFUNCTION, self._connect)
        self._handle.setopt(pycurl.SOCKOPTFUNCTION, self._connected)
        self._handle.setopt(pycurl.HEADERFUNCTION, self._head.append)
        self._handle.setopt(pycurl.WRITEFUNCTION, self._write)

    def fetch(self, url: str, headers: Mapping[str, str]) -> _CurlResult:
        """Nothing of the answer stays here: the next thread may have this line as soon as it is given back."""
        self._size, self._url, self._failure = 0, url, None
        fault = self._perform(headers)
        arrived = _CurlResult(fault, self._head[:], b"".join(self._body))
        self._head.clear()
        self._body.clear()
        return arrived

    def _perform(self, headers: Mapping[str, str]) -> int | None:
        handle = self._handle
        try:
            # Rounded up: libcurl must not give up while the caller still sees time left.
            handle.setopt(pycurl.TIMEOUT_MS, math.ceil(deadlines.seconds_left() * 1000) + 1)
            handle.setopt(pycurl.URL, self._url)
            if headers is not self._headers:  # the same ones with every call of a client
                handle.setopt(pycurl.HTTPHEADER, [": ".join(header) for header in headers.items()])
                self._headers = headers
            handle.perform()
        except TimeoutError:
            return int(pycurl.E_OPERATION_TIMEDOUT)
        except pycurl.error as error:
            return int(error.args[0])
        return None

    def failure(self, fault: int | None) -> OSError | None:
        """What kept the last call from a connection, as an exception that says it."""
        return ssl.SSLCertVerificationError() if fault in _UNTRUSTED else self._failure

    def close(self) -> None:
        self._handle.close()

    def _connect(self, _purpose: int, _address: object) -> deadlines.DeadlineSocket | int:
        parts = urlsplit(self._url)
        host = parts.hostname or ""
        try:
            self._socket = deadlines.connect(host, parts.port or _PORTS[parts.scheme], proxy_for(self._proxy, host))
        except OSError as error:
            self._failure = error.with_traceback(None)
            return int(pycurl.SOCKET_BAD)
        return self._socket

    def _connected(self, _descriptor: int, _purpose: int) -> int:
        """By now pycurl has a copy of the socket."""
        self._socket.close()
        return int(pycurl.SOCKOPT_ALREADY_CONNECTED)

    def _write(self, piece: bytes) -> int | None:
        """libcurl gives pieces of at most 16 KiB, decompressed; another number than their length ends the transfer."""
        self._size += len(piece)
        if self._size > self._longest_body:
            return 0
        self._body.append(piece)
        return None


@cache
def _options(ca_file: str | None) -> dict[int, object]:
    trusted = {pycurl.CAINFO_BLOB: authorities(ca_file)} if ca_file else {pycurl.CAINFO: DEFAULT_CA_BUNDLE_PATH}
    return {
        pycurl.NOSIGNAL: 1,  # signals and threads do not go together
        pycurl.PROXY: "",  # else the environment names one; ours is asked by `deadline.connect`
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.PATH_AS_IS: 1,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.ACCEPT_ENCODING: "gzip, deflate",  # decompresses what nobody asked for, as requests does
        pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,  # or newer
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.MAXCONNECTS: 1,
        pycurl.CONNECT_TO: ["::127.0.0.1:"],  # nothing to look up: `_connect` knows the real address
        **trusted,
    }


class _Body:
    """What `requests` calls `raw`: the body as it arrived."""

    def __init__(self, content: bytes, fault: int | None) -> None:
        self._content = content
        self._fault = fault

    def stream(self, _size: int, decode_content: bool | None = None) -> Iterator[bytes]:
        if self._fault is not None:
            raise ProtocolError(f"libcurl error {self._fault}")
        yield self._content

    def close(self) -> None:
        """Nothing is open any more."""


def _read_head(lines: list[bytes]) -> tuple[int, CaseInsensitiveDict[str]]:
    """Status and headers of the answer's head, or status 0 where it did not arrive whole. `lines` may begin with 1xx
    heads and end with trailers. Repeated headers are joined as `requests` does."""
    arriving = iter(lines)
    for start in arriving:
        started = _STATUS_LINE.match(start)
        if started is None:
            break
        headers: dict[str, str] = {}
        for line in arriving:
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                break
            name, text = name.lower(), value.strip()
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
        else:
            break  # no empty line: it is not whole
        if not started[1].startswith(b"1"):
            return int(started[1]), CaseInsensitiveDict(headers)
    return 0, CaseInsensitiveDict()


def _response(
    request: requests.PreparedRequest, status: int, headers: CaseInsensitiveDict[str], raw: _Body
) -> requests.Response:
    response = requests.Response()
    response.request, response.url = request, str(request.url)
    response.status_code, response.headers, response.raw = status, headers, raw
    return response
