"""Parameters and response headers that more than one route has."""

from typing import Any

from widget_server.domain.checkout import CHECKOUT_ID
from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_id import MAX_ORDER_ID
from widget_server.web.openapi.operations import Parameter
from widget_server.web.schemas import json_pattern

ORDER_CODE_PARAMETER = Parameter(
    "orderCode",
    "StepPay's order code. Digits alone are never one.",
    {"type": "string", "pattern": json_pattern(ORDER_CODE)},
    "order_15XqwcM1f",
)
SUBSCRIPTION_ID_PARAMETER = Parameter(
    "subscriptionId",
    "StepPay's number of the subscription, as in `subscriptionIds` of a verdict.",
    {"type": "integer", "minimum": 1, "maximum": MAX_ORDER_ID},
    "77",
)
OFFER_PARAMETER = Parameter(
    "offer", "The offer's `id` in the offers file.", {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"}, "basic-monthly"
)
CHECKOUT_PARAMETER = Parameter(
    "checkoutId",
    "The id that `POST /v1/checkouts` gave: 128 random bits.",
    {"type": "string", "pattern": json_pattern(CHECKOUT_ID)},
    "q83vEjRWeJASNFZ4mrze8A",
)
LANGUAGE_PARAMETER = Parameter(
    "Accept-Language",
    "`ko` (default) or `en`: the language of `title` and `message`.",
    {"type": "string"},
    "ko",
    "header",
)
ETAG_PARAMETER = Parameter(
    "If-None-Match", "The `ETag` you already have.", {"type": "string"}, '"8f2c1d0e9b7a6543"', "header"
)

HEADERS: dict[str, dict[str, Any]] = {
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "schema": {"type": "integer", "minimum": 1},
        "required": True,
    },
    "Location": {
        "description": "Where to go.",
        "schema": {"type": "string", "format": "uri-reference"},
        "required": True,
    },
    "ETag": {"description": "Names this very content.", "schema": {"type": "string"}, "required": True},
}
