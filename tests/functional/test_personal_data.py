"""StepPay's order detail is full of personal data. None of it changes a byte of what we answer or log."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functional.world import COMPLETE, PAID, STANDBY, UNPAID, FakeStepPay, World

PERSONAL = (
    "customer",
    "payment",
    "shipping",
    "orderLogs",
    "attributes",
    "productName",
    "discountedAmount",
    "errorMessage",
)
LEAVES = st.just("canary") | st.integers() | st.booleans() | st.none()
PERSONAL_DATA = st.dictionaries(
    st.sampled_from(PERSONAL),
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("canary"), inner), max_leaves=4
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.sampled_from([PAID, UNPAID, {**PAID, "type": "GIFT"}, {**PAID, "idKey": "bad key"}]),
    receipt=st.sampled_from([COMPLETE, STANDBY, {**COMPLETE, "paymentStatus": "canary-status"}]),
    added=st.tuples(PERSONAL_DATA, PERSONAL_DATA),
)
def test_personal_data_upstream_leaves_no_trace_in_the_answer(
    world: World,
    steppay: FakeStepPay,
    caplog: pytest.LogCaptureFixture,
    order: dict[str, object],
    receipt: dict[str, object],
    added: tuple[dict[str, object], dict[str, object]],
) -> None:
    caplog.set_level("DEBUG")
    code = steppay.order(order, receipt)
    plain = world.client.post("/v1/verify", json={"orderCode": code})
    steppay.order({**order, **added[0]}, {**receipt, **added[1]}, code)
    loaded = world.client.post("/v1/verify", json={"orderCode": code})
    assert {**loaded.json, "token": ""} == {**plain.json, "token": ""}  # each token has an id of its own
    assert "canary" not in loaded.text + caplog.text
    assert "idKey" not in loaded.text
