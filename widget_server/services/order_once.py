"""One order for each idempotency key, whatever happens between us and StepPay (docs/decisions/0071).

The row comes first, then the order, then its code into the row. A request that finds a row without a code looks for the
order at StepPay before it sends anything.
"""

import logging
import secrets
from contextlib import suppress

from widget_server.domain.model import Expectation
from widget_server.domain.new_order import NewOrder, read_created
from widget_server.domain.order_request import (
    SETTLED_AFTER,
    MadeOrder,
    OrderRequest,
    canonical_text,
    is_wanted,
    listed_after,
    orders_after,
)
from widget_server.errors import (
    IdempotencyKeyReused,
    OrderInProgress,
    OrderOutcomeUnknown,
    OrderRefused,
    OrderUnconfirmed,
    StorageError,
    UpstreamError,
    WidgetServerError,
)
from widget_server.services.order_customer import Buyer, buyer_of, newest_orders, read_customer
from widget_server.services.order_deps import OrderDeps
from widget_server.services.steppay_call import Deadline, Posting, Request

log = logging.getLogger("widget_server.orders")

_RETRY_SECONDS = 2
_MOST_LOOKED_AT = 20
_ASK_A_PERSON = (
    "StepPay may have made this order, or not, and does not show enough to tell. Nothing is charged for it, because no "
    "page has its order code. Look for the order in StepPay's portal; a new Idempotency-Key makes a new order"
)


def make_once(wanted: NewOrder, key: str, deps: OrderDeps, deadline: Deadline) -> MadeOrder:
    """The order of this key: made now, found again, or the one that is known. `key` with what it belongs to: the keys
    of two kinds of callers must not meet.

    Raises what `create_order` says; after `errors.OrderUnconfirmed`, `OrderInProgress`, `StorageError` and every other
    `UpstreamError` but `OrderOutcomeUnknown` the same call with the same key is right.
    """
    keys, bodies = _digests(key, deps), deps.keyed_hash(f"body {canonical_text(wanted)}")
    lease = secrets.token_urlsafe(16)
    request = deps.order_requests.take(keys, bodies[0], lease, deps.clock())
    if request.body_digest not in bodies:
        raise IdempotencyKeyReused("this Idempotency-Key made another order; use a new key for each order")
    if request.made is not None:
        return request.made
    if request.leased_by != lease:
        raise OrderInProgress("this order is being made at this moment", retry_after_seconds=_RETRY_SECONDS)
    try:
        return _find_or_make(wanted, request, deps, deadline)
    except WidgetServerError as fault:
        _let_go(request, deps, made_nothing=isinstance(fault, OrderRefused))
        raise


def is_known(key: str, deps: OrderDeps) -> bool:
    """Whether an order was asked for under this key: what follows is a repeat."""
    return deps.order_requests.is_known(_digests(key, deps))


def _digests(key: str, deps: OrderDeps) -> tuple[str, ...]:
    return deps.keyed_hash(f"key {key}")


def _let_go(request: OrderRequest, deps: OrderDeps, *, made_nothing: bool) -> None:
    with suppress(StorageError):  # its lease ends by itself
        (deps.order_requests.forget if made_nothing else deps.order_requests.release)(request)


def _find_or_make(wanted: NewOrder, request: OrderRequest, deps: OrderDeps, deadline: Deadline) -> MadeOrder:
    if request.sent_at is not None:
        found = _find(wanted, request, deps, deadline)
        if found is not None:
            log.warning("order_found_again order=%s", found.order_code)
            return _keep(request, found, deps)
        wait = request.sent_at + SETTLED_AFTER - deps.clock()
        if wait.total_seconds() > 0:
            raise _unconfirmed()
        if request.customer_id is None:  # found in the list of all orders it is ours; not found proves nothing
            raise _ask_a_person("customer_not_known")
        log.warning("order_sent_again reason=not_at_steppay")
    return _keep(request, _send(wanted, request, deps, deadline), deps)


def _send(wanted: NewOrder, request: OrderRequest, deps: OrderDeps, deadline: Deadline) -> MadeOrder:
    known = request.customer_id
    buyer = (
        buyer_of(wanted.customer, deps.steppay, deadline)
        if known is None
        else Buyer(known, known, request.newest_order)
    )
    now = deps.clock()
    if not deps.order_requests.mark_sent(request, buyer.number, buyer.newest_order, now):
        raise OrderInProgress("another request took this order over", retry_after_seconds=_RETRY_SECONDS)
    try:
        answer = deps.steppay.post(Posting("new_order", wanted.as_sent(now).members(buyer.reference)), deadline)
    except OrderOutcomeUnknown:
        answer = {}
    except UpstreamError:  # not sent, or refused
        deps.order_requests.mark_not_sent(request)
        raise
    created = read_created(answer, wanted.currency)
    if created is None:
        log.error("created_order_unconfirmed")
        raise _unconfirmed()
    return MadeOrder(*created, now)


def _keep(request: OrderRequest, made: MadeOrder, deps: OrderDeps) -> MadeOrder:
    if not deps.order_requests.complete(request, made, deps.clock()):
        log.warning("created_order_taken order=%s", made.order_code)
        raise _unconfirmed()
    log.info("order_created order=%s", made.order_code)
    return made


def _find(wanted: NewOrder, request: OrderRequest, deps: OrderDeps, deadline: Deadline) -> MadeOrder | None:
    """The order that was sent before. None: StepPay has none that it could be. Raises `errors.OrderOutcomeUnknown`
    where StepPay's answers do not tell."""
    found = [
        MadeOrder(*order, request.sent_at or deps.clock())
        for number in _newer_orders(request, deps, deadline)
        if (order := _read(number, wanted, deps, deadline))
    ]
    taken = deps.order_requests.taken([made.order_code for made in found]) if found else set()
    free = [made for made in found if made.order_code not in taken]
    # Equal orders of equal requests whose outcomes are unknown are exchangeable; more than that are someone else's.
    if len(free) > 1 and len(free) > deps.order_requests.count_open(request):
        raise _ask_a_person("several_orders")
    return free[0] if free else None


def _newer_orders(request: OrderRequest, deps: OrderDeps, deadline: Deadline) -> list[int]:
    if request.newest_order is None:
        raise _ask_a_person("customer_not_known")
    if request.customer_id is None:
        numbers = listed_after(newest_orders(deps.steppay, deadline), request.newest_order)
    else:
        customer = read_customer(request.customer_id, deps.steppay, deadline)
        numbers = orders_after(customer, request.newest_order) if customer is not None else None
    if numbers is None or len(numbers) > _MOST_LOOKED_AT:
        raise _ask_a_person("orders_not_shown")
    return numbers


def _read(number: int, wanted: NewOrder, deps: OrderDeps, deadline: Deadline) -> tuple[str, int, Expectation] | None:
    """StepPay's order with this number, if it is one as `wanted`."""
    body = deps.steppay.call(Request("number", key=str(number)), deadline)
    fits = is_wanted(body, wanted) if body is not None else None
    created = read_created(body, wanted.currency) if body is not None and fits else None
    if fits is None or (fits and created is None):
        raise _ask_a_person("order_not_readable")
    return created


def _ask_a_person(reason: str) -> OrderOutcomeUnknown:
    log.error("order_outcome_unknown reason=%s", reason)
    return OrderOutcomeUnknown(_ASK_A_PERSON)


def _unconfirmed() -> OrderUnconfirmed:
    return OrderUnconfirmed(
        "StepPay has not confirmed this order yet: send the same request again with the same Idempotency-Key",
        retry_after_seconds=_RETRY_SECONDS,
    )
