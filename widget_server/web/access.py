"""Who may call which route: one table, read by the guard below and by a test that finds every route without a row.

The merchant's backend shows `WIDGET_API_KEY` as a bearer token (RFC 6750). No page may call its routes: what a page can
send, its visitor can read. So a request with an `Origin` is refused, a preflight too, and no CORS header is ever sent.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Mapping
from enum import StrEnum

from flask import Flask, request

from widget_server.config import Secret
from widget_server.errors import MerchantApiOff, PagesNotAllowed, Unauthorized

log = logging.getLogger("widget_server.access")


class Caller(StrEnum):
    """`SHOP_PAGES`: pages of `WIDGET_ALLOWED_ORIGINS`, and callers that are no page; `web/origins.py` guards them."""

    ANYONE = "anyone"
    SHOP_PAGES = "shop pages"
    MERCHANT = "merchant backend"
    OPERATOR = "operator"  # under an origin of their own, where `web/admin/guard.py` asks for a session


WHO_MAY_CALL: Mapping[str, Caller] = {
    "/v1/verify": Caller.SHOP_PAGES,
    "/v1/attempts": Caller.SHOP_PAGES,
    "/v1/attempts/<attempt_id>": Caller.SHOP_PAGES,
    "/v1/orders/<order_code>": Caller.MERCHANT,
    "/v1/orders/<order_code>/expectation": Caller.MERCHANT,
    "/v1/pay/<order_code>": Caller.ANYONE,  # a link, for browsers without JavaScript
    "/v1/return/<attempt_id>": Caller.ANYONE,  # a shopper's browser that knows the attempt's 128 random bits
    "/v1/webhooks/steppay": Caller.ANYONE,  # the signature decides
    "/v1/webhooks/steppay-v1": Caller.ANYONE,  # off by default; nothing of it is believed
    "/v1/pages": Caller.ANYONE,
    "/v1/widget.js": Caller.ANYONE,
    "/v1/widget-<digest>.js": Caller.ANYONE,
    "/assets/<path:name>": Caller.ANYONE,
    "/.well-known/jwks.json": Caller.ANYONE,  # public keys
    "/openapi.json": Caller.ANYONE,
    "/docs": Caller.ANYONE,
    "/playground": Caller.ANYONE,
    "/healthz": Caller.ANYONE,
    "/readyz": Caller.ANYONE,
    "/": Caller.ANYONE,  # this and the rest: only under WIDGET_ADMIN_ORIGIN
    "/admin/sign-in": Caller.ANYONE,
    "/admin/session": Caller.ANYONE,  # the key decides
    "/admin/assets/<name>": Caller.ANYONE,
    "/admin": Caller.OPERATOR,
    "/admin/session/end": Caller.OPERATOR,
    "/admin/orders": Caller.OPERATOR,
    "/admin/orders/<order_code>": Caller.OPERATOR,
    "/admin/deliveries": Caller.OPERATOR,
    "/admin/deliveries/<event_id>/redeliver": Caller.OPERATOR,
}
"""By the route's rule, for all of its methods."""

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
"""The scheme's case means nothing (RFC 9110 section 11.1). Two headers arrive joined by a comma and do not match."""


def register_access(app: Flask, api_key: Secret | None) -> None:
    """Nobody gets through to a route about which nothing was decided."""

    @app.before_request
    def admit() -> None:
        if request.url_rule is None:
            return
        rule = request.url_rule.rule
        if rule not in WHO_MAY_CALL:
            raise RuntimeError(f"web/access.py does not say who may call {rule}")
        if WHO_MAY_CALL[rule] is Caller.MERCHANT:
            _admit_merchant(rule, api_key)


def _admit_merchant(rule: str, api_key: Secret | None) -> None:
    if api_key is None:
        raise MerchantApiOff
    knows_key = _knows(api_key, request.headers.get("Authorization", ""))
    if "Origin" in request.headers:
        if knows_key:
            log.error("api_key_in_a_page route=%s: replace WIDGET_API_KEY, visitors can read it", rule)
        raise PagesNotAllowed
    if not knows_key:
        log.warning("merchant_refused route=%s method=%s", rule, request.method)
        raise Unauthorized


def _knows(api_key: str, authorization: str) -> bool:
    """In constant time. Digests, because `compare_digest` tells lengths apart and raises on text that is not ASCII."""
    given = _BEARER.fullmatch(authorization)
    return given is not None and hmac.compare_digest(_digest(given[1]), _digest(api_key))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8")).digest()
