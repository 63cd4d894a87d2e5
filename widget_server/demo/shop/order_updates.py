"""The webhooks that the widget server sends to the shop's backend: each is trusted by its signature, handled once."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from flask import Blueprint, Response, request

from widget_server.demo.shop.catalogue import Product
from widget_server.merchant.webhooks import Delivery, WebhookVerificationError, verify_delivery

PATH = "/widget-events"
_SEOUL = timezone(timedelta(hours=9))
_MOST_ORDERS, _MOST_TESTS = 50, 5


@dataclass
class TrackedOrder:
    """One order as the backend knows it. A real shop keeps it in its database."""

    code: str
    product: Product
    data: Mapping[str, Any]
    messages: list[dict[str, str]] = field(default_factory=list)
    """`cause`: what made the widget server ask StepPay, the last entry of a webhook's history."""


class OrderUpdates:
    """The demo's orders, in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sold: dict[str, Product] = {}
        self._subscribed: dict[int, Product] = {}
        self._orders: dict[str, TrackedOrder] = {}
        self._seen: set[str] = set()
        self._tests: list[dict[str, str]] = []

    def add_sale(self, order_code: str, product: Product) -> None:
        """Remember what an order is for."""
        with self._lock:
            self._sold[order_code] = product

    def receive(self, delivery: Delivery) -> None:
        """A webhook may come twice, and about a refund before its payment: act once for each id. Webhooks come for
        every order of the StepPay account: those of other shops are ignored. A test message is only shown."""
        with self._lock:
            if delivery.is_test:
                self._tests = [_message(delivery), *self._tests][:_MOST_TESTS]
                return
            code = delivery.data.get("orderCode")
            product = self._product_of(code, delivery.data) if isinstance(code, str) else None
            if delivery.id in self._seen or not isinstance(code, str) or product is None:
                return
            self._seen.add(delivery.id)
            order = self._orders.pop(code, None) or TrackedOrder(code, product, {})
            if str(delivery.data.get("checkedAt")) >= str(order.data.get("checkedAt", "")):
                order.data = delivery.data
            order.messages.append(_message(delivery))
            self._orders[code] = order

    def latest(self) -> list[TrackedOrder]:
        with self._lock:
            return list(self._orders.values())[: -_MOST_ORDERS - 1 : -1]

    def tests(self) -> list[dict[str, str]]:
        """The newest test messages of `widget-server deliveries send-test`."""
        with self._lock:
            return list(self._tests)

    def _product_of(self, code: str, data: Mapping[str, Any]) -> Product | None:
        """What was sold with this order, and for this amount; None: nothing. A renewal's order was made by StepPay: its
        subscription, stored at the first payment, says what it is for."""
        subscriptions = [number for number in data.get("subscriptionIds", ()) if isinstance(number, int)]
        sold = self._sold.get(code)
        if sold is None:
            return next((self._subscribed[number] for number in subscriptions if number in self._subscribed), None)
        if data.get("fulfill") and (data.get("amount"), data.get("currency")) != (sold.price_krw, "KRW"):
            return None  # another amount than the price: not shown as paid
        self._subscribed |= dict.fromkeys(subscriptions, sold)
        return sold


def webhook_routes(updates: OrderUpdates, secret: str) -> Blueprint:
    """Where the widget server's webhooks arrive; `secret` is the widget server's WIDGET_NOTIFY_SECRET."""
    routes = Blueprint("webhooks", __name__)

    @routes.post(PATH)
    def receive_webhook() -> Response:
        try:
            body, headers = request.get_data(), dict(request.headers)
            updates.receive(verify_delivery(body, headers, secrets=[secret], accept_test=True))
        except WebhookVerificationError as error:
            return Response(error.code, 400)
        return Response(status=204)

    return routes


def _message(delivery: Delivery) -> dict[str, str]:
    history = delivery.data.get("history") or [{}]
    at = datetime.now(UTC).astimezone(_SEOUL).strftime("%Y-%m-%d %H:%M:%S")
    return {"id": delivery.id, "type": delivery.type, "cause": str(history[-1].get("cause")), "at": at}
