"""Opening a checkout and coming back from it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from widget_server.domain.attempt import LIFETIME, Attempt
from widget_server.domain.claims import under_claim
from widget_server.domain.pay_url import WaysBack, pay_url
from widget_server.domain.records import newest
from widget_server.domain.shop_page import PAGE, written_page
from widget_server.errors import StorageFault
from widget_server.services.expectations import still_holds
from widget_server.services.ports import Attempts, Clock, Expectations, Ledger

log = logging.getLogger("widget_server.checkout")


@dataclass(frozen=True)
class Opening:
    """What is opened, by which page. `back` None: the shopper returns to our own return page, which leads to
    `page` of the shop."""

    order_code: str
    mode: str
    origin: str | None
    locale: str | None = None
    back: WaysBack | None = None
    page: str | None = None


@dataclass(frozen=True)
class Addresses:
    """This server and StepPay's API, as browsers see them."""

    public_url: str
    steppay_api_url: str


def open_checkout(
    opening: Opening, addresses: Addresses, attempts: Attempts, clock: Clock, new_id: Callable[[], str]
) -> tuple[Attempt, str]:
    """Store the attempt first, then give the pay page's address. Raises `errors.StorageFault`."""
    attempt = new_attempt(opening, clock, new_id)
    attempts.add(attempt)
    return attempt, pay_page(attempt, opening, addresses)


def new_attempt(opening: Opening, clock: Clock, new_id: Callable[[], str]) -> Attempt:
    """Not stored yet."""
    now = clock()
    return Attempt(
        id=new_id(),
        order_code=opening.order_code,
        mode=opening.mode,
        origin=opening.origin,
        locale=opening.locale,
        created_at=now,
        expires_at=now + LIFETIME,
    )


def pay_page(attempt: Attempt, opening: Opening, addresses: Addresses) -> str:
    """StepPay's pay page in the shopper's language, with the ways back."""
    return_page = f"{addresses.public_url}/v1/return/{attempt.id}"
    if opening.page is not None:
        return_page += f"?{PAGE}={written_page(opening.page)}"
    ways = opening.back or WaysBack(return_page, return_page, return_page)
    return pay_url(addresses.steppay_api_url, attempt.order_code, attempt.id, ways, attempt.locale)


def last_known(attempt: Attempt, ledger: Ledger, expectations: Expectations) -> Mapping[str, object] | None:
    """What is known of the attempt's order without asking StepPay: the last answer to a page, or what StepPay's event
    or a check has recorded since; an unpaid order by the way the shopper came back. Raises `errors.StorageFault`."""
    known = newest(attempt.verdict, ledger.find_verdict(attempt.order_code))
    if known is None or known["fulfill"] is not True:
        return known and under_claim(known, attempt.claim)
    return known if still_holds(known, expectations.find(attempt.order_code)) else None


def find_attempt(attempt_id: str, order_code: str, attempts: Attempts) -> Attempt | None:
    """The attempt, if it is of this order. None also while the store does not answer: StepPay is asked all the same."""
    try:
        attempt = attempts.find(attempt_id)
    except StorageFault:
        log.error("answer_not_recorded order=%s recorded=false", order_code)
        return None
    return attempt if attempt is not None and attempt.order_code == order_code else None


def note_return(attempt: Attempt, claim: str | None, at: datetime, attempts: Attempts) -> Attempt | None:
    """Note that the shopper is back, and how: before StepPay is asked, because every later question about this attempt
    needs it. None: the store does not answer."""
    noted = replace(attempt, returned_at=attempt.returned_at or at, claim=claim or attempt.claim)
    if noted == attempt:
        return attempt
    try:
        attempts.record(attempt.id, returned_at=at, claim=claim)
    except StorageFault:
        log.error("return_not_recorded order=%s recorded=false", attempt.order_code)
        return None
    return noted


def remember_answer(attempt: Attempt, verdict: Mapping[str, object], attempts: Attempts) -> None:
    """Note a verdict where the page can poll it. Trouble with the store never changes what StepPay said."""
    try:
        attempts.record(attempt.id, verdict=verdict)
    except StorageFault:
        log.error("answer_not_recorded order=%s recorded=false", attempt.order_code)
