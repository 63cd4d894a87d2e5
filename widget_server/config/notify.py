"""What the merchant's backend may be told by, and where: checks for `config.py`."""

from __future__ import annotations

import base64
import binascii
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from widget_server.config.values import is_loopback
from widget_server.domain.public_address import is_public

_FEWEST_BYTES, _MOST_BYTES = 24, 64
"""Standard Webhooks, "Signature scheme"."""
_PORTS = range(1, 65536)


def is_webhook_secret(text: str) -> bool:
    """`whsec_` and base64."""
    if not text.startswith("whsec_"):
        return False
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    return _FEWEST_BYTES <= len(key) <= _MOST_BYTES


def notify_url_problem(url: str, *, sandbox: bool, private: bool) -> str | None:
    """One address, by https; it never comes from anywhere but the settings. `private`:
    WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK."""
    try:
        parts = urlsplit(url)
        known = parts.port is None or parts.port in _PORTS
    except ValueError:
        return "is no address"
    if not parts.hostname or not known or not url.isascii() or not url.isprintable() or " " in url:
        return "is no address"
    if parts.username is not None or parts.fragment:
        return "may hold neither a user nor a fragment"
    if parts.scheme != "https" and not (sandbox and parts.scheme == "http" and is_loopback(parts.hostname)):
        return "must be https (http only with WIDGET_ENV=sandbox, for 127.0.0.1, localhost and *.localhost)"
    if parts.scheme == "https" and not private and _leads_inside(parts.hostname):
        return "leads into a private network; WIDGET_NOTIFY_ALLOW_PRIVATE_NETWORK=on allows it"
    return None


def _leads_inside(host: str) -> bool:
    """An address instead of a name, in any of the spellings that resolvers take (`2130706433`, `0x7f.1`), or a loopback
    name: it is private wherever it is asked for. Other names are looked at when a message is sent."""
    if is_loopback(host.rstrip(".")):
        return True
    with suppress(ValueError):
        return not is_public(host)
    with suppress(OSError):
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    return False
