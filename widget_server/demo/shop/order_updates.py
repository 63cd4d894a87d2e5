"""The webhooks that the widget server sends to the shop's backend: each is trusted by its signature, handled once."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from flask import Blueprint, Response, request

from widget_server.demo.shop.catalogue import Product
from widget_server.merchant.webhooks import Delivery, WebhookVerificationError, verify_delivery

PATH = "/widget-events"
_SEOUL = timezone(timedelta(hours=9))
_MOST_ORDERS, _MOST_TESTS, _MOST_MESSAGES = 50, 5, 8
Sale = tuple[Product, int]
"""What an order is for, and how many."""


@dataclass
class TrackedOrder:
    """One order as the backend knows it. A real shop keeps it in its database."""

    code: str
    product: Product
    data: Mapping[str, Any]
    quantity: int = 1
    messages: list[dict[str, str]] = field(default_factory=list)
    """`cause`: what made the widget server ask StepPay, the last entry of a webhook's history."""


@dataclass
class Membership:
    """The subscription of the demo's one shopper. `data`: the newest that the widget server has said of it."""

    number: int
    product: Product
    data: Mapping[str, Any] = field(default_factory=dict)
    messages: list[dict[str, str]] = field(default_factory=list)

    def learn(self, data: Mapping[str, Any]) -> None:
        """Messages come in any order: the newest `checkedAt` counts."""
        if str(data.get("checkedAt")) >= str(self.data.get("checkedAt", "")):
            self.data = data


class OrderUpdates:
    """The demo's orders and its memberships, in memory."""

    def __init__(self, bought: Callable[[str], Sale | None] = lambda _code: None) -> None:
        """`bought` asks StepPay what an order is for that no page of the shop has made: those of offers."""
        self._lock = threading.Lock()
        self._bought = bought
        self._sold: dict[str, Sale] = {}
        self._members: dict[int, Membership] = {}
        self._orders: dict[str, TrackedOrder] = {}
        self._seen: set[str] = set()
        self._tests: list[dict[str, str]] = []

    def add_sale(self, order_code: str, product: Product, quantity: int = 1) -> None:
        """Remember what an order is for."""
        with self._lock:
            self._sold[order_code] = (product, quantity)

    def receive(self, delivery: Delivery) -> None:
        """A webhook may come twice, and about a refund before its payment: act once for each id. Webhooks come for
        every order of the StepPay account: those of other shops are ignored. A test message is only shown. Raises what
        `bought` raises: then the webhook comes again."""
        if delivery.is_test:
            with self._lock:
                self._tests = [_message(delivery), *self._tests][:_MOST_TESTS]
            return
        self._look_up(delivery)
        with self._lock:
            if delivery.id not in self._seen:
                self._seen.add(delivery.id)
                self._note(delivery)

    def latest(self) -> list[TrackedOrder]:
        with self._lock:
            return list(self._orders.values())[: -_MOST_ORDERS - 1 : -1]

    def has(self, order_code: str) -> bool:
        """Whether a webhook has come about this order."""
        with self._lock:
            return order_code in self._orders

    def sale(self, order_code: str) -> Sale | None:
        """What the order is for; None: it is not of this shop."""
        with self._lock:
            return self._sold.get(order_code)

    def tests(self) -> list[dict[str, str]]:
        """The newest test messages of `widget-server deliveries send-test`."""
        with self._lock:
            return list(self._tests)

    def membership(self) -> Membership | None:
        """That of the newest subscription."""
        with self._lock:
            return next(reversed(self._members.values()), None)

    def _look_up(self, delivery: Delivery) -> None:
        """An order that no page of the shop has made. A renewal's order was made by StepPay: its subscription says what
        it is for."""
        code = delivery.data.get("orderCode") or delivery.data.get("firstOrderCode")
        if not isinstance(code, str) or code in self._sold or delivery.data.get("orderType") == "RECURRING":
            return
        if sale := self._bought(code):
            self.add_sale(code, *sale)

    def _note(self, delivery: Delivery) -> None:
        data, code = delivery.data, delivery.data.get("orderCode")
        if not isinstance(code, str):
            self._note_subscription(delivery)
            return
        product = self._product_of(code, data)
        if product is None:
            return
        quantity = self._sold.get(code, (product, 1))[1]
        order = self._orders.pop(code, None) or TrackedOrder(code, product, {}, quantity)
        if str(data.get("checkedAt")) >= str(order.data.get("checkedAt", "")):
            order.data = data
        order.messages.append(_message(delivery))
        self._orders[code] = order
        if delivery.type.startswith("subscription."):  # of the order that changed its card
            self._tell_members(delivery, data.get("subscriptionIds", ()))

    def _note_subscription(self, delivery: Delivery) -> None:
        number, sale = delivery.data.get("subscriptionId"), self._sold.get(str(delivery.data.get("firstOrderCode")))
        if not isinstance(number, int):
            return
        if sale:
            self._add_member(number, sale[0])
        if member := self._members.get(number):
            member.learn(delivery.data)
        self._tell_members(delivery, [number])

    def _tell_members(self, delivery: Delivery, numbers: Collection[object]) -> None:
        for member in self._members.values():
            if member.number in numbers:
                member.messages = [_message(delivery), *member.messages][:_MOST_MESSAGES]

    def _product_of(self, code: str, data: Mapping[str, Any]) -> Product | None:
        """What was sold with this order, and for this amount; None: nothing. A renewal is for what its subscription is,
        which was stored at the first payment."""
        numbers = [number for number in data.get("subscriptionIds", ()) if isinstance(number, int)]
        sale = self._sold.get(code)
        if sale is None:
            return next((self._members[number].product for number in numbers if number in self._members), None)
        product, quantity = sale
        if data.get("fulfill") and (data.get("amount"), data.get("currency")) != (product.price_krw * quantity, "KRW"):
            return None  # another amount than the price: not shown as paid
        for number in numbers:
            self._add_member(number, product)
        return product

    def _add_member(self, number: int, product: Product) -> None:
        self._members.setdefault(number, Membership(number, product))


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
