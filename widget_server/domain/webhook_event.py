"""Which order a webhook event of StepPay names. Even a correctly signed event proves no payment: the server asks
StepPay."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_id import read_order_id

_NAME = re.compile(r"[a-z_]{1,24}(\.[a-z_]{1,32}){1,2}")
_CLAIMED_STATUS = {
    "payment.completed": "paid",
    "order.payment_completed": "paid",
    "payment.failed": "failed",
    "payment.canceled": "canceled",
}


@dataclass(frozen=True)
class WebhookEvent:
    """Which order to check. `claimed_status`: what the event claims of the payment. The rest is not kept."""

    event: str
    order_code: str | None = None
    order_id: int | None = None
    subscription_id: int | None = None
    claimed_status: str | None = None

    @property
    def names_an_order(self) -> bool:
        return self.order_code is not None or self.order_id is not None


def read_event(body: Mapping[str, object]) -> WebhookEvent:
    """Events that we do not know, or that name no order, give an empty event."""
    name, data = body.get("event"), body.get("data")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(data, dict):
        return WebhookEvent("unknown")
    family, claimed = name.partition(".")[0], _CLAIMED_STATUS.get(name)
    if family == "order":
        return WebhookEvent(
            name,
            _code(data.get("code")) or _code(data.get("orderCode")),
            read_order_id(data.get("id")),
            claimed_status=claimed,
        )
    if family in {"payment", "invoice"}:
        return WebhookEvent(name, *_order_named_in(data), claimed_status=claimed)
    if family == "subscription":
        return WebhookEvent(
            name, subscription_id=read_order_id(data.get("id")) or read_order_id(data.get("subscriptionId"))
        )
    return WebhookEvent(name)


def read_v1_event(body: Mapping[str, object]) -> WebhookEvent:
    """The old, unsigned form: `{"webHookType": "PAYMENT", "orderId": 1}`, its number also as text."""
    return WebhookEvent("v1", order_id=read_order_id(body.get("orderId")))


def _order_named_in(data: Mapping[str, object]) -> tuple[str | None, int | None]:
    """The order that a payment or an invoice is about: code and number, of its own members or of a nested `order`. An
    invoice's `code` and `id` are the invoice's."""
    order = data.get("order")
    nested = order if isinstance(order, dict) else {}
    code = _code(data.get("orderCode")) or _code(nested.get("code")) or _code(nested.get("orderCode"))
    return code, read_order_id(data.get("orderId")) or read_order_id(nested.get("id"))


def _code(value: object) -> str | None:
    return value if isinstance(value, str) and ORDER_CODE.fullmatch(value) else None
