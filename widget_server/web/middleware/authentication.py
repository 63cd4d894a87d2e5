"""The keys of the callers that have one.

The merchant backend shows `WIDGET_API_KEY` as a bearer token (RFC 6750). No page may call its routes: its
shoppers could read the key. So a request of a page is rejected, a preflight too, and no CORS header is sent.
"""

import hashlib
import hmac
import logging
import re

from flask import Request

from widget_server.config import Secret
from widget_server.errors import BrowserCallForbidden, MerchantApiDisabled, MetricsDisabled, Unauthorized

log = logging.getLogger("widget_server.access")

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
"""The scheme's case means nothing (RFC 9110 section 11.1). Two headers arrive joined by a comma and do not match."""


def admit_merchant(api_key: Secret | None, request: Request) -> None:
    if api_key is None:
        raise MerchantApiDisabled
    rule = str(request.url_rule)
    knows_key = _knows(api_key, request.headers.get("Authorization", ""))
    if _is_of_a_page(request):
        if knows_key:
            log.error("api_key_in_a_page route=%s: replace WIDGET_API_KEY, shoppers can read it", rule)
        raise BrowserCallForbidden
    if not knows_key:
        log.warning("merchant_refused route=%s method=%s", rule, request.method)
        raise Unauthorized


def admit_scraper(metrics_key: Secret | None, request: Request) -> None:
    """As for the merchant backend: shoppers of a page could read the key."""
    if metrics_key is None:
        raise MetricsDisabled
    if _is_of_a_page(request):
        raise BrowserCallForbidden
    if not _knows(metrics_key, request.headers.get("Authorization", "")):
        log.warning("scraper_refused")
        raise Unauthorized


def _is_of_a_page(request: Request) -> bool:
    """Browsers send `Origin` to other origins and with every POST or PUT. With a GET to their own origin, which this
    server's is below a path of the shop, they send `Sec-Fetch-Site` (Fetch Metadata). No script can change either."""
    return "Origin" in request.headers or request.headers.get("Sec-Fetch-Site") == "same-origin"


def _knows(api_key: str, authorization: str) -> bool:
    """In constant time. Digests, because `compare_digest` tells lengths apart and raises on text that is not ASCII."""
    given = _BEARER.fullmatch(authorization)
    return given is not None and hmac.compare_digest(_digest(given[1]), _digest(api_key))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()
