"""What the use cases need from outside. `adapters` implements these; tests may pass their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from widget_server.domain.checkout import Checkout
from widget_server.domain.delivery import Delivery, DeliveryResponse, DeliveryState
from widget_server.domain.display_options import PageRule
from widget_server.domain.expectation import Binding, Outcome
from widget_server.domain.job import Job
from widget_server.domain.model import Expectation, Verdict
from widget_server.domain.order_record import Cause, Record
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.domain.transitions import OrderState
from widget_server.domain.webhook_event import WebhookEvent
from widget_server.services.metrics import Counter, Gauge, Histogram
from widget_server.services.order_views import (
    Cursor,
    DeliveryLine,
    HourLine,
    OrderDetail,
    OrderSummary,
    QueueStats,
    VerdictTotals,
)
from widget_server.services.steppay_call import Body, Deadline, Request
from widget_server.services.upstream_stats import Snapshot

Clock = Callable[[], datetime]
CheckLimit = Callable[[RateLimitBucket, str], int | None]
"""Counts one request of a client on one of its budgets. None: allowed; else the seconds to wait, at least 1."""
"""Aware UTC time."""


class StepPay(Protocol):
    """StepPay's API with the merchant's Secret-Token."""

    def call(self, request: Request, deadline: Deadline) -> Body | None:
        """None: StepPay knows nothing under this key (404). Raises `errors.UpstreamError` subclasses when StepPay could
        not be asked. Many threads may call it."""


class Checkouts(Protocol):
    """The store of checkouts. Every method raises `errors.StorageError` when the database does not answer."""

    def add(self, checkout: Checkout) -> None: ...

    def find(self, checkout_id: str) -> Checkout | None: ...

    def record(
        self,
        checkout_id: str,
        *,
        verdict: Mapping[str, object] | None = None,
        returned_at: datetime | None = None,
        claim: str | None = None,
    ) -> None:
        """Note the newest verdict, the shopper's return and how it was. None changes nothing; the first return time
        stays, the last claim counts until the same order is opened again."""

    def ping(self) -> None:
        """Raise `errors.StorageError` unless the database answers and takes what is written."""

    def was_opened(self, order_code: str) -> bool:
        """Whether the order has a checkout."""

    def find_last_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """What was answered last about this order in any of its checkouts, as JSON members; None when nothing was."""


class Expectations(Protocol):
    """What the merchant's backend bound to orders. Every method raises `errors.StorageError` when the database does
    not answer."""

    def find(self, order_code: str) -> Binding | None: ...

    def bind(self, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
        """What stands afterwards, by the rule of `domain.expectation.rebind`; at once or not at all."""

    def settle(self, order_code: str, expectation: Expectation | None, at: datetime) -> bool:
        """Fix what a final answer was checked against. False, and nothing is fixed, when by now the order has another
        expectation than this one."""


class Ledger(Protocol):
    """The record of every order that StepPay was asked about. Every method raises `errors.StorageError` when the
    database does not answer."""

    def record(self, verdict: Verdict, cause: Cause) -> tuple[OrderState, bool]:
        """What stands afterwards, and whether StepPay contradicts it. The record, its transition and what follows from
        it come at once or not at all."""

    def note_mismatch(self, verdict: Verdict, cause: Cause) -> None:
        """A paid mismatch: its transition and the message to the merchant, once for each pair of amounts. The record
        stays what it is."""

    def find(self, order_code: str) -> Record | None: ...

    def find_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """The record's verdict as JSON members."""

    def find_code(self, order_id: int) -> str | None:
        """The code of the order with StepPay's number, where it is known here."""

    def ask_for_review(self, order_code: str) -> None:
        """A person has to look at this order."""


class Inbox(Protocol):
    """StepPay's events. Every method raises `errors.StorageError` when the database does not answer."""

    def accept(self, digest: str, hint: WebhookEvent, at: datetime) -> bool:
        """Keep an event, known by the hash of its body, and the work on it. False: it was kept before."""

    def accept_number(self, order_id: int, at: datetime) -> bool:
        """Ask StepPay about the order with this number. False: too many wait."""

    def suggest_check(self, order_code: str, at: datetime) -> None:
        """Look at this order soon."""

    def find(self, digest: str) -> WebhookEvent | None:
        """The event that waits for work."""

    def close(self, job: Job, *, ignored: bool) -> None:
        """The work on an event is done."""


class OrderLookup(Protocol):
    """StepPay's order numbers."""

    def find_code(self, order_id: int) -> str | None:
        """The code of the order with this number; None: there is none. Raises `errors.UpstreamError` subclasses."""


class Jobs(Protocol):
    """Work that must not be lost. Every method raises `errors.StorageError` when the database does not answer."""

    def finish(self, job: Job) -> None: ...

    def postpone(self, job: Job, due_at: datetime, *, step: int, tries: int) -> None: ...


class Merchant(Protocol):
    """The merchant's backend."""

    def tell(self, event_id: str, payload: str, at: datetime) -> DeliveryResponse:
        """One signed POST within ten seconds. Never raises for what the other side does."""


class Deliveries(Protocol):
    """What the merchant is told, and every try. Every method raises `errors.StorageError` when the database does not
    answer."""

    def find(self, event_id: str) -> Delivery | None: ...

    def begin_try(self, event_id: str, at: datetime) -> int:
        """Note a try before it is made; gives its number."""

    def end_try(self, job: Job, try_id: int, answer: DeliveryResponse, again_at: datetime | None) -> None:
        """Note how it ended and what follows, at once: done, tried again, or parked when `again_at` is None."""


class Signer(Protocol):
    """Signs what the merchant's backend shall believe."""

    def sign(self, claims: Mapping[str, object]) -> str:
        """A compact JWS of `claims` and a fresh `jti`."""

    def public_keys(self) -> Mapping[str, object]:
        """The JWK set that verifies it: public parts only."""


class Rules(Protocol):
    """The merchant's page rules."""

    def find(self, path: str) -> PageRule:
        """The rule for a page's path (`/pricing`); always answers."""


class Overview(Protocol):
    """The record as an operator looks at it: only read, every list bounded. Every method raises `errors.StorageError`
    when the database does not answer."""

    def day(self, since: datetime) -> Sequence[VerdictTotals]:
        """Orders whose newest answer is of `since` or later, summed by verdict and currency."""

    def hours(self, since: datetime) -> Sequence[HourLine]:
        """The same orders, counted by hour and verdict; an hour without any has no line."""

    def orders(self, limit: int, verdict: str | None = None, after: Cursor | None = None) -> Sequence[OrderSummary]:
        """The orders with the newest answers first."""

    def to_review(self, limit: int) -> Sequence[OrderSummary]:
        """Orders that a person has to look at, the newest first."""

    def queue(self, now: datetime) -> Sequence[QueueStats]: ...

    def parked(self) -> int:
        """How many deliveries were given up."""

    def deliveries(
        self, limit: int, state: DeliveryState | None = None, after: Cursor | None = None
    ) -> Sequence[DeliveryLine]: ...

    def find_code(self, text: str) -> str | None:
        """The code that somebody searches by the code itself or by StepPay's order number."""

    def order(self, order_code: str) -> OrderDetail: ...


class Metrics(Protocol):
    """What operators count. Every method is quick, for many threads, and never raises for a label's value: one that the
    metric does not list counts as `other`."""

    def count(self, metric: Counter, *labels: str) -> None: ...

    def observe(self, metric: Histogram, seconds: float, *labels: str) -> None: ...

    def add(self, metric: Gauge, change: int, *labels: str) -> None: ...

    def set(self, metric: Gauge, value: int, *labels: str) -> None: ...

    def snapshot(self) -> Snapshot | None:
        """The sums of all processes; None where nothing is counted."""


SetAttribute = Callable[[str, str | int], None]
"""Adds one fact, by its name, to a piece of a trace."""


class Tracer(Protocol):
    """Where time goes. Names and facts are ours alone: no text of a visitor or of StepPay."""

    def span(self, name: str) -> AbstractContextManager[SetAttribute]:
        """A span around the block, below the one that this thread is in."""
