"""Whether an order of 0 may be fulfilled, held against thousands of random answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.hypothesis_settings import many
from tests.unit.test_free_orders import concluded
from tests.unit.test_verdict_properties import JUNK, STATUSES, exchanges
from widget_server.domain.model import Expectation
from widget_server.domain.parsing import MalformedResponse

BOUND = st.none() | st.builds(
    Expectation, st.sampled_from([Decimal(0), Decimal(10000)]), st.sampled_from(["KRW", "USD"])
)


@many
@given(exchanges(), BOUND, st.booleans(), STATUSES, STATUSES)
def test_a_claim_never_decides_whether_to_fulfill(
    exchange: Any, expected: Expectation | None, free_orders: bool, one: str | None, other: str | None
) -> None:
    bodies = [concluded(*exchange, status, expected, free_orders=free_orders) for status in (one, other)]
    assert bodies[0]["fulfill"] is bodies[1]["fulfill"]


@many
@given(exchanges(), STATUSES, st.data())
def test_without_the_merchants_word_nothing_of_steppay_makes_a_free_order_fulfillable(
    exchange: Any, status: str | None, data: st.DataObject
) -> None:
    """Whatever stands in its answers: what is fulfilled then is paid, with an amount."""
    order, receipt = exchange
    name = data.draw(st.sampled_from(sorted(order)))
    changed = {**order, name: data.draw(JUNK | st.none() | st.just(0))}
    for answer in (order, changed):
        try:
            body = concluded(answer, receipt, status, None, free_orders=False)
        except MalformedResponse:
            continue
        assert body["fulfill"] is (body["verdict"] == "paid")
        assert not body["fulfill"] or answer["paidAmount"]


@many
@given(exchanges(), BOUND, st.booleans(), STATUSES)
def test_fulfillable_is_paid_or_free_as_it_was_bound(
    exchange: Any, expected: Expectation | None, free_orders: bool, status: str | None
) -> None:
    order, receipt = exchange
    body = concluded(order, receipt, status, expected, free_orders=free_orders)
    agrees = expected is not None and (expected.amount, expected.currency) == (order["paidAmount"], "KRW")
    free = body["reason"] == "zero_amount" and (agrees or (expected is None and free_orders))
    assert body["fulfill"] is (body["verdict"] == "paid" or free)
    assert expected is None or agrees or not body["fulfill"]
    assert order["type"] != "PAYMENT_METHOD" or not body["fulfill"]
