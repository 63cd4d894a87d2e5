"""How a shopper came back is kept with the checkout: every later question about that checkout knows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.app_fixture import COMPLETE, PAID, SHOP, STANDBY, UNPAID, FakeStepPay, World
from tests.support.job_helpers import event_body, send, work, work_for
from widget_server.app import create_app

CLAIMS = [("cancel", "canceled", "not_paid_after_cancel"), ("error", "failed", "not_paid_after_error")]
MODES = ["tab", "popup", "iframe", "redirect"]
by_claim = pytest.mark.parametrize(("claim", "verdict", "reason"), CLAIMS)


def come_back(world: World, checkout: str, code: str, claim: str) -> Any:
    return world.client.get(f"/v1/return/{checkout}?steppay_return={claim}.{code}.{checkout}")


def ask(world: World, code: str, checkout: str | None = None, **members: object) -> Any:
    body = {"orderCode": code, "checkout": checkout, **members}
    return world.client.post("/v1/verify", json=body, headers={"Origin": SHOP}).json


def poll(world: World, checkout: str) -> Any:
    return world.client.get(f"/v1/checkouts/{checkout}", headers={"Origin": SHOP}).json


def said(body: Any) -> tuple[str, str]:
    return body["verdict"], body["reason"]


@by_claim
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("receipt", [404, STANDBY])
def test_a_page_that_asks_without_a_status_gets_the_return_pages_verdict(
    *, world: World, steppay: FakeStepPay, mode: str, claim: str, verdict: str, reason: str, receipt: object
) -> None:
    code = steppay.order(UNPAID, receipt)
    checkout = world.create_checkout(code, mode)
    come_back(world, checkout, code, claim)
    for _ in range(3):
        assert said(ask(world, code, checkout)) == (verdict, reason)
        polled = poll(world, checkout)
        assert (polled["state"], said(polled["verdict"])) == ("returned", (verdict, reason))
        world.clock.pass_by(timedelta(seconds=20))


@by_claim
def test_a_page_that_was_loaded_again_gets_its_own_claim(
    world: World, steppay: FakeStepPay, claim: str, verdict: str, reason: str
) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code, "redirect")
    assert said(ask(world, code, checkout, status=claim)) == (verdict, reason)
    assert said(ask(world, code, checkout)) == (verdict, reason)


@by_claim
def test_the_claim_outlives_an_outage_of_steppay_and_a_restart(
    world: World, steppay: FakeStepPay, claim: str, verdict: str, reason: str
) -> None:
    code = steppay.order(503)
    for returns in (come_back, lambda _world, checkout, code, claim: ask(world, code, checkout, status=claim)):
        checkout = world.create_checkout(code)
        returns(world, checkout, code, claim)
        steppay.order(UNPAID, 404, code)
        world.client = create_app(world.settings, world.deps).test_client()
        assert said(ask(world, code, checkout)) == (verdict, reason)
        steppay.order(503, None, code)


@by_claim
def test_a_return_page_that_is_loaded_without_its_marker_remembers_too(
    world: World, steppay: FakeStepPay, claim: str, verdict: str, reason: str
) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    come_back(world, checkout, code, claim)
    assert f'data-kind="{verdict}"' in world.client.get(f"/v1/return/{checkout}").text
    assert said(ask(world, code, checkout)) == (verdict, reason)


@pytest.mark.parametrize("learn", ["event", "check"])
@by_claim
def test_what_we_find_by_ourselves_does_not_undo_the_claim_and_never_records_it(
    *, keyed: World, steppay: FakeStepPay, learn: str, claim: str, verdict: str, reason: str
) -> None:
    code = steppay.unpaid()
    checkout = keyed.create_checkout(code)
    come_back(keyed, checkout, code, claim)
    keyed.clock.pass_by(timedelta(seconds=5))
    if learn == "event":
        send(keyed, event_body(code))
        work(keyed)
    else:
        work_for(keyed, timedelta(minutes=2))
    assert said(poll(keyed, checkout)["verdict"]) == (verdict, reason)
    recorded = keyed.deps.ledger.find_verdict(code)
    assert recorded is not None
    assert said(recorded) == ("pending", "not_paid_yet")


@by_claim
def test_the_poll_knows_the_claim_although_only_a_check_of_our_own_was_answered(
    world: World, steppay: FakeStepPay, claim: str, verdict: str, reason: str
) -> None:
    code = steppay.order(503)
    checkout = world.create_checkout(code)
    come_back(world, checkout, code, claim)
    steppay.order(UNPAID, 404, code)
    ask(world, code)
    assert said(poll(world, checkout)["verdict"]) == (verdict, reason)


def test_the_last_way_back_wins_and_success_waits(world: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    for claim, verdict in [("cancel", "canceled"), ("error", "failed"), ("success", "pending"), ("cancel", "canceled")]:
        come_back(world, checkout, code, claim)
        assert (ask(world, code, checkout)["verdict"], poll(world, checkout)["verdict"]["verdict"]) == (
            verdict,
            verdict,
        )


def test_a_success_that_steppay_cannot_confirm_takes_the_cancel_back(world: World, steppay: FakeStepPay) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    come_back(world, checkout, code, "cancel")
    steppay.order(503, None, code)
    come_back(world, checkout, code, "success")
    assert poll(world, checkout)["verdict"]["verdict"] == "pending"


@by_claim
def test_a_payment_overrules_every_claim(
    world: World, steppay: FakeStepPay, claim: str, verdict: str, reason: str
) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    come_back(world, checkout, code, claim)
    steppay.order(PAID, COMPLETE, code)
    world.clock.pass_by(timedelta(seconds=1))
    send(world, event_body(code))
    work(world)
    assert said(poll(world, checkout)["verdict"]) == ("paid", "payment_complete")
    assert said(ask(world, code, checkout)) == ("paid", "payment_complete")
    assert said(ask(world, code, checkout, status=claim)) == ("paid", "payment_complete")


@by_claim
def test_the_claim_ends_when_the_same_order_is_opened_again(
    world: World, steppay: FakeStepPay, claim: str, verdict: str, reason: str
) -> None:
    code = steppay.unpaid()
    first = world.create_checkout(code)
    come_back(world, first, code, claim)
    second = world.create_checkout(code)
    for checkout in (first, second):
        assert said(ask(world, code, checkout)) == ("pending", "not_paid_yet")
        assert said(poll(world, checkout)["verdict"]) == ("pending", "not_paid_yet")
    come_back(world, second, code, claim)
    assert said(ask(world, code, second)) == (verdict, reason)
    assert said(ask(world, code, first)) == ("pending", "not_paid_yet")


def test_the_claim_is_of_its_checkout_and_order_alone(world: World, steppay: FakeStepPay) -> None:
    code, other = steppay.unpaid(), steppay.unpaid()
    checkout, beside = world.create_checkout(code), world.create_checkout(other)
    ask(world, other, checkout, status="error")
    come_back(world, beside, other, "cancel")
    assert said(ask(world, code, checkout)) == ("pending", "not_paid_yet")
    assert said(ask(world, other, checkout)) == ("pending", "not_paid_yet")
    assert said(ask(world, other)) == ("pending", "not_paid_yet")


@by_claim
def test_an_answer_from_before_the_return_does_not_replace_what_the_return_made(
    world: World, steppay: FakeStepPay, claim: str, verdict: str, reason: str
) -> None:
    code = steppay.unpaid()
    checkout = world.create_checkout(code)
    slow = ask(world, code)
    come_back(world, checkout, code, claim)
    stored = {name: value for name, value in slow.items() if name not in ("message", "token")}
    world.deps.checkouts.record(checkout, verdict=stored)
    found = world.deps.checkouts.find(checkout)
    assert found is not None
    assert found.verdict is not None
    assert said(found.verdict) == (verdict, reason)
