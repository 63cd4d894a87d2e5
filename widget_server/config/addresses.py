"""Parsers of settings that are addresses: origins, and URLs of other services."""

import re
import socket
from contextlib import suppress
from importlib.util import find_spec
from urllib.parse import SplitResult, urlsplit

from widget_server.config.secret import Secret
from widget_server.config.table import Given, Invalid
from widget_server.domain.public_address import is_public

STEPPAY_API_URL = "https://api.steppay.kr"
_HOST = r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
_ORIGIN = re.compile(rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>[1-9][0-9]{{0,4}}))?")
_PORT = r"(:(?P<port>[1-9][0-9]{0,4}))?"
_REDIS = re.compile(rf"rediss?://([^\s/?#@]*@)?([a-z0-9._-]+|\[[0-9a-f:]+\]){_PORT}(/[0-9]{{1,3}})?", re.IGNORECASE)
"""Without a query, where redis-py takes options that would win over ours."""
_PROXY = re.compile(
    r"http://([^\s/?#@:]+(:[^\s/?#@]*)?@)?([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])" rf"{_PORT}/?"
)
_PLAIN_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+/?")
_BASE_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")
"""Segments that every proxy, browser and policy reads as they are written: no encoding, no dot segment, none empty."""
OWN_SEGMENTS = frozenset(
    (
        ".well-known",
        "admin",
        "assets",
        "docs",
        "healthz",
        "llms.txt",
        "metrics",
        "openapi.json",
        "playground",
        "readyz",
        "v1",
    )
)
"""Where this server's own paths begin: below `/v1`, `/v1/pages` would have two meanings."""
_POSTGRESQL = re.compile(r"postgres(ql)?(\+[a-z0-9_]+)?://")
_LAST_PORT = 65535
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_LOOPBACK_NAMES = "127.0.0.1, localhost and *.localhost"
_HTTP_IN_SANDBOX = f"must be https (http only with WIDGET_ENV=sandbox, for {_LOOPBACK_NAMES})"


def is_loopback(host: str) -> bool:
    return host in ("127.0.0.1", "localhost") or host.endswith(".localhost")


def is_loopback_url(text: str) -> bool:
    match = _ORIGIN.fullmatch(text)
    return match is not None and is_loopback(match["host"])


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


def public_url(text: str, given: Given) -> str:
    """An origin, or an origin with a path below which this server answers."""
    whole = text.rstrip("/")
    origin, path = _without_path(whole)
    if not _ORIGIN.fullmatch(origin):
        raise Invalid("is no address: scheme, host in lower case, perhaps a port, perhaps a plain path like /steppay")
    _origin(origin, given)
    if path and not _BASE_PATH.fullmatch(path):
        raise Invalid("has a path that is not plain segments of letters, digits and . _ ~ -")
    if path and path.split("/")[1] in OWN_SEGMENTS:
        raise Invalid("has a path that begins like one of this server's own, such as /v1; take another, like /steppay")
    return whole


def _without_path(url: str) -> tuple[str, str]:
    """The origin as it is written, and what comes after it."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return scheme + separator + host, slash + path


def shop_beside(given: Given) -> str:
    """The shop that `WIDGET_PUBLIC_URL` is a path of: the one origin that a shop on the same host has."""
    origin, path = _without_path(given.text("WIDGET_PUBLIC_URL").rstrip("/"))
    return origin if path and _ORIGIN.fullmatch(origin) else ""


def given_shops(given: Given) -> list[str]:
    """The shop's origins as they are written, perhaps wrong ones."""
    return given.items("WIDGET_ALLOWED_ORIGINS") or [shop_beside(given)]


def origins(text: str, given: Given) -> tuple[str, ...]:
    problems, found = [], [part.strip() for part in text.split(",") if part.strip()]
    if not found:
        raise Invalid("lists no origin")
    for position, origin in enumerate(found, start=1):
        try:
            _origin(origin, given)
        except Invalid as error:
            problems.append(f"entry {position} {error}")
    if problems:
        raise Invalid(*problems)
    return tuple(dict.fromkeys(found))


def _origin(text: str, given: Given) -> str:
    match = _exact_origin(text)
    if match["scheme"] == "http" and not (given.sandbox and is_loopback(match["host"])):
        raise Invalid(_HTTP_IN_SANDBOX)
    return text


def _exact_origin(text: str) -> re.Match[str]:
    match = _ORIGIN.fullmatch(text)
    if match is None:
        _refuse_slash(text)
        raise Invalid(
            "is not an exact origin: scheme, host in lower case and perhaps a port; no path, no pattern, no null"
        )
    if match["port"] == _DEFAULT_PORTS[match["scheme"]]:
        raise Invalid("names the default port, which browsers leave out; remove it")
    return match


def _refuse_slash(text: str) -> None:
    if _ORIGIN.fullmatch(text.rstrip("/")):
        raise Invalid(f"ends with a slash: {text}; enter {text.rstrip('/')}")


def admin_origin(text: str, given: Given) -> str:
    """Cookies know no ports, so the host must differ from those of shoppers' pages. Plain http never leaves the
    machine: its browser, or an operator's tunnel."""
    match = _exact_origin(text.rstrip("/"))
    if match["scheme"] == "http" and not is_loopback(match["host"]):
        raise Invalid(f"must be https (http only for {_LOOPBACK_NAMES})")
    others = [_without_path(given.text("WIDGET_PUBLIC_URL"))[0], *given.items("WIDGET_ALLOWED_ORIGINS")]
    if match["host"] in [urlsplit(other).hostname for other in others if _ORIGIN.fullmatch(other)]:
        raise Invalid("must have a host of its own, not that of WIDGET_PUBLIC_URL or of a shop")
    return match[0]


def steppay_api_url(text: str, given: Given) -> str:
    match = _ORIGIN.fullmatch(text)
    if match is None:
        _refuse_slash(text)
        raise Invalid("must be scheme and host only, for example " + STEPPAY_API_URL)
    is_test = is_loopback(match["host"]) or (match["scheme"] == "https" and match["host"].endswith(".steppay.kr"))
    if text != STEPPAY_API_URL and not (given.sandbox and is_test):
        raise Invalid(
            f"must be {STEPPAY_API_URL}; with WIDGET_ENV=sandbox also loopback or another https host of StepPay"
        )
    return text


def database_url(text: str, _given: Given) -> str:
    """PostgreSQL's address as the shop's other programs write it: platforms give `postgres://`, and SQLAlchemy's
    addresses may name a driver; this server has its own."""
    scheme = _POSTGRESQL.match(text)
    if scheme:
        return f"postgresql://{text[scheme.end() :]}"
    if not text.startswith("sqlite:///"):
        raise Invalid("must start with sqlite:/// or postgresql://")
    return text


def redis_url(text: str, _given: Given) -> Secret | None:
    """None: in the memory of each process."""
    if text == "memory":
        return None
    if not _matches(_REDIS, text):
        raise Invalid("must be memory, or redis://:password@host:6379/0, or rediss:// for one with TLS")
    if find_spec("redis") is None:
        raise Invalid("needs the package redis; install steppay-widget-server[redis]")
    return Secret(text)


def proxy_url(text: str, _given: Given) -> Secret:
    if not _matches(_PROXY, text):
        raise Invalid("must be http://host:port of a proxy that takes CONNECT, perhaps with user:password@")
    return Secret(text)


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    match = pattern.fullmatch(text)
    return match is not None and int(match["port"] or 1) <= _LAST_PORT


def traces_url(text: str, _given: Given) -> str:
    if origin_of(text) is None or "?" in text or "#" in text:
        raise Invalid("must be the http(s) address of a collector, such as http://127.0.0.1:4318/v1/traces")
    return text


def playground(text: str, given: Given) -> str:
    """`on`, `off`, or a page of the shop that makes a test order and redirects to the playground with its code."""
    if text not in ("on", "off"):
        origin = origin_of(text) or ""
        if origin not in given_shops(given) or not _PLAIN_PATH.fullmatch(text.removeprefix(origin)):
            raise Invalid("must be on, off, or the address of a page of WIDGET_ALLOWED_ORIGINS, without a query")
    return "on" if given.sandbox and text == "off" else text


def notify_url(text: str, given: Given) -> str:
    parts = _absolute_url(text)
    host = parts.hostname or ""
    if parts.username is not None or parts.fragment:
        raise Invalid("may hold neither a user nor a fragment")
    if parts.scheme != "https" and not (given.sandbox and parts.scheme == "http" and is_loopback(host)):
        raise Invalid(_HTTP_IN_SANDBOX)
    allowed = given.text("WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK") == "on"
    if parts.scheme == "https" and not allowed and _is_private(host):
        raise Invalid("leads into a private network; WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK=on allows it")
    return text


def alert_url(text: str, given: Given) -> Secret:
    """By the same rules. Slack's and Discord's hold the right to post there."""
    return Secret(notify_url(text, given))


def _absolute_url(text: str) -> SplitResult:
    with suppress(ValueError):
        parts = urlsplit(text)
        if parts.hostname and parts.port != 0 and text.isascii() and text.isprintable() and " " not in text:
            return parts
    raise Invalid("is no address")


def _is_private(host: str) -> bool:
    """An address instead of a name, in any of the spellings that resolvers take (`2130706433`, `0x7f.1`), or a loopback
    name: it is private whatever a resolver says. The sender checks other names with each delivery."""
    if is_loopback(host.rstrip(".")):
        return True
    with suppress(ValueError):
        return not is_public(host)
    with suppress(OSError):
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    return False
