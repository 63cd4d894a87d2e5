"""The values that settings are made of: secrets, limits, origins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from widget_server.domain.rate_limit import RateLimit

STEPPAY_API_URL = "https://api.steppay.kr"
_HOST = r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
ORIGIN = re.compile(rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>[1-9][0-9]{{0,4}}))?")
_REDIS = re.compile(
    r"rediss?://([^\s/?#@]*@)?([a-z0-9._-]+|\[[0-9a-f:]+\])(:(?P<port>[1-9][0-9]{0,4}))?(/[0-9]{1,3})?", re.IGNORECASE
)
"""Without a query, where redis-py takes options that would win over ours."""
_LAST_PORT = 65535
_DEFAULT_PORTS = {"https": "443", "http": "80"}


class Secret(str):
    """A string that never shows itself: not in `repr`, `str`, `%s` or an f-string. It compares, encodes and goes into a
    header as what it is; `plain()` gives the text where a library insists on formatting it."""

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def reveal(self) -> str:
        return str.__str__(self)


DEFAULT_RATE_LIMIT = RateLimit(60, 60)


def origin_problem(text: str, env: str) -> str | None:
    match = ORIGIN.fullmatch(text)
    if match is None and ORIGIN.fullmatch(text.rstrip("/")):
        return f"ends with a slash: {text}; enter {text.rstrip('/')}"
    if not match:
        return "is not an exact origin: scheme, host in lower case and perhaps a port; no path, no pattern, no null"
    if match["port"] == _DEFAULT_PORTS[match["scheme"]]:
        return "names the default port, which browsers leave out; remove it"
    if match["scheme"] == "http" and not (env == "sandbox" and is_loopback(match["host"])):
        return "must be https (http only with WIDGET_ENV=sandbox, for 127.0.0.1, localhost and *.localhost)"
    return None


def admin_origin_problem(text: str, others: Sequence[str]) -> str | None:
    """Cookies know no ports, so the host has to be another one than those that shoppers' pages come from. Plain http
    never leaves the machine: its browser, or an operator's tunnel."""
    match = ORIGIN.fullmatch(text)
    if not match:
        return "is not an exact origin: scheme, host in lower case and perhaps a port; no path"
    if match["port"] == _DEFAULT_PORTS[match["scheme"]]:
        return "names the default port, which browsers leave out; remove it"
    if match["scheme"] == "http" and not is_loopback(match["host"]):
        return "must be https (http only for 127.0.0.1, localhost and *.localhost)"
    if match["host"] in [urlsplit(other).hostname for other in others if ORIGIN.fullmatch(other)]:
        return "must have a host of its own, not that of WIDGET_PUBLIC_URL or of a shop"
    return None


def is_test_upstream(match: re.Match[str]) -> bool:
    return is_loopback(match["host"]) or (match["scheme"] == "https" and match["host"].endswith(".steppay.kr"))


def is_loopback(host: str) -> bool:
    return host in ("127.0.0.1", "localhost") or host.endswith(".localhost")


def is_loopback_url(text: str) -> bool:
    match = ORIGIN.fullmatch(text)
    return match is not None and is_loopback(match["host"])


def is_redis_url(text: str) -> bool:
    match = _REDIS.fullmatch(text)
    return match is not None and int(match["port"] or 1) <= _LAST_PORT


def origin_of(url: str) -> str | None:
    """The origin of an absolute http(s) URL as a browser would send it, or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    default = port is None or str(port) == _DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}" + ("" if default else f":{port}")
