"""StepPay is asked about a settled order once in some seconds, and about an unpaid one each time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app_fixture import API_KEY, COMPLETE, PAID, FakeStepPay, World
from tests.support.fake_steppay import FakeClock
from tests.support.merchant import MORE, bind, verify
from widget_server.errors import StorageError
from widget_server.services.verdict_cache import SECONDS, VerdictCache

REFUNDED = ({**PAID, "returnedAmount": 10000}, {**COMPLETE, "paymentStatus": "CANCELED"})


@pytest.fixture
def time() -> FakeClock:
    return FakeClock()


@pytest.fixture
def remembering(keyed: World, time: FakeClock) -> World:
    keyed.client = keyed.with_deps(cache=VerdictCache(clock=time))
    return keyed


def test_the_second_verification_makes_no_call_and_says_when_the_first_did(
    remembering: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    first = verify(remembering, code, status="success").json
    second = verify(remembering, code, status="error").json
    assert len(steppay.calls()) == 2
    assert {**first, "token": ""} == {**second, "token": ""}


def test_a_refund_is_seen_after_seconds_and_at_once_by_a_fresh_check(
    remembering: World, steppay: FakeStepPay, time: FakeClock
) -> None:
    code = steppay.paid()
    assert verify(remembering, code).json["verdict"] == "paid"
    steppay.order(*REFUNDED, code)
    fresh = remembering.client.get(f"/v1/orders/{code}?refresh=1", headers={"Authorization": f"Bearer {API_KEY}"})
    assert fresh.json["verdict"]["verdict"] == "refunded"
    time.now += SECONDS
    assert verify(remembering, code).json["verdict"] == "refunded"


def test_an_expectation_bound_meanwhile_is_held_against_steppays_order(
    remembering: World, steppay: FakeStepPay
) -> None:
    code = steppay.paid()
    assert verify(remembering, code).json["verdict"] == "paid"
    bind(remembering, code, MORE)
    assert verify(remembering, code).json["verdict"] == "mismatch"


def test_an_unpaid_order_is_asked_about_each_time(remembering: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    assert verify(remembering, code).json["verdict"] == "pending"
    steppay.order(PAID, COMPLETE, code)
    assert verify(remembering, code).json["verdict"] == "paid"


def test_a_verdict_that_could_not_be_recorded_is_not_cached(
    keyed: World, steppay: FakeStepPay, time: FakeClock
) -> None:
    ledger = FailsOnce(keyed.deps.ledger)
    keyed.client = keyed.with_deps(cache=VerdictCache(clock=time), ledger=ledger)
    code = steppay.paid()
    assert verify(keyed, code).json["verdict"] == verify(keyed, code).json["verdict"] == "paid"
    assert len(steppay.calls()) == 4
    assert keyed.deps.ledger.find_verdict(code)
    assert verify(keyed, code).json["verdict"] == "paid"
    assert len(steppay.calls()) == 4
    assert ledger.records == 2, "a cached verdict is recorded already"


def test_a_backends_fresh_verdict_replaces_the_cached_one(remembering: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    assert verify(remembering, code).json["verdict"] == "paid"
    steppay.order(*REFUNDED, code)
    remembering.client.get(f"/v1/orders/{code}?refresh=1", headers={"Authorization": f"Bearer {API_KEY}"})
    assert verify(remembering, code).json["verdict"] == "refunded"


class FailsOnce:
    """A ledger whose first record fails."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger
        self.records = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def record(self, *arguments: Any) -> Any:
        self.records += 1
        if self.records == 1:
            raise StorageError("gone")
        return self._ledger.record(*arguments)
