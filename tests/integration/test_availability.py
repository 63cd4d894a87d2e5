"""Many callers, a StepPay that is slow or down: everybody gets a true answer or a quick "ask again"."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask

from tests.support.app_fixture import COMPLETE, PAID, SHOP, FakeStepPay, World, client_without_a_pause
from tests.support.fake_steppay import Callers, FakeClock, ScriptedStepPay
from widget_server.adapters.steppay.breaker import Breaker
from widget_server.adapters.steppay.client import StepPayClient
from widget_server.adapters.steppay.resilience import with_resilience
from widget_server.adapters.steppay.singleflight import SingleFlight
from widget_server.services.steppay_call import Body, Deadline, Request

CROWD = 200
PAGE = {"Origin": SHOP}


class CountingClock:
    """A deadline's clock is looked at when a caller has joined and starts to wait for another's call."""

    def __init__(self) -> None:
        self.looks = threading.Semaphore(0)

    def __call__(self) -> float:
        self.looks.release()
        return 0.0


class HeldClient:
    """The real client; its order call waits until as many callers as expected follow. No caller runs out of time."""

    def __init__(self, client: StepPayClient, followers: int) -> None:
        self._client, self._followers = client, followers
        self._clock = CountingClock()
        self._shared = SingleFlight(self._held)

    def call(self, request: Request, deadline: Deadline) -> Body | None:
        deadline.ends_at, deadline.clock = 60.0, self._clock
        return self._shared.call(request, deadline)

    def _held(self, request: Request, _deadline: Deadline) -> Body | None:
        for _ in range(self._followers if request.resource == "order" else 0):
            assert self._clock.looks.acquire(timeout=60)
        return self._client.call(request, Deadline.after(60.0))


def crowded(world: World) -> Flask:
    """An application whose StepPay answers when CROWD callers wait: each began, all but one of them follow."""
    client = client_without_a_pause(world.settings, world.transport)
    return world.with_deps(steppay=HeldClient(client, CROWD - 1)).application


@pytest.mark.parametrize("paid", [True, False])
def test_av_01_two_hundred_verifications_of_one_order_ask_steppay_once_and_keep_their_own_claims(
    world: World, steppay: FakeStepPay, paid: bool
) -> None:
    app, code = crowded(world), steppay.paid() if paid else steppay.unpaid()
    claims = ["success", "error", "cancel", None]

    def verify(index: int) -> object:
        claim = claims[index % 4]
        answer: Any = app.test_client().post("/v1/verify", json={"orderCode": code, "status": claim}, headers=PAGE)
        return answer.status_code, claim, answer.json["verdict"]

    outcomes = Callers(verify, CROWD).start().finish()
    told = {"success": "pending", "error": "failed", "cancel": "canceled", None: "pending"}
    assert set(outcomes) == {(200, claim, "paid" if paid else told[claim]) for claim in claims}
    assert len(outcomes) == CROWD
    assert len(steppay.calls()) == 2


def test_av_04_an_attacker_who_hammers_an_order_never_delays_what_its_shopper_learns(
    world: World, steppay: FakeStepPay
) -> None:
    code = steppay.unpaid()
    for _ in range(50):
        assert world.client.post("/v1/verify", json={"orderCode": code}).json["verdict"] == "pending"
    steppay.order(PAID, COMPLETE, code)
    assert world.client.post("/v1/verify", json={"orderCode": code, "status": "success"}).json["verdict"] == "paid"


def test_av_05_an_outage_is_answered_at_once_and_ends_with_one_probe(world: World, steppay: FakeStepPay) -> None:
    clock, codes = FakeClock(), [steppay.order("error", "error") for _ in range(5)]
    client = client_without_a_pause(world.settings, world.transport)
    breaker = Breaker(failures_to_open=5, open_seconds=10.0, clock=clock)
    browser = world.with_deps(steppay=with_resilience(client, breaker=breaker))

    def verify(code: str = codes[0]) -> Any:
        return browser.post("/v1/verify", json={"orderCode": code, "status": "success"}, headers=PAGE)

    assert {verify(code).status_code for code in codes} == {503}
    steppay.forget_calls()
    for _ in range(20):
        assert_unknown_for_ten_seconds(verify())
    assert steppay.calls() == []
    clock.now += 10.0
    assert verify().status_code == 503
    assert len(steppay.calls()) == 2, "one probe: a call and its one retry"
    clock.now += 10.0
    steppay.order(PAID, COMPLETE, codes[0])
    assert verify().json["verdict"] == "paid"
    assert breaker.state == "closed"
    assert world.rows() == 0


def assert_unknown_for_ten_seconds(answer: Any) -> None:
    assert (answer.status_code, answer.json["code"]) == (503, "upstream_unavailable")
    assert (answer.json["verdict"], answer.json["fulfill"], answer.json["final"]) == ("unknown", False, False)
    assert answer.headers["Retry-After"] == "10"
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP


def test_up_05_a_refused_token_never_opens_the_circuit(world: World, steppay: FakeStepPay) -> None:
    code = steppay.order(401, 401)
    assert {world.client.post("/v1/verify", json={"orderCode": code}).status_code for _ in range(12)} == {503}
    assert world.client.post("/v1/verify", json={"orderCode": steppay.paid()}).json["verdict"] == "paid"


def test_callers_over_the_limit_are_refused_at_once(world: World) -> None:
    held = ScriptedStepPay(order=lambda: {})
    browser = world.with_deps(steppay=with_resilience(held, max_callers=2))

    def verify(code: str) -> Any:
        return browser.application.test_client().post("/v1/verify", json={"orderCode": code}, headers=PAGE)

    waiting = Callers(lambda index: verify(f"order_{index}").status_code, 2).start()
    for _ in range(2):
        assert held.arrived.acquire(timeout=60)
    answer = verify("order_x")
    assert (answer.status_code, answer.json["code"]) == (503, "overloaded")
    assert (answer.json["verdict"], answer.json["fulfill"], answer.json["final"]) == ("unknown", False, False)
    assert answer.json["retryAfter"] == int(answer.headers["Retry-After"])
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    held.gate.set()
    assert waiting.finish() == [503, 503]
    assert len(held.asked) == 2


def test_the_return_page_says_ask_again_when_no_place_is_free(world: World, steppay: FakeStepPay) -> None:
    code = steppay.paid()
    checkout = world.create_checkout(code)
    held = ScriptedStepPay(order=lambda: {})
    browser = world.with_deps(steppay=with_resilience(held, max_callers=1))
    waiting = Callers(lambda _: browser.application.test_client().post("/v1/verify", json={"orderCode": code}), 1)
    waiting.start()
    assert held.arrived.acquire(timeout=60)
    page = browser.get(f"/v1/return/{checkout}?steppay_return=success.{code}.{checkout}&order_code={code}")
    assert page.status_code == 503
    assert 'data-kind="unknown"' in page.text
    assert 'http-equiv="refresh"' in page.text
    held.gate.set()
    waiting.finish()
