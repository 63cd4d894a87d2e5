"""Opening a checkout and coming back from it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from widget_server.domain.attempt import LIFETIME, Checkout
from widget_server.domain.claims import under_claim
from widget_server.domain.pay_url import ReturnUrls, pay_url
from widget_server.domain.records import latest_verdict
from widget_server.domain.shop_page import PAGE, written_page
from widget_server.errors import StorageError
from widget_server.services.expectations import matches_expectation
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
    opening: CheckoutRequest, addresses: BaseUrls, attempts: Checkouts, clock: Clock, new_id: Callable[[], str]
) -> tuple[Checkout, str]:
    """Store the attempt first, then give the pay page's address. Raises `errors.StorageFault`."""
    attempt = new_attempt(opening, clock, new_id)
    attempts.add(attempt)
    return attempt, pay_page(attempt, opening, addresses)


def new_attempt(opening: CheckoutRequest, clock: Clock, new_id: Callable[[], str]) -> Checkout:
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


def pay_page(attempt: Checkout, opening: CheckoutRequest, addresses: BaseUrls) -> str:
    """StepPay's pay page in the shopper's language, with the ways back."""
    return_page = f"{addresses.public_url}/v1/return/{attempt.id}"
    if opening.page is not None:
        return_page += f"?{PAGE}={written_page(opening.page)}"
    ways = opening.back or ReturnUrls(return_page, return_page, return_page)
    return pay_url(addresses.steppay_api_url, attempt.order_code, attempt.id, ways, attempt.locale)


def latest_known_verdict(attempt: Checkout, ledger: Ledger, expectations: Expectations) -> Mapping[str, object] | None:
    """What is known of the attempt's order without asking StepPay: the last answer to a page, or what StepPay's event
    or a check has recorded since; an unpaid order by the way the shopper came back. Raises `errors.StorageFault`."""
    known = latest_verdict(attempt.verdict, ledger.find_verdict(attempt.order_code))
    if known is None or known["fulfill"] is not True:
        return known and under_claim(known, attempt.claim)
    return known if matches_expectation(known, expectations.find(attempt.order_code)) else None


def find_attempt(attempt_id: str, order_code: str, attempts: Checkouts) -> Checkout | None:
    """The attempt, if it is of this order. None also while the store does not answer: StepPay is asked all the same."""
    try:
        attempt = attempts.find(attempt_id)
    except StorageError:
        log.error("answer_not_recorded order=%s recorded=false", order_code)
        return None
    return attempt if attempt is not None and attempt.order_code == order_code else None


def note_return(attempt: Checkout, claim: str | None, at: datetime, attempts: Checkouts) -> Checkout | None:
    """Note that the shopper is back, and how: before StepPay is asked, because every later question about this attempt
    needs it. None: the store does not answer."""
    noted = replace(attempt, returned_at=attempt.returned_at or at, claim=claim or attempt.claim)
    if noted == attempt:
        return attempt
    try:
        attempts.record(attempt.id, returned_at=at, claim=claim)
    except StorageError:
        log.error("return_not_recorded order=%s recorded=false", attempt.order_code)
        return None
    return noted


def record_attempt_verdict(attempt: Checkout, verdict: Mapping[str, object], attempts: Checkouts) -> None:
    """Note a verdict where the page can poll it. Trouble with the store never changes what StepPay said."""
    try:
        attempts.record(attempt.id, verdict=verdict)
    except StorageError:
        log.error("answer_not_recorded order=%s recorded=false", attempt.order_code)
