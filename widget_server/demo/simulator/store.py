"""The simulator's data. Hold `store.lock` around every use; nothing outlives the process."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from widget_server.demo.simulator.catalogue import PRODUCTS, Product
from widget_server.demo.simulator.events import EventFilter, Send, discard_event, event_of
from widget_server.demo.simulator.faults import Fault
from widget_server.demo.simulator.formats import Clock, local_text, new_code, new_id_key
from widget_server.demo.simulator.records import Customer, Item, Order, Payment, Subscription

_FIRST_ORDER_ID = 183_682


class Store:
    """Customers, products, orders, payments, subscriptions, the time, and the log of API calls."""

    def __init__(
        self,
        clock: Clock,
        send: Send = discard_event,
        products: Sequence[Product] = (),
        make_order: Callable[[Store, str], Order | None] = lambda _store, _code: None,
        order_changed: Callable[[Store, Order], None] = lambda _store, _order: None,
    ) -> None:
        """`make_order` may make the order of a code that is asked for the first time (outcomes.py). `order_changed`
        is called after a payment and a refund (subscriptions.py)."""
        self.lock = threading.RLock()
        self.real_clock = clock
        self.send = send
        self.order_changed = order_changed
        self._given, self._make_order = products, make_order
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened."""
        self.calls: list[dict[str, object]] = []
        self.faults: list[Fault] = []
        self.events = EventFilter()
        self.moved = timedelta()
        self.held: datetime | None = None
        self.subscriptions: list[Subscription] = []
        self._numbers = itertools.count(1)
        self._order_ids = itertools.count(_FIRST_ORDER_ID)
        self.customers: list[Customer] = []
        self._orders: dict[str, Order] = {}
        self._id_keys: dict[str, tuple[Order, Payment]] = {}
        self.products: list[Product] = list(PRODUCTS)
        for product in self._given:
            self.add_product(product)

    def clock(self) -> datetime:
        """The time of subscriptions: the real one, moved forward by `moved`; `held` while time is being moved. Orders
        and payments have real times: a widget server is right to refuse a payment of its own future."""
        return self.held or self.real_clock() + self.moved

    def happened(self, event: str, about: Order | Subscription) -> None:
        """Tell the widget server, unless the event is to be lost or to wait."""
        for one in self.events.passing(event_of(event, about)):
            self.send(one)

    def flush_events(self) -> None:
        """Send those that wait to be shuffled."""
        for one in self.events.waiting_ones():
            self.send(one)

    def add_product(self, product: Product) -> None:
        """Sell it from now on, in place of one with the same two codes. Orders that exist keep what they have."""
        number = 100 + next(self._numbers)
        known = [one for one in self.products if one.code == product.code]
        priced = replace(product, id=known[0].id if known else number, price_id=number * 10 + 1)
        replaced = self.find_product(product.code, product.price_code)
        self.products = [one for one in self.products if one is not replaced] + [priced]

    def find_product(self, code: object, price_code: object) -> Product | None:
        """The product with this code, at the price with that one."""
        return next((one for one in self.products if (one.code, one.price_code) == (code, price_code)), None)

    def add_customer(self, fields: dict[str, Any]) -> Customer:
        """Remember a customer; `fields` as in StepPay's create call, already checked."""
        now, number = self.real_clock(), next(self._numbers)
        body = {
            "id": number,
            "uuid": str(uuid.uuid4()),
            "code": new_code("customer"),
            **{name: fields.get(name) for name in ("username", "name", "email", "phone")},
            **{name: bool(fields.get(name)) for name in ("marketingSms", "marketingEmail", "marketingKakao")},
            "attributes": fields.get("attributes") or {},
            "createdAt": local_text(now),
        }
        self.customers.append(Customer(number, now, body))
        return self.customers[-1]

    def find_customer(self, fields: dict[str, Any]) -> Customer | None:
        """Find by `customerId`, `customerCode` or `customerUuid`, the first that is given."""
        keys = (("customerId", "id"), ("customerCode", "code"), ("customerUuid", "uuid"))
        given = [(name, fields[key]) for key, name in keys if fields.get(key) is not None]
        return next((one for one in self.customers for name, wanted in given[:1] if one.body[name] == wanted), None)

    def add_order(
        self,
        customer: Customer,
        lines: Sequence[tuple[Product, int]],
        code: str | None = None,
        order_id: int = 0,
        renews: Order | None = None,
    ) -> Order:
        """Remember an unpaid order of (product, quantity) lines; only test vectors choose code and id. `renews`: the
        subscription's first order, for one of the months that follow."""
        now = self.real_clock()
        order = Order(
            id=self._free_id(order_id),
            code=code or new_code("order"),
            customer=customer,
            items=tuple(
                Item(next(self._numbers), new_code("order_item"), product, count, product.trial_days > 0 and not renews)
                for product, count in lines
            ),
            payment=Payment(new_id_key()),
            created_at=now,
            modified_at=now,
            planned_subscription_id=renews.subscription_id if renews else next(self._numbers),
            renews=renews,
        )
        self._orders[order.code] = order
        self.know_id_key(order, order.payment.id_key)
        return order

    def add_sample_order(self, code: str, order_id: int) -> Order:
        """An order under a code the caller chose, with a made-up customer (control API only)."""
        return self.add_order(self.add_sample_customer(), [(PRODUCTS[1], 1)], code, order_id)

    def add_sample_customer(self) -> Customer:
        return self.add_customer({"name": "모의 고객", "email": "sample@example.com", "phone": "01000000000"})

    def find_order(self, id_or_code: str) -> Order | None:
        """Find by code, or by number when the text is digits only: StepPay takes both in one place."""
        if id_or_code.isascii() and id_or_code.isdigit():
            return next((order for order in self._orders.values() if str(order.id) == id_or_code), None)
        return self._orders.get(id_or_code) or self._make_order(self, id_or_code)

    @property
    def orders(self) -> list[Order]:
        """All, the oldest first."""
        return list(self._orders.values())

    def latest_order(self) -> Order | None:
        return next(reversed(self._orders.values()), None)

    def find_payment(self, id_key: str) -> tuple[Order, Payment] | None:
        return self._id_keys.get(id_key)

    def know_id_key(self, order: Order, id_key: str) -> None:
        """Let the receipt API find the order's present payment under `id_key`."""
        self._id_keys[id_key] = (order, order.payment)

    def touched_orders(self) -> list[Order]:
        """Those that a shopper tried to pay, the latest first."""
        touched = [order for order in self._orders.values() if order.payment.status != "STANDBY"]
        return sorted(touched, key=lambda order: order.modified_at, reverse=True)

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Events within are not sent."""
        send, self.send = self.send, discard_event
        try:
            yield
        finally:
            self.send = send

    def next_number(self) -> int:
        return next(self._numbers)

    def find_subscription(self, number: int) -> Subscription | None:
        return next((one for one in self.subscriptions if one.id == number), None)

    def start_attempt(self, order: Order) -> Payment:
        """Return the untouched payment, or a new one with a new idKey: StepPay may not reuse a failed one."""
        if order.payment.status != "STANDBY":
            order.payment = Payment(new_id_key())
            self.know_id_key(order, order.payment.id_key)
        return order.payment

    def _free_id(self, wanted: int) -> int:
        taken = {order.id for order in self._orders.values()}
        if wanted > 0 and wanted not in taken:
            return wanted
        return next(number for number in self._order_ids if number not in taken)
