"""Every route's decisions: who may call it, which rate limit budget of a client it draws on, how large a body may be.

`web/middleware/guard.py` enforces this table; a test finds every route without a row.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from widget_server.domain.rate_limit import RateLimitBucket


class Caller(StrEnum):
    """`SHOP_PAGES`: pages of `WIDGET_ALLOWED_ORIGINS`, and clients that are no page (CORS)."""

    PUBLIC = "public"
    SHOP_PAGES = "shop pages"
    MERCHANT = "merchant backend"
    SCRAPER = "metrics scraper"
    OPERATOR = "operator"


class Route(NamedTuple):
    caller: Caller
    budget: RateLimitBucket
    body_bytes: int = 0


WEBHOOK_PATH = "/v1/webhooks/steppay"
"""Where StepPay sends its events."""

ROUTES: Mapping[str, Route] = {
    "/v1/verify": Route(Caller.SHOP_PAGES, RateLimitBucket.CROWD_ASK, 4096),
    "/v1/checkouts": Route(Caller.SHOP_PAGES, RateLimitBucket.CROWD_OPEN, 8192),  # three page URLs of up to 2,048 fit
    "/v1/checkouts/<checkout_id>": Route(Caller.SHOP_PAGES, RateLimitBucket.CROWD_POLL),
    "/v1/offers/<offer>": Route(Caller.SHOP_PAGES, RateLimitBucket.RULE),
    "/v1/offers/<offer>/orders": Route(Caller.SHOP_PAGES, RateLimitBucket.CROWD_ORDER, 8192),
    "/v1/orders": Route(Caller.MERCHANT, RateLimitBucket.FREE, 32 * 1024),  # a hundred items fit
    "/v1/orders/<order_code>": Route(Caller.MERCHANT, RateLimitBucket.FREE),
    "/v1/orders/<order_code>/expectation": Route(Caller.MERCHANT, RateLimitBucket.FREE, 4096),
    "/v1/subscriptions/<subscription_id>": Route(Caller.MERCHANT, RateLimitBucket.FREE),
    "/v1/subscriptions/<subscription_id>/payment-method": Route(Caller.MERCHANT, RateLimitBucket.FREE, 4096),
    "/v1/pay/<order_code>": Route(Caller.PUBLIC, RateLimitBucket.CROWD_OPEN),  # a link, for browsers without JavaScript
    "/v1/return/<checkout_id>": Route(Caller.PUBLIC, RateLimitBucket.CROWD_ASK),  # the checkout id is unguessable
    WEBHOOK_PATH: Route(Caller.PUBLIC, RateLimitBucket.FREE, 1024 * 1024),  # the signature decides
    "/v1/webhooks/steppay-v1": Route(Caller.PUBLIC, RateLimitBucket.ASK, 4096),  # off by default
    "/v1/pages": Route(Caller.PUBLIC, RateLimitBucket.RULE),
    "/v1/tag": Route(Caller.PUBLIC, RateLimitBucket.FREE),  # a shop's server asks for each of its pages
    "/v1/widget.js": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/v1/widget-<digest>.js": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/v1/screens": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/assets/<path:name>": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/.well-known/jwks.json": Route(Caller.PUBLIC, RateLimitBucket.FREE),  # public keys
    "/": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/openapi.json": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/docs": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/docs/<path:name>": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/llms.txt": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/playground": Route(Caller.PUBLIC, RateLimitBucket.RULE),
    "/playground/screens": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/playground/screens/<surface>/<screen>": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/healthz": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/readyz": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/metrics": Route(Caller.SCRAPER, RateLimitBucket.FREE),
}
"""By the route's rule, for all of its methods."""

CORS_PATHS = tuple(
    dict.fromkeys(rule.partition("/<")[0] for rule, route in ROUTES.items() if route.caller is Caller.SHOP_PAGES)
)
"""The paths, with everything below them, that pages of other origins may call."""

ADMIN_ROUTES: Mapping[str, Route] = {
    "/": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/admin/sign-in": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/admin/session": Route(Caller.PUBLIC, RateLimitBucket.ASK),  # the key decides
    "/admin/assets/<name>": Route(Caller.PUBLIC, RateLimitBucket.FREE),
    "/admin": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/session/end": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/orders": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/orders.csv": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/orders/<order_code>": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/orders/<order_code>/check": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/subscriptions": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/subscriptions/<subscription_id>": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/subscriptions/<subscription_id>/check": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/deliveries": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/deliveries/redeliver": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/deliveries/<event_id>": Route(Caller.OPERATOR, RateLimitBucket.FREE),
    "/admin/deliveries/<event_id>/redeliver": Route(Caller.OPERATOR, RateLimitBucket.FREE),
}
"""Of the admin dashboard, which answers under `WIDGET_ADMIN_ORIGIN` alone; `web/admin/session_guard.py` checks the
session."""

ALL_ROUTES: Mapping[str, Route] = {**ROUTES, **ADMIN_ROUTES}
