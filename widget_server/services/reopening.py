"""Before a checkout opens: is there a verdict that makes another pay page dangerous?"""

from collections.abc import Mapping
from contextlib import suppress

from widget_server.domain.expectation import depends_on_binding, under_binding
from widget_server.domain.model import Claim
from widget_server.domain.opening import blocks_payment
from widget_server.domain.order_record import Cause
from widget_server.domain.verdict_json import verdict_body
from widget_server.errors import ExpectationUnavailable, OrderNotFound, UpstreamError
from widget_server.services.ports import Checkouts
from widget_server.services.verification import VerificationDeps, verify_order


def find_obstacle(order_code: str, checkouts: Checkouts, deps: VerificationDeps) -> Mapping[str, object] | None:
    """The verdict to show instead of a pay page; None: open it. Raises `errors.StorageError`.

    A final record is trusted, under what is bound now. The first checkout of an order calls StepPay for nothing, so a
    click is quick; each later one verifies, because the shopper may have paid in another window.
    """
    known = deps.ledger.find_verdict(order_code)
    if known is not None and known["final"] is True:
        binding = deps.expectations.find(order_code) if depends_on_binding(known) else None
        return under_binding(known, binding, free_orders=deps.free_orders)
    if known is None and not checkouts.was_opened(order_code):
        return None
    with suppress(UpstreamError, OrderNotFound, ExpectationUnavailable):  # not knowing never prevents a payment
        known = verdict_body(verify_order(Claim(order_code), Cause.VERIFY, deps))
    return known if known is not None and blocks_payment(known) else None
