"""The simulated StepPay of a run of tests: its orders, and what a shopper, a merchant and time do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from widget_server.demo.serving import serving
from widget_server.demo.simulator import create_simulator, describe, read_product
from widget_server.demo.simulator.events import Event
from widget_server.demo.simulator.formats import after
from widget_server.demo.simulator.outcomes import WON, apply, new_order, order_with
from widget_server.demo.simulator.payments import deposit, refund
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.store import Store
from widget_server.demo.simulator.subscriptions import change_card, renew
from widget_server.demo.simulator.timeline import move
from widget_server.demo.simulator.webhooks import signature
from widget_server.testing.installation import SECRET_TOKEN, WEBHOOK_SECRET
from widget_server.web.assets import static_dir, templates_dir


@dataclass(frozen=True)
class StepPayEvent:
    """One webhook of StepPay to the widget server, as it would arrive: `POST` it to `/v1/webhooks/steppay`."""

    type: str
    order_code: str
    body: bytes
    headers: dict[str, str]


class Simulator:
    """A running simulated StepPay at `url`, which is a loopback address. Each step may be told to the widget server by
    one of `events`; nothing is sent by itself."""

    def __init__(self, url: str, store: Store) -> None:
        self.url = url
        self.secret_token = SECRET_TOKEN
        self.events: list[StepPayEvent] = []
        """What StepPay would have sent since the test began, oldest first."""
        self.tells_of_subscriptions = False
        """Whether `subscription.*` events are sent too: the widget server then asks about the subscription."""
        self._store = store
        store.send = self._note

    def order(self, amount: int = WON, outcome: str = "pending") -> SimulatedOrder:
        """A new order of `amount` won; `outcome` as in docs/testing.md, such as `paid` or `awaiting_deposit`."""
        with self._store.lock:
            return self._seen(order_with(self._store, outcome, amount))

    def subscription(self, amount: int = WON, *, trial: bool = False) -> SimulatedOrder:
        """The first order of a subscription, not paid yet. `trial`: it charges nothing, and `amount` is due later."""
        with self._store.lock:
            return self._seen(new_order(self._store, amount, "RECURRING_INITIAL", is_trial=trial))

    def find(self, order_code: str) -> SimulatedOrder:
        """An order that your shop has created, or a code with a fixed outcome. Raises LookupError."""
        with self._store.lock:
            return self._seen(self._store.find_order(order_code))

    @property
    def latest_order(self) -> SimulatedOrder:
        """The one that was created last, for example by your shop. Raises LookupError."""
        with self._store.lock:
            return self._seen(self._store.latest_order())

    def sell(self, product: str) -> str:
        """Let your shop order a product: `product_tea/price_tea=12000`, a subscription with `,month` behind it, a trial
        with `,month,trial=7`."""
        with self._store.lock:
            self._store.add_product(read_product(product))
        return describe(read_product(product))

    def calls(self) -> list[str]:
        """The API calls of this test, as `GET /api/v1/orders/order_15XqwcM1f`."""
        with self._store.lock:
            return [f"{call['method']} {call['path']}" for call in self._store.calls]

    def take_events(self) -> list[StepPayEvent]:
        """What `events` holds, and empty it."""
        with self._store.lock:
            taken = list(self.events)
            self.events.clear()
        return taken

    def reset(self) -> None:
        """Forget everything that happened."""
        with self._store.lock:
            self._store.reset()
            self.events.clear()
            self.tells_of_subscriptions = False

    def pass_time(self, *, days: int = 0, months: int = 0) -> None:
        """Subscriptions are charged, tried again, paused and ended as their days come. Orders keep real times."""
        with self._store.lock:
            move(self._store, after(self._store.clock() + timedelta(days=days), "MONTH", months))

    def _note(self, event: Event) -> None:
        if event.type.startswith("subscription.") and not self.tells_of_subscriptions:
            return
        at = int(self._store.real_clock().timestamp())
        body = event.body(at)
        headers = {"Content-Type": "application/json", "Steppay-Signature": signature(body, at, WEBHOOK_SECRET)}
        self.events.append(StepPayEvent(event.type, event.order_code, body, headers))

    def _seen(self, order: Order | None) -> SimulatedOrder:
        if order is None:
            raise LookupError("the simulated StepPay has no such order")
        return SimulatedOrder(order, self._store)


class SimulatedOrder:
    """An order at the simulated StepPay. A step that its state does not allow raises `NotPossible` with the reason."""

    def __init__(self, order: Order, store: Store) -> None:
        self._order, self._store = order, store

    def __repr__(self) -> str:
        return f"SimulatedOrder({self.code!r}, amount={self.amount}, payment_status={self.payment_status!r})"

    @property
    def code(self) -> str:
        return self._order.code

    @property
    def id(self) -> int:
        return self._order.id

    @property
    def amount(self) -> int:
        """Whole won, the same before and after payment; 0 in a free trial."""
        return self._order.amount

    @property
    def payment_status(self) -> str | None:
        """StepPay's word; None: it charges nothing, so there is no payment."""
        return self._order.payment.status if self._order.has_receipt else None

    @property
    def subscription_id(self) -> int:
        """As in `subscriptionIds` once it is paid; only orders of subscriptions have one there."""
        return self._order.subscription_id

    @property
    def customer_id(self) -> int:
        """StepPay's number of the customer."""
        return self._order.customer.id

    @property
    def subscription_status(self) -> str | None:
        """StepPay's word, such as `ACTIVE`, `UNPAID`, `CANCELED`; None: it has started none."""
        return self._order.subscriptions[0].status if self._order.subscriptions else None

    @property
    def renewals(self) -> list[SimulatedOrder]:
        """The later orders of its subscription, also those that are not paid; the oldest first."""
        orders = self._order.subscriptions[0].orders[1:] if self._order.subscriptions else []
        return [SimulatedOrder(order, self._store) for order in orders]

    def decline_card(self) -> None:
        """The next payments of its subscription fail, until it gets another card."""
        for subscription in self._order.subscriptions:
            subscription.card_works = False

    def change_card(self) -> SimulatedOrder:
        """The shopper opens the order that changes the card of its subscription, and registers one that works."""
        with self._store.lock:
            changing = SimulatedOrder(change_card(self._store, self._order.subscriptions[0]), self._store)
            changing.pay()
            return changing

    def set_outcome(self, outcome: str) -> None:
        """What the shopper did, or what became of StepPay: `paid`, `failed`, `outage`, ... as in docs/testing.md."""
        self._step(lambda: apply(self._store, self._order, outcome))

    def pay(self) -> None:
        """Paid in full; of a trial: begun."""
        is_trial = any(item.is_trial for item in self._order.items)
        self.set_outcome("free_trial" if is_trial else "paid")

    def deposit(self) -> None:
        """The awaited transfer or bank debit arrives."""
        self._step(lambda: deposit(self._store, self._order))

    def refund(self, amount: int | None = None) -> None:
        """Give back `amount` won, or all that is left."""
        self._step(lambda: refund(self._store, self._order, amount))

    def renew(self) -> SimulatedOrder:
        """A month passes, or the trial: the subscription's next order, paid, under a code of its own."""
        with self._store.lock:
            return SimulatedOrder(renew(self._store, self._order), self._store)

    def _step(self, step: Callable[[], object]) -> None:
        with self._store.lock:
            step()


@contextmanager
def running_simulator() -> Iterator[Simulator]:
    """On a free port of 127.0.0.1 until the block ends. It takes the Secret-Token of this run."""
    with serving(_make) as (url, app):
        yield Simulator(url, app.extensions["simulator"])


def _make(url: str) -> Flask:
    return create_simulator(
        secret_token=SECRET_TOKEN, public_url=url, templates_dir=templates_dir(), static_dir=static_dir()
    )
