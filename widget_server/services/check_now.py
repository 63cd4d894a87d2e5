"""Ask StepPay about an order at once, settled or not: what an operator wants from the dashboard and the command."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from widget_server.domain.model import Claim, Verdict
from widget_server.domain.order_record import Cause
from widget_server.errors import UpstreamError
from widget_server.services.verdict_cache import VerdictCache
from widget_server.services.verification import VerificationDeps, verify_order

AskLater = Callable[[str, datetime], None]
"""Queue a check of the order with this code, due at this moment."""


def check_now(order_code: str, deps: VerificationDeps, ask_later: AskLater) -> Verdict:
    """StepPay's answer, recorded. A running worker asks again where StepPay does not answer.

    Raises `errors.OrderNotFound`, `errors.UpstreamError` subclasses, `errors.ExpectationUnavailable` and
    `errors.StorageError`.
    """
    try:
        # Without the cache: an answer of three seconds ago may be older than the refund in question.
        return verify_order(Claim(order_code), Cause.RECHECK, replace(deps, cache=VerdictCache(seconds=0)))
    except UpstreamError:
        ask_later(order_code, deps.clock())
        raise
