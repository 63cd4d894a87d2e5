"""Free orders over real requests, jobs and the database: the merchant's word opens them, on every path, and once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.test_ledger import stands, steps, told
from tests.support.app_fixture import COMPLETE, PAID, PUBLIC, SHOP, STANDBY, FakeStepPay, World
from tests.support.database_failures import locked
from tests.support.job_helpers import FakeMerchant, event_body, send, work
from tests.support.merchant import bind, show, verify
from tests.vectors import FREE_ORDERS
from widget_server.adapters.store.ledger import SqlLedger
from widget_server.domain.model import Verdict
from widget_server.domain.order_record import Cause
from widget_server.domain.transitions import OrderState
from widget_server.merchant import verify_verdict
from widget_server.merchant.webhooks import Delivery

FREE = {"amount": 0, "currency": "KRW"}
TRIAL = {**PAID, "type": "RECURRING_INITIAL", "paidAmount": 0, "subscriptions": [{"id": 77}]}


@pytest.fixture
def trial(steppay: FakeStepPay) -> str:
    """A free trial that the shopper has begun: StepPay has no receipt for it."""
    return steppay.order(TRIAL, 404)


@pytest.mark.parametrize("vector", FREE_ORDERS, ids=lambda vector: str(vector["why"]))
def test_the_server_answers_as_the_table_says(vector: dict[str, Any], keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.order(vector["order"], vector["receipt"])
    if vector["bound"]:
        assert bind(keyed, code, vector["bound"]).status_code == 201
    client = keyed.with_deps(free_orders=vector["freeOrders"])
    body = client.post("/v1/verify", json={"orderCode": code, **vector["claim"]}).json
    assert {name: body[name] for name in vector["expect"]} == vector["expect"]


def test_what_the_backend_bound_is_fulfillable_everywhere(keyed: World, trial: str) -> None:
    bind(keyed, trial, FREE)
    answer, shop = verify(keyed, trial, status="success").json, FakeMerchant()
    assert (answer["verdict"], answer["reason"], answer["fulfill"], answer["final"]) == (
        *("no_charge", "zero_amount"),
        *(True, True),
    )
    keys = {"keys": keyed.client.get("/.well-known/jwks.json").json, "issuer": PUBLIC, "audience": SHOP}
    verdict = verify_verdict(answer["token"], order_code=trial, amount=0, currency="KRW", now=keyed.clock.now, **keys)
    assert (verdict.is_fulfillable, verdict.is_paid) == (True, False)
    assert show(keyed, trial).json["verdict"]["fulfill"] is True
    work(keyed, shop)
    [(event_id, message)] = shop.told
    assert message["data"]["fulfill"] is True
    assert Delivery(event_id, message["type"], message["data"]).is_fulfillable
    assert (message["type"], steps(keyed, trial)) == ("payment.no_charge", ["no_charge:free"])
    opened = keyed.client.post("/v1/checkouts", json={"orderCode": trial, "mode": "tab"}, headers={"Origin": SHOP})
    assert (opened.status_code, opened.json["verdict"]["fulfill"]) == (200, True)


def by_bind_job(world: World, _code: str) -> None:
    """The binding's own recheck."""


def by_page(world: World, code: str) -> None:
    verify(world, code, status="success")


def by_event(world: World, code: str) -> None:
    send(world, event_body(code))


@pytest.mark.parametrize("way", [by_bind_job, by_page, by_event])
def test_a_binding_that_comes_after_the_verdict_reaches_the_backend_once(
    keyed: World, trial: str, way: Callable[[World, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    """The page was quicker than the backend. The backend heard "not to be fulfilled" and must hear the other, once."""
    shop = FakeMerchant()
    assert verify(keyed, trial, status="success").json["fulfill"] is False
    work(keyed, shop)
    assert caplog.text.count(f"free_order_not_bound order={trial}") == 1
    keyed.clock.pass_by(timedelta(seconds=1))
    assert bind(keyed, trial, FREE).status_code == 201
    assert show(keyed, trial).json["verdict"] is None, "what was said without the binding does not count"
    for _ in range(2):
        way(keyed, trial)
        work(keyed, shop)
    messages = [Delivery(event_id, body["type"], body["data"]) for event_id, body in shop.told]
    assert [(message.type, message.is_fulfillable) for message in messages] == [
        ("payment.no_charge", False),
        ("payment.no_charge", True),
    ]
    assert len({message.id for message in messages}) == 2
    assert [step["verdict"] for step in messages[1].data["history"]] == ["no_charge"] * 2
    assert steps(keyed, trial) == ["no_charge", "no_charge:free"]
    body = show(keyed, trial).json
    assert (body["verdict"]["fulfill"], body["needsReview"]) == (True, False)


def test_a_page_that_polls_asks_again_once_the_backend_has_bound(keyed: World, trial: str) -> None:
    checkout = keyed.create_checkout(trial)
    address = f"/v1/checkouts/{checkout}"
    verify(keyed, trial, checkout=checkout, status="success")
    assert keyed.client.get(address).json["verdict"]["fulfill"] is False
    bind(keyed, trial, FREE)
    assert keyed.client.get(address).json["verdict"] is None
    assert verify(keyed, trial, checkout=checkout).json["fulfill"] is True
    assert keyed.client.get(address).json["verdict"]["fulfill"] is True


@pytest.mark.parametrize(
    ("bound", "fulfill", "kind"), [(FREE, True, "no_charge"), ({**FREE, "amount": 9}, False, "mismatch")]
)
def test_a_cached_verdict_does_not_survive_a_binding(
    *, keyed: World, trial: str, bound: dict[str, object], fulfill: bool, kind: str
) -> None:
    client = keyed.with_deps(cache=type(keyed.deps.cache)())
    ask = {"orderCode": trial, "status": "success"}
    assert client.post("/v1/verify", json=ask).json["fulfill"] is False
    bind(keyed, trial, bound)
    body = client.post("/v1/verify", json=ask).json
    assert (body["verdict"], body["fulfill"]) == (kind, fulfill)


class BoundMeanwhile(SqlLedger):
    """The backend binds in the moment before the order gets its row: it finds none, and causes no recheck."""

    before: Callable[[], object]

    def record(self, verdict: Verdict, cause: Cause) -> tuple[OrderState, bool]:
        if verdict.expectation is None:
            self.before()
        return super().record(verdict, cause)


def test_a_binding_in_the_moment_of_the_record_is_not_lost(keyed: World, trial: str) -> None:
    shop, ledger = FakeMerchant(), BoundMeanwhile(keyed.engine, notify_merchant=True)
    ledger.before = lambda: bind(keyed, trial, FREE)
    client = keyed.with_deps(ledger=ledger)
    assert client.post("/v1/verify", json={"orderCode": trial}).json["fulfill"] is True
    work(keyed, shop)
    assert [body["data"]["fulfill"] for _id, body in shop.told] == [False, True]


def test_an_expectation_that_cannot_be_read_gives_no_verdict(keyed: World, trial: str) -> None:
    bind(keyed, trial, FREE)
    client = keyed.with_deps(free_orders=True)
    keyed.break_storage()
    answer = client.post("/v1/verify", json={"orderCode": trial})
    assert (answer.status_code, answer.json["verdict"], answer.json["fulfill"]) == (503, "unknown", False)


def test_a_store_that_fails_after_the_check_changes_nothing_about_a_free_order(keyed: World, trial: str) -> None:
    bind(keyed, trial, FREE)
    with locked(keyed):
        assert verify(keyed, trial).json["fulfill"] is True
    assert (stands(keyed, trial), told(keyed, trial)) == (None, [])
    verify(keyed, trial)
    assert (steps(keyed, trial), len(told(keyed, trial))) == (["no_charge:free"], 1)


def test_after_the_setting_is_switched_off_a_stored_verdict_opens_nothing(world: World, trial: str) -> None:
    on = world.with_deps(free_orders=True)
    checkout = world.create_checkout(trial)
    ask = {"orderCode": trial, "checkout": checkout}
    assert on.post("/v1/verify", json=ask).json["fulfill"] is True
    assert on.get(f"/v1/checkouts/{checkout}").json["verdict"]["fulfill"] is True
    assert world.client.get(f"/v1/checkouts/{checkout}").json["verdict"] is None
    assert verify(world, trial, checkout=checkout).json["fulfill"] is False
    again = world.client.post("/v1/checkouts", json={"orderCode": trial, "mode": "tab"}, headers={"Origin": SHOP})
    assert (again.status_code, again.json["verdict"]["fulfill"]) == (200, False)


def test_a_canceled_trial_is_a_refund_that_is_told(keyed: World, steppay: FakeStepPay, trial: str) -> None:
    shop = FakeMerchant()
    bind(keyed, trial, FREE)
    verify(keyed, trial)
    steppay.order(TRIAL, {**COMPLETE, "paymentStatus": "CANCELED"}, trial)
    keyed.clock.pass_by(timedelta(minutes=1))
    assert verify(keyed, trial).json["fulfill"] is False
    work(keyed, shop)
    assert shop.types() == ["payment.no_charge", "payment.refunded"]


def test_MX_28_a_price_that_was_made_0_is_not_fulfilled(
    keyed: World, steppay: FakeStepPay, caplog: pytest.LogCaptureFixture
) -> None:
    """The shop sells for 10,000; the order that StepPay shows costs nothing."""
    shop, tampered, unbound = FakeMerchant(), steppay.order(TRIAL, 404), steppay.order(TRIAL, 404)
    bind(keyed, tampered, {"amount": 10000, "currency": "KRW"})
    body = verify(keyed, tampered, status="success").json
    assert (body["verdict"], body["reason"], body["fulfill"]) == ("mismatch", "amount_mismatch", False)
    assert show(keyed, tampered).json["needsReview"] is True
    assert f"verdict_needs_review order={tampered}" in caplog.text
    body = verify(keyed, unbound, status="success").json
    assert (body["verdict"], body["fulfill"]) == ("no_charge", False)
    work(keyed, shop)
    assert [message["data"]["fulfill"] for _id, message in shop.told] == [False]


def test_MX_28_an_unpaid_order_of_0_is_not_done(keyed: World, steppay: FakeStepPay) -> None:
    code = steppay.order({**TRIAL, "paymentDate": None}, STANDBY)
    bind(keyed, code, FREE)
    client = keyed.with_deps(free_orders=True)
    body = client.post("/v1/verify", json={"orderCode": code, "status": "success"}).json
    assert (body["verdict"], body["fulfill"]) == ("pending", False)


def test_FF_13_a_free_order_opens_no_other_product(keyed: World, steppay: FakeStepPay, trial: str) -> None:
    """A shopper begins the free trial of one product and shows its order, number or token for another."""
    dear = steppay.order({**PAID, "paymentDate": None, "paidAmount": 420000, "orderId": 880001}, STANDBY)
    bind(keyed, trial, FREE)
    bind(keyed, dear, {"amount": 420000, "currency": "KRW"})
    token = verify(keyed, trial, status="success").json["token"]
    keys = {"keys": keyed.client.get("/.well-known/jwks.json").json, "issuer": PUBLIC, "audience": SHOP}
    for wanted in (
        {"order_code": dear, "amount": 420000},
        {"order_code": dear, "amount": 0},
        {"order_code": trial, "amount": 420000},
    ):
        with pytest.raises(Exception, match=r"^wrong_(order|amount)"):
            verify_verdict(token, currency="KRW", now=keyed.clock.now, **keys, **wanted)
    assert verify(keyed, dear, status="success").json["fulfill"] is False
    steppay.order({**TRIAL, "orderId": 880001}, 404, dear)  # its items were replaced by those of the trial
    body = verify(keyed, dear, status="success").json
    assert (body["verdict"], body["fulfill"]) == ("mismatch", False)


def told_of(shop: FakeMerchant, code: str) -> list[bool]:
    """Whether each message about this order may be fulfilled, in the order of their sending."""
    messages = [Delivery(event_id, body["type"], body["data"]) for event_id, body in shop.told]
    return [message.is_fulfillable for message in messages if message.order_code == code]


WAYS: dict[str, Callable[[World, str, FakeMerchant], object]] = {
    "page": lambda world, code, _shop: verify(world, code, status="success"),
    "backend": lambda world, code, _shop: show(world, code, "?refresh=1"),
    "event": lambda world, code, _shop: send(world, event_body(code)),
    "bind": lambda world, code, _shop: bind(world, code, FREE),
    "work": lambda world, _code, shop: work(world, shop),
    "time": lambda world, _code, _shop: world.clock.pass_by(timedelta(minutes=1)),
}


@given(path=st.lists(st.sampled_from(sorted(WAYS)), max_size=8))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_first_the_backend_hears_once_that_it_may_fulfill(
    keyed: World, steppay: FakeStepPay, path: list[str]
) -> None:
    """No customer is lost, and none is let in twice."""
    shop = FakeMerchant()
    code = steppay.order(TRIAL, 404)
    for step in (*path, "bind", "page", "work"):
        WAYS[step](keyed, code, shop)
    assert told_of(shop, code) in ([True], [False, True])
    assert show(keyed, code).json["verdict"]["fulfill"] is True


def test_a_verdict_and_a_binding_at_the_same_moment_lose_no_customer(keyed: World, steppay: FakeStepPay) -> None:
    shop = FakeMerchant()
    for _ in range(12):
        code, together = steppay.order(TRIAL, 404), threading.Barrier(2)

        def at_once(act: Callable[[World, str], Any], code: str = code, together: threading.Barrier = together) -> int:
            together.wait(60)
            return int(act(keyed, code).status_code)

        with ThreadPoolExecutor(2) as threads:
            assert list(threads.map(at_once, (verify, lambda world, code: bind(world, code, FREE)))) == [200, 201]
        work(keyed, shop)
        assert told_of(shop, code) in ([True], [False, True])
