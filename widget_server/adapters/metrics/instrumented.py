"""Counting around collaborators of the worker that know nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from widget_server.domain.delivery import Delivery, DeliveryResponse
from widget_server.domain.job import Job
from widget_server.domain.model import Verdict
from widget_server.domain.order_record import Cause, Record
from widget_server.domain.transitions import OrderState
from widget_server.services.metrics import TRIES, VERDICTS
from widget_server.services.ports import Deliveries, Ledger, Metrics


class InstrumentedDeliveries:
    """Implements `ports.Deliveries`: counts how tries end."""

    def __init__(self, deliveries: Deliveries, figures: Metrics) -> None:
        self._deliveries = deliveries
        self._figures = figures

    def find(self, event_id: str) -> Delivery | None:
        return self._deliveries.find(event_id)

    def begin_try(self, event_id: str, at: datetime) -> int:
        return self._deliveries.begin_try(event_id, at)

    def end_try(self, job: Job, try_id: int, answer: DeliveryResponse, again_at: datetime | None) -> None:
        self._deliveries.end_try(job, try_id, answer, again_at)
        result = "delivered" if answer.accepted else "retry" if again_at else "parked"
        self._figures.count(TRIES, result, f"{answer.status // 100}xx" if answer.status else answer.outcome)


class InstrumentedLedger:
    """Implements `ports.Ledger` for the worker, where every verdict is recorded: counts them. In front of shoppers
    `Deps.verify` counts, because a claim may give an answer that is not recorded."""

    def __init__(self, ledger: Ledger, figures: Metrics) -> None:
        self._ledger = ledger
        self._figures = figures

    def record(self, verdict: Verdict, cause: Cause) -> tuple[OrderState, bool]:
        self._figures.count(VERDICTS, verdict.finding.kind.value, verdict.finding.reason, cause)
        return self._ledger.record(verdict, cause)

    def note_mismatch(self, verdict: Verdict, cause: Cause) -> None:
        self._ledger.note_mismatch(verdict, cause)

    def find(self, order_code: str) -> Record | None:
        return self._ledger.find(order_code)

    def find_verdict(self, order_code: str) -> Mapping[str, object] | None:
        return self._ledger.find_verdict(order_code)

    def find_code(self, order_id: int) -> str | None:
        return self._ledger.find_code(order_id)

    def ask_for_review(self, order_code: str) -> None:
        self._ledger.ask_for_review(order_code)
