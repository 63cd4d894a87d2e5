"""The order of an offer: made once for each key, and given out only at the offer's own price."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

from widget_server.domain.new_order import InvalidOrder, Problems, read_new_order
from widget_server.domain.offer import Offer
from widget_server.errors import InvalidRequest, OfferChanged, OrderRefused
from widget_server.services.create_order import CreatedOrder, create_order, scoped
from widget_server.services.order_deps import OrderDeps
from widget_server.services.order_once import is_known

log = logging.getLogger("widget_server.orders")


@dataclass(frozen=True)
class Asked:
    """What a page sends: `customer` is `{"name", "email", "phone"?}`; nothing of it is checked yet."""

    key: str
    customer: object = field(repr=False)
    quantity: object = None


def order_offer(
    offer: Offer, asked: Asked, deps: OrderDeps, public_url: str, admit: Callable[[], None]
) -> CreatedOrder:
    """An order of a new customer: a stranger neither acts as another one nor learns of one. `admit` raises what keeps
    a new order from being made; a repeat needs none.

    Raises as `create_order` does, and `errors.OfferChanged`."""
    pieces = _check(offer, asked, deps)
    scope = f"offer {offer.id}"
    if not is_known(scoped(scope, asked.key), deps):
        admit()
    made = None
    with suppress(OrderRefused):  # what StepPay says of a customer is not for strangers; the log has it
        made = create_order(
            deps,
            public_url,
            customer=offer.buyer(asked.customer),
            items=offer.items(pieces),
            purchase_deadline=offer.open_for,
            idempotency_key=asked.key,
            scope=scope,
        )
    if made is None:
        raise OrderRefused(
            "StepPay does not make this order; nothing was made. Check the name, e-mail and phone number"
        )
    if (Decimal(made.amount), made.currency) != (offer.amount * pieces, offer.currency):
        log.error("offer_changed offer=%s order=%s", offer.id, made.order_code)
        raise OfferChanged
    return made


def _check(offer: Offer, asked: Asked, deps: OrderDeps) -> int:
    """How many pieces. Raises `errors.InvalidRequest`, which names every problem."""
    pieces = offer.pieces(asked.quantity)
    problems: Problems = {} if pieces else {"quantity": [offer.pieces_sentence]}
    try:
        read_new_order(offer.buyer(asked.customer), offer.items(pieces or 1), offer.open_for, deps.clock())
    except InvalidOrder as invalid:
        problems |= invalid.problems
    if problems or pieces is None:
        raise InvalidRequest(problems)
    return pieces
