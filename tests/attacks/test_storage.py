"""A broken disk is no fact about a payment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.support.app_fixture import FakeStepPay, World
from tests.support.database_failures import TROUBLES, Trouble, full, gone, locked, without_tables
from tests.support.job_helpers import FakeMerchant, event_body, kept_events, send, work
from widget_server.adapters.store.tables import metadata


def names(trouble: Trouble) -> str:
    return trouble.__name__


def count_rows(world: World) -> dict[str, int]:
    with world.engine.connect() as connection:
        wanted = {name: select(func.count()).select_from(table) for name, table in metadata.tables.items()}
        return {name: connection.execute(count).scalar_one() for name, count in wanted.items()}


@pytest.mark.parametrize("trouble", TROUBLES, ids=names)
def test_AV_07_a_paid_order_is_paid_whatever_the_storage_does(
    world: World, steppay: FakeStepPay, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    code = steppay.paid()
    checkout = world.create_checkout(code)
    with trouble(world):
        answer = world.client.post("/v1/verify", json={"orderCode": code, "checkout": checkout})
    assert (answer.status_code, answer.json["verdict"], answer.json["fulfill"]) == (200, "paid", True)
    told = [record.getMessage() for record in caplog.records if "recorded=false" in record.getMessage()]
    assert sorted(told) == [
        f"checkout_verdict_not_saved order={code} recorded=false",
        f"verdict_not_recorded order={code} recorded=false",
    ]


@pytest.mark.parametrize("trouble", TROUBLES, ids=names)
def test_AV_07_an_event_that_cannot_be_kept_is_refused_so_that_steppay_repeats_it(
    world: World, steppay: FakeStepPay, trouble: Trouble
) -> None:
    raw = event_body(steppay.paid())
    with trouble(world):
        answer = send(world, raw)
        assert (answer.status_code, answer.json["code"]) == (503, "storage_unavailable")
        assert answer.headers["Retry-After"]
        assert world.client.get("/readyz").status_code == 503
        assert world.client.get("/healthz").status_code == 200


@pytest.mark.parametrize("trouble", [locked, full], ids=names)
def test_AV_07_of_a_refused_event_nothing_is_left_and_its_repetition_is_worked_on(
    world: World, steppay: FakeStepPay, trouble: Trouble
) -> None:
    raw, shop = event_body(steppay.paid()), FakeMerchant()
    with trouble(world):
        before = count_rows(world)
        send(world, raw)
        assert count_rows(world) == before
    assert world.client.get("/readyz").status_code == 200
    assert send(world, raw).json == {"status": "stored"}
    work(world, shop)
    assert shop.types() == ["payment.paid"]
    assert ("order.payment_completed", "done") in kept_events(world)


def test_AV_07_readiness_is_proven_again_after_five_seconds_however_often_it_is_asked(world: World) -> None:
    assert world.client.get("/readyz").status_code == 200
    with locked(world):
        assert world.client.get("/readyz").status_code == 200, "no write for each question"
        world.clock.pass_by(timedelta(seconds=5))
        assert world.client.get("/readyz").status_code == 503
    assert world.client.get("/readyz").status_code == 200
    assert set(count_rows(world).values()) == {0}


@pytest.mark.parametrize("trouble", [gone, without_tables], ids=names)
def test_AV_07_the_page_never_says_failed_because_the_storage_is_broken(
    world: World, steppay: FakeStepPay, trouble: Trouble
) -> None:
    checkout = world.create_checkout(steppay.paid())
    with trouble(world):
        page = world.client.get(f"/v1/return/{checkout}?status=error")
        assert (page.status_code, 'data-kind="unknown"' in page.text) == (503, True)
        polled = world.client.get(f"/v1/checkouts/{checkout}")
        assert (polled.status_code, polled.json["code"]) == (503, "storage_unavailable")


def test_AV_07_after_a_recovery_the_next_look_records_it(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    checkout = world.create_checkout(code)
    body = {"orderCode": code, "checkout": checkout}
    with locked(world):
        world.client.post("/v1/verify", json=body)
        assert world.client.get(f"/v1/checkouts/{checkout}").json == {"state": "open", "verdict": None}
    world.client.post("/v1/verify", json=body)
    assert world.client.get(f"/v1/checkouts/{checkout}").json["verdict"]["verdict"] == "paid"
