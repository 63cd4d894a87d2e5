"""Ask StepPay about a subscription, and record what it says."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from widget_server.domain.parsing import MalformedResponse
from widget_server.domain.subscription import Subscription, read_subscription, subscription_body
from widget_server.errors import StorageError, SubscriptionNotFound, UpstreamBadResponse
from widget_server.services.ports import Clock, StepPayReader, SubscriptionStore
from widget_server.services.steppay_call import BUDGET_SECONDS, Deadline, Request

log = logging.getLogger("widget_server.subscriptions")

NOT_KNOWN = "StepPay knows no such subscription"


@dataclass(frozen=True)
class SubscriptionService:
    """`unpaid_grace`: how long a member keeps access after a renewal failed (`WIDGET_UNPAID_GRACE_DAYS`)."""

    steppay: StepPayReader
    store: SubscriptionStore
    clock: Clock
    unpaid_grace: timedelta

    def check(self, subscription_id: int) -> bool:
        """Ask and record, for jobs; whether it differs from the record, which then changes with its webhook. Raises
        `errors.SubscriptionNotFound`, `errors.UpstreamError` subclasses and `errors.StorageError`."""
        return self.store.record(*self._ask(subscription_id, Deadline.after(BUDGET_SECONDS)))

    def show(self, subscription_id: int) -> dict[str, object]:
        """Ask, record, and give it as JSON members. What StepPay said counts also where it cannot be recorded. Raises
        `errors.SubscriptionNotFound` and `errors.UpstreamError` subclasses."""
        return self._now(subscription_id, Deadline.after(BUDGET_SECONDS))[1]

    def find(self, subscription_id: int, deadline: Deadline) -> Subscription:
        """The same as a value."""
        return self._now(subscription_id, deadline)[0]

    def _now(self, subscription_id: int, deadline: Deadline) -> tuple[Subscription, dict[str, object]]:
        subscription, body, asked_at = self._ask(subscription_id, deadline)
        try:
            self.store.record(subscription, body, asked_at)
        except StorageError:
            log.error("subscription_not_recorded subscription=%d", subscription_id)
        return subscription, body

    def _ask(self, subscription_id: int, deadline: Deadline) -> tuple[Subscription, dict[str, object], datetime]:
        now = self.clock()  # before the call: an answer is never newer than its question
        subscription = _fetch(subscription_id, self.steppay, deadline)
        return subscription, subscription_body(subscription, now, self.unpaid_grace), now


def _fetch(subscription_id: int, steppay: StepPayReader, deadline: Deadline) -> Subscription:
    body = steppay.call(Request("subscription", key=str(subscription_id)), deadline)
    if body is None:
        raise SubscriptionNotFound(NOT_KNOWN)
    try:
        return read_subscription(body, subscription_id)
    except MalformedResponse as error:
        log.error("subscription_shape subscription=%d member=%s", subscription_id, error)
        raise UpstreamBadResponse("wrong shape") from error
