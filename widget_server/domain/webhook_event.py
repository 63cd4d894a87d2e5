"""What an event of StepPay's hints at. Even a rightly signed one proves no payment: it only says where to look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from widget_server.domain.model import ORDER_CODE
from widget_server.domain.order_id import read_order_id

_NAME = re.compile(r"[a-z_]{1,24}(\.[a-z_]{1,32}){1,2}")
_SAID = {
    "payment.completed": "paid",
    "order.payment_completed": "paid",
    "payment.failed": "failed",
    "payment.canceled": "canceled",
}


@dataclass(frozen=True)
class WebhookEvent:
    """Where to look. `said`: what the event claims of the payment. Nothing else of its body is kept."""

    event: str
    order_code: str | None = None
    order_id: int | None = None
    subscription_id: int | None = None
    said: str | None = None

    @property
    def names_an_order(self) -> bool:
        return self.order_code is not None or self.order_id is not None


def read_event(body: Mapping[str, object]) -> WebhookEvent:
    """Events that we do not know, or that name nothing we could ask about, give an empty hint."""
    name, data = body.get("event"), body.get("data")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(data, dict):
        return WebhookEvent("unknown")
    family, said = name.partition(".")[0], _SAID.get(name)
    if family == "order":
        return WebhookEvent(
            name, _code(data.get("code")) or _code(data.get("orderCode")), read_order_id(data.get("id")), said=said
        )
    if family in {"payment", "invoice"}:
        return WebhookEvent(name, *_order_named_in(data), said=said)
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
