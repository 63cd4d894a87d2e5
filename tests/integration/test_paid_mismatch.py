"""Paid at StepPay, but not what the merchant bound: reported at once, on every path, and exactly once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.integration.test_ledger import stands, steps, told
from tests.support.app_fixture import COMPLETE, PAID, STANDBY, UNPAID, FakeStepPay, World
from tests.support.job_helpers import FakeMerchant, event_body, send, work, work_for
from tests.support.merchant import WON, bind, show, verify
from widget_server.adapters.store.tables import deliveries
from widget_server.domain.checkout import LIFETIME, Checkout
from widget_server.services.steppay_call import Deadline, Request

DOLLARS = {**PAID, "currency": "USD", "items": []}
LESS = {**PAID, "paidAmount": 9000}
MORE_PAID = {**PAID, "paidAmount": 20000}
_codes = count(1)


def by_verify(world: World, code: str) -> None:
    verify(world, code, status="success")


def opened(world: World, code: str) -> str:
    """A checkout of before the order was paid: afterwards the server opens none any more."""
    now, checkout_id = world.clock.now, f"earlier{next(_codes):015d}"
    world.deps.checkouts.add(Checkout(checkout_id, code, "tab", None, None, now, now + LIFETIME))
    return checkout_id


def by_return(world: World, code: str) -> None:
    world.client.get(f"/v1/return/{opened(world, code)}?order_code={code}&status=success")


def by_backend(world: World, code: str) -> None:
    show(world, code, "?refresh=1")


def by_event(world: World, code: str) -> None:
    send(world, event_body(code))
    work(world)


def by_recheck(world: World, code: str) -> None:
    opened(world, code)
    work_for(world, timedelta(minutes=2))


WAYS = {"verify": by_verify, "return": by_return, "backend": by_backend, "webhook": by_event, "recheck": by_recheck}


def message(world: World, code: str) -> dict[str, Any]:
    """The only message about the order."""
    with world.engine.connect() as connection:
        wanted = select(deliveries.c.payload).where(deliveries.c.order_code == code)
        [payload] = connection.execute(wanted).scalars()
    body: dict[str, Any] = json.loads(payload)
    return body


@pytest.mark.parametrize("cause", WAYS)
@pytest.mark.parametrize(
    ("order", "paid", "reason"),
    [
        (LESS, (9000, "KRW"), "amount_mismatch"),
        (MORE_PAID, (20000, "KRW"), "amount_mismatch"),
        (DOLLARS, (10000, "USD"), "currency_mismatch"),
    ],
    ids=["less", "more", "other currency"],
)
def test_a_paid_mismatch_is_sent_logged_and_marked_for_review_at_first_sight(
    *,
    keyed: World,
    steppay: FakeStepPay,
    caplog: pytest.LogCaptureFixture,
    cause: str,
    order: dict[str, object],
    paid: tuple[int, str],
    reason: str,
) -> None:
    code = steppay.order(order, COMPLETE)
    bind(keyed, code)
    WAYS[cause](keyed, code)
    body = message(keyed, code)
    data = body["data"]
    assert (body["type"], data["verdict"], data["reason"]) == ("payment.mismatch", "mismatch", reason)
    assert (data["fulfill"], data["final"]) == (False, False)
    assert (data["amount"], data["currency"], data["expectation"]) == (*paid, WON)
    assert [(step["verdict"], step["cause"]) for step in data["history"]] == [("mismatch", cause)]
    assert show(keyed, code).json["needsReview"] is True
    assert f"paid_mismatch order={code} reason={reason}" in caplog.text


def test_it_is_sent_once_however_often_and_by_whatever_route_it_is_seen(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.order(LESS, COMPLETE)
    bind(keyed, code)
    for _ in range(2):
        for way in WAYS.values():
            keyed.clock.pass_by(timedelta(minutes=1))
            way(keyed, code)
    assert [kind for kind, _id in told(keyed, code)] == ["payment.mismatch"]
    assert (stands(keyed, code), len(steps(keyed, code))) == ("mismatch", 1)


@pytest.mark.parametrize(
    ("order", "receipt"),
    [
        ({**UNPAID, "paidAmount": 9000}, STANDBY),
        ({**UNPAID, "paidAmount": 9000}, {**STANDBY, "paymentStatus": "VIRTUAL_BANK_STANDBY"}),
        ({**UNPAID, "paidAmount": 9000}, COMPLETE),
        (LESS, {**COMPLETE, "paymentStatus": "CANCEL_PROGRESS"}),
        (LESS, 500),
        (LESS, 404),
    ],
    ids=["unpaid", "deposit", "order lagging", "cancel under way", "receipt away", "receipt missing"],
)
def test_what_is_not_surely_paid_stays_silent(
    keyed: World, steppay: FakeStepPay, order: dict[str, object], receipt: object
) -> None:
    code = steppay.order(order, receipt)
    bind(keyed, code)
    for way in (by_verify, by_return, by_backend):
        way(keyed, code)
    assert (told(keyed, code), steps(keyed, code)) == ([], [])
    assert show(keyed, code).json["needsReview"] is False


def test_an_order_that_is_bound_after_it_was_paid_is_looked_at_at_once(keyed: World, steppay: FakeStepPay) -> None:
    """No page and no event has to ask again."""
    code, shop = steppay.order(LESS, COMPLETE), FakeMerchant()
    verify(keyed, code)
    work(keyed, shop)
    bind(keyed, code)
    work(keyed, shop)
    assert shop.types() == ["payment.paid", "payment.mismatch"]
    assert (stands(keyed, code), show(keyed, code).json["needsReview"]) == ("paid", True)


def test_a_corrected_expectation_is_reported_as_paid_at_once(keyed: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.order(LESS, COMPLETE), FakeMerchant()
    bind(keyed, code)
    verify(keyed, code)
    bind(keyed, code, {"amount": 9500, "currency": "KRW"})
    work(keyed, shop)
    bind(keyed, code, {"amount": 9000, "currency": "KRW"})
    work(keyed, shop)
    assert shop.types() == ["payment.mismatch", "payment.mismatch", "payment.paid"]
    assert [body["data"]["expectation"]["amount"] for _id, body in shop.told[:2]] == [10000, 9500]
    assert len({event_id for event_id, _body in shop.told}) == 3
    assert (stands(keyed, code), show(keyed, code).json["needsReview"]) == ("paid", False)


def test_a_refund_of_a_mismatch_is_sent(keyed: World, steppay: FakeStepPay) -> None:
    code, shop = steppay.order(LESS, COMPLETE), FakeMerchant()
    bind(keyed, code)
    verify(keyed, code)
    steppay.order({**LESS, "returnedAmount": 9000}, {**COMPLETE, "paymentStatus": "CANCELED"}, code)
    keyed.clock.pass_by(timedelta(minutes=1))
    assert verify(keyed, code).json["verdict"] == "mismatch"
    work(keyed, shop)
    assert shop.types() == ["payment.mismatch", "payment.refunded"]
    assert shop.told[1][1]["data"]["fulfill"] is False


def test_a_binding_corrected_while_steppay_is_asked_sends_nothing_wrong(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.order(LESS, COMPLETE)
    bind(keyed, code)
    real = keyed.deps.steppay

    class Slow:
        """The merchant corrects the amount after we have read it."""

        def call(self, request: Request, deadline: Deadline) -> Any:
            bind(keyed, code, {"amount": 9000, "currency": "KRW"})
            return real.call(request, deadline)

    client = keyed.with_deps(steppay=Slow())
    assert client.post("/v1/verify", json={"orderCode": code}).json["verdict"] == "paid"
    assert [kind for kind, _id in told(keyed, code)] == ["payment.paid"]


DOUBTS = [
    ({**PAID, "paidAmount": 9000}, COMPLETE, "receipt_mismatch"),
    (PAID, STANDBY, "contradiction"),
    (PAID, {**COMPLETE, "paymentStatus": "SETTLED"}, "unrecognized_payment_status"),
    (PAID, {**COMPLETE, "paymentStatus": "CANCELED_FAIL"}, "cancel_failed_review"),
    ({**PAID, "paymentDate": "01/11/2026 10:05"}, COMPLETE, "unreadable_payment_date"),
    ({**PAID, "type": "GIFT"}, COMPLETE, "unrecognized_order_type"),
    ({**PAID, "idKey": None}, COMPLETE, "id_key_missing"),
]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("order", "receipt", "reason"), DOUBTS, ids=[doubt[2] for doubt in DOUBTS])
def test_what_asking_again_does_not_clear_is_put_before_a_person_at_first_sight(
    *,
    keyed: World,
    steppay: FakeStepPay,
    way: Callable[[World, str], None],
    order: dict[str, object],
    receipt: dict[str, object],
    reason: str,
) -> None:
    told_amount = {"amount": 10000} if reason == "receipt_mismatch" else {}
    code = steppay.order(order, {**receipt, **told_amount})
    way(keyed, code)
    body = show(keyed, code).json
    assert (body["verdict"]["reason"], body["needsReview"]) == (reason, True)


def test_a_paid_order_whose_currency_is_not_clear_is_put_before_a_person(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**PAID, "items": [{"currency": "USD"}]}, COMPLETE)
    bind(keyed, code)
    assert verify(keyed, code).json["reason"] == "currency_unclear"
    assert (show(keyed, code).json["needsReview"], told(keyed, code)) == (True, [])


def test_a_clear_answer_ends_the_review_of_a_doubt(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.order(PAID, STANDBY)
    verify(keyed, code)
    assert show(keyed, code).json["needsReview"] is True
    steppay.order(PAID, COMPLETE, code)
    verify(keyed, code)
    assert show(keyed, code).json["needsReview"] is False


STATES = {
    "unpaid": ({**UNPAID, "paidAmount": 9000}, STANDBY),
    "paid": (LESS, COMPLETE),
    "half": ({**LESS, "returnedAmount": 4500}, {**COMPLETE, "paymentStatus": "PARTIAL_CANCELED"}),
    "refunded": ({**LESS, "returnedAmount": 9000}, {**COMPLETE, "paymentStatus": "CANCELED"}),
    "away": (404, None),
}


@given(
    path=st.lists(st.tuples(st.sampled_from(sorted(STATES)), st.sampled_from([by_verify, by_backend])), max_size=6),
    repeats=st.integers(1, 2),
    bound=st.booleans(),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_seen_how_often_a_mismatch_is_sent_once_and_replaces_nothing(
    *, keyed: World, steppay: FakeStepPay, path: Sequence[tuple[str, Any]], repeats: int, bound: bool
) -> None:
    """Properties 5 and 6 under a binding that differs."""
    code = f"order_mismatch_{next(_codes)}"
    if bound:
        bind(keyed, code)
    for state, way in path:
        steppay.order(*STATES[state], code)
        keyed.clock.pass_by(timedelta(minutes=1))
        for _ in range(repeats):
            way(keyed, code)
    seen = {state for state, _way in path}
    kinds = [kind for kind, _id in told(keyed, code)]
    assert len(kinds) == len(set(kinds))
    assert ("payment.mismatch" in kinds) is (bound and bool(seen & {"paid", "half"}))
    assert ("payment.paid" in kinds) <= (not bound)
    assert ("refunded" in seen) is (stands(keyed, code) == "refunded")
