"""StepPay's order detail is full of personal data. None of it changes a byte of what we answer or log."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.app_fixture import COMPLETE, PAID, STANDBY, UNPAID, FakeStepPay, World
from tests.support.job_helpers import event_body, send, work
from widget_server.adapters.store.tables import checkouts, orders, transitions, webhooks

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


def test_lk_06_the_security_page_says_what_stays_and_for_how_long(world: World, steppay: FakeStepPay) -> None:
    """Everything is made once, eight days pass with the default settings, and only the opened checkout is gone."""
    code = steppay.paid()
    world.create_checkout(code)
    send(world, event_body(code))
    work(world)
    world.clock.pass_by(timedelta(days=8))
    world.create_checkout("order_later")
    with world.engine.connect() as connection:
        kept = {table.name for table in (orders, transitions, webhooks) if connection.execute(select(table)).first()}
        opened = set(connection.execute(select(checkouts.c.order_code)).scalars())
    assert (kept, opened) == ({"steppay_orders", "steppay_transitions", "steppay_webhooks"}, {"order_later"})
    assert world.settings.retention_days is None
    page = " ".join((Path(__file__).parents[2] / "SECURITY.md").read_text("utf-8").split())
    assert "of an opened checkout for seven days" in page
    assert "stay **until you set a limit**: `WIDGET_RETENTION_DAYS` (`off` by default" in page
