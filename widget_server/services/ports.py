"""What the services need from outside. `adapters` implements these; tests may pass their own."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from widget_server.domain.checkout import Checkout
from widget_server.domain.delivery import Delivery, DeliveryResponse
from widget_server.domain.display_options import PageRule
from widget_server.domain.expectation import Binding, Outcome
from widget_server.domain.job import Job
from widget_server.domain.model import Expectation, Verdict
from widget_server.domain.offer import Offer
from widget_server.domain.order_record import Cause, Record
from widget_server.domain.order_request import MadeOrder, OrderRequest
from widget_server.domain.rate_limit import RateLimitBucket
from widget_server.domain.subscription import Subscription
from widget_server.domain.transitions import OrderState
from widget_server.domain.webhook_event import WebhookEvent
from widget_server.services.metrics import Counter, Gauge, Histogram
from widget_server.services.steppay_call import Body, Deadline, Posting, Request
from widget_server.services.upstream_stats import Snapshot

Clock = Callable[[], datetime]
"""Aware UTC time."""
CheckLimit = Callable[[RateLimitBucket, str], int | None]
"""Counts one request of a client on one of its budgets. None: allowed; else the seconds to wait, at least 1."""


class StepPayReader(Protocol):
    """What StepPay's API says, with the merchant's Secret-Token."""

    def call(self, request: Request, deadline: Deadline) -> Body | None:
        """None: StepPay knows nothing under this key (404). Raises `errors.UpstreamError` subclasses when StepPay could
        not be asked. Many threads may call it."""


class StepPay(StepPayReader, Protocol):
    """The same, and what can be made there."""

    def post(self, posting: Posting, deadline: Deadline) -> Body:
        """Make something, with one request that is never repeated. Raises `errors.OrderRefused` and
        `errors.UpstreamError` subclasses: nothing was made; but `errors.OrderOutcomeUnknown`: perhaps it was."""


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
        """Store the newest verdict, the time of the shopper's return and its claim. None changes nothing; the first
        return time stays, the last claim counts until the same order is opened again."""

    def ping(self) -> None:
        """Raise `errors.StorageError` unless the database answers and accepts writes."""

    def was_opened(self, order_code: str) -> bool:
        """Whether the order has a checkout."""

    def find_last_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """The last verdict that a checkout of this order was given, as JSON members; None without one."""


class Expectations(Protocol):
    """What the merchant backend bound to orders. Every method raises `errors.StorageError` when the database does
    not answer."""

    def find(self, order_code: str) -> Binding | None: ...

    def bind(self, order_code: str, expectation: Expectation, at: datetime) -> tuple[Binding, Outcome]:
        """The binding afterwards, by the rule of `domain.expectation.rebind`; atomic."""

    def settle(self, order_code: str, expectation: Expectation | None, at: datetime) -> bool:
        """Fix what a final verdict was checked against. False, and nothing is fixed, when the order has another
        expectation by now."""


class OrderRequests(Protocol):
    """Idempotency keys of new orders; a row is changed only by who has its lease. Every method raises
    `errors.StorageError` when the database does not answer."""

    def take(self, keys: Sequence[str], body: str, lease: str, now: datetime) -> OrderRequest:
        """The row of one of these key digests, or a new one under the first; leased to `lease` unless it is made, or
        leased to another."""

    def is_known(self, keys: Sequence[str]) -> bool:
        """Whether one of these key digests has a row."""

    def mark_sent(self, request: OrderRequest, customer: int | None, newest: int | None, now: datetime) -> bool:
        """Note that the order is sent now, and where it can be found. False: another has the lease."""

    def mark_not_sent(self, request: OrderRequest) -> None:
        """It was surely not made."""

    def release(self, request: OrderRequest) -> None: ...

    def forget(self, request: OrderRequest) -> None:
        """Delete it: nothing was made, and the key is free."""

    def complete(self, request: OrderRequest, made: MadeOrder, now: datetime) -> bool:
        """Store the order and bind its price, in one transaction. False: it belongs to another request or was bound
        before, or another has the lease."""

    def taken(self, codes: Collection[str]) -> set[str]:
        """Those of these orders that belong to a request, or that are bound."""

    def count_open(self, request: OrderRequest) -> int:
        """How many requests with the same body were sent and have no order."""


class Ledger(Protocol):
    """The record of every verified order. Every method raises `errors.StorageError` when the
    database does not answer."""

    def record(self, verdict: Verdict, cause: Cause) -> tuple[OrderState, bool]:
        """The record afterwards, and whether StepPay contradicts it. The record, its transition and their jobs and
        deliveries are one transaction."""

    def note_mismatch(self, verdict: Verdict, cause: Cause) -> None:
        """A paid mismatch: its transition and the webhook to the merchant backend, once for each pair of amounts. The
        record stays as it is."""

    def find(self, order_code: str) -> Record | None: ...

    def find_verdict(self, order_code: str) -> Mapping[str, object] | None:
        """The record's verdict as JSON members."""

    def find_code(self, order_id: int) -> str | None:
        """The code of the recorded order with StepPay's number; None without one."""

    def ask_for_review(self, order_code: str) -> None:
        """Mark the order as one that needs review."""


class SubscriptionStore(Protocol):
    """Every known subscription. Every method raises `errors.StorageError` when the database does not answer."""

    def record(self, subscription: Subscription, body: Mapping[str, object], at: datetime) -> bool:
        """Whether the record changes. The change, its webhook with `body`, and the jobs that verify orders of the
        subscription which are not settled here, are one transaction. `at`: when StepPay was asked; an older answer
        changes nothing."""


class Inbox(Protocol):
    """StepPay's webhook events. Every method raises `errors.StorageError` when the database does not answer."""

    def accept(self, digest: str, event: WebhookEvent, at: datetime) -> bool:
        """Store an event, identified by the hash of its body, with its job. False: it was stored before."""

    def accept_number(self, order_id: int, at: datetime) -> bool:
        """Queue a verification of the order with this number. False: too many are queued."""

    def suggest_check(self, order_code: str, at: datetime) -> None:
        """Queue a recheck of this order."""

    def find(self, digest: str) -> WebhookEvent | None:
        """The event, until it is processed."""

    def close(self, job: Job, *, ignored: bool) -> None:
        """The event is processed."""


class Jobs(Protocol):
    """Work that must not be lost. Every method raises `errors.StorageError` when the database does not answer."""

    def finish(self, job: Job) -> None: ...

    def postpone(self, job: Job, due_at: datetime, *, step: int, tries: int) -> None: ...


class MerchantBackend(Protocol):
    """The merchant backend."""

    def send(self, event_id: str, payload: str, at: datetime) -> DeliveryResponse:
        """One signed POST within ten seconds. Never raises for what the merchant backend does."""


class Deliveries(Protocol):
    """Webhook deliveries and their attempts. Every method raises `errors.StorageError` when the database does not
    answer."""

    def find(self, event_id: str) -> Delivery | None: ...

    def begin_attempt(self, event_id: str, at: datetime) -> int:
        """Store an attempt before it is made; gives its id."""

    def end_attempt(self, job: Job, attempt_id: int, answer: DeliveryResponse, again_at: datetime | None) -> None:
        """Store how it ended and what follows, in one transaction: delivered, retried, or parked when `again_at` is
        None."""


class Signer(Protocol):
    """Signs verdicts for the merchant backend."""

    def sign(self, claims: Mapping[str, object]) -> str:
        """A compact JWS of `claims` and a fresh `jti`."""

    def public_keys(self) -> Mapping[str, object]:
        """The JWK set that verifies it: public parts only."""


class Rules(Protocol):
    """The merchant's page rules."""

    def find(self, path: str) -> PageRule:
        """The rule for a page's path (`/pricing`); always answers."""


class Offers(Protocol):
    """What static pages sell."""

    def find(self, offer_id: str) -> Offer | None: ...


class Metrics(Protocol):
    """Counters, gauges and histograms. Every method is quick, for many threads, and never raises for a label's value:
    one that the metric does not list counts as `other`."""

    def count(self, metric: Counter, *labels: str) -> None: ...

    def observe(self, metric: Histogram, seconds: float, *labels: str) -> None: ...

    def add(self, metric: Gauge, change: int, *labels: str) -> None: ...

    def set(self, metric: Gauge, value: int, *labels: str) -> None: ...

    def snapshot(self) -> Snapshot | None:
        """The sums of all processes; None where nothing is counted."""


SetAttribute = Callable[[str, str | int], None]
"""Sets one attribute, by its name, of a span."""


class Tracer(Protocol):
    """Spans. Names and attributes are our own words: no text of a client or of StepPay."""

    def span(self, name: str) -> AbstractContextManager[SetAttribute]:
        """A span around the block, below the one that this thread is in."""
