"""Opening a checkout and coming back from it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from widget_server.domain.checkout import LIFETIME, Checkout
from widget_server.domain.claims import with_stored_claim
from widget_server.domain.expectation import depends_on_binding, under_binding
from widget_server.domain.order_record import latest_verdict
from widget_server.domain.pay_url import ReturnUrls, pay_url
from widget_server.domain.shop_page import PAGE, encode_page
from widget_server.errors import StorageError
from widget_server.services.ports import Checkouts, Clock, Expectations, Ledger

log = logging.getLogger("widget_server.checkout")


@dataclass(frozen=True)
class CheckoutRequest:
    """What is opened, by which page. `back` None: the shopper returns to our own return page, which leads to
    `page` of the shop."""

    order_code: str
    mode: str
    origin: str | None
    locale: str | None = None
    back: ReturnUrls | None = None
    page: str | None = None


@dataclass(frozen=True)
class BaseUrls:
    """This server and StepPay's API, as browsers see them."""

    public_url: str
    steppay_api_url: str


def open_checkout(
    opening: CheckoutRequest, addresses: BaseUrls, checkouts: Checkouts, clock: Clock, new_id: Callable[[], str]
) -> tuple[Checkout, str]:
    """Store the checkout first, then give the pay page's address. Raises `errors.StorageError`."""
    checkout = new_checkout(opening, clock, new_id)
    checkouts.add(checkout)
    return checkout, pay_page(checkout, opening, addresses)


def new_checkout(opening: CheckoutRequest, clock: Clock, new_id: Callable[[], str]) -> Checkout:
    """Not stored yet."""
    now = clock()
    return Checkout(
        id=new_id(),
        order_code=opening.order_code,
        mode=opening.mode,
        origin=opening.origin,
        locale=opening.locale,
        created_at=now,
        expires_at=now + LIFETIME,
    )


def pay_page(checkout: Checkout, opening: CheckoutRequest, addresses: BaseUrls) -> str:
    """StepPay's pay page in the shopper's language, with the return URLs."""
    return_page = f"{addresses.public_url}/v1/return/{checkout.id}"
    if opening.page is not None:
        return_page += f"?{PAGE}={encode_page(opening.page)}"
    back = opening.back or ReturnUrls(return_page, return_page, return_page)
    return pay_url(addresses.steppay_api_url, checkout.order_code, checkout.id, back, checkout.locale)


def latest_known_verdict(
    checkout: Checkout, ledger: Ledger, expectations: Expectations, *, free_orders: bool
) -> Mapping[str, object] | None:
    """What is known of the checkout's order without asking StepPay: the last answer to a page, or what StepPay's event
    or a check has recorded since; an unpaid order by the way the shopper came back. None also where another binding has
    turned it: the page asks StepPay then. Raises `errors.StorageError`."""
    known = latest_verdict(checkout.verdict, ledger.find_verdict(checkout.order_code))
    if known is None or not depends_on_binding(known):
        return known and with_stored_claim(known, checkout.claim)
    binding = expectations.find(checkout.order_code)
    return known if known == under_binding(known, binding, free_orders=free_orders) else None


def find_checkout(checkout_id: str, order_code: str, checkouts: Checkouts) -> Checkout | None:
    """The checkout, if it is of this order. None also while the store does not answer: the order is verified all the
    same."""
    try:
        checkout = checkouts.find(checkout_id)
    except StorageError:
        log.error("checkout_verdict_not_saved order=%s recorded=false", order_code)
        return None
    return checkout if checkout is not None and checkout.order_code == order_code else None


def record_return(checkout: Checkout, claim: str | None, at: datetime, checkouts: Checkouts) -> Checkout | None:
    """Record that the shopper is back, and how: before the verification, because every later one of this checkout needs
    it. None: the store does not answer."""
    noted = replace(checkout, returned_at=checkout.returned_at or at, claim=claim or checkout.claim)
    if noted == checkout:
        return checkout
    try:
        checkouts.record(checkout.id, returned_at=at, claim=claim)
    except StorageError:
        log.error("return_not_recorded order=%s recorded=false", checkout.order_code)
        return None
    return noted


def record_checkout_verdict(checkout: Checkout, verdict: Mapping[str, object], checkouts: Checkouts) -> None:
    """Store a verdict where the page can poll it. A failure of the store never changes what StepPay said."""
    try:
        checkouts.record(checkout.id, verdict=verdict)
    except StorageError:
        log.error("checkout_verdict_not_saved order=%s recorded=false", checkout.order_code)
