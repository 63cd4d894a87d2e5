"""What is remembered of a final verdict, for whom and how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.support.fake_steppay import FakeClock
from widget_server.domain.model import Claim, Expectation, Order, OrderType, PaymentStatus, Verdict
from widget_server.domain.verdict_kinds import VerdictKind
from widget_server.domain.verdict_reasons import Finding, Reason
from widget_server.services.verdict_cache import SECONDS, VerdictCache

CODE = "order_15XqwcM1f"
AT = datetime(2026, 11, 23, 3, 16, tzinfo=UTC)
ORDER = Order(CODE, 7, OrderType.ONE_TIME, Decimal(10000), Decimal(0), "KRW", AT, "canaryKey123", ())
WON = Expectation(Decimal(10000), "KRW")


def verdict(kind: VerdictKind = VerdictKind.PAID, reason: Reason = "payment_complete") -> Verdict:
    return Verdict(ORDER, Finding(kind, reason), PaymentStatus.COMPLETE, AT)


@pytest.fixture
def time() -> FakeClock:
    return FakeClock(100.0)


@pytest.fixture
def cache(time: FakeClock) -> VerdictCache:
    cache = VerdictCache(clock=time)
    cache.put(time.now, verdict())
    return cache


def test_it_is_a_matter_of_seconds_from_the_moment_steppay_was_asked(cache: VerdictCache, time: FakeClock) -> None:
    assert SECONDS <= 5
    time.now += SECONDS - 0.01
    assert cache.get(Claim(CODE, None, "error"), None) == verdict()
    time.now += 0.01
    assert cache.get(Claim(CODE), None) is None


def test_an_expired_verdict_takes_no_memory(cache: VerdictCache, time: FakeClock) -> None:
    time.now += SECONDS
    other = replace(verdict(), order=replace(ORDER, order_code="order_other"))
    cache.put(time.now, other)
    assert cache.size == 1
    cache.put(time.now - SECONDS, replace(other, order=replace(ORDER, order_code="order_late")))
    assert cache.get(Claim("order_late"), None) is None
    assert cache.get(Claim("order_other"), None) == other


def test_an_answer_that_took_longer_than_it_is_remembered_leaves_nothing(time: FakeClock) -> None:
    cache = VerdictCache(clock=time)
    cache.put(time.now - SECONDS, verdict())
    assert cache.size == 0


@pytest.mark.parametrize("claim", [Claim("order_15XqwcM1F"), Claim(CODE, 8), Claim("order_other")])
def test_another_order_or_number_is_asked_for(cache: VerdictCache, claim: Claim) -> None:
    assert cache.get(claim, None) is None
    assert cache.get(Claim(CODE, 7), None) == verdict()


def test_a_verdict_under_another_expectation_is_none(cache: VerdictCache, time: FakeClock) -> None:
    assert cache.get(Claim(CODE), WON) is None
    cache.put(time.now, replace(verdict(), expectation=WON))
    assert cache.get(Claim(CODE), replace(WON, amount=Decimal(9))) is None
    assert cache.get(Claim(CODE), None) is None
    assert cache.get(Claim(CODE), WON) == replace(verdict(), expectation=WON)


UNSURE: list[tuple[VerdictKind, Reason]] = [
    (VerdictKind.PENDING, "not_paid_yet"),
    (VerdictKind.FAILED, "payment_failed"),
    (VerdictKind.CANCELED, "shopper_canceled"),
    (VerdictKind.MISMATCH, "amount_mismatch"),
    (VerdictKind.UNKNOWN, "contradiction"),
]


@pytest.mark.parametrize(("kind", "reason"), UNSURE)
def test_what_is_not_final_is_never_remembered_and_ends_what_was(
    cache: VerdictCache, time: FakeClock, kind: VerdictKind, reason: Reason
) -> None:
    cache.put(time.now, verdict(kind, reason))
    assert cache.get(Claim(CODE), None) is None


def test_a_slow_answer_from_before_a_refund_does_not_replace_the_refund(cache: VerdictCache, time: FakeClock) -> None:
    refunded = verdict(VerdictKind.REFUNDED, "refunded")
    cache.put(time.now + 1, refunded)
    cache.put(time.now + 0.5, verdict())
    assert cache.get(Claim(CODE), None) == refunded


def test_it_does_not_grow_without_end(cache: VerdictCache, time: FakeClock) -> None:
    for number in range(10_001):
        cache.put(time.now, replace(verdict(), order=replace(ORDER, order_code=f"order_{number}")))
    assert cache.get(Claim(CODE), None) is None
    assert cache.get(Claim("order_10000"), None) is not None
