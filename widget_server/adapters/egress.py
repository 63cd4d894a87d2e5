"""How calls leave this machine: which certificate authorities they trust, through which proxy, and in one word why a
connection did not come about."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context
from urllib3.util.ssl_match_hostname import CertificateError

Reason = Literal["no_address", "certificate", "proxy", "timeout", "unreachable"]
LOOPBACK_ADDRESSES = ("127.0.0.1", "::1")
_LOOPBACK_NAMES = (*LOOPBACK_ADDRESSES, "localhost")


class NoAddress(OSError):
    """Name lookup found nothing."""


class ProxyRefused(OSError):
    """The proxy does not answer, or does not let this call through."""


class Proxy(NamedTuple):
    """The proxy of WIDGET_EGRESS_PROXY. `authorization`: the value of its header, or empty."""

    host: str
    port: int
    authorization: str

    @classmethod
    def at(cls, url: str) -> Proxy:
        """`url`: checked by the settings, perhaps with a user and a password."""
        parts = urlsplit(url)
        user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        encoded = base64.b64encode(user.encode()).decode()
        return cls(parts.hostname or "", parts.port or 80, f"Basic {encoded}" if parts.username else "")

    def request(self, host: str, port: int) -> bytes:
        """The head that asks for a tunnel to `host`."""
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        lines += [f"Proxy-Authorization: {self.authorization}"] if self.authorization else []
        return "\r\n".join([*lines, "\r\n"]).encode()

    def __repr__(self) -> str:
        return "Proxy('***')"


def proxy_for(proxy: Proxy | None, host: str) -> Proxy | None:
    """This machine itself is never asked through a proxy."""
    return None if is_this_machine(host) else proxy


def is_this_machine(host: str) -> bool:
    return host in _LOOPBACK_NAMES or host.endswith(".localhost")


def client_context(ca_file: str | None) -> ssl.SSLContext:
    """Verifies by certifi's authorities and those of `ca_file` (PEM)."""
    context = create_urllib3_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def authorities(ca_file: str | None) -> bytes:
    """The same for libcurl, as one text."""
    return Path(DEFAULT_CA_BUNDLE_PATH).read_bytes() + (b"\n" + Path(ca_file).read_bytes() if ca_file else b"")


def reason_of(error: BaseException) -> Reason:
    """The libraries wrap each other's exceptions: the innermost that says something counts."""
    for cause in _causes(error):
        if isinstance(cause, (ssl.SSLCertVerificationError, CertificateError)):
            return "certificate"
        if isinstance(cause, NoAddress):
            return "no_address"
        if isinstance(cause, ProxyRefused):
            return "proxy"
        if isinstance(cause, TimeoutError):
            return "timeout"
    return "unreachable"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
            yield one
