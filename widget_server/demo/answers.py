"""What the server says of an order with a known outcome: the simulator's answers, judged by the server's own code."""

from __future__ import annotations

import secrets
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import cast

from flask.testing import FlaskClient

from widget_server.demo.simulator import create_simulator
from widget_server.demo.simulator.outcomes import OUTCOMES, WON, apply, new_order
from widget_server.demo.simulator.payments import pay, refund
from widget_server.demo.simulator.records import Order
from widget_server.demo.simulator.store import Store
from widget_server.domain.model import Claim, Expectation, PaymentStatus, Receipt, Verdict
from widget_server.domain.rules import decide, hides_payment
from widget_server.domain.strict_json import loads
from widget_server.errors import UpstreamUnavailable
from widget_server.services.evidence import fetch_evidence
from widget_server.services.steppay_call import Body, Deadline, Request
from widget_server.web.assets import static_dir, templates_dir

_PATHS = {"order": "/api/v1/orders/{0.order_code}", "receipt": "/api/payment/receipt/{0.key}"}
_SECRET_TOKEN = secrets.token_urlsafe(24)
_TOKEN = {"Secret-Token": _SECRET_TOKEN}


@dataclass(frozen=True, kw_only=True)
class Question:
    """An order as a test describes it. `amount`: what StepPay charges, in whole won of `currency`. `expected`: what the
    merchant backend has bound, None for nothing."""

    order_code: str
    outcome: str
    amount: int
    currency: str = "KRW"
    order_id: int | None = None
    subscription_id: int | None = None
    returned_amount: int | None = None
    expected: Expectation | None = None


def answer(question: Question, now: datetime) -> Verdict:
    """Raises ValueError for an order that cannot exist, with a sentence for the person who wrote the test."""
    simulation = _simulation()
    with simulation.lock:
        simulation.now = now
        simulation.store.reset()
        _make(simulation.store, question)
        claim, expected = Claim(question.order_code), question.expected
        order, receipt = fetch_evidence(claim, expected, simulation, now)
    finding = decide(claim, order, receipt, expected)
    status = receipt.status if isinstance(receipt, Receipt) else None
    return Verdict(
        order=order,
        finding=finding,
        payment_status=status if isinstance(status, PaymentStatus) else None,
        checked_at=now,
        expectation=expected,
        unbound_finding=decide(claim, order, receipt) if expected and hides_payment(finding, order) else None,
    )


def _make(store: Store, question: Question) -> None:
    outcome = OUTCOMES[question.outcome]
    kind = outcome.kind or ("RECURRING_INITIAL" if question.subscription_id else "ONE_TIME")
    is_free = outcome.is_trial or kind == "PAYMENT_METHOD"
    if is_free != (question.amount == 0):
        raise ValueError(f"an order with the outcome {outcome.name} has {'the amount 0' if is_free else 'an amount'}")
    order = new_order(store, question.amount or WON, kind, is_trial=outcome.is_trial, code=question.order_code)
    order.id = question.order_id or zlib.crc32(question.order_code.encode()) + 1
    order.subscription_id = question.subscription_id or order.subscription_id
    _reach(store, order, question)
    if question.currency != "KRW":
        canned = order.canned.get("order") or {}
        order.canned["order"] = canned | {"currency": question.currency, "items": []}


def _reach(store: Store, order: Order, question: Question) -> None:
    if question.returned_amount is None:
        apply(store, order, question.outcome)
    elif not 0 < question.returned_amount <= question.amount:
        raise ValueError("returned_amount is between 1 and the amount")
    else:
        pay(store, order)
        refund(store, order, question.returned_amount)


class _Simulation:
    """A simulator without a port. It implements `ports.StepPay`: each answer is read from its bytes, as the server
    reads StepPay's. Hold `lock` around each use."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = datetime.now(UTC)
        app = create_simulator(
            secret_token=_SECRET_TOKEN,
            public_url="http://localhost",
            templates_dir=templates_dir(),
            static_dir=static_dir(),
            clock=lambda: self.now,
        )
        self.store: Store = app.extensions["simulator"]
        self._client: FlaskClient = app.test_client()

    def call(self, request: Request, _deadline: Deadline) -> Body | None:
        response = self._client.get(_PATHS[request.resource].format(request), headers=_TOKEN)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise UpstreamUnavailable("simulated outage")
        return cast(Mapping[str, object], loads(response.data))


@cache
def _simulation() -> _Simulation:
    return _Simulation()


def bound(amount: int | Decimal, currency: str) -> Expectation:
    return Expectation(Decimal(amount), currency)
