"""What StepPay tells of: its events (v2), as they are when something happens, and how they get lost."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from widget_server.demo.simulator.formats import local_text
from widget_server.demo.simulator.records import Order, Subscription
from widget_server.demo.simulator.subscription_bodies import event_data


@dataclass(frozen=True, slots=True)
class Event:
    """`order_code`: of a subscription, that of the order that has started it."""

    type: str
    order_code: str
    data: dict[str, object] = field(repr=False)
    is_in_trouble: bool = False

    def body(self, at: int) -> bytes:
        """`at`: seconds since 1970."""
        whole = {"timestamp": at, "version": "v1", "event": self.type, "data": self.data}
        return json.dumps(whole, ensure_ascii=False).encode()


Send = Callable[[Event], None]


def discard_event(_event: Event) -> None:
    """No webhook is set up."""


def event_of(kind: str, about: Order | Subscription) -> Event:
    if isinstance(about, Subscription):
        return Event(kind, about.order.code, event_data(about), bool(about.order.trouble))
    data = _order_data(about) if kind.startswith("order.") else _payment_data(about)
    return Event(kind, about.code, data, bool(about.trouble))


@dataclass(slots=True)
class EventFilter:
    """Each `lose`-th event is lost; events wait until `shuffle` of them are there, and go in another order, the same
    in each run. 0: as they come."""

    lose: int = 0
    shuffle: int = 0
    seen: int = 0
    _waiting: list[Event] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - the same in each run

    def passing(self, event: Event) -> list[Event]:
        """What is sent now."""
        self.seen += 1
        if self.lose and self.seen % self.lose == 0:
            return []
        if not self.shuffle:
            return [event]
        self._waiting.append(event)
        return self.waiting_ones() if len(self._waiting) >= self.shuffle else []

    def waiting_ones(self) -> list[Event]:
        """Those that wait, shuffled; they wait no more."""
        waiting, self._waiting = self._waiting, []
        self._random.shuffle(waiting)
        return waiting


def _order_data(order: Order) -> dict[str, object]:
    """Orders' events carry the code, payments' events the number as text, as in StepPay's guide."""
    return {
        "id": order.id,
        "code": order.code,
        "type": order.type,
        "idKey": order.payment.id_key,
        "paymentDate": local_text(order.payment_date),
        "paidAmount": order.amount,
        "returnedAmount": order.payment.returned,
        "customerId": order.customer.id,
        "subscriptions": [subscription.id for subscription in order.subscriptions],
    }


def _payment_data(order: Order) -> dict[str, object]:
    return {
        "idKey": order.payment.id_key,
        "orderId": str(order.id),
        "status": order.payment.status,
        "paidAmount": order.amount,
        "paidAt": local_text(order.payment.paid_at),
    }
