"""What is kept of every answer of StepPay's, on a real database and over real requests."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.app_fixture import COMPLETE, PAID, STANDBY, UNPAID, FakeStepPay, World
from tests.support.database_failures import locked
from tests.support.merchant import MORE, bind, show, verify
from widget_server.adapters.store.tables import deliveries, jobs, orders, transitions

REFUNDED = ({**PAID, "returnedAmount": 10000}, {**COMPLETE, "paymentStatus": "CANCELED"})
HALF = ({**PAID, "returnedAmount": 5000}, {**COMPLETE, "paymentStatus": "PARTIAL_CANCELED"})
FAILED = (UNPAID, {**STANDBY, "paymentStatus": "FAILED"})
STATES = {
    "unpaid": (UNPAID, STANDBY),
    "failed": FAILED,
    "paid": (PAID, COMPLETE),
    "half": HALF,
    "refunded": REFUNDED,
    "down": (404, None),  # a 5xx would open the circuit breaker
    "doubtful": (PAID, STANDBY),
}
_codes = count(1)


def steps(world: World, code: str) -> list[str]:
    with world.engine.connect() as connection:
        wanted = select(transitions.c.step).where(transitions.c.order_code == code).order_by(transitions.c.id)
        return list(connection.execute(wanted).scalars())


def told(world: World, code: str) -> list[tuple[str, str]]:
    with world.engine.connect() as connection:
        wanted = select(deliveries.c.type, deliveries.c.id).where(deliveries.c.order_code == code)
        return [(row.type, row.id) for row in connection.execute(wanted.order_by(deliveries.c.type))]


def job_subjects(world: World, kind: str) -> list[str]:
    with world.engine.connect() as connection:
        return list(connection.execute(select(jobs.c.subject).where(jobs.c.kind == kind)).scalars())


def stands(world: World, code: str) -> str | None:
    with world.engine.connect() as connection:
        return connection.execute(select(orders.c.verdict).where(orders.c.order_code == code)).scalar()


def test_a_verification_records_the_order_its_transition_and_the_merchants_webhook(
    world: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    for _ in range(3):
        verify(world, code)
    assert (stands(world, code), steps(world, code)) == ("paid", ["paid"])
    [(kind, event_id)] = told(world, code)
    assert kind == "payment.paid"
    assert job_subjects(world, "delivery") == [event_id]


def test_a_claim_alone_sends_the_merchant_nothing(world: World, steppay: FakeStepPay) -> None:
    """A caller who knows an order code may say `status=error`."""
    code = steppay.unpaid()
    assert verify(world, code, status="error").json["verdict"] == "failed"
    assert verify(world, code, orderId=1, status="error").json["verdict"] == "mismatch"
    assert (stands(world, code), steps(world, code), told(world, code)) == ("pending", ["pending"], [])


def test_the_return_page_and_the_backend_record_too(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    keyed.client.get(f"/v1/return/{keyed.create_checkout(code)}?status=success")
    assert [step["cause"] for step in show(keyed, code).json["history"]] == ["return"]


def test_MX_17_an_order_is_followed_to_its_end(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    for order, receipt in ((UNPAID, STANDBY), FAILED, (PAID, COMPLETE), HALF, REFUNDED):
        steppay.order(order, receipt, code)
        keyed.clock.pass_by(timedelta(minutes=1))
        verify(keyed, code)
    body = show(keyed, code).json
    history = [step["verdict"] for step in body["history"]]
    assert history == ["pending", "failed", "paid", "partially_refunded", "refunded"]
    assert (body["verdict"]["verdict"], body["needsReview"]) == ("refunded", False)
    assert [kind for kind, _id in told(keyed, code)] == [
        "payment.failed",
        "payment.paid",
        "payment.partially_refunded",
        "payment.refunded",
    ]


def test_FF_07_a_payment_after_a_refund_is_not_recorded_but_alarms(
    keyed: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    code = steppay.order(*REFUNDED)
    verify(keyed, code)
    steppay.order(PAID, COMPLETE, code)
    keyed.clock.pass_by(timedelta(minutes=1))
    assert verify(keyed, code).json["verdict"] == "paid"  # what StepPay says now
    assert [kind for kind, _id in told(keyed, code)] == ["payment.refunded"]
    assert stands(keyed, code) == "refunded"
    assert show(keyed, code).json["needsReview"] is True
    assert f"record_contradicted order={code} recorded=refunded" in caplog.text


def test_an_amount_that_differs_from_the_bound_one_is_never_reported_as_paid(
    keyed: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    bind(keyed, code, MORE)
    assert verify(keyed, code).json["verdict"] == "mismatch"
    assert (stands(keyed, code), [kind for kind, _id in told(keyed, code)]) == ("mismatch", ["payment.mismatch"])


def test_AV_07_what_could_not_be_recorded_is_recorded_and_sent_once_after_the_recovery(
    world: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    code = steppay.paid()
    with locked(world):
        assert verify(world, code).json["verdict"] == "paid"
    assert f"verdict_not_recorded order={code} recorded=false" in caplog.text
    assert (stands(world, code), told(world, code)) == (None, [])
    for _ in range(2):
        verify(world, code)
    assert (stands(world, code), len(told(world, code))) == ("paid", 1)


def test_an_opened_checkout_is_followed_from_its_first_moment(world: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    world.create_checkout(code)
    assert job_subjects(world, "check") == [code]


def test_many_verifications_at_once_record_one_transition(world: World, steppay: FakeStepPay) -> None:
    code, together = steppay.paid(), threading.Barrier(8)

    def ask(_number: int) -> str:
        together.wait(60)
        return str(world.app.test_client().post("/v1/verify", json={"orderCode": code}).json["verdict"])

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(8))) == {"paid"}
    assert (steps(world, code), len(told(world, code))) == (["paid"], 1)


@given(path=st.lists(st.sampled_from(sorted(STATES)), min_size=1, max_size=6), repeats=st.integers(1, 2))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_record_follows_steppay_whatever_is_asked_how_often(
    world: World, steppay: FakeStepPay, path: Sequence[str], repeats: int
) -> None:
    """Properties 5 and 6: the furthest state that StepPay ever told stands; each is told once, under one id."""
    code = f"order_path_{next(_codes)}"
    for state in path:
        steppay.order(*STATES[state], code)
        world.clock.pass_by(timedelta(minutes=1))
        for _ in range(repeats):
            verify(world, code)
    known = [state for state in path if state not in ("down", "doubtful")]
    furthest = max(known, key=["unpaid", "failed", "paid", "half", "refunded"].index, default=None)
    if furthest in ("unpaid", "failed"):
        furthest = known[-1]
    names = {"unpaid": "pending", "half": "partially_refunded", None: "unknown" if "doubtful" in path else None}
    assert stands(world, code) == names.get(furthest, furthest)
    assert len(steps(world, code)) == len(set(steps(world, code)))
    ids = [event_id for _kind, event_id in told(world, code)]
    assert len(ids) == len(set(ids)) == len([step for step in steps(world, code) if step != "pending"])
