"""What a page's Content-Security-Policy lets through (W3C CSP level 3, 6.7.2). Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

Policy = Mapping[str, Sequence[str]]
"""Sources by directive."""
SCRIPTS = ("script-src-elem", "script-src", "default-src")
CONNECTIONS = ("connect-src", "default-src")
FRAMES = ("frame-src", "child-src", "default-src")
_PORTS = {"http": 80, "https": 443}
_HOST_SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[^:/*]+)(?::(?P<port>[0-9]+|\*))?(?P<path>/.*)?",
    re.IGNORECASE,
)


def read_policies(texts: Iterable[str]) -> list[Policy]:
    """`texts`: values of the header and of `<meta>`. Several policies in one value are separated by commas."""
    parts = [part for text in texts for part in text.split(",")]
    return [policy for policy in map(_read, parts) if policy]


def _read(text: str) -> Policy:
    policy: dict[str, list[str]] = {}
    for directive in text.split(";"):
        name, *sources = directive.split() or [""]
        if name:
            policy.setdefault(name.lower(), sources)  # a repeated directive does not count
    return policy


def blocked_by(policies: Iterable[Policy], chain: Sequence[str], url: str, page: str) -> str | None:
    """The directive that keeps `url` from a page at `page`; None: nothing does."""
    for policy in policies:
        name = next((name for name in chain if name in policy), None)
        if name and not any(_matches(source, urlsplit(url), urlsplit(page)) for source in policy[name]):
            return name
    return None


def script_blocked_by(
    policies: Iterable[Policy], url: str, page: str, nonce: str = "", integrity: str = ""
) -> str | None:
    """The same for a script tag, which may also pass by its nonce or by its hash."""
    for policy in policies:
        name = next((name for name in SCRIPTS if name in policy), None)
        if name is None or _passes(policy[name], nonce, integrity):
            continue
        if "'strict-dynamic'" in policy[name] or blocked_by([policy], (name,), url, page):
            return name
    return None


def _passes(sources: Sequence[str], nonce: str, integrity: str) -> bool:
    hashes = [f"'{one}'" for one in integrity.split()]
    return (bool(nonce) and f"'nonce-{nonce}'" in sources) or (bool(hashes) and set(hashes) <= set(sources))


def _matches(source: str, url: SplitResult, page: SplitResult) -> bool:
    if source == "*":
        return url.scheme in {*_PORTS, page.scheme}
    if source.lower() == "'self'":
        return url.hostname == page.hostname and _fits(page.scheme, url.scheme) and _port_fits(_port(page), url)
    if source.endswith(":"):
        return _fits(source[:-1].lower(), url.scheme)
    found = _HOST_SOURCE.fullmatch(source)
    return found is not None and _host_source_matches(found.groupdict(""), url, page)


def _host_source_matches(source: Mapping[str, str], url: SplitResult, page: SplitResult) -> bool:
    host, name = source["host"].lower(), url.hostname or ""
    if not _fits(source["scheme"].lower() or page.scheme, url.scheme):
        return False
    if host not in ("*", name) and not (host.startswith("*.") and name.endswith(host[1:])):
        return False
    port = source["port"]
    if port != "*" and not _port_fits(int(port) if port else _PORTS.get(url.scheme), url):
        return False
    path = source["path"]
    return path in ("", "/") or (url.path.startswith(path) if path.endswith("/") else url.path == path)


def _fits(wanted: str, scheme: str) -> bool:
    """A policy that allows http allows https as well."""
    return scheme == wanted or (wanted == "http" and scheme == "https")


def _port_fits(wanted: int | None, url: SplitResult) -> bool:
    return _port(url) == wanted or (wanted == 80 and _port(url) == 443)


def _port(url: SplitResult) -> int | None:
    return url.port or _PORTS.get(url.scheme)
