"""One attempt to deliver a webhook to the merchant backend."""

import logging
from collections.abc import Callable

from widget_server.domain.backoff import delivery_pause
from widget_server.domain.job import Job
from widget_server.services.metrics import DELIVERY_ATTEMPTS
from widget_server.services.ports import Clock, Deliveries, Jobs, MerchantBackend, Metrics

log = logging.getLogger("widget_server.deliveries")


def deliver(
    job: Job,
    deliveries: Deliveries,
    jobs: Jobs,
    merchant: MerchantBackend,
    *,
    clock: Clock,
    jitter: Callable[[], float],
    metrics: Metrics,
) -> None:
    """At least once: a process that is killed between the merchant's answer and our note sends it again, under the same
    id. Raises `errors.StorageError`."""
    delivery = deliveries.find(job.subject)
    if delivery is None or delivery.state == "delivered":
        jobs.finish(job)
        return
    started_at = clock()
    attempt_id = deliveries.begin_attempt(delivery.id, started_at)
    answer = merchant.send(delivery.id, delivery.payload, started_at)
    tries = job.tries + 1
    pause = delivery_pause(tries, jitter(), answer.retry_after_seconds)
    deliveries.end_attempt(job, attempt_id, answer, clock() + pause if pause else None)
    result = "delivered" if answer.accepted else "retry" if pause else "parked"
    metrics.count(DELIVERY_ATTEMPTS, result, f"{answer.status // 100}xx" if answer.status else answer.outcome)
    logged = (delivery.id, delivery.type, tries, answer.status or 0, answer.outcome)
    if answer.accepted:
        log.info("delivered id=%s type=%s try=%d status=%d outcome=%s", *logged)
    elif pause:
        log.warning("delivery_failed id=%s type=%s try=%d status=%d outcome=%s", *logged)
    else:
        log.critical("delivery_parked id=%s type=%s try=%d status=%d outcome=%s", *logged)
