"""Counts the delivery attempts of the worker."""

from __future__ import annotations

from datetime import datetime

from widget_server.domain.delivery import Delivery, DeliveryResponse
from widget_server.domain.job import Job
from widget_server.services.metrics import TRIES
from widget_server.services.ports import Deliveries, Metrics


class InstrumentedDeliveries:
    """Implements `ports.Deliveries`: counts how attempts end."""

    def __init__(self, deliveries: Deliveries, metrics: Metrics) -> None:
        self._deliveries = deliveries
        self._metrics = metrics

    def find(self, event_id: str) -> Delivery | None:
        return self._deliveries.find(event_id)

    def begin_attempt(self, event_id: str, at: datetime) -> int:
        return self._deliveries.begin_attempt(event_id, at)

    def end_attempt(self, job: Job, attempt_id: int, answer: DeliveryResponse, again_at: datetime | None) -> None:
        self._deliveries.end_attempt(job, attempt_id, answer, again_at)
        result = "delivered" if answer.accepted else "retry" if again_at else "parked"
        self._metrics.count(TRIES, result, f"{answer.status // 100}xx" if answer.status else answer.outcome)
