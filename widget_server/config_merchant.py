"""What the merchant's backend may be told by, and where: checks for `config.py`."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

from widget_server.config_values import is_loopback

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


def merchant_url_problem(url: str, *, sandbox: bool) -> str | None:
    """One address, by https; it never comes from anywhere but the settings."""
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
    return None
