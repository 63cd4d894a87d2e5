"""StepPay over libcurl, by pycurl: half the CPU time of a call (docs/decisions/0031).

libcurl does TLS and HTTP. Names are looked up and connections made by `deadline.connect`, because libcurl waits for its
own lookup even after its time-out (curl's issue 2975).
"""

import math
import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

import pycurl

from widget_server.adapters.egress import Proxy, authorities, proxy_for, reason_of
from widget_server.adapters.steppay.ca_folder import CaFolder
from widget_server.adapters.steppay.deadline import DeadlineSocket, connect, within
from widget_server.adapters.steppay.one_post import OnePost
from widget_server.adapters.steppay.transport import (
    MAX_BODY_BYTES,
    POOL_SIZE,
    DeadlineExceeded,
    IncompleteResponse,
    RawResponse,
    Unreachable,
)
from widget_server.services.steppay_call import Deadline

_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ ([1-9][0-9]{2})\b")
_PORTS = {"http": 80, "https": 443}
_UNTRUSTED = frozenset({pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_ISSUER_ERROR})


class CurlTransport(OnePost):
    """Implements `transport.Transport`. TLS is verified by certifi's authorities and those of `ca_file` (PEM)."""

    def __init__(self, ca_file: str | None = None, proxy: Proxy | None = None) -> None:
        super().__init__(ca_file, proxy)
        self._idle: list[_EasyHandle] = []  # the last to come back goes first: few connections stay in use

    def get(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> RawResponse:
        try:
            handle = self._idle.pop()
        except IndexError:
            handle = _EasyHandle({**_OPTIONS, **_trusted(self._ca_file)}, self._proxy)
        fault, head, body = handle.fetch(url, headers, deadline)
        status, answer_headers = _read_head(head)
        error = handle.error
        # The next thread may have the handle at once. After a fault or a 5xx the next call had better take another
        # connection.
        if fault is None and 0 < status < 500 and len(self._idle) < POOL_SIZE:
            self._idle.append(handle)
        else:
            handle.close()
        if status and (status != 200 or fault is None):  # another status says it all, whatever becomes of its body
            return RawResponse(status, answer_headers, body if status == 200 else b"")
        if fault in _UNTRUSTED:
            self.close()  # the folder of authorities may have been cleaned up: new handles have it written anew
        if deadline.seconds_left() <= 0:
            raise DeadlineExceeded("deadline")
        if status:
            raise IncompleteResponse("broken_body")
        raise Unreachable("certificate" if fault in _UNTRUSTED else reason_of(error or OSError()))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _EasyHandle:
    """One libcurl handle with the one connection that it keeps. For one thread at a time. `error`: what kept the last
    call from a connection."""

    def __init__(self, options: Mapping[int, object], proxy: Proxy | None) -> None:
        self.error: OSError | None = None
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._size = 0
        self._url = ""
        self._headers: Mapping[str, str] = {}
        self._deadline = Deadline(0.0)
        self._proxy = proxy
        self._handle = pycurl.Curl()
        for option, value in options.items():
            self._handle.setopt(option, value)
        self._handle.setopt(pycurl.OPENSOCKETFUNCTION, self._connect)
        self._handle.setopt(pycurl.SOCKOPTFUNCTION, self._connected)
        self._handle.setopt(pycurl.HEADERFUNCTION, self._head.append)
        self._handle.setopt(pycurl.WRITEFUNCTION, self._write)

    def fetch(self, url: str, headers: Mapping[str, str], deadline: Deadline) -> tuple[int | None, list[bytes], bytes]:
        """libcurl's error number, or None when the answer is whole; its head by lines; its body. Nothing of the answer
        stays here: the next thread may have this handle as soon as it is given back."""
        handle, seconds = self._handle, deadline.seconds_left()
        self._size, self._url, self._deadline, self.error = 0, url, deadline, None
        fault: int | None = None
        try:
            # Rounded up: libcurl must not give up while the caller still sees time left.
            handle.setopt(pycurl.TIMEOUT_MS, math.ceil(seconds * 1000) + 1)
            handle.setopt(pycurl.URL, url)
            if headers is not self._headers:  # the same ones with every call of a client
                handle.setopt(pycurl.HTTPHEADER, [": ".join(header) for header in headers.items()])
                self._headers = headers
            if seconds:
                handle.perform()
            else:
                fault = int(pycurl.E_OPERATION_TIMEDOUT)
        except pycurl.error as error:
            fault = int(error.args[0])
        head, body = self._head[:], b"".join(self._body)
        self._head.clear()
        self._body.clear()
        return fault, head, body

    def close(self) -> None:
        self._handle.close()

    def _connect(self, _purpose: int, _address: object) -> DeadlineSocket | int:
        parts = urlsplit(self._url)
        host = parts.hostname or ""
        try:
            with within(self._deadline):
                self._socket = connect(host, parts.port or _PORTS[parts.scheme], proxy_for(self._proxy, host))
        except OSError as error:
            self.error = error.with_traceback(None)
            return int(pycurl.SOCKET_BAD)
        return self._socket

    def _connected(self, _descriptor: int, _purpose: int) -> int:
        """By now pycurl has a copy of the socket."""
        self._socket.close()
        return int(pycurl.SOCKOPT_ALREADY_CONNECTED)

    def _write(self, piece: bytes) -> int | None:
        """libcurl gives pieces of at most 16 KiB, decompressed; another number than their length ends the transfer."""
        self._size += len(piece)
        if self._size > MAX_BODY_BYTES:
            return 0
        self._body.append(piece)
        return None


_OPTIONS: Mapping[int, object] = {
    pycurl.NOSIGNAL: 1,  # signals and threads do not go together
    pycurl.PROXY: "",  # else the environment names one; ours is asked by `deadline.connect`
    pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
    pycurl.FOLLOWLOCATION: 0,
    pycurl.PATH_AS_IS: 1,
    pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
    pycurl.ACCEPT_ENCODING: "gzip, deflate",  # decompresses also what was not asked for, as requests does
    pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,  # or newer
    pycurl.SSL_VERIFYPEER: 1,
    pycurl.SSL_VERIFYHOST: 2,
    pycurl.MAXCONNECTS: 1,
    pycurl.CONNECT_TO: ["::127.0.0.1:"],  # nothing to look up: `_connect` knows the real address
}


def _trusted(ca_file: str | None) -> Mapping[int, object]:
    """The authorities as a folder or, where none can be written or made, as a text. Nothing that is built in."""
    try:
        return {pycurl.CAINFO: None, pycurl.CAPATH: str(_folder(ca_file).path())}
    except (OSError, ValueError, IndexError):
        return {pycurl.CAINFO_BLOB: authorities(ca_file)}


@cache
def _folder(ca_file: str | None) -> CaFolder:
    """One for all transports of a process."""
    return CaFolder(authorities(ca_file).decode("utf-8", "replace"))


def _read_head(lines: list[bytes]) -> tuple[int, dict[str, str]]:
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
            return int(started[1]), headers
    return 0, {}
